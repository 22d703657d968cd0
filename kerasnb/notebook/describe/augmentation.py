"""What a generator makes of pictures: each beside its changed copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..language import say
from ..png import picture
from .data import as_pictures, facts


def describe_augmentation(x: Any, generator: Any, copies: int = 7, seed: int = 0) -> dict[str, Any]:
    """Return pictures, each followed by copies that a generator has changed at random.

    Args:
        x: pictures (samples, height, width, channels), or without channels.
        generator: an `ImageDataGenerator`; what it turns, shifts, zooms, flips and colours is
            shown, not how it scales the numbers.
        copies: changed copies of each picture.
        seed: the same seed gives the same changes; NumPy's own random numbers go on as before.

    Returns:
        A description of kind "dataset" (see docs/displays.md): the samples are the pictures and
        their copies, `index` is the place in `x`.
    """
    x = np.asarray(x)
    channels = x if x.ndim == 4 else x[..., None]
    if x.ndim not in (3, 4) or not x.size:
        raise ValueError(f"augmentation: got an array of shape {x.shape}; needs pictures.")
    rows = []
    before = np.random.get_state()
    try:
        for place, image in enumerate(channels):
            image = image.astype("float32")
            seeds = (seed + place * copies + k for k in range(copies))
            rows.append([image, *(generator.random_transform(image.copy(), s) for s in seeds)])
    finally:
        np.random.set_state(before)
    tiles = as_pictures(np.stack([image for row in rows for image in row]))
    if tiles is None:
        raise ValueError(f"augmentation: got an array of shape {x.shape}; needs pictures.")
    names = [say("dataset.original"), *(str(k + 1) for k in range(copies))]
    samples = [
        {
            "index": place // len(names),
            "label": place % len(names),
            "name": names[place % len(names)],
            "predicted": None,
            "predicted_name": None,
            "picture": picture(tile, say("dataset.picture_alt")),
            "text": None,
            "values": None,
        }
        for place, tile in enumerate(tiles)
    ]
    return {
        "kind": "dataset",
        "name": say("dataset.augmented", seed=seed),
        "split": "",
        "source": None,
        "total": len(samples),
        "start": 0,
        "page_size": len(samples),
        "filter": "",
        "classes": [],
        "facts": facts(str(x.shape), str(x.dtype), None, None),
        "statistics": None,
        "shape": str(x.shape),
        "dtype": str(x.dtype),
        "samples": samples,
    }
