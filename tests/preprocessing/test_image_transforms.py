"""Changes of one picture, against what the documentation says, pixel by pixel."""

import math

import numpy as np
import pytest

from kerasnb.preprocessing import image

pytest.importorskip("scipy.ndimage", reason="SciPy (the extra images) is not installed")

LAST = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}


def outside(index, size, mode):
    """Return the pixel that stands for one outside; None for `cval`."""
    if mode == "constant":
        return index if 0 <= index < size else None
    if mode == "nearest":
        return min(max(index, 0), size - 1)
    index %= 2 * size  # reflect: abcd|dcba
    return index if index < size else 2 * size - 1 - index


def read(x, row, col, mode, cval):
    """Return the value between four pixels of a picture (rows, columns)."""
    height, width = x.shape
    if mode == "constant" and not (0 <= row <= height - 1 and 0 <= col <= width - 1):
        return cval
    total = 0.0
    for r, r_part in ((math.floor(row), 1 - row % 1), (math.floor(row) + 1, row % 1)):
        for c, c_part in ((math.floor(col), 1 - col % 1), (math.floor(col) + 1, col % 1)):
            r_in, c_in = outside(r, height, mode), outside(c, width, mode)
            value = cval if r_in is None or c_in is None else x[r_in, c_in]
            total += r_part * c_part * value
    return total


def by_hand(x, theta, tx, ty, shear, zx, zy, mode, cval):
    """Return an affine transform of a picture (rows, columns), one pixel after the other."""
    theta, shear = math.radians(theta), math.radians(shear)
    height, width = x.shape
    middle_row, middle_col = height / 2 + 0.5, width / 2 + 0.5
    result = np.zeros_like(x)
    for row in range(height):
        for col in range(width):
            r, c = zx * (row - middle_row), zy * (col - middle_col)
            r, c = r - math.sin(shear) * c, math.cos(shear) * c
            r, c = r + tx, c + ty
            r, c = (
                math.cos(theta) * r - math.sin(theta) * c,
                math.sin(theta) * r + math.cos(theta) * c,
            )
            result[row, col] = read(x, r + middle_row, c + middle_col, mode, cval)
    return result


class TestAffine:
    @pytest.mark.parametrize("mode", ["constant", "nearest", "reflect"])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_one_pixel_after_the_other(self, mode, dtype):
        x = np.random.rand(8, 6, 2).astype(dtype)
        theta, shear = np.random.uniform(-90, 90), np.random.uniform(-30, 30)
        tx, ty = np.random.uniform(-4, 4, 2)
        zx, zy = np.random.uniform(0.5, 2, 2)
        got = image.apply_affine_transform(
            x, theta, tx, ty, shear, zx, zy, fill_mode=mode, cval=0.3
        )
        assert got.dtype == dtype and got.shape == x.shape
        tolerance = 1e-5 if dtype == "float32" else 1e-11
        for channel in range(2):
            expected = by_hand(x[..., channel], theta, tx, ty, shear, zx, zy, mode, 0.3)
            np.testing.assert_allclose(got[..., channel], expected, atol=tolerance)

    def test_whole_pixels(self):
        """A positive tx moves the picture up, a positive ty to the left."""
        x = np.random.rand(5, 4, 3)
        got = image.apply_affine_transform(x, tx=1, ty=2, fill_mode="constant", cval=7.0)
        np.testing.assert_allclose(got[:4, :2], x[1:, 2:])
        assert (got[4] == 7).all() and (got[:, 2:] == 7).all()

    def test_axes(self):
        x = np.random.rand(6, 5, 3)
        expected = image.apply_affine_transform(x, 20, 1, 2, 5, 1.2, 0.9)
        for axes in ((2, 0, 1), (1, 0, 2), (0, 2, 1), (2, 1, 0)):
            row, col, channel = np.argsort(axes)
            got = image.apply_affine_transform(
                x.transpose(axes), 20, 1, 2, 5, 1.2, 0.9, row, col, channel
            )
            np.testing.assert_allclose(got, expected.transpose(axes))

    def test_nothing_to_do(self):
        x = np.random.rand(3, 3, 1)
        assert image.apply_affine_transform(x) is x

    def test_unknown_mode(self):
        with pytest.raises(ValueError, match="got fill_mode='mirrored', order=1"):
            image.apply_affine_transform(np.zeros((3, 3, 1)), tx=1, fill_mode="mirrored")
        with pytest.raises(ValueError, match="order=9"):
            image.apply_affine_transform(np.zeros((3, 3, 1)), tx=1, order=9)


class TestRandom:
    """Parameters are drawn from NumPy's seed; both places of the channels give the same."""

    @pytest.mark.parametrize(
        ("name", "arguments", "drawn"),
        [
            ("rotation", (40,), lambda u: {"theta": u(-40, 40)}),
            ("shear", (25,), lambda u: {"shear": u(-25, 25)}),
            ("shift", (0.2, 0.3), lambda u: {"tx": 7 * u(-0.3, 0.3), "ty": 5 * u(-0.2, 0.2)}),
            ("zoom", ((0.5, 1.5),), lambda u: {"zx": u(0.5, 1.5), "zy": u(0.5, 1.5)}),
            ("zoom", ((1, 1),), lambda u: {}),
        ],
    )
    def test_what_is_drawn(self, name, arguments, drawn):
        x = np.random.rand(7, 5, 3)
        function = getattr(image, f"random_{name}")
        seed = np.random.randint(1000)
        np.random.seed(seed)
        expected = image.apply_affine_transform(x, **drawn(np.random.uniform), fill_mode="reflect")
        np.random.seed(seed)
        got = function(x, *arguments, **LAST, fill_mode="reflect")
        np.testing.assert_allclose(got, expected)
        np.random.seed(seed)
        first = function(x.transpose(2, 0, 1), *arguments, fill_mode="reflect")
        np.testing.assert_allclose(first, expected.transpose(2, 0, 1))

    def test_errors(self):
        with pytest.raises(ValueError, match="zoom_range"):
            image.random_zoom(np.zeros((3, 3, 1)), (1, 2, 3))
        with pytest.raises(ValueError, match="brightness_range"):
            image.random_brightness(np.zeros((3, 3, 1)), (1,))


class TestColours:
    def test_channel_shift(self):
        x = np.random.rand(4, 5, 3)
        low, high = x.min(), x.max()
        got = image.apply_channel_shift(x, 0.2, 2)
        np.testing.assert_allclose(got, np.minimum(x + 0.2, high))
        np.testing.assert_allclose(image.apply_channel_shift(x, -0.1), np.maximum(x - 0.1, low))
        np.random.seed(1)
        shifted = image.random_channel_shift(x, 0.3, 2)
        np.random.seed(1)
        expected = image.apply_channel_shift(x, np.random.uniform(-0.3, 0.3), 2)
        np.testing.assert_array_equal(shifted, expected)

    @pytest.mark.parametrize("channels", [1, 3, 4])
    def test_light_is_pillow_s(self, channels):
        enhance = pytest.importorskip("PIL.ImageEnhance", reason="Pillow is not installed")
        x = np.random.randint(-50, 300, (6, 5, channels)).astype("float32")
        for factor in (0, 0.3, 0.999, 1, 1.7, *np.random.uniform(0, 3, 20)):
            picture = enhance.Brightness(image.array_to_img(x)).enhance(factor)
            np.testing.assert_array_equal(
                image.apply_brightness_shift(x, factor), image.img_to_array(picture)
            )

    def test_light_of_any_channels_and_type(self):
        x = np.random.rand(3, 4, 2)
        got = image.apply_brightness_shift(x, 0.5)
        assert got.dtype == "float64"
        np.testing.assert_allclose(got, x / x.max() * 255 / 2, atol=1)
        assert image.apply_brightness_shift(np.ones((2, 2, 1), int), 1).dtype == "float32"

    def test_random_brightness(self):
        x = np.random.rand(3, 4, 3)
        np.random.seed(2)
        got = image.random_brightness(x, (0.2, 0.8))
        np.random.seed(2)
        expected = image.apply_brightness_shift(x, np.random.uniform(0.2, 0.8))
        np.testing.assert_array_equal(got, expected)


def test_flip_axis():
    x = np.random.rand(2, 3, 4)
    np.testing.assert_array_equal(image.flip_axis(x, 1), x[:, [2, 1, 0]])
