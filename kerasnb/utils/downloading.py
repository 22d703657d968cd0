"""Downloads a file: whole and right, or not at all.

Bytes go to `NAME.part` beside the file. Only when all of them are there and the checksum fits does
the file take its name, so that no half file is ever found under it. A lock makes several processes
that want the same file wait for the first one. Proxies are those of the environment
(`https_proxy`, `no_proxy`, ...), as urllib reads them.
"""

from __future__ import annotations

import contextlib
import contextvars
import errno
import hashlib
import http.client
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .progbar import Progbar

CHUNK = 1 << 16
TRIES = 4  # to go on after a broken connection
PAUSE = 1.0  # seconds before the first of them, then twice as long each time
TIMEOUT = 30.0  # seconds without a byte


Watcher = Callable[[int, int | None], None]
_watcher: contextvars.ContextVar[Watcher | None] = contextvars.ContextVar("watcher", default=None)


@contextlib.contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let a function be told how far downloads inside are, in the place of the progress bar.

    Args:
        watcher: function of the number of bytes that are there and, if it is known, of all.
    """
    before = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(before)


class DownloadError(OSError):
    """A file could not be downloaded; the message says which, and why."""


class _Broken(Exception):
    """The connection ended early or the server is busy: worth another try."""


def download(urls: str | Sequence[str], place: Path, digest: str | None = None) -> None:
    """Bring a file to its place.

    Args:
        urls: where it can be had; the next is tried when one fails.
        place: the file's name. If another process brings it meanwhile, this one only waits.
        digest: its sha256 or md5 in hexadecimal. What an earlier run has left is continued only
            with one: without it nobody would notice if the two parts did not belong together.

    Raises:
        DownloadError: if it can be had nowhere, or only with another checksum.
    """
    from filelock import FileLock

    urls = [urls] if isinstance(urls, str) else list(urls)
    part, before = place.with_name(place.name + ".part"), _stamp(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f".{place.name}.lock")):
            if place.exists() and (matches(place, digest) if digest else _stamp(place) != before):
                return  # another process was quicker
            if digest is None:
                part.unlink(missing_ok=True)
            try:
                _first_that_works(urls, part, digest)
                part.replace(place)
            except BaseException:
                if digest is None:
                    part.unlink(missing_ok=True)
                raise
    except DownloadError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            part.unlink(missing_ok=True)
        raise DownloadError(f"{place} cannot be written: {error}") from error


def _stamp(place: Path) -> tuple[int, int] | None:
    """Return what tells a file from an earlier one of its name; None if there is none."""
    try:
        found = place.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def matches(place: Path, digest: str) -> bool:
    """Return whether a file has a checksum: sha256 if it is 64 digits long, else md5."""
    return checksum(place, "sha256" if len(digest) == 64 else "md5") == digest.lower()


def checksum(place: Path, algorithm: str, chunk_size: int = 1 << 20) -> str:
    """Return a file's checksum in hexadecimal."""
    # MD5 only compares with what is published; on some systems it has to be asked for that way.
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    with Path(place).open("rb") as opened:
        while chunk := opened.read(chunk_size):
            hasher.update(chunk)
    return hasher.hexdigest()


def _first_that_works(urls: list[str], part: Path, digest: str | None) -> None:
    reasons = []
    for url in urls:
        try:
            resumed = part.exists()
            _whole(url, part)
            if digest is not None and resumed and not matches(part, digest):
                part.unlink()  # the old part may be to blame: once more from the start
                _whole(url, part)
            if digest is None or matches(part, digest):
                return
            found = checksum(part, "sha256" if len(digest) == 64 else "md5")
            part.unlink()
            reasons.append(f"{url}: its checksum is {found}, not {digest}")
        except (DownloadError, urllib.error.URLError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            code = f"{error.code} " if isinstance(error, urllib.error.HTTPError) else ""
            reasons.append(f"{url}: {code}{reason}")
        except ValueError as error:  # urllib's word for an address that makes no sense
            reasons.append(f"{url}: {error}")
    raise DownloadError(
        f"{part.name.removesuffix('.part')} cannot be had from " + "; ".join(reasons)
    )


def _whole(url: str, part: Path) -> None:
    """Bring all bytes of an address to a file, going on where a connection breaks."""
    print("Downloading data from", url)
    for left in reversed(range(TRIES)):
        try:
            return _go_on(url, part)
        except _Broken as broken:
            if not left:
                raise DownloadError(f"{broken} ({TRIES} tries)") from broken
            time.sleep(PAUSE * 2 ** (TRIES - 1 - left))


def _go_on(url: str, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "kerasnb", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        # urlopen() would keep the proxies of its first call; an opener reads them now.
        opener = urllib.request.build_opener()
        with opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as answer:
            start = _start(answer, have)
            with part.open("r+b" if start else "wb") as opened:
                opened.seek(start)
                opened.truncate()
                _copy(answer, opened, start, part)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:  # nothing after what we have: it is whole, or not this file
            if error.headers.get("Content-Range", "").rpartition("/")[2] == str(have):
                return
            part.unlink()
            raise _Broken("the server has another length than the part") from error
        if error.code in (429, 500, 502, 503, 504):
            raise _Broken(f"{error.code} {error.reason}") from error
        raise
    except (ConnectionError, http.client.HTTPException) as error:
        raise _Broken(str(error) or type(error).__name__) from error


def _start(answer: Any, have: int) -> int:
    """Return where the bytes of an answer belong: after what is there, or at the beginning."""
    given = answer.headers.get("Content-Range", "")
    if have and answer.status == 206 and given.startswith(f"bytes {have}-"):
        return have
    if answer.status == 206:
        raise DownloadError(
            f"asked for the bytes from {have}, got {given or 'some, unknown which'}"
        )
    return 0


def _copy(answer: Any, opened: BinaryIO, start: int, part: Path) -> None:
    length = answer.headers.get("Content-Length")
    total = start + int(length) if length is not None else None
    if total is not None and shutil.disk_usage(part.parent).free < total - start:
        size = (total - start) / 1e6
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({size:,.1f} MB needed)")
    bar = Progbar(total, verbose=1 if _watched() else 0)
    tell: Watcher = _watcher.get() or (lambda done, total: bar.update(done))
    done = start
    while chunk := _read(answer, done):
        opened.write(chunk)
        done += len(chunk)
        tell(done, total)
    if total is not None and done < total:
        raise _Broken(f"the connection ended after {done:,} of {total:,} bytes")


def _read(answer: Any, done: int) -> bytes:
    # An error in here is the network's; one outside, when writing, is the disk's.
    try:
        return answer.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _Broken(f"the connection broke after {done:,} bytes: {error}") from error


def _watched() -> bool:
    # Elsewhere, in a log file say, each step of the bar would be a line.
    return "ipykernel" in sys.modules or sys.stdout.isatty()
