"""Curves over a run, as functions of the fraction of its budget that is used, 0..1."""

import math


def cosine(fraction: float, end: float) -> float:
    """From 1 to `end` on half a cosine."""
    return end + (1 - end) * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, fraction))))


def warmup(step: int, steps: int) -> float:
    """Linear rise over the first `steps` steps; never 0."""
    return min(1.0, (step + 1) / (steps + 1))


def ema_decay(batch_size: int, nimg: int, halflife: float, ramp: float) -> float:
    """Weight of the old average after one step; the half-life grows with the run up to `halflife`.

    Source: Karras et al. 2020 (StyleGAN2-ADA), section D.1. A ramp of 0 turns it off.
    """
    reach = min(halflife, ramp * nimg) if ramp > 0 else halflife
    return 0.5 ** (batch_size / max(reach, 1e-8))
