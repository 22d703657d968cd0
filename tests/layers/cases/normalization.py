"""Cases of batch normalization."""

from tests.layers.contract import Case

CASES = {
    "BatchNormalization": [
        Case((4,), open=(), mask="passed", phases=(0, 1)),
        Case((3, 4), {"center": False}, open=(0,), mask="passed", phases=(0, 1)),
        Case((3, 4), {"axis": 1, "epsilon": 0.01}, open=(1,), mask="passed", phases=(0, 1)),
        Case((3, 2, 4), {"scale": False}, open=(0, 1), mask="passed", phases=(0, 1)),
        Case((4, 3, 2), {"axis": 1}, open=(1, 2), mask="passed", phases=(0, 1)),
        Case((3, 4, 2), {"axis": -2}, open=(0, 2), mask="passed", phases=(0, 1)),
        Case((2, 2, 2, 3), open=(0, 1, 2), mask="passed", phases=(0, 1)),
    ]
}
