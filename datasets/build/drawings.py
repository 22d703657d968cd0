"""Makes the stand-ins for CIFAR-10 and CIFAR-100: `python datasets/build/drawings.py PACKAGES`.

Emoji, turned, sheared, recoloured and put on grounds made at random. Needs resvg-py and Pillow besides
NumPy, and the packages that packages.py names. A fifth of CIFAR-10's drawings is kept for the test
pictures: half of those show a drawing that no training picture shows.
"""

from __future__ import annotations

import colorsys
import sys
from pathlib import Path

import numpy as np
from files import OUT, save
from names import COARSE, TEN, hundred
from PIL import Image, ImageFilter
from sprites import Sprites

SIDE = 32


def ground(random: np.random.RandomState) -> np.ndarray:
    """Return a ground: a slope between two colours, a horizon, blotches, or one colour."""
    kind = random.randint(4)
    down = np.linspace(0, 1, SIDE)[:, None, None]
    across = np.linspace(0, 1, SIDE)[None, :, None]

    def colour() -> np.ndarray:
        hue, saturation, value = random.rand(), random.uniform(0.05, 0.6), random.uniform(0.3, 1)
        return np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255

    if kind == 0:
        angle = random.uniform(0, 6.28)
        mix = np.clip(down * np.cos(angle) + across * np.sin(angle), -1, 1) * 0.5 + 0.5
    elif kind == 1:
        height = random.uniform(0.35, 0.8)
        mix = 1 / (1 + np.exp(-(down - height) * random.uniform(15, 80))) + 0 * across
    elif kind == 2:
        coarse = random.rand(random.randint(3, 7), random.randint(3, 7))
        blotches = Image.fromarray((coarse * 255).astype(np.uint8))
        mix = np.asarray(blotches.resize((SIDE, SIDE), Image.BICUBIC), float)[:, :, None] / 255
    else:
        return np.ones((SIDE, SIDE, 1)) * colour()
    return np.clip((1 - mix) * colour() + mix * colour(), 0, 255)


def recoloured(sprite: np.ndarray, hue: int, saturation: float, value: float) -> np.ndarray:
    """Return a drawing with its colours moved."""
    hsv = np.array(Image.fromarray(sprite[..., :3]).convert("HSV")).astype(int)
    hsv[..., 0] = (hsv[..., 0] + hue) % 256
    hsv[..., 1] = np.clip(hsv[..., 1] * saturation, 0, 255)
    hsv[..., 2] = np.clip(hsv[..., 2] * value, 0, 255)
    rgb = Image.frombytes("HSV", hsv.shape[1::-1], hsv.astype(np.uint8).tobytes()).convert("RGB")
    return np.dstack([np.array(rgb), sprite[..., 3]])


def picture(sprite: np.ndarray, random: np.random.RandomState, hues: int) -> np.ndarray:
    """Return one picture, (32, 32, 3): a drawing on a ground."""
    shift = random.randint(-hues, hues + 1)
    image = Image.fromarray(
        recoloured(sprite, shift, random.uniform(0.6, 1.2), random.uniform(0.7, 1.1))
    )
    if random.rand() < 0.5:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    scale, turn = random.uniform(0.62, 1.05), np.deg2rad(random.normal(0, 12))
    shear, (x, y) = random.normal(0, 0.08), random.uniform(-4, 4, 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.linalg.inv(rotation @ np.array([[1, shear], [0, 1]]) * scale)
    offset = matrix @ (-np.array([32 + 2 * x, 32 + 2 * y])) + 32
    # Colours times alpha, so that the warp mixes no colour of transparent pixels into the edge.
    layers = np.array(image).astype(np.float32)
    layers[..., :3] *= layers[..., 3:] / 255
    how = (matrix[0, 0], matrix[0, 1], offset[0], matrix[1, 0], matrix[1, 1], offset[1])
    warped = [
        np.asarray(
            Image.fromarray(layers[..., i]).transform((64, 64), Image.AFFINE, how, Image.BILINEAR)
        )
        for i in range(4)
    ]
    small = np.stack(warped, -1).reshape(32, 2, 32, 2, 4).mean((1, 3))
    out = ground(random) * (1 - small[..., 3:] / 255) + small[..., :3]
    if random.rand() < 0.3:
        blur = ImageFilter.GaussianBlur(random.uniform(0.3, 0.8))
        out = np.asarray(Image.fromarray(np.clip(out, 0, 255).astype(np.uint8)).filter(blur), float)
    out = (out - 128) * random.uniform(0.75, 1.1) + 128 + random.uniform(-15, 15)
    return np.clip(np.rint(out / 4) * 4, 0, 255).astype(np.uint8)  # six bits: a smaller file


def ten(sprites: Sprites) -> None:
    """Write CIFAR-10's stand-in."""
    drawings = [sprites.of(names) for names in TEN.values()]
    random, seen, unseen = np.random.RandomState(1), [], []
    for found in drawings:
        order = random.permutation(len(found))
        kept = max(1, len(found) // 5)
        unseen.append([found[i] for i in order[:kept]])
        seen.append([found[i] for i in order[kept:]])

    def make(kinds: list[list[np.ndarray]], count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.RandomState(seed)
        labels = np.arange(count) % len(kinds)
        random.shuffle(labels)
        x = [picture(kinds[y][random.randint(len(kinds[y]))], random, 12) for y in labels]
        return np.stack(x), labels.astype(np.uint8)[:, None]

    x_train, y_train = make(seen, 4000, 113)
    halves = make(seen, 500, 114), make(unseen, 500, 115)
    x_test, y_test = (np.concatenate(arrays) for arrays in zip(*halves, strict=True))
    order = np.random.RandomState(2).permutation(len(x_test))
    save(
        OUT / "cifar10_like.npz",
        x_train=x_train,
        y_train=y_train,
        x_test=x_test[order],
        y_test=y_test[order],
    )


def hundred_things(sprites: Sprites) -> None:
    """Write CIFAR-100's stand-in, of the classes that there are drawings of."""
    drawings = [sprites.of(names) for names in hundred().values()]
    there = np.array([i for i, found in enumerate(drawings) if found])

    def make(each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.RandomState(seed)
        labels = there[np.arange(each * len(there)) % len(there)]
        random.shuffle(labels)
        x = [picture(drawings[y][random.randint(len(drawings[y]))], random, 6) for y in labels]
        return np.stack(x), labels.astype(np.uint8)[:, None]

    (x_train, y_train), (x_test, y_test) = make(45, 113), make(10, 114)
    groups = np.array(COARSE, np.uint8)
    save(
        OUT / "cifar100_like.npz",
        x_train=x_train,
        y_train=y_train,
        y_train_coarse=groups[y_train],
        x_test=x_test,
        y_test=y_test,
        y_test_coarse=groups[y_test],
    )


if __name__ == "__main__":
    found = Sprites(Path(sys.argv[1]))
    ten(found)
    hundred_things(found)
