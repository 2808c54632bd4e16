"""Two at once, a section of Edit, in a real browser."""

import axe
import pytest
from playwright.sync_api import expect
from screen import Open, Screen

pytestmark = pytest.mark.ui
SIDES = "#two .sides"


def opened(open_page: Open, query: str, **options: str) -> Screen:
    screen = open_page(query, **options)
    screen.open_edit("two")
    screen.until_data(SIDES, "shown", "x")
    return screen


def test_b_differs_by_one_setting_is_wiped_over_a_and_loaded(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/avatars&seed=7&count=4")
    page = screen.page
    assert screen.pixels("#two [data-side=a] canvas") != screen.pixels("#two [data-side=b] canvas")
    page.locator("#two .what").select_option("psi")
    screen.until_data(SIDES, "shown", "JSON.parse(x).psi === 0.5 && JSON.parse(x).seed === 7")
    page.locator("#two .value input").focus()
    page.keyboard.press("Home")
    screen.until_data(SIDES, "shown", "JSON.parse(x).psi === 0")
    page.locator("#two [data-mode=over]").click()
    half = screen.pixels("#two .wiped canvas")
    page.locator("#two .wipe").fill("100")
    assert screen.pixels("#two .wiped canvas") != half
    page.locator("#two .load").click()
    screen.until("() => tgan.state.psi === 0 && tgan.state.seed === 7 && tgan.state.count === 4")


def test_an_edit_is_left_out_in_b_and_models_of_another_shape_say_why(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7&edit=go:pc1*3")
    page = screen.page
    page.locator("#two .what").select_option("edit")
    screen.until_data(SIDES, "shown", "JSON.parse(x).edit === ''")
    page.locator("#two .what").select_option("model")
    screen.until_data(SIDES, "shown", "JSON.parse(x).model === 'image/avatars'")
    page.locator("#two summary").click()
    closed = page.locator("#two .other option[disabled]")
    expect(closed).to_have_count(1)
    expect(closed).to_contain_text("shape")


def test_of_two_texts_the_words_that_differ_are_marked(open_page: Open) -> None:
    screen = opened(open_page, "?model=text/verses&seed=7")
    expect(screen.page.locator("#two [data-side=b] mark").first).to_be_visible()
    assert screen.ask(
        "() => [...document.querySelectorAll('#two .text')].every((one) => one.textContent.length > 4)"
    )


def test_axe_finds_nothing_in_two_at_once(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7", reduced_motion="reduce")
    screen.page.locator("#two summary").click()
    screen.page.evaluate(axe.script())
    assert not axe.violations(screen.page)
    screen.ask("() => tgan.setDark(true)")
    assert not axe.violations(screen.page, "color-contrast")
