"""Fonts with Chinese signs, if the machine has any."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterator
from typing import Any

from ..notebook.language import CATALOGUES, language

_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "STHeiti",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
    "SimSun",
)


@functools.cache
def chinese_font() -> str | None:
    """Return a font of this machine that has Chinese signs, None if there is none."""
    try:
        from matplotlib import font_manager
    except ImportError as error:
        raise ImportError(
            'kerasnb.plot needs matplotlib, which is missing: pip install "kerasnb[lab]"'
        ) from error
    # A font of one weight is as good as any: a learner cannot do anything about it.
    logging.getLogger("matplotlib.font_manager").addFilter(
        lambda record: not record.getMessage().startswith("findfont: Failed to find font weight")
    )
    there = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in there), None)


@contextlib.contextmanager
def fonts() -> Iterator[dict[str, Any]]:
    """Let Chinese signs be found, in what is drawn inside, where the usual font lacks them.

    Yields:
        The keyword argument that does the same for texts that Axes have had before: titles, labels.
    """
    extra = chinese_font()  # first: it says what to install if matplotlib is missing
    import matplotlib

    family = [*matplotlib.rcParams["font.family"], *([extra] if extra else [])]
    with matplotlib.rc_context({"font.family": family, "axes.unicode_minus": False}):
        yield {"fontfamily": family}


def label(key: str, **values: object) -> str:
    """Return the words of a key: in English where Chinese could not be drawn."""
    name = "en" if language() == "zh" and chinese_font() is None else language()
    text = CATALOGUES[name][key]
    return text.format(**values) if values else text
