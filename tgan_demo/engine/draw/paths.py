"""Ways from latent to latent: straight lines, great circles, and a smooth curve through all.

Axes: B batch, Z latent.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def lerp(a_BZ: Tensor, b_BZ: Tensor, share: float | Tensor) -> Tensor:
    """The straight line, `share` 0..1 of the way."""
    return torch.lerp(a_BZ, b_BZ, torch.as_tensor(share, dtype=a_BZ.dtype))


def slerp(a_BZ: Tensor, b_BZ: Tensor, share: float | Tensor) -> Tensor:
    """The great circle, lengths going over linearly, so that noise stays as long as noise is.

    Equal and opposite directions fall back to the straight line. Source: Shoemake 1985.
    """
    share = torch.as_tensor(share, dtype=a_BZ.dtype)
    length_a = a_BZ.norm(dim=-1, keepdim=True)
    length_b = b_BZ.norm(dim=-1, keepdim=True)
    cosine = (a_BZ * b_BZ).sum(-1, keepdim=True) / (length_a * length_b).clamp_min(1e-12)
    angle = cosine.clamp(-1, 1).acos()
    sine = angle.sin()
    direction = (
        ((1 - share) * angle).sin() * a_BZ / length_a.clamp_min(1e-12)
        + (share * angle).sin() * b_BZ / length_b.clamp_min(1e-12)
    ) / sine.clamp_min(1e-6)
    curved = direction * torch.lerp(length_a, length_b, share)
    return torch.where(sine < 1e-4, torch.lerp(a_BZ, b_BZ, share), curved)


LEGS = {"slerp": slerp, "lerp": lerp}  # from each key frame to the next, with a bend at each
PATHS = (*LEGS, "smooth")
# what differs: G normalises z first, so that lerp in z is slerp at another pace
DIFFERENT = {"z": ("slerp", "smooth"), "w": ("lerp", "slerp", "smooth")}


def through(keys: Sequence[Tensor], *, frames: int, path: str, loop: bool) -> Tensor:
    """Latents along the key frames: legs x frames of them in a loop, one more (the last key) otherwise.

    Args:
        keys: two or more latents (Z,). In a loop the last leads back to the first, so that the
            frame after the last is the first.
        frames: per leg.
        path: one of PATHS.
    """
    ends = [*keys, keys[0]] if loop else list(keys)
    shares_F1 = torch.arange(frames).view(-1, 1) / frames
    if path == "smooth":
        before, after = (keys[-1], ends[1]) if loop else (keys[0], keys[-1])
        around = [before, *ends, after]
        legs = [
            _bend(*four, shares_F1)
            for four in zip(around, around[1:], around[2:], around[3:], strict=False)
        ]
    else:
        step = LEGS[path]
        legs = [
            step(a.expand(frames, -1), b.expand(frames, -1), shares_F1)
            for a, b in zip(ends, ends[1:], strict=False)
        ]
    return torch.cat(legs if loop else [*legs, keys[-1][None]])


def _bend(before: Tensor, a: Tensor, b: Tensor, after: Tensor, t_F1: Tensor) -> Tensor:
    """From a to b (Z,), leaving and coming as the way from and to their neighbours has it.

    Source: Catmull and Rom 1974, with tension 1/2.
    """
    ways = (2 * a, b - before, 2 * before - 5 * a + 4 * b - after, 3 * (a - b) + after - before)
    return 0.5 * torch.stack([way * t_F1**power for power, way in enumerate(ways)]).sum(0)
