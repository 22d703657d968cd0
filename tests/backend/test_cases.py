"""Every function of K that computes, against NumPy: values, shapes, gradients, few samples."""

import numpy as np
import pytest

from kerasnb import backend as K
from tests.backend.cases import CASES
from tests.backend.checks import with_samples
from tests.graph import checks

ALL = [pytest.param(c, id=f"{name}-{c.label}") for name, cs in CASES.items() for c in cs]


def test_labels_are_unique():
    for name, cases in CASES.items():
        labels = [c.label for c in cases]
        assert len(set(labels)) == len(labels), name


@pytest.mark.parametrize("case", ALL)
def test_values_of_fresh_inputs(case):
    checks.check_values(case, fresh=True)


@pytest.mark.parametrize("case", ALL)
def test_shapes(case):
    checks.check_shapes(case)


@pytest.mark.parametrize("case", [p for p in ALL if p.values[0].order])
def test_gradients(case):
    checks.check_gradients(case)


@pytest.mark.parametrize("count", [1, 0])
@pytest.mark.parametrize("case", [p for p in ALL if p.values[0].samples])
def test_one_sample_and_none(case, count):
    few = with_samples(case, count)
    checks.check_values(few)
    if not count:
        checks.check_shapes(few)


@pytest.mark.parametrize("case", [pytest.param(cs[0], id=name) for name, cs in CASES.items()])
def test_arrays_in_the_place_of_tensors(case):
    arrays = checks.as_type(case.inputs(), "float32")
    made = checks.results(case.make(*arrays))
    wanted = checks.results(case.want(*checks.as_type(arrays, "float64")))
    for node, want in zip(made, wanted, strict=True):
        got = np.asarray(K.eval(node) if K.is_tensor(node) else node)
        assert node.dtype != "float64"
        checks.close(got, want, 2e-5 * case.scale, node)
