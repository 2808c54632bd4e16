"""An encoder for a finished G, learned from G's own samples: no data, and G stays as it is.

It foretells the z of a sample (its mean and variance, by their likelihood), and what G makes of that mean
shall be the sample again. So a model without a warm start has what refinement begins at.

Sources: the sleep phase of the wake-sleep algorithm, Hinton et al. 1995, doi:10.1126/science.7761831; the
reconstruction beside it as in Zhu et al. 2020, arXiv:2004.00049.

Axes: B batch, Z latent.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.refinement import errors
from tgan_demo.engine.players.vae_encoder import VaeEncoder

BATCH = 64
LR = 1e-3  # Adam; rises over RISE steps, is held for half of the way, then falls to 0
RISE = 50
LIKELIHOOD = 0.1  # weight of the z's likelihood, beside an error of which a random sample has 1


@dataclass(frozen=True, slots=True)
class Learned:
    step: int  # done
    share: float  # 0..1 of the seconds or steps; 1: this is the last
    error: float  # of the batch's reconstructions, in units of the error of a sample of another z
    encoder: VaeEncoder  # still learning, until the last


def learn(
    model: Model, *, seconds: float | None = None, steps: int | None = None, seed: int = 0
) -> Iterator[Learned]:
    """An encoder, ever better, step by step. Equal seeds and steps make equal encoders on one machine.

    Raises ValueError: there is a limit neither in seconds nor in steps.
    """
    if seconds is None and steps is None:
        raise ValueError("learning ends by seconds or by steps; name one")
    config, tokenizer = model.config, model.tokenizer
    draw = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = VaeEncoder(config, tokenizer.tokens(config))
    optimizer = torch.optim.Adam(encoder.parameters(), lr=LR, betas=(0.9, 0.99))
    begun, step, share = time.monotonic(), 0, 0.0
    while share < 1:
        optimizer.param_groups[0]["lr"] = LR * min(1, 2 * (1 - share), (step + 1) / RISE)
        z_BZ = torch.randn(BATCH, config.z_dim, generator=draw)
        labels_B = None
        if config.classes:
            labels_B = torch.randint(len(config.classes), (BATCH,), generator=draw)
        with torch.no_grad():
            made = model.G(z_BZ, labels_B)
            signal = tokenizer.to_signal(made, config)
            unit = errors(model, made.roll(1, 0), signal).mean()
        with torch.enable_grad():
            mean_BZ, log_var_BZ = encoder(tokenizer.to_tokens(signal, config), labels_B)
            missed = (z_BZ - mean_BZ).square() * (-log_var_BZ).exp() + log_var_BZ
            error = errors(model, model.G(mean_BZ, labels_B), signal).mean() / unit
            optimizer.zero_grad()
            (error + LIKELIHOOD * missed.mean()).backward()
            optimizer.step()
        step += 1
        of_time = 0.0 if seconds is None else (time.monotonic() - begun) / max(seconds, 1e-9)
        share = min(1.0, max(of_time, 0.0 if steps is None else step / max(steps, 1)))
        yield Learned(step, share, error.item(), encoder)
    encoder.eval().requires_grad_(False)
