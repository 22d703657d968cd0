"""Faults from outside: full disks, missing packages, clocks, callbacks that raise, no memory.

Which fault is held where:

- kill -9 in `save`, ModelCheckpoint and Resume: tests/saving/test_kills.py,
  tests/callbacks/test_checkpoint.py, tests/callbacks/test_resume.py; in a download:
  tests/datasets/test_downloading.py; of a worker or its parent: tests/engine/test_generators.py
  of CSVLogger and TensorBoard: here
- Ctrl-C in a training: tests/engine/test_interrupt.py; of workers: tests/engine/test_generators.py;
  while a file is written: tests/saving/test_atomic_write.py (an exception leaves the old file)
- disk full in a download: tests/datasets/test_downloading.py; in all else that writes: here
- home that cannot be written: tests/datasets/test_downloading.py and test_fetching.py; other
  folders: here
- corrupted cache of data: tests/datasets/test_fetching.py, test_hostile.py; damaged model files:
  tests/saving/test_mutations.py, tests/fuzz
- missing packages, one function each: tests/preprocessing/test_image_files.py,
  tests/wrappers/test_dask.py, tests/utils/test_vis_utils.py; each extra in turn: here
- a generator or worker that raises or ends too early, a callback of `fit_generator` that raises:
  tests/engine/test_generators.py; a callback in each hook of `fit`: here
- labels out of range, and what is said: tests/test_mistakes.py; the model afterwards: here
- NaN and infinity in data, layers and losses: tests/callbacks/test_nan.py
- a clock that goes backwards, no memory: here
"""

import contextlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import Callback, CSVLogger, ModelCheckpoint, Resume, TensorBoard
from kerasnb.layers import Dense
from kerasnb.models import Sequential, load_model
from kerasnb.notebook.steering import Training
from kerasnb.utils.io_utils import append_whole
from kerasnb.utils.progbar import Progbar

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

ROOT = Path(__file__).resolve().parents[1]
SIZE = 200  # a model of 160 KB
X, Y = np.ones((8, SIZE), "float32"), np.ones((8, SIZE), "float32")


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def model(**kwargs):
    made = Sequential([Dense(SIZE, input_shape=(SIZE,), **kwargs)])
    made.compile("sgd", "mse")
    return made


def is_usable(made):
    """Whether a model learns and predicts."""
    before = made.evaluate(X, Y, verbose=0)
    made.fit(X, Y, verbose=0)
    return made.evaluate(X, Y, verbose=0) < before and np.isfinite(made.predict(X)).all()


# -- disks


@contextlib.contextmanager
def mounted(folder, options):
    """A file system in memory, where this process may make one."""
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    if not done:
        pytest.skip("a small disk needs a system with tmpfs, and the right to mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(params=["disk", "limit"])
def full(request, tmp_path):
    """A folder and a function that makes its disk full, but for some bytes.

    "limit" stands in for a small disk where none can be mounted: files may not become longer.
    """
    if request.param == "disk":
        with mounted(tmp_path, "size=400k"):

            def fill(left):
                room = os.statvfs(tmp_path)
                free = room.f_bavail * room.f_bsize - left
                (tmp_path / "filler").write_bytes(bytes(max(free, 0)))

            yield tmp_path, fill
        return
    resource = pytest.importorskip("resource", reason="Windows has no limits of files to set")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(left):
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(left, 1), before[1]))

    yield tmp_path, limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


FULL = "No space left on device|File too large"


def whole(path):
    return load_model(path).predict(X).shape == (8, SIZE)


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def handles():
    return len(names("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0


def save(folder):
    model().save(folder / "model.h5")


def save_weights(folder):
    model().save_weights(folder / "model.h5")


def checkpoint(folder):
    model().fit(X, Y, verbose=0, callbacks=[ModelCheckpoint(folder / "model.h5")])


@pytest.mark.parametrize("write", [save, save_weights, checkpoint])
def test_a_model_on_a_full_disk(write, full):
    """The old file stays, nothing is left beside it, and the error names file and cause."""
    folder, fill = full
    made = model()
    made.save(folder / "model.h5")
    fill(50_000)
    open_before, files = handles(), names(folder)
    with pytest.raises(OSError, match=f"Cannot write .*model.h5: ({FULL})"):
        write(folder)
    assert names(folder) == files
    assert whole(folder / "model.h5") and is_usable(made)
    assert handles() <= open_before


def test_resume_on_a_full_disk(full):
    folder, fill = full
    fill(50_000)
    made = model()
    with pytest.raises(OSError, match=f"Cannot write .*state.npz: ({FULL})"):
        made.fit(X, Y, verbose=0, callbacks=[Resume(folder / "state.npz")])
    assert "state.npz" not in names(folder) and is_usable(made)


class FillAt(Callback):
    """Makes the disk full at the beginning of an epoch."""

    def __init__(self, fill, epoch):
        self.fill, self.at = fill, epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at:
            self.fill(0)


def test_rows_on_a_full_disk(full):
    """A table has whole rows only, and goes on when there is room again."""
    folder, fill = full
    path = folder / "table.csv"
    path.write_text("epoch,loss\n" + 300 * "0,0.12345\n")  # more than a block of the disk
    made, logger = model(), CSVLogger(path, append=True)
    if fill.__name__ == "limit":
        callbacks = [FillAt(lambda left: fill(path.stat().st_size + 10), 2), logger]
    else:
        callbacks = [FillAt(fill, 2), logger]
    with pytest.raises(OSError, match=FULL):
        made.fit(X, Y, epochs=500, verbose=0, callbacks=callbacks)
    text = path.read_text()
    assert text.endswith("\n") and len(text.splitlines()) > 302
    assert all(re.fullmatch(r"\d+,[\d.e-]+", line) for line in text.splitlines()[1:])
    assert is_usable(made)


def test_events_on_a_full_disk(full):
    folder, fill = full
    made = model()
    board = TensorBoard(folder, histogram_freq=1, write_graph=False)
    made.fit(X, Y, epochs=2, verbose=0, callbacks=[board], validation_data=(X, Y))
    (path,) = folder.iterdir()
    before = path.read_bytes()
    fill(len(before) + 10 if fill.__name__ == "limit" else 0)
    with pytest.raises(OSError, match=FULL):
        for _ in range(3):
            append_whole(path, before)
    content = path.read_bytes()
    assert len(content) % len(before) == 0 and content.startswith(before)
    with pytest.raises(OSError, match=FULL):
        made.fit(X, Y, epochs=500, verbose=0, callbacks=[board], validation_data=(X, Y))
    assert is_usable(made)


KILLED = """
import os, pathlib, random, signal, sys, time
import numpy as np
from kerasnb.callbacks import CSVLogger, TensorBoard
from kerasnb.layers import Dense
from kerasnb.models import Sequential
model = Sequential([Dense(1, input_shape=(1,))])
model.compile("sgd", "mse")
generator = random.Random(0)
table = pathlib.Path(sys.argv[1], "table.csv")
def train(epochs):
    callbacks = [CSVLogger(table, append=True), TensorBoard(sys.argv[1], write_graph=False)]
    model.fit(np.ones((1, 1)), np.ones((1, 1)), epochs=epochs, verbose=0, callbacks=callbacks)
train(1)
for _ in range(10):
    enough = table.stat().st_size + generator.randrange(200)
    child = os.fork()
    if child == 0:
        train(10**9)
    while table.stat().st_size <= enough and os.waitpid(child, os.WNOHANG) == (0, 0):
        pass
    time.sleep(generator.uniform(0, 0.001))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork to make processes with")
def test_a_killed_process_leaves_whole_rows(tmp_path):
    """Each training begins where the table of the killed one ends; no row or event is half one."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=True)
    header, *rows = (tmp_path / "table.csv").read_text().splitlines(keepends=True)
    assert header == "epoch,loss\n" and len(rows) > 20
    assert all(re.fullmatch(r"\d+,[\d.e-]+\n", row) for row in rows)
    assert sum(row.startswith("0,") for row in rows) == 11  # as many trainings
    for path in tmp_path.glob("events*"):
        content, at = path.read_bytes(), 0
        while at < len(content):  # length, its checksum, the event, its checksum
            at += 8 + 4 + int.from_bytes(content[at : at + 8], "little") + 4
        assert at == len(content)


@pytest.fixture
def read_only(tmp_path):
    """A folder that may not be written; root may write everywhere but on such a disk."""
    if hasattr(os, "geteuid") and os.geteuid():
        tmp_path.chmod(0o555)
        yield tmp_path
        tmp_path.chmod(0o755)
        return
    with mounted(tmp_path, "ro,size=64k"):
        yield tmp_path


@pytest.mark.parametrize("write", [
    save, save_weights, checkpoint,
    lambda folder: model().fit(X, Y, verbose=0, callbacks=[CSVLogger(folder / "model.h5")]),
    lambda folder: model().fit(X, Y, verbose=0, callbacks=[TensorBoard(folder / "model.h5")]),
    lambda folder: model().fit(X, Y, verbose=0, callbacks=[Resume(folder / "model.h5")]),
    lambda folder: model().fit(X, Y, verbose=0, callbacks=[Resume(folder / "model.h5" / "a")]),
], ids=["save", "save_weights", "checkpoint", "csv", "tensorboard", "resume", "resume in a new one"])  # fmt: skip
def test_a_folder_that_may_not_be_written(write, read_only):
    with pytest.raises(OSError, match=r"(Read-only file system|Permission denied)") as caught:
        write(read_only)
    assert "model.h5" in str(caught.value) and names(read_only) == []
    assert caught.traceback[0].path == Path(__file__)


# -- packages

BLOCKED = """
import json, sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        blocked = name.split(".")[0] in {names}
        return None if blocked else self.finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self.finder, name)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
import contextlib, io
import numpy as np
import kerasnb
from kerasnb.layers import Dense
from kerasnb.models import Sequential
model = Sequential([Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
def says_what(program):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            exec(program, globals())
        except BaseException as error:
            out.write(f"{{type(error).__name__}}: {{error}}")
    return out.getvalue()
print(json.dumps([says_what(program) for program in {programs}]))
"""

MODULES = {  # module of each optional package, by the name that it is installed by
    "Pillow": "PIL",
    "scipy": "scipy",
    "jupyterlab": "jupyterlab",
    "ipywidgets": "ipywidgets",
    "matplotlib": "matplotlib",
    "pydot": "pydot",
    "cupy-cuda12x": "cupy",
    "llvmlite": "llvmlite",
    "threadpoolctl": "threadpoolctl",
    "scikit-learn": "sklearn",
    "distributed": "distributed",
    "dask": "dask",
    "nbgrader": "nbgrader",
}

USES = {  # programs that need an extra
    "images": [
        "from kerasnb.preprocessing.image import load_img; load_img('a.png')",
        "from kerasnb.preprocessing import image; image.random_shear(np.ones((4, 4, 3)), 9, 0, 1, 2)",
    ],
    "lab": [
        "import kerasnb.widgets",
        "from kerasnb import plot; plot.history(history)",
        "from kerasnb.utils import plot_model; plot_model(model, 'a.png')",
        "from kerasnb.cli import lab; lab.run(None, None, None, False, [])",
    ],
    "cuda": ["from kerasnb.array import use_device; use_device('gpu')"],
    "fast": ["from kerasnb.cli import doctor; print(*doctor.kernels())"],
    "dask": [
        "from kerasnb.wrappers import dask; dask.fit(model, np.ones((4, 2)), np.ones(4))",
    ],
}  # fmt: skip
NEEDLESS = {  # extras that only other programs ask for: what kerasnb does without them
    "sklearn": "from kerasnb.wrappers.scikit_learn import KerasClassifier as C; print(C is not None)",
    "grading": "from kerasnb import grading; print(grading is not None)",
}


def extras():
    """The extras with the names of their packages, without those for developers."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = {}
    for extra, needs in table["optional-dependencies"].items():
        names = [re.match(r"[A-Za-z0-9_-]+", need)[0] for need in needs]
        found[extra] = [name for name in names if name != "kerasnb"]
    return {extra: names for extra, names in found.items() if extra not in ("test", "dev")}


def without(extra):
    """What programs say where an extra's packages are missing; a model has been trained before."""
    modules = {MODULES[name] for name in extras()[extra]}
    programs = USES[extra] if extra in USES else [NEEDLESS[extra]]
    program = BLOCKED.format(names=modules, programs=programs)
    settings = {k: v for k, v in os.environ.items() if k != "KERASNB_KERNELS"}
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=settings,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("extra", USES)
def test_an_extra_that_is_missing_is_named(extra):
    said = without(extra)
    assert len(said) == len(USES[extra])
    for text in said:
        assert f'pip install "kerasnb[{extra}]"' in text, text


@pytest.mark.parametrize("extra", NEEDLESS)
def test_an_extra_that_is_not_needed(extra):
    assert without(extra) == ["True\n"]


def test_no_extra_is_forgotten():
    assert set(extras()) == {*USES, *NEEDLESS}
    assert {name for names in extras().values() for name in names} == set(MODULES)


# -- the clock


def test_a_clock_that_goes_backwards(monkeypatch):
    """The bar moves, and no time in it is negative; a History has none, a watch its own clock."""
    clock = itertools.count(1e9, -3.5)
    monkeypatch.setattr(time, "time", lambda: next(clock))
    for verbose in (1, 2):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            history = model().fit(X, Y, batch_size=2, epochs=2, verbose=verbose)
        text = out.getvalue()
        assert history.epoch == [0, 1] and len(history.history["loss"]) == 2
        assert " - 0s" in text and not re.search(r"-\d+(:\d+|s|ms|us)", text)
        if verbose == 1:
            assert text.count("ETA: 0s") == 6  # drawn after each batch but the last
    with contextlib.redirect_stdout(io.StringIO()) as out:
        Progbar(None).update(3)
    assert " - 0s " in out.getvalue()
    training = Training()
    model().fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[training])
    progress = training.progress
    assert training.state == "finished" and progress["seconds"] >= 0 and progress["left"] == 0


def test_events_of_a_clock_that_goes_backwards(monkeypatch, tmp_path):
    clock = itertools.count(1e9, -3.5)
    monkeypatch.setattr(time, "time", lambda: next(clock))
    board, path = TensorBoard(tmp_path / "logs"), tmp_path / "model.h5"
    model().fit(X, Y, epochs=2, verbose=0, callbacks=[board, ModelCheckpoint(path)])
    assert len(list((tmp_path / "logs").iterdir())) == 1 and whole(path)


# -- callbacks that raise

HOOKS = [
    "on_train_begin", "on_epoch_begin", "on_batch_begin", "on_batch_end", "on_train_batch_begin",
    "on_train_batch_end", "on_test_begin", "on_test_batch_begin", "on_test_batch_end",
    "on_test_end", "on_epoch_end", "on_train_end",
]  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_a_callback_that_raises(hook):
    """The error is the user's, with the user's line; the model and its next training are whole."""

    def falls_over(self, *args):
        raise LookupError(f"in {hook}")

    made = model()
    callback = type("Broken", (Callback,), {hook: falls_over})()
    with pytest.raises(LookupError, match=f"in {hook}") as caught:
        made.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callback])
    assert traceback.extract_tb(caught.tb)[-1].name == "falls_over"
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert is_usable(made)


def test_labels_out_of_range_change_nothing():
    made = Sequential([Dense(3, activation="softmax", input_shape=(SIZE,))])
    made.compile("sgd", "sparse_categorical_crossentropy")
    made.fit(X, np.zeros(8), verbose=0)
    before = made.get_weights()
    for label in (3, -1):
        with pytest.raises(ValueError, match=f"label {label}"):
            made.train_on_batch(X, np.full(8, label))
        for old, new in zip(before, made.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
    assert made.train_on_batch(X, np.zeros(8)) > made.evaluate(X, np.zeros(8), verbose=0)


# -- no memory


def test_a_layer_that_is_too_big():
    """The layer is named, with the shape and the size that it asked for."""
    made = Sequential([Dense(10**7, input_shape=(10**7,), name="giant")])
    said = r'Layer "giant" .*10000000, 10000000.* float32(.|\n)*made at .*test_faults'
    for _ in range(2):
        with pytest.raises(MemoryError, match=said):
            made.get_weights()
    assert is_usable(model())


def huge(*shape):
    """An array of zeros that takes no memory."""
    return np.broadcast_to(np.float32(0), shape)


def test_a_batch_that_is_too_big():
    made = model()
    assert is_usable(made)
    before, plans = made.get_weights(), len(made.train_function.plans)
    rows = 10**12
    with pytest.raises(MemoryError, match=rf"dense_1.*shape \({rows}, {SIZE}\).*float32 \(7.*GiB"):
        made.train_on_batch(huge(rows, SIZE), huge(rows, SIZE))
    with pytest.raises(MemoryError, match=rf"dense_1.*shape \({rows}, {SIZE}\)"):
        made.predict(huge(rows, SIZE), batch_size=rows)
    assert len(made.train_function.plans) == plans
    for old, new in zip(before, made.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert is_usable(made)


def test_a_result_that_is_too_big():
    """The input would fit: it is a layer's result that does not."""
    made = Sequential([
        Dense(2, input_shape=(1,)), Dense(10**6, kernel_initializer="zeros", name="wide")
    ])  # fmt: skip
    rows = 10**8
    with pytest.raises(MemoryError, match=rf'Layer "wide" .*\({rows}, {10**6}\).*Smaller batches'):
        made.predict_on_batch(huge(rows, 1))
    assert made.predict(np.ones((2, 1))).shape == (2, 10**6)
