"""The benchmarks run, and their page says what was measured. No times are tested."""

import ast
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import benchmarks
import benchmarks.__main__ as command
import kerasnb
from benchmarks import environments, extras, growth, keras_models, results, worker
from benchmarks.figures import fastest, figure, geometric_mean, ratio, straightness
from benchmarks.peers import PEERS
from benchmarks.processes import all_cores, run
from benchmarks.report import page
from benchmarks.results import Part
from benchmarks.workloads import EMPTY, WORKLOADS

FOLDER = Path(benchmarks.__file__).parent
QUANTITIES = ["import", "first batch", "start to first batch", "wall", "cpu", "memory"]
MACHINE = {
    "gflops": {"one": 123, "all": 234},
    "processor": "P",
    "cores": 2,
    "system": "S",
    "python": "3",
    "numpy": "2",
    "llvmlite": "none",
}


def functions(file):
    tree = ast.parse((FOLDER / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_workload_has_its_models():
    assert functions("torch_models.py") == {*WORKLOADS, "empty"}
    assert functions("keras_models.py") == {*WORKLOADS, "empty", "compiled"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_trains(name):
    workload = WORKLOADS[name]
    model = getattr(keras_models, name)(kerasnb)
    assert sum(math.prod(w.shape) for w in model.trainable_weights) == workload.weights
    before = [w.copy() for w in model.get_weights()]
    x, y = workload.data(1)
    assert x.shape == (workload.batch, *workload.inputs)
    losses = model.fit(x, y, batch_size=workload.batch, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    changed = [np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert all(changed)


def test_a_workload_is_measured(monkeypatch):
    monkeypatch.setattr(worker, "SECONDS", 0.01)
    measurement = worker.main("kerasnb", "mlp_small", "0")
    assert measurement.pop("version") == kerasnb.__version__
    assert list(measurement) == QUANTITIES
    assert all(measurement[quantity] > 0 for quantity in QUANTITIES)


def test_another_model_is_not_measured(monkeypatch):
    monkeypatch.setitem(WORKLOADS, "mlp_small", EMPTY)
    monkeypatch.setattr(keras_models, "mlp_small", lambda keras: other(keras))
    with pytest.raises(ValueError, match="mlp_small: got 1 weights; needs 2"):
        worker.main("kerasnb", "mlp_small", "0")


def other(keras):
    dense = keras.layers.Dense(1, activation="sigmoid", use_bias=False, input_shape=(1,))
    return keras_models.compiled(keras.models.Sequential([dense]), "sgd", "binary_crossentropy")


def test_the_machine_is_measured_in_a_process_of_its_own():
    facts = run(sys.executable, "benchmarks.machine", [], all_cores())
    assert facts.keys() == MACHINE.keys() - {"cores"}
    assert facts["numpy"] == np.__version__
    with pytest.raises(RuntimeError, match="benchmarks.worker nobody failed"):
        run(sys.executable, "benchmarks.worker", ["nobody"], all_cores())


def test_extras(monkeypatch):
    pytest.importorskip("scipy", reason="images are turned with scipy")
    calls = []
    monkeypatch.setattr(extras, "repeated", lambda function: calls.append(function()) or 1.5)
    measured = extras.measure("kerasnb")
    assert list(measured) == ["version", *extras.EXTRAS]
    assert measured["pad_sequences of 25,000 reviews"] == 1.5
    assert any(getattr(result, "shape", None) == (25000, 400) for result in calls)


def test_an_extra_that_a_package_lacks_is_left_out(monkeypatch):
    class Elsewhere:
        pass

    monkeypatch.setattr(extras, "EXTRAS", {"lacks": lambda peer: math.nothing})
    monkeypatch.setattr(extras, "trainer", lambda package: type("", (), {"version": "1"}))
    assert extras.measure("math") == {"version": "1"}
    monkeypatch.setattr(extras, "EXTRAS", {"mistake": lambda peer: Elsewhere().nothing})
    with pytest.raises(AttributeError, match="nothing"):
        extras.measure("math")


def test_growth(monkeypatch):
    monkeypatch.setattr(growth, "GROWTH", dict.fromkeys(growth.GROWTH, (1, 2, 3)))
    measured = growth.measure("kerasnb")
    assert measured.pop("version") == kerasnb.__version__
    assert {name.split()[0] for name in measured} == set(growth.GROWTH)
    assert {name.split()[1] for name in measured} == {"1:", "2:", "3:"}
    assert "layers 3: the plan" in measured
    assert all(np.isfinite(value) for value in measured.values())


def test_arithmetic():
    assert figure([0.002, 0.001, 0.003], 1e3) == "2.00 +- 1.00"
    assert [figure([x]) for x in (0.0123, 9.876, 98.76, 987.6)] == [
        "0.012 +- 0.000",
        "9.88 +- 0.00",
        "98.8 +- 0.0",
        "988 +- 0",
    ]
    assert figure([]) == "-"
    assert ratio([1, 2, 9], [4, 4, 4]) == 0.5
    assert ratio([], [1]) is None
    assert fastest([1], {"a": [4], "b": [2], "c": []}) == (0.5, "b")
    assert fastest([], {"a": [4]}) is None
    assert math.isclose(geometric_mean([0.5, 2, 1]), 1)
    assert straightness([10, 20, 30], [3, 5, 7]) == [1, 1, 1]
    assert straightness([1, 2, 4], [1, 2, 8]) == [1, 1, 2]


def parts(**seconds):
    """Return parts in which each peer has taken these seconds, one round each."""
    part = Part(MACHINE, "2026-01-02")
    for peer, values in seconds.items():
        for value in values:
            for cores in ("one", "all"):
                part.add(cores, peer, dict.fromkeys(QUANTITIES, value) | {"version": "1.0"})
    return {"mlp": part}


def test_page():
    """Medians, spreads, ratios and goals, by hand."""
    lines = page(
        parts(kerasnb=(2, 1, 3), kerasnb_numpy=(4, 4, 4), tf_keras=(5, 4, 5), torch=(9, 9, 9))
    ).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert ["mlp", *["0.40 tf_keras"] * 3, "0.80 tf_keras", "0.9"] in cells
    assert ["geometric mean", *["0.40"] * 3, "0.80", "0.65"] in cells
    peers = ["kerasnb", "kerasnb_numpy", "tf_keras", "torch"]
    assert ["", *peers, "/ tf_keras", "/ torch"] in cells
    memory = ["2.00 +- 1.00", "4.00 +- 0.00", "5.00 +- 0.50", "9.00 +- 0.00"]
    assert ["mlp", *memory, "0.40", "0.22"] in cells
    measured = cells[-1]
    assert measured[:4] == ["mlp", "2026-01-02", "3", "123 and 234"]
    assert "tf_keras 1.0, torch 1.0" in measured[4]


def test_page_without_peers():
    assert "| mlp            | -           | -" in page(parts(kerasnb=(2,)))


def test_results_are_kept(tmp_path):
    path = tmp_path / "results.json"
    assert results.load(path) == {}
    kept = parts(kerasnb=(1.23456, 2), torch=(3, 4))
    results.save(path, kept)
    assert results.load(path) == kept
    assert kept["mlp"].values("one", "kerasnb", "cpu") == [1.235, 2]
    assert kept["mlp"].values("one", "tf_keras", "cpu") == []
    assert kept["mlp"].rounds == 2


@pytest.fixture
def measuring(tmp_path, monkeypatch):
    """Return a function that runs the command with workers that all take 0.5."""
    asked = []

    def fake(python, module, arguments, cores, settings=None):
        if module == "benchmarks.machine":
            return {**MACHINE, "gflops": 99.6}
        asked.append((*arguments, len(cores), settings))
        if arguments[1] == "growth":
            sizes = [(name, size) for name, many in growth.GROWTH.items() for size in many]
            names = [f"{name} {size}: a step" for name, size in sizes]
        else:
            names = extras.EXTRAS if arguments[1] == "extras" else QUANTITIES
        return {"version": "1.0"} | dict.fromkeys(names, 0.5)

    def measure(*arguments):
        asked.clear()
        monkeypatch.setattr("sys.argv", ["benchmarks", "--output", str(tmp_path), *arguments])
        command.main()
        return list(asked), (tmp_path / "results.json").read_text("utf-8").splitlines()

    monkeypatch.setattr(command, "run", fake)
    monkeypatch.setattr(command, "all_cores", lambda: [3, 5])
    monkeypatch.setattr(command, "interpreter", lambda name, given: given.get(name, "python"))
    return measure


def test_everything_is_asked_for_in_turn(measuring, tmp_path, capsys):
    asked, lines = measuring("--rounds", "2")
    assert len(asked) == 2 * (len(WORKLOADS) * 9 + 4 + 1)
    assert asked[:5] == [
        ("kerasnb", "mlp", 1, {}),
        ("kerasnb_numpy", "mlp", 1, {"KERASNB_KERNELS": "numpy"}),
        ("tf_keras", "mlp", 1, {}),
        ("torch", "mlp", 1, {}),
        ("keras3", "mlp", 1, {"KERAS_BACKEND": "jax"}),
    ]
    assert asked[5] == ("kerasnb", "mlp", 2, {})
    assert len(lines) == 2 + len(command.PARTS)
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert capsys.readouterr().out == text + "\n"
    assert "## Growth with the timesteps" in text
    assert "| augmenting 1,000 images" in text
    assert "100 and 100" in text


def test_only_what_is_measured_again_is_replaced(measuring, capsys):
    _, before = measuring("--rounds", "1")
    asked, after = measuring("--rounds", "2", "--peers", "torch", "mlp")
    assert {(name, part) for name, part, *_ in asked} == {("kerasnb", "mlp"), ("torch", "mlp")}
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1
    mlp = json.loads("{" + after[1].rstrip(",") + "}")["mlp"]
    assert mlp["versions"] == {"kerasnb": "1.0", "torch": "1.0"}
    assert measuring("--rounds", "0")[1] == after


def test_names_that_are_not_known(measuring, capsys):
    for arguments in (["nothing"], ["--peers", "nobody"], ["--env", "nobody=python"]):
        with pytest.raises(SystemExit):
            measuring(*arguments)
        assert "there is no 'no" in capsys.readouterr().err


def test_peers():
    """Every peer can be installed; we are not."""
    assert [name for name, peer in PEERS.items() if peer.ours] == ["kerasnb", "kerasnb_numpy"]
    assert all(bool(peer.requirements) != peer.ours for peer in PEERS.values())


def test_an_environment_is_made_once(tmp_path, monkeypatch):
    made = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(
        "venv.create", lambda folder, **_: folder.mkdir(parents=True, exist_ok=True)
    )
    monkeypatch.setattr("subprocess.run", lambda arguments, check: made.append(arguments))
    first, again = (environments.interpreter("torch", {}) for _ in range(2))
    assert first == again and Path(first).parent.parent == environments.cache() / "torch"
    assert [call[-2:] for call in made] == [["torch==2.13.0", "numpy"]]
    (environments.cache() / "torch" / "requirements.txt").write_text("others")
    environments.interpreter("torch", {})
    assert len(made) == 2


def test_an_environment_that_exists_is_used():
    given = {"torch": "python of torch", "kerasnb": "python of ours"}
    assert environments.interpreter("torch", given) == "python of torch"
    assert environments.interpreter("kerasnb_numpy", given) == "python of ours"
    assert environments.interpreter("kerasnb", {}) == sys.executable


def test_files_are_small():
    assert all(len(file.read_text("utf-8").splitlines()) < 200 for file in FOLDER.glob("*.py"))
