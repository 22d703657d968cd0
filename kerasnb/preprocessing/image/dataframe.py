"""Batches of pictures from files that a table names."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import backend as K
from .files import FORMATS
from .folders import BatchFromFilesMixin

if TYPE_CHECKING:
    from .generator import ImageDataGenerator


class DataFrameIterator(BatchFromFilesMixin):
    """Batches of pictures of a table that has the name of a file in every row.

    The table is a DataFrame of pandas, or whatever else gives a column for `table[name]`: a dict
    of lists will do. It is only read.

    Args:
        dataframe: the table.
        directory: folder of the files; by default their names are full paths.
        image_data_generator: says how to change pictures; None for not at all.
        x_col: column of the files' names.
        y_col: column of the targets; a list of columns for `class_mode` 'multi_output' and 'raw'.
        weight_col: column of sample weights.
        target_size, color_mode: as in `DirectoryIterator`.
        classes: classes that count; rows with others are left out. By default all there are.
            Classes are numbered by name.
        class_mode: targets: 'categorical' (one-hot rows; a row's target may be a list of
            classes), 'binary' or 'sparse' (class numbers), 'raw' (the column as it is),
            'multi_output' (a list of columns), 'input' (the pictures themselves), None.
        batch_size, shuffle, seed: as in `Iterator`.
        data_format: 'channels_last' or 'channels_first'; None is the session's.
        save_to_dir, save_prefix, save_format: as in `NumpyArrayIterator`.
        subset: 'training' or 'validation', if the generator has a `validation_split`.
        interpolation: how pictures are brought to `target_size`, see `load_img`.
        dtype: type of pictures and targets; None is `K.floatx()`.
        validate_filenames: whether to leave out, with a warning, rows whose file does not exist
            or is no picture by its name. Without it a long table is ready sooner.

    Attributes:
        samples: number of pictures.
        class_indices: number of each class.
        classes: class number of each picture, or a list of them.
        filenames: name of each picture's file, as in the table.
    """

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: ImageDataGenerator | None = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = "float32",
        validate_filenames: bool = True,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
        )
        self._check_class_mode(class_mode)
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = dtype or K.floatx()
        self.classes = None
        self._targets: Any = None
        names = _column(dataframe, x_col)
        if not all(isinstance(name, str) for name in names):
            raise TypeError(f"DataFrameIterator: column x_col={x_col!r} must hold strings only.")
        rows = np.arange(len(names))
        if validate_filenames:
            rows = self._with_files(names, x_col)
        by_class = class_mode in ("binary", "categorical", "sparse")
        if by_class:
            labels = _column(dataframe, y_col)
            self._check_labels(labels, y_col, classes)
            rows, labels = self._with_classes(rows, labels, classes)
        elif classes:
            warnings.warn(
                f"DataFrameIterator: `classes` means nothing for class_mode={class_mode!r}.",
                stacklevel=2,
            )
        rows = rows[self._subset_of(len(rows))]
        if by_class:
            self.classes = self._numbers([labels[row] for row in rows])
        elif class_mode in ("multi_output", "raw"):
            self._targets = self._raw_targets(dataframe, y_col, rows)
        self.filenames = [names[row] for row in rows]
        self._filepaths = [str(Path(self.directory, name)) for name in self.filenames]
        self._sample_weight = None
        if weight_col:
            weights = np.asarray(_column(dataframe, weight_col))
            if weights.dtype.kind not in "iufb":
                raise TypeError(f"DataFrameIterator: weight_col={weight_col!r} must hold numbers.")
            self._sample_weight = weights[rows]
        self.samples = len(self.filenames)
        checked = "validated" if validate_filenames else "non-validated"
        belonging = f" belonging to {len(self.class_indices)} classes" if by_class else ""
        print(f"Found {self.samples} {checked} image filenames{belonging}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _with_files(self, names: list[str], x_col: str) -> np.ndarray:
        """Return the rows whose file there is."""
        endings = tuple(f".{ending}" for ending in FORMATS)
        valid = [
            name.lower().endswith(endings) and Path(self.directory, name).is_file()
            for name in names
        ]
        absent = valid.count(False)
        if absent:
            warnings.warn(
                f"DataFrameIterator: {absent} of {len(names)} names in x_col={x_col!r} are left "
                f"out: no such file in {str(self.directory)!r}, or it ends in none of "
                f"{', '.join(FORMATS)}.",
                stacklevel=3,
            )
        return np.flatnonzero(valid)

    def _check_labels(self, labels: list[Any], y_col: Any, classes: Any) -> None:
        several = self.class_mode == "categorical"
        kinds: Any = (str, list, tuple) if several else str
        wrong = next((label for label in labels if not isinstance(label, kinds)), None)
        if wrong is not None:
            needed = "strings, or lists of strings," if several else "strings"
            raise TypeError(
                f"DataFrameIterator: column y_col={y_col!r} must hold {needed} for "
                f"class_mode={self.class_mode!r}; got {wrong!r}."
            )
        found = set(classes) if classes else set(labels) if not several else set()
        if self.class_mode == "binary" and len(found) != 2:
            raise ValueError(
                f"DataFrameIterator: class_mode='binary' needs 2 classes; got {len(found)}."
            )

    def _with_classes(
        self, rows: np.ndarray, labels: list[Any], classes: Any
    ) -> tuple[np.ndarray, list[Any]]:
        """Set `class_indices`; return the rows and labels without classes that do not count."""
        if not classes:
            classes = set()
            for row in rows:
                label = labels[row]
                classes.update([label] if isinstance(label, str) else label)
        counted = sorted(set(classes))
        self.class_indices = {name: number for number, name in enumerate(counted)}
        kept = [
            label if isinstance(label, str) else [name for name in label if name in counted]
            for label in labels
        ]
        known = [
            row for row in rows if (kept[row] if type(kept[row]) is list else kept[row] in counted)
        ]
        return np.array(known, dtype=int), kept

    def _numbers(self, labels: list[Any]) -> list[Any]:
        return [
            self.class_indices[label]
            if isinstance(label, str)
            else [self.class_indices[name] for name in label]
            for label in labels
        ]

    def get_classes(self, df: Any, y_col: str) -> list[Any]:
        """Return the class numbers of a table's rows."""
        return self._numbers(_column(df, y_col))

    def _raw_targets(self, dataframe: Any, y_col: Any, rows: np.ndarray) -> Any:
        if self.class_mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(
                "DataFrameIterator: class_mode='multi_output' needs a list of columns as y_col; "
                f"got {y_col!r}."
            )
        if not isinstance(y_col, list):
            return np.asarray(_column(dataframe, y_col))[rows]
        columns = [np.asarray(_column(dataframe, name))[rows] for name in y_col]
        return columns if self.class_mode == "multi_output" else np.stack(columns, axis=1)

    def _nothing(self) -> str:
        part = f" for subset={self.subset!r}" if self.subset else ""
        return f"the table names no images{part} (looked for in {str(self.directory)!r})"

    @property
    def filepaths(self) -> list[str]:
        """Paths of all pictures."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """Class numbers or targets of all pictures; None if there are none."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:
        """Weights of all pictures, or None."""
        return self._sample_weight


def _column(table: Any, name: Any) -> list[Any]:
    try:
        return list(table[name])
    except (KeyError, IndexError, ValueError) as error:
        raise KeyError(f"DataFrameIterator: the table has no column {name!r}.") from error
