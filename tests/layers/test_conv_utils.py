"""Sizes and settings of convolutions: the helpers that layers of one's own use, too."""

import numpy as np
import pytest

from kerasnb.utils.conv_utils import (
    conv_input_length,
    conv_output_length,
    convert_kernel,
    deconv_length,
    normalize_padding,
    normalize_tuple,
)


def test_tuples():
    assert normalize_tuple(3, 2, "strides") == (3, 3)
    assert normalize_tuple([1, 2], 2, "strides") == (1, 2)
    assert normalize_tuple(np.int64(2), 1, "strides") == (2,)
    for wrong in ((1, 2, 3), (1.5, 2), "ab", None, 2.5):
        with pytest.raises(ValueError, match="`strides` argument must be an integer or a tuple of"):
            normalize_tuple(wrong, 2, "strides")


def test_paddings():
    assert [normalize_padding(p) for p in ("Valid", "SAME", "causal")] == [
        "valid",
        "same",
        "causal",
    ]
    for wrong in ("full", None):
        with pytest.raises(ValueError, match='must be one of "valid", "same"'):
            normalize_padding(wrong)


def places(length, window, stride, dilation=1):
    """Return how many places a window has: all starts from which it stays inside."""
    reach = (window - 1) * dilation
    return len(range(0, length - reach, stride))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("window", [1, 2, 3, 4])
def test_output_lengths_by_counting(window, stride):
    for length in range(4, 12):
        assert conv_output_length(length, window, "valid", stride) == places(length, window, stride)
        full = length + 2 * (window - 1)
        assert conv_output_length(length, window, "full", stride) == places(full, window, stride)
        for padding in ("same", "causal"):
            assert conv_output_length(length, window, padding, stride) == places(length, 1, stride)
    assert conv_output_length(13, window, "valid", 1, dilation=3) == places(13, window, 1, 3)


@pytest.mark.parametrize("padding", ["valid", "full"])
def test_input_lengths_lead_back(padding):
    for length in range(5, 10):
        for window in (1, 2, 3):
            there = conv_output_length(length, window, padding, 1)
            assert conv_input_length(there, window, padding, 1) == length


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_lengths_lead_back(padding, stride):
    for length in range(1, 7):
        for window in (1, 2, 3, 4):
            there = deconv_length(length, stride, window, padding, None)
            assert conv_output_length(there, window, padding, stride) == length


def test_output_padding_adds():
    assert [deconv_length(4, 3, 3, "valid", extra) for extra in (0, 1, 2)] == [12, 13, 14]
    assert deconv_length(4, 2, 3, "full", 0) == 5
    assert deconv_length(4, 1, 3, "full", None) == 2
    assert deconv_length(4, 1, 3, "valid", None, dilation=2) == 8


def test_unknown_lengths_stay_unknown():
    assert conv_output_length(None, 3, "valid", 1) is None
    assert conv_input_length(None, 3, "valid", 1) is None
    assert deconv_length(None, 1, 3, "valid", None) is None


def test_unknown_paddings():
    with pytest.raises(ValueError, match="got 'half'"):
        conv_output_length(5, 3, "half", 1)
    with pytest.raises(ValueError, match="got 'causal'"):
        conv_input_length(5, 3, "causal", 1)
    with pytest.raises(ValueError, match="got 'half'"):
        deconv_length(5, 1, 3, "half", None)


def test_kernels_are_turned_in_space():
    kernel = np.arange(24).reshape(2, 3, 2, 2)
    turned = convert_kernel(kernel)
    np.testing.assert_array_equal(turned, kernel[::-1, ::-1])
    np.testing.assert_array_equal(convert_kernel(turned), kernel)
    with pytest.raises(ValueError, match=r"3 to 5 axes; got shape \(2, 3\)"):
        convert_kernel(np.zeros((2, 3)))
