"""Settings of a run that are changed while it trains: what is taken, what is refused, and the way back."""

import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from test_jobs import QUICK, Place, place, quick_on_a_busy_machine

from tgan_demo import config
from tgan_demo.config import FIXED, ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.runs import changes, checkpoint, command
from tgan_demo.runs.changes import Kept
from tgan_demo.runs.request import RunRequest

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures

MODEL = ModelConfig(shape=(1, 8, 8), patch=4, overlap=0, width=32, depth=1, heads=2, z_dim=8)
OTHER: dict[str, object] = {  # than a run begins with
    "batch_size": 6, "d_steps": 2, "lr_g": 1e-3, "lr_d": 2e-3, "lr_end": 0.5, "warmup_steps": 3,
    "loss": "hinge", "r1_gamma": 2.0, "r2_gamma": 0.0, "penalty": "exact", "sigma": 0.2,
    "sigma_min": 0.02, "penalty_share": 0.5, "gp_weight": 1.0, "centring": 0.1, "local_weight": 2.0,
    "local_gamma": 2.0, "local_focus": 2.0, "local_noise": 0.1,
    "gamma_end": 0.5, "auto_gamma": False, "augment": ("cutout",),
    "augment_p": 0.5, "auto_augment": True, "ema_halflife": 100.0, "ema_ramp": 0.5,
    "warm_start_kl": 0.1, "continuity": 1.0, "clip": 2.0, "reconstruction_weight": 3.0,
}  # fmt: skip
BASE = TrainConfig(precision="float32", batch_size=4, reconstruction_weight=1.0)
KEPT = Kept(MODEL, 4, has_encoder=True)
ITEMS = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), np.uint8)
DATA = Dataset("x", ITEMS, modality="image")


def begun(steps: int = 2, model: ModelConfig = MODEL, **settings: object) -> TrainState:
    state = new_state(model, config.merge(BASE, settings), registry.tokenizer("image"))
    train(state, steps)
    return state


def train(state: TrainState, steps: int) -> None:
    assert len([*trainer.train_slice(state, DATA, steps=steps)]) == steps


def test_every_setting_is_fixed_or_can_be_changed() -> None:
    assert set(OTHER) == set(changes.CHANGEABLE)
    assert {*changes.CHANGEABLE, *FIXED} == set(config.names(TrainConfig))


@pytest.mark.parametrize("name", OTHER)
def test_a_setting_is_changed_between_two_steps_and_the_run_resumes_exactly(
    name: str, tmp_path: Path
) -> None:
    state = begun()
    then = changes.check(state.train, {name: OTHER[name]}, Kept.of(state))
    assert then == {name: OTHER[name]}
    assert changes.put(state, then) == {name: (getattr(BASE, name), OTHER[name])}
    train(state, 1)
    checkpoint.save_state(state, tmp_path)
    again = checkpoint.load_state(tmp_path)
    for run in (state, again):
        train(run, 2)
    assert again.train == state.train and getattr(again.train, name) == OTHER[name]
    for one, other in zip(state.G.parameters(), again.G.parameters(), strict=True):
        assert torch.isfinite(one).all() and torch.equal(one, other)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "wants settings"),
        ({"lr_g": "fast"}, "lr_g wants float"),
        ({"lr_g": float("nan")}, "lr_g"),
        ({"batch_size": 1}, "batch_size must be 2 to 512"),
        ({"batch_size": 500}, "at most 256"),
        ({"loss": "love"}, "no loss"),
        ({"learning": 1}, "no setting"),
        ({"precision": "bfloat16"}, "fixed"),
        ({"seed": 3}, "fixed"),
        ({"lr_g": BASE.lr_g}, "already"),
        ({"r1_gamma": -1}, "r1_gamma must be"),
    ],
)
def test_nonsense_is_refused_with_what_was_wanted(settings: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        changes.check(BASE, settings, KEPT)


def test_what_wants_another_network_or_modality_is_refused() -> None:
    with pytest.raises(ConfigError, match="encoder"):
        changes.check(
            TrainConfig(), {"reconstruction_weight": 1}, Kept(MODEL, 4, has_encoder=False)
        )
    points = ModelConfig(modality="points", shape=(2,), patch=1, overlap=0)
    with pytest.raises(ConfigError, match="points cannot be changed so"):
        changes.check(TrainConfig(), {"augment": "cutout"}, Kept(points, 2, has_encoder=False))


def test_the_way_back_is_taken_step_by_step() -> None:
    made = [
        {"key": "by hand", "settings": {"lr_g": [1, 2]}},
        {"key": "d_wins", "settings": {"lr_d": [3, 4]}},
        {"key": "budget", "settings": {"budget": [900, "+ 3 seconds"]}},
        {"key": "budget", "settings": {"budget": ["", "+ 3 seconds"]}},
    ]
    assert changes.last(made, nimg=899) == (2, {"budget": 900})
    assert changes.last(made, nimg=900) == (1, {"lr_d": 3})  # it is used up
    del made[2]
    assert changes.last(made) == (1, {"lr_d": 3})
    made.append({"key": "undo", "settings": {"lr_d": [4, 3]}, "undoes": 1})
    assert changes.last(made) == (0, {"lr_g": 1})
    made.append({"key": "by hand", "settings": {"lr_g": [2, 5]}})
    assert changes.last(made) == (4, {"lr_g": 2})
    made += [
        {"key": "undo", "settings": {}, "undoes": 4},
        {"key": "undo", "settings": {}, "undoes": 0},
    ]
    with pytest.raises(ConfigError, match="nothing was changed"):
        changes.last(made)


def test_a_running_run_is_changed_and_changed_back(place: Place) -> None:
    run, jobs, visitor = place.start(1_000_000), place.jobs, place.visitor
    began = place.until(run, lambda s: s["train"] is not None and s["step"] > 2)
    assert began["train"]["lr_g"] == QUICK.get("lr_g", TrainConfig().lr_g)
    assert "#" not in began["command"]
    jobs.change(visitor, run, {"lr_g": 3e-4, "batch_size": 8}, seen=0)
    place.until(run, lambda s: len(s["changes"]) == 1)
    with pytest.raises(ConfigError, match="lr_g wants float"):
        jobs.change(visitor, run, {"lr_g": "x"})
    with pytest.raises(ConfigError, match="changed meanwhile"):  # another page knows of none
        jobs.change(visitor, run, {"lr_g": 2e-4}, seen=0)
    with pytest.raises(ConfigError, match="changed meanwhile"):
        jobs.change(visitor, run, seen=0)
    now = place.until(run, lambda s: s["step"] > began["step"] + 20)
    assert now["state"] == "running" and now["train"]["lr_g"] == 3e-4
    assert now["changes"][0]["key"] == "by hand" and now["changes"][0]["nimg"] > 0
    line, told = now["command"].split("\n")
    assert "lr_g=0.0003" in line and f"lr_g {began['train']['lr_g']:g} -> 0.0003 at " in told
    jobs.pause(visitor, run)
    place.until(run, "paused")
    jobs.change(visitor, run, {"loss": "hinge"}, seen=1)
    place.until(run, lambda s: len(s["changes"]) == 2)
    jobs.change(visitor, run, seen=2)
    place.until(run, lambda s: s["train"]["loss"] == "relativistic")
    place.jobs.close()
    place.jobs = jobs = place.open()
    with pytest.raises(ConfigError, match="trains or is paused"):
        jobs.change(visitor, run)
    assert len(place.status(run)["changes"]) == 3
    jobs.resume(visitor, run)
    place.until(run, lambda s: s["train"] is not None and s["train"]["lr_g"] == 3e-4)
    jobs.change(visitor, run, seen=3)
    back = place.until(run, lambda s: len(s["changes"]) == 4)
    assert back["train"] == began["train"]
    with pytest.raises(ConfigError, match="nothing was changed"):
        jobs.change(visitor, run)


def test_a_running_run_gets_a_further_budget(place: Place) -> None:
    run = place.start(2_000_000)
    place.until(run, lambda s: s["step"] > 2)
    place.jobs.change(place.visitor, run, budget=200, unit="images")
    done = place.until(run, "done")
    assert done["nimg"] < 50_000
    assert done["changes"][0]["settings"] == {"budget": [2_000_000, "+ 200 images"]}


def test_a_further_budget_is_undone_while_it_lasts(place: Place) -> None:
    run = place.start(2_000_000)
    place.until(run, lambda s: s["step"] > 2)
    place.jobs.change(place.visitor, run, budget=1_000_000, unit="images")
    less = place.until(run, lambda s: bool(s["changes"]) and s["images_total"] < 2_000_000)
    assert less["images_total"] == less["changes"][0]["nimg"] + 1_000_000
    place.jobs.change(place.visitor, run, seen=1)
    back = place.until(run, lambda s: len(s["changes"]) == 2 and s["images_total"] == 2_000_000)
    assert back["changes"][1]["settings"] == {"budget": [less["images_total"], 2_000_000]}
    with pytest.raises(ConfigError, match="nothing was changed"):
        place.jobs.change(place.visitor, run)


def test_a_budget_of_steps_stays_one_when_the_batch_is_another(place: Place) -> None:
    run = place.start(20_000, "steps")
    place.until(run, lambda s: s["step"] > 2 and s["images_total"])
    place.jobs.pause(place.visitor, run)
    paused = place.until(run, "paused")
    left = paused["images_total"] // 4 - paused["step"]
    place.jobs.change(place.visitor, run, {"batch_size": 8})
    place.until(run, lambda s: bool(s["changes"]))
    place.jobs.resume(place.visitor, run)
    on = place.until(run, lambda s: s["images_total"] != paused["images_total"])
    assert on["images_total"] == paused["nimg"] + 8 * left


def test_a_change_with_a_further_budget_right_after_it_ends_by_that_budget(place: Place) -> None:
    run = place.start(2_000_000)
    place.until(run, lambda s: s["step"] > 2)
    place.jobs.pause(place.visitor, run)
    place.until(run, "paused")
    place.jobs.change(place.visitor, run, {"batch_size": 8})
    place.until(run, lambda s: len(s["changes"]) == 1)
    place.jobs.change(place.visitor, run, budget=200, unit="images")
    paused = place.until(run, lambda s: len(s["changes"]) == 2)
    place.jobs.resume(place.visitor, run)
    assert place.until(run, "done")["nimg"] == paused["nimg"] + 200


# -- what hangs on settings


def test_a_rule_that_is_switched_off_leaves_nothing_behind() -> None:
    state = begun(auto_augment=True, reconstruction_weight=0.0)
    state.gamma_factor, state.augment_p = 3.0, 0.4
    changes.put(state, {"lr_g": 1e-4})
    assert (state.gamma_factor, state.augment_p) == (3.0, 0.4)
    changes.put(state, {"auto_gamma": False, "auto_augment": False})
    assert (state.gamma_factor, state.augment_p) == (1.0, 0.0)
    changes.put(state, {"auto_gamma": True})
    state.gamma_factor = 3.0
    changes.put(state, {"loss": "wasserstein"})  # where D is never sure
    assert state.gamma_factor == 1.0
    changes.put(state, {"auto_augment": True})
    state.augment_p = 0.6
    changes.put(state, {"augment_p": 0.4}, is_remedy=True)
    assert state.augment_p == 0.6


def test_a_reconstruction_switched_off_can_come_back_after_a_stop(tmp_path: Path) -> None:
    state = begun()
    changes.put(state, {"reconstruction_weight": 0.0})
    train(state, 1)
    checkpoint.save_state(state, tmp_path)
    again = checkpoint.load_state(tmp_path)
    for run in (state, again):
        back = changes.check(run.train, {"reconstruction_weight": 1.0}, Kept.of(run))
        changes.put(run, back)
        train(run, 2)
    for one, other in zip(state.G.parameters(), again.G.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_run_that_grows_is_held_to_the_size_that_it_will_have() -> None:
    model = config.merge(MODEL, {"shape": (1, 16, 16), "patch": 4})
    state = new_state(model, config.merge(BASE, {"grow": 1}), registry.tokenizer("image"))
    assert state.model.shape == (1, 8, 8)
    assert Kept.of(state).tokens == 16


def test_a_change_is_kept_though_the_server_dies_right_after_it(place: Place) -> None:
    run = place.start(1_000_000)
    place.until(run, lambda s: s["step"] > 2)
    place.jobs.pause(place.visitor, run)  # saves the weights
    place.until(run, "paused")
    place.jobs.change(place.visitor, run, {"lr_g": 3e-4, "augment": ["cutout"], "augment_p": 0.5})
    place.until(run, lambda s: bool(s["changes"]))
    old, place.jobs = place.jobs, place.open()  # from what is on the disk now
    try:
        assert place.status(run)["state"] == "interrupted"
        place.jobs.resume(place.visitor, run)
        on = place.until(run, lambda s: s["state"] == "running" and s["train"] is not None)
        assert (on["train"]["lr_g"], on["train"]["augment"]) == (3e-4, ("cutout",))
        place.until(run, lambda s: bool(s["augment_p"]) and s["augment_p"][-1] == 0.5)
    finally:
        old.close()


def test_a_further_budget_lives_through_a_restart(place: Place) -> None:
    run = place.start(1, "seconds")
    place.until(run, "done")
    place.jobs.resume(place.visitor, run, 1000, "seconds")
    place.until(run, lambda s: s["images_total"] > s["nimg"] + 1000)
    place.jobs.close()
    place.jobs = place.open()
    place.jobs.resume(place.visitor, run)
    place.until(run, lambda s: s["state"] == "running" and s["train"] is not None)
    place.jobs.change(place.visitor, run, {"batch_size": 8})  # its speed is measured anew
    changed = place.until(run, lambda s: bool(s["changes"]))
    on = place.until(run, lambda s: s["step"] > changed["step"] + 40)
    assert on["state"] == "running" and on["images_total"] > on["nimg"] + 1000


def test_a_parked_run_is_changed_and_stays_paused(tmp_path: Path) -> None:
    place = Place(tmp_path, park_s=0.1)
    try:
        run = place.start(1_000_000)
        place.until(run, lambda s: s["step"] > 2)
        place.jobs.pause(place.visitor, run)
        place.until(run, "paused")
        other = place.start(40)
        place.until(other, "done")
        place.jobs.change(place.visitor, run, {"lr_g": 3e-4})
        place.until(run, lambda s: bool(s["changes"]) and s["state"] == "paused")
    finally:
        place.jobs.close()


# -- two viewers, and the command line


def test_of_two_viewers_the_first_counts_and_both_see_the_same(place: Place) -> None:
    run, jobs, visitor = place.start(1_000_000), place.jobs, place.visitor
    place.until(run, lambda s: s["train"] is not None and s["step"] > 2)
    jobs.change(visitor, run, {"lr_g": 3e-4}, seen=0)
    with pytest.raises(ConfigError, match="being taken up|changed meanwhile"):
        jobs.change(visitor, run, {"lr_g": 5e-4}, seen=0)
    first = place.until(run, lambda s: len(s["changes"]) == 1)
    assert first["train"]["lr_g"] == 3e-4 == place.status(run)["train"]["lr_g"]
    jobs.pause(visitor, run)
    jobs.change(visitor, run, {"lr_g": 5e-4}, seen=1)
    with pytest.raises(ConfigError):  # this viewer meant the other change
        jobs.change(visitor, run, seen=1)
    second = place.until(run, lambda s: len(s["changes"]) == 2)
    assert second["changes"][1]["settings"] == {"lr_g": [3e-4, 5e-4]}
    with pytest.raises(ConfigError, match="changed meanwhile"):
        jobs.change(visitor, run, seen=1)
    assert place.until(run, "paused")["train"]["lr_g"] == 5e-4


def test_the_command_line_says_the_settings_of_now_and_what_they_were() -> None:
    request = RunRequest(preset="safe", train_settings={"lr_g": 1e-3})
    made = [
        {"nimg": 40 * n, "settings": {"lr_g": [1e-3 * n, 1e-3 * (n + 1)]}} for n in range(1, 21)
    ]
    made += [{"nimg": 900, "settings": {"budget": [1_000, "+ 60 seconds"]}}]
    line, told = command.line(request, title="x", seed=0, made=made).split("\n")
    assert "--preset safe --set lr_g=0.021 --seconds 120 " in line and "budget" not in line
    assert told.startswith("# changed while it trained: 9 more, lr_g ")
    assert told.endswith("; budget 1000 -> + 60 seconds at 900 samples")
    assert shlex.split(line, comments=True) == shlex.split(f"{line}\n{told}", comments=True)
