"""Inversion: from an item that the model never made back to w, where it lies in the latent.

Gradient descent on w alone: the model stays as it is. Knows modalities only through
`Tokenizer.reconstruction_loss`, so what it finds is the nearest w by that measure, not always a near
one: say how near it is.

Source: projection into W by optimisation, Karras et al. 2020, arXiv:1912.04958, section 5.

Axes: B items, S starts, N tokens, D channels, W mapped latent.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.seeds import noise

STARTS = 128  # random w's an item, of which the best is gone on from
STEPS = 120  # two poems: 1.5 s of one core
LR = 0.2  # Adam; held for half of the steps, then down to 0
PULL = 0.02  # what being as far from the mean as a random w costs, in the unit of the reconstruction_loss
CHUNK = 16  # starts a pass: bounds memory


def invert(
    model: Model,
    items: np.ndarray,
    labels_B: Tensor | None = None,
    *,
    steps: int = STEPS,
    seed: int = 0,
) -> Tensor:
    """w (B, W), float32, from which G's tokens foretell each item best.

    Args:
        items: stored form, as `Tokenizer.from_items` takes them.
        labels_B: classes; None: of all classes the one whose best start is best.
        seed: of the starts. Equal seeds find equal w's.
    """
    signal = model.tokenizer.from_items(items, model.config)
    wanted = [None] * len(signal) if labels_B is None else labels_B.tolist()
    starts = {label: _starts(model, label, seed) for label in dict.fromkeys(wanted)}
    chosen = [_best(model, signal[i : i + 1], *starts[label]) for i, label in enumerate(wanted)]
    w_BW, middle_BW = (torch.stack(part) for part in zip(*chosen, strict=True))
    reach = torch.stack(
        [(w - middle).norm(dim=1).mean() for w, middle, _ in starts.values()]
    ).mean()
    with torch.enable_grad():
        return _descend(model, signal, w_BW, middle_BW, reach, steps)


@torch.no_grad()
def classes_of(
    model: Model, items: np.ndarray, among: Sequence[int] | None = None, *, seed: int = 0
) -> Tensor:
    """The class of the best random w for each item, int64 (B,), of all classes or of some."""
    known = torch.tensor(list(among or range(len(model.config.classes))))
    labels_S = known[torch.arange(STARTS) % len(known)]
    w_SW = model.G.mapping(noise([seed + i for i in range(STARTS)], model.config.z_dim), labels_S)
    tokens_SND = torch.cat([model.G.synthesise(part) for part in w_SW.split(CHUNK)])
    signal = model.tokenizer.from_items(items, model.config)
    scores = [
        _reconstruction_losses(model, tokens_SND, one.expand(STARTS, *one.shape[1:]))
        for one in signal.split(1)
    ]
    return labels_S[torch.tensor(scores).argmin(dim=1)]


@torch.no_grad()
def reconstruction_losses(model: Model, w_BW: Tensor, items: np.ndarray) -> list[float]:
    """How badly each w foretells its item: nats a token, or the mean absolute error."""
    signal = model.tokenizer.from_items(items, model.config)
    return _reconstruction_losses(model, model.G.synthesise(w_BW), signal)


def _descend(model: Model, signal: Tensor, w_BW, middle_BW, reach: Tensor, steps: int) -> Tensor:
    w_BW = w_BW.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([w_BW], lr=LR, betas=(0.9, 0.99))
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = LR * min(1, 2 * (1 - step / steps))
        # the sum over items, so that each goes its way as if it were alone
        tokens_BND = model.G.synthesise(w_BW)
        missed = model.tokenizer.reconstruction_loss(tokens_BND, signal, model.config)
        far_B = ((w_BW - middle_BW) / reach).square().sum(dim=1)
        loss = len(w_BW) * missed + PULL * far_B.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return w_BW.detach()


@torch.no_grad()
def _starts(model: Model, label: int | None, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random w's, the means they lie around (both (S, W)) and G's tokens of them."""
    classes = len(model.config.classes)
    labels_S = None
    if classes:
        labels_S = torch.arange(STARTS) % classes if label is None else torch.full((STARTS,), label)
    seeds = [seed + i for i in range(STARTS)]
    w_SW = model.G.mapping(noise(seeds, model.config.z_dim), labels_S)
    middle_SW = model.w_mean[labels_S] if classes else model.w_mean.expand(STARTS, -1)
    return w_SW, middle_SW, torch.cat([model.G.synthesise(part) for part in w_SW.split(CHUNK)])


@torch.no_grad()
def _best(model: Model, signal: Tensor, w_SW, middle_SW, tokens_SND) -> tuple[Tensor, Tensor]:
    scores = _reconstruction_losses(model, tokens_SND, signal.expand(STARTS, *signal.shape[1:]))
    best = int(np.argmin(scores))
    return w_SW[best], middle_SW[best]


def _reconstruction_losses(model: Model, tokens_BND: Tensor, signal: Tensor) -> list[float]:
    """One by one: a tokenizer gives the mean over what it is asked about."""
    pairs = zip(tokens_BND.split(1), signal.split(1), strict=True)
    return [float(model.tokenizer.reconstruction_loss(*pair, model.config)) for pair in pairs]
