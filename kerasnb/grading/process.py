"""A submission's process, seen from outside: started, kept in bounds, stopped with its children."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from .notebooks import Cell

_ANSWERS = 20 * 2**20  # bytes that may come out before it is stopped
_NOWHERE = "http://127.0.0.1:9"


class Limits(NamedTuple):
    """What a submission may use.

    Attributes:
        seconds: until all of it is done.
        cell_seconds: of computing, for each cell.
        megabytes: of memory.
    """

    seconds: int = 120
    cell_seconds: float = 30.0
    megabytes: int = 4096


class Outcome(NamedTuple):
    """What came of running a submission.

    Attributes:
        told: what was told of each cell that was run, by its name.
        ended: "" if it came to its end, else "time", "output", or "died".
        last_words: end of what the process complained of.
    """

    told: dict[str, dict[str, Any]]
    ended: str
    last_words: str


def run(cells: Sequence[Cell], limits: Limits, protected: Sequence[str], language: str) -> Outcome:
    """Run the code cells of a submission in a process of its own, within limits."""
    job = {
        "cells": [{"name": cell.name, "source": cell.source} for cell in cells if cell.code],
        "seconds": limits.seconds,
        "cell_seconds": limits.cell_seconds,
        "megabytes": limits.megabytes,
        "protected": list(protected),
        "language": language,
    }
    # Its own files may still be held open by a child that was killed a moment ago.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "kerasnb.grading.inside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        answers, words = (_Drain(process, pipe) for pipe in (process.stdout, process.stderr))
        ended = ""
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(job).encode())  # type: ignore[union-attr]
                process.stdin.close()  # type: ignore[union-attr]
            process.wait(limits.seconds + 5)
        except subprocess.TimeoutExpired:
            ended = "time"
        finally:
            stop(process)
        written, complaints = answers.finish(), words.finish()
    told, complete = _parse(written)
    if answers.overfull:
        ended = "output"
    elif not complete and not ended:
        # The system stops with this signal what used up its computing time.
        used_up = process.returncode in (-getattr(signal, "SIGXCPU", 0), -9)
        ended = "time" if used_up and hasattr(signal, "SIGXCPU") else "died"
    return Outcome(told, ended, complaints[-2000:].decode("utf-8", "replace"))


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and all that it started within its group."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _environment(folder: str) -> dict[str, str]:
    """Return an environment in which nothing of the teacher's is found, and no network."""
    kept = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT", "KERASNB_DATASETS", "KERAS_HOME")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"):
        found |= {name: _NOWHERE, name.upper(): _NOWHERE}
    return (
        {"KERASNB_DATASETS": "mini"}
        | found
        | {
            "HOME": folder,
            "USERPROFILE": folder,
            "TMPDIR": folder,
            "TEMP": folder,
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": folder,
            "OPENBLAS_NUM_THREADS": "1",  # submissions share the cores
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
            "PYTHONHASHSEED": "0",
        }
    )


class _Drain:
    """Reads a pipe to its end, so that nobody waits for room in it; stops a process that floods it."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: Any) -> None:
        self.overfull = False
        self._process, self._pipe = process, pipe
        self._written = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        pipe = self._pipe
        with pipe:
            while part := pipe.read1(65536):
                if len(self._written) + len(part) > _ANSWERS:
                    self.overfull = True
                    stop(self._process)
                elif not self.overfull:
                    self._written += part

    def finish(self) -> bytes:
        """Return what was written, once the process has ended."""
        # A grandchild that left the group may hold the pipe open for ever.
        self._thread.join(5)
        return bytes(self._written)


def _parse(written: bytes) -> tuple[dict[str, dict[str, Any]], bool]:
    """Return what was told of each cell, and whether the end was reached."""
    told: dict[str, dict[str, Any]] = {}
    for line in written.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("end"):
            return told, True
        if isinstance(found, dict) and isinstance(found.get("name"), str):
            told.setdefault(found["name"], found)
    return told, False
