"""In Chinese an inspected layer is described in Chinese; a learner's own keeps its own words."""

import inspect
import logging
import re

import pytest

import kerasnb.layers
from kerasnb.engine.base_layer import Layer
from kerasnb.notebook.describe.inspection import about
from kerasnb.notebook.language import set_language
from kerasnb.notebook.words.layers_zh import LAYERS


@pytest.fixture(autouse=True)
def chinese():
    set_language("zh")
    yield
    set_language(None)


def test_every_layer_has_its_sentence():
    public = [thing for _, thing in inspect.getmembers(kerasnb.layers, inspect.isclass)]
    names = {thing.__name__ for thing in public if issubclass(thing, Layer)}
    assert names == LAYERS.keys()
    for thing in public:
        if issubclass(thing, Layer):
            assert about(thing) == LAYERS[thing.__name__] and re.search("[一-鿿]", about(thing))
            # What stands as code is the same in both languages.
            codes = set(re.findall(r"`([^`]*)`", LAYERS[thing.__name__]))
            set_language("en")
            assert codes <= set(re.findall(r"`([^`]*)`", about(thing)))
            set_language("zh")


def test_own_layers_keep_their_own_words():
    class Dense(Layer):
        """Mine."""

    assert about(Dense) == "Mine."


def test_a_font_without_a_weight_is_no_news(caplog):
    pytest.importorskip("matplotlib")
    from kerasnb.plot.fonts import chinese_font

    chinese_font()
    logger = logging.getLogger("matplotlib.font_manager")
    logger.warning("findfont: Failed to find font weight %s for %s", "normal", "some font")
    logger.warning("findfont: something else")
    assert [record.getMessage() for record in caplog.records] == ["findfont: something else"]
