"""The kernel's side of JupyterLab's panel: it tells what is alive here, and follows orders.

The messages are in docs/panel.md. What is told comes from a thread of its own, that sleeps while
nothing happens; `fit` only wakes it. Orders come on a thread that the panel has asked the kernel
for (a subshell), as the kernel's main thread is busy while `fit` runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import kerasnb
from kerasnb.engine.network import Network
from kerasnb.notebook import shelf
from kerasnb.notebook.language import language, say, set_language, suggest_language
from kerasnb.notebook.steering import Training, past_trainings, trainings

NAME = "kerasnb.v1"  # of the comm's target, and of the comm: a kernel has one
INTERVAL = 0.1  # seconds from one message to the next, at least
_LONGEST = 200  # characters of a name


class Line:
    """The comm between this kernel and the panels of all its front ends.

    It is there without having been opened by a message: front ends without a panel, that would
    close it, do not hear of it. ipykernel sends what comes for its own comms to the thread that
    has last used them, in a training the busy one; what comes for this one goes where the
    front end wants it. It triggers none of IPython's events, which belong to cells.

    Args:
        kernel: IPython's kernel.
        receive: is called with what is received.
    """

    comm_id = target_name = NAME
    _closed = False

    def __init__(self, kernel: Any, receive: Callable[[Any], None]) -> None:
        self._kernel = kernel
        self._receive = receive
        self.open()

    def open(self) -> None:
        """Be reachable."""
        self._kernel.comm_manager.register_comm(self)

    def close(self) -> None:
        """Be reachable no longer."""
        self._kernel.comm_manager.comms.pop(NAME, None)

    def send(self, data: dict[str, Any]) -> None:
        """Send to all front ends."""
        content = {"comm_id": NAME, "data": data}
        kernel = self._kernel
        kernel.session.send(kernel.iopub_socket, "comm_msg", content, ident=b"comm-kerasnb.v1")

    def say_busy(self) -> None:
        """Say once more that a cell runs: at the end of each order the kernel has said it is idle."""
        kernel = self._kernel
        kernel.session.send(
            kernel.iopub_socket,
            "status",
            {"execution_state": "busy"},
            parent=kernel.get_parent("shell"),
            ident=b"status",
        )

    def handle_msg(self, message: dict[str, Any]) -> None:
        """Take what a front end has sent."""
        self._receive(message["content"].get("data"))

    def handle_close(self, message: dict[str, Any]) -> None:
        """Stay open: what one front end closes, others may use."""
        self._closed = False
        self.open()


class Panel:
    """Tells front ends of models and trainings, and does what they order.

    Args:
        names: the user's names, a dictionary.
        send: function that sends a dictionary to all front ends.
        say_busy: function that tells them that a cell runs.
    """

    shows_progress = False

    def __init__(
        self,
        names: dict[str, Any],
        send: Callable[[dict[str, Any]], None],
        say_busy: Callable[[], None],
    ) -> None:
        self._names = names
        self._send = send
        self._say_busy = say_busy
        self._ordered = False
        self._told: dict[str, Any] = {}
        self._models: dict[str, Any] = {}
        self._whole = self._models_changed = True
        self._number = 0
        self._news = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._orders: dict[str, Callable[[dict[str, Any]], Any]] = {
            "hello": self._hello,
            "pause": lambda order: self._training(order).pause(),
            "resume": lambda order: self._training(order).resume(),
            "stop": lambda order: self._training(order).stop(),
            "learning_rate": self._learning_rate,
            "language": self._language,
            "datasets": lambda order: shelf.datasets(),
            "chapters": lambda order: shelf.chapters(),
            "chapter": lambda order: shelf.chapter(order.get("name")),
        }

    # -- what happens: each of these takes no time

    def begin(self, training: Training) -> None:
        """A training begins (`show` follows)."""

    def batches(self, epoch: int, logs: list[Any]) -> None:
        """There are results (`show` follows)."""

    def end_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """There are results (`show` follows)."""

    def show(self, state: str, progress: dict[str, Any]) -> None:
        """A training tells how far it is."""
        self._news.set()

    def after_cell(self, result: Any = None) -> None:
        """The user's names may be others now."""
        self._models_changed = True
        self._news.set()

    def close(self) -> None:
        """Tell nothing more."""
        self._closed = True
        self._news.set()

    # -- telling

    def begin_telling(self) -> None:
        """Tell all there is and go on with news, by a thread of its own."""
        self._whole = self._models_changed = True
        self._news.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._tell_on, name="kerasnb-panel", daemon=True)
            self._thread.start()

    def _tell_on(self) -> None:
        while not self._closed:
            self._news.wait()
            self._news.clear()
            try:
                self.tell()
                time.sleep(INTERVAL)
                if self._ordered:
                    self._ordered = False
                    if any(training.in_main_thread for training in trainings()):
                        self._say_busy()
            except Exception:  # the kernel goes, or somebody's model cannot be looked at
                self._whole = True
                time.sleep(INTERVAL)

    def tell(self) -> None:
        """Send what is not as it was when this was last called."""
        if self._models_changed:
            self._models_changed = False
            self._models = dict(_models(list(self._names.items())))
        running = [training.described() for training in trainings()]  # first: see Training.end
        known = {str(t["number"]): t for t in [*running, *past_trainings()]}
        now = {"language": language(), "models": self._models, "trainings": known}
        whole, self._whole = self._whole, False
        changes = now if whole else difference(self._told, now)
        self._told = now
        if changes:
            self._number += 1
            self._send({"kind": "news", "number": self._number, "whole": whole, "changes": changes})

    # -- orders

    def receive(self, order: Any) -> None:
        """Do what a front end orders and answer; a mistake is answered, it never raises."""
        answer: dict[str, Any] = {"kind": "answer", "id": None}
        try:
            if not isinstance(order, dict):
                raise TypeError(say("panel.no_order", got=type(order).__name__))
            answer["id"] = _plain(order.get("id", ""))
            name = order.get("order")
            if not isinstance(name, str) or name not in self._orders:
                raise ValueError(say("panel.no_order", got=_plain(name)))
            answer["value"] = self._orders[name](order)
        except Exception as error:
            answer["error"] = _plain(error)
        self._send(answer)
        self._ordered = True
        self._news.set()

    def _hello(self, order: dict[str, Any]) -> dict[str, Any]:
        suggest_language(order.get("language"))
        self.begin_telling()
        return {"version": kerasnb.__version__}

    def _training(self, order: dict[str, Any]) -> Training:
        for training in trainings():
            if training.number == order.get("training"):
                return training
        raise ValueError(say("panel.no_training", number=_plain(order.get("training"))))

    def _learning_rate(self, order: dict[str, Any]) -> None:
        value = order.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(say("panel.no_rate", got=_plain(value)))
        self._training(order).set_learning_rate(value)

    def _language(self, order: dict[str, Any]) -> str:
        set_language(order.get("name"))
        self._news.set()
        return language()


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return what makes `new` of `old`, as a JSON merge patch (RFC 7396): null takes away.

    Example:
        >>> difference({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 2, "d": 4}, "e": 5})
        {'a': None, 'b': {'d': 4}, 'e': 5}
    """
    changes: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            inner = difference(before, value)
            if inner:
                changes[key] = inner
        elif key not in old or before != value:
            changes[key] = value
    return changes


def _models(names: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    """Yield (the user's name, what it is) of each model, by its first name."""
    seen = set()
    for name, value in names:
        # Not isinstance: it asks the object, which may be anything, what class it is.
        if not issubclass(type(value), Network) or name.startswith("_") or id(value) in seen:
            continue
        seen.add(id(value))
        yield _plain(name), _model(value)


def _model(model: Any) -> dict[str, Any]:
    try:
        parameters = int(model.count_params())
    except Exception:  # it has no weights yet
        parameters = None
    return {
        "name": _plain(model.name),
        "class": type(model).__name__,
        "layers": len(model.layers),
        "parameters": parameters,
        "compiled": getattr(model, "optimizer", None) is not None,
    }


def _plain(value: Any) -> str:
    """Return a text that can be sent, and is not too long."""
    return str(value)[:_LONGEST].encode("utf-8", "replace").decode("utf-8")


def connect(shell: Any) -> Panel | None:
    """Let front ends find a panel's other end in a shell's kernel, if it is one that can.

    Args:
        shell: IPython's shell.
    """
    kernel = getattr(shell, "kernel", None)
    if not all(hasattr(kernel, name) for name in ("comm_manager", "session", "iopub_socket")):
        return None
    panel: Panel

    def receive(data: Any) -> None:
        panel.receive(data)

    line = Line(kernel, receive)
    panel = Panel(shell.user_ns, line.send, line.say_busy)
    shell.events.register("post_run_cell", panel.after_cell)
    line.send({"kind": "here"})
    if "kernel subshells" not in getattr(kernel, "kernel_info", {}).get("supported_features", ()):
        panel.begin_telling()  # when all cells are run, no hello can be heard before the end
    return panel


def disconnect(shell: Any, panel: Panel) -> None:
    """Undo `connect`."""
    shell.events.unregister("post_run_cell", panel.after_cell)
    panel.close()
    line = shell.kernel.comm_manager.comms.get(NAME)
    if isinstance(line, Line):
        line.send({"kind": "gone"})
        line.close()
