"""The numbers of training steps: kept where they are made, read together; what the automatic rules do by them.

A step leaves one row of numbers on its device. On the CPU each row is read at once; on a GPU several are read
at a time, since each read waits until the GPU has done all it was told to.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from tgan_demo.engine.game import augment, penalties
from tgan_demo.engine.game.losses import ODDS
from tgan_demo.engine.game.state import TrainState

UNSEEN_EVERY = 8  # steps
TOGETHER = UNSEEN_EVERY  # rows that are read at a time on a GPU
CONFIDENCE_RATE = 0.05  # of the running mean, a step

OF_STEP = (
    "loss_d", "loss_g", "r1", "r2", "grad_d", "grad_g", "d_real", "d_fake", "d_accuracy", "d_confidence",
)  # fmt: skip
OF_LOCAL = "d_local"
OF_UNSEEN = ("accuracy", "confidence", "overfit")  # of samples that D has not learned from

Numbers = dict[str, float]


def of_logits(real_B: Tensor, fake_B: Tensor) -> dict[str, Tensor]:
    """What is told of D's logits of pairs."""
    return {
        "d_real": real_B.mean(),
        "d_fake": fake_B.mean(),
        "d_accuracy": (real_B > fake_B).float().mean(),
        "d_confidence": penalties.confidence(real_B, fake_B),
    }


def row(step: Mapping[str, Tensor], unseen: Mapping[str, Tensor], device: str) -> Tensor:
    """One step's numbers on its device; 0 for a player that was held still, NaN for what was not asked."""
    nothing, unknown = torch.zeros(2, device=device).unbind()
    unknown = unknown + math.nan
    parts = [step.get(name, nothing) for name in OF_STEP]
    parts += [step.get(OF_LOCAL, unknown)] + [unseen.get(name, unknown) for name in OF_UNSEEN]
    return torch.stack([part.detach().float() for part in parts])


def read(rows: Sequence[Tensor]) -> list[tuple[Numbers, Numbers | None]]:
    """Each step's numbers, and those of unseen samples where it asked for them."""
    read = []
    for values in torch.stack(list(rows)).tolist():
        step = dict(zip((*OF_STEP, OF_LOCAL, *OF_UNSEEN), values, strict=True))
        unseen = {name: step.pop(name) for name in OF_UNSEEN}
        read.append((step, None if math.isnan(unseen["accuracy"]) else unseen))
    return read


def mean(steps: Sequence[Numbers]) -> Numbers:
    return {name: sum(step[name] for step in steps) / len(steps) for name in OF_STEP}


def local(steps: Sequence[Numbers]) -> float | None:
    """The local discriminator's accuracy; None where the model has none, or it did not play."""
    mean = sum(step[OF_LOCAL] for step in steps) / len(steps)
    return None if math.isnan(mean) else mean


def not_finite(step: Numbers) -> str:
    """Names of what is no number any more, for the user; empty where all are."""
    return ", ".join(name for name in OF_STEP if not math.isfinite(step[name]))


def steer(state: TrainState, sure: float, unseen: Numbers | None, *, is_split: bool) -> None:
    """The two automatic rules: weight of the penalties, strength of augmentation.

    Both go by samples that D has not learned from, where some are held out: on its own D is surer.
    """
    if unseen is not None:
        state.unseen, sure = unseen["accuracy"], unseen["confidence"]
    if unseen is not None or not is_split:
        every = 1 if unseen is None else UNSEEN_EVERY
        state.confidence += min(1.0, CONFIDENCE_RATE * every) * (sure - state.confidence)
    if state.train.auto_gamma and state.train.loss in ODDS:
        state.gamma_factor = penalties.steer(state.confidence)
    if unseen is not None and state.train.auto_augment:
        rate = 0.002 * UNSEEN_EVERY
        state.augment_p = augment.adapt(state.augment_p, unseen["overfit"], rate=rate)
