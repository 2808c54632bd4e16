"""Clip data sets that need no download: moving shapes of our own. A new set is one row of the table."""

from tgan_demo.contract import Dataset
from tgan_demo.modalities.audio.makers.table import Playing, made
from tgan_demo.modalities.video.makers import moving

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
    return made(name, TABLE[name], count, seed, "video")
