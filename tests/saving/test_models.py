"""Models come back as they were: architecture, weights, training, and the optimizer's state."""

import io
import json
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb import losses, metrics, optimizers
from kerasnb.engine.saving import load_weights_from_hdf5_group, save_weights_to_hdf5_group
from kerasnb.layers import BatchNormalization, Dense, Input, Lambda
from kerasnb.models import (
    Model,
    Sequential,
    load_model,
    model_from_json,
    model_from_yaml,
    save_model,
)
from kerasnb.utils.generic_utils import CustomObjectScope
from kerasnb.utils.io_utils import H5Dict

from .models import MODELS, OWN, cubic, inputs_of, shaken, targets_of, twice


@pytest.fixture(autouse=True)
def fresh_names():
    K.clear_session()
    np.random.seed(7)


def flat(arrays):
    return arrays if isinstance(arrays, list) else [arrays]


def assert_same(model, other):
    assert [w.name for w in other.weights] == [w.name for w in model.weights]
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert_same_predictions(model, other)


def assert_same_predictions(model, other):
    x = inputs_of(model)
    model.reset_states()
    other.reset_states()
    for a, b in zip(flat(model.predict(x)), flat(other.predict(x)), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


class TestRoundTrips:
    @pytest.mark.parametrize("name", MODELS)
    def test_model(self, name, tmp_path):
        model = shaken(MODELS[name]())
        model.save(tmp_path / "model.h5")
        with pytest.warns(UserWarning, match="No training configuration found in save file"):
            other = load_model(tmp_path / "model.h5", custom_objects=OWN)
        assert type(other) is type(model)
        assert_same(model, other)
        assert other.to_json() == model.to_json()

    @pytest.mark.parametrize("name", MODELS)
    def test_weights(self, name, tmp_path):
        model = shaken(MODELS[name]())
        model.save_weights(tmp_path / "weights.h5")
        K.clear_session()
        other = MODELS[name]()
        other.load_weights(tmp_path / "weights.h5")
        assert_same(model, other)

    @pytest.mark.parametrize("name", MODELS)
    def test_texts(self, name):
        model = MODELS[name]()
        for text, read in (
            (model.to_json(), model_from_json),
            (model.to_json(indent=1), model_from_json),
            (model.to_yaml(), model_from_yaml),
        ):
            other = read(text, custom_objects=OWN)
            other.set_weights(model.get_weights())
            assert other.to_json() == model.to_json()
            assert_same_predictions(model, other)

    @pytest.mark.parametrize("name", MODELS)
    def test_pickle(self, name):
        model = shaken(MODELS[name]())
        with CustomObjectScope(OWN):
            other = pickle.loads(pickle.dumps(model))
        assert_same(model, other)

    def test_a_subclass_saves_its_weights_only(self, tmp_path):
        class Mine(Model):
            def __init__(self):
                super().__init__()
                self.one, self.two = Dense(4), BatchNormalization()
                self.shift = K.variable(np.full(4, 0.5), name="shift")

            def call(self, inputs):
                return self.two(self.one(inputs)) + self.shift

        path, x = tmp_path / "weights.h5", np.ones((3, 2), "float32")
        model = Mine()
        with pytest.raises(ValueError, match=r"save_weights: .* has no weights yet"):
            model.save_weights(path)
        model.predict(x)
        shaken(model)
        with pytest.raises(NotImplementedError, match="made by code of its own.*save_weights"):
            model.save(path)
        model.save_weights(path)
        K.clear_session()
        other = Mine()
        other.predict(2 * x)
        other.load_weights(path)
        np.testing.assert_array_equal(model.predict(x), other.predict(x))

    def test_a_stack_without_shapes_waits(self, tmp_path):
        model = Sequential([Dense(2)])
        with pytest.raises(NotImplementedError, match="its shapes are not known yet"):
            model.save(tmp_path / "model.h5")
        with pytest.raises(ValueError, match="load_weights: .* has no weights yet"):
            model.load_weights(tmp_path / "model.h5")
        model.predict(np.ones((1, 3)))
        model.save(tmp_path / "model.h5")
        assert_same(model, load_model(tmp_path / "model.h5", compile=False))

    def test_lambdas_with_code(self, tmp_path):
        factor = 3.0
        model = Sequential([Lambda(lambda x: factor * x, input_shape=(2,), name="triple")])
        model.save(tmp_path / "model.h5")
        with pytest.raises(ValueError, match="safe_mode=False"):
            load_model(tmp_path / "model.h5", compile=False)
        other = load_model(tmp_path / "model.h5", compile=False, safe_mode=False)
        np.testing.assert_array_equal(other.predict(np.ones((1, 2))), [[3.0, 3.0]])
        with pytest.raises(ValueError, match="anything to your machine"):
            model_from_json(model.to_json())
        assert model_from_json(model.to_json(), safe_mode=False).output_shape == (None, 2)
        np.testing.assert_array_equal(
            pickle.loads(pickle.dumps(model)).predict(np.ones((1, 2))), [[3.0, 3.0]]
        )

    def test_loading_draws_no_random_numbers(self, tmp_path):
        MODELS["stack"]().save(tmp_path / "model.h5")
        state = np.random.get_state()[1].copy()
        load_model(tmp_path / "model.h5", compile=False).get_weights()
        np.testing.assert_array_equal(np.random.get_state()[1], state)


class TestPlaces:
    """Paths, open files, groups, streams, dictionaries."""

    def places(self, folder):
        yield str(folder / "text.h5")
        yield folder / "path.h5"
        yield bytes(folder / "bytes.h5")
        yield io.BytesIO()
        yield {}
        yield h5py.File(folder / "open.h5", "w")
        yield h5py.File(folder / "group.h5", "w").create_group("some/where")
        yield H5Dict(folder / "h5dict.h5", "w")

    def test_models(self, tmp_path):
        model = shaken(MODELS["shared"]())
        for place in self.places(tmp_path):
            save_model(model, place)
            if hasattr(place, "seek"):
                place.seek(0)
            assert_same(model, load_model(place, compile=False))

    def test_weights(self, tmp_path):
        model = shaken(MODELS["shared"]())
        for place in self.places(tmp_path):
            model.save_weights(place)
            if hasattr(place, "seek"):
                place.seek(0)
            K.clear_session()
            other = MODELS["shared"]()
            other.load_weights(place)
            assert_same(model, other)

    def test_open_files(self, tmp_path):
        model = shaken(MODELS["stack"]())
        with (tmp_path / "model.h5").open("wb") as file:
            model.save(file)
        with (tmp_path / "model.h5").open("rb") as file:
            assert_same(model, load_model(file, compile=False))

    def test_saving_again_to_the_same_group(self, tmp_path):
        with h5py.File(tmp_path / "model.h5", "w") as file:
            for seed in (1, 2):
                model = shaken(MODELS["stack"](), seed)
                model.save(file)
                assert_same(model, load_model(file, compile=False))

    def test_other_things_are_refused(self):
        model = MODELS["stack"]()
        for call in (model.save, model.save_weights, model.load_weights, load_model):
            with pytest.raises(TypeError, match="Needs a path"):
                call(12)
        with pytest.raises(TypeError, match="Needs a binary stream"):
            load_model(io.StringIO("text"))

    def test_layers_in_groups(self):
        model, file = shaken(MODELS["stack"]()), h5py.File(io.BytesIO(), "w")
        save_weights_to_hdf5_group(file, model.layers)
        other = MODELS["stack"]()
        load_weights_from_hdf5_group(file, other.layers)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_the_user_is_asked(self, tmp_path, monkeypatch):
        path = tmp_path / "model.h5"
        path.write_text("old")
        model = MODELS["stack"]()
        with pytest.raises(FileExistsError, match="overwrite=True"):
            model.save(path, overwrite=False)
        monkeypatch.setattr("builtins.input", lambda question="": "n")
        model.save(path, overwrite=False)
        model.save_weights(str(path), overwrite=False)
        assert path.read_text() == "old"
        monkeypatch.setattr("builtins.input", lambda question="": "y")
        model.save_weights(path, overwrite=False)
        model.load_weights(path)


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True, decay=0.01),
    "rmsprop": lambda: optimizers.RMSprop(clipnorm=1.0),
    "adagrad": optimizers.Adagrad,
    "adadelta": optimizers.Adadelta,
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(amsgrad=True, clipvalue=0.5),
    "adamax": optimizers.Adamax,
    "nadam": optimizers.Nadam,
}


class TestTraining:
    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_it_goes_on_as_if_nothing_had_happened(self, name, tmp_path):
        model = MODELS["branches"]()
        x, y = inputs_of(model), targets_of(model)
        model.compile(OPTIMIZERS[name](), "mse", metrics=["mae"])
        for _ in range(3):
            model.train_on_batch(x, y)
        model.save(tmp_path / "model.h5")
        other = load_model(tmp_path / "model.h5")
        assert type(other.optimizer) is type(model.optimizer)
        assert other.optimizer.get_config() == model.optimizer.get_config()
        whole = [model.train_on_batch(x, y) for _ in range(5)]
        assert whole == [other.train_on_batch(x, y) for _ in range(5)]
        for a, b in zip(model.optimizer.get_weights(), other.optimizer.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_arguments_of_compile(self, tmp_path):
        model = MODELS["two_outputs"]()
        x, y = inputs_of(model), targets_of(model)
        model.compile(
            optimizers.SGD(0.01),
            loss={"first": losses.Huber(delta=0.5), "second": cubic},
            loss_weights={"first": 0.3, "second": 2.0},
            metrics={"first": ["mae", metrics.MeanSquaredError(name="square")], "second": cubic},
            weighted_metrics={"second": ["mse"]},
        )
        model.train_on_batch(x, y)
        for turn in range(2):
            model.save(tmp_path / "model.h5")
            with pytest.raises(ValueError, match=r"cubic.*compile=False.*custom_objects"):
                load_model(tmp_path / "model.h5")
            other = load_model(tmp_path / "model.h5", custom_objects=OWN)
            assert other.metrics_names == model.metrics_names, turn
            weights = {"first": np.full(4, 0.5), "second": np.full(4, 3.0)}
            both = [m.test_on_batch(x, y, sample_weight=weights) for m in (model, other)]
            np.testing.assert_allclose(*both, rtol=1e-6)
            model = other

    def test_lists_and_temporal_weights(self, tmp_path):
        x = Input((4, 3))
        model = Model(x, [Dense(2, name="p")(x), Dense(1, name="q")(x)])
        model.compile(
            "adam",
            loss=["mse", None],
            loss_weights=[0.5, 1],
            sample_weight_mode=["temporal", None],
            metrics=[["mae"], []],
        )
        model.save(tmp_path / "model.h5")
        other = load_model(tmp_path / "model.h5")
        assert other.sample_weight_mode == ["temporal", None]
        assert other.metrics_names == model.metrics_names
        data = np.ones((2, 4, 3)), np.ones((2, 4, 2)), np.arange(8.0).reshape(2, 4)
        np.testing.assert_allclose(other.test_on_batch(*data), model.test_on_batch(*data))

    def test_an_optimizer_can_be_left_out(self, tmp_path):
        model = MODELS["stack"]()
        model.compile("adam", "mse")
        model.train_on_batch(inputs_of(model), targets_of(model))
        model.save(tmp_path / "model.h5", include_optimizer=False)
        with h5py.File(tmp_path / "model.h5") as file:
            assert "training_config" not in file.attrs
            assert "optimizer_weights" not in file

    def test_an_optimizer_of_ones_own(self, tmp_path):
        class Slow(optimizers.SGD):
            pass

        model = MODELS["stack"]()
        model.compile(Slow(0.001), "mse")
        model.train_on_batch(inputs_of(model), targets_of(model))
        model.save(tmp_path / "model.h5")
        with pytest.raises(ValueError, match="Slow"):
            load_model(tmp_path / "model.h5")
        other = load_model(tmp_path / "model.h5", custom_objects={"Slow": Slow})
        assert type(other.optimizer) is Slow

    def test_a_state_that_does_not_fit_is_left_out(self, tmp_path):
        model = MODELS["stack"]()
        model.compile("adam", "mse")
        model.train_on_batch(inputs_of(model), targets_of(model))
        model.save(tmp_path / "model.h5")
        with h5py.File(tmp_path / "model.h5", "r+") as file:
            state = file["optimizer_weights"]
            state.attrs["weight_names"] = state.attrs["weight_names"][:4]
        with pytest.warns(UserWarning, match="Error in loading the saved optimizer state"):
            other = load_model(tmp_path / "model.h5")
        assert other.train_on_batch(inputs_of(model), targets_of(model)) > 0

    def test_without_training_nothing_is_said_of_it(self, tmp_path):
        model = MODELS["stack"]()
        model.compile("adam", "mse")
        model.save(tmp_path / "model.h5")
        other = load_model(tmp_path / "model.h5")
        assert not other.optimizer.weights
        assert other.optimizer.get_config() == model.optimizer.get_config()


class TestLayout:
    """The file is the one that Keras 2.3.1 writes."""

    def test_names(self, tmp_path):
        model = MODELS["stack"]()
        model.compile("adam", "mse", metrics=["accuracy"])
        model.train_on_batch(inputs_of(model), targets_of(model))
        model.save(tmp_path / "model.h5")
        with h5py.File(tmp_path / "model.h5") as file:
            assert file.attrs["keras_version"] == "2.3.1"
            assert file.attrs["backend"] == K.backend()
            assert json.loads(file.attrs["model_config"])["class_name"] == "Sequential"
            training = json.loads(file.attrs["training_config"])
            weights, state = file["model_weights"], file["optimizer_weights"]
            assert weights.attrs["layer_names"].tolist() == [
                b"dense_1",
                b"dropout_1",
                b"batch_normalization_1",
                b"dense_2",
            ]
            assert weights.attrs["keras_version"] == "2.3.1"
            assert weights["dense_1"].attrs["weight_names"].tolist() == [
                b"dense_1/kernel:0",
                b"dense_1/bias:0",
            ]
            assert weights["dense_1/dense_1/kernel:0"].shape == (6, 8)
            assert len(weights["dropout_1"].attrs["weight_names"]) == 0
            names = state.attrs["weight_names"].tolist()
            assert names[0] == b"Adam/iterations:0"
            assert names[1] == b"training/Adam/m_0:0"
            assert len(names) == 1 + 3 * 6
            assert state["Adam/iterations:0"][()] == 1
        assert training == {
            "optimizer_config": {
                "class_name": "Adam",
                "config": model.optimizer.get_config(),
            },
            "loss": "mse",
            "metrics": ["accuracy"],
            "weighted_metrics": None,
            "sample_weight_mode": None,
            "loss_weights": None,
        }

    def test_weights_of_the_same_name(self, tmp_path):
        class Twins(Dense):
            def build(self, input_shape):
                super().build(input_shape)
                for _ in range(3):
                    self.add_weight("twin", (2,), initializer="normal")

        model = shaken(Sequential([Twins(2, input_shape=(2,), name="t")]))
        model.save_weights(tmp_path / "weights.h5")
        with h5py.File(tmp_path / "weights.h5") as file:
            names = [n.decode() for n in file["t"].attrs["weight_names"]]
        assert names[2:] == ["t/twin:0", "t/twin:0_1", "t/twin:0_2"]
        other = Sequential([Twins(2, input_shape=(2,), name="t")])
        other.load_weights(tmp_path / "weights.h5")
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_many_long_names(self, tmp_path):
        """More than HDF5 takes for one attribute: the lists are cut."""
        x = y = Input((1,))
        for i in range(40):
            y = Dense(1, name=f"{i}_" + 3000 * "x")(y)
        model = shaken(Model(x, y))
        model.save(tmp_path / "model.h5")
        with h5py.File(tmp_path / "model.h5") as file:
            attrs = file["model_weights"].attrs
            assert "layer_names" not in attrs
            assert len(attrs["layer_names0"]) < 41
            assert "layer_names1" in attrs
        assert_same(model, load_model(tmp_path / "model.h5", compile=False))
        with pytest.raises(RuntimeError, match="names of 64512 bytes at most"):
            Sequential([Dense(1, input_shape=(1,), name=70000 * "y")]).save(tmp_path / "model.h5")
        assert [p.name for p in Path(tmp_path).iterdir()] == ["model.h5"]
        assert_same(model, load_model(tmp_path / "model.h5", compile=False))


def test_names_of_functions_in_texts():
    model = Sequential([Dense(1, activation=twice, input_shape=(1,))])
    with pytest.raises(ValueError, match="twice"):
        model_from_json(model.to_json())
    assert model_from_json(model.to_json(), {"twice": twice}).layers[0].activation is twice
