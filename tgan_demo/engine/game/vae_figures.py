"""Figures of the beta-VAE in a run: reconstruction, KL divergence, aggregate posterior against prior, active
dimensions, and its share of G's gradient.

Nothing of the run changes: no gradient is left behind, and the run's random stream stays where it was.

Sources: aggregate posterior, Makhzani et al. 2015, arXiv:1511.05644; active dimensions, Burda et al. 2016,
arXiv:1509.00519.

Axes: N samples, B batch, Z latent.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import feed, warm_start
from tgan_demo.engine.game.batch import augmented, draw, judge
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.engine.game.ranks import ALONE
from tgan_demo.engine.game.state import TrainState, stream

ACTIVE = (
    0.01  # variance over the data of a dimension's posterior mean, from which it counts as used
)
CHUNK = 64

Figures = dict[str, float | None]


def figures(state: TrainState, dataset: Dataset, n: int = 512, *, batches: int = 4) -> Figures:
    """What the encoder has learned, on `n` samples spread evenly over the data; plain numbers.

    Args:
        batches: over which the share of G's gradient is averaged; 0: none, as while D has learned nothing.

    Returns:
        "reconstruction_loss": in the tokenizer's unit (contract.Tokenizer); "kl": nats a sample, None where
        the tokenizer knows z; "mean_square", "variance": of the aggregate posterior, averaged over
        dimensions, 0 and 1 for the prior N(0, I); "active" of "dimensions"; "share": see `share`; "n".
    """
    state = _apart(state)
    rows = np.linspace(0, len(dataset) - 1, min(n, len(dataset))).round().astype(int)
    losses, means, log_vars = [], [], []
    with torch.no_grad():
        for start in range(0, len(rows), CHUNK):
            real, labels_B = feed.rows(state, dataset, rows[start : start + CHUNK])
            losses.append(warm_start.loss(state, real, labels_B)[1].item() * len(real))
            mean_BZ, log_var_BZ = warm_start.posterior(state, real, labels_B)
            means.append(mean_BZ.float())
            if log_var_BZ is not None:
                log_vars.append(log_var_BZ.float())
    mean_NZ = torch.cat(means)
    spread_Z = mean_NZ.var(0, unbiased=False)
    kl, variance_Z = None, spread_Z
    if log_vars:
        log_var_NZ = torch.cat(log_vars)
        kl = warm_start.divergence(mean_NZ, log_var_NZ).mean().item()
        variance_Z = spread_Z + log_var_NZ.exp().mean(0)
    return {
        "reconstruction_loss": sum(losses) / len(rows),
        "kl": kl,
        "mean_square": mean_NZ.mean(0).square().mean().item(),
        "variance": variance_Z.mean().item(),
        "active": int((spread_Z > ACTIVE).sum()),
        "dimensions": mean_NZ.shape[1],
        "share": share(state, dataset, batches) if batches else None,
        "n": len(rows),
    }


def share(state: TrainState, dataset: Dataset, batches: int = 4) -> float:
    """|w grad VAE| / (|w grad VAE| + |grad adversarial|), norms over all of G, averaged over batches.

    w is `reconstruction_weight`; 0.8 says that the VAE pulls at G four times as strongly as D does.
    """
    state = _apart(state)
    weight = state.train.reconstruction_weight
    if weight == 0:
        return 0.0
    shares = []
    for _ in range(batches):
        batch = draw(state, dataset)
        real, fake = (augmented(state, batch, signal) for signal in (batch.real, batch.fake))
        with torch.no_grad():
            real_B = judge(state, real, batch.labels_B)
        fake_B = judge(state, fake, batch.labels_B)
        adversarial = _norm(state, LOSSES[state.train.loss](real_B, fake_B)[1].mean())
        vae = weight * _norm(state, warm_start.loss(state, batch.real, batch.asked_B)[0])
        shares.append(vae / max(vae + adversarial, 1e-30))
    return float(np.mean(shares))


def _apart(state: TrainState) -> TrainState:
    """The run in its game and in this process alone, with a random stream of its own; networks are shared."""
    train = replace(state.train, warm_start=0)
    return replace(state, train=train, rng=stream(0, state.device), ranks=ALONE)


def _norm(state: TrainState, loss: Tensor) -> float:
    grads: Iterable[Tensor | None] = torch.autograd.grad(
        loss, list(state.G.parameters()), allow_unused=True
    )
    return sum(float(g.float().square().sum()) for g in grads if g is not None) ** 0.5
