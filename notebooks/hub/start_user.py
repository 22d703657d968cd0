"""What JupyterHub starts for each user: bring their copies of the chapters up to date, then serve."""

import os
import sys
from pathlib import Path

from kerasnb.cli import chapters

chapters.update(Path.home() / "kerasnb")
os.chdir(Path.home())
server = Path(sys.executable).with_name("jupyterhub-singleuser")
os.execv(sys.executable, [sys.executable, str(server), *sys.argv[1:]])
