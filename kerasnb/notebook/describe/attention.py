"""What an output looks at: saliency, and class-activation maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import backend as K
from ...engine.input_layer import InputLayer
from ...layers import Embedding
from ..language import say
from ..png import grey, picture
from .data import as_pictures
from .values import MOST_PICTURES, run, tensors_of

_HEAT = np.array([255.0, 60.0, 0.0])


def describe_saliency(model: Any, x: Any, unit: int | None = None) -> dict[str, Any]:
    """Return how much an output would change with each entry of the inputs.

    The map is |d output[unit] / d x|, the greatest of the channels; for words, whose numbers have no
    gradient, the length of the gradient by each word's vector.

    Args:
        model: the model, with one output.
        x: inputs of the model, an array or a list of arrays.
        unit: which unit of the output; by default for each sample its greatest one.

    Returns:
        A description of kind "values" (see docs/displays.md) with `what` "saliency".

    See: Simonyan et al., Deep inside convolutional networks, 2013.
    """
    arrays, _, _ = model._standardize_user_data(x)
    score, mask, units = _score(model, arrays, unit)
    sources = [_differentiable(model, t) for t in model.inputs]
    found = K.gradients(score, sources)
    kept = [
        (t, s, g) for t, s, g in zip(model.inputs, sources, found, strict=True) if g is not None
    ]
    values = run([*model._feed_inputs, mask[0]], [g for _, _, g in kept], [*arrays, mask[1]], 0)
    maps = [_sizes(t, s, v) for (t, s, _), v in zip(kept, values, strict=True)]
    names = [str(t.name).removesuffix(":0") for t, _, _ in kept]
    pictures = [
        [_labelled(i, units, grey(m if m.ndim > 1 else m[None])) for i, m in enumerate(array)]
        for array in maps
    ]
    return _described(model, "saliency", "", names, maps, pictures, len(arrays[0]))


def describe_class_activation(
    model: Any, x: Any, layer: Any = None, unit: int | None = None
) -> dict[str, Any]:
    """Return where in pictures an output finds what speaks for it.

    The map is relu(sum_k w_k A_k): A_k are a layer's maps, w_k the mean of the output's gradient by
    the k-th of them.

    Args:
        model: the model, with one input of pictures and one output.
        x: pictures.
        layer: layer of the model with maps, or its name; by default the last that has any.
        unit: which unit of the output; by default for each sample its greatest one.

    Returns:
        A description of kind "values" (see docs/displays.md) with `what` "class_activation"; the
        pictures are the samples, red where the map is great.

    See: Selvaraju et al., Grad-CAM, 2017.
    """
    if layer is None:
        maps = [
            m for m in model.layers if len(_output_shape(m)) == 4 and not isinstance(m, InputLayer)
        ]
        if not maps:
            raise ValueError(f'class_activation: model "{model.name}" has no layer with maps.')
        layer = maps[-1]
    layer = model.get_layer(layer) if isinstance(layer, str) else layer
    if len(_output_shape(layer)) != 4:
        shape = _output_shape(layer)
        raise ValueError(f'class_activation: layer "{layer.name}" gives {shape}; needs maps.')
    arrays, _, _ = model._standardize_user_data(x)
    score, mask, units = _score(model, arrays, unit)
    (gradient,) = K.gradients(score, [layer.output])
    if gradient is None:
        raise ValueError(f'class_activation: the output does not depend on layer "{layer.name}".')
    outputs = [layer.output, gradient]
    made, slopes = run([*model._feed_inputs, mask[0]], outputs, [*arrays, mask[1]], 0)
    first = getattr(layer, "data_format", None) == "channels_first"
    space, channel = ((2, 3), 1) if first else ((1, 2), 3)
    weights = slopes.mean(axis=space, keepdims=True)
    heat = np.maximum((made * weights).sum(axis=channel), 0)
    tiles = as_pictures(arrays[0][:MOST_PICTURES] if not first else np.moveaxis(arrays[0], 1, 3))
    pictures = [[_labelled(i, units, _heated(tile, heat[i])) for i, tile in enumerate(tiles or ())]]
    what = ("class_activation", str(layer.name))
    return _described(model, *what, [str(layer.name)], [heat], pictures, len(arrays[0]))


def _score(model: Any, arrays: Sequence[Any], unit: int | None) -> tuple[Any, Any, list[int]]:
    """Return the sum of the chosen units, (a placeholder, an array) that choose, and the units."""
    if len(model.outputs) != 1:
        raise ValueError(
            f'Model "{model.name}" has {len(model.outputs)} outputs; needs a model with one.'
        )
    (output,) = model.outputs
    (made,) = run(model._feed_inputs, [output], list(arrays), 0)
    size = made[0].size
    if unit is not None and not 0 <= unit < size:
        raise ValueError(f'Model "{model.name}": got unit={unit}; its output has {size} units.')
    flat = made.reshape(len(made), -1)
    chosen = flat.argmax(axis=1) if unit is None else np.full(len(made), unit)
    mask = np.zeros(flat.shape, made.dtype)
    mask[np.arange(len(made)), chosen] = 1
    place = K.placeholder(shape=output.shape, dtype=output.dtype)
    return K.sum(output * place), (place, mask.reshape(made.shape)), [int(c) for c in chosen]


def _differentiable(model: Any, tensor: Any) -> Any:
    """Return a tensor, or what an embedding makes of it."""
    for layer in model.layers:
        if isinstance(layer, Embedding):
            for node in layer._inbound_nodes:
                if any(x is tensor for x in node.input_tensors):
                    return node.output_tensors[0]
    return tensor


def _sizes(tensor: Any, source: Any, gradient: np.ndarray) -> np.ndarray:
    size = np.abs(gradient)
    if tensor is not source:
        return np.sqrt((size**2).sum(axis=-1))
    return size.max(axis=-1) if size.ndim == 4 else size


def _heated(tile: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Return a picture, grey, with red laid over it where `heat` is great."""
    tile = tile.astype(float)
    ground = tile if tile.ndim == 2 else tile.mean(axis=-1)
    high, wide = ground.shape
    at = np.arange(high) * len(heat) // high
    heat = heat[at][:, np.arange(wide) * heat.shape[1] // wide]
    share = 0.6 * heat / (heat.max() or 1.0)
    mixed = ground[..., None] * (1 - share[..., None]) + _HEAT * share[..., None]
    return np.round(mixed).astype(np.uint8)


def _labelled(sample: int, units: list[int], pixels: np.ndarray) -> dict[str, Any]:
    label = say("values.unit_of_sample", sample=sample, unit=units[sample])
    return {"label": label, "picture": picture(pixels, label)}


def _output_shape(layer: Any) -> tuple[Any, ...]:
    try:
        shape = layer.output_shape
    except (AttributeError, RuntimeError):
        return ()
    return shape if isinstance(shape, tuple) else ()


def _described(
    model: Any,
    what: str,
    layer: str,
    names: list[str],
    values: list[Any],
    pictures: list[list[dict[str, Any]]],
    samples: int,
) -> dict[str, Any]:
    return {
        "kind": "values",
        "what": what,
        "layer": layer,
        "class": type(model).__name__,
        "model": str(model.name),
        "samples": samples,
        "tensors": tensors_of(names, values, pictures),
        "signs": [],
    }
