"""The language of what is shown: English or Chinese, each label once in `words/`."""

from __future__ import annotations

import locale
import os
import re

from .words.en import WORDS as ENGLISH
from .words.zh import WORDS as CHINESE

CATALOGUES = {"en": ENGLISH, "zh": CHINESE}

_chosen: str | None = None
_suggested: str | None = None


def language() -> str:
    """Return the language in use: the chosen one, the front end's, or the environment's."""
    if _chosen or _suggested:
        return str(_chosen or _suggested)
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def set_language(name: str | None) -> None:
    """Choose "en" or "zh"; None goes back to what the environment says."""
    global _chosen
    _chosen = _checked("set_language", name)


def suggest_language(name: str | None) -> None:
    """Take the language of the front end, as long as the user has chosen none."""
    global _suggested
    _suggested = _checked("suggest_language", name)


def _checked(who: str, name: str | None) -> str | None:
    if name is not None and name not in CATALOGUES:
        raise ValueError(f"{who}: got {name!r}; needs {' or '.join(CATALOGUES)}.")
    return name


def say(key: str, **values: object) -> str:
    """Return the words of a key, with values filled in."""
    text = CATALOGUES[language()][key]
    return text.format(**values) if values else text


def labels(kind: str) -> dict[str, str]:
    """Return the words that a renderer needs for a kind of display, without the kind's name.

    What titles, text alternatives and signs are made of is left out: in a description they are
    whole sentences already.
    """
    groups = ("common", *_ALSO.get(kind, ()), kind)
    found = {}
    for key, text in CATALOGUES[language()].items():
        group, _, name = key.partition(".")
        if group in groups and not _MADE_HERE.search(name):
            found[name] = text
    return found


_ALSO = {"graph": ("inspection",), "points": ("graph",)}  # what they show of other kinds
_MADE_HERE = re.compile("^sign_|title|(^|_)alt$")
