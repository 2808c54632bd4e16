"""About this model: its card, and the curves of its training where its folder has them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from screen import Open

from tgan_demo.models import folder

pytestmark = pytest.mark.ui

CURVES = "#model-curves"
CANVAS = f"{CURVES} canvas"


@pytest.fixture
def learned(toy_weights: Path) -> Iterator[None]:
    """The avatars have curves: D waited for ten points, then both learned."""
    steps = range(1, 41)
    columns: dict[str, list[float | None]] = {
        "x": [64.0 * k for k in steps],
        "loss_d": [None if k <= 10 else 0.7 - 0.005 * k for k in steps],
        "loss_g": [1.5 - 0.02 * k for k in steps],
        "accuracy": [None if k <= 10 else 0.75 for k in steps],
    }
    folder.write_curves(toy_weights / "image/avatars", columns)
    yield
    (toy_weights / "image/avatars" / folder.CURVES).unlink()


def test_a_model_shows_how_it_learned_or_that_nobody_kept_it(
    open_page: Open, learned: None
) -> None:
    screen = open_page("?model=image/digits")
    screen.page.locator("#model-about button").first.click()
    screen.page.locator(f"{CURVES} .none").wait_for()
    assert screen.page.locator(f"{CURVES} .none").inner_text() == (
        "No curves of this model's training were kept."
    )
    assert screen.page.locator(CANVAS).first.is_hidden()
    screen.page.locator("#models button[data-id='image/avatars']").click()
    screen.until_data(f"{CURVES} [data-points]", "points", "x === '40'")
    screen.page.locator(CANVAS).nth(1).wait_for()
    assert screen.colours(CANVAS) > 20  # two lines, each faint and strong
    assert "D 0.5" in (screen.page.locator(CANVAS).first.get_attribute("aria-label") or "")
    screen.page.get_by_text("Over 2,560 samples seen.").first.wait_for()
    assert screen.page.locator(f"{CURVES} .none").is_hidden()
    screen.page.locator("#lang").click()
    screen.page.locator(CURVES, has_text="训练过程").wait_for()
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.until(f"() => document.querySelector('{CANVAS}').getBoundingClientRect().right <= 390")
    assert screen.ask("() => document.documentElement.scrollWidth") == 390
