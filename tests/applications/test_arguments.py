"""What the networks can be asked for, and what they say if it is a mistake."""

import numpy as np
import pytest

from kerasnb import applications
from kerasnb import backend as K
from kerasnb.applications import VGG16, MobileNet, MobileNetV2, NASNetMobile, ResNet50
from kerasnb.applications.imagenet_utils import _obtain_input_shape
from kerasnb.layers import Conv2D, Dense, Input
from kerasnb.models import Model, load_model


def small(**settings):
    """A MobileNet that is quick to compute."""
    settings = {"input_shape": (32, 32, 3), "alpha": 0.25, "include_top": False, **settings}
    return MobileNet(weights=None, **settings)


class TestOutput:
    @pytest.mark.parametrize(
        ("pooling", "shape"),
        [(None, (None, 1, 2, 256)), ("avg", (None, 256)), ("max", (None, 256))],
    )
    def test_pooling(self, pooling, shape):
        model = small(pooling=pooling, input_shape=(32, 64, 3))
        features = small(input_shape=(32, 64, 3))
        features.set_weights(model.get_weights())
        assert model.output_shape == shape
        x = np.random.default_rng(1).random((2, 32, 64, 3), "float32")
        y = features.predict(x)
        reduce = {
            None: lambda y: y,
            "avg": lambda y: y.mean((1, 2)),
            "max": lambda y: y.max((1, 2)),
        }
        np.testing.assert_allclose(model.predict(x), reduce[pooling](y), rtol=1e-5, atol=1e-7)

    def test_pooling_has_to_be_known(self):
        with pytest.raises(ValueError, match=r"VGG16: got pooling='mean'; needs None, 'avg'"):
            VGG16(weights=None, include_top=False, pooling="mean")

    def test_classes(self):
        model = ResNet50(weights=None, classes=7)
        assert model.output_shape == (None, 7)
        assert model.layers[-1].name == "fc1000"

    def test_the_top_is_left_out_with_its_pooling(self):
        assert VGG16(weights=None, include_top=False).layers[-1].name == "block5_pool"

    def test_any_size_without_the_top(self):
        model = small(input_shape=None)
        assert model.input_shape == (None, None, None, 3)
        for size in (32, 70):
            y = model.predict(np.zeros((1, size, size, 3), "float32"))
            assert y.shape == (1, size // 32, size // 32, 256)

    def test_dropout_and_multiplier(self):
        model = small(include_top=True, dropout=0.4, depth_multiplier=2, classes=5)
        assert model.get_layer("dropout").rate == 0.4
        assert model.get_layer("conv_dw_1").output_shape[-1] == 16
        assert model.output_shape == (None, 5)


class TestInputTensor:
    def test_one_of_input(self):
        x = Input((32, 32, 3), name="picture")
        model = small(input_tensor=x)
        assert model.input is x
        assert model.input_names == ["picture"]

    def test_behind_other_layers(self):
        """The model begins where the tensor does."""
        x = Input((64, 64, 1))
        model = VGG16(weights=None, include_top=False, input_tensor=Conv2D(3, 1)(x))
        assert model.input is x
        assert [layer.name for layer in model.layers[1:3]] == ["conv2d_1", "block1_conv1"]

    def test_one_that_no_layer_made(self):
        values = np.random.default_rng(2).random((2, 32, 32, 3), "float32")
        model = small(input_tensor=K.variable(values))
        (y,) = K.function([], [model.output])([])
        other = small()
        other.set_weights(model.get_weights())
        np.testing.assert_allclose(y, other.predict(values), rtol=1e-5, atol=1e-7)

    def test_no_tensor(self):
        with pytest.raises(ValueError, match="ResNet50: got input_tensor=3 of type int; needs a"):
            ResNet50(weights=None, input_tensor=3)

    def test_mobilenet_v2_takes_its_size(self):
        model = MobileNetV2(weights=None, input_tensor=Input((128, 128, 3)))
        assert model.name == "mobilenetv2_1.00_128"

    def test_mobilenet_v2_and_a_shape_that_differs(self):
        x = Input((96, 96, 3))
        MobileNetV2(weights=None, include_top=False, input_tensor=x, input_shape=(96, 96, 3))
        with pytest.raises(ValueError, match=r"MobileNetV2: got input_shape=\(64, 64, 3\) and an"):
            MobileNetV2(weights=None, include_top=False, input_tensor=x, input_shape=(64, 64, 3))


# input_shape, include_top, weights, what is said
WRONG_SHAPES = [
    ((224, 224), False, None, r"got input_shape=\(224, 224\); needs three integers, \(224, 224, 3"),
    (224, False, None, "got input_shape=224; needs three integers"),
    ((31, 64, 3), False, None, "needs at least 32 rows and columns"),
    ((64, 31, 3), True, None, "needs at least 32 rows and columns"),
    ((None, 64, 3), True, None, "include_top=True needs a shape without None"),
    ((64, 64, 3), True, "imagenet", r"include_top=True .* needs input_shape=\(224, 224, 3\)"),
    ((64, 64, 1), False, "imagenet", "needs 3 channels"),
]


class TestShape:
    @pytest.mark.parametrize(("shape", "top", "weights", "message"), WRONG_SHAPES)
    def test_mistakes(self, shape, top, weights, message):
        with pytest.raises(ValueError, match=message):
            VGG16(input_shape=shape, include_top=top, weights=weights)

    @pytest.mark.parametrize(
        ("shape", "top", "weights", "expected"),
        [
            (None, True, None, (9, 9, 3)),
            (None, False, None, (None, None, 3)),
            (None, False, "imagenet", (None, None, 3)),
            (None, True, "imagenet", (9, 9, 3)),
            ([5, 7, 1], True, None, (5, 7, 1)),
            ((None, 7, 3), False, "imagenet", (None, 7, 3)),
        ],
    )
    @pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
    def test_result(self, shape, top, weights, expected, data_format):
        if data_format == "channels_first":
            shape = shape and (shape[2], *shape[:2])
            expected = (expected[2], *expected[:2])
        assert _obtain_input_shape(shape, 9, 4, data_format, top, weights) == expected

    def test_unusual_channels(self):
        with pytest.warns(UserWarning, match=r"usually have 1 or 3 channels; .* that is 4"):
            model = small(input_shape=(32, 32, 4))
        assert model.input_shape == (None, 32, 32, 4)

    def test_nasnet_needs_a_size(self):
        assert NASNetMobile(weights=None, include_top=False).input_shape == (None, 224, 224, 3)
        with pytest.raises(ValueError, match="without None"):
            NASNetMobile(weights=None, include_top=False, input_shape=(None, None, 3))


class TestWeights:
    def test_from_a_file(self, tmp_path):
        model = small(include_top=True, classes=4)
        model.save_weights(tmp_path / "w.h5")
        x = np.random.default_rng(3).random((2, 32, 32, 3), "float32")
        for path in (tmp_path / "w.h5", str(tmp_path / "w.h5")):
            other = MobileNet((32, 32, 3), 0.25, classes=4, weights=path)
            np.testing.assert_array_equal(other.predict(x), model.predict(x))

    def test_a_file_that_does_not_fit(self, tmp_path):
        small(include_top=True, classes=4).save_weights(tmp_path / "w.h5")
        with pytest.raises(ValueError, match="conv_preds"):
            MobileNet((32, 32, 3), 0.25, classes=5, weights=tmp_path / "w.h5")

    @pytest.mark.parametrize("weights", ["image_net", "none.h5", 3, ["imagenet"]])
    def test_no_file(self, weights):
        with pytest.raises(ValueError, match="VGG16: got weights=.*; needs None .* that exists"):
            VGG16(weights=weights)

    @pytest.mark.parametrize("name", ["VGG19", "NASNetLarge", "DenseNet201"])
    def test_imagenet_has_1000_classes(self, name):
        with pytest.raises(ValueError, match=f"{name}: got classes=10; .* needs classes=1000"):
            getattr(applications, name)(classes=10)

    def test_mobilenets_of_other_widths(self):
        with pytest.raises(ValueError, match=r"MobileNet: got alpha=0.3; .* one of 0.25, 0.5"):
            MobileNet(alpha=0.3)
        with pytest.raises(ValueError, match=r"MobileNetV2: got alpha=0.25; .* one of 0.35, 0.5"):
            MobileNetV2(alpha=0.25)
        with pytest.raises(ValueError, match="MobileNet: got depth_multiplier=2; .* needs 1"):
            MobileNet(depth_multiplier=2)

    def test_saved_and_loaded(self, tmp_path):
        model = MobileNetV2((32, 32, 3), 0.35, weights=None, classes=3)
        model.save(tmp_path / "m.h5")
        x = np.random.default_rng(4).random((2, 32, 32, 3), "float32")
        loaded = load_model(tmp_path / "m.h5", compile=False)
        np.testing.assert_array_equal(loaded.predict(x), model.predict(x))

    @pytest.mark.slow  # a file of 220 MB
    def test_inception_resnet_v2_saved_and_loaded(self, tmp_path):
        """Its Lambdas are code: running it has to be allowed, taking the weights has not."""
        settings = {"include_top": False, "input_shape": (75, 75, 3), "pooling": "avg"}
        model = applications.InceptionResNetV2(weights=None, **settings)
        path = tmp_path / "m.h5"
        model.save(path)
        x = np.random.default_rng(7).random((1, 75, 75, 3), "float32")
        with pytest.raises(ValueError, match="holds Python code"):
            load_model(path, compile=False)
        for other in (
            load_model(path, compile=False, safe_mode=False),
            applications.InceptionResNetV2(weights=path, **settings),
        ):
            np.testing.assert_array_equal(other.predict(x), model.predict(x))


def test_a_new_head_on_a_frozen_base():
    """Transfer learning: the head learns, the base stays as it is."""
    random = np.random.default_rng(5)
    y = random.integers(0, 2, 16)
    x = (random.random((16, 32, 32, 3)) * 0.5 + 0.5 * y[:, None, None, None]).astype("float32")
    K.set_random_seed(6)
    base = small(pooling="avg")
    for layer in base.layers:
        layer.trainable = False
    model = Model(base.input, Dense(2, activation="softmax")(base.output))
    model.compile("adam", "sparse_categorical_crossentropy")
    assert len(model.trainable_weights) == 2
    before, head = base.get_weights(), model.layers[-1].get_weights()
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert not np.array_equal(head[0], model.layers[-1].get_weights()[0])
    for old, new in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
