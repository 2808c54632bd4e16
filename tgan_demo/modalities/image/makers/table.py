"""Data sets that our own code paints: always there, offline, without end, free of any licence.

A sample depends on (name, index, seed) and the size only, so any slice of a set can be drawn again
anywhere. Labels go round (index modulo classes): every slice is balanced. The painters live in
files of their own; a new set is one row of the table.

Axes: N samples, H, W pixels, C channels.
"""

import difflib
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.errors import DataError
from tgan_demo.modalities.image.makers import faces, glyphs, landscapes, shapes

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


TABLE: dict[str, Painting] = {
    "digits": Painting("Hand-written digits", glyphs.paint_digit, glyphs.DIGITS, 28, 1),
    "faces": Painting("Cartoon faces", faces.paint, faces.CLASSES, 32, 3),
    "shapes": Painting("Coloured shapes", shapes.paint, shapes.CLASSES, 32, 3),
    "landscapes": Painting("Landscapes", landscapes.paint, landscapes.CLASSES, 32, 3),
    "glyphs": Painting("Printed digits", glyphs.paint_glyph, glyphs.DIGITS, 28, 1),
}
NAMES = tuple(TABLE)


def make(name: str, *, count: int = 8000, seed: int = 0, size: int | None = None) -> Dataset:
    """The first `count` samples of a set.

    Raises:
        DataError: the name, the count or the size is not one we paint.
    """
    painting = find(name)
    if not 1 <= count <= MAX_COUNT:
        raise DataError(f"{name} can be painted 1 to {MAX_COUNT:,} times; got {count}")
    side = _side(painting, size)
    items = np.empty((count, side, side, painting.channels), np.uint8)
    labels = np.empty(count, np.int64)
    for index in range(count):
        items[index], labels[index] = draw(name, index, side, seed=seed)
    return Dataset(
        name=name,
        items=items,
        labels=labels,
        classes=painting.classes,
        licence=LICENCE,
        source=f"procedural:{name}, seed {seed}, {count} samples, {side} pixels",
        modality="image",
    )


def draw(
    name: str, index: int, size: int | None = None, *, seed: int = 0
) -> tuple[np.ndarray, int]:
    """Sample `index` of a set: (uint8 (H, W, C), label)."""
    painting = find(name)
    label = index % len(painting.classes)
    rng = random.Random(f"{name}/{seed}/{index}")  # texts are hashed the same way everywhere
    return painting.paint(rng, label, _side(painting, size)), label


def find(name: str) -> Painting:
    if name not in TABLE:
        near = difflib.get_close_matches(str(name), NAMES, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise DataError(f"we paint {', '.join(NAMES)}; got {str(name)[:60]!r}{hint}")
    return TABLE[name]


def _side(painting: Painting, size: int | None) -> int:
    side = painting.size if size is None else size
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise DataError(f"a painted set is {MIN_SIDE} to {MAX_SIDE} pixels a side; got {side}")
    return side
