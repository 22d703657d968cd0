"""The files of weights trained on ImageNet: their names, addresses and checksums."""

from __future__ import annotations

from typing import NamedTuple

from ..backend.config import keras_home
from ..utils.data_utils import get_file
from ..utils.downloading import DownloadError


class Published(NamedTuple):
    """A file that somebody publishes.

    Attributes:
        name: its name in the cache's folder `models`.
        url: its address.
        md5: its checksum; None if its makers publish none.
    """

    name: str
    url: str
    md5: str | None = None


_OLD = "https://github.com/fchollet/deep-learning-models/releases/download/"
_NEW = "https://github.com/keras-team/keras-applications/releases/download/"
_NASNET = "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/"
_MOBILENET = _OLD + "v0.6/"
_MOBILENET_V2 = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"

# network -> folder, and the MD5 of the file with the top and of that without
_WEIGHTS = {
    "densenet121": (
        _NEW + "densenet/",
        "9d60b8095a5708f2dcce2bca79d332c7",
        "30ee3e1110167f948a6b9946edeeb738",
    ),
    "densenet169": (
        _NEW + "densenet/",
        "d699b8f76981ab1b30698df4c175e90b",
        "b8c4d4c20dd625c148057b9ff1c1176b",
    ),
    "densenet201": (
        _NEW + "densenet/",
        "1ceb130c1ea1b78c3bf6114dbdfd8807",
        "c13680b51ded0fb44dff2d8f86ac8bb1",
    ),
    "inception_resnet_v2": (
        _OLD + "v0.7/",
        "e693bd0210a403b3192acc6073ad2e96",
        "d19885ff4a710c122648d3b5c3b684e4",
    ),
    "inception_v3": (
        _OLD + "v0.5/",
        "9a0d58056eeedaa3f26cb7ebd46da564",
        "bcbd6486424b2319ff4ef7d526e38f63",
    ),
    "resnet50": (
        _NEW + "resnet/",
        "2cb95161c43110f7111970584f804107",
        "4d473c1dd8becc155b73f8504c6f6626",
    ),
    "resnet101": (
        _NEW + "resnet/",
        "f1aeb4b969a6efcfb50fad2f0c20cfc5",
        "88cf7a10940856eca736dc7b7e228a21",
    ),
    "resnet152": (
        _NEW + "resnet/",
        "100835be76be38e30d865e96f2aaae62",
        "ee4c566cf9a93f14d82f913c2dc6dd0c",
    ),
    "resnet50v2": (
        _NEW + "resnet/",
        "3ef43a0b657b3be2300d5770ece849e0",
        "fac2f116257151a9d068a22e544a4917",
    ),
    "resnet101v2": (
        _NEW + "resnet/",
        "6343647c601c52e1368623803854d971",
        "c0ed64b8031c3730f411d2eb4eea35b5",
    ),
    "resnet152v2": (
        _NEW + "resnet/",
        "a49b44d1979771252814e80f8ec446f9",
        "ed17cf2e0169df9d443503ef94b23b33",
    ),
    "vgg16": (
        _OLD + "v0.1/",
        "64373286793e3c8b2b4e3219cbf3544b",
        "6d6bbae143d832006294945121d1f1fc",
    ),
    "vgg19": (
        _OLD + "v0.1/",
        "cbe5617147190e668d6c5d5026f83318",
        "253f8cb515780f3b799900260a226db6",
    ),
    "xception": (
        _OLD + "v0.4/",
        "0a58e3b7378bc2990ea3b43d5981f1f6",
        "b0042744bf5b25fce3cb969f33bebb97",
    ),
}

# The first ResNet50, whose layers have other names, has files of the same names as the second.
FIRST_RESNET50 = (
    _OLD + "v0.2/",
    "a7b3fe01876f51b976af0dea6bc144eb",
    "a268eb855778b3df3c7506639542a6af",
)

_NASNET_MD5 = {
    ("mobile", True): "020fb642bf7360b370c678b08e0adf61",
    ("mobile", False): "1ed92395b5b598bdda52abe5c0dbfd63",
    ("large", True): "11577c9a518f0070763c2b964a382f17",
    ("large", False): "d81d89dc07e6e56530c4e77faddd61b5",
}


def weights_of(
    network: str, include_top: bool, entry: tuple[str, str, str] | None = None
) -> Published:
    """Return the file of a network's weights.

    Args:
        network: its name: 'vgg16'.
        include_top: whether it is the file for the network with its classifier.
        entry: folder and checksums, if not those of the table.
    """
    folder, *md5 = entry or _WEIGHTS[network]
    name = f"{network}_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    return Published(name, folder + name, md5[not include_top])


def mobilenet_weights(alpha: float, rows: int, include_top: bool) -> Published:
    """Return the file of a MobileNet's weights."""
    width = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}[alpha]
    name = f"mobilenet_{width}_{rows}_tf{'' if include_top else '_no_top'}.h5"
    return Published(name, _MOBILENET + name)


def mobilenet_v2_weights(alpha: float, rows: int, include_top: bool) -> Published:
    """Return the file of a MobileNetV2's weights."""
    name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}"
    name += f"{'' if include_top else '_no_top'}.h5"
    return Published(name, _MOBILENET_V2 + name)


def nasnet_weights(size: str, include_top: bool) -> Published:
    """Return the file of a NASNet's weights; `size` is 'mobile' or 'large'."""
    top = "" if include_top else "_no_top"
    published = f"NASNet-{size}{top.replace('_', '-')}.h5"
    return Published(
        f"nasnet_{size}{top}.h5", _NASNET + published, _NASNET_MD5[size, bool(include_top)]
    )


def fetch(file: Published, what: str) -> str:
    """Return where a file is in the cache, after downloading it if it is not there.

    Args:
        file: the file.
        what: what it holds, for the message.

    Raises:
        FileNotFoundError: if it cannot be had; the message says which file to put where.
    """
    try:
        return get_file(file.name, file.url, md5_hash=file.md5, cache_subdir="models")
    except DownloadError as error:
        raise FileNotFoundError(
            f"{what} are not on this machine: {error}\n"
            f"Without a connection, put this file into {keras_home() / 'models'}:\n"
            f"  {file.name}\n"
            f"    {'md5 ' + file.md5 if file.md5 else 'its makers publish no checksum'}\n"
            f"    from {file.url}"
        ) from error
