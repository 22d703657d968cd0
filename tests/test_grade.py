"""`kerasnb grade`: marks as expected, nothing hangs, nothing gets out."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from kerasnb.grading import several
from kerasnb.grading.collect import collect
from kerasnb.grading.feedback import page
from kerasnb.grading.marks import Graded, Mark, grade
from kerasnb.grading.notebooks import for_students, plain_python, read, source_of, to_run
from kerasnb.grading.process import Limits
from kerasnb.notebook.language import set_language
from tests import grading_samples as samples
from tests.assignments import FOLDER, ROOT, load
from tests.grading_samples import NAME

QUICK = Limits(seconds=120, cell_seconds=60, megabytes=4096)
SOURCES = {NAME: load(NAME)}


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


def graded(folder, text, limits=QUICK, protected=(str(FOLDER),)):
    """Grade one notebook."""
    samples.written(folder, {"student": text})
    (one,) = collect(folder, SOURCES)
    return grade(one, SOURCES[one.assignment], limits, protected, "en")


def points(one):
    return [mark.points for mark in one.marks if mark.points is not None]


def command(*arguments, **settings):
    return subprocess.run(
        [sys.executable, "-m", "kerasnb", "grade", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        timeout=300,
        **settings,
    )


@pytest.mark.slow
def test_marks_are_as_expected_and_nothing_hangs(tmp_path):
    """Right, half right, empty, syntax error, endless loop, looks for the solution, 100 MB."""
    expected = {name: marks for name, (_, marks) in samples.submissions().items()}
    texts = {name: text for name, (text, _) in samples.submissions().items()}
    folder = samples.written(tmp_path / "submitted", texts)
    table, pages = tmp_path / "marks.csv", tmp_path / "feedback"
    options = ["--lang", "en", "--cell-time", 6, "--workers", 2]
    run = command(folder, "--csv", table, "--feedback", pages, *options)
    assert run.returncode == 0, run.stderr
    with table.open(encoding="utf-8-sig") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert list(rows) == sorted(expected)
    for student, marks in expected.items():
        row = rows[student]
        assert float(row["points"]) == sum(marks), (student, row)
        names = ("test-predict", "test-update", "test-train")
        told = " ".join(f"{name}={mark}" for name, mark in zip(names, marks, strict=True))
        assert row["marks"] == told + " xor=?" and row["of"] == "8" and row["to_read"] == "2"
    texts = {path.parent.name: path.read_text("utf-8") for path in pages.rglob("*.html")}
    assert texts.keys() == expected.keys()
    assert "not readable while grading" in texts["thief"]
    assert "SyntaxError" in texts["syntax"] and "TimeLimit: 6 s" in texts["loop"]
    assert all(len(text) < 100_000 for text in texts.values())


def test_a_submission_that_will_not_be_interrupted_is_stopped(tmp_path):
    one = graded(tmp_path, samples.stubborn(), Limits(4, 1, 4096))
    assert points(one) == [0, 0, 0] and "too long" in one.problem


def test_what_was_graded_before_a_crash_counts(tmp_path):
    text = samples.with_cell("train", "import os\nos._exit(0)")
    one = graded(tmp_path, text)
    assert points(one) == [2, 3, 0] and "ended before" in one.problem
    assert one.marks[2].message == "It was not run."


def test_an_exit_ends_its_cell_only(tmp_path):
    one = graded(tmp_path, samples.with_cell("predict", "\nraise SystemExit", after=True))
    assert points(one) == [2, 3, 3] and one.problem == ""
    assert one.errors == (("predict", "SystemExit: \n  raise SystemExit"),)


def test_a_cell_that_waits_for_nothing_is_interrupted(tmp_path):
    text = samples.with_cell("train", "\nimport time\ntime.sleep(10_000)", after=True)
    one = graded(tmp_path, text, Limits(120, 2, 4096))
    assert points(one) == [2, 3, 3] and "TimeLimit" in dict(one.errors)["train"]


CLOSED = {
    "network": "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)",
    "names": "import socket\nsocket.getaddrinfo('localhost', 80)",
    "web": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9')",
    "programs": "import subprocess\nsubprocess.run(['echo', 'hello'])",
    "shell": "import os\nassert os.system('echo hello') == 0",
    "processes": "import multiprocessing as m\np = m.Process(target=print)\np.start()\np.join()",
    "signals": "import os\nos.kill(os.getppid(), 9)",
    "writing": "open(PLACE + '/mine', 'w').write('x')",
    "removing": "import os\nos.remove(PLACE + '/precious')",
    "solutions": f"open({str(FOLDER / 'en' / (NAME + '.ipynb'))!r}).read()",
    "others": "import os\nos.listdir(PLACE + '/protected')",
}


@pytest.mark.slow
def test_what_is_closed_is_refused_one_by_one_and_grading_goes_on(tmp_path):
    place = tmp_path / "place"
    (place / "protected").mkdir(parents=True)
    (place / "precious").write_text("kept")
    (place / "protected" / "secret").write_text("kept")
    attempts = "\n".join(
        f"try:\n    exec({source!r})\n    print({name!r}, 'DONE')\n"
        f"except OSError as error:\n    print({name!r}, type(error).__name__, error)"
        for name, source in CLOSED.items()
    )
    text = samples.with_cell("train", f"\nPLACE = {str(place)!r}\n{attempts}", after=True)
    one = graded(tmp_path / "in", text, protected=(str(FOLDER), str(place / "protected")))
    said = dict(line.split(" ", 1) for line in dict(one.printed)["train"].splitlines())
    assert said.keys() == CLOSED.keys()
    for name, what in said.items():
        assert "while grading" in what, (name, what)
    assert points(one) == [2, 3, 3] and (place / "precious").read_text() == "kept"
    assert not (place / "mine").exists()


def test_a_submission_may_write_in_a_folder_of_its_own(tmp_path):
    cell = "\nwith open('model.txt', 'w') as file:\n    file.write('x')\nprint(open('model.txt').read())"
    one = graded(tmp_path, samples.with_cell("train", cell, after=True))
    assert points(one) == [2, 3, 3] and one.errors == ()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory hold on Linux only")
def test_memory_is_limited(tmp_path):
    cell = "\nhuge = np.ones(2**29)"  # 4 GB
    one = graded(tmp_path, samples.with_cell("train", cell, after=True), Limits(120, 60, 2048))
    assert points(one) == [2, 3, 3]
    assert "MemoryError" in dict(one.errors)["train"]


def test_tests_that_were_changed_or_deleted_are_the_teachers(tmp_path):
    notebook = json.loads(samples.with_cell("test-predict", "pass"))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "test-train"]
    for cell in notebook["cells"]:
        if cell["id"] == "predict":
            cell["source"] = "def predict(x, weights, bias):\n    return np.zeros(len(x))"
    one = graded(tmp_path, json.dumps(notebook))
    assert [mark.name for mark in one.marks] == ["test-predict", "test-update", "test-train", "xor"]
    assert points(one) == [0, 0, 0]


def test_a_cell_that_lost_its_metadata_is_known_by_its_id():
    notebook = for_students(load(NAME), "en")
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    cells = to_run(notebook, load(NAME))
    assert [cell.points for cell in cells if cell.points] == [2, 3, 3, 2]
    hidden = next(cell for cell in cells if cell.name == "test-train")
    assert "HIDDEN" in hidden.source


def test_a_test_cell_is_run_once():
    notebook = for_students(load(NAME), "en")
    notebook["cells"] += [dict(cell) for cell in notebook["cells"]]
    graded_cells = [cell for cell in to_run(notebook, load(NAME)) if cell.points is not None]
    assert len(graded_cells) == 4


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"cells": 3}', '{"cells": ["x"]}', "{}"])
def test_what_is_no_notebook_gets_no_points_and_a_reason(tmp_path, text):
    one = graded(tmp_path, text)
    assert points(one) == [0, 0, 0] and one.most == 8 and "Error" in one.problem


def test_submissions_are_found_where_they_lie(tmp_path):
    text = samples.submissions()["right"][0]
    (tmp_path / "anna.ipynb").write_text(text)
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "my homework (2).ipynb").write_text(text)
    (tmp_path / "bob" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "bob" / ".ipynb_checkpoints" / "x.ipynb").write_text(text)
    samples.written(tmp_path, {"cem": text, "dan": "broken"})
    (tmp_path / "eve.ipynb").write_text('{"cells": []}')
    found = {one.student: one for one in collect(tmp_path, SOURCES)}
    assert {name: one.assignment for name, one in found.items()} == {
        "anna": NAME,
        "bob": NAME,
        "cem": NAME,
        "dan": NAME,
        "eve": "",
    }
    assert found["dan"].problem and "no assignment" in found["eve"].problem
    unknown = grade(found["eve"], None, QUICK, (), "en")
    assert unknown.marks == () and unknown.problem == found["eve"].problem


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "elsewhere.ipynb").write_text(samples.submissions()["right"][0])
    (tmp_path / "in" / "anna.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    (one,) = collect(tmp_path / "in", SOURCES)
    assert one.notebook is None and "link" in one.problem


def test_magics_are_left_out():
    cell = "%load_ext kerasnb\n%matplotlib inline\n!pip install x\nx = 7\nprint(x\n      % 4)\n"
    assert plain_python(cell).splitlines() == [
        "import kerasnb as _kerasnb; _kerasnb.install_as_keras()",
        "pass",
        "pass",
        "x = 7",
        "print(x",
        "      % 4)",
    ]
    assert plain_python("%%time\nx = 1\n") == "pass\nx = 1\n"


def test_pages_escape_what_students_wrote():
    one = Graded("<b>", "a", (Mark("m", 0.0, 1.0, "<script>"), Mark("t", None, 2.0, text="<i>")))
    text = page(one)
    assert "<script>" not in text and "<i>" not in text and "<b>" not in text
    assert "&lt;script&gt;" in text and "0 of 1 points" in text and "? / 2" in text


def test_the_command_says_what_is_missing(tmp_path):
    missing = command(tmp_path / "nowhere")
    empty = command(tmp_path)
    wrong = command(tmp_path, "--workers", "0")
    assert (missing.returncode, empty.returncode, wrong.returncode) == (1, 1, 2)
    assert "no folder" in missing.stderr and "no submissions" in empty.stderr
    assert "whole number" in wrong.stderr


@pytest.mark.slow
def test_feedback_is_in_the_language_of_the_class(tmp_path):
    texts = {"甲": samples.submissions()["empty"][0]}
    folder = samples.written(tmp_path / "in", texts)
    run = command(folder, "--feedback", tmp_path / "out", "--lang", "zh", "--csv", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    text = (tmp_path / "out" / "甲" / f"{NAME}.html").read_text("utf-8")
    assert "这里还没有完成" in text and "得分：0 / 8" in text
    assert (tmp_path / "marks.csv").exists()


@pytest.mark.slow
def test_several_at_once_give_the_same_marks(tmp_path):
    known = samples.submissions()
    chosen = {name: known[name][0] for name in ("right", "half", "empty", "syntax")}
    found = collect(samples.written(tmp_path, chosen), SOURCES)
    results = {one.student: points(one) for one in several.here(found, SOURCES, QUICK, (), 3)}
    assert results == {name: known[name][1] for name in chosen}


# -- a cluster


@pytest.fixture
def cluster(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
    ) as found:
        yield found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_gives_the_same_marks(tmp_path, cluster):
    known = samples.submissions()
    chosen = {name: known[name][0] for name in ("right", "half", "empty", "syntax")}
    folder = samples.written(tmp_path / "in", chosen)
    table = tmp_path / "marks.csv"
    run = command(folder, "--csv", table, "--dask", cluster.scheduler_address, "--lang", "en")
    assert run.returncode == 0, run.stderr
    with table.open(encoding="utf-8-sig") as file:
        found = {row["student"]: float(row["points"]) for row in csv.DictReader(file)}
    assert found == {name: sum(known[name][1]) for name in chosen}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a worker by a signal")
def test_a_submission_whose_worker_dies_is_graded_again(tmp_path, cluster):
    import distributed

    started = tmp_path / "started"
    # The first time it waits to be met by its worker's death.
    cell = "\nimport time\ntime.sleep(2)"
    texts = {name: samples.with_cell("predict", cell, after=True) for name in ("a", "b", "c")}
    found = collect(samples.written(tmp_path / "in", texts), SOURCES)
    with distributed.Client(cluster) as client:
        before = dict(client.run(os.getpid))
        results = several.on_cluster(found, SOURCES, QUICK, (), client)
        begun = time.monotonic()
        import threading

        def kill():
            while time.monotonic() < begun + 60:
                busy = [worker for worker, work in client.processing().items() if work]
                if busy:
                    os.kill(before[busy[0]], signal.SIGKILL)
                    started.write_text("killed")
                    return
                time.sleep(0.1)

        killer = threading.Thread(target=kill)
        killer.start()
        marks = {one.student: points(one) for one in results}
        killer.join()
    assert started.exists() and marks == dict.fromkeys("abc", [2, 3, 3])


def test_sources_hold_what_a_grader_needs():
    source = read(json.dumps(load(NAME)))
    assert sum(cell.points or 0 for cell in to_run({"cells": []}, source)) == 10
    assert all(source_of(cell) for cell in source["cells"])
