"""The local discriminator: a second, small Transformer encoder of D that judges crops at full resolution.

D's own tokens are wide patches, whose values differ mostly by a few smooth patterns; what is fine among
them is a ten-thousandth of their variance, and D hardly sees it, so that G leaves speckle. Here the
tokens are windows of a few pixels, brought nearer to equal variance in every direction (whitened by
half), from small crops. What it judges has no class and no place: it knows texture,
edges and noise, and leaves the whole to D.

Sources: judging patches, Isola et al. 2017, arXiv:1611.07004 (PatchGAN), and local beside global
discriminators, Iizuka et al. 2017 (SIGGRAPH). Measured in docs/LOG.md, 2026-11-28.

Axes: B batch, F frames (1 for what has no time), C channels, H height, W width, S side of a crop, K crops,
N windows, D channels of a window.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.encoder import Encoder
from tgan_demo.engine.players.layers import Linear

WIDTH, DEPTH, HEADS = 64, 2, 4
POWER = 0.25  # of the windows' covariance, inverted: 1/2 would whiten in full, and D wins
FLOOR = 1e-4  # of the largest variance: below is rounding
FITTED_ON = 1_000  # samples


class LocalDiscriminator(nn.Module):
    """Whitened windows of a crop -> logit (K,), float32; higher is more real."""

    mean: Tensor  # (D,), of the data's windows
    whitening: Tensor  # (D, D)
    is_fitted: Tensor  # (1,), 0 until `fit`

    def __init__(self, config: ModelConfig, channels: int) -> None:
        super().__init__()
        self.side, self.patch = config.local_crop, config.local_patch
        count = self.side // self.patch - 1  # windows along a side, each two patches wide
        width = channels * (2 * self.patch) ** 2
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("whitening", torch.eye(width))
        self.register_buffer("is_fitted", torch.zeros(1))
        spec = TokenSpec((count, count), 0, width)
        self.encoder = Encoder(spec, width=WIDTH, depth=DEPTH, heads=HEADS)
        self.head = Linear(WIDTH, 1, bias=False)

    def forward(self, windows_KND: Tensor) -> Tensor:
        return self.head(self.encoder(windows_KND))[:, 0]

    def everywhere(self, planes_BFCHW: Tensor) -> Tensor:
        """Mean logit (B,) over crops that cover a signal."""
        rows, columns = (self._cover(size) for size in planes_BFCHW.shape[-2:])
        size = self.side
        crops = [
            planes_BFCHW[..., top : top + size, left : left + size]
            for top in rows
            for left in columns
        ]
        crops_PBFCSS = torch.stack(crops)
        logits = self(self.windows(crops_PBFCSS.flatten(0, 2)))
        frames = planes_BFCHW.shape[1]
        return rearrange(logits, "(p b f) -> b (p f)", p=len(crops), f=frames).mean(1)

    def windows(self, crops_KCSS: Tensor) -> Tensor:
        """Whitened windows (K, N, D) of crops, each two patches wide, a patch apart."""
        flat_KND = self._cut(crops_KCSS, self.patch)
        return (flat_KND - self.mean.to(flat_KND.dtype)) @ self.whitening.to(flat_KND.dtype)

    def crops(self, planes_BFCHW: Tensor, places_3B: Tensor) -> Tensor:
        """One crop (B, C, S, S) of each sample, as `places` gives them."""
        frame, top, left = (place.view(-1, 1, 1, 1) for place in places_3B)
        side = torch.arange(self.side, device=planes_BFCHW.device)
        sample = torch.arange(len(planes_BFCHW), device=side.device).view(-1, 1, 1, 1)
        channel = torch.arange(planes_BFCHW.shape[2], device=side.device).view(1, -1, 1, 1)
        rows, columns = top + side.view(1, 1, -1, 1), left + side.view(1, 1, 1, -1)
        return planes_BFCHW[sample, frame, channel, rows, columns]

    def places(self, shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
        """Frame, top and left of a random crop of each of so many planes (B, F, C, H, W): int64 (3, B).

        Places are drawn up to half a crop beyond the border and moved inside: else a corner's pixel were in one
        crop for 256 that a pixel of the middle is in.
        """
        count, frames, _, height, width = shape
        beyond, device = self.side // 2, rng.device
        places = [torch.randint(frames, (count,), generator=rng, device=device)]
        for last in (height - self.side, width - self.side):
            drawn = torch.randint(last + 1 + 2 * beyond, (count,), generator=rng, device=device)
            places.append((drawn - beyond).clamp(0, last))
        return torch.stack(places)

    @torch.no_grad()
    def fit(self, planes_BFCHW: Tensor, noise: float = 0.0) -> None:
        """Learn mean and whitening of real samples' windows; their mean variance stays 1.

        Args:
            noise: standard deviation of the noise that windows will have (`local_noise`), in signal units.
        """
        flat_ND = self.windows_of(planes_BFCHW)
        mean_D = flat_ND.mean(0)
        covariance = torch.cov(flat_ND.T.double())
        covariance.diagonal().add_(noise**2)
        values, directions = torch.linalg.eigh(covariance)
        values = values.clamp_min(FLOOR * values.max())
        whitening = directions * values.pow(-POWER)
        whitening /= (whitening.T @ covariance @ whitening).trace().div(len(values)).sqrt()
        self.mean.copy_(mean_D)
        self.whitening.copy_(whitening)
        self.is_fitted.fill_(1)

    def windows_of(self, planes_BFCHW: Tensor) -> Tensor:
        """All windows of some planes as they are, side by side, (N, D)."""
        return self._cut(planes_BFCHW.flatten(0, 1), 2 * self.patch).flatten(0, 1).float()

    def _cut(self, planes_KCHW: Tensor, step: int) -> Tensor:
        """Windows (K, N, D) of two patches a side, so many pixels apart."""
        wide = 2 * self.patch
        cut = planes_KCHW.unfold(2, wide, step).unfold(3, wide, step)
        return rearrange(cut, "k c r s p q -> k (r s) (c p q)")

    def _cover(self, size: int) -> list[int]:
        """Where crops begin so that they reach from border to border, half of a crop apart or less."""
        steps = max(1, -(-(size - self.side) // (self.side // 2)))
        return sorted({round(i * (size - self.side) / steps) for i in range(steps + 1)})
