"""Who is measured."""

import sys
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Peer:
    """A package that trains.

    Args:
        package: its name in Python.
        requirements: what pip installs; nothing for what runs in this very environment.
        settings: environment variables.
        cores: "one" if it is measured on one core only, else "all" for both.
    """

    package: str
    requirements: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    cores: str = "all"

    @property
    def ours(self) -> bool:
        """Whether it is kerasnb, in some setting, and no peer."""
        return self.package == "kerasnb"


TENSORFLOW = "tensorflow-cpu" if sys.platform == "linux" else "tensorflow"
PEERS = {
    "kerasnb": Peer("kerasnb"),
    "kerasnb_numpy": Peer("kerasnb", settings={"KERASNB_KERNELS": "numpy"}, cores="one"),
    "tf_keras": Peer("tf_keras", (TENSORFLOW, "tf_keras", "scipy", "pillow")),
    "torch": Peer("torch", ("torch==2.13.0", "numpy")),
    "keras3": Peer("keras", ("keras", "jax"), {"KERAS_BACKEND": "jax"}),  # the fastest of three
}
