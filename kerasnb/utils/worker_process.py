"""One process that makes batches, and the pipe to it."""

from __future__ import annotations

import contextlib
import pickle
import random
import signal
import traceback
import warnings
import weakref
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

# A forked process inherits the pipes to all others. It must close them: a process knows that it
# is not needed any more when nobody is at the other end of its pipe.
_our_ends: weakref.WeakSet[Any] = weakref.WeakSet()


class _InWorker(Exception):
    """The cause of an error of a worker process: its traceback there, as text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'in a worker process\n"""\n{self.text}"""'


class WorkerProcess:
    """A process that makes batches from its copy of a source.

    Args:
        context: how processes are started, from `multiprocessing.get_context`.
        number: number of the worker.
        source: a Sequence or a generator.
        seed: seed of the process's `numpy.random` and `random`; None leaves them alone.
    """

    def __init__(self, context: Any, number: int, source: Any, seed: int | None) -> None:
        self._connection, theirs = context.Pipe()
        _our_ends.add(self._connection)
        self._process = context.Process(
            target=_serve, args=(theirs, source, seed), name=f"kerasnb-worker-{number}", daemon=True
        )
        try:
            with warnings.catch_warnings():
                # NumPy has threads; that a fork does not copy them is no harm to the children.
                warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
                self._process.start()
        except BaseException:
            self._connection.close()
            raise
        finally:
            theirs.close()

    def run(self, job: Any) -> Any:
        """Return the batch of a job, (index, seeds), or the next one of a generator for None.

        Raises:
            RuntimeError: if the process has ended by itself.
        """
        try:
            self._connection.send(("make", job))
            success, value, text = self._connection.recv()
        except (EOFError, OSError):
            self._process.join(1)
            raise RuntimeError(
                f"A worker process has ended before its batch was ready, with exit code "
                f"{self._process.exitcode}. Was it killed, or short of memory? If it could not "
                "start: a program that uses processes must begin under "
                "`if __name__ == '__main__':`."
            ) from None
        if success:
            return value
        value.__cause__ = _InWorker(text)
        raise value

    def renew(self, source: Any) -> None:
        """Send the process another source."""
        self._connection.send(("renew", source))

    def end(self) -> None:
        """End the process at once."""
        self._process.terminate()

    def close(self) -> None:
        """Wait until the process has ended, and give the pipe back."""
        self._process.join(1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._connection.close()


def _serve(connection: Any, source: Any, seed: int | None) -> None:
    """Make batches as long as somebody asks for them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in list(_our_ends):
        end.close()
    if seed is not None:
        _seed(seed)
    with contextlib.suppress(EOFError, OSError):
        while True:
            what, given = connection.recv()
            if what == "renew":
                source = given
                continue
            try:
                reply = ForkingPickler.dumps((True, _make(source, given), ""))
            except Exception as error:
                text = traceback.format_exc()
                reply = ForkingPickler.dumps((False, _portable(error), text))
            connection.send_bytes(reply)


def _make(source: Any, job: Any) -> Any:
    if job is None:
        return next(source)
    index, seeds = job
    _seed(seeds)
    return source[index]


def _seed(seeds: Any) -> None:
    np.random.seed(seeds)
    random.seed(repr(seeds))


def _portable(error: Exception) -> Exception:
    """Return an error that can be sent through a pipe: itself, if possible."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
