"""Inversion: from an item that the model never made back to w, where it lies in the latent.

Gradient descent on w alone: the model stays as it is. It begins at the best of many random w's and of
what the warm start's encoder says, where the model has one. Knows modalities only through
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
from tgan_demo.engine.draw.starts import CHUNK, STARTS, classes_to_try, random_starts, synthesise

STEPS = 120  # two poems: 1.5 s of one core
FEW_STEPS = 60  # where the encoder's w misses less than NEAR of what the best random w does
NEAR = 0.6
LR = 0.2  # Adam; held for half of the steps, then down to 0
PULL = 0.02  # what being as far from the mean as a random w costs, in the unit of the reconstruction_loss


def invert(
    model: Model,
    items: np.ndarray,
    labels_B: Tensor | None = None,
    *,
    steps: int | None = None,
    seed: int = 0,
) -> Tensor:
    """w (B, W), float32, from which G's tokens foretell each item best.

    Args:
        items: stored form, as `Tokenizer.from_items` takes them.
        labels_B: classes; None: of all classes the one whose best start is best.
        steps: of the descent; None: STEPS, or FEW_STEPS where the encoder is near.
        seed: of the starts. Equal seeds find equal w's.
    """
    signal = model.tokenizer.from_items(items, model.config)
    wanted = [None] * len(signal) if labels_B is None else labels_B.tolist()
    drawn = {label: random_starts(model, label, seed) for label in dict.fromkeys(wanted)}
    chosen = [
        _nearest(model, signal[i : i + 1], label, drawn[label]) for i, label in enumerate(wanted)
    ]
    w_BW, middle_BW = (torch.stack(part) for part in list(zip(*chosen, strict=True))[:2])
    reach = torch.stack([(w - middle).norm(dim=1).mean() for w, middle, _ in drawn.values()]).mean()
    each = torch.tensor([steps if steps is not None else own for *_, own in chosen])
    with torch.enable_grad():
        for count in each.unique().tolist():
            here = each == count
            w_BW[here] = _descend(model, signal[here], w_BW[here], middle_BW[here], reach, count)
    return w_BW


@torch.no_grad()
def classes_of(
    model: Model, items: np.ndarray, among: Sequence[int] | None = None, *, seed: int = 0
) -> Tensor:
    """The class of the best start for each item, int64 (B,), of all classes or of some."""
    known = torch.tensor(list(among or range(len(model.config.classes))))
    signal = model.tokenizer.from_items(items, model.config)
    if model.encoder is not None:
        scores = [_losses_of(model, one, _encode(model, one, known)) for one in signal.split(1)]
        return known[torch.tensor(scores).argmin(dim=1)]
    labels_S = known[torch.arange(STARTS) % len(known)]
    w_SW = model.G.mapping(noise([seed + i for i in range(STARTS)], model.config.z_dim), labels_S)
    tokens_SND = synthesise(model, w_SW)
    scores = [
        _reconstruction_losses(model, tokens_SND, one.expand(STARTS, *one.shape[1:]))
        for one in signal.split(1)
    ]
    return labels_S[torch.tensor(scores).argmin(dim=1)]


@torch.no_grad()
def reconstruction_losses(model: Model, w_BW: Tensor, items: np.ndarray) -> list[float]:
    """How badly each w foretells its item: in the unit of the tokenizer's reconstruction_loss."""
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
def _nearest(
    model: Model, signal: Tensor, label: int | None, drawn: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, Tensor, int]:
    """The best start of one signal, the encoder's among them, the mean there, and how many steps it wants."""
    w_SW, middle_SW, tokens_SND = drawn
    losses = _reconstruction_losses(model, tokens_SND, signal.expand(len(w_SW), *signal.shape[1:]))
    best = int(np.argmin(losses))
    if model.encoder is not None:
        w_CW, middle_CW = _encoded(model, signal, label)
        encoded = _losses_of(model, signal, w_CW)
        first = int(np.argmin(encoded))
        if encoded[first] < losses[best]:
            steps = FEW_STEPS if encoded[first] < NEAR * losses[best] else STEPS
            return w_CW[first], middle_CW[first], steps
    return w_SW[best], middle_SW[best], STEPS


def _encoded(model: Model, signal: Tensor, label: int | None) -> tuple[Tensor, Tensor]:
    """The encoder's w of one signal as each class, or as the given one, and the means there, (C, W)."""
    labels_C = classes_to_try(model, label)
    middle_CW = model.w_mean if labels_C is None else model.w_mean[labels_C]
    return _encode(model, signal, labels_C), middle_CW


@torch.no_grad()
def _encode(model: Model, signal: Tensor, labels_C: Tensor | None) -> Tensor:
    """w of one signal as each of some classes, (C, W)."""
    assert model.encoder is not None
    tokens_1ND = model.tokenizer.to_tokens(signal, model.config)
    tokens = tokens_1ND.expand(1 if labels_C is None else len(labels_C), -1, -1)
    parts = [slice(i, i + CHUNK) for i in range(0, len(tokens), CHUNK)]
    labels = [None if labels_C is None else labels_C[part] for part in parts]
    means = [
        model.encoder(tokens[part], known)[0] for part, known in zip(parts, labels, strict=True)
    ]
    return model.G.mapping(torch.cat(means), labels_C)


@torch.no_grad()
def _losses_of(model: Model, signal: Tensor, w_BW: Tensor) -> list[float]:
    """Of each w for its signal, or for the one there is."""
    signals = signal.expand(len(w_BW), *signal.shape[1:])
    return _reconstruction_losses(model, synthesise(model, w_BW), signals)


def _reconstruction_losses(model: Model, tokens_BND: Tensor, signal: Tensor) -> list[float]:
    """One by one: a tokenizer gives the mean over what it is asked about."""
    pairs = zip(tokens_BND.split(1), signal.split(1), strict=True)
    return [float(model.tokenizer.reconstruction_loss(*pair, model.config)) for pair in pairs]
