"""Files from elsewhere: brought to Keras's cache, checked and unpacked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..backend.config import keras_home
from .archives import extract_archive as _extract_archive
from .downloading import checksum, download
from .enqueuers import GeneratorEnqueuer, OrderedEnqueuer, SequenceEnqueuer
from .sequence import Sequence

__all__ = [
    "GeneratorEnqueuer",
    "OrderedEnqueuer",
    "Sequence",
    "SequenceEnqueuer",
    "get_file",
    "validate_file",
]


def get_file(
    fname: str | os.PathLike[str],
    origin: str,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | list[str] | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
) -> str:
    """Download a file if it is not in the cache yet, and return where it is.

    Args:
        fname: its name in the cache; an absolute path is taken as it is.
        origin: its address.
        untar: unpack it as a tar archive; then `fname` is the name of what is unpacked, and
            that is what is returned. `extract` does it for other archives too.
        md5_hash: its MD5 checksum; `file_hash` is preferred.
        file_hash: its checksum. A file in the cache that has another one is downloaded again.
        cache_subdir: folder in the cache.
        hash_algorithm: 'md5', 'sha256', or 'auto': by the checksum's length.
        extract: unpack it beside itself if it is a tar or zip archive.
        archive_format: 'auto', 'tar', 'zip', a list of them, or None for no archive.
        cache_dir: the cache (default: `KERAS_HOME`, else `~/.keras`; if it cannot be written,
            `.keras` in the temporary folder).

    Raises:
        DownloadError: if it cannot be had; there is never a half file under its name.
        ValueError: if it is an archive that would write outside its folder.
    """
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = (
        writable_cache(Path(cache_dir).expanduser() if cache_dir else keras_home()) / cache_subdir
    )
    unpacked = folder / fname
    place = unpacked.with_name(unpacked.name + ".tar.gz") if untar else unpacked
    wrong = False
    if place.exists() and file_hash is not None:
        wrong = not validate_file(place, file_hash, hash_algorithm)
        if wrong:
            print(
                f"{place} has another {_algorithm(file_hash, hash_algorithm)} checksum than "
                f"{file_hash}: it is damaged or old, and downloaded again."
            )
    if wrong or not place.exists():
        download(origin, place, file_hash)
    if untar:
        if not unpacked.exists():
            _extract_archive(place, folder, "tar")
        return str(unpacked)
    if extract:
        _extract_archive(place, folder, archive_format)
    return str(place)


def validate_file(
    fpath: str | os.PathLike[str], file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Return whether a file has a checksum.

    Args:
        fpath: the file.
        file_hash: the checksum in hexadecimal.
        algorithm: 'md5', 'sha256', or 'auto': by the checksum's length.
        chunk_size: bytes read at a time.
    """
    algorithm = _algorithm(str(file_hash), algorithm)
    return _hash_file(fpath, algorithm, chunk_size) == str(file_hash).lower()


def _hash_file(
    fpath: str | os.PathLike[str], algorithm: str = "sha256", chunk_size: int = 65535
) -> str:
    return checksum(Path(fpath), algorithm, chunk_size)


def _algorithm(file_hash: str, algorithm: str) -> str:
    if algorithm == "auto":
        return "sha256" if len(file_hash) == 64 else "md5"
    if algorithm not in ("md5", "sha256"):
        raise ValueError(f"algorithm is 'md5', 'sha256' or 'auto'; got {algorithm!r}.")
    return algorithm


def writable_cache(cache: Path) -> Path:
    """Return the cache, or the one in the temporary folder where this one cannot be written."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        pass
    else:
        if os.access(cache, os.W_OK):
            return cache
    return Path(tempfile.gettempdir()) / ".keras"
