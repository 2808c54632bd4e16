"""Which samples of a set are its test part, never trained on."""

from dataclasses import replace

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.errors import DataError

SPLITS = ("train", "test")
VALIDATION = 0.1  # of the training data


def check(split: str) -> None:
    """Raises DataError."""
    if split not in SPLITS:
        raise DataError(f"split is one of {', '.join(SPLITS)}; got {split!r}")


def rows(count: int, last: int, split: str) -> slice:
    """The rows of a set whose `last` samples are the test part; 0: all of it is."""
    if not last:
        return slice(0, count)
    if not 0 < last < count:
        raise DataError(f"held_out must be 1 to {count - 1} of {count} samples; got {last}")
    return slice(count - last, count) if split == "test" else slice(0, count - last)


def every(count: int, step: int, split: str) -> np.ndarray:
    """Which samples of a set are `split`, bool (N,), where every `step`th from the first is held out."""
    if not step:
        return np.ones(count, bool)
    is_held = np.arange(count) % step == 0
    return is_held if split == "test" else ~is_held


def for_validation(train: Dataset) -> tuple[Dataset, Dataset]:
    """Training data without a tenth of them, and these: what two models of a recipe are compared on.

    Drawn by chance, always the same: every tenth sample is of one class where ten classes take turns.
    Training by a recipe leaves them out; models from before 2026-11-28 have learned from them, which
    speaks for the old one. The held-out part is left for the scores on the card.
    """
    order = np.random.default_rng(0).permutation(len(train))
    is_kept = np.ones(len(train), bool)
    is_kept[order[: round(VALIDATION * len(train))]] = False
    return replace(train.rows(is_kept), more=train.more), train.rows(~is_kept)
