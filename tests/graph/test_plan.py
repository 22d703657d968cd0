"""Plans against the plain interpreter, and what they promise about memory and variables."""

from __future__ import annotations

import itertools
import os
import signal
import tracemalloc

import numpy as np
import pytest

import kerasnb.array
from kerasnb.array import compiled
from kerasnb.graph import (
    Function,
    Placeholder,
    Rows,
    Update,
    Variable,
    evaluate,
    gradients,
    learning_phase_node,
    name_scope,
    ops,
)
from kerasnb.graph.memory import Lease, Pool
from kerasnb.graph.plan import hold_interrupts

BIG = 40_000  # more entries than a block


@pytest.fixture(
    autouse=True,
    params=[
        "numpy",
        pytest.param(
            "compiled",
            marks=pytest.mark.skipif(not compiled.ready(), reason="needs llvmlite"),
        ),
    ],
)
def kernels(request, monkeypatch):
    """Every plan of this file is made of NumPy's calls, and again of compiled chains."""
    monkeypatch.setenv("KERASNB_KERNELS", request.param)
    return request.param


def assert_same(got, want):
    """Compare to the last bit, but for the last digits of a kernel's own exp, log and tanh."""
    if compiled.choice() == "numpy" or np.asarray(want).dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
    else:
        size = np.abs(want).max(initial=0)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6 * size)


def bend(x):
    """A function whose results, unlike tanh's, are the same to the last bit in every kernel."""
    return ops.tanh(x) if compiled.choice() == "numpy" else x / (1.0 + ops.absolute(x))


def random(*shape):
    return np.random.default_rng(sum(shape) + len(shape)).standard_normal(shape).astype("f4")


def whole(*shape):
    return np.rint(random(*shape)).astype("f4")


def check(outputs, feed):
    """Run a plan twice and compare with the interpreter."""
    expected = evaluate(*outputs, feed=feed)
    function = Function(list(feed), outputs)
    for _ in range(2):
        for got, want in zip(function(list(feed.values())), expected, strict=True):
            assert_same(got, want)
            assert np.shape(got) == want.shape
            assert np.asarray(got).dtype == want.dtype
    return function


@pytest.mark.parametrize("rows", [0, 1, 7, 3000])
def test_chains_agree_with_the_interpreter(rows):
    x = Placeholder((None, 24))
    row, column = Variable(random(24)), Placeholder((None, 1))
    a = ops.tanh(x * row + column)
    b = ops.where(a > 0.25, ops.sqrt(ops.absolute(a)), x - 3.0)
    c = ops.cast(b > 0, dtype="int32")
    d = ops.softplus(b) / (1.0 + ops.square(x))
    check([a, b, c, d, d + b], {x: random(rows, 24), column: random(rows, 1)})


@pytest.mark.parametrize("shape", [(BIG,), (3, 1, BIG), (BIG, 1), (200, 300), (1, 300, 200)])
def test_blocks_cover_every_shape(shape):
    x, y = Placeholder(shape), Placeholder(shape[-1:])
    z = ops.exp(-ops.square(x)) * y + ops.sigmoid(x) * 2.0
    check([z, z * x], {x: random(*shape), y: random(*shape[-1:])})


def test_views_inside_chains():
    x = Placeholder((160, 160))
    t = ops.transpose(x, perm=(1, 0))
    a = ops.exp(x * 0.1) + t
    b = a * a[:1] - ops.reverse(a, axes=(0,)) / 2.0
    check([a, b, ops.reshape(t, shape=(-1,))], {x: random(160, 160)})


def test_an_operand_that_is_also_seen_as_a_view_is_not_overwritten():
    x = Placeholder((300, 300))
    a = ops.exp(x)
    first = a[:1]
    check([(a + 1.0) * first], {x: random(300, 300)})
    check([ops.exp(x) + ops.transpose(ops.exp(x), perm=(1, 0))], {x: random(300, 300)})


def test_gradient_of_a_network_in_a_plan():
    x, t = Placeholder((None, 30)), Placeholder((None, 4))
    w = [Variable(random(30, 50)), Variable(random(50)), Variable(random(50, 4))]
    h = ops.relu(x @ w[0] + w[1])
    loss = ops.reduce_mean(ops.square(h @ w[2] - t))
    check([loss, *gradients(loss, w)], {x: random(600, 30), t: random(600, 4)})


def test_equal_work_is_done_once_and_the_rest_left_out():
    x = Placeholder((4, 4))
    function = check([ops.exp(x) + ops.exp(x), ops.identity(x) * 1.0 + 0.0], {x: random(4, 4)})
    (plan,) = function.plans.values()
    assert [step.op for unit in plan.order for step in unit] == [ops.exp.op(), ops.add.op()]


def test_the_learning_phase_chooses_when_the_plan_is_made():
    x, phase = Placeholder((5,)), learning_phase_node()
    y = ops.where(phase, ops.exp(x), ops.log(x))
    function = Function([x, phase], [y, *gradients(y, [x])])
    value = np.arange(1, 6, dtype="f4")
    for chosen, (want, slope) in {
        1: (np.exp(value), np.exp(value)),
        0: (np.log(value), 1 / value),
    }.items():
        got = function([value, chosen])
        np.testing.assert_allclose(got[0], want, rtol=1e-6)
        np.testing.assert_allclose(got[1], slope, rtol=1e-6)
    used = [{type(s.op) for unit in p.order for s in unit} for p in function.plans.values()]
    assert ops.log.op not in used[0]
    assert ops.exp.op not in used[1]
    assert Function([x], [y])([value])[0] == pytest.approx(np.log(value))


def test_updates_are_computed_first_and_then_applied():
    a, b = Variable(random(200, 200)), Variable(random(200, 100) @ random(100, 200))
    before = a.read(), b.read()
    swap = Function([], [a], [(a, b), (b, a)])
    assert np.array_equal(swap([])[0], before[0])
    assert np.array_equal(a.read(), before[1])
    assert np.array_equal(b.read(), before[0])


@pytest.mark.parametrize("size", [10, 200])
def test_variables_written_in_place_give_what_copies_give(size):
    def setting():
        w = Variable(random(size, size))
        m = Variable(np.zeros((size, size), "f4"))
        step = Variable(np.float32(0))
        g = bend(w) @ ops.transpose(w, perm=(1, 0))
        rate = 0.1 / (1.0 + step)
        new_m = 0.9 * m - rate * g
        new_w = w + 0.9 * new_m - rate * g
        norm = ops.reduce_sum(ops.square(new_w), axis=0, keepdims=True)
        return w, m, step, new_m, new_w, norm

    w, m, step, new_m, new_w, norm = setting()
    want = [evaluate(new_m, new_w, step + 1.0)]
    Function([], [], [(m, new_m), (w, new_w), (step, step + 1.0)])([])
    for variable, value in zip((m, w, step), want[0], strict=True):
        np.testing.assert_array_equal(variable.read(), value)
    w, m, step, new_m, new_w, norm = setting()
    want = evaluate(new_w / norm)  # a constraint: the new value is needed in full first
    Function([], [], [(m, new_m), (w, new_w / norm)])([])
    np.testing.assert_array_equal(w.read(), want[0])


def test_the_old_value_is_read_before_it_is_replaced():
    w = Variable(random(150, 150))
    old = w.read()
    mirrored = Variable(np.zeros((150, 150), "f4"))
    function = Function(
        [], [w @ w], [(w, w * 2.0), (mirrored, ops.transpose(w, perm=(1, 0)) + 1.0)]
    )
    want = evaluate(w @ w)[0]
    product = function([])[0]
    np.testing.assert_array_equal(product, want)
    np.testing.assert_array_equal(w.read(), old * 2)
    np.testing.assert_array_equal(mirrored.read(), old.T + 1)


def test_results_do_not_change_when_the_function_runs_again():
    x = Placeholder((None,))
    function = Function([x], [x * 2.0, x])
    first = function([np.ones(3)])
    function([np.zeros(3)])
    assert first[0].tolist() == [2, 2, 2]
    assert first[1].tolist() == [1, 1, 1]


def test_rows_are_gathered_and_converted():
    x = Placeholder((None, 3))
    function = Function([x], [x + 0.0])
    for dtype in ("u1", "i8", "f4", "f8"):
        data = np.arange(30).reshape(10, 3).astype(dtype)
        index = np.array([7, 2, 2])
        assert np.array_equal(function([Rows(data, index)])[0], data[index])
        assert np.array_equal(function([Rows(data, slice(4, 6))])[0], data[4:6])


def test_a_second_run_allocates_nothing_large():
    x = Placeholder((None, 300))
    w = Variable(random(300, 300))
    loss = ops.reduce_mean(ops.softplus(x @ w) * ops.sigmoid(x))
    function = Function([x], [loss], [(w, w - 0.1 * gradients(loss, [w])[0])])
    data = random(400, 300)
    function([data])
    tracemalloc.start()
    try:
        function([data])
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        function([data])
        peak = tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()
    assert peak <= 64 * 1024


def test_functions_can_share_memory():
    x = Placeholder((None, 100))
    one = Function([x], [ops.exp(x) @ np.ones((100, 5), "f4")])
    two = Function([x], [ops.sin(x) @ np.ones((100, 5), "f4")], pool=one.pool)
    data = random(500, 100)
    want = two([data])[0]
    held = one.pool.nbytes
    one([data])
    assert one.pool.nbytes == held
    assert np.array_equal(two([data])[0], want)


def test_an_error_while_running_names_layer_op_and_line():
    x = Placeholder((None,), "int32")
    with name_scope("my_layer", layer=True):
        y = ops.matmul(ops.reshape(ops.cast(x, dtype="float32"), shape=(-1, 1)), np.ones((1, 1)))
        z = ops.reshape(y, shape=(2, -1))
    with pytest.raises(
        ValueError, match=r'Layer "my_layer" \(reshape\).*got shape \(3, 1\)'
    ) as info:
        Function([x], [z])([np.arange(3)])
    assert "test_plan.py" in str(info.value)
    assert "ops.reshape(y, shape=(2, -1))" in str(info.value)


def test_a_missing_or_misshapen_input_is_named():
    x, y = Placeholder((None, 3), name="height"), Placeholder((None, 3), name="width")
    with pytest.raises(ValueError, match="width"):
        Function([x], [x + y])([np.zeros((2, 3))])
    with pytest.raises(ValueError, match=r"height.*needs shape \(None, 3\); got \(2, 4\)"):
        Function([x], [x])([np.zeros((2, 4))])
    with pytest.raises(ValueError, match="needs numbers"):
        Function([x], [x])([np.array([["a", "b", "c"]])])
    with pytest.raises(ValueError, match="got 0 input arrays, needs 1"):
        Function([x], [x])([])


def test_ctrl_c_waits_until_variables_are_written():
    seen = []
    with pytest.raises(KeyboardInterrupt):
        with hold_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            seen.append("after the signal")
        seen.append("not reached")
    assert seen == ["after the signal"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_second_derivative_through_a_plan():
    x = Placeholder((), "float64")
    y = ops.tanh(x) * ops.square(x)
    (dy,) = gradients(y, [x])
    (ddy,) = gradients(dy, [x])
    got = Function([x], [ddy])([0.7])[0]
    t, s = np.tanh(0.7), 1 - np.tanh(0.7) ** 2
    want = 2 * t + 4 * 0.7 * s + 0.49 * (-2 * t * s)
    assert got == pytest.approx(want, rel=1e-12)
    assert isinstance(got, np.float64)


def test_update_tuples_and_unused_inputs():
    counter, x = Variable(3), Placeholder((None,))
    function = Function([x], [counter], [Update(counter, counter + 1)])
    assert function([np.zeros(2)]) == [3]
    assert function([np.zeros(9)]) == [4]
    assert counter.read() == 5
    assert counter.dtype == "int64"


def test_a_chain_follows_the_pieces_of_a_tall_product():
    x, t = Placeholder((None, 20)), Placeholder((None, 30))
    # Whole numbers, so that no order of summation rounds: a BLAS has another one for each size.
    w, b = Variable(whole(20, 30)), Variable(whole(30))
    y = ops.relu(x @ w + b) * ops.square(t)
    loss = ops.reduce_sum(y)
    feed = {x: whole(9000, 20), t: whole(9000, 30)}
    function = check([y, *gradients(loss, [w, b, x])], feed)
    (plan,) = function.plans.values()
    names = [getattr(call.func, "__name__", "kernel") for call, _ in plan.compute]
    chain = "maximum" if compiled.choice() == "numpy" else "kernel"
    first, last = names.index("dot"), len(names) - 1 - names[::-1].index(chain)
    assert "dot" in names[first + 1 : last]  # a piece, then its part of the chain, and again
    shared = ops.exp(x @ w) + (x @ w)[:1]  # a view of the product forbids it
    check([shared, shared * 2.0], {x: feed[x]})


def random_graph(rng):
    """Return nodes of a random graph over square matrices, and its variables."""
    n = int(rng.choice([3, 150]))
    variables = [Variable(rng.standard_normal((n, n)).astype("f4")) for _ in range(3)]
    nodes = [*variables, Variable(rng.standard_normal((1, n)).astype("f4"))]

    def pick():
        return nodes[rng.integers(len(nodes))]

    for _ in range(rng.integers(3, 25)):
        a, b = pick(), pick()
        made = rng.choice(
            [
                lambda a, b: bend(a + b),
                lambda a, b: a * b,
                lambda a, b: bend(a) - 0.5,
                lambda a, b: ops.where(a > b, a, b),
                lambda a, b: ops.transpose(a, perm=(1, 0)) + b if a.shape[0] == n else a + b,
                lambda a, b: bend(a @ b) if b.shape[0] == n else a,
                lambda a, b: ops.reduce_mean(a, axis=0, keepdims=True),
                lambda a, b: ops.reverse(a, axes=(1,)) * 0.5 + b,
                lambda a, b: ops.concatenate(a, b, axis=0)[:n] + a if a.shape[0] == n else a,
                lambda a, b: ops.reshape(ops.reshape(a, shape=(-1,)), shape=a.shape) - b,
            ]
        )(a, b)
        nodes.append(made)
    return nodes, variables


@pytest.mark.parametrize("repeat", range(30))
def test_random_graphs(repeat):
    seed = np.random.SeedSequence().entropy
    print("seed", seed)  # shown if the test fails: put it in the place of the entropy
    rng = np.random.default_rng(seed)
    nodes, variables = random_graph(rng)
    outputs = [nodes[i] for i in rng.integers(len(nodes), size=3)]
    outputs += [g for g in gradients(ops.reduce_sum(outputs[0]), variables) if g is not None]
    fitting = [x for x in nodes if x.shape == variables[0].shape]
    updates = [(v, fitting[rng.integers(len(fitting))]) for v in variables if rng.random() < 0.7]
    expected = evaluate(*outputs, *(value for _, value in updates))
    function = Function([], outputs, updates)
    got = function([])
    np.testing.assert_equal(got, expected[: len(outputs)])
    for (variable, _), value in zip(updates, expected[len(outputs) :], strict=True):
        np.testing.assert_array_equal(variable.read(), value)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_free_stretches_of_memory_join(order):
    pool = Pool()
    lease = Lease(pool, kerasnb.array.xp())
    taken = [lease.take((1000,), "float32") for _ in order]
    starts = [array.__array_interface__["data"][0] for array, _ in taken]
    assert all(b - a >= 4000 for a, b in itertools.pairwise(starts))
    assert all(start % 64 == 0 for start in starts)
    held = pool.nbytes
    for number in order:
        lease.give(taken[number][1])
    whole, _ = lease.take((4000,), "float32")
    assert whole.__array_interface__["data"][0] == starts[0]
    assert pool.nbytes == held


def test_a_chain_writes_over_what_it_reads_for_the_last_time():
    x, w = random(300, 400), random(400, 400)
    a, b = Placeholder((None, 400)), Placeholder((400, 400))
    product = a @ b
    once = ops.relu(product + 1.0)
    both = [once, ops.absolute(once - product)]  # what is read again stays
    for outputs, values in (([once], 2), (both, 3)):
        function = Function([a, b], outputs)
        want = np.maximum(x @ w + 1, 0), np.abs(np.maximum(x @ w + 1, 0) - x @ w)
        for got, wanted in zip(function([x, w]), want, strict=False):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)
        (plan,) = function.plans.values()
        assert plan.pool.nbytes < (values + 0.5) * x.nbytes + w.nbytes
