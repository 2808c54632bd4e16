"""A file dropped anywhere on the page, in a real browser: settings come back, or ways are offered."""

import base64

import pytest
from PIL import Image
from playwright.sync_api import expect
from screen import Open, Screen

from tgan_demo.config import SampleConfig
from tgan_demo.files.png import png_bytes, settings_for

pytestmark = pytest.mark.ui

DROP = """([data, name]) => { const bundle = new DataTransfer();
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    bundle.items.add(new File([bytes], name));
    document.querySelector('#main').dispatchEvent(
        new DragEvent('drop', {dataTransfer: bundle, bubbles: true, cancelable: true})) }"""


def drop(screen: Screen, settings: dict | None = None) -> None:
    image = Image.new("RGB", (40, 40), (200, 60, 20))
    image.paste((20, 60, 200), (10, 10, 30, 30))
    content = base64.b64encode(png_bytes(image, settings)).decode()
    screen.ask(DROP, [content, "own.png"])


def test_what_was_saved_here_brings_its_settings_back_on_any_tab(open_page: Open) -> None:
    screen = open_page("?model=image/avatars")
    screen.open_tab("walk")
    drop(screen, settings_for("image/digits", SampleConfig(seed=77, edit="go:pc1*2")))
    screen.open_tab("play")
    screen.until_state("seed", 77)
    assert screen.state()["edit"] == "go:pc1*2" and screen.state()["model"] == "image/digits"


def test_an_own_picture_is_offered_to_the_model_to_d_and_to_training(open_page: Open) -> None:
    screen = open_page("?model=image/avatars")
    page = screen.page
    drop(screen)
    ways = page.locator("#tg-offer button")
    expect(ways).to_have_count(4)
    ways.nth(0).click()
    screen.until("() => tgan.state.edit.startsWith('at:')")
    drop(screen)
    ways.nth(1).click()
    screen.until("() => tgan.tab === 'inside'")
    expect(page.locator("#inside-view")).to_contain_text("D", timeout=60_000)
    drop(screen)
    expect(ways.nth(2)).to_contain_text("own.png")
    ways.nth(3).click()
    expect(page.locator("#tg-offer")).to_be_hidden()
