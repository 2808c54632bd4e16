"""Clipped density and coverage: shares of good samples that read as such, and that outliers cannot move.

Both lie in 0..1, 1 is what real data get, and both fall in a straight line as good samples are replaced by
bad ones. Use as many generated samples as real ones.

Source: Salvy, Talbot and Thirion 2025, arXiv:2507.01761.

Axes: N real samples, M generated samples, D feature dimensions.
"""

import math

import numpy as np
import torch
from torch import Tensor

from tgan_demo.errors import DataError
from tgan_demo.measure.manifold import radii, rows_at_once, wide

EDGE = 1e-9  # so much larger a ball is that its k-th neighbour lies in it, however it is rounded


def clipped(real_ND: np.ndarray, fake_MD: np.ndarray, *, k: int = 5) -> tuple[float, float]:
    """Clipped density and clipped coverage.

    Density: in how many of the real balls a generated sample lies, over k, each sample's part at most 1 and no
    ball larger than their median; over what real samples get of each other. Coverage: how many generated
    samples a real ball holds, over k, each ball's part at most 1; as the share of samples that would have to
    be real for so much (`coverage_of`).

    Raises:
        DataError: fewer samples than neighbours.
    """
    if min(len(real_ND), len(fake_MD)) <= k:
        raise DataError(
            f"k = {k} neighbours want more than {k} samples; got {len(real_ND)} and {len(fake_MD)}"
        )
    real, fake = wide(real_ND), wide(fake_MD)
    radius_N = radii(real, k) * (1 + EDGE)
    small_N = radius_N.clamp_max(radius_N.quantile(0.5))
    of_fake = _density(fake, real, small_N, k, own=0)
    of_real = _density(real, real, small_N, k, own=1)
    held_N = torch.cat(
        [
            (torch.cdist(part, fake) <= radius[:, None]).sum(1)
            for part, radius in zip(
                real.split(rows_at_once(len(fake))),
                radius_N.split(rows_at_once(len(fake))),
                strict=True,
            )
        ]
    )
    covered = float((held_N.double() / k).clamp_max(1).mean())
    density = min(1.0, of_fake / of_real) if of_real else 0.0
    return density, coverage_of(covered, k, len(real), len(fake))


def coverage_of(covered: float, k: int, num_real: int, num_fake: int) -> float:
    """The share of generated samples that would have to be real for the balls to be so full, 0..1."""
    shares = np.arange(num_fake + 1)
    return float(np.interp(covered, expected(shares, k, num_real), shares / num_fake))


def expected(good: np.ndarray, k: int, num_real: int) -> np.ndarray:
    """Mean of min(held / k, 1) over real balls where so many of the generated samples are real, others in none.

    The ball to the k-th of N - 1 others holds a share of the distribution that is Beta(k, N - k), so it holds a
    beta-binomial number of `good` samples; only the k cases below k need be summed.
    """
    good = np.asarray(good, dtype=np.float64)
    missing = np.zeros_like(good)
    for held in range(k):
        is_possible = good >= held
        log_chance = np.array(
            [
                math.lgamma(n + 1) - math.lgamma(held + 1) - math.lgamma(n - held + 1)
                + _log_beta(k + held, num_real - k + n - held) - _log_beta(k, num_real - k)
                for n in good[is_possible]
            ]
        )  # fmt: skip
        missing[is_possible] += (1 - held / k) * np.exp(log_chance)
    return 1 - missing


def _density(points: Tensor, real: Tensor, radius_N: Tensor, k: int, *, own: int) -> float:
    """Mean over points of min(balls that hold it / k, 1); `own`: balls that are a point's own."""
    inside = [
        (torch.cdist(part, real) <= radius_N).sum(1) - own
        for part in points.split(rows_at_once(len(real)))
    ]
    return float((torch.cat(inside).double() / k).clamp(0, 1).mean())


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
