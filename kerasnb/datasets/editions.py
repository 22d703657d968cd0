"""Which edition of a data set is loaded: the full one from Keras's cache, or the bundled one."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

from ..backend.config import keras_home
from ..utils.data_utils import writable_cache
from ..utils.downloading import DownloadError, download, matches
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
        edition: 'full' (downloaded if it is not there), 'mini' (the one that comes with kerasnb)
            or 'auto' (full if it is there; nothing is downloaded); None means what the
            environment variable `KERASNB_DATASETS` says, else 'auto'.
        path: the name of the official file in the cache, where the caller chose one.

    Raises:
        ValueError: if there is no such edition.
        FileNotFoundError: if the full edition is asked for, and can neither be found nor had.
    """
    found, dataset = find_quietly(name, edition, path), CATALOG[name]
    if found.edition == "full":
        say(f"{dataset.title}: the full data set in {found.paths[0].parent}.")
    elif dataset.synthetic:
        say(
            f"{dataset.title}: SYNTHETIC stand-in bundled with kerasnb ({dataset.about}); "
            "edition='full' loads the real data."
        )
    elif not dataset.complete:
        say(
            f"{dataset.title}: the edition bundled with kerasnb ({dataset.about}); "
            "edition='full' loads all of it."
        )
    return found


def find_quietly(name: str, edition: str | None = None, path: str | None = None) -> Found:
    """Return the files of a data set, as `find` does, and say nothing."""
    dataset, edition = CATALOG[name], chosen(edition)
    if edition != "mini":
        full = in_cache(dataset, path)
        if full is None and edition == "full" and not dataset.complete:
            full = fetch(dataset, path)
        if full is not None:
            return Found("full", full)
    return Found("mini", (bundled_folder() / dataset.bundled,))


def find_word_index(name: str, edition: str | None = None, path: str | None = None) -> Path:
    """Return the file of words and their numbers that belongs to what `find` finds."""
    dataset, edition = CATALOG[name], chosen(edition)
    if edition == "mini" or (edition == "auto" and in_cache(dataset) is None):
        return bundled_folder() / dataset.bundled_index
    return fetch_word_index(dataset, path)


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


def cache_folders() -> list[Path]:
    """Return the folders where full data sets may be: Keras's, and the one used in its stead."""
    return [keras_home() / "datasets", Path(tempfile.gettempdir()) / ".keras" / "datasets"]


def in_cache(dataset: Dataset, path: str | None = None) -> tuple[Path, ...] | None:
    """Return the files of the full edition, in one of its forms; None if it is not there."""
    for index, form in enumerate(dataset.forms):
        found = _form(form, path if index == 0 else None)
        if found is not None:
            return found
    return None


def fetch(dataset: Dataset, path: str | None = None) -> tuple[Path, ...]:
    """Download the full edition and return its files.

    Raises:
        FileNotFoundError: if it cannot be had; the message says how to get it in another way.
    """
    return _fetch(dataset, dataset.forms[0], path)


def fetch_word_index(dataset: Dataset, path: str | None = None) -> Path:
    """Return the official file of words and their numbers, downloaded if it is not there.

    Raises:
        ValueError: if the data set has no words.
        FileNotFoundError: if it cannot be had.
    """
    if dataset.word_index is None:
        raise ValueError(f"{dataset.title} has no words.")
    form = (dataset.word_index,)
    return (_form(form, path) or _fetch(dataset, form, path))[0]


def _form(form: tuple[Official, ...], path: str | None) -> tuple[Path, ...] | None:
    # A file that the caller named is taken as it is; one in its usual place has to be the real one.
    if path is not None and path != form[0].name:
        own = cache_folders()[0] / path
        return (own,) if own.is_file() else None
    for folder in cache_folders():
        places = tuple(folder / file.name for file in form)
        if all(place.is_file() for place in places):
            if all(is_official(place, file) for place, file in zip(places, form, strict=True)):
                return places
    return None


def _fetch(dataset: Dataset, form: tuple[Official, ...], path: str | None) -> tuple[Path, ...]:
    folder = writable_cache(keras_home()) / "datasets"
    names = [file.name for file in form]
    names[0] = path or names[0]
    places = tuple(folder / name for name in names)
    for place, file in zip(places, form, strict=True):
        if place.is_file() and is_official(place, file):
            continue
        try:
            download(addresses(file), place, file.digest)
        except DownloadError as error:
            raise FileNotFoundError(_how_to_get(dataset, form, folder, error)) from error
    return places


def addresses(file: Official) -> list[str]:
    """Return where a file can be had: the mirror of `KERASNB_MIRROR` first, a folder or an address."""
    mirror = os.environ.get("KERASNB_MIRROR")
    if not mirror:
        return [file.url]
    if "://" not in mirror:
        mirror = Path(mirror).expanduser().resolve().as_uri()
    return [f"{mirror.rstrip('/')}/{file.name}", file.url]


def is_official(place: Path, file: Official) -> bool:
    """Return whether a file is the official one; say so if it is not."""
    if same(place, file):
        return True
    say(f"{place} is not used: it is not the file that its makers publish, or it is damaged.")
    return False


def same(place: Path, file: Official) -> bool:
    """Return whether a file has the checksum of the official one, or of what is in it."""
    if matches(place, file.digest):
        return True
    return bool(file.unzipped) and unzipped_checksum(place) == file.unzipped


def unzipped_checksum(place: Path) -> str:
    """Return the sha256 of what a gzip file holds; '' if it is none, or holds suspiciously much."""
    digest, left = hashlib.sha256(), 100 * place.stat().st_size
    try:
        with gzip.open(place) as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
                left -= len(chunk)
                if left < 0:
                    return ""
    except (OSError, EOFError, zlib.error):
        return ""
    return digest.hexdigest()


def say(line: str) -> None:
    """Print a line, once per process."""
    if line not in _said:
        _said.add(line)
        print(line)


def _how_to_get(
    dataset: Dataset, form: tuple[Official, ...], folder: Path, error: DownloadError
) -> str:
    lines = [f"The full {dataset.title} data set is not on this machine: {error}"]
    lines.append(f"Without a connection, put these files into {folder} (or anywhere, and then")
    lines.append("`kerasnb datasets import FOLDER`):")
    for file in form:
        kind = "sha256" if len(file.digest) == 64 else "md5"
        lines += [f"  {file.name}", f"    {kind} {file.digest}", f"    from {file.url}"]
    return "\n".join(lines)
