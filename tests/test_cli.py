"""The `kerasnb` command, in processes of its own and with a real JupyterLab server."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from kerasnb.cli import chapters, doctor
from tests import lab
from tests.lab import ROOT


@pytest.fixture
def environment(tmp_path):
    return lab.environment(tmp_path / "home")


def kerasnb(environment, *arguments):
    command = [sys.executable, "-m", "kerasnb", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_version(environment):
    run = kerasnb(environment, "version")
    assert run.returncode == 0
    assert re.match(r"kerasnb \d+\.\d+\.\d+, Python 3\.\d+", run.stdout)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["version", "--nonsense"]])
def test_a_wrong_command_line_shows_the_usage(environment, arguments):
    run = kerasnb(environment, *arguments)
    assert run.returncode == 2
    assert run.stderr.startswith("usage: kerasnb")


def test_a_reader_that_has_seen_enough_is_no_error(environment):
    """As in `kerasnb version | true`: the pipe is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "kerasnb", "version"]
    with os.fdopen(writing, "wb") as pipe:
        run = subprocess.run(command, env=environment, stdout=pipe, stderr=subprocess.PIPE)
    assert (run.returncode, run.stderr) == (0, b"")


def test_the_command_line_imports_jupyterlab_only_to_open_it(environment):
    code = (
        "import sys; from kerasnb.cli import main; main(['version']); "
        "sys.exit('jupyterlab' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


def test_doctor_lists_what_it_found(environment):
    run = kerasnb(environment, "doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(run.stdout)}
    expected = {"kerasnb", "Python", "NumPy", "Kernels", "HDF5", "GPU", "JupyterLab", "Chapters"}
    expected |= {"Data"}
    assert expected <= findings.keys()
    for name in ("kerasnb", "Python", "HDF5", "Chapters", "Data"):
        assert findings[name]["state"] == "ok", findings[name]
    problems = [finding for finding in findings.values() if finding["state"] == "problem"]
    assert all(finding["advice"] for finding in problems)
    assert run.returncode == bool(problems)


def test_doctor_says_what_to_do_about_a_problem(environment, tmp_path):
    """Two problems made on purpose: h5py cannot be imported, the threads are limited."""
    (tmp_path / "h5py.py").write_text("raise ImportError('libhdf5.so: cannot open')")
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment["OPENBLAS_NUM_THREADS"] = "1"
    run = kerasnb(environment, "doctor")
    assert run.returncode == 1
    assert re.search(r"problem +HDF5 +ImportError: libhdf5.so: cannot open\n +-> \S+", run.stdout)
    if "openblas" in run.stdout:  # others know nothing of this variable
        cores = int(re.search(r"\b1 of (\d+) cores", run.stdout)[1])
        # One thread limits nothing where this process may use one core only.
        assert ("unset OPENBLAS_NUM_THREADS" in run.stdout) is (cores > 1)


def test_doctor_says_which_kernels_are_used_and_why(monkeypatch):
    from kerasnb.array import compiled

    monkeypatch.delenv("KERASNB_KERNELS", raising=False)
    finding, *others = doctor.kernels()
    if compiled.ready():
        (threads,) = others
        assert re.fullmatch(r"\d+ threads?, by .+", threads.found)
        assert re.fullmatch(r"compiled where it pays, for vectors of \d+ float32 .*", finding.found)
        assert finding.state == "ok"
    monkeypatch.setattr(compiled, "why_not", lambda: "llvmlite is not installed")
    (finding,) = doctor.kernels()
    assert finding.found == "NumPy's alone: llvmlite is not installed"
    assert finding.state == "note" and "kerasnb[fast]" in finding.advice
    monkeypatch.setenv("KERASNB_KERNELS", "numpy")
    (finding,) = doctor.kernels()
    assert finding.advice == "unset KERASNB_KERNELS to compile kernels too"
    monkeypatch.setenv("KERASNB_KERNELS", "quick")
    (finding,) = doctor.kernels()
    assert finding.state == "problem" and "got 'quick'" in finding.found


@pytest.mark.skipif(importlib.util.find_spec("cupy") is not None, reason="CuPy is installed")
def test_doctor_says_how_to_use_a_gpu(monkeypatch, tmp_path):
    """A card that the driver's tool lists, and no CuPy: works, but could be better."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H100 80GB HBM3, 81559 MiB'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (finding,) = doctor.gpu()
    assert (finding.state, finding.name) == ("note", "GPU")
    assert finding.found == "NVIDIA H100 80GB HBM3, 81559 MiB, but CuPy is not installed"
    assert finding.advice == 'to use it: pip install "kerasnb[cuda]"'


def test_doctor_tells_damaged_data_from_good_data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "datasets", folder, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for place in ("kerasnb.cli.datasets", "kerasnb.datasets.editions"):
        monkeypatch.setattr(f"{place}.bundled_folder", lambda: folder)
    assert [finding.state for finding in doctor.data()] == ["ok"]

    changed = bytearray((folder / "imdb_like.npz").read_bytes())
    changed[200] ^= 255
    (folder / "imdb_like.npz").write_bytes(changed)
    (folder / "mnist_mini.npz").unlink()
    (finding,) = doctor.data()
    assert finding.state == "problem" and "mnist_mini.npz, imdb_like.npz" in finding.found

    monkeypatch.setenv("KERASNB_DATASETS", "big")
    (finding,) = doctor.data()
    assert finding.state == "problem" and finding.advice == "unset KERASNB_DATASETS"


def test_lab_says_what_to_install(environment, tmp_path):
    (tmp_path / "jupyterlab.py").write_text("raise ModuleNotFoundError(name='jupyterlab')")
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT)])
    run = kerasnb(environment, "lab", "--no-browser")
    assert run.returncode == 1
    assert 'pip install "kerasnb[lab]"' in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lab_serves_the_chapters(environment, tmp_path, lang):
    pytest.importorskip("jupyterlab")
    folder = tmp_path / "mine"
    with lab.serve(environment, "--folder", folder, "--lang", lang) as (address, printed):
        assert f"in {folder};" in printed.splitlines()[0]
        base, path, token = re.match(r"(.*?)(/lab/tree/\w+)\?(.*)", address).groups()
        assert path == f"/lab/tree/{lang}"
        page = re.search(rb'id="jupyter-config-data"[^>]*>(.*?)</script>', lab.get(address), re.S)
        settings = json.loads(page[1])
        assert settings["treePath"] == lang
        assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]
        listing = json.loads(lab.get(f"{base}/api/contents/{lang}?{token}"))["content"]
        names = {entry["name"] for entry in listing}
        assert names >= {path.name for path in (chapters.source() / lang).glob("*.ipynb")}
        assert any(name.startswith("01-") for name in names)


@pytest.mark.slow
def test_lab_passes_arguments_on_and_still_prints_the_address(environment):
    """With a token of the user's own, JupyterLab itself would not say where it is."""
    pytest.importorskip("jupyterlab")
    with lab.serve(environment, "--IdentityProvider.token=T") as (address, _):
        page = address.partition("?")[0]
        assert b"jupyter-config-data" in lab.get(f"{page}?token=T")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder of chapters as if it were the installed one."""
    folder = tmp_path / "installed"
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "01-a.ipynb").write_text("a, version 1")
    (folder / "en" / "02-b.ipynb").write_text("b, version 1")
    (folder / "en" / ".ipynb_checkpoints").mkdir()
    (folder / "en" / ".ipynb_checkpoints" / "01-a.ipynb").write_text("not a chapter")
    monkeypatch.setattr(chapters, "source", lambda: folder)
    return folder


def test_working_copies_are_made_once(installed, tmp_path):
    mine = tmp_path / "mine"
    assert chapters.update(mine) == (["en/01-a.ipynb", "en/02-b.ipynb"], [])
    assert (mine / "en" / "01-a.ipynb").read_text() == "a, version 1"
    assert chapters.update(mine) == ([], [])


def test_an_edited_copy_is_never_overwritten(installed, tmp_path):
    mine = tmp_path / "mine"
    chapters.update(mine)
    (mine / "en" / "01-a.ipynb").write_text("my answers")
    assert chapters.update(mine) == ([], [])

    (installed / "en" / "01-a.ipynb").write_text("a, version 2")
    (installed / "en" / "02-b.ipynb").write_text("b, version 2")
    (installed / "en" / "03-c.ipynb").write_text("c, version 1")
    for _ in range(2):
        done = chapters.update(mine)
        assert done.kept == ["en/01-a.ipynb"]
        assert (mine / "en" / "01-a.ipynb").read_text() == "my answers"
    assert (mine / "en" / "02-b.ipynb").read_text() == "b, version 2"
    assert (mine / "en" / "03-c.ipynb").read_text() == "c, version 1"


def test_a_deleted_copy_comes_back_new(installed, tmp_path):
    mine = tmp_path / "mine"
    chapters.update(mine)
    (mine / "en" / "01-a.ipynb").unlink()
    (installed / "en" / "01-a.ipynb").write_text("a, version 2")
    assert chapters.update(mine) == (["en/01-a.ipynb"], [])
    assert (mine / "en" / "01-a.ipynb").read_text() == "a, version 2"


def test_a_file_of_the_learners_own_with_a_chapters_name_is_kept(installed, tmp_path):
    mine = tmp_path / "mine"
    (mine / "en").mkdir(parents=True)
    (mine / "en" / "01-a.ipynb").write_text("mine from the start")
    done = chapters.update(mine)
    assert done == (["en/02-b.ipynb"], ["en/01-a.ipynb"])
    assert (mine / "en" / "01-a.ipynb").read_text() == "mine from the start"
