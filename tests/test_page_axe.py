"""The page for those who do not see it or use no mouse: axe-core in every tab, the skip link, focus."""

from collections.abc import Iterator

import axe
import pytest
import toys
from conftest import Served, serving
from playwright.sync_api import Browser
from screen import TABS, Open, Screen
from test_sound_panel import make_sounds

from tgan_demo.ui import widgets

pytestmark = pytest.mark.ui


# where a tab shows what only one modality has
MODELS = {"sound": "audio/drums", "motion": "video/moves"}
DRAWN = {"sound": "#sound-pads .kit[data-drawn]", "motion": "#motion-mix .cell canvas"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real app over a model of images, of drums and of clips."""
    root, data_dir = tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("served")
    make_sounds(root)
    toys.make_model(root / "image" / "digits", toys.DIGITS, "MNIST")
    toys.make_model(root / "video" / "moves", toys.MOVES, "dots and bars")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "CONTACT", 9)
        toys.quick_phases(patch)
        with serving(data_dir, root) as found:
            yield found


def test_axe_finds_nothing_in_any_tab(browser: Browser, served: Served) -> None:
    """One page, its tabs clicked: a desk in English and a phone in Chinese, light and dark."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    script, screen = axe.script(), Screen(page, served.url)
    screen.ready()
    page.emulate_media(reduced_motion="reduce")  # nothing is half faded in when it is looked at
    screen.ask(script)
    found = []
    for lang, width in (("en", 1280), ("zh", 390)):
        page.set_viewport_size({"width": width, "height": 800})
        screen.ask("(lang) => tgan.setLang(lang)", lang)
        screen.until("(lang) => tgan.get('lang-id') === lang", lang)
        for tab in TABS:
            screen.ask("(id) => tgan.set('model-id', id)", MODELS.get(tab, "image/digits"))
            screen.open_tab(tab)
            screen.until("() => !document.body.matches('.waiting')")
            if tab in MODELS:
                screen.until(f"() => !!document.querySelector('{DRAWN[tab]}')?.checkVisibility()")
            screen.ask("() => tgan.setDark(false)")
            found += [f"{tab} {lang}: {fault}" for fault in axe.violations(page)]
            screen.ask("() => tgan.setDark(true)")  # which changes colours alone
            faults = axe.violations(page, "color-contrast")
            found += [f"{tab} {lang} dark: {fault}" for fault in faults]
    page.close()
    assert not found, "\n".join(found)
    assert screen.faults == []


def test_the_first_key_skips_to_the_content(open_page: Open) -> None:
    screen = open_page()
    page = screen.page
    page.keyboard.press("Tab")
    link = page.locator("#header .skip")
    assert link.evaluate("(n) => document.activeElement === n")
    box = link.bounding_box()
    assert box and box["y"] >= 0
    page.keyboard.press("Enter")
    assert screen.ask("() => document.activeElement.id") == "main"
    assert "#" not in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_has_the_focus_is_outlined(open_page: Open, theme: str) -> None:
    screen = open_page(f"?__theme={theme}")
    bare = set()
    for _ in range(40):
        screen.page.keyboard.press("Tab")
        bare.add(
            screen.ask(
                """() => { const n = document.activeElement, s = getComputedStyle(n);
                return n === document.body || n.type === 'file' || n.type === 'radio'
                    || (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1)
                    ? '' : n.outerHTML.slice(0, 120) }"""
            )
        )
    assert bare == {""}


def test_the_title_tells_of_a_run_and_a_note_of_its_turn(open_page: Open) -> None:
    screen = open_page()
    run = {"id": "r1", "title": "cats", "nimg": 42, "images_total": 100, "place": 2}

    def titled(state: str | None) -> str:
        screen.ask("(run) => tgan.titled(run)", state and run | {"state": state})
        return screen.page.title()

    name = "Transformer GAN Studio"
    assert titled("queued") == f"queued 2nd · cats — {name}"
    toast = screen.page.locator("#tg-toast")
    assert toast.count() == 0
    assert titled("running") == f"42 % · cats — {name}"
    assert "cats" in toast.inner_text()
    assert titled("paused") == f"paused · cats — {name}"
    assert titled(None) == name
