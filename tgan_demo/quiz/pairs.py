"""Pairs of a real and a generated sample in one form, and what D says of both.

A generated sample has gone from a signal to an item, so a real one goes there too: a sound gets its phases
from its spectrogram, a text is cut where the model would end. What is left between them is G's work.

Axes: N pairs, P samples of the pool.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset, Readable
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import DataError
from tgan_demo.modalities import registry

LEAST = 4  # pairs
NONE = -1  # in place of a class: the two of a pair have none in common


@dataclass(frozen=True, slots=True)
class Pairs:
    """`real` and `fake` in the modality's stored form, (N, ...); `labels_N` the class of both, or NONE."""

    real: np.ndarray
    fake: np.ndarray
    labels_N: np.ndarray
    logits_real_N: np.ndarray  # D's; higher is more real
    logits_fake_N: np.ndarray

    def __len__(self) -> int:
        return len(self.real)

    @property
    def nbytes(self) -> int:
        return self.real.nbytes + self.fake.nbytes

    @property
    def found_N(self) -> np.ndarray:
        """Of which pairs D takes the real one for the realer, bool (N,)."""
        return self.logits_real_N > self.logits_fake_N


def make(
    model: Model,
    pool: Dataset,
    count: int,
    rng: np.random.Generator,
    turn: Callable[[], AbstractContextManager[object]],
) -> Pairs:
    """Pairs of samples drawn by chance: of G as it is (psi 1, at its own temperature), each beside a real
    one of its class where the pool has one; fewer than `count` where the pool has no more.

    Args:
        turn: what networks are asked within.

    Raises:
        DataError: the pool has fewer than LEAST samples.
    """
    plan = registry.get(model.config.modality).plan
    pool = _whole(model, plan.fit_dataset(pool, model.config, model.tokenizer, []), count)
    if len(pool) < LEAST:
        raise DataError(f"a game wants {LEAST} real samples or more; {pool.name!r} has {len(pool)}")
    count = min(count, len(pool))
    asked = SampleConfig(seed=int(rng.integers(2**48)), count=count, temperature=model.temperature)
    with turn():
        fake, classes_N = sampler.draw(model, asked)
    has_classes = pool.classes == model.config.classes
    rows_N, labels_N = matched(
        pool.labels if has_classes else None, classes_N, len(pool), count, rng
    )
    with turn(), torch.inference_mode():
        real = formed(model, pool.items[rows_N])
        logits = [_judged(model, items, labels_N) for items in (real, fake)]
    return Pairs(real, fake, labels_N, *logits)


def matched(
    labels_P: np.ndarray | None,
    classes_N: np.ndarray | None,
    size: int,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the pool beside generated samples, no row twice, and the class that both have, or NONE."""
    free = list(rng.permutation(size))
    if labels_P is None or classes_N is None:
        return np.array(free[:count]), np.full(count, NONE)
    rows, labels = [], []
    for wanted in classes_N:
        at = next((k for k, row in enumerate(free) if labels_P[row] == wanted), None)
        labels.append(NONE if at is None else int(wanted))
        rows.append(None if at is None else free.pop(at))
    left = iter(free)
    return np.array([next(left) if row is None else row for row in rows]), np.array(labels)


def formed(model: Model, items: np.ndarray) -> np.ndarray:
    """Real items as a generated one comes: the signal's way to an item, or, where that is an autoencoder's,
    as far as the model reads them.
    """
    tokenizer = model.tokenizer
    if isinstance(tokenizer, Readable):
        return np.array([tokenizer.readable(str(item), model.config) for item in items])
    return tokenizer.to_items(tokenizer.from_items(items, model.config))


def _whole(model: Model, pool: Dataset, count: int) -> Dataset:
    """Without what the model cannot read to its end, which would give it away; all of it where too little
    is left.
    """
    if not isinstance(model.tokenizer, Readable):
        return pool
    is_whole = formed(model, pool.items) == pool.items
    return pool.rows(is_whole) if is_whole.sum() >= count else pool


def _judged(model: Model, items: np.ndarray, labels_N: np.ndarray) -> np.ndarray:
    """D's logits (N,) of items as people see them; as no class where a pair has none."""
    signal = model.tokenizer.from_items(items, model.config)
    logits_N = torch.empty(len(items))
    for has_class in (True, False):
        chosen_N = torch.from_numpy((labels_N != NONE) == has_class)
        if chosen_N.any():
            labels = torch.from_numpy(labels_N)[chosen_N] if has_class else None
            logits_N[chosen_N] = model.judge(signal[chosen_N], labels).float()
    return logits_N.numpy()
