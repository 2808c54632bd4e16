"""The Lab in a real browser: it runs and stands still, is slowed down, broken and mended, and drawn into."""

import pytest
from screen import Open

pytestmark = pytest.mark.ui
STEP = "Number(document.querySelector('[data-n=step]').textContent.replace(/\\D/g, ''))"


def test_the_lab_is_run_slowed_broken_and_mended(open_page: Open) -> None:
    screen = open_page("?tab=lab")
    page = screen.page
    screen.until("() => document.querySelector('#lab-data')?.value === 'ring'")
    screen.until("() => document.querySelector('[data-n=modes]').textContent.endsWith('/ 8')")
    assert screen.colours("#lab-plane") > 50
    page.locator("#lab-step-d").click()
    screen.until(f"() => {STEP} === 1")
    page.keyboard.press("Tab")  # to Step G
    page.keyboard.press("Enter")
    screen.until(f"() => {STEP} === 2")
    page.locator("#lab-run").click()
    screen.until(f"() => {STEP} > 6")
    # a knob that cannot be so is refused, and the run goes on
    rate = page.locator(".fields [name=lr_g]")
    rate.fill("7")
    rate.press("Enter")
    page.locator("#tg-toast.on").wait_for()
    seen = screen.ask(f"() => {STEP}")
    screen.until(f"(seen) => {STEP} > seen", seen)
    # slow motion: it waits, and after six sentences it has taken one step
    page.emulate_media(reduced_motion="no-preference")
    page.locator("#lab-slow").click()
    screen.until("() => document.querySelector('#lab-loop [aria-current]')")
    seen = screen.ask(f"() => {STEP}")
    screen.until("() => document.querySelectorAll('#lab-loop li')[4].hasAttribute('aria-current')")
    assert screen.ask(f"() => {STEP}") == seen
    screen.until("() => document.querySelectorAll('#lab-loop li')[5].hasAttribute('aria-current')")
    assert screen.ask(f"() => {STEP}") == seen + 1
    page.locator("#lab-slow").click()
    # a preset that fails, and its remedy
    page.locator(".presets [data-name=collapse]").click()
    screen.until("() => document.querySelector('.fields [name=loss]').value === 'non-saturating'")
    page.locator("#lab-remedy").click()
    screen.until("() => document.querySelector('.fields [name=loss]').value === 'relativistic'")
    page.locator("#lab-remedy").wait_for(state="hidden")
    page.locator("#lab-run").click()  # pause
    screen.until("() => document.querySelector('[data-n=speed]').textContent === '–'")
    assert screen.faults == []


def test_data_are_drawn_and_brought(open_page: Open, tmp_path) -> None:
    screen = open_page("?tab=lab")
    page = screen.page
    screen.until("() => document.querySelector('[data-n=modes]').textContent.endsWith('/ 8')")
    page.locator("#lab-draw").click()
    screen.until("() => document.querySelector('.lab').hasAttribute('data-drawing')")
    box = page.locator("#lab-plane").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=12)
    page.mouse.up()
    page.locator("#lab-draw").click()
    screen.until("() => document.querySelector('#lab-data').value.startsWith('data/')")
    screen.until("() => document.querySelector('[data-n=modes]').textContent === '–'")
    table = tmp_path / "mine.csv"
    table.write_text("x,y\n" + "\n".join(f"{k},{k * k}" for k in range(40)))
    page.locator("#lab-csv").set_input_files(table)
    page.get_by_text("40 points").wait_for()
    screen.until(
        "() => document.querySelector('#lab-data').selectedOptions[0]?.textContent === 'mine'"
    )
    assert screen.faults == []


def test_what_cannot_be_used_is_said_in_chinese(open_page: Open, tmp_path) -> None:
    screen = open_page("?tab=lab&lang=zh")
    page = screen.page
    screen.until("() => document.querySelector('[data-n=modes]').textContent.endsWith('/ 8')")
    ways = page.locator(".fields [name=penalty] option").all_text_contents()
    assert ways == ["有限差分", "精确梯度", "先差分，后精确"]
    rate = page.locator(".fields [name=d_steps]")
    rate.fill("99")
    rate.press("Enter")
    page.get_by_text("d_steps 须在 1 到 8 之间，收到的是 99").wait_for()
    tables = {"words": "a,b\nc,d", "one": "1,2", "good": "x,y\n" + "3,4\n" * 30 + "nan,1\n"}
    wanted = ("words.csv：没有一行以两个数字开头", "可用的只有 1 个", "30 个点；已忽略 1 行")
    for (name, text), words in zip(tables.items(), wanted, strict=True):
        table = tmp_path / f"{name}.csv"
        table.write_text(text)
        page.locator("#lab-csv").set_input_files(table)
        page.get_by_text(words).wait_for()
    assert screen.faults == []
