"""The language of what is shown: English or Chinese, each label once in `words/`."""

from __future__ import annotations

import locale
import os

from .words.en import WORDS as ENGLISH
from .words.zh import WORDS as CHINESE

CATALOGUES = {"en": ENGLISH, "zh": CHINESE}

_chosen: str | None = None


def language() -> str:
    """Return the language in use: the chosen one, or what the environment says."""
    if _chosen is not None:
        return _chosen
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def set_language(name: str | None) -> None:
    """Choose "en" or "zh"; None goes back to what the environment says."""
    global _chosen
    if name is not None and name not in CATALOGUES:
        raise ValueError(f"set_language: got {name!r}; needs {' or '.join(CATALOGUES)}.")
    _chosen = name


def say(key: str, **values: object) -> str:
    """Return the words of a key, with values filled in."""
    text = CATALOGUES[language()][key]
    return text.format(**values) if values else text


def labels(kind: str) -> dict[str, str]:
    """Return the words that a renderer needs for a kind of display, without the kind's name."""
    found = {}
    for key, text in CATALOGUES[language()].items():
        group, _, name = key.partition(".")
        if group in ("common", kind) and "{" not in text:
            found[name] = text
    return found
