"""Who is measured, and a virtual environment for each peer, made when it is first needed."""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    """A package that trains.

    Args:
        package: its name in Python.
        requirements: what pip installs; nothing for what runs in this very environment.
        settings: environment variables, unless the user has set them otherwise.
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
    "torch": Peer("torch", ("torch", "numpy")),
    "keras3": Peer("keras", ("keras", "jax"), {"KERAS_BACKEND": "jax"}),  # the fastest of three
}


def cache():
    """Return the folder of the environments, in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kerasnb" / "benchmarks"


def interpreter(name, given):
    """Return the Python that runs a peer: the given one, our own for kerasnb, or a new one."""
    peer = PEERS[name]
    if peer.ours:
        return given.get("kerasnb", sys.executable)
    if name in given:
        return given[name]
    folder = cache() / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(peer.requirements)
    installed = folder / "requirements.txt"  # written last: an interrupted install is done again
    if not installed.exists() or installed.read_text() != wanted:
        print(f"making an environment for {name} in {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", *peer.requirements]
        subprocess.run(pip, check=True)
        installed.write_text(wanted)
    return str(python)
