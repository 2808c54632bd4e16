"""The toy modality "ring", one folder and one line, works everywhere with nothing else edited."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tgan_demo.cli.main import main
from tgan_demo.cli.opening import open_data
from tgan_demo.config import SampleConfig
from tgan_demo.data import catalogue, recognise
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.models import evaluation
from tgan_demo.models.folder import files_of, load_model
from tgan_demo.runs import queue
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio
from tgan_demo.ui.panels.train import sources

MODEL = "ring/circle"


@pytest.fixture
def studio(ring_weights: Path, tmp_path: Path) -> Studio:
    return Studio(tmp_path / "data", weights_dir=ring_weights)


def test_it_is_listed_and_sampled(studio: Studio) -> None:
    (info,) = studio.models()
    assert (info.id, info.modality, info.skills) == (MODEL, "ring", ())
    drawn = studio.sample(MODEL, SampleConfig(seed=3, count=5))
    assert drawn.items.shape == (5, 2) and drawn.items.dtype == np.float32
    again = studio.sample(MODEL, SampleConfig(seed=5, count=3))
    np.testing.assert_allclose(drawn.items[2:], again.items, atol=1e-5)


def test_it_walks(studio: Studio) -> None:
    keys = [SampleConfig(seed=seed) for seed in (1, 2)]
    frames = studio.walk(MODEL, keys, frames=4, loop=False)
    ends = [studio.sample(MODEL, SampleConfig(seed=seed, count=1)).items[0] for seed in (1, 2)]
    np.testing.assert_allclose(frames[[0, -1]], ends, atol=1e-6)


def test_it_can_be_looked_into(studio: Studio) -> None:
    maps = studio.attention(MODEL, SampleConfig(seed=1))
    layers, heads = maps.d.shape[:2]
    assert maps.grid == (2,) and maps.g_self.shape == (layers, heads, 2, 2)
    np.testing.assert_allclose(maps.d.sum(-1), 1, atol=1e-5)
    assert studio.logit(MODEL, SampleConfig(seed=1)) == pytest.approx(maps.logit, abs=1e-5)
    formula = studio.formula(MODEL, SampleConfig(seed=1), net="d", layer=1, token=2)
    assert formula.weights.sum() == pytest.approx(1, abs=1e-5)


def test_what_it_makes_is_in_the_data_menu(studio: Studio) -> None:
    (row,) = [row for row in studio.store.datasets(None) if row.modality == "ring"]
    assert (row.id, row.title, row.own) == ("circle", "Points on a circle", False)
    data = studio.store.dataset(None, "circle")
    assert data.items.shape == (64, 2) and data.modality == "ring"
    again = catalogue.make("circle", 10, seed=0)
    assert np.array_equal(data.items[:1], catalogue.make("circle", 64).items[:1])
    assert len(again) == 10 and again.source == "this test, seed 0"


def test_d_judges_a_users_own_point(studio: Studio) -> None:
    item, note = studio.decode(MODEL, b"0.3 7", "mine.ring")
    assert item.tolist() == pytest.approx([0.3, 7]) and not note
    fitted = studio.fit(MODEL, item)
    assert fitted.max() == 1 and studio.judge(MODEL, fitted).g_self is None
    for wrong in ("a text", np.zeros(3, np.float32)):
        with pytest.raises(ConfigError, match="point"):
            studio.fit(MODEL, wrong)
        with pytest.raises(ConfigError, match=r"a point of 2.*fit\(\) makes one"):
            studio.judge(MODEL, wrong)


TINY = {"width": 32, "depth": 1, "heads": 2, "z_dim": 8}
QUICK = {"batch_size": 8, "precision": "float32"}


def test_it_is_trained_by_the_pages_queue(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "NICE", 0)
    visitor = studio.store.new_visitor()
    request = RunRequest(
        data="circle", model_settings=TINY, train_settings=QUICK, budget=160, unit="images"
    )
    try:
        run = studio.jobs.start(visitor, request)
        first = until_done(studio, visitor, run)
        assert first["medium"] == "ring" and first["nimg"] == first["images_total"] == 160
        assert first["frame"] and first["attention"]["grid"] == [2]
        studio.jobs.resume(visitor, run, 80, "images")
        assert until_done(studio, visitor, run, 240)["nimg"] == 240
        tuned = RunRequest(
            data="circle", start=MODEL, train_settings=QUICK, budget=80, unit="images"
        )
        second = until_done(studio, visitor, studio.jobs.start(visitor, tuned))
    finally:
        studio.jobs.close()
    model = studio.load(second["model_id"], visitor)
    assert model.config.modality == "ring" and model.meta["nimg"] == 1000 + 80
    drawn = studio.sample(first["model_id"], SampleConfig(count=3), visitor)
    assert drawn.items.shape == (3, 2)


def until_done(studio: Studio, visitor: str, run: str, nimg: int = 0) -> dict[str, Any]:
    end = time.monotonic() + 120
    while True:
        status = studio.jobs.status(visitor, run)
        if status["state"] == "done" and status["nimg"] >= nimg:
            return status
        assert status["state"] != "failed" and time.monotonic() < end, status["message"]
        time.sleep(0.05)


def test_it_is_trained_by_command_line_and_goes_on(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["train", "--data", "circle", "--images", "80", "--out", str(out)]
    settings = [f"{key}={value}" for key, value in (TINY | QUICK).items()]
    assert main([*words, "--set", *settings]) == 0
    assert main([*words, "--resume"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["nimg"] == 160
    model = load_model(out)
    assert model.config.modality == "ring" and model.config.shape == (2,)


def test_a_users_own_files_are_known_shown_and_kept(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    paths = [folder / "a.ring", folder / "b.ring", folder / "notes.txt"]
    for path, content in zip(paths, ("0 1\n1 0\n", "0 -1\n", "hello"), strict=True):
        path.write_text(content)
    upload = recognise.look_into(paths)
    assert recognise.modality_of(upload) == "ring"
    shown = registry.get("ring").bring.preview(upload, {})
    assert (shown.count, shown.left_out, shown.least) == (3, 1, 3)
    assert shown.refused == ("notes.txt: 'hello' is no point",)
    data = recognise.load(upload, name="mine")
    visitor = studio.store.new_visitor()
    kept = studio.store.dataset(visitor, studio.store.add_dataset(visitor, data))
    assert kept.modality == "ring" and kept.items.tolist() == [[0, 1], [1, 0], [0, -1]]
    assert open_data(str(folder)).items.shape == (3, 2)  # the folder, on the command line


def test_the_train_tab_shows_its_data_and_takes_a_users_own(studio: Studio, tmp_path: Path) -> None:
    page: Any = SimpleNamespace(studio=studio)
    visitor = studio.store.new_visitor()
    menu = sources.preview_of(page, visitor, "circle")
    assert menu["id"] == "circle" and menu["n"] and menu["src"]
    path = tmp_path / "mine.ring"
    path.write_text("0 1\n1 0\n0 -1\n")
    value, held = sources.on_upload(page, visitor, [str(path)])
    crop = value["upload"]
    assert (crop["modality"], crop["count"], crop["enough"]) == ("ring", 3, True)
    assert crop["n"] == 3 and crop["src"]
    kept = sources.on_keep(page, visitor, held, {"title": "three"})
    row = next(row for row in kept["data"] if row["id"] == kept["preview"]["id"])
    assert (row["title"], row["count"]) == ("three", 3) and not path.exists()


def test_it_is_scored_with_its_data_and_exported(
    studio: Studio, ring_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ring_weights / "ring" / "circle"
    train, test = (catalogue.make("circle", count, seed=s) for count, s in ((100, 0), (60, 1)))
    found = evaluation.evaluate(folder, train=train, test=test, n=50)
    assert found["n"] == 50 and set(found["scores"]) == {"pca64"}  # points have no pixels
    assert all(row["real"] is not None for row in found["scores"]["pca64"].values())
    assert {row["score"] for row in found["missing"]} > {"encoder.frechet"}
    assert studio.evaluate(MODEL, n=20)["missing"]  # without data it says what is missing
    assert {file.name for file in files_of(folder)} >= {"model.safetensors", "config.json"}
