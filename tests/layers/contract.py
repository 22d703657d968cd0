"""What is checked of every layer, from one description: a Case.

Cases stand in `cases/<module>.py`, in a dictionary CASES from the class's name to a list of cases.
They name layers and settings only, so that real Keras can be asked the same (`reference/layers.py`
makes the fixtures, and must import this file where kerasnb is not installed).
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Case:
    """A layer's settings, with inputs to try it on.

    Attributes:
        shape: shape of a sample, or a list of shapes for several inputs. Small: the results of
            real Keras are stored.
        settings: the layer's arguments, or a function that takes `keras.layers` and returns them.
        label: what is special about the case; by default the settings.
        open: which axes of a sample may have an unknown size while the layer is called (None:
            all). With any other axis unknown, the layer must say in a ValueError that it needs it.
        mask: what becomes of a mask: "refused" (a TypeError), "passed" (with several inputs,
            what all masks keep), "stopped", or a function of (masks, inputs) that returns it.
        phases: learning phases in which values and gradients are compared: 0 test, 1 training.
        random: whether training draws random numbers.
        words: inputs are integers below this; None for floats.
        around: takes `keras.layers` and the layer, returns a layer that contains it: for what
            cannot be called by itself, as a cell.
        first: turns weights for channels last into those for channels first, if they differ.
        channels: axis of the channels in a batch with channels first.
        differs: why tf_keras is not asked: how it is known to differ from Keras 2.3.1, or what
            it cannot compute. Then `want` is what counts.
        want: the same in NumPy: takes inputs and weights, returns the output.
    """

    shape: Any
    settings: Any = field(default_factory=dict)
    label: str = ""
    open: tuple[int, ...] | None = None
    mask: Any = "refused"
    phases: tuple[int, ...] = (0,)
    random: bool = False
    words: int | None = None
    around: Callable[[Any, Any], Any] | None = None
    first: Callable[[list[Any]], list[Any]] | None = None
    channels: int = 1
    differs: str = ""
    want: Callable[[list[Any], list[Any]], Any] | None = None
    layer: str = field(default="", init=False)
    module: str = field(default="", init=False)

    @property
    def name(self) -> str:
        """The layer's name and the label: unique among all cases."""
        text = self.label
        if not text and isinstance(self.settings, dict):
            text = " ".join([str(self.shape), *(f"{k}={v}" for k, v in self.settings.items())])
        return f"{self.layer} {text}"

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of a sample of each input."""
        return list(self.shape) if isinstance(self.shape, list) else [self.shape]

    def make(self, layers: Any, **more: Any) -> Any:
        """Return a new layer.

        Args:
            layers: `keras.layers`, ours or the real one.
            **more: settings that replace those of the case.
        """
        settings = self.settings(layers) if callable(self.settings) else self.settings
        layer = getattr(layers, self.layer)(**{**settings, **more})
        return self.around(layers, layer) if self.around else layer

    def random_state(self, salt: str) -> np.random.RandomState:
        """Return the generator of this case's numbers: the same in every NumPy."""
        return np.random.RandomState(zlib.crc32(f"{self.name} {salt}".encode()))

    def inputs(self, batch: int = 3) -> list[np.ndarray]:
        """Return an array for each input, floats as float64."""
        random = self.random_state("inputs")
        if self.words is not None:
            return [random.randint(0, self.words, (batch, *s)).astype("int32") for s in self.shapes]
        return [random.standard_normal((batch, *s)) for s in self.shapes]

    def weights(self, names: list[str], shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
        """Return values for weights; variances are positive."""
        random = self.random_state("weights")
        values = [0.5 * random.standard_normal(s) for s in shapes]
        pairs = zip(names, values, strict=True)
        return [abs(v) + 0.5 if "variance" in name else v for name, v in pairs]

    def cotangents(self, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
        """Return the factors of the outputs in the sum whose gradients are compared."""
        random = self.random_state("cotangents")
        return [random.standard_normal(s) for s in shapes]


def all_cases() -> dict[str, list[Case]]:
    """Return the cases by the name of their layer, from all files in `cases`."""
    found: dict[str, list[Case]] = {}
    package = importlib.import_module(f"{__package__}.cases")
    for module in pkgutil.iter_modules(package.__path__):
        cases = importlib.import_module(f"{package.__name__}.{module.name}").CASES
        for layer, some in cases.items():
            for case in some:
                case.layer, case.module = layer, module.name
            found.setdefault(layer, []).extend(some)
    return found
