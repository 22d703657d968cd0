"""`kerasnb grade`: the marks of a folder of submissions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasnb.cli import chapters
from kerasnb.cli.assignments import folder_of
from kerasnb.cli.lab import system_language

if TYPE_CHECKING:
    from kerasnb.grading.marks import Graded


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `grade` to the command line."""
    grade = commands.add_parser(
        "grade",
        help="grade a folder of submissions",
        description="Grade notebooks that were handed in, each in a process of its own with limits "
        "of time and memory and without network. They lie in FOLDER as STUDENT.ipynb, "
        "STUDENT/NOTEBOOK.ipynb or STUDENT/ASSIGNMENT/NOTEBOOK.ipynb.",
    )
    grade.add_argument("folder", type=Path, help="where the submissions are")
    grade.add_argument(
        "--csv", type=Path, nargs="?", const=Path("marks.csv"), help="write the marks as a table"
    )
    grade.add_argument(
        "--feedback", type=Path, help="folder to write a page for each submission to"
    )
    grade.add_argument("--lang", choices=("en", "zh"), help="language (default: your system's)")
    grade.add_argument(
        "--source", type=Path, help="folder of assignments of your own (default: kerasnb's)"
    )
    where = grade.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=_positive, default=1, help="how many at once (default: %(default)s)"
    )
    where.add_argument("--dask", metavar="ADDRESS", help="grade on the workers of a Dask cluster")
    grade.add_argument(
        "--time", type=_positive, default=120, help="seconds a submission may take (%(default)s)"
    )
    grade.add_argument(
        "--cell-time", type=_positive, default=30, help="seconds a cell may compute (%(default)s)"
    )
    grade.add_argument(
        "--memory",
        type=_positive,
        default=4096,
        help="megabytes a submission may use (%(default)s)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; needs a whole number from 1 on")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Grade what is in a folder; return the exit status."""
    from kerasnb.grading.collect import collect
    from kerasnb.grading.feedback import write_csv, write_feedback
    from kerasnb.grading.notebooks import assignments, read
    from kerasnb.notebook.language import set_language

    language = options.lang or system_language()
    set_language(language)
    folder, source = options.folder.expanduser(), options.source or folder_of(language)
    if not folder.is_dir():
        print(f"kerasnb grade: there is no folder {folder}", file=sys.stderr)
        return 1
    known = {name: read(path.read_text("utf-8")) for name, path in assignments(source).items()}
    submissions = collect(folder, known)
    if not submissions or not known:
        what = "submissions" if known else "assignments"
        print(f"kerasnb grade: no {what} in {folder if known else source}", file=sys.stderr)
        return 1
    places = [folder, source, chapters.source() / "assignments", options.csv, options.feedback]
    protected = [os.path.realpath(place) for place in places if place is not None]
    graded = []
    for one in _grade(options, submissions, known, protected):
        graded.append(one)
        share = f"{one.points:g} / {one.most:g}"
        print(
            f"{one.student:<24}{one.assignment:<28}{share:>8}  {one.problem}".rstrip(), flush=True
        )
    graded.sort(key=lambda one: (one.student, one.assignment))
    if options.csv is not None:
        write_csv(options.csv, graded)
    if options.feedback is not None:
        write_feedback(options.feedback, graded)
    return 0


def _grade(
    options: argparse.Namespace, submissions: Any, known: Any, protected: list[str]
) -> Iterator[Graded]:
    """Yield each submission as it is graded, here or on a cluster."""
    from kerasnb.grading import several
    from kerasnb.grading.process import Limits

    limits = Limits(options.time, options.cell_time, options.memory)
    if options.dask is None:
        yield from several.here(submissions, known, limits, protected, options.workers)
        return
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise SystemExit(
            f'kerasnb grade --dask needs {error.name}; install it with: pip install "kerasnb[dask]"'
        ) from None
    with Client(options.dask) as client:
        yield from several.on_cluster(submissions, known, limits, protected, client)
