"""A model ships with its card, sheet and references, in place of a worse one; a better one stays."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toys

from tgan_demo.cli.main import main
from tgan_demo.config import TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import held_out, recipes
from tgan_demo.errors import ConfigError
from tgan_demo.measure import reference
from tgan_demo.models import collection, evaluation, folder, release, ship
from tgan_demo.models.folder import load_model

RECIPE = """
id = "image/plain"
title = "Plain"
judge = "pca64.frechet"
[data]
file = "plain.npz"
held_out = 40
name = "plain pictures"
licence = "CC0"
source = "this test"
[model]
shape = [3, 32, 32]
"""
COUNT = "60"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A recipe, its data, and two models: one makes noise, one the mean picture of the data."""
    rng = np.random.default_rng(0)
    grey = rng.integers(60, 200, (300, 1, 1, 1)) + rng.integers(-20, 20, (300, 32, 32, 3))
    np.savez(tmp_path / "plain.npz", images=grey.astype(np.uint8))
    (tmp_path / "image-plain.toml").write_text(RECIPE)
    monkeypatch.setattr(recipes, "RECIPES", tmp_path)
    toys.make_model(tmp_path / "noise", toys.AVATARS)
    shutil.copytree(tmp_path / "noise", tmp_path / "good")
    for name in ("noise", "good"):
        path = tmp_path / name / "config.json"
        meta = json.loads(path.read_text()) | {"id": "image/plain", "title": name}
        path.write_text(json.dumps(meta))
    return {
        "data": tmp_path,
        "weights": tmp_path / "weights",
        "place": tmp_path / "weights/image/plain",
    }


@pytest.fixture
def calm(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The good model draws real data."""
    drawn = evaluation.data_of("image/plain", places["data"])[0]
    assert drawn is not None
    from tgan_demo.measure import task

    plain = task.sampler.draw

    def draw(model, config):
        if model.title == "good":
            return drawn.items[: config.count], None
        return plain(model, config)

    monkeypatch.setattr(task.sampler, "draw", draw)


def shipped(name: str, places: dict[str, Path], capsys, *more: str) -> dict:
    words = ["--data", str(places["data"]), "--to", str(places["weights"]), "--count", COUNT]
    assert main(["ship", str(places["data"] / name), *words, *more]) == 0
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_a_model_ships_with_all_that_its_scores_need(places, calm, capsys, tmp_path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("Looks like noise.\n")
    said = shipped("noise", places, capsys, "--note", str(note))
    assert said["shipped"] and said["old"] is None and said["judge"] == "pca64.frechet"
    names = {path.name for path in places["place"].iterdir()}
    assert names == {"model.safetensors", "config.json", "card.md", "sheet.png", reference.FILE}
    card = (places["place"] / "card.md").read_text("utf-8")
    assert "Looks like noise." in card and "plain pictures" not in card  # that is what config says
    assert "The folder holds `plain.npz`, read as `recipes/image-plain.toml` says." in card
    scores = load_model(places["place"]).meta["scores"]
    assert scores["n"] == 40 and scores["scores"]["pca64"]["coverage"]["real"] is not None
    without = evaluation.evaluate(places["place"], n=40)
    assert without["scores"]["pca64"]["frechet"]["real"] == pytest.approx(
        scores["scores"]["pca64"]["frechet"]["real"], rel=0.02
    )


def test_a_model_ships_with_the_curves_of_its_training_and_no_others(
    places, calm, capsys, tmp_path
) -> None:
    curves = {"x": [8, 16], "loss_d": [None, 0.5], "loss_g": [1.0, 0.7], "accuracy": [None, 0.8]}
    folder.write_curves(places["data"] / "noise", curves | {"gamma": [1, 1]})
    shipped("noise", places, capsys)
    assert folder.read_curves(places["place"]) == curves
    assert len((places["place"] / folder.CURVES).read_bytes()) < 200
    assert shipped("good", places, capsys)["shipped"]  # that has none, and gets none of another's
    assert folder.read_curves(places["place"]) is None


def test_a_model_ships_with_what_its_warm_start_alone_gave(places, calm, capsys) -> None:
    path = places["data"] / "noise" / "config.json"
    ends = {
        end: {"judge": "pca64.frechet", "score": {"value": value, "real": 1.0, "n": 26}}
        for end, value in (("warm_start", 3.25), ("game", 1.5))
    }
    figures = {"mean_square": 0.1, "variance": 0.9, "active": 3, "dimensions": 16}
    ends["game"] |= {"kl": 2.5, "share": 0.25, **figures}
    meta = json.loads(path.read_text()) | {"train": {"warm_start": 40}, "vae": ends}
    path.write_text(json.dumps(meta))
    shipped("noise", places, capsys)
    assert load_model(places["place"]).meta["vae"] == ends
    row = "After the warm start alone / after the game (`pca64.frechet`): 3.25 / 1.5 (real 1)"
    assert row in (places["place"] / "card.md").read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"x": []}', '{"x": [1], "loss_d": [1], "loss_g": [1]}',
        '{"x": [1, 2], "loss_d": [1], "loss_g": [1, 2], "accuracy": [1, 2]}',
        '{"x": [1], "loss_d": ["<b>"], "loss_g": [1], "accuracy": [1]}',
        '{"x": [1], "loss_d": [NaN], "loss_g": [1], "accuracy": [1]}',
        '{"x": [null], "loss_d": [1], "loss_g": [1], "accuracy": [1]}',
        '{"x": [true], "loss_d": [1], "loss_g": [1], "accuracy": [1]}',
        json.dumps(dict.fromkeys(("x", "loss_d", "loss_g", "accuracy"), [1] * 201)),
    ],
)  # fmt: skip
def test_curves_that_are_none_are_not_there(tmp_path: Path, text: str) -> None:
    (tmp_path / folder.CURVES).write_text(text)
    assert folder.read_curves(tmp_path) is None


def test_only_a_better_model_takes_the_place(places, calm, capsys) -> None:
    shipped("noise", places, capsys)
    better = shipped("good", places, capsys)
    assert better["shipped"] and better["new"]["value"] < better["old"]["value"]
    kept = shipped("noise", places, capsys)
    assert not kept["shipped"] and load_model(places["place"]).title == "good"
    assert [path.name for path in places["weights"].iterdir()] == ["image"]  # no leavings
    assert shipped("noise", places, capsys, "--replace")["shipped"]
    assert load_model(places["place"]).title == "noise"


def test_the_card_says_how_its_model_was_chosen(places, calm, capsys) -> None:
    shipped("noise", places, capsys)
    assert "the first of its recipe" in load_model(places["place"]).meta["chosen"]
    said = shipped("good", places, capsys)
    told = load_model(places["place"]).meta["chosen"]
    assert told.startswith("better than the model before by pca64.frechet on 26 validation samples")
    assert f"{said['new']['value']:.4g} against {said['old']['value']:.4g}" in told
    assert told in (places["place"] / "card.md").read_text("utf-8")
    shipped("noise", places, capsys, "--replace")
    told = load_model(places["place"]).meta["chosen"]
    assert told.startswith("not better than the model before") and told.endswith(
        "shipped all the same"
    )


def test_all_are_measured_one_by_one_and_go_on_where_they_were(
    places, calm, capsys, monkeypatch
) -> None:
    shipped("noise", places, capsys)
    monkeypatch.setattr(collection, "commit", lambda: "0123456789")
    asked = release.Asked(data_root=places["data"])

    def run(**more) -> dict:
        return next(release.evaluate_all(replace(asked, **more), places["weights"]))

    first = run()
    assert first["model"] == "image/plain" and first["n"] == 40  # as its card was
    scores = load_model(places["place"]).meta["scores"]
    assert scores["measured"]["commit"] == "0123456789" and scores["measured"]["machine"]
    assert scores == collection.collect(places["weights"])["image/plain"]
    assert "at 0123456789" in (places["place"] / "card.md").read_text("utf-8")
    assert run() == {"model": "image/plain", "skipped": "measured at 0123456789"}
    assert run(count=20)["n"] == 20 and run(again=True)["n"] == 20
    monkeypatch.setattr(collection, "commit", lambda: "another")
    assert "n" in run(only=("image/plain",))
    with pytest.raises(ConfigError, match="image/none"):
        run(only=("image/none",))


def test_all_are_measured_as_they_ship(capsys) -> None:
    for more in (["image/digits"], ["--validation"], ["--temperature", "0.5"]):
        assert main(["evaluate", "--all", *more]) == 2
        assert "test part" in capsys.readouterr().err
    assert main(["evaluate"]) == 2


def test_the_judge_looks_at_what_the_card_does_not(places) -> None:
    train, test = evaluation.data_of("image/plain", places["data"])
    rest, validation = held_out.for_validation(train)
    assert len(validation) == round(len(train) / 10) and len(rest) + len(validation) == len(train)
    seen = {item.tobytes() for item in validation.items}
    assert not seen & {item.tobytes() for item in [*rest.items, *test.items]}


def test_validation_has_every_class_where_classes_take_turns() -> None:
    turns = Dataset("t", np.zeros((1000, 1), np.uint8), np.arange(1000) % 10, modality="image")
    rest, validation = held_out.for_validation(turns)
    assert np.bincount(validation.labels, minlength=10).min() >= 3
    assert np.bincount(rest.labels, minlength=10).min() >= 80
    assert (held_out.for_validation(turns)[1].labels == validation.labels).all()


@pytest.mark.parametrize(
    ("better", "new", "old", "wins"),
    [
        ("lower", 1, 2, True),
        ("higher", 1, 2, False),
        ("near 1", 0.9, 1.2, True),
        ("near real", 5, 3, False),
        ("lower", 1, 1, False),
    ],
)
def test_better_is_what_the_score_says(better: str, new: float, old: float, wins: bool) -> None:
    rows = [{"value": value, "real": 3, "better": better} for value in (new, old)]
    assert ship.is_better(*rows) is wins


def test_what_nobody_can_judge_is_refused(places, tmp_path: Path) -> None:
    toys.make_model(tmp_path / "mine", toys.AVATARS)
    with pytest.raises(ConfigError, match="no recipe"):
        ship.ship(tmp_path / "mine", ship.Asked(data_root=places["data"], to=places["weights"]))
    recipe = recipes.Recipe("image/plain", "", {}, toys.AVATARS, TrainConfig(), TrainConfig())
    data = Dataset("x", np.zeros((30, 32, 32, 3), np.uint8), modality="image")
    with pytest.raises(ConfigError, match="judge"):
        ship.judged(recipe, places["data"] / "noise", data, 20)


def test_every_recipe_of_ours_names_a_judge() -> None:
    for path in (Path(__file__).parent.parent / "recipes").glob("*.toml"):
        recipe = recipes.load_recipe(str(path))
        space, _, key = recipe.judge.partition(".")
        place = ship.WEIGHTS / recipe.id
        if not place.is_dir():  # not trained yet: what another model of its modality is scored by
            place = next(folder for folder in sorted(place.parent.iterdir()) if folder.is_dir())
        scores = load_model(place).meta["scores"]["scores"]
        assert key in scores[space], recipe.id
