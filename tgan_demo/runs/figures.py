"""Figures of samples beside a run's data: how alike they are, how much of the data they reach, which are copies
of it, and how much of the finest detail they have. What they mean, engine/game/health.py says.

Knows signals of any shape, not networks. Neighbours are looked for among principal components of the run's
own data: there a blurred sample still lies near the sharp one that it was meant to be.

Axes: N real samples, M generated samples, P values of a signal, D components.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.game.feed import split
from tgan_demo.engine.game.health import MOST_CLASSES, Samples
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import DataError
from tgan_demo.measure import bands, features, manifold

MADE = 64  # samples of fixed seeds that figures are taken of
REAL = 128  # training samples whose neighbourhoods they should reach
KNOWN = 1_000  # training samples among which copies are looked for, at most
NEIGHBOURS = 5  # a neighbourhood reaches to the fifth nearest
FITTED_ON = 256  # training samples that the components are taken from
VALUES = 4_096  # of a signal that are compared; of a longer one so many, drawn by chance
COMPONENTS = 16
COPY = 0.5  # a copy lies so near to one training sample, over its way to the next
CHUNK = 64  # samples whose signals are held at once
LEAST_SIDE = 8  # of a picture that has a highest band
HIGH = 0.45  # cycles a pixel, where it begins


class Reference:
    """A run's data as its samples are compared with them. Raises DataError: they are all the same."""

    def __init__(self, state: TrainState, dataset: Dataset) -> None:
        self.shape = state.model.shape  # of a run that grows not always the same
        train, unseen = split(dataset, state.train)
        size = int(np.prod(state.model.shape))
        rng = np.random.default_rng(0)
        self.values = np.sort(rng.permutation(size)[:VALUES])
        rows = rng.permutation(len(train))[:KNOWN]
        self.known = train.rows(rows)
        known_NP = self._cut(_signals(state, train, rows))
        some_NP = known_NP[:FITTED_ON]
        rank = int(np.linalg.matrix_rank(some_NP - some_NP.mean(axis=0)))
        if rank == 0:
            raise DataError("figures want samples that differ; these are all the same")
        self.pca = features.fit(some_NP, components=min(COMPONENTS, rank))
        self.known_ND = self.pca.apply(known_NP)
        self.real_ND = self.known_ND[:REAL]
        self.distance = manifold.diversity(self.real_ND)
        self.labels = self.known.labels
        if len(state.model.classes) > MOST_CLASSES:
            self.labels = None
        # twins are no neighbours; of a set without end nothing is seen twice
        self.originals_ND = None if dataset.more else np.unique(self.known_ND, axis=0)
        self.real_copies = self._real_copies(state, unseen)
        self.has_bands = len(state.model.shape) >= 3 and min(state.model.shape[-2:]) >= LEAST_SIDE
        self.power, self.high, self.least = 0.0, 0.0, np.inf
        if self.has_bands:
            self.power, self.high = _powers(_signals(state, train, rows[:REAL]))

    def of_items(self, state: TrainState, items: np.ndarray) -> np.ndarray:
        """Their components, float32 (M, D)."""
        some = replace(self.known, items=items, labels=None)
        return self.pca.apply(self._cut(_signals(state, some, np.arange(len(items)))))

    def nearest(self, signal_M: np.ndarray) -> np.ndarray:
        """Of each sample (M, ...) the training item, among KNOWN, that it lies nearest to."""
        made_MD = self.pca.apply(self._cut([torch.from_numpy(signal_M)]))
        return self.known.items[_apart(made_MD, self.known_ND).argmin(dim=1).numpy()]

    def figures(self, signal_M: np.ndarray) -> Samples:
        """Of samples of different seeds, in the signal's unit (M, ...)."""
        made_MD = self.pca.apply(self._cut([torch.from_numpy(signal_M)]))
        few = min(NEIGHBOURS, len(self.real_ND) - 1, len(made_MD) - 1)
        found = manifold.prdc(self.real_ND, made_MD, k=few)
        return Samples(
            count=len(made_MD),
            distance=manifold.diversity(made_MD) / max(self.distance, 1e-12),
            coverage=found.coverage,
            precision=found.precision,
            classes=self._classes(made_MD),
            copies=self._copies(made_MD),
            real_copies=self.real_copies,
            **self._noise(signal_M),
        )

    def _classes(self, made_MD: np.ndarray) -> tuple[int, int] | None:
        """How many classes the nearest real samples are of, and how many as many real samples are of."""
        if self.labels is None:
            return None
        met = self.labels[_apart(made_MD, self.known_ND).argmin(dim=1).numpy()]
        return len(np.unique(met)), len(np.unique(self.labels[: len(made_MD)]))

    def _copies(self, made_MD: np.ndarray) -> float | None:
        if self.originals_ND is None or len(self.originals_ND) < 3:
            return None
        return _share_near_one(_apart(made_MD, self.originals_ND))

    def _real_copies(self, state: TrainState, unseen: Dataset | None) -> float:
        """Of held-out samples; where there are none, of training samples among each other."""
        if self.originals_ND is None or len(self.originals_ND) < 3:
            return 0.0
        if unseen is not None:
            signals = _signals(state, unseen, np.arange(min(len(unseen), REAL)))
            return _share_near_one(_apart(self.pca.apply(self._cut(signals)), self.originals_ND))
        some_ND = self.originals_ND[:REAL]
        return _share_near_one(_apart(some_ND, self.originals_ND).fill_diagonal_(torch.inf))

    def _noise(self, signal_M: np.ndarray) -> dict[str, float]:
        if not self.has_bands or self.power <= 0:
            return {}
        high = _powers([torch.from_numpy(signal_M)])[1]
        self.least = min(self.least, high)
        parts = {"noise": high, "real_noise": self.high, "least_noise": self.least}
        return {name: value / self.power for name, value in parts.items()}

    def _cut(self, pieces: Iterable[Tensor]) -> np.ndarray:
        """The values that are compared, float32 (N, P)."""
        return np.concatenate(
            [piece.flatten(1).float().numpy()[:, self.values] for piece in pieces]
        )


def _signals(state: TrainState, dataset: Dataset, rows: np.ndarray) -> Iterator[Tensor]:
    for start in range(0, len(rows), CHUNK):
        yield state.tokenizer.from_items(dataset.items[rows[start : start + CHUNK]], state.model)


def _powers(pieces: Iterable[Tensor]) -> tuple[float, float]:
    """Of a picture's grey values, all of them and those in the highest band: variance, a mean over pictures."""
    total, count = torch.zeros(()), 0
    for piece in pieces:
        pictures = bands.grey(piece.float()).flatten(end_dim=-3)
        pictures = pictures - pictures.mean(dim=(-2, -1), keepdim=True)
        total = total + torch.fft.fft2(pictures, norm="forward").abs().square().sum(dim=0)
        count += len(pictures)
    is_high = bands.frequencies(*total.shape) >= HIGH
    return float(total.sum()) / count, float(total[is_high].sum()) / count


def _apart(from_MD: np.ndarray, to_ND: np.ndarray) -> Tensor:
    """Distances (M, N)."""
    return torch.cdist(torch.from_numpy(from_MD).double(), torch.from_numpy(to_ND).double())


def _share_near_one(apart_MN: Tensor) -> float:
    first_M, second_M = apart_MN.topk(2, dim=1, largest=False)[0].T
    return float((first_M < COPY * second_M).float().mean())
