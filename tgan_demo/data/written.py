"""Text data sets that need no download: quatrains of our own grammar, functions of the installed Python.

A new set is one row of the table.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tgan_demo.data import functions, verses
from tgan_demo.modalities.base import Dataset

Texts = tuple[list[str], np.ndarray | None]


@dataclass(frozen=True, slots=True)
class Writing:
    """One set: how so many texts of it are made, and what its classes are called."""

    title: str
    make: Callable[[int], Texts]  # count -> texts, classes (N,)
    classes: tuple[str, ...]
    licence: str
    source: str


def _functions(count: int) -> Texts:
    return functions.functions(limit=count), None


TABLE: dict[str, Writing] = {
    "verses": Writing(
        "Quatrains (our grammar)",
        verses.verses,
        verses.THEMES,
        verses.LICENCE,
        "this project's own grammar",
    ),
    "python": Writing("Python functions", _functions, (), functions.LICENCE, functions.SOURCE),
}


def make(name: str, *, count: int = 8000) -> Dataset:
    """The first `count` texts of a set; fewer where there are no more."""
    writing = TABLE[name]
    texts, labels = writing.make(count)
    return Dataset(
        name=name,
        items=np.array(texts, dtype=np.str_),
        labels=labels,
        classes=writing.classes,
        licence=writing.licence,
        source=writing.source,
    )
