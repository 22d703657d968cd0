"""What data sets there are: official files with their checksums, bundled editions, how they differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Official:
    """A file as its makers publish it.

    Attributes:
        name: where it lies below the folder `datasets` of Keras's cache.
        sha256: its checksum.
        url: where it comes from.
    """

    name: str
    sha256: str
    url: str


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes:
        title: its name as people write it.
        official: the files of the full edition.
        bundled: the file of the edition that comes with kerasnb.
        about: what the bundled edition holds, in a few words.
    """

    title: str
    official: tuple[Official, ...]
    bundled: str
    about: str


_TF = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

CATALOG = {
    "mnist": Dataset(
        title="MNIST",
        official=(
            Official(
                "mnist.npz",
                "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
                f"{_TF}mnist.npz",
            ),
        ),
        bundled="mnist_mini.npz",
        about="8,000 + 2,000 of its 70,000 pictures",
    ),
    "fashion_mnist": Dataset(
        title="Fashion-MNIST",
        official=tuple(
            Official(f"fashion-mnist/{name}", sha256, f"{_TF}{name}")
            for name, sha256 in (
                (
                    "train-labels-idx1-ubyte.gz",
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                ),
                (
                    "train-images-idx3-ubyte.gz",
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                ),
                (
                    "t10k-labels-idx1-ubyte.gz",
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ),
                (
                    "t10k-images-idx3-ubyte.gz",
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                ),
            )
        ),
        bundled="fashion_mnist_mini.npz",
        about="5,000 + 1,000 of its 70,000 pictures",
    ),
}
