"""A run's history on the page: moments are opened, looked into and branched off; by keyboard, on a phone."""

import pytest
from screen import TINY_RUN, Open, Screen

pytestmark = pytest.mark.ui
MOMENTS = "() => tgan.run?.moments.at.length > 1 && !document.querySelector('.acts').hidden"


def train(open_page: Open, *, steps: int = 60) -> Screen:
    """A page whose tiny run has ended, with some moments."""
    own = TINY_RUN["own"]
    screen = open_page("?tab=train", keep={"train": TINY_RUN | {"budget": steps, "own": own}})
    screen.page.locator("#train-start").click()
    screen.until_data("#train-canvas", "state", "x === 'done'")
    screen.until("() => tgan.run?.moments.at.length > 0")
    return screen


def test_a_moment_is_opened_and_branched_off_by_keyboard(open_page: Open) -> None:
    screen = train(open_page)
    page = screen.page
    run = screen.ask("() => tgan.run")
    assert isinstance(run, dict)
    at = run["moments"]["at"]
    with page.expect_download() as waited:
        page.locator("#film-webp").click()
    assert waited.value.suggested_filename.endswith("-training.webp")
    screen.until("() => !document.querySelector('#film-webp').disabled")
    page.locator("#moment-play").focus()
    page.keyboard.press("Enter")
    model = f"{run['id']}@{at[-1]}"
    screen.until_state("model", model)
    assert screen.ask("() => tgan.tab") == "play"
    title = f"{run['title']} · {at[-1]}"
    screen.until("(title) => tgan.titleOf(tgan.state.model) === title", title)
    page.reload()
    screen.ready()
    screen.until_state("model", model)
    screen.open_tab("train")
    screen.until("() => tgan.run?.moments.at.length > 0")
    page.locator("#moment-inside").click()
    screen.until("() => tgan.tab === 'inside'")
    page.locator("#tab-inside canvas").first.wait_for()
    screen.open_tab("train")
    best = screen.ask("() => tgan.run.moments.best")
    assert isinstance(best, dict)
    page.locator("#moment-best").click()
    screen.until("() => document.querySelector('#moment-best').ariaPressed === 'true'")
    page.locator("#moment-play").click()
    screen.until_state("model", f"{run['id']}@best")
    screen.open_tab("train")
    page.locator("#train-past .live").click()
    page.locator("#moment-branch").click()
    screen.until("(id) => document.querySelector('#train-from').value === id", model)
    assert screen.ask("() => document.activeElement.id") == "train-from"
    assert screen.ask("() => tgan.training.request().train.batch_size") == 4
    page.locator("#train-start").click()
    screen.until("(id) => tgan.run.parent?.run === id && tgan.run.state === 'done'", run["id"])
    assert f"branch of “{run['title']}”" in page.locator("#train-runs li").first.inner_text()


def test_the_history_fits_a_phone_in_chinese(open_page: Open) -> None:
    screen = train(open_page)
    page = screen.page
    page.set_viewport_size({"width": 390, "height": 800})
    screen.ask("() => tgan.setLang('zh')")
    screen.until("() => document.querySelector('#moment-branch').textContent === '从此分支'")
    assert screen.ask("() => document.documentElement.scrollWidth") <= 390
    for name in ("moment-play", "moment-inside", "moment-branch", "film-webp", "film-mp4"):
        box = page.locator(f"#{name}").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_two_runs_lie_side_by_side_and_one_is_deleted_meanwhile(open_page: Open) -> None:
    screen = train(open_page)
    page = screen.page
    first = screen.ask("() => tgan.run.id")
    screen.ask("() => document.querySelector('#train-title').value = '<b>other</b>'")
    page.locator("#train-start").click()
    screen.until("(id) => tgan.run.id !== id && tgan.run.state === 'done'", first)
    page.locator("#compare summary").focus()
    page.keyboard.press("Enter")
    screen.until_data("#compare-pictures", "b", "Number(x) > 0")
    assert page.locator("#compare-a option").count() == 2
    shown = screen.pixels("#compare-pictures")
    page.locator("#compare-wipe").focus()
    page.keyboard.press("Home")
    screen.until_data("#compare-pictures", "wipe", "x === '0'")
    only_b = screen.pixels("#compare-pictures")
    page.keyboard.press("End")
    screen.until_data("#compare-pictures", "wipe", "x === '100'")
    only_a = screen.pixels("#compare-pictures")
    assert len({shown, only_a, only_b}) == 3
    page.locator("#compare-a-at").focus()
    page.keyboard.press("Home")
    screen.until("([a]) => document.querySelector('#compare-pictures').dataset.a !== a", [
        screen.data("#compare-pictures", "b")
    ])  # fmt: skip
    assert all(int(n) > 10 for n in (screen.data("#compare-chart", "points") or "").split())
    page.locator("#compare-x").select_option("seconds")
    page.locator("#compare-curve").select_option("grad_g")
    assert all(int(n) > 10 for n in (screen.data("#compare-chart", "points") or "").split())
    table = page.locator("#compare-table").inner_text()
    assert "The same settings" in table and "Real data" in table

    runs = page.locator("#train-runs-list")
    gone = runs.locator("li").first
    gone.locator("[data-do=delete]").click()
    gone.locator("[data-do=delete]").click()
    page.locator("#compare-said:not([hidden])").wait_for()
    assert "“<b>other</b>” has been deleted" in page.locator("#compare-said").inner_text()
    assert page.locator("#compare-a option").count() == 1
    screen.until("(id) => document.querySelector('#compare-a').value === id", first)
    screen.until_data("#compare-pictures", "b", "Number(x) > 0")
    page.set_viewport_size({"width": 390, "height": 800})
    screen.ask("() => tgan.setLang('zh')")
    screen.until("() => document.querySelector('#compare-said').textContent.includes('已被删除')")
    assert screen.ask("() => document.documentElement.scrollWidth") <= 390


def test_all_runs_are_a_table_that_is_sorted_and_saved(open_page: Open) -> None:
    screen = train(open_page)
    page = screen.page
    page.locator("#runtable summary").click()
    row = page.locator("#runtable tbody tr").first
    row.wait_for()
    sorted_by = page.locator("#runtable th[data-by=created]")
    assert sorted_by.get_attribute("aria-sort") == "descending"
    sorted_by.locator("button").focus()
    page.keyboard.press("Enter")
    page.locator("#runtable th[data-by=created][aria-sort=ascending]").wait_for()
    assert screen.ask("() => document.activeElement.closest('th').dataset.by") == "created"
    for kind, start in (
        ("csv", b"samples,loss_d"),
        ("png", b"\x89PNG"),
        ("html", b"<!doctype html>"),
    ):
        with page.expect_download() as waited:
            row.get_by_role("button", name=kind.upper()).click()
        assert waited.value.path().read_bytes().startswith(start)
    page.set_viewport_size({"width": 390, "height": 800})
    assert screen.ask("() => document.documentElement.scrollWidth") <= 390
