"""Train shows how good the samples become: any of the run's scores in one chart, by keyboard and in Chinese."""

import pytest
from screen import TINY_RUN, Open

pytestmark = pytest.mark.ui
CHART = "#train-chart-score"


def test_one_chooses_the_score_and_finds_it_again(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page = screen.page
    with screen.training():
        page.locator(f"{CHART} option[value=inception]").wait_for(state="attached")
        names = page.locator(f"{CHART} option").evaluate_all("(all) => all.map((o) => o.value)")
        assert names[:3] == ["frechet", "kernel", "mind"] and "roughness" in names
        assert "coverage" not in names  # has a chart of its own
        page.locator("#train-score-which").select_option("mind")
        screen.until(
            f"() => document.querySelector('{CHART} p').textContent.includes('Wasserstein')"
        )
        assert "Dashed" in page.locator(f"{CHART} p").inner_text()
        label = page.locator(f"{CHART} canvas").get_attribute("aria-label")
        assert label is not None and label.startswith("Sliced distance (MIND): G ")
        page.locator("#train-nearest summary").click()
        screen.until(
            "() => [...document.querySelectorAll('#train-nearest img')].every((i) => i.naturalWidth)"
        )
        screen.ask("() => tgan.setLang('zh')")
        screen.until(
            f"() => document.querySelector('{CHART} option').textContent === 'Fréchet 距离'"
        )
        assert page.locator("#train-score-which").input_value() == "mind"


def test_a_run_is_asked_to_end_by_a_score(open_page: Open) -> None:
    screen = open_page("?tab=train", keep={"train": TINY_RUN})
    page = screen.page
    assert screen.ask("() => tgan.training.request().until") == ""
    page.locator("#train-all summary").click()
    page.locator("#train-until").select_option("kernel")
    assert screen.ask("() => tgan.training.request().until") == "kernel"
    screen.ask("() => tgan.setLang('zh')")
    screen.until(
        "() => document.querySelector('#train-until option:checked').textContent === '当核距离不再改善时'"
    )
    assert screen.ask("() => tgan.kept('train').until") == "kernel"
