"""What all widgets have: controls above, a display below, and the display where there is no page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets
from traitlets import TraitError, Unicode

from ..notebook.display import Display
from ..notebook.html import Html, escape, join, tag
from ..notebook.language import say

KEPT = "application/vnd.kerasnb.widget.v1+json"
"""Beside ipywidgets' view: in JupyterLab the display stands in for a widget that is gone."""

_WRAP = {"display": "flex", "flex_flow": "row wrap", "align_items": "center"}
_WRONG = (ValueError, TypeError, RuntimeError, IndexError, KeyError, AttributeError)


class View(ipywidgets.VBox):
    """A widget that shows a display.

    A subclass names the traits that decide what is shown in `shown_by`, makes its controls and
    defines `display`.

    Args:
        controls: what stands above.
        **traits: values of traits, in an order in which they can be set.

    Attributes:
        error: what has gone wrong when this was last drawn, "" if nothing.
        description: the description that is shown (see docs/displays.md), the display's own.
    """

    shown_by: tuple[str, ...] = ()
    live = False  # whether it is drawn again and again: then as HTML, in place
    error = Unicode("", read_only=True)

    def __init__(self, controls: Iterable[Any] = (), **traits: Any) -> None:
        self._shown: Display | None = None
        self._quiet = False
        self.message = ipywidgets.HTML()
        self.note = ipywidgets.HTML()
        self.area = ipywidgets.HTML() if self.live else ipywidgets.Output()
        if self.live:
            self.area.add_class("jp-RenderedHTMLCommon")
        self.controls = row(controls)
        with self.quiet():
            super().__init__([self.controls, self.message, self.note, self.area])
            self.add_class("jp-kerasnb-Widget")
            self.take(**traits)
        if self.shown_by:  # without names all traits would be observed
            self.observe(lambda change: self.refresh(), list(self.shown_by))
        self.refresh()

    def take(self, **traits: Any) -> None:
        """Give traits values, one after the other."""
        for name, value in traits.items():
            if not self.has_trait(name):
                raise TypeError(f"{type(self).__name__}: got an unexpected argument {name!r}.")
            setattr(self, name, value)

    @property
    def description(self) -> dict[str, Any] | None:
        """What is shown, as numbers and strings; None if it could not be made."""
        return None if self._shown is None else self._shown.description

    def display(self) -> Display | None:
        """Return what is to be shown; None if there is nothing yet."""
        raise NotImplementedError(f"{type(self).__name__}.display")

    def hint(self) -> str:
        """Return what to say as long as there is nothing to be shown."""
        return ""

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Draw nothing inside: several traits change together."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def refresh(self) -> None:
        """Draw again what there is to see, the weights of a model that has learned say."""
        if self._quiet:
            return
        try:
            self._shown = self.display()
        except _WRONG as error:
            self._shown = None
            self.say_wrong(error)
            self.put(None)
        else:
            self.set_trait("error", "")
            self.message.value = "" if self._shown else tag("p", self.hint())
            self.put(self._shown)

    def say_wrong(self, error: Exception) -> None:
        """Show what has gone wrong, in its own words."""
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        self.set_trait("error", str(text) or type(error).__name__)
        self.message.value = tag("p", "⚠ ", tag("b", self.error))

    def put(self, display: Display | None) -> None:
        """Put a display into the page."""
        bundle = {} if display is None else display._repr_mimebundle_()
        if self.live:
            self.area.value = bundle.get("text/html", "")
        elif display is None:
            self.area.outputs = ()
        else:
            output = {"output_type": "display_data", "data": bundle, "metadata": {}}
            self.area.outputs = (output,)

    # -- where there is no page, or no kernel behind it any more

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return the widget, and what it shows, for viewers without widgets or without a kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        shown = {} if self._shown is None else self._shown._repr_mimebundle_()
        texts = {"text/html": str(self.as_html()), "text/plain": repr(self)}
        return {**bundle, **shown, **texts, KEPT: {"note": say("widgets.without_kernel")}}

    def as_html(self) -> Html:
        """Return what is shown, without controls."""
        if self._shown is None:
            return tag("p", repr(self))
        html = Html(self._shown._repr_mimebundle_()["text/html"])
        return tag("div", html, tag("p", say("widgets.without_kernel")))

    def __repr__(self) -> str:
        return repr(self._shown) if self._shown is not None else self.error or self.hint()

    __str__ = __repr__


def composed(box: Any) -> dict[str, Any]:
    """Return what is kept of a box of widgets: the box, and what those of ours in it show."""
    bundle = ipywidgets.Box._repr_mimebundle_(box) or {}
    views = list(_views(box))
    if not views:
        return bundle
    texts = {
        "text/html": str(tag("div", *(view.as_html() for view in views))),
        "text/plain": "\n".join(map(repr, views)),
    }
    return {**bundle, **texts, KEPT: {}}


def _views(widget: Any) -> Iterator[View]:
    for child in widget.children:
        if isinstance(child, View):
            yield child
        elif isinstance(child, ipywidgets.Box):
            yield from _views(child)


def keep_boxes() -> None:
    """Let a notebook keep what is in boxes of widgets; elsewhere there is nothing to do."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type(ipywidgets.Box, _bundle_of)


def _bundle_of(box: Any, **kwargs: Any) -> dict[str, Any]:
    return box._repr_mimebundle_(**kwargs) if isinstance(box, View) else composed(box)


def row(children: Iterable[Any]) -> Any:
    """Return controls side by side, in as many rows as are needed."""
    return ipywidgets.Box(list(children), layout=ipywidgets.Layout(**_WRAP))


def control(kind: Any, key: str, **traits: Any) -> Any:
    """Return a control with its label; long labels are not cut.

    Args:
        kind: class of ipywidgets.
        key: of the label's words, without "widgets."; "" for none.
        **traits: the control's traits.
    """
    label = say(f"widgets.{key}") if key else ""
    traits["layout"] = {
        "width": "auto",
        "max_width": "calc(100% - 4px)",
        **traits.get("layout", {}),
    }
    return kind(description=label, style={"description_width": "initial"}, **traits)


def number(key: str, most: float, kind: Any = ipywidgets.BoundedIntText, **traits: Any) -> Any:
    """Return a field for a number from 0 to `most`, with its label.

    Not a slider: those of ipywidgets have no name that a screen reader could read.
    """
    return control(kind, key, min=0, max=most, layout={"width": "11em"}, **traits)


def checkbox(text: str) -> Any:
    """Return a box to be checked, as wide as its text."""
    return ipywidgets.Checkbox(description=text, indent=False, layout={"width": "auto"})


def button(key: str, **traits: Any) -> Any:
    """Return a button with its words, wide enough for them."""
    return ipywidgets.Button(
        description=say(f"widgets.{key}"), layout={"width": "auto", "min_width": "5em"}, **traits
    )


def bind(view: Any, name: str, chooser: Any) -> None:
    """Let a control and a trait have the same value; a trait's own check comes first."""
    chooser.value = getattr(view, name)

    def taken(change: Any) -> None:
        if chooser.value != change["new"]:
            chooser.value = change["new"]

    def chosen(change: Any) -> None:
        if getattr(view, name) != change["new"]:
            try:
                setattr(view, name, change["new"])
            except TraitError as error:
                view.say_wrong(error)
                chooser.value = getattr(view, name)

    view.observe(taken, name)
    chooser.observe(chosen, "value")


def needs(view: Any, name: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return a value that is one of the choices; else say which there are."""
    there = list(choices)
    if value not in there:
        told = ", ".join(map(repr, there))
        raise TraitError(f"{type(view).__name__}: got {name}={value!r}; needs one of {told}.")
    return value


def lines(rows: Iterable[tuple[object, object]]) -> Html:
    """Return names and values as lines."""
    parts: list[object] = []
    for name, value in rows:
        parts += [tag("br") if parts else None, tag("b", escape(name)), " ", escape(value)]
    return tag("p", join(parts))
