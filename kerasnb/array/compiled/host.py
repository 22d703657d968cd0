"""This machine, seen by the compiler: the width of its vectors, and the way from LLVM's text to code."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding as llvm

from .threads import compiling

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()

_engines: list[Any] = []  # they own the code: as long as the process lives
_untidy: list[str] = []  # kernels made since memory was given back
_forced: list[int] = []


class Host(NamedTuple):
    """What a kernel has to know of the processor."""

    lanes: int  # float32 numbers in a vector register
    registers: int  # vector registers


@cache
def _features() -> dict[str, bool]:
    return dict(llvm.get_host_cpu_features())


def host() -> Host:
    """Return the vectors of this machine (or of the one that `force_lanes` plays)."""
    has = _features()
    lanes = 16 if has.get("avx512f") else 8 if has.get("avx2") else 4
    many = has.get("avx512f") or has.get("neon")
    return Host(_forced[-1] if _forced else lanes, 32 if many else 16)


class force_lanes:
    """Context in which kernels are made for vectors of `lanes` float32 numbers, for tests."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes

    def __enter__(self) -> None:
        _forced.append(self.lanes)

    def __exit__(self, *error: object) -> None:
        _forced.pop()


def _machine() -> Any:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2)


def to_code(text: str, name: str, arguments: int) -> Callable[..., None]:
    """Return the function `name` of a module in LLVM's language, compiled for this machine.

    Calling it lets other threads of Python run. It takes integers: addresses and numbers.
    """
    with compiling:
        module = llvm.parse_assembly(text)
        module.verify()
        machine = _machine()
        # The kernels say themselves what is a vector and what is unrolled.
        options = llvm.create_pipeline_tuning_options(speed_level=2)
        options.loop_vectorization = options.slp_vectorization = False
        options.loop_unrolling = False
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        engine = llvm.create_mcjit_compiler(module, machine)
        engine.finalize_object()
        _engines.append(engine)
        _untidy.append(name)
        address = engine.get_function_address(name)
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * arguments)(address)


def tidy() -> None:
    """Give the memory that compiling took back to the system: the C library of Linux keeps it."""
    with compiling:
        if _untidy and sys.platform == "linux":
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
            if trim is not None:
                trim(0)
        _untidy.clear()
