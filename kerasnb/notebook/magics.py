"""The `%kerasnb` magic."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

import kerasnb
from kerasnb import array, backend
from kerasnb.datasets import info
from kerasnb.datasets.catalog import CATALOG
from kerasnb.engine.base_layer import Layer
from kerasnb.engine.network import Network
from kerasnb.notebook import show
from kerasnb.notebook.language import CATALOGUES, language, say, set_language
from kerasnb.notebook.timing import batch_of
from kerasnb.notebook.watch import Watching

_SWITCH = {"on": True, "off": False}
_ENDS = ("--from", "--to")
_DATA = ("--x", "--y")
_GRAPH = ("--node", "--open", *_ENDS, *_DATA)


@magics_class
class KerasnbMagics(Magics):
    """What `%kerasnb ...` does; `%kerasnb help` tells in the chosen language.

    Attributes:
        watching: lets trainings be shown.
    """

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.watching = Watching(shell)
        self._commands: dict[str, Callable[[str], Any]] = {
            "summary": self._summary,
            "graph": self._graph,
            "inspect": self._inspect,
            "watch": self._watch,
            "datasets": self._datasets,
            "language": self._language,
            "device": self._device,
            "check": self._exercise,
            "time": self._time,
            "version": self._version,
            "help": self._help,
        }

    @line_magic("kerasnb")
    def line(self, line: str) -> Any:
        """Show models, layers, trainings and data; steer kerasnb's displays.

        %kerasnb summary MODEL             layers, shapes, parameters, memory, multiply-adds
        %kerasnb graph [--node] [--open] MODEL    a drawing: each call a box; nested models open
        %kerasnb graph --from LAYER --to LAYER MODEL    the part between two layers
        %kerasnb graph --x X --y Y MODEL    what a batch gives in each layer, and the gradients
        %kerasnb inspect LAYER_OR_TENSOR   calls, weights, what it computes step by step
        %kerasnb watch [on|off]            live curves during fit
        %kerasnb datasets [NAME]           the data sets that there are; a page of one
        %kerasnb language [zh|en|auto]     the language of all this
        %kerasnb device [cpu|gpu]          where is computed
        %kerasnb check [NUMBER]            whether an exercise is solved; what is wrong, and a hint
        %%kerasnb time                     what each layer costs in a training step (a cell)
        %kerasnb version
        %kerasnb help
        """
        name, _, rest = line.strip().partition(" ")
        command = self._commands.get(name or "help")
        if command is None:
            near = difflib.get_close_matches(name, self._commands, 1)
            hint = say("magic.did_you_mean", name=near[0]) if near else ""
            commands = ", ".join(self._commands)
            raise UsageError(say("magic.unknown", name=name, commands=commands) + hint)
        return command(rest.strip())

    @cell_magic("kerasnb")
    def cell(self, line: str, cell: str) -> Any:
        """Show what each layer costs in a training step: time, memory, operations.

        %%kerasnb time
        model.fit(x, y, batch_size=32)

        The cell ends with a call of `fit` or `train_on_batch`. Its first batch is computed some
        times; the model afterwards is what it was.
        """
        self._check("", line.strip(), ("time",))
        try:
            found = batch_of(self.shell.transform_cell(cell), self.shell.ev, self.shell.ex)
        except ValueError as error:
            raise UsageError(str(error)) from None
        return show.timing(*found)

    # -- commands

    def _time(self, rest: str) -> None:
        raise UsageError(say("magic.help_time"))

    def _summary(self, rest: str) -> Any:
        return show.summary(self._value("summary", rest, Network))

    def _graph(self, rest: str) -> Any:
        flags: set[str] = set()
        given: dict[str, str | None] = dict.fromkeys((*_ENDS, *_DATA))
        others = []
        words = iter(rest.split())
        for word in words:
            if not word.startswith("--"):
                others.append(word)
            elif self._check("graph", word, _GRAPH) in given:
                given[word] = next(words, None)
                if given[word] is None:
                    needed = "name" if word in _ENDS else "variable"
                    raise UsageError(say(f"magic.needs_{needed}", got=word))
            else:
                flags.add(word)
        model = self._value("graph", " ".join(others), Network)
        view = "node" if "--node" in flags else "layer"
        x, y = (None if given[name] is None else self.shell.ev(given[name]) for name in _DATA)
        first, last = (given[name] for name in _ENDS)
        try:
            return show.graph(model, view, "--open" in flags, first, last, x, y)
        except (ValueError, RuntimeError) as error:  # RuntimeError: it is not compiled
            raise UsageError(str(error)) from None

    def _inspect(self, rest: str) -> Any:
        subject = self._value("inspect", rest)
        if not (isinstance(subject, Layer) or backend.is_tensor(subject)):
            raise UsageError(say("magic.no_layer", got=type(subject).__name__))
        return show.inspect(subject)

    def _watch(self, rest: str) -> None:
        if rest:
            self.watching.switch(_SWITCH[self._check("watch", rest, _SWITCH)])
        print(say("magic.watch_on" if self.watching.on else "magic.watch_off"))

    def _datasets(self, rest: str) -> Any:
        if rest:
            return show.dataset(self._check("datasets", rest, CATALOG))
        for name in CATALOG:
            known = info(name)
            made_up = say("magic.synthetic") if known.synthetic else ""
            print(
                f"{name:<16}{known.edition:<6}{known.train:>6} + {known.test:<7}{made_up}".rstrip()
            )
        return None

    def _language(self, rest: str) -> None:
        if rest:
            choice = self._check("language", rest, (*CATALOGUES, "auto"))
            set_language(None if choice == "auto" else choice)
        print(say("magic.language_is", name=language()))

    def _device(self, rest: str) -> None:
        if rest:
            try:
                array.use_device(rest)
            except (ValueError, RuntimeError, ImportError) as error:
                raise UsageError(str(error)) from None
        there = ", ".join(array.devices())
        print(say("magic.device_is", name=array.device(), there=there))

    def _exercise(self, rest: str) -> None:
        from kerasnb.checking import check

        check(*rest.split())

    def _version(self, rest: str) -> None:
        print(f"kerasnb {kerasnb.__version__}")

    def _help(self, rest: str) -> None:
        chosen = [self._check("help", rest, self._commands)] if rest else list(self._commands)
        for name in chosen:
            print(say(f"magic.help_{name}"))

    # -- arguments

    def _value(self, command: str, expression: str, kind: type | None = None) -> Any:
        """Return what the user's expression stands for."""
        if not expression:
            raise UsageError(say(f"magic.help_{command}"))
        value = self.shell.ev(expression)
        if kind is not None and not isinstance(value, kind):
            raise UsageError(say("magic.no_model", command=command, got=type(value).__name__))
        return value

    def _check(self, command: str, value: str, choices: Any) -> str:
        if value not in choices:
            needed = ", ".join(choices)
            raise UsageError(say("magic.choices", command=command, got=value, needed=needed))
        return value

    # -- completion

    def complete(self, shell: Any, event: Any) -> list[str]:
        """Return what may follow on the line: commands, their words, names of models and layers."""
        line = event.line.lstrip()
        if line.startswith("%%"):
            return ["time"]
        words = line.removeprefix("%kerasnb").split(" ")[1:]
        if len(words) < 2:
            return list(self._commands)
        command = words[0]
        kinds = {"summary": (Network,), "graph": (Network,), "inspect": (Layer,)}
        fixed: dict[str, list[str]] = {
            "watch": [*_SWITCH],
            "datasets": [*CATALOG],
            "language": [*CATALOGUES, "auto"],
            "device": ["cpu", "gpu"],
            "help": [*self._commands],
            "graph": [*_GRAPH],
            "check": _exercises(),
        }
        if command == "graph" and words[-2] in _ENDS:
            return [name for name in self._layers(words) if name.startswith(words[-1])]
        if command == "graph" and words[-2] in _DATA:
            return [name for name in self._arrays() if name.startswith(words[-1])]
        found = list(fixed.get(command, []))
        for name, value in list(shell.user_ns.items()):
            named = isinstance(value, kinds.get(command, ())) and not name.startswith("_")
            if named or (command == "inspect" and backend.is_tensor(value)):
                found.append(name)
        return [word for word in found if word.startswith(words[-1])]

    def _arrays(self) -> list[str]:
        """Return the names of variables that may be data: arrays, and lists or dicts of some."""
        found = []
        for name, value in list(self.shell.user_ns.items()):
            several = list(value.values()) if isinstance(value, dict) else value
            first = several[0] if isinstance(several, list | tuple) and several else value
            if not name.startswith("_") and isinstance(first, np.ndarray) and first.ndim:
                found.append(name)
        return found

    def _layers(self, words: list[str]) -> list[str]:
        """Return the names of the layers of the model that is named on the line, or of all."""
        models = {n: m for n, m in self.shell.user_ns.items() if isinstance(m, Network)}
        named = [models[word] for word in words if word in models]
        return [layer.name for model in named or models.values() for layer in model.layers]


def _exercises() -> list[str]:
    """Return the numbers and names of the exercises that the notebook has checks for."""
    checking = sys.modules.get("kerasnb.checking")
    return [] if checking is None else [*checking.EXERCISES]
