"""Both catalogues say the same things, and everything that is asked for is there."""

import ast
import re
import string
from pathlib import Path

import pytest

from kerasnb.notebook import language
from kerasnb.notebook.colours import FAMILIES as COLOURED
from kerasnb.notebook.describe.families import FAMILIES

ENGLISH, CHINESE = (language.CATALOGUES[name] for name in ("en", "zh"))


def asked_for(package=language):
    """The keys in calls of `say`, and the beginnings of those that are put together."""
    exact, begun = set(), set()
    for path in Path(package.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"):
                continue
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.JoinedStr):
                    begun.add(part.values[0].value)
                elif isinstance(part, ast.Constant) and "." in str(part.value):
                    exact.add(part.value)
    return exact, begun


def test_no_key_is_missing():
    exact, begun = asked_for()
    exact = {key for key in exact if key not in begun and not key.endswith(".")}
    assert exact <= ENGLISH.keys()
    for beginning in begun:
        assert any(key.startswith(beginning) for key in ENGLISH), beginning


def test_both_languages_have_the_same_keys():
    assert list(ENGLISH) == list(CHINESE)


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", ENGLISH)
def test_both_languages_say_it_with_the_same_values(key):
    assert ENGLISH[key].strip() and fields(ENGLISH[key]) == fields(CHINESE[key])
    assert ENGLISH[key].isascii() or "\u2013" in ENGLISH[key]
    if key not in ("dataset.and",) and "NaN" not in key:
        assert any(ord(sign) > 0x2E7F for sign in CHINESE[key]), CHINESE[key]


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "zh_TW", "LANG": "en_GB"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_environment_chooses(monkeypatch, variables, expected):
    for name in ("LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    language.set_language(None)
    assert language.language() == expected
    language.set_language("zh")
    assert language.language() == "zh" and language.say("common.layer") == "层"


def test_mistakes():
    with pytest.raises(ValueError, match="'fr'; needs en or zh"):
        language.set_language("fr")


def test_labels_of_a_kind():
    words = language.labels("graph")
    assert words["by_layer"] == "By layer" and words["parameters"] == "Parameters"
    assert "alt" not in words and "finished" not in words


def test_every_family_has_a_colour():
    assert set(FAMILIES) == set(COLOURED)


KINDS = "summary graph inspection training values dataset confusion points timing".split()
RENDERER = Path(__file__).resolve().parents[2] / "labextension" / "src" / "render"


def test_the_renderer_finds_its_words():
    known = set().union(*(language.labels(kind) for kind in KINDS))
    asked = set()
    for path in RENDERER.glob("*.ts"):
        text = path.read_text("utf-8")
        asked |= set(re.findall(r"\bsay\('(\w+)'", text))
        for names in re.findall(r"(?:heads|HEADS|STATISTICS)[^=\n]*= \[([^\]]*)\]", text):
            asked |= set(re.findall(r"'(\w+)'", names))
    assert len(asked) > 60 and asked - known == set()


def test_what_is_whole_sentences_is_not_sent_in_parts():
    words = set().union(*(language.labels(kind) for kind in KINDS))
    assert not {"title", "layer_title", "alt", "sign_dead"} & words
