"""The discriminator, a Transformer encoder: tokens -> logit. Every logit is higher for "real".

Knows tokens and classes, not modalities.

Axes: B batch, N tokens, D channels.
"""

import torch
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.players.attention import Tap
from tgan_demo.engine.players.classes import class_parts, class_table, num_rows
from tgan_demo.engine.players.encoder import Encoder
from tgan_demo.engine.players.layers import Linear
from tgan_demo.engine.players.local_discriminator import LocalDiscriminator


class Discriminator(nn.Module):
    """Tokens of a signal -> logit (B,), float32; with classes, how well the signal fits its class too
    (class -1: whether it looks real, whatever it is). Beside it a local discriminator, where asked for.

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
        rows = torch.randn(num_rows(config.classes, parts), config.width) * config.width**-0.5
        self.embed = nn.Parameter(rows) if config.classes else None
        channels = config.shape[0]
        self.local = LocalDiscriminator(config, channels) if config.local_crop else None

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
