"""Pictures in files and as arrays; hostile files; what is said without Pillow and SciPy."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.preprocessing import image

PIL = pytest.importorskip("PIL.Image", reason="Pillow (the extra images) is not installed")


@pytest.fixture(params=["channels_last", "channels_first"])
def data_format(request):
    """Both data formats, as the session's."""
    before = K.image_data_format()
    K.set_image_data_format(request.param)
    yield request.param
    K.set_image_data_format(before)


def random_bytes(height, width, channels):
    return np.random.randint(0, 256, (height, width, channels)).astype("uint8")


class TestArrays:
    @pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_there_and_back(self, data_format, channels, mode, dtype):
        x = random_bytes(5, 7, channels).astype(dtype)
        x = x.transpose(2, 0, 1) if data_format == "channels_first" else x
        picture = image.array_to_img(x, scale=False)
        assert (picture.mode, picture.size) == (mode, (7, 5))
        again = image.img_to_array(picture, dtype=dtype)
        assert again.dtype == dtype
        np.testing.assert_array_equal(again, x)

    def test_scale_brings_values_to_0_to_255(self):
        x = np.random.randn(6, 4, 3)
        lifted = x - x.min()
        expected = np.floor(lifted / lifted.max() * 255)
        got = image.img_to_array(image.array_to_img(x, dtype="float64"), "channels_last")
        np.testing.assert_allclose(got, expected, atol=1)  # an exact whole number may round down
        positive = np.array([[[1.0]], [[2.0]]])  # is not lifted
        assert image.img_to_array(image.array_to_img(positive)).ravel().tolist() == [127, 255]
        assert not np.any(image.array_to_img(np.zeros((2, 2, 1))))

    def test_the_argument_is_not_touched(self):
        x = np.random.randn(3, 3, 1).astype("float32")
        before = x.copy()
        image.array_to_img(x)
        np.testing.assert_array_equal(x, before)

    def test_default_types(self):
        assert image.img_to_array(np.zeros((2, 3), "uint8")).dtype == "float32"
        assert image.img_to_array(np.zeros((2, 3)), dtype="uint8").dtype == "uint8"

    def test_errors(self):
        with pytest.raises(ValueError, match=r"shape \(2,\); needs \(height, width\)"):
            image.img_to_array(np.zeros(2))
        with pytest.raises(ValueError, match=r"shape \(2, 2\); needs three axes"):
            image.array_to_img(np.zeros((2, 2)))
        with pytest.raises(ValueError, match="got 2 channels"):
            image.array_to_img(np.zeros((5, 5, 2)))
        with pytest.raises(ValueError, match="'channels_middle'"):
            image.img_to_array(np.zeros((2, 2)), "channels_middle")


class TestFiles:
    @pytest.mark.parametrize("ending", ["png", "bmp", "tiff", "ppm"])
    def test_saved_and_loaded(self, tmp_path, data_format, ending):
        x = random_bytes(4, 6, 3)
        given = x.transpose(2, 0, 1) if data_format == "channels_first" else x
        path = tmp_path / f"picture.{ending}"
        image.save_img(path, given, scale=False)
        np.testing.assert_array_equal(np.asarray(image.load_img(path)), x)
        np.testing.assert_array_equal(image.img_to_array(image.load_img(str(path))), given)

    def test_open_files(self):
        x = random_bytes(4, 6, 3)
        file = io.BytesIO()
        image.save_img(file, x, file_format="png", scale=False)
        file.seek(0)
        np.testing.assert_array_equal(np.asarray(image.load_img(file)), x)

    def test_jpeg(self, tmp_path):
        """Both names of the format; no alpha channel."""
        for file_format, name in (("jpg", "a"), ("jpeg", "b"), (None, "c.jpg")):
            with pytest.warns(UserWarning, match="JPEG has no alpha channel"):
                image.save_img(tmp_path / name, np.full((8, 8, 4), 99), None, file_format, False)
            loaded = np.asarray(image.load_img(tmp_path / name))
            assert loaded.shape == (8, 8, 3) and abs(loaded - 99.0).max() <= 2

    def test_colours(self, tmp_path):
        x = random_bytes(3, 5, 3)
        image.save_img(tmp_path / "p.png", x, scale=False)
        grey = np.asarray(image.load_img(tmp_path / "p.png", color_mode="grayscale"))
        np.testing.assert_allclose(grey, x @ [0.299, 0.587, 0.114], atol=1)  # ITU-R BT.601
        rgba = np.asarray(image.load_img(tmp_path / "p.png", color_mode="rgba"))
        assert rgba.shape == (3, 5, 4) and (rgba[..., 3] == 255).all()
        with pytest.warns(UserWarning, match="color_mode='grayscale'"):
            old = image.load_img(tmp_path / "p.png", grayscale=True)
        np.testing.assert_array_equal(np.asarray(old), grey)

    def test_nearest_size(self, tmp_path):
        x = random_bytes(4, 6, 1)
        image.save_img(tmp_path / "p.png", x, scale=False)
        small = image.load_img(tmp_path / "p.png", color_mode="grayscale", target_size=(2, 3))
        np.testing.assert_array_equal(np.asarray(small), x[1::2, 1::2, 0])
        for interpolation in ("bilinear", "bicubic", "hamming", "box", "lanczos"):
            sized = image.load_img(
                tmp_path / "p.png", target_size=(7, 2), interpolation=interpolation
            )
            assert sized.size == (2, 7)

    def test_errors(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"nothing\.png"):
            image.load_img(tmp_path / "nothing.png")
        with pytest.raises(ValueError, match="color_mode='cmyk'; needs one of"):
            image.load_img(tmp_path, color_mode="cmyk")
        with pytest.raises(ValueError, match="interpolation='cubic'; needs one of"):
            image.load_img(tmp_path, interpolation="cubic")

    def test_list_pictures(self, tmp_path):
        for name in ("b.PNG", "a.jpg", "c.txt", "in/d.tif", "png"):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
        names = [Path(path).name for path in image.list_pictures(tmp_path)]
        assert names == ["a.jpg", "b.PNG", "d.tif"]
        assert image.list_pictures(str(tmp_path), ext="txt") == [str(tmp_path / "c.txt")]
        assert image.list_pictures(tmp_path, ext=("tif", "txt"))[1:] == [
            str(tmp_path / "in" / "d.tif")
        ]


def png(width, height, *chunks):
    """Return a PNG file that says it is of some size, whatever it holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), *chunks):
        data += struct.pack(">I", len(body)) + kind + body
        data += struct.pack(">I", zlib.crc32(kind + body))
    return data


class TestHostileFiles:
    @pytest.mark.parametrize("times", [1.5, 3])
    def test_decompression_bombs(self, tmp_path, times):
        """Pillow warns of the first and raises for the second; nobody gets a picture."""
        side = int((PIL.MAX_IMAGE_PIXELS * times) ** 0.5)
        path = tmp_path / "bomb.png"
        path.write_bytes(png(side, side, (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")))
        with pytest.raises(ValueError, match=r"bomb\.png has more than .* pixels"):
            image.load_img(path)

    @pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
    def test_also_where_warnings_are_ignored(self, tmp_path, monkeypatch):
        image.save_img(tmp_path / "p.png", np.zeros((10, 15, 1)))
        monkeypatch.setattr(PIL, "MAX_IMAGE_PIXELS", 149)
        with pytest.raises(ValueError, match="has more than 149 pixels"):
            image.load_img(tmp_path / "p.png")
        monkeypatch.setattr(PIL, "MAX_IMAGE_PIXELS", 150)
        assert image.load_img(tmp_path / "p.png").size == (15, 10)
        monkeypatch.setattr(PIL, "MAX_IMAGE_PIXELS", None)
        assert image.load_img(tmp_path / "p.png").size == (15, 10)

    def test_no_picture(self, tmp_path):
        for name, data in (("text.png", b"hello"), ("empty.png", b""), ("head.png", png(5, 5))):
            (tmp_path / name).write_bytes(data)
            with pytest.raises(OSError, match=f"{name} cannot be read as a picture"):
                image.load_img(tmp_path / name)

    def test_cut_off(self, tmp_path):
        for ending in ("png", "jpg", "bmp", "tiff"):
            path = tmp_path / f"p.{ending}"
            image.save_img(path, random_bytes(40, 40, 3), scale=False)
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2])
            with pytest.raises(OSError, match=rf"p\.{ending} cannot be read as a picture"):
                image.load_img(path)

    def test_noise_in_the_file_raises_nothing_else(self, tmp_path):
        path = tmp_path / "p.png"
        image.save_img(path, random_bytes(9, 9, 3), scale=False)
        data = path.read_bytes()
        for _ in range(60):
            broken = bytearray(data)
            for place in np.random.randint(8, len(data), 4):
                broken[place] = np.random.randint(256)
            path.write_bytes(broken)
            try:
                assert image.load_img(path).mode == "RGB"
            except OSError as error:
                assert "p.png" in str(error)
            except ValueError as error:
                assert "pixels" in str(error)

    def test_no_other_program_is_started(self, tmp_path, monkeypatch):
        """PostScript under the name of a picture, for which Pillow runs Ghostscript."""
        postscript = pytest.importorskip("PIL.EpsImagePlugin", reason="this Pillow reads no EPS")
        started = []
        monkeypatch.setattr(postscript, "Ghostscript", lambda *arguments: started.append(arguments))
        (tmp_path / "p.png").write_bytes(
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
        )
        with pytest.raises(OSError, match="cannot be read as a picture"):
            image.load_img(tmp_path / "p.png")
        assert not started


class TestExtras:
    @pytest.mark.parametrize(
        "call",
        [
            lambda: image.load_img("p.png"),
            lambda: image.array_to_img(np.zeros((2, 2, 1))),
            lambda: image.save_img("p.png", np.zeros((2, 2, 1))),
        ],
    )
    def test_without_pillow(self, monkeypatch, call):
        monkeypatch.setitem(sys.modules, "PIL.Image", None)
        with pytest.raises(ImportError, match=r'needs Pillow.*pip install "kerasnb\[images\]"'):
            call()

    def test_without_scipy(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
        x = np.zeros((2, 2, 1))
        assert image.apply_affine_transform(x) is x
        with pytest.raises(ImportError, match=r'needs SciPy.*pip install "kerasnb\[images\]"'):
            image.apply_affine_transform(x, theta=10)

    def test_what_needs_neither(self):
        """Importing, flipping, light and standardizing, batches of arrays."""
        code = """
import sys
sys.modules["PIL"] = sys.modules["PIL.Image"] = sys.modules["scipy"] = None
import numpy as np
from kerasnb.preprocessing.image import ImageDataGenerator
augment = ImageDataGenerator(
    horizontal_flip=True, brightness_range=(0.5, 1), channel_shift_range=5, rescale=0.1,
    featurewise_center=True, zca_whitening=True,
)
x = np.random.rand(8, 3, 3, 1)
augment.fit(x)
print(next(augment.flow(x, batch_size=3)).shape)
"""
        environment = {**os.environ, "PYTHONWARNINGS": "error"}
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment
        )
        assert run.stdout.strip() == "(3, 3, 3, 1)", run.stderr

    def test_importing_imports_neither(self):
        code = (
            "import sys, kerasnb.preprocessing.image\n"
            "print({'PIL', 'scipy', 'pandas'} & sys.modules.keys())"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert run.stdout.strip() == "set()", run.stderr
