"""A running run is changed from the page, marked and changed back: by keyboard, on a phone, in Chinese."""

import pytest
from test_page import TINY_RUN, Open, browser, open_page

__all__ = ["browser", "open_page"]  # fixtures of test_page

pytestmark = pytest.mark.ui
CHANGED = "#train-found li[data-changed]"


def test_a_knob_is_changed_while_the_run_goes_on_and_undone_by_keyboard(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page = screen.page
    page.locator("#train-start").click()
    try:
        page.locator("#train-change summary").click()
        before = page.locator("#train-change-lr_g").input_value()
        assert page.locator("#train-change-do").is_disabled()
        assert page.locator("#train-change-undo").is_disabled()
        assert not page.locator("#train-change-adapt").count()
        page.locator("#train-change-lr_g").fill("0.0005")
        page.locator("#train-change-loss").select_option("hinge")
        page.locator("#train-change-do").focus()
        assert "2" in page.locator("#train-change-do").inner_text()
        page.keyboard.press("Enter")
        page.locator(CHANGED).wait_for()
        assert "→ 0.0005" in page.locator(CHANGED).inner_text()
        assert "lr_g=0.0005" in page.locator("#train-change code").inner_text()
        assert screen.ask("() => tgan.run.changes[0].nimg") > 0
        assert screen.data("#train-canvas", "state") == "running"
        page.set_viewport_size({"width": 390, "height": 800})
        screen.ask("() => tgan.setLang('zh')")
        screen.until("() => document.querySelector('#train-change-undo').textContent === '撤销'")
        assert screen.ask("() => document.documentElement.scrollWidth") <= 390
        page.locator("#train-change-undo").focus()
        page.keyboard.press("Enter")
        screen.until("() => tgan.run.changes.length === 2")
        screen.until(f"() => document.querySelector('#train-change-lr_g').value === '{before}'")
        assert screen.ask("() => tgan.run.train.loss") == "relativistic"
        page.locator("#train-change-batch_size").fill("1")
        page.locator("#train-change-do").click()
        page.locator("#tg-toast.bad.on").wait_for()
        assert "batch_size must be 2 to 512" in page.locator("#tg-toast").inner_text()
        (refusal,) = screen.faults  # Gradio answers a refusal by 500
        assert "status of 500" in refusal
        screen.faults.clear()
        assert screen.data("#train-canvas", "state") == "running"
    finally:
        page.locator("#train-stop").click()
    screen.until_data("#train-canvas", "state", "x === 'stopped'")
    assert page.locator("#train-change").is_hidden()
