"""Edit, the part of Play below the picture, in a real browser."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect
from screen import Open

pytestmark = pytest.mark.ui


def test_a_picture_of_a_direction_takes_you_there_and_undo_back(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7")
    page = screen.page
    screen.open_edit()
    page.locator("#directions-cells [data-name=global]").click()
    cells = page.locator("#directions-cells .cell")
    expect(cells.nth(6)).to_have_attribute("title", "Component 1 · +3")
    cells.nth(6).click()
    screen.until_state("edit", "go:pc1*3")
    assert "edit=go%3Apc1*3" in page.url
    expect(page.locator("#edits .step")).to_contain_text("Component 1")
    slider = page.locator("#edits .step input")
    slider.focus()
    slider.press("ArrowLeft")
    screen.until("() => tgan.state.edit === 'go:pc1*2.9'")
    page.locator("#edits .back").click()
    screen.until_state("edit", "go:pc1*3")
    page.locator("#edits .none").click()
    screen.until_state("edit", "")


def test_an_edit_of_another_model_is_left_out_and_said(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7&edit=go:AAAA")
    assert screen.state()["edit"] == ""
    expect(screen.page.locator("#tg-toast")).to_contain_text("edit")


def test_another_model_begins_without_edits(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7&edit=go:pc1*2")
    assert screen.state()["edit"] == "go:pc1*2"
    screen.ask("() => tgan.choose('image/digits')")
    screen.until_state("model", "image/digits")
    screen.until_state("edit", "")


def test_an_own_picture_is_sought_and_loaded_and_a_seed_leads_away(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7")
    page = screen.page
    screen.open_edit("own")
    page.locator("#own-file").set_input_files(
        {"name": "own.png", "mimeType": "image/png", "buffer": own_picture()}
    )
    expect(page.locator("#edit-own-item figure")).to_have_count(2, timeout=60_000)
    # where the machine is busy, the search may have come to its end: its button is hidden then
    screen.ask("() => document.querySelector('#own-stop').click()")
    screen.until("() => tgan.state.edit.startsWith('at:') && tgan.state.count === 1")
    expect(page.locator("#edits .step")).to_contain_text("A place of its own")
    screen.ask("() => tgan.set('walk-id', '1_2!slerp!z!12!1')")
    page.locator("#own-key").click()
    expect(page.locator("#tab-walk .key .face")).to_have_count(3)
    assert "at%3A" in page.url
    screen.open_tab("play")
    screen.ask("() => tgan.pick(31)")
    screen.until_state("edit", "")


def test_an_edited_sample_is_a_key_frame_and_comes_back_edited(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7&edit=go:pc1*2@1-2")
    page = screen.page
    screen.open_tab("walk")
    faces = page.locator("#tab-walk .key .face")
    expect(faces).to_have_count(4)
    assert "go%3Apc1*2%401-2" in page.url
    page.locator("#edit-id textarea, #edit-id input").first.wait_for(state="attached")
    screen.ask("() => tgan.set('edit-id', '')")
    faces.nth(0).click()
    screen.until("() => tgan.get('edit-id') === 'go:pc1*2@1-2'")


def test_what_is_no_picture_is_named_and_the_page_rests(open_page: Open) -> None:
    screen = open_page("?model=image/avatars&seed=7")
    page = screen.page
    screen.open_edit("own")
    page.locator("#own-file").set_input_files(
        {"name": "<b>.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.locator(".toast-body.error")).to_contain_text("_b_.png")
    expect(page.locator("#own-file")).to_be_enabled()
    screen.faults.clear()


def test_words_of_a_text_that_changed_are_marked(open_page: Open) -> None:
    screen = open_page("?model=text/verses&seed=7")
    changed = "(texts) => tgan.changed(...texts)"
    assert screen.ask(changed, ["a red cat", "a blue cat sits"]) == [
        ["a", False], [" ", False], ["red", True], [" ", False], ["cat", False],
    ]  # fmt: skip
    assert screen.ask(changed, ["明月光", "明日光"]) == [["明", False], ["月", True], ["光", False]]
    same = screen.ask(changed, ["x y", "x y"])
    assert isinstance(same, list) and not any(isNew for _, isNew in same)
    page = screen.page
    screen.open_edit()
    expect(page.locator("#directions-cells .cell mark").first).to_be_visible()
    expect(page.locator("#directions-cells .cell[aria-current=true] mark")).to_have_count(0)


def own_picture() -> bytes:
    image = Image.new("RGB", (40, 40), (200, 60, 20))
    image.paste((20, 60, 200), (10, 10, 30, 30))
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()
