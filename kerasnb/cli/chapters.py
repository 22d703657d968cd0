"""The chapters and assignments that came with kerasnb, and a learner's working copies of them."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

# What each working copy was copied from, so that an edited one can be told from an old one.
RECORD = ".kerasnb.json"


class Update(NamedTuple):
    """What `update` did, as names relative to the working folder."""

    copied: list[str]
    kept: list[str]


def source() -> Path:
    """Return the folder of the chapters: the package's own, or the checkout's.

    Raises:
        FileNotFoundError: if the installation has neither.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no chapters in {package}")


def files(folder: Path) -> Iterator[str]:
    """Yield the names of all chapter files in `folder`, in order."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] == "hub":  # for who runs a class's server, not for learners
            continue
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if path.is_file() and not hidden:
            yield name.as_posix()


def update(folder: Path) -> Update:
    """Bring the working copies in `folder` up to date with the installed chapters.

    A missing copy is made (deleting one is how to get it afresh) and one that was never
    changed follows a newer chapter. A copy that the learner changed is never touched.

    Returns:
        The names copied, and the names kept although a newer chapter is installed.
    """
    chapters = source()
    record = folder / RECORD
    known = _recorded(record)
    result = Update([], [])
    for name in files(chapters):
        given, copy = content(chapters / name), folder / name
        new = _digest(given)
        old = _digest(copy.read_bytes()) if copy.exists() else None
        if old is not None and old not in (new, known.get(name)):
            if known.get(name) != new:
                result.kept.append(name)
            continue
        if old != new:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(given)
            result.copied.append(name)
        known[name] = new
    folder.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
    return result


def content(path: Path) -> bytes:
    """Return what a learner gets of a file: of an assignment, the version without its solutions."""
    if path.parent.parent.name != "assignments":
        return path.read_bytes()
    from kerasnb.grading.notebooks import for_students, read

    made = for_students(read(path.read_text("utf-8")), path.parent.name)
    return (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode()


def reset(folder: Path, name: str) -> Path | None:
    """Bring one working copy back to how it was installed.

    Args:
        folder: where the working copies are.
        name: of the file in it, such as "en/01-first-network.ipynb".

    Returns:
        Where the learner's version is kept, beside it; None if there was none, or no change.
    """
    copy, kept = folder / name, None
    given = content(source() / name)
    if copy.exists() and copy.read_bytes() != given:
        numbers = range(1, 1000)
        places = (copy.with_name(f"{copy.stem}.mine-{number}{copy.suffix}") for number in numbers)
        kept = next(place for place in places if not place.exists())
        copy.rename(kept)
    copy.unlink(missing_ok=True)
    update(folder)
    return kept


def working_folder(place: Path) -> Path | None:
    """Return the folder of working copies that a place is in; None if it is in none."""
    near = (place, *place.parents[:2])  # assignments are two folders deep
    return next((folder for folder in near if (folder / RECORD).is_file()), None)


def _recorded(record: Path) -> dict[str, Any]:
    """Return what the record says; nothing if it is broken: then no copy is taken for unchanged."""
    try:
        known = json.loads(record.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `chapters` and what it can do to the command line."""
    chapters = commands.add_parser(
        "chapters",
        help="list the chapters with your progress, copy them, bring one back as it was",
        description="See how far you are, copy the chapters and assignments, get one afresh.",
    )
    actions = chapters.add_subparsers(dest="action", metavar="ACTION", required=True)
    showing = actions.add_parser(
        "list", help="names and titles, and how far you are in your working copies"
    )
    showing.add_argument("--lang", choices=("en", "zh"), help="language (default: your system's)")
    copying = actions.add_parser("copy", help="copy what is new; what you changed stays yours")
    resetting = actions.add_parser(
        "reset", help="get one afresh; yours is kept beside it as NAME.mine-1.ipynb"
    )
    resetting.add_argument("name", help="such as en/01-first-network.ipynb, or a part of it")
    for action in (showing, copying, resetting):
        action.add_argument(
            "--folder",
            type=Path,
            default=Path.home() / "kerasnb",
            help="where your working copies are (default: %(default)s)",
        )


def run(options: argparse.Namespace) -> int:
    """Do what `kerasnb chapters` was asked for; return the exit status."""
    folder = options.folder.expanduser().resolve()
    if options.action == "list":
        from kerasnb.cli import lab, progress

        for line in progress.listing(folder, options.lang or lab.system_language()):
            print(line)
        return 0
    if options.action == "copy":
        done = update(folder)
        print(f"{len(done.copied)} files copied to {folder}.")
        for name in done.kept:
            print(f"A newer {name} is installed. Yours is kept; `kerasnb chapters reset {name}`")
        return 0
    known = list(files(source()))
    fitting = [name for name in known if options.name == name] or [
        name for name in known if options.name in name
    ]
    if len(fitting) != 1:
        what = "fits several" if fitting else "is none"
        choice = "\n  ".join(fitting or known)
        print(f"{options.name!r} {what} of the chapters:\n  {choice}", file=sys.stderr)
        return 1
    kept = reset(folder, fitting[0])
    print(f"{folder / fitting[0]} is as it was installed.")
    if kept is not None:
        print(f"Yours is kept as {kept.name}.")
    return 0
