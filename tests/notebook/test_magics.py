"""`%kerasnb ...` in IPython."""

import sys

import numpy as np
import pytest

pytest.importorskip("IPython")

from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import kerasnb
from kerasnb import Input, checking
from kerasnb.callbacks import session
from kerasnb.notebook import load_ipython_extension, unload_ipython_extension
from kerasnb.notebook.language import CATALOGUES
from tests.notebook import models


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(kerasnb, "install_as_keras", lambda: None)
    monkeypatch.setattr(kerasnb, "uninstall_as_keras", lambda: None)
    for prompt in ("ps1", "ps2", "ps3"):  # a shell leaves them behind
        monkeypatch.setattr(sys, prompt, "", raising=False)
    made = InteractiveShell()
    load_ipython_extension(made)
    made.user_ns.update(model=models.twins(), chain=models.chain(), tensor=Input((3,)), number=3)
    made.user_ns.update(array=np.ones((2, 8, 8, 1)), pair=[np.ones(3)], by_name={"a": np.ones(3)})
    yield made
    if "kerasnb" in made.magics_manager.magics["line"]:
        unload_ipython_extension(made)
    made.history_manager.end_session()


def run(shell, line):
    return shell.run_line_magic("kerasnb", line)


def test_displays(shell):
    assert run(shell, "summary model").description["model"]["name"] == "twins"
    assert run(shell, "graph model").description["view"] == "layer"
    assert run(shell, "graph --node --open model").description["view"] == "node_open"
    assert run(shell, "graph chain").description["view"] == "layer"
    part = run(shell, "graph --from shared --node model --to both").description
    assert part["part"] == {"first": "shared", "last": "both"} and part["view"] == "node"
    shell.user_ns.update(x=np.ones((4, 8, 8, 1)), y=np.eye(3)[[0, 1, 2, 0]])
    batch = run(shell, "graph --x x[:2] chain").description["batch"]
    assert batch["samples"] == 2 and not batch["details"]["conv"]["gradients"]
    shell.user_ns["chain"].compile("sgd", "categorical_crossentropy")
    batch = run(shell, "graph chain --x x --y y --node").description["batch"]
    assert batch["samples"] == 4 and len(batch["details"]["conv"]["gradients"]) == 3
    assert run(shell, "inspect model.get_layer('shared')").description["name"] == "shared"
    assert run(shell, "inspect model.layers[2].get_output_at(1)").description["subject"] == "tensor"
    page = run(shell, "datasets boston_housing").description
    assert page["kind"] == "dataset" and page["page_size"] == 24


@pytest.mark.parametrize("name", ["en", "zh"])
def test_help(shell, name, capsys):
    run(shell, f"language {name}")
    capsys.readouterr()
    run(shell, "help")
    said = capsys.readouterr().out.splitlines()
    assert said == [text for key, text in CATALOGUES[name].items() if key.startswith("magic.help_")]
    run(shell, "")
    assert capsys.readouterr().out.splitlines() == said
    run(shell, "help watch")
    assert capsys.readouterr().out.count("\n") == 1


def test_documentation_names_every_command(shell):
    magic = shell.find_line_magic("kerasnb")
    for name in magic.__self__._commands:
        assert f"%kerasnb {name}" in magic.__doc__


def test_state(shell, capsys):
    def said(line):
        run(shell, line)
        return capsys.readouterr().out.strip()

    assert said("watch") == "Trainings are shown as they go on."
    assert said("watch off").startswith("Trainings are not shown")
    assert said("watch on") == said("watch on") and len(session._makers) == 1
    assert said("language") == "Language: en" and said("language zh") == "语言：zh"
    assert said("language en") == "Language: en"
    assert said("device").startswith("Device: cpu") and said("device cpu").startswith("Device: cpu")
    assert said("version") == f"kerasnb {kerasnb.__version__}"
    assert "mnist" in said("datasets") and "SYNTHETIC" in said("datasets")


@pytest.mark.parametrize(
    "line, message",
    [
        ("sumary model", "Did you mean summary"),
        ("xyz", "has no command 'xyz'"),
        ("summary", "MODEL"),
        ("summary number", "got a int; needs a model"),
        ("inspect number", "got a int; needs a layer"),
        ("graph --all model", "got --all; needs one of --node, --open, --from, --to, --x, --y"),
        ("graph chain --x", "got --x without the name of a variable"),
        ("graph chain --x number", "got x of type int; needs arrays"),
        ("graph chain --y array", "got y without x"),
        ("graph chain --x array --y array", "compile the model"),
        ("graph model --from", "got --from without the name"),
        ("graph model --from sharde", "'sharde'; model \"twins\" has 'shared'"),
        ("graph model --from out --to left", "no way leads from 'out' to 'left'"),
        ("watch maybe", "needs one of on, off"),
        ("datasets nothing", "needs one of mnist"),
        ("language fr", "needs one of en, zh, auto"),
        ("device tpu", "tpu"),
        ("help me", "needs one of summary"),
    ],
)
def test_mistakes(shell, line, message):
    with pytest.raises(UsageError, match=message):
        run(shell, line)


def test_a_name_that_is_not_there_is_the_users_error(shell):
    with pytest.raises(NameError):
        run(shell, "summary nowhere")


@pytest.mark.parametrize(
    "line, expected",
    [
        ("%kerasnb su", {"summary"}),
        ("%kerasnb watch o", {"on", "off"}),
        ("%kerasnb summary ", {"model", "chain"}),
        ("%kerasnb inspect t", {"tensor"}),
        ("%kerasnb graph --", {"--node", "--open", "--from", "--to", "--x", "--y"}),
        ("%kerasnb graph model --from sh", {"shared"}),
        ("%kerasnb graph --to ", {"conv", "both"}),
        ("%kerasnb graph chain --x ", {"array", "pair", "by_name"}),
        ("%kerasnb graph chain --x array --y p", {"pair"}),
        ("%kerasnb check ", {"1", "double"}),
        ("%kerasnb language ", {"zh", "en", "auto"}),
        ("%%kerasnb ", {"time"}),
    ],
)
def test_completion(shell, line, expected, monkeypatch):
    monkeypatch.setattr(checking, "EXERCISES", {"1": print, "double": print})
    with provisionalcompleter():
        found = {c.text.split(" ")[-1] for c in shell.Completer.completions(line, len(line))}
    assert expected <= found
    assert "conv" not in found or "model" not in line
    assert not {"number", "tensor"} & found or "--x " not in line


def test_unload(shell):
    unload_ipython_extension(shell)
    assert not session._makers and shell.find_line_magic("kerasnb") is None
    for name in ("%kerasnb", "%%kerasnb"):
        assert shell.strdispatchers["complete_command"].strs.get(name) is None
    unload_ipython_extension(shell)


def test_time(shell, capsys):
    x, y = "np.ones((40, 8, 8, 1))", "np.zeros(40)"
    shell.run_cell("import numpy as np")
    shell.user_ns["chain"].compile("sgd", "sparse_categorical_crossentropy")
    weights = shell.user_ns["chain"].get_weights()
    cell = f"size = 16\nchain.fit({x}, {y}, batch_size=size)"
    found = shell.run_cell_magic("kerasnb", "time", cell).description
    assert found["kind"] == "timing" and found["samples"] == 16 and shell.user_ns["size"] == 16
    for before, after in zip(weights, shell.user_ns["chain"].get_weights(), strict=True):
        assert (before == after).all()
    with pytest.raises(UsageError, match="must end with MODEL.fit"):
        shell.run_cell_magic("kerasnb", "time", "1 + 1")
    with pytest.raises(UsageError, match="needs one of time"):
        shell.run_cell_magic("kerasnb", "tme", cell)
    with pytest.raises(UsageError, match="what each layer costs"):
        run(shell, "time")
    unload_ipython_extension(shell)
    assert "kerasnb" not in shell.magics_manager.magics["cell"]
