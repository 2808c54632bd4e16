"""Training runs belong to the server: one at a time, queued, paused, resumed, never lost."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.models.folder import load_model, read_curves
from tgan_demo.people.store import Store
from tgan_demo.runs import queue as jobs
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.request import RunRequest

TINY = {"width": 32, "depth": 1, "heads": 2, "z_dim": 8}
QUICK = {"batch_size": 4, "precision": "float32"}


def pictures(side: int = 8, colours: int = 1, classes: tuple[str, ...] = ("a", "b")) -> Dataset:
    items = np.random.default_rng(0).integers(0, 256, (30, side, side, colours), dtype=np.uint8)
    labels = np.arange(30) % len(classes) if classes else None
    return Dataset("cats", items, labels, classes, "CC0", "me", modality="image")


class Place:
    """A server with one data set and one visitor, and runs so small that they take a moment."""

    def __init__(self, home: Path, **options: Any) -> None:
        self.options = {"park_s": 60.0, "save_s": 30.0, "watch_s": 0.2} | options
        self.store = Store(home)
        self.visitor = self.store.new_visitor()
        self.data = self.store.add_dataset(self.visitor, pictures())
        self.jobs = self.open()

    def open(self) -> Jobs:
        return Jobs(self.store, self.load, **self.options)

    def load(self, model_id: str, visitor: str) -> Model:
        return load_model(self.store.model_folder(visitor, model_id))

    def ask(self, images: float = 40, unit: str = "images", **changes: object) -> RunRequest:
        values = {"title": "cats", "data": self.data, "budget": images, "unit": unit}
        return RunRequest(**values | {"model_settings": TINY, "train_settings": QUICK} | changes)

    def start(self, *args: object, **changes: object) -> str:
        return self.jobs.start(self.visitor, self.ask(*args, **changes))

    def status(self, run_id: str, since: int = 0) -> dict:
        status = self.jobs.status(self.visitor, run_id, since)
        json.dumps(status, allow_nan=False)  # always fit for the wire
        return status

    def until(self, run_id: str, test: str | Callable[[dict], bool], limit_s: float = 120) -> dict:
        end = time.time() + limit_s
        while time.time() < end:
            status = self.status(run_id)
            if status["state"] == test if isinstance(test, str) else test(status):
                return status
            time.sleep(0.03)
        raise AssertionError(f"waited for {test}: {status['state']} {status['message']}")


@pytest.fixture(autouse=True)
def quick_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "NICE", 0)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.jobs.close()


LONG = 100_000


# --- one run


def test_a_run_that_has_ended_is_not_active_while_the_thread_leaves_it(place: Place) -> None:
    run_id = place.start(40)
    place.until(run_id, "done")
    place.jobs._waiting.current = place.jobs._runs[run_id]
    assert place.jobs.active(place.visitor) is None
    rest = place.jobs.rest_bytes(place.visitor, run_id)
    assert rest > 0 and place.jobs.drop_rest(place.visitor, run_id) == rest
    assert place.jobs.rest_bytes(place.visitor, run_id) == 0


def test_a_run_ends_in_a_model(place: Place) -> None:
    run_id = place.start(40)
    status = place.until(run_id, "done")
    assert status["nimg"] == status["images_total"] == 40 and status["step"] == 10
    assert status["x"][-1] == 40 and len(status["x"]) == len(status["loss_d"]) == len(
        status["gamma"]
    )
    assert (
        status["frame"]["png"].startswith("data:image/png;base64,") and status["history_count"] >= 1
    )
    assert status["attention"]["grid"] == [2, 2] and status["attention"]["layers"] == 1
    model = place.load(status["model_id"], place.visitor)
    assert model.title == "cats" and model.meta["data"]["licence"] == "CC0"
    assert model.config.classes == ("a", "b") and model.config.width == 32
    assert (model.folder / "sheet.png").is_file()
    assert place.jobs.active(place.visitor) is None
    assert place.jobs.runs(place.visitor)[0]["id"] == run_id


def test_steps_are_done_within_what_the_studio_says(tmp_path: Path) -> None:
    within = []

    @contextlib.contextmanager
    def aside() -> Iterator[None]:
        within.append(threading.current_thread().name)
        yield

    place = Place(tmp_path, aside=aside)
    done = place.until(place.start(), "done")
    assert len(within) >= done["step"] > 0 and set(within) == {"training"}


def test_a_model_keeps_the_curves_of_its_run(place: Place) -> None:
    run_id = place.start(40)
    done = place.until(run_id, "done")
    curves = read_curves(place.store.folder(place.visitor, done["model_id"]))
    assert curves == {name: done[name] for name in ("x", "loss_d", "loss_g", "accuracy")}
    assert curves["x"][-1] == 40 and all(curves["loss_g"])


def test_a_page_that_has_the_frame_does_not_get_it_again(place: Place) -> None:
    run_id = place.start(40)
    status = place.until(run_id, "done")
    again = place.status(run_id, since=status["frame_id"])
    assert again["frame"] is None and again["attention"] is None and again["x"] == status["x"]


def test_seconds_become_images_once(place: Place) -> None:
    run_id = place.start(1.5, "seconds")
    totals = set()
    place.until(run_id, lambda s: totals.add(s["images_total"]) or s["state"] == "done")
    assert totals - {0} and len(totals - {0}) == 1
    assert place.status(run_id)["nimg"] >= min(totals - {0})


def test_pause_holds_and_single_steps_move_one_player(place: Place) -> None:
    run_id = place.start(LONG)
    place.until(run_id, lambda s: s["state"] == "running" and s["step"] > 3)
    place.jobs.pause(place.visitor, run_id)
    held = place.until(run_id, "paused")
    time.sleep(0.3)
    assert place.status(run_id)["step"] == held["step"]
    for count, players in enumerate(("d", "g", "both"), 1):
        place.jobs.step(place.visitor, run_id, players)
        after = place.until(run_id, lambda s, n=count: s["frame_id"] >= held["frame_id"] + n)
        assert after["step"] == held["step"] + count and after["state"] == "paused"
        assert 0 not in (
            after["loss_d"][-1],
            after["loss_g"][-1],
        )  # the one held still keeps its number
    with pytest.raises(ConfigError, match="'d', 'g' or 'both'"):
        place.jobs.step(place.visitor, run_id, "all")
    place.jobs.resume(place.visitor, run_id)
    place.until(run_id, lambda s: s["step"] > held["step"] + 10)
    with pytest.raises(ConfigError, match="press Pause first"):
        place.jobs.step(place.visitor, run_id, "d")
    place.jobs.stop(place.visitor, run_id)
    assert place.until(run_id, "stopped")["model_id"]


def test_a_done_run_takes_a_further_budget_and_keeps_its_model(place: Place) -> None:
    run_id = place.start(40)
    first = place.until(run_id, "done")
    place.jobs.resume(place.visitor, run_id, 20, "images")
    more = place.until(run_id, lambda s: s["state"] == "done" and s["nimg"] > 40)
    assert more["nimg"] == more["images_total"] == 60
    assert more["model_id"] == first["model_id"] and len(place.store.models(place.visitor)) == 1
    place.jobs.resume(place.visitor, run_id)  # the old budget again
    assert place.until(run_id, lambda s: s["state"] == "done" and s["nimg"] > 60)["nimg"] == 100


def test_a_paused_run_can_be_given_more(place: Place) -> None:
    run_id = place.start(LONG)
    place.until(run_id, lambda s: s["state"] == "running" and s["step"] > 3)
    place.jobs.pause(place.visitor, run_id)
    held = place.until(run_id, "paused")
    place.jobs.resume(place.visitor, run_id, 40, "images")
    done = place.until(run_id, "done")
    assert done["nimg"] == done["images_total"] == held["nimg"] + 40


def test_the_past_can_be_looked_at(place: Place) -> None:
    run_id = place.start(LONG)
    place.until(run_id, lambda s: s["history_count"] >= 3)
    first, last = (place.jobs.frame(place.visitor, run_id, i) for i in (0, 99))
    assert first["nimg"] < last["nimg"] and first["frame"]["png"].startswith("data:image/png")
    assert last["index"] == last["count"] - 1
    place.jobs.stop(place.visitor, run_id)


def test_rename_and_delete(place: Place) -> None:
    run_id = place.start(40)
    model_id = place.until(run_id, "done")["model_id"]
    place.jobs.rename(place.visitor, run_id, "dogs")
    assert place.status(run_id)["title"] == "dogs"
    assert place.load(model_id, place.visitor).title == "dogs"
    place.jobs.delete(place.visitor, run_id)
    assert place.jobs.runs(place.visitor) == [] and place.store.runs(place.visitor) == []
    assert place.load(model_id, place.visitor)


def test_of_an_ended_run_the_model_and_the_history_can_be_kept_alone(place: Place) -> None:
    run_id = place.start(40)
    before = place.until(run_id, "done")
    used = place.store.used_bytes(place.visitor)
    assert before["can_resume"] and place.jobs.rest_bytes(place.visitor, run_id) > used / 3
    freed = place.jobs.drop_rest(place.visitor, run_id)
    assert (
        place.store.used_bytes(place.visitor) < used - freed + 4096
    )  # the record says a little more
    after = place.status(run_id)
    assert after["x"] == before["x"] and after["model_id"] == before["model_id"]
    assert after["history_count"] == before["history_count"] and "kept" in after["message"]
    assert not after["can_resume"] and place.jobs.rest_bytes(place.visitor, run_id) == 0
    with pytest.raises(ConfigError, match="start a new run from its model"):
        place.jobs.resume(place.visitor, run_id, 40, "images")
    assert place.jobs.drop_rest(place.visitor, run_id) == 0  # a second click
    place.jobs.close()
    place.jobs = place.open()  # and after a restart
    assert not place.status(run_id)["can_resume"]
    place.load(after["model_id"], place.visitor)


def test_a_run_that_has_not_ended_or_has_no_model_keeps_all_it_has(place: Place) -> None:
    run_id = place.start(LONG)
    place.until(run_id, "running")
    assert place.jobs.rest_bytes(place.visitor, run_id) == 0
    with pytest.raises(ConfigError, match="stop it first"):
        place.jobs.drop_rest(place.visitor, run_id)
    place.jobs.stop(place.visitor, run_id)
    model = place.until(run_id, "stopped")["model_id"]
    place.store.delete(place.visitor, model)
    with pytest.raises(ConfigError, match="model was deleted"):
        place.jobs.drop_rest(place.visitor, run_id)
    with pytest.raises(NotFoundError):
        place.jobs.drop_rest(place.store.new_visitor(), run_id)


def test_a_run_can_be_deleted_while_it_trains(place: Place) -> None:
    run_id = place.start(LONG)
    place.until(run_id, lambda s: s["step"] > 2)
    place.jobs.delete(place.visitor, run_id)
    with pytest.raises(NotFoundError):
        place.status(run_id)
    second = place.start(40)
    place.until(second, "done")
    assert place.store.runs(place.visitor) == [second]
