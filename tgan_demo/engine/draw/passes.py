"""Passes of one shape on one core: what a network gives for a row does not depend on the rows beside it.

Products of fewer rows, or cut up among threads, may add up in another order: the last bits differ. Of
a picture one byte in 20,000 is then rounded the other way; in a sound 60 rounds of projecting make it
hundreds of 32,768.

Axes: B rows.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from tgan_demo.engine.draw.turns import one_core

ROWS = 8  # of a pass: one row costs little more than it does alone, and 64 no more than at once


def in_passes(step: Callable[..., Tensor], *of: Tensor | None, rows: int = ROWS) -> Tensor:
    """`step` of all rows, `rows` at a time; the last row fills up the last pass.

    Args:
        step: takes `rows` rows of each tensor, None for None, and gives as many.
        of: tensors of as many rows, at least one; the first is no None.
    """
    assert of[0] is not None
    count = len(of[0])
    with one_core():
        parts = []
        for begin in range(0, count, rows):
            picks = torch.arange(begin, begin + rows).clamp_max(count - 1)
            parts.append(step(*(None if one is None else one[picks] for one in of)))
    return torch.cat(parts)[:count]
