"""Real or generated? in a real browser: a round by keyboard, a second player on a phone, nothing for axe."""

from collections.abc import Iterator
from pathlib import Path

import axe
import pytest
import toys
from conftest import Served, serving
from quizzes import FACES, MODEL
from screen import Open, Screen

from tgan_demo.ui import widgets

pytestmark = pytest.mark.ui

COUNT = 10


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root: Path = tmp_path_factory.mktemp("weights")
    toys.make_model(root / "image" / "faces", FACES, "Cartoon faces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "CONTACT", 9)
        with serving(tmp_path_factory.mktemp("served"), root) as found:
            yield found


def asked(screen: Screen, k: int) -> None:
    screen.page.locator(f"#quiz .stage[data-drawn='{k}']").wait_for()


def answer(screen: Screen, k: int, *keys: str) -> None:
    asked(screen, k)
    for key in keys:
        screen.page.keyboard.press(key)
    screen.until(
        "() => document.activeElement === document.querySelector('#quiz .next') && "
        "/\\S/.test(document.querySelector('#quiz .told').textContent)"
    )


def test_a_class_plays_a_round(open_page: Open, served: Served) -> None:
    screen = open_page(f"?model={MODEL}")
    page, found = screen.page, []
    script = axe.script()
    screen.ask(script)
    page.locator("#open-quiz").click()
    page.locator("#quiz .setup").wait_for()
    found += axe.violations(page)
    page.locator("#quiz .count").select_option(str(COUNT))
    page.locator("#quiz .begin [data-open='1']").click()
    asked(screen, 0)
    found += axe.violations(page)
    assert page.locator("#quiz .stage canvas").count() == 2
    code = page.locator("#quiz .letters").inner_text()
    assert page.locator("#quiz .code svg").count() == 1 and len(code) == 6

    pupil = open_page(
        f"?join={code}&lang=zh", viewport={"width": 390, "height": 844}, has_touch=True
    )
    asked(pupil, 0)
    assert pupil.ask("() => document.documentElement.scrollWidth") == 390
    wide = "() => { const d = document.querySelector('#quiz dialog'); return d.scrollWidth - d.clientWidth }"
    assert pupil.ask(wide) == 0 and "join" not in pupil.page.url
    pupil.page.locator("#quiz [data-choice='1']").tap()
    pupil.page.locator("#quiz .next").wait_for()
    assert "真的" in pupil.page.locator("#quiz .told").inner_text()
    screen.until("() => /2 playing/.test(document.querySelector('#quiz .standing').textContent)")

    for k in range(COUNT):  # the page's own keys are off: 1 opens no tab, R draws no other seed
        answer(screen, k, *(("1",), ("2",), ("r", "ArrowRight", "Enter"))[k % 3])
        if k == 0:
            screen.ask("() => tgan.setDark(true)")
            found += axe.violations(page)
        page.keyboard.press("Enter")
    page.locator("#quiz .done").wait_for()
    assert screen.ask("() => tgan.tab") == "play" and screen.state()["seed"] == 42
    said = page.locator("#quiz .done .ask").inner_text()
    assert said.startswith("You ") and "of 10, D " in said
    assert page.locator("#quiz .bar").count() == 3  # you, all, D
    page.locator("#quiz .review").click()
    page.locator("#quiz .pair").nth(COUNT - 1).wait_for()
    found += axe.violations(page)
    assert not found, "\n".join(found)
    assert len(list((served.data_dir / "quiz").glob("*.json"))) == 1

    page.reload()  # it is there still
    screen.ready()
    screen.ask("() => tgan.quiz()")
    page.locator("#quiz .done").wait_for()
    assert page.locator("#quiz .done .ask").inner_text() == said


def test_a_sample_is_covered_when_its_time_is_up(open_page: Open) -> None:
    screen = open_page(f"?model={MODEL}")
    page = screen.page
    page.keyboard.press("g")
    page.locator("#quiz [value=single]").check()
    page.locator("#quiz .seconds").select_option("1")
    page.locator("#quiz .begin [data-open='']").click()
    asked(screen, 0)
    page.locator("#quiz .covered .cover").wait_for()
    assert page.locator("#quiz .room").is_hidden()
    answer(screen, 0, "2")
    assert page.locator("#quiz .covered").count() == 0
    page.locator("#quiz .leave").click()
    page.locator("#quiz .setup").wait_for()
