"""Two models blended, and two samples with one setting apart."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toys

from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.files.tensors import read_tensors, write_tensors
from tgan_demo.models import blends
from tgan_demo.models.blends import blended
from tgan_demo.studio import Studio
from tgan_demo.ui import api_edit
from tgan_demo.ui.controls import state_of
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.play.edit import two
from tgan_demo.ui.panels.play.edit.plane import answering

TOYS = ("image/digits", "image/avatars", "text/verses", "text/lines", "audio/digits", "video/moves")
HERE = SampleConfig(seed=3, count=4, temperature=0.0)


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """The toys, and of each one a sister whose weights are others."""
    root = tmp_path_factory.mktemp("blends")
    shutil.copytree(toy_weights, root / "weights")
    for name in TOYS:
        sister = root / "weights" / f"{name}-sister"
        shutil.copytree(toy_weights / name, sister)
        tensors = read_tensors(sister / "model.safetensors")
        rng = torch.Generator().manual_seed(1)
        for key, value in tensors.items():
            if key.startswith("g.") and value.is_floating_point():
                tensors[key] = value + 0.1 * torch.randn(value.shape, generator=rng).to(value.dtype)
        tensors.pop("w_mean")
        write_tensors(sister / "model.safetensors", tensors)
    with pytest.MonkeyPatch.context() as patch:
        toys.quick_phases(patch)
        yield Studio(root / "data", root / "weights")


@pytest.mark.parametrize("name", TOYS)
def test_the_ends_of_a_blend_are_the_two_models(studio: Studio, name: str) -> None:
    sister = f"{name}-sister"
    assert studio.blends.differs(name, sister) is None
    for share, model in ((0, name), (1, sister)):
        drawn = studio.blends.draw(name, sister, share, HERE)
        np.testing.assert_array_equal(drawn, studio.sample(model, HERE).items)
    assert len(studio.blends.draw(name, sister, 0.5, HERE)) == 4


def test_weights_and_the_mean_w_are_the_blends_own(studio: Studio) -> None:
    a, b = (studio.load(f"image/digits{end}") for end in ("", "-sister"))
    half = blended(a, b, 0.5)
    for name, own in half.G.state_dict().items():
        middle = (a.G.state_dict()[name] + b.G.state_dict()[name]) / 2
        torch.testing.assert_close(own, middle, rtol=0, atol=1e-6)
    torch.testing.assert_close(half.w_mean, blends.mean_w(half.G))
    assert not torch.equal(half.w_mean, a.w_mean) and half.components is None
    again = studio.blends.draw("image/digits", "image/digits-sister", 0, HERE)
    np.testing.assert_array_equal(again, studio.sample("image/digits", HERE).items)  # A unchanged


def test_psi_0_is_the_blends_mean(studio: Studio) -> None:
    drawn = studio.blends.draw(
        "image/digits", "image/digits-sister", 0.5, replace(HERE, psi=0.0, label=2)
    )
    assert (drawn == drawn[:1]).all()


def test_other_shapes_vocabularies_and_numbers_are_refused(studio: Studio) -> None:
    assert studio.blends.differs("image/digits", "text/verses") == ("modality", "image", "text")
    name, here, there = studio.blends.differs("image/digits", "image/avatars") or ("",) * 3
    assert (name, here, there) == ("shape", "(1, 28, 28)", "(3, 32, 32)")
    draw = studio.blends.draw
    with pytest.raises(ConfigError, match="shape is"):
        draw("image/digits", "image/avatars", 0.5, HERE)
    with pytest.raises(ConfigError, match="0 to 1"):
        draw("image/digits", "image/digits-sister", 1.5, HERE)
    with pytest.raises(ConfigError, match="at most"):
        draw("image/digits", "image/digits-sister", 0.5, replace(HERE, count=17))
    with pytest.raises(NotFoundError):
        draw("image/digits", "mine/none", 0.5, HERE)
    a, b = (studio.load(f"text/verses{end}") for end in ("", "-sister"))
    words = {k: v + 1 for k, v in b.tokenizer.tensors().items()}
    other = replace(b, tokenizer=type("Other", (), {"tensors": lambda self: words})())
    with pytest.raises(ConfigError, match="vocabulary"):
        blended(a, other, 0.5)


def test_blends_that_are_kept_are_bounded(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = studio.blends._kept
    one = blends._size(studio.load("image/digits"))
    monkeypatch.setattr(kept, "most", 4 * one)
    for step in range(8):
        studio.blends.draw("image/digits", "image/digits-sister", step / 20, HERE)
    assert kept.nbytes <= 4 * one


# --- what the page asks


@pytest.fixture(scope="module")
def page(studio: Studio) -> Page:
    return Page(studio)


def asked(page: Page, what: Any, model: str = "image/digits", **ask: Any) -> dict[str, Any]:
    return answering(page, what)({"state": state_of(model, HERE), **ask})


@pytest.mark.parametrize("name", TOYS)
def test_two_are_drawn_with_one_setting_apart(page: Page, studio: Studio, name: str) -> None:
    other = state_of(name, HERE) | {"seed": 9}
    found = asked(page, two.pair, name, other=other)
    look = two.registry.get(studio.info(name).modality).look
    for side, seed in (("a", 3), ("b", 9)):
        alone = studio.sample(name, replace(HERE, seed=seed, count=1)).items
        assert found[side]["src"] == look.sheet(alone).source()
    assert found["state"] == other
    same = asked(page, two.pair, name, other=state_of(name, HERE))
    assert same["a"]["src"] == same["b"]["src"]


def test_another_model_takes_what_it_can(page: Page) -> None:
    state = state_of("image/avatars", replace(HERE, label=2, edit="go:class3*2"))
    found = asked(page, two.pair, other=state)
    assert found["state"]["label"] is None and found["state"]["edit"] == ""
    assert "error" in asked(page, two.pair, other={"model": "mine/none"})
    assert "error" in asked(page, two.pair)


def test_what_can_be_blended_is_told_with_why_not(page: Page) -> None:
    found = asked(page, two.choices)
    apart = {row["id"]: row["apart"] for row in found["blends"]}
    assert apart["image/digits-sister"] is None and apart["image/avatars"][0] == "shape"
    assert "image/digits" not in apart and "text/verses" not in apart
    assert len(found["classes"]) == 10 and found["luck"] is False
    drawn = asked(page, two.blend, other="image/digits-sister", share="nonsense")
    assert drawn["n"] == two.COUNT and drawn["share"] == 0.5
    assert "shape" in asked(page, two.blend, other="image/avatars")["error"]


def test_programs_ask_for_a_blend_too(studio: Studio) -> None:
    asked = api_edit.Asked("image/digits", replace(HERE, count=1), None)
    ask = {"other": "image/digits-sister", "share": 9, "count": 99}
    found = api_edit.edit(studio, asked, "blend", ask)
    assert found["share"] == 1 and found["count"] == blends.MAX_COUNT
    with pytest.raises(ConfigError, match="shape"):
        api_edit.edit(studio, asked, "blend", {"other": "image/avatars"})
