"""Variables, constants, placeholders and what is asked about them."""

import numpy as np
import pytest

import kerasnb
from kerasnb import backend as K


def test_variable_from_anything():
    for value, wanted in [
        (3, 3.0), ([1, 2], [1, 2]), (np.eye(2), np.eye(2)), (K.constant([1.0, 2]) * 2, [2, 4]),
        (K.variable([5.0]), [5]),
    ]:  # fmt: skip
        v = K.variable(value, name="v")
        assert K.is_variable(v) and K.is_tensor(v) and not K.is_placeholder(v)
        assert v.dtype == "float32" and v.name == "v:0" and v.shape == np.shape(wanted)
        np.testing.assert_array_equal(K.get_value(v), wanted)
    assert K.variable([1, 2], dtype="int64").dtype == "int64"
    rule = kerasnb.constraints.NonNeg()
    assert K.variable(1.0, constraint=rule).constraint is rule


def test_a_variable_is_a_copy():
    array = np.ones(2, "float32")
    v = K.variable(array)
    array[0] = 9
    got = K.get_value(v)
    got[1] = 7
    np.testing.assert_array_equal(K.eval(v), [1, 1])


def test_set_and_get():
    a, b = K.variable([1.0, 2.0]), K.variable(3.0)
    K.set_value(a, [4, 5])
    K.batch_set_value([(b, 6)])
    first, second = K.batch_get_value([a, b])
    np.testing.assert_array_equal(first, [4, 5])
    assert second == 6.0 and np.ndim(second) == 0 and second.dtype == np.float32
    assert float(K.get_value(b)) == 6.0


def test_updates_are_applied_when_all_is_computed():
    a, b = K.variable(1.0), K.variable(10.0)
    x = K.placeholder(())
    f = K.function([x], [a + b], updates=[K.update(a, b + x), (b, a), None])
    assert f([5])[0] == 11.0
    assert (K.get_value(a), K.get_value(b)) == (15.0, 1.0)
    K.function([], [], updates=[K.update_add(a, 2), K.update_sub(b, 0.5)])([])
    assert (K.get_value(a), K.get_value(b)) == (17.0, 0.5)


def test_moving_average():
    mean, x = K.variable([0.0, 8.0]), K.placeholder((2,))
    f = K.function([x], [], [K.moving_average_update(mean, x, 0.75)])
    f([[4, 0]])
    np.testing.assert_allclose(K.get_value(mean), [1, 6])
    f([[4, 0]])
    np.testing.assert_allclose(K.get_value(mean), [1.75, 4.5])


def test_constants():
    np.testing.assert_array_equal(K.eval(K.constant(2, shape=(2, 3))), np.full((2, 3), 2.0))
    np.testing.assert_array_equal(K.eval(K.constant([1, 2, 3, 4], shape=(2, 2))), [[1, 2], [3, 4]])
    c = K.constant([1.5], dtype="float64", name="half")
    assert c.dtype == "float64" and c.name == "half:0" and not K.is_variable(c)


def test_filled():
    for made, value in [(K.zeros, 0), (K.ones, 1)]:
        v = made((2, 3), dtype="int32", name="filled")
        assert K.is_variable(v) and v.name == "filled:0" and v.dtype == "int32"
        np.testing.assert_array_equal(K.get_value(v), np.full((2, 3), value))
        assert made(4).shape == (4,) and made(()).shape == ()
        x = K.placeholder((None, 2))
        t = made((K.shape(x)[0], 3), name="open")
        assert t.name == "open:0"
        (got,) = K.function([x], [t])([np.zeros((4, 2))])
        np.testing.assert_array_equal(got, np.full((4, 3), value))
        like = (K.zeros_like if value == 0 else K.ones_like)(x, dtype="int64", name="like")
        assert like.dtype == "int64" and like.name == "like:0"
    np.testing.assert_array_equal(K.get_value(K.eye(2, "int32")), np.eye(2))
    np.testing.assert_array_equal(K.eval(K.eye((2, 3))), np.eye(2, 3))


def test_placeholders():
    x = K.placeholder((2, None), name="given")
    assert K.is_placeholder(x) and not K.is_variable(x) and K.int_shape(x) == (2, None)
    assert K.placeholder(ndim=3).shape == (None,) * 3
    assert K.placeholder((), dtype="int32").dtype == "int32"
    assert not K.is_sparse(x) and K.to_dense(x) is x


def test_what_things_are():
    x = kerasnb.Input((3,))
    y = kerasnb.layers.Dense(2)(x)
    assert K.is_keras_tensor(x) and K.is_keras_tensor(y)
    assert not K.is_keras_tensor(K.variable(1.0)) and not K.is_keras_tensor(y + 1)
    with pytest.raises(ValueError, match="needs a symbolic tensor"):
        K.is_keras_tensor(np.zeros(2))
    assert not K.is_tensor(np.zeros(2)) and not K.is_placeholder(y)
    assert K.dtype(x) == "float32" and K.dtype(K.variable(1, dtype="float64")) == "float64"
    assert K.count_params(K.zeros((2, 3))) == 6 and K.count_params(K.variable(1.0)) == 1
    assert K.ndim(K.zeros((2, 3))) == 2


def test_eval():
    value = K.eval(K.variable([1.0, 2]) * 3 + K.constant(1))
    assert isinstance(value, np.ndarray) and value.tolist() == [4, 7]
    assert K.eval(K.sum(K.variable([1.0, 2]))) == 3.0


def test_names():
    with K.name_scope("outer") as scope:
        assert scope == "outer/"
        with K.name_scope("inner"):
            v = K.variable(1.0, name="v")
        i = K.identity(v, name="same")
    assert v.name == "outer/inner/v:0" and i.name == "outer/same:0"
    with K.layer_scope("mine"), pytest.raises(ValueError, match=r'Layer "mine" \(reshape\): got'):
        K.reshape(v, (2, 3))
    K.reset_uids()
    assert [K.get_uid("dense"), K.get_uid("dense"), K.get_uid("conv"), K.get_uid()] == [1, 2, 1, 1]


class Coordinates:
    """As much of a matrix of scipy.sparse as is asked for."""

    def __init__(self, array):
        self.array = np.asarray(array)
        self.shape, self.dtype = self.array.shape, self.array.dtype

    def tocoo(self):
        raise AssertionError("rows and columns are not needed")

    def toarray(self):
        return self.array.copy()

    def __getitem__(self, key):
        return Coordinates(self.array[key])

    def __len__(self):
        raise TypeError("sparse matrix length is ambiguous")


def sparse_matrix(array):
    try:
        from scipy.sparse import csr_matrix
    except ImportError:
        return Coordinates(array)
    return csr_matrix(array)


@pytest.mark.parametrize("sparse", [Coordinates, sparse_matrix])
def test_sparse(sparse):
    dense = np.array([[0, 2, 0], [1, 0, 0]], "float32")
    v = K.variable(sparse(dense))
    assert K.is_sparse(v) and K.is_variable(v) and not K.is_sparse(K.variable(dense))
    assert not K.is_sparse(K.to_dense(v))
    np.testing.assert_array_equal(K.eval(K.to_dense(v)), dense)
    x = K.placeholder((None, 3), sparse=True)
    assert K.is_sparse(x) and not K.is_sparse(K.to_dense(x))
    f = K.function([x], [K.dot(x, K.eye(3)), K.concatenate([x, x], axis=0)])
    for given in (sparse(dense), dense):
        product, twice = f([given])
        np.testing.assert_array_equal(product, dense)
        np.testing.assert_array_equal(twice, np.concatenate([dense, dense]))
    K.set_value(v, sparse(2 * dense))
    np.testing.assert_array_equal(K.get_value(v), 2 * dense)
    i = kerasnb.Input((3,), sparse=True)
    assert K.is_sparse(i)
    model = kerasnb.Model(i, kerasnb.layers.Dense(1, kernel_initializer="ones")(i))
    np.testing.assert_allclose(model.predict(sparse(dense)), [[2], [1]])


def test_the_value_of_an_array_is_the_array():
    first = kerasnb.initializers.Identity()((2, 2))  # an array, as Keras's own
    np.testing.assert_array_equal(K.eval(first), np.eye(2))
    np.testing.assert_array_equal(K.eval(K.constant(first)), np.eye(2))
