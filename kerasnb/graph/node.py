"""Nodes: values to be. No arithmetic happens while a graph is built."""

from __future__ import annotations

import contextlib
import itertools
import linecache
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import array as _array

if TYPE_CHECKING:
    from .op import Op

Shape = tuple[int | None, ...]

OPS: dict[str, Any] = {}
"""Every op's maker by the op's name; `OPS[name].op` is the class."""

_GRAPH = str(Path(__file__).resolve().parent)
_PACKAGE = str(Path(__file__).resolve().parent.parent)
_CELL = re.compile(r"[\\/]ipykernel_\d+[\\/]\d+\.py$|^<ipython-input-")
_serial = itertools.count()
first_value = threading.RLock()  # two threads must not give a variable two first values


MOST_AXES = 64  # of NumPy's arrays


class Spec(NamedTuple):
    """What is known of a value before it is computed.

    Attributes:
        shape: sizes; None where a size is not known.
        dtype: name of the type, 'float32' say.
        value: the host array, if the value is known already.
    """

    shape: Shape
    dtype: str
    value: np.ndarray | None = None


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.names: list[str] = []
        self.layers: list[str] = []
        self.lines: list[tuple[str, int] | None] = []  # of the user's code, for gradients


_scopes = _Scopes()


@contextlib.contextmanager
def name_scope(name: str, layer: bool = False) -> Iterator[str]:
    """Put `name/` before the names of the nodes made inside.

    Args:
        name: the scope's name.
        layer: whether the scope is a layer's: errors then say that the layer is at fault.
    """
    _scopes.names.append(name)
    if layer:
        _scopes.layers.append(name)
    try:
        yield "/".join(_scopes.names) + "/"
    finally:
        _scopes.names.pop()
        if layer:
            _scopes.layers.pop()


@contextlib.contextmanager
def on_behalf_of(node: Node) -> Iterator[None]:
    """Let the nodes made inside belong to the layer and the line that made `node`: its gradient does."""
    _scopes.lines.append(node.where)
    if node.layer is not None:
        _scopes.layers.append(node.layer)
    try:
        yield
    finally:
        _scopes.lines.pop()
        if node.layer is not None:
            _scopes.layers.pop()


def user_line() -> tuple[str, int] | None:
    """Return file and line of the innermost caller outside kerasnb."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((_PACKAGE, "<frozen", "<string>")) and "contextlib" not in name:
            return name, frame.f_lineno
        frame = frame.f_back
    return None


def entry_point() -> str:
    """Return the name of the function of kerasnb's that the user's code has called, '' if none.

    Ops and operators do not count: they name themselves.
    """
    frame: Any = sys._getframe(1)
    name = ""
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        if not frame.f_code.co_filename.startswith(_GRAPH):
            name = frame.f_code.co_name
        frame = frame.f_back
    return "" if name.startswith(("_", "<")) else name


def describe_line(where: tuple[str, int] | None) -> str:
    """Return `where` as a line of an error message, with the source if it can be found."""
    if where is None:
        return ""
    source = linecache.getline(*where).strip()
    # A notebook's cell has a file's name too, which says nothing to its reader.
    place = "in a cell" if _CELL.search(where[0]) else f"at {where[0]}"
    return f"\n  made {place}, line {where[1]}" + (f": {source}" if source else "")


def _binary(name: str) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    # The method of an operator, and that for the tensor on its right-hand side.
    return (lambda a, b: OPS[name](a, b)), (lambda a, b: OPS[name](b, a))


# NumPy's names of the operators that an array may have with a node on its right-hand side.
_OPERATORS = {
    **{n: n for n in ("add", "subtract", "multiply", "divide", "floor_divide", "power", "matmul")},
    **{n: n for n in ("less", "less_equal", "greater", "greater_equal")},
    "remainder": "mod",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
}


class Node:
    """One value to be: an op applied to other nodes.

    Attributes:
        op: the op; None for leaves.
        inputs: the nodes that the op reads.
        outputs: all nodes of the same application; `outputs[index] is self`.
        shape: tuple of sizes; None where a size is not known.
        dtype: name of the type.
        value: the host array, if it is known already.
        name: name with its scopes, 'dense_1/add:0' say.
        layer: name of the innermost layer that made it, or None.
        where: file and line of the user's code that made it.
    """

    def __init__(
        self, spec: Spec, name: str, op: Op | None = None, inputs: tuple[Node, ...] = ()
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.outputs: tuple[Node, ...] = (self,)
        self.index = 0
        self.shape, self.dtype, self.value = spec
        if len(self.shape) > MOST_AXES:
            raise ValueError(f"{name}: an array has {MOST_AXES} axes at most; got {self.ndim}.")
        self.name = "/".join((*_scopes.names, name)) + ":0"
        self.layer = _scopes.layers[-1] if _scopes.layers else None
        self.where = _scopes.lines[-1] if _scopes.lines else user_line()
        self.serial = next(_serial)

    @property
    def spec(self) -> Spec:
        """Shape, type and known value in one tuple."""
        return Spec(self.shape, self.dtype, self.value)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def who(self) -> str:
        """Who made the node, for error messages."""
        what = type(self.op).__name__ if self.op else self.name
        return f'Layer "{self.layer}" ({what})' if self.layer else f"{what}"

    def get_shape(self) -> TensorShape:
        """Return the shape as a tuple that also has `as_list()`."""
        return TensorShape(self.shape)

    def __repr__(self) -> str:
        return f"<Tensor {self.name!r} shape={self.shape} dtype={self.dtype}>"

    def __bool__(self) -> bool:
        raise TypeError(
            f"{self!r} has no value yet, so it cannot be true or false. "
            "Use K.switch to choose, or K.eval to compute it."
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        # NumPy arrays leave `array + node` to us.
        if method == "__call__" and ufunc.__name__ in _OPERATORS:
            return OPS[_OPERATORS[ufunc.__name__]](*inputs)
        if ufunc.__name__ in ("equal", "not_equal"):  # `==` is identity, and this is an array
            return ufunc.__name__ == "not_equal"
        raise TypeError(self._no_value(f"np.{ufunc.__name__}"))

    def _no_value(self, who: str) -> str:
        return (
            f"{self!r} has no value yet, so {who} cannot read it. Compute with K's functions "
            "(K.sum, K.exp, ...), or use K.eval or K.function to get an array."
        )

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError(self._no_value("NumPy"))

    def __float__(self) -> float:
        raise TypeError(self._no_value("float()"))

    def __int__(self) -> int:
        raise TypeError(self._no_value("int()"))

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"{self!r}: its length is not known. K.shape(x)[0] is, when it runs.")
        return self.shape[0]

    def __iter__(self) -> Iterator[Node]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Node:
        return OPS["getitem"](self, key)

    __add__, __radd__ = _binary("add")
    __sub__, __rsub__ = _binary("subtract")
    __mul__, __rmul__ = _binary("multiply")
    __truediv__, __rtruediv__ = _binary("divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide")
    __mod__, __rmod__ = _binary("mod")
    __matmul__, __rmatmul__ = _binary("matmul")
    __and__, __rand__ = _binary("logical_and")
    __or__, __ror__ = _binary("logical_or")
    __lt__, __gt__ = _binary("less")
    __le__, __ge__ = _binary("less_equal")

    def __neg__(self) -> Node:
        return OPS["negative"](self)

    def __abs__(self) -> Node:
        return OPS["absolute"](self)

    def __invert__(self) -> Node:
        return OPS["logical_not"](self)

    def __pow__(self, other: Any) -> Node:
        if isinstance(other, int | float) and other == 2:
            return OPS["square"](self)
        return OPS["power"](self, other)

    def __rpow__(self, other: Any) -> Node:
        return OPS["power"](other, self)


class TensorShape(tuple):
    """A shape as `Node.get_shape` returns it."""

    def as_list(self) -> list[int | None]:
        """Return the sizes as a list."""
        return list(self)

    @property
    def ndims(self) -> int:
        """Number of axes."""
        return len(self)


class Constant(Node):
    """A value that is known and never changes."""

    def __init__(self, value: Any, dtype: str | None = None, name: str = "constant") -> None:
        try:
            array = np.asarray(value, dtype=dtype)
        except ValueError as error:  # a text, or rows of different lengths
            raise ValueError(f"A constant must be made of numbers; got {value!r:.80}.") from error
        if array.dtype == object:
            raise TypeError(f"A constant must be made of numbers; got {value!r}.")
        super().__init__(Spec(array.shape, array.dtype.name, array), name)


class Placeholder(Node):
    """A value that is given when the graph is run."""

    def __init__(self, shape: Shape, dtype: str = "float32", name: str = "placeholder") -> None:
        super().__init__(Spec(tuple(shape), np.dtype(dtype).name), name)


class LearningPhase(Placeholder):
    """Whether the run trains (1) or tests (0): known when a plan is made, 0 if it is not given."""

    def __init__(self) -> None:
        super().__init__((), "bool", "keras_learning_phase")

    def __deepcopy__(self, memo: Any) -> LearningPhase:
        return self  # a copied layer trains when its model does


class Variable(Node):
    """A value that is kept from run to run.

    Args:
        value: initial value: numbers, or a node that is evaluated when the variable is first
            needed (so that a big model which is only looked at takes no memory).
        dtype: name of the type; that of the value by default.
        name: name.
    """

    def __init__(self, value: Any, dtype: str | None = None, name: str = "variable") -> None:
        if isinstance(value, Node):
            if None in value.shape:
                raise ValueError(
                    f"Variable {name!r}: its shape must be known; the initial value has "
                    f"{value.shape}."
                )
            spec = Spec(value.shape, np.dtype(dtype or value.dtype).name)
        else:
            value = np.array(value, dtype=dtype)
            if value.dtype == object:
                raise TypeError(f"Variable {name!r} must be made of numbers; got {value!r}.")
            spec = Spec(value.shape, value.dtype.name)
        super().__init__(spec, name)
        self.initial: Any = value
        self._array: Any = None

    @property
    def array(self) -> Any:
        """The device array; made when first asked for, changed in place ever after."""
        if self._array is None:
            with first_value:
                if self._array is None:
                    self._make()
        return self._array

    def _make(self) -> None:
        xp = _array.xp()
        value = self.initial.value if isinstance(self.initial, Node) else self.initial
        if value is None:
            from .interpret import evaluate

            (value,) = evaluate(self.initial)
        array = xp.empty(self.shape, self.dtype)
        xp.load(array, value)
        self._array = array
        self.initial = None  # the array is the value now

    def read(self) -> np.ndarray:
        """Return a copy of the value on the host."""
        return np.array(_array.to_host(self.array))

    def assign(self, value: Any) -> None:
        """Give the variable another value of the same shape."""
        value = np.asarray(value)
        if value.shape != self.shape:
            raise ValueError(
                f"Variable {self.name!r} has shape {self.shape}; got a value of shape "
                f"{value.shape}."
            )
        with first_value:
            if self._array is None:
                self.initial = np.array(value, dtype=self.dtype)
                return
        _array.xp().load(self._array, value)


class Update(NamedTuple):
    """A variable and the node that becomes its value at the end of a run."""

    variable: Variable
    value: Node


class Change(Update):
    """An update that changes what it finds: several of one variable all take effect, in turn.

    Attributes:
        rule: returns the new value for an old one.
    """

    rule: Callable[[Node], Node]


def as_node(value: Any, dtype: str | None = None) -> Node:
    """Return `value` as a node; numbers become constants of `dtype`.

    Without a `dtype`, Python floats become float32, also those of a list, and arrays keep their type.
    """
    if isinstance(value, Node):
        return value
    if isinstance(value, list | tuple) and any(isinstance(v, Node) for v in value):
        return OPS["stack"](*value, axis=0)
    if dtype is None and isinstance(value, float):
        dtype = "float32"
    if dtype is None and isinstance(value, list | tuple):
        dtype = {"f": "float32", "i": "int32"}.get(np.asarray(value).dtype.kind)
    if dtype is None and isinstance(value, int) and not isinstance(value, bool):
        dtype = "int32" if -(2**31) <= value < 2**31 else "int64"
    return Constant(value, dtype)
