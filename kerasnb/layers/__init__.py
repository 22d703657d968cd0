"""All layers, and layers from configs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..engine.base_layer import InputSpec as InputSpec
from ..engine.base_layer import Layer as Layer
from ..engine.input_layer import Input as Input
from ..engine.input_layer import InputLayer as InputLayer
from ..utils.generic_utils import deserialize_keras_object, serialize_keras_object
from .advanced_activations import ELU as ELU
from .advanced_activations import LeakyReLU as LeakyReLU
from .advanced_activations import PReLU as PReLU
from .advanced_activations import ReLU as ReLU
from .advanced_activations import Softmax as Softmax
from .advanced_activations import ThresholdedReLU as ThresholdedReLU
from .convolutional import AtrousConvolution1D as AtrousConvolution1D
from .convolutional import AtrousConvolution2D as AtrousConvolution2D
from .convolutional import Conv1D as Conv1D
from .convolutional import Conv2D as Conv2D
from .convolutional import Conv2DTranspose as Conv2DTranspose
from .convolutional import Conv3D as Conv3D
from .convolutional import Conv3DTranspose as Conv3DTranspose
from .convolutional import Convolution1D as Convolution1D
from .convolutional import Convolution2D as Convolution2D
from .convolutional import Convolution2DTranspose as Convolution2DTranspose
from .convolutional import Convolution3D as Convolution3D
from .convolutional import Cropping1D as Cropping1D
from .convolutional import Cropping2D as Cropping2D
from .convolutional import Cropping3D as Cropping3D
from .convolutional import Deconv2D as Deconv2D
from .convolutional import Deconv3D as Deconv3D
from .convolutional import Deconvolution2D as Deconvolution2D
from .convolutional import Deconvolution3D as Deconvolution3D
from .convolutional import DepthwiseConv2D as DepthwiseConv2D
from .convolutional import SeparableConv1D as SeparableConv1D
from .convolutional import SeparableConv2D as SeparableConv2D
from .convolutional import SeparableConvolution1D as SeparableConvolution1D
from .convolutional import SeparableConvolution2D as SeparableConvolution2D
from .convolutional import UpSampling1D as UpSampling1D
from .convolutional import UpSampling2D as UpSampling2D
from .convolutional import UpSampling3D as UpSampling3D
from .convolutional import ZeroPadding1D as ZeroPadding1D
from .convolutional import ZeroPadding2D as ZeroPadding2D
from .convolutional import ZeroPadding3D as ZeroPadding3D
from .convolutional_recurrent import ConvLSTM2D as ConvLSTM2D
from .convolutional_recurrent import ConvLSTM2DCell as ConvLSTM2DCell
from .convolutional_recurrent import ConvRecurrent2D as ConvRecurrent2D
from .convolutional_recurrent import ConvRNN2D as ConvRNN2D
from .core import Activation as Activation
from .core import ActivityRegularization as ActivityRegularization
from .core import Dense as Dense
from .core import Dropout as Dropout
from .core import Flatten as Flatten
from .core import Lambda as Lambda
from .core import Masking as Masking
from .core import Permute as Permute
from .core import RepeatVector as RepeatVector
from .core import Reshape as Reshape
from .core import SpatialDropout1D as SpatialDropout1D
from .core import SpatialDropout2D as SpatialDropout2D
from .core import SpatialDropout3D as SpatialDropout3D
from .cudnn_recurrent import CuDNNGRU as CuDNNGRU
from .cudnn_recurrent import CuDNNLSTM as CuDNNLSTM
from .embeddings import Embedding as Embedding
from .local import LocallyConnected1D as LocallyConnected1D
from .local import LocallyConnected2D as LocallyConnected2D
from .merge import Add as Add
from .merge import Average as Average
from .merge import Concatenate as Concatenate
from .merge import Dot as Dot
from .merge import Maximum as Maximum
from .merge import Minimum as Minimum
from .merge import Multiply as Multiply
from .merge import Subtract as Subtract
from .merge import add as add
from .merge import average as average
from .merge import concatenate as concatenate
from .merge import dot as dot
from .merge import maximum as maximum
from .merge import minimum as minimum
from .merge import multiply as multiply
from .merge import subtract as subtract
from .noise import AlphaDropout as AlphaDropout
from .noise import GaussianDropout as GaussianDropout
from .noise import GaussianNoise as GaussianNoise
from .normalization import BatchNormalization as BatchNormalization
from .pooling import AveragePooling1D as AveragePooling1D
from .pooling import AveragePooling2D as AveragePooling2D
from .pooling import AveragePooling3D as AveragePooling3D
from .pooling import AvgPool1D as AvgPool1D
from .pooling import AvgPool2D as AvgPool2D
from .pooling import AvgPool3D as AvgPool3D
from .pooling import GlobalAveragePooling1D as GlobalAveragePooling1D
from .pooling import GlobalAveragePooling2D as GlobalAveragePooling2D
from .pooling import GlobalAveragePooling3D as GlobalAveragePooling3D
from .pooling import GlobalAvgPool1D as GlobalAvgPool1D
from .pooling import GlobalAvgPool2D as GlobalAvgPool2D
from .pooling import GlobalAvgPool3D as GlobalAvgPool3D
from .pooling import GlobalMaxPool1D as GlobalMaxPool1D
from .pooling import GlobalMaxPool2D as GlobalMaxPool2D
from .pooling import GlobalMaxPool3D as GlobalMaxPool3D
from .pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
from .pooling import GlobalMaxPooling2D as GlobalMaxPooling2D
from .pooling import GlobalMaxPooling3D as GlobalMaxPooling3D
from .pooling import MaxPool1D as MaxPool1D
from .pooling import MaxPool2D as MaxPool2D
from .pooling import MaxPool3D as MaxPool3D
from .pooling import MaxPooling1D as MaxPooling1D
from .pooling import MaxPooling2D as MaxPooling2D
from .pooling import MaxPooling3D as MaxPooling3D
from .recurrent import GRU as GRU
from .recurrent import LSTM as LSTM
from .recurrent import RNN as RNN
from .recurrent import GRUCell as GRUCell
from .recurrent import LSTMCell as LSTMCell
from .recurrent import Recurrent as Recurrent
from .recurrent import SimpleRNN as SimpleRNN
from .recurrent import SimpleRNNCell as SimpleRNNCell
from .recurrent import StackedRNNCells as StackedRNNCells
from .retired import Highway as Highway
from .retired import MaxoutDense as MaxoutDense
from .wrappers import Bidirectional as Bidirectional
from .wrappers import TimeDistributed as TimeDistributed
from .wrappers import Wrapper as Wrapper

# Networks are layers, too, but live on a higher floor: they are looked up when a config has one.
_NETWORKS = {"Model": "training", "Network": "network", "Sequential": "sequential"}


def serialize(layer: Any) -> Any:
    """Return a layer as `{"class_name": ..., "config": ...}`.

    Args:
        layer: the layer.

    Example:
        >>> serialize(Flatten(name="flat"))["class_name"]
        'Flatten'
    """
    return serialize_keras_object(layer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Make a layer (or a model) from what `serialize` returned; its weights are new.

    Args:
        config: `{"class_name": ..., "config": ...}`.
        custom_objects: names of one's own classes and functions.

    Example:
        >>> deserialize({"class_name": "Dense", "config": {"units": 3}}).units
        3
    """
    known = {n: v for n, v in globals().items() if isinstance(v, type) and issubclass(v, Layer)}
    name = config.get("class_name") if isinstance(config, dict) else None
    if name in _NETWORKS:
        engine = __package__.rpartition(".")[0] + ".engine."
        known[name] = getattr(import_module(engine + _NETWORKS[name]), name)
    return deserialize_keras_object(config, known, custom_objects, printable_module_name="layer")
