"""Architectures as YAML text: plain values only, whatever the text asks for."""

from __future__ import annotations

from typing import Any

from .config_forms import DEEPEST

_MOST = 1_000_000
_TUPLE = "tag:yaml.org,2002:python/tuple"


def write_yaml(config: Any, **kwargs: Any) -> str:
    """Return a config of plain values as YAML text.

    Args:
        config: dictionaries, lists, texts and numbers.
        **kwargs: passed on to `yaml.safe_dump`.
    """
    import yaml

    return yaml.safe_dump(config, **kwargs)


def parse_yaml(text: str) -> Any:
    """Return what YAML text says, Keras's tuples as lists.

    Raises:
        ValueError: if it is no YAML text, asks for objects, or unfolds beyond all bounds.
    """
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _no_yaml(error) from error
    if node is None:
        raise ValueError("The text is empty; needs what `to_yaml` returned.")
    _measure(node, {}, 0)
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(_without_tuples(node))
    except Exception as error:  # of a date in a month that is none, for one
        raise _no_yaml(error) from error
    finally:
        loader.dispose()


def _no_yaml(error: Exception) -> ValueError:
    return ValueError(f"The text is no YAML of plain values: {error}")


def _children(node: Any) -> list[Any]:
    if isinstance(node.value, str):
        return []
    return [x for item in node.value for x in (item if isinstance(item, tuple) else (item,))]


def _measure(node: Any, known: dict[int, int], depth: int) -> int:
    """Return how many values a node unfolds to: a text of ten lines can mean a billion."""
    if depth > DEEPEST:
        raise ValueError(f"The text is nested more than {DEEPEST} levels deep: it is no config.")
    if id(node) not in known:
        known[id(node)] = _MOST  # what is within itself has no end
        known[id(node)] = 1 + sum(_measure(x, known, depth + 1) for x in _children(node))
    if known[id(node)] >= _MOST:
        raise ValueError("The text unfolds to too many values: it is no config.")
    return known[id(node)]


def _without_tuples(node: Any) -> Any:
    done = set()
    waiting = [node]
    while waiting:
        node_ = waiting.pop()
        if id(node_) in done:
            continue
        done.add(id(node_))
        if node_.tag == _TUPLE:
            node_.tag = "tag:yaml.org,2002:seq"
        waiting += _children(node_)
    return node
