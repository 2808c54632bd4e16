"""The tours in a real browser: through the whole page, and through one step of training."""

import pytest
from screen import Open, Screen

from tgan_demo.ui import tours
from tgan_demo.ui.words.table import t

pytestmark = pytest.mark.ui

CARD = "#page-tour-card"
# of the framed part: [how many there are, its share in the window (1 for a tall piece), what the card hides]
FRAMED = """([selector, card]) => {
    const part = document.querySelector(selector);
    if (!part?.style.outline) return null;
    const a = part.getBoundingClientRect(), b = document.querySelector(card).getBoundingClientRect();
    const both = (c) => Math.max(0, Math.min(a.right, c.right) - Math.max(a.left, c.left))
        * Math.max(0, Math.min(a.bottom, c.bottom) - Math.max(a.top, c.top)) / (a.width * a.height);
    const high = Math.min(innerHeight, a.bottom) - Math.max(0, a.top);
    return [document.querySelectorAll('[style*="outline-offset"]').length,
        high > 180 ? 1 : both({left: 0, top: 0, right: innerWidth, bottom: innerHeight}), both(b)] }"""


def at(screen: Screen, number: int, selector: str) -> None:
    """The tour is at a step, and what that is about is framed, alone, seen and not hidden."""
    screen.until("([card, text]) => document.querySelector(card).innerText.includes(text)",
                 [CARD, f"{number} / {len(tours.PAGE)}"])  # fmt: skip
    framed = "([count, seen, hidden] = []) => count === 1 && seen > 0.6 && hidden < 0.05"
    screen.until(f"(of) => ({framed})(({FRAMED})(of) ?? [])", [selector, CARD])


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["desk", "phone"])
def test_a_first_visitor_is_shown_round(open_page: Open, size: tuple[int, int]) -> None:
    screen = open_page(viewport={"width": size[0], "height": size[1]})
    page, card = screen.page, screen.page.locator(CARD)
    assert card.is_hidden()
    page.locator("#landing [data-do=tour]").click()
    assert page.locator("#landing section").is_hidden()
    for i, (name, tab, selector) in enumerate(tours.PAGE, 1):
        at(screen, i, selector)
        assert screen.ask("() => tgan.tab") == tab
        assert t(f"tour.{name}") in card.inner_text()
        wide = screen.ask("() => document.documentElement.scrollWidth")
        assert wide == size[0], name
        page.keyboard.press("ArrowRight") if i < len(tours.PAGE) else None
    page.keyboard.press("ArrowLeft")
    at(screen, 7, "#favourites")
    screen.ask("() => tgan.setLang('zh')")
    screen.until("(text) => document.querySelector('#page-tour-card').innerText.includes(text)",
                 t("tour.yours.what", "zh"))  # fmt: skip
    card.locator("ol button").first.click()
    at(screen, 1, "#models")
    page.keyboard.press("Escape")
    assert card.is_hidden() and page.locator("[style*=outline-offset]").count() == 0
    assert screen.ask("() => document.activeElement.id") == "help"
    page.reload()  # offered once; from then on it is behind the ?
    screen.ready()
    assert page.locator("#landing section").is_hidden() and card.is_hidden()
    page.locator("#help").click()
    page.locator("#open-tour").click()
    at(screen, 1, "#models")
    page.keyboard.press("Enter")  # the focus is on “next”
    at(screen, 2, "#side-sliders")


def test_a_step_of_training_is_explained(open_page: Open) -> None:
    screen = open_page("?tab=train")
    page, card = screen.page, screen.page.locator("#train-tour-card")
    page.locator("#train-tour-open").click()
    for i, (name, _, selector) in enumerate(tours.TRAINING, 1):
        text = f"{i} / 6 · {t(f'train.tour.{name}')}"
        screen.until("(text) => document.querySelector('#train-tour-card').innerText.includes(text)",
                     text)  # fmt: skip
        screen.until("(s) => !!document.querySelector(s)?.style.outline", selector)
        page.keyboard.press("ArrowRight")
    assert card.is_visible()  # the last step has no next one
    page.keyboard.press("Escape")
    assert card.is_hidden() and page.locator("[style*=outline-offset]").count() == 0
    assert screen.ask("() => document.activeElement.id") == "train-tour-open"
