"""Cases of the noise layers."""

from tests.layers.contract import Case

CASES = {
    "GaussianNoise": [Case((6,), {"stddev": 0.2}, mask="passed", random=True)],
    "GaussianDropout": [
        Case((3, 4), {"rate": 0.3}, mask="passed", random=True),
        Case((4,), {"rate": 0.0}, mask="passed"),
    ],
    "AlphaDropout": [
        Case((6,), {"rate": 0.3, "seed": 5}, mask="passed", random=True),
        Case((3, 4), {"rate": 0.2, "noise_shape": (None, 1, 4)}, mask="passed", random=True),
    ],
}
