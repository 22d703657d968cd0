"""The chapters: the same in both languages, clean in git, and they run and teach what they say."""

import ast
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("[ez][nh]/*.ipynb"))
NAMES = sorted({path.name for path in CHAPTERS})
SECONDS = 60  # for a chapter, on one core: two are no slower
PATIENCE = 600  # for a cell, on a machine that is busy with other things
KILOBYTES = 200
LINES = 25  # of a cell of code
WORDS = 150  # of a text without anything to run or look at

# What a chapter teaches has to come out: expressions of its variables and the least they may be.
LEAST = {
    "01-first-network": {"accuracy": 0.95},
    "02-questions-everybody-asks": {"accuracy": 0.85, "odd_accuracy": 0.8},
    "03-basic-concepts": {"shuffled_accuracy": 0.85, "0.2 - sorted_accuracy": 0},
    "04-functional-api": {
        "digit_accuracy": 0.88,
        "main_accuracy": 0.87,
        "main_accuracy - aux_accuracy": 0.05,
        "share_accuracy['|a - b|']": 0.7,
        "0.6 - share_accuracy['concatenate']": 0,
        "same_accuracy": 0.7,
        "vqa_accuracy": 0.9,
        "unseen_accuracy": 0.5,  # more than the sides, a third; how much more is the seed's
    },
    "05-sequential-guide": {
        "ring_accuracy": 0.85,
        "by_heart - by_chance": 0.25,
        "mlp_accuracy": 0.77,
        "without - mae": 2.5,
        "cnn_accuracy": 0.35,
        "text_accuracy['LSTM']": 0.88,
        "text_accuracy['Conv1D']": 0.85,
        "walk_accuracy[True] - walk_accuracy[False]": 0.12,
    },
    "06-about-layers": {
        "single_accuracy": 0.87,
        "own_accuracy": 0.84,
        "own_accuracy - mean_accuracy[0]": 0.04,
    },
    "07-convolution-and-pooling": {"accuracy": 0.8, "scores[2][1] - scores[2][0]": 0.05},
    "08-core-layers": {
        "right['priced']": 0.85,
        "np.mean(hidden['priced'] < 0.01) - np.mean(hidden['free'] < 0.01)": 0.3,
    },
    "09-embeddings-and-recurrent-layers": {"accuracy": 0.9, "accuracy - bag_accuracy": 0.1},
    "10-merge-layers-and-wrappers": {
        "scores['multiply']": 0.7,
        "scores['cosine']": 0.7,
        "0.6 - scores['concatenate']": 0,
        "inside - between": 0.4,
        "results['both']": 0.9,
        "0.85 - results['forward']": 0,
    },
    "11-noise-and-overfitting": {
        "results['nothing'][1]['accuracy'][-1]": 0.98,
        "results['nothing'][1]['val_accuracy'][-1]": 0.78,
        "plain.evaluate(*valid, verbose=0)[0] - stopped.evaluate(*valid, verbose=0)[0]": 0.03,
        "speeds[0.1][1] - speeds[0.1][0]": 0.4,
    },
    "12-losses-metrics-optimizers": {
        "np.mean(estimates['rather_high'] > y_test)": 0.65,
        "0.4 - found(models[1], x_new, ill_new)[1]": 0,
        "found(models[19], x_new, ill_new)[1]": 0.65,
        "0.5 - np.linalg.norm(paths['Adam'][-1])": 0,
    },
    "13-activations": {
        "reached[('selu', 'lecun_normal')]": 0.72,
        "0.2 - reached[('sigmoid', 'glorot_uniform')]": 0,
        "1e-9 - signals['sigmoid + glorot_uniform'][1][0]": 0,
        "swish_accuracy": 0.8,
        "trained['ReLU'][1]": 0.02,
        "0.02 - trained['LeakyReLU'][1]": 0,
    },
    "14-initializers-regularizers-constraints": {
        "equal['glorot_uniform'][0]": 50,
        "1 - equal['Constant'][0]": 0,
        "new_errors['nothing'] - new_errors['l1']": 0.3,
        "0.2 - new_errors['l1']": 0,
        "positive['non_neg'][0]": 0,
    },
    "15-callbacks": {
        "float(calm == morning)": 1,
        "records['constant']['val_loss'][-1] - min(records['plan']['val_loss'][-1], records['plateau']['val_loss'][-1])": 0.02,
        "0.55 - stopped_loss": 0,
        "cosine_accuracy[0.5, 10]": 0.7,
        "len(heard)": 2,
    },
    "16-sequences-and-texts": {
        "reached['tfidf']": 0.5,
        "reached['tfidf'] - reached['freq']": 0.03,
        "0.9 * lazy - error": 0,
        "same - across": 0.4,
    },
    "17-images": {
        "reached['shifted']": 0.5,
        "reached['shifted'] - reached['as they are']": 0.1,
        "reached['nothing'] - reached['mirror']": 0.02,
        "folder_accuracy": 0.65,
    },
    "18-data-sets": {
        "nearest": 0.6,
        "learned[4000] - nearest": 0.08,
        "0.5 - abs(errors[True] - errors[False])": 0,
        "lazy_topic": 0.3,
        "4.5 - errors[True]": 0,
    },
    "19-applications": {
        "base_accuracy": 0.45,
        "reached['frozen'] - reached['scratch']": 0.02,
        "reached['frozen']": 0.55,
        "figures['vgg16'] - 138_000_000": 0,
    },
    "20-backend": {"0.01 - abs(fitted_weight - 3)": 0, "0.01 - abs(fitted_bias + 1)": 0},
    "21-writing-layers": {"0.2 * losses[0] - losses[-1]": 0, "0.02 - worst": 0},
    "22-models": {"fit_accuracy": 0.85, "generator_accuracy": 0.85, "float(same)": 1, "steps": 24},
    "23-visualization": {
        "accuracy": 0.65,
        "histories['A'].history['val_loss'][-1] - min(histories['A'].history['val_loss'])": 0.03,
        "healed[20, 0.003].history['accuracy'][-1] - histories['B'].history['accuracy'][-1]": 0.2,
    },
    "24-scikit-learn": {"score": 0.85, "found[16] - found[1]": 0.03, "regression_score + 40": 0},
    "25-utils": {"0.01 - sequence_loss": 0},
    "26-inside": {"0.01 - gradient_error": 0},
}


def read(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


def cells(path: Path, kind: str | None = None) -> list[dict]:
    return [cell for cell in read(path)["cells"] if kind in (None, cell["cell_type"])]


def essence(source: str) -> str:
    """Return code without its comments and with every string empty: what must be the same."""
    magics = re.findall(r"^%.*$", source, re.MULTILINE)
    magics = [re.sub("language (en|zh)", "language", magic) for magic in magics]
    tree = ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            kept = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            node.values = sorted(kept, key=ast.dump)  # another language, another order of words
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return "\n".join([*magics, ast.dump(tree)])


@pytest.fixture
def environment(tmp_path):
    """Offline, with nothing but the bundled data, and nothing of the user's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    nowhere = "http://127.0.0.1:9"
    return kept | {
        "HOME": str(tmp_path),
        "KERASNB_DATASETS": "mini",
        "PYTHONPATH": str(ROOT),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        # Several threads that wait for a core would count as computing.
        "OPENBLAS_NUM_THREADS": "1",
    }


def test_there_are_chapters_in_both_languages():
    folders = {path.parent.name for path in CHAPTERS}
    assert folders == {"en", "zh"}
    for folder in folders:
        assert [path.name for path in CHAPTERS if path.parent.name == folder] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_cells_and_code(name):
    english, chinese = (cells(ROOT / "notebooks" / lang / name) for lang in ("en", "zh"))
    outline = [[(cell["id"], cell["cell_type"]) for cell in part] for part in (english, chinese)]
    assert outline[0] == outline[1]
    for one, other in zip(english, chinese, strict=True):
        if one["cell_type"] == "code":
            assert essence("".join(one["source"])) == essence("".join(other["source"])), one["id"]


def test_the_comparison_sees_other_code():
    assert essence("f(1)  # a\nprint('x')") == essence("f(1)\nprint('y')  # b")
    assert essence("f(1)") != essence("f(2)")
    assert essence("print(f'{a} of {b}')") == essence("print(f'{b} 中的 {a}')")
    assert essence("print(f'{a}')") != essence("print(f'{b}')")
    assert essence("%load_ext a\nf()") != essence("%load_ext b\nf()")
    assert essence("%kerasnb language en") == essence("%kerasnb language zh")


def label(path: Path) -> str:
    return path.relative_to(ROOT / "notebooks").as_posix()


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_chapters_are_stored_clean(path):
    notebook = read(path)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"].keys() == {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert re.fullmatch(r"[a-z0-9-]{3,64}", cell["id"])
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_every_picture_is_also_described(path):
    for cell in cells(path, "code"):
        source = "".join(cell["source"])
        if "plt.show()" in source:
            said = source.partition("plt.show()")[2]
            assert re.search(r"print\(\s*f?\"(In words|图片说明)", said), cell["id"]


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_chapters_are_in_their_language(path):
    text = "".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    share = len(re.findall(r"[\u4e00-\u9fff]", text)) / len(text)
    assert share > 0.3 if path.parent.name == "zh" else share == 0


# What each chapter has: patterns, for each language, of its texts and of its code.
PARTS = {
    "what it is for": (r"^You will be able to$", r"^你将能够$"),
    "a question first": (r"^## Think first$", r"^## 先想一想$"),
    "mistakes": (r"^## \d+\. (Usual m|M)istakes", r"^## \d+\. (常见|人人都会犯的)错误"),
    "what was learned": (r"^## What you know now$", r"^## 现在你知道了$"),
    "where to go": (r"^\*\*Where to go next\*\*$", r"^\*\*接下来可以做什么\*\*$"),
    "a look inside": (r"^%%?kerasnb (summary|graph|inspect|time)",) * 2,
    "a widget": (r"^@interact\(|^DatasetBrowser\(",) * 2,
    "its language": (r"^%kerasnb language en$", r"^%kerasnb language zh$"),
    "a check": (r"^%kerasnb check \d+$",) * 2,
}


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_every_chapter_has_all_its_parts(path):
    sources = "\n".join("".join(cell["source"]) for cell in cells(path))
    place = ("en", "zh").index(path.parent.name)
    patterns = {name: both[place] for name, both in PARTS.items()}
    assert not [n for n, pattern in patterns.items() if not re.search(pattern, sources, re.M)]
    headings = re.findall(r"^## (\d+)(?: (?:and|和) (\d+))?\. ", sources, re.MULTILINE)
    numbers = [int(number) for pair in headings for number in pair if number]
    assert numbers == [*range(len(numbers))]


def words(text: str) -> float:
    """Count words; 17 Chinese characters say as much as 10 English words. Code is none."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    others = re.sub("[\u4e00-\u9fff]", " ", text).split()
    return len(re.findall("[\u4e00-\u9fff]", text)) / 1.7 + sum(
        bool(re.search(r"\w", word)) for word in others
    )


def test_what_a_word_is():
    assert words("two words, - | `one`") == 3
    assert words("一二三四五六七八九十一二三四五六七") == 10
    assert words("two 层 words") == 2 + 1 / 1.7
    assert words("```python\nf(x)\n```") == 0


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_chapters_go_in_small_steps(path):
    """No long cell, and not much text, in however many cells, before there is something to run."""
    assert path.stat().st_size < KILOBYTES * 1024
    read_in_a_row = 0.0
    for cell in cells(path):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert len(source.splitlines()) <= LINES, cell["id"]
            read_in_a_row = 0
        else:
            read_in_a_row += words(source)
            assert read_in_a_row <= WORDS, cell["id"]


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("KERASNB_BOTH_LANGUAGES"),
    reason="the same code as in English, which is run below; KERASNB_BOTH_LANGUAGES=1 runs it too",
)
@pytest.mark.parametrize("path", [p for p in CHAPTERS if p.parent.name == "zh"], ids=label)
def test_chapters_run(path, environment, tmp_path):
    """As a learner runs them: every cell, in one kernel, with pytest's plug-in for notebooks.

    The Chinese ones here; what the English ones print is looked at below.
    """
    pytest.importorskip("nbval")
    copy = shutil.copy(path, tmp_path)  # nbval runs a chapter where it lies: it may save models
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider"]
    command += ["--nbval-cell-timeout", str(PATIENCE), "-c", os.devnull, copy]
    begin = os.times()
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    end = os.times()
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-1000:]
    # What was computed, not the time on the clock: that one is also about other programs.
    used = end.children_user + end.children_system - begin.children_user - begin.children_system
    assert used < SECONDS
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed and int(passed[1]) == len(cells(path, "code"))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return a function: what the cells of a chapter print, by the cell's name.

    Two cells are added: "checked" puts the chapter's own answer in the place of the learner's and
    checks it; "asked" tells the values that the table of the least asks for. What is printed within
    widgets is "in widgets". Chapters run once.
    """
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")

    class Client(nbclient.NotebookClient):
        """Keeps what widgets show, but tells no kernel of it: what it sends while it waits for an
        answer can let it miss the answer, and wait for ever (nbclient 0.11: once in 100 chapters).
        """

        def on_comm_open_jupyter_widget(self, msg):
            widget = super().on_comm_open_jupyter_widget(msg)
            if widget is not None:
                widget.sync_state = lambda: None
            return widget

    # Several processes of pytest-xdist share what one of them has run.
    together = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        together = together.parent

    @functools.cache
    def told(chapter: str) -> dict[str, str]:
        place = together / f"{chapter}.json"
        with FileLock(f"{place}.lock"):
            if not place.exists():
                place.write_text(json.dumps(run(chapter)), "utf-8")
            return json.loads(place.read_text("utf-8"))

    def run(chapter: str) -> dict[str, str]:
        notebook = nbformat.read(ROOT / "notebooks" / "en" / f"{chapter}.ipynb", as_version=4)
        sources = {cell["id"]: cell["source"] for cell in notebook.cells}
        (answer,) = re.findall(r"```python\n(.*?)```", sources["answer"], re.DOTALL)
        both = f"{answer}\n\n{sources['check']}"
        notebook.cells.append(nbformat.v4.new_code_cell(both, id="checked"))
        wanted = ", ".join(f"{what!r}: float({what})" for what in LEAST[chapter])
        question = f"import json; print(json.dumps({{{wanted}}}))"
        notebook.cells.append(nbformat.v4.new_code_cell(question, id="asked"))
        folder = tmp_path_factory.mktemp(chapter)
        client = Client(notebook, timeout=PATIENCE, resources={"metadata": {"path": str(folder)}})
        old = dict(os.environ)
        os.environ |= {"KERASNB_DATASETS": "mini", "OPENBLAS_NUM_THREADS": "1"}
        os.environ |= {"KERAS_HOME": str(folder), "PYTHONPATH": str(ROOT)}
        try:
            client.execute()
        finally:
            os.environ.clear()
            os.environ.update(old)
        shown = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
        experiments = [
            out.get("text") or out["output_type"]
            for widget in shown.values()
            for out in widget["state"].get("outputs", ())
        ]
        return {
            cell["id"]: "".join(out.get("text", "") for out in cell["outputs"])
            for cell in notebook.cells
            if cell["cell_type"] == "code"
        } | {"in widgets": "\n".join(experiments)}

    return told


def test_every_chapter_has_something_to_reach():
    assert [f"{name}.ipynb" for name in sorted(LEAST)] == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("chapter", sorted(LEAST))
def test_chapters_reach_what_they_promise(chapter, told):
    values = json.loads(told(chapter)["asked"])
    short = {what: values[what] for what, least in LEAST[chapter].items() if values[what] < least}
    assert not short


@pytest.mark.slow
@pytest.mark.parametrize("chapter", sorted(LEAST))
def test_mistakes_in_chapters_are_real_errors(chapter, told):
    mistakes = {cell: text for cell, text in told(chapter).items() if cell.startswith("error-")}
    assert mistakes
    for cell, text in mistakes.items():
        assert re.search(r"\w+Error: .{20}", text, re.DOTALL), (cell, text)


@pytest.mark.slow
@pytest.mark.parametrize("chapter", sorted(LEAST))
def test_checks_in_chapters_tell_a_right_answer_from_a_first_attempt(chapter, told):
    cells = told(chapter)
    number = int(chapter[:2])
    assert cells["check"].startswith(f"Exercise {number}, not yet: ")
    assert cells["checked"] == f"Exercise {number}: right.\n"


@pytest.mark.slow
@pytest.mark.parametrize("chapter", sorted(LEAST))
def test_experiments_with_widgets_work_without_a_page(chapter, told):
    """An error within `interact` is shown, not raised: the run of the chapter does not see it."""
    if chapter != "18-data-sets":  # its widget is a browser of data, and prints in its cell
        shown = told(chapter)["in widgets"]
        assert shown.strip() and not re.search(r"^error$", shown, re.MULTILINE)


@pytest.mark.slow
def test_the_first_chapter_shows_what_its_text_speaks_of(told):
    first = told("01-first-network")
    assert "401,920" in first["model"] or "401920" in first["model"]
    table = [line.split() for line in first["confusion"].splitlines()[1:11]]
    counts = [[int(count.replace(".", "0")) for count in row[1:]] for row in table]
    assert sum(map(sum, counts)) == 2000
    assert sum(counts[i][i] for i in range(10)) >= 1900


@pytest.mark.slow
def test_the_mistakes_of_the_first_chapter_say_what_is_wrong(told):
    first = told("01-first-network")
    for cell, message in {
        "error-shape": r"ValueError: .*(28, 28)",
        "error-labels": r"ValueError: ",
        "error-compile": r"RuntimeError: .*compile",
    }.items():
        assert re.search(message, first[cell], re.DOTALL), (cell, first[cell])
