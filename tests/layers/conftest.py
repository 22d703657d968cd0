"""Every test of layers begins with fresh names."""

import pytest

from kerasnb import backend as K


@pytest.fixture(autouse=True)
def fresh_session():
    K.clear_session()
    yield
    K.clear_session()
