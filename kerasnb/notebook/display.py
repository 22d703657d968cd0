"""Displays: one description in three forms, JSON for a renderer, HTML and plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .html import Html, tag
from .language import labels, language

MIME = "application/vnd.kerasnb.v1+json"
# Names with dollar signs are names: what typesets formulas in a page leaves these classes alone.
NO_FORMULAS = "mathjax_ignore tex2jax_ignore"


class Form(NamedTuple):
    """How a kind of description is told: its title, as plain text, and as HTML."""

    title: Callable[[dict[str, Any]], str]
    text: Callable[[dict[str, Any]], str]
    page: Callable[[dict[str, Any]], Html]


class Display:
    """Something to be shown: in a notebook as the last value of a cell or by `display`.

    Args:
        description: what a `describe` function has returned.
        form: how it is told.

    Attributes:
        description: the JSON of `docs/displays.md`; words are in the language of the making.
    """

    def __init__(self, description: dict[str, Any], form: Form) -> None:
        self._page = tag("div", form.page(description), class_=NO_FORMULAS)
        self.description = {
            "version": 1,
            "kind": description["kind"],
            "title": form.title(description),
            "text": form.text(description),
            "language": language(),
            "labels": labels(description["kind"]),
            **description,
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the three forms."""
        text = self.description["text"]
        return {MIME: self.description, "text/html": str(self._page), "text/plain": text}

    def __repr__(self) -> str:
        return str(self.description["text"])
