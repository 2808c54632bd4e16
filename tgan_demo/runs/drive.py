"""Train a run to the end of its budget: the one loop that the page, the command line and recipes go through.

`drive` measures the speed, settles the budget in samples, trains, saves, and yields what happened. Whoever
drives looks at the events and may wait between two of them, or leave: a pause is not counted as training.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import growing, trainer
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import QuotaError
from tgan_demo.events import BudgetSettled, Event, NotSaved, RunFailed, RunFinished, Saved, StepDone
from tgan_demo.files.disk import not_saved
from tgan_demo.runs import checkpoint, plan, speeds
from tgan_demo.runs.budget import MAX_IMAGES, Budget

SAVE_S = 30.0  # between two checkpoints, at least
SAVE_SHARE = 0.02  # of the time, at most
FIRST_STEPS = 3  # are slow
MEASURE_STEPS = 10

Room = Callable[[int], None]  # asked for bytes on the disk; raises QuotaError


def drive(
    state: TrainState,
    dataset: Dataset,
    budget: Budget | None = None,
    *,
    folder: Path | None = None,
    room: Room | None = None,
    save_s: float = SAVE_S,
    usable: float = 1.0,
    most_s: float = math.inf,
    is_settled: bool = False,
    stop: Callable[[], object] = bool,
) -> Iterator[Event]:
    """Train until the budget is used up or a stop is asked for. The last event is RunFinished or RunFailed;
    before it the state was saved, unless a step left weights that are no numbers.

    Args:
        budget: None: as many samples as `state.train` says.
        folder: where the state is saved, as a checkpoint; None: nowhere.
        usable: share of the time that is left for steps, where the caller does other things too.
        most_s: seconds that the run may take, whatever the budget's unit; the budget is cut to them.
        is_settled: `state.train.images` is this budget's already; of a run that goes on after a stop.
        stop: looked at after each step; true ends the drive as if its budget were used up. Where several
            processes train together it must say the same in all, and only rank 0 has a folder.
    """
    settler = _Settler(state, budget, usable, most_s, is_settled)
    end: Event | None = None
    is_stopped = False
    due = time.monotonic() + save_s
    if (event := settler.begin()) is not None:
        yield event
    for event in trainer.train_slice(state, dataset):
        if not isinstance(event, StepDone):
            end = event
            break
        yield event
        if (settled := settler.stepped(event)) is not None:
            yield settled
            due = time.monotonic()
        if time.monotonic() >= due and folder is not None:
            begun = time.monotonic()
            yield save(state, folder, room)
            now = time.monotonic()
            due = now + max(save_s, (now - begun) / SAVE_SHARE)
        if is_stopped := bool(stop()):
            break
        if state.ranks.most(settler.is_over()):
            break
    if folder is not None and (not isinstance(end, RunFailed) or _is_finite(state)):
        yield save(state, folder, room)
    yield end or RunFinished(nimg=state.nimg, seconds=state.seconds, is_stopped=is_stopped)


def take_up(folder: Path, dataset: Dataset | None) -> tuple[TrainState, Dataset]:
    """A run as it was saved, and its data fitted to its model again; where they are gone, one empty sample."""
    state = checkpoint.load_state(folder)
    if dataset is not None:
        return state, plan.refit(growing.full(state), dataset, state.tokenizer)
    nothing = state.tokenizer.to_items(torch.zeros(1, *state.model.shape))
    return state, Dataset("deleted data", nothing, modality=state.model.modality)


def save(state: TrainState, folder: Path, room: Room | None = None) -> Saved | NotSaved:
    """A checkpoint in `folder`; what kept it from being written. The last one stays until it is whole."""
    try:
        if room is not None:
            known = folder / checkpoint.STATE
            had = known.stat().st_size if known.is_file() else 0
            room(max(0, checkpoint.size_of(state) - had))
        checkpoint.save_state(state, folder)
    except (OSError, SafetensorError, QuotaError) as error:
        return NotSaved(nimg=state.nimg, cause=not_saved(error))
    return Saved(nimg=state.nimg, path=folder)


class _Settler:
    """Puts the budget into `state.train.images`, over which the schedules run.

    Of samples or steps it is known at once, and cut when the speed is known; seconds want the speed. The
    warm start has a speed of its own, so after it both are looked at again.
    """

    def __init__(
        self,
        state: TrainState,
        budget: Budget | None,
        usable: float,
        most_s: float,
        is_settled: bool,
    ) -> None:
        self.state, self.budget, self.usable, self.most_s = state, budget, usable, most_s
        self.is_settled = is_settled or budget is None or budget.is_slice
        self.wants_speed = budget is not None and not budget.is_slice
        self.wants_speed &= math.isfinite(most_s) or (
            budget is not None and budget.unit == "seconds"
        )
        self.in_warm_start, self.stage = state.is_warm_start, state.stage
        self.begun = time.monotonic()
        self.gauge: _Gauge | None = None
        self.shortened = 0  # samples of a warm start that was cut

    def begin(self) -> BudgetSettled | None:
        """What is known before the first step."""
        if self.is_settled or self.budget is None:
            return None
        self._measure()
        images = self.budget.fixed(self.state.train)
        if images is None:
            return None
        self._shorten(self.budget.nimg + int(self.budget.warm_share * (images - self.budget.nimg)))
        return self._set(images)

    def stepped(self, event: StepDone) -> BudgetSettled | None:
        state = self.state
        if self.in_warm_start and not state.is_warm_start:
            self.in_warm_start, self.stage = False, state.stage
            if self.wants_speed:
                self._measure()
            return None
        if self.stage != state.stage:  # of another size, so of another speed
            self.stage = state.stage
            if self.wants_speed:
                self._measure()
            return None
        if self.gauge is None or not (speed := self.gauge.speed(event)):
            return None
        self.gauge = None
        assert self.budget is not None
        speeds.learn(self.state, speed)
        now = {"nimg": self._nimg(), "seconds": self.state.seconds, "usable": self.usable}
        if self.in_warm_start and self.budget.unit == "seconds":
            self._shorten(self.budget.warm_limit(speed=speed, **now))
        return self._set(
            self.budget.settled(self.state.train, speed=speed, most_s=self.most_s, **now)
        )

    def _shorten(self, limit: int) -> None:
        """The warm start, to so many samples of the run."""
        state = self.state
        if self.in_warm_start and limit < state.train.warm_start:
            self.shortened = max(limit, self._nimg(), 1)
            state.train = replace(state.train, warm_start=self.shortened)

    def is_over(self) -> bool:
        """Of a slice, which leaves the schedules alone, and so ends by itself."""
        budget = self.budget
        if budget is None or not budget.is_slice:
            return False
        if budget.unit == "seconds":
            return time.monotonic() - self.begun >= budget.amount
        return self._nimg() >= (budget.fixed(self.state.train) or 0)

    def _measure(self) -> None:
        """Look at the next steps; a budget in seconds is out of the way meanwhile."""
        budget, state = self.budget, self.state
        assert budget is not None
        in_seconds = budget.unit == "seconds"
        if in_seconds:
            state.planned_images = state.planned_images or state.train.images
            state.train = replace(state.train, images=self._nimg() + MAX_IMAGES)
        if self.wants_speed:
            self.gauge = _Gauge(state.seconds, budget.amount if in_seconds else self.most_s)

    def _set(self, images: int) -> BudgetSettled:
        state, budget = self.state, self.budget
        assert budget is not None
        asked = budget.fixed(state.train)
        state.train, state.planned_images = replace(state.train, images=images), 0
        cut = images - budget.nimg if asked is not None and images < asked else 0
        return BudgetSettled(images=images, cut_to=cut, warm_start=self.shortened)

    def _nimg(self) -> int:
        return self.state.nimg - self.state.start_nimg


class _Gauge:
    """The speed over some ten steps, after the first ones, which are slow."""

    def __init__(self, seconds: float, budget_s: float) -> None:
        self.begun: tuple[int, float] | None = None  # (samples, seconds) when measuring began
        self.steps, self.seconds, self.budget_s = 0, seconds, budget_s

    def speed(self, event: StepDone) -> float:
        """Samples a second of training; 0 until it is known."""
        self.steps += 1
        spent = event.seconds - self.seconds
        if self.begun is None:
            if self.steps >= FIRST_STEPS or spent > self.budget_s / 10:
                self.begun, self.steps, self.seconds = (event.nimg, event.seconds), 0, event.seconds
            return 0.0
        if self.steps < MEASURE_STEPS and spent <= min(self.budget_s / 5, 10.0):
            return 0.0
        nimg, seconds = self.begun
        return max(1.0, (event.nimg - nimg) / max(1e-9, event.seconds - seconds))


def _is_finite(state: TrainState) -> bool:
    """A step that goes wrong changes nothing, so this is the last good state, unless it was loaded so."""
    return all(torch.isfinite(p).all() for net in (state.G, state.D) for p in net.parameters())
