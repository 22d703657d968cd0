"""Checks of a learner's work: they see what is wrong, say it in both languages, and show no stack."""

import subprocess
import sys

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb import checking
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook.language import set_language


@pytest.fixture(autouse=True, params=["en", "zh"])
def chosen(request):
    set_language(request.param)
    yield request.param
    set_language(None)
    checking.EXERCISES.clear()


def model(units=3):
    built = Sequential([Dense(4, activation="relu", input_shape=(2,)), Dense(units)])
    built.add(Dense(2, activation="softmax"))
    built.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return built


X, Y = np.array([[0.0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1])
# Calls that pass, the same with something wrong, and what is said about that.
CASES = {
    "shape": (
        lambda: checking.expect_shape("f(x)", np.zeros((2, 3)), (None, 3)),
        lambda: checking.expect_shape("f(x)", np.zeros((3, 2)), (None, 3)),
        ["f(x)", "(3, 2)", "(None, 3)"],
    ),
    "rank": (
        lambda: checking.expect_shape("f(x)", 1.0, ()),
        lambda: checking.expect_shape("f(x)", [1.0], ()),
        ["(1,)", "()"],
    ),
    "shape of a tensor": (
        lambda: checking.expect_shape("t", K.placeholder((None, 3)), (None, 3)),
        lambda: checking.expect_shape("t", K.placeholder((None, 4)), (None, 3)),
        ["(None, 4)"],
    ),
    "few values": (
        lambda: checking.expect_values("f(x)", [1, 2.0000001], [1, 2]),
        lambda: checking.expect_values("f(x)", [1, 2.1], [1, 2]),
        ["f(x)", "[1. , 2.1]", "[1, 2]"],
    ),
    "many values": (
        lambda: checking.expect_values("f(x)", np.eye(3, 4), np.eye(3, 4)),
        lambda: checking.expect_values("f(x)", np.eye(3, 4), np.zeros((3, 4))),
        ["(0, 0)", "3", "12"],
    ),
    "not a number": (
        lambda: checking.expect_values("f(x)", [np.nan, 1], [np.nan, 1]),
        lambda: checking.expect_values("f(x)", [np.nan, 1], [1, 1]),
        ["nan"],
    ),
    "no numbers": (
        lambda: checking.expect_values("f(x)", True, 1),
        lambda: checking.expect_values("f(x)", None, 1),
        ["None"],
    ),
    "a symbol": (
        lambda: checking.expect_values("f(x)", K.eval(K.constant(1.0)), 1),
        lambda: checking.expect_values("f(x)", K.constant(1.0), 1),
        ["f(x)", "K.eval"],
    ),
    "equal": (
        lambda: checking.expect_equal("name", ["a", 1], ["a", 1]),
        lambda: checking.expect_equal("name", ["a", 2], ["a", 1]),
        ["['a', 2]", "['a', 1]"],
    ),
    "nothing instead of a number": (
        lambda: checking.expect_equal("name", np.array(5), 5),
        lambda: checking.expect_equal("name", np.array([]), 5),
        ["[]", "5"],
    ),
    "more than one": (
        lambda: checking.expect_equal("name", np.array([5, 5]), [5, 5]),
        lambda: checking.expect_equal("name", np.array([5, 5]), 5),
        ["[5, 5]", "5"],
    ),
    "gradient": (
        lambda: checking.expect_gradient("g", 2 * X, lambda x: np.sum(x**2), X),
        lambda: checking.expect_gradient("g", X, lambda x: np.sum(x**2), X),
        ["(0, 1)", "1.", "2."],
    ),
    "accuracy": (
        lambda: checking.expect_accuracy("model", 0.95, 0.9),
        lambda: checking.expect_accuracy("model", 0.85, 0.9),
        ["85.0%", "90.0%"],
    ),
    "accuracy of a model": (
        lambda: checking.expect_accuracy("model", (model(), X, Y), 0.0),
        lambda: checking.expect_accuracy("model", (model(), X, Y), 1.01),
        ["101.0%"],
    ),
    "an accuracy that is not a number": (
        lambda: checking.expect_accuracy("model", 0.0, 0.0),
        lambda: checking.expect_accuracy("model", np.nan, 0.0),
        ["nan"],
    ),
    "a loss": (
        lambda: checking.expect_at_most("loss", 0.1, 0.2),
        lambda: checking.expect_at_most("loss", 0.3, 0.2),
        ["0.3", "0.2"],
    ),
    "an error": (
        lambda: checking.expect_raises("f(-1)", lambda: int("x"), ValueError),
        lambda: checking.expect_raises("f(-1)", lambda: 5, ValueError),
        ["f(-1)", "5", "ValueError"],
    ),
    "input": (
        lambda: checking.expect_model("m", model(), (None, 2), (None, 2), compiled=True),
        lambda: checking.expect_model("m", model(), (None, 3)),
        ["m.input", "(None, 2)", "(None, 3)"],
    ),
    "no model": (
        lambda: checking.expect_model("m", model()),
        lambda: checking.expect_model("m", None),
        ["NoneType"],
    ),
    "layers": (
        lambda: checking.expect_model("m", model(), layers=["Dense"] * 3),
        lambda: checking.expect_model("m", model(), layers=["Dense"] * 4),
        ["Dense", "4", "Dense, Dense, Dense"],
    ),
    "weights": (
        lambda: checking.expect_model("m", model(), parameters=(35, 35)),
        lambda: checking.expect_model("m", model(4), parameters=(35, 35)),
        ["42", "35"],
    ),
    "activation": (
        lambda: checking.expect_model("m", model(), activation="softmax"),
        lambda: checking.expect_model("m", model(), activation="sigmoid"),
        ["softmax", "sigmoid"],
    ),
    "compiled": (
        lambda: checking.expect_model("m", model(), compiled=True),
        lambda: checking.expect_model("m", Sequential([Dense(1, input_shape=(1,))]), compiled=True),
        ["m "],
    ),
    "unchanged": (
        lambda: checking.expect_unchanged("w", [X], [X.copy()]),
        lambda: checking.expect_unchanged("w", [X], [X + 1]),
        ["w "],
    ),
    "changed": (
        lambda: checking.expect_changed("w", [X, Y], [X + 1, Y + 1]),
        lambda: checking.expect_changed("w", [X, Y], [X + 1, Y]),
        ["w "],
    ),
    "in words": (
        lambda: checking.expect(True, "It has to be sorted."),
        lambda: checking.expect([], "It has to be sorted."),
        ["It has to be sorted."],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_expectations_see_what_is_wrong_and_say_it(case, chosen):
    right, wrong, said = CASES[case]
    right()
    with pytest.raises(checking.CheckFailed) as caught:
        wrong()
    assert all(word in str(caught.value) for word in said), str(caught.value)
    if case != "in words":
        assert any(ord(sign) > 0x2E7F for sign in str(caught.value)) == (chosen == "zh")


def test_a_hint_follows(chosen):
    with pytest.raises(checking.CheckFailed) as caught:
        checking.expect_shape("x", 1, (2,), hint="look at the axes")
    word = {"en": "Hint", "zh": "提示"}[chosen]
    assert word in str(caught.value) and str(caught.value).endswith("look at the axes")


def notebook(source):
    """Run a cell's source in a name space of its own, as a notebook has one."""
    space = {}
    exec(compile(source, "<cell>", "exec"), space)
    return space


CHECK = """
from kerasnb.checking import exercise, expect_values

@exercise(3)
def check_double(double):
    expect_values("double(2)", double(2), 4, hint="twice")
"""


def test_exercises_find_what_the_learner_made(capsys, chosen):
    notebook(CHECK + "double = lambda x: 2 * x")
    kerasnb.check(3)
    kerasnb.check()
    assert (
        capsys.readouterr().out.splitlines()
        == [{"en": "Exercise 3: right.", "zh": "练习 3：正确。"}[chosen]] * 2
    )


@pytest.mark.parametrize(
    "learner, said",
    [
        ("", ["`double`"]),
        ("double = None", ["TypeError", "NoneType"]),
        ("def double(x):\n    raise NotImplementedError()", ["NotImplementedError"]),
        ("def double(x):\n    return x[0] * 2", ["TypeError"]),
        ("double = lambda x: x * x * x", ["8", "4"]),
    ],
)
def test_exercises_say_what_is_wrong_without_a_stack(learner, said):
    notebook(CHECK + learner)
    with pytest.raises(checking.CheckFailed) as caught:
        kerasnb.check(3)
    failure = caught.value
    assert all(word in str(failure) for word in said)
    assert failure._render_traceback_() == str(failure).splitlines()
    assert failure.__cause__ is None and failure.__context__ is None
    assert "kerasnb/" not in str(failure) and "Traceback" not in str(failure)


def test_an_unknown_exercise_is_told():
    notebook(CHECK)
    with pytest.raises(checking.CheckFailed, match="7.*3"):
        kerasnb.check(7)


def test_checks_are_repeatable_and_leave_chance_alone(capsys):
    drawn = []
    checking.exercise("dice")(lambda: drawn.append(np.random.rand()))
    np.random.seed(5)
    kerasnb.check("dice")
    after = np.random.rand()
    kerasnb.check("dice")
    checking.use_seed(1)
    try:
        kerasnb.check("dice")
    finally:
        checking.use_seed(0)
    np.random.seed(5)
    assert drawn[0] == drawn[1] != drawn[2] and after == np.random.rand()


def test_a_stop_of_the_learner_is_no_failure():
    """Ctrl-C during a check stops it, as anything else."""

    def interrupted():
        raise KeyboardInterrupt

    checking.exercise(1)(interrupted)
    with pytest.raises(KeyboardInterrupt):
        kerasnb.check(1)


@pytest.mark.slow
def test_the_magic_shows_the_words_alone(tmp_path, chosen):
    """In IPython itself: no frame of ours, no name of a file of ours."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as Shell\n"
        "shell = Shell.instance()\n"
        "shell.colors = 'NoColor'\n"
        "for cell in ['%load_ext kerasnb', '%kerasnb language CHOSEN', CHECK + 'double = None',\n"
        "             '%kerasnb check 3', 'double = lambda x: 2 * x', '%kerasnb check 3']:\n"
        "    shell.run_cell(cell)\n"
    )
    code = f"CHECK = {CHECK!r}\n" + code.replace("CHOSEN", chosen)
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert "TypeError" in run.stdout and "double(2)" in run.stdout
    assert "Traceback" not in run.stdout and "kerasnb/" not in run.stdout
    right = {"en": "Exercise 3: right.", "zh": "练习 3：正确。"}[chosen]
    assert run.stdout.splitlines()[-1] == right


def test_nothing_of_it_comes_with_kerasnb():
    code = "import sys, kerasnb; sys.exit(any('checking' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
