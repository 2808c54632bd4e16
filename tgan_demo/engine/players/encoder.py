"""The Transformer encoder that D and the warm start's encoder share: tokens -> one vector.

Axes: B batch, N tokens, D channels.
"""

import torch
from torch import Tensor, nn

from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.attention import Attention, Tap
from tgan_demo.engine.players.layers import FeedForward, Linear, Norm, rotary, sinusoidal
from tgan_demo.engine.players.space_time import layer_groups

LAYER_SCALE = 0.1  # of every branch of D at the start; plain residuals harm a Transformer D


class EncoderBlock(nn.Module):
    """Self-attention and feed-forward, each a small step (LayerScale, Touvron et al. 2021)."""

    def __init__(
        self, width: int, heads: int, *, spectral: bool = False, groups_GI: Tensor | None = None
    ) -> None:
        super().__init__()
        self.register_buffer("groups", groups_GI, persistent=False)
        self.norms = nn.ModuleList(Norm(width) for _ in range(2))
        self.attention = Attention(width, heads, spectral=spectral)
        self.feed_forward = FeedForward(width, spectral=spectral)
        self.steps = nn.Parameter(torch.full((2, width), LAYER_SCALE))

    def forward(
        self, x_BND: Tensor, angles: tuple[Tensor, Tensor] | None = None, tap: Tap | None = None
    ) -> Tensor:
        steps = self.steps.to(x_BND.dtype)
        mixed = self.attention(self.norms[0](x_BND), angles=angles, groups_GI=self.groups, tap=tap)
        x = torch.addcmul(x_BND, steps[0], mixed)
        return torch.addcmul(x, steps[1], self.feed_forward(self.norms[1](x)))


class Encoder(nn.Module):
    """Tokens (B, N, inputs) -> what the CLS token has gathered, (B, D), float32."""

    def __init__(
        self,
        spec: TokenSpec,
        *,
        width: int,
        depth: int,
        heads: int,
        positions: str = "learned",
        spectral: bool = False,
        attention: str = "joint",
    ) -> None:
        super().__init__()
        self.embed = Linear(spec.d_width, width, spectral=spectral)
        self.cls = nn.Parameter(0.02 * torch.randn(1, width))
        if positions == "learned":
            self.positions = nn.Parameter(0.02 * torch.randn(spec.count, width))
        else:
            self.register_buffer("positions", 0.1 * sinusoidal(spec.grid, width), persistent=False)
        self.is_rotary = positions == "rotary"
        if self.is_rotary:
            cos, sin = rotary(spec.grid, width // heads, leading=1)
            self.register_buffer("cos", cos, persistent=False)
            self.register_buffer("sin", sin, persistent=False)
        self.blocks = nn.ModuleList(
            EncoderBlock(
                width,
                heads,
                spectral=spectral,
                groups_GI=layer_groups(attention, spec, i, leading=1),
            )
            for i in range(depth)
        )
        self.norm = Norm(width)

    def forward(self, tokens_BND: Tensor, *, tap: Tap | None = None) -> Tensor:
        x = self.embed(tokens_BND) + self.positions.to(tokens_BND.dtype)
        x = torch.cat((self.cls.to(x.dtype).expand(x.shape[0], -1, -1), x), dim=1)
        angles = (self.cos, self.sin) if self.is_rotary else None
        for block in self.blocks:
            x = block(x, angles, tap)
        return self.norm(x[:, 0].float())
