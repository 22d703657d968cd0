"""The layers that nearly every model has."""

from __future__ import annotations

import math
from typing import Any

from .. import backend as K
from .. import regularizers
from ..engine.base_layer import InputSpec
from .configured import Configured, given
from .lambdas import Lambda as Lambda


class Masking(Configured):
    """Skip time steps at which every feature equals `mask_value`.

    Layers behind it that support masks leave those steps out; their values become zero.

    Args:
        mask_value: the value that marks a step to skip.

    Input and output: (samples, timesteps, features).
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return which steps hold anything else than `mask_value`."""
        return K.any(K.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Put zero into the steps to skip."""
        kept = K.any(K.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * K.cast(kept, K.dtype(inputs))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


class Dropout(Configured):
    """In training, put zero in a random part of the values and scale the others up to match.

    Keeps units from relying on each other: `y = x * mask / (1 - rate)`, where each entry of the
    mask is 1 with probability `1 - rate`. Does nothing at test time.

    Args:
        rate: part of the values to drop, from 0 to 1.
        noise_shape: shape of the mask, which is broadcast: `(None, 1, features)` drops the same
            features at every time step. None in it stands for the input's size.
        seed: integer that makes the masks repeatable.

    See: Srivastava et al., http://www.jmlr.org/papers/volume15/srivastava14a/srivastava14a.pdf
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(given(locals()), **kwargs)
        self.rate = min(1.0, max(0.0, rate))
        self.supports_masking = True

    def _get_noise_shape(self, inputs: Any) -> Any:
        return self.noise_shape

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Drop when training, else hand on."""
        if not 0.0 < self.rate < 1.0:
            return inputs
        noise_shape = self._get_noise_shape(inputs)

        def dropped() -> Any:
            return K.dropout(inputs, self.rate, noise_shape, seed=self.seed)

        return K.in_train_phase(dropped, inputs, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


class _SpatialDropout(Dropout):
    """Base of the dropouts of whole feature maps."""

    rank = 0

    def __init__(self, rate: float, data_format: Any, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _get_noise_shape(self, inputs: Any) -> Any:
        ones = (1,) * self.rank  # None is the size that the input has
        first = self.data_format == "channels_first"
        return (None, None, *ones) if first else (None, *ones, None)


class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole features: one that is dropped is zero at every time step.

    Neighbouring steps say nearly the same, so dropping single values would change little.

    Args:
        rate: part of the features to drop, from 0 to 1.

    Input and output: (samples, timesteps, features).

    See: Tompson et al., https://arxiv.org/abs/1411.4280
    """

    rank = 1

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(rate, "channels_last", **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Dropout of whole feature maps of images.

    Args:
        rate: part of the maps to drop, from 0 to 1.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input and output: (samples, rows, cols, channels), or channels first.

    See: Tompson et al., https://arxiv.org/abs/1411.4280
    """

    rank = 2

    def __init__(self, rate: float, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(rate, data_format, **kwargs)
        self._keep({"data_format": self.data_format})


class SpatialDropout3D(_SpatialDropout):
    """Dropout of whole feature maps of volumes.

    Args:
        rate: part of the maps to drop, from 0 to 1.
        data_format: "channels_last" or "channels_first"; `K.image_data_format()` by default.

    Input and output: (samples, dim1, dim2, dim3, channels), or channels first.

    See: Tompson et al., https://arxiv.org/abs/1411.4280
    """

    rank = 3

    def __init__(self, rate: float, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(rate, data_format, **kwargs)
        self._keep({"data_format": self.data_format})


class Activation(Configured):
    """Apply an activation function.

    Args:
        activation: its name, or a function of a tensor.
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return `activation(inputs)`."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape


class Reshape(Configured):
    """Give every sample another shape of the same size.

    Args:
        target_shape: shape without the axis of samples; one -1 is found from the rest.

    Input: (samples, ...). Output: (samples, *target_shape).

    Example:
        >>> Reshape((-1, 2)).compute_output_shape((None, 6))
        (None, 3, 2)
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.target_shape = tuple(target_shape)

    def _sizes(self, input_shape: Any) -> tuple[Any, ...]:
        """Return `target_shape` with its -1 filled in, if the input's size is known."""
        target, shape = self.target_shape, tuple(input_shape)
        if target.count(-1) > 1:
            raise self._needs("at most one -1 in target_shape", target)
        if None in shape[1:]:
            return target
        size, known = math.prod(shape[1:]), math.prod(n for n in target if n != -1)
        fits = size % known == 0 if -1 in target and known else size == known
        if not fits:
            multiple = "a multiple of " if -1 in target else ""
            raise self._needs(
                f"samples of {multiple}{known} values for target_shape={target}: total size of "
                "new array must be unchanged",
                f"{size} values, samples of shape {shape[1:]}",
            )
        return tuple(size // known if n == -1 else n for n in target)

    def call(self, inputs: Any) -> Any:
        """Reshape, sample by sample."""
        sizes = self._sizes(K.int_shape(inputs))
        if -1 in sizes:
            return K.reshape(inputs, (K.shape(inputs)[0], *sizes))
        return K.reshape(inputs, (-1, *sizes))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return (samples, *target_shape)."""
        sizes = self._sizes(input_shape)
        return (input_shape[0], *(None if n == -1 else n for n in sizes))


class Permute(Configured):
    """Put the axes of every sample in another order.

    Args:
        dims: the new order, counted from 1: `(2, 1)` swaps the two axes of a sample.

    Example:
        >>> Permute((2, 1)).compute_output_shape((None, 10, 64))
        (None, 64, 10)
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise self._needs(f"dims to hold 1 to {len(self.dims)}, each once", self.dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Transpose, sample by sample."""
        return K.permute_dimensions(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the sizes in the new order."""
        return (input_shape[0], *(input_shape[d] for d in self.dims))


class Flatten(Configured):
    """Make one vector of every sample.

    Args:
        data_format: order of the axes in the input; with "channels_first" the channels are put
            last before flattening, so that weights behind it fit both orders.

    Example:
        >>> Flatten().compute_output_shape((None, 4, 4, 3))
        (None, 48)
    """

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=3)

    def call(self, inputs: Any) -> Any:
        """Flatten, sample by sample."""
        if self.data_format == "channels_first":
            inputs = K.permute_dimensions(inputs, (0, *range(2, K.ndim(inputs)), 1))
        return K.batch_flatten(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return (samples, size of a sample)."""
        if not all(input_shape[1:]):
            raise self._needs(
                "an input whose sizes are all known; give the first layer a complete "
                "`input_shape` or `batch_input_shape`",
                f"shape {tuple(input_shape)}",
            )
        return (input_shape[0], math.prod(input_shape[1:]))


class RepeatVector(Configured):
    """Repeat every sample's vector `n` times, as a sequence.

    Args:
        n: number of time steps.

    Input: (samples, features). Output: (samples, n, features).
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        if not n >= 0:  # NaN neither
            raise ValueError(f"Layer {self.name} (RepeatVector) needs n from 0 on; got {n!r}.")
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Repeat along a new axis of time."""
        return K.repeat(inputs, self.n)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return (samples, n, features)."""
        return (input_shape[0], self.n, input_shape[1])


class Dense(Configured):
    """Connect every input with every unit: `activation(dot(x, kernel) + bias)`.

    Args:
        units: number of units.
        activation: activation function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: first value of the kernel, of shape (inputs, units).
        bias_initializer: first value of the bias, of shape (units,).
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: what holds for the kernel after each step.
        bias_constraint: what holds for the bias after each step.

    Input: (samples, ..., inputs). Output: (samples, ..., units).

    Example:
        >>> Dense(32).compute_output_shape((None, 16))
        (None, 32)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs and "input_dim" in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super().__init__(given(locals()), **kwargs)
        self._whole("units")
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    bias: Any

    def build(self, input_shape: Any) -> None:
        """Add kernel and bias."""
        inputs = input_shape[-1]
        if inputs is None:
            raise self._needs("a last axis of known size", f"input shape {tuple(input_shape)}")
        self.kernel = self._add("kernel", (inputs, self.units))
        self.bias = self._add("bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: inputs})
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return `activation(dot(inputs, kernel) + bias)`."""
        output = K.dot(inputs, self.kernel)
        if self.use_bias:
            output = K.bias_add(output, self.bias, data_format="channels_last")
        return self.activation(output)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape with `units` as last size."""
        if len(input_shape) < 2 or not input_shape[-1]:
            raise self._needs("(samples, ..., inputs)", f"input shape {tuple(input_shape)}")
        return (*input_shape[:-1], self.units)


class ActivityRegularization(Configured):
    """Hand the input on, and add `l1 * sum(abs(x)) + l2 * sum(x ** 2)` to the loss.

    Args:
        l1: factor of the absolute values.
        l2: factor of the squares.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(given(locals()), **kwargs)
        self.supports_masking = True
        self.activity_regularizer = regularizers.L1L2(l1=l1, l2=l2)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape
