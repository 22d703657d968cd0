"""One JupyterLab, one Notebook 7 and one browser for all tests of a process."""

import pytest

from tests.browser.pages import notebook_7, site


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A JupyterLab."""
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="session")
def seven(place, tmp_path_factory):
    """A Notebook 7."""
    with notebook_7(place.browser, tmp_path_factory.mktemp("seven")) as made:
        yield made
