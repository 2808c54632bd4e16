"""Clips in Play and Walk, and the Motion tab's handlers, as plain functions over toy models."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
import toys
from PIL import Image

from tgan_demo import export
from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.engine.draw import inversion
from tgan_demo.errors import DataError
from tgan_demo.files import film, pixels
from tgan_demo.studio import Studio
from tgan_demo.ui import walks
from tgan_demo.ui.controls import MAX_SEED
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.motion import borrow as motion_borrow
from tgan_demo.ui.panels.motion import long as motion_long
from tgan_demo.ui.panels.motion import mix as motion_mix
from tgan_demo.ui.panels.motion import panel as motion
from tgan_demo.ui.panels.play import panel as play
from tgan_demo.ui.panels.play import saving
from tgan_demo.ui.panels.walk import panel as walk
from tgan_demo.ui.words.table import WORDS

MOVES, ONE, PLAIN = "video/moves", "video/one", "video/plain"
FRAMES, SIDE = 8, 16
BATCH = 2  # of 255: a clip differs a little with what is drawn in the same pass


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Over models of clips with classes, without a motion of its own, and without classes."""
    root = tmp_path_factory.mktemp("clips")
    toys.make_model(root / "image" / "digits", toys.DIGITS, "MNIST")
    toys.make_model(root / "video" / "moves", toys.MOVES, "dots and bars")
    shape = {"modality": "video", "shape": (1, 8, 16, 16), "patch": 8, "overlap": 1, **toys.SMALL}
    toys.make_model(root / "video" / "one", ModelConfig(**shape), "dots")
    toys.make_model(root / "video" / "plain", ModelConfig(motion=8, **shape), "dots")
    return Page(Studio(tmp_path_factory.mktemp("home"), weights_dir=root))


def view(model: str = MOVES, **settings: Any) -> View:
    return View(None, "en", model, SampleConfig(**{"seed": 7, "count": 4, **settings}))


def films(value: dict[str, Any]) -> np.ndarray:
    """The clips (N, T, H, W, C) of a canvas's value."""
    spec = value["src"]
    image = Image.open(io.BytesIO(base64.b64decode(spec["png"].partition(",")[2])))
    tall = np.asarray(image.convert("L") if image.mode == "L" else image.convert("RGB"))
    tall = tall.reshape(*tall.shape[:2], -1)
    rows = -(-value["n"] // value["cols"])
    w, h, frames = value["w"], value["h"], value["frames"]
    assert spec["frames"] == frames
    cells = tall.reshape(frames, rows, h, value["cols"], w, -1).transpose(1, 3, 0, 2, 4, 5)
    return cells.reshape(rows * value["cols"], frames, h, w, -1)[: value["n"]]


def near(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and int(np.abs(a.astype(int) - b).max()) <= BATCH


def wanted(*seeds: int, kind: int | None = None) -> list[dict[str, Any]]:
    return [{"seed": seed, "kind": kind} for seed in seeds]


def gif(frames: int = 12, size: tuple[int, int] = (40, 30)) -> str:
    """A square that goes to the right, as base64."""
    pictures = []
    for i in range(frames):
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        picture[8:16, 2 + 2 * i : 10 + 2 * i] = (250, 200, 30)
        pictures.append(Image.fromarray(picture))
    with io.BytesIO() as file:
        pictures[0].save(
            file, "GIF", save_all=True, append_images=pictures[1:], duration=120, loop=0
        )
        return base64.b64encode(file.getvalue()).decode()


def lasts(film: Image.Image) -> int:
    """Milliseconds of the first frame."""
    film.load()
    return int(film.info["duration"])


# --- Play


def test_the_grid_holds_every_frame_of_every_clip(page: Page) -> None:
    grid, said = play.on_draw(page, view())
    assert (grid["n"], grid["cols"], grid["frames"]) == (4, 2, FRAMES) and "clips" in said
    assert near(films(grid), page.studio.sample(MOVES, SampleConfig(seed=7, count=4)).items)
    assert "this clip" in play.on_draw(page, view(count=1, label=2))[1]


def test_a_contact_sheet_is_small_enough_for_the_page(page: Page, monkeypatch: Any) -> None:
    sheet = play.on_contact(page, view(), 0)
    assert sheet["n"] == 100 and len(json.dumps(sheet["src"])) < 1_000_000
    clips = (
        np.arange(2 * 3 * 96 * 96 * 3, dtype=np.uint32).reshape(2, 3, 96, 96, 3).astype(np.uint8)
    )
    small = pixels.smaller(clips, 48)
    assert small.shape == (2, 3, 48, 48, 3)
    np.testing.assert_array_equal(
        small[0, 0, 0, 0], clips[0, 0, :2, :2].reshape(4, 3).mean(0).round()
    )
    assert pixels.smaller(clips[:, :, :32, :32], 48).shape == (2, 3, 32, 32, 3)


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_grid_is_saved_as_a_film(page: Page, kind: str) -> None:
    order = saving.on_save(page, view(), kind)
    assert order["do"] == "download" and order["name"] == f"moves-7.{kind}"
    with Image.open(io.BytesIO(base64.b64decode(order["data"]))) as film:
        assert film.n_frames == FRAMES and lasts(film) in (120, 125, 130)
        assert film.width % (2 * SIDE) == 0 and film.width >= 256


def test_a_grid_is_saved_as_mp4(page: Page) -> None:
    order = saving.on_save(page, view(), "mp4")
    assert order["mime"] == "video/mp4" and b"ftyp" in base64.b64decode(order["data"])[:16]


@pytest.mark.parametrize("scale", [1, 8])
def test_a_sprite_sheet_brings_its_settings_back(page: Page, scale: int) -> None:
    order = saving.on_save(page, view(seed=11, label=1), f"sheet{scale}")
    content = base64.b64decode(order["data"])
    assert order["name"] == f"moves-11-frames-x{scale}.png"
    with Image.open(io.BytesIO(content)) as sheet:
        assert sheet.size == (FRAMES * SIDE * scale, 4 * SIDE * scale)
    back = saving.on_png(page, None, "en", "image/digits", {"data": order["data"], "name": "a.png"})
    assert back[:3] == [MOVES, 11, "1"]


def test_what_is_copied_makes_clips(page: Page) -> None:
    for kind in ("python", "command"):
        order = saving.on_copy(view(), kind, modality="video")
        assert MOVES in order["text"] and "clips" in order["say"]


# --- Walk


def test_a_film_walks_on_at_its_own_pace(page: Page) -> None:
    found = walks.make(walks.read_keys("1_2"), "slerp", "z", 6, True, "motion")
    _, keys, player = walk.on_show(page, found, view())
    assert (player["n"], player["fps"], player["legs"]) == (12, export.FPS, 2)
    assert len(keys["keys"]) == 2 and keys["link"].endswith("!motion")
    parts = {}
    for part in walks.PARTS:
        walk_ = walks.make(found.keys, "slerp", "z", 6, True, part)
        parts[part] = walk.draw(page, walk_, view()).tobytes()
    assert len(set(parts.values())) == 3
    *_, (said, _, order) = walk.on_export(page, found, view(), "webp")
    with Image.open(io.BytesIO(base64.b64decode(order["data"]))) as film:
        assert film.n_frames == 12 and lasts(film) == 125 and "KiB" in said


def test_a_model_without_parts_walks_whole(page: Page) -> None:
    found = walks.make(walks.read_keys("1_2"), "slerp", "z", 6, True, "motion")
    assert walk.on_show(page, found, view(ONE))[2]["n"] == 12


# --- which page


def test_other_models_are_told_where_motion_is(page: Page) -> None:
    lead, parts, *rest = motion.on_show(page, view("image/digits"))
    assert lead["kind"] == "none" and [m["id"] for m in lead["models"]] == [MOVES, ONE, PLAIN]
    assert not parts["visible"] and len(rest) == 4
    assert motion.on_show(page, view(ONE))[0]["kind"] == "one"


def test_a_model_with_parts_shows_them(page: Page) -> None:
    lead, parts, mix, clock, borrow, long = motion.on_show(page, view())
    assert lead["kind"] == "parts" and parts["visible"] and clock == {"frames": FRAMES}
    assert mix["contents"] == ["dot", "bar"] and mix["motions"] == ["left", "right", "still"]
    assert borrow["seed"] == 7 and long["part"] == "page"
    plain = motion.on_show(page, view(PLAIN))[2]
    assert plain["contents"] == plain["motions"] == []


@pytest.mark.parametrize(
    "key", ["motion.lead.parts", "motion.lead.one", "motion.none", "motion.nowhere"]
)
def test_every_page_has_its_sentence(key: str) -> None:
    assert key in WORDS


# --- characters x motions


def test_a_cell_is_the_rows_character_in_the_columns_motion(page: Page) -> None:
    data = {"rows": wanted(1, 2, kind=0), "cols": wanted(3, kind=1) + wanted(4, kind=2)}
    (mixed,) = motion_mix.on_mix(page, view(psi=0.7), data)
    assert (mixed["part"], mixed["n"], mixed["cols"]) == ("mixed", 4, 2)
    rows = [SampleConfig(seed=seed, label=0, psi=0.7) for seed in (1, 2)]
    columns = [SampleConfig(seed=3, label=1, psi=0.7), SampleConfig(seed=4, label=2, psi=0.7)]
    assert near(films(mixed), page.studio.mix(MOVES, rows, columns))


def test_a_new_motion_changes_its_column_alone(page: Page) -> None:
    data = {"rows": wanted(1, 2, kind=0), "cols": wanted(3, 4, kind=1)}
    (before,) = motion_mix.on_mix(page, view(), data)
    (after,) = motion_mix.on_mix(page, view(), {**data, "cols": wanted(3, 99, kind=1)})
    same = [near(a, b) for a, b in zip(films(before), films(after), strict=True)]
    assert same == [True, False, True, False]


def test_wild_margins_are_clamped(page: Page) -> None:
    wild = [{"seed": "1e400", "kind": -5}, {"seed": 10**30, "kind": "x"}, None]
    found = motion_mix.places(page, view(), wild, wants_motion=True)
    assert [(one.seed, one.label) for one in found] == [(0, 0), (MAX_SEED, None), (0, None)]
    (last,) = motion_mix.places(page, view(), wanted(1, kind=99), wants_motion=True)
    assert last.label == 2  # the last motion, "dot / still"
    (none,) = motion_mix.places(page, view(PLAIN), wanted(1, kind=0), wants_motion=True)
    assert none.label is None


@pytest.mark.parametrize("wild", [None, [], {}, {"rows": wanted(1)}, {"rows": wanted(*range(7))}])
def test_no_grid_lets_the_page_rest_and_is_told(page: Page, wild: Any) -> None:
    run = motion_mix.on_mix(page, view(), wild)
    assert next(run)["part"] == "stop"
    with pytest.raises(DataError, match="seeds were wanted"):
        next(run)


# --- whose motion


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Searches of two steps; what comes back is how many there were."""
    searched: list[int] = []
    plain = inversion.invert

    def invert(model: Any, items: np.ndarray) -> Any:
        searched.append(len(items))
        return plain(model, items, steps=2)

    monkeypatch.setattr(inversion, "invert", invert)
    return searched


def test_a_clip_lends_its_motion(page: Page, quick: list[int]) -> None:
    data = {"clip": gif(), "name": "walk.gif", "rows": wanted(1, 2, 3, kind=0)}
    first, made = motion_borrow.on_borrow(page, view(), data)
    assert first["part"] == "asked" and made["part"] == "made"
    (asked,) = films(first["asked"])
    assert asked.shape == (FRAMES, SIDE, SIDE, 3) and asked.max() > 150
    moved = asked.astype(int).sum((1, 3)).argmax(1)  # the brightest column of each frame
    assert moved[-1] > moved[0]
    assert made["asked"] == first["asked"] and made["own"]["n"] == 1
    assert made["made"]["n"] == 3 and made["seeds"] == [1, 2, 3]
    assert quick == [1]  # sought once, though it is shown and lent


def test_a_seed_lends_its_motion_without_a_search(page: Page, quick: list[int]) -> None:
    data = {"clip": None, "rows": wanted(7, kind=0)}
    first, made = motion_borrow.on_borrow(page, view(label=1), data)
    config = SampleConfig(seed=7, count=1, label=1)
    assert near(films(first["asked"]), page.studio.sample(MOVES, config).items)
    assert "own" not in made and not quick
    expected = page.studio.mix(MOVES, [SampleConfig(seed=7, label=0)], [config])
    assert near(films(made["made"]), expected)


def test_a_grey_model_reads_a_clip_in_colour(page: Page, quick: list[int]) -> None:
    data = {"clip": gif(), "name": "a.gif", "rows": wanted(1)}
    *_, made = motion_borrow.on_borrow(page, view(PLAIN), data)
    assert films(made["asked"]).shape == (1, FRAMES, SIDE, SIDE, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%%%", "whole"),
        (3, "16 MB"),
        ("A" * (23 * 2**20), "16 MB"),
        (base64.b64encode(b"<html>").decode(), "not a clip"),
        (gif(frames=1), "still|frame"),
    ],
)
def test_a_bad_clip_is_told_in_words(page: Page, text: Any, said: str) -> None:
    data = {"clip": text, "name": "<img src=x onerror=1>.gif", "rows": wanted(1)}
    run = motion_borrow.on_borrow(page, view(), data)
    assert next(run)["part"] == "stop"
    with pytest.raises(DataError, match=said) as caught:
        next(run)
    assert "<" not in str(caught.value)


# --- longer


@pytest.mark.parametrize("frames", motion_long.LENGTHS)
def test_a_clip_goes_on(page: Page, frames: int) -> None:
    data = {"row": wanted(1, kind=0)[0], "col": wanted(2, kind=1)[0], "frames": frames}
    (value,) = motion_long.on_long(page, view(), data)
    assert value["frames"] == frames
    rows, columns = [SampleConfig(seed=1, label=0)], [SampleConfig(seed=2, label=1)]
    assert near(films(value), page.studio.mix(MOVES, rows, columns, frames=frames))


def test_any_other_length_is_the_shortest(page: Page) -> None:
    for wild in (None, {"frames": 10**9}, {"frames": "64", "row": 3, "col": []}):
        (value,) = motion_long.on_long(page, view(), wild)
        assert value["frames"] == motion_long.LENGTHS[0]


@pytest.mark.parametrize(("kind", "suffix"), [("gif", "gif"), ("../x", "webp"), ([], "webp")])
def test_a_long_clip_is_saved(page: Page, kind: Any, suffix: str) -> None:
    data = {"row": wanted(1)[0], "col": wanted(2)[0], "frames": 32, "kind": kind}
    *_, (done, order) = motion_long.on_save(page, view(), data)
    assert done["part"] == "saved" and order["name"] == f"moves-1-moves-2-32.{suffix}"
    with Image.open(io.BytesIO(base64.b64decode(order["data"]))) as film:
        assert film.n_frames == 32 and film.width == 8 * SIDE


def test_a_closed_save_stops(page: Page) -> None:
    run = motion_long.on_save(page, view(), {"frames": 128, "kind": "webp"})
    next(run)
    run.close()  # as Gradio does when the person leaves


def test_a_save_that_fails_frees_its_button(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> bytes:
        raise DataError("no room")

    monkeypatch.setitem(film.WRITERS, "gif", ("image/gif", fail))
    run = motion_long.on_save(page, view(), {"kind": "gif"})
    parts = []
    with pytest.raises(DataError, match="no room"):
        for part, _ in run:
            parts.append(part["part"])
    assert parts[-1] == "saved"
