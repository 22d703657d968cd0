"""Cases of K's functions, by the function's name."""

from tests.backend.cases import conv, linalg, math, nn, rnn, shape

CASES = {}
for _module in (math, linalg, shape, nn, conv, rnn):
    for _name, _cases in _module.CASES.items():
        CASES.setdefault(_name, []).extend(_cases)
for _name, _cases in CASES.items():
    for _number, _case in enumerate(_cases):
        _case.name = _name
        _case.label = _case.label or str(_number)
