"""The kernel's side of the panel: what it tells, and how it answers."""

import gc
import json
import threading
import weakref

import numpy as np
import pytest

from kerasnb import backend as K
from kerasnb.callbacks import Callback, session
from kerasnb.layers import Dense
from kerasnb.models import Sequential
from kerasnb.notebook import language, panel, steering
from kerasnb.notebook.panel import Panel, difference
from kerasnb.notebook.steering import Training
from tests.notebook.models import PAYLOADS, chain, named, twins

X, Y = np.ones((64, 3)), np.ones(64)


def model(name="small"):
    made = Sequential([Dense(1, input_shape=(3,))], name=name)
    made.compile("sgd", "mse")
    return made


def merged(state, changes):
    """Return a state with a JSON merge patch applied."""
    state = dict(state)
    for key, value in changes.items():
        if value is None:
            state.pop(key, None)
        elif isinstance(value, dict):
            before = state.get(key)
            state[key] = merged(before if isinstance(before, dict) else {}, value)
        else:
            state[key] = value
    return state


class FrontEnd:
    """Has what a panel would have; `tell` is called by hand, no thread is there."""

    def __init__(self, **names):
        self.names, self.sent, self.state = names, [], {}
        self.busy = threading.Event()
        self.panel = Panel(names, self.receive, self.busy.set)
        session.add_maker(self.make)

    def make(self, model, params):
        return Training([self.panel])

    def receive(self, message):
        message = json.loads(json.dumps(message, allow_nan=False).encode())
        self.sent.append(message)
        if message["kind"] == "news":
            self.state = merged({} if message["whole"] else self.state, message["changes"])

    def order(self, **order):
        self.panel.receive(order)
        return self.sent[-1]

    def news(self):
        count = len(self.sent)
        self.panel.tell()
        return self.sent[-1]["changes"] if len(self.sent) > count else None


@pytest.fixture
def front_end(monkeypatch):
    monkeypatch.setattr(steering, "_over", steering.deque(maxlen=8))
    made = FrontEnd()
    yield made
    session.remove_maker(made.make)
    made.panel.close()
    language.suggest_language(None)


class At(Callback):
    def __init__(self, batch, call):
        self.batch, self.call = batch, call

    def on_batch_end(self, batch, logs=None):
        if batch == self.batch:
            self.call()


def fit(made, *callbacks, **arguments):
    return made.fit(X, Y, batch_size=8, verbose=0, callbacks=list(callbacks), **arguments)


# -- what is told


def test_models_by_the_users_names(front_end):
    front_end.names.update(
        net=model(), same=None, chain=chain(), twins=twins(), _2=model(), x=X, Net=Sequential
    )
    front_end.names["same"] = front_end.names["net"]
    front_end.names["unbuilt"] = Sequential([Dense(2)], name="later")
    front_end.news()
    assert list(front_end.state["models"]) == ["net", "chain", "twins", "unbuilt"]
    assert front_end.state["models"]["net"] == {
        "name": "small",
        "class": "Sequential",
        "layers": 1,
        "parameters": 4,
        "compiled": True,
    }
    assert "parameters" not in front_end.state["models"]["unbuilt"]


def test_only_what_is_new_is_told(front_end):
    front_end.names["net"] = model()
    assert set(front_end.news()) == {"language", "models", "trainings"}
    assert front_end.news() is None
    front_end.names["other"] = model("other")
    assert front_end.news() is None  # it is looked at after a cell
    front_end.panel.after_cell()
    assert list(front_end.news()["models"]) == ["other"]
    del front_end.names["net"]
    front_end.panel.after_cell()
    assert front_end.news() == {"models": {"net": None}}
    assert list(front_end.state["models"]) == ["other"]


def test_a_training_from_its_beginning_to_its_end(front_end):
    seen = []

    def look():
        seen.append(front_end.news())

    fit(model(), At(0, look), At(4, look), epochs=2, validation_data=(X, Y))
    front_end.news()
    ((number, training),) = front_end.state["trainings"].items()
    assert seen[0]["trainings"][number]["state"] == "running"
    assert training["number"] == int(number) and training["state"] == "finished"
    assert training["progress"]["epoch"] == 2 and training["progress"]["step"] == 8
    assert set(training["metrics"]) == {"loss", "val_loss"} and training["in_main_thread"]


def test_numbers_that_json_has_not(front_end):
    made = model()
    made.fit(X, Y * np.nan, verbose=0)
    K.set_value(made.optimizer.lr, np.inf)
    fit(made)
    front_end.news()
    assert [t["metrics"] for t in front_end.state["trainings"].values()] == [{}, {}]


def test_models_die_as_ever(front_end):
    front_end.names["net"] = made = model()
    fit(made)
    front_end.news()
    dead = weakref.ref(made)
    del made, front_end.names["net"]
    gc.collect()
    assert dead() is None


def test_the_thread_tells_and_ends(front_end):
    told = threading.Event()
    receive = front_end.receive

    def received(message):
        receive(message)
        told.set()

    front_end.panel._send = received
    front_end.order(id="1", order="hello")
    thread = front_end.panel._thread
    for _ in range(2):  # a second hello, of another page, has no second thread
        told.clear()
        front_end.order(id="2", order="hello")
        while not (told.wait() and front_end.sent[-1]["kind"] == "news"):
            told.clear()
        assert front_end.sent[-1]["whole"] and front_end.panel._thread is thread
    front_end.panel.close()
    thread.join()


def test_an_order_does_not_let_a_busy_kernel_look_idle(front_end):
    front_end.order(id="1", order="hello")

    def order():
        front_end.order(id="2", order="datasets")
        front_end.busy.wait()

    fit(model(), At(3, order))


def test_a_model_that_cannot_be_looked_at_is_told_all_the_same(front_end):
    class Odd(Sequential):
        def count_params(self):
            raise RuntimeError("odd")

    class Liar:
        @property
        def __class__(self):
            raise RuntimeError("liar")

    front_end.names.update(odd=Odd(name="odd"), liar=Liar())
    front_end.news()
    assert list(front_end.state["models"]) == ["odd"]


@pytest.mark.parametrize("text", [*PAYLOADS[:10], "\ud800", "x" * 1000])
def test_names_of_strangers(front_end, text):
    made = named("plain")
    made.name = text
    front_end.names["net"] = made
    made.compile("sgd", "mse")
    made.fit(np.ones((2, 4)), np.ones((2, 2)), verbose=0)
    front_end.news()
    (told,) = front_end.state["models"].values()
    assert len(told["name"]) <= 200
    json.dumps(front_end.state).encode()


# -- orders


def number():
    (training,) = steering.trainings()
    return training.number


def test_orders_in_a_training(front_end):
    made, answers = model(), []

    def order(**more):
        answers.append(front_end.order(id="a", training=number(), **more))

    def steer():
        order(order="learning_rate", value=0.5)
        order(order="pause")
        order(order="resume")
        order(order="stop")

    past = fit(made, At(2, steer), epochs=3)
    assert past.epoch == [0] and K.get_value(made.optimizer.lr) == 0.5
    assert answers == [{"kind": "answer", "id": "a", "value": None}] * 4


def test_hello(front_end):
    answer = front_end.order(id="7", order="hello", language="zh")
    assert answer["id"] == "7" and "version" in answer["value"]
    assert language.language() == "en"  # the user has chosen it
    language.set_language(None)
    assert language.language() == "zh"


def test_language(front_end):
    assert front_end.order(id="1", order="language", name="zh")["value"] == "zh"
    front_end.news()
    assert language.language() == front_end.state["language"] == "zh"
    assert "zh" in front_end.order(id="1", order="language", name="xx")["error"]


def test_data_sets(front_end):
    sets = {one["name"]: one for one in front_end.order(id="1", order="datasets")["value"]}
    assert sets["cifar10"]["synthetic"] and sets["mnist"]["editions"]
    names = {}
    exec(sets["boston_housing"]["code"], names)
    assert names["x_train"].shape[1] == 13


def test_chapters(front_end):
    found = front_end.order(id="1", order="chapters")["value"]
    assert {one["language"] for one in found} == {"en", "zh"}
    first = found[0]
    assert first["name"] == "en/01-first-network.ipynb" and not first["title"].startswith("#")
    chapter = front_end.order(id="1", order="chapter", name=first["name"])["value"]
    assert chapter["nbformat"] == 4


@pytest.mark.parametrize("name", ["../pyproject.toml", "en/../../README.md", "", None, 3, ["en"]])
def test_only_chapters_are_given(front_end, name):
    assert "chapter" in front_end.order(id="1", order="chapter", name=name)["error"]


@pytest.mark.parametrize(
    "order",
    [
        None,
        3,
        "hello",
        [],
        {},
        {"order": None},
        {"order": ["hello"]},
        {"order": "__class__"},
        {"order": "nothing", "id": "5"},
        {"order": "pause"},
        {"order": "pause", "training": 99999},
        {"order": "stop", "training": {"a": []}},
        {"order": "learning_rate", "training": 99999, "value": 1},
        {"order": "learning_rate", "training": 1, "value": "1e9"},
        {"order": "learning_rate", "training": 1, "value": True},
        {"order": "language", "name": ["zh"]},
        {"order": "hello", "language": "\ud800"},
        {"order": "chapter", "name": "\ud800"},
        {"order": "nothing", "id": ["\ud800"] * 1000},
    ],
)
def test_odd_messages_are_answered(front_end, order):
    front_end.panel.receive(order)
    (answer,) = front_end.sent
    assert answer["kind"] == "answer" and answer["error"] and "value" not in answer


def test_a_wrong_learning_rate_is_refused(front_end):
    def order():
        for value in (-1, float("nan"), 10**400):
            told.append(front_end.order(order="learning_rate", training=number(), value=value))

    told = []
    fit(model(), At(2, order))
    assert len(told) == 3 and all("error" in answer for answer in told)


def test_differences():
    old = {"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": [1]}
    for new in ({}, old, {"a": {"x": 1}}, {"b": 1}, {"b": {"c": 2, "d": {"g": 4}}, "f": [1, 2]}):
        assert merged(old, difference(old, new)) == new
    assert difference(old, old) == {}


# -- in a shell


class Kernel:
    """What `connect` uses of a kernel."""

    def __init__(self):
        self.iopub_socket, self.sent, self.comms = "iopub", [], {}
        self.session = self.comm_manager = self
        self.kernel_info = {"supported_features": ["kernel subshells"]}

    def register_comm(self, comm):
        self.comms[comm.comm_id] = comm

    def send(self, socket, kind, content, ident):
        self.sent.append(content)


def test_a_comm_that_front_ends_find_and_cannot_close():
    class Shell:
        user_ns: dict = {}
        kernel = Kernel()
        events = type("Events", (), {"register": print, "unregister": print})()

    shell, kernel = Shell(), Shell.kernel
    shell.events.register = shell.events.unregister = lambda *_: None
    connected = panel.connect(shell)
    comm = kernel.comms["kerasnb.v1"]
    assert comm.target_name == "kerasnb.v1"
    assert kernel.sent == [{"comm_id": "kerasnb.v1", "data": {"kind": "here"}}]
    del kernel.comms["kerasnb.v1"]
    comm.handle_close({})
    assert kernel.comms["kerasnb.v1"] is comm
    comm.handle_msg({"content": {}})
    assert "error" in kernel.sent[-1]["data"]
    panel.disconnect(shell, connected)
    assert not kernel.comms and kernel.sent[-1]["data"] == {"kind": "gone"}


def test_a_kernel_without_subshells_tells_without_having_been_asked():
    class Shell:
        user_ns: dict = {}
        kernel = Kernel()
        events = type("Events", (), {"register": print, "unregister": print})()

    Shell.kernel.kernel_info = {}
    told = threading.Event()
    Shell.kernel.send = lambda *message, ident: told.set() if "news" in str(message) else None
    Shell.events.register = Shell.events.unregister = lambda *_: None
    connected = panel.connect(Shell())
    told.wait()
    panel.disconnect(Shell(), connected)


def test_a_shell_without_a_kernel_has_no_panel():
    assert panel.connect(object()) is None
