"""The encoder of the warm start: tokens of a signal -> mean and log variance of its z.

Trained beside G as the other half of a VAE (game/warm_start.py) and kept in the model folder: it gives any
sample a z, from which inversion begins.

Axes: B batch, N tokens, D token channels, Z latent.
"""

import torch
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.classes import part_of
from tgan_demo.engine.players.encoder import Encoder
from tgan_demo.engine.players.layers import Linear


class VaeEncoder(nn.Module):
    """Tokens of a signal -> mean and log variance of its z, (B, Z) each.

    Where a class says how a signal moves, the encoder gets it too: where a shape is half way depends on
    where it goes, and z must not repeat what the class says, or the two would contradict each other.
    """

    moves_of: Tensor | None  # as `part_of` gives it

    def __init__(self, config: ModelConfig, spec: TokenSpec) -> None:
        super().__init__()
        self.encoder = Encoder(
            spec,
            width=config.width,
            depth=config.depth,
            heads=config.heads,
            positions=config.positions,
            attention=config.attention,
        )
        self.head = Linear(config.width, 2 * config.z_dim)
        known, moves_of = (), None
        if config.motion:
            known, moves_of = part_of(config.classes, config.moving, wants_motion=True)
        self.register_buffer("moves_of", moves_of, persistent=False)
        self.class_style = nn.Parameter(torch.zeros(2, len(known), config.width)) if known else None

    def forward(self, tokens_BND: Tensor, labels_B: Tensor | None = None) -> tuple[Tensor, Tensor]:
        read_BD = self.encoder(tokens_BND)
        if self.class_style is not None and labels_B is not None:
            assert self.moves_of is not None
            scale_BD, shift_BD = self.class_style[:, self.moves_of[labels_B]]
            read_BD = read_BD * (1 + scale_BD) + shift_BD
        mean_BZ, log_var_BZ = self.head(read_BD).chunk(2, dim=1)
        return mean_BZ, log_var_BZ.clamp(-8, 4)
