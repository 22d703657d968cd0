"""No function of K is left out of the tests."""

import re
from pathlib import Path

from kerasnb import backend as K
from tests.backend.cases import CASES

TESTS = Path(__file__).parents[1]


def test_every_function_is_tried():
    texts = [f.read_text("utf-8") for f in TESTS.rglob("test_*.py") if f != Path(__file__)]
    named = set(re.findall(r"\bK\.(\w+)", "\n".join(texts)))
    public = {
        name
        for name, thing in vars(K).items()
        if not name.startswith("_") and getattr(thing, "__module__", "").startswith(K.__name__)
    }
    assert public - named - set(CASES) == set()
