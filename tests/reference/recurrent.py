"""What recurrent layers do with masks, states, constants and other cells, asked of real Keras.

Run `python -m tests.reference.recurrent` from the repository's root in an environment with tf_keras
(see `generate.py`). It writes `recurrent.npz`: for each scenario the outputs of all its batches,
and the gradients by inputs and weights in the first, all in float64. Weights and inputs come from
seeds.
"""

import os
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FILE = HERE / "recurrent.npz"
HARD = {"recurrent_activation": "hard_sigmoid"}
STEPS, FEATURES, UNITS, BATCH = 5, 3, 2, 4
SCENARIOS = {}


def scenario(batches=1, reset=None, **variants):
    """Register a function of (keras, *arguments) that returns inputs and outputs of a model.

    Args:
        batches: how many batches it reads, one after the other.
        reset: number of the batch before which the states are reset.
        **variants: arguments by the variant's name; one variant without arguments by default.
    """

    def register(build):
        for name, arguments in (variants or {"": ()}).items():
            SCENARIOS[f"{build.__name__} {name}".strip()] = (build, arguments, batches, reset)
        return build

    return register


def random_for(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def arrays_for(name, shapes, dtypes, batches):
    """Return the input arrays of each batch; words are integers below 4."""
    random = random_for(name)
    result = []
    for _ in range(batches):
        arrays = []
        for shape, dtype in zip(shapes, dtypes, strict=True):
            full = (BATCH, *shape[1:])
            if "int" in dtype:
                arrays.append(random.randint(0, 4, full))
                continue
            array = random.standard_normal(full)
            if array.ndim == 3 and array.shape[1] == STEPS:  # steps to mask: first, inside, all
                array[0, :2] = 0
                array[1, 2:4] = 0
                array[2] = 0
            arrays.append(array)
        result.append(arrays)
    return result


def weights_for(name, shapes):
    random = random_for(name + " weights")
    return [0.6 * random.standard_normal(s) for s in shapes]


def factors_for(name, shapes):
    random = random_for(name + " factors")
    return [random.standard_normal(s) for s in shapes]


def flat(outputs):
    """Return nested outputs as one list."""
    if not isinstance(outputs, (list, tuple)):
        return [outputs]
    return [y for o in outputs for y in flat(o)]


def recurrent(keras, kind, **settings):
    """Return a layer with the settings that all Keras versions agree on."""
    layers = keras.layers
    if kind == "SimpleRNN":
        return layers.SimpleRNN(UNITS, **settings)
    if kind == "LSTM":
        return layers.LSTM(UNITS, **HARD, **settings)
    return layers.GRU(UNITS, reset_after=kind == "GRU after", **HARD, **settings)


KINDS = {kind: (kind,) for kind in ("SimpleRNN", "GRU", "GRU after", "LSTM")}
EVERYTHING = {"return_sequences": True, "return_state": True}


def masked_input(keras, batch=None):
    x = keras.layers.Input(batch_shape=(batch, STEPS, FEATURES))
    return x, keras.layers.Masking()(x)


@scenario(**KINDS)
def masked(keras, kind):
    x, y = masked_input(keras)
    return [x], recurrent(keras, kind, **EVERYTHING)(y)


@scenario(**KINDS)
def masked_last(keras, kind):
    x, y = masked_input(keras)
    return [x], recurrent(keras, kind, go_backwards=True)(y)


@scenario(**KINDS)
def masked_unrolled(keras, kind):
    x, y = masked_input(keras)
    return [x], recurrent(keras, kind, unroll=True, **EVERYTHING)(y)


@scenario(**KINDS)
def masked_from_states(keras, kind):
    x, y = masked_input(keras)
    states = [keras.layers.Input((UNITS,)) for _ in range(1 + (kind == "LSTM"))]
    return [x, *states], recurrent(keras, kind, **EVERYTHING)(y, initial_state=states)


@scenario(**KINDS)
def from_states_backwards(keras, kind):
    x = keras.layers.Input((None, FEATURES))
    states = [keras.layers.Input((UNITS,)) for _ in range(1 + (kind == "LSTM"))]
    layer = recurrent(keras, kind, go_backwards=True, **EVERYTHING)
    return [x, *states], layer(x, initial_state=states)


@scenario(**KINDS)
def encoder_and_decoder(keras, kind):
    x, z = keras.layers.Input((STEPS, FEATURES)), keras.layers.Input((3, FEATURES))
    _, *states = recurrent(keras, kind, return_state=True)(x)
    decoder = recurrent(keras, kind, return_sequences=True)
    return [x, z], decoder(z, initial_state=states)


@scenario(batches=3, reset=2, **KINDS)
def stateful(keras, kind):
    x = keras.layers.Input(batch_shape=(BATCH, STEPS, FEATURES))
    return [x], recurrent(keras, kind, stateful=True, return_sequences=True)(x)


@scenario(batches=2, **KINDS)
def stateful_masked(keras, kind):
    x, y = masked_input(keras, BATCH)
    return [x], recurrent(keras, kind, stateful=True, **EVERYTHING)(y)


@scenario()
def stacked_layers(keras):
    x, y = masked_input(keras)
    y = recurrent(keras, "LSTM", return_sequences=True)(y)
    y = recurrent(keras, "GRU", return_sequences=True)(y)
    return [x], recurrent(keras, "SimpleRNN")(y)


@scenario(scan=(False,), unrolled=(True,))
def stacked_cells(keras, unroll):
    layers = keras.layers
    x, y = masked_input(keras)
    cells = [
        layers.LSTMCell(3, **HARD),
        layers.GRUCell(2, reset_after=False, **HARD),
        layers.SimpleRNNCell(UNITS),
    ]
    return [x], layers.RNN(cells, unroll=unroll, return_sequences=True)(y)


def minimal_cell(keras):
    """The cell of one's own that Keras's documentation shows."""
    K = keras.backend

    class MinimalRNNCell(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            self.units = units
            self.state_size = units
            super().__init__(**kwargs)

        def build(self, input_shape):
            self.kernel = self.add_weight(
                shape=(input_shape[-1], self.units), initializer="uniform", name="kernel"
            )
            self.recurrent_kernel = self.add_weight(
                shape=(self.units, self.units), initializer="uniform", name="recurrent_kernel"
            )
            self.built = True

        def call(self, inputs, states):
            prev_output = states[0]
            h = K.dot(inputs, self.kernel)
            output = h + K.dot(prev_output, self.recurrent_kernel)
            return output, [output]

    return MinimalRNNCell


@scenario(one=(1,), two=(2,))
def cells_of_ones_own(keras, number):
    x, y = masked_input(keras)
    cells = [minimal_cell(keras)(3 + i) for i in range(number)]
    layer = keras.layers.RNN(cells if number > 1 else cells[0], **EVERYTHING)
    return [x], layer(y)


def constant_cell(keras):
    """A cell with an output of another size than its state, which reads a constant."""
    K = keras.backend

    class ConstantCell(keras.layers.Layer):
        state_size = 3
        output_size = 2

        def build(self, input_shape):
            # Keras 2.3.1 gives the shapes of input and constants, tf_keras that of the input.
            shape = input_shape[0] if isinstance(input_shape, list) else input_shape
            self.a = self.add_weight(shape=(shape[-1], 3), initializer="uniform", name="a")
            self.b = self.add_weight(shape=(3, 3), initializer="uniform", name="b")
            self.c = self.add_weight(shape=(4, 3), initializer="uniform", name="c")
            self.d = self.add_weight(shape=(3, 2), initializer="uniform", name="d")
            self.built = True

        def call(self, inputs, states, constants):
            driven = K.dot(inputs, self.a) + K.dot(constants[0], self.c)
            state = K.tanh(driven + K.dot(states[0], self.b))
            return K.dot(state, self.d), [state]

    return ConstantCell


@scenario(plain=(False,), states=(True,))
def constants(keras, states):
    x, y = masked_input(keras)
    constant = keras.layers.Input((4,))
    first = keras.layers.Input((3,))
    layer = keras.layers.RNN(constant_cell(keras)(), return_sequences=True)
    if states:
        return [x, first, constant], layer(y, initial_state=first, constants=constant)
    return [x, constant], layer(y, constants=constant)


MODES = {str(mode): (mode,) for mode in ("concat", "sum", "mul", "ave", None)}


@scenario(**MODES)
def both_ways(keras, mode):
    # Without a mask: where it is false, tf_keras returns zeros, Keras 2.3.1 the output before.
    x = keras.layers.Input((STEPS, FEATURES))
    layer = recurrent(keras, "LSTM", **EVERYTHING)
    return [x], keras.layers.Bidirectional(layer, merge_mode=mode)(x)


@scenario(**MODES)
def both_ways_last(keras, mode):
    x, y = masked_input(keras)
    return [x], keras.layers.Bidirectional(recurrent(keras, "GRU"), merge_mode=mode)(y)


@scenario()
def both_ways_from_states(keras):
    x = keras.layers.Input((None, FEATURES))
    states = [keras.layers.Input((UNITS,)) for _ in range(4)]
    layer = keras.layers.Bidirectional(recurrent(keras, "LSTM", **EVERYTHING))
    return [x, *states], layer(x, initial_state=states)


@scenario(batches=3, reset=2)
def both_ways_stateful(keras):
    x = keras.layers.Input(batch_shape=(BATCH, STEPS, FEATURES))
    layer = recurrent(keras, "LSTM", stateful=True, return_sequences=True)
    return [x], keras.layers.Bidirectional(layer)(x)


@scenario()
def both_ways_twice(keras):
    x, y = masked_input(keras)
    y = keras.layers.Bidirectional(recurrent(keras, "GRU after", return_sequences=True))(y)
    return [x], keras.layers.Bidirectional(recurrent(keras, "LSTM"), merge_mode="sum")(y)


@scenario()
def model_at_every_step(keras):
    layers = keras.layers
    inner = keras.models.Sequential(
        [layers.Dense(4, activation="tanh", input_shape=(FEATURES,)), layers.Dense(UNITS)]
    )
    x = layers.Input((None, FEATURES))
    return [x], layers.TimeDistributed(inner)(x)


@scenario()
def words_of_sentences(keras):
    """The words of each sentence to a vector, and the sentences to one."""
    layers = keras.layers
    x = layers.Input((3, STEPS), dtype="int32")
    y = layers.TimeDistributed(layers.Embedding(4, 3, mask_zero=True))(x)
    y = layers.TimeDistributed(recurrent(keras, "LSTM"))(y)
    return [x], recurrent(keras, "GRU")(y)


@scenario()
def masked_steps_of_a_dense_layer(keras):
    x, y = masked_input(keras)
    y = keras.layers.TimeDistributed(keras.layers.Dense(4))(y)
    return [x], recurrent(keras, "LSTM")(y)


def images(keras, batch=None):
    return keras.layers.Input(batch_shape=(batch, 3, 4, 4, 2))


@scenario(valid=("valid",), same=("same",))
def images_to_images(keras, padding):
    x = images(keras)
    settings = {"padding": padding, **HARD, **EVERYTHING}
    return [x], keras.layers.ConvLSTM2D(2, 2, **settings)(x)


@scenario(batches=2)
def images_stateful(keras):
    x = images(keras, BATCH)
    settings = {"padding": "same", "stateful": True, "go_backwards": True, **HARD}
    return [x], keras.layers.ConvLSTM2D(2, 3, **settings)(x)


def main():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf
    import tf_keras as keras

    keras.backend.set_floatx("float64")
    made_with = f"tf_keras {keras.__version__}, tensorflow {tf.__version__}"
    stored = {"made_with": np.array(made_with)}
    for name, (build, arguments, batches, reset) in SCENARIOS.items():
        inputs, outputs = build(keras, *arguments)
        model = keras.models.Model(inputs, flat(outputs))
        model.set_weights(weights_for(name, [w.shape for w in model.get_weights()]))
        shapes, dtypes = [x.shape for x in inputs], [x.dtype.name for x in inputs]
        shapes = [tuple(STEPS if n is None else n for n in s) for s in shapes]
        for number, arrays in enumerate(arrays_for(name, shapes, dtypes, batches)):
            if number == reset:
                model.reset_states()
            xs = [tf.constant(a) for a in arrays]
            with tf.GradientTape() as tape:
                floats = [x for x in xs if x.dtype.is_floating]
                for x in floats:
                    tape.watch(x)
                ys = flat(model(xs if len(xs) > 1 else xs[0]))
                factors = factors_for(name, [tuple(y.shape) for y in ys])
                total = sum(tf.reduce_sum(y * f) for y, f in zip(ys, factors, strict=True))
            by = [*floats, *model.trainable_weights]
            grads = [] if number else tape.gradient(total, by, unconnected_gradients="zero")
            for i, value in enumerate([*ys, *(tf.convert_to_tensor(g) for g in grads)]):
                stored[f"{name}|{number}|{i}"] = np.asarray(value)
    np.savez_compressed(FILE, **stored)
    print(f"{FILE}: {len(SCENARIOS)} scenarios, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
