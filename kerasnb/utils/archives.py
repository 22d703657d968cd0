"""Unpacks archives that somebody else made: all inside one folder, or nothing."""

from __future__ import annotations

import lzma
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

# Honest archives of data shrink to a tenth; ten times beyond is made to fill a disk.
RATIO = 100
ALWAYS = 100 << 20  # bytes that are never too many


# What the standard library says of damaged archives, and of those that are encrypted or too new.
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
_DAMAGED += (NotImplementedError, RuntimeError, UnicodeDecodeError)  # type: ignore[assignment]


class _Entry(NamedTuple):
    name: PurePosixPath
    size: int
    opened: IO[bytes]


def extract_archive(
    file_path: str | Path, path: str | Path = ".", archive_format: str | list[str] | None = "auto"
) -> bool:
    """Unpack a tar or zip archive into a folder.

    Args:
        file_path: the archive.
        path: the folder.
        archive_format: 'tar' (with any compression), 'zip', a list of both, 'auto' for both, or
            None for nothing at all.

    Returns:
        Whether it was an archive of such a format.

    Raises:
        ValueError: if an entry would leave the folder, is a link or a device, or if the contents
            are far larger than the archive. Then nothing has been written into the folder.
    """
    if archive_format == "auto":
        archive_format = ["tar", "zip"]
    formats = [archive_format] if isinstance(archive_format, str) else archive_format or []
    unknown = [one for one in formats if one not in ("tar", "zip")]
    if unknown:
        raise ValueError(f"archive_format is 'auto', 'tar' or 'zip'; got {unknown[0]!r}.")
    archive, folder = Path(file_path), Path(path)
    for one in formats:
        is_one, entries = {
            "tar": (tarfile.is_tarfile, _tar_entries),
            "zip": (zipfile.is_zipfile, _zip_entries),
        }[one]
        try:
            found = is_one(archive)
        except _DAMAGED as error:  # a compressed file that ends too soon, for one
            raise ValueError(f"{archive} cannot be unpacked: {error}") from error
        if found:
            _unpack(archive, folder, entries)
            return True
    return False


def check_size(archive: Path, unpacked: int) -> None:
    """Refuse contents that are far larger than their archive."""
    packed = archive.stat().st_size
    if unpacked > max(ALWAYS, RATIO * packed):
        raise ValueError(
            f"{archive} is not unpacked: {packed:,} bytes say that they hold {unpacked:,}."
        )


def _unpack(archive: Path, folder: Path, entries: Callable[[Path], Iterator[_Entry]]) -> None:
    # Everything goes to a folder of its own first: an archive found bad halfway leaves nothing.
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as made:
        written = 0
        try:
            for entry in entries(archive):
                written += entry.size
                check_size(archive, written)
                place = Path(made, *entry.name.parts)
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as out:
                    shutil.copyfileobj(entry.opened, out)
                if place.stat().st_size != entry.size:
                    raise ValueError(f"{entry.name} is not as long as it says")
        except _DAMAGED as error:
            raise ValueError(f"{archive} cannot be unpacked: {error}") from error
        except (FileExistsError, NotADirectoryError) as error:
            raise ValueError(
                f"{archive} cannot be unpacked: {entry.name} is there twice"
            ) from error
        for place in sorted(Path(made).rglob("*")):
            if place.is_file():
                target = folder / place.relative_to(made)
                target.parent.mkdir(parents=True, exist_ok=True)
                place.replace(target)


def _tar_entries(archive: Path) -> Iterator[_Entry]:
    # One pass, not getmembers(): what follows a bad entry is never unpacked.
    with tarfile.open(archive, "r|*") as opened:
        for member in opened:
            name = _inside(archive, member.name)
            if member.isdir():
                continue
            content = opened.extractfile(member) if member.isreg() else None
            if content is None:
                raise ValueError(f"{archive} is not unpacked: {name} is no plain file.")
            check_size(archive, member.size)
            yield _Entry(name, member.size, content)


def _zip_entries(archive: Path) -> Iterator[_Entry]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            name = _inside(archive, member.filename)
            if not member.filename:
                raise ValueError(f"{archive} is not unpacked: it has an entry without a name.")
            if member.is_dir():
                continue
            mode = member.external_attr >> 16
            if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise ValueError(f"{archive} is not unpacked: {name} is no plain file.")
            check_size(archive, member.file_size)
            with opened.open(member) as content:
                yield _Entry(name, member.file_size, content)


def _inside(archive: Path, name: str) -> PurePosixPath:
    """Return an entry's name if it stays in the folder, on any system."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name):
        raise ValueError(f"{archive} is not unpacked: {name!r} would leave the folder.")
    return path
