"""nbgrader itself: from the teacher's notebook to feedback, with made-up submissions."""

import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys

import pytest

from kerasnb.grading.notebooks import for_students, source_of
from tests import grading_samples as samples
from tests.assignments import NAMES, ROOT, load
from tests.grading_samples import NAME

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("nbgrader") is None, reason="needs nbgrader: pip install nbgrader"
    ),
]


@pytest.fixture
def course(tmp_path):
    """Return a course folder, and a function that runs a command of nbgrader in it."""
    variables = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "KERASNB_DATASETS": "mini"}
    variables |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    folder = tmp_path / "course"

    def run(*arguments, module="nbgrader"):
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=folder if module == "nbgrader" else tmp_path,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=500,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout + done.stderr

    return folder, run


@pytest.mark.parametrize("language", ["en", "zh"])
def test_student_versions_are_those_of_nbgrader(course, language):
    folder, run = course
    # The language makes a difference only to what stands in the place of a solution.
    names = NAMES if language == "en" else [NAME]
    run("assignments", "course", folder, "--only", *names, "--lang", language, module="kerasnb")
    run("generate_assignment", "--assignment=*")
    for name in names:
        made = json.loads((folder / "release" / name / f"{name}.ipynb").read_text("utf-8"))
        ours = for_students(load(name, language), language)
        for one, other in zip(made["cells"], ours["cells"], strict=True):
            assert source_of(one).rstrip() == source_of(other).rstrip(), (name, one["id"])


def test_marks_are_as_expected_and_nothing_hangs(course):
    folder, run = course
    run("assignments", "course", folder, "--only", NAME, "--lang", "en", module="kerasnb")
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text("utf-8").replace("SECONDS = 60", "SECONDS = 15"), "utf-8")
    run("generate_assignment", NAME)
    expected = {}
    for student, (text, marks) in samples.submissions(thief_reads_checkout=False).items():
        samples.written(folder / "submitted", {student: text})
        expected[student] = sum(marks)
    # As the guide says: nbgrader does not need the solutions to grade, and does not hide them.
    shutil.move(folder / "source", folder.parent / "kept")
    run("autograde", NAME)
    run("generate_feedback", NAME)
    run("export")
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        got = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
    assert got == expected
    pages = {path.parts[-3]: path for path in (folder / "feedback").rglob("*.html")}
    assert pages.keys() == expected.keys()
    assert all(path.stat().st_size < 5_000_000 for path in pages.values())
    assert "not found: " in pages["thief"].read_text("utf-8")
    said = pages["half"].read_text("utf-8")
    assert "This is still to be done" in said and "checking/exercises.py" not in said
