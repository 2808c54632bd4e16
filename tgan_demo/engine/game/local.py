"""The local discriminator's part of a step: it judges crops of real and fake at the same places.

A game of its own beside D's: same loss, own penalty, by finite difference or exact as D's is. The penalty is
taken in its whitened windows, in units of the data's own spread: in the signal, steps as large as fine detail
would forbid it to see any.

Noise on its crops (`local_noise`; instance noise, Sønderby et al. 2016, arXiv:1610.04490) hides speckle that is
fainter. Real pictures with flat areas have none at all, so without noise speckle too faint to matter tells
every fake: on painted landscapes nearly all of its gradient was about single pixels (docs/LOG.md, 2026-11-30).

Patches of wild pixels are small and rare: they are seldom in a crop and hardly change the whole D's logit. With
`local_focus` G is judged by more crops, and the least real ones count most (hard example mining, Shrivastava et
al. 2016, arXiv:1604.03540). The local discriminator itself learns from crops drawn evenly.

Axes: B batch, K crops, N windows, D channels of a window, F frames, C channels, H height, W width.
"""

import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import penalties
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.local_discriminator import FITTED_ON, LocalDiscriminator

CROPS = 2  # of each sample, a step
CROPS_IN_FOCUS = 6  # where G is judged and `local_focus` is above 0
SHARE = 0.25  # of them on which the penalties are taken
SIGMA = (0.03, 0.1)  # of a finite difference's steps; windows have variance 1 on average


def prepare(state: TrainState, dataset: Dataset) -> None:
    """Fit a new local discriminator's whitening to the data; nothing where there is none or it is fitted."""
    local = state.D.local
    if local is None or local.is_fitted:
        return
    every = max(1, len(dataset) // FITTED_ON)
    signal = state.tokenizer.from_items(dataset.items[::every][:FITTED_ON], state.model)
    local.fit(_planes(state, signal).to(state.device), state.train.local_noise)
    state.ranks.share(list(local.buffers()))


def loss_d(state: TrainState, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """What the local discriminator pays, penalty and centring included; and its accuracy on pairs."""
    local = _of(state)
    real_KND, fake_KND = _windows(state, local, real, fake)
    ranks = state.ranks
    whole = max(1, round(SHARE * ranks.whole(len(real_KND))))

    def judge(windows_KND: Tensor, _: Tensor | None) -> Tensor:
        return local(windows_KND)

    def steps(part: Tensor) -> tuple[Tensor, Tensor]:
        step, sigma_K = penalties.steps_of_both(part, *SIGMA, state.rng, ranks, whole)
        return step.to(part.dtype), sigma_K

    way = penalties.WAYS[state.penalty]
    real_K, fake_K, penalty_K = way(judge, real_KND, fake_KND, None, ranks.held(whole), steps)
    loss = LOSSES[state.train.loss](real_K, fake_K)[0].mean()
    # gamma / 2 (R1 + R2): the mean over both halves
    loss = loss + state.train.local_gamma * ranks.average(penalty_K, 2 * whole)
    loss = loss + state.train.centring * penalties.centring(real_K, fake_K).mean()
    return loss, (real_K > fake_K).float().mean()


def loss_g(state: TrainState, real: Tensor, fake: Tensor) -> Tensor:
    """What G pays for its crops, weighted: of each sample's, by `local_focus`, those with low logits most."""
    local, focus = _of(state), state.train.local_focus
    crops = CROPS_IN_FOCUS if focus else CROPS
    real_KND, fake_KND = _windows(state, local, real, fake, crops)
    with torch.no_grad():
        real_K = local(real_KND)
    fake_K = local(fake_KND)
    loss_K = LOSSES[state.train.loss](real_K, fake_K)[1]
    shares_CB = (-focus * fake_K.detach().unflatten(0, (crops, -1))).softmax(0)
    return state.train.local_weight * (shares_CB * loss_K.unflatten(0, (crops, -1))).sum(0).mean()


def _windows(
    state: TrainState, local: LocalDiscriminator, real: Tensor, fake: Tensor, count: int = CROPS
) -> tuple[Tensor, Tensor]:
    """Windows (K, N, D) of `count` crops of each sample of both, the same places for each pair."""
    both = [_planes(state, signal) for signal in (real, fake)]
    crops: tuple[list[Tensor], list[Tensor]] = ([], [])
    shape = (state.ranks.whole(len(real)), *both[0].shape[1:])
    for _ in range(count):
        places_3B = local.places(shape, state.rng).to(state.device)
        places_3B = state.ranks.own(places_3B, axis=1)
        for kept, planes in zip(crops, both, strict=True):
            kept.append(_noisy(state, local.crops(planes, places_3B)))
    real_KND, fake_KND = (local.windows(torch.cat(kept)) for kept in crops)
    return real_KND, fake_KND


def _noisy(state: TrainState, crops_BCSS: Tensor) -> Tensor:
    """Crops under the run's noise; each rank's are its rows of what all draw."""
    strength, ranks = state.train.local_noise, state.ranks
    if not strength:
        return crops_BCSS
    shape = (ranks.whole(len(crops_BCSS)), *crops_BCSS.shape[1:])
    noise = torch.randn(shape, generator=state.rng, device=state.rng.device)
    return crops_BCSS + strength * ranks.own(noise).to(crops_BCSS)


def _planes(state: TrainState, signal: Tensor) -> Tensor:
    planes_BFCHW = state.tokenizer.planes(signal)
    assert planes_BFCHW is not None  # checked by the tokenizer
    return planes_BFCHW


def _of(state: TrainState) -> LocalDiscriminator:
    assert state.D.local is not None
    return state.D.local
