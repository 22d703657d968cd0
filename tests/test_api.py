"""What is there of Keras's API stays there, and docs/api.md says so."""

import importlib
import re

import pytest

from docs import api

ROWS = list(api.rows())


def test_the_page_is_what_the_code_makes():
    committed = api.PAGE.read_text("utf-8")
    assert committed == api.page(), "run python -m docs.api, and look at what has changed"


def on_the_page():
    """The names that docs/api.md shows as there: (module, name, status)."""
    module = ""
    for line in api.PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            module = line[3:]
        found = re.match(r"\| `+(\w+).*`+ \| (same|more|differs) \|", line)
        if found and module:
            yield module, found[1], found[2]


def test_no_name_is_lost_and_no_signature_changes():
    now = {(r.module, r.name): r.status for r in ROWS}
    changed = [
        f"{module}.{name} was {status!r} and is {now.get((module, name))!r}"
        for module, name, status in on_the_page()
        if now.get((module, name)) != status
    ]
    assert changed == []


def test_what_is_missing_or_differs_has_a_reason():
    without = [
        f"{r.module}.{r.name} {r.status}: {r.signature}"
        for r in ROWS
        if r.counted and r.status in (api.DIFFERS, api.MISSING)
        and not api.reasons(r.module, r.name)
    ]  # fmt: skip
    assert without == [], "make them Keras's, or say why not in docs/api.py"


def test_every_reason_is_needed():
    needed = {api.reasons(r.module, r.name)[0] for r in ROWS
              if r.status in (api.DIFFERS, api.MISSING) and api.reasons(r.module, r.name)}  # fmt: skip
    assert set(api.REASONS.values()) == needed, "take the others out of docs/api.py"


def test_the_backend_is_complete():
    backend = [r for r in ROWS if r.module == "keras.backend"]
    assert len(backend) == 159 and {r.status for r in backend} == {api.SAME}


def test_the_reference_is_small():
    assert api.REFERENCE.stat().st_size < 150_000


@pytest.mark.parametrize("ours, theirs, status", [
    ("x, axis=None", ["x, axis=None"], api.SAME),
    ("x, axis=-1", ["x, axis=None", "x, axis=-1"], api.SAME),
    ("x, axis=None, seed=3", ["x, axis=None"], api.MORE),
    ("x, seed=3, **kwargs", ["x, **kwargs"], api.MORE),
    ("x, y", ["x"], api.DIFFERS),
    ("axis=None, x=1", ["x=1, axis=None"], api.DIFFERS),
    ("x, axis=-1", ["x, axis=None"], api.DIFFERS),
    ("x", ["x, axis=None"], api.DIFFERS),
    ("x", ["x, **kwargs"], api.DIFFERS),
])  # fmt: skip
def test_comparison(ours, theirs, status):
    assert api.compare(api.split(ours), [api.split(t) for t in theirs]) == status


def test_signatures_are_read():
    class Own:
        def __init__(self, a, *rest, b=(1, 2), c="x, y", **more):
            pass

    parts = ["a", "*rest", "b=(1, 2)", "c='x, y'", "**more"]
    assert api.parts_of(Own) == parts == api.split(", ".join(parts))
    assert api.parts_of(type("Bare", (), {})) == [] and api.parts_of(len) == ["obj"]


def test_a_lost_name_shows(monkeypatch):
    """The checks above can fail."""
    backend = importlib.import_module("kerasnb.backend")
    monkeypatch.delattr(backend, "softmax")
    monkeypatch.setattr(backend, "tanh", lambda x, scale: x)
    rows = {r.name: r for r in api.rows() if r.module == "keras.backend"}
    assert rows["softmax"].status == api.MISSING and rows["tanh"].status == api.DIFFERS
    assert "| `tanh(x, scale)` | differs | |" in api.page()
