"""Batches of pictures from files: a folder for each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import backend as K
from .files import CHANNELS, FORMATS, img_to_array, load_img, walk
from .iterator import Iterator, subset_bounds

if TYPE_CHECKING:
    from .generator import ImageDataGenerator


class BatchFromFilesMixin(Iterator):
    """What iterators over files share: reading pictures, making targets.

    A subclass has the properties `filepaths`, `labels` and `sample_weight`, and the attributes
    `class_mode`, `dtype` and, for classes, `classes` and `class_indices`.
    """

    allowed_class_modes: tuple[str | None, ...]
    class_mode: str | None
    classes: Any
    class_indices: dict[str, int]
    dtype: Any

    def set_processing_attrs(
        self,
        image_data_generator: ImageDataGenerator | None,
        target_size: tuple[int, int],
        color_mode: str,
        data_format: str | None,
        save_to_dir: Any,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
    ) -> None:
        """Keep how to read, change and save pictures; see `DirectoryIterator`."""
        if color_mode not in CHANNELS:
            raise ValueError(
                f"{type(self).__name__}: got color_mode={color_mode!r}; "
                f"needs one of {list(CHANNELS)}."
            )
        self.image_data_generator = image_data_generator
        self.target_size = (target_size[0], target_size[1])
        self.color_mode = color_mode
        self.data_format = K.normalize_data_format(data_format)
        self.image_shape: tuple[int, ...] = (*self.target_size, CHANNELS[color_mode])
        if self.data_format == "channels_first":
            self.image_shape = (CHANNELS[color_mode], *self.target_size)
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.subset = subset
        self._subset_of(0)  # an unknown subset is refused before files are looked for

    def _subset_of(self, n: int) -> slice:
        generator = self.image_data_generator
        split = generator._validation_split if generator else 0.0
        return subset_bounds(self.subset, split, n, type(self).__name__)

    def _check_class_mode(self, class_mode: str | None) -> None:
        if class_mode not in self.allowed_class_modes:
            raise ValueError(
                f"{type(self).__name__}: got class_mode={class_mode!r}; "
                f"needs one of {list(self.allowed_class_modes)}."
            )

    @property
    def filepaths(self) -> list[str]:
        """Paths of all pictures."""
        raise NotImplementedError(f"{type(self).__name__} needs a property `filepaths`.")

    @property
    def labels(self) -> Any:
        """Class numbers or targets of all pictures."""
        raise NotImplementedError(f"{type(self).__name__} needs a property `labels`.")

    @property
    def sample_weight(self) -> Any:
        """Weights of all pictures, or None."""
        raise NotImplementedError(f"{type(self).__name__} needs a property `sample_weight`.")

    def _picture(self, path: str) -> np.ndarray:
        image = load_img(
            path,
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
        )
        # a copy: what Pillow lends must not be written to
        picture = np.array(img_to_array(image, self.data_format, dtype=self.dtype))
        return self.image_data_generator._change(picture) if self.image_data_generator else picture

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        pictures = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for place, index in enumerate(index_array):
            pictures[place] = self._picture(self.filepaths[index])
        self._save(pictures, index_array, 10_000_000)
        if self.class_mode is None:
            return pictures
        targets = self._targets_of(index_array, pictures)
        if self.sample_weight is None:
            return pictures, targets
        return pictures, targets, self.sample_weight[index_array]

    def _targets_of(self, index_array: np.ndarray, pictures: np.ndarray) -> Any:
        if self.class_mode == "input":
            return pictures.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[index] for index in index_array], dtype=self.dtype)
        if self.class_mode == "categorical":
            targets = np.zeros((len(index_array), len(self.class_indices)), dtype=self.dtype)
            for row, index in zip(targets, index_array, strict=True):
                row[self.classes[index]] = 1  # one class or several
            return targets
        if self.class_mode == "multi_output":
            return [output[index_array] for output in self.labels]
        return self.labels[index_array]


class DirectoryIterator(BatchFromFilesMixin):
    """Batches of pictures of a folder that has a folder for each class.

    A batch is `(x, y)`, or `x` if `class_mode` is None.

    Args:
        directory: the folder.
        image_data_generator: says how to change pictures; None for not at all.
        target_size: (height, width) of all pictures.
        color_mode: 'grayscale', 'rgb' or 'rgba'.
        classes: names of the classes' folders, in the order of their numbers; by default all
            there are, by name.
        class_mode: targets: 'categorical' (one-hot rows), 'binary' or 'sparse' (class numbers),
            'input' (the pictures themselves), None for no targets.
        batch_size, shuffle, seed: as in `Iterator`.
        data_format: 'channels_last' or 'channels_first'; None is the session's.
        save_to_dir, save_prefix, save_format: as in `NumpyArrayIterator`.
        follow_links: whether to go into linked folders.
        subset: 'training' or 'validation', if the generator has a `validation_split`; it splits
            every class.
        interpolation: how pictures are brought to `target_size`, see `load_img`.
        dtype: type of pictures and targets; None is `K.floatx()`.

    Attributes:
        samples: number of pictures.
        num_classes: number of classes.
        class_indices: number of each class.
        classes: class number of each picture.
        filenames: path of each picture in the folder.
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self,
        directory: Any,
        image_data_generator: ImageDataGenerator | None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = None,
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
        self.directory = directory
        self.class_mode = class_mode
        self.dtype = dtype or K.floatx()
        if not classes:
            classes = sorted(path.name for path in Path(directory).iterdir() if path.is_dir())
        self.num_classes = len(classes)
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.filenames: list[str] = []
        numbers: list[int] = []
        for number, name in enumerate(classes):
            endings = tuple(f".{ending}" for ending in FORMATS)
            found = list(walk(Path(directory, name), endings, follow_links))
            found = found[self._subset_of(len(found))]
            self.filenames += [str(Path(path).relative_to(directory)) for path in found]
            numbers += [number] * len(found)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, dtype="int32")
        self._filepaths = [str(Path(directory, name)) for name in self.filenames]
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _nothing(self) -> str:
        part = f" for subset={self.subset!r}" if self.subset else ""
        return (
            f"found no images in {self.directory}{part}; needs a folder for each class in it "
            f"({self.num_classes} found), with files that end in {', '.join(FORMATS)}"
        )

    @property
    def filepaths(self) -> list[str]:
        """Paths of all pictures."""
        return self._filepaths

    @property
    def labels(self) -> np.ndarray:
        """Class numbers of all pictures."""
        return self.classes

    @property
    def sample_weight(self) -> None:
        """No weights: None."""
        return None
