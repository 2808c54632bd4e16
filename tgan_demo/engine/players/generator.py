"""The generator, a Transformer decoder: w -> tokens.

Knows tokens and classes, not modalities.

Axes: B batch, N tokens, D channels, Z latent, W mapped latent, M latent tokens, S steps in time,
L places where w enters: the position tokens, then each block.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.attention import Attention, Tap
from tgan_demo.engine.players.layers import (
    FeedForward,
    Linear,
    Norm,
    PlacedLinear,
    rotary,
    sinusoidal,
)
from tgan_demo.engine.players.mapping import mapping_of
from tgan_demo.engine.players.space_time import CODE, MotionCodes, layer_groups

# of every branch of G at the start: small enough to train, large enough to learn at once
GATE = 0.3


class DecoderBlock(nn.Module):
    """Self-attention, cross-attention to the latent tokens, feed-forward; each scaled and gated by w,
    or by one style for each step in time.
    """

    def __init__(
        self, config: ModelConfig, style_dim: int, groups_GI: Tensor | None = None
    ) -> None:
        super().__init__()
        width = config.width
        self.register_buffer("groups", groups_GI, persistent=False)
        self.norms = nn.ModuleList(Norm(width, scaled=False) for _ in range(3))
        self.self_attention = Attention(width, config.heads)
        self.cross_attention = (
            Attention(width, config.heads, context_width=width)
            if "cross" in config.injection
            else None
        )
        self.feed_forward = FeedForward(width)
        self.base = nn.Parameter(
            torch.cat((torch.zeros(3 * width), torch.full((3 * width,), GATE)))
        )
        self.from_w = (
            Linear(style_dim, 6 * width, bias=False, gain=0.5)
            if "modulation" in config.injection
            else None
        )

    def forward(
        self,
        x_BND: Tensor,
        steps_BSW: Tensor,
        latents_BMD: Tensor | None,
        angles: tuple[Tensor, Tensor] | None,
        tap: Tap | None,
    ) -> Tensor:
        style = self.base.to(x_BND.dtype).expand(1, 1, -1)
        if self.from_w is not None:
            style = style + self.from_w(steps_BSW)
        scale_3, gate_3 = rearrange(style, "b s (two three d) -> two three b s 1 d", two=2, three=3)
        count = style.shape[1]

        def apart(t: Tensor) -> Tensor:  # a style holds for all tokens of its step
            return t.unflatten(1, (count, -1))

        def scaled(x: Tensor, i: int) -> Tensor:
            return (apart(self.norms[i](x)) * (1 + scale_3[i])).flatten(1, 2)

        def added(x: Tensor, i: int, branch: Tensor) -> Tensor:
            return torch.addcmul(apart(x), gate_3[i], apart(branch)).flatten(1, 2)

        mixed = self.self_attention(scaled(x_BND, 0), angles=angles, groups_GI=self.groups, tap=tap)
        x = added(x_BND, 0, mixed)
        if self.cross_attention is not None:
            x = added(x, 1, self.cross_attention(scaled(x, 1), latents_BMD, tap=tap))
        return added(x, 2, self.feed_forward(scaled(x, 2)))


class Generator(nn.Module):
    """w -> tokens (B, N, spec.g_width): position tokens, read and rewritten by decoder blocks."""

    def __init__(self, config: ModelConfig, spec: TokenSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        width = config.width
        # in a video with a latent for motion, time enters by its codes alone: places are those of a frame
        grid = spec.grid[1:] if config.motion else spec.grid
        self.steps = spec.grid[0] if config.motion else 1
        n, style_dim = spec.count // self.steps, config.z_dim
        self.mapping = mapping_of(config)
        self.codes = None
        if config.motion:
            self.codes = MotionCodes(config)
            style_dim += CODE - config.motion
        if config.positions == "learned":
            self.positions = nn.Parameter(0.5 * torch.randn(n, width))
        else:
            self.register_buffer("positions", 0.7 * sinusoidal(grid, width), persistent=False)
        if config.positions == "rotary":
            cos, sin = rotary(spec.grid, width // config.heads)
            self.register_buffer("cos", cos, persistent=False)
            self.register_buffer("sin", sin, persistent=False)
        if "offset" in config.injection:
            # w -> N x D is nearly all of a small model's weights; `rank` vectors mixed per place are not
            self.offset = Linear(style_dim, config.offset_rank * width, by_inputs=True)
            self.offset_mix = nn.Parameter(
                torch.randn(n, config.offset_rank) * config.offset_rank**-0.5
            )
        if "cross" in config.injection:
            self.latents = Linear(
                config.z_dim - config.motion, config.latent_tokens * width, by_inputs=True
            )
            self.latent_names = nn.Parameter(0.5 * torch.randn(config.latent_tokens, width))
        self.blocks = nn.ModuleList(
            DecoderBlock(config, style_dim, layer_groups(config.attention, spec, i))
            for i in range(config.depth)
        )
        self.norm = Norm(width)
        last = config.head_hidden or width
        head = (
            PlacedLinear(last, spec.g_width, spec.grid, 2**config.doublings)
            if config.doublings
            else Linear(last, spec.g_width)
        )
        self.head = (
            nn.Sequential(Linear(width, config.head_hidden), nn.GELU(), head)
            if config.head_hidden
            else head
        )

    def forward(
        self,
        z_BZ: Tensor,
        labels_B: Tensor | None = None,
        *,
        start_B: Tensor | None = None,
        tap: Tap | None = None,
    ) -> Tensor:
        return self.synthesise(self.mapping(z_BZ, labels_B), start_B=start_B, tap=tap)

    @property
    def entries(self) -> int:
        """Places L where w enters: the position tokens, then each block."""
        return 1 + len(self.blocks)

    def synthesise(
        self, w: Tensor, *, start_B: Tensor | None = None, tap: Tap | None = None
    ) -> Tensor:
        """Tokens in float32, before the tokenizer's output activation.

        Args:
            w: (B, W), the same everywhere, or (B, L, W), one for the position tokens and each block (the
                W+ of Abdal et al. 2019, arXiv:1904.03189).
            start_B: of a signal with time, the frame of the motion that comes first; None: 0.
        """
        return self._head(self._run(w, start_B, tap)[-1])

    def by_block(self, w: Tensor) -> Tensor:
        """What the head makes of the tokens after each block, (depth, B, N, spec.g_width), float32.

        The last one is the sample. The head was trained on that alone, so the others are readings of
        unfinished work (the "logit lens" of nostalgebraist, 2020).
        """
        return torch.stack([self._head(x) for x in self._run(w, None, None)])

    def _run(self, w: Tensor, start_B: Tensor | None, tap: Tap | None) -> list[Tensor]:
        """The tokens after each block, (B, N, D)."""
        own = w.unbind(1) if w.ndim == 3 else (w,) * self.entries
        if len(own) != self.entries:
            raise ValueError(f"w enters at {self.entries} places; got {len(own)}")
        content_BW, steps_BSW = self._styles(own[0], start_B)
        latents, x = self._latent_tokens(content_BW), self._start(steps_BSW)
        angles = (self.cos, self.sin) if self.config.positions == "rotary" else None
        after = []
        for i, block in enumerate(self.blocks, start=1):
            if own[i] is not own[i - 1]:
                content_BW, steps_BSW = self._styles(own[i], start_B)
                latents = self._latent_tokens(content_BW)
            x = block(x, steps_BSW, latents, angles, tap)
            after.append(x)
        return after

    def _start(self, steps_BSW: Tensor) -> Tensor:
        """Position tokens, with an offset by w, (B, N, D)."""
        x = self.positions.to(steps_BSW.dtype).expand(steps_BSW.shape[0], self.steps, -1, -1)
        if "offset" in self.config.injection:
            vectors = rearrange(
                self.offset(steps_BSW), "b s (r d) -> b s r d", r=self.config.offset_rank
            )
            x = x + self.offset_mix.to(x.dtype) @ vectors
        return x.flatten(1, 2)

    def _latent_tokens(self, content_BW: Tensor) -> Tensor | None:
        """What cross-attention looks at, (B, M, D)."""
        if "cross" not in self.config.injection:
            return None
        latents = rearrange(
            self.latents(content_BW), "b (m d) -> b m d", m=self.config.latent_tokens
        )
        return latents + self.latent_names.to(latents.dtype)

    def _head(self, x: Tensor) -> Tensor:
        if self.config.head_hidden:  # two maps cost a quarter of G; in float32, half of it
            return self.head(self.norm(x)).float()
        return self.head(self.norm(x).float())

    def _styles(self, w_BW: Tensor, start_B: Tensor | None) -> tuple[Tensor, Tensor]:
        """What the latent tokens are made of, and the style of each step in time, (B, S, W)."""
        if self.codes is None:
            return w_BW, w_BW[:, None]
        content_BW = w_BW[:, : -self.config.motion]
        codes = self.codes(w_BW[:, -self.config.motion :], self.steps, start_B)
        everywhere = content_BW[:, None].expand(-1, self.steps, -1)
        return content_BW, torch.cat((everywhere, codes), dim=2)
