"""The Train tab: a run that outlives its page, watched, paused, stepped, stopped; also in a browser."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import base64
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import launched
from train_place import TINY, Place, is_skip, place, training_is_not_starved  # noqa: F401

from tgan_demo.contract import Dataset
from tgan_demo.errors import NotFoundError, TganError
from tgan_demo.ui import widgets
from tgan_demo.ui.panels.train import knobs as train_knobs
from tgan_demo.ui.panels.train import panel as train
from tgan_demo.ui.panels.train import runs as train_runs
from tgan_demo.ui.panels.train import sources as train_data
from tgan_demo.ui.words.table import WORDS


def test_a_run_is_watched_paused_stepped_stopped_and_its_model_listed(place: Place) -> None:
    updates = place.act("start", **place.ask(images=100_000))
    assert updates[0].active and updates[2]["run"]["title"] == "cats"
    assert updates[3]["run"]["id"] == place.seen["run"]
    place.until("running")
    place.act("pause")
    place.until("paused")
    step = place.look(fresh=True)[2]["run"]["step"]
    place.act("step", players="d")
    place.until_step(step + 1)
    place.look(fresh=True)
    assert all(is_skip(update) for i, update in enumerate(place.look()) if i != 1)
    place.act("resume")
    place.until("running")
    place.act("stop")
    place.until("stopped")
    place.seen.clear()
    updates = place.look(fresh=True)
    assert not updates[0].active and updates[3] == {"run": None}
    (row,) = updates[4]["runs"]
    assert row["model_id"] and [m["id"] for m in updates[5]["items"]] == [row["model_id"]]
    assert row["model_id"] in [start["id"] for start in updates[6]["starts"]]


def test_a_reload_or_a_second_tab_sees_the_same_run(place: Place) -> None:
    place.act("start", **place.ask(images=100_000))
    place.until("running")
    anew: dict[str, Any] = {}
    updates = train.look(place.page, place.visitor, "train", "", anew, fresh=True)
    assert anew["run"] == place.seen["run"] and updates[0].active
    # in another tab only the bar is sent
    updates = train.look(place.page, place.visitor, "play", "", {}, fresh=True)
    assert is_skip(updates[2]) and updates[3]["run"]["id"] == anew["run"]


def test_a_picture_is_sent_once_and_again_on_demand(place: Place) -> None:
    place.act("start", **place.ask(images=12))
    place.until("done")
    assert place.look(fresh=True)[2]["run"]["frame"]["png"].startswith("data:image/png")
    place.seen["sig"] = None  # something changed, but not the picture
    assert place.look()[2]["run"]["frame"] is None
    frame = train.frame_server(place.page)
    ask = {"me": place.visitor, "run": place.seen["run"], "index": 0}
    assert frame(ask)["frame"]["png"].startswith("data:image/png")
    assert "error" in frame(ask | {"me": place.studio.store.new_visitor()})
    assert "error" in frame(None)


def test_a_step_pauses_a_run_that_goes(place: Place) -> None:
    place.act("start", **place.ask(images=100_000))
    place.until("running")
    place.act("step", players="g")
    place.until("paused")


def test_a_step_is_answered_with_what_it_changed_and_not_before(place: Place) -> None:
    place.act("start", **place.ask(images=100_000))
    place.until("running")
    for players in ("d", "g", "both"):  # the first one pauses the run, too
        run = place.act("step", players=players)[2]["run"]
        effect = run["effect"]
        assert (run["state"], effect["players"], effect["step"]) == ("paused", players, run["step"])
        before, after = effect["before"], effect["after"]
        assert before["d_fake"] != after["d_fake"]
        assert (before["d_real"] == after["d_real"]) == (players == "g")
    place.act("resume")
    place.until("running")
    assert place.look(fresh=True)[2]["run"]["effect"] is None


def test_single_steps_leave_the_speed_alone(place: Place) -> None:
    place.act("start", **place.ask(images=100_000))
    place.until("running")
    place.act("pause")
    place.until("paused")
    speed = place.look(fresh=True)[2]["run"]["images_per_s"]
    time.sleep(0.5)
    assert place.act("step", players="both")[2]["run"]["images_per_s"] == speed


def test_a_run_is_renamed_with_its_model_packed_and_deleted(place: Place, tmp_path: Path) -> None:
    place.act("start", **place.ask(images=12))
    place.until("done")
    run = place.seen["run"]
    place.act("rename", id=run, title="dogs")
    value = train_runs.runs_value(place.page, place.visitor)
    model = value["runs"][0]["model_id"]
    assert value["runs"][0]["title"] == "dogs"
    order = train_runs.zipped(place.page, place.visitor, {"id": model})
    assert order["do"] == "download" and order["name"].endswith(".zip")
    path = tmp_path / "model.zip"
    path.write_bytes(base64.b64decode(order["data"]))
    again = train_runs.take_file(place.page, place.visitor, str(path))
    assert again != model and not path.exists()
    came = {
        model: "trained",
        again: "uploaded",
    }  # of one title, but told apart wherever they are chosen
    cards = widgets.model_cards(place.studio, place.visitor, model)["items"]
    starts = train_data.setup_value(place.page, place.visitor)["starts"][1:]
    for rows in (cards, starts):
        assert {row["title"] for row in rows} == {"dogs"}
        assert {row["id"]: row["origin"] for row in rows} == came
    place.act("delete", id=run)
    place.act("delete", id=again)
    value = train_runs.runs_value(place.page, place.visitor)
    assert not value["runs"] and [row["id"] for row in value["models"]] == [model]


def test_the_rest_of_an_ended_run_is_dropped_and_the_disk_told_anew(place: Place) -> None:
    place.act("start", **place.ask(images=12))
    place.until("done")
    before = place.look(fresh=True)[4]
    assert before["runs"][0]["rest"] > 0
    after = place.act("drop_rest", id=place.seen["run"])[4]
    row = after["runs"][0]
    assert row["rest"] == 0 and row["model_id"] and not row["can_resume"]
    assert after["disk"]["used"] < before["disk"]["used"]


def test_a_wait_in_the_queue_is_one_time_and_goes_down(place: Place) -> None:
    store, queue = place.studio.store, place.studio.jobs
    other = store.new_visitor()
    items = np.zeros((8, 8, 8, 1), np.uint8)
    data = store.add_dataset(other, Dataset("theirs", items, modality="image"))
    theirs = queue.start(other, train_knobs.request(place.ask(10_000) | {"data": data}))
    while queue.status(other, theirs)["state"] != "running":
        time.sleep(0.02)
    queue.pause(other, theirs)  # whoever waits, waits until it is parked
    while queue.status(other, theirs)["state"] != "paused":
        time.sleep(0.02)
    _, _, dash, bar, *_ = place.act("start", **place.ask())
    first = dash["run"]["wait_s"]
    assert dash["run"]["place"] == 1 and bar["run"]["wait_s"] == first > 60
    queue._runs[theirs].paused_at -= 30
    queue.following._known.clear()
    _, _, dash, bar, *_ = place.look()
    assert bar["run"]["wait_s"] == dash["run"]["wait_s"] <= first - 30
    assert "{wait}" not in WORDS["train.runs.queued"][0]  # the list is not drawn every second
    queue.delete(other, theirs)


def test_nothing_to_pause_is_said_kindly(place: Place) -> None:
    with pytest.raises(NotFoundError, match="Start"):
        place.act("pause")
    with pytest.raises(TganError):
        place.act("show", id="run/0123456789abcdef") and train_runs.id_of({"id": 3})


# -- in a browser ---------------------------------------------------------------------------------


@pytest.mark.ui
def test_start_reload_pause_step_stop_in_a_browser(tmp_path: Path, browser: Any) -> None:
    from tgan_demo.ui import blocks

    place = Place(tmp_path / "home")
    demo = blocks.build(place.studio)
    try:
        with launched(demo) as root:
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.set_default_timeout(60_000)
            drive(page, f"{root}?tab=train&me={place.visitor}", place)
            page.close()
    finally:
        place.studio.jobs.close()


def drive(page: Any, url: str, place: Place) -> None:
    canvas = page.locator("#train-canvas")

    def wait(what: str) -> None:
        page.wait_for_function(
            f"(() => {{ const d = document.querySelector('#train-canvas')?.dataset; return d && ({what}); }})()"
        )

    page.goto(url)
    page.wait_for_selector("#train-start", state="visible")
    page.select_option("#train-data", place.data)
    page.evaluate("document.querySelector('#train-all').open = true")
    for key, value in {**TINY, "batch_size": 4}.items():
        page.fill(f"#knob-{key}", str(value))
        page.press(f"#knob-{key}", "Tab")
    page.select_option("#train-unit", "images")
    page.fill("#train-budget", "1000000")
    page.press("#train-budget", "Tab")
    page.click("#train-start")
    wait("d.state === 'running' && Number(d.step) > 2 && Number(d.frame) > 0")
    run = canvas.get_attribute("data-run")
    page.reload()
    wait("d.state === 'running' && Number(d.frame) > 0")
    assert canvas.get_attribute("data-run") == run
    assert page.is_visible("#run-bar .bar")
    before = page.get_attribute("#train-attention", "data-token")
    page.locator("#train-canvas").click(position={"x": 3, "y": 3})
    assert page.get_attribute("#train-attention", "data-token") == "0" != before
    page.click("#train-pause")
    wait("d.state === 'paused'")
    step = int(canvas.get_attribute("data-step"))
    page.wait_for_timeout(1500)
    assert int(canvas.get_attribute("data-step")) == step
    page.click("#train-step-g")
    wait(f"Number(d.step) === {step + 1}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#train-stop")
    wait("d.state === 'stopped'")
    page.wait_for_selector("#train-runs-list [data-do=play]")
    assert not page.is_visible("#run-bar .bar")
