"""Walk's handlers as plain functions: from seeds, between two texts, in a link, as a file."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import base64

import gradio as gr
import numpy as np
import pytest
from small_studio import SPOKEN, SmallStudio, page, studio, text_page, values  # noqa: F401

from tgan_demo.config import SampleConfig
from tgan_demo.errors import TganError
from tgan_demo.modalities.audio.look import STEP_S
from tgan_demo.ui import walks
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.walk import between
from tgan_demo.ui.panels.walk import panel as walk


def test_a_walk_survives_the_link() -> None:
    keys = (
        SampleConfig(seed=42, count=1),
        SampleConfig(seed=57, count=1, label=7),
        SampleConfig(seed=99, count=1, variation=0.3, variation_seed=12),
    )
    walk_ = walks.make(keys, "lerp", "w", 30, False)
    assert walks.read(walks.write(walk_)) == walk_
    moves = walks.make(keys, "lerp", "w", 30, False, "motion")
    assert walks.read(walks.write(moves)) == moves and moves.part == "motion"
    assert walks.make(keys, "lerp", "w", 30, False, "<b>").part == "both"


@pytest.mark.parametrize("text", ["", "!", "x_y!z", "1_2!a!b!c!d", "-4_1e400", "9" * 5000, None])
def test_any_text_reads_as_some_walk(text) -> None:
    assert len(walks.read(text).keys) <= walks.MAX_KEYS


def test_reorder_keeps_two_keys() -> None:
    keys = tuple(SampleConfig(seed=i, count=1) for i in range(3))
    assert [k.seed for k in walks.reorder(keys, [2, 0])] == [2, 0]
    assert walks.reorder(keys, [1]) == keys
    assert walks.reorder(keys, ["a", 7, 1, 1]) == keys
    assert walks.reorder(keys, None) == keys


def test_a_walk_starts_from_the_seeds_last_seen(page: Page) -> None:
    settings = ["slerp", "z", 24, True, "both"]
    found, _ = walk.read_walk(page, "7_9", "", *settings, *values(seed=42))
    assert [key.seed for key in found.keys] == [7, 9, 42]
    alone, _ = walk.read_walk(page, "42", "", *settings, *values(seed=42))
    assert [key.seed for key in alone.keys] == [42, 43, 44, 45]


def test_a_walk_drops_classes_that_the_model_lacks(page: Page, studio: SmallStudio) -> None:
    settings = ["slerp", "z", 4, True, "both"]
    found, view = walk.read_walk(page, "", "1~1_2", *settings, *values(model="image/avatars"))
    text, keys, player = walk.on_show(page, found, view)
    assert [key.label for key in studio.asked[-1][0]] == [None, None]
    assert player["n"] == 8 and keys["link"] == text and len(keys["keys"]) == 2


def test_a_walk_never_asks_for_too_many_frames() -> None:
    keys = tuple(SampleConfig(seed=i, count=1) for i in range(12))
    found = walks.make(keys, "slerp", "z", 60, True)
    assert found.legs * found.frames_that_fit <= walks.MAX_FRAMES


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_export_ends_with_a_file(page: Page, kind: str) -> None:
    settings = ["slerp", "z", 4, True, "both"]
    found, view = walk.read_walk(page, "", "1_2", *settings, *values())
    *_, (said, _, order) = walk.on_export(page, found, view, kind)
    assert order["do"] == "download" and order["name"].endswith(kind) and "KiB" in said


def test_a_closed_export_stops(page: Page) -> None:
    settings = ["slerp", "z", 60, True, "both"]
    found, view = walk.read_walk(page, "", "1_2_3_4", *settings, *values())
    run = walk.on_export(page, found, view, "webp")
    next(run), next(run)
    run.close()  # as Gradio does on cancel


def typed_walk(page: Page, *texts: object, settings: tuple = ("slerp", "z", 4, False, "both")):
    """What is shown once both texts are found, and the walk and view of it."""
    found, view = walk.read_walk(page, "", "", *settings, *values(model="text/verses"))
    busy, done = between.on_go(page, list(texts), found, view)
    assert "status" in busy[1] and isinstance(busy[3], dict)  # nothing but the line changes
    return done, found, view


def test_two_typed_texts_become_a_walk_that_can_be_exported(text_page: Page) -> None:
    texts = [str(n) for n in text_page.studio.sample("text/verses", SampleConfig(count=2)).items]
    (held, said, back, keys, player), found, view = typed_walk(text_page, *texts)
    assert back["visible"] and keys["fixed"] and [key["state"] for key in keys["keys"]] == [{}, {}]
    assert player["n"] == 5 and player["legs"] == 1 and player["afresh"]
    assert [player["texts"][0], player["texts"][-1]] == held.ends.nearest.tolist()
    assert "nats a token" in said and "奈特" in between.told(held.ends, "zh")
    loop = walks.make(found.keys, "lerp", "w", 6, True)
    assert between.on_show(text_page, held, loop, view)[1]["n"] == 12
    *_, (_, _, order) = walk.on_export(text_page, found, view, "txt", held)
    first, *_ = base64.b64decode(order["data"]).decode().split("\n\n")
    assert "".join(c for c in first if c.isalnum()) == held.ends.nearest[0]


def test_a_typed_walk_ends_where_the_view_does(text_page: Page) -> None:
    text = str(text_page.studio.sample("text/verses", SampleConfig(count=1)).items[0])
    (held, *_), _, view = typed_walk(text_page, text, text)
    assert held.fits(view)
    assert not held.fits(text_page.view(*values(model="text/verses", seed=43)))
    assert not held.fits(text_page.view(*values(model="image/digits")))


def test_what_is_typed_goes_out_escaped() -> None:
    wild = np.array(["<img src=x>", "![a](http://b)"])
    for reconstruction_loss in (None, (0.1, 2.0)):
        for asked in (wild, wild[::-1]):
            said = between.told(between.Ends(asked, wild, reconstruction_loss, None), "en")
            assert "<img" not in said and "&lt;img" in said


@pytest.mark.parametrize("wrong", ["", "  ", None])
def test_a_walk_wants_both_texts(text_page: Page, wrong) -> None:
    with pytest.raises(gr.Error, match="two texts"):
        typed_walk(text_page, "x", wrong)


def test_a_text_that_cannot_be_read_clears_the_line(text_page: Page) -> None:
    found, view = walk.read_walk(
        text_page, "", "", "slerp", "z", 4, False, "both", *values(model="text/verses")
    )
    run = between.on_go(text_page, ["0123456789", "0123456789"], found, view)
    assert "Looking" in next(run)[1] and next(run)[1] == ""
    with pytest.raises(TganError, match="letters"):
        next(run)


def test_a_walk_between_sounds_is_heard_at_its_own_pace(text_page: Page) -> None:
    settings = ["slerp", "z", 30, False, "both"]
    found, view = walk.read_walk(text_page, "", "1_2_3", *settings, *values(model=SPOKEN))
    _, keys, player = walk.on_show(text_page, found, view)
    assert player["n"] == 61 and player["every"] == 3 and len(player["src"]["sounds"]) == 21
    assert all(sound.startswith("data:audio/wav;base64,") for sound in player["src"]["sounds"])
    assert player["fps"] == pytest.approx(3 / STEP_S) and len(keys["keys"]) == 3
    *_, (said, _, order) = walk.on_export(text_page, found, view, "wav", None)
    assert order["name"] == "digits-walk.wav" and order["mime"] == "audio/wav" and "KiB" in said
