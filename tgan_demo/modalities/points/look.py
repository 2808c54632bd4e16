"""How points are shown where single items are: each as a dot on a square about the origin.

A square reaches to the next power of two beyond the farthest of the points that are shown together, so
that their places can be compared. All of a distribution at once is drawn by the Lab.

Axes: N points, H, W pixels.
"""

import math
from typing import Any

import numpy as np

from tgan_demo.files.sheets import PictureLook

SIDE = 32  # pixels
PAPER, AXIS, DOT = 255, 225, 0


class PointsLook(PictureLook):
    def stills(self, items: np.ndarray) -> np.ndarray:
        stills = np.full((len(items), SIDE, SIDE, 1), PAPER, np.uint8)
        stills[:, SIDE // 2] = stills[:, :, SIDE // 2] = AXIS
        at_N2 = np.clip((items / reach(items) + 1) / 2, 0, 1) * (SIDE - 3)
        columns_N, rows_N = (at_N2 * (1, -1) + (1, SIDE - 2)).round().astype(int).T
        for across in (-1, 0, 1):  # a dot of 3 x 3, so that it is seen
            for down in (-1, 0, 1):
                stills[np.arange(len(items)), rows_N + down, columns_N + across] = DOT
        return stills

    def answer(self, items: np.ndarray) -> dict[str, Any]:
        return {**super().answer(items), "texts": [f"{x:.6g} {y:.6g}" for x, y in items.tolist()]}


def reach(items: np.ndarray) -> float:
    """Half a side of the square, in the data's units: a power of two, for finite points."""
    farthest = float(np.abs(items).max(initial=0.0))
    return 2.0 ** math.ceil(math.log2(farthest)) if farthest > 0 else 1.0


LOOK = PointsLook()
