"""The scan against the same steps written out one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.array import Stream
from kerasnb.graph import Function, Placeholder, Variable, evaluate, gradients, ops
from kerasnb.graph.ops.scan import scan_over

T, N, D, H = 5, 3, 4, 6


def setting(seed=0, rows=N):
    rng = np.random.default_rng(seed)
    shapes = [(T, rows, D), (rows, H), (D, H), (H, H), (H,)]
    return [Variable(rng.standard_normal(s) * 0.5) for s in shapes]


def rnn_step(w, u, b):
    def step(entries, states):
        h = ops.tanh(entries[0] @ w + states[0] @ u + ops.exp(b))
        return [h * 2.0], [h]

    return step


def written_out(step, x, state, backwards):
    outputs = [None] * T
    for t in reversed(range(T)) if backwards else range(T):
        (outputs[t],), (state,) = step([x[t]], [state])
    return ops.stack(*outputs, axis=0), state


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("rows", [0, 1, N])
def test_values_and_two_orders_of_gradients(backwards, rows):
    x, h, w, u, b = wrt = setting(rows=rows)
    step = rnn_step(w, u, b)
    (out,), (last,) = scan_over(step, [x], [h], backwards)
    ref_out, ref_last = written_out(step, x, h, backwards)
    weights = np.random.default_rng(1).standard_normal((T, rows, H))
    results = []
    for y, s in ((out, last), (ref_out, ref_last)):
        loss = ops.reduce_sum(y * weights) + ops.reduce_sum(ops.square(s))
        slopes = gradients(loss, wrt)
        mixed = sum(ops.reduce_sum(ops.sin(g)) for g in slopes)
        nodes = [y, s, loss, *slopes, *gradients(mixed, wrt)]
        results.append((Function([], nodes)([]), evaluate(*nodes)))
    for got in (*results[0], results[1][1]):
        for a, b_ in zip(got, results[1][0], strict=True):
            np.testing.assert_allclose(a, b_, rtol=1e-10, atol=1e-12)


def test_unknown_length_and_rows():
    x = Placeholder((None, None, D), "float64")
    _, _, w, u, b = setting()
    h = ops.reduce_sum(x, axis=(0, 2), keepdims=False)
    h = ops.expand_dims(h, axis=1) * np.zeros((1, H))
    (out,), (last,) = scan_over(rnn_step(w, u, b), [x], [h])
    assert out.shape == (None, None, H)
    for length, rows in ((1, 1), (7, 2)):
        data = np.random.default_rng(0).standard_normal((length, rows, D))
        got, end = Function([x], [out, last])([data])
        state = np.zeros((rows, H))
        for t in range(length):
            state = np.tanh(data[t] @ w.read() + state @ u.read() + np.exp(b.read()))
            np.testing.assert_allclose(got[t], 2 * state, rtol=1e-10)
        np.testing.assert_allclose(end, state, rtol=1e-10)


def test_states_may_change_places():
    a, b = Variable(np.full((2,), 1.0)), Variable(np.full((2,), 2.0))
    x = Variable(np.zeros((3, 2)))
    (out,), (last_a, last_b) = scan_over(lambda e, s: ([s[0] + e[0]], [s[1], s[0]]), [x], [a, b])
    got = Function([], [out, last_a, last_b])([])
    assert got[0].tolist() == [[1, 1], [2, 2], [1, 1]]
    assert got[1].tolist() == [2, 2]
    assert got[2].tolist() == [1, 1]


def test_random_numbers_inside_are_the_same_on_the_way_back():
    x, h, w, u, b = setting()
    stream = Stream(3)

    def step(entries, states):
        dropped, _ = ops.dropout(entries[0], rate=0.5, stream=stream)
        state = states[0] + dropped @ w
        return [dropped], [state]

    (out,), (last,) = scan_over(step, [x], [h])
    (slope,) = gradients(ops.reduce_sum(last), [x])
    kept, gradient = Function([], [out, slope])([])
    assert 0 < np.mean(kept == 0) < 1
    np.testing.assert_allclose(gradient, np.where(kept == 0, 0, 2.0 * w.read().sum(1)), rtol=1e-12)


def test_a_state_must_keep_its_shape():
    x, h, w, _, _ = setting()
    with pytest.raises(ValueError, match="a state must keep both"):
        scan_over(lambda e, s: ([e[0]], [e[0]]), [x], [h])
    with pytest.raises(ValueError, match=r"sequences of lengths \[4, 5\]"):
        scan_over(lambda e, s: ([e[0]], [s[0]]), [x, Variable(np.zeros((4, N, D)))], [h])


def test_an_error_inside_names_the_inner_line():
    x, h, _, _, _ = setting()
    free = Placeholder((None,), "float64")
    (out,), _ = scan_over(lambda e, s: ([ops.reshape(free, shape=(2, -1))], [s[0]]), [x], [h])
    with pytest.raises(ValueError, match=r"reshape.*(?s:.*)ops\.reshape\(free") as info:
        Function([free], [out])([np.zeros(3)])
    assert str(info.value).count("made at") == 1
