"""The exercises of the chapters in `notebooks/`: chapter 7 is checked by `%kerasnb check 7`.

Each takes what the learner made by its name, asks it with numbers of its own, and where it can,
compares with what Keras itself does. Its hint is said with whatever was wrong; it points to the
place, and is not the answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from .. import backend as K
from ..callbacks import LambdaCallback
from ..engine.input_layer import Input
from ..engine.training import Model
from ..layers import LSTM, Conv2D, Dense, Flatten, Permute, Reshape, concatenate, dot
from ..models import Sequential
from ..notebook.language import say
from .expectations import expect, expect_at_most, expect_equal, expect_shape, expect_values
from .failure import CheckFailed
from .models import expect_changed, expect_unchanged


class Chapter(NamedTuple):
    """The exercise of a chapter.

    Attributes:
        function: the check; its arguments are the learner's.
        hints: what is said with what was wrong, by language.
    """

    function: Callable[..., None]
    hints: dict[str, str]

    def made_in(self, space: dict[str, Any]) -> bool:
        """Whether all that is checked is there."""
        return all(name in space for name in inspect.signature(self.function).parameters)


CHAPTERS: dict[str, Chapter] = {}


def chapter(number: int, **hints: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function the check of a chapter, with its hint in each language."""

    def keep(function: Callable[..., None]) -> Callable[..., None]:
        CHAPTERS[str(number)] = Chapter(function, hints)
        return function

    return keep


def _is(what: str, got: Any, right: Any) -> None:
    """Fail unless it is right, without telling what would be: where one number is the answer."""
    try:
        same = bool(np.allclose(got, right, atol=1e-3))
    except (TypeError, ValueError):
        same = False
    expect(same, say("check.not_it", what=what, got=got))


def _steps(samples: int, batch_size: int, epochs: int, split: float) -> int:
    """Count the batches of a real training."""
    counted: list[int] = []
    count = LambdaCallback(on_batch_end=lambda batch, logs: counted.append(batch))
    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    x = np.zeros((samples, 1))
    model.fit(x, x, batch_size, epochs, verbose=0, callbacks=[count], validation_split=split)
    return len(counted)


@chapter(
    1,
    en="Beside its weights each unit has one more number. What is it called, and who has one?",
    zh="除了权重，每个单元还有一个数。它叫什么？谁都有吗？",
)
def check_weights(dense_weights: Any) -> None:
    for inputs, units in [(784, 512), (512, 10), (3, 1)]:
        real = Sequential([Dense(units, input_shape=(inputs,))]).count_params()
        expect_equal(f"dense_weights({inputs}, {units})", dense_weights(inputs, units), real)


@chapter(
    2,
    en="Does Keras round up, down, or to the nearest?",
    zh="Keras 是向上取整、向下取整，还是四舍五入？",
)
def check_split(trained_on: Any) -> None:
    for samples, split in [(10, 0.2), (7, 0.25), (10, 0.33), (9, 0.5), (11, 0.35)]:
        what = f"trained_on({samples}, {split})"
        expect_equal(what, trained_on(samples, split), _steps(samples, 1, 1, split))


@chapter(
    3,
    en="Think of the last, smaller batch, and of what is held back.",
    zh="想想最后那个不满的批，以及被留出的样本。",
)
def check_steps(count_steps: Any) -> None:
    for case in [(200, 20, 3, 0.0), (200, 30, 2, 0.0), (200, 30, 2, 0.3), (100, 32, 1, 0.15)]:
        expect_equal(f"count_steps{case}", count_steps(*case), _steps(*case))


@chapter(
    4,
    en="What does sharing do to the first layer, and how much does the last layer see?",
    zh="共享对第一层意味着什么？最后一层看到的又有多宽？",
)
def check_sharing(count_weights: Any) -> None:
    for width, units, times in [(5, 8, 2), (5, 8, 3), (10, 1, 4)]:
        shared = Dense(units)
        inputs = [Input(shape=(width,)) for _ in range(times)]
        model = Model(inputs, Dense(1)(concatenate([shared(x) for x in inputs])))
        what = f"count_weights({width}, {units}, {times})"
        expect_equal(what, count_weights(width, units, times), model.count_params())


@chapter(
    5,
    en="Which values can this activation give at all, and which form has what the loss compares?",
    zh="这个激活函数到底能给出哪些值？损失函数比较的目标是什么形式？",
)
def check_endings(endings: Any) -> None:
    targets = {
        "price": np.array([[20.5], [-3.0]]),
        "spam": np.array([[0], [1]]),
        "one of 7, one-hot": np.eye(7)[[2, 6]],
        "one of 7, numbers": np.array([[2], [6]]),
    }
    meant = {"price": (None, "linear"), "spam": ("sigmoid",)}
    for task, target in targets.items():
        units, activation, loss = endings[task]
        model = Sequential([Dense(units, activation=activation, input_shape=(3,))])
        try:
            model.compile("sgd", loss)
            model.train_on_batch(np.zeros((2, 3)), target)
        except ValueError as error:
            raise CheckFailed(f'endings["{task}"]: {error}') from None
        _is_among(f'endings["{task}"]', activation, meant.get(task, ("softmax",)))
        values = task in meant or "sparse" in loss or "numbers" not in task
        expect(values, say("check.not_it", what=f'endings["{task}"]', got=loss))


def _is_among(what: str, got: Any, right: tuple[Any, ...]) -> None:
    expect(got in right, say("check.not_it", what=what, got=repr(got)))


@chapter(
    6,
    en="Over which axis does the mean go, and does that axis stay (keepdims)?",
    zh="平均值沿哪条轴计算？这条轴要不要保留（keepdims）？",
)
def check_centre(Centre: Any) -> None:
    given = np.array([[1.0, 2, 3], [10, 20, 30]])
    got = Sequential([Centre(input_shape=(3,))]).predict(given)
    expect_shape(f"Centre()({given.tolist()})", got, given.shape)
    expect_values("Centre(): row means", got.mean(axis=1), [0, 0], 1e-4)
    expect_values(f"Centre()({given.tolist()})", got, given - given.mean(axis=1, keepdims=True))


@chapter(
    7,
    en="A Dense layer multiplies, adds up, and then adds something.",
    zh="Dense 层相乘、求和，然后还要加上一样东西。",
)
def check_map(missing: Any, activation_map: Any, model: Any, x_test: Any, sneaker: Any) -> None:
    kernel, bias = model.layers[-1].get_weights()
    features = Model(model.input, model.layers[-1].input).predict(x_test[sneaker : sneaker + 1])
    goal = (features @ kernel + bias)[0, 7]
    total = activation_map(x_test[sneaker], 7).sum() + missing
    expect_values("activation_map(x_test[sneaker], 7).sum() + missing", total, goal, 1e-4)


@chapter(
    8,
    en="Write down the shape after each layer. Only Dense has weights; which axis does it multiply?",
    zh="把每一层之后的形状写下来。只有 Dense 有权重；它乘的是哪条轴？",
)
def check_shapes(my_shape: Any, my_weights: Any) -> None:
    chain = Sequential([Reshape((28, 60), input_shape=(28, 20, 3)), Permute((2, 1))])
    chain.add(Dense(5))
    chain.add(Flatten())
    shape = chain.predict(np.zeros((32, 28, 20, 3))).shape
    expect(tuple(my_shape) == shape, say("check.not_it", what="my_shape", got=my_shape))
    _is("my_weights", my_weights, chain.count_params())


@chapter(
    9,
    en="A kernel, a recurrent kernel and a bias are one block. How many blocks has an LSTM?",
    zh="权重矩阵、循环权重矩阵和偏置合起来是一块。LSTM 一共有几块？",
)
def check_lstm(my_count: Any) -> None:
    for inputs, units in [(16, 16), (3, 4), (100, 1)]:
        real = Sequential([LSTM(units, input_shape=(None, inputs))]).count_params()
        expect_equal(f"my_count({inputs}, {units})", my_count(inputs, units), real)


@chapter(
    10,
    en="The sign comes from the products, the size also from how long the two rows are.",
    zh="符号来自乘积，大小还取决于两行各自的长度。",
)
def check_cosine(my_cosine: Any) -> None:
    p, q = np.random.normal(size=(2, 4, 3))
    a, b = Input(shape=(3,)), Input(shape=(3,))
    real = Model([a, b], dot([a, b], axes=1, normalize=True)).predict([p, q])
    expect_values("my_cosine(p, q)", my_cosine(p, q), real, 1e-4)


@chapter(
    11,
    en="First the distance from the mean, measured in deviations; a deviation is the root of a variance.",
    zh="先算出与均值相差多少个标准差；标准差是方差的平方根。",
)
def check_normalized(my_answer: Any) -> None:
    _is("my_answer", my_answer, 2 * (14 - 10) / np.sqrt(4) + 1)


@chapter(
    12,
    en="Of whom is it a share: of all people, or of the ill?",
    zh="这是占谁的比例：所有人，还是病人？",
)
def check_recall(recall: Any) -> None:
    for truth, said in [
        ([1, 1, 1, 1, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.2, 0.1, 0.2, 0.9, 0.3]),
        ([0, 0, 1, 1], [0.9, 0.6, 0.1, 0.7]),
        ([1, 0, 0, 0], [0.8, 0.1, 0.2, 0.3]),
    ]:
        right = np.mean(np.round(said)[np.array(truth) == 1])
        got = K.eval(recall(K.constant(truth), K.constant(said)))
        expect_values(f"recall({truth}, {said})", got, right)


@chapter(
    13,
    en="It has to be cut off on both sides, and where it is cut off its slope is 0.",
    zh="两边都要截住；截住的地方斜率为 0。",
)
def check_hard_tanh(hard_tanh: Any) -> None:
    x, places = K.placeholder((None,)), np.array([-3.0, -0.5, 0.25, 2.0])
    y = hard_tanh(x)
    values, slopes = K.function([x], [y, K.gradients(y, [x])[0]])([places])
    expect_values(f"hard_tanh({places.tolist()})", values, np.clip(places, -1, 1))
    expect_values(f"K.gradients(hard_tanh(x), [x]), x = {places.tolist()}", slopes, [0, 1, 1, 0])


@chapter(
    14,
    en="A unit is a column. Along which axis do you take the mean?",
    zh="一个单元是一列。均值该沿哪条轴来算？",
)
def check_zero_mean(zero_mean: Any) -> None:
    kernel = np.random.normal(1, 1, size=(5, 3))
    got = K.eval(zero_mean(K.constant(kernel)))
    expect_values("zero_mean(w)", got, kernel - kernel.mean(axis=0), 1e-4)


@chapter(
    15,
    en="Which of the two accuracies do you look at? And once stopped, stay stopped.",
    zh="你看的是两个准确率中的哪一个？已经要求停止的，不要再改回去。",
)
def check_stop(StopAt: Any) -> None:
    stop = StopAt(0.8)
    model = SimpleNamespace(stop_training=False)
    stop.set_model(model)
    for epoch, (seen, unseen) in enumerate([(0.7, 0.6), (0.9, 0.7), (0.95, 0.8)]):
        logs = {"accuracy": seen, "val_accuracy": unseen}
        stop.on_epoch_end(epoch, logs)
        expect_equal(f"StopAt(0.8), {logs}: stop_training", model.stop_training, unseen >= 0.8)
    stopped = SimpleNamespace(stop_training=True)  # somebody else has stopped it
    stop.set_model(stopped)
    stop.on_epoch_end(0, {"accuracy": 0.1, "val_accuracy": 0.1})
    expect_equal("StopAt(0.8): stop_training", stopped.stop_training, True)


@chapter(
    16,
    en="Two settings of the tokenizer and two of pad_sequences: which number has an unknown word, and "
    "on which side is filled up and cut off?",
    zh="Tokenizer 有两个设置，pad_sequences 也有两个：未知词的编号是什么？在哪一边补零、在哪一边截断？",
)
def check_prepare(prepare: Any, tokenizer: Any) -> None:
    known = sorted(tokenizer.word_index, key=tokenizer.word_index.get)  # the frequent ones first
    first, second = [word for word in known if word != tokenizer.oov_token][:2]
    texts = [f"{first} unheardof {second}", first, f"{first} " + f"{second} " * 6]
    rows = np.asarray(prepare(texts))
    one, two = tokenizer.word_index[first], tokenizer.word_index[second]
    expect_shape(f"prepare({texts})", rows, (3, 5))
    right = [[one, 1, two, 0, 0], [one, 0, 0, 0, 0], [one, two, two, two, two]]
    for text, row, wanted in zip(texts, rows, right, strict=True):
        expect_values(f"prepare([{text!r}])", row, wanted)
    everything = np.asarray(prepare([" ".join(known[place : place + 5]) for place in range(9)]))
    expect_at_most("prepare(texts).max()", everything.max(), 7)


@chapter(
    17,
    en="Which comes first, the function or rescale? So from where to where are the numbers it gets?",
    zh="函数和 rescale 哪个先做？那么函数得到的数是从多少到多少？",
)
def check_scans(scans: Any) -> None:
    ink = np.random.randint(0, 256, size=(4, 8, 8, 1))
    ink[:, 0] = 0  # paper
    got = next(scans.flow(255 - ink, batch_size=4, shuffle=False))
    expect_values("scans.flow(...)", got, ink / 255, 1e-4)


@chapter(
    18,
    en="Words are shifted by 3, so the numbers 1 and 2 are no words: what is each of them for?",
    zh="词的编号都移了 3 位，所以 1 和 2 不是词：它们各自表示什么？",
)
def check_read(read: Any, word_index: Any) -> None:
    for said in ["this was a good film", "a bad film"]:
        numbers = [1, *(word_index[word] + 3 for word in said.split()), 2]
        expect_equal(f"read({numbers})", read(numbers), f"{said} ...")


@chapter(
    19,
    en="Which layers of the base are to stay as they are? `body.layers` is a list.",
    zh="主体里哪些层应当保持不变？`body.layers` 是一个列表。",
)
def check_freeze(freeze: Any) -> None:
    body = Sequential([Conv2D(2, 3, input_shape=(8, 8, 1)), Conv2D(2, 3), Conv2D(2, 3), Flatten()])
    model = Sequential([body, Dense(3, activation="softmax")])
    freeze(body, model)
    layers = [*body.layers[:3], model.layers[-1]]
    before = [layer.get_weights() for layer in layers]
    model.fit(np.random.normal(size=(6, 8, 8, 1)), np.arange(6) % 3, verbose=0)
    after = [layer.get_weights() for layer in layers]
    expect_unchanged("body.layers[:2]", sum(before[:2], []), sum(after[:2], []))
    expect_changed("body.layers[2]", before[2], after[2])
    expect_changed("model.layers[-1]", before[3], after[3])


@chapter(
    20,
    en="The sum of squares is the square of the distance. And does the summed axis stay (keepdims)?",
    zh="平方和是距离的平方。求和的那条轴还留着吗（keepdims）？",
)
def check_distance(distance: Any) -> None:
    a, b = [[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.0]]
    got = K.eval(distance(K.constant(a), K.constant(b)))
    expect_values(f"distance({a}, {b})", got, [[5], [0]], 1e-3)


@chapter(
    21,
    en="Which number of the input's shape says how many columns there are?",
    zh="输入形状里的哪个数表示有多少列？",
)
def check_scale(Scale: Any) -> None:
    for columns in (3, 5):
        model = Sequential([Scale(input_shape=(columns,))])
        weights = model.get_weights()
        expect_equal(
            "[w.shape for w in Scale().get_weights()]", [*map(np.shape, weights)], [(columns,)]
        )
        x = np.random.normal(size=(2, columns))
        expect_values("Scale()(x)", model.predict(x), x)
        factors = np.arange(columns)
        model.set_weights([factors])
        expect_values(f"Scale()(x), {factors}", model.predict(x), x * factors)


@chapter(
    22,
    en="`get_weights` gives copies. Who puts the halves back?",
    zh="`get_weights` 给出的是副本。谁把减半后的数放回去？",
)
def check_halve(halve: Any) -> None:
    model = Sequential([Dense(3, bias_initializer="ones", input_shape=(2,)), Dense(1)])
    before = model.get_weights()
    halve(model)
    for weight, old, new in zip(model.weights, before, model.get_weights(), strict=True):
        expect_values(weight.name, new, old / 2)


@chapter(
    23,
    en="Where is the least value, and do you count from 0 or from 1?",
    zh="最小的值在哪里？你是从 0 数起还是从 1 数起？",
)
def check_best(best_epoch: Any) -> None:
    for values in [[0.9, 0.5, 0.4, 0.6], [0.3, 0.5, 0.7]]:
        history = SimpleNamespace(history={"loss": sorted(values)[::-1], "val_loss": values})
        what = f"best_epoch(history), val_loss = {values}"
        expect_equal(what, best_epoch(history), values.index(min(values)) + 1)


@chapter(
    24,
    en="`set_params` takes arguments of your function and of `fit` alike, several at once.",
    zh="`set_params` 既接受你的函数的参数，也接受 `fit` 的参数，而且可以一次给几个。",
)
def check_wrapper(mine: Any, x: Any, y: Any) -> None:
    history = mine.fit(x, y)
    expect_equal("mine.model.layers[0].units", mine.model.layers[0].units, 12)
    expect_equal("mine.fit(x, y): len(history.epoch)", len(history.epoch), 5)


@chapter(
    25,
    en="Two batches of 4 are 8 rows. Where are the others?",
    zh="两批各 4 行，一共 8 行。其余的在哪里？",
)
def check_pairs(Pairs: Any) -> None:
    pairs = Pairs()
    expect_equal("len(Pairs())", len(pairs), 3)
    seen = np.concatenate([pairs[i][0] for i in range(len(pairs))]).ravel()
    expect_equal("Pairs()", seen.tolist(), [*range(10)])


@chapter(
    26,
    en="What arrives from above has to be passed on: where does `dy` belong?",
    zh="从上面传来的梯度要继续往下传：`dy` 该放在哪里？",
)
def check_cube(cube_gradient: Any) -> None:
    x, dy = K.placeholder((None,)), K.placeholder((None,))
    points, above = np.array([2.0, -1.0, 0.5]), np.array([10.0, 1.0, -2.0])
    (got,) = K.function([x, dy], [cube_gradient(K.pow(x, 3), dy, x)])([points, above])
    what = f"cube_gradient(y, dy, x), x = {points.tolist()}, dy = {above.tolist()}"
    expect_values(what, got, above * 3 * points**2, 1e-4)
