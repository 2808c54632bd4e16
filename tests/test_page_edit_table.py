"""X/Y tables in a real browser."""

import pytest
from playwright.sync_api import expect
from screen import Open

from tgan_demo.export import read_settings

pytestmark = pytest.mark.ui


def test_a_link_opens_a_table_whose_cells_load_and_which_is_saved(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7&xy=seed=1-3!psi=0..1/2")
    page = screen.page
    cells = page.locator("#table-cells .cell")
    expect(cells).to_have_count(6)
    expect(page.locator("#table-cells .corner")).to_have_text("Truncation ψ ↓ Seed →")
    cells.nth(1).click()
    screen.until_state("seed", 2)
    assert screen.state()["psi"] == 0
    expect(cells.nth(1)).to_have_attribute("aria-current", "true")
    with page.expect_download() as saved:
        page.locator("#table-axes .png").click()
    settings = read_settings(saved.value.path())
    # what the table was drawn round, not the cell that was loaded since
    assert settings and (settings["seed"], settings["psi"]) == (7, 1)
    assert settings["table"] == {"x": "seed=1-3", "y": "psi=0..1/2"}
    page.locator("#drop-png input").set_input_files(
        [{"name": "t.png", "mimeType": "image/png", "buffer": saved.value.path().read_bytes()}]
    )
    screen.until_state("seed", 7)
    with page.expect_download() as saved:
        page.locator("#table-axes .csv").click()
    assert saved.value.path().read_text(encoding="utf-8-sig").count("\n") == 7
    assert "xy=seed%3D1-3%21psi%3D0..1%2F2" in str(screen.ask("() => tgan.stateLink()"))


def test_an_axis_that_is_none_is_told_beside_it_and_another_is_drawn(open_page: Open) -> None:
    screen = open_page("?model=image/digits&seed=7")
    page = screen.page
    screen.open_edit("table")
    cells = page.locator("#table-cells .cell")
    expect(cells).to_have_count(25)
    page.locator("#table-axes input.x").fill("0..1/1000000")
    page.locator("#table-axes input.x").press("Enter")
    expect(page.locator("#table-axes .wrong")).to_contain_text("at most 100 cells")
    expect(page.locator("#table-axes .png")).to_be_disabled()
    page.locator("#table-axes select.x").select_option("model")
    page.locator("#table-axes .draw").click()
    expect(page.locator("#table-axes .wrong")).to_be_empty()
    expect(cells).to_have_count(10)
    expect(page.locator("#table-cells .lead")).to_contain_text("different sizes")
    cells.nth(1).click()
    screen.until_state("model", "image/avatars")
    expect(cells).to_have_count(10)  # the table that it was chosen from stays
