"""The page's handlers as plain functions, over a small studio; and the page builds without a warning."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import base64
import html
import json
import re
import warnings
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from markdown_it import MarkdownIt
from small_studio import PIXEL, SPOKEN, SmallStudio, page, studio, text_page, values  # noqa: F401

from tgan_demo import export
from tgan_demo.config import SampleConfig
from tgan_demo.errors import DataError
from tgan_demo.files import sheets
from tgan_demo.modalities.video.painters import moving
from tgan_demo.ui import blocks, canvases, side, visit, widgets
from tgan_demo.ui.api import Api
from tgan_demo.ui.controls import MAX_SEED, clamp
from tgan_demo.ui.handlers import guard, together
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.play import panel as play
from tgan_demo.ui.panels.play import saving


def test_view_makes_every_value_valid(page: Page) -> None:
    bad = page.view(
        "v", "xx", "image/digits", "nan", "99", 1e9, "hot", "most", "many", -3, None, "go:"
    )
    assert bad.lang == "en"
    assert bad.config == SampleConfig(seed=42, count=16, label=None, psi=2.0)
    assert page.view(*values(seed=10**30)).config.seed == MAX_SEED
    assert page.view(*values(label="1")).config.label == 1
    assert page.view(*values(model="image/avatars", label="1")).config.label is None


def test_clamp_keeps_large_integers_exact() -> None:
    assert clamp(2**53 - 1, 0, 2**60, 0, whole=True) == 2**53 - 1
    assert clamp(float("inf"), 0, 1, 0.5) == 0.5


def test_draw_follows_the_controls(page: Page) -> None:
    value, said = play.on_draw(page, page.view(*values(seed=7, label="1")))
    assert value["seeds"] == [7, 8, 9, 10] and value["names"] == ["one"] * 4
    assert value["src"]["png"].startswith("data:image/png;base64,")
    assert value["state"]["label"] == 1 and "“one”" in said
    other, _ = play.on_draw(page, page.view(*values(seed=8, label="1")))
    assert other["src"] != value["src"]


def test_a_visitors_names_are_no_markdown(page: Page) -> None:
    info = page.studio.info("image/digits", None)
    title, label = (
        "# 1. _a_ [b](http://c.example) <img src=x> $$d$$ `e` http://f.example",
        "*g* ~~h~~",
    )
    own = replace(info, title=title, classes=(label,), own=True)
    said = play.sentence(own, SampleConfig(seed=1, count=4, label=0), "en")
    shown = MarkdownIt("commonmark", {"html": True}).enable("strikethrough").render(said)
    assert html.unescape(re.sub(r"<[^>]+>", "", shown)).startswith(
        f"{title} was asked for “{label}” 4 times"
    )
    assert re.findall(r"<(\w+)", shown) == ["p", "em"]  # the frame, and what to try next
    assert "http://" not in said  # or a browser's Markdown would link it


def test_the_contact_sheet_is_one_hundred_seeds(page: Page) -> None:
    value = play.on_contact(page, page.view(*values()), 300)
    assert value["n"] == 100 and value["seeds"][0] == 300 and "state" not in value


def test_a_saved_png_brings_its_settings_back(page: Page) -> None:
    view = page.view(*values(seed=9, label="1", psi=0.5, variation=0.2, vseed=3))
    order = saving.on_save(page, view, "png8")
    assert order["do"] == "download" and order["name"] == "digits-9-x8.png"
    found = saving.on_png(page, None, "en", "image/avatars", {"data": order["data"], "name": "a"})
    assert found[:-1] == page.restore_values("image/digits", view.config)


@pytest.mark.parametrize("data", [None, {}, {"data": "%%%"}, {"data": "bm8="}, {"data": 3}])
def test_a_foreign_file_is_refused_in_words(page: Page, data) -> None:
    with pytest.raises(DataError, match="PNG|drop|again"):
        saving.on_png(page, None, "en", "image/digits", data)


def test_a_zip_has_one_png_for_each_seed(page: Page) -> None:
    order = saving.on_save(page, page.view(*values()), "zip")
    assert base64.b64decode(order["data"])[:2] == b"PK"


def test_copied_text_repeats_the_draw(page: Page) -> None:
    view = page.view(*values(seed=5))
    assert saving.on_copy(view, "python", modality="image")["text"] == export.as_python(
        view.model, view.config
    )
    assert "--seed 5" in saving.on_copy(view, "command", modality="image")["text"]


def test_restore_checks_what_the_browser_sends(page: Page) -> None:
    state = {"model": "image/digits", "seed": -5, "label": 1, "psi": "x", "count": 10**9}
    assert side.restore(page, None, "image/avatars", state) == [
        "image/digits", 0, "1", 1.0, 1.0, 1.0, 64, 0.0, 0, "",
    ]  # fmt: skip
    assert side.restore(page, None, "image/avatars", None)[0] == "image/avatars"


def test_the_grid_is_drawn_only_where_it_is_seen(page: Page, studio: SmallStudio) -> None:
    view = page.view(*values(seed=7))
    value, said, drawn = play.on_change(page, view, False, None)
    assert value == {"state": value["state"]} and value["state"]["seed"] == 7 and drawn is None
    assert not studio.asked
    value, said, drawn = play.on_change(page, view, True, None)
    assert value["seeds"][0] == 7 and len(studio.asked) == 1
    play.on_change(page, view, True, drawn)  # shown already
    assert len(studio.asked) == 1


def test_the_hundred_seeds_follow_the_seed_and_are_drawn_once(
    page: Page, studio: SmallStudio
) -> None:
    first, sheet, shown = play.on_rest(page, page.view(*values(seed=42)), 0, None)
    assert first == 0 and sheet["seeds"] == list(range(100))
    first, sheet, shown = play.on_rest(page, page.view(*values(seed=57)), first, shown)
    assert first == 0 and len(studio.asked) == 1  # among those shown
    first, sheet, shown = play.on_rest(page, page.view(*values(seed=1234)), first, shown)
    assert first == 1200 and sheet["seeds"][0] == 1200
    first, sheet, shown = play.on_turn(page, 100, first, *values(seed=1234))
    assert first == 1300 and sheet["seeds"][0] == 1300
    first, sheet, shown = play.on_rest(page, page.view(*values(seed=1234, psi=0.5)), first, shown)
    assert first == 1300 and studio.asked[-1].psi == 0.5  # turned by hand: it stays there


def test_a_card_shows_its_own_picture_and_none_from_elsewhere(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(base64.b64decode(PIXEL))
    info = replace(
        SmallStudio(tmp_path).infos[0],
        sheet=sheet,
        card="![samples](sheet.png) ![x](http://far.example/a.png) <IMG src='//far.example/b'>",
    )
    shown = widgets.card(info)
    assert "data:image/png;base64," in shown and "far.example" not in shown


def test_files_of_own_models_are_called_by_their_title(studio: SmallStudio) -> None:
    bundled = studio.infos[0]
    assert widgets.file_stem(bundled) == "digits"
    own = replace(bundled, id="mine/8f3a", own=True, title="My cats / 2nd try!")
    assert widgets.file_stem(own) == "My-cats-2nd-try"
    assert widgets.file_stem(replace(own, title="../..")) == "model"


def test_a_link_is_read_and_its_bad_values_are_named(studio: SmallStudio) -> None:
    query = {"model": "image/digits", "seed": "7", "label": "1", "psi": "0.5", "tab": "walk"}
    start = visit.open_page(studio, query, blocks.TABS)
    assert start.config == SampleConfig(seed=7, count=16, label=1, psi=0.5)
    assert start.tab == "walk" and not start.notes
    bad = visit.open_page(
        studio, {"model": "nope", "seed": "-1", "psi": "nan", "tab": "x"}, blocks.TABS
    )
    assert bad.model == "image/digits" and bad.tab == "play"
    assert bad.config == SampleConfig(seed=42, count=16)
    assert len(bad.notes) == 3


def test_a_visitor_keeps_an_id_that_is_ours_alone(studio: SmallStudio) -> None:
    first = visit.open_page(studio, {}, blocks.TABS).visitor
    assert visit.open_page(studio, {"me": first}, blocks.TABS).visitor == first
    assert visit.open_page(studio, {"me": "../../etc"}, blocks.TABS).visitor != "../../etc"


@pytest.mark.parametrize("text", [None, "", "[1]", "{", '{"seed": 3}', "x" * 9000])
def test_any_boot_text_is_taken(text) -> None:
    assert visit.read_boot(text) == {}


def test_guard_shows_our_errors_and_hides_bugs() -> None:
    def wrong():
        raise DataError("say this")

    def bug():
        raise ZeroDivisionError("secret path")

    with pytest.raises(gr.Error, match="say this"):
        guard(wrong)()
    with pytest.raises(gr.Error, match="Sorry") as caught:
        guard(bug)()
    assert "secret" not in str(caught.value)


def test_api_clamps(studio: SmallStudio) -> None:
    api = Api(studio)
    made = api.generate("image/digits", seed=-4, count=10**9, label=77, psi=9e9)
    assert made["count"] == 256 and studio.asked[-1].psi == 2 and studio.asked[-1].label is None
    assert api.interpolate("image/digits", [1, 2], frames=10**9)["count"] <= 240
    looked = api.attention("image/avatars", seed=1, token=99)
    assert looked["token"] == 3 and len(looked["g"][0][0]) == 4
    assert json.dumps(api.models())


def test_sprites_hold_every_picture() -> None:
    items = np.arange(5 * 2 * 2 * 3, dtype=np.uint8).reshape(5, 2, 2, 3)
    made = sheets.raster(items, 2).value()
    assert (made["cols"], made["n"], made["w"], made["h"]) == (2, 5, 2, 2)


def test_the_head_cannot_be_broken_out_of() -> None:
    head = canvases.head()
    assert head.count("</script>") == 1 and head.startswith("<script>")


def test_the_page_builds_and_only_the_api_is_public(tmp_path: Path) -> None:
    from tgan_demo.studio import Studio

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", DeprecationWarning)
        demo = blocks.build(Studio(tmp_path))
    public = {f.api_name for f in demo.fns.values() if f.api_visibility == "public"}
    assert public == {
        "models", "generate", "interpolate", "attention", "edit",
        "train_start", "train_status", "train_stop", "evaluate",
    }  # fmt: skip
    drawn = {component["id"] for component in demo.config["components"]}
    for event in demo.config["dependencies"]:
        assert drawn.issuperset([*event["inputs"], *event["outputs"]]), event["api_name"]
    # of an event, only one handler that calls the server may wait for its last answer: see when_changed
    waiting = [
        tuple(trigger)
        for event in demo.config["dependencies"]
        if event["backend_fn"] and event["trigger_mode"] == "always_last"
        for trigger in event["targets"]
        if trigger[1] != "then"
    ]
    assert len(set(waiting)) == len(waiting)


def test_handlers_together_take_their_own_inputs_and_give_their_own_outputs() -> None:
    reactions = [
        (lambda a, b: [a + b, a], ["a", "b"], ["sum", "first"]),
        (lambda: {"is": "alone"}, [], ["said"]),
        (lambda c: [c], ["c"], ["list"]),
    ]
    call, inputs, outputs = together(reactions)
    assert (inputs, outputs) == (["a", "b", "c"], ["sum", "first", "said", "list"])
    assert call(1, 2, 3) == [3, 1, {"is": "alone"}, [3]]


def test_a_model_of_sounds_is_heard_and_saved_as_wav(text_page: Page) -> None:
    view = text_page.view(*values(model=SPOKEN, count=4))
    grid, said = play.on_draw(text_page, view)
    assert (
        len(grid["src"]["sounds"]) == 4 and (grid["w"], grid["h"]) == (128, 64) and "hear" in said
    )
    order = saving.on_save(text_page, view, "wav")
    assert order["name"].endswith(".zip")
    assert "audio/digits" in saving.on_copy(view, "command", modality="audio")["text"]
    chips = widgets.class_chips(SPOKEN, text_page.classes(SPOKEN, None))
    assert [len(part) for part in chips["factors"]] == [10, 2]


def test_classes_of_three_parts_are_three_rows_of_chips(text_page: Page, monkeypatch) -> None:
    monkeypatch.setattr(type(text_page), "classes", lambda *_: moving.CLASSES)
    rows = widgets.class_chips(SPOKEN, text_page.classes(SPOKEN, None))["factors"]
    assert [len(row) for row in rows] == [8, 8, 2]
    monkeypatch.setattr(type(text_page), "classes", lambda *_: ("a / b", "c / d"))  # not every pair
    assert "factors" not in widgets.class_chips(SPOKEN, text_page.classes(SPOKEN, None))


def test_a_disk_that_cannot_be_used_is_named() -> None:
    def full() -> None:
        raise OSError(28, "No space left on device", "/secret/place")

    with pytest.raises(gr.Error) as shown:
        guard(full)()
    assert "No space left on device" in str(shown.value) and "secret" not in str(shown.value)
