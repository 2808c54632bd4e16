"""Image data sets that our own code paints: offline, without end, free of any licence.

A sample depends on (name, index, seed) and the size only, so any slice of a set can be drawn again
anywhere. Labels go round (index modulo classes): every slice is balanced. The painters live in
files of their own; a new set is one row of the table.

Axes: N samples, H, W pixels, C channels.
"""

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tgan_demo.errors import DataError
from tgan_demo.modalities.image.painters import faces, glyphs, landscapes, shapes
from tgan_demo.parts import Maker

MAX_COUNT = 200_000
MAX_SIDE = 128
MIN_SIDE = 16
LICENCE = "CC0-1.0 (painted by this project's own code)"

# (random source, label, side in pixels) -> uint8 (H, W, C)
Painter = Callable[[random.Random, int, int], np.ndarray]


@dataclass(frozen=True, slots=True)
class Painting:
    """One set: who paints it and what its classes are called."""

    title: str
    paint: Painter
    classes: tuple[str, ...]
    size: int  # pixels a side unless asked otherwise
    channels: int


PAINTINGS: dict[str, Painting] = {
    "digits": Painting("Hand-written digits", glyphs.paint_digit, glyphs.DIGITS, 28, 1),
    "faces": Painting("Cartoon faces", faces.paint, faces.CLASSES, 32, 3),
    "shapes": Painting("Coloured shapes", shapes.paint, shapes.CLASSES, 32, 3),
    "landscapes": Painting("Landscapes", landscapes.paint, landscapes.CLASSES, 32, 3),
    "faces64": Painting("Cartoon faces, 64 × 64", faces.paint, faces.CLASSES, 64, 3),
    "landscapes64": Painting("Landscapes, 64 × 64", landscapes.paint, landscapes.CLASSES, 64, 3),
    "glyphs": Painting("Printed digits", glyphs.paint_glyph, glyphs.DIGITS, 28, 1),
}


def paint(
    name: str, count: int, seed: int = 0, *, size: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` samples of a set: uint8 (N, H, W, C), and their labels, int64 (N,).

    Raises:
        DataError: the count or the size is not one we paint.
    """
    painting = PAINTINGS[name]
    if not 1 <= count <= MAX_COUNT:
        raise DataError(f"{name} can be painted 1 to {MAX_COUNT:,} times; got {count}")
    side = _side(painting, size)
    items = np.empty((count, side, side, painting.channels), np.uint8)
    labels = np.empty(count, np.int64)
    for index in range(count):
        items[index], labels[index] = draw(name, index, side, seed=seed)
    return items, labels


def draw(
    name: str, index: int, size: int | None = None, *, seed: int = 0
) -> tuple[np.ndarray, int]:
    """Sample `index` of a set: (uint8 (H, W, C), label)."""
    painting = PAINTINGS[name]
    label = index % len(painting.classes)
    rng = random.Random(f"{name}/{seed}/{index}")  # texts are hashed the same way everywhere
    return painting.paint(rng, label, _side(painting, size)), label


def _side(painting: Painting, size: int | None) -> int:
    side = painting.size if size is None else size
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise DataError(f"a painted set is {MIN_SIDE} to {MAX_SIDE} pixels a side; got {side}")
    return side


MAKERS: dict[str, Maker] = {
    name: Maker(
        title=painting.title,
        make=functools.partial(paint, name),
        classes=painting.classes,
        licence=LICENCE,
        source=f"procedural:{{name}}, seed {{seed}}, {{count}} samples, {painting.size} pixels",
        count=8_000,
        most=10_000,
        few=20,
    )
    for name, painting in PAINTINGS.items()
}
