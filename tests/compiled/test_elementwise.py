"""Compiled chains against NumPy: every op, every way that arrays can lie, and odd numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite", reason="kernels are compiled by llvmlite")

from kerasnb.array import compiled
from kerasnb.array import numpy as xp
from kerasnb.array.compiled import chain, elementwise
from kerasnb.array.compiled.host import force_lanes
from kerasnb.graph import OPS, Function, Placeholder, Variable
from kerasnb.graph.chains import jobs, joined

FLOATS = ("float32", "float64")
NAMES = sorted({*elementwise.OPS, "where", "cast", "power"})
ODD = np.array([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e-40, -1e-45, 3e38, -2.5, 0.5, 88.8])


def arity(name):
    if name == "where":
        return 3
    return 1 if name in chain.ULPS and name != "power" or name in ONE else 2


ONE = {"negative", "absolute", "sign", "square", "relu", "reciprocal", "sqrt", "floor", "ceil"}
ONE |= {"round", "cast", "logical_not"}


def lay(array, how):
    """Return the same array, lying otherwise in memory."""
    if how == "unaligned":
        memory = np.empty(array.nbytes + 1, "u1")[1:].view(array.dtype).reshape(array.shape)
    elif how == "transposed":
        memory = np.empty(array.shape[::-1], array.dtype).T
    elif how == "apart":
        memory = np.empty((*array.shape[:-1], 3 * array.shape[-1]), array.dtype)[..., ::3]
    else:
        memory = np.empty_like(array)
    memory[...] = array
    return memory


@st.composite
def chains(draw):
    """Draw a chain: arrays, (name, type, operands) of each step, and the shape of the results."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    ndim = draw(st.integers(1, 3))
    sizes = st.sampled_from([0, 1, 2, 3, 5, 8, 17, 40])
    shape = tuple(draw(sizes) for _ in range(ndim))
    arrays = []
    for dtype in ("float32", *draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))):
        own = tuple(n if draw(st.integers(0, 4)) else 1 for n in shape)
        values = rng.standard_normal(own) * 3
        odd = rng.random(own) < draw(st.sampled_from([0, 0.2]))
        if dtype in FLOATS:
            values[odd] = rng.choice(ODD, own)[odd]
        with np.errstate(all="ignore"):
            array = (values > 0) if dtype == "bool" else values.astype(dtype)
        how = draw(st.sampled_from(["plain", "plain", "unaligned", "transposed", "apart"]))
        arrays.append(np.broadcast_to(lay(array, how), shape))
    types = [a.dtype.name for a in arrays]
    steps = []
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(NAMES))
        places = [i if i < len(arrays) else ~(i - len(arrays)) for i in range(len(types))]
        operands = tuple(draw(st.sampled_from(places)) for _ in range(arity(name)))
        kinds = [types[i if i >= 0 else len(arrays) + ~i] for i in operands]
        result = np.result_type(*kinds[name == "where" :]).name
        if name == "cast":
            result = draw(st.sampled_from(TYPES))
            if kinds[0] in FLOATS and result not in (*FLOATS, "bool"):
                continue  # what becomes of NaN as an integer differs between machines
        if name in chain.TESTS | chain.LOGIC:
            result = "bool"
        exponent = draw(st.sampled_from(chain.POWERS)) if name == "power" else None
        step = chain.Step(name, result, operands, exponent)
        if chain.supported(step, kinds):
            steps.append(step)
            types.append(result)
    return arrays, tuple(steps), shape


TYPES = ("float32", "float32", "float64", "int32", "int64", "bool", "uint8")


def by_numpy(arrays, steps):
    """Return the result of each step, by the ops themselves."""
    done = []
    for step in steps:
        values = [arrays[i] if i >= 0 else done[~i] for i in step.operands]
        if step.name == "power":
            values = [values[0].astype(step.type), np.asarray(step.exponent, step.type)]
        op = OPS[step.name].op
        op = op(dtype=step.type) if step.name == "cast" else op()
        out = np.empty(np.broadcast_shapes(*(v.shape for v in values)), step.type)
        with np.errstate(all="ignore"):
            op.run(xp, *values, out=out)
        done.append(out)
    return done


def by_kernel(arrays, steps, outs):
    call = joined([jobs(compiled, steps, arrays, dict(enumerate(outs)), [None])])
    for function, _ in call:
        function()
    return outs


@pytest.mark.parametrize("lanes", [4, 8, 16])
@settings(deadline=None, max_examples=40)
@given(data=chains())
def test_a_chain_gives_what_numpy_gives(lanes, data):
    arrays, steps, shape = data
    if not steps:
        return
    with force_lanes(lanes):
        got = by_kernel(arrays, steps, [np.empty(shape, s.type) for s in steps])
    want = by_numpy(arrays, steps)
    loose = set()  # steps whose digits depend on exp, log and the like
    for number, (step, one, other) in enumerate(zip(steps, got, want, strict=True)):
        if step.name in chain.ULPS or any(~i in loose for i in step.operands if i < 0):
            loose.add(number)
        if number not in loose:
            np.testing.assert_array_equal(one, other, str(step))
        elif step.name in chain.ULPS and not any(~i in loose for i in step.operands if i < 0):
            with np.errstate(all="ignore"):
                np.testing.assert_allclose(one, other, rtol=2e-6, atol=1e-37, err_msg=str(step))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", FLOATS)
def test_each_op_on_odd_numbers(name, dtype):
    x, y = (g.ravel() for g in np.meshgrid(ODD.astype(dtype), ODD.astype(dtype)))
    values = {1: [x], 2: [x, y], 3: [x > 0, x, y]}[arity(name)]
    if name in chain.LOGIC:
        values = [v > 0 for v in values]
    types = {"cast": "float64", **dict.fromkeys(chain.TESTS | chain.LOGIC, "bool")}
    exponents = chain.POWERS if name == "power" else [None]
    for exponent in exponents:
        step = chain.Step(name, types.get(name, dtype), tuple(range(len(values))), exponent)
        assert chain.supported(step, [v.dtype.name for v in values])
        (got,) = by_kernel(values, (step,), [np.empty(x.shape, step.type)])
        (want,) = by_numpy(values, (step,))
        if name in chain.ULPS:
            np.testing.assert_allclose(got, want, rtol=2e-6, atol=1e-37)
        else:
            np.testing.assert_array_equal(got, want)


def test_results_can_take_the_place_of_operands():
    x, y = np.arange(37.0, dtype="f4"), np.ones(37, "f4")
    steps = (chain.Step("add", "float32", (0, 1)), chain.Step("multiply", "float32", (~0, 0)))
    by_kernel([x, y], steps, [y, x])
    np.testing.assert_array_equal(y, np.arange(37.0) + 1)
    np.testing.assert_array_equal(x, (np.arange(37.0) + 1) * np.arange(37.0))


def test_neighbours_become_one_call_and_only_those():
    step = (chain.Step("square", "float32", (0,)),)
    arrays = [np.full(n, 3.0, "f4") for n in (5, 40, 0)]
    outs = [np.empty_like(a) for a in arrays]
    first, second, third = (
        jobs(compiled, step, [a], {0: o}, [None]) for a, o in zip(arrays, outs, strict=True)
    )
    between = (lambda: None, None)
    assert len(joined([first, second, third])) == 1
    calls = joined([first, second, between, third])
    assert len(calls) == 3
    assert len(joined([first, second, between, third])) == 3  # asked again: the same
    for function, _ in calls:
        function()
    for out in outs:
        np.testing.assert_array_equal(out, np.full(out.shape, 9.0))


def test_one_kernel_serves_all_sizes(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    made = []
    write = elementwise._write
    monkeypatch.setattr(elementwise, "_write", lambda c: made.append(c) or write(c))
    x = Placeholder((None, 7))
    w = Variable(np.ones((7,), "f4"))
    function = Function([x], [OPS["relu"](x * w + w * 3.25) - 1.75])
    for rows in (3, 8, 90):
        data = np.random.default_rng(rows).standard_normal((rows, 7)).astype("f4")
        np.testing.assert_array_equal(function([data])[0], np.maximum(data + 3.25, 0) - 1.75)
    assert len(made) <= 2


def test_the_environment_chooses(monkeypatch):
    for chosen, wanted in {"numpy": False, "compiled": True, "": True, "auto": True}.items():
        monkeypatch.setenv("KERASNB_KERNELS", chosen)
        assert (xp.kernels() is not None) == wanted
    monkeypatch.setenv("KERASNB_KERNELS", "fast")
    with pytest.raises(ValueError, match="KERASNB_KERNELS: got 'fast'; needs 'numpy'"):
        xp.kernels()


def test_without_llvmlite_numpy_computes(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "compiled")
    monkeypatch.setattr(compiled, "_installed", lambda: False)
    assert xp.kernels() is None
    monkeypatch.setattr(compiled, "_installed", lambda: True)
    monkeypatch.setattr(compiled, "why_not", lambda: "its library does not load")
    x = Placeholder((None, 300))
    data = np.ones((100, 300), "f4")
    (got,) = Function([x], [OPS["exp"](x * 2.0) + 1.0])([data])
    np.testing.assert_array_equal(got, np.exp(data * 2) + 1)


def test_a_plan_that_trains_often_has_small_chains_compiled(monkeypatch):
    monkeypatch.setenv("KERASNB_KERNELS", "auto")
    monkeypatch.setattr("kerasnb.graph.plan.PATIENCE", 3)
    w = [Variable(np.ones(n, "f4")) for n in (2, 5, 9)]
    alone = Variable(np.ones(3, "f4"))
    curved = Variable(np.ones(4, "f4"))
    updates = [(v, v * 0.5 + 0.25 * v) for v in w]
    updates += [(alone, alone * 0.5 + 1.0), (curved, OPS["tanh"](curved) * 2.0)]
    function = Function([], [], updates)
    counts = []
    for _ in range(4):
        function([])
        (plan,) = function.plans.values()
        counts.append(len(plan.apply))
    # Two chains stay as they are: one is too short, and a kernel's tanh has other last digits.
    assert counts == [13, 13, 5, 5]
    for v in w:
        np.testing.assert_array_equal(v.read(), np.full(v.shape, 0.75**4, "f4"))


def test_a_bias_that_stands_alone_is_added_by_a_kernel(monkeypatch):
    """NumPy is slow where a row is broadcast; where shapes are equal it is left alone."""
    monkeypatch.delenv("KERASNB_KERNELS", raising=False)
    x, y = Placeholder((2000, 16), "float32"), Placeholder((2000, 16), "float32")
    bias = Placeholder((16,), "float32")
    arrays = [np.random.default_rng(i).random(x.shape, "float32") for i in range(2)]
    row = arrays[0][0] * 2
    for inputs, fed, made in (([x, bias], [arrays[0], row], True), ([x, y], arrays, False)):
        run = Function(inputs, [inputs[0] + inputs[1]])
        np.testing.assert_array_equal(run(fed)[0], fed[0] + fed[1])
        (plan,) = run.plans.values()
        assert any(hasattr(function, "keep") for function, _ in plan.compute) == made
