"""Settings of a run that are changed while it trains: what is taken, what is refused, and the way back."""

from pathlib import Path

import numpy as np
import pytest
import torch
from test_jobs import QUICK, Place, place, quick_on_a_busy_machine

from tgan_demo import config
from tgan_demo.config import FIXED, ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.runs import changes, checkpoint

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures

MODEL = ModelConfig(shape=(1, 8, 8), patch=4, overlap=0, width=32, depth=1, heads=2, z_dim=8)
OTHER: dict[str, object] = {  # than a run begins with
    "batch_size": 6, "d_steps": 2, "lr_g": 1e-3, "lr_d": 2e-3, "lr_end": 0.5, "warmup_steps": 3,
    "loss": "hinge", "r1_gamma": 2.0, "r2_gamma": 0.0, "penalty": "exact", "sigma": 0.2,
    "sigma_min": 0.02, "penalty_share": 0.5, "gp_weight": 1.0, "centring": 0.1, "local_weight": 2.0,
    "local_gamma": 2.0, "gamma_end": 0.5, "auto_gamma": False, "augment": ("cutout",),
    "augment_p": 0.5, "auto_augment": True, "ema_halflife": 100.0, "ema_ramp": 0.5,
    "warm_start_kl": 0.1, "continuity": 1.0, "clip": 2.0, "reconstruction_weight": 3.0,
}  # fmt: skip
BASE = TrainConfig(precision="float32", batch_size=4, reconstruction_weight=1.0)


def test_every_setting_is_fixed_or_can_be_changed() -> None:
    assert set(OTHER) == set(changes.CHANGEABLE)
    assert {*changes.CHANGEABLE, *FIXED} == set(config.names(TrainConfig))


@pytest.mark.parametrize("name", OTHER)
def test_a_setting_is_changed_between_two_steps_and_the_run_resumes_exactly(
    name: str, tmp_path: Path
) -> None:
    items = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), np.uint8)
    data = Dataset("x", items, modality="image")
    state = new_state(MODEL, BASE, registry.tokenizer("image"))
    for _ in trainer.train_slice(state, data, steps=2):
        pass
    then = changes.check(state.train, {name: OTHER[name]}, MODEL, 4)
    assert then == {name: OTHER[name]}
    state.train = config.merge(state.train, then)
    for _ in trainer.train_slice(state, data, steps=1):
        pass
    checkpoint.save_state(state, tmp_path)
    again = checkpoint.load_state(tmp_path)
    for run in (state, again):
        for _ in trainer.train_slice(run, data, steps=2):
            pass
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
        changes.check(BASE, settings, MODEL, 4)


def test_what_wants_another_network_or_modality_is_refused() -> None:
    with pytest.raises(ConfigError, match="encoder"):
        changes.check(TrainConfig(), {"reconstruction_weight": 1}, MODEL, 4)
    points = ModelConfig(modality="points", shape=(2,), patch=1, overlap=0)
    with pytest.raises(ConfigError, match="points cannot be changed so"):
        changes.check(TrainConfig(), {"augment": "cutout"}, points, 2)


def test_the_way_back_is_taken_step_by_step() -> None:
    made = [
        {"key": "by hand", "settings": {"lr_g": [1, 2]}},
        {"key": "d_wins", "settings": {"lr_d": [3, 4]}},
        {"key": "budget", "settings": {"budget": ["", "+ 3 seconds"]}},
    ]
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
    assert " # " not in began["command"]
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
    assert "lr_g=0.0003" in now["command"] and "lr_g since " in now["command"].split(" # ")[1]
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
    assert done["changes"][0]["settings"] == {"budget": ["", "+ 200 images"]}
