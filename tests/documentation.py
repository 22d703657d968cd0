"""Run the programs of the documentation that kerasnb follows, as they stand.

    python -m tests.documentation FILE [GROUP ...]

takes the code blocks out of the document (a text that stays outside of the repository) and runs
them in groups, each in a process of its own: a block that goes on from an earlier one runs after
it. What the text does not give, the data above all, is made here, and made small. What it says of a
result is checked: the shapes and numbers in comments, and the errors.
"""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# First and last block of each group.
GROUPS = {
    "thirty seconds, and saving": (0, 14),
    "inner outputs": (15, 17),
    "stopping, history, states": (18, 20),
    "freezing": (21, 22),
    "pop": (23, 23),
    "axes": (24, 24),
    "first functional model": (25, 27),
    "two inputs and two outputs": (28, 34),
    "shared layers": (35, 36),
    "nodes": (37, 41),
    "inception": (42, 42),
    "residual": (43, 43),
    "shared vision": (44, 44),
    "questions about pictures and films": (45, 46),
    "Sequential": (47, 52),
    "perceptrons": (53, 54),
    "VGG": (55, 55),
    "LSTM and Conv1D for texts": (56, 57),
    "stacked LSTMs": (58, 59),
    "about layers": (60, 64),
    "core layers": (65, 80),
    "embedding": (81, 82),
    "merge layers": (83, 100),
    "noise, normalization, pooling": (101, 105),
    "recurrent layers": (106, 110),
    "wrappers": (111, 115),
    "models": (116, 137),
    "losses and metrics": (138, 142),
    "optimizers": (143, 151),
    "activations": (152, 163),
    "data sets": (164, 170),
    "regularizers": (171, 173),
    "pictures of models and trainings": (174, 176),
}

# The document leaves out imports that it has made elsewhere.
ALWAYS = """
import numpy as np
import keras
from keras import backend as K
from keras.layers import *
from keras.models import *
random = np.random.RandomState(0)
def one_hot(count, classes):
    return np.eye(classes)[random.randint(classes, size=count)]
def small_model():
    return Sequential([Dense(8, input_dim=6), Dropout(0.5), Dense(5), Dense(4, name='my_layer'),
                       Dense(1)])
"""

# What the text takes for granted before a block.
GIVEN = {
    4: "x_train, y_train = random.rand(64, 100), one_hot(64, 10)",
    5: "x_batch, y_batch = x_train[:32], y_train[:32]",
    6: "x_test, y_test = x_train, y_train",
    14: """
fname = 'first.h5'
model = Sequential([Dense(2, input_dim=3, name='dense_1'), Dense(3, name='dense_2')])
model.save_weights(fname)
first_weights = model.layers[0].get_weights()
""",
    15: "data = random.rand(8, 6)",
    16: "X = random.rand(8, 6)\nmodel = small_model()",
    18: """
X, y = random.rand(40, 6), random.rand(40, 1)
model = small_model()
model.compile('sgd', 'mse')
""",
    20: "X = random.rand(32, 21, 16)",
    22: "data, labels = random.rand(64, 32), random.rand(64, 32)",
    25: "data, labels = random.rand(64, 784), one_hot(64, 10)",
    33: """
headline_data, additional_data = random.randint(1, 10000, (4, 100)), random.rand(4, 5)
labels = random.randint(2, size=(4, 1))
""",
    36: "data_a, data_b = random.rand(2, 8, 140, 256)\nlabels = random.randint(2, size=(8, 1))",
    56: """
max_features = 50
x_train, y_train = random.randint(max_features, size=(32, 12)), random.randint(2, size=(32, 1))
x_test, y_test = x_train, y_train
""",
    57: """
seq_length = 40
x_train, y_train = random.rand(32, seq_length, 100), random.randint(2, size=(32, 1))
x_test, y_test = x_train, y_train
""",
    62: "filters, kernel_size, units = 4, 3, 8",
    66: "activation = 'relu'",
    67: "rate = 0.5",
    69: "K.set_image_data_format('channels_first')",
    70: "K.set_image_data_format('channels_last')\ntarget_shape = (3, 4)",
    72: "dims = (2, 1)",
    74: "n = 3",
    76: "function = K.square",
    77: "model = Sequential([Dense(4, input_dim=3)])",
    80: "timesteps, features = 5, 4",
    81: "input_dim, output_dim = 10, 4",
    91: "axes = 1",
    92: "inputs = [Input((3,)), Input((3,))]",
    94: "inputs = [Input((3,)), Input((3,))]",
    101: "stddev = 0.1",
    102: "rate = 0.5",
    108: "units = 4",
    111: "layer = Dense(3)",
    113: "K.set_image_data_format('channels_first')",
    114: "K.set_image_data_format('channels_last')\nlayer = LSTM(3)",
    117: """
a1, a2 = Input((3,)), Input((3,))
b1, b3 = Dense(2)(a1), Dense(2)(keras.layers.add([a1, a2]))
""",
    136: """
model = Sequential([Dense(1, input_dim=3)])
model.compile('sgd', 'mse')
Path('lines.txt').write_text('1 2 3 4\\n5 6 7 8\\n')
open = lambda path, open=open: open(path.replace('/my_file', 'lines'))
def process_line(line):
    numbers = np.array([line.split()], dtype='float32')
    return numbers[:, :3], numbers[:, 3:]
""",
    138: "model = Sequential([Dense(3, input_dim=4)])",
    141: "int_labels = [0, 2, 1]",
    152: "model = Sequential([Dense(4, input_dim=3)])",
    155: "x = K.variable(random.randn(2, 3))",
    171: "model = Sequential()",
    173: "model = Sequential()",
    174: "model = Sequential([Dense(4, input_dim=3), Dense(1, activation='sigmoid')])",
    176: """
import matplotlib
matplotlib.use('agg')
x, y = random.rand(32, 3), random.randint(2, size=32)
model.compile('sgd', 'binary_crossentropy', metrics=['acc'])
""",
}

# What stands for something else in the text, or would take long: (text, in its place).
PATCHES = {
    15: [("...  # create the original model", "small_model()")],
    24: [("print sum0", "print(sum0)"), ("print sum1", "print(sum1)")],
    33: [("epochs=50", "epochs=3")],
    34: [("epochs=50", "epochs=3")],
    36: [("epochs=10", "epochs=2")],
    55: [("epochs=10", "epochs=2")],
    136: [("samples_per_epoch=10000, nb_epoch=10", "samples_per_epoch=20, nb_epoch=2")],
}

# Blocks that must fail: error, words of the message.
FAILS = {
    38: (AttributeError, "Use `get_output_at(node_index)` instead."),
    47: (TypeError, "units"),
    106: (TypeError, "SimpleRNN, GRU or LSTM"),  # the text: abstract, not to be made
    107: (ValueError, "return_sequences=True"),
}

# What the text says beside the code.
SAYS = {
    7: "assert model.optimizer is not None",
    14: """
for a, b in zip(model.layers[0].get_weights(), first_weights):
    np.testing.assert_array_equal(a, b)
""",
    15: "assert intermediate_output.shape == (8, 4)",
    16: "assert layer_output.shape == (8, 4)",
    19: "assert set(hist.history) == {'loss', 'val_loss'}",
    20: "assert not any(np.any(K.get_value(s)) for s in model.layers[0].states)",
    27: "assert K.int_shape(processed_sequences) == (None, 20, 10)",
    43: "assert K.int_shape(z) == (None, 256, 256, 3)",
    46: "assert K.int_shape(encoded_frame_sequence) == (None, 100, 25 * 25 * 256)",
    61: "assert isinstance(layer, Dense) and layer.units == 32",
    141: "assert categorical_labels.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]",
    168: "assert x_train.shape[1:] == (28, 28) and x_train.dtype == 'uint8'",
    165: "assert y_train.shape[1:] == (1,)",  # notes: the documentation's (n,) is a slip
    170: "assert x_train.shape[1:] == (13,)",
    174: "assert Path('model.png').read_bytes().startswith(b'\\x89PNG')",
}

# Names on the left of a signature that stands for a method, by block.
METHODS = {
    **dict.fromkeys(range(118, 125), "Model"),
    **dict.fromkeys(range(125, 138), "Sequential"),
}


def blocks(text):
    """Return the code blocks of the document, in order."""
    return re.findall(r"^```(?:python|pyhton)[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def with_checks(code):
    """Return code whose comments on results are asserts."""
    code = re.sub(
        r"^#\s*now:?\s+(model\.output_shape == \([^)]*\)).*$", r"assert \1", code, flags=re.M
    )
    return re.sub(r'^print\((.*)\)\s+# "(.*)"$', r"assert str(\1) == '\2'", code, flags=re.M)


def check_signature(cls, call):
    """Check that a method takes the arguments with which a text like `fit(self, x, y)` shows it."""
    method = getattr(cls, call.func.id)
    parameters = inspect.signature(method).parameters
    renames = "kwargs" in parameters or hasattr(method, "__wrapped__")  # spellings of Keras 1
    old = {"nb_epoch", "samples_per_epoch", "nb_val_samples", "val_samples", "max_q_size"}
    for name in [a.id for a in call.args] + [k.arg for k in call.keywords]:
        if name not in ("self", *parameters) and not (renames and name in old):
            raise TypeError(f"{cls.__name__}.{call.func.id} does not take {name}")


def check_listing(code, space):
    """Try every `name(y_true, y_pred)` of a listing of losses."""
    space.update(y_true=space["K"].constant([[0.0, 1.0]]), number=space["K"].constant([1]))
    space.update(y_pred=space["K"].constant([[0.4, 0.6]]))
    for name in re.findall(r"^(\w+)\(y_true, y_pred\)$", code, re.M):
        target = "number" if name.startswith("sparse") else "y_true"
        exec(f"assert K.eval(keras.losses.{name}({target}, y_pred)).shape == (1,)", space)


def run_block(number, code, space):
    """Run a block as the text means it."""
    exec(GIVEN.get(number, ""), space)
    for old, new in PATCHES.get(number, []):
        if old not in code:
            raise LookupError(f"block {number} is not the one expected: no {old!r} in it")
        code = code.replace(old, new)
    if number in METHODS and re.match(r"\w+\(", code) and "model." not in code:
        check_signature(space[METHODS[number]], ast.parse(code.strip()).body[0].value)
    elif "y_true: " in code:
        check_listing(code, space)
    elif not code.startswith(">>"):  # an error's text, checked with its block
        exec(compile(with_checks(code), f"<block {number}>", "exec"), space)
    exec(SAYS.get(number, ""), space)


def run_group(path, group):
    """Run the blocks of a group in this process; return what failed, by block."""
    import kerasnb

    kerasnb.install_as_keras()
    code = blocks(Path(path).read_text("utf-8"))
    space = {"__name__": "__main__", "Path": Path}
    exec(ALWAYS, space)
    failed = {}
    first, last = GROUPS[group]
    for number in range(first, last + 1):
        error, words = FAILS.get(number, (None, ""))
        try:
            run_block(number, code[number], space)
            if error:
                failed[number] = f"no {error.__name__} was raised"
        except Exception as raised:
            if error is None or not isinstance(raised, error) or words not in str(raised):
                failed[number] = traceback.format_exc(limit=-3)
    return failed


def in_own_process(path, group):
    """Run a group in a process and a folder of its own; return what failed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_HOME": folder}
        command = [sys.executable, "-W", "ignore", "-m", "tests.documentation", "--in", path, group]
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if run.returncode:
        return {"process": run.stderr[-3000:]}
    return json.loads(run.stdout.splitlines()[-1])


def main(arguments):
    if arguments[0] == "--in":
        print("\n" + json.dumps(run_group(*arguments[1:])))
        return 0
    path, *groups = arguments
    bad = 0
    for group in groups or GROUPS:
        failed = in_own_process(str(Path(path).resolve()), group)
        bad += len(failed)
        print(f"{group}: {'ok' if not failed else 'FAILED'}", flush=True)
        for number, error in failed.items():
            print(f"  block {number}: {error}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
