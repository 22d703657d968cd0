"""The supply chain: what kerasnb depends on, and whether a build gives the same bytes again.

    python -m tests.supply --build       # wheel and sdist, twice, from two clones; compares bytes
    python -m tests.supply --lowest      # tests with the lowest versions that pyproject.toml names
    python -m tests.supply --offline     # tests where no process reaches a network (Linux)
    python -m tests.supply --licences    # writes docs/licences.md from what is installed

The first two make virtual environments of their own in a temporary folder, with pip.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"
DEVELOPERS = ("test", "dev", "build")  # extras that users do not need
PARTS = "engine saving preprocessing backend utils wrappers widgets notebook compiled".split()
# scikit-learn's own checks change with it: `test_estimator_checks` knows those of the newest.
OTHERS = "--ignore=tests/wrappers/test_estimator_checks.py"
CHECKS = (*(f"tests/{part}" for part in PARTS), OTHERS, "-m", "not slow")
BY_HAND = {  # from the LICENSE files of packages that are seldom installed where this runs
    "cupy-cuda12x": "MIT",  # what its metadata does not name, up to 14.2
    "nbgrader": "BSD-3-Clause",  # 0.9.5
}


class Dependency(NamedTuple):
    """A line of pyproject.toml: where it stands, what it asks for, why."""

    extra: str  # "" for what everybody needs
    name: str
    lowest: str  # "" if none is named
    highest: str
    comment: str


_LINE = re.compile(r'^  "(?P<need>[^"]+)",(?:\s*#\s*(?P<comment>.*))?$')
_NEED = re.compile(r"(?P<name>[A-Za-z0-9_-]+)(?:\[\w+\])?(?P<bounds>[^;]*)")


def dependencies() -> list[Dependency]:
    """Return what pyproject.toml asks for, kerasnb's own extras apart."""
    found: list[Dependency] = []
    extra: str | None = None
    above = ""
    for line in (ROOT / "pyproject.toml").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        opened = re.fullmatch(r"([\w-]+) = \[", line)
        if opened:
            extra = _extra(section, opened[1])
        elif line == "]":
            extra = None
        elif extra is not None and line.strip().startswith("#"):
            above = f"{above} {line.strip('# ')}".strip()
        elif extra is not None:
            found += _dependency(extra, line, above)
            above = ""
    return found


def _extra(section: str, name: str) -> str | None:
    if section == "project.optional-dependencies":
        return name
    return {("project", "dependencies"): "", ("build-system", "requires"): "build"}.get(
        (section, name)
    )


def _dependency(extra: str, line: str, above: str) -> Iterator[Dependency]:
    match = _LINE.match(line)
    if match is None:
        raise ValueError(f"pyproject.toml: one dependency a line is needed; got {line!r}.")
    need = _NEED.match(match["need"])
    if need is not None and need["name"] != "kerasnb":
        bounds = dict(re.findall(r"(>=|<|==)\s*([\w.]+)", need["bounds"]))
        comment = match["comment"] or above
        yield Dependency(extra, need["name"], bounds.get(">=", ""), bounds.get("<", ""), comment)


# -- two builds


def python_of(folder: Path) -> str:
    """Make a virtual environment; return its Python."""
    venv.create(folder, with_pip=True)
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def call(*command: object, cwd: Path = ROOT, **environment: str) -> None:
    """Run a command; a failure ends all."""
    subprocess.run(list(map(str, command)), cwd=cwd, check=True, env={**os.environ, **environment})


def build() -> int:
    """Build HEAD twice in folders of different names; return 1 if a byte differs."""
    log = ["git", "log", "-1", "--format=%ct"]
    when = subprocess.run(log, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = python_of(folder / "venv")
        needs = [f"{d.name}>={d.lowest}" for d in dependencies() if d.extra == "build"]
        call(python, "-m", "pip", "install", "-q", *needs)
        made = []
        for clone in (folder / "one", folder / "another-place"):
            call("git", "clone", "-q", ROOT, clone)
            call(python, "-m", "hatchling", "build", cwd=clone, SOURCE_DATE_EPOCH=when)
            made.append({path.name: path for path in sorted((clone / "dist").iterdir())})
        one, other = made
        if one.keys() != other.keys() or len(one) != 2:
            print(f"not the same files: {sorted(one)} and {sorted(other)}")
            return 1
        different = [name for name in one if differs(one[name], other[name])]  # tell of all
        return int(bool(different))


def differs(one: Path, other: Path) -> bool:
    """Print whether two archives are the same bytes; if not, which of their files differ."""
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other))
    print(f"{one.name}: {one.stat().st_size} bytes, sha256 {first}")
    if first == second:
        return False
    left, right = contents(one), contents(other)
    names = [n for n in sorted({*left, *right}) if left.get(n) != right.get(n)]
    print(f"  differs from {second}: {', '.join(names) or 'in order, times or modes only'}")
    return True


def contents(path: Path) -> dict[str, bytes]:
    """Return the files of a wheel or an sdist."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(path) as sdist:
        return {m.name: f.read() for m in sdist if (f := sdist.extractfile(m)) is not None}


# -- the lowest versions


def lowest(arguments: Sequence[str]) -> int:
    """Run tests with the lowest versions of everything; return pytest's exit code."""
    wanted = [d for d in dependencies() if d.extra not in ("dev", "build", "cuda", "grading")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        needs = folder / "lowest.txt"
        needs.write_text("".join(f"{d.name}=={d.lowest}\n" for d in wanted), "utf-8")
        python = python_of(folder / "venv")
        call(python, "-m", "pip", "install", "-r", needs)
        call(python, "-m", "pip", "freeze")
        # Old packages warn of new ones; kerasnb itself is not installed there.
        tests = [python, "-m", "pytest", "-q", "-W", "default", *(arguments or CHECKS)]
        settings = os.environ | {"PYTHONPATH": str(ROOT)}
        settings.pop("VIRTUAL_ENV", None)  # of whoever asks
        return subprocess.run(tests, cwd=ROOT, env=settings, check=False).returncode


# -- no network


def offline(arguments: Sequence[str]) -> int:
    """Run tests where this machine is all there is, for the processes that they start too."""
    unshare = ["unshare", "--net", *(["--map-root-user"] if os.geteuid() else [])]
    inside = 'ip link set lo up && exec "$@"'
    tests = [sys.executable, "-m", "pytest", "-q", *arguments]
    command = [*unshare, "sh", "-c", inside, "sh", *tests]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


# -- licences


def licence(name: str) -> str:
    """Return the licence of an installed package, as it says itself; "" if it is not installed."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return BY_HAND.get(name, "")
    classified = [
        c.split(" :: ")[-1] for c in told.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    short = (told.get("License") or "").strip().splitlines()[:1]
    text = told.get("License-Expression") or ", ".join(classified) or (short or ["?"])[0]
    return text[:80]


def brought_along(names: Sequence[str]) -> dict[str, str]:
    """Return what packages depend on, all the way, that is installed: licences by name."""
    from packaging.requirements import Requirement

    found: dict[str, str] = {}
    todo = list(names)
    while todo:
        name = todo.pop()
        try:
            needs = [Requirement(need) for need in requires(name) or ()]
        except PackageNotFoundError:
            continue
        for need in needs:
            key = re.sub(r"[-_.]+", "-", need.name).lower()
            asked = need.marker is None or need.marker.evaluate({"extra": ""})
            if asked and key not in found and licence(key):
                found[key] = licence(key)
                todo.append(key)
    return dict(sorted(found.items()))


HEAD = """# Licences

What kerasnb depends on, and under which licence, as the packages say themselves. Written by
`python -m tests.supply --licences`; kerasnb itself is under the MIT licence. The data sets' sources
and licences are in [datasets/](../datasets/). The wheel carries code of others in JavaScript only:
css-loader and style-loader (MIT), which JupyterLab's builder puts into each extension.

| package | from | extra | licence | what for |
|---|---|---|---|---|
"""


def licences() -> int:
    """Write the page of licences."""
    chosen = [d for d in dependencies() if d.extra not in DEVELOPERS]
    rows = [
        f"| {d.name} | {d.lowest} | {d.extra or 'always'} | {licence(d.name) or '?'} | {d.comment} |"
        for d in chosen
    ]
    direct = {re.sub(r"[-_.]+", "-", d.name).lower() for d in chosen}
    along = {n: t for n, t in brought_along([d.name for d in chosen]).items() if n not in direct}
    lines = [f"| {name} | {text} |" for name, text in along.items()]
    more = "\n## What these bring along\n\n| package | licence |\n|---|---|\n"
    PAGE.write_text(HEAD + "\n".join(rows) + "\n" + more + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(rows)} packages and {len(lines)} that they need are in {PAGE.name}")
    return 0


def main() -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--build", action="store_true")
    what.add_argument("--lowest", action="store_true")
    what.add_argument("--offline", action="store_true")
    what.add_argument("--licences", action="store_true")
    parser.add_argument("pytest", nargs="*", help="arguments of pytest, after --")
    chosen = parser.parse_args()
    if chosen.build:
        return build()
    if chosen.offline:
        return offline(chosen.pytest)
    return lowest(chosen.pytest) if chosen.lowest else licences()


if __name__ == "__main__":
    sys.exit(main())
