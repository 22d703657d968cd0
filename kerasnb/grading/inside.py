"""One submission, run cell by cell in a process of its own that gave up what it does not need.

`python -m kerasnb.grading.inside` reads a job from its standard input and writes a line of JSON for
each cell. `process` starts and stops it. What is closed here (network, other processes, files of
others) keeps accidents and simple attempts out; against a determined attacker use a container:
Python code can get around anything that is done within its own process.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

KEPT = 20_000  # characters of what a cell prints
_WAITING = 3  # times its seconds of computing may a cell last by the clock


class TimeLimit(BaseException):
    """A cell ran too long. Not an Exception, so that `except Exception` does not hold it up."""


class Paper(io.TextIOBase):
    """Takes what is printed and keeps the beginning."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Keep `text` as far as there is room."""
        if self._length < KEPT:
            self._parts.append(text[: KEPT - self._length])
        self._length += len(text)
        return len(text)

    def text(self) -> str:
        """Return what was kept."""
        cut = f"\n... ({self._length:,})" if self._length > KEPT else ""
        return "".join(self._parts) + cut


def run(
    cells: Sequence[dict[str, Any]], tell: Callable[[dict[str, Any]], None], cell_seconds: float
) -> None:
    """Run cells one after the other in one name space; an error ends its cell only.

    Args:
        cells: each with "name" and "source".
        tell: is given for each cell its "name", whether it went well ("ok"), the "message" of its
            error, what it printed ("output"), and the "seconds" it took.
        cell_seconds: of computing that a cell may take, where the system has alarms.
    """
    space: dict[str, Any] = {"__name__": "__main__", "display": print}
    for cell in cells:
        paper, message = Paper(), None
        begin = time.monotonic()
        with contextlib.redirect_stdout(paper), contextlib.redirect_stderr(paper):
            try:
                with _alarm(cell_seconds):
                    execute(cell["name"], cell["source"], space)
            except TimeLimit:
                message = f"TimeLimit: {cell_seconds:g} s"
            except BaseException as error:  # SystemExit of an exit() in the middle, too
                message = describe(error, cell["name"])
        seconds = round(time.monotonic() - begin, 2)
        told = {"name": cell["name"], "ok": message is None, "message": message or ""}
        tell(told | {"output": paper.text(), "seconds": seconds})


def execute(name: str, source: str, space: dict[str, Any]) -> None:
    """Run a cell's code in a name space, under a file name by which its lines can be shown."""
    from .notebooks import plain_python

    code, file = plain_python(source), f"<{name}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), space)


def describe(error: BaseException, name: str) -> str:
    """Return an error as a learner is told it: without the stack but for the cell's own line."""
    from ..checking import CheckFailed

    if isinstance(error, CheckFailed):
        return str(error)
    text = f"{type(error).__name__}: {error}"[:2000]
    trace, line = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file == f"<{name}>":
            line = linecache.getline(file, trace.tb_lineno).strip()
        trace = trace.tb_next
    return f"{text}\n  {line}" if line else text


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeLimit after so many seconds of computing, and every second from then on.

    Computing, since on a machine that is busy with others a good cell may last long. One that only
    waits is met by the clock, after a while.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: Any) -> None:
        raise TimeLimit

    timers = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}
    for timer, number in timers.items():
        signal.signal(number, ring)
        patience = 1 if timer == signal.ITIMER_PROF else _WAITING
        signal.setitimer(timer, patience * seconds, 1)
    try:
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)


def limit(seconds: int, megabytes: int) -> None:
    """Limit this process's computing time, memory, and the size of files that it writes."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in [
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_AS", megabytes * 2**20),
        ("RLIMIT_FSIZE", 64 * 2**20),
        ("RLIMIT_NOFILE", 256),
        ("RLIMIT_CORE", 0),
    ]:
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


_CLOSED = {
    "socket": "no network while grading",
    "subprocess": "no other programs while grading",
    "os.system": "no other programs while grading",
    "os.exec": "no other programs while grading",
    "os.posix_spawn": "no other programs while grading",
    "os.spawn": "no other programs while grading",
    "os.startfile": "no other programs while grading",
    "os.fork": "no other processes while grading",
    "os.forkpty": "no other processes while grading",
    "os.kill": "no signals while grading",
    "os.killpg": "no signals while grading",
    "signal.pthread_kill": "no signals while grading",
}
_HARMLESS = {"socket.__new__", "socket.gethostname"}
_READING = {"open", "os.listdir", "os.scandir", "os.chdir"}
_WRITING = {"os.link", "os.symlink", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod"}
_WRITING |= {"os.truncate", "os.chown", "os.utime", "shutil.rmtree"}
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def close(protected: Sequence[str], own: str) -> None:
    """Refuse, from now on, the network, other processes, and files that are none of its business.

    Args:
        protected: folders, such as those of the solutions and of what others handed in.
        own: folder of its own, the only one in which it may write.
    """

    def real(path: Any) -> str:
        return os.path.realpath(os.fsdecode(path)) + os.sep

    folders, home = tuple(real(name) for name in protected), real(own)
    free = (home, real(os.devnull))

    def refuse(event: str, values: tuple[Any, ...]) -> None:
        why = _CLOSED.get(event) or _CLOSED.get(event.partition(".")[0])
        if why and event not in _HARMLESS:
            raise PermissionError(why)
        writing = event in _WRITING or event == "open" and bool((values[2] or 0) & _FLAGS)
        if not (writing or event in _READING):
            return
        for value in values[:2] if writing and event != "open" else values[:1]:
            if not isinstance(value, str | bytes | os.PathLike):
                continue
            place = real(value)
            if place.startswith(folders) and not place.startswith(home):
                raise PermissionError("not readable while grading")
            if writing and not place.startswith(free):
                raise PermissionError("not writable while grading")

    sys.addaudithook(refuse)


def main() -> None:
    """Read a job, run it, tell what came of it."""
    job = json.loads(sys.stdin.buffer.read())
    # What the submission prints past Python's own streams goes nowhere.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)

    from ..notebook.language import set_language

    set_language(job["language"])
    # Imported before anything is closed: they may look at the system.
    import kerasnb.checking
    import kerasnb.layers
    import kerasnb.models  # noqa: F401

    def tell(told: dict[str, Any]) -> None:
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    limit(job["seconds"], job["megabytes"])
    close(job["protected"], str(Path.cwd()))
    run(job["cells"], tell, job["cell_seconds"])
    tell({"end": True})


if __name__ == "__main__":
    main()
