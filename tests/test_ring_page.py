"""The toy modality "ring" in every tab that all modalities share, and in the public API."""

import base64
import warnings
from pathlib import Path

import pytest

from tgan_demo.config import SampleConfig
from tgan_demo.studio import Studio
from tgan_demo.ui import blocks, side, visit, walks
from tgan_demo.ui.api import Api
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.inside import panel as inside
from tgan_demo.ui.panels.motion import panel as motion
from tgan_demo.ui.panels.play import panel as play
from tgan_demo.ui.panels.play import saving
from tgan_demo.ui.panels.sound import panel as sound
from tgan_demo.ui.panels.walk import panel as walk

MODEL = "ring/circle"
VIEW = View(None, "en", MODEL, SampleConfig(seed=3, count=4))


@pytest.fixture
def page(ring_weights: Path, tmp_path: Path) -> Page:
    return Page(Studio(tmp_path / "data", weights_dir=ring_weights))


def test_the_page_builds_and_opens_with_it(page: Page) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        demo = blocks.build(page.studio)
    ids = {block.elem_id for block in demo.blocks.values() if getattr(block, "elem_id", None)}
    assert {f"save-{kind}" for kind in saving.kinds("ring")} <= ids
    assert {f"walk-{kind}" for kind in walk.kinds("ring")} <= ids
    start = visit.open_page(page.studio, {"model": MODEL, "seed": "9"}, blocks.TABS)
    assert (start.model, start.config.seed, start.tab, start.notes) == (MODEL, 9, "play", [])
    (card,) = page.cards.value["items"]
    assert (card["id"], card["title"]) == (MODEL, page.studio.info(MODEL).title)


def test_the_left_column_shows_no_control_that_it_lacks(page: Page) -> None:
    assert not any(update["visible"] for update in side.fit(page, MODEL, None, 1.0))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_play_draws_and_says_what_it_is(page: Page, lang: str) -> None:
    view = View(None, lang, MODEL, VIEW.config)
    grid, said = play.on_draw(page, view)
    assert grid["n"] == 4 and grid["seeds"] == [3, 4, 5, 6] and grid["state"]["model"] == MODEL
    assert grid["src"] and page.studio.info(MODEL).title in said
    assert not {"picture", "image", "图"} & set(said.replace(",", " ").split())
    assert play.on_contact(page, view, 100)["n"] == 100


def test_play_saves_every_file_that_it_knows_and_copies_code(page: Page) -> None:
    for kind in saving.kinds("ring"):
        order = saving.on_save(page, VIEW, kind)
        assert order["do"] == "download" and base64.b64decode(order["data"])
    for kind in ("python", "command"):
        assert MODEL in saving.on_copy(VIEW, kind, modality="ring")["text"]


def test_walk_plays_and_is_saved(page: Page) -> None:
    found = walks.make((SampleConfig(seed=1), SampleConfig(seed=2)), "slerp", "z", 4, False)
    text, keys, player = walk.on_show(page, found, VIEW)
    assert player["n"] == 5 and player["src"] and keys["link"] == text
    assert all(key["picture"] for key in keys["keys"])
    for kind in walk.kinds("ring"):
        *_, (said, _, order) = walk.on_export(page, found, VIEW, kind)
        assert order["do"] == "download" and order["name"] in said


def test_inside_shows_its_maps_an_own_point_and_the_formula(page: Page, tmp_path: Path) -> None:
    value, shown = inside.on_show(page.studio, VIEW, None)
    assert value["state"] == "ready" and value["medium"] == "ring"
    assert value["generated"]["grid"] == [2]
    asked = {"open": True, "source": "generated", "net": "g", "token": 1}
    assert "softmax" in inside.on_formula(page.studio, asked, shown, None)
    path = tmp_path / "mine.ring"
    path.write_text("0.5 0.5\n")
    value, shown, own = inside.on_upload(page.studio, VIEW, str(path), None)
    assert not value["notice"] and value["uploaded"]["verdict"] and own is not None
    assert not path.exists()


@pytest.mark.parametrize("tab", [sound, motion], ids=["sound", "motion"])
def test_a_tab_for_others_says_so(page: Page, tab) -> None:
    lead, *_ = tab.on_show(page, VIEW)
    assert lead == {"kind": "none", "title": page.studio.info(MODEL).title, "models": []}


def test_the_public_endpoints_answer_for_it(page: Page) -> None:
    api = Api(page.studio)
    (row,) = api.models()
    assert (row["id"], row["shape"], row["tokens"]) == (MODEL, [2], [2])
    made = api.generate(MODEL, seed=3, count=4)
    assert made["count"] == 4 and made["seeds"] == [3, 4, 5, 6] and made["images"]
    assert api.interpolate(MODEL, [1, 2], frames=3)["count"] == 6
    maps = api.attention(MODEL, seed=1, token=1)
    assert maps["grid"] == [2] and len(maps["g"][0][0]) == 2 and len(maps["d"][0][0]) == 3
    assert api.evaluate(MODEL, n=100)["n"] == 100
