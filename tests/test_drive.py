"""One way to train: budgets in any unit, settled before the game and in it, saved on the way, held at will."""

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import ConfigError, QuotaError
from tgan_demo.events import BudgetSettled, NotSaved, RunFailed, RunFinished, Saved, StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import checkpoint, drive, speeds
from tgan_demo.runs.budget import GAME_COST, MAX_IMAGES, MOST, WARM_SHARE, Budget, check_budget
from tgan_demo.runs.curves import Curve
from tgan_demo.runs.request import RunRequest

MODEL = ModelConfig(shape=(1, 8, 8), width=32, depth=1, heads=2, z_dim=8)
TRAIN = TrainConfig(batch_size=4, precision="float32", images=40)
NOISE = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
DATA = Dataset("noise", NOISE, modality="image")


def begin(**changes: object) -> TrainState:
    return new_state(MODEL, replace(TRAIN, **changes), registry.tokenizer("image"))


def losses(events: list) -> list[tuple[float, float]]:
    return [(event.loss_d, event.loss_g) for event in events if isinstance(event, StepDone)]


def of(kind: type, events: list) -> list:
    return [event for event in events if isinstance(event, kind)]


def budget(amount: float, unit: str = "images", **more: object) -> Budget:
    return Budget(amount=amount, unit=unit, **more)


# --- budgets


def test_a_budget_is_one_number_for_everybody_and_refused_above_it() -> None:
    assert MOST["steps"] == MOST["images"] == 5_000_000
    for unit, most in MOST.items():
        assert check_budget(most, unit) == most
        with pytest.raises(ConfigError, match="a budget is 1 to"):
            check_budget(most + 1, unit)


def test_samples_and_steps_are_known_at_once_and_seconds_are_not() -> None:
    train = TrainConfig(batch_size=8, d_steps=2)
    assert budget(100).fixed(train) == 100 and budget(100, nimg=50).fixed(train) == 150
    assert budget(10, "steps").fixed(train) == 160 and budget(3).fixed(train) == 8
    assert budget(5e6, "steps").fixed(train) == MAX_IMAGES
    assert budget(60, "seconds").fixed(train) is None


def test_seconds_become_samples_at_the_speed_that_is_left_of_the_time() -> None:
    def settled(wanted: Budget, warm_start: int = 0, most_s: float = math.inf, **now: float) -> int:
        train = TrainConfig(warm_start=warm_start)
        values = {"nimg": 0, "seconds": 0.0, "speed": 100.0, "usable": 1.0} | now
        return wanted.settled(train, most_s=most_s, **values)

    assert settled(budget(10, "seconds")) == 1000
    assert settled(budget(10, "seconds"), nimg=200, seconds=4.0) == 800
    assert settled(budget(10, "seconds"), usable=0.5, seconds=2.0) == 300
    assert settled(budget(10, "seconds", nimg=500, seconds=5.0), nimg=500, seconds=5.0) == 1500
    # of the warm start's steps so many are enough for the rest of it, and the game's cost more
    assert settled(budget(10, "seconds"), warm_start=400) == 400 + int(600 / GAME_COST)
    assert settled(budget(10, "seconds"), warm_start=4000) == 1000
    assert settled(budget(10_000), most_s=20) == 2000, "cut to what the time allows"
    assert settled(budget(10, "seconds"), nimg=3000, seconds=99.0) == 3000, "never less than seen"


# --- the drive


def test_a_budget_in_samples_trains_as_the_bare_loop_does(tmp_path: Path) -> None:
    bare = losses(list(trainer.train_slice(begin(images=80), DATA)))
    for folder, most_s in ((None, math.inf), (tmp_path, 3600.0)):
        state = begin(images=7)
        events = list(
            drive.drive(state, DATA, budget(80), folder=folder, most_s=most_s, save_s=0.01)
        )
        assert losses(events) == bare and state.nimg == state.train.images == 80
        assert isinstance(events[-1], RunFinished)
    assert isinstance(events[-2], Saved) and len(of(Saved, events)) > 2
    assert checkpoint.load_state(tmp_path).nimg == 80


def test_without_a_budget_it_goes_on_to_what_the_settings_say() -> None:
    state = begin()
    events = list(drive.drive(state, DATA))
    assert state.nimg == 40 and not of(BudgetSettled, events)


def test_a_budget_in_seconds_ends_its_schedules_warm_start_or_not() -> None:
    for warm_start, times in ((0, 1), (80, 2)):
        state = begin(warm_start=warm_start)
        begun = time.monotonic()
        events = list(drive.drive(state, DATA, budget(3, "seconds")))
        assert time.monotonic() - begun < 30
        assert len(of(BudgetSettled, events)) == times
        assert of(BudgetSettled, events)[-1].images == state.train.images
        assert state.fraction == 1.0 and 0.5 < state.seconds < 12


def test_a_pause_is_not_counted_as_training() -> None:
    state, settled = begin(), []
    for event in drive.drive(state, DATA, budget(20, "seconds")):
        if isinstance(event, StepDone) and event.step < 12:
            time.sleep(0.05)  # as if held between two steps
        if isinstance(event, BudgetSettled):
            settled.append(event.images)
            break
    speed = state.nimg / state.seconds
    assert settled[0] > 0.4 * 20 * speed, (
        "half a second of waiting in ten steps would be most of it"
    )


def test_a_budget_is_cut_to_what_the_time_allows_and_says_so() -> None:
    state = begin()
    events = list(drive.drive(state, DATA, budget(1_000_000), most_s=1.5))
    first, last = of(BudgetSettled, events)
    assert first.images == 1_000_000 and not first.cut_to
    assert last.images == last.cut_to == state.train.images < 1_000_000


def test_a_slice_leaves_the_schedules_alone() -> None:
    state = begin(images=10**9)
    events = list(drive.drive(state, DATA, budget(24, is_slice=True)))
    assert state.nimg == 24 and state.train.images == 10**9 and isinstance(events[-1], RunFinished)
    list(drive.drive(state, DATA, budget(1, "seconds", nimg=24, is_slice=True)))
    assert state.nimg > 24 and state.train.images == 10**9


def test_it_may_be_left_after_any_event_and_taken_up_again() -> None:
    whole, parts = begin(), begin()
    expected = losses(list(drive.drive(whole, DATA, budget(40))))
    first = drive.drive(parts, DATA, budget(40))
    some = [next(first) for _ in range(5)]
    first.close()
    rest = list(drive.drive(parts, DATA, budget(40), is_settled=True))
    assert losses(some) + losses(rest) == expected


def test_a_full_disk_is_told_and_training_goes_on(tmp_path: Path) -> None:
    asked: list[int] = []

    def room(nbytes: int) -> None:
        asked.append(nbytes)
        raise QuotaError("your share of the disk is full")

    state = begin()
    events = list(drive.drive(state, DATA, budget(40), folder=tmp_path, room=room, save_s=0.0))
    told = of(NotSaved, events)
    assert "your share of the disk" in told[-1].cause and "is kept" in told[-1].cause
    assert state.nimg == 40 and not of(Saved, events) and asked[0] > 10_000
    assert not list(tmp_path.iterdir())


def test_a_step_that_is_no_number_ends_it_with_the_last_good_state_on_disk(tmp_path: Path) -> None:
    state, tokenizer = begin(), registry.tokenizer("image")
    events = []
    for event in drive.drive(state, DATA, budget(40), folder=tmp_path):
        events.append(event)
        if isinstance(event, StepDone) and event.step == 3:
            broken = {"from_items": lambda self, *x: tokenizer.from_items(*x) * math.nan}
            state.tokenizer = type("Broken", (type(tokenizer),), broken)()
    assert isinstance(events[-1], RunFailed) and isinstance(events[-2], Saved)
    again = checkpoint.load_state(tmp_path)
    assert again.step == 3 and all(torch.isfinite(p).all() for p in again.G.parameters())


# --- a warm start in a short budget


def test_a_warm_start_leaves_two_thirds_of_the_samples_to_the_game() -> None:
    state = begin(warm_start=6000)
    events = list(drive.drive(state, DATA, budget(120, warm_share=WARM_SHARE)))
    steps = of(StepDone, events)
    assert [event.is_warm_start for event in steps] == [True] * 10 + [False] * 20
    assert of(BudgetSettled, events)[0].warm_start == state.train.warm_start == 40


def test_a_warm_start_leaves_two_thirds_of_the_seconds_to_the_game() -> None:
    state = begin(warm_start=1_000_000)
    events = list(drive.drive(state, DATA, budget(4, "seconds", warm_share=WARM_SHARE)))
    steps = of(StepDone, events)
    warm = [event for event in steps if event.is_warm_start]
    assert 0 < warm[-1].seconds < 0.5 * steps[-1].seconds and not state.is_warm_start
    assert of(BudgetSettled, events)[-1].warm_start == state.train.warm_start


def test_a_warm_start_that_was_asked_for_is_kept() -> None:
    asked = RunRequest(train_settings={"warm_start": 80}, budget=100, unit="images").wanted
    assert (asked.warm_share, RunRequest().wanted.warm_share) == (1.0, WARM_SHARE)
    state = begin(warm_start=80)
    events = list(drive.drive(state, DATA, asked))
    assert state.train.warm_start == 80 and not of(BudgetSettled, events)[0].warm_start


def test_in_a_warm_start_d_has_no_numbers_in_the_curves() -> None:
    curve = Curve()
    for event in drive.drive(begin(warm_start=20), DATA, budget(40)):
        if isinstance(event, StepDone):
            curve.add(event, event.nimg)
    columns = curve.columns()
    for name in ("d_real", "d_fake", "accuracy", "loss_d", "grad_d", "gamma"):
        assert [value is None for value in columns[name]] == [True] * 5 + [False] * 5, name
    assert None not in columns["loss_g"] + columns["grad_g"]


# --- what a budget will come to


def test_a_forecast_is_what_the_drive_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speeds, "_rates", {})
    for wanted in (budget(4, "seconds", warm_share=WARM_SHARE), budget(200), budget(20, "steps")):
        state = begin(warm_start=1_000_000 if wanted.unit == "seconds" else 0)
        list(drive.drive(state, DATA, replace(wanted)))  # measures
        tokens = state.tokenizer.tokens(MODEL).count
        train = replace(TRAIN, warm_start=1_000_000 if wanted.unit == "seconds" else 0)
        told = speeds.forecast(wanted, MODEL, train, tokens)
        if wanted.unit == "seconds":
            assert 0.3 < told.images / state.nimg < 3 and told.reaches_game and told.is_shortened
            assert told.warm_seconds == pytest.approx(4 / 3, rel=0.1)
        else:
            assert told.images == state.nimg


def test_a_forecast_says_when_d_would_never_play(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = 100 * speeds.work(MODEL, 4)
    monkeypatch.setattr(speeds, "_rates", {("image", True): 3 * rate, ("image", False): rate})
    train = replace(TRAIN, warm_start=6000)
    told = speeds.forecast(budget(20, "seconds"), MODEL, train, 4)
    assert not told.reaches_game and (told.images, told.warm_start) == (6000, 6000)
    assert told.least == 40  # as much for the game
    told = speeds.forecast(budget(20, "seconds", warm_share=WARM_SHARE), MODEL, train, 4)
    assert told.reaches_game and told.is_shortened and told.least == pytest.approx(60)
    assert told.images == pytest.approx(2000 + 1333, abs=2)
    told = speeds.forecast(budget(9000), MODEL, train, 4)
    assert told.seconds == pytest.approx(20 + 30) and not told.is_shortened


def test_a_machine_that_has_not_trained_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: dict = {}
    monkeypatch.setattr(speeds, "_rates", rates)
    assert speeds.known(MODEL, 4, is_warm_start=False) > 0
    assert speeds.known(MODEL, 4, is_warm_start=True) == pytest.approx(
        GAME_COST * speeds.known(MODEL, 4, is_warm_start=False)
    )
    assert list(rates) == [(speeds.TRIED, False)]
    list(drive.drive(begin(), DATA, budget(400), most_s=100.0))
    assert ("image", False) in rates, "the run's own speed is what the next forecast goes by"
