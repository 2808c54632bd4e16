"""The two players, both Transformers: a generator (decoder) and a discriminator (encoder).

Knows tokens and classes, not media. Every logit is higher for "real".

Axes: B batch, N tokens, D channels, Z latent, W mapped latent, M latent tokens.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.config import ModelConfig, factors
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.attention import Attention, Tap
from tgan_demo.engine.players.layers import FeedForward, Linear, Norm, rotary, sinusoidal
from tgan_demo.engine.players.motion import CODE, MotionCodes, groups, part_of

GATE = (
    0.3  # of every branch of G at the start: small enough to train, large enough to learn at once
)
CLASS_SIZE = 0.5  # of a class's part of w beside z's, which has size 1
MOVING_SIZE = 1.5  # likewise of a motion's class, in the few numbers that a motion has
LAYER_SCALE = 0.1  # of every branch of D at the start; plain residuals harm a Transformer D


def layer_groups(attention: str, spec: TokenSpec, layer: int, *, leading: int = 0) -> Tensor | None:
    """Who looks at whom in a layer; None: everyone at everyone."""
    if attention == "joint" or len(spec.grid) != 3:
        return None
    return groups(spec.grid, layer, leading=leading)


def class_parts(classes: tuple[str, ...]) -> Tensor | None:
    """Which factors each class is made of, where classes are named so ("seven / theo"), else None.

    Returns:
        (classes, factors) row numbers of one table that holds all values of all factors.
    """
    rows, first = {}, 0
    for place, values in enumerate(factors(classes)):
        rows |= {(place, value): first + i for i, value in enumerate(values)}
        first += len(values)
    if not rows:
        return None
    parts = [[rows[part] for part in enumerate(c.split(" / "))] for c in classes]
    return torch.tensor(parts, device="cpu")  # even where networks get no memory: it is read


def class_table(rows_RD: Tensor, parts: Tensor | None) -> Tensor:
    """A vector for each class: its row, or of factored classes the sum of its factors' rows, so that
    what a factor means is learned once.
    """
    return rows_RD if parts is None else rows_RD[parts].sum(1) * parts.shape[1] ** -0.5


def _rows(classes: tuple[str, ...], parts: Tensor | None) -> int:
    return len(classes) if parts is None else int(parts.max()) + 1


class Mapping(nn.Module):
    """z and class -> w, the one latent that everything in G is made from.

    A linear path beside the two-layer one lets z reach the picture from the first step; the two layers
    learn at a tenth of the rate (see state.MAPPING_RATE). With classes, z's part of w is held at unit
    size and the class's at CLASS_SIZE: left free, the class drowned z within 40,000 pictures.
    """

    parts: Tensor | None  # as `class_parts` gives them

    def __init__(
        self, z_dim: int, classes: tuple[str, ...], *, class_size: float = CLASS_SIZE
    ) -> None:
        super().__init__()
        self.class_size = class_size
        parts = class_parts(classes)
        self.register_buffer("parts", parts, persistent=False)
        self.embed = nn.Parameter(torch.randn(_rows(classes, parts), z_dim)) if classes else None
        self.direct = Linear(z_dim, z_dim)
        self.first = Linear(z_dim, 2 * z_dim)
        self.second = Linear(2 * z_dim, z_dim)

    def forward(self, z_BZ: Tensor, labels_B: Tensor | None = None) -> Tensor:
        latent = z_BZ * (z_BZ.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        w_BW = self.direct(latent) + self.second(F.silu(self.first(latent)))
        if self.embed is None:
            return w_BW
        embed = class_table(self.embed, self.parts)
        embed = F.layer_norm(embed, embed.shape[1:]).to(w_BW.dtype)
        # a conditional model asked without a class: the middle of all
        chosen = embed.mean(dim=0, keepdim=True) if labels_B is None else embed[labels_B]
        return F.layer_norm(w_BW, w_BW.shape[1:]) + self.class_size * chosen


class SplitMapping(nn.Module):
    """z -> w of a video: what is seen and how it moves each have their numbers of z and of w."""

    seen_of: Tensor | None  # which class of what is seen a whole class has, as `part_of` gives it
    moves_of: Tensor | None  # the same of how it moves

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.motion_dim = config.motion
        seen, seen_of = part_of(config.classes, config.moving, wants_motion=False)
        moves, moves_of = part_of(config.classes, config.moving, wants_motion=True)
        self.register_buffer("seen_of", seen_of, persistent=False)
        self.register_buffer("moves_of", moves_of, persistent=False)
        self.content = Mapping(config.z_dim - config.motion, seen)
        self.motion = Mapping(config.motion, moves, class_size=MOVING_SIZE)

    def forward(self, z_BZ: Tensor, labels_B: Tensor | None = None) -> Tensor:
        content_B, motion_B = (
            None if of is None or labels_B is None else of[labels_B]
            for of in (self.seen_of, self.moves_of)
        )
        content_BZ, motion_BM = z_BZ[:, : -self.motion_dim], z_BZ[:, -self.motion_dim :]
        return torch.cat(
            (self.content(content_BZ, content_B), self.motion(motion_BM, motion_B)), dim=1
        )


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
        self.mapping = (SplitMapping if config.motion else _mapping)(config)
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
        self.head = (
            nn.Sequential(
                Linear(width, config.head_hidden),
                nn.GELU(),
                Linear(config.head_hidden, spec.g_width),
            )
            if config.head_hidden
            else Linear(width, spec.g_width)
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

    def synthesise(
        self, w_BW: Tensor, *, start_B: Tensor | None = None, tap: Tap | None = None
    ) -> Tensor:
        """Tokens in float32 from w (B, W), before the medium's output activation.

        Args:
            start_B: of a video with a latent for motion, the frame of the motion that comes first.
        """
        content_BW, steps_BSW = w_BW, w_BW[:, None]
        if self.codes is not None:
            content_BW = w_BW[:, : -self.config.motion]
            codes = self.codes(w_BW[:, -self.config.motion :], self.steps, start_B)
            steps_BSW = torch.cat((content_BW[:, None].expand(-1, self.steps, -1), codes), dim=2)
        x = self.positions.to(w_BW.dtype).expand(len(w_BW), self.steps, -1, -1)
        if "offset" in self.config.injection:
            vectors = rearrange(
                self.offset(steps_BSW), "b s (r d) -> b s r d", r=self.config.offset_rank
            )
            x = x + self.offset_mix.to(x.dtype) @ vectors
        x = x.flatten(1, 2)
        latents = None
        if "cross" in self.config.injection:
            latents = rearrange(
                self.latents(content_BW), "b (m d) -> b m d", m=self.config.latent_tokens
            )
            latents = latents + self.latent_names.to(x.dtype)
        angles = (self.cos, self.sin) if self.config.positions == "rotary" else None
        for block in self.blocks:
            x = block(x, steps_BSW, latents, angles, tap)
        if self.config.head_hidden:  # two maps cost a quarter of G; in float32, half of it
            return self.head(self.norm(x)).float()
        return self.head(self.norm(x).float())


def _mapping(config: ModelConfig) -> Mapping:
    return Mapping(config.z_dim, config.classes)


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
        x = torch.cat((self.cls.to(x.dtype).expand(len(x), -1, -1), x), dim=1)
        angles = (self.cos, self.sin) if self.is_rotary else None
        for block in self.blocks:
            x = block(x, angles, tap)
        return self.norm(x[:, 0].float())


class Discriminator(nn.Module):
    """Tokens of a signal -> logit (B,), float32; with classes, how well the signal fits its class too
    (class -1: whether it looks real, whatever it is).

    Source of the class term: projection discriminator, Miyato and Koyama 2018, arXiv:1802.05637.
    """

    parts: Tensor | None  # as `class_parts` gives them

    def __init__(self, config: ModelConfig, spec: TokenSpec) -> None:
        super().__init__()
        self.encoder = Encoder(
            spec,
            width=config.width,
            depth=config.depth,
            heads=config.heads,
            positions=config.positions,
            spectral=config.spectral_norm,
            attention=config.attention,
        )
        self.head = Linear(config.width, 1, bias=False, spectral=config.spectral_norm)
        parts = class_parts(config.classes)
        self.register_buffer("parts", parts, persistent=False)
        rows = torch.randn(_rows(config.classes, parts), config.width) * config.width**-0.5
        self.embed = nn.Parameter(rows) if config.classes else None

    def forward(
        self, tokens_BND: Tensor, labels_B: Tensor | None = None, *, tap: Tap | None = None
    ) -> Tensor:
        read_BD = self.encoder(tokens_BND, tap=tap)
        logits_B = self.head(read_BD)[:, 0]
        if self.embed is not None and labels_B is not None:
            table = class_table(self.embed, self.parts)
            fits_B = (read_BD * table[labels_B.clamp_min(0)]).sum(dim=1)
            logits_B = logits_B + fits_B * (labels_B >= 0)
        return logits_B
