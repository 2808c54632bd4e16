"""Texts in a real browser, over toy models: read, saved, walked between, looked into and trained on."""

import pytest
from screen import TINY_RUN, Open

pytestmark = pytest.mark.ui


def test_a_text_model_is_read_looked_into_and_judges_what_is_typed(open_page: Open) -> None:
    screen = open_page("?model=text/verses")
    texts = screen.ask("() => tgan.hero().texts")
    assert len(texts) == 16 and all(len(text) == 20 for text in texts)
    assert screen.colours("#play-canvas canvas") > 20  # letters on paper, smoothed
    screen.page.locator("#temperature").wait_for()
    with screen.page.expect_download() as download:
        screen.page.click("#save-text")
    content = download.value.path().read_text(encoding="utf-8")
    assert "".join(c for c in content.split("\n\n")[0] if c.isalnum()) == texts[0]
    screen.open_tab("walk")
    screen.until("() => document.querySelector('#walk-player canvas')?.dataset.frame !== undefined")
    screen.page.fill("#walk-from textarea", "<b>" + texts[1] + "</b>")
    screen.page.fill("#walk-to textarea", texts[2])
    screen.page.keyboard.press("Tab")  # the button comes next
    screen.page.keyboard.press("Enter")
    screen.page.locator("#walk-said p").nth(1).wait_for()
    assert screen.page.locator("#walk-said b").count() == 0  # a tag stays text
    assert screen.page.locator("#walk-keys .key").count() == 2
    screen.page.click("#walk-back")
    screen.until("() => document.querySelectorAll('#walk-keys .key').length === 4")
    assert not screen.page.locator("#walk-said p").count()
    screen.open_tab("inside")
    before = screen.until_data("#inside-canvas", "sum", "x")
    screen.page.locator("#inside-view .arcs").click(position={"x": 5, "y": 20})
    screen.until_data("#inside-canvas", "sum", "x && x !== value", before)
    screen.page.fill("#inside-view .type input", "<b>" + texts[1])
    screen.page.click("#inside-view .type button")
    screen.until_data("#inside-canvas", "source", "x === 'uploaded'")
    screen.page.locator("#inside-view .blame span").first.wait_for()
    assert screen.page.locator("#inside-view .blame b").count() == 0  # a tag stays text


def test_codes_show_their_words_and_typed_walks_keep_their_ends(open_page: Open) -> None:
    screen = open_page("?model=text/lines&tab=inside")
    view, canvas = "#inside-view", "#inside-canvas"
    before = screen.until_data(canvas, "sum", "x")
    whole = screen.page.locator(f"{view} .reading .text")
    shown = "".join(
        whole.locator("button").evaluate_all("(all) => all.map(b => b.firstChild.data)")
    )
    screen.open_tab("play")
    screen.until("() => tgan.hero()")  # drawn only where it is seen
    played = str(screen.ask("() => tgan.hero().texts[0]"))
    screen.open_tab("inside")
    assert shown.replace(" ", "") == played.replace(" ", "")  # what Play shows for this seed
    assert "code" in screen.page.locator("#inside-sentence").inner_text()
    if whole.locator("button").count():
        code = whole.locator("button").first.get_attribute("data-code")
        whole.locator("button").first.click()
        screen.until_data(canvas, "token", "x === value", code)
    screen.page.fill(f"{view} .type input", "a red cat on a mat.")
    screen.page.click(f"{view} .type button")
    screen.until_data(canvas, "source", "x === 'uploaded'")
    assert screen.data(canvas, "sum") != before
    assert screen.page.locator(f"{view} .blame span").count() == 4
    screen.page.locator("#lang").click()
    screen.until("() => document.querySelector('#inside-sentence').textContent.includes('编码')")
    screen.open_tab("walk")
    screen.until("() => document.querySelector('#walk-player canvas')?.dataset.frame !== undefined")
    screen.page.fill("#walk-from textarea", "a red cat on a mat.")
    screen.page.fill("#walk-to textarea", "a blue dog on a tree.")
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Enter")
    screen.page.locator("#walk-said p").nth(1).wait_for()
    assert "a blue dog on a tree." in screen.page.locator("#walk-said").inner_text()
    assert screen.page.locator("#walk-keys .key").count() == 2


def test_a_run_on_text_shows_texts(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": {**TINY_RUN, "data": "verses"}})
    with screen.training():
        screen.until("() => tgan.run?.frame?.kind === 'written' && tgan.run.step > 3")
        assert screen.colours("#train-canvas") > 20
