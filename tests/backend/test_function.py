"""K.function, K.gradients, tensors from anywhere, the learning phase, printing."""

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K
from kerasnb.layers import Activation, Dense, Dropout, Lambda


@pytest.fixture(autouse=True)
def fresh_session():
    K.clear_session()
    yield
    K.clear_session()


def test_one_output_or_several():
    x, y = K.placeholder((2,)), K.placeholder((2,))
    assert K.function([x, y], [x + y])([[1, 2], [3, 4]])[0].tolist() == [4, 6]
    assert K.function([x, y], x + y)([[1, 2], [3, 4]]).tolist() == [4, 6]
    assert K.function((x,), (x, 2 * x))(([1, 2],))[1].tolist() == [2, 4]
    assert K.function([x], [x, x])(np.array([1, 2]))[0].tolist() == [1, 2]
    assert K.function([x], [])([[1, 2]]) == []


def test_any_tensor_is_an_input():
    a = kerasnb.Input((3,))
    b = Dense(4, activation="tanh")(a)
    c = Dense(2)(b)
    kernel = c._keras_history[0].kernel
    given = np.random.default_rng(0).standard_normal((5, 4))
    (got,) = K.function([b], [c])([given])
    np.testing.assert_allclose(got, given @ K.get_value(kernel), rtol=1e-5, atol=1e-6)
    v = K.variable([1.0, 2.0])
    assert K.function([v], [v * 2])([[5, 6]])[0].tolist() == [10, 12]


def test_extras():
    x, y = K.placeholder((2,)), K.placeholder((2,))
    v = K.variable(0.0)
    f = K.function(
        [x], [x * y], feed_dict={y: [2, 3]}, fetches=[K.update(v, K.sum(x)), K.sum(y), None]
    )
    assert f([[1, 2]])[0].tolist() == [2, 6] and K.get_value(v) == 3.0
    assert K.function([x], x * y, feed_dict={y: [5, 5]})([[1, 2]]).tolist() == [5, 10]


def test_gradients_of_anything_by_anything():
    x, v = K.placeholder((3,)), K.variable([1.0, 2.0, 3.0])
    middle = x * v
    loss = K.sum(middle**3)
    grads = K.gradients(loss, [x, v, middle, K.variable(1.0)])
    assert grads[3] is None
    got = K.function([x], grads[:3])([[1, 1, 2]])
    m = np.array([1.0, 2, 6])
    for g, want in zip(got, [3 * m**2 * [1, 2, 3], 3 * m**2 * [1, 1, 2], 3 * m**2], strict=True):
        np.testing.assert_allclose(g, want)
    (one,) = K.gradients([loss, 2 * loss], x)
    (twice,) = K.gradients(K.sum(K.gradients(loss, x)[0]), [x])
    a, b = K.function([x], [one, twice])([[1, 1, 2]])
    np.testing.assert_allclose(a, 3 * got[0])
    np.testing.assert_allclose(b, 6 * m * np.array([1.0, 4, 9]))


def test_feature_visualization():
    """The picture that makes a unit fire, found by climbing; as the Keras examples do it."""
    a = kerasnb.Input((4,))
    model = kerasnb.Model(a, Dense(3)(Dense(5, activation="relu", bias_initializer="ones")(a)))
    loss = K.mean(model.layers[1].output[:, 2])
    grads = K.l2_normalize(K.gradients(loss, model.input)[0])
    iterate = K.function([model.input, K.learning_phase()], [loss, grads])
    picture = np.zeros((1, 4))
    heights = []
    for _ in range(5):
        height, slope = iterate([picture, 0])
        heights.append(float(height))
        picture = picture + slope
    assert heights == sorted(heights) and heights[-1] > heights[0]


def test_gradients_inside_a_layer():
    a = kerasnb.Input((3,))
    b = Lambda(lambda x: K.gradients(K.sum(x**3), x)[0])(a)
    model = kerasnb.Model(a, b)
    np.testing.assert_allclose(model.predict(np.array([[1.0, 2, 3]])), [[3, 12, 27]])


def test_style_transfer():
    """A model on values that are no inputs: three pictures side by side, one of them to be found."""
    content, style = K.variable(np.ones((1, 3))), K.variable([[2.0, 0, 1]])
    mix = K.placeholder((1, 3))
    a = kerasnb.Input(tensor=K.concatenate([content, style, mix], axis=0))
    features = Activation("tanh")(Dense(4)(a))
    model = kerasnb.Model(a, features)
    out = model.output
    loss = K.sum(K.square(out[0] - out[2])) + K.sum(K.square(out[1] - out[2]))
    step = K.function([mix], [loss, *K.gradients(loss, mix)])
    picture = np.zeros((1, 3), "float32")
    first = step([picture])[0]
    for _ in range(20):
        last, slope = step([picture])
        picture = picture - 0.1 * slope
    assert last < first


def test_learning_phase():
    x = K.placeholder((2,))
    chosen = K.in_train_phase(x * 2, lambda: x + 1)
    assert chosen._uses_learning_phase
    f = K.function([x, K.learning_phase()], [chosen])
    assert f([[1, 2], 1])[0].tolist() == [2, 4] and f([[1, 2], 0])[0].tolist() == [2, 3]
    assert K.function([x], [chosen])([[1, 2]])[0].tolist() == [2, 3]
    K.set_learning_phase(1)
    assert K.learning_phase() == 1 and K.in_train_phase(x, None) is x
    g = K.function([x, K.learning_phase()], [x * 3])
    assert g([[1, 2], 0])[0].tolist() == [3, 6]
    with pytest.raises(ValueError, match="got 1 input arrays, needs 2"):
        g([[1, 2]])
    with K.learning_phase_scope(0):
        assert K.in_test_phase(x, None) is x
    assert K.learning_phase() == 1
    K.clear_session()
    assert K.is_placeholder(K.learning_phase())


def test_dropout_follows_the_phase():
    a = kerasnb.Input((50,))
    model = kerasnb.Model(a, Dropout(0.5)(a))
    f = K.function([model.input, K.learning_phase()], [model.output])
    ones = np.ones((4, 50))
    np.testing.assert_array_equal(f([ones, 0])[0], ones)
    assert set(np.unique(f([ones, 1])[0])) == {0.0, 2.0}


def test_print_tensor(capsys):
    x = K.placeholder((2,))
    y = K.print_tensor(x * 2, message="twice:")
    f = K.function([x], [K.sum(y) + K.sum(K.print_tensor(x))])
    capsys.readouterr()
    f([[1, 2]])
    assert sorted(capsys.readouterr().out.splitlines()) == ["[1. 2.]", "twice: [2. 4.]"]
    f([[3, 4]])
    assert "twice: [6. 8.]" in capsys.readouterr().out
    (slope,) = K.function([x], K.gradients(K.sum(y), x))([[1, 2]])
    assert slope.tolist() == [2, 2]
    capsys.readouterr()
    c = K.print_tensor(K.constant([7.0]), "constant")
    assert capsys.readouterr().out == ""  # not while the graph is built
    assert K.eval(c).tolist() == [7] and capsys.readouterr().out == "constant [7.]\n"


def test_no_sessions_and_no_other_mode():
    for call in (K.get_session, lambda: K.set_session(None)):
        with pytest.raises(RuntimeError, match="no sessions"):
            call()
    assert K.symbolic(len) is len and K.eager(len) is len
    with K.control_dependencies([K.variable(1.0)]):
        assert K.eval(K.constant(2)) == 2
    K.manual_variable_initialization(True)
    assert K.eval(K.variable(3.0)) == 3
    K.manual_variable_initialization(False)


def test_changes_of_one_variable_all_count():
    """In turn; a new value, which is no change, replaces what was before it."""
    x, m, n = K.variable(1.0), K.variable(0.0), K.variable(3, dtype="int32")
    K.function([], [], [K.update_add(x, 1.0), K.update_add(x, 10.0), K.update_sub(x, 0.5)])([])
    assert K.get_value(x) == 11.5
    averages = [K.moving_average_update(m, v, 0.5) for v in (1.0, 2.0)]
    run = K.function([], [m], [averages, (x, 5.0), K.update_add(x, 1.0), K.update_add(n, 1)])
    assert run([]) == [0.0] and K.get_value(m) == 1.25 and K.get_value(x) == 6.0
    assert K.get_value(n) == 4
    K.function([], [], [K.update_add(x, 1.0), K.update(x, 2.0)])([])
    assert K.get_value(x) == 2.0
