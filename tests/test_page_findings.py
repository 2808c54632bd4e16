"""The page tells what is wrong with a run and changes it at a click: by keyboard, on a phone, in Chinese."""

import pytest
from screen import TINY_RUN, Open

pytestmark = pytest.mark.ui
WON = {
    "loss": "minimax", "lr_d": 2e-3, "r1_gamma": 0, "r2_gamma": 0, "centring": 0, "auto_gamma": False,
}  # fmt: skip
FOUND = "#train-found li[data-key=d_wins]"


def test_a_d_that_wins_is_told_and_held_by_keyboard_on_a_phone(open_page: Open) -> None:
    ill = TINY_RUN | {"own": TINY_RUN["own"] | WON}
    screen = open_page("?tab=train", keep={"train": ill})
    page = screen.page
    with screen.training():
        page.locator(f"{FOUND} button").wait_for()
        assert screen.data("#train-health", "level") == "bad"
        assert "D has won" in page.locator("#train-health").inner_text()
        told = page.locator(FOUND).inner_text()
        assert "Since" in told and "minimax → relativistic" in told
        page.set_viewport_size({"width": 390, "height": 800})
        screen.ask("() => tgan.setLang('zh')")
        screen.until(f"() => document.querySelector('{FOUND} button').textContent.includes('立即')")
        assert "D 赢了" in page.locator("#train-health").inner_text()
        assert screen.ask("() => document.documentElement.scrollWidth") <= 390
        box = page.locator(f"{FOUND} button").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 40
        screen.ask("() => document.querySelector('#train-stop').focus()")
        for _ in range(80):
            page.keyboard.press("Tab")
            if screen.ask("() => document.activeElement.matches('#train-found button')"):
                break
        page.keyboard.press("Enter")
        page.locator("#train-found li[data-changed]").wait_for()
        assert "→ 0.001" in page.locator("#train-found li[data-changed]").inner_text()
        assert screen.data("#train-canvas", "state") == "running"
