"""Moments of a run: thinned, bounded, opened like any model, gone on from; a kill leaves all that was there."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from test_jobs import TINY, Place, pictures, place, quick_on_a_busy_machine

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import NotFoundError, QuotaError
from tgan_demo.files import disk
from tgan_demo.modalities import registry
from tgan_demo.models.folder import load_model
from tgan_demo.runs import moments
from tgan_demo.runs.moments import Moment, Moments
from tgan_demo.runs.record import Run
from tgan_demo.studio import Studio

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures

RUN = "run/0123456789abcdef"


@pytest.fixture(scope="module")
def state() -> TrainState:
    torch.set_num_threads(1)
    model = ModelConfig(shape=(1, 8, 8), patch=4, overlap=0, **TINY)
    return new_state(model, TrainConfig(precision="float32"), registry.tokenizer("image"))


def kept(folder: Path, state: TrainState, at: list[int]) -> Moments:
    found = Moments(folder)
    for nimg in at:
        found.keep(state, pictures(), Moment(RUN, "cats", nimg), room=lambda nbytes: None)
    return found


def test_there_are_never_too_many_and_they_lie_evenly(
    tmp_path: Path, state: TrainState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "MAX_MOMENTS", 6)
    found = kept(tmp_path, state, list(range(10, 1010, 10)))
    assert 3 <= len(found.at) <= 6 and found.at[0] == 10 and found.at[-1] > 700
    gaps = [b - a for a, b in zip(found.at, found.at[1:], strict=False)]
    assert max(gaps) <= 3 * min(gaps)
    assert Moments(tmp_path).at == found.at == sorted(int(p.name) for p in tmp_path.iterdir())
    assert found.path(found.at[1] + 1).name == f"{found.at[1]:09d}"
    assert found.path(0).name == f"{found.at[0]:09d}"


def test_their_bytes_are_bounded_and_foretold(
    tmp_path: Path, state: TrainState, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = kept(tmp_path / "one", state, [5])
    assert moments.size_of(state) <= one.nbytes <= moments.size_of(state) + 20_000
    monkeypatch.setattr(moments, "MAX_BYTES", int(3.5 * one.nbytes))
    many = kept(tmp_path / "many", state, list(range(10, 300, 10)))
    assert 2 <= len(many.at) <= 3 and many.nbytes <= moments.MAX_BYTES


def test_without_room_none_is_kept_and_nothing_left(tmp_path: Path, state: TrainState) -> None:
    def full(nbytes: int) -> None:
        raise QuotaError("full")

    found = Moments(tmp_path)
    assert not found.keep(state, pictures(), Moment(RUN, "cats", 5), full)
    assert found.at == [] and not list(tmp_path.iterdir())
    with pytest.raises(NotFoundError):
        found.path(5)


def test_the_best_stays_whatever_is_thinned(tmp_path: Path, state: TrainState) -> None:
    found = kept(tmp_path, state, [10, 20, 30])
    room = lambda nbytes: None  # noqa: E731
    for nimg, value in ((20, 0.5), (30, 0.4)):
        now = Moment(RUN, "cats", nimg)
        assert found.keep_best(state, pictures(), now, room, score="mind", value=value)
    best = {"nimg": 30, "score": "mind", "value": 0.4}
    assert found.told()["best"] == Moments(tmp_path).told()["best"] == best
    assert found.at == [10, 20, 30] and len(list(tmp_path.glob("best-*"))) == 1
    assert load_model(found.path("best")).title == "cats · 30"


@pytest.fixture
def trained(place: Place) -> tuple[Place, str]:
    place.jobs._times["watch_s"] = 0.0
    run_id = place.start(160)
    place.until(run_id, "done")
    end = time.monotonic() + 60
    while place.jobs._waiting.current is not None:  # the thread is leaving it
        assert time.monotonic() < end
        time.sleep(0.01)
    return place, run_id


def test_a_moment_is_opened_like_any_model(trained: tuple[Place, str]) -> None:
    place, run_id = trained
    status = place.status(run_id)
    at, history = status["moments"]["at"], status["history_at"]
    assert len(at) > 1 and set(at) <= set(history) and at[-1] == history[-1] == 160
    assert len(history) == status["history_count"]
    assert status["seconds"] > 0 and status["x_seconds"] == sorted(status["x_seconds"])
    studio = Studio(place.store.data_dir)
    first, last = f"{run_id}@{at[0]}", f"{run_id}@{at[-1]}"
    info = studio.info(first, place.visitor)
    assert info.id == first and info.own and info.title == f"cats · {at[0]}"
    draw = SampleConfig(count=2)
    images = [studio.sample(name, draw, place.visitor).items for name in (first, last)]
    assert (images[0] != images[1]).any()
    model = studio.load(status["model_id"], place.visitor)
    assert (
        images[1] == studio.sample("mine/" + model.folder.name, draw, place.visitor).items
    ).all()
    assert studio.attention(first, SampleConfig(count=1), place.visitor).grid
    assert studio.info(f"{run_id}@{at[0] + 1}", place.visitor).title == f"cats · {at[0]}"
    for bad in (f"{RUN}@best", f"{run_id}@-1", f"{run_id}@../x", f"{RUN}@5"):
        with pytest.raises(NotFoundError):
            studio.info(bad, place.visitor)
    with pytest.raises(NotFoundError):
        studio.info(first, place.store.new_visitor())


def test_moments_count_as_the_visitors_and_go_with_the_run(trained: tuple[Place, str]) -> None:
    place, run_id = trained
    folder = place.store.folder(place.visitor, run_id)
    kept_bytes = disk.size(folder / "moments")
    used = place.store.used_bytes(place.visitor)
    rest = place.jobs.rest_bytes(place.visitor, run_id)
    assert 0 < kept_bytes < rest
    assert place.jobs.drop_rest(place.visitor, run_id) == rest
    assert place.store.used_bytes(place.visitor) <= used - kept_bytes
    assert place.status(run_id)["moments"]["at"] == []
    place.jobs.delete(place.visitor, run_id)
    assert not folder.exists()


def test_a_branch_begins_with_the_moments_weights(trained: tuple[Place, str]) -> None:
    place, run_id = trained
    at = place.status(run_id)["moments"]["at"][0]
    place.jobs.load_model = Studio(place.store.data_dir).load
    branch = place.start(40, start=f"{run_id}@{at}", title="")
    folder = place.store.folder(place.visitor, run_id) / "moments" / f"{at:09d}"
    began = load_model(folder)
    place.jobs.delete(place.visitor, run_id)  # it has a copy
    status = place.until(branch, "done")
    parent = {"run": run_id, "title": "cats", "nimg": at}
    assert status["parent"] == parent and status["start"] == f"{run_id}@{at}"
    own = place.jobs._runs[branch].moments.start()
    assert own is not None and status["moments"]["at"][0] == 0
    weights = zip(own.G.parameters(), began.G.parameters(), strict=True)
    assert all((a == b).all() for a, b in weights)
    assert own.meta["nimg"] == at and "MY-DOWNLOADED-MODEL" in status["command"]
    place.jobs.close()
    again = place.open()
    assert again.status(place.visitor, branch)["parent"] == parent
    assert again.runs(place.visitor)[0]["parent"] == parent
    again.close()


def test_a_branch_of_a_moment_that_is_gone_leaves_no_run(trained: tuple[Place, str]) -> None:
    place, run_id = trained
    place.jobs.load_model = lambda model_id, visitor: None  # it was there when it was asked for
    place.jobs.drop_rest(place.visitor, run_id)
    before = place.store.runs(place.visitor)
    with pytest.raises(NotFoundError):
        place.start(40, start=f"{run_id}@5")
    assert place.store.runs(place.visitor) == before


KILLED = """
import os, shutil, sys
from pathlib import Path
from tgan_demo.runs import moments, queue
from tgan_demo.studio import Studio
from tgan_demo.runs.request import RunRequest

home, visitor, data, start, where = sys.argv[1:]
copy, write = shutil.copyfile, moments.save_model

def torn(source, to):
    Path(to).write_bytes(Path(source).read_bytes()[:1000])
    os._exit(9)

def half(part, **rest):
    write(part, **rest)
    (part / "config.json").unlink()
    os._exit(9)

moments.shutil.copyfile = torn if where == "copy" else copy
moments.save_model = half if where == "write" else write
jobs = Studio(Path(home)).jobs
tiny = {"batch_size": 4, "precision": "float32"}
request = RunRequest(title="branch", data=data, start=start, budget=1e6, unit="images", train_settings=tiny)
jobs.start(visitor, request)
import time
time.sleep(60)
"""


@pytest.mark.parametrize("where", ["copy", "write"])
def test_a_kill_during_a_branch_leaves_all_readable(trained: tuple[Place, str], where: str) -> None:
    place, run_id = trained
    at = place.status(run_id)["moments"]["at"]
    place.jobs.close()
    start = f"{run_id}@{at[0]}"
    call = [sys.executable, "-c", KILLED, str(place.store.data_dir), place.visitor, place.data]
    assert subprocess.run([*call, start, where], timeout=120, check=False).returncode == 9
    assert len(place.store.runs(place.visitor)) == 2
    jobs = Studio(place.store.data_dir).jobs
    rows = {row["title"]: row for row in jobs.runs(place.visitor)}
    assert rows["cats"]["state"] == "done"
    assert jobs.status(place.visitor, run_id)["moments"]["at"] == at
    if where == "write":  # the branch was there; what it was writing was not
        row = rows["branch"]
        assert row["state"] == "interrupted" and row["parent"]["nimg"] == at[0]
        run = jobs._runs[row["id"]]
        assert run.moments.at == [0] and run.moments.start() is not None
        assert not list(run.moments.folder.glob(".part-*"))
        jobs.resume(place.visitor, row["id"])
        place.jobs = jobs
        place.until(row["id"], lambda status: len(status["moments"]["at"]) > 1)
    else:
        assert "branch" not in rows
        assert place.store.runs(place.visitor) == [run_id]  # nothing is left to count
    jobs.close()


def test_a_run_of_an_earlier_version_has_no_moments(trained: tuple[Place, str]) -> None:
    place, run_id = trained
    folder = place.store.folder(place.visitor, run_id)
    place.store.drop(place.visitor, run_id, "moments")
    record = disk.read_json(folder / "run.json")
    del record["parent"]
    disk.write_json(folder / "run.json", record)
    run = Run.load(place.visitor, run_id, folder)
    assert run.parent is None and run.moments.told() == {"at": [], "best": None}
