"""Settings of the whole session, and the names that are in use: Keras's only global state."""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..array.compiled import threads as _threads
from ..graph import Node, learning_phase_node, ops

__all__ = [
    "backend",
    "cast_to_floatx",
    "clear_session",
    "epsilon",
    "floatx",
    "get_threads",
    "get_uid",
    "image_data_format",
    "image_dim_ordering",
    "keras_home",
    "learning_phase",
    "learning_phase_scope",
    "manual_variable_initialization",
    "normalize_data_format",
    "reset_uids",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "set_learning_phase",
    "set_random_seed",
    "set_threads",
]

_FLOATS = ("float16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")

_settings: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
}
_uids: dict[str, Iterator[int]] = {}
_phase: int | None = None
# What `learning_phase_scope` says, in the thread that it was said in.
_scoped: contextvars.ContextVar[int | None] = contextvars.ContextVar("learning_phase", default=None)
_manual = False


def keras_home() -> Path:
    """Return the folder of settings and downloads.

    `KERAS_HOME`, else `~/.keras`, else the temporary folder where that cannot be written.
    """
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"])
    home = Path.home()
    base = home if os.access(home, os.W_OK) else Path(tempfile.gettempdir())
    return base / ".keras"


def _read_settings() -> None:
    # keras.json as Keras writes it; a file that cannot be read or makes no sense changes nothing.
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((keras_home() / "keras.json").read_text(encoding="utf-8"))
        if found.get("floatx") in _FLOATS:
            _settings["floatx"] = found["floatx"]
        if found.get("image_data_format") in _FORMATS:
            _settings["image_data_format"] = found["image_data_format"]
        if isinstance(found.get("epsilon"), float):
            _settings["epsilon"] = found["epsilon"]


_read_settings()


def backend() -> str:
    """Return the name of the backend, 'numpy'."""
    return "numpy"


def floatx() -> str:
    """Return the type that floats have by default, 'float32' say."""
    return _settings["floatx"]


def set_floatx(floatx: str) -> None:
    """Set the type that floats have by default: 'float16', 'float32' or 'float64'."""
    if floatx not in _FLOATS:
        raise ValueError(f"set_floatx: got {floatx!r}; needs one of {', '.join(_FLOATS)}.")
    _settings["floatx"] = str(floatx)


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite."""
    return _settings["epsilon"]


def set_epsilon(e: float) -> None:
    """Set the small number that keeps divisions and logarithms finite."""
    _settings["epsilon"] = float(e)


def image_data_format() -> str:
    """Return where images have their channels: 'channels_last' or 'channels_first'."""
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Set where images have their channels: 'channels_last' or 'channels_first'."""
    _settings["image_data_format"] = normalize_data_format(data_format)


def image_dim_ordering() -> str:
    """Return Keras 1's name of the image data format: 'tf' (channels last) or 'th'."""
    return "tf" if image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Set the image data format by Keras 1's name: 'tf' (channels last) or 'th'."""
    if dim_ordering not in ("tf", "th"):
        raise ValueError(f"set_image_dim_ordering: got {dim_ordering!r}; needs 'tf' or 'th'.")
    set_image_data_format("channels_last" if dim_ordering == "tf" else "channels_first")


def normalize_data_format(value: str | None) -> str:
    """Return a data format as it is, or the session's for None."""
    data_format = image_data_format() if value is None else str(value).lower()
    if data_format not in _FORMATS:
        raise ValueError(f"data_format: got {value!r}; needs 'channels_last' or 'channels_first'.")
    return data_format


def cast_to_floatx(x: Any) -> Any:
    """Return numbers as an array of the default float type, a tensor as a tensor of it."""
    return ops.cast(x, dtype=floatx()) if isinstance(x, Node) else np.asarray(x, dtype=floatx())


def get_uid(prefix: str = "") -> int:
    """Return how often the prefix has been asked for, this time included."""
    return next(_uids.setdefault(prefix, itertools.count(1)))  # also if threads ask at once


def reset_uids() -> None:
    """Begin to count all names again."""
    _uids.clear()


def learning_phase() -> Any:
    """Return whether models train (1) or test (0): a placeholder unless it has been set."""
    phase = _phase if _scoped.get() is None else _scoped.get()
    return learning_phase_node() if phase is None else phase


def set_learning_phase(value: int) -> None:
    """Fix the learning phase, 1 to train or 0 to test, for everything that is built from now on."""
    global _phase
    if value not in (0, 1):
        raise ValueError(f"set_learning_phase: got {value!r}; needs 0 or 1.")
    if _scoped.get() is None:
        _phase = int(value)
    else:
        _scoped.set(int(value))


@contextlib.contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Fix the learning phase within a `with` block; other threads notice nothing of it."""
    before = _scoped.set(0)
    try:
        set_learning_phase(value)
        yield
    finally:
        _scoped.reset(before)


def clear_session() -> None:
    """Forget names and the learning phase, as if nothing had been built."""
    global _phase
    reset_uids()
    _phase = None
    learning_phase_node(fresh=True)


def manual_variable_initialization(value: bool) -> None:
    """Accepted for Keras's sake; variables are made when they are first needed."""
    global _manual
    _manual = bool(value)


def set_random_seed(seed: int) -> None:
    """Fix all random numbers of what is built from now on, and the order of shuffled data.

    The same seed gives the same bytes on the same machine with the same number of threads, in
    another process too; `docs/determinism.md` says what is not promised.

    Args:
        seed: integer; `numpy.random.seed` does the same.
    """
    np.random.seed(seed)


def get_threads() -> int:
    """Return how many threads compute on the CPU: by default as many as there are real cores.

    `KERASNB_THREADS` sets another number, `OMP_NUM_THREADS` one for all programs.
    """
    return _threads.get_threads()


def set_threads(number: int | None) -> None:
    """Let compiled kernels compute with `number` threads, and BLAS too if threadpoolctl is there.

    The same number gives the same results. Another number may change the last digits of sums over
    a batch (gradients of kernels, statistics of batch normalization), which are added in another order.

    Args:
        number: threads from 1 upwards; None for the default.
    """
    _threads.set_threads(number)


if "KERASNB_THREADS" in os.environ:
    get_threads()  # tells BLAS
