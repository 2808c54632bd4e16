"""The place in a model that is nearest to a user's own item, sought step by step.

Axes: L places where w enters G, W mapped latent.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.contract import Comparable
from tgan_demo.edits import Step
from tgan_demo.engine.draw import cells, inversion, refinement
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure import seen
from tgan_demo.models import brought

TOLD_S = 0.4  # between two answers, so that showing them does not slow the search


@dataclass(frozen=True, slots=True)
class Sought:
    """What has been found so far."""

    share: float  # 0..1 of the time
    error: float  # see refinement.Progress
    is_squared: bool  # whether that is a mean squared error, else a reconstruction loss
    config: SampleConfig  # which draws it: an edit that begins there
    made: np.ndarray | str  # what the model makes of it


def seek(
    model: Model, item: np.ndarray | str, *, seconds: float, per_block: bool = False
) -> Iterator[Sought]:
    """Ever nearer answers; the first is what an encoder says in one pass, where there is one.

    Args:
        item: of the model's shape.
        seconds: of the search.
        per_block: a w of its own for each place where it enters G: nearer, and less apt to be edited.

    Raises ConfigError: the item is blank.
    """
    brought.refuse_blank(model, item)
    items = np.array([item])
    label = seen.class_of(model, item)
    if label is None and model.config.classes:
        label = int(inversion.classes_of(model, items)[0])
    labels_B = None if label is None else torch.tensor([label])
    told = 0.0
    for progress in refinement.refine(model, items, labels_B, seconds=seconds, per_block=per_block):
        now = time.monotonic()
        if progress.share < 1 and now - told < TOLD_S:
            continue
        told = now
        place = edits.vector(progress.w[0].detach().numpy())
        config = SampleConfig(count=1, label=label, temperature=0.0, edit=str(Step("at", place)))
        yield Sought(
            progress.share,
            progress.error_B[0],
            isinstance(model.tokenizer, Comparable),
            config,
            cells.draw_each(model, [config])[0],
        )
