"""The core layers: what the contract does not ask of each."""

import json

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.layers import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Input,
    Lambda,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    deserialize,
    serialize,
)
from kerasnb.models import Model, Sequential


def training(layer, array):
    """Return what a layer makes of an array in training."""
    x = Input(array.shape[1:])
    return K.function([x, K.learning_phase()], [layer(x)])([array, 1])[0]


class TestDropout:
    def test_drops_its_part_and_scales_the_rest(self):
        y = training(Dropout(0.3, seed=1), np.ones((100, 100), "float32"))
        assert set(np.unique(y)) == {0.0, np.float32(1 / 0.7)}
        assert abs((y == 0).mean() - 0.3) < 0.02

    def test_another_mask_at_each_step_the_same_ones_with_the_same_seed(self):
        x = Input((50,))
        ones = np.ones((2, 50), "float32")
        runs = []
        for _ in range(2):
            f = K.function([x, K.learning_phase()], [Dropout(0.5, seed=7)(x)])
            runs.append([f([ones, 1])[0] for _ in range(2)])
        np.testing.assert_array_equal(runs[0], runs[1])
        assert (runs[0][0] != runs[0][1]).any()

    def test_noise_shape(self):
        y = training(Dropout(0.5, noise_shape=(None, 1, 6)), np.ones((5, 4, 6), "float32"))
        np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
        assert len(np.unique(y)) == 2

    def test_noise_shape_of_a_layer_of_ones_own_may_hold_tensors(self):
        class SameForAll(Dropout):
            def _get_noise_shape(self, inputs):
                return (1, K.shape(inputs)[1])

        y = training(SameForAll(0.5), np.ones((5, 40), "float32"))
        np.testing.assert_array_equal(y, np.broadcast_to(y[:1], y.shape))
        assert len(np.unique(y)) == 2

    def test_rate_is_kept_between_0_and_1(self):
        assert [Dropout(r).rate for r in (-1, 0.5, 2)] == [0, 0.5, 1]

    def test_training_can_be_asked_for(self):
        x = Input((100,))
        always, never = Dropout(0.5)(x, training=True), Dropout(0.5)(x, training=False)
        f = K.function([x], [always, never])
        dropped, kept = f([np.ones((1, 100), "float32")])
        assert (dropped == 0).any() and (kept == 1).all()

    @pytest.mark.parametrize(
        ("layer", "maps"),
        [
            (SpatialDropout1D(0.5), (1,)),
            (SpatialDropout2D(0.5), (1, 2)),
            (SpatialDropout2D(0.5, data_format="channels_first"), (2, 3)),
            (SpatialDropout3D(0.5), (1, 2, 3)),
        ],
    )
    def test_spatial_dropout_drops_whole_maps(self, layer, maps):
        y = training(layer, np.ones((6,) * (len(maps) + 2), "float32"))
        np.testing.assert_array_equal(y.min(axis=maps), y.max(axis=maps))
        assert set(np.unique(y)) == {0.0, 2.0}


class TestMasking:
    def test_masks_and_empties_steps_of_one_value(self):
        x = Input((3, 2))
        y = Masking(mask_value=9.0)(x)
        array = np.array([[[1, 9], [9, 9], [9, 2]]], "float32")
        values, mask = K.function([x], [y, y._keras_mask])([array])
        np.testing.assert_array_equal(mask, [[True, False, True]])
        np.testing.assert_array_equal(values, [[[1, 9], [0, 0], [9, 2]]])


class TestLambda:
    def test_shape_function(self):
        layer = Lambda(lambda x: x[:, :2], output_shape=lambda shape: (shape[0], 2))
        assert layer.compute_output_shape((None, 5)) == (None, 2)

    def test_shape_is_seen_without_being_given(self):
        assert Lambda(lambda x: K.sum(x, axis=1)).compute_output_shape((None, 5, 3)) == (None, 3)

    def test_several_outputs(self):
        a, b = Lambda(lambda x: [x, x[:, :1]])(Input((4,)))
        assert (K.int_shape(a), K.int_shape(b)) == ((None, 4), (None, 1))

    def test_shape_that_is_none(self):
        with pytest.raises(TypeError, match="lambda_1.*`output_shape`.*got 5"):
            Lambda(lambda x: x, output_shape=5)
        with pytest.raises(ValueError, match="must return a tuple.*got 5"):
            Lambda(lambda x: x, output_shape=lambda s: 5).compute_output_shape((None, 2))

    def test_mask_function(self):
        layer = Lambda(lambda x: x, mask=lambda inputs, mask: K.not_equal(mask, True))
        x = Input((3, 2))
        y = layer(Masking()(x))
        array = np.array([[[1, 1], [0, 0], [2, 2]]], "float32")
        (mask,) = K.function([x], [y._keras_mask])([array])
        np.testing.assert_array_equal(mask, [[False, True, False]])

    def test_the_function_may_ask_for_the_mask(self):
        x = Input((3, 2))
        layer = Lambda(lambda x, mask: K.cast(mask, "float32"))
        (y,) = K.function([x], [layer(Masking()(x))])([np.eye(3, 2, dtype="float32")[None]])
        np.testing.assert_array_equal(y, [[1, 1, 0]])

    def test_function_by_name_comes_from_custom_objects(self):
        model = Sequential([Lambda(K.square, input_shape=(2,))])
        layer = model.layers[0]
        described = {"class_name": "Lambda", "config": layer.get_config()}
        described["config"].update(function="mine", function_type="function")
        again = deserialize(described, custom_objects={"mine": K.square})
        assert again.function is K.square

    def test_code_from_a_file_is_refused(self):
        text = json.dumps(serialize(Lambda(lambda x: x + 1)))
        with pytest.raises(ValueError, match="safe_mode"):
            deserialize(json.loads(text))


class TestRegularization:
    def test_activity_counts_in_the_loss(self):
        model = Sequential([ActivityRegularization(l1=0.5, l2=0.25, input_shape=(2,))])
        model.compile("sgd", "mse")
        x = np.array([[1.0, -2.0]])
        # as in Keras 2.3.1, the penalty is summed over the batch
        assert model.test_on_batch(x, x) == pytest.approx(0.5 * 3 + 0.25 * 5)

    def test_weights_count_in_the_loss(self):
        layer = Dense(2, kernel_regularizer="l2", weights=[np.ones((3, 2)), np.zeros(2)])
        model = Sequential([layer])
        model.build((None, 3))
        model.compile("sgd", "mse")
        x = np.zeros((4, 3))
        assert model.test_on_batch(x, np.zeros((4, 2))) == pytest.approx(0.01 * 6)

    def test_constraint_holds_after_each_step(self):
        model = Sequential([Dense(2, kernel_constraint="non_neg", input_shape=(3,))])
        model.compile("sgd", "mse")
        model.train_on_batch(np.ones((4, 3)), -10 * np.ones((4, 2)))
        assert model.get_weights()[0].min() >= 0


class TestMistakes:
    @pytest.mark.parametrize("units", [0, -3, 2.5, "three", None, True])
    def test_units(self, units):
        with pytest.raises(ValueError, match="dense_1.*units to be a positive integer; got"):
            Dense(units)

    def test_units_may_be_a_whole_float(self):
        assert Dense(3.0).units == 3

    def test_permute(self):
        with pytest.raises(ValueError, match=r"permute_1.*dims to hold 1 to 2, each once.*\(0, 1"):
            Permute((0, 1))
        with pytest.raises(ValueError, match="permute_2.*needs ndim=3, got ndim=2"):
            Permute((2, 1))(Input((3,)))

    def test_reshape(self):
        with pytest.raises(ValueError, match="at most one -1"):
            Reshape((-1, -1))(Input((4,)))
        with pytest.raises(ValueError, match="a multiple of 3 values.*got 4 values"):
            Reshape((-1, 3))(Input((4,)))

    def test_reshape_of_an_unknown_size_is_found_out_when_run(self):
        x = Input((None, 2))
        y = Reshape((3, -1))(x)
        assert K.int_shape(y) == (None, 3, None)
        f = K.function([x], [y])
        assert f([np.ones((5, 6, 2), "float32")])[0].shape == (5, 3, 4)
        with pytest.raises(ValueError, match="reshape_1"):
            f([np.ones((5, 4, 2), "float32")])

    def test_flatten_and_repeat_need_axes(self):
        with pytest.raises(ValueError, match="flatten_1.*min_ndim=3"):
            Flatten()(Input((3,)))
        with pytest.raises(ValueError, match="repeat_vector_1.*needs ndim=2"):
            RepeatVector(3)(Input((3, 2)))

    def test_activation(self):
        with pytest.raises(ValueError, match="activation.*rellu"):
            Activation("rellu")

    def test_dense_with_another_size(self):
        layer = Dense(3)
        layer(Input((4,)))
        with pytest.raises(ValueError, match="dense_1.*needs size 4 on axis -1, got size 5"):
            layer(Input((5,)))


def test_activation_takes_functions_and_layers():
    x = Input((3,))
    model = Model(x, Activation(K.tanh)(x))
    np.testing.assert_allclose(model.predict(np.ones((1, 3))), np.tanh(np.ones((1, 3))), rtol=1e-6)
