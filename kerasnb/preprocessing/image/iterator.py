"""Batches of pictures without end, and from an array."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator as Batches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import backend as K
from ...utils.sequence import Sequence
from .files import FORMATS, array_to_img

if TYPE_CHECKING:
    from .generator import ImageDataGenerator


class Iterator(Sequence):
    """Base of what gives batches of pictures: by number, or one after the other without end.

    A subclass has `_get_batches_of_transformed_samples(index_array)`, which returns the batch of
    the samples with some numbers.

    Args:
        n: number of samples.
        batch_size: samples in a batch; the last of an epoch may have less.
        shuffle: whether every epoch has another order.
        seed: makes order and changes repeatable: NumPy's seed is set to `seed` plus the number
            of batches given so far.
    """

    white_list_formats = FORMATS
    data_format: str
    save_to_dir: Any
    save_prefix: str
    save_format: str

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        if batch_size < 1:
            raise ValueError(
                f"{type(self).__name__}: got batch_size={batch_size}; needs 1 or more."
            )
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: Any = None
        self.index_generator = self._flow_index()

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, index: int) -> Any:
        """Return the batch of a number."""
        self._refuse_if_empty()
        if not 0 <= index < len(self):
            raise ValueError(
                f"{type(self).__name__}: asked for batch {index}; the {len(self)} batches go from "
                f"0 to {len(self) - 1}."
            )
        self._seed()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        start = index * self.batch_size
        rows = self.index_array[start : start + self.batch_size]
        return self._get_batches_of_transformed_samples(rows)

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return (self.n + self.batch_size - 1) // self.batch_size

    def on_epoch_end(self) -> None:
        """Mix anew."""
        self._set_index_array()

    def get_state(self) -> dict[str, Any]:
        """Return what the next batches depend on, for `callbacks.Resume`."""
        return {
            "index_array": self.index_array,
            "total_batches_seen": self.total_batches_seen,
            "batch_index": self.batch_index,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        vars(self).update(state)

    def reset(self) -> None:
        """Let the next batch be the first of an epoch."""
        self.batch_index = 0

    def _flow_index(self) -> Batches[np.ndarray]:
        """Give the numbers of the samples of one batch after the other, without end."""
        while True:
            self._seed()
            if self.batch_index == 0:
                self._set_index_array()
            start = self.batch_index * self.batch_size
            self.batch_index = self.batch_index + 1 if start + self.batch_size < self.n else 0
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def __iter__(self) -> Batches[Any]:
        """Return the iterator itself: its batches never end."""
        return self

    def __next__(self) -> Any:
        """Return the next batch."""
        return self.next()

    def next(self) -> Any:
        """Return the next batch."""
        self._refuse_if_empty()
        with self.lock:  # of several threads, each gets a batch of its own
            rows = next(self.index_generator)
        return self._get_batches_of_transformed_samples(rows)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} needs a method _get_batches_of_transformed_samples(index_array)."
        )

    def _refuse_if_empty(self) -> None:
        if not self.n:
            raise ValueError(f"{type(self).__name__}: {self._nothing()}.")

    def _nothing(self) -> str:
        """Return what to say when there is no sample at all."""
        return "there are no samples"

    def _save(self, pictures: np.ndarray, index_array: np.ndarray, largest: int) -> None:
        """Write a batch to `save_to_dir`, if there is one; a random number tells epochs apart."""
        if not self.save_to_dir:
            return
        for picture, index in zip(pictures, index_array, strict=True):
            mark = np.random.randint(largest)
            name = f"{self.save_prefix}_{index}_{mark}.{self.save_format}"
            array_to_img(picture, self.data_format, scale=True).save(Path(self.save_to_dir, name))


def subset_bounds(subset: str | None, validation_split: float, n: int, who: str) -> slice:
    """Return which of n samples a subset has: 'validation' the first ones, 'training' the rest."""
    split = int(n * validation_split)
    if subset is None:
        return slice(0, n)
    if subset not in ("training", "validation"):
        raise ValueError(f"{who}: got subset={subset!r}; needs 'training' or 'validation'.")
    return slice(0, split) if subset == "validation" else slice(split, n)


class NumpyArrayIterator(Iterator):
    """Batches of pictures of an array, changed as an ImageDataGenerator says.

    A batch is `x`, `(x, y)` or `(x, y, sample_weight)`, for what is there; x is a list if there
    are other inputs.

    Args:
        x: array (samples, height, width, channels), or channels first; or a pair of it and
            another input, or a list of others, which are handed on as they are.
        y: targets.
        image_data_generator: says how to change pictures.
        batch_size, shuffle, seed: as in `Iterator`.
        sample_weight: a weight for each sample.
        data_format: 'channels_last' or 'channels_first'; None is the session's.
        save_to_dir: folder that gets all pictures as they are given, to look at them.
        save_prefix, save_format: beginning and ending of the names of those files.
        subset: 'training' or 'validation', if the generator has a `validation_split`.
        dtype: type of the pictures; None is `K.floatx()`.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: ImageDataGenerator,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        dtype: Any = None,
    ) -> None:
        self.dtype = dtype or K.floatx()
        self.data_format = K.normalize_data_format(data_format)
        others: list[Any] = []
        if isinstance(x, (tuple, list)):
            others = x[1] if isinstance(x[1], list) else [x[1]]
            x = x[0]
        part = subset_bounds(
            subset, image_data_generator._validation_split, len(x), "NumpyArrayIterator"
        )
        _check_lengths(len(x), y=y, sample_weight=sample_weight, other=others)
        if subset is not None and y is not None:
            _check_classes(np.asarray(y), int(len(x) * image_data_generator._validation_split))
        self.x = np.asarray(x, dtype=self.dtype)[part]
        self.x_misc = [np.asarray(other)[part] for other in others]
        self.y = None if y is None else np.asarray(y)[part]
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[part]
        check_pictures("NumpyArrayIterator", self.x, self.data_format)
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        generator = self.image_data_generator
        pictures = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for place, index in enumerate(index_array):
            pictures[place] = generator._change(self.x[index].astype(self.dtype))
        self._save(pictures, index_array, 10_000)
        others = [other[index_array] for other in self.x_misc]
        x = [pictures, *others] if others else pictures
        if self.y is None:
            return x
        if self.sample_weight is None:
            return x, self.y[index_array]
        return x, self.y[index_array], self.sample_weight[index_array]


def check_pictures(who: str, x: np.ndarray, data_format: str) -> None:
    """Refuse an array that holds no pictures; warn if it seems to have another data format."""
    if x.ndim != 4:
        raise ValueError(f"{who}: got an array of shape {x.shape}; needs 4 axes, many pictures.")
    axis = 3 if data_format == "channels_last" else 1
    if x.shape[axis] not in (1, 3, 4):
        warnings.warn(
            f"{who}: got an array of shape {x.shape}, which for {data_format!r} (channels on axis "
            f"{axis}) has {x.shape[axis]} channels; pictures have 1, 3 or 4.",
            stacklevel=3,
        )


def _check_lengths(length: int, y: Any, sample_weight: Any, other: list[Any]) -> None:
    named = [("y", y), ("sample_weight", sample_weight), *(("another input", o) for o in other)]
    for name, values in named:
        if values is not None and len(values) != length:
            raise ValueError(
                f"NumpyArrayIterator: there are {length} pictures in x, but {name} has "
                f"{len(values)}; needs as many."
            )


def _check_classes(y: np.ndarray, split: int) -> None:
    if not split:
        raise ValueError(
            "NumpyArrayIterator: there is nothing to validate with; a `subset` needs an "
            "ImageDataGenerator with `validation_split`, and enough pictures."
        )
    if not np.array_equal(np.unique(y[:split]), np.unique(y[split:])):
        raise ValueError(
            "NumpyArrayIterator: the subsets 'training' and 'validation' have different classes; "
            "if y is sorted, mix x and y first."
        )
