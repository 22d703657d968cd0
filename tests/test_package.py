"""What is installed is what is in the checkout, data and chapters included."""

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of the installed package, as a program elsewhere finds it."""
    try:
        direct = distribution("kerasnb").read_text("direct_url.json")
    except PackageNotFoundError:
        pytest.skip('kerasnb is not installed (pip install ".[test]")')
    if direct and json.loads(direct).get("dir_info", {}).get("editable"):
        pytest.skip("an editable installation is the checkout itself")
    code = "import kerasnb; print(kerasnb.__file__)"
    run = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(run.stdout.strip()).parent


def names(folder: Path, pattern: str) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob(pattern)
        if not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def test_all_modules_are_installed(installed):
    assert names(installed, "*.py") == names(ROOT / "kerasnb", "*.py")


def test_the_chapters_are_installed(installed):
    chapters = names(ROOT / "notebooks", "*.ipynb")
    assert chapters and names(installed / "_notebooks", "*.ipynb") == chapters


def test_the_data_is_installed_but_not_what_made_it(installed):
    editions = names(ROOT / "datasets", "*.npz")
    assert editions and names(installed / "_data", "*.npz") == editions
    assert not names(installed / "_data", "*.py")


def test_versions_agree(installed):
    import kerasnb

    package = json.loads((ROOT / "labextension" / "package.json").read_text("utf-8"))
    assert distribution("kerasnb").version == kerasnb.__version__ == package["version"]


def test_the_lock_file_names_no_package_host():
    lock = (ROOT / "labextension" / "yarn.lock").read_text("utf-8")
    assert "://" not in lock
