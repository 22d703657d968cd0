"""Which edition of a data set is loaded: the full one from Keras's cache, or the bundled one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from ..backend.config import keras_home
from .catalog import CATALOG, Dataset, Official

EDITIONS = ("auto", "full", "mini")

_said: set[str] = set()  # the lines that this process has printed


class Found(NamedTuple):
    """The files to load: their edition ('full' or 'mini') and where they are."""

    edition: str
    paths: tuple[Path, ...]


def find(name: str, edition: str | None = None, path: str | None = None) -> Found:
    """Return the files of a data set, and say in one line which edition they are.

    Args:
        name: the data set, as in `kerasnb.datasets`.
        edition: 'full', 'mini' (the one that comes with kerasnb) or 'auto' (full if it is there);
            None means what the environment variable `KERASNB_DATASETS` says, else 'auto'.
        path: the name of the first official file in the cache, where the caller chose one.

    Raises:
        ValueError: if there is no such edition.
        FileNotFoundError: if the full edition is asked for and is not there.
    """
    dataset, edition = CATALOG[name], chosen(edition)
    if edition != "mini":
        full, missing = cached(dataset, path)
        if not missing:
            say(f"{dataset.title}: the full data set in {full[0].parent}.")
            return Found("full", full)
        if edition == "full":
            raise FileNotFoundError(_what_is_missing(dataset, missing))
    say(
        f"{dataset.title}: the edition bundled with kerasnb ({dataset.about}); "
        "edition='full' loads all of it."
    )
    return Found("mini", (bundled_folder() / dataset.bundled,))


def chosen(edition: str | None) -> str:
    """Return the edition that an argument, or else the environment, asks for."""
    source = "edition"
    if edition is None:
        source, edition = "KERASNB_DATASETS", os.environ.get("KERASNB_DATASETS") or "auto"
    if edition not in EDITIONS:
        raise ValueError(f"{source} is one of {', '.join(EDITIONS)}; got {edition!r}.")
    return edition


def bundled_folder() -> Path:
    """Return the folder of the editions that come with kerasnb: installed, or in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent / "datasets"


def cache_folder() -> Path:
    """Return the folder of the full data sets."""
    return keras_home() / "datasets"


def cached(dataset: Dataset, path: str | None = None) -> tuple[tuple[Path, ...], list[Official]]:
    """Return where the official files are or would be, and those that are missing or differ."""
    folder = cache_folder()
    paths = [folder / file.name for file in dataset.official]
    if path is not None:
        paths[0] = folder / path
    own = path not in (None, dataset.official[0].name)
    # A file that the caller named is taken as it is; one in its usual place has to be the real one.
    missing = [
        file
        for index, (file, place) in enumerate(zip(dataset.official, paths, strict=True))
        if not (place.is_file() if own and index == 0 else is_official(place, file))
    ]
    return tuple(paths), missing


def is_official(place: Path, file: Official) -> bool:
    """Return whether a file is there and has the right checksum; say so if it has another."""
    if not place.is_file():
        return False
    digest = checksum(place)
    if digest != file.sha256:
        say(f"{place} is not used: it is not the file that its makers publish, or it is damaged.")
    return digest == file.sha256


def checksum(place: Path) -> str:
    """Return the sha256 of a file."""
    digest = hashlib.sha256()
    with place.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def say(line: str) -> None:
    """Print a line, once per process."""
    if line not in _said:
        _said.add(line)
        print(line)


def _what_is_missing(dataset: Dataset, missing: list[Official]) -> str:
    lines = [f"The full {dataset.title} is not on this machine. Needed in {cache_folder()}:"]
    for file in missing:
        lines += [f"  {file.name}", f"    sha256 {file.sha256}", f"    from {file.url}"]
    return "\n".join(lines)
