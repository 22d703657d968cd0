"""Tools around models: labels, progress, names in configs, files, summaries."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .generic_utils import CustomObjectScope as CustomObjectScope
from .generic_utils import custom_object_scope as custom_object_scope
from .generic_utils import deserialize_keras_object as deserialize_keras_object
from .generic_utils import get_custom_objects as get_custom_objects
from .generic_utils import serialize_keras_object as serialize_keras_object
from .np_utils import normalize as normalize
from .np_utils import to_categorical as to_categorical
from .progbar import Progbar as Progbar

_LATER = {  # imported when first asked for
    "conv_utils": [],
    "data_utils": ["get_file"],
    "enqueuers": ["GeneratorEnqueuer", "OrderedEnqueuer", "SequenceEnqueuer"],
    "io_utils": ["H5Dict", "HDF5Matrix"],
    "layer_utils": ["convert_all_kernels_in_model", "get_source_inputs", "print_summary"],
    "losses_utils": [],
    "metrics_utils": [],
    "multi_gpu_utils": ["multi_gpu_model"],
    "sequence": ["Sequence"],
    "vis_utils": ["model_to_dot", "plot_model"],
}
_HOME = {name: module for module, names in _LATER.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return import_module(f".{name}", __name__)
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
