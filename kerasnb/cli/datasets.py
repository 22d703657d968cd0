"""`kerasnb datasets`: which data sets are here, and how to bring the full ones in and out."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kerasnb.backend import keras_home
from kerasnb.datasets import info
from kerasnb.datasets.catalog import CATALOG, Official
from kerasnb.datasets.editions import (
    bundled_folder,
    cache_folders,
    fetch,
    fetch_word_index,
    find_quietly,
    same,
    unzipped_checksum,
)
from kerasnb.utils.data_utils import writable_cache
from kerasnb.utils.downloading import matches


class Trouble(Exception):
    """Something went wrong; the message is for the user."""


def add(commands: Any) -> None:
    """Add `datasets` and its own commands to the command line."""
    parser = commands.add_parser(
        "datasets",
        help="list, fetch and carry data sets",
        description="Data sets: small editions come with kerasnb; the full ones lie in Keras's cache.",
    )
    kinds = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    name = {"choices": [*CATALOG], "metavar": "NAME", "help": ", ".join(CATALOG)}
    for action, text, argument in (
        ("list", "what is here", None),
        ("fetch", "download a full data set into the cache", ("names", {**name, "nargs": "+"})),
        ("verify", "look for damaged files", None),
        ("path", "print the files that a loader reads", ("name", name)),
        ("import", "put downloaded files into the cache, whatever they are called", ("source", {})),
        ("export", "copy full data sets from the cache to a folder", ("folder", {})),
    ):
        command = kinds.add_parser(action, help=text, description=text[0].upper() + text[1:] + ".")
        if argument is not None:
            command.add_argument(argument[0], **argument[1])
        command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Carry out a command; return the exit status: 1 if something is damaged, missing or unknown."""
    actions: dict[str, Callable[[argparse.Namespace], tuple[Any, str, bool]]] = {
        "list": _list,
        "fetch": _fetch,
        "verify": _verify,
        "path": _path,
        "import": _import,
        "export": _export,
    }
    try:
        # What is printed on the way, about downloads say, must not end up in the JSON.
        out, sys.stdout = sys.stdout, sys.stderr if options.json else sys.stdout
        try:
            value, text, good = actions[options.action](options)
        finally:
            sys.stdout = out
    except (Trouble, OSError, ValueError) as error:
        print(f"kerasnb datasets {options.action}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(value, indent=2, ensure_ascii=False) if options.json else text)
    return int(not good)


def _list(_: argparse.Namespace) -> tuple[Any, str, bool]:
    found = []
    for name in CATALOG:
        known = info(name)
        found.append(
            {
                "name": name,
                "edition": known.edition,
                "synthetic": known.synthetic,
                "train": known.train,
                "test": known.test,
                "about": "all of it" if known.edition == "full" else CATALOG[name].about,
                "licence": known.licence,
            }
        )
    rows = [
        f"{row['name']:<16}{row['edition']:<6}{'SYNTHETIC' if row['synthetic'] else 'genuine':<11}"
        f"{row['train']:>6} + {row['test']:<7}{row['about']}"
        for row in found
    ]
    folder = f"Full data sets are looked for in {cache_folders()[0]}."
    return found, "\n".join([*rows, folder]), True


def _fetch(options: argparse.Namespace) -> tuple[Any, str, bool]:
    found = {}
    for name in options.names:
        dataset = CATALOG[name]
        there = find_quietly(name, "auto")
        paths = there.paths if there.edition == "full" else fetch(dataset)
        if dataset.word_index is not None:
            paths += (fetch_word_index(dataset),)
        found[name] = [str(path) for path in paths]
    return found, "\n".join(path for paths in found.values() for path in paths), True


def _path(options: argparse.Namespace) -> tuple[Any, str, bool]:
    found = find_quietly(options.name)
    paths = [str(path) for path in found.paths]
    value = {"name": options.name, "edition": found.edition, "paths": paths}
    return value, "\n".join(paths), True


def _verify(_: argparse.Namespace) -> tuple[Any, str, bool]:
    found = [
        {"file": str(place), "state": "ok" if good else "damaged"} for place, good in checked()
    ]
    good = all(row["state"] == "ok" for row in found)
    return found, "\n".join(f"{row['state']:<8} {row['file']}" for row in found), good


def checked() -> Iterator[tuple[Path, bool]]:
    """Yield every file of a data set that is here, and whether it is as it should be."""
    yield from checked_bundled()
    for file in official_files():
        for folder in cache_folders():
            place = folder / file.name
            if place.is_file():
                yield place, same(place, file)


def checked_bundled() -> Iterator[tuple[Path, bool]]:
    """Yield the bundled files, and whether they are as they should be."""
    for dataset in CATALOG.values():
        for name, digest in (
            (dataset.bundled, dataset.sha256),
            (dataset.bundled_index, dataset.index_sha256),
        ):
            if name:
                place = bundled_folder() / name
                yield place, place.is_file() and matches(place, digest)


def official_files() -> list[Official]:
    """Return all official files in all forms."""
    found = []
    for dataset in CATALOG.values():
        found += [file for form in dataset.forms for file in form]
        if dataset.word_index is not None:
            found.append(dataset.word_index)
    return found


def _import(options: argparse.Namespace) -> tuple[Any, str, bool]:
    source = Path(options.source).expanduser()
    if not source.exists():
        raise Trouble(f"there is no {source}")
    folder = writable_cache(keras_home()) / "datasets"
    known = {file.digest: file for file in reversed(official_files())}
    inside = {file.unzipped: file for file in official_files() if file.unzipped}
    found = []
    for path in _plain_files(source):
        file = _recognised(path, known, inside)
        if file is not None:
            place = folder / file.name
            if not (place.is_file() and same(place, file)):
                _copy(path, place)
            found.append({"from": str(path), "to": str(place)})
    if not found:
        raise Trouble(f"{source} holds no official file of a data set (known by its checksum)")
    return found, "\n".join(f"{row['from']} -> {row['to']}" for row in found), True


def _recognised(
    path: Path, known: dict[str, Official], inside: dict[str, Official]
) -> Official | None:
    digests = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
    with path.open("rb") as opened:
        zipped = opened.read(2) == b"\x1f\x8b"
        opened.seek(0)
        while chunk := opened.read(1 << 20):
            for digest in digests.values():
                digest.update(chunk)
    for digest in digests.values():
        if digest.hexdigest() in known:
            return known[digest.hexdigest()]
    return inside.get(unzipped_checksum(path)) if zipped else None


def _plain_files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    for folder, _, names in os.walk(source):
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file():
                yield path


def _export(options: argparse.Namespace) -> tuple[Any, str, bool]:
    target = Path(options.folder).expanduser()
    found = []
    for file in official_files():
        for folder in cache_folders():
            place = folder / file.name
            if place.is_file() and same(place, file):
                _copy(place, target / file.name)
                found.append(str(target / file.name))
                break
    if not found:
        raise Trouble(f"there is no full data set in {cache_folders()[0]}")
    note = f"Elsewhere: kerasnb datasets import {target}, or KERASNB_MIRROR={target}"
    return found, "\n".join([*found, note]), True


def _copy(source: Path, place: Path) -> None:
    # Under another name first: a full disk or Ctrl-C leaves no half file under this one.
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
