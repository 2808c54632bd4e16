"""Terms on the page: an ⓘ by keyboard and pointer, the glossary, and presets that suit data and start."""

import pytest
from screen import Open

pytestmark = pytest.mark.ui
IS_OPEN = "() => !!document.querySelector('#tg-term')?.matches(':popover-open')"


def test_an_i_explains_its_term_and_the_glossary_all(open_page: Open) -> None:
    screen = open_page()
    page = screen.page
    page.wait_for_selector("#psi .tg-term")
    page.focus("#psi .tg-term")
    page.keyboard.press("Enter")
    screen.until(IS_OPEN)
    assert "average" in page.inner_text("#tg-term")
    page.keyboard.press("Escape")
    assert not screen.ask(IS_OPEN)
    assert screen.ask("() => document.activeElement.dataset.name") == "psi", "focus came back"
    page.click("#psi .tg-term")
    screen.until(IS_OPEN)
    page.click("#psi .tg-term")
    assert not screen.ask(IS_OPEN), "a second click closes it"
    page.click("#help")
    page.click("#open-glossary")
    screen.until("() => document.querySelector('#tg-glossary').open")
    assert page.locator("#tg-glossary dt").count() >= 25
    page.keyboard.press("Escape")
    page.click("#lang")
    screen.until("() => /截断/.test(document.querySelector('#psi .tg-term').ariaLabel)")


def test_a_preset_goes_when_data_or_start_no_longer_suit_it(open_page: Open) -> None:
    screen = open_page("?tab=train")
    page = screen.page
    page.wait_for_selector("#train-start:not([disabled])")
    page.select_option("#train-from", "image/avatars")
    assert page.input_value("#train-preset") == "fine-tune"
    page.select_option("#train-data", "drums")
    chosen = [page.input_value(f"#train-{name}") for name in ("from", "preset")]
    assert chosen == ["scratch", "fast"]
    screen.until("() => document.querySelector('#train-forecast').dataset.reaches === 'true'")
