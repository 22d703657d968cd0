"""Cases of recurrent layers and cells."""

import itertools

from tests.layers.contract import Case

SHAPE = (4, 3)  # time steps, features
MASKS = {True: "passed", False: "stopped"}
HARD = {"recurrent_activation": "hard_sigmoid"}


def case(settings, shape=SHAPE, **more):
    more.setdefault("mask", MASKS[bool(settings.get("return_sequences"))])
    return Case(shape, {"units": 2, **settings}, open=(0,), **more)


def shared(base, **differ):
    """Cases that all recurrent layers have, with `base` settings and two that differ."""
    return [
        case(base),
        case({**base, "return_sequences": True}),
        case({**base, "return_sequences": True, "go_backwards": True, "return_state": True}),
        case({**base, "go_backwards": True, "use_bias": False}),
        case({**base, "activation": "relu"}),
        case(
            {**base, "activation": "softsign", "return_sequences": True}, label=f"{base} softsign"
        ),
        case({**base, "dropout": 0.3}, random=True),
        case({**base, "dropout": 0.3, "recurrent_dropout": 0.3}, random=True),
        Case(
            SHAPE,
            {"units": 2, **base, "unroll": True, "return_sequences": True},
            "unrolled",
            open=(),
            mask="passed",
        ),
        case(
            {
                **base,
                "kernel_regularizer": "l2",
                "recurrent_regularizer": "l1",
                "bias_regularizer": "l2",
                "activity_regularizer": "l2",
                "kernel_constraint": "max_norm",
                "recurrent_constraint": "max_norm",
                "bias_constraint": "max_norm",
            },
            label="regularized",
        ),
    ]


def in_rnn(layers, cell):
    return layers.RNN(cell, return_sequences=True)


CELL = {"open": (0,), "mask": "passed", "around": in_rnn}
CASES = {
    "SimpleRNN": shared({}),
    "GRU": [
        *shared({**HARD, "reset_after": False}),
        *(
            case({"recurrent_activation": f, "implementation": i, "reset_after": r})
            for f, i, r in itertools.product(["hard_sigmoid", "sigmoid"], [1, 2], [False, True])
        ),
        case({**HARD, "reset_after": True, "use_bias": False, "return_sequences": True}),
    ],
    "LSTM": [
        *shared(HARD),
        *(
            case({"recurrent_activation": f, "implementation": i})
            for f, i in itertools.product(["sigmoid", "relu"], [1, 2])
        ),
        case({**HARD, "unit_forget_bias": False, "implementation": 2, "dropout": 0.4}, random=True),
    ],
    "SimpleRNNCell": [Case(SHAPE, {"units": 2, "activation": "sigmoid"}, **CELL)],
    "GRUCell": [
        Case(SHAPE, {"units": 2, **HARD, "reset_after": r, "activation": a}, **CELL)
        for r in (False, True)
        for a in ("tanh", "softsign")
    ],
    "LSTMCell": [
        Case(SHAPE, {"units": 2, **HARD, "activation": a}, **CELL) for a in ("tanh", "softsign")
    ],
    "RNN": [
        Case(
            SHAPE,
            lambda layers: {
                "cell": [layers.SimpleRNNCell(3), layers.LSTMCell(2, **HARD)],
            },
            "list of cells",
            open=(0,),
            mask="stopped",
        ),
        Case(
            SHAPE,
            lambda layers: {
                "cell": layers.GRUCell(2, reset_after=False, **HARD),
                "return_sequences": True,
                "go_backwards": True,
            },
            "one cell, backwards",
            open=(0,),
            mask="passed",
        ),
    ],
    "StackedRNNCells": [
        Case(
            SHAPE,
            lambda layers: {
                "cells": [
                    layers.LSTMCell(2, **HARD),
                    layers.GRUCell(3, reset_after=True, **HARD),
                ]
            },
            "two cells",
            **CELL,
        )
    ],
}
