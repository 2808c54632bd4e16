"""Signals with time: codes of a motion, who looks at whom in space and time, windows of a longer signal.

w has two parts then, what is seen and how it moves. The second becomes one code for each group of
frames; time enters G nowhere else, so a signal goes on for as long as codes are made.

Axes: B batch, S steps (token rows in time), P pairs, M numbers of the motion's latent, N tokens.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.layers import Linear

CODE = 64  # numbers of one step's code
PAIRS = 32  # that turn with time


class MotionCodes(nn.Module):
    """How it moves (B, M) -> a code for each step (B, S, CODE), at any time.

    Pairs of numbers turn at fixed rates, harmonics of the horizon, from where the motion puts them.
    Source: motion codes of StyleGAN-V (Skorokhodov et al. 2021, arXiv:2112.14683), made periodic.
    """

    rates: Tensor  # (P,), radians a frame

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.tubelet = config.tubelet
        harmonics = max(1, config.horizon // (2 * config.tubelet))  # faster ones look like slower
        turns_P = 1 + torch.arange(PAIRS) % harmonics
        self.register_buffer("rates", 2 * math.pi * turns_P / config.horizon, persistent=False)
        self.pairs = Linear(config.motion, 2 * PAIRS)
        self.first = Linear(config.motion + 2 * PAIRS, 2 * CODE)
        self.second = Linear(2 * CODE, CODE)
        assert self.pairs.bias is not None
        nn.init.normal_(self.pairs.bias)  # time is known even where the motion says nothing

    def forward(self, motion_BM: Tensor, steps: int, start_B: Tensor | None = None) -> Tensor:
        """`start_B`: frames into the motion at which the first step lies; None: 0."""
        frames_S = self.tubelet * torch.arange(steps, device=self.rates.device)
        times_BS = frames_S[None] if start_B is None else start_B[:, None] + frames_S
        angles_BSP = (times_BS[..., None] * self.rates).float()
        cos, sin = (a.to(motion_BM.dtype) for a in (angles_BSP.cos(), angles_BSP.sin()))
        real, imaginary = (part[:, None] for part in self.pairs(motion_BM).chunk(2, dim=1))
        turned = torch.cat((real * cos - imaginary * sin, real * sin + imaginary * cos), dim=2)
        still = motion_BM[:, None].expand(-1, steps, -1)
        return self.second(F.silu(self.first(torch.cat((still, turned), dim=2))))


def window_starts(config: ModelConfig, count: int, rng: torch.Generator) -> Tensor | None:
    """Frames (B,) at which windows of a long clip begin, every second one at 0; None: clips of this
    model begin anew after their last frame.
    """
    room = (config.horizon - config.shape[1]) // config.tubelet if config.motion else 0
    if room <= 0:
        return None
    starts_B = config.tubelet * torch.randint(room + 1, (count,), generator=rng, device=rng.device)
    return starts_B * (torch.arange(count, device=rng.device) % 2)


def groups(grid: tuple[int, ...], layer: int, *, leading: int = 0) -> Tensor:
    """Tokens (G, I) that look at each other in a layer of divided attention: even layers within a step,
    odd ones along time at one place. `leading` tokens (CLS) belong to every group.
    """
    steps, rows, columns = grid
    tokens = leading + torch.arange(steps * rows * columns).view(steps, rows * columns)
    grouped = tokens if layer % 2 == 0 else tokens.T
    return torch.cat((torch.arange(leading).expand(len(grouped), -1), grouped), dim=1)


def layer_groups(attention: str, spec: TokenSpec, layer: int, *, leading: int = 0) -> Tensor | None:
    """Who looks at whom in a layer; None: everyone at everyone."""
    if attention == "joint" or len(spec.grid) != 3:
        return None
    return groups(spec.grid, layer, leading=leading)
