"""What a card says of its model's warm start: figures, or that nobody measured them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import toys
from tgan_demo.engine.draw.model import Model
from tgan_demo.models import card, vae_rows
from tgan_demo.models.folder import load_model

TRAIN = {"warm_start": 40_000, "warm_start_kl": 0.001, "reconstruction_weight": 2.0}
GAME = {
    "kl": 12.3,
    "mean_square": 0.82,
    "variance": 0.88,
    "active": 9,
    "dimensions": 16,
    "share": 0.8,
}


@pytest.fixture
def model(tmp_path: Path) -> Model:
    toys.make_model(tmp_path / "digits", toys.DIGITS)
    return load_model(tmp_path / "digits")


def said(model: Model, **meta: object) -> dict[str, str]:
    return dict(vae_rows.rows(replace(model, meta=model.meta | meta)))


def test_a_model_without_a_warm_start_has_no_row(model: Model) -> None:
    assert said(model) == said(model, train={"warm_start": 0}) == {}


def test_an_older_model_says_that_nobody_measured(model: Model) -> None:
    rows = said(model, train=TRAIN)
    assert "40,000" in rows["Warm start"] and "beta-VAE (beta 0.001" in rows["Warm start"]
    assert "weight 2 (VAE/GAN)" in rows["Warm start"]
    assert "The encoder at the end" not in rows
    assert rows["After the warm start alone"].startswith("not measured")
    assert "128" in said(model, train={"rehearsal": 128})["Warm start"]  # the old name
    assert "99" in said(model, train=TRAIN | {"warm_start": 0}, warm_start=99)["Warm start"]


def test_a_row_says_what_was_measured_when_either_end_came(model: Model) -> None:
    ends = {
        end: {"judge": "encoder.frechet", "score": {"value": value, "real": 1.0, "n": 500}}
        for end, value in (("warm_start", 3.25), ("game", 1.5))
    }
    ends["game"] |= GAME
    rows = said(model, train=TRAIN, vae=ends)
    name = "After the warm start alone / after the game (`encoder.frechet`)"
    assert rows[name] == "3.25 / 1.5 (real 1), on 500 validation samples"
    ends["warm_start"]["again"] = True
    assert said(model, train=TRAIN, vae=ends)[name].endswith("warm start run again")
    learned = rows["The encoder at the end"]
    assert "KL 12.3 nats a sample" in learned and "9 of 16 dimensions active" in learned
    assert "80% of G's gradient is from this loss, 20% from D" in learned


def test_where_the_tokenizer_knows_z_no_kl_is_told(model: Model) -> None:
    knows = replace(model, tokenizer=SimpleNamespace(encodes=True))
    rows = said(knows, train=TRAIN, vae={"game": GAME | {"kl": None}})
    assert "principal components" in rows["Warm start"] and "no KL" in rows["Warm start"]
    assert "beta 0.001" not in rows["Warm start"] and "KL" not in rows["The encoder at the end"]


def test_the_card_has_the_rows(model: Model) -> None:
    scores = {"scores": {}, "spaces": {}, "missing": [], "n": 1, "seed": 0}
    text = card._card(replace(model, meta=model.meta | {"train": TRAIN}), scores, "")
    assert "- Warm start: the first 40,000: G learned as the decoder of a beta-VAE" in text
