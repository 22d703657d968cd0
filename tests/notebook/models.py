"""Models to look at, and texts that must never become code."""

from kerasnb.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    add,
    concatenate,
)
from kerasnb.models import Model, Sequential

_SCRIPTS = ("alert(1)", "document.title='x'")
_SHAPES = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    '"><svg onload={}>',
    "'><body onload={}>",
    "</text><script>{}</script>",
    "]]><script>{}</script>",
    "<!--<script>{}</script>-->",
    "&lt;script&gt;{}<script>",
    '" onmouseover="{}',
    "' onfocus='{}' autofocus='",
    "javascript:{}//<a>",
    "</td></tr></table><script>{}</script>",
    "</style><style onload={}>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<math><mtext><script>{}</script></mtext></math>",
    "<a href='javascript:{}'>x</a>",
    "<object data='javascript:{}'>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<x contenteditable onblur={}>",
    "</title><script>{}</script>",
    "\x00<script>{}</script>",
    "\ud800<script>{}</script>".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "{}<table background='javascript:x'>",
    "<base href='//evil/{}'>",
)
PAYLOADS = [shape.format(script) for shape in _SHAPES for script in _SCRIPTS]


def chain():
    """A small classifier of pictures."""
    return Sequential(
        [
            Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1), name="conv"),
            MaxPooling2D(name="pool"),
            Flatten(name="flat"),
            Dense(3, activation="softmax", name="out"),
        ],
        name="chain",
    )


def twins():
    """A model with two inputs, a nested model called twice and a layer called twice."""
    inner = Input((6,), name="inner_input")
    tower = Model(inner, Dense(4, name="inner_dense")(inner), name="tower")
    left, right = Input((6,), name="left"), Input((6,), name="right")
    shared = Dense(2, activation="relu", name="shared")
    a, b = shared(tower(left)), shared(tower(right))
    both = Dropout(0.5, name="drop")(concatenate([a, b], name="both"))
    return Model([left, right], Dense(1, name="out")(both), name="twins")


def recurrent():
    """A model of sequences of any length."""
    x = Input((None, 3), name="steps")
    return Model(x, LSTM(5, name="lstm")(x), name="recurrent")


def residual(blocks, name="residual"):
    """A model of 3 * blocks + 1 layers."""
    x = first = Input((4,), name="first")
    for number in range(blocks):
        y = Dense(4, name=f"dense_{number}")(x)
        y = Activation("relu", name=f"relu_{number}")(y)
        x = add([x, y], name=f"sum_{number}")
    return Model(first, x, name=name)


def named(text, normalized=True):
    """A model in which everything that can have a name is called `text`."""
    x = Input((4,), name=f"in {text}")
    y = Dense(4, activation="relu", name=text)(x)
    y = BatchNormalization(name=f"norm {text}")(y) if normalized else y
    return Model(x, Dense(2, name=f"out {text}")(y), name=f"model {text}")
