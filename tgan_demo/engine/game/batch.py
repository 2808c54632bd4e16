"""A step's batch: real samples, fakes for the same classes, both as D is shown them, and D's logits of them.

Axes: B batch, Z latent; "..." the signal's own.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import augment, growing
from tgan_demo.engine.game.feed import Feed, Picked
from tgan_demo.engine.game.precision import DTYPES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.space_time import window_starts


@dataclass(slots=True)
class Batch:
    """What one D step saw, kept for the G step after it."""

    real: Tensor
    fake: Tensor  # with its graph back to G
    labels_B: Tensor | None  # D's classes
    asked_B: Tensor | None  # G's classes: those of a later window of a long clip D does not get
    draws: augment.Draws  # of the augmentation: G is judged under the same


def draw(state: TrainState, dataset: Dataset) -> Batch:
    """Real samples, and fakes of the same classes, paired."""
    return pair(state, Feed(state, dataset, how="anew").pick())


def pair(state: TrainState, picked: Picked) -> Batch:
    """Real samples, and fakes made for their classes."""
    real, labels_B = picked
    ranks = state.ranks
    size = ranks.whole(len(real))
    if state.is_warm_start:  # nobody will judge
        return Batch(real, real, labels_B, labels_B, augment.Draws(state.rng, ranks))
    where = state.rng.device
    z_BZ = ranks.own(torch.randn(size, state.model.z_dim, generator=state.rng, device=where))
    z_BZ = z_BZ.to(DTYPES[state.precision])
    start_B = window_starts(state.model, size, state.rng)
    start_B = None if start_B is None else ranks.own(start_B)
    judged_B = labels_B
    if start_B is not None:
        judged_B = None if labels_B is None else torch.where(start_B > 0, -1, labels_B)
    # in the run's precision: some tokenizers choose among thousands
    tokens = state.G(z_BZ, labels_B, start_B=start_B).to(z_BZ.dtype)
    noise_seed_B = ranks.own(torch.randint(2**40, (size,), generator=state.rng, device=where))
    fake = state.tokenizer.to_signal(tokens, state.model, noise_seed_B=noise_seed_B)
    return Batch(real, fake, judged_B, labels_B, augment.Draws(_after(state.rng), ranks))


def _after(rng: torch.Generator) -> torch.Generator:
    """The stream of the augmentation's draws: on the CPU a copy, so that what follows does not hang on whether
    there is one; on a GPU the stream itself, which a graph cannot copy.
    """
    if rng.device.type != "cpu":
        return rng
    copy = torch.Generator()
    copy.set_state(rng.get_state())
    return copy


def augmented(
    state: TrainState, batch: Batch, signal: Tensor, strength: augment.Chance | None = None
) -> Tensor:
    """A signal as D is shown it: faded in where the run has just grown, then under the batch's draw of the
    augmentations, at the run's strength.
    """
    signal = growing.faded(state, signal)
    if state.augment_p <= 0:
        return signal
    p = state.augment_p if strength is None else strength
    return augment.apply(state.train.augment, signal, p, batch.draws.again())


def judge(state: TrainState, signal: Tensor, labels_B: Tensor | None) -> Tensor:
    """D's logits of a signal, in the run's precision."""
    tokens = state.tokenizer.to_tokens(signal.to(DTYPES[state.precision]), state.model)
    return state.D(tokens, labels_B)
