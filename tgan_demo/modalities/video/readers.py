"""The classifiers that scores of clips need: of whole clips, and of single frames where characters have traits.

Axes: N clips, T frames, K classes of one head, P traits of a character.
"""

from typing import Any

import numpy as np

from tgan_demo.config import factors
from tgan_demo.contract import Dataset
from tgan_demo.measure import encoder
from tgan_demo.measure.encoder import UNKNOWN, SmallEncoder

FRAMES_FILE = "frames.safetensors"  # the classifier of single frames
PLAYBACK = ("filmed", "shuffled", "still")  # what the other tells apart besides the classes


def train_reader(train: Dataset, names: list[str], **budget: Any) -> SmallEncoder:
    """A space-time encoder of the classes' factors and of how a clip is played."""
    sizes = [len(values) for values in factors(train.classes)]
    assert train.labels is not None
    truth_NK = np.stack(np.unravel_index(train.labels, sizes), axis=1)
    rng = np.random.default_rng(0)
    unknown = np.full_like(truth_NK, UNKNOWN)  # who knows the direction of what stands still?
    parts = [train.items, shuffled(train.items, rng), still(train.items, rng)]
    targets = [
        np.column_stack((truth if kind == 0 else unknown, np.full(len(truth_NK), kind)))
        for kind, truth in enumerate([truth_NK] * len(PLAYBACK))
    ]
    heads = dict(zip(names, sizes, strict=True)) | {"playback": len(PLAYBACK)}
    return encoder.train_encoder(
        np.concatenate(parts), np.concatenate(targets), heads, modality="video", patch=8, **budget
    )


def train_frames(
    train: Dataset, traits_NP: np.ndarray, names: list[str], **budget: Any
) -> SmallEncoder:
    """An encoder of single frames that reads a character's traits."""
    rng = np.random.default_rng(0)
    picked = [train.items[np.arange(len(train)), rng.integers(train.items.shape[1], size=len(train))]
              for _ in range(4)]  # fmt: skip
    heads = {name: int(traits_NP[:, i].max()) + 1 for i, name in enumerate(names)}
    return encoder.train_encoder(
        np.concatenate(picked), np.concatenate([traits_NP] * len(picked)), heads, **budget
    )


def shuffled(items: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each clip's frames in another order."""
    order_NT = np.argsort(rng.random(items.shape[:2]), axis=1)
    return np.take_along_axis(items, order_NT[:, :, None, None, None], axis=1)


def still(items: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One frame of each clip, held."""
    at_N = rng.integers(items.shape[1], size=len(items))
    return np.repeat(items[np.arange(len(items)), at_N][:, None], items.shape[1], axis=1)
