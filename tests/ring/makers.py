"""Points on a circle that the toy modality makes itself."""

import math

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.parts import Maker


def circle(count, seed):
    """Eight Gaussians of standard deviation .05 on a circle of radius .7, float32 (N, 2)."""
    rng = np.random.default_rng(seed)
    angle = rng.integers(0, 8, count) * math.pi / 4
    points = 0.7 * np.stack((np.cos(angle), np.sin(angle)), 1)
    return (points + 0.05 * rng.standard_normal((count, 2))).astype(np.float32), None


MAKERS = {
    "circle": Maker(
        title="Points on a circle",
        make=circle,
        licence="CC0",
        source="this test, seed {seed}",
        count=64,
        most=100,
    )
}


def ring(count: int) -> Dataset:
    """The first points, as a data set that only memory holds."""
    return Dataset("ring", circle(count, 0)[0], modality="ring")
