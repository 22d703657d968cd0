"""Data in HDF5 files: HDF5Matrix in the place of arrays, H5Dict in the place of dictionaries."""

import io

import h5py
import numpy as np
import pytest

from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.utils import HDF5Matrix
from kerasnb.utils.io_utils import H5Dict, h5dict, load_from_binary_h5py, save_to_binary_h5py

X = np.random.RandomState(0).rand(50, 4).astype("float32")
Y = X[:, :1] * 2


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["y"] = X, Y
    yield tmp_path / "data.h5"
    for name in [name for name in HDF5Matrix.refs if str(tmp_path) in name]:
        HDF5Matrix.refs.pop(name).close()


class TestMatrix:
    def test_rows(self, path):
        x = HDF5Matrix(path, "x", start=10, end=30)
        assert len(x) == 20
        assert x.shape == (20, 4)
        assert x.dtype == np.float32
        assert (x.ndim, x.size) == (2, 80)
        part = X[10:30]
        for key in (0, 19, -1, slice(None), slice(3, 7), slice(-5, None), slice(1, 9, 2), [1, 4]):
            np.testing.assert_array_equal(x[key], part[key])
        np.testing.assert_array_equal(x[np.array([2, 3])], part[2:4])

    @pytest.mark.parametrize("key", [20, -21, slice(0, 21), [3, 20], np.array([20])])
    def test_rows_that_are_not_there(self, path, key):
        with pytest.raises(IndexError, match="there are 20 rows"):
            HDF5Matrix(path, "x", 10, 30)[key]

    def test_normalizer(self, path):
        x = HDF5Matrix(path, "x", normalizer=lambda rows: rows.sum(1).astype("float64"))
        assert x.shape == (50,)
        assert x.dtype == np.float64
        np.testing.assert_array_equal(x[5:8], X[5:8].sum(1).astype("float64"))

    def test_a_file_is_opened_once(self, path):
        a, b = HDF5Matrix(path, "x"), HDF5Matrix(str(path), "y")
        assert a.data.file == b.data.file
        assert HDF5Matrix.refs[str(path)] == a.data.file
        a.data.file.close()
        assert HDF5Matrix(path, "x").shape == (50, 4)

    def test_what_is_not_there(self, path):
        with pytest.raises(KeyError, match="no data set 'z'; has \\['x', 'y'\\]"):
            HDF5Matrix(path, "z")
        with pytest.raises(ValueError, match="'x' has 50 rows; got start=0, end=51"):
            HDF5Matrix(path, "x", end=51)
        with pytest.raises(FileNotFoundError):
            HDF5Matrix(path.with_name("other.h5"), "x")

    def test_training(self, path):
        def model():
            np.random.seed(1)
            model = Sequential([Dense(1, input_shape=(4,), kernel_initializer="ones")])
            model.compile("sgd", "mse")
            return model

        x, y = HDF5Matrix(path, "x", 0, 40), HDF5Matrix(path, "y", 0, 40)
        ours, arrays = model(), model()
        for shuffle in ("batch", False):
            both = []
            for m, data in ((ours, (x, y)), (arrays, (X[:40], Y[:40]))):
                np.random.seed(2)
                history = m.fit(*data, batch_size=8, epochs=2, shuffle=shuffle, verbose=0)
                both.append(history.history["loss"])
            np.testing.assert_allclose(*both, rtol=1e-6)
        np.testing.assert_allclose(ours.predict(x), arrays.predict(X[:40]), rtol=1e-6)
        np.testing.assert_allclose(
            ours.evaluate(x, y, verbose=0), arrays.evaluate(X[:40], Y[:40], verbose=0), rtol=1e-6
        )
        with pytest.raises(TypeError, match="shuffle='batch'"):
            ours.fit(x, y, batch_size=8, shuffle=True, verbose=0)


class TestDictionary:
    def places(self, folder):
        yield folder / "a.h5"
        yield str(folder / "b.h5")
        yield h5py.File(folder / "c.h5", "w")
        yield {}

    def test_values(self, tmp_path):
        assert h5dict is H5Dict
        for place in self.places(tmp_path):
            values = H5Dict(place, "w") if not isinstance(place, h5py.File) else H5Dict(place)
            values["array"] = X
            values["number"] = np.float32(1.5)
            values["text"] = b"some text"
            values["names"] = [b"a", b"longer"]
            values["many"] = ["n" * 3000 + str(i) for i in range(50)]
            inner = values["group"]
            inner["x"] = Y
            np.testing.assert_array_equal(values["array"], X)
            assert values["number"] == 1.5
            assert values["text"] in ("some text", b"some text")
            assert values["names"] == [b"a", b"longer"]
            assert len(values["many"]) == 50
            np.testing.assert_array_equal(values["group"]["x"], Y)
            assert "names" in values
            assert "many" in values
            assert "other" not in values
            assert values.get("other", 3) == 3
            assert values.setdefault("text") == values["text"]
            values.update({"more": b"x"})
            assert values.pop("more") in ("x", b"x")
            assert values.pop("more", None) is None
            assert set(values) >= {"array", "number", "text", "names", "group"}
            assert len(values) == len(list(values))
            values.close()

    def test_reading_only(self, tmp_path):
        with H5Dict(tmp_path / "a.h5", "w") as values:
            values["x"] = X
        for place in (tmp_path / "a.h5", {"x": X}):
            with H5Dict(place, "r") as values:
                np.testing.assert_array_equal(values["x"], X)
                with pytest.raises(ValueError, match="reading only"):
                    values["y"] = Y
                with pytest.raises(KeyError, match="there is no 'y'"):
                    values["y"]

    def test_nothing_is_overwritten(self, tmp_path):
        with H5Dict(tmp_path / "a.h5", "w") as values:
            values["x"] = X
            with pytest.raises(KeyError, match="there is 'x' already"):
                values["x"] = Y
        with pytest.raises(TypeError, match="needs a path"):
            H5Dict(5)


def test_streams():
    stream = io.BytesIO()
    save_to_binary_h5py(lambda file: file.create_dataset("x", data=X), stream)
    stream.seek(0)
    np.testing.assert_array_equal(load_from_binary_h5py(lambda file: file["x"][()], stream), X)
