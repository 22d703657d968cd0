"""What is checked of every op, from one description: a Case."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasnb.graph import Constant, Function, Node, Placeholder, evaluate, gradients, ops
from tests.graph.strict import strict_arrays

FRESH_SEED = int(os.environ.get("KERASNB_TEST_SEED") or np.random.SeedSequence().entropy % 10**6)
TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-12}
STEP = 1e-4  # of finite differences; with four points their error is about STEP**4


@dataclass
class Case:
    """An op with inputs to try it on.

    Attributes:
        make: takes nodes, returns what the op makes: a node or several.
        arrays: takes a random generator, returns the input arrays (floats as float64).
        want: the same as `make`, on arrays, written with NumPy alone.
        label: what is special about the case.
        dtypes: types that the float inputs are tried in.
        static: which inputs are constants (shapes, say).
        grad: which inputs have a gradient; by default all floats that are not static.
        order: how often the op can be differentiated: 0, 1 or 2.
        result: type of the results, where it is not that of the first float input.
        unknown: whether sizes may be left open while the graph is built.
        scale: tolerance, in units of the usual one.
    """

    make: Callable[..., Any]
    arrays: Callable[[np.random.Generator], list[Any]]
    want: Callable[..., Any]
    label: str = ""
    dtypes: tuple[str, ...] = ("float16", "float32", "float64")
    static: tuple[int, ...] = ()
    grad: tuple[int, ...] | None = None
    order: int = 2
    result: str | tuple[str, ...] = ""
    unknown: bool = True
    scale: float = 1.0
    name: str = field(default="", init=False)

    def inputs(self, fresh: bool = False, salt: str = "") -> list[np.ndarray]:
        """Return input arrays: always the same ones, or fresh ones each time tests are run."""
        seed = [zlib.crc32((self.name + self.label + salt).encode())]
        if fresh:
            print(f"fresh inputs: set KERASNB_TEST_SEED={FRESH_SEED} to see them again")
            seed.append(FRESH_SEED)
        return [np.asarray(a) for a in self.arrays(np.random.default_rng(seed))]

    def differentiable(self, arrays: list[np.ndarray]) -> list[int]:
        """Return which inputs have a gradient."""
        if not self.order:
            return []
        if self.grad is not None:
            return list(self.grad)
        return [i for i, a in enumerate(arrays) if a.dtype.kind == "f" and i not in self.static]


def nodes_for(case: Case, arrays: list[np.ndarray], shapes: Any = None) -> list[Node]:
    """Return a placeholder for each array, or a constant where the case asks for it."""
    return [
        Constant(a)
        if i in case.static
        else Placeholder(a.shape if shapes is None else shapes[i], a.dtype.name)
        for i, a in enumerate(arrays)
    ]


def results(made: Any) -> list[Node]:
    """Return what an op made as a list of nodes."""
    return list(made) if isinstance(made, tuple | list) else [made]


def run_both(targets: list[Node], nodes: list[Node], arrays: list[np.ndarray]) -> list[list[Any]]:
    """Return the targets' values from the interpreter and from a plan."""
    given = {n: a for n, a in zip(nodes, arrays, strict=True) if isinstance(n, Placeholder)}
    plan = Function(list(given), targets)
    first = plan(list(given.values()))
    again = plan(list(given.values()))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b, err_msg="a plan gave another result the second time")
    return [evaluate(*targets, feed=given), first]


def as_type(arrays: list[np.ndarray], dtype: str) -> list[np.ndarray]:
    return [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]


def check_values(case: Case, fresh: bool = False) -> None:
    """The values are those of independent NumPy, in every type and by both ways to compute."""
    original = case.inputs(fresh)
    floats = any(a.dtype.kind == "f" for a in original)
    for dtype in case.dtypes if floats else case.dtypes[-1:]:
        arrays = as_type(original, dtype)
        nodes = nodes_for(case, arrays)
        made = results(case.make(*nodes))
        wide = [a.astype("float64") if a.dtype.kind == "f" else a for a in arrays]
        with np.errstate(all="ignore"):
            wanted = case.want(*wide)
        wanted = list(wanted) if isinstance(wanted, tuple | list) else [wanted]
        assert len(made) == len(wanted)
        kinds = case.result or next((n.dtype for n in nodes if n.dtype.startswith("float")), "")
        kinds = kinds if isinstance(kinds, tuple) else (kinds,) * len(made)
        for values in run_both(made, nodes, arrays):
            for node, got, want, kind in zip(made, values, wanted, kinds, strict=True):
                where = f"{node.name} in {dtype}"
                assert np.shape(got) == np.shape(want), where
                assert node.dtype == got.dtype.name, where
                if kind:
                    assert node.dtype == kind, where
                tolerance = max(TOLERANCE[dtype], TOLERANCE.get(got.dtype.name, 0.0))
                close(got, want, tolerance * case.scale, where)


def close(got: Any, want: Any, tolerance: float, what: str) -> None:
    want = np.asarray(want)
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, want, err_msg=what)
        return
    finite = want[np.isfinite(want)]
    size = max(1.0, np.abs(finite).max()) if finite.size else 1.0
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * size, err_msg=what)


def check_shapes(case: Case) -> None:
    """What `infer` says of a shape is true, and says all when all sizes are known."""
    arrays = case.inputs()
    rng = np.random.default_rng(0)
    for open_sizes in (0.0, 0.5, 1.0) if case.unknown else (0.0,):
        shapes = [tuple(None if rng.random() < open_sizes else n for n in a.shape) for a in arrays]
        nodes = nodes_for(case, arrays, shapes)
        made = results(case.make(*nodes))
        wrt = [nodes[i] for i in case.differentiable(arrays)]
        slopes = gradients(made[0], wrt) if wrt else []
        for values in run_both([*made, *(g for g in slopes if g is not None)], nodes, arrays):
            for node, value in zip(made, values, strict=False):
                fits(node.shape, value.shape, not open_sizes)
        for x, slope in zip(wrt, slopes, strict=True):
            if slope is not None:
                fits(slope.shape, arrays[nodes.index(x)].shape, not open_sizes)
                assert slope.dtype == x.dtype


def fits(said: tuple, real: tuple, known: bool) -> None:
    assert len(said) == len(real), (said, real)
    for n, m in zip(said, real, strict=True):
        assert n == m or (n is None and not known), (said, real)


def weighted(made: list[Node], rng: np.random.Generator) -> Node:
    """Return a number in which every float result counts, each entry with its own weight."""
    total: Any = None
    for node in made:
        if node.dtype.startswith("float"):
            weights = rng.standard_normal([n or 1 for n in node.shape])
            part = ops.reduce_sum(node * Constant(weights, node.dtype))
            total = part if total is None else total + part
    return total


def check_gradients(case: Case, fresh: bool = False) -> None:
    """In float64 gradients are those of finite differences, to the order that exists."""
    arrays = case.inputs(fresh)
    wrt = case.differentiable(arrays)
    if not wrt or any(not arrays[i].size for i in wrt):
        return
    rng = np.random.default_rng(1)
    nodes = nodes_for(case, arrays)
    loss = weighted(results(case.make(*nodes)), rng)
    xs = [nodes[i] for i in wrt]
    for order in range(1, case.order + 1):
        slopes = gradients(loss, xs)
        ways = [rng.standard_normal(arrays[i].shape) for i in wrt]
        along = None
        for i, slope, way in zip(wrt, slopes, ways, strict=True):
            expected = difference(loss, nodes, arrays, i, way)
            if slope is None:
                assert abs(expected) < 1e-7, f"order {order}: input {i} has no gradient"
                continue
            part = ops.reduce_sum(slope * Constant(way))
            for (got,) in run_both([part], nodes, arrays):
                np.testing.assert_allclose(
                    got, expected, rtol=1e-6, atol=1e-7, err_msg=f"order {order}, input {i}"
                )
            along = part if along is None else along + part
        if along is None:
            return
        loss = along


def difference(
    loss: Node, nodes: list[Node], arrays: list[np.ndarray], index: int, way: np.ndarray
) -> float:
    """Return the slope of `loss` when one input moves along `way`."""

    def at(step: float) -> float:
        moved = [a + step * way if i == index else a for i, a in enumerate(arrays)]
        given = {n: a for n, a in zip(nodes, moved, strict=True) if isinstance(n, Placeholder)}
        return float(evaluate(loss, feed=given)[0])

    return (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)


def check_expand(case: Case) -> None:
    """A fused op equals its expansion: values, gradients and their gradients."""
    arrays = case.inputs(salt="expand")
    nodes = nodes_for(case, arrays)
    made = results(case.make(*nodes))
    op, inputs = made[0].op, made[0].inputs
    spelled = results(op.expand(*inputs))
    spelled = [spelled[n.index] for n in made]
    assert [n.shape for n in spelled] == [n.shape for n in made]
    xs = [nodes[i] for i in case.differentiable(arrays)]
    targets = []
    for ys in (made, spelled):
        mine = list(ys)
        loss = weighted(mine, np.random.default_rng(2))
        for _ in range(case.order):
            slopes = [
                ops.full_like(x, value=0.0) if g is None else g
                for x, g in zip(xs, gradients(loss, xs), strict=True)
            ]
            mine += slopes
            loss = weighted(slopes, np.random.default_rng(3))
        targets.append(mine)
    for values in run_both(targets[0] + targets[1], nodes, arrays):
        half = len(values) // 2
        for got, want in zip(values[:half], values[half:], strict=True):
            close(got, want, 1e-9 * case.scale, "fused and spelled out")


def check_strict(case: Case) -> None:
    """Nothing is taken to the host in silence: values and gradients come out on strict arrays."""
    arrays = as_type(case.inputs(), "float32")
    nodes = nodes_for(case, arrays)
    made = results(case.make(*nodes))
    xs = [nodes[i] for i in case.differentiable(arrays)]
    slopes = [g for g in gradients(made[0], xs) if g is not None] if xs else []
    targets = [*made, *slopes]
    expected = run_both(targets, nodes, arrays)[0]
    with strict_arrays():
        for values in run_both(targets, nodes, arrays):
            for got, want in zip(values, expected, strict=True):
                close(got, want, 1e-5 * case.scale, "on strict arrays")
