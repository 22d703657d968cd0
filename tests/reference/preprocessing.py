"""Ask real Keras for the fixtures of tests/preprocessing: `python -m tests.reference.preprocessing`.

Run it from the repository's root. Keras 2.3.1 takes its preprocessing from the package
keras-preprocessing, version 1.1.0, which runs on any Python, without Keras itself:

    python3 -m venv reference
    reference/bin/pip install keras-preprocessing==1.1.0 'numpy<2' 'scipy<1.15' 'Pillow<11' pandas
    reference/bin/python -m tests.reference.preprocessing

It writes cases.json and image_cases.json beside the cases.
"""

import json
from pathlib import Path

HERE = Path(__file__).parents[1] / "preprocessing"


def main() -> None:
    """Write what each case gives."""
    import keras_preprocessing as keras
    import keras_preprocessing.image
    import keras_preprocessing.sequence
    import keras_preprocessing.text
    import pandas

    from tests.preprocessing import cases, image_cases

    for module, arguments in ((cases, [keras]), (image_cases, [keras, pandas.DataFrame])):
        results = {name: case(*arguments) for name, case in module.CASES.items()}
        path = HERE / f"{module.__name__.rpartition('.')[2]}.json"
        lines = [
            f"{json.dumps(n)}: {json.dumps(r, ensure_ascii=False)}" for n, r in results.items()
        ]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(f"{path.name}: {len(results)} cases, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
