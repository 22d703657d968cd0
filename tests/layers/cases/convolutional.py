"""Cases of the convolutions."""

from tests.layers.contract import Case


def case(rank, *sizes, channels=2, **settings):
    """Return a case of a convolution whose spatial sizes may be unknown."""
    return Case((*sizes, channels), settings, open=tuple(range(rank)))


CASES = {
    "Conv1D": [
        case(1, 6, filters=3, kernel_size=2),
        case(1, 7, filters=3, kernel_size=3, strides=2, activation="tanh"),
        case(1, 7, filters=2, kernel_size=3, strides=3, padding="same"),
        case(1, 7, filters=2, kernel_size=2, dilation_rate=3),
        case(1, 7, filters=2, kernel_size=3, dilation_rate=2, padding="same", use_bias=False),
        case(1, 6, filters=3, kernel_size=3, padding="causal"),
        case(1, 6, filters=3, kernel_size=2, padding="causal", dilation_rate=2),
        case(1, 7, filters=3, kernel_size=3, padding="causal", strides=2),
        case(1, 6, filters=3, kernel_size=1, kernel_regularizer="l2"),
    ],
    "Conv2D": [
        case(2, 5, 4, filters=3, kernel_size=3),
        case(2, 5, 6, filters=3, kernel_size=(3, 2), strides=(2, 1), activation="tanh"),
        case(2, 5, 6, filters=2, kernel_size=(2, 3), strides=2, padding="same"),
        case(2, 6, 7, filters=2, kernel_size=(3, 2), dilation_rate=(2, 3)),
        case(2, 6, 5, filters=2, kernel_size=3, dilation_rate=2, padding="same"),
        case(2, 4, 4, filters=3, kernel_size=1, strides=2, use_bias=False),
        case(2, 4, 4, channels=1, filters=4, kernel_size=(1, 3), padding="same"),
    ],
    "Conv3D": [
        case(3, 3, 4, 3, filters=2, kernel_size=2),
        case(3, 4, 3, 5, filters=2, kernel_size=(2, 1, 3), strides=2, padding="same"),
        case(3, 4, 3, 3, filters=2, kernel_size=2, dilation_rate=2, padding="same"),
        case(3, 3, 4, 5, channels=1, filters=2, kernel_size=(2, 1, 2), dilation_rate=(1, 2, 3),
             use_bias=False),
    ],
    "SeparableConv1D": [
        case(1, 6, filters=3, kernel_size=3),
        case(1, 7, filters=2, kernel_size=3, strides=2, padding="same", depth_multiplier=2),
        case(1, 7, filters=2, kernel_size=2, dilation_rate=2, use_bias=False),
    ],
    "SeparableConv2D": [
        case(2, 5, 4, filters=3, kernel_size=3),
        case(2, 6, 5, filters=2, kernel_size=(3, 2), strides=2, padding="same",
             depth_multiplier=2),
        case(2, 6, 5, filters=3, kernel_size=2, dilation_rate=2, activation="tanh"),
    ],
    "DepthwiseConv2D": [
        case(2, 5, 4, kernel_size=3),
        case(2, 6, 5, kernel_size=(3, 2), strides=2, padding="same", depth_multiplier=2),
        case(2, 6, 5, kernel_size=2, dilation_rate=(2, 2), use_bias=False),
    ],
    "Conv2DTranspose": [
        case(2, 3, 4, filters=3, kernel_size=3),
        case(2, 3, 2, filters=2, kernel_size=(3, 2), strides=2, padding="same"),
        case(2, 3, 2, filters=2, kernel_size=(2, 3), strides=(3, 2)),
        case(2, 3, 4, filters=2, kernel_size=3, strides=2, padding="same",
             output_padding=(1, 0)),
        case(2, 3, 2, filters=2, kernel_size=3, strides=2, output_padding=1, use_bias=False),
        case(2, 3, 4, filters=2, kernel_size=2, dilation_rate=2),
        case(2, 3, 2, filters=2, kernel_size=1, strides=2, activation="tanh"),
    ],
    "Conv3DTranspose": [
        case(3, 2, 3, 2, filters=2, kernel_size=2),
        case(3, 2, 3, 2, filters=2, kernel_size=3, strides=2, padding="same"),
        case(3, 2, 1, 2, filters=2, kernel_size=2, strides=(2, 3, 1), output_padding=(1, 2, 0)),
    ],
}  # fmt: skip
