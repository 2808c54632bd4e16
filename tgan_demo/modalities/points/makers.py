"""Sets of points that our own code makes: where their modes lie is known, so it can be counted.

Axes: N points, K modes.
"""

import math
from dataclasses import dataclass

import numpy as np

from tgan_demo.parts import Maker

SIGMA = 0.05  # standard deviation of every mode, and of the noise about a curve
NEAR, WORTH = 3.0, 0.03  # standard deviations; share of the samples that makes a mode covered

Made = tuple[np.ndarray, None]


def _ring_modes() -> np.ndarray:
    angles = np.arange(8) * math.pi / 4
    return np.stack((np.cos(angles), np.sin(angles)), 1)


def _grid_modes() -> np.ndarray:
    steps = np.arange(5.0) - 2
    return np.stack(np.meshgrid(steps, steps), 2).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Modes:
    """Gaussians of standard deviation SIGMA, all alike, about known centres (K, 2)."""

    centres: np.ndarray

    def make(self, count: int, seed: int) -> Made:
        even_N2, normal_N2 = _draws(count, seed)
        chosen = (even_N2[:, 0] * len(self.centres)).astype(int)
        return (self.centres[chosen] + SIGMA * normal_N2).astype(np.float32), None


MODES = {"ring": Modes(_ring_modes()), "grid": Modes(_grid_modes())}


def _draws(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Even numbers of 0..1 and normal ones, two a point; more points begin with the same ones."""
    even, normal = (np.random.default_rng((seed, stream)) for stream in (0, 1))
    return even.random((count, 2)), normal.standard_normal((count, 2))


def spiral(count: int, seed: int) -> Made:
    """Two turns outwards from radius .2 to 1, evenly along the line."""
    even_N2, normal_N2 = _draws(count, seed)
    radius = np.sqrt(0.2**2 + (1 - 0.2**2) * even_N2[:, 0])  # a turn is longer further out
    angle = 4 * math.pi * (radius - 0.2) / 0.8
    points = radius[:, None] * np.stack((np.cos(angle), np.sin(angle)), 1)
    return (points + 0.4 * SIGMA * normal_N2).astype(np.float32), None


def moons(count: int, seed: int) -> Made:
    """Two half circles that reach into each other, as scikit-learn's make_moons lays them."""
    even_N2, normal_N2 = _draws(count, seed)
    is_lower, angle = even_N2[:, 0] < 0.5, math.pi * even_N2[:, 1]
    x = np.where(is_lower, 1 - np.cos(angle), np.cos(angle))
    y = np.where(is_lower, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack((x, y), 1)
    return (points + SIGMA * normal_N2).astype(np.float32), None


def covered(samples: np.ndarray, data_id: str) -> tuple[int, int] | None:
    """Modes of a made set that the samples cover, and how many there are; None: it has no modes.

    A mode is covered when 3 % of 2,000 samples (60) lie within 3 standard deviations of it; of other
    numbers the same share.
    """
    if data_id not in MODES:
        return None
    centres = MODES[data_id].centres
    apart_NK = np.linalg.norm(samples[:, None] - centres, axis=2)
    near_K = (apart_NK <= NEAR * SIGMA).sum(0)
    return int((near_K >= WORTH * len(samples)).sum()), len(centres)


def _maker(title: str, make) -> Maker:
    return Maker(
        title=title,
        make=make,
        licence="CC0-1.0 (made by this project's own code)",
        source="procedural:{name}, seed {seed}, {count} points",
        count=8_000,
        most=8_000,
        few=500,
    )


MAKERS: dict[str, Maker] = {
    "ring": _maker("Ring of eight Gaussians", MODES["ring"].make),
    "grid": _maker("Grid of 25 Gaussians", MODES["grid"].make),
    "spiral": _maker("Spiral", spiral),
    "moons": _maker("Two moons", moons),
}
