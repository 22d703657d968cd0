"""Files: whole or not at all, never over another one unasked; data and models in HDF5 files."""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import math
import numbers
import os
import platform
import re
import secrets
import shutil
import stat
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

_LEFTOVER = re.compile(r"\..*\.(?P<host>[0-9a-f]{8})\.(?P<pid>\d+)\.[0-9a-f]{8}\.kerasnb-tmp")
_OLD = 24 * 3600  # seconds after which the temporary file of an unknown machine is rubbish

_being_written: set[str] = set()
_lock = threading.Lock()


def path_to_string(path: Any) -> Any:
    """Return a path (an object or bytes) as a text, and anything else as it is."""
    return os.fsdecode(path) if isinstance(path, os.PathLike | bytes) else path


@contextlib.contextmanager
def atomic_write(path: Any) -> Iterator[Path]:
    """Write a file as a whole: readers and crashes see the old file or the new one.

    What happens inside the `with` block goes to a temporary file in the same folder. At its end
    that file is brought to the disk and takes the place of the old one; after an exception it is
    removed. What killed processes left behind in the folder is removed, too.

    Args:
        path: the file to write; a symbolic link is followed.

    Yields:
        The path of the temporary file, which does not exist yet.

    Raises:
        OSError: if there is no such folder, something that is no plain file is in the way, the
            folder may not be written, or the disk is full.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic_write(f"{folder}/notes.txt") as temporary:
        ...         _ = temporary.write_text("all of it", "utf-8")
        ...     Path(folder, "notes.txt").read_text("utf-8")
        'all of it'
    """
    target = Path(os.path.realpath(path_to_string(path)))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"Cannot write {path}: there is no folder {target.parent}.")
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        kind = "a folder" if target.is_dir() else "not a plain file"
        raise OSError(f"Cannot write {path}: it is {kind}.")
    remove_leftovers(target.parent)
    mark = f"{_host()}.{os.getpid()}.{secrets.token_hex(4)}"
    temporary = target.parent / f".{target.name[:50]}.{mark}.kerasnb-tmp"
    with _lock:
        _being_written.add(temporary.name)
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        _bring_to_disk(temporary)
        temporary.replace(target)
        _bring_to_disk(target.parent)
    except (OSError, RuntimeError) as error:
        number = _error_number(error, temporary)
        if number is None:
            raise
        raise OSError(number, f"Cannot write {path}: {os.strerror(number)}") from error
    finally:
        temporary.unlink(missing_ok=True)
        with _lock:
            _being_written.discard(temporary.name)


def _error_number(error: Exception, temporary: Path) -> int | None:
    """Return the system's number of an error that happened to a file; None of another error."""
    # HDF5 says what the system has said in a text, and h5py may make a RuntimeError of it.
    found = re.search(r"errno = (\d+)", str(error)) if temporary.name in str(error) else None
    if found:
        return int(found[1])
    name = getattr(error, "filename", None)
    ours = name is None or path_to_string(name) == str(temporary)
    return getattr(error, "errno", None) if ours else None


def append_whole(path: Any, data: bytes, begin: bool = False) -> None:
    """Add bytes to the end of a file: all of them, or none if the disk is full.

    Args:
        path: the file.
        data: the bytes.
        begin: whether they replace what is there.
    """
    with Path(path).open("wb" if begin else "ab", buffering=0) as file:
        size = file.tell()
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except BaseException:
            file.truncate(size)
            raise


def _bring_to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of files, would survive a power cut."""
    folder = path.is_dir()
    if folder and os.name == "nt":
        return  # folders cannot be opened there
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def remove_leftovers(folder: Any) -> None:
    """Remove what killed processes have left in a folder: temporary files of `atomic_write`.

    Args:
        folder: the folder; one that is not there has nothing in it.
    """
    if not Path(folder).is_dir():
        return
    for entry in os.scandir(folder):
        found = _LEFTOVER.fullmatch(entry.name)
        if found and _abandoned(entry, found):
            with contextlib.suppress(OSError):
                Path(entry.path).unlink()


def _abandoned(entry: os.DirEntry[str], found: re.Match[str]) -> bool:
    pid = int(found["pid"])
    if found["host"] == _host():
        if pid == os.getpid():  # numbers are given again: it may be an earlier process's
            with _lock:
                return entry.name not in _being_written
        if os.name != "nt":  # where signal 0 would not just ask
            return not _is_alive(pid)
    with contextlib.suppress(OSError):
        return time.time() - entry.stat().st_mtime > _OLD
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # somebody else's
    return True


def ask_to_proceed_with_overwrite(filepath: Any) -> bool:
    """Ask the user whether a file may be overwritten.

    Args:
        filepath: the file.

    Returns:
        True if it may.

    Raises:
        FileExistsError: if there is nobody to ask: no terminal and no notebook.
    """
    if not _can_ask():
        raise FileExistsError(_unasked(filepath))
    question = f"[WARNING] {filepath} already exists - overwrite? [y/n]"
    try:
        answer = input(question).strip().lower()
        while answer not in ("y", "n"):
            answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    except EOFError:
        raise FileExistsError(_unasked(filepath)) from None
    if answer == "n":
        return False
    print("[TIP] Next time specify overwrite=True!")
    return True


def _unasked(filepath: Any) -> str:
    return (
        f"{filepath} already exists, and nobody can be asked whether to overwrite it. Give "
        "overwrite=True, or another file name."
    )


def _can_ask() -> bool:
    # Notebooks put their own function in the place of `input`; elsewhere it needs a terminal.
    if not isinstance(builtins.input, types.BuiltinFunctionType):
        return True
    return sys.stdin is not None and sys.stdin.isatty()


def may_write(filepath: Any, overwrite: bool) -> bool:
    """Return whether to write a file: there is none yet, it may go, or the user says so.

    Args:
        filepath: the file.
        overwrite: whether an existing file may go unasked.
    """
    if overwrite or not Path(path_to_string(filepath)).is_file():
        return True
    return ask_to_proceed_with_overwrite(filepath)


def load_from_binary_h5py(load_function: Callable[[Any], Any], stream: Any) -> Any:
    """Return what a function makes of an HDF5 file that comes from a stream.

    Args:
        load_function: function of a file of h5py.
        stream: binary stream, read to its end.
    """
    import h5py

    with h5py.File(h5py.h5f.open_file_image(stream.read())) as file:
        return load_function(file)


def save_to_binary_h5py(save_function: Callable[[Any], Any], stream: Any) -> None:
    """Write what a function puts into an HDF5 file to a stream.

    Args:
        save_function: function of a file of h5py.
        stream: binary stream.
    """
    import h5py

    with h5py.File("in memory", "w", driver="core", backing_store=False) as file:
        save_function(file)
        file.flush()
        stream.write(file.id.get_file_image())


class HDF5Matrix:
    """Rows of a data set in an HDF5 file, in the place of an array: read when they are needed.

    Files stay open, and are opened once for all matrices. Training on one needs
    `shuffle="batch"` or `shuffle=False`: HDF5 gives rows in ascending order only.

    Args:
        datapath: the file.
        dataset: name of the data set in it.
        start: first row.
        end: row after the last; the end of the data set by default.
        normalizer: function that each batch goes through.

    Example:
        >>> import h5py, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with h5py.File(f"{folder}/data.h5", "w") as file:
        ...         file["x"] = [[0.0], [1.0], [2.0], [3.0]]
        ...     x = HDF5Matrix(f"{folder}/data.h5", "x", start=1, normalizer=lambda x: x / 2)
        ...     x.shape, x[:2].tolist()
        ((3, 1), [[0.5], [1.0]])
    """

    refs: ClassVar[dict[Any, Any]] = {}
    """The open files by path."""

    def __init__(
        self,
        datapath: Any,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable[[Any], Any] | None = None,
    ) -> None:
        import h5py

        datapath = path_to_string(datapath)
        file = self.refs.get(datapath)
        if not file:  # a file that has been closed is false
            file = self.refs[datapath] = h5py.File(datapath, "r")
        if not isinstance(file.get(dataset), h5py.Dataset):
            raise KeyError(f"HDF5Matrix: {datapath} has no data set {dataset!r}; has {list(file)}.")
        self.data = file[dataset]
        self.start = start
        self.end = len(self.data) if end is None else end
        if not 0 <= self.start <= self.end <= len(self.data):
            raise ValueError(
                f"HDF5Matrix: {dataset!r} has {len(self.data)} rows; got start={start}, end={end}."
            )
        self.normalizer = normalizer
        first = self._normalized(self.data[0:1])
        self._base_shape = first.shape[1:]
        self._base_dtype = first.dtype

    def _normalized(self, rows: Any) -> Any:
        return rows if self.normalizer is None else self.normalizer(rows)

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> Any:
        """Return rows: at a number, a slice, or a list of numbers in ascending order.

        Raises:
            IndexError: if there are not that many rows.
        """
        if isinstance(key, slice):
            self._check(key.stop or 0, len(self))
            first, last, step = key.indices(len(self))
            return self._normalized(self.data[first + self.start : last + self.start : step])
        if isinstance(key, numbers.Integral):
            return self._normalized(self.data[self._row(int(key))])
        return self._normalized(self.data[[self._row(int(k)) for k in key]])

    def _row(self, key: int) -> int:
        self._check(key, len(self) - 1)
        return self.start + key + (len(self) if key < 0 else 0)

    def _check(self, key: int, most: int) -> None:
        if not -len(self) <= key <= most:
            raise IndexError(f"HDF5Matrix: there are {len(self)} rows; got {key}.")

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows, and the shape of one after `normalizer`."""
        return (len(self), *self._base_shape)

    @property
    def dtype(self) -> Any:
        """The type after `normalizer`."""
        return self._base_dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)


def __getattr__(name: str) -> Any:
    if name in ("H5Dict", "h5dict"):  # Keras keeps it here; it is an idea of its own
        from .h5dict import H5Dict

        return H5Dict
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
