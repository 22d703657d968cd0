"""The chapters that came with kerasnb, and a learner's working copies of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
    known = json.loads(record.read_text("utf-8")) if record.exists() else {}
    result = Update([], [])
    for name in files(chapters):
        new, copy = _digest(chapters / name), folder / name
        old = _digest(copy) if copy.exists() else None
        if old is not None and old not in (new, known.get(name)):
            if known.get(name) != new:
                result.kept.append(name)
            continue
        if old != new:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(chapters / name, copy)
            result.copied.append(name)
        known[name] = new
    folder.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
    return result


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
