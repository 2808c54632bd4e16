"""Warm start: before the adversarial game, G learns as the decoder of a variational autoencoder.

It gives G a language before D judges it, where D's one verdict a sample would teach too slowly. Kept at a
small weight (`reconstruction_weight`) the same loss holds G to the data during the game. The encoder stays
in the model folder: it gives any sample a z.

Source: Larsen et al. 2016, arXiv:1512.09300; a non-autoregressive G warm-started this way.

Axes: B batch, Z latent.
"""

import torch
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import TokenSpec
from tgan_demo.engine.game.precision import DTYPES
from tgan_demo.engine.players.classes import part_of
from tgan_demo.engine.players.discriminator import Encoder
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


def loss(state, real: Tensor, labels_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """Reconstruction loss of the real samples, with and without the latent's own cost.

    The cost is `warm_start_kl` times the divergence of each z from the noise that G will be fed. Where
    the tokenizer itself knows a z for a signal, nothing is encoded and nothing is paid.
    """
    dtype = DTYPES[state.precision]
    if state.tokenizer.encodes:
        z_BZ = state.tokenizer.to_noise(real, state.model.z_dim)
        said_BND = state.G(z_BZ.to(dtype), labels_B)
        reconstruction_loss = state.tokenizer.reconstruction_loss(said_BND, real, state.model)
        return reconstruction_loss, reconstruction_loss
    tokens = state.tokenizer.to_tokens(real.to(dtype), state.model)
    mean_BZ, log_var_BZ = state.encoder(tokens, labels_B)
    own_BZ = torch.randn(mean_BZ.shape, generator=state.rng).to(mean_BZ.device)
    z_BZ = mean_BZ + (0.5 * log_var_BZ).exp() * own_BZ
    said_BND = state.G(z_BZ.to(dtype), labels_B)
    reconstruction_loss = state.tokenizer.reconstruction_loss(said_BND, real, state.model)
    divergence_B = 0.5 * (mean_BZ.square() + log_var_BZ.exp() - 1 - log_var_BZ).sum(1)
    cost = state.train.warm_start_kl * divergence_B.mean() / said_BND.shape[1]
    return reconstruction_loss + cost, reconstruction_loss
