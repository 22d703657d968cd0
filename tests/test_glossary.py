"""What is Chinese speaks with the words of docs/glossary.md, one word for one thing."""

import json
import re
from pathlib import Path

import pytest

from kerasnb.checking.chapters import CHAPTERS
from kerasnb.notebook.words.layers_zh import LAYERS
from kerasnb.notebook.words.zh import WORDS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def rows():
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith(("| English", "|---")):
            english, chinese, unused = (part.strip() for part in line.strip("| ").split(" | "))
            yield english, chinese.strip("`").split("、"), unused.split("、")


ROWS = list(rows())


def text(path):
    return "\n".join(
        "".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]
    )


CHINESE = {
    path.relative_to(ROOT / "notebooks").as_posix(): text(path)
    for path in sorted((ROOT / "notebooks").glob("**/*.ipynb"))
    if "zh" in path.parts
}
CHINESE["the displays"] = "\n".join([*WORDS.values(), *LAYERS.values()])
CHINESE |= {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in (ROOT, ROOT / "docs")
    for path in sorted(folder.glob("*.zh-CN.md"))
}
CHINESE["the hints of the checks"] = "\n".join(found.hints["zh"] for found in CHAPTERS.values())


def test_the_table_is_whole_and_says_nothing_twice():
    assert len(ROWS) >= 95
    english = [row[0] for row in ROWS]
    assert len(english) == len(set(english))
    wanted = {word for _, words, _ in ROWS for word in words}
    unused = [word for _, _, words in ROWS for word in words]
    assert len(unused) == len(set(unused)) and not wanted & set(unused)
    assert all(re.search("[一-鿿]|^[A-Z]", word) for word in wanted)


@pytest.mark.parametrize("english, wanted, _", ROWS, ids=[row[0] for row in ROWS])
def test_the_word_is_used(english, wanted, _):
    everything = "".join(text for name, text in CHINESE.items() if not name.endswith(".md"))
    assert all(word in everything for word in wanted)


@pytest.mark.parametrize("where", CHINESE)
def test_no_other_word_is_used_for_it(where):
    found = [word for _, _, unused in ROWS for word in unused if word in CHINESE[where]]
    if where == "the displays":  # on an axis they are the numbers of epochs and of batches
        found = [word for word in found if word not in ("轮次", "批次")]
    assert not found


def test_all_that_is_chinese_is_there():
    assert sum(name.startswith("zh/") for name in CHINESE) == len(CHAPTERS)
    assert sum(name.startswith("assignments/zh/") for name in CHINESE) == 11
    assert {"README.zh-CN.md", "SECURITY.zh-CN.md", "docs/plans.zh-CN.md"} <= CHINESE.keys()
