"""The commands of a teacher: `kerasnb assignments`, and `kerasnb chapters`."""

import json
import re

import pytest

from kerasnb import checking
from kerasnb.cli import chapters, main
from kerasnb.grading.notebooks import source_of
from tests.assignments import NAMES, ROOT


def read(path):
    return json.loads(path.read_text("utf-8"))


def test_assignments_are_listed_with_points_and_titles(capsys):
    for lang, word in (("en", "Assignment"), ("zh", "作业")):
        assert main(["assignments", "list", "--lang", lang]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == NAMES
        for number, line in enumerate(lines, 1):
            assert re.search(rf" 10  {word} {number}[:：]", line), line


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_release_holds_no_solution_and_overwrites_nothing(tmp_path, lang, capsys):
    (tmp_path / "02-custom-layer.ipynb").write_text("mine")
    assert main(["assignments", "release", str(tmp_path), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert f"{len(NAMES) - 1} files written" in said and "1 files that were there" in said
    assert (tmp_path / "02-custom-layer.ipynb").read_text() == "mine"
    text = (tmp_path / f"{NAMES[0]}.ipynb").read_text("utf-8")
    assert "SOLUTION" not in text and "HIDDEN" not in text and "raise NotImplementedError" in text


def test_a_course_for_nbgrader(tmp_path):
    folder = tmp_path / "deep learning"
    assert (
        main(["assignments", "course", str(folder), "--only", NAMES[0], NAMES[2], "--lang", "zh"])
        == 0
    )
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    sources = {f"source/{name}/{name}.ipynb" for name in (NAMES[0], NAMES[2])}
    assert files == sources | {"nbgrader_config.py"}
    assert "BEGIN SOLUTION" in (folder / min(sources)).read_text("utf-8")
    config = (folder / "nbgrader_config.py").read_text("utf-8")
    compile(config, "nbgrader_config.py", "exec")
    assert "在这里写你的代码" in config and "'deep learning'" in config


def test_an_unknown_assignment_is_told(tmp_path, capsys):
    assert main(["assignments", "release", str(tmp_path), "--only", "99-nothing"]) == 1
    assert "99-nothing" in capsys.readouterr().err and not list(tmp_path.iterdir())


# -- chapters


@pytest.fixture
def copies(tmp_path):
    assert main(["chapters", "copy", "--folder", str(tmp_path)]) == 0
    return tmp_path


def test_learners_get_chapters_and_assignments_without_solutions(copies):
    names = set(chapters.files(copies))
    assert {"en/01-first-network.ipynb", f"assignments/zh/{NAMES[0]}.ipynb"} <= names
    for name in names:
        text = "".join(map(source_of, read(copies / name)["cells"]))
        assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text


def test_copying_again_changes_nothing(copies, capsys):
    mine = copies / "assignments" / "en" / f"{NAMES[0]}.ipynb"
    mine.write_text("mine")
    capsys.readouterr()
    assert main(["chapters", "copy", "--folder", str(copies)]) == 0
    assert capsys.readouterr().out.startswith("0 files copied") and mine.read_text() == "mine"


def test_a_reset_brings_the_original_and_keeps_what_was_done(copies, capsys):
    name = "en/01-first-network.ipynb"
    original = (copies / name).read_text("utf-8")
    for number, words in enumerate(("first", "second"), 1):
        (copies / name).write_text(words)
        assert main(["chapters", "reset", name, "--folder", str(copies)]) == 0
        kept = copies / "en" / f"01-first-network.mine-{number}.ipynb"
        assert kept.read_text() == words and kept.name in capsys.readouterr().out
        assert (copies / name).read_text("utf-8") == original
    assert main(["chapters", "reset", "en/01-first", "--folder", str(copies)]) == 0
    assert "kept" not in capsys.readouterr().out


@pytest.mark.parametrize("name, said", [("01-first", "fits several"), ("nothing", "is none")])
def test_a_reset_asks_which(copies, capsys, name, said):
    assert main(["chapters", "reset", name, "--folder", str(copies)]) == 1
    error = capsys.readouterr().err
    assert said in error and "zh/01-first-network.ipynb" in error


# -- the guide


@pytest.mark.parametrize("name", ["grading.md", "grading.zh-CN.md"])
def test_the_guide_tells_of_every_check(name):
    text = (ROOT / "docs" / name).read_text("utf-8")
    for check in checking.__all__:
        if check.startswith("expect"):
            assert f"`{check}" in text, check


@pytest.mark.parametrize("name", ["grading.md", "grading.zh-CN.md", "plans.md", "plans.zh-CN.md"])
def test_links_of_the_guide_lead_somewhere(name):
    text = (ROOT / "docs" / name).read_text("utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", text)
    assert links
    for target, heading in links:
        other = (ROOT / "docs" / target).read_text("utf-8")
        if heading:
            headings = re.findall(r"^#+ (.*)$", other, re.MULTILINE)
            assert heading in {h.lower().replace(" ", "-").replace(",", "") for h in headings}


def test_the_plans_name_chapters_and_assignments_that_there_are():
    chapters_there = {int(path.name[:2]) for path in (ROOT / "notebooks" / "en").glob("*.ipynb")}
    for name, assignment in (("plans.md", r"assignment (\d+)"), ("plans.zh-CN.md", r"作业 ?(\d+)")):
        text = (ROOT / "docs" / name).read_text("utf-8")
        numbers = {int(n) for n in re.findall(assignment, text)}
        assert numbers and numbers <= set(range(1, len(NAMES) + 1))
        rows = re.findall(r"^\| (?:\d+|\d+:\d+) \| (.*?) \| (.*?) \|", text, re.MULTILINE)
        found = {
            int(n) for row in rows for cell in row for n in re.findall(r"(?:^|; |；)(\d+) ", cell)
        }
        assert len(found) >= 15 and found <= chapters_there
