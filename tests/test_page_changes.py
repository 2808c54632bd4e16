"""A running run is changed from the page, marked and changed back: by keyboard, on a phone, in Chinese."""

import pytest
from screen import TINY_RUN, Open, Screen

pytestmark = pytest.mark.ui
CHANGED = "#train-found li[data-changed]"


def test_a_knob_is_changed_while_the_run_goes_on_and_undone_by_keyboard(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page = screen.page
    with screen.training():
        page.locator("#train-change > summary").click()
        page.locator("#train-change-lr_g").wait_for()
        screen.until("() => tgan.run.images_total > 0")  # else there is no budget to go back to
        before = page.locator("#train-change-lr_g").input_value()
        assert page.locator("#train-change-do").is_disabled()
        assert page.locator("#train-change-undo").is_disabled()
        page.locator("#train-change .kept summary").click()
        for name, why in (("width", "new networks"), ("adapt", "keeps it")):
            kept = page.locator(f"#train-change-{name}")
            assert kept.is_disabled()
            assert why in (kept.locator("xpath=..").get_attribute("title") or "")
        assert page.locator("#train-change-width").input_value() == "32"
        assert page.locator("#train-change .of").inner_text() == "Preset: fast"
        page.locator("#train-change-loss").select_option("hinge")
        page.locator("#train-change-lr_g").fill("0.0005")
        assert "2" in page.locator("#train-change-do").inner_text()
        page.locator("#train-change-lr_g").press("Enter")
        page.locator(CHANGED).wait_for()
        assert "→ 0.0005" in page.locator(CHANGED).inner_text()
        assert page.locator("#train-change .of").inner_text() == (
            "Preset: fast · changes since then: 1"
        )
        assert "lr_g=0.0005" in page.locator("#train-change code").inner_text()
        assert screen.ask("() => tgan.run.changes[0].nimg") > 0
        assert screen.data("#train-canvas", "state") == "running"
        # at once, while the answer to the first may still be on its way
        page.locator("#train-change-unit").select_option("images")
        page.locator("#train-change-budget").fill("800000")
        page.locator("#train-change-more").click()
        screen.until("() => tgan.run.changes.length === 2")
        assert "Budget: " in page.locator(CHANGED).inner_text()
        page.set_viewport_size({"width": 390, "height": 800})
        screen.ask("() => tgan.setLang('zh')")
        screen.until("() => document.querySelector('#train-change-undo').textContent === '撤销'")
        assert screen.ask("() => document.documentElement.scrollWidth") <= 390
        page.locator("#train-change-undo").focus()
        page.keyboard.press("Enter")
        screen.until("() => tgan.run.changes.length === 3")
        assert screen.ask("() => tgan.run.changes[2].undoes") == 1
        page.keyboard.press("Enter")
        screen.until("() => tgan.run.changes.length === 4")
        screen.until(f"() => document.querySelector('#train-change-lr_g').value === '{before}'")
        assert screen.ask("() => tgan.run.train.loss") == "relativistic"
        # nothing is left to undo, so the button cannot hold the keyboard
        assert screen.ask("() => document.activeElement.tagName") == "SUMMARY"
        page.locator("#train-change-batch_size").fill("1")
        page.locator("#train-change-do").click()
        page.locator("#tg-toast.bad.on").wait_for()
        assert "batch_size 须在 2 到 512 之间" in page.locator("#tg-toast").inner_text()
        (refusal,) = screen.faults  # Gradio answers a refusal by 500
        assert "status of 500" in refusal
        screen.faults.clear()
        assert screen.data("#train-canvas", "state") == "running"
    assert page.locator("#train-change .live").is_hidden()
    assert "# changed while it trained: " in page.locator("#train-change code").inner_text()


def test_of_two_pages_both_show_the_change_and_the_one_that_had_not_seen_it_is_told(
    open_page: Open,
) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page = screen.page
    with screen.training():
        page.locator("#train-change > summary").click()
        other = Screen(page.context.new_page(), page.url)
        other.ready()
        other.page.locator("#train-change > summary").click()
        other.page.locator("#train-change-lr_d").fill("0.0007")
        page.locator("#train-change-lr_g").fill("0.0005")
        page.locator("#train-change-do").click()
        for one in (screen, other):
            one.until("() => document.querySelector('#train-change-lr_g').value === '0.0005'")
            assert "0.0005" in one.page.locator(CHANGED).inner_text()
        # what was being typed was of other settings
        other.until("() => document.querySelector('#train-change-lr_d').value !== '0.0007'")
        assert other.page.locator("#train-change-do").is_disabled()
        other.ask(  # pressed before the page had heard of the change
            "() => { tgan.run = {...tgan.run, changes: []};"
            " document.querySelector('#train-change-undo').click() }"
        )
        other.page.locator("#tg-toast.bad.on").wait_for()
        assert "changed meanwhile" in other.page.locator("#tg-toast").inner_text()
        other.until("() => tgan.run.changes.length === 1")
        other.page.locator("#train-change-undo").click()
        for one in (screen, other):
            one.until("() => tgan.run.changes.length === 2")
            one.until("() => document.querySelector('#train-change-lr_g').value !== '0.0005'")


def test_two_moments_differ_by_what_was_changed_and_a_branch_takes_it(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page = screen.page
    kept = "() => tgan.run?.moments.at.some((at) => at > (tgan.run.changes[0]?.nimg ?? 0))"
    with screen.training():
        screen.until(kept)
        page.locator("#train-change > summary").click()
        page.locator("#train-change-lr_g").fill("0.0005")
        page.locator("#train-change-do").click()
        screen.until("() => tgan.run.changes.length === 1")
        screen.until(kept)
    page.locator("#compare summary").click()
    row = page.locator("#compare-table [data-kind=setting]")
    row.wait_for()  # of one run the first moment stands beside the last
    (told,) = row.all_inner_texts()
    assert told.split("\t")[0] == "Learning rate of G" and told.split("\t")[2] == "0.0005"
    page.locator("#compare-b-at").focus()
    page.keyboard.press("Home")
    page.locator("#compare-table [data-kind=same]").wait_for()
    page.locator("#moment-branch").click()
    screen.until("() => tgan.training.request().start.endsWith('@' + tgan.run.moments.at.at(-1))")
    assert screen.ask("() => tgan.training.request().train.lr_g") == 0.0005
    page.locator("#train-history").focus()
    page.keyboard.press("Home")
    screen.until("() => document.querySelector('#train-past output').textContent.includes('· 1/')")
    page.locator("#moment-branch").click()
    screen.until("() => tgan.training.request().start.endsWith('@' + tgan.run.moments.at[0])")
    assert "lr_g" not in screen.ask("() => Object.keys(tgan.training.request().train)")
