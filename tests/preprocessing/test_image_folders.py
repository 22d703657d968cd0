"""Pictures from folders and from tables: classes, targets, subsets, what is missing."""

import os

import numpy as np
import pytest

from kerasnb.preprocessing.image import (
    DataFrameIterator,
    DirectoryIterator,
    ImageDataGenerator,
    save_img,
)

pytest.importorskip("PIL.Image", reason="Pillow (the extra images) is not installed")

NAMES = ("cat/a.png", "cat/b.png", "dog/c.png", "dog/deep/d.bmp", "owl/e.png", "owl/f.png")
SHADES = {name: 20.0 * (number + 1) for number, name in enumerate(NAMES)}
TABLE = {
    "filename": list(NAMES),
    "class": [name[:3] for name in NAMES],
    "size": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
    "legs": [4, 4, 4, 4, 2, 2],
    "wings": ["no"] * 4 + ["yes"] * 2,
}


@pytest.fixture
def folder(tmp_path):
    """Three folders of pictures, each picture of one shade; other files beside them."""
    for name, shade in SHADES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_img(path, np.full((5, 4, 3), shade), scale=False, data_format="channels_last")
    (tmp_path / "readme.png").touch()  # in no class
    (tmp_path / "cat" / "notes.txt").touch()
    return tmp_path


def read(iterator):
    """Return the pictures' shades of an epoch and what comes with them, from a batch to a list."""
    batches = [iterator[index] for index in range(len(iterator))]
    shades = np.concatenate([(b[0] if isinstance(b, tuple) else b)[:, 0, 0, 0] for b in batches])
    rest = [np.concatenate(parts) for parts in zip(*(b[1:] for b in batches), strict=True)]
    return shades.tolist(), *rest


class TestDirectory:
    def flow(self, folder, generator=None, **kwargs):
        arguments = {"target_size": (5, 4), "batch_size": 4, "shuffle": False, **kwargs}
        return (generator or ImageDataGenerator()).flow_from_directory(folder, **arguments)

    def test_all_pictures_with_their_classes(self, folder, capsys):
        batches = self.flow(folder)
        assert capsys.readouterr().out == "Found 6 images belonging to 3 classes.\n"
        assert isinstance(batches, DirectoryIterator) and len(batches) == 2
        assert batches.class_indices == {"cat": 0, "dog": 1, "owl": 2}
        assert batches.classes.tolist() == batches.labels.tolist() == [0, 0, 1, 1, 2, 2]
        assert [name.replace(os.sep, "/") for name in batches.filenames] == list(NAMES)
        assert batches.filepaths == [str(folder / name) for name in NAMES]
        assert (batches.samples, batches.num_classes, batches.n) == (6, 3, 6)
        shades, targets = read(batches)
        assert shades == list(SHADES.values())
        assert targets.dtype == "float32"
        np.testing.assert_array_equal(targets, np.eye(3)[[0, 0, 1, 1, 2, 2]])

    def test_shuffled(self, folder):
        batches = self.flow(folder, shuffle=True, class_mode="sparse", seed=1)
        shades, targets = read(batches)
        assert sorted(shades) == list(SHADES.values()) != shades
        assert targets.tolist() == [shade // 40.1 for shade in shades]

    def test_class_modes(self, folder):
        assert read(self.flow(folder, class_mode="sparse"))[1].tolist() == [0, 0, 1, 1, 2, 2]
        binary = self.flow(folder, class_mode="binary", classes=["owl", "cat"])
        assert binary.class_indices == {"owl": 0, "cat": 1}
        assert read(binary)[1].tolist() == [0, 0, 1, 1]
        x, y = self.flow(folder, class_mode="input")[0]
        np.testing.assert_array_equal(x, y)
        assert y is not x
        assert self.flow(folder, class_mode=None)[1].shape == (2, 5, 4, 3)

    @pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
    @pytest.mark.parametrize(
        ("color_mode", "channels"), [("grayscale", 1), ("rgb", 3), ("rgba", 4)]
    )
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_shapes(self, folder, data_format, color_mode, channels, dtype):
        generator = ImageDataGenerator(rescale=0.5, data_format=data_format, dtype=dtype)
        batches = self.flow(folder, generator, color_mode=color_mode, target_size=(3, 7))
        x, y = batches[0]
        last = data_format == "channels_last"
        assert x.shape == ((4, 3, 7, channels) if last else (4, channels, 3, 7))
        assert x.dtype == y.dtype == dtype
        assert x[0].ravel()[0] == 10

    def test_subsets_split_every_class(self, folder):
        generator = ImageDataGenerator(validation_split=0.5)
        training = self.flow(folder, generator, subset="training")
        validation = self.flow(folder, generator, subset="validation")
        assert read(training)[0] == [40.0, 80.0, 120.0]
        assert read(validation)[0] == [20.0, 60.0, 100.0]
        assert training.class_indices == validation.class_indices

    def test_links(self, folder, tmp_path_factory):
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        save_img(elsewhere / "g.png", np.ones((5, 4, 3)))
        (folder / "cat" / "linked").symlink_to(elsewhere, target_is_directory=True)
        assert self.flow(folder).samples == 6
        assert self.flow(folder, follow_links=True).samples == 7

    def test_without_a_generator(self, folder):
        batches = DirectoryIterator(str(folder), None, target_size=(5, 4), shuffle=False)
        assert read(batches)[0] == list(SHADES.values())

    def test_saved_pictures(self, folder, tmp_path_factory):
        out = tmp_path_factory.mktemp("out")
        self.flow(folder, save_to_dir=out, save_prefix="p", save_format="png")[0]
        assert sorted(file.name[:3] for file in out.iterdir()) == ["p_0", "p_1", "p_2", "p_3"]

    def test_empty_folders(self, tmp_path, capsys):
        for classes in ([], ["cat", "dog"]):
            for name in classes:
                (tmp_path / name).mkdir()
            batches = self.flow(tmp_path)
            assert f"Found 0 images belonging to {len(classes)} classes" in capsys.readouterr().out
            for ask in (lambda it=batches: next(it), lambda it=batches: it[0]):
                with pytest.raises(
                    ValueError, match="found no images in .*a folder for each class"
                ) as e:
                    ask()
                assert str(tmp_path) in str(e.value) and f"({len(classes)} found)" in str(e.value)

    def test_empty_subset(self, folder):
        generator = ImageDataGenerator(validation_split=0.1)
        with pytest.raises(ValueError, match="no images in .* for subset='validation'"):
            next(self.flow(folder, generator, subset="validation"))

    def test_a_damaged_picture_is_named(self, folder):
        (folder / "dog" / "c.png").write_bytes(b"no picture")
        with pytest.raises(OSError, match=r"c\.png cannot be read as a picture"):
            self.flow(folder)[0]

    def test_errors(self, folder):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            self.flow(folder / "nowhere")
        for kwargs in ({"class_mode": "raw"}, {"color_mode": "hsv"}, {"subset": "test"}):
            ((name, value),) = kwargs.items()
            with pytest.raises(ValueError, match=f"DirectoryIterator: got {name}='{value}'; needs"):
                self.flow(folder, **kwargs)


class TestTable:
    def flow(self, folder, table=TABLE, generator=None, **kwargs):
        arguments = {"target_size": (5, 4), "batch_size": 4, "shuffle": False, **kwargs}
        return (generator or ImageDataGenerator()).flow_from_dataframe(table, folder, **arguments)

    def test_classes(self, folder, capsys):
        batches = self.flow(folder)
        assert isinstance(batches, DataFrameIterator)
        expected = "Found 6 validated image filenames belonging to 3 classes.\n"
        assert capsys.readouterr().out == expected
        shades, targets = read(batches)
        assert shades == list(SHADES.values())
        np.testing.assert_array_equal(targets, np.eye(3)[[0, 0, 1, 1, 2, 2]])
        assert batches.class_indices == {"cat": 0, "dog": 1, "owl": 2}
        assert batches.labels == batches.classes == [0, 0, 1, 1, 2, 2]
        assert batches.get_classes({"class": ["owl", "cat"]}, "class") == [2, 0]
        assert self.flow(folder, class_mode="sparse")[1][1].tolist() == [2, 2]

    def test_pandas(self, folder):
        pandas = pytest.importorskip("pandas", reason="pandas is not installed")
        frame = pandas.DataFrame(TABLE).iloc[::-1]
        before = frame.copy()
        shades, targets = read(self.flow(folder, frame, class_mode="sparse"))
        assert shades == list(SHADES.values())[::-1]
        assert targets.tolist() == [2, 2, 1, 1, 0, 0]
        pandas.testing.assert_frame_equal(frame, before)

    def test_full_paths(self, folder):
        table = {**TABLE, "filename": [str(folder / name) for name in NAMES]}
        assert read(self.flow(None, table))[0] == list(SHADES.values())

    def test_numbers(self, folder):
        _, sizes = read(self.flow(folder, y_col="size", class_mode="raw"))
        assert sizes.tolist() == TABLE["size"]
        _, both = self.flow(folder, y_col=["size", "legs"], class_mode="raw")[0]
        assert both.tolist() == [[1.5, 4], [2.5, 4], [3.5, 4], [4.5, 4]]
        _, outputs = self.flow(folder, y_col=["legs", "size"], class_mode="multi_output")[1]
        assert [output.tolist() for output in outputs] == [[2, 2], [5.5, 6.5]]
        arrays = {**TABLE, "box": [np.full(4, i) for i in range(6)]}
        assert self.flow(folder, arrays, y_col="box", class_mode="raw")[0][1].shape == (4, 4)

    def test_weights(self, folder):
        batches = self.flow(folder, weight_col="size", class_mode="binary", y_col="wings")
        shades, targets, weights = read(batches)
        assert targets.tolist() == [0, 0, 0, 0, 1, 1] and weights.tolist() == TABLE["size"]
        np.testing.assert_array_equal(batches.sample_weight, TABLE["size"])

    def test_several_classes_a_row(self, folder):
        labels = [["wild", "big"], ["tame"], ("big",), "tame", [], ["wild", "tame", "big"]]
        batches = self.flow(folder, {**TABLE, "class": labels[:4] + [["big"]] + labels[5:]})
        assert batches.class_indices == {"big": 0, "tame": 1, "wild": 2}
        expected = [[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]]
        assert read(batches)[1].tolist() == expected
        few = self.flow(folder, {**TABLE, "class": labels}, classes=["wild", "big"])
        assert read(few)[0] == [20.0, 60.0, 120.0]
        assert read(few)[1].tolist() == [[1, 1], [1, 0], [1, 1]]

    def test_classes_that_count(self, folder):
        batches = self.flow(folder, classes=["owl", "cat"], class_mode="binary")
        shades, targets = read(batches)
        assert shades == [20.0, 40.0, 100.0, 120.0] and targets.tolist() == [0, 0, 1, 1]

    def test_no_targets(self, folder):
        batches = self.flow(folder, {"filename": list(NAMES)}, class_mode=None)
        assert batches[0].shape == (4, 5, 4, 3) and batches.labels is None
        x, y = self.flow(folder, class_mode="input")[0]
        np.testing.assert_array_equal(x, y)

    def test_subsets(self, folder):
        generator = ImageDataGenerator(validation_split=0.34)
        kwargs = {"generator": generator, "class_mode": "sparse", "weight_col": "size"}
        training = read(self.flow(folder, subset="training", **kwargs))
        validation = read(self.flow(folder, subset="validation", **kwargs))
        assert validation[0] == [20.0, 40.0] and training[0] == [60.0, 80.0, 100.0, 120.0]
        assert training[1].tolist() == [1, 1, 2, 2] and training[2][0] == 3.5

    def test_missing_files(self, folder):
        table = {
            "filename": ["cat/a.png", "nothing.png", "cat/notes.txt", "owl/e.png"],
            "class": ["cat", "x", "y", "owl"],
            "size": [1, 2, 3, 4],
        }
        with pytest.warns(UserWarning, match="2 of 4 names in x_col='filename' are left out"):
            batches = self.flow(folder, table, weight_col="size")
        assert batches.class_indices == {"cat": 0, "owl": 1}
        shades, _, weights = read(batches)
        assert shades == [20.0, 100.0] and weights.tolist() == [1, 4]
        unchecked = self.flow(folder, table, validate_filenames=False)
        assert unchecked.samples == 4
        with pytest.raises(FileNotFoundError, match=r"nothing\.png"):
            unchecked[0]

    def test_nothing_left(self, folder):
        with pytest.warns(UserWarning, match="1 of 1 names"):
            batches = self.flow(folder, {"filename": ["no.png"], "class": ["cat"]})
        with pytest.raises(ValueError, match="DataFrameIterator: the table names no images"):
            next(batches)

    def test_old_arguments(self, folder):
        with pytest.warns(DeprecationWarning, match="drop_duplicates, has_ext no longer do"):
            self.flow(folder, has_ext=True, drop_duplicates=False)
        with pytest.warns(DeprecationWarning, match="'other' is now called 'raw'"):
            batches = self.flow(folder, class_mode="other", y_col="size")
        assert batches.class_mode == "raw"
        with pytest.raises(TypeError, match="unknown arguments \\['shufle'\\]"):
            self.flow(folder, shufle=True)
        with pytest.warns(UserWarning, match="`classes` means nothing for class_mode='raw'"):
            self.flow(folder, y_col="size", class_mode="raw", classes=["a"])

    @pytest.mark.parametrize(
        ("kwargs", "error", "problem"),
        [
            ({"x_col": "file"}, KeyError, "no column 'file'"),
            ({"y_col": "species"}, KeyError, "no column 'species'"),
            ({"x_col": "size"}, TypeError, "x_col='size' must hold strings"),
            ({"y_col": "size"}, TypeError, "must hold strings, or lists of strings,"),
            ({"y_col": "legs", "class_mode": "sparse"}, TypeError, "must hold strings for"),
            ({"class_mode": "binary"}, ValueError, "needs 2 classes; got 3"),
            ({"class_mode": "binary", "classes": ["a"]}, ValueError, "needs 2 classes; got 1"),
            ({"class_mode": "multi_output"}, TypeError, "needs a list of columns as y_col"),
            ({"weight_col": "wings"}, TypeError, "weight_col='wings' must hold numbers"),
            ({"class_mode": "classes"}, ValueError, "class_mode='classes'; needs one of"),
        ],
    )
    def test_errors(self, folder, kwargs, error, problem):
        with pytest.raises(error, match=problem):
            self.flow(folder, **kwargs)
