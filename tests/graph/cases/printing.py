"""Cases of what is printed: the value is that of x."""

from kerasnb.graph import ops
from tests.graph.cases.make import integers, normal
from tests.graph.checks import Case

CASES = {
    "printed": [
        Case(lambda x: ops.printed(x, message="x ="), make, lambda x: x, name, result=result)
        for name, make, result in [
            ("matrix", normal((2, 3)), ""),
            ("number", normal(()), ""),
            ("nothing", normal((0, 2)), ""),
            ("integers", integers(0, 9, (4,)), "int32"),
        ]
    ]
}
