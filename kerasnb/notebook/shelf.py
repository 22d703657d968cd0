"""What the panel offers to take from a shelf: the data sets, and the chapters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kerasnb.cli import chapters as installed
from kerasnb.cli import progress
from kerasnb.datasets import info
from kerasnb.datasets.catalog import CATALOG
from kerasnb.grading.notebooks import title_of
from kerasnb.notebook.language import CATALOGUES


def datasets() -> list[dict[str, Any]]:
    """Return the data sets: which edition is loaded now, how many samples, the code for it."""
    found = []
    for name in CATALOG:
        known = info(name)
        found.append(
            {
                "name": name,
                "title": known.title,
                "edition": known.edition,
                "synthetic": known.synthetic,
                "train": known.train,
                "test": known.test,
                "editions": list(known.editions),
                "licence": known.licence,
                "problems": list(known.problems),
                "code": f"from kerasnb.datasets import {name}\n"
                f"(x_train, y_train), (x_test, y_test) = {name}.load_data()\n",
            }
        )
    return found


def chapters() -> list[dict[str, Any]]:
    """Return the chapters in order: name ("en/01-....ipynb"), language and title.

    The title also tells how far the learner is, where the notebook is among working copies.
    """
    found = []
    mine = installed.working_folder(Path.cwd())
    for name in _names():
        language, title = name.partition("/")[0], title_of(_read(name)) or name
        known = progress.of(mine / name) if mine else None
        if known and known.run:
            words = CATALOGUES[language]["progress.done" if known.done else "progress.begun"]
            title = words.format(title=title, run=known.run, cells=known.cells)
        found.append({"name": name, "language": language, "title": title})
    return found


def chapter(name: Any) -> dict[str, Any]:
    """Return a chapter as it was installed, the JSON of its notebook.

    Args:
        name: as `chapters` gives it.
    """
    if name not in _names():
        raise ValueError(f"chapter: got {str(name)[:100]!r}; needs one of the chapters' names.")
    return _read(name)


def _names() -> list[str]:
    """Return the chapters' names; there are assignments beside them."""
    names = installed.files(installed.source())
    return [n for n in names if n.endswith(".ipynb") and n.partition("/")[0] in CATALOGUES]


def _read(name: str) -> dict[str, Any]:
    return json.loads((installed.source() / name).read_text("utf-8"))
