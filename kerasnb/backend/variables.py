"""Tensors: making them, asking about them, running them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..array import Stream
from ..graph import (
    Change,
    Constant,
    Node,
    Placeholder,
    Update,
    Variable,
    as_node,
    evaluate,
    ops,
)
from ..graph import name_scope as _name_scope
from ..graph import vjp as _vjp
from .config import floatx

__all__ = [
    "batch_get_value",
    "batch_set_value",
    "cast",
    "constant",
    "control_dependencies",
    "count_params",
    "dtype",
    "eager",
    "eval",
    "eye",
    "get_session",
    "get_value",
    "gradients",
    "identity",
    "int_shape",
    "is_keras_tensor",
    "is_placeholder",
    "is_sparse",
    "is_tensor",
    "is_variable",
    "layer_scope",
    "moving_average_update",
    "name_scope",
    "ndim",
    "ones",
    "ones_like",
    "placeholder",
    "print_tensor",
    "random_binomial",
    "random_normal",
    "random_normal_variable",
    "random_uniform",
    "random_uniform_variable",
    "set_session",
    "set_value",
    "shape",
    "size",
    "stop_gradient",
    "symbolic",
    "to_dense",
    "truncated_normal",
    "update",
    "update_add",
    "update_sub",
    "variable",
    "zeros",
    "zeros_like",
]


def name_scope(name: str) -> contextlib.AbstractContextManager[str]:
    """Put `name/` before the names of what is made in a `with` block."""
    return _name_scope(name)


def layer_scope(name: str) -> contextlib.AbstractContextManager[str]:
    """Do what `name_scope` does; errors inside say that this layer is at fault."""
    return _name_scope(name, layer=True)


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor of a graph."""
    return isinstance(x, Node)


def is_keras_tensor(x: Any) -> bool:
    """Whether x is a tensor that a layer or `Input` has made."""
    if not isinstance(x, Node):
        raise ValueError(
            f"is_keras_tensor: got {x!r} of type {type(x).__name__}; needs a symbolic tensor."
        )
    return hasattr(x, "_keras_history")


def is_variable(x: Any) -> bool:
    """Whether x is a variable."""
    return isinstance(x, Variable)


def is_placeholder(x: Any) -> bool:
    """Whether x is a placeholder."""
    return isinstance(x, Placeholder)


def is_sparse(tensor: Any) -> bool:
    """Whether x was made as a sparse tensor: a placeholder, or from a matrix of scipy.sparse.

    Its values are dense here; what is sparse becomes dense when it is given.
    """
    return getattr(tensor, "sparse", False)


def to_dense(tensor: Any) -> Any:
    """Return the tensor as one that is not sparse."""
    return ops.identity(tensor) if is_sparse(tensor) else tensor


def variable(
    value: Any, dtype: str | None = None, name: str | None = None, constraint: Any = None
) -> Variable:
    """Return a variable.

    Args:
        value: numbers, or a tensor that is computed when the variable is first needed.
        dtype: type, `floatx()` by default.
        name: name.
        constraint: function of the new value that an optimizer applies after each update.
    """
    sparse = hasattr(value, "tocoo")
    if not isinstance(value, Node):
        value = _numbers(value.toarray() if sparse else value, dtype or floatx(), "variable")
    made = Variable(value, dtype or floatx(), name or "Variable")
    made.constraint = constraint  # type: ignore[attr-defined]
    made.sparse = sparse  # type: ignore[attr-defined]
    return made


def _numbers(value: Any, dtype: str, who: str) -> np.ndarray:
    try:
        return np.asarray(value, dtype)
    except ValueError:
        raise ValueError(f"{who}: got {value!r}; needs numbers, all rows of one length.") from None


def constant(
    value: Any,
    dtype: str | None = None,
    shape: Sequence[int] | None = None,
    name: str | None = None,
) -> Node:
    """Return a tensor of known numbers.

    Args:
        value: number or array.
        dtype: type, `floatx()` by default.
        shape: shape that a single number is repeated to.
        name: name.
    """
    array = _numbers(value, dtype or floatx(), "constant")
    if shape is not None:
        fits = array.size == np.prod(shape, dtype=int)
        array = array.reshape(shape) if fits else np.broadcast_to(array, shape)
    return Constant(array, name=name or "Const")


def placeholder(
    shape: Sequence[int | None] | None = None,
    ndim: int | None = None,
    dtype: str | None = None,
    sparse: bool = False,
    name: str | None = None,
) -> Placeholder:
    """Return a tensor whose value is given when a function is called.

    Args:
        shape: shape, with None for sizes that are not known.
        ndim: number of axes, if no shape is given.
        dtype: type, `floatx()` by default.
        sparse: whether it is to hold sparse matrices, which become dense when they are given.
        name: name.
    """
    if shape is None:
        if ndim is None:
            raise ValueError("placeholder: needs a shape or the number of axes, ndim.")
        shape = (None,) * ndim
    made = Placeholder(tuple(shape), dtype or floatx(), name or "Placeholder")
    made._uses_learning_phase = False  # type: ignore[attr-defined]
    made.sparse = sparse  # type: ignore[attr-defined]
    return made


def zeros(shape: Any, dtype: str | None = None, name: str | None = None) -> Node:
    """Return a variable of zeros (a tensor, if the shape depends on one)."""
    return _filled(0.0, shape, dtype, name)


def ones(shape: Any, dtype: str | None = None, name: str | None = None) -> Node:
    """Return a variable of ones (a tensor, if the shape depends on one)."""
    return _filled(1.0, shape, dtype, name)


def _filled(value: float, shape: Any, dtype: str | None, name: str | None) -> Node:
    dtype, sizes = dtype or floatx(), _sizes(shape, "ones" if value else "zeros")
    if isinstance(sizes, Node):
        return _named(ops.full(sizes, value=value, dtype=dtype), name)
    known = as_node(np.array(sizes, "int32"))
    return variable(ops.full(known, value=value, dtype=dtype), dtype, name)


def _sizes(shape: Any, who: str) -> Node | tuple[int, ...]:
    """Return a shape as a tuple, or as one tensor if there are tensors in it."""
    sizes = [shape] if isinstance(shape, int | np.integer) else shape
    if isinstance(sizes, Node) or any(isinstance(n, Node) for n in sizes):
        return symbolic_shape(sizes)
    if any(n is None or n < 0 for n in sizes):
        raise ValueError(
            f"{who}: got shape {tuple(sizes)}; needs known sizes (K.shape(x)[i], say)."
        )
    return tuple(int(n) for n in sizes)


def symbolic_shape(shape: Any) -> Node:
    """Return a shape, a tensor or a sequence with tensors in it, as one vector of integers."""
    if isinstance(shape, Node):
        return shape
    return ops.stack(*(ops.cast(n, dtype="int32") for n in shape), axis=0)


def eye(size: int | tuple[int, int], dtype: str | None = None, name: str | None = None) -> Variable:
    """Return a variable that holds the identity matrix of a size, or of (rows, columns)."""
    rows, columns = (size, size) if isinstance(size, int | np.integer) else size
    return variable(np.eye(rows, columns), dtype, name)


def zeros_like(x: Node, dtype: str | None = None, name: str | None = None) -> Node:
    """Return zeros in the shape of x."""
    return _named(ops.full_like(x, value=0.0, dtype=dtype or ""), name)


def ones_like(x: Node, dtype: str | None = None, name: str | None = None) -> Node:
    """Return ones in the shape of x."""
    return _named(ops.full_like(x, value=1.0, dtype=dtype or ""), name)


def identity(x: Node, name: str | None = None) -> Node:
    """Return another tensor with the value of x."""
    return _named(ops.identity(x), name)


def _named(made: Node, name: str | None) -> Node:
    if name is not None:
        scope = made.name.rpartition("/")[:2]
        made.name = "".join((*scope, name, ":0"))
    return made


def _seed(seed: int | None) -> Stream:
    # As in Keras: NumPy's seed fixes the numbers of every op that is built after it.
    return Stream(np.random.randint(10_000_000) if seed is None else seed)


def _draw(maker: Any, shape: Any, dtype: str | None, seed: int | None, **params: Any) -> Node:
    given = _sizes(shape, maker.__name__)
    if isinstance(given, Node) and isinstance(given.op, ops.shape_of.op):
        params["known"] = given.inputs[0].shape  # K.shape(x): what is known of x's
    return maker(given, dtype=dtype or floatx(), stream=_seed(seed), **params)


def random_uniform(
    shape: Any,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: str | None = None,
    seed: int | None = None,
) -> Node:
    """Return random numbers from [minval, maxval), all equally likely."""
    return _draw(ops.random_uniform, shape, dtype, seed, low=minval, high=maxval)


def random_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: int | None = None,
) -> Node:
    """Return random numbers of a normal distribution."""
    return _draw(ops.random_normal, shape, dtype, seed, mean=mean, stddev=stddev)


def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: int | None = None,
) -> Node:
    """Return random numbers of a normal distribution, none over two deviations from the mean."""
    return _draw(ops.truncated_normal, shape, dtype, seed, mean=mean, stddev=stddev)


def random_binomial(
    shape: Any, p: float = 0.0, dtype: str | None = None, seed: int | None = None
) -> Node:
    """Return ones with probability p, zeros otherwise."""
    return _draw(ops.random_binomial, shape, dtype, seed, p=p)


def random_uniform_variable(
    shape: Sequence[int],
    low: float,
    high: float,
    dtype: str | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Variable:
    """Return a variable of random numbers from [low, high)."""
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


def random_normal_variable(
    shape: Sequence[int],
    mean: float,
    scale: float,
    dtype: str | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Variable:
    """Return a variable of random numbers of a normal distribution."""
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


def shape(x: Node) -> Node:
    """Return the shape as a tensor of integers."""
    return ops.shape_of(x)


def int_shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape as a tuple, None for sizes that are not known."""
    try:
        return getattr(x, "_keras_shape", tuple(x.shape))
    except AttributeError:
        raise _no_tensor(x) from None


def _no_tensor(x: Any) -> Exception:
    """Return what to raise for something that has no shape: a layer with one input got a list."""
    what = f"a list of {len(x)}" if isinstance(x, list | tuple) else f"{x!r:.60}"
    return ValueError(f"One tensor is needed; got {what}.")


def ndim(x: Any) -> int:
    """Return the number of axes."""
    try:
        return len(x.shape)
    except AttributeError:
        raise _no_tensor(x) from None


def size(x: Node, name: str | None = None) -> Node:
    """Return the number of entries as a tensor."""
    return _named(ops.count_of(x, axis=None), name)


def dtype(x: Any) -> str:
    """Return the name of the type, 'float32' say."""
    try:
        return np.dtype(x.dtype).name
    except AttributeError:
        raise _no_tensor(x) from None


def count_params(x: Any) -> int:
    """Return the number of entries of a variable."""
    sizes = int_shape(x)
    if None in sizes:
        raise ValueError(f"count_params: got {x!r}; needs a shape that is known.")
    return math.prod(sizes)  # type: ignore[arg-type]


def cast(x: Any, dtype: str) -> Node:
    """Return the values in another type."""
    return ops.cast(x, dtype=dtype)


def eval(x: Any) -> Any:
    """Return the value of a tensor that depends on no placeholder, as a NumPy array.

    An update is carried out, and so are the updates of a metric whose result is asked for. What
    is an array already comes back as it is.
    """
    if isinstance(x, list):
        return [eval(y) for y in x]
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, Variable):
        return get_value(x)
    updates = [x] if isinstance(x, Update) else getattr(x, "_updates", [])
    node = x.value if isinstance(x, Update) else to_dense(x)
    value, *news = evaluate(node, *(u.value for u in updates))
    batch_set_value((u.variable, new) for u, new in zip(updates, news, strict=True))
    return value[()] if value.ndim == 0 else value


def get_value(x: Any) -> Any:
    """Return the value of a variable as a NumPy array (a number for one without axes)."""
    if not isinstance(x, Variable):
        return eval(x) if isinstance(x, Node) else np.asarray(x)
    return x.read()[()]


def batch_get_value(ops: Iterable[Any]) -> list[Any]:
    """Return the values of several variables."""
    return [get_value(x) for x in ops]


def print_tensor(x: Any, message: str = "") -> Node:
    """Return x, and print its value, after a message, each time it is computed."""
    return ops.printed(x, message=str(message), ticket=object())


def set_value(x: Variable, value: Any) -> None:
    """Give a variable another value of its shape."""
    _needs_variable(x, "set_value").assign(value.toarray() if hasattr(value, "tocoo") else value)


def batch_set_value(tuples: Iterable[tuple[Variable, Any]]) -> None:
    """Give several variables other values: (variable, value) pairs."""
    for x, value in tuples:
        set_value(x, value)


def _needs_variable(x: Any, who: str) -> Variable:
    if not isinstance(x, Variable):
        raise TypeError(f"{who}: got {x!r}; needs a variable (K.variable).")
    return x


def update(x: Variable, new_x: Any) -> Update:
    """Return the update that replaces the value of x."""
    value = ops.cast(new_x, dtype=_needs_variable(x, "update").dtype)
    known = len(value.shape) == len(x.shape)
    if not known or any(n not in (None, m) for n, m in zip(value.shape, x.shape, strict=True)):
        raise ValueError(f"update: got a value of shape {value.shape} for {x!r}; needs {x.shape}.")
    return Update(x, value)


def update_add(x: Variable, increment: Any) -> Update:
    """Return the update that adds to x."""
    return _change(x, lambda value: value + increment)


def update_sub(x: Variable, decrement: Any) -> Update:
    """Return the update that subtracts from x."""
    return _change(x, lambda value: value - decrement)


def moving_average_update(x: Variable, value: Any, momentum: float) -> Update:
    """Return the update to x * momentum + value * (1 - momentum)."""
    return _change(x, lambda old: old - (old - value) * (1.0 - momentum))


def _change(x: Variable, rule: Callable[[Any], Any]) -> Change:
    """Return an update after which others of the same variable still count."""
    made = Change(*update(x, rule(x)))
    made.rule = lambda value: ops.cast(rule(value), dtype=x.dtype)
    return made


def gradients(loss: Any, variables: Any) -> list[Node | None]:
    """Return the gradient of a loss by each of the variables; None where there is none.

    Args:
        loss: tensor, or several; the gradient is that of the sum of all entries.
        variables: tensors of any kind: variables, placeholders, or results in between.
    """
    losses = loss if isinstance(loss, list | tuple) else [loss]
    wrt = variables if isinstance(variables, list | tuple) else [variables]
    for x in (*losses, *wrt):
        if not isinstance(x, Node):
            raise TypeError(f"gradients: got {x!r}; needs symbolic tensors.")
    return _vjp(losses, [ops.full_like(y, value=1.0) for y in losses], wrt)


def stop_gradient(variables: Any) -> Any:
    """Return the tensor, or each of a list, as a constant to gradients."""
    if isinstance(variables, list | tuple):
        return type(variables)(ops.stop_gradient(x) for x in variables)
    return ops.stop_gradient(variables)


@contextlib.contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """Do nothing: a function computes everything before it updates anything."""
    yield


def symbolic(func: Callable) -> Callable:
    """Return the function: everything is symbolic here."""
    return func


def eager(func: Callable) -> Callable:
    """Return the function: there is no other mode to change to."""
    return func


def get_session() -> None:
    """Raise: there are no sessions."""
    raise RuntimeError("kerasnb has no sessions; use K.function or K.eval to compute tensors.")


def set_session(session: Any) -> None:
    """Raise: there are no sessions."""
    get_session()
