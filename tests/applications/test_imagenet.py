"""Pictures for the networks, names of their classes, and published files with no connection."""

import hashlib
import json
import pickle
from importlib import import_module

import numpy as np
import pytest

from kerasnb import applications
from kerasnb import backend as K
from kerasnb.applications import VGG16, MobileNet, imagenet_utils, pretrained
from kerasnb.applications.imagenet_utils import decode_predictions, preprocess_input
from kerasnb.layers import Input, Lambda
from kerasnb.models import Model
from tests.reference.applications import ARCHITECTURES

RGB = np.array([10.0, 20.0, 200.0])
SCALED = {
    "caffe": [200 - 103.939, 20 - 116.779, 10 - 123.68],
    "tf": [10 / 127.5 - 1, 20 / 127.5 - 1, 200 / 127.5 - 1],
    "torch": [
        (10 / 255 - 0.485) / 0.229,
        (20 / 255 - 0.456) / 0.224,
        (200 / 255 - 0.406) / 0.225,
    ],
}
MODES = {"densenet": "torch", "resnet": "caffe", "resnet50": "caffe"}
MODES.update(vgg16="caffe", vgg19="caffe")


def filled(channels, ndim, data_format):
    """A picture (or a batch of two) of one colour."""
    if data_format == "channels_first":
        return np.tile(np.reshape(channels, (3, 1, 1)), (*([2] * (ndim - 3)), 1, 4, 5))
    return np.tile(channels, (*([2] * (ndim - 3)), 4, 5, 1))


class TestPreprocessing:
    @pytest.mark.parametrize("mode", SCALED)
    @pytest.mark.parametrize("ndim", [3, 4])
    @pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
    def test_arrays_and_tensors(self, mode, ndim, data_format, float64):
        x = filled(RGB, ndim, data_format)
        expected = filled(SCALED[mode], ndim, data_format)
        tensor = preprocess_input(K.constant(x), data_format, mode=mode)
        assert K.int_shape(tensor) == x.shape
        np.testing.assert_allclose(K.eval(tensor), expected, rtol=1e-12)
        np.testing.assert_allclose(preprocess_input(x, data_format, mode), expected, rtol=1e-12)

    @pytest.mark.parametrize("module", ARCHITECTURES)
    def test_every_module_has_its_mode(self, module):
        module_name, module = module, import_module(f"kerasnb.applications.{module}")
        x = filled(RGB, 4, "channels_last")
        expected = filled(SCALED[MODES.get(module_name, "tf")], 4, "channels_last")
        np.testing.assert_allclose(module.preprocess_input(x.copy()), expected, rtol=1e-12)
        x = filled(RGB, 4, "channels_first")
        expected = filled(SCALED[MODES.get(module_name, "tf")], 4, "channels_first")
        got = module.preprocess_input(x, data_format="channels_first")
        np.testing.assert_allclose(got, expected, rtol=1e-12)
        # Worker processes of generators have to find it.
        assert pickle.loads(pickle.dumps(module.preprocess_input)) is module.preprocess_input
        assert module.decode_predictions is decode_predictions

    def test_the_data_format_in_use(self, channels_first):
        got = preprocess_input(filled(RGB, 4, "channels_first"))
        np.testing.assert_allclose(got, filled(SCALED["caffe"], 4, "channels_first"))

    @pytest.mark.parametrize("mode", SCALED)
    def test_floats_change_in_place(self, mode):
        x = filled(RGB, 4, "channels_last").astype("float32")
        got = preprocess_input(x, mode=mode)
        assert np.shares_memory(got, x) and got.dtype == np.float32

    def test_integers_and_what_cannot_be_written_do_not(self):
        x = filled(RGB, 4, "channels_last").astype("uint8")
        got = preprocess_input(x)
        assert got.dtype == K.floatx()
        np.testing.assert_array_equal(x, filled(RGB, 4, "channels_last"))
        x = filled(RGB, 4, "channels_last")
        x.flags.writeable = False
        np.testing.assert_allclose(preprocess_input(x), got, rtol=1e-6)
        np.testing.assert_array_equal(x, filled(RGB, 4, "channels_last"))

    def test_tensors_of_integers(self):
        x = Input((4, 5, 3), dtype="int32")
        model = Model(x, Lambda(preprocess_input)(x))
        got = model.predict(filled(RGB, 4, "channels_last").astype("int32"))
        np.testing.assert_allclose(got, filled(SCALED["caffe"], 4, "channels_last"), rtol=1e-6)

    def test_mistakes(self):
        x = np.zeros((2, 4, 5, 3))
        with pytest.raises(ValueError, match="got mode='keras'; needs one of 'caffe', 'tf', 'tor"):
            preprocess_input(x, mode="keras")
        with pytest.raises(ValueError, match="data_format"):
            preprocess_input(x, data_format="last")
        with pytest.raises(ValueError, match=r"shape \(2, 4, 5, 1\); .* with 3 channels"):
            preprocess_input(x[..., :1])
        with pytest.raises(ValueError, match=r"shape \(5, 3\); .* need 3 or 4 axes\."):
            preprocess_input(x[0, 0], mode="tf")


class TestDecoding:
    @pytest.fixture
    def index(self, models, monkeypatch):
        """A list of classes in place of the official one."""
        path = models / "imagenet_class_index.json"
        path.write_text(json.dumps({str(i): [f"n{i:08}", f"thing_{i}"] for i in range(1000)}))
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        stand_in = imagenet_utils.CLASS_INDEX_FILE._replace(md5=digest)
        monkeypatch.setattr(imagenet_utils, "CLASS_INDEX_FILE", stand_in)
        return path

    def test_the_likeliest_first(self, index):
        preds = np.zeros((2, 1000))
        preds[0, [3, 999, 7]] = 0.5, 0.3, 0.2
        preds[1, 42] = 1.0
        first, second = decode_predictions(preds, top=3)
        names = [("n00000003", "thing_3"), ("n00000999", "thing_999"), ("n00000007", "thing_7")]
        assert first == [(*name, p) for name, p in zip(names, (0.5, 0.3, 0.2), strict=True)]
        assert second[0] == ("n00000042", "thing_42", 1.0)
        assert [len(row) for row in decode_predictions(preds)] == [5, 5]

    def test_the_list_is_read_once(self, index):
        decode_predictions(np.zeros((1, 1000)))
        index.unlink()
        assert len(decode_predictions(np.zeros((1, 1000)), top=1000)[0]) == 1000

    @pytest.mark.parametrize("shape", [(1000,), (1, 10), (1, 1, 1000)])
    def test_other_shapes(self, shape):
        with pytest.raises(ValueError, match="got an array of shape .*; needs predictions for the"):
            decode_predictions(np.zeros(shape))

    def test_without_the_list(self, models):
        with pytest.raises(FileNotFoundError) as error:
            decode_predictions(np.zeros((1, 1000)))
        for part in (models, "imagenet_class_index.json", "c2c37ea517e94d9795004a39431a14cb"):
            assert str(part) in str(error.value)


class TestPublishedWeights:
    def test_in_the_cache(self, models):
        """The file is found by its name, and loaded."""
        settings = {"alpha": 0.25, "input_shape": (128, 128, 3), "include_top": False}
        model = MobileNet(weights=None, **settings)
        model.save_weights(models / "mobilenet_2_5_128_tf_no_top.h5")
        for old, new in zip(model.get_weights(), MobileNet(**settings).get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_for_another_size_those_for_224(self, models):
        settings = {"alpha": 0.25, "input_shape": (32, 64, 3), "include_top": False}
        model = MobileNet(weights=None, **settings)
        model.save_weights(models / "mobilenet_2_5_224_tf_no_top.h5")
        with pytest.warns(UserWarning, match="got 32 x 64: the weights for 224 are loaded"):
            other = MobileNet(**settings)
        assert other.name == "mobilenet_0.25_224"
        np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])

    def test_neither_there_nor_to_be_had(self, models):
        with pytest.raises(FileNotFoundError) as error:
            VGG16()
        message = str(error.value)
        assert message.startswith("The weights of VGG16 are not on this machine: ")
        for part in (
            "no connection",
            f"put this file into {models}:",
            "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
            "md5 64373286793e3c8b2b4e3219cbf3544b",
        ):
            assert part in message

    def test_a_damaged_file_is_not_loaded(self, models, capsys):
        (models / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5").write_bytes(b"no weights")
        with pytest.raises(FileNotFoundError, match="6d6bbae143d832006294945121d1f1fc"):
            VGG16(include_top=False)
        assert "has another md5 checksum" in capsys.readouterr().out

    @pytest.mark.slow  # builds all networks twice
    def test_every_network_asks_for_a_file_of_its_own(self, monkeypatch):
        asked = []

        def fetch(file, what):
            asked.append(file)
            raise FileNotFoundError(what)

        monkeypatch.setattr("kerasnb.applications.frame.fetch", fetch)
        makers = [
            getattr(import_module(f"kerasnb.applications.{module}"), name)
            for module, names in ARCHITECTURES.items()
            for name in names
        ]
        for make in makers:
            for top in (True, False):
                shape = (224, 224, 3) if make is applications.MobileNet else None
                shape = (224, 224, 3) if make is applications.MobileNetV2 else shape
                with pytest.raises(FileNotFoundError, match=make.__name__):
                    make(include_top=top, input_shape=shape)
        assert len({file.url for file in asked}) == len(asked) == 2 * len(makers)
        sums = [file.md5 for file in asked if "mobilenet" not in file.name]
        assert len(set(sums)) == len(sums) and all(len(md5) == 32 for md5 in sums)
        assert all(("no" in file.name) is (i % 2 == 1) for i, file in enumerate(asked))

    def test_names_of_files(self):
        file = pretrained.nasnet_weights("mobile", False)
        assert file.name == "nasnet_mobile_no_top.h5"
        assert file.url.endswith("/NASNet-mobile-no-top.h5")
        name = pretrained.mobilenet_v2_weights(1, 96, True).name
        assert name == "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96.h5"
        name = pretrained.mobilenet_weights(1.0, 160, True).name
        assert name == "mobilenet_1_0_160_tf.h5"
