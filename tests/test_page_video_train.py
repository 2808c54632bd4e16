"""Inside and Train for clips in a real browser, over toy models.

A console error, a script that fails or a request to another host fails the test; see screen.py.
"""

from pathlib import Path

import pytest
from screen import TINY_RUN, Open, Screen
from test_page_sound import SIDEWAYS
from test_video_inside import moving_file

from tgan_demo.data import catalogue

pytestmark = pytest.mark.ui

CANVAS, MAP = "#inside-canvas", "#train-attention"
PLAYS = """async (s) => { const c = document.querySelector(s), one = c.toDataURL();
    for (let i = 0; i < 40; i++) { await new Promise((r) => setTimeout(r, 100));
        if (c.toDataURL() !== one) return true; } return false }"""


@pytest.fixture(autouse=True)
def few_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MAX_MADE", 130)


def click_patch(screen: Screen, step: int, row: int, column: int) -> None:
    """Of the toy's strip: two steps side by side, each of 2 x 2 patches."""
    box = screen.page.locator(CANVAS).bounding_box()
    assert box
    width, height = box["width"], box["height"] - 26  # the line below says which frames
    side = (width - 10) / 2
    x = step * (side + 10) + side * (column + 0.5) / 2
    screen.page.locator(CANVAS).click(position={"x": x, "y": height * (row + 0.5) / 2})


def test_a_patch_looks_at_its_own_frames_and_at_others(open_page: Open, tmp_path: Path) -> None:
    screen = open_page("?model=video/moves&tab=inside")
    page = screen.page
    screen.until_data(CANVAS, "steps", "x === '2'")
    assert screen.ask("(s) => getComputedStyle(document.querySelector(s)).width", CANVAS) != "0px"
    click_patch(screen, 1, 0, 1)
    screen.until_data(CANVAS, "token", "x === '5'")
    shares = [float(x) for x in screen.until_data(CANVAS, "shares", "x").split(",")]
    assert len(shares) == 2 and sum(shares) == pytest.approx(1, abs=0.01) and min(shares) > 0
    assert "step 2" in page.locator("#inside-sentence").inner_text()
    before = screen.data(CANVAS, "sum")
    click_patch(screen, 0, 1, 0)
    screen.until_data(CANVAS, "token", "x === '2'")
    assert screen.data(CANVAS, "sum") != before  # all frames are lit anew
    page.keyboard.press("ArrowRight")
    screen.until_data(CANVAS, "token", "x === '3'")
    page.keyboard.press("ArrowRight")  # over the border into the next step
    screen.until_data(CANVAS, "token", "x === '6'")
    page.keyboard.press("ArrowUp")
    screen.until_data(CANVAS, "token", "x === '4'")
    # the small clip plays, and is held by a click
    assert screen.ask(PLAYS, "#inside-view .clip")
    page.locator("#inside-view .clip").click()
    screen.until_data("#inside-view .clip", "playing", "x === 'false'")
    # cross-attention, D, a formula with the step's name
    page.locator("#inside-view [data-net=g_cross]").click()
    screen.until_data(CANVAS, "latent", "x !== ''")
    page.locator("#inside-view [data-net=d]").click()
    screen.until_data(CANVAS, "token", "x === 'cls'")
    page.locator("#inside-view button.formula").click()
    page.locator("#inside-formula .if", has_text="of step").wait_for()
    # a person's own clip
    page.locator("#inside-upload input[type=file]").set_input_files(moving_file(tmp_path, ".mp4"))
    screen.until_data(CANVAS, "source", "x === 'uploaded'")
    screen.until_data("#inside-verdict", "key", "x.startsWith('inside.verdict.')")
    still = tmp_path / "notes.mp4"
    still.write_text("no film")
    page.locator("#inside-upload input[type=file]").set_input_files(still)
    page.locator("#inside-view .notice", has_text="notes.mp4").wait_for()
    fits_a_phone(screen)
    screen.until_data(CANVAS, "steps", "x === '2'")


def test_a_run_on_clips_shows_clips_that_play(open_page: Open, tmp_path: Path) -> None:
    own = {**TINY_RUN["own"], "warm_start": 40}
    keep = {"train": {**TINY_RUN, "data": "moving_shapes", "own": own}}
    screen = open_page("?model=video/moves&tab=train", keep=keep)
    page = screen.page
    screen.until_data("#train-strip", "data", "x === 'moving_shapes'")
    assert screen.ask(PLAYS, "#train-strip")
    page.locator("#train-all summary").click()
    assert page.locator("#knob-tubelet").is_visible()  # shown for clips alone
    assert page.locator("#knob-patch").input_value() == "8"  # as a run on clips begins
    with screen.training():
        screen.until("() => tgan.run?.frame?.kind === 'film' && tgan.run.step > 12")
        screen.until_data("#train-canvas", "state", "x === 'running'")
        assert screen.colours("#train-canvas") > 20
        assert screen.ask(PLAYS, "#train-canvas")
        page.keyboard.press("Escape")
        screen.until("() => tgan.clock.playing")
        page.locator("#train-live .hint").click()
        page.keyboard.press("Space")
        screen.until("() => !tgan.clock.playing")
        page.keyboard.press("Space")
        screen.until_data(MAP, "steps", "x === '4'")
        box = page.locator(MAP).bounding_box()
        assert box
        page.locator(MAP).click(position={"x": box["width"] - 3, "y": box["height"] - 14})
        screen.until_data(MAP, "token", "x === '63'")
        page.locator(MAP).press("ArrowLeft")
        screen.until_data(MAP, "token", "x === '62'")
        page.locator("#train-pause").click()
        screen.until_data("#train-canvas", "state", "x === 'paused'")
        screen.until("() => tgan.run.history_count > 1")
        page.locator("#train-past input").focus()
        page.keyboard.press("Home")
        page.locator("#train-live .when.past").wait_for()
        assert screen.ask(PLAYS, "#train-canvas")  # the past plays too
        page.locator("#train-past .live").click()
    page.locator("#models button[data-id^='mine/']").first.wait_for()
    page.locator("#train-files").set_input_files([moving_file(tmp_path, ".gif")])
    page.locator("#train-crop .count", has_text="16 frames").wait_for()
    assert page.locator("#train-keep").is_disabled()  # one is too few
    assert screen.ask(PLAYS, "#train-crops")
    fits_a_phone(screen)


def fits_a_phone(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 844})
    for lang in ("zh", "en"):
        screen.ask("(lang) => tgan.setLang(lang)", lang)
        assert screen.ask(SIDEWAYS) == {"scrolled": 0, "width": 390, "out": []}, lang
