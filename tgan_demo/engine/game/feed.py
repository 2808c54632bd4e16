"""Real samples for a run, where the run is: fetched and made a signal anew on the CPU, on a GPU once.

Data too large for that, and sets without end, are read ahead on a GPU, by a thread, into memory that the GPU
copies from by itself.

Axes: B batch; "..." the signal's own.
"""

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game.state import TrainState

RESIDENT = 4 << 30  # bytes of signals that may lie on a GPU
CHUNK = 1024  # samples
HELD_OUT = 0.1  # of the data at most, never trained on, so that D can be asked about unseen samples
MANY_HELD_OUT = 256  # samples; more are not held out
WORTH_IT = 500  # samples; of fewer none are, unless the augmentation's strength is steered by them

Picked = tuple[Tensor, Tensor | None]  # a batch's signal and its classes


def rows(state: TrainState, dataset: Dataset, index_B: np.ndarray) -> Picked:
    """These samples as a signal, and their classes where both the model and the data have some."""
    signal = state.tokenizer.from_items(dataset.items[index_B], state.model).to(state.device)
    if not state.model.classes or dataset.labels is None:
        return signal, None
    return signal, torch.from_numpy(dataset.labels[index_B]).to(state.device)


def way(device: str, size: float) -> str:
    """How signals of so many bytes come to the device: "anew", "once" or "ahead"."""
    return "anew" if device == "cpu" else "once" if size <= RESIDENT else "ahead"


class Feed:
    """Batches of a data set, drawn by chance; of each, the rows of the state's rank.

    A batch of a set without end is made whole in every process: which samples come depends on how many.
    """

    def __init__(self, state: TrainState, dataset: Dataset, *, how: str = "") -> None:
        self.state, self.dataset = state, dataset
        size = 4 * math.prod(state.model.shape) * len(dataset)
        size = size if dataset.more is None else math.inf
        self.how = how or way(state.device, size)
        if self.how == "once":
            self.signal, self.labels = _all(state, dataset)
        if self.how == "ahead":
            self.worker = ThreadPoolExecutor(1, thread_name_prefix="feed")
            self.last = (-1, 0)  # step, and which of its batches
            self.next: tuple[tuple[int, int], Future[Picked]] | None = None

    def pick(self) -> Picked:
        """A batch. The index is drawn from the run's stream; of one read ahead from its seed and step."""
        if self.how == "ahead":
            return self._ahead()
        state, size, where = self.state, self.state.train.batch_size, self.state.rng.device
        if self.dataset.more is not None:
            seed = int(torch.randint(2, 2**40, (1,), generator=state.rng, device=where))
            return rows(state, _new(self.dataset, size, seed), state.ranks.own(np.arange(size)))
        index_B = torch.randint(len(self.dataset), (size,), generator=state.rng, device=where)
        index_B = state.ranks.own(index_B)
        if self.how == "anew":
            return rows(state, self.dataset, index_B.cpu().numpy())
        labels_B = None if self.labels is None else self.labels[index_B]
        return self.signal[index_B], labels_B

    def _ahead(self) -> Picked:
        step, turn = self.state.step, 0
        if self.last[0] == step:
            turn = self.last[1] + 1
        self.last = this = (step, turn)
        if self.next is None or self.next[0] != this:
            self.next = this, self.worker.submit(self._fetch, this)
        picked = self.next[1].result()
        is_last = turn + 1 >= self.state.train.d_steps
        then = (step + 1, 0) if is_last else (step, turn + 1)
        self.next = then, self.worker.submit(self._fetch, then)
        device = self.state.device
        signal, labels_B = (None if t is None else t.to(device, non_blocking=True) for t in picked)
        assert signal is not None
        return signal, labels_B

    def _fetch(self, this: tuple[int, int]) -> Picked:
        """On the CPU, without the run's stream: what is read ahead is not drawn yet when the run is saved."""
        state, dataset, size = self.state, self.dataset, self.state.train.batch_size
        rng = np.random.default_rng((state.train.seed, *this))
        if dataset.more is None:
            dataset = dataset.rows(state.ranks.own(rng.integers(len(dataset), size=size)))
        else:
            dataset = _new(dataset, size, int(rng.integers(2, 2**40)))
            dataset = dataset.rows(state.ranks.own(np.arange(size)))
        signal = state.tokenizer.from_items(dataset.items, state.model)
        labels_B = None
        if state.model.classes and dataset.labels is not None:
            labels_B = torch.from_numpy(dataset.labels)
        if state.device == "cpu":
            return signal, labels_B
        return signal.pin_memory(), None if labels_B is None else labels_B.pin_memory()


def _new(dataset: Dataset, size: int, seed: int) -> Dataset:
    """So many of a set without end."""
    assert dataset.more is not None
    items, labels = dataset.more(size, seed)
    return replace(dataset, items=items, labels=labels)


def _all(state: TrainState, dataset: Dataset) -> Picked:
    signal = torch.empty(len(dataset), *state.model.shape, device=state.device)
    for start in range(0, len(dataset), CHUNK):
        chosen = slice(start, start + CHUNK)
        signal[chosen] = state.tokenizer.from_items(dataset.items[chosen], state.model)
    if not state.model.classes or dataset.labels is None:
        return signal, None
    return signal, torch.from_numpy(dataset.labels).to(state.device)


def split(dataset: Dataset, train: TrainConfig) -> tuple[Dataset, Dataset | None]:
    """Training and held-out part; None where there are too few samples to hold any out."""
    least = 20 if train.auto_augment else WORTH_IT
    if len(dataset) < least:
        return dataset, None
    # scattered, for files often come sorted by class
    order = np.random.default_rng(0).permutation(len(dataset))
    cut = min(MANY_HELD_OUT, max(2, round(len(dataset) * HELD_OUT)))
    parts = [
        replace(
            dataset,
            items=dataset.items[part],
            labels=None if dataset.labels is None else dataset.labels[part],
        )
        for part in (np.sort(order[cut:]), order[:cut])
    ]
    return parts[0], replace(parts[1], more=None)
