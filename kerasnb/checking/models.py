"""Checks of models: what they are made of, what they take and give, what training moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.network import Network
from ..engine.training import Model
from ..notebook.language import say
from .expectations import expect_shape
from .failure import CheckFailed


def expect_model(
    what: str,
    model: Any,
    input_shape: tuple[int | None, ...] | None = None,
    output_shape: tuple[int | None, ...] | None = None,
    layers: Sequence[str] = (),
    parameters: tuple[int, int] | None = None,
    activation: str | None = None,
    compiled: bool = False,
    hint: str = "",
) -> None:
    """Fail unless `model` is a model that is made as described; what is not given is free.

    Args:
        what: what it is, as the learner writes it.
        model: what the learner gave.
        input_shape, output_shape: with the batch as None.
        layers: names of classes that have to occur, each as often as it is listed.
        parameters: least and largest number of weights.
        activation: name of the last layer's activation.
        compiled: whether it has to have a loss and an optimizer.
        hint: where to look.
    """
    if not isinstance(model, Model):
        raise CheckFailed(say("check.no_model", what=what, got=type(model).__name__), hint)
    if input_shape is not None:
        expect_shape(f"{what}.input", model.inputs[0], input_shape, hint)
    if output_shape is not None:
        expect_shape(f"{what}.output", model.outputs[0], output_shape, hint)
    found = [type(layer).__name__ for layer in flat(model)]
    for name in dict.fromkeys(layers):
        if found.count(name) < list(layers).count(name):
            there = ", ".join(found)
            needed = list(layers).count(name)
            text = say("check.layers", what=what, needed=needed, name=name, found=there)
            raise CheckFailed(text, hint)
    if parameters is not None and not parameters[0] <= model.count_params() <= parameters[1]:
        count, (least, most) = model.count_params(), parameters
        text = say("check.parameters", what=what, got=count, least=least, most=most)
        raise CheckFailed(text, hint)
    if activation is not None:
        last = last_activation(model)
        if last != activation:
            text = say("check.activation", what=what, got=last, expected=activation)
            raise CheckFailed(text, hint)
    if compiled and getattr(model, "optimizer", None) is None:
        raise CheckFailed(say("check.not_compiled", what=what), hint)


def flat(model: Any) -> list[Any]:
    """Return the layers of a model, those of models within it included."""
    found: list[Any] = []
    for layer in model.layers:
        found += flat(layer) if isinstance(layer, Network) else [layer]
    return found


def last_activation(model: Any) -> str:
    """Return the name of the activation that the output went through."""
    last = flat(model)[-1]
    function = getattr(last, "activation", None)
    return getattr(function, "__name__", type(last).__name__.lower())


def expect_unchanged(
    what: str, before: Sequence[np.ndarray], after: Sequence[np.ndarray], hint: str = ""
) -> None:
    """Fail if any array of `after` differs from the one in its place in `before`."""
    if _differing(before, after):
        raise CheckFailed(say("check.changed", what=what), hint)


def expect_changed(
    what: str, before: Sequence[np.ndarray], after: Sequence[np.ndarray], hint: str = ""
) -> None:
    """Fail unless every array of `after` differs from the one in its place in `before`."""
    if len(_differing(before, after)) < max(1, len(before)):
        raise CheckFailed(say("check.unchanged", what=what), hint)


def _differing(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> list[int]:
    if len(before) != len(after):
        return list(range(max(len(before), len(after))))
    pairs = enumerate(zip(before, after, strict=True))
    return [i for i, (one, other) in pairs if not np.array_equal(one, other)]
