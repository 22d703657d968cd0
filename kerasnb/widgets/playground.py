"""The playground: a small network learns to tell points in a plane apart, before one's eyes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from .. import backend as K
from ..layers import Dense
from ..models import Sequential
from ..notebook import show
from ..notebook.describe.training import describe_history
from ..notebook.display import Display
from ..notebook.forms import training as training_form
from ..notebook.html import tag
from ..notebook.language import say
from ..notebook.numbers import count, real
from ..optimizers import SGD
from ..regularizers import l1, l2
from .toys import TOYS, toy
from .view import View, bind, button, control, number, row

_ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear")
_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_SAMPLES = 200  # half of them to learn from
_SHOWN = 0.1  # seconds from one picture to the next, at least
_BREATH = 0.02  # seconds in which the kernel hears what is chosen in the page


class Playground(View):
    """A network that learns to tell points of two classes apart: what it says everywhere is drawn.

    The network is a real model, `playground.model`. With `playing` it learns in short parts in the
    kernel's event loop, so that all controls stay alive and other cells can run in between;
    `step` lets it learn some epochs at once, also without a notebook.

    Attributes:
        dataset: "gaussians", "circles", "xor" or "spirals".
        noise: how far points are moved from where they belong.
        layers, units, activation: the hidden layers: how many, and what they are like.
        learning_rate: may change while it learns; all else begins anew.
        regularization: "none", "l1" or "l2", of the weights of the hidden layers.
        regularization_rate: its factor.
        batch_size: points of a training step.
        seed: of points, first weights and the order of learning.
        playing: whether it learns on.
        epoch: how many epochs it has learned.
        losses: {"loss": [...], "val_loss": [...]}, after each epoch.
        accuracy: share of the test points that it has right.
        code: Keras code that makes and trains the same network.
        model: the network.
        train, test: points to learn from and others, (x, y).

    Example:
        >>> playground = Playground(dataset="gaussians", layers=1, units=2)
        >>> playground.step(20)
        >>> playground.epoch, playground.accuracy > 0.9
        (20, True)
    """

    shown_by = ()
    live = True
    dataset = traitlets.Enum(tuple(TOYS), "circles")
    noise = traitlets.Float(0.1, min=0.0, max=1.0)
    layers = traitlets.Int(1, min=0, max=6)
    units = traitlets.Int(4, min=1, max=64)
    activation = traitlets.Enum(_ACTIVATIONS, "tanh")
    learning_rate = traitlets.Float(0.1, min=0.0)
    regularization = traitlets.Enum(("none", "l1", "l2"), "none")
    regularization_rate = traitlets.Float(0.001, min=0.0)
    batch_size = traitlets.Int(10, min=1, max=_SAMPLES // 2)
    seed = traitlets.Int(0, min=0, max=2**31 - 1)
    playing = traitlets.Bool(False)
    epoch = traitlets.Int(0, read_only=True)
    losses: Any = traitlets.Dict(read_only=True)
    accuracy = traitlets.Float(0.0, read_only=True)
    code = traitlets.Unicode(read_only=True)

    def __init__(self, **traits: Any) -> None:
        self.model: Any = None
        self._task: asyncio.Task[None] | None = None
        self._drawn = 0.0
        self._make_controls()
        begins = ["dataset", "noise", "layers", "units", "activation", "regularization"]
        begins += ["regularization_rate", "batch_size", "seed"]
        self.observe(lambda change: self.reset(), begins)
        self.observe(self._new_rate, "learning_rate")
        self.observe(self._play_or_pause, "playing")
        self.curves, self.code_area = ipywidgets.HTML(), ipywidgets.HTML()
        self.curves.add_class("jp-RenderedHTMLCommon")
        super().__init__(list(self.choosers.values()), **traits)
        buttons = row([self.play_button, self.step_button, self.reset_button, self.note])
        pictures = row([self.area, self.curves])
        self.children = [self.controls, buttons, self.message, pictures, self.code_area]
        self.reset()

    def _make_controls(self) -> None:
        penalties = [(say("widgets.none"), "none"), ("L1", "l1"), ("L2", "l2")]
        self.choosers: dict[str, Any] = {
            "dataset": _choice("dataset", [(say(f"widgets.toy_{name}"), name) for name in TOYS]),
            "noise": number("noise", 1.0, ipywidgets.BoundedFloatText, step=0.05),
            "layers": number("layers", 6),
            "units": number("units", 64),
            "activation": _choice("activation", [(name, name) for name in _ACTIVATIONS]),
            "learning_rate": _choice("learning_rate", _rates(_RATES)),
            "regularization": _choice("regularization", penalties),
            "regularization_rate": _choice("regularization_rate", _rates(_RATES[:6])),
            "batch_size": number("batch_size", _SAMPLES // 2),
            "seed": number("seed", 2**31 - 1),
        }
        for name in ("learning_rate", "regularization_rate"):
            self.observe(self._offer_rate, name)  # before the chooser follows
        for name, chooser in self.choosers.items():
            bind(self, name, chooser)
        play = say("widgets.play")
        self.play_button = ipywidgets.ToggleButton(
            description=play, tooltip=play, icon="play", layout={"width": "auto"}
        )
        bind(self, "playing", self.play_button)
        self.step_button = button("step", icon="step-forward")
        self.reset_button = button("reset", icon="refresh")
        self.step_button.on_click(lambda pressed: self.step())
        self.reset_button.on_click(lambda pressed: self.reset())

    def _offer_rate(self, change: Any) -> None:
        chooser, rate = self.choosers[change["name"]], change["new"]
        if all(value != rate for _, value in chooser.options):
            chooser.options = sorted([*chooser.options, *_rates((rate,))], key=lambda pair: pair[1])

    # -- the network

    def reset(self) -> None:
        """Begin anew: new points, a new network."""
        if self._quiet:
            return
        x, y = toy(self.dataset, _SAMPLES, self.noise, self.seed)
        half = _SAMPLES // 2
        self.train, self.test = (x[:half], y[:half]), (x[half:], y[half:])
        self._random = np.random.RandomState(self.seed)
        self.model = self._build()
        self.set_trait("epoch", 0)
        self.set_trait("losses", {"loss": [], "val_loss": []})
        self._measure()
        self._write_code()
        self._drawn = 0.0
        self.refresh()

    def _build(self) -> Any:
        model = Sequential(name="playground")
        shape: dict[str, Any] = {"input_shape": (2,)}
        kind: Any = {"l1": l1, "l2": l2}.get(self.regularization)
        for _ in range(self.layers):
            model.add(
                Dense(
                    self.units,
                    activation=self.activation,
                    kernel_regularizer=kind and kind(self.regularization_rate),
                    **shape,
                )
            )
            shape = {}
        model.add(Dense(1, activation="sigmoid", **shape))
        for layer in model.layers:  # the same seed gives the same network
            size = sum(layer.kernel.shape)
            limit = np.sqrt(6 / size)
            kernel = self._random.uniform(-limit, limit, layer.kernel.shape)
            layer.set_weights([kernel, np.zeros(layer.bias.shape)])
        model.compile(SGD(lr=self.learning_rate), "binary_crossentropy", metrics=["accuracy"])
        return model

    def step(self, epochs: int = 1) -> None:
        """Learn some epochs and draw the network."""
        for _ in range(epochs):
            self._learn()
        self._measure()
        self.refresh()

    def _learn(self) -> None:
        x, y = self.train
        order = self._random.permutation(len(x))
        for start in range(0, len(x), self.batch_size):
            chosen = order[start : start + self.batch_size]
            self.model.train_on_batch(x[chosen], y[chosen])
        self.set_trait("epoch", self.epoch + 1)
        parts = {"loss": self.train, "val_loss": self.test}
        now = {name: float(self.model.test_on_batch(*part)[0]) for name, part in parts.items()}
        self.set_trait("losses", {n: [*values, now[n]] for n, values in self.losses.items()})

    def _measure(self) -> None:
        self.set_trait("accuracy", float(self.model.test_on_batch(*self.test)[1]))

    def _new_rate(self, change: Any) -> None:
        if self.model is not None:
            K.set_value(self.model.optimizer.lr, change["new"])
            self._write_code()

    # -- learning on, in the kernel's event loop

    def _play_or_pause(self, change: Any) -> None:
        self.play_button.icon = "pause" if self.playing else "play"
        words = say("widgets.pause" if self.playing else "widgets.play")
        self.play_button.description = self.play_button.tooltip = words
        if not self.playing or (self._task is not None and not self._task.done()):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.playing = False
            raise RuntimeError(
                "Playground: there is no event loop to play in, as there is in a notebook; "
                "call step(epochs)."
            ) from None
        self._task = loop.create_task(self._play())

    async def _play(self) -> None:
        try:
            while self.playing:
                self._learn()
                if time.monotonic() - self._drawn >= _SHOWN:
                    self._measure()
                    self.refresh()
                await asyncio.sleep(_BREATH)
            self._measure()
            self.refresh()
        except Exception as error:  # nobody waits for a task: say it in the page
            self.say_wrong(error)
        finally:
            self.playing = False

    # -- what is shown

    def display(self) -> Display | None:
        """Return the display of `kerasnb.notebook.show.surface`, of the points to learn from."""
        if self.model is None:
            return None
        return show.surface(self.model, *self.train)

    def refresh(self) -> None:
        """Draw the network as it is now."""
        super().refresh()
        if self._quiet or self.model is None:
            return
        self._drawn = time.monotonic()
        facts = [say("widgets.epoch", number=count(self.epoch))]
        facts.append(say("widgets.right", share=f"{self.accuracy:.0%}"))
        for name, values in self.losses.items():
            if values:
                facts.append(f"{name} {real(values[-1])}")
        self.note.value = tag("p", " · ".join(facts))
        if self.losses["loss"]:
            found = describe_history(self.losses)
            shown = Display({**found, "log": False}, training_form.FORM)
            self.curves.value = shown._repr_mimebundle_()["text/html"]
        else:
            self.curves.value = ""

    def put(self, display: Display | None) -> None:
        """Put the picture into the page, without the numbers that it is made of."""
        if display is None:
            self.area.value = ""
            return
        (shown,) = display.description["tensors"][0]["pictures"]
        image = shown["picture"]
        source = f"data:image/png;base64,{image['png']}"
        size = {"width": image["width"], "height": image["height"]}
        self.area.value = tag("img", src=source, alt=image["alt"], **size)

    def _write_code(self) -> None:
        activation, rate = f"activation={self.activation!r}", self.regularization_rate
        imports = ["from keras.layers import Dense", "from keras.models import Sequential"]
        imports.append("from keras.optimizers import SGD")
        penalty = ""
        if self.regularization != "none":
            imports.append(f"from keras.regularizers import {self.regularization}")
            penalty = f", kernel_regularizer={self.regularization}({rate:g})"
        hidden = [f"Dense({self.units}, {activation}{penalty}" for _ in range(self.layers)]
        layers = [*hidden, "Dense(1, activation='sigmoid'"]
        layers[0] += ", input_shape=(2,)"
        lines = [*imports, "", "model = Sequential()"]
        lines += [f"model.add({layer}))" for layer in layers]
        lines.append(
            f"model.compile(SGD(lr={self.learning_rate:g}), 'binary_crossentropy', "
            "metrics=['accuracy'])"
        )
        lines.append(
            f"model.fit(x_train, y_train, batch_size={self.batch_size}, epochs=100,\n"
            "          validation_data=(x_test, y_test))"
        )
        self.set_trait("code", "\n".join(lines))
        self.code_area.value = tag("pre", self.code)


def _choice(key: str, options: list[tuple[str, Any]]) -> Any:
    return control(ipywidgets.Dropdown, key, options=options)


def _rates(values: tuple[float, ...]) -> list[tuple[str, float]]:
    return [(f"{value:g}", value) for value in values]
