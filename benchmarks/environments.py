"""A virtual environment for each peer, made when it is first needed and kept."""

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = {
    "tf_keras": ["tensorflow-cpu" if sys.platform == "linux" else "tensorflow", "tf_keras"],
    "torch": ["torch==2.13.0", "numpy"],
}


def cache():
    """Return the folder of the environments, in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kerasnb" / "benchmarks"


def interpreter(peer, given):
    """Return the Python that runs a peer: the given one, our own for kerasnb, or a new one."""
    if peer in given:
        return given[peer]
    if peer == "kerasnb":
        return sys.executable
    folder = cache() / peer
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(REQUIREMENTS[peer])
    installed = folder / "requirements.txt"  # written last: an interrupted install is done again
    if not installed.exists() or installed.read_text() != wanted:
        print(f"making an environment for {peer} in {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", *REQUIREMENTS[peer]]
        subprocess.run(pip, check=True)
        installed.write_text(wanted)
    return str(python)
