"""Clip data sets that need no download: moving shapes of our own. A new set is one row of the table."""

from tgan_demo.data import moving
from tgan_demo.data.played import Playing, made
from tgan_demo.modalities.base import Dataset

TABLE: dict[str, Playing] = {
    "shapes": Playing(
        "Moving shapes",
        moving.make,
        moving.CLASSES,
        moving.LICENCE,
        "this project's own painter",
    ),
}


def make(name: str, *, count: int = 4000, seed: int = 0) -> Dataset:
    """The first `count` clips of a set, uint8 (N, T, H, W, 3)."""
    return made(name, TABLE[name], count, seed)
