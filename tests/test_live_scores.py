"""Scores of a run while it trains: beside what real data get, kept with the run, few enough to send."""

import json
from dataclasses import replace

import numpy as np
import pytest
from test_jobs import QUICK, Place, place, quick_on_a_busy_machine

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.runs import scores, watching
from tgan_demo.runs.figures import MADE, Reference
from tgan_demo.runs.quality import Quality
from tgan_demo.runs.request import RunRequest
from tgan_demo.runs.scores import NAMES, Scores
from tgan_demo.studio import Studio

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures


def figures(value: float) -> dict[str, float]:
    return dict.fromkeys(NAMES, value)


def test_there_are_never_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "MAX_POINTS", 10)
    kept = Scores()
    kept.begin("components", 64, figures(0.9))
    for k in range(1, 101):
        kept.add(k, figures(k / 100))
    told = kept.columns()
    assert len(told["x"]) <= 11 and told["x"][0] == 1 and told["x"] == sorted(told["x"])
    assert told["mind"] == pytest.approx([x / 100 for x in told["x"]])
    assert told["n"] == 64 and told["real"] == figures(0.9)
    json.dumps(told, allow_nan=False)
    assert Scores(told).columns() == told
    assert Scores(None).columns()["x"] == []


def test_the_best_is_known_though_its_row_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "MAX_POINTS", 4)
    kept = Scores()
    kept.begin("components", 64, figures(0.9))
    values = [0.5, 0.4, 0.1, 0.3, 0.35, 0.4, 0.45, 0.5, 0.4, 0.3, 0.3, 0.3]
    best_at = []
    for k, value in enumerate(values):
        kept.add(10 * k, figures(value))
        best_at.append((kept.best["mind"][0], kept.best["recall"][0]))
    assert best_at[:4] == [(0, 0), (10, 0), (20, 0), (20, 0)]
    assert "diversity" not in kept.best
    assert 20 not in kept.columns()["x"]
    assert kept.best["mind"] == [20, 0.1, 9] and kept.best["recall"] == [0, 0.5, 11]
    assert kept.has_converged("mind", 110, 90) and not kept.has_converged("mind", 110, 91)
    assert not kept.has_converged("inception", 110, 50) or "inception" in kept.best
    kept.begin("encoder", 64, figures(0.9))  # of other numbers the old ones say nothing
    assert kept.columns()["x"] == [] and not kept.has_converged("mind", 110, 90)


def test_a_good_start_is_no_convergence() -> None:
    kept = Scores()
    kept.begin("components", 64, figures(0.9))
    for k in range(1 + scores.SETTLED):
        assert not kept.has_converged("mind", 1000 * k, 10)
        kept.add(1000 * k, figures(0.1))
    assert kept.has_converged("mind", 9000, 10)


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(0)
    centres = rng.integers(40, 215, (6, 8, 8, 1))
    items = centres[rng.integers(0, 6, 800)] + rng.integers(-30, 31, (800, 8, 8, 1))
    data = Dataset("heaps", items.astype(np.uint8), modality="image")
    model = ModelConfig(shape=(1, 8, 8), patch=4, overlap=0, width=32, depth=1, heads=2)
    state = new_state(model, TrainConfig(precision="float32"), registry.tokenizer("image"))
    return Reference(state, data), state, items


def test_real_data_get_what_the_line_says(reference) -> None:
    known, state, items = reference
    quality = Quality(state, known.known, known, None)
    real = quality.real
    assert quality.features == "components" and "inception" not in real
    assert real["precision"] > 0.7 and real["diversity"] == pytest.approx(1, abs=0.2)
    again = quality.scores(state, items[-MADE:].astype(np.uint8))
    for name in ("frechet", "mind", "roughness"):
        assert again[name] == pytest.approx(real[name], rel=1.0)
    assert abs(again["kernel"]) < 0.1
    one = quality.scores(state, np.repeat(items[:1], MADE, axis=0).astype(np.uint8))
    noise = quality.scores(
        state, np.random.default_rng(0).integers(0, 256, (MADE, 8, 8, 1)).astype(np.uint8)
    )
    assert one["mind"] > 1.5 * real["mind"] and one["diversity"] == 0
    assert noise["roughness"] > 1.2 * real["roughness"]
    for bad in (one, noise):
        assert bad["coverage"] < real["coverage"] - 0.3
        assert bad["frechet"] > 2 * real["frechet"] and bad["kernel"] > 0.3


def test_the_nearest_of_a_training_sample_is_itself(reference) -> None:
    known, state, _ = reference
    some = known.known.items[[5, 0, 300]]
    signal = state.tokenizer.from_items(some, state.model).numpy()
    assert np.array_equal(known.nearest(signal), some)
    assert np.array_equal(known.nearest(signal + 0.01), some)


def test_inception_counts_the_classes_that_are_met(reference) -> None:
    known, state, _ = reference
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 60)
    grey = (labels[:, None, None, None] * 60 + 30 + rng.integers(-9, 10, (240, 8, 8, 1))).astype(
        np.uint8
    )
    order = rng.permutation(240)
    names = ("a", "b", "c", "d")
    data = replace(known.known, items=grey[order], labels=labels[order], classes=names)
    model = replace(state.model, classes=names)
    seen = new_state(model, state.train, state.tokenizer)
    quality = Quality(seen, data, Reference(seen, data), None)
    assert quality.real["inception"] == pytest.approx(4, abs=0.3)
    two = quality.scores(seen, grey[labels < 2][:MADE])
    assert two["inception"] == pytest.approx(2, abs=0.3) or two["inception"] < 2.3


def test_a_run_is_scored_beside_real_data_and_keeps_it(place: Place) -> None:
    run_id = place.start(100_000)
    status = place.until(run_id, lambda s: len(s["scores"]["x"]) >= 2)
    told = status["scores"]
    assert told["n"] > 1 and told["real"]["coverage"] > 0
    best = place.until(run_id, lambda s: s["moments"]["best"] is not None)["moments"]["best"]
    assert best["score"] == "frechet" and best["value"] <= told["frechet"][0]
    later = place.until(run_id, lambda s: s["moments"]["best"]["nimg"] > best["nimg"])["moments"][
        "best"
    ]
    assert later["value"] < best["value"]  # it follows the score
    studio = Studio(place.store.data_dir)
    assert studio.info(f"{run_id}@best", place.visitor).title.startswith("cats · ")
    made, near = place.status(run_id)["nearest"]
    assert made["kind"] == near["kind"] == "raster" and made != near
    assert all(len(told[name]) == len(told["x"]) for name in told["real"])
    assert {"frechet", "kernel", "mind", "coverage"} <= set(told["real"])
    place.jobs.stop(place.visitor, run_id)
    ended = place.until(run_id, "stopped")["scores"]
    place.jobs.close()
    place.jobs = place.open()
    assert place.status(run_id)["scores"] == ended


def test_a_run_may_end_when_its_score_has_settled(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MEASURE_SHARE", 1.0)
    monkeypatch.setattr(scores, "SETTLED", 2)
    still = {**QUICK, "lr_g": 1e-8}  # G stays as it is, so nothing becomes better
    run_id = place.start(8_000, until="kernel", patience=0.05, train_settings=still)
    status = place.until(run_id, "done")
    assert status["nimg"] < 8_000
    assert any("ended early: the score kernel" in note for note in status["notes"])


@pytest.mark.parametrize("asked", [{"until": "beauty"}, {"until": "mind", "patience": 0}])
def test_what_no_run_can_end_by_is_refused(asked: dict) -> None:
    with pytest.raises(ConfigError, match="score|patience"):
        RunRequest(**asked)
