"""How far a learner is: `kerasnb chapters list`, `kerasnb lab` and the panel read it from the copies."""

import json
import re

import pytest

from kerasnb.checking.chapters import CHAPTERS
from kerasnb.cli import chapters, main, progress
from kerasnb.notebook import shelf
from kerasnb.notebook.language import CATALOGUES, say, set_language

NAME = "en/01-first-network.ipynb"


@pytest.fixture
def mine(tmp_path):
    """Working copies of all chapters and assignments."""
    chapters.update(tmp_path / "mine")
    return tmp_path / "mine"


def work(path, run, printed="", source="%kerasnb check"):
    """Run the first cells of a working copy, and let what holds `source` print something."""
    notebook = json.loads(path.read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code[:run]):
        cell["execution_count"] = number + 1
    for cell in code:
        if printed and any(line.startswith(source) for line in cell["source"]):
            said = {"output_type": "stream", "name": "stdout", "text": ["first\n", printed + "\n"]}
            cell["outputs"] = [said]
    path.write_text(json.dumps(notebook), "utf-8")
    return len(code)


def test_every_chapter_and_assignment_has_exercises(mine):
    """Nobody could ever be done with one that is not recognized."""
    for name in chapters.files(mine):
        known = progress.of(mine / name)
        exercises = 1 if name.partition("/")[0] in CATALOGUES else (1, 6)
        least, most = (exercises, exercises) if exercises == 1 else exercises
        assert known.run == known.right == 0 and known.cells > 3, name
        assert least <= known.exercises <= most and not known.done, name


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_chapter_is_done_when_its_check_says_so_in_either_language(mine, language):
    set_language(language)
    try:
        right = say("check.right", number=1)
        wrong = say("check.not_yet", number=1, message=say("check.to_do"))
        other = say("check.right", number=11)
    finally:
        set_language(None)
    for printed, found in [(wrong, 0), (other, 0), (right, 1)]:
        cells = work(mine / NAME, 5, printed)
        known = progress.of(mine / NAME)
        assert known == (known.run, cells, found, 1) and known.run >= 5
        assert known.done == bool(found)


def test_only_what_a_check_has_printed_counts(mine):
    """Not a text of the chapter, and not a picture with these words beside it."""
    notebook = json.loads((mine / NAME).read_text("utf-8"))
    words = "Exercise 1: right."
    result = {"output_type": "execute_result", "data": {"text/plain": words}, "metadata": {}}
    for cell in notebook["cells"]:
        cell["source"] = [*cell["source"], f"\n# {words}\n"]
        if cell["cell_type"] == "code":
            cell["outputs"] = [result]
    (mine / NAME).write_text(json.dumps(notebook), "utf-8")
    assert progress.of(mine / NAME).right == 0


def test_an_assignment_counts_its_exercises(mine):
    path = mine / "assignments" / "en" / "01-perceptron.ipynb"
    work(path, 2, "Exercise 2: right.", "check(2)")
    known = progress.of(path)
    assert (known.right, known.exercises, known.done) == (1, 3, False)


def test_a_copy_brought_back_is_at_its_beginning_again(mine):
    work(mine / NAME, 3, "Exercise 1: right.")
    kept = chapters.reset(mine, NAME)
    assert progress.of(kept).done and progress.of(mine / NAME).run == 0


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"cells": 3}', "[" * 100_000, '{"cells": [{"cell_type": "code"}, {}]}']
    + ['{"cells": [{"cell_type": "code", "source": "1", "outputs": [7, {"text": 8}]}]}'],
)
def test_what_is_broken_is_no_progress_and_no_error(tmp_path, capsys, text):
    (tmp_path / "en").mkdir()
    (tmp_path / NAME).write_text(text)
    (tmp_path / "en" / "02-questions-everybody-asks.ipynb").mkdir()
    assert main(["chapters", "list", "--lang", "en", "--folder", str(tmp_path)]) == 0
    assert "  0/1" not in capsys.readouterr().out
    assert not (known := progress.of(tmp_path / NAME)) or not known.done


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_command_lists_what_has_been_done(mine, capsys, language):
    work(mine / language / "01-first-network.ipynb", 3)
    work(mine / language / "02-questions-everybody-asks.ipynb", 4, say("check.right", number=2))
    work(mine / "assignments" / language / "03-gradient-check.ipynb", 2)
    assert main(["chapters", "list", "--lang", language, "--folder", str(mine)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith("  ")] == [
        CATALOGUES[language]["progress.chapters"],
        CATALOGUES[language]["progress.assignments"],
    ]
    found = dict(line.split(maxsplit=1) for line in lines if line.startswith("  "))
    assert len(found) == len(CHAPTERS) + 11
    assert re.match(r"3/\d+ +0/1  \S", found["01-first-network"])
    assert re.match(r"[45]/\d+ +1/1  \S", found["02-questions-everybody-asks"])
    assert re.match(r"2/\d+ +0/4  \S", found["03-gradient-check"])
    assert re.match(r"- +-  \S", found["03-basic-concepts"])


def test_the_panel_tells_it_beside_the_titles_of_working_copies(mine, monkeypatch, tmp_path):
    cells = work(mine / NAME, 3)
    done = mine / "zh" / "02-questions-everybody-asks.ipynb"
    work(done, 4, "练习 2：正确。")
    monkeypatch.chdir(mine / "en")  # where a kernel is started
    titles = {one["name"]: one["title"] for one in shelf.chapters()}
    assert titles[NAME].endswith(f"(3 of {cells} cells run)")
    assert titles["zh/02-questions-everybody-asks.ipynb"].endswith("（练习已做对）")
    assert titles["en/02-questions-everybody-asks.ipynb"] == "Questions that everybody asks"
    monkeypatch.chdir(tmp_path)
    assert "3 of" not in "".join(one["title"] for one in shelf.chapters())


def test_a_broken_record_of_copies_costs_no_work_and_no_error(mine):
    (mine / chapters.RECORD).write_text("{")
    (mine / NAME).write_text("my answers")
    assert chapters.update(mine).kept == [NAME]
    assert (mine / NAME).read_text() == "my answers"
