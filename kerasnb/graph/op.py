"""Ops: what can be computed. One op is one class, forward and gradient side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from ..array import numpy as _host
from .node import OPS, Node, Shape, Spec, as_node, describe_line, entry_point

FOLD_SIZE = 4096  # largest array that is computed while a graph is built


class Op:
    """A function of arrays that knows its shapes and its gradient.

    A subclass defines `infer`, `run` and `grad` (or `expand` instead of `grad`) and is made
    known by the decorator `op`. Its annotated attributes are its parameters; two ops of equal
    parameters are equal, and a plan computes equal ops of equal inputs once.
    """

    if TYPE_CHECKING:
        # The decorator puts a maker of nodes in the place of the class.
        op: ClassVar[type[Op]]

        def __new__(cls, *inputs: Any, **params: Any) -> Any: ...

    nout: ClassVar[int] = 1
    """Number of outputs. With several, `infer`, `out` and `grad`'s ys and dys are tuples."""
    view: ClassVar[bool] = False
    """Whether `run(xp, *arrays)` returns a view of its first input instead of filling `out`."""
    elementwise: ClassVar[bool] = False
    """Whether each entry of the output needs only the entry of each input at its place."""
    inplace: ClassVar[tuple[int, ...]] = ()
    """Inputs in whose memory the output may be written."""
    contiguous: ClassVar[tuple[int, ...]] = ()
    """Inputs that must lie in C order; a plan copies them where they do not."""
    linear: ClassVar[tuple[int, ...]] = ()
    """Inputs in which the op is linear: the result is zero where one of them is."""
    differentiable: ClassVar[bool] = True
    """Whether a gradient exists; if not, it is None."""
    pure: ClassVar[bool] = True
    """Whether running it does nothing but fill the outputs."""

    def infer(self, *specs: Spec) -> Any:
        """Return the output's Spec (a tuple of them with several outputs)."""
        raise NotImplementedError(f"{type(self).__name__}.infer")

    def run(self, xp: Any, *arrays: Any, out: Any) -> Any:
        """Compute `out` from the arrays; every entry of `out` is written."""
        raise NotImplementedError(f"{type(self).__name__}.run")

    def grad(self, y: Any, dy: Any, *x: Node) -> Sequence[Node | None]:
        """Return the gradient for each input as nodes, from that of the output."""
        if not self.differentiable:
            return [None] * len(x)
        if hasattr(self, "expand"):
            from .autodiff import vjp

            many = self.nout > 1
            ys = self.expand(*x)
            return vjp(ys if many else (ys,), dy if many else (dy,), x, partial=True)
        first = y[0] if self.nout > 1 else y
        name = type(self).__name__
        raise NotImplementedError(
            f"{first.who}: the gradient of {first.name!r} is asked for, but the op {name} defines "
            f"neither `grad` nor `expand`. Define `{name}.grad(self, y, dy, *x)`, which returns a "
            "node for each input (None where there is no gradient); or set `differentiable = "
            "False` in the class; or put K.stop_gradient around what needs no gradient."
            f"{describe_line(first.where)}"
        )

    def alias(self, *specs: Spec) -> int | None:
        """Return the index of the input that the result equals, if there is one."""
        return None

    def settle(self, *specs: Spec) -> Op:
        """Return the op as it is for inputs of which all sizes are known."""
        return self

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        """Return the inputs as nodes of fitting types."""
        return tuple(as_node(x) for x in inputs)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Callable[[], Any]:
        """Return a function that computes `out` when called."""
        return partial(self.run, xp, *arrays, out=out)

    def parts(
        self, xp: Any, arrays: Sequence[Any], out: Any
    ) -> list[tuple[int, Callable[[], Any]]] | None:
        """Return functions that fill `out` piece by piece along its first axis, if that pays.

        Each comes with the row at which its piece ends. A plan lets the elementwise chain that
        follows work on a piece while it is in cache.
        """
        return None

    def __deepcopy__(self, memo: Any) -> Op:
        return self  # it never changes

    def __reduce__(self) -> Any:
        raise TypeError(
            f"A tensor or layer that is part of a graph cannot be pickled (the graph has the op "
            f"{type(self).__name__}). Pickle the model; or keep a layer's get_config() and "
            "get_weights(), and numbers in place of tensors."
        )

    def __call__(self, *inputs: Any) -> Any:
        nodes = self.convert(inputs)
        name = type(self).__name__
        try:
            specs = infer(self, [n.spec for n in nodes])
        except (ValueError, TypeError, IndexError) as error:
            raise blame(error, Node(Spec((), "float32"), name, self), entry_point()) from None
        outputs = tuple(Node(spec, name, self, nodes) for spec in specs)
        if self.nout == 1:
            return outputs[0]
        for index, node in enumerate(outputs):
            node.outputs, node.index = outputs, index
            node.name = f"{node.name[:-2]}:{index}"
        return outputs


class Elementwise(Op):
    """An op that works entry by entry, with broadcasting.

    `ufunc` names the function of the array module that does it; an op without one defines `run`.
    """

    elementwise = True
    ufunc: ClassVar[str] = ""
    result: ClassVar[str] = ""
    """Type of the output; that of the inputs by default."""

    def convert(self, inputs: tuple[Any, ...]) -> tuple[Node, ...]:
        """Give numbers the type of the tensors they meet; integers become floats beside floats."""
        return match_types(inputs)

    def infer(self, *specs: Spec) -> Spec:
        """Broadcast the shapes."""
        dtype = self.result or common_type(*(s.dtype for s in specs))
        return Spec(broadcast_shapes(*(s.shape for s in specs)), dtype)

    def run(self, xp: Any, *arrays: Any, out: Any) -> None:
        """Call the ufunc."""
        getattr(xp, self.ufunc)(*arrays, out=out)

    def bind(self, xp: Any, arrays: Sequence[Any], out: Any) -> Callable[[], Any]:
        """Return the ufunc itself: nothing stands between a plan and NumPy."""
        if self.ufunc:
            return partial(getattr(xp, self.ufunc), *arrays, out=out)
        return super().bind(xp, arrays, out)

    def may_share(self) -> tuple[int, ...] | None:
        """Return the inputs whose memory `out` may take: with a ufunc, any (None)."""
        return None if self.ufunc else self.inplace


def family(cls: type) -> Any:
    """Let the ops that derive from `cls` have its annotated attributes as parameters."""
    return dataclass(frozen=True)(cls)


def op(cls: type[Op]) -> Any:
    """Register an op class and return its maker: `name(*inputs, **parameters)` -> node(s)."""
    cls = dataclass(frozen=True, repr=True)(cls)

    def make(*inputs: Any, **params: Any) -> Any:
        return cls(**params)(*inputs)

    make.__name__ = make.__qualname__ = cls.__name__
    make.__doc__ = cls.__doc__
    make.__module__ = cls.__module__
    make.op = cls  # type: ignore[attr-defined]
    OPS[cls.__name__] = make
    return make


def infer(op: Op, specs: Sequence[Spec]) -> tuple[Spec, ...]:
    """Return the Specs of an op's outputs, with their values where all inputs are known."""
    inferred = op.infer(*specs)
    outputs: tuple[Spec, ...] = (inferred,) if op.nout == 1 else tuple(inferred)
    for i in op.linear:
        if is_zero(specs[i]):
            return tuple(uniform(s, 0) if s.value is None else s for s in outputs)
    if outputs[0].value is not None:
        return outputs
    for spec in specs:
        if spec.value is None:
            return outputs
    if not _pure(op):
        return outputs
    if any(None in s.shape for s in outputs):
        return outputs
    arrays = [cast(np.ndarray, s.value) for s in specs]
    if op.elementwise and arrays and all(_is_uniform(a) for a in arrays):
        scalars = [a[(0,) * a.ndim].reshape(()) for a in arrays]
        out = np.empty((), outputs[0].dtype)
        with _host.quiet():
            op.run(_host, *scalars, out=out)
        return (outputs[0]._replace(value=np.broadcast_to(out, cast(Any, outputs[0].shape))),)
    if any(a.size > FOLD_SIZE for a in arrays):
        return outputs
    if any(math.prod(cast(Any, s.shape)) > FOLD_SIZE for s in outputs):
        return outputs
    results = execute(op, _host, arrays, outputs)
    return tuple(s._replace(value=r) for s, r in zip(outputs, results, strict=True))


def _pure(op: Op) -> bool:
    return op.pure and not hasattr(op, "stream")


def execute(op: Op, xp: Any, arrays: Sequence[Any], specs: Sequence[Spec]) -> tuple[Any, ...]:
    """Run an op into fresh arrays."""
    arrays = [xp.asarray(a, order="C") if i in op.contiguous else a for i, a in enumerate(arrays)]
    if op.view:
        return (op.run(xp, *arrays, out=None),)
    outs = tuple(xp.empty(s.shape, s.dtype) for s in specs)
    with xp.quiet(), xp.alone():  # as a plan does it, so that both give the same
        op.run(xp, *arrays, out=outs[0] if op.nout == 1 else outs)
    return outs


def uniform(spec: Spec, number: float) -> Spec:
    """Return the Spec of an array that holds `number` everywhere, at no cost in memory."""
    if None in spec.shape:
        return spec
    return spec._replace(value=np.broadcast_to(np.asarray(number, spec.dtype), spec.shape))  # type: ignore[arg-type]


def _is_uniform(array: np.ndarray) -> bool:
    return array.size > 0 and (array.size == 1 or not any(array.strides))


def is_number(spec: Spec, number: float) -> bool:
    """Whether the value is known and is `number` everywhere."""
    value = spec.value
    return value is not None and _is_uniform(value) and bool(value[(0,) * value.ndim] == number)


def is_zero(spec: Spec) -> bool:
    """Whether the value is known and zero everywhere."""
    return is_number(spec, 0)


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the shape to which all broadcast; sizes that are not known count as fitting.

    >>> broadcast_shapes((None, 3), (1,))
    (None, 3)
    """
    if len(set(shapes)) == 1:
        return shapes[0]
    result: list[int | None] = []
    ndim = max((len(s) for s in shapes), default=0)
    for axis in range(-ndim, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        known = sizes - {None}
        if len(known) > 1:
            raise ValueError(
                f"got shapes {' and '.join(map(str, shapes))}, which cannot be combined: "
                f"axis {axis} has sizes {sorted(cast(set[int], known))}; "
                "needs equal sizes, or 1."
            )
        result.append(known.pop() if known else (None if sizes else 1))
    return tuple(result)


@lru_cache
def common_type(*dtypes: str) -> str:
    """Return the type that holds numbers of all the types."""
    return np.result_type(*dtypes).name


@lru_cache
def type_name(dtype: Any) -> str:
    """Return the name of a type; NumPy takes a microsecond to put it together."""
    return np.dtype(dtype).name


def match_types(inputs: Sequence[Any]) -> tuple[Node, ...]:
    """Return inputs as nodes of one type.

    Numbers and arrays take the type of the tensors; integer tensors become floats beside float
    tensors; bools stay bools.
    """
    if not inputs:
        raise ValueError("At least one tensor is needed; got none.")
    nodes = [x for x in inputs if isinstance(x, Node)]
    types = {n.dtype for n in nodes}
    if len(nodes) == len(inputs) and len(types) == 1:
        return tuple(nodes)
    kinds = [np.dtype(t) for t in types] or [np.dtype(as_node(x).dtype) for x in inputs]
    if all(k.kind != "f" for k in kinds) and any(_is_float(x) for x in inputs):
        kinds.append(np.dtype("float32"))
    floats = [k for k in kinds if k.kind == "f"]
    target = np.result_type(*(floats or kinds))
    result = []
    for x in inputs:
        node = x if isinstance(x, Node) else as_node(x, None if _is_bool(x) else target.name)
        if node.dtype != target.name and node.dtype != "bool":
            node = OPS["cast"](node, dtype=target.name)
        result.append(node)
    return tuple(result)


def _is_float(x: Any) -> bool:
    return not isinstance(x, Node) and np.asarray(x).dtype.kind == "f"


def _is_bool(x: Any) -> bool:
    return np.asarray(x).dtype.kind == "b"


def blame(error: Exception, node: Node, caller: str = "") -> Exception:
    """Return the error again, saying who, and where the user made it.

    An error from inside a step of a scan has been given its place there.

    Args:
        error: what the op has raised.
        node: node of the op.
        caller: the function that the user has called, if it is known.
    """
    if hasattr(error, "node"):
        return error
    kinds = (ValueError, TypeError, IndexError, MemoryError, Exception)
    kind = next(k for k in kinds if isinstance(error, k))
    named = caller and caller != node.who and not node.layer
    who = f"{caller} ({node.who})" if named else node.who
    blamed = kind(f"{who}: {error}{describe_line(node.where)}")
    blamed.node = node  # type: ignore[attr-defined]
    return blamed
