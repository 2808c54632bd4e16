"""The Train tab: knobs that cannot lie, uploads shown before use, a run that outlives its page."""

import base64
import io
import os
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from conftest import launched
from PIL import Image
from pyarrow import parquet

from tgan_demo.config import PRESETS, ModelConfig, TrainConfig, from_dict, names
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, hub
from tgan_demo.engine.game import health
from tgan_demo.errors import ConfigError, DataError, NotFoundError, QuotaError, TganError
from tgan_demo.runs import plan, speeds
from tgan_demo.runs import queue as jobs
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.record import STATES
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio
from tgan_demo.ui import widgets
from tgan_demo.ui.panels.train import acts as train_acts
from tgan_demo.ui.panels.train import forecast as train_forecast
from tgan_demo.ui.panels.train import knobs as train_knobs
from tgan_demo.ui.panels.train import panel as train
from tgan_demo.ui.panels.train import runs as train_runs
from tgan_demo.ui.panels.train import sources as train_data
from tgan_demo.ui.words.table import WORDS

TINY = {"width": 32, "depth": 1, "heads": 2, "z_dim": 8, "patch": 4, "overlap": 1}
QUICK = {"batch_size": 4, "precision": "float32"}
NOT_KNOBS = {
    "images",
    "shape",
    "classes",
    "modality",
    "route",
    "moving",
    "horizon",
    "head_hidden",
    "doublings",
    "continuity",
}  # the budget, the data and the tab say these


def read(updates: list[Any]) -> list[Any]:
    """With the run as an object: it goes out as text that is written once for all."""
    dash = updates[2]
    if isinstance(dash, dict) and isinstance(dash.get("run"), orjson.Fragment):
        updates[2] = orjson.loads(orjson.dumps(dash))
    return updates


class Place:
    """A studio without bundled models, one visitor, one small data set."""

    def __init__(self, home: Path) -> None:
        self.studio = Studio(home, weights_dir=home / "none")
        self.studio.jobs = Jobs(self.studio.store, self.studio.load, watch_s=0.2)
        self.page = types.SimpleNamespace(studio=self.studio)
        self.visitor = self.studio.store.new_visitor()
        items = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
        self.data = self.studio.store.add_dataset(
            self.visitor, Dataset("cats", items, modality="image")
        )
        self.seen: dict[str, Any] = {}

    def ask(self, images: int = 40) -> dict[str, Any]:
        return {
            "data": self.data, "preset": "fast", "title": "cats", "model": TINY, "train": QUICK,
            "budget": images, "unit": "images",
        }  # fmt: skip

    def act(self, name: str, **data: Any) -> list[Any]:
        act = train_acts.ACTS[name]
        return read(train.on_act(self.page, act, self.visitor, "train", "", self.seen, data))

    def look(self, **options: Any) -> list[Any]:
        return read(train.look(self.page, self.visitor, "train", "", self.seen, **options))

    def state(self) -> str:
        return self.studio.jobs.status(self.visitor, self.seen["run"])["state"]

    def until_step(self, step: int) -> None:
        end = time.monotonic() + 60
        while (now := self.look(fresh=True)[2]["run"]["step"]) != step:
            assert time.monotonic() < end, f"still at step {now}, wanted {step}"
            time.sleep(0.05)

    def until(self, *states: str) -> None:
        end = time.monotonic() + 60
        while self.state() not in states:
            assert time.monotonic() < end, f"still {self.state()}, wanted {states}"
            time.sleep(0.05)


@pytest.fixture(autouse=True)
def training_is_not_starved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training thread gives way to everybody; beside other programs a test would wait long."""
    if hasattr(os, "getpriority"):
        monkeypatch.setattr(jobs, "NICE", os.getpriority(os.PRIO_PROCESS, 0))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home")
    yield made
    made.studio.jobs.close()


def is_skip(update: Any) -> bool:
    return isinstance(update, dict) and update.get("__type__") == "update" and len(update) == 1


# -- knobs ----------------------------------------------------------------------------------------


def test_every_setting_has_a_knob() -> None:
    settings = {*names(TrainConfig), *names(ModelConfig)} - NOT_KNOBS
    assert {knob.key for knob in train_knobs.KNOBS} == settings


@pytest.mark.parametrize("knob", train_knobs.KNOBS, ids=lambda knob: knob.key)
def test_a_knob_has_words_and_stays_in_the_range_of_its_setting(knob: train_knobs.Knob) -> None:
    assert f"knob.{knob.key}" in WORDS and f"knob.{knob.key}.info" in WORDS
    kind = {"train": TrainConfig, "model": ModelConfig}[knob.of]
    ends = (knob.low, knob.high) if knob.kind in ("log", "real", "whole") else ()
    for value in ends:
        if knob.key not in ("width", "heads"):  # they depend on each other
            from_dict(kind, {knob.key: value})
    for choice in knob.choices:
        from_dict(kind, {knob.key: [choice] if knob.kind == "many" else choice})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_fills_the_knobs_with_what_it_trains(preset: str) -> None:
    row = next(row for row in train_knobs.spec()["presets"] if row["name"] == preset)
    model, settings = plan.settle(RunRequest(preset=preset))
    for knob in train_knobs.KNOBS:
        real = getattr({"train": settings, "model": model}[knob.of], knob.key)
        shown = row["values"][knob.key]
        assert shown == real or tuple(shown) == real, knob.key
    assert f"preset.{preset}" in WORDS and f"preset.{preset}.info" in WORDS


def test_one_click_on_start_is_digits_from_scratch_fast() -> None:
    asked = train_knobs.request({})
    assert (asked.data, asked.start, asked.preset) == ("digits", "scratch", "fast")
    assert (asked.budget, asked.unit) == (120, "seconds")


@pytest.mark.parametrize(
    "sent",
    [
        {"budget": "much"}, {"budget": -1}, {"budget": 1e12}, {"unit": "years"}, {"preset": "best"},
        {"train": {"batch_size": 10**9}}, {"train": {"loss": "win"}}, {"model": {"width": -3}},
        {"model": {"injection": 5}}, {"train": {"lr_g": float("nan")}},
    ],
)  # fmt: skip
def test_what_a_browser_may_send_is_refused_with_a_reason(sent: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"\w+"):
        plan.settle(train_knobs.request(sent))


def test_foreign_keys_and_shapes_are_not_passed_on() -> None:
    asked = train_knobs.request({"model": {"shape": [9, 9, 9], "x": 1}, "train": [1], "data": 3})
    assert not asked.model_settings and not asked.train_settings and asked.data == "digits"


def test_there_are_words_for_every_state_and_verdict() -> None:
    for state in STATES:
        assert f"train.state.{state}" in WORDS and f"train.runs.{state}" in WORDS
    for key in health.KEYS:
        assert f"train.health.{key}" in WORDS


# -- data -----------------------------------------------------------------------------------------


def pictures(folder: Path, count: int) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i}.png" for i in range(count)]
    for i, path in enumerate(paths):
        Image.new("RGB", (40, 24), (i * 9, 90, 200)).save(path)
    return [str(path) for path in paths]


def test_the_menu_shows_pictures_without_a_network(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(catalogue, "MAX_MADE", 200)  # reading 8,000 functions takes ten seconds
    for data_id, source in catalogue.built_in().items():
        shown = train_data.preview_of(place.page, place.visitor, data_id)
        is_online = data_id.startswith("hub:")
        few = source.modality == "video"  # clips want room
        assert shown["n"] == (0 if is_online else 20 // (1 + few))
        if not is_online:
            assert ("sounds" in shown["src"]) == (data_id == "drums")
            assert (shown["src"]["kind"] == "film") == few
        if not is_online:
            assert f"name.{source.title}" in WORDS


def test_uploads_are_shown_first_and_kept_only_when_wanted(place: Place, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "in", 22)
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    paths.append(str(tmp_path / "in" / "notes.txt"))
    before = len(place.studio.store.datasets(place.visitor))
    value, held = train_data.on_upload(place.page, place.visitor, paths)
    crop = value["upload"]
    assert (crop["count"], crop["left_out"], crop["enough"]) == (22, 1, True)
    assert len(place.studio.store.datasets(place.visitor)) == before
    value = train_data.on_crop(place.page, place.visitor, held, {"side": 28, "channels": 1})
    assert (value["upload"]["side"], value["upload"]["w"]) == (28, 28)
    value = train_data.on_keep(
        place.page, place.visitor, held, {"side": 28, "channels": 1, "title": "<b>mine</b>"}
    )
    data_id = value["preview"]["id"]
    assert value["preview"]["take"]
    assert place.studio.store.dataset(place.visitor, data_id).items.shape == (22, 28, 28, 1)
    assert not any(
        Path(path).exists() for path in held.paths
    )  # nothing stays in the temporary folder
    train_data.on_forget(place.page, place.visitor, {"id": data_id})
    with pytest.raises(NotFoundError):
        place.studio.store.dataset(place.visitor, data_id)


def test_the_nearest_start_needs_the_fewest_changes(toy_weights: Path, tmp_path: Path) -> None:
    studio = Studio(tmp_path, weights_dir=toy_weights)
    page, visitor = types.SimpleNamespace(studio=studio), studio.store.new_visitor()
    colours = {shape[0]: info.id for info in studio.models(None) for shape in [info.shape]
               if info.modality == "image"}  # fmt: skip
    for channels, wanted in colours.items():
        items = np.zeros((24, 8, 8, channels), np.uint8)
        mine = Dataset("mine", items, modality="image")
        data = studio.store.add_dataset(visitor, mine)
        value = train_data.on_near(page, visitor, {"id": data})
        assert value["preview"]["start"] == wanted and value["preview"]["id"] == data
        assert value["preview"]["take"]
    clips = Dataset("clips", np.zeros((4, 2, 2, 2), np.float32), modality="ring")
    assert train_data.nearest(page, clips) == "scratch"


def test_too_few_or_no_pictures_are_said_so(place: Place, tmp_path: Path) -> None:
    value, held = train_data.on_upload(place.page, place.visitor, pictures(tmp_path / "in", 3))
    assert not value["upload"]["enough"]
    with pytest.raises(DataError, match="20"):
        train_data.on_keep(place.page, place.visitor, held, {})
    junk = tmp_path / "a.bin"
    junk.write_text("x")
    with pytest.raises(DataError, match="no picture"):
        train_data.on_upload(place.page, place.visitor, [str(junk)])
    assert not junk.exists()


def test_another_visitor_can_neither_see_nor_delete(place: Place) -> None:
    other = place.studio.store.new_visitor()
    with pytest.raises(TganError):
        train_data.preview_of(place.page, other, place.data)
    with pytest.raises(TganError):
        train_data.on_forget(place.page, other, {"id": place.data})
    ids = [row["id"] for row in train_data.setup_value(place.page, other)["data"]]
    assert place.data not in ids


def test_an_unknown_name_of_the_hub_is_refused_before_the_network(place: Place) -> None:
    with pytest.raises(NotFoundError, match="mnist"):
        train_data.on_hub(place.page, place.visitor, {"name": "../../secrets"})


def test_any_set_of_the_hub_becomes_the_visitors_own(place: Place, stand_in) -> None:
    columns = {"said": [f"line {k} of a text" for k in range(60)], "name": ["x"] * 60}
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    repo = stand_in.add("ada/set", {"test-0.parquet": file.getvalue()}, "datasets")
    repo.card = {"license": "cc0-1.0"}
    ask = {"name": "ada/set", "split": "test", "column": "said"}
    value = train_data.on_hub(place.page, place.visitor, ask)
    data_id = value["preview"]["id"]
    assert data_id.startswith("data/") and value["preview"]["take"]
    kept = place.studio.store.dataset(place.visitor, data_id)
    assert (len(kept), kept.licence) == (60, "cc0-1.0")
    with pytest.raises(DataError, match="no column 'poem'; there are said"):
        train_data.on_hub(place.page, place.visitor, ask | {"column": "poem"})
    store = place.studio.store
    with store._fetching, store._fetching, pytest.raises(QuotaError, match="others fetch 2"):
        train_data.on_hub(place.page, place.visitor, ask)
    store.delete(place.visitor, data_id)


# -- runs -----------------------------------------------------------------------------------------


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


def test_a_text_file_is_shown_kept_and_learned_from(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(f"name {i} <script>" for i in range(60)))
    value, held = train_data.on_upload(place.page, place.visitor, [str(path)])
    assert value["upload"]["modality"] == "text" and value["upload"]["count"] == 60
    kept = train_data.on_keep(place.page, place.visitor, held, {"rule": "lines"})
    row = next(row for row in kept["data"] if row["id"] == kept["preview"]["id"])
    assert row["medium"] == "text" and row["count"] == 60
    items = place.studio.store.dataset(place.visitor, row["id"]).items
    assert items[0] == "name 0 <script>"  # kept as it is: the page writes text, never HTML


def test_pasted_text_becomes_a_data_set(place: Place) -> None:
    poems = "春風來雨後，花落滿山城。\n月光明江水，歸人夜不行。\n\n" * 60
    kept = train_data.on_paste(place.page, place.visitor, {"text": poems, "rule": "blank lines"})
    items = place.studio.store.dataset(place.visitor, kept["preview"]["id"]).items
    assert set(items) == {
        "春風來雨後花落滿山城月光明江水歸人夜不行"
    }  # punctuation is put back when shown
    with pytest.raises(DataError, match="50"):
        train_data.on_paste(place.page, place.visitor, {"text": "one line"})


# -- forecasts ------------------------------------------------------------------------------------


def test_a_forecast_comes_before_start_and_is_of_the_page_s_request(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speeds, "_rates", {("image", False): 1e9, ("image", True): 3e9})
    ask = train_forecast.server(place.page)
    told = ask({"me": place.visitor, "request": place.ask(images=40)})
    assert (told["images"], told["reaches_game"], told["warm_start"]) == (40, True, 0)
    warm = place.ask(images=40) | {"train": {**QUICK, "warm_start": 1000}}
    told = ask({"me": place.visitor, "request": warm})
    assert not told["reaches_game"] and told["least"] == 2000
    built_in = {"data": "digits", "preset": "fast", "budget": 120, "unit": "seconds"}
    told = ask({"me": place.visitor, "request": built_in})
    assert told["seconds"] == pytest.approx(120, abs=1)
    assert told["command"].endswith(
        " train --model scratch --data digits --preset fast --seconds 120 --seed 0 --out digits-fast"
    )


def test_nothing_is_forecast_of_what_is_not_here_or_not_allowed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "load", lambda *args, **options: pytest.fail("went online"))
    ask = train_forecast.server(place.page)
    for request in ({"data": "hub:mnist"}, {"data": "hub:x"}, {"budget": "much"}, {"data": "no"}):
        assert ask({"me": place.visitor, "request": request}) == {}
    for wrong in (None, [], {"me": 3}, {"me": "x", "request": [1]}):
        assert isinstance(ask(wrong), dict)
    assert ask({"me": "x", "request": place.ask()}) == {}
    stranger = place.studio.store.new_visitor()
    assert ask({"me": stranger, "request": place.ask()}) == {}
    few = ask({"me": place.visitor, "request": place.ask(images=1)})
    assert few["reaches_game"], "a short run without a warm start is a game all the same"
