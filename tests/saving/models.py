"""Models of many kinds, small, to be saved and loaded."""

import numpy as np

from kerasnb import backend as K
from kerasnb import layers
from kerasnb.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Conv2D,
    ConvLSTM2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GRUCell,
    Input,
    Lambda,
    LeakyReLU,
    LSTMCell,
    Masking,
    MaxPooling2D,
    SeparableConv2D,
    SimpleRNN,
    SimpleRNNCell,
    TimeDistributed,
    add,
    concatenate,
)
from kerasnb.models import Model, Sequential


class Scale(layers.Layer):
    """A layer of one's own: with a setting, and a weight of one's own making."""

    def __init__(self, power=1, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def build(self, input_shape):
        self.factor = self.add_weight("factor", (input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        return (inputs * self.factor) ** self.power

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def twice(x):
    """A function of one's own, for Lambda and Activation."""
    return 2 * x


def cubic(y_true, y_pred):
    """A loss and metric of one's own."""
    return K.mean(K.abs(y_true - y_pred) ** 3, axis=-1)


# A Lambda's function is found under the layer's name: what the file has is code, and not run.
OWN = {"Scale": Scale, "twice": twice, "cubic": cubic, "doubled": twice}


def stack():
    return Sequential(
        [
            Dense(8, activation="relu", input_shape=(6,), kernel_regularizer="l2"),
            Dropout(0.25),
            BatchNormalization(),
            Dense(3, activation="softmax"),
        ]
    )


def pictures():
    return Sequential(
        [
            Conv2D(4, 3, padding="same", input_shape=(6, 6, 1), activation="relu"),
            BatchNormalization(),
            MaxPooling2D(),
            SeparableConv2D(3, 2),
            LeakyReLU(0.1),
            Flatten(),
            Dense(2),
        ]
    )


def words():
    return Sequential([Embedding(20, 4, input_length=5), Conv1D(3, 2), Flatten(), Dense(1)])


def sequences():
    """Recurrent layers, both ways, on each step, stacked, masked."""
    x = Input((5, 3), name="x")
    y = Bidirectional(LSTM(3, return_sequences=True, name="long"), name="both")(Masking()(x))
    y = GRU(4, return_sequences=True, reset_after=True)(y)
    y = TimeDistributed(Dense(3, activation="tanh"))(y)
    stacked = RNN([LSTMCell(3), GRUCell(2), SimpleRNNCell(2)])(y)
    return Model(x, Dense(1)(concatenate([stacked, SimpleRNN(2)(y)])))


def moving_pictures():
    return Sequential(
        [
            ConvLSTM2D(2, 2, input_shape=(3, 4, 4, 1), return_sequences=True),
            TimeDistributed(Sequential([Conv2D(2, 2, input_shape=(3, 3, 2)), Flatten()])),
            Bidirectional(GRU(2)),
            Dense(1),
        ]
    )


def states():
    """A layer whose state comes from another one, and one that keeps its own."""
    x = Input(batch_shape=(4, 3, 2), name="x")
    y, h, c = LSTM(3, return_sequences=True, return_state=True)(x)
    return Model(x, [LSTM(3)(y, initial_state=[h, c]), GRU(2, stateful=True)(y)])


def branches():
    x = Input((6,), name="x")
    left, right = Dense(4, name="left")(x), Dense(4, name="right")(x)
    both = add([left, Activation("tanh")(right)])
    return Model(x, Dense(2)(concatenate([both, x])))


def shared():
    """A layer and a model that are called twice, and a model within the model within."""
    left, right = Input((4,), name="a"), Input((4,), name="b")
    x = Input((3,))
    core = Sequential([Dense(3, input_shape=(3,)), BatchNormalization()], name="core")
    inner = Model(x, core(x), name="inner")
    step = Dense(3, name="step")
    joined = concatenate([inner(step(left)), inner(step(right))])
    return Model([left, right], Dense(1)(joined))


def two_outputs():
    x = Input((6,), name="x")
    hidden = Dense(5, activation="relu")(x)
    return Model(x, [Dense(2, name="first")(hidden), Dense(1, name="second")(hidden)])


def frozen():
    """A model within whose layers are not all trained: the order of its weights depends on it."""
    inner = Sequential(
        [Dense(3, input_shape=(3,)), BatchNormalization(), Dense(3), Dense(3)], name="inner"
    )
    inner.layers[2].trainable = False
    return Sequential([Dense(3, input_shape=(6,)), inner, Dense(1)])


def own():
    x = Input((6,))
    y = Scale(power=2)(x)
    return Model(x, Dense(1, activation=twice)(Lambda(twice, name="doubled")(y)))


MODELS = {
    f.__name__: f
    for f in (
        stack,
        pictures,
        words,
        sequences,
        moving_pictures,
        states,
        branches,
        shared,
        two_outputs,
        frozen,
        own,
    )
}


def inputs_of(model, samples=4, seed=1):
    """Return random inputs that fit a model."""
    random = np.random.RandomState(seed)
    first = next(iter(model.layers))
    if isinstance(first, Embedding):
        return random.randint(0, first.input_dim, (samples, *K.int_shape(model.inputs[0])[1:]))
    arrays = [random.rand(samples, *K.int_shape(x)[1:]).astype("float32") for x in model.inputs]
    return arrays if len(arrays) > 1 else arrays[0]


def targets_of(model, samples=4, seed=2):
    """Return random targets that fit a model."""
    random = np.random.RandomState(seed)
    arrays = [random.rand(samples, *K.int_shape(y)[1:]).astype("float32") for y in model.outputs]
    return arrays if len(arrays) > 1 else arrays[0]


def shaken(model, seed=3):
    """Give a model weights that no initializer makes, and return it."""
    random = np.random.RandomState(seed)
    model.set_weights([random.rand(*w.shape).astype(w.dtype) + 0.1 for w in model.get_weights()])
    return model
