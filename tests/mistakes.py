"""A list of mistakes, and the test of what is read then.

Each mistake is a short program with the class of the error and what its message must say: who (the
layer or the argument), what it got, what it needs. The line marked `# <-` is the user's own: the
message shows it (`made at`) if the mistake comes to light later than it is made; else the error is
raised on that line.
"""

import inspect
import re
import traceback

import pytest

from kerasnb import backend as K


class Mistakes(list):
    """Programs with a mistake, as pytest parameters; `@mistakes(error, *says)` adds one."""

    def __call__(self, error, *says):
        def register(program):
            self.append(pytest.param(program, error, says, id=program.__name__))
            return program

        return register


def check(program, error, says):
    """Run a program and look at the error that it must raise."""
    K.clear_session()
    with pytest.raises(error) as raised:
        program()
    message = str(raised.value)
    for words in says:
        # A number stands alone: 3 is neither in 30 nor in dense_3.
        pattern = rf"\b{words}\b" if words.isdigit() else re.escape(words)
        assert re.search(pattern, message), f"{words!r} is not in: {message}"
    file = inspect.getsourcefile(program)
    line = marked_line(program)
    if f"made at {file}, line {line}" not in message:
        frames = traceback.extract_tb(raised.value.__traceback__)
        assert line in [frame.lineno for frame in frames if frame.filename == file], message


def marked_line(program):
    """Return the number of the line that ends in '# <-'."""
    lines, first = inspect.getsourcelines(program)
    return next(n for n, line in enumerate(lines, first) if line.rstrip().endswith("# <-"))
