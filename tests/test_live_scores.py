"""Scores of a run while it trains: beside what real data get, kept with the run, few enough to send."""

import json

import numpy as np
import pytest
import torch
from test_jobs import Place, place, quick_on_a_busy_machine

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game.health import Samples
from tgan_demo.engine.game.state import new_state
from tgan_demo.modalities import registry
from tgan_demo.runs import scores
from tgan_demo.runs.figures import MADE, Reference
from tgan_demo.runs.scores import NAMES, Scores

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures


def figures(value: float) -> Samples:
    return Samples(
        count=64, distance=value, coverage=value, precision=value, recall=value, mind=value
    )


def test_there_are_never_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "MAX_POINTS", 10)
    kept = Scores()
    kept.begin(figures(0.9))
    for k in range(1, 101):
        kept.add(k, figures(k / 100))
    told = kept.columns()
    assert len(told["x"]) <= 11 and told["x"][0] == 1 and told["x"] == sorted(told["x"])
    assert told["mind"] == pytest.approx([x / 100 for x in told["x"]])
    assert told["n"] == 64 and told["real"] == dict.fromkeys(NAMES, 0.9)
    json.dumps(told, allow_nan=False)
    assert Scores(told).columns() == told
    assert Scores(None).columns()["x"] == []


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
    real = known.of_real(state)
    assert (
        real.count == MADE and real.precision > 0.7 and real.distance == pytest.approx(1, abs=0.2)
    )
    others = state.tokenizer.from_items(items[-MADE:].astype(np.uint8), state.model).numpy()
    again = known.figures(others)
    assert again.mind == pytest.approx(real.mind, rel=1.0)
    one = known.figures(np.repeat(others[:1], MADE, axis=0))
    noise = known.figures(torch.rand(MADE, 1, 8, 8).mul(2).sub(1).numpy())
    assert one.mind > 1.5 * real.mind
    assert max(one.coverage, noise.coverage, noise.precision) < real.coverage - 0.3


def test_a_run_is_scored_beside_real_data_and_keeps_it(place: Place) -> None:
    run_id = place.start(100_000)
    status = place.until(run_id, lambda s: len(s["scores"]["x"]) >= 2)
    told = status["scores"]
    assert told["n"] > 1 and told["real"]["coverage"] > 0
    assert all(len(told[name]) == len(told["x"]) for name in NAMES)
    place.jobs.stop(place.visitor, run_id)
    ended = place.until(run_id, "stopped")["scores"]
    place.jobs.close()
    place.jobs = place.open()
    assert place.status(run_id)["scores"] == ended
