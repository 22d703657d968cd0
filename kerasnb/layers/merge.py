"""Layers of several inputs: sums, products, joins."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..utils.generic_utils import is_all_none
from .configured import Configured, given


class _Merge(Configured):
    """Base of layers that make one tensor of several, entry by entry.

    Inputs with fewer axes get axes of size 1 behind that of the samples; sizes of 1 are repeated.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({}, **kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs: list[Any]) -> Any:
        """Return the result for inputs with equally many axes."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `_merge_function`.")

    def _shapes(self, input_shape: Any) -> list[tuple[Any, ...]]:
        """Return the inputs' shapes, after checking that there are several."""
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        if len(shapes) < 2:
            raise self._needs(
                "a list of at least 2 inputs", f"{len(shapes)}, of shape {tuple(shapes[0])}"
            )
        sizes = sorted({s[0] for s in shapes if s and s[0] is not None})
        if len(sizes) > 1:
            raise self._needs(
                "inputs with equally many samples", f"{' and '.join(map(str, sizes))} samples"
            )
        return [tuple(s) for s in shapes]

    def build(self, input_shape: Any) -> None:
        """Check the inputs' shapes."""
        self.compute_output_shape(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the merged inputs."""
        self.compute_output_shape([K.int_shape(x) for x in _as_list(inputs)])
        most = max(K.ndim(x) for x in inputs)
        return self._merge_function([_with_ndim(x, most) for x in inputs])

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape that the inputs have after repeating sizes of 1."""
        shapes = self._shapes(input_shape)
        most = max(map(len, shapes))
        rows = [s[:1] + (1,) * (most - len(s)) + s[1:] for s in shapes]
        sizes = []
        for column in zip(*rows, strict=True):
            known = {n for n in column if n not in (None, 1)}
            if len(known) > 1:
                raise self._needs(
                    "samples whose sizes are equal or 1",
                    f"samples of shape {' and '.join(str(s[1:]) for s in shapes)}",
                )
            sizes.append(known.pop() if known else None if None in column else 1)
        return tuple(sizes)

    def _masks(self, inputs: Any, mask: Any) -> list[Any]:
        if not isinstance(mask, list) or len(mask) != len(inputs):
            raise self._needs("a list of masks, one for each input", mask)
        return mask

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return what all masks keep."""
        if is_all_none(mask):
            return None
        masks = [m for m in self._masks(inputs, mask) if m is not None]
        return masks[0] if len(masks) == 1 else K.all(K.stack(masks, axis=0), axis=0)


def _as_list(inputs: Any) -> list[Any]:
    return inputs if isinstance(inputs, list) else [inputs]


def _with_ndim(x: Any, ndim: int) -> Any:
    for _ in range(ndim - K.ndim(x)):
        x = K.expand_dims(x, axis=1)
    return x


class Add(_Merge):
    """Add the inputs, entry by entry.

    Example:
        >>> Add().compute_output_shape([(None, 8), (None, 8)])
        (None, 8)
    """

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = output + x
        return output


class Subtract(_Merge):
    """Subtract the second input from the first, entry by entry."""

    def _shapes(self, input_shape: Any) -> list[tuple[Any, ...]]:
        shapes = super()._shapes(input_shape)
        if len(shapes) != 2:
            raise self._needs("exactly 2 inputs", len(shapes))
        return shapes

    def _merge_function(self, inputs: list[Any]) -> Any:
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    """Multiply the inputs, entry by entry."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = output * x
        return output


class Average(Add):
    """Average the inputs, entry by entry."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        return super()._merge_function(inputs) / len(inputs)


class Maximum(_Merge):
    """Keep the largest of the inputs, entry by entry."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = K.maximum(output, x)
        return output


class Minimum(_Merge):
    """Keep the smallest of the inputs, entry by entry."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = K.minimum(output, x)
        return output


class Concatenate(_Merge):
    """Put the inputs one behind the other along an axis.

    Args:
        axis: the axis; on all others the sizes are equal.

    Example:
        >>> Concatenate(axis=1).compute_output_shape([(None, 2, 5), (None, 3, 5)])
        (None, 5, 5)
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep(given(locals()))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape with the sizes along the axis added up."""
        shapes = self._shapes(input_shape)
        ndim = len(shapes[0])
        if not -ndim <= self.axis < ndim:
            raise self._needs(f"inputs that have axis {self.axis}", f"shape {shapes[0]}")
        axis = self.axis % ndim
        sizes: list[Any] = []
        for i, column in enumerate(zip(*shapes, strict=False)):
            known = {n for n in column if n is not None}
            if any(len(s) != ndim for s in shapes) or (i != axis and len(known) > 1):
                raise self._needs(
                    f"inputs of equal sizes on all axes but axis {self.axis}",
                    f"shapes {', '.join(map(str, shapes))}",
                )
            if i == axis:
                sizes.append(None if None in column else sum(column))
            else:
                sizes.append(known.pop() if known else None)
        return tuple(sizes)

    def call(self, inputs: Any) -> Any:
        """Return the inputs in a row."""
        self.compute_output_shape([K.int_shape(x) for x in _as_list(inputs)])
        return K.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the masks in a row if steps are joined, else what all masks keep."""
        if is_all_none(mask):
            return None
        masks = self._masks(inputs, mask)
        axes = max(K.ndim(m) for m in masks if m is not None)
        axis = self.axis % K.ndim(inputs[0])
        if axis >= axes:
            return super().compute_mask(inputs, mask)
        # An input without a mask keeps all of its steps.
        kept = [
            K.all(K.ones_like(x, "bool"), axis=tuple(range(axes, K.ndim(x)))) if m is None else m
            for x, m in zip(inputs, masks, strict=True)
        ]
        return K.concatenate(kept, axis=axis)


class Dot(_Merge):
    """Multiply two inputs sample by sample, summing over an axis of each.

    With inputs `a` and `b` of shape (samples, n) and `axes=1`, entry i of the output is
    `sum(a[i] * b[i])`.

    Args:
        axes: the axis of the first and that of the second input, or one integer for both.
        normalize: whether both are scaled to length 1 along their axis first, so that the output
            is the cosine of the angle between them.

    Example:
        >>> Dot(axes=(2, 1)).compute_output_shape([(None, 4, 3), (None, 3, 5)])
        (None, 4, 5)
    """

    axes: Any

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep(given(locals()))
        if isinstance(axes, tuple | list):
            if len(axes) != 2 or not all(isinstance(a, int) for a in axes):
                raise self._needs("axes to be an integer or two integers", repr(axes))
            self.axes = tuple(axes)
        elif not isinstance(axes, int):
            raise TypeError(
                f"Layer {self.name} (Dot) needs axes to be an integer or two integers; "
                f"got {axes!r}."
            )

    def _pair(self, shapes: list[tuple[Any, ...]]) -> tuple[int, int]:
        """Return the axes counted from the front."""
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        for axis, shape in zip(axes, shapes, strict=True):
            if not -len(shape) <= axis < len(shape) or axis % len(shape) == 0:
                raise self._needs(
                    f"axes of the inputs, other than that of the samples (axes={self.axes})",
                    f"shapes {shapes[0]} and {shapes[1]}",
                )
        first, second = (a % len(s) for a, s in zip(axes, shapes, strict=True))
        return first, second

    def call(self, inputs: Any) -> Any:
        """Return the products."""
        shapes = [K.int_shape(x) for x in _as_list(inputs)]
        self.compute_output_shape(shapes)
        axes = self._pair(shapes)
        if self.normalize:
            inputs = [K.l2_normalize(x, axis=a) for x, a in zip(inputs, axes, strict=True)]
        return K.batch_dot(inputs[0], inputs[1], axes)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the other axes of the first input, then those of the second."""
        shapes = self._shapes(input_shape)
        if len(shapes) != 2:
            raise self._needs("exactly 2 inputs", len(shapes))
        i, j = self._pair(shapes)
        first, second = shapes
        if None not in (first[i], second[j]) and first[i] != second[j]:
            raise self._needs(
                f"equal sizes along axis {i} of the first and axis {j} of the second input",
                f"{first[i]} and {second[j]} (shapes {first} and {second})",
            )
        rest = first[1:i] + first[i + 1 :] + second[1:j] + second[j + 1 :]
        return (first[0], *(rest or (1,)))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return None: the steps are summed up."""
        return None


def add(inputs: Any, **kwargs: Any) -> Any:
    """Return the sum of tensors: `Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Return the difference of two tensors: `Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Return the product of tensors: `Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """Return the average of tensors: `Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Return the largest of tensors, entry by entry: `Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Return the smallest of tensors, entry by entry: `Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Return tensors in a row: `Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """Return the products of two tensors: `Dot(axes, normalize, **kwargs)(inputs)`."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
