"""Warm start: before the adversarial game, G learns as the decoder of a variational autoencoder.

It gives G a language before D judges it, where D's one verdict a sample would teach too slowly. Kept at a
small weight (`reconstruction_weight`) the same loss holds G to the data during the game. The encoder stays
in the model folder: it gives any sample a z.

Source: Larsen et al. 2016, arXiv:1512.09300; a non-autoregressive G warm-started this way.

Axes: B batch, Z latent.
"""

import torch
from torch import Tensor

from tgan_demo.engine.game.precision import DTYPES


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
