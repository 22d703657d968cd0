"""Cases of layers around layers."""

from tests.layers.contract import Case

HARD = {"recurrent_activation": "hard_sigmoid"}


def around(name, *args, **settings):
    """Return the settings of a wrapper around a layer."""
    return lambda layers: {"layer": getattr(layers, name)(*args, **settings)}


def both(merge_mode, name="LSTM", **settings):
    """Return the settings of a Bidirectional around a layer of two units."""
    return lambda layers: {
        "layer": getattr(layers, name)(2, **settings),
        "merge_mode": merge_mode,
    }


def bidirectional(merge_mode, **more):
    return [
        Case(
            (4, 3),
            both(merge_mode, return_sequences=sequences, **HARD, **more),
            f"{merge_mode} {sequences} {more}",
            open=(0,),
            mask="passed" if sequences else "stopped",
        )
        for sequences in (False, True)
    ]


CASES = {
    "TimeDistributed": [
        Case((3, 4), around("Dense", 2), "Dense", open=(0,), mask="passed"),
        Case((3, 5, 4, 2), around("Conv2D", 2, 3), "Conv2D", open=(0, 1, 2)),
        Case((2, 3, 4), around("LSTM", 2, **HARD), "LSTM", open=(0, 1), mask="passed"),
        Case((3, 4), around("Activation", "softmax"), "Activation", mask="passed"),
        Case((3, 2, 4), around("Flatten"), "Flatten", open=(0,)),
        Case(
            (3, 4),
            around("BatchNormalization"),
            "BatchNormalization",
            open=(0,),
            mask="passed",
            phases=(0,),
        ),
    ],
    "Bidirectional": [
        *(c for mode in ("concat", "sum", "mul", "ave", None) for c in bidirectional(mode)),
        *bidirectional("concat", return_state=True),
        Case((4, 3), both("concat", "GRU", reset_after=True, **HARD), "GRU", (0,), "stopped"),
        Case((4, 3), both("sum", "SimpleRNN"), "SimpleRNN", (0,), "stopped"),
        Case((4, 3), both("ave", dropout=0.3, **HARD), "dropout", (0,), "stopped", random=True),
    ],
}
