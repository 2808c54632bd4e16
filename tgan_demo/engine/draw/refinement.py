"""Refinement: an item's w sought step by step, so that whoever waits can watch it and stop.

First what an encoder says in one pass, then Adam on w from there or from the best of some random w's, with the
model as it is. By choice w is another for the position tokens and each block (`Generator.synthesise`), held
near their mean, so that what edits one w edits these too.

The error is the mean squared error of items scaled to 0..1 where the tokenizer is `contract.Comparable`, else
its reconstruction_loss. What is found is the nearest w by that, not always a near one.

Sources: Karras et al. 2020, arXiv:1912.04958 (w by optimisation); Abdal et al. 2019, arXiv:1904.03189 (a w for
each place); Tov et al. 2021, arXiv:2102.02766 (these held together, so that they can be edited).

Axes: B items, S starts, C classes, N tokens, D channels, L places where w enters, W mapped latent.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tgan_demo.contract import Comparable
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.starts import classes_to_try, random_starts, synthesise

SECONDS = 5.0
LR = 0.1  # Adam; rises over RISE steps, is held for half of the way, then falls to 0
RISE = 10
PULL = 0.003  # what a w as far from the mean as a random one costs, of the error of a random sample
APART = 0.01  # likewise, of the w's of one item that are as far from their own mean


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a refinement is. `w` and `error_B` are the best of each item so far: they never get worse."""

    step: int  # done
    share: float  # 0..1 of the seconds or steps that it was given; 1: this is the last
    error_B: tuple[float, ...]
    w: Tensor  # (B, W), with per_block (B, L, W), float32


@dataclass(slots=True)
class _Found:
    """The nearest w so far of each item."""

    w: Tensor
    error_B: Tensor

    def take(self, w: Tensor, error_B: Tensor) -> "_Found":
        is_nearer = error_B < self.error_B
        chosen = is_nearer.view(-1, *[1] * (w.ndim - 1))
        return _Found(torch.where(chosen, w, self.w), torch.where(is_nearer, error_B, self.error_B))


@dataclass(slots=True)
class _Field:
    """What random samples say of the latent space, for each item."""

    nearest: _Found
    unit_B: Tensor  # the error of a random sample
    middle_BW: Tensor
    reach: Tensor  # how far from the middle a random w is

    def cost(self, w: Tensor) -> Tensor:
        """Of being far from what is usual, (B,)."""
        if w.ndim == 2:
            return PULL * ((w - self.middle_BW) / self.reach).square().sum(dim=1)
        mean_BW = w.mean(dim=1)
        apart_BL = ((w - mean_BW[:, None]) / self.reach).square().sum(dim=2)
        return self.cost(mean_BW) + APART * apart_BL.mean(dim=1)


def refine(
    model: Model,
    items: np.ndarray,
    labels_B: Tensor | None = None,
    *,
    seconds: float | None = SECONDS,
    steps: int | None = None,
    per_block: bool = False,
    seed: int = 0,
) -> Iterator[Progress]:
    """The w of each item, ever better, step by step; whoever asks no more ends it.

    The first answer is what the encoder says in one pass (or the tokenizer, by `Tokenizer.to_noise`); without
    one it is the best of some random w's. Each item goes its way as if it were alone; the time is of all.

    Args:
        items: stored form, as `Tokenizer.from_items` takes them.
        labels_B: classes where the search begins; None: that of all which begins nearest.
        seconds: from the first question to the last answer; None: no limit.
        steps: of Adam; None: no limit. With both, whichever ends first.
        per_block: a w for each place where it enters G.
        seed: of the random w's. Equal seeds and steps find equal w's.

    Raises:
        ValueError: there is a limit neither in seconds nor in steps.
    """
    if seconds is None and steps is None:
        raise ValueError("a search ends by seconds or by steps; name one")
    begun, step = time.monotonic(), 0

    def share() -> float:  # rises with every step, also of none
        of_time = 0.0 if seconds is None else (time.monotonic() - begun) / max(seconds, 1e-9)
        of_steps = 0.0 if steps is None else (step + 1e-9) / (steps + 1e-9)
        return min(1.0, max(of_time, of_steps))

    def progress() -> Progress:
        return Progress(step, done, tuple(best.error_B.tolist()), best.w)

    places = model.G.entries if per_block else 0
    signal = model.tokenizer.from_items(items, model.config)
    labels: list[int | None] = [None] * len(signal) if labels_B is None else labels_B.tolist()
    encoded = _encoded(model, signal, labels)
    if encoded is not None:
        best, done = _apart(encoded, places), share()
        yield progress()
        if done == 1:
            return
    field = _field(model, signal, labels, seed)
    nearest = (
        field.nearest if encoded is None else encoded.take(field.nearest.w, field.nearest.error_B)
    )
    best, done = _apart(nearest, places), share()
    if encoded is None or done == 1:
        yield progress()
    w = best.w.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([w], lr=LR, betas=(0.9, 0.99))
    while done < 1:
        optimizer.param_groups[0]["lr"] = LR * min(1, 2 * (1 - done), (step + 1) / RISE)
        with torch.enable_grad():
            error_B = errors(model, model.G.synthesise(w), signal)
            best = best.take(w.detach().clone(), error_B.detach())
            optimizer.zero_grad()
            # the sum over items, so that each goes its way as if it were alone
            (error_B / field.unit_B + field.cost(w)).sum().backward()
            optimizer.step()
        step += 1
        done = share()
        yield progress()


def errors(model: Model, tokens_BND: Tensor, signal: Tensor) -> Tensor:
    """How far G's tokens are from each item, (B,), in the unit that the head of this file names."""
    tokenizer, config = model.tokenizer, model.config
    if isinstance(tokenizer, Comparable):
        return tokenizer.squared_error(tokenizer.to_signal(tokens_BND, config), signal)
    # one by one: a tokenizer gives the mean over what it is asked about
    pairs = zip(tokens_BND.split(1), signal.split(1), strict=True)
    return torch.stack([tokenizer.reconstruction_loss(*pair, config) for pair in pairs])


@torch.no_grad()
def _encoded(model: Model, signal: Tensor, labels: list[int | None]) -> _Found | None:
    """What the encoder says, as the class that fits best where none is given; None without an encoder."""
    if model.encoder is None and not model.tokenizer.encodes:
        return None
    found = [_read(model, one, label) for one, label in zip(signal.split(1), labels, strict=True)]
    return _Found(torch.stack([w for w, _ in found]), torch.stack([error for _, error in found]))


def _read(model: Model, signal: Tensor, label: int | None) -> tuple[Tensor, Tensor]:
    """w (W,) of one signal and its error."""
    labels_C = classes_to_try(model, label)
    if model.encoder is None:
        z_CZ = model.tokenizer.to_noise(signal, model.config.z_dim)
        assert z_CZ is not None  # `encodes` says so
    else:
        tokens_1ND = model.tokenizer.to_tokens(signal, model.config)
        # it asks for the class only where that says how a signal moves
        known_C = labels_C if model.encoder.class_style is not None else None
        tokens_CND = tokens_1ND.expand(1 if known_C is None else len(known_C), -1, -1)
        z_CZ, _ = model.encoder(tokens_CND, known_C)
    if labels_C is not None:
        z_CZ = z_CZ.expand(len(labels_C), -1)
    w_CW = model.G.mapping(z_CZ, labels_C)
    error_C = errors(model, synthesise(model, w_CW), signal.expand(len(w_CW), *signal.shape[1:]))
    return w_CW[error_C.argmin()], error_C.min()


@torch.no_grad()
def _field(model: Model, signal: Tensor, labels: list[int | None], seed: int) -> _Field:
    """Random samples of each item's class, or of all in turn: the nearest, and how far they lie."""
    drawn, rows = {label: random_starts(model, label, seed) for label in dict.fromkeys(labels)}, []
    for one, label in zip(signal.split(1), labels, strict=True):
        w_SW, middle_SW, tokens_SND = drawn[label]
        error_S = errors(model, tokens_SND, one.expand(len(w_SW), *one.shape[1:]))
        best = error_S.argmin()
        rows.append((w_SW[best], error_S[best], error_S.median(), middle_SW[best]))
    w_BW, error_B, unit_B, middle_BW = (torch.stack(part) for part in zip(*rows, strict=True))
    reach = torch.cat([(w - middle).norm(dim=1) for w, middle, _ in drawn.values()]).mean()
    return _Field(_Found(w_BW, error_B), unit_B.clamp_min(1e-9), middle_BW, reach)


def _apart(found: _Found, places: int) -> _Found:
    """The same w at each of so many places; 0: one for all."""
    return _Found(found.w[:, None].repeat(1, places, 1), found.error_B) if places else found
