"""The mapping network: z and class -> w.

Axes: B batch, Z latent, W mapped latent.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.engine.players.classes import class_parts, class_table, num_rows, part_of
from tgan_demo.engine.players.layers import Linear

CLASS_SIZE = 0.5  # of a class's part of w beside z's, which has size 1
MOVING_SIZE = 1.5  # likewise of a motion's class, in the few numbers that a motion has


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
        self.embed = nn.Parameter(torch.randn(num_rows(classes, parts), z_dim)) if classes else None
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
    """z -> w of a signal with time: what is seen and how it moves each have their numbers of z and of w."""

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


def mapping_of(config: ModelConfig) -> Mapping | SplitMapping:
    return SplitMapping(config) if config.motion else Mapping(config.z_dim, config.classes)
