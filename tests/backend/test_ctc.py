"""CTC beside TensorFlow's, and what a network needs of it. More is in the cases of the ops."""

import json

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb.layers import Dense, Lambda
from tests.reference import ctc

ANSWERS = json.loads(ctc.FIXTURE.read_text("utf-8"))["answers"]


@pytest.mark.parametrize("name", ctc.CASES)
def test_cost_and_gradient(name):
    case, answer = ctc.CASES[name], ANSWERS[name]
    y = K.placeholder((None, None, case["shape"][2]))
    frames, counts = (np.array(case[k])[:, None] for k in ("frames", "counts"))
    cost = K.ctc_batch_cost(np.array(case["labels"]), y, frames, counts)
    assert cost.dtype == "float32"
    value, slope = K.function([y], [cost, *K.gradients(cost, y)])([ctc.predictions(case)])
    assert value.shape == (case["shape"][0], 1)
    np.testing.assert_allclose(value[:, 0], answer["cost"], rtol=1e-4)
    some = slope.ravel()[:: max(1, slope.size // 50)]
    np.testing.assert_allclose(some, answer["gradient"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ctc.CASES)
@pytest.mark.parametrize("way", ["greedy", "beam", "merged"])
def test_decoding(name, way):
    case, answer = ctc.CASES[name], ANSWERS[name]["decoded"][way]
    kwargs = ctc.decodings(case)[way]
    rows, logs = K.ctc_decode(K.variable(ctc.predictions(case)), np.array(case["frames"]), **kwargs)
    assert len(rows) == kwargs.get("top_paths", 1)
    found = [[[int(k) for k in row if k >= 0] for row in K.eval(r)] for r in rows]
    assert found == answer["labels"]
    np.testing.assert_allclose(K.eval(logs), answer["logs"], rtol=1e-4)


def test_a_wider_beam_finds_no_worse_paths():
    p = K.variable(ctc.predictions(ctc.CASES["long"]))
    frames = np.array(ctc.CASES["long"]["frames"])
    best = [K.eval(K.ctc_decode(p, frames, False, width)[1])[:, 0] for width in (1, 4, 32)]
    assert (best[0] <= best[1] + 1e-6).all() and (best[1] <= best[2] + 1e-6).all()


def test_a_network_learns_to_spell():
    """As the image_ocr example of Keras: the loss is a Lambda layer, the model's output."""
    frames = kerasnb.Input((6, 4))
    y = Dense(4, activation="softmax")(frames)
    labels, length, count = (kerasnb.Input(s) for s in ((3,), (1,), (1,)))
    cost = Lambda(lambda args: K.ctc_batch_cost(*args), output_shape=(1,), name="ctc")(
        [labels, y, length, count]
    )
    rng = np.random.default_rng(0)
    runs = np.sort(np.concatenate([rng.integers(0, 3, (8, 3)), np.tile([0, 1, 2], (8, 1))], 1))
    given = [
        np.eye(4)[3 - runs], np.tile([[0, 1, 2]], (8, 1)),
        np.full((8, 1), 6), np.full((8, 1), 3),
    ]  # fmt: skip
    inputs = [frames, labels, length, count]
    weights = kerasnb.Model(frames, y).layers[1]._trainable_weights
    step = K.function(
        inputs,
        [K.mean(cost)],
        [
            K.update_sub(w, 0.5 * g)
            for w, g in zip(weights, K.gradients(K.mean(cost), weights), strict=True)
        ],
    )
    losses = [float(step(given)[0]) for _ in range(100)]
    assert losses[-1] < 0.2 * losses[0]
    spelled = K.function([frames], [K.ctc_decode(y, np.full(8, 6))[0][0]])(given[:1])[0]
    np.testing.assert_array_equal(spelled, np.tile([0, 1, 2, -1, -1, -1], (8, 1)))
