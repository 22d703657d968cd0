"""The texts of notebooks and Chinese guides look as they are meant: nothing of how they are written down shows."""

import json
import re
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
FILES = {path.relative_to(NOTEBOOKS).as_posix(): path for path in NOTEBOOKS.glob("**/*.ipynb")}
GUIDES = [*ROOT.glob("*.zh-CN.md"), *ROOT.glob("docs/*.zh-CN.md")]

HAN, FULL = "[⺀-鿿]", "[　-〿＀-￯“”‘’…—·]"
# The end of a line within a paragraph is shown as a space, which Chinese does not have.
BROKEN = re.compile(rf"({HAN}\**\n>? ?\**{HAN}|{FULL}\n>? ?\**[^\s\-*|>#<`\d]|[^\s|>]\n>? ?{FULL})")


def without_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.S)


def texts(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield cell["id"], without_code("".join(cell["source"]))


def sign(letter):
    return unicodedata.category(letter)[0] in "PS"


def unread(text):
    """Yield where ** stays as it is: a sign is next to it on the inside, a letter on the outside."""
    hidden = re.sub(r"`[^`\n]*`", lambda code: "`" + "x" * (len(code[0]) - 2) + "`", text)
    for part in re.split(r"\n\s*\n|\n(?=\s*[-|#>*] )|\|", hidden):
        for number, found in enumerate(re.finditer(r"(?<!\*)\*\*(?!\*)", part)):
            around = part[found.start() - 1 : found.start()], part[found.end() : found.end() + 1]
            outside, inside = around if number % 2 == 0 else around[::-1]
            plain = outside and not outside.isspace() and not sign(outside)
            if not inside or inside.isspace() or (sign(inside) and plain):
                yield part[max(0, found.start() - 20) : found.end() + 5]


@pytest.mark.parametrize("name", sorted(FILES))
def test_bold_is_bold(name):
    found = [(cell, place) for cell, text in texts(FILES[name]) for place in unread(text)]
    assert not found


@pytest.mark.parametrize("name", sorted(name for name in FILES if "zh/" in name))
def test_no_line_ends_between_chinese_characters(name):
    found = [(cell, BROKEN.findall(text)) for cell, text in texts(FILES[name])]
    assert not [one for one in found if one[1]]


@pytest.mark.parametrize("path", sorted(GUIDES), ids=lambda path: path.name)
def test_no_line_of_a_guide_ends_between_chinese_characters(path):
    assert not BROKEN.findall(without_code(path.read_text("utf-8")))


@pytest.mark.parametrize("name", sorted(name for name in FILES if "zh/" in name))
def test_no_chinese_is_slanted(name):
    """Chinese type has no italics: what is stressed is bold."""
    slanted = re.compile(rf"(?<![*\w`])\*(?![* ])[^*\n`]*{HAN}[^*\n`]*\*(?!\*)", re.A)
    assert not [(cell, text) for cell, text in texts(FILES[name]) if slanted.search(text)]


@pytest.mark.parametrize(
    "text, seen",
    [("是**（一）**。", 1), ("在**一。**二", 1), ("在**一。** 二，**三**四", 0), ("** a**", 1)],
)
def test_what_is_not_bold_is_found(text, seen):
    assert len(list(unread(text))) == seen


@pytest.mark.parametrize(
    "text, seen",
    [("一\n二", 1), ("一**\n二", 1), ("> 一。\n> 二", 1), ("a\n一", 0), ("一\n\n二\n- 三", 0)],
)
def test_ends_of_lines_are_found(text, seen):
    assert len(BROKEN.findall(text)) == seen
