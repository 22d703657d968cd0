"""Settings that were kept as JSON: read back, each of its type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.config_forms import parse_json


def config_of(
    who: str, text: str, kinds: Mapping[str, Any], texts: Sequence[str]
) -> dict[str, Any]:
    """Return the settings in JSON text.

    Args:
        who: for error messages.
        text: `{"class_name": ..., "config": {...}}`.
        kinds: type of each setting.
        texts: settings that are JSON themselves; they are parsed.

    Raises:
        ValueError: if it is no such text, lacks a setting or has one of another type.
    """
    described = parse_json(text, f"{who}: the text")
    config = described.get("config") if isinstance(described, dict) else None
    if not isinstance(config, dict):
        raise ValueError(
            f"{who}: the text has no dictionary `config`; needs what to_json returned."
        )
    known = {**kinds, **dict.fromkeys(texts, str)}
    for name, kind in known.items():
        if name not in config:
            raise ValueError(f"{who}: the config has no {name!r}; it has {sorted(config)}.")
        value = config[name]
        if not isinstance(value, kind) or isinstance(value, bool) and kind is int:
            raise ValueError(f"{who}: got {name}={value!r:.60}; needs {_called(kind)}.")
    unknown = sorted(set(config) - set(known))
    if unknown:
        raise ValueError(f"{who}: the config has unknown settings, {str(unknown):.200}.")
    return {**config, **{name: parse_json(config[name], f"{who}: {name}") for name in texts}}


def _called(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))
