"""D's blindness: does D tell a real sample from the same one with fine detail of a generated one on it?

A D that cannot, at an AUC near .5, cannot teach G to leave that detail out.

Axes: N pairs.
"""

import numpy as np
import torch
from torch import Tensor

from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.passes import in_passes
from tgan_demo.measure.bands import fine_detail
from tgan_demo.measure.score import Score, measured
from tgan_demo.measure.task import Samples, Task

PIECE = 64  # pairs that D judges at a time
SPACE = "discriminator"
TITLE = (
    "the discriminator's logits of held-out real samples, and of the same with another sample's detail added: "
    "all of it above .3 cycles/pixel, of a sample of the same class, as which both are judged; cut off at -1 "
    "and 1"
)


@measured(
    SPACE,
    Score(
        "detail_auc",
        "AUC, real over real with a sample's fine detail (.5: D is blind to it); real: with a training "
        "sample's",
        "higher",
        divides=False,
    ),
    needs=("data",),
    real="train",
)
def blindness(task: Task, samples: Samples) -> dict[str, float]:
    """Real samples of a class that no sample has are left out; nothing where classes are not known."""
    model, real = task.model, task.held_out
    has_classes = bool(model.config.classes)
    own, others = (
        one.labels if has_classes else np.zeros(len(one), np.int64) for one in (real, samples)
    )
    if own is None or others is None:
        return {}
    pairs_N2 = pairs(own, others)
    if not len(pairs_N2):
        return {}
    clean, spoilt = [], []
    for begin in range(0, len(pairs_N2), PIECE):
        part = slice(begin, begin + PIECE)
        rows, partners = pairs_N2[part].T
        labels_B = torch.from_numpy(own[rows]) if has_classes else None
        signal = task.signal(real, rows)
        spoilt_signal = (signal + fine_detail(task.signal(samples, partners))).clamp(-1, 1)
        clean.append(logits(model, signal, labels_B))
        spoilt.append(logits(model, spoilt_signal, labels_B))
    return {"detail_auc": auc(np.concatenate(clean), np.concatenate(spoilt))}


def pairs(labels_N: np.ndarray, others_M: np.ndarray) -> np.ndarray:
    """A partner of the same class for each item, by turns, (N, 2); items without one are left out."""
    found = []
    for label in np.unique(labels_N):
        own, partners = (np.flatnonzero(which == label) for which in (labels_N, others_M))
        if len(partners):
            found.append(np.stack((own, np.resize(partners, len(own))), axis=1))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)


@torch.inference_mode()
def logits(model: Model, signal: Tensor, labels_B: Tensor | None) -> np.ndarray:
    """D's, (B,), the same on however many cores."""

    def step(signal: Tensor, labels_B: Tensor | None) -> Tensor:
        return model.judge(signal, labels_B)

    return in_passes(step, signal, labels_B).numpy()


def auc(over_N: np.ndarray, under_M: np.ndarray) -> float:
    """How often one of the first is larger than one of the second, over all pairs; ties count half."""
    ordered = np.sort(under_M)
    below = np.searchsorted(ordered, over_N, "left") + np.searchsorted(ordered, over_N, "right")
    return float(below.mean() / (2 * len(under_M)))
