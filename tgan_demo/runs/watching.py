"""Looks at a run while it trains: samples of fixed seeds, G's attention on the first, what is wrong with it.

Knows the state and the data of a run, when it was looked at last and since when something is wrong; not the
queue, nothing on disk.
"""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import health, remedies, trainer
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import DataError
from tgan_demo.events import Health
from tgan_demo.modalities import registry
from tgan_demo.runs.figures import MADE, Reference
from tgan_demo.runs.quality import Quality
from tgan_demo.runs.record import Run
from tgan_demo.said import say

WATCH_S = 2.0  # between two looks, at least
WATCH_SHARE = 0.05  # of the time, at most
MEASURE_SHARE = 0.03  # of the time, at most, for figures of samples
FIRST_STEPS = 3  # until the first look
PAIRS = 8  # samples that are shown beside the training samples nearest to them
LOOKS = 2  # in a row that have to see a thing before it is told


class Watcher:
    """Reports to one run. `lock` guards its record and is not held while samples are drawn; `folder` is of the
    model that it starts from.
    """

    def __init__(
        self,
        run: Run,
        state: TrainState,
        dataset: Dataset,
        lock: threading.Condition,
        watch_s: float = WATCH_S,
        folder: Path | None = None,
    ) -> None:
        self.run, self.state, self.lock, self.watch_s = run, state, lock, watch_s
        self.cost_s, self.last, self.first_step = 0.0, time.perf_counter(), state.step + FIRST_STEPS
        self.dataset = dataset
        self.plan = registry.get(dataset.modality).plan
        self.check = self.plan.watch(dataset)
        self.lasting, self.lasting_of_samples = Lasting(), Lasting()
        self.reference: Reference | None = None  # of the size that the samples have now
        self.quality: Quality | None = None  # the same
        self.folder = folder
        self.scores: dict[str, float] = {}  # of G as it is now; empty: not scored at this look
        self.of_samples: list[Health] = []  # found when they were measured last
        self.past: list[
            tuple[int, health.Samples]
        ] = []  # samples that G had learned from, figures then
        self.measured, self.measuring_s, self.measured_step = 0.0, 0.0, state.step
        self.first = (state.step, self.nimg)  # of these settings that was watched

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
        looked = time.perf_counter()
        self.scores = {}
        self._measure(looked)
        measured = time.perf_counter() - looked
        verdict, found = self._judge(items)
        with self.lock:
            run.watched(sheet, attention.weights_LHNN, grid)
            run.health, run.findings = verdict, found
        self.first_step = None
        self.last = time.perf_counter()
        self.cost_s += 0.5 * (self.last - begun - measured - self.cost_s)

    def has_converged(self) -> bool:
        """Whether the run is to end here: its score has not become better for its share of the budget."""
        run, request = self.run, self.run.request
        patience = int(request.patience * run.images_total)
        if not request.until or not patience:
            return False
        with self.lock:
            if not run.scores.has_converged(request.until, self.nimg, patience):
                return False
            best_nimg, value, _ = run.scores.best[request.until]
            run.notes += (say("converged", score=request.until, value=value, n=f"{best_nimg:,}"),)
        return True

    def changed(self) -> None:
        """Settings were changed: what was seen before says nothing about them."""
        self.lasting, self.lasting_of_samples = Lasting(), Lasting()
        self.of_samples, self.past = [], []
        self.first = (self.state.step, self.nimg)

    def remedy(self, key: str) -> Mapping[str, tuple[object, object]]:
        """Setting -> (now, then) of what helps this run against a finding; empty: nothing does."""
        return remedies.remedy(
            key, self.state.train, lambda train: self.plan.augmentations(train, [])
        )

    @property
    def nimg(self) -> int:
        """Samples of this run."""
        return self.state.nimg - self.state.start_nimg

    @property
    def learned_nimg(self) -> int:
        """Samples since the game began, or since it was watched with these settings."""
        return self.nimg - max(self.state.train.warm_start, self.first[1])

    def _measure(self, now: float) -> None:
        """Figures of more samples than are shown, when they are due."""
        state, nimg = self.state, self.learned_nimg
        is_new = state.step > self.measured_step and nimg > 0 and not state.is_warm_start
        if not is_new or now - self.measured < self.measuring_s / MEASURE_SHARE:
            return
        if self.reference is None or self.reference.shape != state.model.shape:
            try:
                self.reference, self.past = Reference(state, self.dataset), []
                self.quality = Quality(state, self.dataset, self.reference, self.folder)
            except DataError:  # a run may learn them all the same
                self.measuring_s = math.inf
                return
            with self.lock:
                self.run.scores.begin(self.quality.features, MADE, self.quality.real)
            now = time.perf_counter()  # what is needed once says nothing of the next time
        samples, _ = trainer.watch(state, seeds=range(MADE))
        figures = self.reference.figures(samples.signal_B)
        before = next((old for at, old in reversed(self.past) if at <= nimg / 2), None)
        self.past.append((nimg, figures))
        assert self.quality is not None  # made with the reference
        items = state.tokenizer.to_items(torch.from_numpy(samples.signal_B))
        scores = self.scores = self.quality.scores(state, items)
        near = self.reference.nearest(samples.signal_B[:PAIRS])
        look = registry.get(state.model.modality).look
        sheets = [look.live(part, state.tokenizer, state.model) for part in (items[:PAIRS], near)]
        with self.lock:
            self.run.scores.add(self.nimg, scores)
            self.run.nearest = [sheet.source() for sheet in sheets]
        found = health.of_samples(figures, before, nimg=nimg, step=state.step - self.first[0])
        self.of_samples = self.lasting_of_samples.seen(found, state.step, self.nimg)
        self.measured_step, self.measured = state.step, time.perf_counter()
        self.measuring_s = self.measured - now

    def _judge(self, items: np.ndarray) -> tuple[Health, list[Health]]:
        """A verdict and what it is made of, the worst first: by the numbers, and by the samples themselves."""
        state, window, loss = self.state, self.run.window, self.state.train.loss
        found = health.of_players(window, loss=loss)
        if state.is_warm_start:
            found = [one for one in found if one.key == "nan"]
        elif state.train.warm_start and self.learned_nimg < health.SURE_NIMG:
            # D begins to learn when G is good already
            found = [one for one in found if one.key != "d_dead"]
        if self.check is not None and (own := self.check(items, self.nimg)) is not None:
            found.append(own)
        found = self.lasting.seen(found, state.step, self.nimg) + self.of_samples
        found = [replace(one, remedy=self.remedy(one.key)) for one in health.worst_first(found)]
        if found:
            return found[0], found
        if state.is_warm_start:
            return health.warm_start(), []
        if self.run.changes and not health.says_much(window):
            return health.changed(), []
        return health.well(window, loss=loss), []


class Lasting:
    """Since when each thing has been seen without a break. What is seen at one look alone is not told."""

    def __init__(self, looks: int = LOOKS) -> None:
        self.looks = looks
        self.since: dict[str, tuple[int, int, int]] = {}  # key -> step, nimg, looks since then

    def seen(self, found: Sequence[Health], step: int, nimg: int) -> list[Health]:
        """Of what this look found all that has lasted, each with when it began."""
        self.since = {
            one.key: (*begun[:2], begun[2] + 1)
            for one in found
            for begun in [self.since.get(one.key, (step, nimg, 0))]
        }
        told = (
            replace(one, since_step=self.since[one.key][0], since_nimg=self.since[one.key][1])
            for one in found
        )
        return [one for one in told if one.key == "nan" or self.since[one.key][2] >= self.looks]
