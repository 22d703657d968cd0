"""Batches made ahead of time by threads or processes, and handed out in order.

One way to work serves all: every batch has a number, the ticket. Workers are threads that take the
next ticket and make its batch; with processes, each of these threads has one process that does the
work, and waits for it at a pipe. The reader takes the batches by their tickets, so that their
order, and the place of an error in it, do not depend on which worker is quick.
"""

from __future__ import annotations

import inspect
import math
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from multiprocessing import get_context
from pickle import PicklingError, dumps
from typing import Any

import numpy as np

from .worker_process import WorkerProcess

_PATIENCE = 1.0  # seconds that `stop` waits for a thread in the midst of a batch


class _Stopped(Exception):
    """Raised in place of a batch that will never come, as `stop` was called."""


class SequenceEnqueuer:
    """Base of the classes that make batches ahead of time; a subclass says in which order.

    Args:
        sequence: where the batches come from.
        use_multiprocessing: whether the workers are processes, started as `multiprocessing`
            is set to ('fork', 'spawn' or 'forkserver'), instead of threads.

    Example:
        >>> enqueuer = OrderedEnqueuer([10, 11, 12])
        >>> enqueuer.start(workers=2, max_queue_size=4)
        >>> batches = enqueuer.get()
        >>> [next(batches) for _ in range(3)]
        [10, 11, 12]
        >>> enqueuer.stop()
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.workers = 0
        self.max_queue_size = 10
        self._changed = threading.Condition()  # guards all that follows
        self._running = False
        self._threads: list[threading.Thread] = []
        self._processes: list[WorkerProcess] = []
        self._length: float = 0  # tickets that there are for now
        self._handed = 0  # tickets that workers have taken
        self._taken = 0  # batches that the reader has taken
        self._done: dict[int, tuple[bool, Any]] = {}  # by ticket: success, and batch or error

    def is_running(self) -> bool:
        """Whether batches are being made."""
        return self._running

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Let workers begin.

        Args:
            workers: number of threads or processes; 0 makes each batch when it is asked for.
            max_queue_size: number of batches that may be made ahead.
        """
        if self._running:
            raise RuntimeError(f"{type(self).__name__}: it is running already; stop it first.")
        if workers < 0:
            raise ValueError(f"{type(self).__name__}: workers must be 0 or more; got {workers}.")
        self.workers = workers
        self.max_queue_size = max(1, max_queue_size)
        self._length, self._handed, self._taken = 0, 0, 0
        self._done = {}
        self._running = True
        self._begin()
        # Processes first: there should be as few threads as possible when a process is forked.
        if self.use_multiprocessing:
            self._start_processes()
        for number in range(self._thread_count()):
            thread = threading.Thread(
                target=self._work, args=(number,), name=f"kerasnb-worker-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _thread_count(self) -> int:
        return self.workers

    def _begin(self) -> None:
        """Say how many tickets there are."""

    def _start_processes(self) -> None:
        context = get_context()
        try:
            for number in range(self.workers):
                made = WorkerProcess(context, number, self.sequence, self._seed_of(number))
                self._processes.append(made)
        except (AttributeError, PicklingError, TypeError) as error:
            self.stop()
            kind = type(self.sequence).__name__
            raise TypeError(
                f"use_multiprocessing=True starts processes by {context.get_start_method()!r} here, "
                f"which have to be sent a copy of the {kind}, and that fails: {error}. Give a "
                "Sequence that can be pickled, or use threads: use_multiprocessing=False."
            ) from error

    def _seed_of(self, number: int) -> int | None:
        """Return the seed that a process begins with."""
        return None

    # -- in the workers' threads

    def _work(self, number: int) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._running or self._may_begin(number))
                if not self._running:
                    return
                ticket = self._hand_out(number)
            try:
                result = (True, self._make(number, self._job(ticket)))
            except BaseException as error:
                result = (False, error)
            with self._changed:
                if isinstance(result[1], StopIteration):
                    self._length = min(self._length, ticket)
                self._done[ticket] = result
                self._changed.notify_all()

    def _next_ticket(self, number: int) -> int:
        return self._handed

    def _may_begin(self, number: int) -> bool:
        ticket = self._next_ticket(number)
        return ticket < self._length and ticket - self._taken < self.max_queue_size

    def _hand_out(self, number: int) -> int:
        self._handed += 1
        return self._handed - 1

    def _make(self, number: int, job: Any) -> Any:
        if self._processes:
            return self._processes[number].run(job)
        return self._make_here(job)

    def _make_here(self, job: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method _make_here(self, job).")

    def _job(self, ticket: int) -> Any:
        """Return what a process is told to make."""
        return None

    # -- for the reader

    def _take(self) -> Any:
        """Return the next batch in order, or raise its error."""
        if not self.workers:
            self._taken += 1
            return self._make_here(self._job(self._taken - 1))
        with self._changed:
            ticket = self._taken
            self._changed.wait_for(lambda: not self._running or ticket in self._done)
            if not self._running:
                raise _Stopped
            success, value = self._done.pop(ticket)
            self._taken += 1
            self._changed.notify_all()
        if success:
            return value
        if not isinstance(value, StopIteration):
            self.stop()
        raise value

    def get(self) -> Iterator[Any]:
        """Yield the batches until `stop` is called."""
        raise NotImplementedError(f"{type(self).__name__} needs a method get(self).")

    def stop(self, timeout: float | None = None) -> None:
        """End all workers.

        A thread that is in the midst of a batch ends after it; a process is ended at once.

        Args:
            timeout: seconds to wait for threads; 1 by default.
        """
        with self._changed:
            self._running = False
            self._done.clear()
            self._changed.notify_all()
        for process in self._processes:
            process.end()
        deadline = time.monotonic() + (_PATIENCE if timeout is None else timeout)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        for process in self._processes:
            process.close()
        self._threads, self._processes = [], []


class OrderedEnqueuer(SequenceEnqueuer):
    """Makes the batches of a Sequence, pass after pass.

    Between two passes `on_epoch_end` of the Sequence is called, in the reader's thread, and
    processes get the Sequence as it is then. The batches of a pass are begun when its first is
    asked for. In a process, `numpy.random` and `random` are seeded for every batch by its number
    and the state of `numpy.random` here: the numbers do not depend on who makes the batch.

    Args:
        sequence: a `Sequence`, or whatever has a length and items.
        use_multiprocessing: whether the workers are processes instead of threads.
        shuffle: whether each pass has an order of its own, drawn by `numpy.random`.
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle
        self._order: list[int] = []
        self._seed = 0
        self._passes = 0
        self._open = False  # whether a pass is being read
        self._kept: dict[str, Any] = {}  # where to go on

    def _begin(self) -> None:
        self._open = False
        if self.workers > 1 or (self.workers and self.use_multiprocessing):
            _fix_order(self.sequence)

    def get_state(self) -> dict[str, Any]:
        """Return how far the reader is."""
        state: dict[str, Any] = {"passes": self._passes}
        if self._open:
            state |= {"order": self._order, "taken": self._taken, "seed": self._seed}
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state when it is started."""
        self._kept = state

    def _job(self, ticket: int) -> Any:
        index = self._order[ticket]
        return index, [self._seed, self._passes, index]

    def _make_here(self, job: Any) -> Any:
        return self.sequence[job[0]]

    def _begin_pass(self) -> None:
        kept, self._kept = self._kept, {}
        if "order" not in kept:
            kept = {"passes": kept.get("passes", self._passes) + 1, **self._new_pass(), "taken": 0}
        with self._changed:
            self._order, self._seed = kept["order"], kept["seed"]
            self._passes = kept["passes"]
            self._open = True
            self._handed = self._taken = kept["taken"]
            self._length = len(self._order)
            self._changed.notify_all()

    def _new_pass(self) -> dict[str, Any]:
        order = np.arange(len(self.sequence))
        if not order.size:
            raise ValueError(f"The {type(self.sequence).__name__} has no batches: its len is 0.")
        if self.shuffle:
            np.random.shuffle(order)
        seed = zlib.crc32(dumps(np.random.get_state(legacy=False))) if self._processes else 0
        return {"order": order.tolist(), "seed": seed}

    def get(self) -> Iterator[Any]:
        """Yield the batches in order, pass after pass, until `stop` is called."""
        while self._running:
            self.join_end_of_epoch()
            if not self._open:
                self._begin_pass()
            try:
                batch = self._take()
            except _Stopped:
                return
            yield batch

    def join_end_of_epoch(self) -> None:
        """If all batches of a pass have been read, call `on_epoch_end` of the Sequence."""
        if not self._open or self._taken < self._length:
            return
        self._open = False
        if hasattr(self.sequence, "on_epoch_end"):
            self.sequence.on_epoch_end()
        if self._processes and self._running:
            self._renew_processes()

    def _renew_processes(self) -> None:
        """Let the processes know the Sequence as it is now; all of them are idle."""
        if get_context().get_start_method() == "fork":
            # A new process sees all the memory at once; sending it could take long.
            for process in self._processes:
                process.end()
                process.close()
            self._processes.clear()
            self._start_processes()
        else:
            for process in self._processes:
                process.renew(self.sequence)


class GeneratorEnqueuer(SequenceEnqueuer):
    """Takes batches from a generator ahead of time.

    One thread reads the generator, whatever the number of workers: it can only be in one place at
    a time. With processes each has a generator of its own, so that every batch may come several
    times.

    Args:
        sequence: generator or iterator.
        use_multiprocessing: whether the workers are processes instead of a thread.
        wait_time: of no use any more.
        random_seed: process n begins with `numpy.random.seed(random_seed + n)`.
    """

    def __init__(
        self,
        sequence: Any,
        use_multiprocessing: bool = False,
        wait_time: float | None = None,
        random_seed: int | None = None,
    ) -> None:
        if wait_time is not None:
            warnings.warn(
                "GeneratorEnqueuer: wait_time has no effect any more; leave it out.",
                DeprecationWarning,
                stacklevel=2,
            )
        super().__init__(sequence, use_multiprocessing)
        self.random_seed = random_seed
        self._handed_to: list[int] = []

    def _begin(self) -> None:
        self._length = math.inf
        self._handed_to = [0] * self.workers

    def _thread_count(self) -> int:
        return self.workers if self.use_multiprocessing else min(1, self.workers)

    def _seed_of(self, number: int) -> int | None:
        return None if self.random_seed is None else self.random_seed + number

    # Each process goes through its own generator, so that tickets are given in turns.

    def _next_ticket(self, number: int) -> int:
        return number + self._thread_count() * self._handed_to[number]

    def _hand_out(self, number: int) -> int:
        ticket = self._next_ticket(number)
        self._handed_to[number] += 1
        return ticket

    def _make_here(self, job: Any) -> Any:
        return next(self.sequence)

    def get(self) -> Iterator[Any]:
        """Yield what the generator yields, until it ends or `stop` is called."""
        while self._running:
            try:
                batch = self._take()
            except (StopIteration, _Stopped):
                return
            yield batch


def _fix_order(sequence: Any) -> None:
    """Let an iterator over pictures choose the order of its samples now.

    It would do so in its first batch, and each worker for itself.
    """
    if getattr(sequence, "index_array", 0) is None and hasattr(sequence, "_set_index_array"):
        if sequence.seed is not None:
            np.random.seed(sequence.seed + sequence.total_batches_seen)
        sequence._set_index_array()


def is_sequence(source: Any) -> bool:
    """Whether batches are asked for by number, as of a `Sequence`."""
    if getattr(source, "use_sequence_api", False):
        return True
    return all(hasattr(source, name) for name in ("__getitem__", "__len__", "on_epoch_end"))


def is_generator(source: Any) -> bool:
    """Whether batches are asked for one after the other, as of a generator."""
    return inspect.isgenerator(source) or hasattr(source, "__next__")
