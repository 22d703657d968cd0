"""Data that comes in batches by number: what `fit_generator` takes and workers can share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Sequence:
    """Base of data that is given batch by batch; each batch is asked for by its number.

    A subclass has `__getitem__` (one whole batch: `x`, `(x, y)` or `(x, y, sample_weight)`) and
    `__len__` (batches in an epoch). Unlike a generator it can be read by several workers: every
    batch is used once in an epoch.

    Example:
        >>> class Squares(Sequence):
        ...     def __len__(self):
        ...         return 3
        ...
        ...     def __getitem__(self, index):
        ...         return [2 * index, 2 * index + 1], [4 * index**2, (2 * index + 1) ** 2]
        >>> list(Squares())[1]
        ([2, 3], [4, 9])
    """

    use_sequence_api = True  # what fit_generator looks for, also in classes of other packages

    def __getitem__(self, index: int) -> Any:
        """Return the batch of a number, from 0 to `len(self) - 1`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method __getitem__(self, index).")

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        raise NotImplementedError(f"{type(self).__name__} needs a method __len__(self).")

    def on_epoch_end(self) -> None:
        """Is called after every epoch: the place to shuffle; here nothing happens."""

    def __iter__(self) -> Iterator[Any]:
        """Give the batches of one epoch in order."""
        for index in range(len(self)):
            yield self[index]
