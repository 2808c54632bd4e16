"""G's patches laid over each other, each faded into its neighbours, so that none ends at a border.

Axes: B batch, N tokens, C channels, H height, W width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def blended(
    tokens_BND: Tensor, grid: tuple[int, int], patch: tuple[int, int], blend: int
) -> Tensor:
    """A plane (B, C, H, W) of patches that reach `blend` over their borders on every side.

    Weights are linear ramps over the 2 x blend shared lines, whose sum is 1 where two patches meet; at the
    plane's border a patch's own count in full.

    Args:
        tokens_BND: (C, height, width) of each patch with what it reaches over, flat.
        grid: rows and columns of patches.
        patch: height and width of one, without what it reaches over.
    """
    sides = (patch[0] + 2 * blend, patch[1] + 2 * blend)
    size = (grid[0] * patch[0], grid[1] * patch[1])
    lines = [_ramp(side, blend, tokens_BND) for side in sides]
    fade_D = (lines[0][:, None] * lines[1]).flatten()
    form = {"kernel_size": sides, "stride": patch, "padding": blend}
    channels = tokens_BND.shape[2] // len(fade_D)
    faded_BDN = (tokens_BND * fade_D.repeat(channels)).transpose(1, 2)
    total = F.fold(fade_D[None, :, None].expand(1, -1, faded_BDN.shape[2]), size, **form)
    return F.fold(faded_BDN, size, **form) / total


def _ramp(side: int, blend: int, like: Tensor) -> Tensor:
    """From nearly 0 at both ends to 1, (side,)."""
    rise = (torch.arange(side, device=like.device, dtype=like.dtype) + 0.5) / (2 * blend)
    return torch.minimum(rise, rise.flip(0)).clamp_max(1.0)
