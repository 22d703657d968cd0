"""A walk over all layers: each is tried in every way of the contract, in all of its cases."""

import importlib
import inspect
import pkgutil

import pytest

import kerasnb.layers
from kerasnb import backend as K
from kerasnb.engine.base_layer import Layer
from tests.layers import checks
from tests.layers.contract import all_cases

CASES = all_cases()
ALL = [pytest.param(case, id=case.name) for cases in CASES.values() for case in cases]


# Offered as Keras does, but they compute nothing themselves.
BASES = {"ConvRecurrent2D", "Recurrent", "Wrapper"}


def layer_classes():
    """Return the layers in the modules of `kerasnb.layers`, but for mere bases of others.

    A base is a class that `kerasnb.layers` does not offer and that others are made from.
    """
    found = {}
    for info in pkgutil.iter_modules(kerasnb.layers.__path__):
        module = importlib.import_module(f"kerasnb.layers.{info.name}")
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__ and issubclass(cls, Layer) and name[0] != "_":
                found[cls.__name__] = cls
    return {
        name
        for name, cls in found.items()
        if (hasattr(kerasnb.layers, name) or not cls.__subclasses__()) and name not in BASES
    }


@pytest.fixture(autouse=True)
def fresh_session():
    K.clear_session()
    yield
    K.clear_session()


def test_every_layer_has_cases():
    assert sorted(layer_classes() - set(CASES)) == []
    assert sorted(set(CASES) - layer_classes()) == []


def test_names_are_unique():
    names = [case.name for cases in CASES.values() for case in cases]
    assert sorted({n for n in names if names.count(n) > 1}) == []


@pytest.mark.parametrize("case", ALL)
def test_config(case):
    checks.check_config(case)


@pytest.mark.parametrize("case", ALL)
def test_saving(case):
    checks.check_saving(case)


@pytest.mark.parametrize("case", ALL)
def test_weights(case):
    checks.check_weights(case)


@pytest.mark.parametrize("case", ALL)
def test_shapes(case):
    checks.check_shapes(case)


@pytest.mark.parametrize("case", ALL)
def test_types(case):
    checks.check_types(case)


@pytest.mark.parametrize("case", ALL)
def test_training(case):
    checks.check_training(case)


@pytest.mark.parametrize("case", ALL)
def test_masks(case):
    checks.check_masks(case)


@pytest.mark.parametrize("case", [p for p in ALL if checks.takes_data_format(p.values[0])])
def test_data_formats(case):
    checks.check_data_formats(case)


@pytest.mark.parametrize("case", ALL)
def test_device(case):
    checks.check_device(case)


@pytest.mark.parametrize("case", ALL)
def test_batches(case):
    checks.check_batches(case)
