"""`array/numpy.py` and `array/cupy.py` offer the same; seen without CuPy."""

import ast
from pathlib import Path

import pytest

import kerasnb.array
from kerasnb.array import numpy as host

FOLDER = Path(kerasnb.array.__file__).parent
TREES = {name: ast.parse((FOLDER / f"{name}.py").read_text("utf-8")) for name in ("numpy", "cupy")}


def exported(name):
    """Return the module's `__all__` as it is written."""
    (value,) = (
        ast.literal_eval(node.value)
        for node in TREES[name].body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    )
    return value


def defined(name):
    """Return what stands in a module: functions by name, and 'import' or 'number' for the rest."""
    found = {}
    for node in TREES[name].body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            found.update((alias.asname or alias.name, "import") for alias in node.names)
        elif isinstance(node, ast.Assign):
            found.update((target.id, "number") for target in node.targets)
    return found


def signature(function):
    """Return the parameters as text: names and defaults, no types."""
    for argument in ast.walk(function.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return ast.unparse(function.args)


def test_both_offer_the_same_names():
    assert exported("numpy") == exported("cupy")


@pytest.mark.parametrize("name", ["numpy", "cupy"])
def test_the_list_is_sorted_and_true(name):
    names = exported(name)
    assert names == sorted(set(names))
    assert set(names) <= set(defined(name))


def test_functions_have_the_same_signature():
    ours, theirs = defined("numpy"), defined("cupy")
    different = {}
    for name in exported("numpy"):
        pair = [ours[name], theirs[name]]
        if all(isinstance(f, ast.FunctionDef) for f in pair):
            left, right = map(signature, pair)
            if left != right:
                different[name] = (left, right)
    assert not different


def test_private_helpers_aside_nothing_is_defined_that_is_not_offered():
    hidden = {"check", "Axis"}  # cupy's test for a GPU, and a name for a type
    for name in ("numpy", "cupy"):
        own = {n for n, what in defined(name).items() if what != "import"}
        assert {n for n in own if not n.startswith("_")} - set(exported(name)) <= hidden


def test_the_module_in_use_has_them_all():
    for name in exported("numpy"):
        getattr(host, name)
