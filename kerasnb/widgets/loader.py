"""Loading a data set: which, which edition, with which arguments, and where the arrays go."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
from importlib import import_module
from typing import Any

import ipywidgets
import traitlets

from ..datasets import info
from ..datasets.catalog import CATALOG
from ..datasets.editions import EDITIONS
from ..notebook import show
from ..notebook.describe.data import Loaded, load
from ..notebook.display import Display
from ..notebook.html import tag
from ..notebook.language import language, say
from ..utils.downloading import watched_by
from .view import View, bind, button, control, needs, row

_CHOICES = {"label_mode": ("fine", "coarse")}
_NAMES = "x_train, y_train, x_test, y_test"


def arguments_of(name: str) -> dict[str, Any]:
    """Return the arguments of a data set's `load_data` with their defaults, without `edition`."""
    function = import_module(f"kerasnb.datasets.{name}").load_data
    return {
        p.name: p.default
        for p in inspect.signature(function).parameters.values()
        if p.kind is not p.VAR_KEYWORD and p.name != "edition"
    }


class DatasetLoader(View):
    """Chooses a data set, loads it, and puts its arrays where the user says.

    Args:
        dataset: name of a data set of `kerasnb.datasets`.
        namespace: dictionary that the arrays are put into; the user's names by default.

    Attributes:
        dataset: the name.
        edition: "auto", "mini" or "full".
        arguments: those of `load_data` that are not its defaults, by name.
        names: what the four arrays are called, with commas between.
        code: the code that does the same.
        loading: whether it is being loaded.
        progress: share of the download, 1 when all is there.
        said: what the loader has said.
        data: `((x_train, y_train), (x_test, y_test))`, None as long as nothing is loaded.

    Example:
        >>> loader = DatasetLoader("reuters", namespace={})
        >>> loader.arguments = {"num_words": 1000}
        >>> print(loader.code)
        from keras.datasets import reuters
        (x_train, y_train), (x_test, y_test) = reuters.load_data(num_words=1000)
    """

    shown_by = ("dataset", "data")
    dataset = traitlets.Enum(tuple(CATALOG), "mnist")
    edition = traitlets.Enum(EDITIONS, "auto")
    arguments = traitlets.Dict()
    names = traitlets.Unicode(_NAMES)
    code = traitlets.Unicode(read_only=True)
    loading = traitlets.Bool(False, read_only=True)
    progress = traitlets.Float(0.0, read_only=True)
    said = traitlets.Unicode("", read_only=True)
    data = traitlets.Any(None, read_only=True)

    def __init__(
        self, dataset: str = "mnist", namespace: dict[str, Any] | None = None, **traits: Any
    ) -> None:
        self.namespace = namespace
        self._taking = False
        titles = [(CATALOG[name].title, name) for name in CATALOG]
        self.dataset_chooser = control(ipywidgets.Dropdown, "dataset", options=titles)
        self.edition_chooser = control(
            ipywidgets.Dropdown,
            "edition",
            options=[(say(f"widgets.edition_{name}"), name) for name in EDITIONS],
        )
        self.names_chooser = control(
            ipywidgets.Text, "names", layout={"width": "26em"}, continuous_update=False
        )
        self.load_button = button("load", icon="download", button_style="primary")
        self.bar = control(
            ipywidgets.FloatProgress, "loaded", min=0.0, max=1.0, layout={"width": "14em"}
        )
        self.argument_choosers: dict[str, Any] = {}
        self._places = row([])
        for name in ("dataset", "edition", "names"):
            bind(self, name, getattr(self, f"{name}_chooser"))
        self.load_button.on_click(lambda pressed: self.load())
        controls = [self.dataset_chooser, self.edition_chooser, self._places]
        controls += [self.names_chooser, self.load_button, self.bar]
        self.observe(self._offer_arguments, "dataset")
        super().__init__(controls)
        self.observe(self._taken_arguments, "arguments")
        self.observe(self._write_code, ["dataset", "edition", "arguments", "names"])
        self._offer_arguments()
        self.take(dataset=dataset, **traits)
        self._write_code()

    # -- arguments

    @traitlets.validate("arguments")
    def _check_arguments(self, proposal: Any) -> Any:
        known = arguments_of(self.dataset)
        for name in proposal["value"]:
            needs(self, "arguments", name, known)
        return {n: v for n, v in proposal["value"].items() if v != known[n]}

    @traitlets.validate("names")
    def _check_names(self, proposal: Any) -> Any:
        found = [name.strip() for name in proposal["value"].split(",")]
        if len(found) != 4 or not all(name.isidentifier() for name in found):
            raise traitlets.TraitError(say("widgets.four_names", got=proposal["value"]))
        return ", ".join(found)

    def _offer_arguments(self, change: Any = None) -> None:
        self.argument_choosers = {
            name: _chooser(name, default) for name, default in arguments_of(self.dataset).items()
        }
        self.arguments = {}
        for chooser in self.argument_choosers.values():
            chooser.observe(self._chosen_argument, "value")
        self._places.children = list(self.argument_choosers.values())
        self.set_trait("data", None)
        self.set_trait("progress", 0.0)

    def _chosen_argument(self, change: Any) -> None:
        if self._taking:
            return
        try:
            self.arguments = {n: _value(c) for n, c in self.argument_choosers.items()}
        except ValueError:
            self.say_wrong(ValueError(say("widgets.no_value", got=change["new"])))
        else:
            self.message.value = ""

    def _taken_arguments(self, change: Any) -> None:
        known, taken = arguments_of(self.dataset), self.arguments
        for name, chooser in self.argument_choosers.items():
            value = taken.get(name, known[name])
            if _is_number(chooser):
                value = _written(value)
            self._taking = True  # one after the other; they are what `arguments` says when all are
            chooser.value = value
            self._taking = False

    def _write_code(self, change: Any = None) -> None:
        told = dict(self.arguments)
        if self.edition != "auto":
            told["edition"] = self.edition
        given = ", ".join(f"{name}={value!r}" for name, value in told.items())
        x_train, y_train, x_test, y_test = self.names.split(", ")
        line = f"({x_train}, {y_train}), ({x_test}, {y_test}) = {self.dataset}.load_data({given})"
        self.set_trait("code", f"from keras.datasets import {self.dataset}\n{line}")
        self.note.value = str(tag("pre", self.code))

    # -- loading

    def load(self) -> Any:
        """Load the data, put the arrays into their names, return them; errors are shown."""
        self.set_trait("loading", True)
        self.set_trait("progress", 0.0)
        self.load_button.disabled = True
        self.bar.bar_style, self.bar.value = "info", 0.0
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), watched_by(self._downloaded):
                function = import_module(f"kerasnb.datasets.{self.dataset}").load_data
                edition = None if self.edition == "auto" else self.edition
                loaded = function(**self.arguments, edition=edition)
        except (ValueError, TypeError, OSError) as error:
            self.bar.bar_style = "danger"
            self.say_wrong(error)
            return None
        finally:
            self.set_trait("said", said.getvalue().strip())
            self.set_trait("loading", False)
            self.load_button.disabled = False
        arrays = [array for part in loaded for array in part]
        self._space().update(zip(self.names.split(", "), arrays, strict=True))
        self.bar.bar_style, self.bar.value = "success", 1.0
        self.set_trait("progress", 1.0)
        self.set_trait("data", loaded)
        return loaded

    def _downloaded(self, done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        if share - self.progress > 0.01:  # not a message for every piece
            self.set_trait("progress", share)
            self.bar.value = share

    def _space(self) -> dict[str, Any]:
        if self.namespace is not None:
            return self.namespace
        if "IPython" in sys.modules:
            shell = sys.modules["IPython"].get_ipython()
            if shell is not None:
                return shell.user_ns
        return vars(sys.modules["__main__"])

    # -- what is shown

    def display(self) -> Display | None:
        """Return the first samples of what is loaded."""
        if self.data is None:
            return None
        return show.dataset(self.loaded(), page_size=16)

    def loaded(self, split: str = "train") -> Loaded | None:
        """Return a part of what is loaded with what is known of it, for a `DatasetBrowser` say."""
        if self.data is None:
            return None
        found = load(self.dataset, split, self.data)
        if self.arguments.get("label_mode") == "coarse":
            names = info(self.dataset).coarse_classes
            found = found._replace(names=list(names.get(language()) or names["en"]))
        if self.arguments.get("index_from", 3) != 3:  # the words' numbers are others
            found = found._replace(name=say("dataset.own"))
        return found

    def hint(self) -> str:
        """Say what would be loaded."""
        known = info(self.dataset)
        made_up = f" {say('dataset.synthetic')}." if known.synthetic else ""
        size = f"{known.train:,} + {known.test:,}"
        return f"{known.title}: {known.edition}, {size}.{made_up} {say('widgets.press_load')}"


# -- a control for an argument: numbers, words, or anything that Python reads


def _chooser(name: str, default: Any) -> Any:
    style = {"description_width": "initial"}
    traits: dict[str, Any] = {"description": name, "style": style, "value": default}
    if name in _CHOICES:
        return ipywidgets.Dropdown(options=_CHOICES[name], layout={"width": "auto"}, **traits)
    if isinstance(default, bool):
        return ipywidgets.Checkbox(indent=False, layout={"width": "auto"}, **traits)
    if name.endswith("_split"):
        layout = {"width": "12em"}
        return ipywidgets.BoundedFloatText(min=0, max=0.95, step=0.05, layout=layout, **traits)
    if isinstance(default, str):
        return ipywidgets.Text(continuous_update=False, layout={"width": "16em"}, **traits)
    # A number, or None: an empty field.
    traits["value"] = _written(default)
    return ipywidgets.Text(
        continuous_update=False, placeholder="None", layout={"width": "12em"}, **traits
    )


def _is_number(chooser: Any) -> bool:
    return isinstance(chooser, ipywidgets.Text) and chooser.placeholder == "None"


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _value(chooser: Any) -> Any:
    """Return the argument that a control stands for."""
    if not _is_number(chooser):
        return chooser.value
    text = chooser.value.strip()
    return int(text) if text and text != "None" else None
