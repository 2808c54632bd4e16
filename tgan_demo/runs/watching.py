"""Looks at a run while it trains: samples of fixed seeds, G's attention on the first, and a verdict.

Knows the state and the data of a run and when it was looked at last; not the queue, nothing on disk.
"""

import threading
import time

import numpy as np
import torch

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import health, trainer
from tgan_demo.engine.game.state import TrainState
from tgan_demo.events import Health
from tgan_demo.modalities import registry
from tgan_demo.runs.record import Run

WATCH_S = 2.0  # between two looks, at least
WATCH_SHARE = 0.05  # of the time, at most; the promise is 7 % with the curves
FIRST_STEPS = 3  # until the first look
REAL = 64  # samples that diversity is compared with
CLIP_QUALITY = 92  # of the live clips, in WebP: no difference that one could see at this size


class Watcher:
    """Reports to one run. `lock` guards its record and is not held while samples are drawn."""

    def __init__(
        self,
        run: Run,
        state: TrainState,
        dataset: Dataset,
        lock: threading.Condition,
        watch_s: float = WATCH_S,
    ) -> None:
        self.run, self.state, self.lock, self.watch_s = run, state, lock, watch_s
        self.cost_s, self.last, self.first_step = 0.0, time.perf_counter(), state.step + FIRST_STEPS
        rows = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0))[:REAL]
        real = state.tokenizer.from_items(dataset.items[rows.numpy()], state.model)
        self.real_diversity = health.diversity(real.numpy())
        self.check = registry.get(dataset.modality).plan.watch(dataset)

    def is_due(self) -> bool:
        if self.first_step is not None:
            return self.state.step >= self.first_step
        return time.perf_counter() - self.last > max(self.watch_s, self.cost_s / WATCH_SHARE)

    def look(self) -> None:
        begun = time.perf_counter()
        state, run = self.state, self.run
        samples, attention = trainer.watch(state)
        items = state.tokenizer.to_items(torch.from_numpy(samples.signal_B))
        grid = state.tokenizer.tokens(state.model).grid
        sheet = registry.get(state.model.modality).look.live(items, state.tokenizer, state.model)
        verdict = self._judge(items, health.diversity(samples.signal_B))
        with self.lock:
            run.watched(sheet, attention.weights_LHNN, grid)
            run.health = verdict
        self.first_step = None
        self.last = time.perf_counter()
        self.cost_s += 0.5 * (self.last - begun - self.cost_s)

    def _judge(self, items: np.ndarray, diversity: float) -> Health:
        """The worse of what the numbers say and what the samples themselves do."""
        state = self.state
        seen = state.nimg - state.start_nimg
        verdict = health.judge(
            self.run.window,
            loss=state.train.loss,
            diversity=diversity,
            real_diversity=self.real_diversity,
        )
        is_early = seen - state.train.warm_start < health.COLLAPSE_SURE_NIMG
        if state.is_warm_start and verdict.key != "nan":
            verdict = health.warm_start()
        elif verdict.key == "d_dead" and state.train.warm_start and is_early:
            verdict = health.judge(())  # D begins to learn when G is good already
        alarm = self.check(items, seen) if self.check is not None else None
        return alarm if alarm is not None and verdict.level != "bad" else verdict
