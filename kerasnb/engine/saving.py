"""Models in HDF5 files, and models from files, JSON and YAML."""

from __future__ import annotations

import contextlib
import functools
import json
import opcode
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import backend as K
from ..layers import deserialize
from ..utils.generic_utils import allow_code
from ..utils.io_utils import may_write, path_to_string
from .base_layer import weights_to_come
from .config_forms import as_keras_2, parse_json
from .h5_format import created, is_path, opened
from .h5_format import load_attributes_from_hdf5_group as load_attributes_from_hdf5_group
from .h5_format import save_attributes_to_hdf5_group as save_attributes_to_hdf5_group
from .network import Network, known_names
from .network_config import KERAS_VERSION
from .training_config import as_plain, describe_training, restore_state, restore_training
from .weight_forms import preprocess_weights_for_loading as preprocess_weights_for_loading
from .weights_file import load_weights_from_hdf5_group as load_weights_from_hdf5_group
from .weights_file import (
    load_weights_from_hdf5_group_by_name as load_weights_from_hdf5_group_by_name,
)
from .weights_file import load_weights_of, save_weights_of, write_arrays
from .weights_file import save_weights_to_hdf5_group as save_weights_to_hdf5_group


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True
) -> None:
    """Save a model: its architecture, its weights, how it is trained, the optimizer's state.

    The file is written as a whole: until it is complete, an older one stays in its place.

    Args:
        model: the model.
        filepath: path, group (or file) of h5py, dictionary, or binary stream.
        overwrite: whether an existing file goes unasked; otherwise the user is asked.
        include_optimizer: whether to save how it is trained, and the optimizer's state.

    Raises:
        NotImplementedError: if the model is made by code of its own.

    Example:
        >>> import io
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> model = Sequential([Dense(2, input_shape=(3,))])
        >>> file = io.BytesIO()
        >>> save_model(model, file)
        >>> _ = file.seek(0)
        >>> load_model(file, compile=False).output_shape
        (None, 2)
    """
    if not model._is_graph_network:
        why = (
            "its shapes are not known yet: give it an input shape, or fit it first"
            if hasattr(model, "_build_input_shape")
            else "it is made by code of its own, which no file can hold; use save_weights"
        )
        raise NotImplementedError(f'Model "{model.name}" cannot be saved: {why}.')
    if is_path(filepath) and not may_write(filepath, overwrite):
        return
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    described = json.dumps(config, default=as_plain)
    with created(filepath) as group:
        for old in ("model_weights", "optimizer_weights"):
            if old in group:
                del group[old]
        group.attrs["keras_version"] = KERAS_VERSION.encode("utf-8")
        group.attrs["backend"] = K.backend().encode("utf-8")
        group.attrs["model_config"] = described.encode("utf-8")
        save_weights_of(group.create_group("model_weights"), model)
        if include_optimizer and model.optimizer:
            _save_training(model, group)


def _save_training(model: Any, group: Any) -> None:
    if not model._is_compiled:
        warnings.warn(
            f'Model "{model.name}" was compiled with an optimizer, but has not met data yet; how '
            "it is trained is not saved.",
            stacklevel=4,
        )
        return
    group.attrs["training_config"] = describe_training(model).encode("utf-8")
    state = getattr(model.optimizer, "weights", None)
    if state:
        write_arrays(group.create_group("optimizer_weights"), state)


def load_model(
    filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """Load a model that `save_model` has saved, here or in Keras 2 or tf.keras.

    A file from somebody else can do no harm: it is checked while it is read, names in it mean
    our layers or what `custom_objects` says, and Python code in it does not run.

    Args:
        filepath: path, group (or file) of h5py, dictionary, or binary stream.
        custom_objects: names of one's own classes and functions.
        compile: whether to compile the model as it was, with the optimizer's state.
        safe_mode: whether to refuse code. With False the code of Lambda layers in the file runs,
            and may do whatever you can do on this machine: for files that you wrote yourself.

    Raises:
        OSError: if there is no such file, or it is no HDF5 file.
        ValueError: if it holds no model, code, or what does not fit together.
    """
    with opened(filepath) as source, _reading(filepath):
        group = source.group
        described = source.text(group, "model_config")
        weights = source.subgroup(group, "model_weights")
        if described is None or weights is None:
            kind = "weights only" if "layer_names" in group.attrs else "no model of Keras"
            raise ValueError(
                f"No model found in config file: {_called(filepath)} holds {kind}."
                + (" Build the model and use load_weights." if "weights" in kind else "")
            )
        config = parse_json(described, "the model_config")
        with weights_to_come():
            model = model_from_config(config, custom_objects, safe_mode)
        if not isinstance(model, Network):
            raise ValueError(f"{_called(filepath)} holds no model, but {model!r}.")
        load_weights_of(source, weights, model)
        if not compile:
            return model
        training = source.text(group, "training_config")
        if training is None:
            warnings.warn(
                "No training configuration found in save file: the model was *not* compiled. "
                "Compile it manually.",
                stacklevel=2,
            )
            return model
        with _compiling():
            restore_training(model, parse_json(training, "the training_config"), custom_objects)
        state = source.subgroup(group, "optimizer_weights")
        if state is not None:
            restore_state(source, state, model)
        return model


@contextlib.contextmanager
def _reading(filepath: Any) -> Iterator[None]:
    """Say which file, or text, it was that something went wrong with."""
    try:
        yield
    except (OSError, Warning):
        raise
    except Exception as error:
        if isinstance(error, ValueError | NotImplementedError) and _says_it_well(error):
            raise
        raise ValueError(
            f"{_called(filepath)} cannot be read: it is damaged, or needs what is not there "
            f"({type(error).__name__}: {error})."
        ) from error


def _says_it_well(error: Exception) -> bool:
    """Whether an error was raised here, by a `raise`, and not by a package or by Python.

    `int("x")` in one of our lines does not know what it is about.
    """
    trace: Any = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    ours = code.co_filename.startswith(str(Path(__file__).parents[1]))
    return ours and code.co_code[trace.tb_lasti] == opcode.opmap["RAISE_VARARGS"]


@contextlib.contextmanager
def _compiling() -> Iterator[None]:
    try:
        yield
    except Warning:
        raise
    except Exception as error:
        raise ValueError(
            f"The model cannot be compiled as it was ({error}) Load it with compile=False and "
            "compile it anew, or say in custom_objects what the names mean."
        ) from error


def _called(filepath: Any) -> str:
    if is_path(filepath):
        return str(path_to_string(filepath))
    return str(getattr(filepath, "name", None) or f"the {type(filepath).__name__}")


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Save the weights of a model: see `Network.save_weights`."""
    _need_weights(model, "save_weights")
    if is_path(filepath) and not may_write(filepath, overwrite):
        return
    with created(filepath) as group:
        save_weights_of(group, model)


def load_weights(
    model: Any,
    filepath: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    reshape: bool = False,
) -> None:
    """Load the weights of a model: see `Network.load_weights`."""
    _need_weights(model, "load_weights")
    with opened(filepath) as source, _reading(filepath):
        group = source.group
        inner = source.subgroup(group, "model_weights")
        if inner is not None and not _has_names(group):
            group = inner
        load_weights_of(source, group, model, by_name, skip_mismatch, reshape)


def _has_names(group: Any) -> bool:
    return "layer_names" in group.attrs or "layer_names0" in group.attrs


def _need_weights(model: Any, who: str) -> None:
    if not model.built:
        raise ValueError(
            f'{who}: model "{model.name}" has no weights yet, because the shape of its input is '
            "not known. Give the first layer `input_shape`, call `build(batch_input_shape)`, or "
            "fit it to data."
        )


# -- architectures


def model_from_config(config: Any, custom_objects: Any = None, safe_mode: bool = True) -> Any:
    """Make a model from `{"class_name": ..., "config": ...}`; the weights are new.

    Args:
        config: the dictionary.
        custom_objects: names of one's own classes and functions.
        safe_mode: whether to refuse Python code in it, which could do anything to your machine.

    Example:
        >>> from kerasnb.layers import Dense
        >>> from kerasnb.models import Sequential
        >>> model = Sequential([Dense(2, input_shape=(3,))])
        >>> described = {"class_name": "Sequential", "config": model.get_config()}
        >>> model_from_config(described).output_shape
        (None, 2)
    """
    _need_no_list(config)
    with allow_code(not safe_mode):
        return deserialize(
            as_keras_2(config, custom_objects), custom_objects=known_names(custom_objects)
        )


def model_from_json(json_string: str, custom_objects: Any = None, safe_mode: bool = True) -> Any:
    """Make a model from what `to_json` returned; the weights are new.

    Args:
        json_string: the text.
        custom_objects: names of one's own classes and functions.
        safe_mode: whether to refuse Python code in it, which could do anything to your machine.
    """
    return _from_text(parse_json(json_string, "the text"), custom_objects, safe_mode)


def model_from_yaml(yaml_string: str, custom_objects: Any = None, safe_mode: bool = True) -> Any:
    """Make a model from what `to_yaml` returned; the weights are new.

    Args:
        yaml_string: the text.
        custom_objects: names of one's own classes and functions.
        safe_mode: whether to refuse Python code in it, which could do anything to your machine.
    """
    from .yaml_format import parse_yaml

    return _from_text(parse_yaml(yaml_string), custom_objects, safe_mode)


def _from_text(config: Any, custom_objects: Any, safe_mode: bool) -> Any:
    _need_no_list(config)
    with _reading("the text"):
        return model_from_config(config, custom_objects, safe_mode)


def _need_no_list(config: Any) -> None:
    if isinstance(config, list):
        raise TypeError(
            "model_from_config: got a list; needs a dictionary with class_name and config. "
            "For a list of layers use Sequential.from_config(config)."
        )


# -- in the memory


def pickle_model(model: Any) -> dict[str, Any]:
    """Return a model as a dictionary that can be pickled."""
    state: dict[str, Any] = {}
    save_model(model, state)
    return state


def unpickle_model(state: dict[str, Any]) -> Any:
    """Return the model that `pickle_model` made a dictionary of.

    A pickle is code: whoever loads one trusts where it comes from, so Lambda layers work.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No training configuration")
        return load_model(state, safe_mode=False)


# -- other places


def allow_write_to_gcs(save_function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that saves to a path say what to do with one of Google's storage."""

    @functools.wraps(save_function)
    def wrapped(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_gcs(filepath, "save to a file here, and copy it there with `gsutil cp`")
        return save_function(model, filepath, *args, **kwargs)

    return wrapped


def allow_read_from_gcs(load_function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that loads from a path say what to do with one of Google's storage."""

    @functools.wraps(load_function)
    def wrapped(filepath: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_gcs(filepath, "copy it here with `gsutil cp`, and load the copy")
        return load_function(filepath, *args, **kwargs)

    return wrapped


def _refuse_gcs(filepath: Any, advice: str) -> None:
    if str(path_to_string(filepath)).startswith("gs://"):
        raise OSError(f"{filepath} is not on this machine; {advice}.")
