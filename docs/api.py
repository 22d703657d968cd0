"""Write `docs/api.md`, the names of Keras 2.3.1 beside ours: `python -m docs.api`.

The reference, `tests/reference/keras_api.json`, holds names and signatures of Keras 2.3.1: module ->
names -> kind, `sig`, `sig_224` (where 2.2.4 differs), `alt` (other backends), `only` (on one backend
alone), `methods`. Its tiers are "public" (documented import paths), "submodule" (older paths) and
"internal" (helpers that some programs import).
"""

from __future__ import annotations

import importlib
import inspect
import json
import warnings
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
REFERENCE = ROOT / "tests" / "reference" / "keras_api.json"

SAME, MORE, DIFFERS, MISSING = "same", "more", "differs", "missing"
STATUSES = (SAME, MORE, DIFFERS, MISSING)
MEANINGS = {
    SAME: "the signature is Keras's",
    MORE: "Keras's signature and optional arguments of our own behind it",
    DIFFERS: "another signature; the note says why",
    MISSING: "not there; the note says why",
}

# Why a name is missing or has another signature. The first pattern that fits `module.name` counts;
# a public or submodule name that needs a reason and has none fails tests/test_api.py.
REASONS = {
    "keras*.Model": "the arguments of `*args` have names; every call that Keras takes works",
    "keras*.Network": "the arguments of `*args` have names; every call that Keras takes works",
    "keras.optimizers.TFOptimizer": "wraps an optimizer of TensorFlow's",
    "keras.utils.data_utils.*": "a helper of Keras's process pools; batches are made another way",
}


class Row(NamedTuple):
    """A name of the reference.

    Attributes:
        module: full name of Keras's module.
        name: the name in it.
        status: one of `STATUSES`.
        signature: ours, None where there is none.
        notes: what else is to be said.
    """

    module: str
    name: str
    status: str
    signature: str | None
    notes: list[str]

    @property
    def counted(self) -> bool:
        """Whether the name must be there: on every backend, and no helper."""
        return REFERENCE_API[self.module]["tier"] != "internal" and not self.entry.get("only")

    @property
    def entry(self) -> dict[str, Any]:
        """What the reference says."""
        return REFERENCE_API[self.module]["names"][self.name]


REFERENCE_API: dict[str, Any] = json.loads(REFERENCE.read_text("utf-8"))


def parts_of(thing: Any) -> list[str] | None:
    """Return the arguments as the reference writes them: 'x', 'axis=None', '**kwargs'."""
    own = inspect.isclass(thing)
    if own and thing.__init__ is object.__init__:
        return []
    try:
        params = list(inspect.signature(thing.__init__ if own else thing).parameters.values())
    except (TypeError, ValueError):
        return None
    if own:
        params = params[1:]
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [
        stars.get(p.kind, "")
        + p.name
        + ("" if p.default is inspect.Parameter.empty else f"={_written(p.default)}")
        for p in params
    ]


def _written(default: Any) -> str:
    # Functions and objects have an address in their repr, which is another one each time.
    text = repr(default)
    return getattr(default, "__name__", type(default).__name__) if " at 0x" in text else text


def split(signature: str) -> list[str]:
    """Return the arguments of a signature of the reference.

    >>> split("x, shape=(1, 2), name='a, b'")
    ['x', 'shape=(1, 2)', "name='a, b'"]
    """
    parts, depth, quoted = [""], 0, False
    for letter in signature:
        quoted ^= letter == "'"
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return [p.strip() for p in parts if p.strip()]


def compare(ours: list[str] | None, theirs: list[list[str]]) -> str:
    """Return the status of a signature beside those that count as Keras's."""
    if ours is None or ours in theirs:
        return SAME
    for wanted in theirs:
        rest = iter(ours)
        in_order = all(part in rest for part in wanted)
        extra = [p for p in ours if p not in wanted]
        if in_order and all("=" in p or p.startswith("*") for p in extra):
            return MORE
    return DIFFERS


def accepted(entry: dict[str, Any]) -> list[list[str]]:
    """Return the signatures that count as Keras's."""
    texts = [entry.get("sig"), entry.get("sig_224"), *entry.get("alt", ())]
    return [split(t) for t in texts if t is not None]


def method_notes(thing: Any, methods: dict[str, str | None]) -> list[str]:
    """Return what a class's methods lack."""
    absent, other = [], []
    for name, signature in methods.items():
        if not hasattr(thing, name):
            absent.append(name)
            continue
        found = inspect.getattr_static(thing, name)
        bound = isinstance(found, staticmethod | classmethod)
        if signature is None or not (inspect.isroutine(found) or bound):
            continue
        ours = parts_of(getattr(thing, name)) or []
        ours = ours if bound else ours[1:]
        if compare(ours, [split(signature)]) == DIFFERS:
            other.append(name)
    listed = [("without ", absent), ("other arguments: ", other)]
    return [what + ", ".join(f"`{n}`" for n in names) for what, names in listed if names]


def ours_of(module: str) -> Any:
    """Return our module of Keras's name, None if there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module.replace("keras", "kerasnb", 1))
    except ModuleNotFoundError:
        return None


def rows() -> Iterator[Row]:
    """Compare every name of the reference."""
    for module, content in REFERENCE_API.items():
        ours = ours_of(module)
        for name, entry in content["names"].items():
            notes = [f"{entry['only']} only"] if "only" in entry else []
            if not hasattr(ours, name):
                yield Row(module, name, MISSING, None, notes + reasons(module, name))
                continue
            thing = getattr(ours, name)
            parts = parts_of(thing) if callable(thing) else None
            status = compare(parts, accepted(entry)) if "sig" in entry else SAME
            if parts is not None and status == SAME and parts != split(entry.get("sig", "")):
                notes.append("as in Keras 2.2.4" if "sig_224" in entry else "as with Theano")
            notes += method_notes(thing, entry.get("methods", {}))
            if status == DIFFERS:
                notes += reasons(module, name)
            yield Row(module, name, status, None if parts is None else ", ".join(parts), notes)


def reasons(module: str, name: str) -> list[str]:
    """Return why a name is missing or differs, as a list of one or none."""
    for pattern, reason in REASONS.items():
        if fnmatchcase(f"{module}.{name}", pattern):
            return [reason]
    return []


def page() -> str:
    """Return the page."""
    table = list(rows())
    modules: dict[str, list[Row]] = {}
    for row in table:
        modules.setdefault(row.module, []).append(row)
    lines = [
        "# The API beside Keras 2.3.1",
        "",
        "Made by `python -m docs.api`; do not edit. `keras` below is `kerasnb` after",
        "`%load_ext kerasnb` or `kerasnb.install_as_keras()`.",
        "",
        *(f"- **{status}**: {meaning}" for status, meaning in MEANINGS.items()),
        "",
        "| module | tier | names | " + " | ".join(STATUSES) + " |",
        "|---|---|---|" + "---|" * len(STATUSES),
    ]
    for module, members in modules.items():
        tier = REFERENCE_API[module]["tier"]
        lines.append(f"| `{module}` | {tier} | {_counts(members)} |")
    for tier in ("public", "submodule", "internal"):
        members = [r for r in table if REFERENCE_API[r.module]["tier"] == tier]
        lines.append(f"| **all {tier}** | | {_counts(members)} |")
    for module, members in modules.items():
        lines += ["", f"## {module}", "", "| name | beside Keras | notes |", "|---|---|---|"]
        for row in members:
            call = row.name if row.signature is None else f"{row.name}({row.signature})"
            notes = f" {'; '.join(row.notes)} " if row.notes else " "
            lines.append(f"| {_as_code(call)} | {row.status} |{notes}|")
    return "\n".join(lines) + "\n"


def _as_code(text: str) -> str:
    # A default may hold what a table of Markdown takes for its own.
    tick = "``" if "`" in text else "`"
    return tick + text.replace("|", "\\|") + tick


def _counts(members: list[Row]) -> str:
    counts = [sum(r.status == s for r in members) for s in STATUSES]
    return " | ".join(str(n or "") for n in (len(members), *counts))


def main() -> None:
    """Write the page and say what it counts."""
    PAGE.write_text(page(), encoding="utf-8")
    counted = [r for r in rows() if r.counted]
    said = ", ".join(f"{sum(r.status == s for r in counted)} {s}" for s in STATUSES)
    print(f"{PAGE.relative_to(ROOT)}: of {len(counted)} public and submodule names {said}")
    for row in counted:
        if row.status in (DIFFERS, MISSING) and not reasons(row.module, row.name):
            print(f"no reason: {row.module}.{row.name} {row.status}: {row.signature}")


if __name__ == "__main__":
    main()
