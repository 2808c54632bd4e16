"""What one training step changed: both players on the same samples, before it and after it.

The samples are those that the step itself draws, looked at without augmentation and in float32, so that a
difference is the step's own. The run's random stream is put back: a run that is looked at goes on as one
that is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer, warm_start
from tgan_demo.engine.game.batch import draw, judge
from tgan_demo.engine.game.feed import split
from tgan_demo.engine.game.state import TrainState
from tgan_demo.events import RunFailed, RunFinished, StepDone


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Both players on one batch; in a warm start nobody judges, and only the loss is known."""

    d_real: float = 0.0  # D's mean logit of the real samples
    d_fake: float = 0.0  # of the generated ones
    d_accuracy: float = 0.5  # share of (real, fake) pairs that D orders rightly, 0..1
    reconstruction_loss: float = 0.0  # of G as a decoder, in a warm start


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One step of `players`, and what it did to its own samples."""

    step: int
    players: str  # "d", "g" or "both": who was asked to learn
    is_warm_start: bool  # then G learned alone, whoever was asked
    before: Look
    after: Look


def train_step(
    state: TrainState, dataset: Dataset, players: str
) -> tuple[StepDone | RunFinished | RunFailed, Effect | None]:
    """One step as trainer.train_slice does it, and its effect; None where no step was done."""
    batch_seed, is_warm_start = state.rng.get_state(), state.is_warm_start
    learned, _ = split(dataset, state.train)

    def look() -> Look:
        with _aside(state, batch_seed):
            return _look(state, learned, is_warm_start)

    before = look()
    event = next(trainer.train_slice(state, dataset, steps=1, players=players))
    if not isinstance(event, StepDone):
        return event, None
    effect = Effect(
        step=event.step, players=players, is_warm_start=is_warm_start, before=before, after=look()
    )
    return event, effect


@torch.no_grad()
def _look(state: TrainState, dataset: Dataset, is_warm_start: bool) -> Look:
    batch = draw(state, dataset)
    if is_warm_start:
        loss = warm_start.loss(state, batch.real, batch.asked_B)[1]
        return Look(reconstruction_loss=loss.item())
    real_B = judge(state, batch.real, batch.labels_B)
    fake_B = judge(state, batch.fake, batch.labels_B)
    return Look(
        d_real=real_B.mean().item(),
        d_fake=fake_B.mean().item(),
        d_accuracy=(real_B > fake_B).float().mean().item(),
    )


@contextmanager
def _aside(state: TrainState, batch_seed: Tensor) -> Iterator[None]:
    """For a while `state` draws the batch of `batch_seed`, in float32; then it is as it was."""
    rng, precision = state.rng, state.precision
    state.rng, state.precision = torch.Generator(rng.device), "float32"
    state.rng.set_state(batch_seed)
    try:
        yield
    finally:
        state.rng, state.precision = rng, precision
