"""The plane of Edit in a real browser: points follow the pointer and are loaded, a line is played and saved."""

import axe
import pytest
from playwright.sync_api import expect
from screen import Open, Screen

pytestmark = pytest.mark.ui
PAD = "#plane .pad"


def opened(open_page: Open, query: str, **options: str) -> Screen:
    screen = open_page(query, **options)
    screen.open_edit("plane")
    screen.until_data(PAD, "point", "x")
    return screen


def move(screen: Screen, x: float, y: float) -> None:
    pad = screen.page.locator(PAD)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    screen.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_the_picture_follows_the_pointer_and_a_click_loads_it(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/avatars&seed=7&count=4")
    seen = {screen.pixels("#plane .picture")}
    for x, y in ((0.2, 0.3), (0.8, 0.6)):
        move(screen, x, y)
        screen.until_data(PAD, "point", "Math.abs(JSON.parse(x)[0] - value) < 0.02", x)
        seen.add(screen.pixels("#plane .picture"))
    assert len(seen) == 3
    screen.page.mouse.down()
    screen.page.mouse.up()
    screen.until("() => tgan.state.edit.startsWith('at:') && tgan.state.count === 1")
    assert "edit=at" in screen.page.url
    screen.page.locator("#edits .back").click()
    screen.until("() => tgan.state.edit === '' && tgan.state.count === 4 && tgan.state.seed === 7")


def test_arrows_move_the_point_and_enter_loads_a_corner(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7")
    screen.page.locator("#plane .corner input").nth(3).fill("99")
    screen.page.keyboard.press("Enter")
    screen.page.locator("#plane .corner .go").nth(3).click()
    screen.until_data(PAD, "point", "x === '[1,1]'")
    screen.page.keyboard.press("ArrowLeft")
    screen.until_data(PAD, "point", "x === '[0.98,1]'")
    screen.page.keyboard.press("ArrowRight")
    screen.page.keyboard.press("Enter")  # waits for the point that it loads
    screen.until_state("seed", 99)
    assert screen.state()["edit"] == ""


def test_a_map_shows_the_nearest_seed_and_a_line_is_played_and_saved(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7")
    page = screen.page
    page.locator("#plane [data-kind=w]").click()
    screen.until_data(PAD, "seeds", "x === '1000'")
    assert screen.colours(PAD) > 10
    expect(page.locator("#plane [data-kind=encoder]")).to_be_hidden()
    move(screen, 0.3, 0.3)
    page.mouse.move(0, 0)
    move(screen, 0.32, 0.3)
    screen.until_data("#plane .thumb", "seed", "x >= 0")
    move(screen, 0.3, 0.3)
    page.mouse.down()
    for x in (0.4, 0.5, 0.6):
        move(screen, x, 0.3)
    page.mouse.up()
    assert screen.state()["edit"] == ""  # a drag loads nothing
    page.locator("#plane .frames").fill("12")
    page.locator("#plane .play").click()
    screen.until_data("#plane .picture", "frame", "Number(x) > 3")
    with page.expect_download() as got:
        page.locator("#plane [data-save=gif]").click()
    assert got.value.suggested_filename.endswith("-path.gif")


def test_texts_stand_as_text_and_sounds_wait_for_rest(open_page: Open) -> None:
    screen = opened(open_page, "?model=text/verses&seed=7")
    expect(screen.page.locator("#plane .text")).not_to_be_empty()
    screen.ask(
        "() => { window.heard = []; tgan.hear = async (src) => heard.push(src.slice(0, 14)) }"
    )
    screen.ask("() => tgan.choose('audio/digits')")
    screen.until_state("model", "audio/digits")
    screen.until("() => heard.length > 0")
    assert screen.ask("() => heard[0]") == "data:audio/wav"
    screen.ask("() => heard.length = 0")
    for x in (0.2, 0.3, 0.4, 0.5):
        move(screen, x, 0.5)
    screen.until("() => heard.length > 0")  # once, where it came to rest
    screen.until_data(PAD, "point", "JSON.parse(x)[0] > 0.47")


def test_axe_finds_nothing_in_the_plane(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7", reduced_motion="reduce")
    screen.page.evaluate(axe.script())
    assert not axe.violations(screen.page)
    screen.ask("() => tgan.setDark(true)")
    assert not axe.violations(screen.page, "color-contrast")
