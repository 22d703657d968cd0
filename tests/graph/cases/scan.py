"""Cases of the scan: a recurrent step. More of it is in test_scan.py."""

import numpy as np

from kerasnb.graph import ops
from kerasnb.graph.ops.scan import scan_over
from tests.graph.cases.make import normal
from tests.graph.checks import Case


def recurrent(backwards):
    def make(x, h, w, u):
        def step(entries, states):
            new = ops.tanh(entries[0] @ w + states[0] @ u)
            return [new * 2.0], [new]

        outputs, states = scan_over(step, [x], [h], backwards)
        return [*outputs, *states]

    def want(x, h, w, u):
        out = np.zeros((len(x), *h.shape))
        for t in reversed(range(len(x))) if backwards else range(len(x)):
            h = np.tanh(np.einsum("nd,dh->nh", x[t], w) + np.einsum("nh,hk->nk", h, u))
            out[t] = 2 * h
        return out, h

    return make, want


CASES = {
    "scan": [
        Case(
            recurrent(b)[0],
            normal((steps, rows, 2), (rows, 4), (2, 4), (4, 4), scale=0.5),
            recurrent(b)[1],
            f"{steps} steps, {rows} rows, backwards {b}",
            scale=8.0,
            dtypes=("float32", "float64"),
            unknown=False,
        )
        for steps, rows in [(3, 2), (1, 1), (4, 0)]
        for b in (False, True)
    ]
}
