"""What kerasnb depends on: bounds, reasons, licences; and that it asks no network for anything."""

import io
import json
import socket
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.supply import DEVELOPERS, PAGE, ROOT, contents, dependencies, differs

DEPENDENCIES = dependencies()


def test_all_are_found():
    """The lines are read as they stand, for their comments: none may be overlooked."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    begin, end = text.index("dependencies = ["), text.index("[project.scripts]")
    lines = [line for line in text[begin:end].splitlines() if line.startswith('  "')]
    others = [line for line in lines if not line.startswith('  "kerasnb[')]
    assert len(others) == len([d for d in DEPENDENCIES if d.extra != "build"]) > 20
    assert {d.extra for d in DEPENDENCIES} >= {"", "build", "images", "lab", "cuda", "fast", "test"}


@pytest.mark.parametrize("dependency", DEPENDENCIES, ids=lambda d: f"{d.extra}-{d.name}")
def test_each_has_a_lower_bound_and_a_reason(dependency):
    assert dependency.lowest, f"{dependency.name}: name the lowest version that is tested"
    assert len(dependency.comment.split()) > 1 or dependency.comment == "figures" or (
        dependency.comment.startswith("kerasnb.")
    ), f"{dependency.name}: say what for"  # fmt: skip


def test_each_has_a_licence():
    page = PAGE.read_text("utf-8")
    for d in DEPENDENCIES:
        if d.extra not in DEVELOPERS:
            row = f"| {d.name} | {d.lowest} | {d.extra or 'always'} | "
            assert page.count(row) == 1, "run python -m tests.supply --licences"
    assert "| ? |" not in page and "GPL" not in page.replace("LGPL", "")


SILENT = """
import sys
def heard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(heard)
import numpy as np
import kerasnb
from kerasnb.callbacks import CSVLogger, ModelCheckpoint, TensorBoard
from kerasnb.datasets import mnist
from kerasnb.layers import Dense, Flatten
from kerasnb.models import Sequential, load_model
folder = sys.argv[1]
(x, y), _ = mnist.load_data()
model = Sequential([Flatten(input_shape=(28, 28)), Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
callbacks = [CSVLogger(f"{folder}/a.csv"), ModelCheckpoint(f"{folder}/a.h5"), TensorBoard(folder)]
model.fit(x[:32] / 255, y[:32], verbose=0, callbacks=callbacks)
print(load_model(f"{folder}/a.h5").predict(x[:2]).shape)
try:
    import socket
    socket.getaddrinfo("localhost", 80)
except SystemExit:
    print("heard")
"""


def test_nothing_asks_the_network(tmp_path):
    """From import to a saved model, with data that comes in the package."""
    command = [sys.executable, "-c", SILENT, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("(2, 10)\nheard\n")


def test_no_test_asks_the_network():
    """tests/conftest.py sees to it; of no Exception, so that no test swallows it."""
    with socket.socket() as client:
        for ask in (
            lambda: client.connect(("192.0.2.1", 80)),
            lambda: client.connect_ex(("192.0.2.1", 80)),
            lambda: socket.getaddrinfo("somewhere.invalid", 80),
        ):
            with pytest.raises(BaseException, match="a test (connects|asks)") as caught:
                ask()
            assert not isinstance(caught.value, Exception)
    with socket.create_server(("localhost", 0)) as server:
        socket.create_connection(server.getsockname()[:2], 5).close()


def test_the_bundler_is_told_how_to_number():
    """A file that is not there it passes over, and builds in two folders differ again."""
    folder = ROOT / "labextension"
    told = json.loads((folder / "package.json").read_text("utf-8"))["jupyterlab"]["webpackConfig"]
    assert "moduleIds: 'natural'" in (folder / told).read_text("utf-8")


def wheel(path, text, date=(2020, 1, 1, 0, 0, 0)):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.py", date), text)
    return path


def test_builds_are_compared(tmp_path, capsys):
    """What `python -m tests.supply --build` says of archives that differ."""
    same, again = wheel(tmp_path / "a.whl", "1"), wheel(tmp_path / "b.whl", "1")
    assert not differs(same, again)
    assert differs(same, wheel(tmp_path / "c.whl", "2"))
    assert differs(same, wheel(tmp_path / "d.whl", "1", (2021, 1, 1, 0, 0, 0)))
    said = capsys.readouterr().out
    assert said.count(": a.py\n") == 1 and said.count("in order, times or modes only") == 1
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("a/b.py")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    assert contents(tmp_path / "a.tar.gz") == {"a/b.py": b"abc"}
