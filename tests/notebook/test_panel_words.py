"""What the panel's TypeScript says: both catalogues, every label, no colours of its own."""

import re
from pathlib import Path

import pytest

EXTENSION = Path(__file__).resolve().parents[2] / "labextension"
SOURCES = {path.name: path.read_text("utf-8") for path in (EXTENSION / "src/panel").glob("*.ts")}
ENTRY = re.compile(r"^  (\w+): '((?:[^'\\]|\\.)*)',?$", re.MULTILINE)
ENGLISH, CHINESE = (dict(ENTRY.findall(SOURCES[f"words_{name}.ts"])) for name in ("en", "zh"))
CODE = "".join(text for name, text in SOURCES.items() if not name.startswith("words"))


def fields(text):
    return set(re.findall(r"\{(\w+)\}", text))


def test_catalogues_are_read_whole():
    for name, found in (("en", ENGLISH), ("zh", CHINESE)):
        assert len(found) == SOURCES[f"words_{name}.ts"].count(": '") > 50


def test_both_languages_have_the_same_labels():
    assert list(ENGLISH) == list(CHINESE)


@pytest.mark.parametrize("key", ENGLISH)
def test_both_say_it_with_the_same_values(key):
    assert fields(ENGLISH[key]) == fields(CHINESE[key])
    if set(ENGLISH[key]) - set("{name}"):
        assert any(ord(sign) > 0x2E7F for sign in CHINESE[key]), CHINESE[key]


def test_every_label_that_is_used_is_there_and_the_other_way_round():
    used = set(re.findall(r"'(\w+)'", CODE))
    put_together = {f"{key}_of" for key in ("pause", "resume")}
    assert set(re.findall(r"\bsay\(\s*'(\w+)'", CODE)) <= set(ENGLISH)
    states = {"running", "paused", "finished", "stopped", "interrupted", "failed"}
    assert set(ENGLISH) <= used | put_together | states


def test_texts_are_never_parsed_as_html():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", CODE)


def test_only_jupyterlabs_colours():
    style = (EXTENSION / "style/panel.css").read_text("utf-8") + CODE
    assert not re.search(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", style, re.IGNORECASE)
    named = r"(?:color|background|border[\w-]*|outline|fill|stroke)\s*[:=]\s*[^;]*\b"
    assert not re.search(named + r"(?:black|white|red|green|blue|gray|grey)\b", style)
