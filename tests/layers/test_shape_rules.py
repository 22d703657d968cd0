"""Shape rules under hypothesis: what is inferred is what comes out, whatever the settings.

Each rule draws a layer's settings and the sizes of its inputs, leaves some of the sizes open while
the graph is built, and runs it. Where the settings do not fit the sizes, building with known sizes
and `compute_output_shape` must both say so in a ValueError.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnb import backend as K
from kerasnb import layers
from kerasnb.layers import Input

rule = settings(deadline=None, max_examples=40)
PADDINGS = st.sampled_from(["valid", "same"])
FORMATS = st.sampled_from(["channels_last", "channels_first"])
RANKS = st.integers(1, 3)
LAST = "channels_last"


@pytest.fixture(autouse=True, scope="module")
def fresh_session():
    yield
    K.clear_session()


def numbers(low, high, count):
    return st.tuples(*[st.integers(low, high)] * count)


def one(items):
    return items[0] if len(items) == 1 else items


def sample_shape(sizes, channels, data_format):
    return (*sizes, channels) if data_format == LAST else (channels, *sizes)


@st.composite
def opened(draw, shapes, axes):
    """Draw which of some axes are unknown: the same ones for all inputs."""
    hidden = {axis for axis in axes if draw(st.booleans())}
    return [tuple(None if i in hidden else n for i, n in enumerate(s)) for s in shapes]


def spatial_axes(rank, data_format):
    return range(rank) if data_format == LAST else range(1, rank + 1)


def check(make, shapes, data, axes):
    """Run a layer on inputs of sample shapes, some sizes of which are open while it is built."""
    said = rejected(lambda: make().compute_output_shape(one([(None, *s) for s in shapes])))
    if said is None:
        assert rejected(lambda: make()(one([Input(s) for s in shapes]))) is None
        return
    layer = make()
    known = layer(one([Input(s) for s in shapes]))
    assert K.int_shape(known) == tuple(said)
    hidden = data.draw(opened(shapes, axes))
    xs = [Input(s) for s in hidden]
    y = layer(one(xs))
    (real,) = K.function(xs, [y])([np.ones((2, *s), "float32") for s in shapes])
    for inferred in (
        said,
        K.int_shape(y),
        layer.compute_output_shape(one([(None, *s) for s in hidden])),
    ):
        assert len(inferred) == real.ndim and inferred[0] is None
        assert all(m in (None, n) for n, m in zip(real.shape[1:], inferred[1:], strict=True))
    assert real.shape[1:] == tuple(said[1:])


def rejected(work):
    """Return what a function returns, or None if it raises a ValueError."""
    try:
        return work()
    except ValueError:
        return None


@st.composite
def windows(draw, rank):
    """Draw sizes, a window, strides and dilations, one of the latter being 1."""
    sizes = draw(numbers(1, 7, rank))
    strides, dilation = draw(
        st.one_of(
            st.tuples(numbers(1, 3, rank), st.just((1,) * rank)),
            st.tuples(st.just((1,) * rank), numbers(1, 3, rank)),
        )
    )
    return sizes, draw(numbers(1, 4, rank)), strides, dilation


@rule
@given(st.data(), RANKS, PADDINGS, FORMATS)
def test_convolution(data, rank, padding, data_format):
    sizes, kernel, strides, dilation = data.draw(windows(rank))
    if rank == 1 and data_format == LAST and data.draw(st.booleans()):
        padding = "causal"
    cls = (layers.Conv1D, layers.Conv2D, layers.Conv3D)[rank - 1]
    check(
        lambda: cls(
            3,
            kernel,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation,
        ),
        [sample_shape(sizes, 2, data_format)],
        data,
        spatial_axes(rank, data_format),
    )


@rule
@given(st.data(), st.integers(1, 3), PADDINGS, FORMATS, st.integers(1, 2))
def test_separable_convolution(data, kind, padding, data_format, multiplier):
    rank = 1 if kind == 1 else 2
    sizes, kernel, strides, dilation = data.draw(windows(rank))
    settings = {
        "strides": strides,
        "padding": padding,
        "data_format": data_format,
        "dilation_rate": dilation,
        "depth_multiplier": multiplier,
    }
    makers = {
        1: lambda: layers.SeparableConv1D(3, kernel, **settings),
        2: lambda: layers.SeparableConv2D(3, kernel, **settings),
        3: lambda: layers.DepthwiseConv2D(kernel, **settings),
    }
    shape = sample_shape(sizes, 2, data_format)
    check(makers[kind], [shape], data, spatial_axes(rank, data_format))


@rule
@given(st.data(), st.integers(2, 3), PADDINGS, FORMATS)
def test_transposed_convolution(data, rank, padding, data_format):
    sizes, kernel, strides, dilation = data.draw(windows(rank))
    settings = {"strides": strides, "padding": padding, "data_format": data_format}
    if rank == 2:
        settings["dilation_rate"] = dilation
    if data.draw(st.booleans()):
        settings["output_padding"] = tuple(
            data.draw(st.integers(0, s - 1), label="output_padding") for s in strides
        )
    cls = layers.Conv2DTranspose if rank == 2 else layers.Conv3DTranspose
    check(
        lambda: cls(3, kernel, **settings),
        [sample_shape(sizes, 2, data_format)],
        data,
        spatial_axes(rank, data_format),
    )


@rule
@given(st.data(), st.integers(1, 2), FORMATS)
def test_local_convolution(data, rank, data_format):
    sizes, kernel, strides, _ = data.draw(windows(rank))
    cls = layers.LocallyConnected1D if rank == 1 else layers.LocallyConnected2D
    check(
        lambda: cls(3, kernel, strides=strides, data_format=data_format),
        [sample_shape(sizes, 2, data_format)],
        data,
        (),
    )


@rule
@given(st.data(), RANKS, PADDINGS, FORMATS, st.sampled_from(["Max", "Average"]))
def test_pooling(data, rank, padding, data_format, kind):
    sizes, window, strides, _ = data.draw(windows(rank))
    cls = getattr(layers, f"{kind}Pooling{rank}D")
    strides = data.draw(st.sampled_from([None, strides]))
    shape = sample_shape(sizes, 2, data_format)
    check(
        lambda: cls(window, strides=strides, padding=padding, data_format=data_format),
        [shape],
        data,
        range(rank + 1),
    )


@rule
@given(st.data(), RANKS, FORMATS, st.sampled_from(["Max", "Average"]))
def test_global_pooling(data, rank, data_format, kind):
    shape = sample_shape(data.draw(numbers(1, 5, rank)), 2, data_format)
    cls = getattr(layers, f"Global{kind}Pooling{rank}D")
    check(lambda: cls(data_format=data_format), [shape], data, range(rank + 1))


@st.composite
def borders(draw, rank):
    """Draw an argument for borders in one of the forms that layers take."""
    pairs = numbers(0, 3, 2)
    if rank == 1:
        return draw(st.one_of(st.integers(0, 3), pairs))
    return draw(st.one_of(st.integers(0, 3), numbers(0, 3, rank), st.tuples(*[pairs] * rank)))


@rule
@given(st.data(), RANKS, FORMATS, st.sampled_from(["Cropping", "ZeroPadding"]))
def test_borders(data, rank, data_format, kind):
    border = data.draw(borders(rank))
    more = {} if rank == 1 else {"data_format": data_format}
    shape = sample_shape(data.draw(numbers(1, 7, rank)), 2, data_format if rank > 1 else LAST)
    cls = getattr(layers, f"{kind}{rank}D")
    check(lambda: cls(border, **more), [shape], data, range(rank + 1))


@rule
@given(st.data(), RANKS, FORMATS, st.sampled_from(["nearest", "bilinear"]))
def test_upsampling(data, rank, data_format, interpolation):
    size = data.draw(numbers(1, 3, rank)) if rank > 1 else data.draw(st.integers(1, 3))
    more = {} if rank == 1 else {"data_format": data_format}
    if rank == 2:
        more["interpolation"] = interpolation
    shape = sample_shape(data.draw(numbers(1, 5, rank)), 2, data_format if rank > 1 else LAST)
    cls = getattr(layers, f"UpSampling{rank}D")
    check(lambda: cls(size, **more), [shape], data, range(rank + 1))


@rule
@given(st.data(), st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=4))
def test_reshape(data, shape):
    cut = data.draw(st.permutations(shape))
    place = data.draw(st.integers(0, len(cut)))
    target = [*cut[:place], *([math.prod(cut[place:])] if place < len(cut) else [])]
    if data.draw(st.booleans()):
        target[data.draw(st.integers(0, len(target) - 1))] = -1
    elif data.draw(st.integers(0, 5)) == 0:
        target[0] += 1
    check(lambda: layers.Reshape(target), [tuple(shape)], data, range(len(shape)))


@rule
@given(st.data(), st.integers(1, 4))
def test_permute_and_flatten(data, rank):
    shape = data.draw(numbers(1, 4, rank))
    dims = data.draw(st.permutations(range(1, rank + 1)))
    check(lambda: layers.Permute(dims), [shape], data, range(rank))
    if rank > 1:
        data_format = data.draw(FORMATS)
        check(lambda: layers.Flatten(data_format), [shape], data, ())


@rule
@given(st.data(), st.integers(1, 3), st.integers(2, 4))
def test_concatenate(data, rank, count):
    first = data.draw(numbers(1, 4, rank))
    axis = data.draw(st.integers(1, rank))
    shapes = []
    for _ in range(count):
        shape = list(first)
        shape[axis - 1] = data.draw(st.integers(1, 4))
        shapes.append(tuple(shape))
    if rank > 1 and data.draw(st.integers(0, 5)) == 0:  # now another axis differs
        wrong = list(shapes[-1])
        wrong[axis % rank] += 1
        shapes[-1] = tuple(wrong)
    axis = data.draw(st.sampled_from([axis, axis - rank - 1]))
    check(lambda: layers.Concatenate(axis), shapes, data, range(rank))


@rule
@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_dot(data, left, right, normalize):
    shapes = [data.draw(numbers(1, 4, left)), data.draw(numbers(1, 4, right))]
    i, j = data.draw(st.integers(1, left)), data.draw(st.integers(1, right))
    if data.draw(st.integers(0, 5)):  # mostly, the sizes are equal
        second = list(shapes[1])
        second[j - 1] = shapes[0][i - 1]
        shapes[1] = tuple(second)
    axes = (i, data.draw(st.sampled_from([j, j - right - 1])))
    check(lambda: layers.Dot(axes, normalize=normalize), shapes, data, range(max(left, right)))


@rule
@given(st.data(), st.integers(1, 3), st.integers(2, 3), st.sampled_from(["Add", "Maximum"]))
def test_entrywise_merge(data, rank, count, kind):
    full = data.draw(numbers(1, 4, rank))
    shapes = []
    for _ in range(count):
        kept = full[data.draw(st.integers(0, rank - 1)) :]
        shapes.append(tuple(1 if data.draw(st.integers(0, 3)) == 0 else n for n in kept))
    if data.draw(st.integers(0, 5)) == 0:
        shapes[0] = (*shapes[0][:-1], shapes[0][-1] + 1)
    check(getattr(layers, kind), shapes, data, ())
