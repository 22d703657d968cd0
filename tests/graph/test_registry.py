"""A walk over the registry: every op is tried in every way that its cases allow."""

import pytest

from kerasnb.graph import OPS
from tests.graph import checks
from tests.graph.cases import CASES

ALL = [pytest.param(c, id=f"{name}-{c.label}") for name, cs in CASES.items() for c in cs]
# Functions over ops that are no ops themselves.
COMPOSED = {"stack", "tile", "getitem", "dropout", "tensordot", "depthwise_conv"}


def has_expand(case):
    op = getattr(OPS.get(case.name), "op", None)
    return op is not None and hasattr(op, "expand")


def test_every_op_has_cases():
    assert set(OPS) <= set(CASES)
    assert set(CASES) <= set(OPS) | COMPOSED


def test_every_differentiable_op_has_its_gradient_checked():
    without = []
    for name, make in OPS.items():
        if name in COMPOSED or not make.op.differentiable:
            continue
        checked = any(c.differentiable(c.inputs()) and c.order == 2 for c in CASES[name])
        if not checked:
            without.append(name)
    assert without == []


def test_labels_are_unique():
    for name, cases in CASES.items():
        labels = [c.label for c in cases]
        assert len(set(labels)) == len(labels), name


@pytest.mark.parametrize("case", ALL)
def test_values(case):
    checks.check_values(case)


@pytest.mark.parametrize("case", ALL)
def test_values_of_fresh_inputs(case):
    checks.check_values(case, fresh=True)


@pytest.mark.parametrize("case", ALL)
def test_shapes(case):
    checks.check_shapes(case)


@pytest.mark.parametrize("case", [p for p in ALL if p.values[0].order])
def test_gradients(case):
    checks.check_gradients(case)


@pytest.mark.parametrize("case", [p for p in ALL if p.values[0].order])
def test_gradients_of_fresh_inputs(case):
    checks.check_gradients(case, fresh=True)


@pytest.mark.parametrize("case", [p for p in ALL if has_expand(p.values[0])])
def test_fused_ops_equal_their_expansion(case):
    checks.check_expand(case)


@pytest.mark.parametrize("case", ALL)
def test_strict_arrays(case):
    checks.check_strict(case)
