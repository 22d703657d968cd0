"""What TensorBoard writes, read back by TensorBoard itself."""

import io
import warnings

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import LambdaCallback, Resume, TensorBoard, event_file
from kerasnb.layers import Conv2D, Dense, Dropout, Embedding, Flatten, Input, concatenate
from kerasnb.models import Model, Sequential
from kerasnb.utils import Sequence

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the packages that it is made of
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
    )
    from google.protobuf import text_format
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

X = np.random.RandomState(0).rand(20, 4)
Y = X.sum(axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()


def model():
    made = Sequential([Dense(3, activation="relu", input_shape=(4,)), Dropout(0.5), Dense(1)])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


def read(folder):
    unlimited = dict.fromkeys(("scalars", "images", "histograms", "compressedHistograms"), 0)
    accumulator = reading.EventAccumulator(str(folder), unlimited)
    accumulator.Reload()
    return accumulator


def scalars(accumulator, tag):
    return [(event.step, event.value) for event in accumulator.Scalars(tag)]


def events(folder):
    (path,) = folder.glob("events.out.tfevents.*")
    return [Event.FromString(raw) for raw in RawEventFileLoader(str(path)).Load()]


class TestScalars:
    def test_of_epochs(self, tmp_path):
        history = model().fit(
            X, Y, epochs=3, verbose=0, validation_split=0.5,
            callbacks=[TensorBoard(tmp_path / "new" / "logs")],
        )  # fmt: skip
        found = read(tmp_path / "new" / "logs")
        assert set(found.Tags()["scalars"]) == {"loss", "mae", "val_loss", "val_mae"}
        for name, values in history.history.items():
            expected = [(i, pytest.approx(v, rel=1e-6)) for i, v in enumerate(values)]
            assert scalars(found, name) == expected
        assert found.Tags()["histograms"] == [] and found.Tags()["graph"]

    @pytest.mark.parametrize(
        ("freq", "steps"), [("batch", [8, 16, 20, 28, 36, 40]), (1, [8, 16, 20, 28, 36, 40]),
                            (16, [16, 36]), (1000, [])],
    )  # fmt: skip
    def test_of_batches(self, freq, steps, tmp_path):
        losses = []
        note = LambdaCallback(on_batch_end=lambda batch, logs: losses.append(logs["loss"]))
        history = model().fit(
            X, Y, batch_size=8, epochs=2, verbose=0,
            callbacks=[note, TensorBoard(str(tmp_path), update_freq=freq)],
        )  # fmt: skip
        found = scalars(read(tmp_path), "loss")
        at = [8, 16, 20, 28, 36, 40]
        expected = [(s, losses[at.index(s)]) for s in steps]
        epochs = list(zip([20, 40], history.history["loss"], strict=True))
        expected = sorted(expected + epochs, key=lambda pair: pair[0])
        assert found == [(s, pytest.approx(v)) for s, v in expected]

    def test_a_learning_rate(self, tmp_path):
        set_lr = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(lr=np.float32(0.5)))
        model().fit(X, Y, verbose=0, callbacks=[set_lr, TensorBoard(tmp_path)])
        assert scalars(read(tmp_path), "lr") == [(0, 0.5)]

    def test_each_training_has_a_file(self, tmp_path):
        callback, made = TensorBoard(tmp_path), model()
        for _ in range(2):
            made.fit(X, Y, verbose=0, callbacks=[callback])
        assert len(list(tmp_path.iterdir())) == 2
        made.evaluate(X, Y, verbose=0, callbacks=[callback])
        assert len(list(tmp_path.iterdir())) == 2

    def test_goes_on(self, tmp_path):
        for epochs in (2, 3):
            board = TensorBoard(tmp_path / "logs", update_freq=16)
            resume = Resume(tmp_path / "kept", delete=False)
            model().fit(X, Y, epochs=epochs, verbose=0, batch_size=8, callbacks=[board, resume])
            assert board.samples_seen == 20 * epochs


class TestHistograms:
    def test_of_weights_outputs_and_gradients(self, tmp_path):
        made = model()
        made.fit(
            X, Y, epochs=4, verbose=0, validation_data=(X, Y),
            callbacks=[TensorBoard(tmp_path, histogram_freq=3, write_grads=True, batch_size=6)],
        )  # fmt: skip
        found = read(tmp_path)
        tags = ["dense_1/kernel_0", "dense_1/bias_0", "dense_2/kernel_0", "dense_2/bias_0"]
        outputs = ["dense_1_out", "dropout_1_out", "dense_2_out"]
        names = tags + outputs + [f"{t}_grad" for t in tags]
        assert set(found.Tags()["histograms"]) == set(names)
        for name in names:
            assert [event.step for event in found.Histograms(name)] == [0, 3]
        last = {name: found.Histograms(name)[-1].histogram_value for name in names}
        kernel = made.get_weights()[0]  # of the end of epoch 3
        self.check(last["dense_1/kernel_0"], kernel)
        self.check(last["dense_2_out"], made.predict(X))
        hidden = np.maximum(X @ kernel + made.get_weights()[1], 0)
        self.check(last["dense_1_out"], hidden)
        self.check(last["dropout_1_out"], hidden)  # it drops nothing in a test
        error = 2 * (made.predict(X) - Y) / 20
        self.check(last["dense_2/kernel_0_grad"], hidden.T @ error)
        self.check(last["dense_2/bias_0_grad"], error.sum(axis=0))

    def check(self, got, values):
        assert got.num == values.size == sum(got.bucket)
        for name, expected in (
            ("min", values.min()), ("max", values.max()), ("sum", values.sum()),
            ("sum_squares", np.square(values).sum()),
        ):  # fmt: skip
            assert getattr(got, name) == pytest.approx(expected, rel=1e-4, abs=1e-6)

    def test_buckets(self):
        histogram = event_file.Histogram()
        histogram.add([-3.0, 0.0, 0.0, np.nan])
        histogram.add(np.array([[2.0, np.inf], [2.0, 1e-30]], "float32"))
        data = event_file.summary([histogram.value("tag")])
        (value,) = Event.FromString(data).summary.value
        histo = value.histo
        assert (histo.min, histo.max, histo.num, histo.sum) == (-3, 2, 6, pytest.approx(1))
        pairs = list(zip(histo.bucket_limit, histo.bucket, strict=True))
        left = -np.inf
        for right, count in pairs:
            inside = [v for v in (-3.0, 0, 0, 2, 2, 1e-30) if left <= v < right]
            assert len(inside) == count
            left = right
        assert 0 < sum(c == 0 for _, c in pairs) <= 3

    def test_of_nothing(self):
        (value,) = Event.FromString(
            event_file.summary([event_file.Histogram().value("none")])
        ).summary.value
        assert value.histo.num == 0 and list(value.histo.bucket) == [0]

    def test_need_validation_on_arrays(self, tmp_path):
        class Batches(Sequence):
            def __len__(self):
                return 2

            def __getitem__(self, index):
                return X, Y

        for val in (None, Batches()):
            with pytest.raises(ValueError, match="histogram_freq needs validation_data, as arrays"):
                model().fit(
                    Batches(), verbose=0, validation_data=val,
                    callbacks=[TensorBoard(tmp_path, histogram_freq=1)],
                )  # fmt: skip

    def test_of_several_outputs(self, tmp_path):
        x = Input((4,))
        both = Sequential([Dense(2, input_shape=(4,), name="inner")], name="both")(x)
        shared = Dense(2, name="shared")
        made = Model(x, [shared(both), shared(both)])
        made.compile("sgd", "mse")
        made.fit(
            X, [X[:, :2]] * 2, verbose=0, validation_data=(X, [X[:, :2]] * 2),
            callbacks=[TensorBoard(tmp_path, histogram_freq=1)],
        )  # fmt: skip
        tags = set(read(tmp_path).Tags()["histograms"])
        assert {"both_out", "shared/kernel_0"} <= tags and "shared_out" not in tags


class TestImages:
    def test_of_weights(self, tmp_path):
        made = Sequential([
            Conv2D(5, 3, input_shape=(6, 6, 1), name="conv"), Flatten(),
            Dense(2, name="out"),
        ])  # fmt: skip
        made.compile("sgd", "mse")
        x, y = np.random.rand(4, 6, 6, 1), np.ones((4, 2))
        made.fit(
            x, y, verbose=0, validation_data=(x, y),
            callbacks=[TensorBoard(tmp_path, histogram_freq=1, write_images=True)],
        )  # fmt: skip
        found = read(tmp_path)
        tags = {f"conv/kernel_0/image/{i}" for i in range(3)}
        tags |= {"conv/bias_0/image", "out/kernel_0/image", "out/bias_0/image"}
        assert set(found.Tags()["images"]) == tags
        (image,) = found.Images("out/kernel_0/image")
        assert (image.height, image.width, image.step) == (2, 80, 0)
        kernel = made.get_weights()[2].T
        expected = kernel / np.abs(kernel).max() * 127 + 128
        np.testing.assert_allclose(self.decode(image), expected, atol=1)
        assert found.Images("conv/kernel_0/image/1")[0].height == 3

    def decode(self, image):
        plt = pytest.importorskip("matplotlib.image", reason="reads PNG files")
        return plt.imread(io.BytesIO(image.encoded_image_string), "png") * 255

    @pytest.mark.parametrize("channels", [1, 3, 4])
    def test_png(self, channels):
        plt = pytest.importorskip("matplotlib.image", reason="reads PNG files")
        pixels = np.random.RandomState(0).randint(0, 256, (5, 7, channels)).astype("uint8")
        got = plt.imread(io.BytesIO(event_file.png(pixels)), "png") * 255
        np.testing.assert_array_equal(np.rint(got).reshape(pixels.shape), pixels)


class TestGraph:
    def test_of_layers(self, tmp_path):
        a, b = Input((4,), name="a"), Input((4,), name="b")
        inner = Sequential([Dense(3, input_shape=(4,), name="one"), Dropout(0.1, name="two")],
                           name="inner")  # fmt: skip
        y = Dense(1, name="end")(concatenate([inner(a), inner(b)], name="both"))
        made = Model([a, b], y)
        made.compile("sgd", "mse")
        made.fit([X, X], Y, verbose=0, callbacks=[TensorBoard(tmp_path)])
        nodes = {node.name: node for node in read(tmp_path).Graph().node}
        assert {name: (node.op, list(node.input)) for name, node in nodes.items()} == {
            "a": ("InputLayer", []),
            "b": ("InputLayer", []),
            "inner/one_input": ("InputLayer", ["a", "b"]),
            "inner/one": ("Dense", ["inner/one_input"]),
            "inner/two": ("Dropout", ["inner/one"]),
            "both": ("Concatenate", ["inner/two"]),
            "end": ("Dense", ["both"]),
        }
        (shape,) = nodes["inner/one"].attr["_output_shapes"].list.shape
        assert [dim.size for dim in shape.dim] == [-1, 3]

    def test_is_left_out(self, tmp_path):
        model().fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path, write_graph=False)])
        assert not read(tmp_path).Tags()["graph"]


class TestEmbeddings:
    def fit(self, folder, **kwargs):
        made = Sequential([Embedding(9, 3, input_length=2, name="words"), Flatten(), Dense(1)])
        made.compile("sgd", "mse")
        x = np.arange(8).reshape(4, 2)
        callback = TensorBoard(folder, embeddings_freq=1, embeddings_data=x, batch_size=3, **kwargs)
        made.fit(x, np.ones(4), verbose=0, callbacks=[callback])
        config = text_format.Parse(
            (folder / "projector_config.pbtxt").read_text(), ProjectorConfig()
        )
        return made.get_weights()[0][x].reshape(4, 6), config.embeddings

    def test_all_embeddings(self, tmp_path):
        expected, (config,) = self.fit(tmp_path, embeddings_metadata="names.tsv")
        assert config.tensor_name == "words_embedding" and config.metadata_path == "names.tsv"
        np.testing.assert_allclose(np.loadtxt(tmp_path / config.tensor_path), expected, rtol=1e-6)

    def test_layers_by_name(self, tmp_path):
        _, (one, two) = self.fit(
            tmp_path, embeddings_layer_names=["words", "dense_1"],
            embeddings_metadata={"dense_1": "numbers.tsv"},
        )  # fmt: skip
        assert (one.metadata_path, two.metadata_path) == ("", "numbers.tsv")
        assert np.loadtxt(tmp_path / two.tensor_path).shape == (4,)

    def test_need_data(self, tmp_path):
        with pytest.raises(ValueError, match="embeddings_freq needs embeddings_data"):
            model().fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path, embeddings_freq=1)])


class TestFile:
    def test_numbers(self):
        """Whole numbers of every size, as the real package reads them."""
        for number in (0, 1, 127, 128, 300, 2**31, 2**63 - 1, -1, -(2**63)):
            assert Event.FromString(event_file.field(2, number)).step == number

    def test_is_whole_after_each_event(self, tmp_path):
        file = event_file.EventFile(tmp_path)
        assert not file.path.exists()
        for step in range(3):
            file.write(event_file.summary([event_file.scalar("a", step / 2)]), step)
            found = events(tmp_path)
            assert found[0].file_version == "brain.Event:2"
            assert [e.step for e in found[1:]] == list(range(step + 1))
            assert found[-1].summary.value[0].simple_value == step / 2
            assert found[-1].wall_time > 1e9
