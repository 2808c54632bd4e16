"""The Sound tab in a real browser, over toy models: pads, beat, numbers, other voices.

A console error, a script that fails or a request to another host fails the test; see screen.py.
"""

import wave
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toys
from conftest import Served, serving
from playwright.sync_api import Browser, Page
from screen import Screen, opening
from test_sound_panel import make_sounds

from tgan_demo.engine.draw import inversion
from tgan_demo.ui import widgets

pytestmark = pytest.mark.ui

KIT, BEAT, VOICE = "#sound-pads .kit", "#sound-beat .beat", "#sound-voice"
SIDEWAYS = """() => { window.scrollTo(200, 0);
    const out = [...document.querySelectorAll('#main button, #main input, #main select, #main p, #main audio')]
        .filter((n) => n.checkVisibility() && n.getBoundingClientRect().right > innerWidth + 1)
        .map((n) => n.id || n.className || n.tagName);
    return {scrolled: scrollX, width: document.documentElement.scrollWidth, out} }"""


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real app over models of sound, with small sheets and short searches."""
    root, data_dir = tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("served")
    make_sounds(root)
    toys.make_model(root / "image" / "digits", toys.DIGITS, "MNIST")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "CONTACT", 4)
        patch.setattr(inversion, "STEPS", 2)
        toys.quick_phases(patch)
        with serving(data_dir, root) as found:
            yield found


@pytest.fixture
def open_sound(browser: Browser, shared: Page, sounds: Served) -> Iterator[Callable[..., Screen]]:
    with opening(browser, shared, sounds.url) as open_:
        size = {"width": 1280, "height": 900}
        yield lambda query, **options: open_(query, wait=False, viewport=size, **options)


def test_drums_are_played_by_hand_and_by_steps(
    open_sound: Callable[..., Screen], tmp_path: Path
) -> None:
    screen = open_sound("?model=image/digits&tab=sound", has_touch=True)
    page = screen.page
    page.locator("#sound-lead button", has_text="Drums").click()  # the way out of the empty tab
    seeds = screen.until_data(KIT, "drawn", "x")
    assert page.locator("#sound-pads .face img").count() == 16
    # by pointer, by key: the page's own key R stays silent here, with Shift it does not
    page.locator("#sound-pads .face").nth(5).click()
    screen.until_data(KIT, "played", "x === '1'")
    page.keyboard.press("r")
    screen.until_data(KIT, "last", "x === '3'")
    page.keyboard.press("k")
    screen.until_data(KIT, "last", "x === '15'")
    screen.until_data(KIT, "played", "x === '3'")
    assert screen.ask("() => tgan.tab") == "sound" and screen.data(KIT, "drawn") == seeds
    page.keyboard.press("Shift+R")
    seeds = screen.until_data(KIT, "drawn", "x !== value", seeds)
    # another sound on one pad, by right click
    page.locator("#sound-pads .face").nth(2).click(button="right")
    other = screen.until_data(KIT, "drawn", "x !== value", seeds).split("_")
    assert [a == b for a, b in zip(seeds.split("_"), other, strict=True)].count(False) == 1
    # the beat
    page.keyboard.press("Space")
    screen.until_data(BEAT, "state", "x === 'playing'")
    screen.until_data(BEAT, "step", "+x >= 3")
    page.keyboard.press("Space")
    screen.until_data(BEAT, "state", "x === 'stopped'")
    page.locator("#beat-clear").click()
    step = page.locator("#sound-beat .step[data-row='1'][data-step='6']")
    step.click()
    page.keyboard.press("Tab")  # the grid is one stop, arrows move in it
    step.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    screen.until("() => tgan.kept('beat').rows.snare === '......xx........'")
    with page.expect_download() as loop:
        page.locator("#beat-save").click()
    loop.value.save_as(tmp_path / "loop.wav")
    with wave.open(str(tmp_path / "loop.wav")) as file:
        bar_s = file.getnframes() / file.getframerate()
    assert abs(bar_s - 16 * 60 / 116 / 4) < 0.01
    with page.expect_download() as kit:
        page.locator("#kit-save").click()
    kit.value.save_as(tmp_path / "kit.zip")
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        assert f"03-closed-hat-seed-{other[2]}.wav" in archive.namelist()
    page.reload()  # the beat stays
    screen.until_data(KIT, "drawn", "x")
    assert step.get_attribute("aria-pressed") == "true"
    page.locator("#sound-pads .face").first.tap()
    screen.until_data(KIT, "played", "x === '1'")
    fits_a_phone(screen)


def test_a_number_is_said_and_a_clip_in_another_voice(open_sound: Callable[..., Screen]) -> None:
    screen = open_sound("?model=audio/digits&tab=sound")
    page, said = screen.page, "#voice-said audio"
    first = page.locator(said).get_attribute("src")  # there without a click
    page.locator("#voice-number").fill("<b>42</b>")
    page.keyboard.press("Enter")
    screen.until("([s, src]) => document.querySelector(s)?.src !== src", [said, first])
    assert str(page.locator(said).get_attribute("src")).startswith("data:audio/wav;base64,")
    assert page.locator("#voice-said .title").inner_text() == "“<b>42</b>”, by ann"
    page.locator("#voice-number").fill("none")
    page.locator("#voice-say").click()
    page.get_by_text("wanted a number").wait_for()
    screen.until("() => document.querySelector('#voice-say').ariaBusy === 'false'")
    # a clip: no microphone here, so that the page says what else there is; the model's own; a file
    page.locator("#voice-record").click()
    screen.until("() => document.querySelector('#tg-toast.on')?.textContent.includes('a sample')")
    page.locator("#voice-sample").click()
    page.locator("#voice-made audio").nth(2).wait_for(state="attached")
    assert "Taken for" in page.locator(f"{VOICE} .taken").inner_text()
    page.locator("#voice-file").set_input_files(
        {"name": "<i>x</i>.wav", "mimeType": "audio/wav", "buffer": b"RIFF no sound"}
    )
    screen.until("() => document.querySelector('.chosen .what').textContent.includes('<i>')")
    page.locator("#voice-go").click()
    page.get_by_text("not a sound that we read").wait_for()
    screen.until("() => !document.querySelector('#voice-go').disabled")
    fits_a_phone(screen)


def fits_a_phone(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 844})
    for lang in ("zh", "en"):
        screen.ask("(lang) => tgan.setLang(lang)", lang)
        assert screen.ask(SIDEWAYS) == {"scrolled": 0, "width": 390, "out": []}, lang
