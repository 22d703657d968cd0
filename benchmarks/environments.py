"""A virtual environment for each peer, made when it is first needed and kept."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from .peers import PEERS


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
