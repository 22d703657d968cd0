"""The house rules that a machine can check: floors, CuPy's one place, file sizes, light imports."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "kerasnb").rglob("*.py"))

# A file imports only from its own floor or a lower one. The longest name that fits decides.
# The package itself ('') stands on the top: a lower floor must not import what it gathers.
FLOORS = {
    "array": 0,
    "graph": 1,
    "backend": 2,
    "activations": 3,
    "initializers": 3,
    "regularizers": 3,
    "constraints": 3,
    "utils": 3,
    "utils.multi_gpu_utils": 6,
    "utils.vis_utils": 6,
    "legacy": 3,
    "engine.node": 4,
    "engine.connected": 4,
    "engine.base_layer": 4,
    "engine.input_layer": 4,
    "layers": 5,
    "losses": 5,
    "metrics": 5,
    "optimizers": 5,
    "engine": 6,
    "callbacks": 6,
    "models": 6,
    "preprocessing": 7,
    "datasets": 7,
    "applications": 7,
    "wrappers": 7,
    "notebook": 8,
    "widgets": 8,
    "plot": 8,
    "checking": 8,
    "grading": 8,
    "cli": 8,
    "__main__": 8,
    "_aliases": 8,
    "": 8,
}


def module_name(path: Path) -> str:
    """Return a file's module name below kerasnb: 'engine.network', or '' for the package."""
    parts = path.relative_to(ROOT / "kerasnb").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def floor(module: str) -> int:
    """Return the floor of a module below kerasnb; KeyError if the table has no place for it."""
    name = module
    while name and name not in FLOORS:
        name = name.rpartition(".")[0]
    if not name and module:
        raise KeyError(module)
    return FLOORS[name]


def imports(path: Path) -> list[tuple[int, str]]:
    """Return (line, full name) of every import in a file, functions included.

    `from package import name` counts as the submodule when there is one of that name.
    """
    found = []
    package = ["kerasnb", *path.relative_to(ROOT / "kerasnb").parent.parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{module}.{alias.name}"
                known = name.removeprefix("kerasnb.") in MODULES
                found.append((node.lineno, name if known else module))
    return found


def below(name: str) -> str | None:
    """Return the part of an imported name below kerasnb, None if it is somebody else's."""
    head, _, rest = name.partition(".")
    return rest if head == "kerasnb" else None


def test_every_file_has_a_floor():
    for module in MODULES:
        floor(module)


def test_imports_go_down():
    wrong = []
    for module, path in MODULES.items():
        for line, name in imports(path):
            target = below(name)
            if target is not None and floor(target) > floor(module):
                wrong.append(
                    f"{path.relative_to(ROOT)}:{line} (floor {floor(module)}) "
                    f"imports {name} (floor {floor(target)})"
                )
    assert not wrong, "\n".join(wrong)


def test_the_parser_sees_upward_imports(tmp_path, monkeypatch):
    """The check above can fail: all ways to write an import are resolved."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "MODULES", {"engine.network": None, "backend": None})
    file = tmp_path / "kerasnb" / "layers" / "core.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "import kerasnb.engine.network\n"
        "from ..engine import network\n"
        "from ..engine.network import Network\n"
        "from .. import backend as K\n"
        "def f():\n    from kerasnb import __version__\n"
    )
    assert sorted(imports(file)) == [
        (1, "kerasnb.engine.network"),
        (2, "kerasnb.engine.network"),
        (3, "kerasnb.engine.network"),
        (4, "kerasnb.backend"),
        (6, "kerasnb"),
    ]


def test_cupy_is_imported_in_one_file():
    places = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for _, name in imports(path)
        if name.split(".")[0] == "cupy"
    }
    assert places == {"kerasnb/array/cupy.py"}


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(module):
    lines = len(MODULES[module].read_text("utf-8").splitlines())
    assert lines < 600, "one idea each: more than one room?"


# Prints which of the heavy packages are imported, and which data files were opened; the user's
# keras.json holds settings, not data.
WATCHED_IMPORT = """
import importlib, json, sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
for name in sys.argv[1:]:
    importlib.import_module(name)
heavy = {"cupy", "h5py", "IPython", "ipywidgets", "jupyterlab", "llvmlite", "matplotlib", "pandas",
         "scipy"}
data = [name for name in opened if name.endswith((".npz", ".npy", ".h5", ".json", ".gz"))]
data = [name for name in data if not name.endswith("keras.json")]
print(json.dumps([sorted(heavy & sys.modules.keys()), data]))
"""


def watched_import(*modules: str) -> list[list[str]]:
    command = [sys.executable, "-c", WATCHED_IMPORT, *modules]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def test_importing_kerasnb_is_light():
    assert watched_import("kerasnb") == [[], []]


def test_importing_every_module_up_to_floor_7_is_light():
    modules = [
        name
        for name in MODULES
        if floor(name) <= 7 and name != "array.cupy" and not name.startswith("array.compiled.")
    ]
    assert watched_import(*(f"kerasnb.{name}" for name in modules)) == [[], []]
