"""A recipe runs, goes on where it stopped, forks into what ships, and begins from what shipped."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from toys import NETWORKS

from tgan_demo.__main__ import main
from tgan_demo.data import held_out, recipes
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.events import Saved, StepDone
from tgan_demo.models.folder import load_model, read_curves
from tgan_demo.runs import checkpoint, phases, vae_report

RECIPE = (
    """
id = "image/toy"
title = "Toy"
[data]
file = "toy.npz"
held_out = 8
name = "toy"
licence = "ours"
source = "this test"
classes = ["a", "b"]
"""
    + NETWORKS
    + """[cooldown]
lr_end = 0.0
[gpu]
batch_size = 8
"""
)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 16, 16), dtype=np.uint8)
    np.savez(tmp_path / "toy.npz", images=images, labels=np.arange(40) % 2)
    (tmp_path / "image-toy.toml").write_text(RECIPE)
    monkeypatch.setattr(recipes, "RECIPES", tmp_path)
    monkeypatch.setattr(phases, "WEIGHTS", tmp_path / "weights")
    recipe = recipes.load_recipe("image/toy")
    return recipe, recipes.load_data(recipe, tmp_path), tmp_path / "run"


def test_every_recipe_of_ours_loads():
    for path in recipes.RECIPES.glob("*.toml"):
        recipe = recipes.load_recipe(str(path))
        assert recipe.train.lr_end == 1.0 and recipe.cooldown.lr_end < 1.0
        assert path.stem == recipe.id.replace("/", "-")


def test_rows_of_a_device_are_laid_over(toy):
    assert recipes.load_recipe("image/toy", device="gpu").train.batch_size == 8
    assert toy[0].train.batch_size == 4


def test_held_out_rows_are_never_trained_on(toy):
    recipe, data, out = toy
    test = recipes.load_data(recipe, out.parent, split="test")
    assert len(data) == 32 and len(test) == 8
    assert not {x.tobytes() for x in data.items} & {x.tobytes() for x in test.items}


def test_what_two_models_are_compared_on_is_left_out_of_training(toy, monkeypatch):
    _, data, out = toy
    seen, run = [], phases.run

    def spied(recipe, dataset, *args, **options):
        seen.append({item.tobytes() for item in dataset.items})
        return run(recipe, dataset, *args, **options)

    monkeypatch.setattr(phases, "run", spied)
    words = ["train", "--recipe", "image/toy", "--data", str(out.parent), "--out", str(out)]
    assert main([*words, "--images", "8"]) == 0
    _, validation = held_out.for_validation(data)
    assert len(seen[0]) == 29 and len(validation) == 3
    assert not seen[0] & {item.tobytes() for item in validation.items}


def test_run_goes_on_and_cools_down(toy):
    recipe, data, out = toy
    events = list(phases.run(recipe, data, out, images=80))
    assert isinstance(events[-1], Saved) and events[-1].nimg == 80
    events = list(phases.run(recipe, data, out, images=80, resume=True))
    assert events[-1].nimg == 160
    rates = [
        e.lr_g for e in phases.cool_down(recipe, data, out, share=0.5) if isinstance(e, StepDone)
    ]
    assert len(rates) == 20 and rates[-1] < 0.1 * max(rates)
    curves = read_curves(out / "model")
    assert curves and curves["x"] == list(range(4, 241, 4)), "of all its training, slices and fork"
    model = load_model(out / "model")
    assert model.id == "image/toy" and model.meta["nimg"] == 240
    assert checkpoint.load_state(out).nimg == 160, "the fork must leave the constant phase alone"
    list(phases.run(recipe, data, out, images=80, resume=True))
    again = read_curves(out / "model")
    assert again and again["x"] == curves["x"] and again["loss_d"][:40] == curves["loss_d"][:40]
    assert again["loss_d"][40:] != curves["loss_d"][40:], "what the fork saw is not of this run"


def test_a_recipe_goes_on_from_the_model_folder(toy, tmp_path):
    recipe, data, out = toy
    warm = {"warm_start": 40, "reconstruction_weight": 1.0, "auto_gamma": True}
    list(phases.run(recipe, data, out, images=80, set_train=warm))
    folder = phases.WEIGHTS / recipe.id
    shutil.copytree(out / "model", folder)
    assert (folder / "model.safetensors").stat().st_size < 0.4 * (
        out / checkpoint.STATE
    ).stat().st_size
    before, model = checkpoint.load_state(out), load_model(folder)
    state = phases.from_model(model, before.train, recipe.model)
    assert not state.is_warm_start and state.gamma_factor == before.gamma_factor
    for a, b in zip(state.encoder.parameters(), before.encoder.parameters(), strict=True):
        torch.testing.assert_close(a, b.half().float())
    run = phases.run(recipe, data, tmp_path / "other", images=80, resume=True, set_train=warm)
    events = list(run)
    assert events[-1].nimg == 160
    curves = read_curves(tmp_path / "other" / "model")
    assert curves and curves["x"][0] == 4 and curves["x"][-1] == 160, "the folder's own go on"
    assert curves["loss_d"][:10] == [None] * 10, "D waited in the warm start"
    first = next(e for e in events if isinstance(e, StepDone))
    assert first.loss_d > 0, "the warm start is behind it"
    assert first.lr_g < 0.1 * recipe.train.lr_g, "moments are new: the rate must rise again"


def test_errors_say_what_to_do(toy, monkeypatch):
    monkeypatch.delenv("TGAN_DATA", raising=False)
    with pytest.raises(DataError, match="TGAN_DATA"):
        recipes.load_data(toy[0])
    with pytest.raises(ConfigError, match="image-toy"):
        recipes.load_recipe("image-nothing")


def test_the_command_line_trains_and_cools_down(toy, capsys):
    _, _, out = toy
    base = ["train", "--recipe", "image/toy", "--data", str(out.parent), "--out", str(out)]
    assert main([*base, "--images", "80", "--set", "lr_g=1e-3"]) == 0
    assert load_model(out / "model").meta["nimg"] == 80
    assert main([*base, "--images", "80"]) == 2, "a run must not be overwritten unasked"
    assert "--resume" in capsys.readouterr().err
    assert main([*base, "--cool-down"]) == 0
    assert load_model(out / "model").meta["nimg"] == 92


def test_the_ends_of_the_warm_start_and_of_the_game_are_measured_once(toy, monkeypatch):
    recipe, data, out = toy
    recipe = replace(recipe, judge="pca64.frechet")
    train, validation = data.rows(np.arange(32) >= 8), data.rows(np.arange(32) < 8)
    taken, figures = [], vae_report.figures

    def spied(state, *args, **options):
        taken.append(state.nimg)
        return figures(state, *args, **options)

    monkeypatch.setattr(vae_report, "figures", spied)
    warm = {"warm_start": 40, "reconstruction_weight": 1.0}

    def run(images: int, **more) -> dict:
        options = {"set_train": warm, "validation": validation}
        list(phases.run(recipe, train, out, images=images, **options, **more))
        return load_model(out / "model").meta

    assert "vae" not in run(20) and not taken, "the warm start still goes on"
    known = run(20, resume=True)["vae"]
    assert list(known) == ["warm_start"] and taken == [40]
    after = known["warm_start"]
    assert after["nimg"] == 40 and after["share"] is None and after["kl"] >= 0
    assert after["judge"] == "pca64.frechet" and after["score"]["value"] > 0
    meta = run(40, resume=True)
    assert meta["vae"]["warm_start"] == after and meta["vae"]["game"]["nimg"] == 80
    assert 0 < meta["vae"]["game"]["share"] < 1 and taken == [40, 80]
    assert meta["vae"] == vae_report.read(out)
    list(phases.cool_down(recipe, train, out, share=0.5, validation=validation))
    cooled = load_model(out / "model").meta["vae"]
    assert cooled["warm_start"] == after and cooled["game"]["nimg"] == 120
    list(phases.run(recipe, train, out, resume=True, set_train=warm, stop=lambda: True))
    stopped = load_model(out / "model").meta
    assert "game" not in stopped["vae"], (
        "who stops does not wait, and old figures are not of this model"
    )
    shutil.copytree(out / "model", phases.WEIGHTS / recipe.id)
    list(phases.run(recipe, train, out.parent / "on", images=8, resume=True, set_train=warm))
    assert vae_report.read(out.parent / "on")["warm_start"] == after


def test_a_run_without_a_vae_keeps_no_figures_of_one(toy):
    recipe, data, out = toy
    list(phases.run(recipe, data, out, images=8))
    assert "vae" not in load_model(out / "model").meta and not (out / vae_report.FILE).exists()
