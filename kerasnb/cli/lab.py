"""`kerasnb lab`: JupyterLab, opened on the learner's working copies of the chapters."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerasnb.cli import chapters, progress


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
    language = lang or system_language()
    for line in progress.listing(folder, language):
        print(line)

    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{language}",
        # Its warnings are about itself (no Node to rebuild it, notebooks not trusted yet).
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root. The server listens on this machine only and asks
        # for a token, as for any other user.
        arguments.append("--allow-root")
    if port is not None:
        arguments.append(f"--port={port}")
    if not browser:
        arguments.append("--no-browser")
    server = LabApp.initialize_server(argv=[*arguments, *rest])
    server.web_app.settings["page_config_hook"] = without_announcements
    if not server.identity_provider.token_generated:
        # With a token or password of the user's own, the server does not say where it is.
        print(f"JupyterLab is at {server.display_url}")
    print("Ctrl-C stops JupyterLab.", flush=True)
    server.start()
    return 0


def without_announcements(handler: Any, page: dict[str, Any]) -> dict[str, Any]:
    """Leave out JupyterLab's news and its look for updates: a class room has no internet."""
    name = "@jupyterlab/apputils-extension:announcements"
    page["disabledExtensions"] = sorted({*page.get("disabledExtensions", ()), name})
    return page


def system_language() -> str:
    """Return the language of the chapters that this system's user most likely reads."""
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
