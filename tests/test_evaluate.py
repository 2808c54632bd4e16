"""A model folder gets honest scores, with the data and without; no data from outside needed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import held_out, recipes
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.errors import DataError, WeightsError
from tgan_demo.files.tensors import write_tensors
from tgan_demo.measure import by_features, encoder, reference, task
from tgan_demo.modalities import registry
from tgan_demo.models import card as cards
from tgan_demo.models import evaluation as evaluate
from tgan_demo.models import ship
from tgan_demo.models.folder import load_model, save_model

CLASSES = ("left", "right")
CONFIG = ModelConfig(
    shape=(1, 8, 8), width=32, depth=1, heads=2, z_dim=8, latent_tokens=2, classes=CLASSES
)


def halves(count: int, seed: int = 0) -> Dataset:
    """Pictures whose left or right half is bright: two classes that anyone can tell."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=count)
    items = rng.integers(0, 60, size=(count, 8, 8, 1))
    items[labels == 0, :, :4] += 150
    items[labels == 1, :, 4:] += 150
    return Dataset(
        "halves", items.astype(np.uint8), labels, CLASSES, "CC0", "this test", modality="image"
    )


@pytest.fixture(scope="module")
def small_encoder() -> encoder.SmallEncoder:
    data = halves(400)
    return encoder.train_encoder(
        data.items, data.labels, {"class": 2}, images=3200, batch_size=32, precision="float32"
    )


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TGAN_DATA", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    spec = registry.tokenizer("image").tokens(CONFIG)
    meta = {
        "id": "mine/0123",
        "title": "halves",
        "train": {"seed": 3},
        "data": {"name": "halves", "licence": "CC0", "source": "this test"},
        "nimg": 12_800,
        "seconds": 90,
        "scores": {},
    }
    save_model(
        tmp_path / "model",
        ema=Generator(CONFIG, spec),
        D=Discriminator(CONFIG, spec),
        config=CONFIG,
        tokenizer=registry.tokenizer("image"),
        meta=meta,
    )
    return tmp_path / "model"


def test_the_encoder_learns_and_survives_being_stored(
    small_encoder: encoder.SmallEncoder, tmp_path: Path
) -> None:
    test = halves(100, seed=1)
    assert small_encoder.accuracy(test.items, test.labels)["class"] > 0.95
    read = small_encoder.features(test.items)
    assert read.shape == (100, 64) and read.dtype == np.float32
    np.testing.assert_allclose(small_encoder.probabilities(test.items).sum(axis=1), 1, atol=1e-5)
    encoder.save_encoder(small_encoder, tmp_path)
    again = encoder.load_encoder(tmp_path)
    assert again.targets == {"class": 2} and again.meta == small_encoder.meta
    np.testing.assert_allclose(again.features(test.items), read, atol=0.05)


def test_an_encoder_is_the_same_from_the_same_seed() -> None:
    data = halves(64)
    one, two = (
        encoder.train_encoder(
            data.items, data.labels, {"class": 2}, images=640, precision="float32"
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.features(data.items), two.features(data.items))


def test_several_heads_share_an_encoder() -> None:
    data = halves(200)
    bright = (data.items.mean(axis=(1, 2, 3)) > 104).astype(np.int64)
    both = np.stack([data.labels, bright], axis=1)
    learned = encoder.train_encoder(
        data.items, both, {"side": 2, "bright": 2}, images=4800, batch_size=32, precision="float32"
    )
    found = learned.accuracy(data.items, both)
    assert found["side"] > 0.95 and set(found) == {"side", "bright"}
    assert learned.probabilities(data.items, "bright").shape == (200, 2)


def test_an_encoder_refuses_what_it_cannot_learn_or_read(
    small_encoder: encoder.SmallEncoder, tmp_path: Path
) -> None:
    data = halves(70)
    with pytest.raises(DataError, match="0 to 1"):
        encoder.train_encoder(data.items, data.labels + 1, {"class": 2}, images=64)
    with pytest.raises(DataError, match="8 x 8"):
        small_encoder.features(np.zeros((2, 16, 16, 1), np.uint8))
    write_tensors(tmp_path / encoder.FILE, {"x": torch.zeros(2)})
    with pytest.raises(WeightsError, match="settings of an encoder"):
        encoder.load_encoder(tmp_path)


def test_scores_have_n_and_a_real_value_beside_them(
    folder: Path, small_encoder: encoder.SmallEncoder
) -> None:
    encoder.save_encoder(small_encoder, folder)
    found = evaluate.evaluate(folder, train=halves(300), test=halves(80, seed=1), n=500)
    assert found["n"] == 80  # no more samples than held-out pictures
    assert set(found["scores"]) == {
        "pca64",
        "encoder",
        "pixels",
        "classes",
        "bands",
        "discriminator",
    }
    for space in ("pca64", "encoder"):
        rows = found["scores"][space]
        assert {"frechet", "kernel", *by_features.PRDC} <= set(rows)
        assert all(row["n"] == 80 and row["real"] is not None for row in rows.values())
        assert rows["frechet"]["ratio"] > 5  # nobody trained this model
        assert rows["coverage"]["real"] > 0.8 > rows["coverage"]["value"]
    seen = found["scores"]["classes"]["requested_class"]
    assert seen["real"] > 0.95 and 0 <= seen["value"] <= 1
    assert [row["score"] for row in found["missing"]] == ["classes.trained_on_generated"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert "FID" not in json.dumps(found)
    every = [row for rows in found["scores"].values() for row in rows.values()]
    assert all(row["n"] == 80 and "real_n" not in row for row in every)  # one N in all tables
    row = found["scores"]["pca64"]["frechet"]
    assert row["low"] < row["ratio"] < row["high"] and row["quarter"]["n"] == 20
    assert {"sd", "real_sd"} < set(found["scores"]["pca64"]["kernel"])
    assert "300 real" in found["spaces"]["pca64"]  # as many as there were, not as many as usual


def test_what_chooses_never_sees_the_test_part(folder: Path) -> None:
    train = halves(300)
    ones = [evaluate.evaluate(folder, train=train, test=test, validation=True) for test in (
        halves(80, seed=1), Dataset("none", np.zeros((9, 8, 8, 1), np.uint8), modality="image")
    )]  # fmt: skip
    assert ones[0] == ones[1] and ones[0]["n"] == 30 and ones[0]["part"] == "validation"
    assert "270 real" in ones[0]["spaces"]["pca64"]
    with pytest.raises(DataError, match="name the data"):
        evaluate.evaluate(folder, validation=True)


def test_five_samples_say_how_many_are_wanted(folder: Path) -> None:
    five = evaluate.evaluate(folder, n=5)
    assert five["n"] == 5 and five["few"] == "5 samples say little: distances want 500 or more"
    assert "few" not in evaluate.evaluate(folder, n=500)


def test_without_data_there_are_no_more_samples_than_real_ones_were(folder: Path) -> None:
    model = load_model(folder)
    registry.get("image").measure.bundle(
        model, halves(300), halves(80, seed=1), targets=None, traits=None, seconds=1
    )
    found = evaluate.evaluate(folder, n=500)
    assert found["n"] == 80
    assert "real_n" not in found["scores"]["pca64"]["frechet"]
    assert "low" in found["scores"]["pca64"]["frechet"]  # the floor's spread is bundled too


def test_real_data_in_place_of_samples_score_as_real_data(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = halves(200, seed=1)
    drawn = test.rows(np.random.default_rng(1).permutation(200))  # as Task.held_out
    monkeypatch.setattr(task.sampler, "draw", lambda *_: (drawn.items, drawn.labels))
    found = evaluate.evaluate(folder, train=halves(400), test=test)
    for space in ("pca64", "pixels"):
        for key, row in found["scores"][space].items():
            if row["ratio"] is not None:
                assert row["ratio"] == pytest.approx(1, abs=1e-4), key
    missing = {row["score"] for row in found["missing"]}
    assert {"encoder.frechet", "classes.requested_class"} <= missing


def test_without_data_it_says_what_is_missing(folder: Path) -> None:
    found = evaluate.evaluate(folder, n=50)
    assert set(found["scores"]) == {"pixels"}
    needs = {row["score"]: row["needs"] for row in found["missing"]}
    assert "reference.safetensors" in needs["pca64.frechet"]
    assert "TGAN_DATA" in needs["pca64.coverage"]
    assert "encoder.safetensors" in needs["classes.requested_class"]


def test_a_bundled_reference_gives_the_same_numbers(
    folder: Path, small_encoder: encoder.SmallEncoder
) -> None:
    train, test = halves(300), halves(80, seed=1)
    encoder.save_encoder(small_encoder, folder)
    with_data = evaluate.evaluate(folder, train=train, test=test, n=80)
    model = load_model(folder)
    registry.get("image").measure.bundle(model, train, test, targets=None, traits=None, seconds=1)
    without = evaluate.evaluate(folder, n=80)
    for space, key in (
        ("pca64", "frechet"),
        ("encoder", "frechet"),
        ("pixels", "roughness"),
        ("classes", "requested_class"),
    ):
        one, two = with_data["scores"][space][key], without["scores"][space][key]
        assert two["value"] == pytest.approx(one["value"], rel=0.02), (space, key)
        assert two["real"] == pytest.approx(one["real"], rel=0.02), (space, key)
    missing = {row["score"] for row in without["missing"]}
    assert "pca64.coverage" in missing and "pca64.frechet" not in missing


def test_a_damaged_reference_is_refused(folder: Path) -> None:
    write_tensors(folder / reference.FILE, {"pca.mean": torch.zeros(3)})
    with pytest.raises(WeightsError, match="reference.safetensors"):
        evaluate.evaluate(folder, n=20)


def test_data_of_another_size_are_refused(folder: Path) -> None:
    wide = Dataset("wide", np.zeros((100, 8, 16, 1), np.uint8), modality="image")
    with pytest.raises(DataError, match="8 x 8 x 1"):
        evaluate.evaluate(folder, train=wide, test=wide)


def test_the_card_names_data_licence_and_every_score(folder: Path) -> None:
    scores = evaluate.evaluate(folder, train=halves(300), test=halves(80, seed=1))
    cards.write_card(folder, scores, note="Looks like noise.")
    text = (folder / cards.CARD).read_text("utf-8")
    for part in ("CC0", "12,800", "Seed: 3", "coverage, k=5", "Looks like noise.", "--recipe"):
        assert part in text
    assert load_model(folder).meta["scores"] == scores


@pytest.mark.parametrize(
    ("train", "more", "says", "not_said"),
    [
        ({"r1_gamma": 0.5, "r2_gamma": 0.5}, {"game": {"gamma_factor": 0.1}},
         "R1 0.05 (from 0.5) and R2 0.05 (from 0.5) at the end", "Warm start"),
        ({"r1_gamma": 0.5, "r2_gamma": 0.5, "images": 100, "gamma_end": 0.2}, {},
         "R1 0.1 (from 0.5)", "encoder"),
        ({"r1_gamma": 2.0, "r2_gamma": 2.0, "images": 10**9, "gamma_end": 0.2}, {},
         "R1 2 and R2 2 at the end", "(from"),
        ({"r1_gamma": 1.0, "r2_gamma": 1.0, "penalty": "finite"}, {},
         "at the end, by finite difference", "gradient"),
        ({"r1_gamma": 1.0, "r2_gamma": 1.0, "penalty": "exact"}, {},
         "at the end, by exact gradient", "difference"),
        ({"warm_start": 0}, {"warm_start": 6_000}, "Warm start: the first 6,000", "encoder of"),
        ({"rehearsal": 500}, {}, "Warm start: the first 500", "Rehearsal"),
        ({}, {"chosen": "by drawing lots"}, "Chosen: by drawing lots", "cannot be rebuilt"),
        ({}, {"by_hand": "its slices differed."},
         "cannot be rebuilt by one command: its slices differed.", "Warm start"),
    ],
)  # fmt: skip
def test_the_card_says_how_it_truly_came_to_be(
    folder: Path, train: dict, more: dict, says: str, not_said: str
) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"train": train} | more))
    scores = evaluate.evaluate(folder, n=20)
    cards.write_card(folder, scores)
    text = (folder / cards.CARD).read_text("utf-8")
    made = text.partition("## Scores")[0] + text.partition("## How to rebuild")[2]
    assert says in text and not_said not in made


def test_the_sheet_shows_fifty_seeds(folder: Path) -> None:
    cards.sheet(folder)
    with Image.open(folder / "sheet.png") as picture:
        assert picture.size == (10 * 8, 5 * 8)


def tiny_recipe(root: Path) -> recipes.Recipe:
    data = halves(200)
    traits = np.stack([data.labels, 1 - data.labels], axis=1).astype(np.int16)
    np.savez(root / "halves.npz", images=data.items, traits=traits)
    table = {
        "file": "halves.npz",
        "name": "halves",
        "licence": "CC0",
        "source": "this test",
        "held_out": 50,
        "traits": ["side", "other"],
    }
    model = replace(CONFIG, classes=())
    return recipes.Recipe("image/halves", "halves", table, model, TrainConfig(), TrainConfig())


def test_the_last_rows_are_held_out(tmp_path: Path) -> None:
    recipe = tiny_recipe(tmp_path)
    whole = halves(200).items
    train = recipes.load_data(recipe, tmp_path)
    test = recipes.load_data(recipe, tmp_path, split="test")
    np.testing.assert_array_equal(train.items, whole[:150])
    np.testing.assert_array_equal(test.items, whole[150:])
    with pytest.raises(DataError, match="held_out"):
        held_out.rows(100, 100, "train")


def test_bundling_trains_an_encoder_and_stays_small(folder: Path, tmp_path: Path) -> None:
    ship.bundle(tiny_recipe(tmp_path), folder, tmp_path, seconds=1)
    small = encoder.load_encoder(folder)
    assert set(small.meta["test_accuracy"]) == {"side", "other"}
    assert reference.load_reference(folder).n == 50
    assert (folder / reference.FILE).stat().st_size < 300_000


def test_one_space_is_scored_alone_and_as_among_all(folder: Path) -> None:
    given = {"train": halves(40), "test": halves(30, seed=1), "n": 20}
    every = evaluate.evaluate(folder, **given)
    one = evaluate.evaluate(folder, **given, space="pixels")
    assert set(every["scores"]) > {"pixels"} == set(one["scores"])
    assert one["scores"]["pixels"] == every["scores"]["pixels"] and not one["missing"]


def test_a_card_tells_classes_apart_whose_names_have_commas() -> None:
    assert cards._classes(["sad", "sad, glasses"]) == "of 2 classes (sad; sad, glasses)"
    assert cards._classes(["sad", "happy"]) == "of 2 classes (sad, happy)"
