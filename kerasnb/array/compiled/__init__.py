"""Kernels compiled for the CPU at hand, with llvmlite.

`build` is the language that they are written in, `host` the machine, `functions` has exp, log and
their like, `chain` the elementwise chains of a plan. llvmlite is imported when the first kernel is
made, never before.
"""
