"""ImageDataGenerator and batches of arrays: settings, draws, epochs, subsets."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.preprocessing.image import (
    ImageDataGenerator,
    Iterator,
    NumpyArrayIterator,
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
)
from kerasnb.utils import Sequence


def shaped(x, data_format):
    """Return pictures (many, height, width, channels) in a data format."""
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1)


formats = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
types = pytest.mark.parametrize("dtype", ["float32", "float64"])


class TestStandardize:
    @formats
    @types
    def test_featurewise(self, data_format, dtype):
        x = 5 + 3 * np.random.randn(20, 4, 5, 3)
        generator = ImageDataGenerator(
            featurewise_center=True,
            featurewise_std_normalization=True,
            data_format=data_format,
            dtype=dtype,
        )
        pictures = shaped(x, data_format)
        generator.fit(pictures)
        batch = next(generator.flow(pictures, batch_size=20, shuffle=False))
        assert batch.dtype == dtype
        expected = (x - x.mean((0, 1, 2))) / (x.std((0, 1, 2)) + 1e-6)
        np.testing.assert_allclose(batch, shaped(expected, data_format), rtol=1e-4, atol=1e-5)

    @types
    def test_samplewise(self, dtype):
        x = np.random.rand(6, 4, 4, 3) * 9
        generator = ImageDataGenerator(
            samplewise_center=True, samplewise_std_normalization=True, dtype=dtype
        )
        batch = generator.flow(x, batch_size=6, shuffle=False)[0]
        axes = (1, 2, 3)
        expected = (x - x.mean(axes, keepdims=True)) / (x.std(axes, keepdims=True) + 1e-6)
        np.testing.assert_allclose(batch, expected, rtol=1e-4, atol=1e-5)

    @formats
    @types
    def test_whitening_leaves_no_correlation(self, data_format, dtype):
        mix = np.linalg.qr(np.random.randn(12, 12))[0] * np.linspace(0.5, 2, 12)
        x = (np.random.randn(400, 12) @ mix).reshape(400, 2, 2, 3)
        generator = ImageDataGenerator(
            featurewise_center=True, zca_whitening=True, data_format=data_format, dtype=dtype
        )
        pictures = shaped(x, data_format)
        generator.fit(pictures)
        white = next(generator.flow(pictures, batch_size=400, shuffle=False)).reshape(400, 12)
        np.testing.assert_allclose(white.T @ white / 400, np.eye(12), atol=2e-3)
        # ZCA is the whitening that stays nearest: its matrix is symmetric.
        components = generator.principal_components
        np.testing.assert_allclose(components, components.T, rtol=1e-4, atol=1e-4)

    def test_order_of_steps(self):
        """First the function, then rescale, then centring."""
        x = np.random.rand(2, 3, 3, 1)
        generator = ImageDataGenerator(
            preprocessing_function=lambda p: p + 1, rescale=3.0, samplewise_center=True
        )
        got = generator.standardize(x[0].copy())
        np.testing.assert_allclose(got, (x[0] + 1) * 3 - ((x[0] + 1) * 3).mean())

    def test_in_place_for_floats_only(self):
        generator = ImageDataGenerator(rescale=0.5)
        x = np.ones((2, 2, 1))
        assert generator.standardize(x) is x and (x == 0.5).all()
        whole = np.ones((2, 2, 1), dtype="uint8")
        got = generator.standardize(whole)
        assert got.dtype == "float32" and (got == 0.5).all() and (whole == 1).all()

    def test_without_fit(self):
        for setting in ("featurewise_center", "zca_whitening"):
            generator = ImageDataGenerator(**{"featurewise_center": True, setting: True})
            with pytest.warns(UserWarning, match="does nothing before `fit"):
                assert (generator.standardize(np.ones((2, 2, 1))) == 1).all()

    def test_fit_augmented(self):
        x = np.random.rand(4, 3, 3, 1)
        generator = ImageDataGenerator(featurewise_center=True, channel_shift_range=0.5)
        generator.fit(x, augment=True, rounds=3, seed=7)
        np.random.seed(7)
        changed = [generator.random_transform(p) for _ in range(3) for p in x.astype("float32")]
        np.testing.assert_allclose(generator.mean.ravel(), np.mean(changed), rtol=1e-5)

    def test_fit_leaves_its_argument(self):
        x = np.random.rand(4, 3, 3, 1).astype("float32")
        before = x.copy()
        ImageDataGenerator(featurewise_center=True).fit(x)
        np.testing.assert_array_equal(x, before)

    def test_fit_errors(self):
        generator = ImageDataGenerator(featurewise_center=True)
        with pytest.raises(ValueError, match=r"fit: got an array of shape \(3, 3, 1\); needs 4"):
            generator.fit(np.zeros((3, 3, 1)))
        with pytest.warns(UserWarning, match="has 5 channels; pictures have 1, 3 or 4"):
            generator.fit(np.zeros((2, 3, 3, 5)))


class TestSettings:
    @pytest.mark.parametrize(
        ("cause", "name", "value"),
        [
            ("zca_whitening", "featurewise_center", True),
            ("featurewise_std_normalization", "featurewise_center", True),
            ("samplewise_std_normalization", "samplewise_center", True),
        ],
    )
    def test_what_needs_another(self, cause, name, value):
        with pytest.warns(UserWarning, match=f"`{cause}` sets `{name}` to {value}"):
            generator = ImageDataGenerator(**{cause: True})
        assert getattr(generator, name) is value

    def test_whitening_replaces_standard_deviations(self):
        with pytest.warns(UserWarning, match="`featurewise_std_normalization` to False"):
            generator = ImageDataGenerator(
                featurewise_center=True, featurewise_std_normalization=True, zca_whitening=True
            )
        assert not generator.featurewise_std_normalization

    @pytest.mark.parametrize(
        "kwargs",
        [
            {"zoom_range": (1, 2, 3)},
            {"brightness_range": 0.5},
            {"brightness_range": [0.5]},
            {"validation_split": 1.0},
            {"validation_split": -0.5},
            {"data_format": "channels_middle"},
        ],
    )
    def test_errors(self, kwargs):
        ((name, value),) = kwargs.items()
        with pytest.raises(ValueError, match=name) as caught:
            ImageDataGenerator(**kwargs)
        assert str(value) in str(caught.value)

    def test_the_session_s_settings(self):
        before = K.image_data_format(), K.floatx()
        K.set_image_data_format("channels_first")
        K.set_floatx("float64")
        try:
            generator = ImageDataGenerator(data_format=None, dtype=None)
            assert (generator.data_format, generator.dtype) == ("channels_first", "float64")
            assert generator.channel_axis == 1
            iterator = NumpyArrayIterator(np.zeros((2, 1, 3, 4)), None, generator)
            assert next(iterator).dtype == "float64"
        finally:
            K.set_image_data_format(before[0])
            K.set_floatx(before[1])


class TestDraws:
    def many(self, shape=(10, 20, 3), **kwargs):
        generator = ImageDataGenerator(**kwargs)
        drawn = [generator.get_random_transform(shape) for _ in range(300)]
        return {name: np.array([d[name] for d in drawn]) for name in drawn[0]}

    def test_nothing(self):
        drawn = self.many()
        assert not drawn["theta"].any() and not drawn["flip_horizontal"].any()
        assert (drawn["zx"] == 1).all() and (drawn["brightness"] == None).all()  # noqa: E711

    @pytest.mark.parametrize(
        ("kwargs", "name", "low", "high"),
        [
            ({"rotation_range": 30}, "theta", -30, 30),
            ({"shear_range": 12.0}, "shear", -12, 12),
            ({"height_shift_range": 0.2}, "tx", -2, 2),
            ({"width_shift_range": 0.2}, "ty", -4, 4),
            ({"width_shift_range": 3.5}, "ty", -3.5, 3.5),
            ({"zoom_range": 0.3}, "zx", 0.7, 1.3),
            ({"zoom_range": (0.5, 0.6)}, "zy", 0.5, 0.6),
            ({"channel_shift_range": 8.0}, "channel_shift_intensity", -8, 8),
            ({"brightness_range": (0.1, 0.9)}, "brightness", 0.1, 0.9),
        ],
    )
    def test_uniform(self, kwargs, name, low, high):
        values = self.many(**kwargs)[name].astype(float)
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() <= high
        assert abs(values.mean() - (low + high) / 2) < 0.1 * (high - low)

    def test_whole_pixels_and_lists(self):
        assert set(self.many(height_shift_range=3)["tx"]) == {-2, -1, 0, 1, 2}
        assert set(self.many(width_shift_range=[1, 5])["ty"]) == {-5, -1, 1, 5}
        parts = self.many(width_shift_range=[0.1, 0.5])["ty"]
        assert set(parts.tolist()) == {-10.0, -2.0, 2.0, 10.0}

    def test_flips(self):
        drawn = self.many(horizontal_flip=True, vertical_flip=True)
        for name in ("flip_horizontal", "flip_vertical"):
            assert 90 < drawn[name].sum() < 210

    def test_the_shape_is_read_in_its_format(self):
        first = self.many((3, 10, 20), height_shift_range=[0.5], data_format="channels_first")
        assert set(first["tx"].tolist()) == {-5.0, 5.0}

    def test_seed(self):
        generator = ImageDataGenerator(rotation_range=9, zoom_range=0.5, horizontal_flip=True)
        assert generator.get_random_transform((3, 3, 1), 5) == generator.get_random_transform(
            (3, 3, 1), seed=5
        )


@formats
def test_apply_transform_in_its_order(data_format):
    """Affine, channel shift, flips, light; the same in both data formats."""
    pytest.importorskip("scipy.ndimage", reason="SciPy (the extra images) is not installed")
    x = np.random.rand(6, 5, 3) * 255
    told = {"theta": 20, "tx": 1, "ty": -0.5, "shear": 4, "zx": 0.8, "zy": 1.2}
    expected = apply_affine_transform(x, **told, fill_mode="reflect")
    expected = apply_channel_shift(expected, -9.0, 2)[::-1, ::-1]
    expected = apply_brightness_shift(expected, 0.8)
    told |= {"channel_shift_intensity": -9.0, "brightness": 0.8}
    told |= {"flip_horizontal": True, "flip_vertical": True}
    generator = ImageDataGenerator(fill_mode="reflect", data_format=data_format)
    got = generator.apply_transform(shaped(x[None], data_format)[0], told)
    np.testing.assert_allclose(got, shaped(expected[None], data_format)[0], atol=1e-9)
    assert generator.apply_transform(x, {}) is x


class TestArrays:
    def numbered(self, count):
        """Return pictures that each have one value all over."""
        return np.arange(count, dtype="float32")[:, None, None, None] * np.ones((1, 3, 2, 1))

    def test_epochs(self):
        x, y = self.numbered(10), np.arange(10)
        batches = ImageDataGenerator().flow(x, y, batch_size=4, shuffle=False)
        assert isinstance(batches, Sequence) and len(batches) == 3
        for _ in range(2):
            targets = [next(batches) for _ in range(3)]
            assert [t.tolist() for _, t in targets] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
            assert all((p[:, 0, 0, 0] == t).all() for p, t in targets)
        next(batches)
        batches.reset()
        assert next(batches)[1][0] == 0

    def test_every_epoch_has_another_order(self):
        x = self.numbered(40)
        batches = ImageDataGenerator().flow(x, x[:, 0, 0, 0], batch_size=7)
        epochs = [np.concatenate([next(batches)[1] for _ in range(6)]) for _ in range(2)]
        for epoch in epochs:
            assert sorted(epoch) == list(range(40))
        assert (epochs[0] != epochs[1]).any()
        by_number = np.concatenate([batches[i][1] for i in range(6)])
        batches.on_epoch_end()
        again = np.concatenate([batches[i][1] for i in range(6)])
        assert sorted(by_number) == sorted(again) and (by_number != again).any()

    def test_seed(self):
        x = np.random.rand(9, 4, 4, 3)
        generator = ImageDataGenerator(channel_shift_range=0.3, horizontal_flip=True)
        one, other = (generator.flow(x, np.arange(9), 4, seed=11) for _ in range(2))
        for _ in range(7):
            np.random.rand()  # what else draws numbers makes no difference
            (p, t), (p_other, t_other) = next(one), next(other)
            np.testing.assert_array_equal(p, p_other)
            np.testing.assert_array_equal(t, t_other)

    def test_seed_of_batches_by_number(self):
        x = np.zeros((4, 2, 2, 1))
        batches = ImageDataGenerator(channel_shift_range=0.3, horizontal_flip=True)
        drawn = []
        batches._change = lambda picture: drawn.append(np.random.rand()) or picture
        for _ in range(2):
            flow = batches.flow(x, batch_size=2, seed=3, shuffle=False)
            flow[0], flow[1], flow[0]
        assert drawn[:6] == drawn[6:] and len(set(drawn)) == 6
        np.random.seed(3 + 1)  # the seed, and one batch given before
        assert drawn[2] == np.random.rand()

    def test_threads_share_an_epoch(self):
        x = self.numbered(40)
        batches = ImageDataGenerator().flow(x, np.arange(40), batch_size=4)
        with ThreadPoolExecutor(4) as pool:
            given = list(pool.map(lambda _: next(batches), range(10)))
        assert sorted(np.concatenate([y for _, y in given])) == list(range(40))
        assert all((p[:, 0, 0, 0] == y).all() for p, y in given)

    def test_what_a_batch_holds(self):
        x, y, weights = self.numbered(5), np.arange(5), np.arange(5) / 2
        flow = ImageDataGenerator().flow
        assert next(flow(x)).shape == (5, 3, 2, 1)
        _, targets, w = next(flow(x, y, sample_weight=weights, batch_size=3))
        np.testing.assert_array_equal(targets / 2, w)
        (pictures, other), targets = next(flow((x, y * 3), y.tolist(), batch_size=2))
        np.testing.assert_array_equal(pictures[:, 0, 0, 0] * 3, other)
        (pictures, first, second), _ = next(flow([x, [y, y + 1]], y))
        np.testing.assert_array_equal(first + 1, second)

    def test_batch_of_one(self):
        batches = ImageDataGenerator(samplewise_center=True).flow(self.numbered(1), batch_size=1)
        assert [next(batches).shape for _ in range(3)] == [(1, 3, 2, 1)] * 3

    def test_the_array_is_not_touched(self):
        x = self.numbered(4).astype("float32")
        before = x.copy()
        next(ImageDataGenerator(rescale=9.0, samplewise_center=True).flow(x))
        np.testing.assert_array_equal(x, before)

    def test_bytes_become_floats(self):
        x = np.full((2, 3, 3, 1), 255, dtype="uint8")
        assert (next(ImageDataGenerator(rescale=1 / 255).flow(x)) == 1).all()

    def test_subsets(self):
        x, y = self.numbered(10), np.arange(10) % 2
        generator = ImageDataGenerator(validation_split=0.25)
        weights = np.arange(10)
        parts = {}
        for subset in ("training", "validation"):
            batches = generator.flow(x, y, 10, sample_weight=weights, subset=subset)
            pictures, targets, w = next(batches)
            np.testing.assert_array_equal(pictures[:, 0, 0, 0], w)
            np.testing.assert_array_equal(targets, w % 2)
            parts[subset] = sorted(w.tolist())
        assert parts == {"validation": [0, 1], "training": list(range(2, 10))}

    def test_saved_pictures(self, tmp_path):
        image = pytest.importorskip("PIL.Image", reason="Pillow (the extra images) is missing")
        x = np.random.rand(3, 4, 5, 3)
        batches = ImageDataGenerator().flow(
            x, shuffle=False, save_to_dir=tmp_path, save_prefix="cat", save_format="bmp"
        )
        next(batches)
        files = sorted(tmp_path.iterdir())
        assert [file.name.rsplit("_", 1)[0] for file in files] == ["cat_0", "cat_1", "cat_2"]
        for file, picture in zip(files, x, strict=True):
            with image.open(file) as saved:
                pixels = np.asarray(saved)
            np.testing.assert_allclose(pixels, picture / picture.max() * 255, atol=1.001)

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"y": np.zeros(3)}, "4 pictures in x, but y has 3"),
            ({"sample_weight": np.zeros(5)}, "but sample_weight has 5"),
            ({"x": (np.zeros((4, 2, 2, 1)), np.zeros(2))}, "but another input has 2"),
            ({"x": np.zeros((4, 2, 2))}, r"shape \(4, 2, 2\); needs 4 axes"),
            ({"subset": "test"}, "subset='test'; needs 'training' or 'validation'"),
            ({"subset": "training", "y": [0, 0, 1, 1]}, "have different classes"),
            ({"batch_size": 0}, "batch_size=0"),
        ],
    )
    def test_errors(self, arguments, problem):
        generator = ImageDataGenerator(validation_split=0.5)
        with pytest.raises(ValueError, match=problem):
            generator.flow(**{"x": np.zeros((4, 2, 2, 1)), **arguments})

    def test_a_subset_needs_a_split(self):
        with pytest.raises(ValueError, match="needs an ImageDataGenerator with `validation_split`"):
            ImageDataGenerator().flow(np.zeros((4, 2, 2, 1)), [0, 0, 1, 1], subset="training")

    def test_another_data_format_is_noticed(self):
        with pytest.warns(UserWarning, match="'channels_last'.* has 28 channels"):
            ImageDataGenerator().flow(np.zeros((2, 1, 28, 28)))

    def test_no_such_batch(self):
        batches = ImageDataGenerator().flow(np.zeros((4, 2, 2, 1)), batch_size=3)
        for index in (2, -1):
            with pytest.raises(ValueError, match=f"batch {index}; the 2 batches go from 0 to 1"):
                batches[index]

    def test_no_pictures(self):
        batches = ImageDataGenerator().flow(np.zeros((0, 2, 2, 1)))
        assert len(batches) == 0
        with pytest.raises(ValueError, match="NumpyArrayIterator: there are no samples"):
            next(batches)

    def test_a_subclass_needs_its_method(self):
        with pytest.raises(NotImplementedError, match="_get_batches_of_transformed_samples"):
            next(Iterator(3, 1, False, None))
