"""What must hold whatever is read, and how it is told that it does not.

A case is good if it gives a result, or an exception of ours: a ValueError, TypeError,
NotImplementedError, ImportError or OSError that kerasnb raised on purpose, with a sentence in it.
(An OSError of the system, as for a file that is not there, is as good. To an argument of another
type than documented, in a call, Python's own TypeError or failed conversion is an answer; of texts and
sequences, which are Python's lists, its ValueError too.) It is bad if

* anything else is raised, from within: a KeyError, an AttributeError, a lack of memory;
* it takes more than 5 seconds (of the processor: others may need it too), or more than 1 GiB;
* it runs a program, reads a pickle or code, opens a connection, or touches a file that is none of
  its business.
"""

from __future__ import annotations

import contextlib
import opcode
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kerasnb

MEMORY = 2**30
SECONDS = 5
OURS = str(Path(kerasnb.__file__).parent)

_SAID = (ValueError, TypeError, NotImplementedError, ImportError, OSError)
_RAISE = opcode.opmap["RAISE_VARARGS"]
_FORBIDDEN = (
    "os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty os.kill subprocess.Popen pty.spawn "
    "pickle.find_class marshal.loads socket.connect socket.bind socket.getaddrinfo ctypes.dlopen "
    "urllib.Request webbrowser.open"
).split()
_TOUCHING = (
    "os.remove os.rename os.mkdir os.rmdir os.link os.symlink os.chmod shutil.rmtree".split()
)
_WATCHED = {"open", *_FORBIDDEN, *_TOUCHING}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Broken(BaseException):
    """What must not happen has happened: nothing that catches exceptions catches this."""


class Late(BaseException):
    """It takes too long."""


def on_purpose(error: BaseException, python_says: tuple[type[Exception], ...] = ()) -> bool:
    """Whether an exception is one that a reader of ours is meant to see.

    Args:
        error: the exception.
        python_says: those that Python and NumPy may raise for us, besides OSError.
    """
    if not isinstance(error, _SAID) or len(str(error)) < 10 or _no_memory(error):
        return False
    trace: Any = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    said = code.co_filename.startswith(OURS) and code.co_code[trace.tb_lasti] == _RAISE
    converted = python_says and str(error).startswith(("could not convert", "invalid literal"))
    return said or bool(converted) or isinstance(error, (OSError, *python_says))


def _no_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


_broken: list[str] | None = None
_folders: tuple[str, ...] = ()


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if _broken is None or event not in _WATCHED:
        return
    if "importlib" in sys._getframe(1).f_code.co_filename:
        return  # what is imported late is code, too
    bad = event in _FORBIDDEN
    if event == "open":
        name, _, flags = arguments
        if isinstance(name, str | bytes):
            place = os.path.realpath(os.fsdecode(name))
            own = place.startswith(_folders[0])
            bad = not own and (bool(flags & _WRITING) or not place.startswith(_folders))
            bad = bad and place != os.devnull
    elif event in _TOUCHING:
        names = [os.fsdecode(a) for a in arguments if isinstance(a, str | bytes | os.PathLike)]
        bad = not all(os.path.realpath(name).startswith(_folders[0]) for name in names)
    if bad:
        # Noted, too: somebody may catch everything.
        _broken.append(f"{event} {arguments}"[:500])
        raise Broken(_broken[-1])


def guard(folder: Path) -> None:
    """Let `nothing_else()` see to it what is done from now on.

    Args:
        folder: where files may be written; elsewhere only Python and kerasnb are read.
    """
    global _folders
    if not _folders:
        sys.addaudithook(_look)
    known = {sys.prefix, sys.base_prefix, str(Path(OURS).parent), "/proc/self", "/usr/share"}
    known |= set(sysconfig.get_paths().values())
    known |= {f"/proc/{os.getpid()}", "/sys", "/etc/mime.types"}
    _folders = tuple(os.path.realpath(name) for name in [str(folder), *sorted(known)])


@contextlib.contextmanager
def nothing_else() -> Iterator[None]:
    """Raise Broken if a program is run, a connection opened, a strange file touched.

    Outside such a block anything is allowed; `guard` comes first.
    """
    global _broken
    _broken = []
    try:
        yield
    finally:
        broken, _broken = _broken, None
    if broken:  # and somebody has caught it
        raise Broken(broken[0])


def limit_memory() -> None:
    """Let this process have 1 GiB more than it has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Hold a case to all this; raise Broken or Late where it does not keep to it."""

    def late(number: int, frame: Any) -> None:
        raise Late(f"it took more than {SECONDS} seconds")

    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(20 * SECONDS)
    try:
        with nothing_else():
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
