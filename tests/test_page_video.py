"""Clips in a real browser, over a toy model: Play plays, frames are held, motions are exchanged.

A console error, a script that fails or a request to another host fails the test; see screen.py.
"""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import toys
from conftest import Served, serving
from PIL import Image
from playwright.sync_api import Browser, Page
from screen import Screen, opening
from test_motion_panel import gif
from test_page_sound import fits_a_phone

from tgan_demo import export
from tgan_demo.ui import widgets

pytestmark = pytest.mark.ui

HERO, CONTACT, GRID = "#play-canvas canvas", "#contact-canvas canvas", "#motion-mix .grid"
CELLS = (
    """() => [...document.querySelectorAll('#motion-mix .cell canvas')].map((c) => c.toDataURL())"""
)
FRAMES = 8


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real app over a model of clips, with small sheets and short searches."""
    from tgan_demo.engine.draw import inversion

    root, data_dir = tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("served")
    toys.make_model(root / "image" / "digits", toys.DIGITS, "MNIST")
    toys.make_model(root / "video" / "moves", toys.MOVES, "dots and bars")
    plain = inversion.invert
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "CONTACT", 9)
        patch.setattr(inversion, "invert", lambda model, items: plain(model, items, steps=2))
        with serving(data_dir, root) as found:
            yield found


@pytest.fixture
def open_clips(browser: Browser, shared: Page, clips: Served) -> Iterator[Callable[..., Screen]]:
    with opening(browser, shared, clips.url) as open_:
        size = {"width": 1280, "height": 900}
        yield lambda query, **options: open_(query, wait=False, **{"viewport": size} | options)


def hold(screen: Screen, frame: int) -> None:
    screen.ask("(frame) => tgan.clock.hold(frame)", frame)


def test_clips_play_in_step_and_are_held_frame_by_frame(
    open_clips: Callable[..., Screen], tmp_path: Path
) -> None:
    screen = open_clips("?model=video/moves")
    page = screen.page
    screen.ready()
    for canvas in (HERO, CONTACT):  # they play without being asked
        frame, shown = screen.data(canvas, "frame"), screen.pixels(canvas)
        screen.until_data(canvas, "frame", "x !== value", frame)
        screen.until("([s, old]) => document.querySelector(s).toDataURL() !== old", [canvas, shown])
    bar = page.locator("#play-clock")
    bar.locator("button").press("Enter")  # by keyboard: hold, then scrub
    screen.until("() => !tgan.clock.playing")
    bar.locator("input").focus()
    page.keyboard.press("Home")
    screen.until_data(HERO, "frame", "x === '0'")
    first = screen.pixels(HERO)
    page.keyboard.press("ArrowRight")
    screen.until_data(HERO, "frame", "x === '1'")
    assert screen.data(CONTACT, "frame") == "1" and screen.pixels(HERO) != first  # in step
    assert bar.locator("output").inner_text() == f"2 / {FRAMES}"
    page.wait_for_timeout(400)
    assert screen.data(HERO, "frame") == "1"  # held
    # hover names the seed and its class; a favourite keeps the frame in view
    page.locator(HERO).hover(position={"x": 5, "y": 5})
    assert " / " in page.locator("#play-canvas .tip").inner_text()
    page.locator("#favourite").click()
    page.locator("#favourites img").wait_for()
    # a seed from the contact sheet, which shows those around the page's; class chips by factor
    page.locator(CONTACT).click(position={"x": 5, "y": 5})
    first_seed = 42 - 42 % widgets.CONTACT
    screen.until_state("seed", first_seed)
    page.locator("#classes button", has_text="right").click()
    screen.until_state("label", 1)
    page.mouse.click(5, 5)
    page.keyboard.press("Space")
    screen.until("() => tgan.clock.playing")
    with page.expect_download() as saved:
        page.locator("#save-webp").click()
    saved.value.save_as(tmp_path / "a.webp")
    assert saved.value.suggested_filename == f"moves-{first_seed}.webp"
    with Image.open(tmp_path / "a.webp") as film:
        assert film.n_frames == FRAMES
    with page.expect_download() as saved:
        page.locator("#save-sheet1").click()
    saved.value.save_as(tmp_path / "a.png")
    settings = export.read_settings(tmp_path / "a.png")
    assert settings and (settings["seed"], settings["label"]) == (first_seed, 1)
    fits_a_phone(screen)
    page.locator("#models [data-id='image/digits']").dispatch_event("click")  # pictures stand still
    screen.until_state("model", "image/digits")
    screen.until("() => !tgan.clock.shown()")
    page.locator("#save-zip").wait_for()


def test_nothing_moves_for_who_asked_for_that(open_clips: Callable[..., Screen]) -> None:
    screen = open_clips("?model=video/moves", reduced_motion="reduce")
    screen.ready()
    frame = screen.data(HERO, "frame")
    screen.page.wait_for_timeout(500)
    assert screen.data(HERO, "frame") == frame and not screen.ask("() => tgan.clock.playing")


def test_a_walk_of_motion_alone(open_clips: Callable[..., Screen]) -> None:
    screen = open_clips("?model=video/moves&tab=walk&walk=1_2!slerp!z!6!1!motion")
    player = "#walk-player canvas"
    screen.until_data(player, "frame", "x")
    screen.page.locator("#walk-part").wait_for()
    screen.until("() => document.querySelector('#walk-part input:checked')?.value === 'motion'")
    screen.until("() => new URLSearchParams(location.search).get('walk')?.endsWith('!motion')")
    frame = screen.data(player, "frame")
    screen.until_data(player, "frame", "x !== value", frame)
    screen.page.locator("#walk-part label", has_text="both").click()
    screen.until("() => new URLSearchParams(location.search).get('walk')?.endsWith('!6!1')")
    with screen.page.expect_download() as saved:
        screen.page.locator("#walk-webp").click()
    assert saved.value.suggested_filename == "moves-walk.webp"


def test_characters_take_other_motions(open_clips: Callable[..., Screen], tmp_path: Path) -> None:
    screen = open_clips("?model=image/digits&tab=motion")
    page = screen.page
    page.locator("#motion-lead button", has_text="Moves").click()  # the way out of the empty tab
    before = screen.until_data(GRID, "drawn", "x")
    assert page.locator("#motion-mix .cell").count() == 9  # three characters, three motions
    frame = screen.data(GRID, "frame")
    screen.until_data(GRID, "frame", "x !== value", frame)  # it plays
    hold(screen, 2)
    cells = screen.ask(CELLS)
    # another character: its row changes, no other
    page.locator("#motion-mix .margin.row .new").nth(1).click()
    after = screen.until_data(GRID, "drawn", "x !== value", before)
    changed = [a != b for a, b in zip(cells, screen.ask(CELLS), strict=True)]
    assert changed == [3 <= i < 6 for i in range(9)]
    # a locked row keeps its seed, the others get new ones
    page.locator("#motion-mix .margin.row .lock").nth(1).click()
    page.locator("#mix-contents").click()
    third = screen.until_data(GRID, "drawn", "x !== value", after)
    kept = [a == b for a, b in zip(after.split("_"), third.split("_"), strict=True)]
    assert kept == [False, True, False, True, True, True]
    # a typed seed, and another class
    page.locator("#motion-mix .margin.col input").nth(2).fill("99")
    page.keyboard.press("Tab")
    fourth = screen.until_data(GRID, "drawn", "x !== value", third)
    page.locator("#motion-mix .margin.col select").nth(2).select_option(label="left")
    fifth = screen.until_data(GRID, "drawn", "x !== value", fourth)
    assert fifth.split("_")[-1] == "99:0"
    # the page's seed moves what is not locked
    screen.ask("() => tgan.set('seed', 500)")
    sixth = screen.until_data(GRID, "drawn", "x.startsWith('500')")
    assert sixth.split("_")[1] == fifth.split("_")[1]
    # a chosen cell goes on for longer, and is saved
    page.locator("#motion-mix .cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    screen.until("() => tgan.motion.col.kind === 1")
    page.locator("#motion-long [data-frames='128']").click()
    screen.until_data("#motion-long canvas", "drawn", "x.endsWith('128}]')")
    hold(screen, 100)
    screen.until_data("#motion-long canvas", "frame", "x === '100'")
    with page.expect_download() as saved:
        page.locator("#long-gif").click()
    saved.value.save_as(tmp_path / "long.gif")
    assert saved.value.suggested_filename == "moves-500-moves-500-128.gif"
    with Image.open(tmp_path / "long.gif") as film:
        assert film.n_frames == 128
    screen.until("() => !document.querySelector('#long-gif').disabled")
    fits_a_phone(screen)


def test_a_clip_lends_its_motion(open_clips: Callable[..., Screen]) -> None:
    screen = open_clips("?model=video/moves&tab=motion")
    page, made = screen.page, "#borrow-made"
    screen.until_data(GRID, "drawn", "x")
    page.locator("#borrow-seed").click()  # a seed first: nothing is sought
    screen.until_data(made, "made", "x === '4'")
    hold(screen, 3)
    file = {"name": "<i>x</i>.gif", "mimeType": "image/gif"}
    page.locator("#borrow-file").set_input_files({**file, "buffer": b"GIF89a no clip"})
    page.get_by_text("or damaged").wait_for()
    screen.until("() => !document.querySelector('#borrow-file').disabled")
    assert screen.data(made, "made") == "4"  # what was there is still there
    page.locator("#borrow-file").set_input_files({**file, "buffer": base64.b64decode(gif())})
    screen.until_data(made, "made", "x === '5'")
    shown = screen.ask(
        f"() => [...document.querySelectorAll('{made} canvas')].map((c) => c.toDataURL())"
    )
    pictures = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))) for url in shown
    ]
    assert pictures[0][..., 2].max() < 60 < pictures[0][..., 0].max()  # the yellow square, as read
    assert len({picture.tobytes() for picture in pictures}) == 5
    hold(screen, 6)
    again = screen.ask(f"() => document.querySelector('{made} canvas').toDataURL()")
    assert again != shown[0]  # it moves
    fits_a_phone(screen)
