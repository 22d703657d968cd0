"""The dataset browser: pages of samples, by class, by what is predicted wrong, augmented."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ..datasets.catalog import CATALOG
from ..notebook import show
from ..notebook.describe.data import Loaded, as_labels, load
from ..notebook.display import Display
from ..notebook.language import say
from .view import View, bind, button, checkbox, control, needs, number

_WHAT = ("samples", "confusion", "augmented")
_ORIGINALS = 6  # pictures of which augmented ones are shown


class DatasetBrowser(View):
    """Turns the pages of a data set.

    Args:
        data: name of a data set of `kerasnb.datasets`, a pair of arrays (x, y), or what
            `DatasetLoader.loaded` returns.

    Attributes:
        data: what was given.
        split: "train" or "test", of a data set given by its name.
        label: the only class to show; None for all.
        page: the page, from 0.
        page_size: samples of a page.
        predictions: what a model says of the samples, classes or probabilities of classes.
        wrong_only: whether only samples are shown that the predictions have wrong.
        mistake: (true class, predicted class): only samples that are so mixed up; None for all.
        class_names: names of the classes.
        generator: an `ImageDataGenerator`, to see what it makes of the pictures.
        seed: of its changes: the same seed gives the same pictures.
        what: "samples", "confusion" (what is taken for what) or "augmented".
        pages: how many pages there are.
        indices: places in the data of the samples on the page.
    """

    shown_by = (
        *("data", "split", "label", "page", "page_size", "predictions", "wrong_only", "mistake"),
        *("class_names", "generator", "seed", "what"),
    )
    data: Any = traitlets.Any()
    split: Any = traitlets.Enum(("train", "test"), "train")
    label: Any = traitlets.Int(None, allow_none=True)
    page = traitlets.Int(0, min=0)
    page_size = traitlets.Int(24, min=1)
    predictions = traitlets.Any()
    wrong_only = traitlets.Bool(False)
    mistake: Any = traitlets.Tuple(
        traitlets.Int(), traitlets.Int(), default_value=None, allow_none=True
    )
    class_names: Any = traitlets.List(default_value=None, allow_none=True)
    generator = traitlets.Any()
    seed = traitlets.Int(0)
    what = traitlets.Enum(_WHAT, "samples")
    pages = traitlets.Int(0, read_only=True)
    indices: Any = traitlets.List(read_only=True)

    def __init__(self, data: Any = None, **traits: Any) -> None:
        self._loaded: Loaded | None = None
        what = [(say(f"widgets.{name}"), name) for name in _WHAT]
        splits = [(say(f"dataset.{name}"), name) for name in ("train", "test")]
        self.what_chooser = control(ipywidgets.ToggleButtons, "", options=what)
        self.split_chooser = control(ipywidgets.ToggleButtons, "", options=splits)
        self.label_chooser = control(ipywidgets.Dropdown, "class", options=[("", None)])
        self.wrong_chooser = checkbox(say("dataset.only_wrong"))
        self.mistake_chooser = control(ipywidgets.Dropdown, "mistake", options=[("", None)])
        self.seed_chooser = number("seed", 2**31 - 1)
        self.page_chooser = number("page", 0)
        self.back_button = button("previous", icon="arrow-left", tooltip=say("dataset.previous"))
        self.on_button = button("next", icon="arrow-right", tooltip=say("dataset.next"))
        names = {"what": "what", "split": "split", "label": "label", "mistake": "mistake"}
        names.update(wrong_only="wrong", seed="seed", page="page")
        for name, chooser in names.items():
            bind(self, name, getattr(self, f"{chooser}_chooser"))
        self.back_button.on_click(lambda pressed: self.turn(-1))
        self.on_button.on_click(lambda pressed: self.turn(1))
        self.observe(self._begin, ["data", "split", "class_names", "predictions"])
        filters = ["label", "wrong_only", "mistake", "page_size"]
        self.observe(lambda change: self._first_page(), filters)
        controls = [self.what_chooser, self.split_chooser, self.label_chooser, self.wrong_chooser]
        controls += [self.mistake_chooser, self.seed_chooser]
        controls += [self.back_button, self.page_chooser, self.on_button]
        super().__init__(controls, data=data, **traits)

    def turn(self, pages: int) -> None:
        """Go on by some pages, or back; at an end nothing happens."""
        self.page = min(max(self.page + pages, 0), max(self.pages - 1, 0))

    # -- choices

    @traitlets.validate("data")
    def _check_data(self, proposal: Any) -> Any:
        value = proposal["value"]
        return needs(self, "data", value, CATALOG) if isinstance(value, str) else value

    def _begin(self, change: Any) -> None:
        """Look at other data: what can be chosen of it?"""
        if change["name"] in ("data", "split"):
            self._loaded = None if self.data is None else load(self.data, self.split)
        with self.quiet():
            self.label = self.mistake = None
            self.page = 0
            self._offer()

    def _offer(self) -> None:
        truth, guesses = self._classes()
        labels = [] if truth is None else [int(v) for v in np.unique(truth)]
        options = [(self._name(v), v) for v in labels] if len(labels) <= 1000 else []
        self.label_chooser.options = [(say("widgets.all_classes"), None), *options]
        pairs = _pairs(truth, guesses)
        told = [
            (f"{self._name(t)} → {self._name(g)} ({number})", (t, g)) for (t, g), number in pairs
        ]
        self.mistake_chooser.options = [(say("widgets.all_samples"), None), *told]

    def _classes(self) -> tuple[Any, Any]:
        if self._loaded is None:
            return None, None
        return as_labels(self._loaded.y), as_labels(self.predictions)

    def _name(self, label: int) -> str:
        names = self.class_names or (self._loaded.names if self._loaded else [])
        return str(names[label]) if 0 <= label < len(names) else str(label)

    def _first_page(self) -> None:
        with self.quiet():
            self.page = 0

    def _show_controls(self, truth: Any, guesses: Any) -> None:
        named = isinstance(self.data, str)
        samples = self.what == "samples"
        visible = {
            self.split_chooser: named,
            self.label_chooser: samples and truth is not None,
            self.wrong_chooser: samples and guesses is not None,
            self.mistake_chooser: samples and guesses is not None,
            self.seed_chooser: self.what == "augmented",
            self.what_chooser: guesses is not None or self.generator is not None,
        }
        turns = [self.back_button, self.page_chooser, self.on_button]
        visible.update((chooser, samples and self.pages > 1) for chooser in turns)
        for chooser, there in visible.items():
            chooser.layout.display = None if there else "none"
        self.back_button.disabled = self.page == 0
        self.on_button.disabled = self.page >= self.pages - 1

    # -- what is shown

    def display(self) -> Display | None:
        """Return the page, the confusion matrix, or what the generator makes of some pictures."""
        truth, guesses = self._classes()
        self._show_controls(truth, guesses)
        if self._loaded is None:
            return None
        names = self.class_names or self._loaded.names or None
        if self.what == "confusion":
            if guesses is None:
                raise ValueError(say("widgets.no_predictions"))
            return show.confusion(truth, guesses, names)
        if self.what == "augmented":
            if self.generator is None:
                raise ValueError(say("widgets.no_generator"))
            part = self._loaded.x[self.page * _ORIGINALS :][:_ORIGINALS]
            return show.augmentation(part, self.generator, seed=self.seed)
        shown = show.dataset(
            self._loaded,
            self.page * self.page_size,
            self.page_size,
            self.split,
            self.label,
            self.predictions,
            self.wrong_only,
            self.class_names,
            self.mistake,
            pages=1,  # the widget turns them
        )
        found = shown.description
        self.set_trait("indices", [sample["index"] for sample in found["samples"]])
        self.set_trait("pages", -(-found["total"] // self.page_size))
        with self.quiet():
            self.page_chooser.max = max(self.pages - 1, 0)
        self._show_controls(truth, guesses)
        return shown

    def hint(self) -> str:
        """Say that data is needed."""
        return say("widgets.no_samples")


def _pairs(truth: Any, guesses: Any) -> list[tuple[tuple[int, int], int]]:
    """Return the mistakes, (true, predicted), and how often each is made, the frequent ones first."""
    if truth is None or guesses is None or len(truth) != len(guesses):
        return []
    wrong = np.stack([truth, guesses], axis=1)[truth != guesses]
    pairs, counts = np.unique(wrong, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:100]
    return [((int(pairs[i][0]), int(pairs[i][1])), int(counts[i])) for i in order]
