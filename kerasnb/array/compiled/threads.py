"""Several threads for the kernels, which let go of Python's lock: as many as there are real cores.

Threads wait in a queue without turning, and work only while a kernel is being called: the call
returns when all are done. OpenBLAS's threads turn for some 30 milliseconds when they have nothing
to do, and take that time from ours: while a plan runs they stay out of it, and large products are
cut for our threads like other work.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import threading
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

Work = Callable[[], Any]
LARGE = 4_000_000  # multiply-adds of a product that pays to cut in two

compiling = threading.RLock()  # LLVM is asked by one thread at a time
_chosen: list[int] = []  # by `set_threads`
_queue: SimpleQueue[tuple[list[Work], Any, list[BaseException]]] = SimpleQueue()
_workers: list[threading.Thread] = []
_system = Path("/sys")
_alone = threading.Lock()
_held: list[list[int]] = []  # for each run that goes on, the threads of BLAS before the first


def cores() -> tuple[int, str]:
    """Return the real cores that this process may use, and what sets their number."""
    try:
        mine = os.sched_getaffinity(0)
    except AttributeError:  # not Linux
        return os.cpu_count() or 1, "the processors of this machine"
    found = [(len(mine), "the processors of this process"), (_real(mine), "real cores")]
    quota = _quota()
    if quota is not None:
        found.append((max(1, math.floor(quota)), f"a limit of {quota:g} processors (cgroup)"))
    return min(found, key=lambda pair: pair[0])


def _real(processors: set[int]) -> int:
    """Return how many cores some processors are: two of them may be halves of one."""
    siblings = set()
    for number in processors:
        try:
            path = f"devices/system/cpu/cpu{number}/topology/thread_siblings_list"
            siblings.add((_system / path).read_text())
        except OSError:
            return len(processors)
    return len(siblings)


def _quota() -> float | None:
    """Return how many processors' time the cgroups of this process leave it, if they say."""
    try:
        lines = Path("/proc/self/cgroup").read_text().split()
    except OSError:
        return None
    found = []
    for _, kinds, path in (line.split(":", 2) for line in lines):
        if kinds and "cpu" not in kinds.split(","):
            continue
        home = _system / "fs/cgroup" / ("cpu" if kinds else "")
        folder = home / path.lstrip("/")
        for place in (folder, *folder.parents):
            if place.is_relative_to(home):
                found += _limit(place)
    return min(found, default=None)


def _limit(folder: Path) -> list[float]:
    """Return the limit that a cgroup sets, in processors: none or one."""
    try:
        if (folder / "cpu.max").exists():
            time, period = (folder / "cpu.max").read_text().split()
        else:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            time, period = ((folder / name).read_text().strip() for name in names)
        return [] if time in ("max", "-1") else [int(time) / int(period)]
    except (OSError, ValueError):
        return []


def get_threads() -> int:
    """Return how many threads kernels use."""
    return _chosen[0] if _chosen else _default()[0]


def reason() -> str:
    """Return what sets the number of threads."""
    return "K.set_threads" if _chosen else _default()[1]


@cache
def _default() -> tuple[int, str]:
    ours = os.environ.get("KERASNB_THREADS", "").strip()
    if ours:
        if not ours.isdigit() or int(ours) < 1:
            raise ValueError(f"KERASNB_THREADS: got {ours!r}; needs a whole number from 1 upwards.")
        hold_blas(int(ours))
        return int(ours), "KERASNB_THREADS"
    # BLAS reads this by itself, and so do others: what they make of a wrong one is not ours to say.
    everybody_s = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if everybody_s.isdigit() and int(everybody_s):
        return int(everybody_s), "OMP_NUM_THREADS"
    number, why = cores()
    if number < (os.cpu_count() or 1) and "OPENBLAS_NUM_THREADS" not in os.environ:
        hold_blas(number)  # it would count halves of cores, and not see a limit
    return number, why


def set_threads(number: int | None) -> None:
    """Let kernels use `number` threads, and BLAS too if threadpoolctl is there to tell it.

    Args:
        number: threads; None for the default.
    """
    if number is not None and (not isinstance(number, int) or number < 1):
        raise ValueError(f"set_threads: got {number!r}; needs a whole number from 1 upwards.")
    _chosen[:] = [] if number is None else [number]
    hold_blas(get_threads())


@cache
def _blas() -> Any:
    """Return what knows the threads of BLAS, None without threadpoolctl."""
    if find_spec("threadpoolctl") is None:
        return None
    control = importlib.import_module("threadpoolctl").ThreadpoolController()
    return control.select(user_api="blas")


def hold_blas(number: int) -> None:
    """Let BLAS use some number of threads, if it can be told."""
    if _blas() is not None:
        _blas().limit(limits=number)


@cache
def _openblas() -> list[tuple[Callable[[], int], Callable[[int], None]]]:
    """Return what asks and tells each OpenBLAS its number of threads; none if it is not there."""
    found: list[Any] = []
    for library in _blas().info() if _blas() is not None else ():
        if library["internal_api"] == "openblas":
            blas = ctypes.CDLL(library["filepath"])
            for name in (
                "scipy_openblas_{}_num_threads64_",
                "openblas_{}_num_threads64_",
                "scipy_openblas_{}_num_threads",
                "openblas_{}_num_threads",
            ):
                if hasattr(blas, name.format("set")):
                    found.append((blas[name.format("get")], blas[name.format("set")]))
                    break
    return found


class Alone:
    """A context, to enter as often as one likes, in which OpenBLAS has no threads of its own."""

    def __enter__(self) -> None:
        with _alone:
            before = _held[0] if _held else []
            if not _held and get_threads() > 1:
                before = [ask() for ask, _ in _openblas()]
                for _, tell in _openblas():
                    tell(1)
            _held.append(before)

    def __exit__(self, *error: object) -> None:
        with _alone:
            before = _held.pop()
            if not _held:
                _give_back(before)


def _give_back(before: list[int]) -> None:
    for (_, tell), number in zip(_openblas(), before, strict=False):
        tell(number)


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> Work:
    """Return a call that writes a large product of two matrices into `out`, in several threads."""
    if get_threads() == 1 or not _openblas():
        return partial(np.matmul, a, b, out)
    rows, columns = out.shape
    longer = max(rows, columns)
    parts = min(get_threads(), 2 * a.size * columns // LARGE)
    least = longer // parts

    def by_rows(first: int, end: int) -> None:
        np.matmul(a[first:end], b, out[first:end])

    def by_columns(first: int, end: int) -> None:
        np.matmul(a, b[:, first:end], out[:, first:end])

    return partial(split, longer, by_rows if rows == longer else by_columns, least)


def ranges(total: int, parts: int) -> list[tuple[int, int]]:
    """Cut 0 ... total - 1 into (first, end) of about equal size."""
    parts = max(1, min(total, parts))
    return [(total * i // parts, total * (i + 1) // parts) for i in range(parts)]


def split(total: int, call: Callable[[int, int], Any], least: int = 1) -> None:
    """Call `call(first, end)` for ranges that cover 0 ... total - 1, in several threads.

    Args:
        total: what there is to do.
        call: does a part of it; with one thread it is called once, for all.
        least: what a part should hold at least, so that a thread is worth waking.
    """
    count = get_threads()
    if count == 1 or total < 2 * least:
        call(0, total)
        return
    # Some parts for each thread, if they are long enough for what it costs to change hands: a thread
    # that comes late, or slowly, leaves its parts to the others.
    parts = ranges(total, max(min(count, total // least), min(4 * count, total // (8 * least))))
    together([lambda first=a, end=b: call(first, end) for a, b in parts])  # type: ignore[misc]


def together(calls: Sequence[Work]) -> None:
    """Make some calls, in several threads; return when all of them are done.

    Whoever has nothing to do takes the next call; the calling thread does what nobody has begun.
    If it is interrupted (Ctrl-C), calls that have begun are ended before the error goes on.
    """
    helpers = min(len(calls), get_threads()) - 1
    if helpers < 1:
        for call in calls:
            call()
        return
    _hire(helpers)
    rest, errors = list(reversed(calls)), []  # type: ignore[var-annotated]
    locks = [threading.Lock() for _ in range(helpers)]
    try:
        for lock in locks:
            _queue.put((rest, lock, errors))
        _work(rest, errors)
    finally:
        _join(rest, locks)
    if errors:
        raise errors[0]


def _work(rest: list[Work], errors: list[BaseException]) -> None:
    while rest:
        try:
            call = rest.pop()
        except IndexError:  # another thread was quicker
            return
        try:
            call()
        except Exception as error:
            errors.append(error)


def _join(rest: list[Work], locks: list[Any]) -> None:
    """Take back what has not begun, and wait for the rest, however often Ctrl-C is pressed."""
    interrupt = None
    while True:
        try:
            rest.clear()
            for lock in locks:
                with lock:
                    continue
            break
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt:
        raise interrupt


def _serve() -> None:
    while True:
        rest, lock, errors = _queue.get()
        # Held while there is work: whoever waits for this thread waits for the lock. One who came
        # too late finds nothing left.
        with lock:
            _work(rest, errors)
        del rest, errors  # they keep arrays alive


def _hire(number: int) -> None:
    while len(_workers) < number:
        worker = threading.Thread(target=_serve, name="kerasnb kernels", daemon=True)
        worker.start()
        _workers.append(worker)


def _forget() -> None:
    """In a child of a fork no thread lives but the one that forked."""
    global _queue, _alone
    _queue, _alone = SimpleQueue(), threading.Lock()
    _workers.clear()
    if _held:
        _give_back(_held[0])
        _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
