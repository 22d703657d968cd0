"""Every test begins with new names and in English."""

import pytest

from kerasnb import backend as K
from kerasnb.notebook.language import set_language


@pytest.fixture(autouse=True)
def afresh():
    K.clear_session()
    set_language("en")
    yield
    set_language(None)
