"""Write `docs/coverage.md`, which chapter runs what of the documentation: `python -m docs.coverage`.

`docs/coverage.json` holds the sections of the documentation that kerasnb follows: their numbers (a
word where it has only a heading), what they are about, the names in them, and, where a section is
not about names, the code cells that are its answer ("02:save" is the cell `save` of chapter 2). A
name counts as used by a chapter whose code mentions it: imported and used, as an attribute of its
module, or, where Keras takes strings, as a string. `Model.fit` and the like count as used where the
code has an attribute of this name. What the tests run is what is counted: the code in the chapters.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"
SECTIONS: list[dict[str, Any]] = json.loads((ROOT / "docs" / "coverage.json").read_text("utf-8"))

# Where a string can stand for a function or class: activation="relu", loss="mse".
BY_STRING = ("activations", "constraints", "initializers", "losses", "metrics", "optimizers")
CLASSES = ("Layer", "Model", "Sequential")


class Used(NamedTuple):
    """What the code of a chapter mentions.

    Attributes:
        paths: full names, such as 'keras.layers.Dense'.
        attributes: names behind a dot, and of methods that it defines.
        strings: all string constants.
        cells: names of its code cells.
    """

    paths: frozenset[str]
    attributes: frozenset[str]
    strings: frozenset[str]
    cells: frozenset[str]


def used_by(chapter: Path) -> Used:
    """Return what the code of a notebook mentions."""
    cells = json.loads(chapter.read_text("utf-8"))["cells"]
    sources = {c["id"]: "".join(c["source"]) for c in cells if c["cell_type"] == "code"}
    code = re.sub(r"^%.*$", "", "\n\n".join(sources.values()), flags=re.MULTILINE)
    tree = ast.parse(code)
    meanings = _imports(tree)
    mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    paths = {path for name, path in meanings.items() if name in mentioned}
    attributes, strings = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            attributes.add(node.attr)
            paths.add(_path(node, meanings))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.add(node.value)
        elif isinstance(node, ast.FunctionDef):
            attributes.add(node.name)
    return Used(*map(frozenset, (paths - {""}, attributes, strings, sources)))


def _imports(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name stands for: {'K': 'keras.backend'}."""
    meanings = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                meanings[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                meanings[name.asname or name.name] = f"{node.module}.{name.name}"
    return meanings


def _path(node: ast.expr, meanings: dict[str, str]) -> str:
    """Return the full name of `layers.Dense`, or nothing if it does not begin with an import."""
    if isinstance(node, ast.Name):
        return meanings.get(node.id, "")
    if isinstance(node, ast.Attribute):
        start = _path(node.value, meanings)
        return f"{start}.{node.attr}" if start else ""
    return ""


@cache
def _object(path: str) -> Any:
    """Return what is at a path of Keras's, in kerasnb; None if there is nothing."""
    if not path.startswith(("keras.", "kerasnb.")):
        return None
    module, _, name = re.sub("^keras[.]", "kerasnb.", path).rpartition(".")
    try:
        return getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError:
        return None


def uses(used: Used, name: str) -> bool:
    """Whether a chapter uses a documented name."""
    if name.partition(".")[0] in CLASSES:
        return name.partition(".")[2] in used.attributes
    if name in used.paths:
        return True
    thing = _object(name)
    if thing is not None and any(_object(path) is thing for path in used.paths):
        return True
    module, _, last = name.rpartition(".")
    return module.rpartition(".")[2] in BY_STRING and last in used.strings


def chapters() -> dict[str, Used]:
    """Return what each chapter mentions, by its number. Both languages have the same code."""
    found = sorted((ROOT / "notebooks" / "en").glob("[0-9][0-9]-*.ipynb"))
    return {path.name[:2]: used_by(path) for path in found}


class Row(NamedTuple):
    """A section and the chapters that run it.

    Attributes:
        section: one of `SECTIONS`.
        names: for each name of it, the chapters that use it.
        chapters: all chapters of the section.
        lost: cells that it names and that are not there.
    """

    section: dict[str, Any]
    names: dict[str, list[str]]
    chapters: list[str]
    lost: list[str]


def rows() -> list[Row]:
    """Return all sections with the chapters that run them."""
    table, by_number = [], chapters()
    for section in SECTIONS:
        names = {
            name: [number for number, used in by_number.items() if uses(used, name)]
            for name in section.get("names", ())
        }
        found, lost = {number for numbers in names.values() for number in numbers}, []
        for place in section.get("cells", ()):
            number, _, cell = place.partition(":")
            if number in by_number and cell in by_number[number].cells:
                found.add(number)
            else:
                lost.append(place)
        table.append(Row(section, names, sorted(found), lost))
    return table


def counts(table: list[Row]) -> tuple[int, int]:
    """Return how many names there are, and how many of them a chapter uses."""
    names = {name: bool(found) for row in table for name, found in row.names.items()}
    return len(names), sum(names.values())


def page() -> str:
    """Return the page."""
    table = rows()
    total, used = counts(table)
    lines = [
        "# Which chapter runs what of the documentation",
        "",
        "Made by `python -m docs.coverage` from the code of the chapters; do not edit. Numbers of",
        "sections are those of the documentation that kerasnb follows, numbers of chapters those of",
        "the files in `notebooks/`.",
        "",
        f"{len(table)} sections, {used} of {total} documented names ({used / total:.1%}) used.",
        "",
        "| section | about | names used | chapters |",
        "|---|---|---|---|",
    ]
    for row in table:
        share = f"{sum(map(bool, row.names.values()))} / {len(row.names)}" if row.names else ""
        section, about = row.section["section"], row.section["about"]
        lines.append(f"| {section} | {about} | {share} | {' '.join(row.chapters)} |")
    for row in table:
        if row.names:
            lines += ["", f"## {row.section['section']}: {row.section['about']}", ""]
            lines += ["| name | chapters |", "|---|---|"]
            lines += [f"| `{name}` | {' '.join(found)} |" for name, found in row.names.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page and say what is missing."""
    PAGE.write_text(page(), encoding="utf-8")
    table = rows()
    total, used = counts(table)
    print(f"{PAGE.relative_to(ROOT)}: {used} of {total} names ({used / total:.1%})")
    for row in table:
        if not row.chapters or row.lost:
            print("empty or lost:", row.section["section"], row.section["about"], *row.lost)
    missing = [name for row in table for name, found in row.names.items() if not found]
    print("not used:", *missing)


if __name__ == "__main__":
    main()
