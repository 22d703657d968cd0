"""A small language for loops over vectors, written down in Python and compiled by LLVM.

A kernel is a Python function that runs once, when the kernel is made: it says which loops there
are and what happens in them. This one doubles n numbers, a vector at a time:

    k = Kernel("double", "float32* float32* int64")
    x, y, n = k.arguments
    with k.loop(0, n - n % k.lanes, k.lanes) as i:
        k.store(k.load(x + i, k.lanes) * 2.0, y + i)
    with k.loop(n - n % k.lanes, n) as i:  # what is left over, one by one
        k.store(k.load(x + i) * 2.0, y + i)
    double = k.compile()
    double(x_array.ctypes.data, y_array.ctypes.data, n)

`k.sweep(n, body)` writes both loops. A Python `for` unrolls, a Python `if` chooses between kernels;
sizes that are Python numbers become constants of the code. A sum that lives in registers is a
`k.variable(start)`, read and set by its `value`. Registers compute with + - * / and comparisons, a
number beside a vector counts as a vector of it, and `k.fma(a, b, c)` is a * b + c, rounded once.
Nothing is checked at run time: whoever calls a kernel keeps its arrays alive and its sizes true.

`once` keeps a kernel for the next who asks for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from .host import host, to_code
from .threads import compiling

INDEX, BYTE, BIT = ir.IntType(64), ir.IntType(8), ir.IntType(1)
TYPES: dict[str, Any] = {
    "float32": ir.FloatType(),
    "float64": ir.DoubleType(),
    "int16": ir.IntType(16),
    "int32": ir.IntType(32),
    "int64": INDEX,
    "uint8": BYTE,
    "bool": BIT,  # a byte in memory
}

_made: dict[Any, Callable[..., None]] = {}


def once(key: Any, make: Callable[[], Callable[..., None]]) -> Callable[..., None]:
    """Return the kernel that was made for `key`, made now if there is none.

    Args:
        key: all that `make` depends on, but for the width of vectors.
        make: writes and compiles the kernel.
    """
    key = (host().lanes, key)
    with compiling:
        if key not in _made:
            _made[key] = make()
        return _made[key]


class Reg:
    """A number, a vector of numbers or a pointer in a register of a kernel."""

    __slots__ = ("ir", "k", "type")

    def __init__(self, k: Kernel, value: Any, type: str) -> None:
        self.k = k
        self.ir = value
        self.type = type  # as NumPy calls it; 'float32*' is a pointer

    @property
    def lanes(self) -> int:
        """Entries of the vector; 0 if it is a number."""
        return self.ir.type.count if isinstance(self.ir.type, ir.VectorType) else 0

    @property
    def is_float(self) -> bool:
        """Whether the numbers are floats."""
        return self.type.startswith("float")

    def __add__(self, other: Any) -> Reg:
        if self.type.endswith("*"):
            return Reg(self.k, self.k.b.gep(self.ir, [self.k.index(other).ir]), self.type)
        return self.k.binary("add", self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Reg:
        return self.k.binary("sub", self, other)

    def __rsub__(self, other: Any) -> Reg:
        return self.k.binary("sub", other, self)

    def __mul__(self, other: Any) -> Reg:
        return self.k.binary("mul", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Reg:
        return self.k.binary("div", self, other)

    def __rtruediv__(self, other: Any) -> Reg:
        return self.k.binary("div", other, self)

    def __floordiv__(self, other: Any) -> Reg:
        """Of integers that are not negative."""
        return self.k.binary("div", self, other)

    def __mod__(self, other: Any) -> Reg:
        """Of integers that are not negative."""
        return self.k.binary("rem", self, other)

    def __and__(self, other: Any) -> Reg:
        return self.k.bits("and_", self, other)

    def __or__(self, other: Any) -> Reg:
        return self.k.bits("or_", self, other)

    def __xor__(self, other: Any) -> Reg:
        return self.k.bits("xor", self, other)

    def __lshift__(self, other: Any) -> Reg:
        return self.k.bits("shl", self, other)

    def __rshift__(self, other: Any) -> Reg:
        """Zeros come in from the left."""
        return self.k.bits("lshr", self, other)

    def __neg__(self) -> Reg:
        if self.is_float:
            return Reg(self.k, self.k.b.fneg(self.ir), self.type)
        return 0 - self

    def __lt__(self, other: Any) -> Reg:
        return self.k.compare("<", self, other)

    def __le__(self, other: Any) -> Reg:
        return self.k.compare("<=", self, other)

    def __gt__(self, other: Any) -> Reg:
        return self.k.compare(">", self, other)

    def __ge__(self, other: Any) -> Reg:
        return self.k.compare(">=", self, other)

    def same(self, other: Any) -> Reg:
        """Whether the numbers are equal (`==` compares the registers themselves)."""
        return self.k.compare("==", self, other)

    def differs(self, other: Any) -> Reg:
        """Whether the numbers differ; NaN differs from everything."""
        return self.k.compare("!=", self, other)


class Variable:
    """A register that changes from one turn of a loop to the next."""

    def __init__(self, k: Kernel, start: Reg) -> None:
        with k.b.goto_entry_block():
            self.slot = k.b.alloca(start.ir.type)
        self.k, self.type = k, start.type
        self.value = start

    @property
    def value(self) -> Reg:
        """What it holds now; can be set."""
        return Reg(self.k, self.k.b.load(self.slot), self.type)

    @value.setter
    def value(self, new: Reg) -> None:
        self.k.b.store(new.ir, self.slot)


class Kernel:
    """A function in the making.

    Args:
        name: for debuggers.
        arguments: types, as in 'float32* float32* int64'.
    """

    def __init__(self, name: str, arguments: str) -> None:
        machine = host()
        self.lanes, self.registers = machine.lanes, machine.registers
        self.name = name
        self.module = ir.Module(name)
        kinds = arguments.split()
        function = ir.FunctionType(ir.VoidType(), [INDEX] * len(kinds))
        self.function = ir.Function(self.module, function, name)
        self.b = ir.IRBuilder(self.function.append_basic_block())
        pairs = zip(self.function.args, kinds, strict=True)
        self.arguments = [
            self.pointer(Reg(self, a, "int64"), kind[:-1])
            if kind[-1] == "*"
            else Reg(self, a, kind)
            for a, kind in pairs
        ]

    def compile(self) -> Callable[..., None]:
        """Return the function; it takes addresses and integers."""
        self.b.ret_void()
        return to_code(str(self.module), self.name, len(self.arguments))

    # Constants and conversions

    def constant(self, number: float, type: str, lanes: int = 0) -> Reg:
        """Return a number, or a vector of it."""
        kind = TYPES[type]
        number = float(number) if type.startswith("float") else int(number)
        value = ir.Constant(ir.VectorType(kind, lanes), [number] * lanes) if lanes else None
        return Reg(self, value or ir.Constant(kind, number), type)

    def index(self, value: Any) -> Reg:
        """Return a Python number as a register."""
        return value if isinstance(value, Reg) else self.constant(value, "int64")

    def pointer(self, address: Reg, type: str) -> Reg:
        """Return an address as a pointer to numbers."""
        memory = BYTE if type == "bool" else TYPES[type]
        return Reg(self, self.b.inttoptr(address.ir, memory.as_pointer()), type + "*")

    def splat(self, value: Reg, lanes: int) -> Reg:
        """Return a vector of a number."""
        kind = ir.VectorType(value.ir.type, lanes)
        if isinstance(value.ir, ir.Constant):
            return Reg(self, ir.Constant(kind, [value.ir.constant] * lanes), value.type)
        one = self.b.insert_element(ir.Constant(kind, ir.Undefined), value.ir, ir.IntType(32)(0))
        order = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        return Reg(self, self.b.shuffle_vector(one, one, order), value.type)

    def alike(self, *values: Any) -> list[Reg]:
        """Return values of one width: Python's numbers as registers, numbers beside vectors as vectors."""
        type = next(v.type for v in values if isinstance(v, Reg))
        regs = [v if isinstance(v, Reg) else self.constant(v, type) for v in values]
        lanes = max(r.lanes for r in regs)
        return [self.splat(r, lanes) if lanes and not r.lanes else r for r in regs]

    def counting(self, type: str, lanes: int) -> Reg:
        """Return a vector of the integers 0, 1, ..."""
        kind = ir.VectorType(TYPES[type], lanes)
        return Reg(self, ir.Constant(kind, list(range(lanes))), type)

    def cast(self, value: Reg, type: str) -> Reg:
        """Return the values in another type; floats lose their fraction when they become integers."""
        if value.type == type:
            return value
        if type == "bool":
            return value.differs(0)
        kind = self._like(TYPES[type], value)
        b, whole = self.b, not type.startswith("float")
        if value.is_float:
            wider = type == "float64"
            change = b.fptosi if whole else b.fpext if wider else b.fptrunc
        elif not whole:
            change = b.uitofp if value.type in ("bool", "uint8") else b.sitofp
        elif TYPES[type].width < TYPES[value.type].width:
            change = b.trunc
        else:
            change = b.zext if value.type in ("bool", "uint8") else b.sext
        return Reg(self, change(value.ir, kind), type)

    def bitcast(self, value: Reg, type: str) -> Reg:
        """Return the same bits, seen as another type of the same size."""
        return Reg(self, self.b.bitcast(value.ir, self._like(TYPES[type], value)), type)

    def _like(self, kind: Any, value: Reg) -> Any:
        return ir.VectorType(kind, value.lanes) if value.lanes else kind

    # Memory

    def load(self, pointer: Reg, lanes: int = 0) -> Reg:
        """Return the number at a pointer, or the vector that begins there."""
        type = pointer.type[:-1]
        kind = pointer.ir.type.pointee
        place, size = pointer.ir, kind
        if lanes:
            size = ir.VectorType(kind, lanes)
            place = self.b.bitcast(place, size.as_pointer())
        value = self.b.load(place, align=_bytes(type))
        if type == "bool":
            value = self.b.icmp_unsigned("!=", value, ir.Constant(size, None))
        return Reg(self, value, type)

    def gather(self, pointer: Reg, step: Reg, lanes: int = 0) -> Reg:
        """Return numbers that lie `step` bytes apart."""
        if not lanes:
            return self.load(pointer)
        type = pointer.type[:-1]
        address = Reg(self, self.b.ptrtoint(pointer.ir, INDEX), "int64")
        value = ir.Constant(ir.VectorType(TYPES[type], lanes), ir.Undefined)
        for lane in range(lanes):
            entry = self.load(self.pointer(address + step * lane, type))
            value = self.b.insert_element(value, entry.ir, ir.IntType(32)(lane))
        return Reg(self, value, type)

    def store(self, value: Reg, pointer: Reg) -> None:
        """Write a number or vector to where a pointer shows."""
        place, number = pointer.ir, value.ir
        if value.type == "bool":
            number = self.b.zext(number, self._like(BYTE, value))
        if value.lanes:
            place = self.b.bitcast(place, number.type.as_pointer())
        self.b.store(number, place, align=_bytes(value.type))

    def variable(self, start: Reg) -> Variable:
        """Return a register that loops can change."""
        return Variable(self, start)

    # Loops

    @contextmanager
    def loop(self, start: Any, stop: Any, step: Any = 1) -> Iterator[Reg]:
        """Repeat what is written inside for each index from `start` to below `stop`."""
        b = self.b
        start, stop, step = self.index(start).ir, self.index(stop).ir, self.index(step).ir
        inside, after = b.append_basic_block(), b.append_basic_block()
        before = b.block
        b.cbranch(b.icmp_signed("<", start, stop), inside, after)
        b.position_at_end(inside)
        i = b.phi(INDEX)
        i.add_incoming(start, before)
        yield Reg(self, i, "int64")
        following = b.add(i, step, flags=["nsw"])
        i.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, stop), inside, after)
        b.position_at_end(after)

    def sweep(self, count: Any, body: Callable[[Reg, int], None], lanes: int = 0) -> None:
        """Write `body(i, lanes)` for whole vectors, and `body(i, 0)` for each entry left over."""
        lanes = lanes or self.lanes
        whole = self.index(count) - self.index(count) % lanes
        with self.loop(0, whole, lanes) as i:
            body(i, lanes)
        with self.loop(whole, count) as i:
            body(i, 0)

    @contextmanager
    def when(self, condition: Reg) -> Iterator[None]:
        """Do what is written inside only if a condition (a number) holds."""
        with self.b.if_then(condition.ir):
            yield

    # Arithmetic

    def binary(self, name: str, a: Any, b: Any) -> Reg:
        """Return a sum ('add'), difference, product, quotient ('div') or remainder ('rem')."""
        if isinstance(b, int | float) and not isinstance(a, int | float):
            if (name, b) in (("mul", 1), ("div", 1)) or (
                name in ("add", "sub") and a.type == "int64" and b == 0
            ):
                return a
        a, b = self.alike(a, b)
        prefix = "f" if a.is_float else "s" if name in ("div", "rem") else ""
        return Reg(self, getattr(self.b, prefix + name)(a.ir, b.ir), a.type)

    def bits(self, name: str, a: Any, b: Any) -> Reg:
        """Return integers or truths combined bit by bit, or shifted."""
        a, b = self.alike(a, b)
        return Reg(self, getattr(self.b, name)(a.ir, b.ir), a.type)

    def halve(self, value: Reg) -> Reg:
        """Return half of each integer, rounded down."""
        value, one = self.alike(value, 1)
        return Reg(self, self.b.ashr(value.ir, one.ir), value.type)

    def compare(self, sign: str, a: Any, b: Any) -> Reg:
        """Return where a < b, and so on; with NaN only '!=' is true."""
        a, b = self.alike(a, b)
        if a.is_float:
            make = self.b.fcmp_unordered if sign == "!=" else self.b.fcmp_ordered
        else:
            make = self.b.icmp_unsigned if a.type in ("bool", "uint8") else self.b.icmp_signed
        return Reg(self, make(sign, a.ir, b.ir), "bool")

    def select(self, condition: Reg, a: Any, b: Any) -> Reg:
        """Return a where the condition holds, else b."""
        a, b = self.alike(a, b)
        lanes = max(condition.lanes, a.lanes)
        condition, a, b = (
            self.splat(r, lanes) if lanes and not r.lanes else r for r in (condition, a, b)
        )
        return Reg(self, self.b.select(condition.ir, a.ir, b.ir), a.type)

    def fma(self, a: Any, b: Any, c: Any) -> Reg:
        """Return a * b + c, rounded once."""
        return self.intrinsic("fma", a, b, c)

    def intrinsic(self, name: str, *values: Any) -> Reg:
        """Return a function that LLVM knows, as sqrt, fabs, floor or fma."""
        regs = self.alike(*values)
        kind = regs[0].ir.type
        width = f"f{_bytes(regs[0].type) * 8}"
        full = f"llvm.{name}.{f'v{regs[0].lanes}' if regs[0].lanes else ''}{width}"
        function = self.module.globals.get(full)
        if function is None:
            function = ir.Function(self.module, ir.FunctionType(kind, [kind] * len(regs)), full)
        return Reg(self, self.b.call(function, [r.ir for r in regs]), regs[0].type)


def _bytes(type: str) -> int:
    return {"float64": 8, "int64": 8, "int16": 2, "bool": 1, "uint8": 1}.get(type, 4)
