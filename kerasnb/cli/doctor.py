"""`kerasnb doctor`: what kerasnb finds on this machine, and what to do about problems."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """One line of the report."""

    name: str
    state: str  # 'ok', 'note' (works, could be better) or 'problem'
    found: str
    advice: str = ""


def run(as_json: bool) -> int:
    """Print all findings; return 1 if one of them is a problem, else 0."""
    findings = examine()
    if as_json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.state:<8} {finding.name:<10} {finding.found}")
            if finding.advice:
                print(f"{'':<19} -> {finding.advice}")
    return int(any(finding.state == "problem" for finding in findings))


def examine() -> list[Finding]:
    """Look at everything that kerasnb uses; a look that fails is itself a finding."""
    findings: list[Finding] = []
    for name, look in LOOKS.items():
        try:
            findings.extend(look())
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
            findings.append(Finding(name, "problem", found, "install kerasnb again with pip"))
    return findings


def python() -> Iterator[Finding]:
    """Look at Python and at kerasnb itself."""
    from kerasnb import __version__

    folder = Path(__file__).resolve().parents[1]
    yield Finding("kerasnb", "ok", f"{__version__} in {folder}")
    yield Finding("Python", "ok", f"{sys.version.split()[0]} ({sys.executable})")


def numpy() -> Iterator[Finding]:
    """Look at NumPy, its BLAS and the threads that the BLAS uses."""
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = blas_threads()
    found = f"{np.__version__}, BLAS: {blas['name']} {blas.get('version', '')}".rstrip()
    found += f", {'?' if threads is None else threads} of {cores} cores"
    if not blas.get("found", True) or blas["name"] == "none":
        advice = "install NumPy with pip: its wheels carry a BLAS ten times as fast"
        yield Finding("NumPy", "problem", found, advice)
    elif threads is not None and cores is not None and threads < cores:
        names = [name for name in THREAD_VARIABLES if name in os.environ]
        advice = f"unset {' and '.join(names)} to use all cores" if names else ""
        yield Finding("NumPy", "note" if names else "ok", found, advice)
    else:
        yield Finding("NumPy", "ok", found)


THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def blas_threads() -> int | None:
    """Return how many threads NumPy's BLAS uses, None if its library cannot be asked.

    The wheels of NumPy carry OpenBLAS beside the package, in a folder of a name of its own
    on each system, and with a prefix and suffix to its functions.
    """
    import numpy as np

    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for library in folder.glob("*openblas*"):
            blas = ctypes.CDLL(str(library))
            for name in ("scipy_openblas_get_num_threads64_", "openblas_get_num_threads"):
                if hasattr(blas, name):
                    return int(getattr(blas, name)())
    return None


def kernels() -> Iterator[Finding]:
    """Look at who computes on the CPU: NumPy alone, or compiled kernels too."""
    compiled = importlib.import_module("kerasnb.array.compiled")
    try:
        chosen = compiled.choice()
    except ValueError as error:
        yield Finding("Kernels", "problem", str(error), "unset KERASNB_KERNELS")
        return
    if chosen == "numpy":
        advice = "unset KERASNB_KERNELS to compile kernels too"
        yield Finding("Kernels", "note", "NumPy's alone: KERASNB_KERNELS=numpy", advice)
    elif not compiled.ready():
        advice = 'to train faster: pip install "kerasnb[fast]"'
        yield Finding("Kernels", "note", f"NumPy's alone: {compiled.why_not()}", advice)
    else:
        lanes = importlib.import_module("kerasnb.array.compiled.host").host().lanes
        which = "wherever one exists" if chosen == "compiled" else "where it pays"
        found = f"compiled {which}, for vectors of {lanes} float32 numbers"
        yield Finding("Kernels", "ok", f"{found} (llvmlite {_version('llvmlite')})")
        count, why = compiled.threads.get_threads(), compiled.threads.reason()
        yield Finding("Kernels", "ok", f"{count} thread{'s' * (count != 1)}, by {why}")


def hdf5() -> Iterator[Finding]:
    """Look at h5py."""
    import h5py

    found = f"h5py {h5py.version.version}, HDF5 {h5py.version.hdf5_version}"
    yield Finding("HDF5", "ok", found)


def gpu() -> Iterator[Finding]:
    """Look for a GPU, and for CuPy to use it with."""
    cards = graphics_cards()
    try:
        importlib.import_module("kerasnb.array.cupy").check()
    except Exception as error:
        if not cards:
            yield Finding("GPU", "ok", "none; computing with NumPy")
        elif isinstance(error, ModuleNotFoundError):
            advice = 'to use it: pip install "kerasnb[cuda]"'
            yield Finding("GPU", "note", f"{cards}, but CuPy is not installed", advice)
        else:
            advice = "install a CuPy that fits the driver (see nvidia-smi)"
            yield Finding("GPU", "problem", f"{cards}, but CuPy says: {error}", advice)
    else:
        yield Finding("GPU", "ok", f"{cards or 'one'}, CuPy {_version('cupy-cuda12x') or '?'}")


def graphics_cards() -> str:
    """Return the names of the NVIDIA cards in this machine, empty if there is none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    command = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return "; ".join(answer.stdout.splitlines()) if answer.returncode == 0 else ""


def jupyterlab() -> Iterator[Finding]:
    """Look at JupyterLab and at kerasnb's extension in it."""
    found = _version("jupyterlab")
    if found is None:
        yield Finding("JupyterLab", "note", "not installed", 'pip install "kerasnb[lab]"')
        return
    supported = found.split(".")[0] == "4"
    advice = "" if supported else 'kerasnb needs JupyterLab 4: pip install "kerasnb[lab]"'
    yield Finding("JupyterLab", "ok" if supported else "problem", found, advice)

    from jupyter_core.paths import jupyter_path
    from jupyterlab.commands import AppOptions, get_app_info

    info = get_app_info(AppOptions(labextensions_path=jupyter_path("labextensions")))
    extension = info["federated_extensions"].get("kerasnb")
    if extension is None:
        advice = "install kerasnb with pip into the environment of JupyterLab"
        yield Finding("Extension", "problem", "not found by JupyterLab", advice)
    elif any(name.split(":")[0] == "kerasnb" for name in info["disabled"]):
        advice = "jupyter labextension enable kerasnb"
        yield Finding("Extension", "problem", "disabled in JupyterLab", advice)
    else:
        version = extension["version"]
        yield Finding("Extension", "ok", f"{version}, enabled, in {extension['ext_path']}")


def chapters() -> Iterator[Finding]:
    """Look for the chapters."""
    from kerasnb.cli.chapters import files, source

    names = [name for name in files(source()) if name.endswith(".ipynb")]
    yield Finding("Chapters", "ok", f"{len(names)} in {source()}")


def data() -> Iterator[Finding]:
    """Look for the bundled editions of the data sets, and which full ones are here."""
    from kerasnb.cli.datasets import checked
    from kerasnb.datasets import info
    from kerasnb.datasets.catalog import CATALOG
    from kerasnb.datasets.editions import bundled_folder, chosen

    try:
        chosen(None)
    except ValueError as error:
        yield Finding("Data", "problem", str(error), "unset KERASNB_DATASETS")
        return
    folder, damaged = bundled_folder(), [place for place, good in checked() if not good]
    bundled = [place.name for place in damaged if place.parent == folder]
    cached = [str(place) for place in damaged if place.parent != folder]
    if bundled:
        found = f"missing or damaged in {folder}: {', '.join(bundled)}"
        yield Finding("Data", "problem", found, "install kerasnb again with pip")
    elif cached:
        advice = "delete it, or get it anew: kerasnb datasets fetch NAME"
        yield Finding("Data", "note", f"not the official file: {', '.join(cached)}", advice)
    else:
        names = [f"{name} ({info(name).edition})" for name in CATALOG]
        yield Finding("Data", "ok", f"{', '.join(names)}; bundled in {folder}")


LOOKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Python": python,
    "NumPy": numpy,
    "Kernels": kernels,
    "HDF5": hdf5,
    "GPU": gpu,
    "JupyterLab": jupyterlab,
    "Chapters": chapters,
    "Data": data,
}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
