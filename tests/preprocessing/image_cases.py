"""Calls whose results are compared with real Keras: pictures.

As in cases.py; a case also takes what makes a table of a dict (pandas.DataFrame for the real one).
"""

import os
import tempfile
from pathlib import Path

import numpy as np

FILL_MODES = ("constant", "nearest", "reflect", "wrap")
TRANSFORMS = (
    {"theta": 30},
    {"tx": 1.5, "ty": -2},
    {"shear": 20},
    {"zx": 0.7, "zy": 1.6},
    {"theta": -50, "tx": 1, "ty": 0.25, "shear": -15, "zx": 1.3, "zy": 0.8},
)
SETTINGS = (
    {},
    {"rotation_range": 40},
    {"width_shift_range": 0.3, "height_shift_range": 0.2},
    {"width_shift_range": 3, "height_shift_range": 2},
    {"width_shift_range": 2.5, "height_shift_range": [-0.4, 0.1, 0.2]},
    {"width_shift_range": [1, 2, 3]},
    {"shear_range": 25.0, "zoom_range": 0.4},
    {"zoom_range": [0.5, 0.8]},
    {"channel_shift_range": 60.0},
    {"brightness_range": (0.4, 1.7)},
    {"horizontal_flip": True, "vertical_flip": True},
    {"rescale": 1 / 255, "samplewise_center": True, "samplewise_std_normalization": True},
    {"interpolation_order": 0, "rotation_range": 90, "fill_mode": "constant", "cval": 7.0},
    {
        "rotation_range": 10,
        "width_shift_range": 0.1,
        "height_shift_range": 0.1,
        "shear_range": 5.0,
        "zoom_range": 0.1,
        "channel_shift_range": 9.0,
        "brightness_range": [0.9, 1.1],
        "horizontal_flip": True,
        "vertical_flip": True,
        "fill_mode": "reflect",
        "rescale": 0.5,
    },
)


def numbers(array):
    """Return an array's shape and values, the values as short as float32 allows."""
    values = np.asarray(array, dtype="float32").ravel()
    return [list(np.shape(array)), [float(str(value)) for value in values]]


def pictures(*shape):
    """Return pictures with values from 0 to 255, the same ones every time."""
    return np.random.RandomState(3).randint(0, 256, shape).astype("float32")


def affine(keras, table):
    """All fill modes and several orders; channels last and first."""
    # Even sizes: the middle is no pixel, so none lands on the very border, where rounding decides.
    x = pictures(6, 4, 2)
    results = {}
    for mode in FILL_MODES:
        for order in (0, 1, 3):
            for number, kwargs in enumerate(TRANSFORMS):
                changed = keras.image.apply_affine_transform(
                    x, fill_mode=mode, cval=9.0, order=order, **kwargs
                )
                results[f"{mode} {order} {number}"] = numbers(changed)
    first = keras.image.apply_affine_transform(
        x.transpose(2, 0, 1), row_axis=1, col_axis=2, channel_axis=0, **TRANSFORMS[4]
    )
    results["channels first"] = numbers(first)
    return results


def light(keras, table):
    """Brightness and channel shift; a brightness above 1 cuts off, a fourth channel is alpha."""
    results = [
        numbers(keras.image.apply_brightness_shift(pictures(3, 4, channels) - 20, factor))
        for channels in (1, 3, 4)
        for factor in (0, 0.35, 1, 1.8)
    ]
    shifted = [keras.image.apply_channel_shift(pictures(3, 4, 2), n, 2) for n in (-70.5, 30)]
    return results + [numbers(x) for x in shifted]


def at_random(keras, table):
    """The functions that draw their own numbers."""
    x, axes = pictures(6, 4, 2), {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    image = keras.image
    calls = [
        lambda: image.random_rotation(x, 40, **axes),
        lambda: image.random_shift(x, 0.3, 0.4, **axes, fill_mode="wrap"),
        lambda: image.random_shear(x, 30, **axes, fill_mode="constant", cval=4.0),
        lambda: image.random_zoom(x, (0.5, 1.5), **axes, interpolation_order=0),
        lambda: image.random_channel_shift(x, 50.0, 2),
        lambda: image.random_brightness(pictures(6, 5, 3), (0.5, 1.5)),
    ]
    results = []
    for call in calls:
        np.random.seed(8)
        results.append([numbers(call()), np.random.random()])
    return results


def drawn(keras, table):
    """What get_random_transform draws, and how many random numbers that takes."""
    results = []
    for kwargs in SETTINGS:
        generator = keras.image.ImageDataGenerator(**kwargs)
        drawn = [generator.get_random_transform((20, 30, 3), seed) for seed in (1, 2, 3)]
        parts = [{k: v if v is None else float(v) for k, v in d.items()} for d in drawn]
        results.append([parts, np.random.random()])
    return results


def flowed(keras, table):
    """Batches of arrays over more than one epoch, with every setting."""
    x, y = pictures(5, 6, 4, 3), np.arange(5) * 10
    results = []
    for kwargs in SETTINGS:
        batches = keras.image.ImageDataGenerator(**kwargs).flow(x, y, batch_size=3, seed=4)
        for _ in range(3):
            pixels, targets = next(batches)
        results.append([len(batches), targets.tolist(), numbers(pixels[:2])])
    np.random.seed(0)
    batches = keras.image.ImageDataGenerator(validation_split=0.4).flow(
        (x, [y, y + 1]), y % 1, 2, subset="training"
    )
    orders = []
    for _ in range(4):
        (_, *others), targets = next(batches)
        orders.append([*(o.tolist() for o in others), targets.tolist()])
    batches.on_epoch_end()
    orders.append(batches[1][0][1].tolist())
    batches = keras.image.ImageDataGenerator().flow(x, y, 2, seed=3, sample_weight=y / 2)
    orders.append(next(batches)[2].tolist())
    return [*results, orders]


def fitted(keras, table):
    """Featurewise settings; both data formats."""
    x = pictures(9, 4, 4, 3)
    results = []
    for data_format in ("channels_last", "channels_first"):
        array = x if data_format == "channels_last" else x.transpose(0, 3, 1, 2)
        generator = keras.image.ImageDataGenerator(
            featurewise_center=True, featurewise_std_normalization=True, data_format=data_format
        )
        generator.fit(array)
        results += [numbers(generator.mean), numbers(generator.std)]
        results.append(numbers(generator.standardize(array[0].copy())))
    generator = keras.image.ImageDataGenerator(featurewise_center=True, rotation_range=30)
    generator.fit(x, augment=True, rounds=2, seed=6)
    results.append(numbers(generator.mean))
    return results


def whitened(keras, table):
    """ZCA whitening, with more pictures than pixels so that nothing is lost in rounding."""
    x = pictures(60, 3, 3, 1) / 255
    generator = keras.image.ImageDataGenerator(
        featurewise_center=True, zca_whitening=True, zca_epsilon=1e-2
    )
    generator.fit(x)
    return [numbers(generator.principal_components), numbers(generator.standardize(x[:2].copy()))]


def converted(keras, table):
    """Arrays to images and back, files in all colours and sizes."""
    image = keras.image
    results = []
    for channels in (1, 3, 4):
        x = pictures(3, 4, channels) - 40
        for arguments in ({"scale": True}, {"scale": False}):
            picture = image.array_to_img(abs(x), "channels_last", **arguments)
            results.append([picture.mode, numbers(image.img_to_array(picture, "channels_first"))])
        results.append(numbers(image.img_to_array(image.array_to_img(x))))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "picture.png"))
        image.save_img(path, pictures(7, 5, 3), scale=False)
        for color_mode in ("grayscale", "rgb", "rgba"):
            results.append(numbers(image.img_to_array(image.load_img(path, color_mode=color_mode))))
        for interpolation in ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"):
            sized = image.load_img(path, target_size=(4, 3), interpolation=interpolation)
            results.append(numbers(image.img_to_array(sized)))
    return results


def make_files(image, folder):
    """Write pictures of three classes, one of them empty, among other files."""
    for number, name in enumerate(
        ["cat/1.png", "cat/2.PNG", "cat/in/3.bmp", "dog/4.png", "dog/5.jpg"]
    ):
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shade = np.full((4, 3, 3), 40.0 * (number + 1))
        image.save_img(str(path), shade, data_format="channels_last", scale=False)
    Path(folder, "dog", "notes.txt").write_text("no picture")
    Path(folder, "empty").mkdir()


def summary(iterator, batches=3):
    """Return what an iterator has found, and shades and targets of some batches."""
    results = [iterator.samples, [name.replace(os.sep, "/") for name in iterator.filenames]]
    for _ in range(batches):
        batch = next(iterator)
        x, *rest = batch if isinstance(batch, tuple) else (batch,)
        results.append([list(x.shape), str(x.dtype), np.round(x.mean(axis=(1, 2, 3))).tolist()])
        for part in rest:
            parts = part if isinstance(part, list) else [part]
            results.append([np.asarray(p).ravel().tolist()[:20] for p in parts])
    return results


def folders(keras, table):
    """All class modes, subsets, orders of a folder."""
    image = keras.image
    generator = image.ImageDataGenerator(validation_split=0.5, rescale=0.5)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        make_files(image, folder)
        for kwargs in (
            {"class_mode": "categorical"},
            {"class_mode": "binary", "color_mode": "grayscale", "shuffle": False},
            {"class_mode": "sparse", "classes": ["dog", "cat"], "batch_size": 5},
            {"class_mode": "input", "color_mode": "rgba"},
            {"class_mode": None, "target_size": (2, 6)},
            {"subset": "training"},
            {"subset": "validation"},
        ):
            arguments = {"target_size": (4, 3), "batch_size": 2, "seed": 5, **kwargs}
            iterator = generator.flow_from_directory(folder, **arguments)
            results.append([summary(iterator), iterator.class_indices, iterator.classes.tolist()])
    return results


def tables(keras, table):
    """All class modes of a table; rows without file, classes that do not count, subsets."""
    image = keras.image
    generator = image.ImageDataGenerator(validation_split=0.4)
    columns = {
        "filename": ["cat/1.png", "dog/4.png", "cat/in/3.bmp", "cat/2.PNG", "dog/5.jpg"],
        "class": ["cat", "dog", "cat", "bird", "dog"],
        "all": [["b", "a"], ["c"], ("a",), ["c", "b"], "a"],
        "pair": ["x", "y", "x", "x", "y"],
        "number": [0.5, 1.5, 2.5, 3.5, 4.5],
        "weight": [5, 4, 3, 2, 1],
    }
    results = []
    with tempfile.TemporaryDirectory() as folder:
        make_files(image, folder)
        for kwargs in (
            {},
            {"classes": ["dog", "cat"], "class_mode": "sparse"},
            {"y_col": "pair", "class_mode": "binary", "weight_col": "weight"},
            {"y_col": "all", "shuffle": False},
            {"y_col": "all", "classes": ["a", "b"], "shuffle": False},
            {"y_col": "number", "class_mode": "raw"},
            {"y_col": ["number", "weight"], "class_mode": "raw"},
            {"y_col": ["number", "weight"], "class_mode": "multi_output"},
            {"class_mode": "input"},
            {"class_mode": None, "validate_filenames": False},
            {"subset": "training"},
            {"subset": "validation"},
        ):
            arguments = {"target_size": (4, 3), "batch_size": 2, "seed": 5, **kwargs}
            iterator = generator.flow_from_dataframe(table(columns), folder, **arguments)
            results.append([summary(iterator), getattr(iterator, "class_indices", None)])
    return results


CASES = {
    function.__name__: function
    for function in (
        affine,
        light,
        at_random,
        drawn,
        flowed,
        fitted,
        whitened,
        converted,
        folders,
        tables,
    )
}
