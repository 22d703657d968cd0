"""The playground: it learns, in steps and in the event loop; its code makes the same network."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

import kerasnb
from kerasnb import backend as K
from kerasnb.notebook import show
from kerasnb.widgets import Playground
from kerasnb.widgets.toys import TOYS, toy


def apart(function, *args):
    """Call it in a thread of its own: where a browser is open, this one has an event loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *args).result()


@pytest.mark.parametrize("name", TOYS)
def test_toys(name):
    x, y = toy(name, 100, seed=3)
    assert x.shape == (100, 2) and x.dtype == "float32" and 30 < y.sum() < 70
    assert (toy(name, 100, seed=3)[0] == x).all() and (toy(name, 100, seed=4)[0] != x).any()
    clean, _ = toy(name, 100, noise=0, seed=3)
    assert 0 < np.abs(clean - x).mean() < 1
    with pytest.raises(ValueError, match="needs one of gaussians"):
        toy("moons")


@pytest.mark.parametrize(
    "traits",
    [
        {"dataset": "gaussians", "layers": 0},
        {"dataset": "circles", "learning_rate": 0.3},
        {"dataset": "xor", "activation": "relu", "units": 8, "learning_rate": 0.3},
        {"dataset": "spirals", "layers": 2, "units": 8, "learning_rate": 0.3, "noise": 0.02},
    ],
)
def test_it_learns(traits):
    playground = Playground(**traits)
    playground.step(300 if traits["dataset"] == "spirals" else 60)
    assert playground.accuracy > 0.8
    assert playground.losses["loss"][-1] < playground.losses["loss"][0]
    assert playground.description == show.surface(playground.model, *playground.train).description


def test_the_same_settings_give_the_same_network():
    one, two = Playground(seed=5), Playground(seed=5)
    one.step(3)
    two.step_button.click()
    two.step(2)
    assert one.losses == two.losses and one.epoch == two.epoch == 3
    one.reset_button.click()
    assert one.epoch == 0 and one.losses == {"loss": [], "val_loss": []}
    one.step(3)
    assert one.losses == two.losses


def test_choices_begin_anew_but_for_the_learning_rate():
    playground = Playground()
    playground.step(2)
    playground.choosers["learning_rate"].value = 0.03
    assert playground.epoch == 2 and playground.learning_rate == 0.03
    assert K.get_value(playground.model.optimizer.lr) == pytest.approx(0.03)
    playground.learning_rate = 0.5  # none of the slider's
    assert playground.choosers["learning_rate"].value == 0.5
    playground.choosers["layers"].value = 3
    assert playground.epoch == 0 and len(playground.model.layers) == 4
    playground.units = 20
    assert playground.choosers["units"].value == 20


@pytest.mark.parametrize("regularization", ["none", "l1", "l2"])
@pytest.mark.parametrize("layers", [0, 2])
def test_its_code_makes_the_same_network(regularization, layers, monkeypatch):
    playground = Playground(
        layers=layers, units=3, regularization=regularization, regularization_rate=0.03,
        activation="relu", learning_rate=0.3, batch_size=50,
    )  # fmt: skip
    kerasnb.install_as_keras()
    try:
        space: dict = dict(zip(("x_train", "y_train"), playground.train, strict=True))
        space.update(zip(("x_test", "y_test"), playground.test, strict=True))
        exec(playground.code.replace("epochs=100", "epochs=1, verbose=0"), space)
    finally:
        kerasnb.uninstall_as_keras()
        assert "keras" not in sys.modules
    theirs = space["model"].get_config()["layers"]
    ours = playground.model.get_config()["layers"]
    for a, b in zip(theirs, ours, strict=True):
        a["config"].pop("name"), b["config"].pop("name")
        assert a == b
    lr = K.get_value(space["model"].optimizer.lr)
    assert lr == K.get_value(playground.model.optimizer.lr)
    assert space["model"].loss == playground.model.loss


def test_it_plays_in_the_event_loop_and_hears_meanwhile():
    playground = Playground(dataset="gaussians")

    async def lesson():
        playground.play_button.value = True
        while playground.epoch < 5:
            await asyncio.sleep(0.01)  # the kernel does other things meanwhile
        playground.choosers["units"].value = 2  # begins anew, and goes on
        while playground.epoch > 4 or playground.epoch < 3:
            await asyncio.sleep(0.01)
        assert playground.model.layers[0].units == 2
        playground.playing = False
        await playground._task

    apart(asyncio.run, lesson())
    done = playground.epoch
    assert not playground.play_button.value and playground.play_button.description == "Play"
    assert len(playground.losses["loss"]) == done and f"epoch {done}" in playground.note.value


def test_without_an_event_loop_it_says_so():
    playground = Playground()
    with pytest.raises(RuntimeError, match=r"call step\(epochs\)"):
        apart(setattr, playground, "playing", True)
    assert not playground.playing


def test_an_error_while_it_plays_is_shown():
    playground = Playground()

    async def lesson():
        playground._learn = lambda: 1 / 0
        playground.playing = True
        await playground._task

    apart(asyncio.run, lesson())
    assert playground.error == "division by zero" and not playground.playing
