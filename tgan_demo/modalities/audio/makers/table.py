"""Sound data sets that need no download: drums of our own synthesiser. A new set is one row of the table."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.modalities.audio.makers import drums


@dataclass(frozen=True, slots=True)
class Playing:
    """One set: how so many sounds or clips of it are made, and what its classes are called."""

    title: str
    make: Callable[[int, int], tuple[np.ndarray, np.ndarray]]  # count, seed -> items, int64 (N,)
    classes: tuple[str, ...]
    licence: str
    source: str


TABLE: dict[str, Playing] = {
    "drums": Playing(
        "Drums (our synthesiser)",
        drums.make,
        drums.KINDS,
        drums.LICENCE,
        "this project's own synthesiser",
    ),
}


def make(name: str, *, count: int = 4000, seed: int = 0) -> Dataset:
    """The first `count` sounds of a set."""
    return made(name, TABLE[name], count, seed, "audio")


def made(name: str, playing: Playing, count: int, seed: int, modality: str) -> Dataset:
    items, labels = playing.make(count, seed)
    return Dataset(
        name=name,
        items=items,
        labels=labels,
        classes=playing.classes,
        licence=playing.licence,
        source=playing.source,
        modality=modality,
    )
