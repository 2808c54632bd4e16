"""Directions, a section of Edit, in a real browser: three kinds of rows, sliders, and one from two groups."""

import re

import pytest
from playwright.sync_api import expect
from screen import Open, Screen

pytestmark = pytest.mark.ui


def opened(open_page: Open, query: str) -> Screen:
    screen = open_page(query)
    screen.open_edit()
    expect(screen.page.locator("#directions-cells .cell").first).to_be_visible()
    return screen


def test_rows_are_of_three_kinds_and_a_model_without_classes_says_so(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7")
    page = screen.page
    cells = page.locator("#directions-cells .cell")
    expect(cells).to_have_count(56)
    cells.nth(6).click()
    screen.until("() => /^go:[\\w.-]{20,}\\*3$/.test(tgan.state.edit)")
    page.locator("#directions-cells [data-name=class]").click()
    expect(cells).to_have_count(63)
    screen.ask("() => tgan.choose('image/avatars')")
    expect(page.locator("#directions-cells .lead")).to_contain_text("no classes")
    expect(cells).to_have_count(0)


def test_a_slider_has_a_range_of_blocks_and_a_name(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7")
    page = screen.page
    page.locator("#directions-sliders > button").click()
    row = page.locator("#sliders [data-what=pc2]")
    amount = row.locator(".amount")
    amount.focus()
    amount.press("ArrowRight")
    screen.until_state("edit", "go:pc2*0.1")
    row.locator("[data-part=first]").select_option("1")
    screen.until_state("edit", "go:pc2*0.1@1-2")
    row.locator(".name").fill("<b>slant</b>")
    row.locator(".name").press("Enter")
    expect(page.locator("#edits .step")).to_contain_text("<b>slant</b>")
    amount = row.locator(".amount")
    amount.focus()
    amount.press("ArrowLeft")
    screen.until_state("edit", "")
    screen.reload()
    screen.ready()
    screen.open_edit()
    page.locator("#directions-sliders > button").click()
    expect(row.locator(".name")).to_have_value("<b>slant</b>")
    row.locator("[data-part=forget]").click()
    expect(row.locator(".name")).to_have_value("Component 2")


def test_two_groups_make_a_direction_of_ones_own(open_page: Open) -> None:
    screen = opened(open_page, "?model=image/digits&seed=7")
    page = screen.page
    page.locator("#directions-groups > button").click()
    cells = page.locator("#groups-cells .cell")
    expect(cells).to_have_count(40)
    page.locator("#groups .make").click()
    expect(page.get_by_text("put at least one sample into each")).to_be_visible()
    for i in range(4):
        cells.nth(i).click()
        if i > 1:
            cells.nth(i).click()
    expect(page.locator("#groups-cells [data-group=a]")).to_have_count(2)
    expect(page.locator("#groups-cells [data-group=b]")).to_have_count(2)
    page.locator("#groups .side.a .add").click()  # seed 7 is in it already
    expect(page.locator("#groups .side.a .one")).to_have_count(2)
    page.locator("#groups .name").fill("thick")
    page.locator("#groups .make").click()
    screen.until("() => /^go:[\\w.-]{20,}@1-2$/.test(tgan.state.edit)")
    expect(page.locator("#edits .step")).to_contain_text("thick")
    assert re.search(r"edit=go%3A[\w.-]{20,}", page.url)
    page.locator("#groups .clear").click()
    expect(page.locator("#groups-cells [data-group]")).to_have_count(0)
