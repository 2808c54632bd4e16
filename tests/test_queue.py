"""The queue of runs: places, pauses that make room, restarts, kills, full disks."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_jobs import LONG, TINY, Place, pictures, place, quick_on_a_busy_machine

from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import NotFoundError, QuotaError
from tgan_demo.events import RunFailed
from tgan_demo.people.store import Store
from tgan_demo.runs.waiting import MAX_WAITING

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures of test_jobs


# --- the queue


def test_one_trains_and_the_others_know_their_place(place: Place) -> None:
    other = place.store.new_visitor()
    theirs = place.store.add_dataset(other, pictures())
    first = place.start(LONG)
    second = place.jobs.start(other, place.ask(40, data=theirs))
    third = place.start(60, "seconds")
    place.until(first, lambda s: s["state"] == "running" and s["step"] > 5)
    waiting, last = place.jobs.status(other, second), place.status(third)
    assert (waiting["state"], waiting["place"], last["place"]) == ("queued", 1, 2)
    assert waiting["wait_s"] > 0 and last["wait_s"] >= waiting["wait_s"]
    assert "Place 1 in the queue" in waiting["message"]
    assert place.jobs.active(other) == second and place.jobs.active(place.visitor) == first
    place.jobs.stop(place.visitor, third)  # leaves the queue
    place.jobs.stop(place.visitor, first)
    place.until(first, "stopped")
    end = time.time() + 120
    while place.jobs.status(other, second)["state"] != "done" and time.time() < end:
        time.sleep(0.02)
    assert place.jobs.status(other, second)["state"] == "done"
    assert place.status(third)["state"] == "stopped" and place.status(third)["model_id"] is None


def test_a_long_pause_makes_room(tmp_path: Path) -> None:
    place = Place(tmp_path, park_s=0.3)
    first = place.start(LONG)
    place.until(first, lambda s: s["step"] > 3)
    place.jobs.pause(place.visitor, first)
    held = place.until(first, "paused")
    time.sleep(0.6)  # nobody waits: the pause lasts
    place.jobs.step(place.visitor, first, "both")
    place.until(first, lambda s: s["step"] == held["step"] + 1)
    second = place.start(40)
    place.until(second, "done")
    parked = place.status(first)
    assert parked["state"] == "paused" and "Parked" in parked["message"]
    place.jobs.step(place.visitor, first, "d")  # comes back, still paused
    place.until(first, lambda s: s["step"] == held["step"] + 2 and s["state"] == "paused")
    place.jobs.resume(place.visitor, first)
    place.until(first, lambda s: s["step"] > held["step"] + 5)
    place.jobs.close()


def test_nobody_fills_the_queue(place: Place) -> None:
    for _ in range(MAX_WAITING):
        place.start(LONG)
    with pytest.raises(QuotaError, match="stop one"):
        place.start(40)


def test_nobody_reaches_another_persons_run(place: Place) -> None:
    run_id, other = place.start(40), place.store.new_visitor()
    mine = place.jobs
    for call in (mine.status, mine.pause, mine.resume, mine.stop, mine.delete, mine.step):
        with pytest.raises(NotFoundError):
            call(other, run_id)
        with pytest.raises(NotFoundError):
            call("0" * 32, run_id)
    with pytest.raises(NotFoundError):
        mine.frame(other, run_id, 0)
    with pytest.raises(NotFoundError):
        mine.start(other, place.ask(40))  # with the first one's data
    assert mine.runs(other) == [] and mine.active(other) is None
    place.until(run_id, "done")


# --- restarts, kills, full disks


def test_a_restart_interrupts_and_resume_goes_on(place: Place) -> None:
    run_id = place.start(LONG)
    seen = place.until(run_id, lambda s: s["step"] > 10)
    place.jobs.close()
    place.jobs = place.open()
    back = place.status(run_id)
    assert back["state"] == "interrupted" and back["can_resume"] and back["step"] >= seen["step"]
    assert back["x"] and back["frame"] and back["history_count"]
    place.jobs.resume(place.visitor, run_id)
    place.until(run_id, lambda s: s["state"] == "running" and s["step"] > back["step"] + 5)
    assert place.status(run_id)["images_total"] == back["images_total"]


def test_runs_appear_when_a_missing_data_directory_comes_back(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    run_id = place.start(8)
    place.until(run_id, "done")
    place.jobs.close()
    place.store.data_dir.rename(tmp_path / "unplugged")
    (tmp_path / "data").write_text("no directory can be made here")
    place.store = Store(tmp_path / "data")
    place.jobs = place.open()
    with pytest.raises(NotFoundError, match="visitor id"):
        place.jobs.runs(place.visitor)
    (tmp_path / "data").unlink()
    (tmp_path / "unplugged").rename(tmp_path / "data")
    assert [run["id"] for run in place.jobs.runs(place.visitor)] == [run_id]
    assert place.status(run_id)["state"] == "done" and place.status(run_id)["x"]
    place.jobs.resume(place.visitor, run_id, 8, "images")
    place.until(run_id, lambda s: s["state"] == "done" and s["nimg"] == 16)
    place.jobs.close()


def test_a_killed_server_loses_only_what_came_after_the_last_save(place: Place) -> None:
    run_id = place.start(LONG)
    place.until(run_id, lambda s: s["step"] > 10)
    place.jobs.pause(place.visitor, run_id)
    held = place.until(run_id, "paused")
    part = place.store.folder(place.visitor, run_id) / "state" / "state.safetensorsabc.part"
    part.write_bytes(b"half")
    after = place.open()  # a second server finds what the first, never closed, had written
    back = after.status(place.visitor, run_id)
    assert back["state"] == "interrupted" and back["step"] == held["step"] and not part.exists()
    after.stop(place.visitor, run_id)  # its model, without training on
    assert after.status(place.visitor, run_id)["model_id"]


def test_a_run_that_never_began_can_be_resumed_too(place: Place) -> None:
    first, second = place.start(LONG), place.start(40)
    place.until(first, "running")
    place.jobs.close()
    place.jobs = place.open()
    assert place.status(second)["state"] == "interrupted"
    place.jobs.resume(place.visitor, second)
    assert place.until(second, "done")["nimg"] == 40


def test_a_full_disk_keeps_the_last_checkpoint_and_waits(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.options["save_s"] = 0.05
    place.jobs = place.open()
    run_id = place.start(LONG)
    state = place.store.folder(place.visitor, run_id) / "state" / "state.safetensors"
    place.until(run_id, lambda s: s["step"] > 5 and state.is_file())
    whole = os.replace

    def full(source: str, target: str | Path) -> None:
        if "safetensors" in str(target):
            raise OSError(28, "No space left on device")
        whole(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        told = place.until(run_id, lambda s: "No space left" in s["message"])
        kept = state.read_bytes()
        place.until(run_id, lambda s: s["step"] > told["step"] + 5)  # training goes on
        place.jobs.stop(place.visitor, run_id)
        held = place.until(run_id, "paused")
        assert "No space left" in held["message"] and held["model_id"] is None
        # the hold saves once more, so a part may be in flight: none stays
        place.until(run_id, lambda _: not list(state.parent.glob("*.part")))
        assert state.read_bytes() == kept
    place.jobs.stop(place.visitor, run_id)
    assert place.until(run_id, "stopped")["model_id"]


def test_numbers_that_are_no_numbers_end_the_run_and_keep_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = trainer.train_slice

    def poisoned(state: TrainState, *args: object, **options: object) -> Iterator[object]:
        for event in real(state, *args, **options):
            if state.step > 20:
                yield RunFailed(step=state.step, nimg=state.nimg, cause="loss_d is not a number")
                return
            yield event

    with monkeypatch.context() as patch:
        patch.setattr(trainer, "train_slice", poisoned)
        run_id = place.start(LONG)
        status = place.until(run_id, "failed")
    assert "not a number" in status["message"] and status["health"]["level"] == "bad"
    assert status["can_resume"]
    place.jobs.resume(place.visitor, run_id)
    place.until(run_id, lambda s: s["step"] > 25)
    place.jobs.stop(place.visitor, run_id)
    place.until(run_id, "stopped")


def test_a_bug_fails_one_run_and_not_the_queue(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "watch", lambda *_, **__: 1 / 0)
        run_id = place.start(40)
        status = place.until(run_id, "failed")
    assert "our side" in status["message"] and "ZeroDivision" not in status["message"]
    place.until(place.start(40), "done")


def test_no_room_for_a_checkpoint_is_said_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.store.quota_bytes = 2 * 2**20
    run_id = place.start(40, model_settings={**TINY, "width": 128, "depth": 4, "heads": 4})
    assert "your share of the disk" in place.until(run_id, "failed")["message"]
    place.store.quota_bytes = 1000
    with pytest.raises(QuotaError):
        place.start(40)
    place.jobs.close()


def test_two_press_train_at_once(place: Place) -> None:

    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.append(place.start(LONG))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = time.time() + 120
    while (
        sorted(place.status(i)["state"] for i in ids) != ["queued", "running"] and time.time() < end
    ):
        time.sleep(0.02)
    assert sorted(place.status(i)["state"] for i in ids) == ["queued", "running"]
    assert sorted(place.status(i)["place"] for i in ids) == [0, 1]
    for run_id in ids:
        with contextlib.suppress(NotFoundError):
            place.jobs.delete(place.visitor, run_id)
