"""Names to objects and back, small list helpers, and the signatures of functions."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_custom_objects: dict[str, Any] = {}
_code_allowed: contextvars.ContextVar[bool] = contextvars.ContextVar("code", default=False)


class CustomObjectScope:
    """Make names known to every `deserialize` inside a `with` block.

    Args:
        *args: dictionaries of names and what they stand for.

    Example:
        >>> def double(x):
        ...     return 2 * x
        >>> with CustomObjectScope({"double": double}):
        ...     deserialize_keras_object("double") is double
        True
    """

    def __init__(self, *args: Mapping[str, Any] | None) -> None:
        self.custom_objects = args
        self.backup: dict[str, Any] = {}

    def __enter__(self) -> CustomObjectScope:
        self.backup = _custom_objects.copy()
        for objects in self.custom_objects:
            _custom_objects.update(objects or {})
        return self

    def __exit__(self, *args: object) -> None:
        _custom_objects.clear()
        _custom_objects.update(self.backup)


def custom_object_scope(*args: Mapping[str, Any] | None) -> CustomObjectScope:
    """Return a `CustomObjectScope` over the given dictionaries."""
    return CustomObjectScope(*args)


def get_custom_objects() -> dict[str, Any]:
    """Return the dictionary of names that every `deserialize` knows; changes to it count."""
    return _custom_objects


def public_objects(namespace: Mapping[str, Any], *more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a config may name: the classes and functions that a module itself defines.

    Whatever a module imports (other modules above all) is left out, so that a config from a
    file reaches nothing else.

    Args:
        namespace: `globals()` of the module, aliases included.
        *more: further names.
    """
    own = namespace["__name__"]
    helpers = {"get", "serialize", "deserialize"}
    found = {
        name: thing
        for name, thing in namespace.items()
        if callable(thing)
        and name not in helpers
        and not name.startswith("_")
        and f"{getattr(thing, '__module__', '')}.".startswith(f"{own}.")
    }
    for names in more:
        found.update(names)
    return found


def serialize_keras_object(instance: Any) -> Any:
    """Return what a config says of an object.

    Args:
        instance: None, a function, or an object with `get_config`.

    Returns:
        None, the function's name, or `{"class_name": ..., "config": ...}`.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not isinstance(instance, type):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError(
        f"Cannot serialize {instance!r}: it has neither `get_config` nor a name. "
        "Use a function, or a class with `get_config`."
    )


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Return the object that a config means.

    Args:
        identifier: None, a name, or `{"class_name": ..., "config": ...}`.
        module_objects: names of our own.
        custom_objects: names of the user's; they go before ours.
        printable_module_name: what is looked for, for error messages.

    Raises:
        ValueError: if the name is not known or the config is not one.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        found = _look_up(identifier, module_objects, custom_objects, printable_module_name)
        return found() if isinstance(found, type) else found
    if not isinstance(identifier, Mapping):
        raise ValueError(
            f"Cannot make a {printable_module_name} from {identifier!r} "
            f"({type(identifier).__name__}): a name or a config dictionary is needed."
        )
    if "class_name" not in identifier or "config" not in identifier:
        raise ValueError(
            f"Improper config format for a {printable_module_name}: {identifier!r}; "
            'needs the keys "class_name" and "config".'
        )
    cls = _look_up(identifier["class_name"], module_objects, custom_objects, printable_module_name)
    config = identifier["config"]
    if not hasattr(cls, "from_config"):  # a constraint, or a function that makes an object
        if not config and _needs_arguments(cls):  # or one of the user's that is the object
            return cls
        with CustomObjectScope(custom_objects):
            return cls(**config)
    if has_arg(cls.from_config, "custom_objects"):
        known = {**_custom_objects, **(custom_objects or {})}
        return cls.from_config(config, custom_objects=known)
    with CustomObjectScope(custom_objects):
        return cls.from_config(config)


def _needs_arguments(function: Any) -> bool:
    import inspect

    given = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    params = inspect.signature(function).parameters.values()
    return any(p.kind in given and p.default is p.empty for p in params)


def _look_up(
    name: str,
    module_objects: Mapping[str, Any] | None,
    custom_objects: Mapping[str, Any] | None,
    kind: str,
) -> Any:
    tables = [t for t in (custom_objects, _custom_objects, module_objects) if t]
    for table in tables:
        if name in table:
            return table[name]
    import difflib

    near = difflib.get_close_matches(str(name), [n for t in tables for n in t], n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"Unknown {kind}: {name}.{hint} A class or function of your own is made known with "
        "`custom_objects={...}` or `keras.utils.CustomObjectScope`."
    )


class FunctionCode(tuple):
    """A function as a config holds it: (code, defaults, closure).

    While the config stays in this process the function itself comes along, so that cloning a
    model runs no code from text. A config that went through a file has a plain list instead.
    """

    function: Callable[..., Any]


def func_dump(func: Callable[..., Any]) -> FunctionCode:
    """Return a function as (code in base64, defaults, closure), the form of Keras's files."""
    import base64
    import marshal

    code = base64.encodebytes(marshal.dumps(func.__code__)).decode("ascii")
    cells = func.__closure__
    closure = tuple(c.cell_contents for c in cells) if cells else None
    dumped = FunctionCode((code, func.__defaults__, closure))
    dumped.function = func
    return dumped


def func_load(
    code: Any, defaults: Any = None, closure: Any = None, globs: dict[str, Any] | None = None
) -> Callable[..., Any]:
    """Return the function that `func_dump` wrote.

    Code from a file can do anything that you can do on this machine. So only a function dumped
    in this process is given back, unless the call stands in `allow_code()`.

    Raises:
        ValueError: if the code comes from elsewhere and is not allowed.
    """
    if isinstance(code, FunctionCode):
        return code.function
    if not _code_allowed.get():
        raise ValueError(
            "This config holds Python code (a Lambda written as `lambda` or as a function), "
            "and running it can do anything to your machine. If you trust where it comes from, "
            "load it with `safe_mode=False`; better, give the function a name and pass it in "
            "`custom_objects`."
        )
    import base64
    import marshal
    import types

    if isinstance(code, tuple | list):
        code, defaults, closure = code
    raw = base64.decodebytes(code.encode("ascii"))
    cells = tuple(types.CellType(value) for value in closure) if closure else None
    defaults = tuple(defaults) if defaults else None
    return types.FunctionType(
        marshal.loads(raw),
        globals() if globs is None else globs,
        argdefs=defaults,
        closure=cells,
    )


@contextlib.contextmanager
def allow_code(allowed: bool = True) -> Iterator[None]:
    """Let configs bring Python code inside a `with` block: for files that you wrote yourself."""
    token = _code_allowed.set(allowed)
    try:
        yield
    finally:
        _code_allowed.reset(token)


def getargspec(fn: Callable[..., Any]) -> Any:
    """Return names, defaults and annotations of a function's arguments."""
    import inspect

    return inspect.getfullargspec(fn)


def has_arg(fn: Callable[..., Any], name: str, accept_all: bool = False) -> bool:
    """Return whether a function takes an argument of this name.

    Args:
        fn: the function.
        name: the argument.
        accept_all: whether `**kwargs` counts as taking it.

    Example:
        >>> has_arg(lambda x, training=None: x, "training")
        True
    """
    import inspect

    parameters = inspect.signature(fn).parameters
    if accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return True
    found = parameters.get(name)
    return found is not None and found.kind in (found.POSITIONAL_OR_KEYWORD, found.KEYWORD_ONLY)


def to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """Return a list as it is, and anything else as a list of one.

    Args:
        x: anything.
        allow_tuple: whether a tuple becomes a list of its items.

    Example:
        >>> to_list(1), to_list((1, 2)), to_list((1, 2), allow_tuple=True)
        ([1], [(1, 2)], [1, 2])
    """
    if isinstance(x, list):
        return x
    if allow_tuple and isinstance(x, tuple):
        return list(x)
    return [x]


def unpack_singleton(x: Any) -> Any:
    """Return the only item of a list or tuple of one, else `x`."""
    return x[0] if isinstance(x, tuple | list) and len(x) == 1 else x


def object_list_uid(object_list: Any) -> str:
    """Return a text that is the same for the same objects only."""
    return ", ".join(str(abs(id(x))) for x in to_list(object_list))


def is_all_none(iterable_or_element: Any) -> bool:
    """Return whether everything in a list (or the thing itself) is None."""
    return all(x is None for x in to_list(iterable_or_element, allow_tuple=True))


def slice_arrays(arrays: Any, start: Any = None, stop: Any = None) -> Any:
    """Return the same rows of one array or of each array in a list.

    Args:
        arrays: an array, a list of arrays (None stays None), or None.
        start: first row, or a list of rows.
        stop: row after the last.
    """
    if arrays is None:
        return [None]
    many = isinstance(arrays, list)
    if hasattr(start, "__len__"):
        rows = start.tolist() if hasattr(start, "shape") else start  # h5py wants a list
        pick = [None if a is None else a[rows] for a in to_list(arrays)]
    else:
        pick = [None if a is None else a[start:stop] for a in to_list(arrays)]
    return pick if many else pick[0]


def transpose_shape(shape: Any, target_format: str, spatial_axes: Any) -> tuple[Any, ...]:
    """Return a channels_last shape or pattern in the order of another data format.

    Args:
        shape: tuple in the order of channels_last.
        target_format: "channels_last" or "channels_first".
        spatial_axes: where the spatial axes stand in `shape`.

    Example:
        >>> transpose_shape((16, 32, 32, 3), "channels_first", spatial_axes=(1, 2))
        (16, 3, 32, 32)
    """
    if target_format == "channels_last":
        return tuple(shape)
    if target_format != "channels_first":
        raise ValueError(
            f'data_format must be "channels_first" or "channels_last"; got {target_format!r}.'
        )
    before = shape[: spatial_axes[0]]
    spatial = [shape[axis] for axis in spatial_axes]
    after = shape[spatial_axes[-1] + 1 :]
    return (*before, *after, *spatial)


def check_for_unexpected_keys(name: str, input_dict: Any, expected_values: Any) -> None:
    """Raise a ValueError if a dictionary has keys that nobody asked for."""
    unknown = set(input_dict) - set(expected_values)
    if unknown:
        raise ValueError(
            f"Unknown entries in {name} dictionary: {sorted(map(str, unknown))}. "
            f"Only these keys are expected: {list(expected_values)}"
        )


def __getattr__(name: str) -> Any:
    if name == "Progbar":  # Keras keeps it here; it is an idea of its own
        from .progbar import Progbar

        return Progbar
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
