"""What JupyterHub starts for each user: bring their copies of the chapters up to date, then serve."""

import os
import sys
import tempfile
from pathlib import Path


def prepare() -> None:
    """Update the copies, and become the server: what was imported for it takes no memory there."""
    from kerasnb.cli import chapters

    chapters.update(Path.home() / "kerasnb")
    os.chdir(Path.home())
    os.execv(
        sys.executable, [sys.executable, str(Path(__file__).resolve()), "serve", *sys.argv[1:]]
    )


def serve() -> None:
    """Serve this user."""
    # A grammar of international addresses, made when it is imported: 16 MB for each user. jsonschema
    # checks the format "iri" only where this package is found; none of Jupyter's schemas has it.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    # Where kernels have their sockets: a path has to be short for that, and nobody else may look in.
    with tempfile.TemporaryDirectory(prefix="jupyter-") as folder:
        os.environ["JUPYTER_RUNTIME_DIR"] = folder
        from jupyterhub.singleuser import main

        main()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        del sys.argv[1]
        serve()
    else:
        prepare()
