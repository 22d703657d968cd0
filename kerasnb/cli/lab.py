"""`kerasnb lab`: JupyterLab, opened on the learner's working copies of the chapters."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kerasnb.cli import chapters


def run(
    folder: Path, lang: str | None, port: int | None, browser: bool, rest: Sequence[str]
) -> int:
    """Copy new chapters to `folder` and serve it with JupyterLab until it is stopped."""
    try:
        from jupyterlab.labapp import LabApp
    except ModuleNotFoundError as error:
        print(
            f"kerasnb lab needs JupyterLab ({error.name} is not installed). "
            'Install it with: pip install "kerasnb[lab]"',
            file=sys.stderr,
        )
        return 1
    folder = folder.expanduser().resolve()
    try:
        done = chapters.update(folder)
    except OSError as error:
        print(f"kerasnb lab cannot copy the chapters to {folder}: {error}", file=sys.stderr)
        return 1
    print(f"Your working copies of the chapters are in {folder}; the installed ones stay as is.")
    for name in done.kept:
        print(
            f"A newer {name} is installed. Yours is kept; delete or rename it to get the new one."
        )

    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{lang or system_language()}",
        # A class room has no internet: no question about news, no look for updates.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        # Of what the server says, the address and the warnings.
        "--ServerApp.log_level=WARN",
        "--LabApp.log_level=WARN",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root. The server listens on this machine only and asks
        # for a token, as for any other user.
        arguments.append("--allow-root")
    if port is not None:
        arguments.append(f"--port={port}")
    if not browser:
        arguments.append("--no-browser")
    print("Ctrl-C stops JupyterLab.", flush=True)
    LabApp.launch_instance([*arguments, *rest])
    return 0


def system_language() -> str:
    """Return the language of the chapters that this system's user most likely reads."""
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
