"""Cases of every op, by the op's name."""

from tests.graph.cases import (
    conv,
    ctc,
    index,
    indexing,
    linalg,
    math,
    nn,
    pool,
    printing,
    random,
    reduce,
    rnn,
    scan,
    shape,
)

CASES = {}
for _module in (
    math,
    reduce,
    shape,
    linalg,
    index,
    random,
    nn,
    conv,
    pool,
    scan,
    ctc,
    indexing,
    rnn,
    printing,
):
    for _name, _cases in _module.CASES.items():
        CASES.setdefault(_name, []).extend(_cases)
for _name, _cases in CASES.items():
    for _number, _case in enumerate(_cases):
        _case.name = _name
        _case.label = _case.label or str(_number)
