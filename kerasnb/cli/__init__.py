"""The `kerasnb` command: chapters, data, assignments and their marks, problems, the version."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and return its exit status."""
    try:
        status = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`kerasnb datasets list | head -1`). Python would complain when it
        # flushes at its end, so let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if rest and options.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.command == "lab":
        from kerasnb.cli import lab

        return lab.run(options.folder, options.lang, options.port, options.browser, rest)
    if options.command == "doctor":
        from kerasnb.cli import doctor

        return doctor.run(options.json)
    if options.command == "datasets":
        from kerasnb.cli import datasets

        return datasets.run(options)
    if options.command == "chapters":
        from kerasnb.cli import chapters

        return chapters.run(options)
    if options.command == "grade":
        from kerasnb.cli import grade

        return grade.run(options)
    if options.command == "assignments":
        from kerasnb.cli import assignments

        return assignments.run(options)
    from kerasnb import __version__

    print(f"kerasnb {__version__}, Python {sys.version.split()[0]}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kerasnb", description="Learn deep learning in notebooks with the Keras 2 API."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the chapters",
        description="Open JupyterLab on your own working copies of the chapters.",
        epilog="Every other option is passed on to `jupyter lab`.",
        # `--no` would otherwise be read as --no-browser, and never reach JupyterLab.
        allow_abbrev=False,
    )
    lab.add_argument("--lang", choices=("en", "zh"), help="language (default: your system's)")
    lab.add_argument("--port", type=int, help="port to listen on (default: a free one from 8888)")
    lab.add_argument(
        "--folder",
        type=Path,
        default=Path.home() / "kerasnb",
        help="where your working copies are (default: %(default)s)",
    )
    lab.add_argument(
        "--no-browser", dest="browser", action="store_false", help="print the address only"
    )

    doctor = commands.add_parser(
        "doctor",
        help="look for problems and say what to do about them",
        description="Look at what kerasnb needs. The exit status is 1 if there is a problem.",
    )
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")

    from kerasnb.cli import assignments, chapters, datasets, grade

    for part in (chapters, datasets, assignments, grade):
        part.add(commands)

    commands.add_parser("version", help="print the version")
    return parser
