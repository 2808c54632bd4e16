"""Classes and their factors, as numbers that a network can look up.

A class may be named by several factors ("seven / theo"), each of which is learned once.
"""

import torch
from torch import Tensor

from tgan_demo.config import factors


def class_parts(classes: tuple[str, ...]) -> Tensor | None:
    """Which factors each class is made of, where classes are named so ("seven / theo"), else None.

    Returns:
        (classes, factors) row numbers of one table that holds all values of all factors.
    """
    rows, first = {}, 0
    for place, values in enumerate(factors(classes)):
        rows |= {(place, value): first + i for i, value in enumerate(values)}
        first += len(values)
    if not rows:
        return None
    parts = [[rows[part] for part in enumerate(c.split(" / "))] for c in classes]
    return torch.tensor(parts, device="cpu")  # even where networks get no memory: it is read


def class_table(rows_RD: Tensor, parts: Tensor | None) -> Tensor:
    """A vector for each class: its row, or of factored classes the sum of its factors' rows, so that
    what a factor means is learned once.
    """
    return rows_RD if parts is None else rows_RD[parts].sum(1) * parts.shape[1] ** -0.5


def num_rows(classes: tuple[str, ...], parts: Tensor | None) -> int:
    return len(classes) if parts is None else int(parts.max()) + 1


def part_of(
    classes: tuple[str, ...], moving: int, *, wants_motion: bool
) -> tuple[tuple[str, ...], Tensor | None]:
    """The classes that one part of w hears of: their names, and of each whole class which it is.

    Of "star / right / fast" with two moving factors the motion hears "right / fast" and the content
    "star". A class of one part is the motion's, unless nothing moves.

    Returns:
        ((), None) where this part has no class.
    """
    split = [name.split(" / ") for name in classes]
    cut = len(split[0]) - min(moving, len(split[0])) if split else 0
    names = [" / ".join(parts[cut:] if wants_motion else parts[:cut]) for parts in split]
    known = tuple(dict.fromkeys(name for name in names if name))
    if not known:
        return (), None
    return known, torch.tensor([known.index(name) for name in names], device="cpu")
