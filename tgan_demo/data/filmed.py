"""Clip data sets that need no download: moving shapes of our own. A new set is one row of the table."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tgan_demo.data import moving
from tgan_demo.modalities.base import Dataset


@dataclass(frozen=True, slots=True)
class Filming:
    """One set: how so many clips of it are made, and what its classes are called."""

    title: str
    # count, seed -> uint8 (N, T, H, W, 3), int64 (N,)
    make: Callable[[int, int], tuple[np.ndarray, np.ndarray]]
    classes: tuple[str, ...]
    licence: str
    source: str


TABLE: dict[str, Filming] = {
    "shapes": Filming(
        "Moving shapes",
        moving.make,
        moving.CLASSES,
        moving.LICENCE,
        "this project's own painter",
    ),
}


def make(name: str, *, count: int = 4000, seed: int = 0) -> Dataset:
    """The first `count` clips of a set."""
    filming = TABLE[name]
    items, labels = filming.make(count, seed)
    return Dataset(
        name=name,
        items=items,
        labels=labels,
        classes=filming.classes,
        licence=filming.licence,
        source=filming.source,
    )
