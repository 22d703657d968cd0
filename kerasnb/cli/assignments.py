"""`kerasnb assignments`: what a teacher gives to students, with nbgrader or without."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kerasnb.cli import chapters
from kerasnb.cli.lab import system_language

_CONFIG = '''"""nbgrader's settings for the assignments of kerasnb."""

from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

SECONDS = 60  # a cell may train a network; an endless loop is interrupted after this time
CHARACTERS = 20_000  # of what a cell prints are kept


class CutOutput(NbGraderPreprocessor):
    """Cuts what is printed by the megabyte; LimitOutput counts lines, of which there may be one."""

    def preprocess_cell(self, cell, resources, index):
        for output in cell.get("outputs", []):
            if len(output.get("text", "")) > CHARACTERS:
                output["text"] = output["text"][:CHARACTERS] + "\\n..."
        return cell, resources


c = get_config()  # noqa: F821

c.CourseDirectory.course_id = {course!r}
c.ClearSolutions.code_stub = {{"python": {code!r}}}
c.ClearSolutions.text_stub = {text!r}
c.Execute.timeout = SECONDS
c.Execute.interrupt_on_timeout = True
steps = list(Autograde().autograde_preprocessors)
steps.insert(steps.index(Execute) + 1, CutOutput)
c.Autograde.autograde_preprocessors = steps
'''


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `assignments` and what it can do to the command line."""
    assignments = commands.add_parser(
        "assignments",
        help="list assignments, write what students get",
        description="For teachers: the assignments that came with kerasnb.",
    )
    actions = assignments.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="names, points and titles")
    releasing = actions.add_parser(
        "release", help="write the versions for students: no solutions, no hidden tests"
    )
    course = actions.add_parser("course", help="make a course folder for nbgrader")
    for action in (listing, releasing, course):
        action.add_argument(
            "--lang", choices=("en", "zh"), help="language (default: your system's)"
        )
    for action in (releasing, course):
        action.add_argument("folder", type=Path, help="where to write")
        action.add_argument("--only", nargs="+", metavar="NAME", default=[], help="not all of them")


def folder_of(language: str) -> Path:
    """Return the folder of the teacher's notebooks in a language."""
    return chapters.source() / "assignments" / language


def run(options: argparse.Namespace) -> int:
    """Do what `kerasnb assignments` was asked for; return the exit status."""
    from kerasnb.grading.notebooks import assignments, read, title_of

    language = options.lang or system_language()
    known = assignments(folder_of(language))
    if options.action == "list":
        for name, path in known.items():
            notebook = read(path.read_text("utf-8"))
            print(f"{name:<24}{_points(notebook):>4}  {title_of(notebook)}")
        return 0
    unknown = [name for name in options.only if name not in known]
    if unknown:
        print(f"no assignment {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 1
    chosen = {name: known[name] for name in options.only or known}
    folder = options.folder.expanduser()
    if options.action == "release":
        written = [_write(folder / path.name, chapters.content(path)) for path in chosen.values()]
    else:
        written = [
            _write(folder / "source" / name / path.name, path.read_bytes())
            for name, path in chosen.items()
        ]
        written.append(_write(folder / "nbgrader_config.py", _config(folder, language).encode()))
    kept = written.count(False)
    print(f"{len(written) - kept} files written to {folder}.")
    if kept:
        print(f"{kept} files that were there already are as they were.")
    return 0


def _write(path: Path, content: bytes) -> bool:
    """Write a file unless there is one: a teacher may have changed it."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def _config(folder: Path, language: str) -> str:
    from kerasnb.grading.notebooks import STUBS

    code, text = STUBS[language]
    return _CONFIG.format(course=folder.resolve().name, code=code, text=text)


def _points(notebook: dict[str, Any]) -> int:
    from kerasnb.grading.notebooks import about

    return sum(about(cell).get("points", 0) for cell in notebook["cells"])
