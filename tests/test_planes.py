"""Planes through w: their closed forms, the samples at their corners and seeds, what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toys

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import planes, sampler
from tgan_demo.engine.draw.planes import Map, between, resampled, spread
from tgan_demo.errors import ConfigError
from tgan_demo.measure import encoder
from tgan_demo.models.planes import Corners, Seeds
from tgan_demo.studio import Studio
from tgan_demo.ui import api_edit
from tgan_demo.ui.controls import state_of
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play.edit import plane as section

TOYS = ("image/digits", "image/avatars", "text/verses", "text/lines", "audio/digits", "video/moves")
HERE = SampleConfig(seed=3, count=1, temperature=0.0)
FOUR = Corners(tuple(replace(HERE, seed=seed) for seed in (3, 11, 19, 27)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    with pytest.MonkeyPatch.context() as patch:
        toys.quick_phases(patch)
        patch.setattr(planes, "SEEDS", 150)
        yield Studio(tmp_path_factory.mktemp("planes"), toy_weights)


# --- closed forms


def test_between_is_bilinear_and_its_corners_are_themselves() -> None:
    corners = torch.randn(4, 3, 8)
    at = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.25, 0.5]])
    found = between(corners, at)
    assert torch.equal(found[:4], corners)
    top, bottom = corners[0].lerp(corners[1], 0.25), corners[2].lerp(corners[3], 0.25)
    torch.testing.assert_close(found[4], top.lerp(bottom, 0.5))


def test_a_linear_map_of_w_is_bilinear_too() -> None:
    weight, corners, at = torch.randn(8, 5), torch.randn(4, 8), torch.rand(20, 2)
    torch.testing.assert_close(between(corners, at) @ weight, between(corners @ weight, at))


def test_a_map_shows_two_features_as_they_are_up_to_turning() -> None:
    """Of a cloud that is flat, the projection keeps which seeds are neighbours."""
    flat = torch.rand(60, 2) * torch.tensor([4.0, 1.0])
    axes = torch.linalg.qr(torch.randn(6, 2))[0].T
    at = spread(flat @ axes + 5)
    assert float(at.min()) == pytest.approx(planes.MARGIN, abs=1e-5)
    assert float(at.max()) == pytest.approx(1 - planes.MARGIN, abs=1e-5)
    # an affine image of the flat cloud: it is fitted without a rest
    known = torch.cat((flat, torch.ones(60, 1)), dim=1)
    rest = at - known @ torch.linalg.lstsq(known, at).solution
    assert float(rest.abs().max()) < 1e-4


def test_on_a_seed_a_map_gives_its_w_and_between_seeds_no_step() -> None:
    made = Map(torch.randn(200, 8), None, torch.rand(200, 2))
    torch.testing.assert_close(made(made.at_N2), made.w_NW, rtol=0, atol=1e-5)
    assert made.nearest(made.at_N2) == list(range(200))
    line = torch.stack((torch.linspace(0, 1, 20_001), torch.full((20_001,), 0.4)), dim=1)
    w = made(line)
    assert float((w[1:] - w[:-1]).norm(dim=1).max()) < 0.1  # of steps of about 4
    inside = made.w_NW.amin(dim=0) - 1e-4, made.w_NW.amax(dim=0) + 1e-4
    assert bool(((w >= inside[0]) & (w <= inside[1])).all())  # a mean


@pytest.mark.parametrize("features", [torch.ones(12, 3), torch.rand(12, 1), torch.ones(12, 1)])
def test_features_without_two_axes_make_a_map_too(features: torch.Tensor) -> None:
    at = spread(features)
    assert at.shape == (12, 2) and bool(torch.isfinite(at).all())
    assert bool(torch.isfinite(Map(torch.randn(12, 4), None, at)(torch.rand(5, 2))).all())


def test_a_line_is_walked_at_one_pace() -> None:
    corner = np.array([[0.0, 0.0], [0.1, 0.0], [0.6, 0.0], [0.6, 0.6]])
    found = resampled(corner, 13)
    np.testing.assert_allclose(np.linalg.norm(np.diff(found, axis=0), axis=1), 0.1, atol=1e-9)
    np.testing.assert_allclose(found[[0, -1]], corner[[0, -1]])
    np.testing.assert_allclose(resampled(np.full((2, 2), 0.3), 4), 0.3)  # a line that stands still


# --- every modality


@pytest.mark.parametrize("model", TOYS)
def test_a_corner_is_its_sample_to_the_byte(studio: Studio, model: str) -> None:
    for config, at in zip(FOUR.configs, section.PLACES, strict=True):
        items, w = studio.planes.item(model, FOUR, at, HERE)
        assert w.shape == (16,) and np.isfinite(w).all()
        look = section.registry.get(studio.info(model).modality).look
        alone = studio.each(model, [config])
        np.testing.assert_array_equal(items, alone)
        if look.sketch is None:
            sheet, _ = studio.planes.sketch(model, FOUR, at, HERE)
            assert sheet.source() == look.sheet(alone).source()
    rough, _ = studio.planes.sketch(model, FOUR, (0.5, 0.5), HERE)
    assert rough.count == 1


@pytest.mark.parametrize("model", TOYS)
def test_a_seed_of_the_map_is_its_sample(studio: Studio, model: str) -> None:
    seeds = Seeds(HERE)
    made = studio.planes.map(model, seeds)
    _, own = studio.planes.item(model, seeds, tuple(made.at_N2[7].tolist()), HERE)
    torch.testing.assert_close(torch.from_numpy(own), made.w_NW[7], rtol=0, atol=1e-5)
    assert studio.planes.map(model, seeds) is made  # kept
    assert studio.planes.map(model, Seeds(replace(HERE, seed=9, edit="go:pc1*2"))) is made
    assert studio.planes.map(model, Seeds(replace(HERE, psi=0.5))) is not made


@pytest.mark.parametrize("model", TOYS)
def test_a_path_is_made_of_the_points_it_goes_through(studio: Studio, model: str) -> None:
    line = np.array([section.PLACES[0], section.PLACES[3]])
    frames = studio.planes.path(model, FOUR, line, HERE, frames=13)
    assert len(frames) == 13
    if not studio.load(model).tokenizer.has_time:  # a clip plays on while w changes
        np.testing.assert_array_equal(frames[-1], studio.each(model, [FOUR.configs[3]])[0])
    modality = section.registry.get(studio.info(model).modality)
    assert modality.look.walk(frames).count == 13
    assert len(modality.files.walks[0].write(frames, loop=False)) > 20


def test_a_corner_edited_in_some_blocks_keeps_its_places(studio: Studio) -> None:
    edited = Corners((replace(HERE, edit="go:pc1*3@1-1"), *FOUR.configs[1:]))
    _, found = studio.planes.item("image/digits", edited, (0.5, 0.5), HERE)
    assert found.shape == (3, 16) and not np.array_equal(found[0], found[1])


def test_an_encoders_map_is_of_its_features(studio: Studio, tmp_path: Path) -> None:
    assert studio.planes.kinds("image/digits") == ("w",)
    with pytest.raises(ConfigError, match="no encoder"):
        studio.planes.map("image/digits", Seeds(HERE, "encoder"))
    toys.make_model(tmp_path / "w" / "image" / "seen", toys.DIGITS)
    rng = np.random.default_rng(0)
    items = rng.integers(0, 255, (40, 28, 28, 1), np.uint8)
    made = encoder.train_encoder(
        items, np.arange(40)[:, None] % 2, {"class": 2}, images=80, patch=7
    )
    encoder.save_encoder(made, tmp_path / "w" / "image" / "seen")
    own = Studio(tmp_path / "data", tmp_path / "w")
    assert own.planes.kinds("image/seen") == ("w", "encoder")
    found = own.planes.map("image/seen", Seeds(HERE, "encoder"))
    drawn = own.sample("image/seen", planes.seeds_of(HERE)).items
    read = encoder.load_encoder(tmp_path / "w" / "image" / "seen").features(drawn)
    torch.testing.assert_close(found.at_N2, spread(torch.from_numpy(read)), rtol=0, atol=1e-4)


# --- what the page asks


@pytest.fixture(scope="module")
def page(studio: Studio) -> Page:
    return Page(studio)


def asked(page: Page, what: Any, **ask: Any) -> dict[str, Any]:
    return section.answering(page, what)(ask)


def corners(model: str, *configs: SampleConfig) -> dict[str, Any]:
    return {"corners": [state_of(model, config) for config in configs]}


def test_a_point_can_be_loaded(page: Page, studio: Studio) -> None:
    model = "image/digits"
    ask = {"state": state_of(model, HERE), "plane": corners(model, *FOUR.configs)}
    at_b = asked(page, section.point, **ask, at=[1, 0], still=True)
    assert at_b["state"] == state_of(model, FOUR.configs[1]) and at_b["seed"] == 11
    inside = asked(page, section.point, **ask, at=[0.9, 0.2], still=True)
    assert inside["state"]["edit"].startswith("at:") and inside["state"]["count"] == 1
    config = section.config_of(inside["state"], studio.info(model).classes)
    whole = studio.each(model, [config])[0].astype(int)
    _, w = studio.planes.item(model, FOUR, (0.9, 0.2), HERE)
    drawn = sampler.synthesise(studio.load(model), torch.from_numpy(w)[None])[0]
    assert np.abs(whole - drawn).max() <= 3  # float16


@pytest.mark.parametrize("at", [None, [], [9, -3], ["x", None], {"x": 1}, [float("nan"), 0.2]])
def test_points_that_are_none_are_put_on_the_pad(page: Page, at: Any) -> None:
    ask = {"state": state_of("image/digits", HERE), "plane": corners("image/digits", *FOUR.configs)}
    found = asked(page, section.point, **ask, at=at)
    assert all(0 <= one <= 1 for one in found["at"])


def test_what_does_not_fit_is_refused(page: Page) -> None:
    model = "image/digits"
    state = state_of(model, HERE)
    foreign = corners("image/avatars", *FOUR.configs)
    assert "image/avatars" in asked(page, section.point, state=state, plane=foreign)["error"]
    edited = corners(model, *[replace(HERE, edit="at:" + edits.vector(np.zeros(4)))] * 4)
    assert "another model" in asked(page, section.point, state=state, plane=edited)["error"]
    assert "error" in asked(page, section.point, state={"model": "mine/none"})
    assert "error" in asked(page, section.path, state=state, plane={}, line=[[0, 0]])
    assert "error" in asked(page, section.path, state=state, plane={}, line="x")
    assert "no encoder" in asked(page, section.map_, state=state, plane={"by": "encoder"})["error"]


def test_a_map_and_its_small_pictures_are_told(page: Page) -> None:
    state = state_of("image/digits", HERE)
    told = asked(page, section.map_, state=state, plane={"by": "w"})
    places = np.frombuffer(section.base64.b64decode(told["at"]), "<u2")
    assert len(places) == 300 and len(told["labels"]) == 150 and told["kinds"] == ("w",)
    assert asked(page, section.thumbs, state=state, plane={"by": "w"}, sheet=10**9)["n"] == 100


def test_a_line_is_saved_as_a_film(page: Page) -> None:
    view = View(None, "en", "image/digits", HERE)
    ask = {"plane": {"by": "w"}, "line": [[0, 0], [1, 1]], "frames": 5, "kind": "webp"}
    *_, (said, order) = section.on_save(page, view, ask)
    assert order["name"].endswith("-path.webp") and order["name"] in said
    with pytest.raises(ConfigError, match="2 to"):
        list(section.on_save(page, view, {"kind": "exe"}))


def test_programs_ask_for_a_point_too(studio: Studio) -> None:
    asked = api_edit.Asked("image/digits", HERE, None)
    found = api_edit.edit(studio, asked, "plane", {"seeds": [3, 11, 19, 27], "at": [0.9, 0.2]})
    _, w = studio.planes.item("image/digits", FOUR, (0.9, 0.2), HERE)
    assert found["edit"] == f"at:{edits.vector(w)}" and found["count"] == 1
    assert "edit" in api_edit.edit(studio, asked, "plane", {"at": "nonsense"})
    for options in ({"seeds": [1, 2]}, {"seeds": "x"}, {"by": "encoder"}):
        with pytest.raises(ConfigError):
            api_edit.edit(studio, asked, "plane", options)
