"""Where the time of a training step goes: each layer's share, forward, backward, optimizer."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .. import array as _array
from ..engine.network import Network
from ..engine.training import Model
from ..graph.autodiff import applications
from ..graph.function import Function
from ..graph.node import LearningPhase, Variable
from .describe.cost import operations
from .describe.summary import model_name, weights_memory
from .display import Display
from .forms import timing as timing_form
from .language import say

PHASES = ("forward", "backward", "optimizer")
_WARM_UP = 2  # runs that do not count
_RUNS = (3, 200)  # least and most

Owner = tuple[str, str]  # a layer's name and a phase


def timing(model: Any, x: Any, y: Any, sample_weight: Any = None, seconds: float = 0.5) -> Display:
    """Return what each layer costs in a training step: time, memory, operations.

    The step is computed some times with a batch; weights, the optimizer's state, metrics and random
    numbers are afterwards what they were.

    Args:
        model: the model, compiled.
        x, y, sample_weight: the batch, as for `train_on_batch`.
        seconds: about how long to measure.
    """
    return Display(describe_timing(model, x, y, sample_weight, seconds), timing_form.FORM)


def describe_timing(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    seconds: float = 0.5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Any]:
    """Return what each layer costs in a training step.

    Each call of the step's plan is timed by itself; the quickest of several runs counts. Kernels
    are compiled where a long training has them too. A call that computes ops of several layers is
    shared out by the numbers that each of them has in it.

    Args:
        model, x, y, sample_weight, seconds: as for `timing`.
        clock: function that returns the time in seconds.

    Returns:
        A description of kind "timing" (see docs/displays.md).
    """
    if not isinstance(model, Model):
        raise TypeError(f"timing: got a {type(model).__name__}; needs a model.")
    model._need_compile()
    data = model._learning_data(x, y, sample_weight)
    model._make_train_function()
    step = _Step(model, data)
    with step.kept():
        whole, spent = step.measure(seconds, clock)
    owner = _Owners(model, step.function)
    rows: dict[str, dict[str, Any]] = {}
    shared = 0.0
    for number, weights in enumerate(step.calls):
        owners = [owner.of(node) for node, _ in weights]
        total = sum(size for _, size in weights)
        if len({name for name, _ in owners}) > 1:
            shared += spent[number]
        for (name, phase), (_, size) in zip(owners, weights, strict=True):
            row = rows.setdefault(name, _row())
            row[phase] += spent[number] * size / total
        rows[owners[0][0]]["calls"] += 1
    for one in step.plan.order:
        for made in one:
            name, _ = owner.of(made.node)
            row = rows.setdefault(name, _row())
            specs = [value.spec for value in made.outputs]
            row["operations"] += operations(made.op, [v.spec for v in made.inputs], specs)
            row["memory"] += sum(map(_nbytes, specs)) if not made.op.view else 0
    ordered = [name for name in owner.names if name in rows]
    ordered += [name for name in rows if name not in ordered]
    calls = sum(spent)
    return {
        "kind": "timing",
        "model": model_name(model),
        "samples": len(data[0]) if data else 0,
        "device": _array.device(),
        "runs": step.runs,
        "step": whole,
        "calls": calls,
        "kernels": sum(hasattr(f, "nodes") for f, _ in step.plain),
        "memory": step.function.pool.nbytes,
        "shared": shared / calls if calls else 0.0,
        "rows": [_told(name, rows[name], owner.layers.get(name), calls) for name in ordered],
    }


def _row() -> dict[str, Any]:
    return {**dict.fromkeys(PHASES, 0.0), "calls": 0, "operations": 0, "memory": 0}


def _told(name: str, row: dict[str, Any], layer: Any, calls: float) -> dict[str, Any]:
    spent = sum(row[phase] for phase in PHASES)
    return {
        "layer": name,
        "class": type(layer).__name__ if layer is not None else "",
        "seconds": spent,
        "share": spent / calls if calls else 0.0,
        **row,
        "weights": 0 if layer is None else weights_memory(layer.weights),
    }


def _nbytes(spec: Any) -> int:
    return int(np.prod(spec.shape, dtype=np.int64)) * np.dtype(spec.dtype).itemsize


class _Step:
    """A model's training step, in memory of its own.

    Attributes:
        function: the step.
        plan: its plan for the batch.
        plain: the plan's calls.
        calls: for each of them the nodes that it computes, with how many numbers.
        runs: how often it was measured.
    """

    def __init__(self, model: Any, data: Sequence[Any]) -> None:
        used = model.train_function
        self.function = Function(used.inputs, used.outputs, used.updates, name="timing")
        phases = [n for n in used.inputs if isinstance(n, LearningPhase)]
        self.given = [*data, *(1 for _ in phases)]
        self.variables = {update.variable for update in self.function.updates}
        self.runs = 0

    def kept(self) -> Any:
        """Let variables and random numbers afterwards be what they are now."""
        return _Kept(self)

    def make(self) -> None:
        """Make the plan, with the kernels that it would have after many steps."""
        self.function(self.given)
        (self.plan,) = self.function.plans.values()
        if self.plan.patience:
            self.plan.patience = 1
            self.plan.wait()
        self.plain = [*self.plan.compute, *self.plan.apply]
        self.calls = [_computed(function, node) for function, node in self.plain]

    def measure(self, seconds: float, clock: Callable[[], float]) -> tuple[float, list[float]]:
        """Return the least time of the whole step, and of each call in it."""
        self.make()
        for _ in range(_WARM_UP):
            self.function(self.given)
        first = self._once(clock)
        self.runs = int(min(max(seconds / max(first, 1e-6) / 2, _RUNS[0]), _RUNS[1]))
        spent: list[list[float]] = [[] for _ in self.plain]
        timed = [
            (_timed(function, clock, into), node)
            for (function, node), into in zip(self.plain, spent, strict=True)
        ]
        whole = []
        for _ in range(self.runs):  # by turns: what disturbs the one disturbs the other
            self._choose(self.plain)
            whole.append(self._once(clock))
            self._choose(timed)
            self.function(self.given)
        return min(whole), [min(times) for times in spent]

    def _choose(self, calls: list[Any]) -> None:
        count = len(self.plan.compute)
        self.plan.compute, self.plan.apply = calls[:count], calls[count:]

    def _once(self, clock: Callable[[], float]) -> float:
        begin = clock()
        self.function(self.given)
        return clock() - begin


class _Kept:
    def __init__(self, step: _Step) -> None:
        self.step = step

    def __enter__(self) -> None:
        self.values = [(v, v.read()) for v in self.step.variables]
        self.states = []
        xp = _array.xp()
        targets = [*self.step.function.outputs, *(u.value for u in self.step.function.updates)]
        for node in applications(targets):
            stream = getattr(node.op, "stream", None)
            if stream is not None:
                generator = stream.generator(xp)
                self.states.append((generator, xp.generator_state(generator)))

    def __exit__(self, *error: Any) -> None:
        for variable, value in self.values:
            variable.assign(value)
        for generator, state in self.states:
            _array.xp().set_generator_state(generator, state)


def _timed(
    function: Callable[[], Any], clock: Callable[[], float], into: list[float]
) -> Callable[[], Any]:
    """Return a call that notes how long it takes."""
    if _array.device() == "cpu":

        def run() -> None:
            begin = clock()
            function()
            into.append(clock() - begin)

        return run
    probe = _array.xp().empty((1,), "float32")

    def run_and_wait() -> None:
        _array.to_host(probe)  # a GPU computes on its own time: wait for what was before
        begin = clock()
        function()
        _array.to_host(probe)
        into.append(clock() - begin)

    return run_and_wait


def _computed(function: Any, node: Any) -> list[tuple[Any, float]]:
    """Return the nodes that a call computes, with how many numbers it computes for each."""
    if not hasattr(function, "nodes"):
        return [(node, 1.0)]
    sets = function.keep[1]
    return [
        (one, float(max([a.size for a in arrays], default=1) or 1))
        for nodes, arrays in zip(function.nodes, sets, strict=True)
        for one in nodes
    ]


class _Owners:
    """Says which layer and which phase a node belongs to.

    Attributes:
        layers: the model's layers by name, those of nested models too.
        names: the names of all owners, in order.
    """

    def __init__(self, model: Any, function: Function) -> None:
        self.layers = dict(_layers(model))
        self.rest, self.loss = say("timing.rest"), say("timing.loss")
        self.names = [*self.layers, self.loss, self.rest]
        self._training = f"training/{type(model.optimizer).__name__}/"
        weights = {
            id(w): name
            for name, layer in self.layers.items()
            for w in layer.weights
            if not isinstance(layer, Network)
        }
        self._of_weight = weights
        self._of_update: dict[Any, str] = {}
        for variable, node in function.updates:
            if id(variable) in weights:
                self._claim(node, weights[id(variable)])

    def _claim(self, node: Any, name: str) -> None:
        """Let what the optimizer computes for a layer's weight belong to the layer.

        Single numbers do not: they are computed once, and all weights need them.
        """
        todo = [node, *node.inputs]  # the first may be the function's cast to the weight's type
        while todo:
            one = todo.pop()
            if one.shape and self._is_optimizers(one) and one not in self._of_update:
                self._of_update[one] = name
                todo.extend(one.inputs)

    def _is_optimizers(self, node: Any) -> bool:
        return self._training in node.name and "/gradients/" not in node.name

    def of(self, node: Any) -> Owner:
        """Return the name of a node's layer, and its phase."""
        if isinstance(node, Variable):
            return self._of_weight.get(id(node), self.rest), "optimizer"
        if self._is_optimizers(node):
            return self._of_update.get(node.outputs[0], self.rest), "optimizer"
        if self._training in node.name:
            return node.layer or self.rest, "backward"
        if node.name.startswith(("loss/", "metrics/")):
            return self.loss, "forward"
        return node.layer or self.rest, "forward"


def _layers(model: Any) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        yield str(layer.name), layer
        if isinstance(layer, Network):
            yield from _layers(layer)


# -- %%kerasnb time


def batch_of(
    source: str, evaluate: Callable[[str], Any], run: Callable[[str], Any]
) -> tuple[Any, ...]:
    """Run a cell but for its last line, and return the model and the batch that this would train.

    Args:
        source: a cell that ends with `MODEL.fit(...)` or `MODEL.train_on_batch(...)`.
        evaluate: function that returns the value of an expression.
        run: function that runs statements.

    Returns:
        Model, x, y and sample weights; of `fit` those of the first batch.

    Raises:
        ValueError: if it ends with something else.
    """
    lines = ast.parse(source).body
    last = lines[-1] if lines else None
    call = getattr(last, "value", None)
    if not (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("fit", "train_on_batch")
    ):
        raise ValueError(say("timing.needs_call"))
    if lines[:-1]:
        run(ast.unparse(ast.Module(lines[:-1], [])))
    model = evaluate(ast.unparse(call.func.value))
    if not isinstance(model, Network):
        raise ValueError(say("timing.needs_call"))
    # The call's arguments as Python would bind them, without the call.
    given = ast.unparse(ast.Call(ast.Name("dict"), [], call.keywords))
    positional = [ast.unparse(argument) for argument in call.args]
    values = dict(
        zip(
            ("x", "y", "batch_size" if call.func.attr == "fit" else "sample_weight"),
            (evaluate(text) for text in positional),
            strict=False,
        )
    )
    values.update(evaluate(given))
    size = (values.get("batch_size") or 32) if call.func.attr == "fit" else None
    return model, *(_first(values.get(name), size) for name in ("x", "y", "sample_weight"))


def _first(data: Any, size: int | None) -> Any:
    """Return the first samples of arrays; all without a size."""
    if data is None or size is None:
        return data
    if isinstance(data, Mapping):
        return {name: _first(value, size) for name, value in data.items()}
    if isinstance(data, list | tuple) and any(np.ndim(part) for part in data):
        return [np.asarray(part)[:size] for part in data]
    return np.asarray(data)[:size]
