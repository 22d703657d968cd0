"""Colours of pictures that must be clear on a light and on a dark ground.

Pictures in HTML do not know the page's theme: boxes bring their own light ground, and what lies on
the page itself (lines, axes) is of middle lightness, with a contrast of at least 3 to both.
"""

from __future__ import annotations

LINE = "#7d8590"
GRID = "#7d859055"
INK = "#1f2328"
FAINT_INK = "#57606a"
ON_PAGE = "#7a828e"  # text on the page's own ground

SERIES = ("#2f81f7", "#e36209", "#1a9f5a", "#a35bf0", "#d6409f", "#0f9aa8", "#b08800", "#8b949e")

# Ground and edge of a box by the layer's family.
FAMILIES = {
    "input": ("#eaeef2", "#8c959f"),
    "dense": ("#ddf4ff", "#3d8fe0"),
    "convolution": ("#dcfbe4", "#2fa457"),
    "recurrent": ("#f1e6ff", "#9a67ea"),
    "pooling": ("#fff4c9", "#c79a1b"),
    "normalization": ("#ffe9dc", "#e0793a"),
    "merge": ("#d9f5f3", "#1f9e98"),
    "activation": ("#ffe3ec", "#dd5f8b"),
    "shape": ("#eeeeee", "#8d8d8d"),
    "noise": ("#f6efe2", "#a58a5a"),
    "embedding": ("#e5e7ff", "#6a70df"),
    "model": ("#f6f8fa", "#6e7781"),
    "other": ("#f6f8fa", "#8c959f"),
}
