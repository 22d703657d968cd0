"""Many submissions at once: on the cores of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from ..notebook.language import language, say, set_language
from .collect import Submission
from .marks import Graded, grade
from .notebooks import Notebook
from .process import Limits

_TRIES = 3  # of a submission whose worker died, before it is given up


def here(
    submissions: Sequence[Submission],
    sources: Mapping[str, Notebook],
    limits: Limits,
    protected: Sequence[str],
    workers: int,
) -> Iterator[Graded]:
    """Grade submissions on this machine, `workers` at once; yield each as it is done."""
    chosen = language()
    with ThreadPoolExecutor(workers) as pool:
        futures = [
            pool.submit(grade, one, sources.get(one.assignment), limits, protected, chosen)
            for one in submissions
        ]
        for future in as_completed(futures):
            yield future.result()


def on_cluster(
    submissions: Sequence[Submission],
    sources: Mapping[str, Notebook],
    limits: Limits,
    protected: Sequence[str],
    client: Any,
) -> Iterator[Graded]:
    """Grade submissions on the workers of a Dask cluster; yield each as it is done.

    A worker runs each in a process of its own, as here. If a worker dies, what it was at is graded
    again by another one; a submission with which several died is given up, and says so.

    Args:
        submissions, sources, limits, protected: as for `grade`.
        client: `distributed.Client`.
    """
    from distributed import CancelledError, KilledWorker
    from distributed import as_completed as completed

    chosen = language()
    waiting = {}
    # The submissions of a class are often equal in name and content: never one result for two.
    for number, one in enumerate(submissions):
        future = client.submit(
            _grade,
            one,
            sources.get(one.assignment),
            limits,
            list(protected),
            chosen,
            key=f"kerasnb-grade-{id(submissions)}-{number}",
            pure=False,
            retries=_TRIES,
        )
        waiting[future] = one
    for future in completed(list(waiting)):
        one = waiting[future]
        try:
            yield future.result()
        except (KilledWorker, CancelledError) as error:
            problem = say("grade.workers_died", error=type(error).__name__)
            yield Graded(one.student, one.assignment, (), problem=problem)


def _grade(
    submission: Submission,
    source: Notebook | None,
    limits: Limits,
    protected: Sequence[str],
    chosen: str,
) -> Graded:
    """Grade on a worker, whose language is its own."""
    set_language(chosen)
    return grade(submission, source, limits, protected, chosen)
