"""Mixing in a real browser."""

import axe
import pytest
from playwright.sync_api import expect
from screen import Open

pytestmark = pytest.mark.ui


def test_a_mixed_cell_loads_and_the_strip_shows_what_blocks_painted(open_page: Open) -> None:
    screen = open_page("?model=image/digits&seed=7&label=3")
    page = screen.page
    screen.open_edit("mixing")
    cells = page.locator("#mixing-cells button.cell")
    expect(cells).to_have_count(4 + 3 * 5)  # B, and A beside what is mixed
    expect(page.locator("#mixing-blocks .cell.still")).to_have_count(2)
    expect(page.locator("#mixing-blocks .foot").last).to_contain_text("%")
    cells.nth(5).click()
    screen.until_state("edit", "mix:7~3@0-0")
    assert screen.state()["seed"] == 8
    expect(cells.nth(5)).to_have_attribute("aria-current", "true")
    page.locator("#mixing-ask .parts button").last.click()  # all of A
    expect(cells.nth(5)).not_to_have_attribute("aria-current", "true")  # another table is there
    cells.nth(5).click()
    screen.until_state("edit", "mix:7~3@0-2")
    page.locator("#mixing-ask input.a").fill("1-1000000")
    page.locator("#mixing-ask .draw").click()
    expect(page.locator("#mixing-ask .wrong")).to_contain_text("at most 64")
    page.locator("#mixing-ask .dice.a").click()
    expect(page.locator("#mixing-ask .wrong")).to_be_empty()
    expect(cells).to_have_count(19)


def test_axe_finds_nothing_in_tables(open_page: Open) -> None:
    screen = open_page("?model=image/digits&seed=7&xy=seed=1-2!psi=0,1", reduced_motion="reduce")
    page = screen.page
    page.evaluate(axe.script())
    for section, cells in (("table", 4), ("mixing", 19)):
        page.locator(f"#edit-{section}-button").click()
        expect(page.locator(f"#{section}-cells button.cell")).to_have_count(cells)
        assert not axe.violations(page)
        screen.ask("() => tgan.setDark(true)")
        assert not axe.violations(page, "color-contrast")
        screen.ask("() => tgan.setDark(false)")
    label = page.locator("#mixing-blocks .cell").last.get_attribute("aria-label")
    assert label and label.startswith("Block 2 · ") and label.endswith(" %")
