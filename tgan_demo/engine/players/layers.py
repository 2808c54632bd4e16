"""The small parts both networks are made of: linear map, norm, feed-forward, positions.

Precision is the dtype of the activations: weights stay float32 and are cast where they are used, so one
network runs in float32 or bfloat16 without a switch and its gradients arrive in float32.

Axes: N tokens, D channels, K channels per head.
"""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.errors import ConfigError


class Linear(nn.Module):
    """y = x W^T + b in x's dtype; optionally W over its largest singular value, or with a low-rank adapter.

    Source of the spectral form: Miyato et al. 2018, arXiv:1802.05957, one power iteration a forward.
    """

    u: Tensor  # (outputs,), left singular vector so far; only where `spectral`
    up: nn.Parameter | None  # (outputs, rank) and (rank, inputs) of an adapter, see adapting.py
    down: nn.Parameter | None

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        gain: float = 1.0,
        by_inputs: bool = False,
        spectral: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        if by_inputs:  # outputs as large as inputs, however many there are
            nn.init.normal_(self.weight, std=gain * inputs**-0.5)
        else:
            nn.init.xavier_uniform_(self.weight, gain=gain)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.register_parameter("up", None)
        self.register_parameter("down", None)
        self.spectral = spectral
        if spectral:
            self.register_buffer(
                "u", F.normalize(torch.ones(outputs) + 0.1 * torch.randn(outputs), dim=0)
            )

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight / self._largest_singular_value() if self.spectral else self.weight
        if self.up is not None and self.down is not None:
            weight = torch.addmm(weight, self.up, self.down)
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return F.linear(x, weight.to(x.dtype), bias)

    def add_low_rank(self, rank: int, rng: torch.Generator) -> None:
        """Learn a difference of this rank, 0 at first, and nothing else."""
        outputs, inputs = self.weight.shape
        rank = min(rank, outputs, inputs)
        self.up = nn.Parameter(torch.zeros(outputs, rank))
        self.down = nn.Parameter(torch.randn(rank, inputs, generator=rng) * inputs**-0.5)

    @torch.no_grad()
    def merge_low_rank(self) -> None:
        """Put the difference into the weight."""
        if self.up is not None and self.down is not None:
            self.weight.addmm_(self.up, self.down)
        self.up = self.down = None

    def _largest_singular_value(self) -> Tensor:
        with torch.no_grad():
            v = F.normalize(self.weight.T @ self.u, dim=0)
            u = F.normalize(self.weight @ v, dim=0)
            if self.training and self.weight.requires_grad:
                self.u.copy_(u)
        return u @ self.weight @ v


class PlacedLinear(nn.Module):
    """A linear map with weights of its own for each place within a square of side x side tokens, so that
    neighbours that are alike can show different parts of one whole.
    """

    def __init__(self, inputs: int, outputs: int, grid: tuple[int, ...], side: int) -> None:
        super().__init__()
        if len(grid) != 2 or any(size % side for size in grid):
            raise ConfigError(f"a grid of {grid} tokens is not made of squares of {side} x {side}")
        self.rows, self.side = grid[0] // side, side
        self.weight = nn.Parameter(torch.empty(side**2, outputs, inputs))
        for weight in self.weight:
            nn.init.xavier_uniform_(weight)
        self.bias = nn.Parameter(torch.zeros(side**2, outputs))

    def forward(self, x_BND: Tensor) -> Tensor:
        size = {"r": self.rows, "i": self.side, "j": self.side}
        placed = rearrange(x_BND, "b (r i s j) d -> (i j) (b r s) d", **size)
        weight, bias = self.weight.to(placed.dtype), self.bias.to(placed.dtype)
        out = torch.baddbmm(bias[:, None], placed, weight.transpose(1, 2))
        size["b"] = x_BND.shape[0]
        return rearrange(out, "(i j) (b r s) d -> b (r i s j) d", **size)


class Norm(nn.Module):
    """Layer norm with an optional scale and no shift.

    torch has a fused CPU kernel for it, forward and backward; root-mean-square norm was 3 to 5 times slower.
    """

    def __init__(self, width: int, *, scaled: bool = True) -> None:
        super().__init__()
        self.width = width
        self.scale = nn.Parameter(torch.ones(width)) if scaled else None

    def forward(self, x: Tensor) -> Tensor:
        scale = None if self.scale is None else self.scale.to(x.dtype)
        return F.layer_norm(x, (self.width,), scale)


class FeedForward(nn.Module):
    """Two linear maps around a GELU, four times as wide between them."""

    def __init__(self, width: int, *, spectral: bool = False) -> None:
        super().__init__()
        self.up = Linear(width, 4 * width, spectral=spectral)
        self.down = Linear(4 * width, width, spectral=spectral)

    def forward(self, x_BND: Tensor) -> Tensor:
        # the erf form: 3 times faster than tanh in bfloat16 on the CPU
        return self.down(F.gelu(self.up(x_BND)))


def coordinates(grid: tuple[int, ...]) -> Tensor:
    """Place of every token on its grid, (N, number of axes), row-major."""
    axes = [torch.arange(size, dtype=torch.float32) for size in grid]
    return torch.stack([c.flatten() for c in torch.meshgrid(*axes, indexing="ij")], dim=1)


def sinusoidal(grid: tuple[int, ...], width: int) -> Tensor:
    """Fixed sine and cosine positions, (N, D); each axis has its share of the channels.

    Source: Vaswani et al. 2017, section 3.5, applied per axis.
    """
    places = coordinates(grid)
    share = width // (2 * len(grid))
    rates = torch.exp(-math.log(100.0) * torch.arange(share) / max(1, share - 1)) * math.pi / 2
    angles = (places[:, :, None] * rates).flatten(1)
    table = torch.cat((angles.sin(), angles.cos()), dim=1)
    return F.pad(table, (0, width - table.shape[1]))


def rotary(grid: tuple[int, ...], head_width: int, *, leading: int = 0) -> tuple[Tensor, Tensor]:
    """Cosine and sine tables (leading + N, K) for attention.rotate; `leading` tokens are not turned.

    Half of the channel pairs' angles come from each axis. Source: Su et al. 2021, arXiv:2104.09864.
    """
    places = coordinates(grid)
    pairs = head_width // 2
    share = pairs // len(grid)
    rates = torch.exp(-math.log(100.0) * torch.arange(share) / max(1, share - 1)) * math.pi / 2
    angles = F.pad((places[:, :, None] * rates).flatten(1), (0, pairs - share * len(grid)))
    angles = F.pad(angles, (0, 0, leading, 0))
    return torch.cat((angles.cos(),) * 2, dim=1), torch.cat((angles.sin(),) * 2, dim=1)
