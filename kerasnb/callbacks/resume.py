"""Going on with a training after its process has been killed, as if nothing had happened."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..array import Stream, xp
from ..graph import Node, Variable
from ..graph.autodiff import applications
from ..utils.io_utils import atomic_write, remove_leftovers
from ..utils.sequence import Sequence
from .base import Callback

_FORMAT = 1  # of the file


class Resume(Callback):
    """Let a training that was killed go on after its last complete epoch, with the same numbers.

    After each epoch everything that the next one depends on is written to a file: weights, the
    optimizer's state, the random streams of dropout and the like, `numpy.random` and `random`, the
    order of the samples, the History, and the state of callbacks that have `get_state` and
    `set_state` (EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, CSVLogger, TensorBoard). The
    same program, started again, finds the file: `fit` goes on with the epoch after. When the
    training has come to its end, the file is removed.

    A Sequence that changes from epoch to epoch can have `get_state` and `set_state` too. How far a
    generator has gone is not known, and several threads draw from `numpy.random` in no fixed order:
    for the very same numbers give arrays, or a Sequence and at most one thread, or processes.

    Args:
        path: the file.
        delete: whether the file is removed at the end of the training. If it stays, a `fit` for
            more epochs goes on where the training ended.

    Example:
        >>> import tempfile
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> def train(epochs):
        ...     model = Sequential([Dense(1, input_shape=(2,))])
        ...     model.compile("adam", "mse")
        ...     resume = Resume(folder + "/training.npz", delete=False)
        ...     x, y = np.ones((4, 2)), np.ones(4)
        ...     return model.fit(x, y, epochs=epochs, verbose=0, callbacks=[resume])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     first, second = train(2), train(3)
        >>> second.epoch, second.history["loss"][:2] == first.history["loss"]
        ([0, 1, 2], True)
    """

    def __init__(self, path: Any, delete: bool = True) -> None:
        self.path = Path(path)
        self.delete = delete

    def on_train_begin(self, logs: Any = None) -> None:
        """Remove what a killed training has left beside the file."""
        remove_leftovers(self.path.parent)

    # The three methods below are called by the training itself: before all other callbacks have
    # begun, or have ended their epoch, there is nothing to restore or to keep.

    def restore(self, function: Any, source: Any, callbacks: Iterable[Any]) -> int:
        """Go back to the state in the file, if there is one; called when a training begins.

        Args:
            function: the function of a training step.
            source: the batches.
            callbacks: all callbacks of the training.

        Returns:
            Number of the epoch to go on with; 0 without a file.

        Raises:
            ValueError: if the file is of another training.
        """
        self._source = source
        self._remembering = [c for c in callbacks if hasattr(c, "get_state")]
        changed = [node for update in function.updates for node in update]
        nodes = applications([*function.outputs, *changed, *self.model._weights_in_order()])
        self._variables = [node for node in nodes if isinstance(node, Variable)]
        self._streams = list(dict.fromkeys(_streams(nodes)))
        self._warn_if_forgetful(getattr(source, "source", None))
        if not self.path.exists():
            return 0
        with np.load(self.path, allow_pickle=False) as file:
            state = _unpack(json.loads(str(file["state"])), file)
        self._check(state)
        for variable, value in zip(self._variables, state["variables"], strict=True):
            variable.assign(value)
        for stream, value in zip(self._streams, state["streams"], strict=True):
            xp().set_generator_state(stream.generator(xp()), value)
        np.random.set_state(state["numpy"])
        random.setstate(state["random"])
        source.set_state(state["source"])
        for callback, value in zip(self._remembering, state["callbacks"], strict=True):
            callback.set_state(value)
        self.model.stop_training = state["stopped"]
        return state["epoch"] + 1

    def _warn_if_forgetful(self, data: Any) -> None:
        changes = getattr(type(data), "on_epoch_end", Sequence.on_epoch_end)
        forgets = changes is not Sequence.on_epoch_end and not hasattr(data, "get_state")
        if forgets or hasattr(data, "__next__") and not hasattr(data, "get_state"):
            warnings.warn(
                f"Resume: what a {type(data).__name__} gives may differ from epoch to epoch, and it "
                "has no get_state and set_state, so it begins anew when the training goes on.",
                stacklevel=2,
            )

    def _check(self, state: dict[str, Any]) -> None:
        mine = self._signature()
        for what, here in mine.items():
            there = state["signature"].get(what)
            if there != here:
                raise ValueError(
                    f"Resume: {self.path} is of another training: {what} differ, {there} there "
                    f"and {here} here. Remove the file to begin anew."
                )

    def _signature(self) -> dict[str, Any]:
        """What a training must have in common with the one that wrote a file."""
        return {
            "formats": _FORMAT,
            "shapes of variables": [list(v.shape) for v in self._variables],
            "numbers of random streams": len(self._streams),
            "callbacks": [type(c).__name__ for c in self._remembering],
        }

    def keep(self, epoch: int) -> None:
        """Write the state after an epoch; called when all callbacks have ended it."""
        state = {
            "signature": self._signature(),
            "epoch": epoch,
            "stopped": bool(self.model.stop_training),
            "variables": [variable.read() for variable in self._variables],
            "streams": [xp().generator_state(s.generator(xp())) for s in self._streams],
            "numpy": np.random.get_state(),
            "random": random.getstate(),
            "source": self._source.get_state(),
            "callbacks": [c.get_state() for c in self._remembering],
        }
        arrays: dict[str, Any] = {}
        arrays["state"] = np.array(json.dumps(_pack(state, arrays)))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)

    def finish(self) -> None:
        """Remove the file; called at the end of a training, unless it was interrupted."""
        if self.delete:
            self.path.unlink(missing_ok=True)


def _streams(nodes: Iterable[Node]) -> Iterable[Stream]:
    """Return the random streams that nodes draw from, those in the steps of scans too."""
    for node in nodes:
        if isinstance(getattr(node.op, "stream", None), Stream):
            yield node.op.stream  # type: ignore[union-attr]
        body = getattr(node.op, "body", None)
        if body is not None:
            yield from _streams(applications([*body.outputs, *body.new_states]))


# A state is nested lists, tuples, dictionaries and numbers, which JSON keeps to the last bit, and
# arrays, which go into the file by number. Nothing is run when it is read, as with pickle.


def _pack(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        # NumPy's float64 is a float too, but must come back as what it was.
        if not isinstance(value, np.generic):
            return value
    if isinstance(value, list):
        return [_pack(v, arrays) for v in value]
    if isinstance(value, tuple):
        return {"tuple": [_pack(v, arrays) for v in value]}
    if isinstance(value, dict):
        return {"dict": [[_pack(k, arrays), _pack(v, arrays)] for k, v in value.items()]}
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        name = f"array_{len(arrays)}"
        arrays[name] = np.asarray(value)
        return {"number" if isinstance(value, np.generic) else "array": name}
    raise TypeError(
        "Resume: a state is made of numbers, texts, arrays, lists, tuples and dictionaries; got "
        f"{type(value).__name__}."
    )


def _unpack(packed: Any, arrays: Any) -> Any:
    if isinstance(packed, list):
        return [_unpack(v, arrays) for v in packed]
    if not isinstance(packed, dict):
        return packed
    ((kind, value),) = packed.items()
    if kind == "tuple":
        return tuple(_unpack(v, arrays) for v in value)
    if kind == "dict":
        return {_unpack(k, arrays): _unpack(v, arrays) for k, v in value}
    return arrays[value][()] if kind == "number" else arrays[value]
