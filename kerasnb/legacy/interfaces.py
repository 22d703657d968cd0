"""Constructors of layers also take the spellings of Keras 1, with one warning that shows the new.

`Convolution2D(64, 3, 3, border_mode="same")` means `Conv2D(64, (3, 3), padding="same")`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

Args = tuple[Any, ...]
Kwargs = dict[str, Any]


class Spelling(NamedTuple):
    """How the arguments of a layer were written.

    Attributes:
        names: new names by old names.
        sizes: old names of the sizes that are `kernel_size` now; they were given one by one.
        change: what else changes the arguments, in place.
    """

    names: dict[str, str]
    sizes: tuple[str, ...] = ()
    change: Callable[[Kwargs], None] | None = None


# Values that had other names, by the old name of the argument.
_VALUES: dict[str, dict[Any, Any]] = {
    "dim_ordering": {"tf": "channels_last", "th": "channels_first", "default": None},
    "consume_less": {"cpu": 1, "mem": 1, "gpu": 2},
    "forget_bias_init": {"one": True},
}


def _repeated_init(kwargs: Kwargs) -> None:
    if "init" in kwargs:
        init = kwargs.pop("init")
        kwargs.update(depthwise_initializer=init, pointwise_initializer=init)


def _without_output_shape(kwargs: Kwargs) -> None:
    kwargs.pop("output_shape", None)  # follows from the input now


def _without_consume_less(kwargs: Kwargs) -> None:
    kwargs.pop("consume_less", None)  # there is one way to compute a SimpleRNN


def _without_dropout(kwargs: Kwargs) -> None:
    if kwargs.pop("dropout", 0):
        warnings.warn(
            "An Embedding has no dropout any more; put a SpatialDropout1D behind it.", stacklevel=4
        )


def _without_mode(kwargs: Kwargs) -> None:
    if kwargs.pop("mode", 0) != 0:
        raise TypeError(
            "BatchNormalization: mode=1 and mode=2 no longer exist; mode=0, which is left, "
            "normalizes each feature."
        )


def _length_and_dim(kwargs: Kwargs) -> None:
    if "input_dim" in kwargs:
        kwargs["input_shape"] = (kwargs.pop("input_length", None), kwargs.pop("input_dim"))


def _padding_by_sides(kwargs: Kwargs) -> None:
    sides = kwargs.get("padding")
    if isinstance(sides, dict):
        top, bottom, left, right = (
            sides.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")
        )
        kwargs["padding"] = ((top, bottom), (left, right))


_FORMAT = {"dim_ordering": "data_format"}
_BIAS = {
    "b_regularizer": "bias_regularizer",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_WEIGHTS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "W_constraint": "kernel_constraint",
    **_BIAS,
}
_WINDOWS = {"nb_filter": "filters", "subsample": "strides", "border_mode": "padding", **_FORMAT}
_POOL = {"border_mode": "padding", **_FORMAT}
_RECURRENT = {
    "inner_init": "recurrent_initializer",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    **_WEIGHTS,
}
_GATES = {"inner_activation": "recurrent_activation", **_RECURRENT}
_FORGET = {"forget_bias_init": "unit_forget_bias", **_GATES}
_GRU = {"output_dim": "units", "consume_less": "implementation", **_GATES}
_ROWS_COLS = ("nb_row", "nb_col")
_dropout = Spelling({"p": "rate", **_FORMAT})
_format = Spelling(_FORMAT)
_pool1d = Spelling({"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"})
_pool = Spelling(_POOL)

SPELLINGS = {
    "AveragePooling1D": _pool1d,
    "AveragePooling2D": _pool,
    "AveragePooling3D": _pool,
    "BatchNormalization": Spelling(
        {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"}, change=_without_mode
    ),
    "Conv1D": Spelling(
        {
            "nb_filter": "filters",
            "filter_length": "kernel_size",
            "subsample_length": "strides",
            "border_mode": "padding",
            **_WEIGHTS,
        },
        change=_length_and_dim,
    ),
    "Conv2D": Spelling({**_WINDOWS, **_WEIGHTS}, _ROWS_COLS),
    "Conv2DTranspose": Spelling({**_WINDOWS, **_WEIGHTS}, _ROWS_COLS, _without_output_shape),
    "Conv3D": Spelling({**_WINDOWS, **_WEIGHTS}, ("kernel_dim1", "kernel_dim2", "kernel_dim3")),
    "ConvLSTM2D": Spelling({**_WINDOWS, **_FORGET}, _ROWS_COLS),
    "Cropping2D": _format,
    "Cropping3D": _format,
    "Dense": Spelling({"output_dim": "units", **_WEIGHTS}),
    "Dropout": _dropout,
    "Embedding": Spelling(
        {
            "init": "embeddings_initializer",
            "W_regularizer": "embeddings_regularizer",
            "W_constraint": "embeddings_constraint",
        },
        change=_without_dropout,
    ),
    "GRU": Spelling(_GRU),
    "GaussianDropout": _dropout,
    "GaussianNoise": Spelling({"sigma": "stddev"}),
    "GlobalAveragePooling2D": _format,
    "GlobalAveragePooling3D": _format,
    "GlobalMaxPooling2D": _format,
    "GlobalMaxPooling3D": _format,
    "LSTM": Spelling({**_GRU, **_FORGET}),
    "MaxPooling1D": _pool1d,
    "MaxPooling2D": _pool,
    "MaxPooling3D": _pool,
    "PReLU": Spelling({"init": "alpha_initializer"}),
    "SeparableConv2D": Spelling({**_WINDOWS, **_BIAS}, _ROWS_COLS, _repeated_init),
    "SimpleRNN": Spelling({"output_dim": "units", **_RECURRENT}, change=_without_consume_less),
    "SpatialDropout1D": _dropout,
    "SpatialDropout2D": _dropout,
    "SpatialDropout3D": _dropout,
    "UpSampling1D": Spelling({"length": "size"}),
    "UpSampling2D": _format,
    "UpSampling3D": _format,
    "ZeroPadding2D": Spelling(_FORMAT, change=_padding_by_sides),
    "ZeroPadding3D": _format,
}


def modern(name: str, args: Args, kwargs: Kwargs) -> tuple[Args, Kwargs]:
    """Return the arguments of a layer as Keras 2 writes them.

    Args:
        name: the layer's class.
        args: its positional arguments.
        kwargs: its others, which are left as they are.

    Raises:
        TypeError: if an argument is given under both of its names.

    Example:
        >>> modern("Conv2D", (64, 3, 3), {"border_mode": "same"})
        ((64, (3, 3)), {'padding': 'same'})
    """
    spelling, kwargs = SPELLINGS[name], dict(kwargs)
    args = _joined_sizes(name, spelling, args, kwargs)
    for old in [k for k in kwargs if k in spelling.names]:
        new, value = spelling.names[old], kwargs.pop(old)
        if new in kwargs:
            raise TypeError(
                f"{name}: got both {new!r} and {old!r}, its name in Keras 1; needs one."
            )
        known = _VALUES.get(old, {})
        kwargs[new] = known.get(value, value) if known and isinstance(value, str) else value
    if spelling.change:
        spelling.change(kwargs)
    return args, kwargs


def _joined_sizes(name: str, spelling: Spelling, args: Args, kwargs: Kwargs) -> Args:
    """Return the arguments with `kernel_size` in place of sizes one by one."""
    count = len(spelling.sizes)
    given = args[1 : 1 + count]
    rest = [kwargs[s] for s in spelling.sizes if s in kwargs]
    one_by_one = len(given) + len(rest) == count > 0 and all(isinstance(n, int) for n in given)
    if not one_by_one:
        return args
    if not rest and {"padding", "strides", "data_format"} & set(kwargs):
        raise ValueError(
            f"{name}{args}: the first number is `filters`, the others read as sizes of the kernel "
            f"in Keras 1 and as size and strides in Keras 2. Write kernel_size={given}, or "
            "`strides=...` by name."
        )
    for old in spelling.sizes:
        kwargs.pop(old, None)
    if args:
        return (args[0], (*given, *rest), *args[1 + count :])
    kwargs["kernel_size"] = (*given, *rest)
    return args


def accepts_keras1(init: Callable[..., None], name: str) -> Callable[..., None]:
    """Return a constructor that takes the spellings of Keras 1, too.

    Args:
        init: the constructor, `__init__`.
        name: the class that it is for.
    """
    if name not in SPELLINGS:
        return init

    @functools.wraps(init)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
        new_args, new_kwargs = modern(name, args, kwargs)
        unchanged = set(kwargs) == set(new_kwargs) and all(
            new_kwargs[k] is kwargs[k] for k in kwargs
        )
        if new_args is not args or not unchanged:
            parts = [*map(repr, new_args), *(f"{k}={v!r}" for k, v in new_kwargs.items())]
            warnings.warn(
                f"This is a spelling of Keras 1. Update your `{name}` call to the Keras 2 API: "
                f"`{name}({', '.join(parts)})`",
                stacklevel=2,
            )
        init(self, *new_args, **new_kwargs)

    return wrapped


class TakesKeras1:
    """Base of layers whose constructors take the spellings of Keras 1, where the table has some.

    It holds for our own classes only: a user's `Dense` may be another one.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        ours = cls.__module__.startswith(f"{__name__.partition('.')[0]}.")
        if ours and "__init__" in vars(cls):
            cls.__init__ = accepts_keras1(cls.__init__, cls.__name__)  # type: ignore[method-assign]


def legacy_get_updates_support(get_updates: Callable[..., Any]) -> Callable[..., Any]:
    """Let an optimizer's `get_updates(loss, params)` be called as (params, constraints, loss).

    Args:
        get_updates: the method.
    """

    @functools.wraps(get_updates)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 3 or (args and isinstance(args[0], list | tuple)):
            args = (args[-1], args[0])
        kwargs.pop("constraints", None)
        return get_updates(self, *args, **kwargs)

    return wrapped


def __getattr__(name: str) -> Any:
    """Return `legacy_conv2d_support` and its like: decorators of constructors."""
    known = {f"legacy_{layer.lower()}_support": layer for layer in SPELLINGS}
    known |= {
        "legacy_deconv2d_support": "Conv2DTranspose",
        "legacy_global_pooling_support": "GlobalMaxPooling2D",
        "legacy_pooling1d_support": "MaxPooling1D",
        "legacy_pooling2d_support": "MaxPooling2D",
        "legacy_pooling3d_support": "MaxPooling3D",
        "legacy_batchnorm_support": "BatchNormalization",
        "legacy_recurrent_support": "LSTM",
        "legacy_separable_conv2d_support": "SeparableConv2D",
        "legacy_spatialdropoutNd_support": "SpatialDropout2D",
    }
    if name not in known:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return functools.partial(accepts_keras1, name=known[name])
