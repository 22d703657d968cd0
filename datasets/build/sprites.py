"""Drawings of things from six sets of emoji, as arrays with an alpha channel."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import resvg_py
from packages import npm
from PIL import Image

# In this order they were drawn from when the bundled editions were made.
SETS = (
    "twemoji-1.2.5",
    "noto-1.2.9",
    "fluent-emoji-1.2.7",
    "fluent-emoji-flat-1.2.6",
    "emojione-1.2.3",
    "fxemoji-1.2.2",
)
SIZE = 64


class Sprites:
    """Finds and renders drawings.

    Args:
        folder: where the packages are.
    """

    def __init__(self, folder: Path) -> None:
        self._sets = {
            name: json.loads(npm(folder, f"iconify-json-{name}", "icons.json")) for name in SETS
        }

    def of(self, names: list[str]) -> list[np.ndarray]:
        """Return what the sets have under some names, each drawing once: (64, 64, 4), uint8."""
        found: dict[tuple[str, str], np.ndarray] = {}
        for name, icons in self._sets.items():
            for wanted in names:
                real = icons.get("aliases", {}).get(wanted, {}).get("parent", wanted)
                real = wanted if wanted in icons["icons"] else real
                if real in icons["icons"] and (name, real) not in found:
                    found[name, real] = _rendered(icons, icons["icons"][real])
        return list(found.values())


def _rendered(icons: dict, icon: dict) -> np.ndarray:
    default = icons.get("height", 16)
    width, height = icon.get("width", icons.get("width", 16)), icon.get("height", default)
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" width="{width}" height="{height}">{icon["body"]}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, width=SIZE, height=SIZE)
    return np.array(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))
