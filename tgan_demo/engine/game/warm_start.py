"""Warm start: before the adversarial game, G learns as the decoder of a beta-VAE.

beta is `warm_start_kl`, the weight of the KL divergence between each posterior and the prior N(0, I), from
which G's z will come. The divergence is divided by the number of tokens, since the reconstruction loss is a
mean: over tokens where they are chosen from a vocabulary (beta = 1 is then the evidence lower bound), else
over the signal's values (beta then compares within one modality only). The warm start gives G a language
before D judges it, where D's one verdict a sample would teach too slowly. Kept with a weight of its own
(`reconstruction_weight`) the same loss holds G to the data during the game, which makes the game a VAE/GAN.
The encoder stays in the model folder: it gives any sample a z.

Where the tokenizer itself knows a z for a signal (the latent route of text: principal components of the
codes) it takes the encoder's place: G learns as the decoder of a fixed linear encoder, and there is no KL
to pay.

Sources: VAE, Kingma & Welling 2014, arXiv:1312.6114; beta-VAE, Higgins et al. 2017 (ICLR); VAE/GAN, Larsen
et al. 2016, arXiv:1512.09300. Measured by vae_figures.py.

Axes: B batch, Z latent.
"""

import torch
from torch import Tensor

from tgan_demo.engine.game.precision import DTYPES


def loss(state, real: Tensor, labels_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """The beta-VAE's loss of the real samples, and its reconstruction part alone."""
    mean_BZ, log_var_BZ = posterior(state, real, labels_B)
    z_BZ = mean_BZ
    if log_var_BZ is not None:
        shape = (state.ranks.whole(len(mean_BZ)), mean_BZ.shape[1])
        own_BZ = torch.randn(shape, generator=state.rng, device=state.rng.device)
        own_BZ = state.ranks.own(own_BZ)
        z_BZ = mean_BZ + (0.5 * log_var_BZ).exp() * own_BZ
    said_BND = state.G(z_BZ.to(DTYPES[state.precision]), labels_B)
    reconstruction_loss = state.tokenizer.reconstruction_loss(said_BND, real, state.model)
    if log_var_BZ is None:
        return reconstruction_loss, reconstruction_loss
    cost = state.train.warm_start_kl * divergence(mean_BZ, log_var_BZ).mean() / said_BND.shape[1]
    return reconstruction_loss + cost, reconstruction_loss


def posterior(state, real: Tensor, labels_B: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Mean and log variance (B, Z) of each sample's z; no variance where the tokenizer knows z itself."""
    if state.tokenizer.encodes:
        return state.tokenizer.to_noise(real, state.model.z_dim), None
    tokens = state.tokenizer.to_tokens(real.to(DTYPES[state.precision]), state.model)
    return state.encoder(tokens, labels_B)


def divergence(mean_BZ: Tensor, log_var_BZ: Tensor) -> Tensor:
    """KL divergence (B,) of each posterior from N(0, I), nats a sample."""
    return 0.5 * (mean_BZ.square() + log_var_BZ.exp() - 1 - log_var_BZ).sum(1)
