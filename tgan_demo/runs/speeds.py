"""How fast this machine trains, measured: by the runs that it has done, before the first one by a short trial.

What is kept is work a second, so that one run tells something of the next, whose networks are of another
size. Of a process, which is one machine's; nothing is written to disk.

Axes: B batch, N tokens.
"""

import threading
from dataclasses import dataclass

import numpy as np

from tgan_demo.config import FIRST_PRESET, PRESETS, ModelConfig, TrainConfig, merge
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs.budget import GAME_COST, MAX_IMAGES, MAX_SECONDS, Budget

TRIAL_STEPS = 3  # after one that is slow
TRIAL_SIDE = 28  # pixels
TRIED = "trial"  # in the place of a modality's name

_lock = threading.Lock()
_rates: dict[tuple[str, bool], float] = {}  # (modality, in the warm start) -> work a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a budget comes to. Samples and seconds of training."""

    images: int
    seconds: float
    warm_start: int  # samples of it that belong to the warm start
    warm_seconds: float
    speed: float  # samples a second in the game; in the warm start where there is no game
    is_shortened: bool  # the warm start, to leave time for the game
    reaches_game: bool
    least: float  # budget, in its own unit, for a whole warm start and at least as much of the game


def work(model: ModelConfig, tokens: int) -> float:
    """What one sample costs, in multiply-adds of a block's matrices and of its attention."""
    return tokens * model.depth * (12.0 * model.width**2 + 2.0 * tokens * model.width)


def learn(state: TrainState, speed: float) -> None:
    """A run was measured: `speed` samples a second, in the warm start or in the game."""
    tokens = state.tokenizer.tokens(state.model).count
    key = (state.model.modality, state.is_warm_start)
    _rates[key] = speed * work(state.model, tokens)


def known(model: ModelConfig, tokens: int, *, is_warm_start: bool) -> float:
    """Samples a second of such a run; the nearest measurement, or else a trial, which takes a second."""
    with _lock:
        if not _rates:
            _try()
    for modality in (model.modality, TRIED, *(name for name, _ in _rates)):
        for phase in (is_warm_start, not is_warm_start):
            if rate := _rates.get((modality, phase)):
                cost = (
                    1.0 if phase == is_warm_start else GAME_COST if is_warm_start else 1 / GAME_COST
                )
                return cost * rate / work(model, tokens)
    raise AssertionError("a trial leaves a rate")


def forecast(
    budget: Budget, model: ModelConfig, train: TrainConfig, tokens: int, *, usable: float = 1.0
) -> Forecast:
    """What `budget` comes to for a run from its beginning, as drive.drive will settle it."""
    warm_speed = usable * known(model, tokens, is_warm_start=True)
    speed = usable * known(model, tokens, is_warm_start=False)
    fixed = budget.fixed(train)
    most_s = MAX_SECONDS if budget.unit != "seconds" else min(budget.amount, MAX_SECONDS)
    if fixed is None:
        limit = budget.warm_limit(nimg=0, seconds=0.0, speed=warm_speed / usable, usable=usable)
    else:
        limit = int(budget.warm_share * fixed)
    warm = min(train.warm_start, limit)
    possible = min(MAX_IMAGES, int(most_s * warm_speed))
    if warm < possible:
        possible = min(MAX_IMAGES, warm + int((most_s - warm / warm_speed) * speed))
    images = max(train.batch_size, possible if fixed is None else min(fixed, possible))
    game = max(0, images - warm)
    warm_s = (images - game) / warm_speed
    times = 2 if budget.warm_share == 1 else 1 / budget.warm_share
    wanted = times * train.warm_start  # samples, each as slow as one of the warm start
    per_unit = train.batch_size * train.d_steps if budget.unit == "steps" else 1
    return Forecast(
        images=images,
        seconds=warm_s + game / speed,
        warm_start=images - game,
        warm_seconds=warm_s,
        speed=speed if game else warm_speed,
        is_shortened=warm < train.warm_start,
        reaches_game=game > 0,
        least=wanted / (warm_speed if budget.unit == "seconds" else per_unit),
    )


def _try() -> None:
    """Some steps of the first preset on noise, as most of its steps are: with exact penalties."""
    model_settings, train_settings = PRESETS[FIRST_PRESET]
    shape = (1, TRIAL_SIDE, TRIAL_SIDE)
    model = merge(ModelConfig(shape=shape), model_settings)
    train = merge(TrainConfig(), train_settings | {"penalty": "exact"})
    noise = np.random.default_rng(0).integers(0, 256, (64, TRIAL_SIDE, TRIAL_SIDE, 1), np.uint8)
    state = new_state(model, train, registry.tokenizer(model.modality))
    data = Dataset("noise", noise, modality=model.modality)
    steps = [
        e
        for e in trainer.train_slice(state, data, steps=1 + TRIAL_STEPS)
        if isinstance(e, StepDone)
    ]
    speed = TRIAL_STEPS * train.batch_size / max(1e-9, steps[-1].seconds - steps[0].seconds)
    _rates[TRIED, False] = speed * work(model, state.tokenizer.tokens(model).count)
