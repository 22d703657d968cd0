"""Take the README's pictures of the displays: `python -m docs.screenshots [NAME ...]`.

A notebook is run in a real JupyterLab in Chromium, in English and in Chinese, and each display is
photographed into `docs/pictures/NAME.LANGUAGE.webp`. Needs what the browser tests need, Pillow, and
a Chinese font. Without names all are taken; what is printed is the table of the READMEs. Look at the
pictures before they are committed.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageChops

from tests.browser.pages import SIZE, run_all, said, site, state

PICTURES = Path(__file__).parent / "pictures"
LANGUAGES = ("en", "zh")
QUALITY = 74  # of WebP; letters stay clear
MOST = 620  # pixels of height: what is longer is cut below

SETUP = """%load_ext kerasnb
%kerasnb watch off
%kerasnb language {language}
import numpy as np
import kerasnb
from keras import backend as K
from keras.datasets import imdb, mnist
from keras.layers import (LSTM, Conv2D, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling1D,
                          Input, MaxPooling2D, concatenate)
from keras.models import Model, Sequential
from kerasnb.notebook import show
from kerasnb.widgets import DatasetBrowser, LayerInspector, Playground

K.set_random_seed(1)
(x, y), (x_test, y_test) = mnist.load_data()
x, x_test = x[:2000, ..., None] / 255, x_test[:500, ..., None] / 255
y, y_test = y[:2000], y_test[:500]
digits = Sequential([Conv2D(8, 3, activation='relu', input_shape=(28, 28, 1), name='edges'),
                     MaxPooling2D(name='pool'), Conv2D(8, 3, activation='relu', name='shapes'),
                     Flatten(name='flat'), Dropout(0.3, name='drop'),
                     Dense(10, activation='softmax', name='digit')], name='digits')
digits.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
runs = {{}}
for name, dropout in (('dropout 0.3', 0.3), ('dropout 0', 0.0)):
    model = Sequential([Flatten(input_shape=(28, 28, 1)), Dense(64, activation='relu'),
                        Dropout(dropout), Dense(10, activation='softmax')])
    model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
    runs[name] = model.fit(x[:800], y[:800], epochs=16, verbose=0,
                           validation_data=(x_test, y_test))
past = digits.fit(x, y, epochs=3, verbose=0)
guesses = digits.predict(x_test)

eye = Input((16,), name='one_picture')
tower = Model(eye, Dense(8, activation='relu', name='features')(eye), name='eye')
left, right = Input((16,), name='left'), Input((16,), name='right')
both = concatenate([tower(left), tower(right)], name='both')
twins = Model([left, right], Dense(1, activation='sigmoid', name='same')(both), name='twins')

words = 'good great best love well bad worst awful boring poor'.split()
center = np.repeat([[1.0, 0.4], [-1.0, -0.3]], 5, axis=0)
vectors = np.random.RandomState(3).normal(scale=0.35, size=(10, 6))
vectors[:, :2] += center
weather = Sequential([LSTM(6, input_shape=(24, 3), name='memory'), Dense(1)], name='weather')
day = np.sin(np.arange(24)[:, None] / np.array([2.0, 3.0, 5.0]))[None]
print('ready')"""


class Shot(NamedTuple):
    """A picture.

    Attributes:
        cell: code that shows the display.
        alt: what the picture shows, in English and in Chinese.
        act: what to do before, a function of (page, the output's element, language).
        title: what the display is called, in English and in Chinese.
        wide: pixels of the window.
    """

    title: tuple[str, str]
    cell: str
    alt: tuple[str, str]
    act: Callable[[Any, Any, str], None] | None = None
    wide: int = 1120


def words(language: str, english: str, chinese: str) -> str:
    return english if language == "en" else chinese


def open_twin(page: Any, output: Any, language: str) -> None:
    output.get_by_role("button", name=words(language, "Open eye", "展开 eye")).click()


def choose_part(page: Any, output: Any, language: str) -> None:
    output.locator('[data-id="edges"]').click()


def look_into(page: Any, output: Any, language: str) -> None:
    output.locator("summary").last.click()


def point_at_curve(page: Any, output: Any, language: str) -> None:
    output.locator(".jp-kerasnb-Chart [role=slider]").first.hover()


def play(page: Any, output: Any, language: str) -> None:
    output.locator("img").first.wait_for()


SHOTS = {
    "summary": Shot(
        ("Model summary", "模型概要"),
        "show.summary(twins)",
        (
            (
                "A table of a model's layers with shapes, parameters, memory and multiply-adds; "
                "a nested model is open"
            ),
            "模型各层的表格：形状、参数量、内存、乘加次数；嵌套的模型已展开",
        ),
        open_twin,
    ),
    "graph": Shot(
        ("Model graph", "模型图"),
        "show.graph(digits)",
        (
            (
                "A model as boxes and arrows; beside it the settings and the kernels of the layer "
                "that was clicked on"
            ),
            "用框和箭头画出的模型；旁边是所点的层的设置和卷积核",
        ),
        choose_part,
    ),
    "inspection": Shot(
        ("Layer inspection", "层的检视"),
        "%kerasnb inspect digits.layers[0]",
        (
            (
                "A convolution's call, its weights with their distributions, and what it computes "
                "step by step"
            ),
            "一个卷积层的调用、权重及其分布，以及逐步的计算",
        ),
        look_into,
    ),
    "activations": Shot(
        ("Activations", "激活值"),
        "show.activations(digits, 'edges', x_test[:1])",
        (
            "Eight feature maps of a handwritten digit, with statistics and a histogram",
            "一个手写数字的八张特征图，以及统计量和直方图",
        ),
    ),
    "saliency": Shot(
        ("Class activation", "类激活图"),
        "show.class_activation(digits, x_test[:8])",
        (
            "Eight handwritten digits, red where the network finds what speaks for its answer",
            "八个手写数字，红色处支持网络的回答",
        ),
    ),
    "gates": Shot(
        ("Gates over time", "门随时间的变化"),
        "show.gates(weather, 'memory', day)",
        (
            "Gates and states of an LSTM at 24 steps, blue below zero and red above",
            "LSTM 在 24 个时间步的门和状态，蓝色为负，红色为正",
        ),
    ),
    "training": Shot(
        ("Training curves", "训练曲线"),
        "show.training(runs)",
        (
            (
                "Loss and accuracy of two trainings, training and validation, with the best epochs "
                "marked"
            ),
            "两次训练的损失和准确率，训练集与验证集，最佳轮次有标记",
        ),
        point_at_curve,
    ),
    "dataset": Shot(
        ("Data sets", "数据集"),
        "show.dataset((x_test[..., 0], y_test), predictions=guesses, page_size=20)",
        (
            "Handwritten digits with what a network says of each, and controls to turn pages",
            "手写数字和网络对每个的判断，以及翻页的控件",
        ),
    ),
    "confusion": Shot(
        ("Confusion matrix", "混淆矩阵"),
        "show.confusion(y_test, guesses)",
        (
            "A matrix of true and predicted digits with the most frequent mistakes",
            "真实数字与预测数字的矩阵，以及最常见的错误",
        ),
    ),
    "points": Shot(
        ("Embeddings", "嵌入向量"),
        "show.points(vectors, words, np.arange(10) // 5)",
        (
            "Words as points in a plane by the principal components of their vectors",
            "按词向量主成分画在平面上的词",
        ),
    ),
    "timing": Shot(
        ("Time of a step", "一步的用时"),
        "%%kerasnb time\ndigits.fit(x, y, batch_size=64, verbose=0)",
        (
            "What each layer costs in a training step: forward, backward and optimizer",
            "训练一步中每层的开销：前向、反向、优化器",
        ),
        None,
        1360,
    ),
    "playground": Shot(
        ("Playground", "游乐场"),
        "playground = Playground(dataset='spirals', layers=2, units=12, learning_rate=0.1, "
        "activation='relu', noise=0.05)\nplayground.step(215)\nplayground",
        (
            (
                "Two spirals of points on the colours of what a small network says, with its curves, "
                "controls and Keras code"
            ),
            "两条螺旋的点画在小网络的决策面上，旁边有曲线、控件和 Keras 代码",
        ),
        play,
        1500,
    ),
}
PANEL = Shot(
    ("Panel", "面板"),
    "",
    (
        (
            "JupyterLab with kerasnb's panel: a paused training with resume, stop and learning rate, "
            "beside its live curves"
        ),
        "JupyterLab 与 kerasnb 的面板：一次暂停的训练，可以继续、停止、调学习率，旁边是实时曲线",
    ),
)
LIVE = (
    """%load_ext kerasnb
%kerasnb language {language}
import time
from keras.callbacks import LambdaCallback
from keras.datasets import mnist
from keras.layers import Dense, Dropout, Flatten
from keras.models import Sequential
(x, y), (x_test, y_test) = mnist.load_data()
digits = Sequential([Flatten(input_shape=(28, 28)), Dense(64, activation='relu'), Dropout(0.2),
                     Dense(10, activation='softmax')], name='digits')
digits.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
slow = LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.01))""",
    """\
digits.fit(x / 255, y, epochs=8, validation_data=(x_test / 255, y_test), callbacks=[slow])""",
)


def keep(name: str, language: str, png: bytes, cut: bool = True) -> int:
    """Write a picture; return its size."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if cut:  # what is empty at the right and below
        ground = Image.new("RGB", image.size, image.getpixel((0, 0)))
        right, below = ImageChops.difference(image, ground).getbbox()[2:]
        image = image.crop((0, 0, min(right + 8, image.width), min(below + 8, image.height, MOST)))
    path = PICTURES / f"{name}.{language}.webp"
    image.save(path, "WEBP", quality=QUALITY, method=6)
    return path.stat().st_size


def photograph(place: Any, language: str, names: list[str]) -> None:
    """Take pictures in one language."""
    shots = {name: SHOTS[name] for name in names if name in SHOTS}
    cells = [SETUP.format(language=language), *(shot.cell for shot in shots.values())]
    with place.page(f"{language}.ipynb", *cells, panel=False) as page:
        page.evaluate("() => jupyterapp.shell.collapseLeft()")
        run_all(page)
        said(page, 0, "ready")
        outputs = page.locator(".jp-NotebookPanel:visible .jp-Cell")
        for number, (name, shot) in enumerate(shots.items(), 1):
            output = outputs.nth(number).locator(".jp-OutputArea-output").last
            output.locator("table, svg, img").first.wait_for()
            page.set_viewport_size({"width": shot.wide, "height": 1400})
            output.scroll_into_view_if_needed()
            if shot.act is not None:
                shot.act(page, output, language)
            page.wait_for_timeout(300)
            print(name, language, keep(name, language, output.screenshot()), flush=True)
        page.set_viewport_size(SIZE)
    if "panel" in names:
        photograph_panel(place, language)


def photograph_panel(place: Any, language: str) -> None:
    """Take a picture of all of JupyterLab, with a training that waits."""
    cells = [cell.format(language=language) for cell in LIVE]
    with place.page(f"training-{language}.ipynb", *cells) as page:
        page.set_viewport_size({"width": 1240, "height": 760})
        run_all(page)
        state(page, "running")
        page.locator(".jp-kerasnb-Display").wait_for()
        page.wait_for_timeout(9000)
        page.get_by_role("button", name=words(language, "Pause training", "暂停训练")).click()
        state(page, "paused")
        page.locator(".jp-kerasnb-Display").evaluate("one => one.scrollIntoView({block: 'end'})")
        page.wait_for_timeout(500)
        print("panel", language, keep("panel", language, page.screenshot(), False), flush=True)
        page.get_by_role("button", name=words(language, "Stop training", "停止训练")).click()
        state(page, "interrupted")


def table(language: str) -> str:
    """Return the pictures as a table of Markdown, two in a row."""
    place = LANGUAGES.index(language)
    all_shots = [*SHOTS.items(), ("panel", PANEL)]
    cells = [
        f"{shot.title[place]}<br>![{shot.alt[place]}](docs/pictures/{name}.{language}.webp)"
        for name, shot in all_shots
    ]
    cells += [""] * (len(cells) % 2)
    rows = [f"| {a} | {b} |" for a, b in zip(cells[::2], cells[1::2], strict=True)]
    return "\n".join(["| | |", "|---|---|", *rows])


def main() -> None:
    names = sys.argv[1:] or [*SHOTS, "panel"]
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as place:
        for language in LANGUAGES:
            photograph(place, language, names)
    for language in LANGUAGES:
        print(table(language), end="\n\n")
    total = sum(path.stat().st_size for path in PICTURES.glob("*.webp"))
    print(f"{total:,} bytes in all")


if __name__ == "__main__":
    main()
