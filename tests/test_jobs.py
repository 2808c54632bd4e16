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
import torch
import toys

from tgan_demo.config import PRESETS, ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.models import upload
from tgan_demo.models.folder import load_model, read_curves
from tgan_demo.parts import Sheet
from tgan_demo.people.store import Store
from tgan_demo.runs import command, packing, plan
from tgan_demo.runs import queue as jobs
from tgan_demo.runs import record as runs
from tgan_demo.runs.curves import MAX_POINTS, Curve
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio

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

    def load(self, visitor: str, model_id: str) -> Model:
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
def quick_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(jobs, "NICE", 0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # at this size a second one only waits
    yield
    torch.set_num_threads(threads)


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
    model = place.load(place.visitor, status["model_id"])
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
    assert place.load(place.visitor, model_id).title == "dogs"
    place.jobs.delete(place.visitor, run_id)
    assert place.jobs.runs(place.visitor) == [] and place.store.runs(place.visitor) == []
    assert place.load(place.visitor, model_id)


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
    place.load(place.visitor, after["model_id"])


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


# --- what is asked for


@pytest.mark.parametrize(
    "changes",
    [
        {"budget": -1}, {"budget": 1e9}, {"budget": float("nan")}, {"budget": "many"}, {"unit": "days"},
        {"preset": "fats"}, {"train_settings": {"batch_size": 10**6}}, {"train_settings": {"lr_h": 1}},
        {"train_settings": {"loss": "hing"}}, {"model_settings": {"width": 512}},
        {"model_settings": {"depth": -3}}, {"data": "data/" + "0" * 16}, {"data": "nothing"},
        {"start": "mine/" + "0" * 16},
    ],
)  # fmt: skip
def test_a_wrong_wish_is_refused_before_it_waits(place: Place, changes: dict) -> None:
    with pytest.raises((ConfigError, NotFoundError)):
        place.jobs.start(
            place.visitor,
            place.ask(**changes) if "budget" not in changes else RunRequest(**changes),
        )
    assert place.jobs.runs(place.visitor) == [] and place.store.runs(place.visitor) == []


@pytest.mark.parametrize("preset", ["", *PRESETS])
def test_presets_lie_between_defaults_and_the_person(preset: str) -> None:
    request = RunRequest(
        preset=preset, model_settings={"depth": 2}, train_settings={"lr_g": "0.003"}
    )
    made = plan.make(request, pictures(side=28), registry.tokenizer("image"))
    model, train = PRESETS.get(preset, ({}, {}))
    assert made.model.depth == 2 and made.train.lr_g == 0.003
    assert made.model.shape == (1, 28, 28) and made.model.classes == ("a", "b")
    assert made.model.patch == model.get("patch", ModelConfig().patch)
    assert made.train.r1_gamma == train.get("r1_gamma", TrainConfig().r1_gamma)


def test_a_preset_patch_that_does_not_divide_is_fitted_and_a_persons_is_refused() -> None:
    tokenizer = registry.tokenizer("image")
    assert plan.make(RunRequest(preset="fast"), pictures(side=32), tokenizer).model.patch in (4, 8)
    with pytest.raises(ConfigError, match="does not divide"):
        plan.make(RunRequest(model_settings={"patch": 7}), pictures(side=32), tokenizer)


def test_what_a_run_may_cost_is_bounded() -> None:
    big = RunRequest(
        train_settings={"batch_size": 256}, model_settings={"width": 256, "depth": 8, "patch": 2}
    )
    with pytest.raises(ConfigError, match="try batch_size"):
        plan.make(big, pictures(side=32), registry.tokenizer("image"))
    tokens = RunRequest(model_settings={"patch": 2})
    with pytest.raises(ConfigError, match="raise patch"):
        plan.make(tokens, pictures(side=64), registry.tokenizer("image"))


@pytest.mark.parametrize(
    ("classes", "then"),
    [
        ((), ("a", "b")),  # no labels: every class learns all
        (("b", "a"), ("a", "b")),  # the same names in another order
        (("a",), ("a", "b")),
        (("x", "y"), ("x", "y")),  # other names: renamed
        (("x",), ("x", "b")),
    ],
)
def test_labels_of_model_and_data_are_made_to_meet(
    classes: tuple[str, ...], then: tuple[str, ...]
) -> None:
    model = ModelConfig(shape=(1, 8, 8), classes=("a", "b"))
    notes: list[str] = []
    config, data = plan._meet_classes(model, pictures(classes=classes), notes)
    assert config.classes == then and data.classes == then
    assert data.labels is not None and data.labels.max() < 2
    if classes == ("b", "a"):
        assert data.labels[0] == 1


def test_more_classes_than_the_model_knows_is_said() -> None:
    model = ModelConfig(shape=(1, 8, 8), classes=("a", "b"))
    with pytest.raises(ConfigError, match="start from scratch"):
        plan._meet_classes(model, pictures(classes=("x", "y", "z")), [])


@pytest.mark.parametrize("classes", [(), ("x", "y")])
def test_a_model_is_tuned_on_pictures_of_another_kind(
    place: Place, classes: tuple[str, ...]
) -> None:
    first = place.until(place.start(40), "done")
    other = place.store.add_dataset(place.visitor, pictures(12, 3, classes))
    second = place.start(40, data=other, start=first["model_id"], title="tuned", model_settings={})
    status = place.until(second, "done")
    assert status["nimg"] == 40 and any("made to fit" in note for note in status["notes"])
    model = place.load(place.visitor, status["model_id"])
    assert model.config.shape == (1, 8, 8) and model.meta["nimg"] == 80
    assert model.config.classes == (classes or ("a", "b"))


def test_a_run_can_be_had_again_on_the_command_line(place: Place) -> None:
    request = RunRequest(
        data="digits",
        preset="fast",
        train_settings={"lr_g": 0.001, "augment": ("flip", "colour"), "seed": 3},
    )
    line = command.line(request, title="my cats!", seed=3)
    assert line == (
        "python -m tgan_demo train --model scratch --data digits --preset fast --set lr_g=0.001 "
        "augment=flip,colour --seconds 120 --seed 3 --out my-cats"
    )
    images = 100 * TrainConfig().batch_size
    by_steps = RunRequest(budget=100, unit="steps")
    assert f"--images {images} " in command.line(by_steps, title="x", seed=0)
    assert place.visitor not in command.line(place.ask(), title="x", seed=0)
    assert place.data not in command.line(place.ask(), title="x", seed=0)


# --- curves and history stay small


def event(step: int) -> StepDone:
    names = StepDone.__dataclass_fields__
    return StepDone(
        **{name: 1.0 for name in names}
        | {"step": step, "nimg": step, "loss_d": float(step)}
        | {"is_warm_start": False}
    )


def test_curves_are_thinned_without_losing_their_mean() -> None:
    curve = Curve()
    for step in range(5000):
        curve.add(event(step), step)
        assert len(curve.rows) < MAX_POINTS
    columns = curve.columns()
    assert columns["x"] == sorted(columns["x"]) and columns["x"][-1] > 4900
    assert abs(np.mean(columns["loss_d"]) - 2500) < 40
    again = Curve()
    again.restore(columns, curve.stride)
    assert again.columns() == columns


def test_columns_are_as_few_as_asked_for() -> None:
    curve = Curve()
    for step in range(1, 302):
        curve.add(event(step), step)
    few = curve.columns(100)
    assert len(few["x"]) == 76 and few["x"][0] == 2 and few["x"][-1] == 301
    assert len(curve.columns()["x"]) == 301
    rest = Curve()
    rest.restore({"x": few["x"], "loss_g": few["loss_g"]}, 4)
    assert rest.columns()["loss_g"] == few["loss_g"] and rest.columns()["loss_d"] == [None] * 76


def test_the_history_is_thinned_from_end_to_end(tmp_path: Path) -> None:
    run = runs.Run("run/" + "0" * 16, "v", tmp_path, RunRequest(), "x")
    for index in range(1000):
        run.nimg = index
        run.watched(
            Sheet(kind="raster", data={"png": ""}), np.ones((1, 1, 4, 4), np.float16), (2, 2)
        )
    assert 100 <= len(run.frames) <= runs.MAX_FRAMES
    assert len(list((tmp_path / "frames").iterdir())) == len(run.frames)
    gaps = np.diff([nimg for _, nimg in run.frames])
    assert run.frames[0][1] < 10 and run.frames[-1][1] > 980 and gaps.max() <= 8


def test_attention_is_packed_small() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(16), (2, 4, 16)).astype(np.float16)
    packed = packing.pack_attention(weights, (4, 4))
    assert (packed["layers"], packed["heads"], packed["grid"]) == (2, 4, [4, 4])
    wide = packing.pack_attention(np.ones((4, 8, 400, 400), np.float16), (20, 20))
    assert len(wide["a"]) <= 1.4 * packing.MAX_MAP_BYTES and wide["heads"] == 1


# --- models by the latent route


def lines(count: int = 40) -> Dataset:
    return Dataset(
        "my lines", np.array([str(toys.SAID[i % 8]) for i in range(count)]), modality="text"
    )


def test_a_latent_model_keeps_its_autoencoder_and_its_own_penalties(toy_weights: Path) -> None:
    model = Studio(toy_weights / "none", weights_dir=toy_weights).load("text/lines")
    request = RunRequest(start="text/lines", preset="fine-tune")
    made = plan.make(request, lines(), model.tokenizer, model)
    assert made.model.route == "latent" and made.train.warm_start == 0 and not made.train.augment
    assert (made.train.r1_gamma, made.train.sigma) == (1.0, 0.1)
    assert any("autoencoder stays as it is" in note and "0%" in note for note in made.notes)
    model.meta["train"] = {"r1_gamma": 0.25, "sigma": 0.2}
    try:
        own = plan.make(request, lines(), model.tokenizer, model).train
    finally:
        model.meta["train"] = {}
    assert (own.r1_gamma, own.r2_gamma, own.sigma) == (0.25, 1.0, 0.2)
    asked = RunRequest(start="text/lines", train_settings={"r1_gamma": 7.0})
    assert plan.make(asked, lines(), model.tokenizer, model).train.r1_gamma == 7.0


def test_text_that_an_autoencoder_cannot_say_is_refused(toy_weights: Path) -> None:
    model = Studio(toy_weights / "none", weights_dir=toy_weights).load("text/lines")
    strange = Dataset("zoo", np.array(["zebras zoom by", "quick yaks"] * 30), modality="text")
    with pytest.raises(ConfigError, match="from scratch, which learns your text's own vocabulary"):
        plan.make(RunRequest(start="text/lines"), strange, model.tokenizer, model)


def test_a_latent_run_is_seen_resumed_and_travels_as_a_file(
    toy_weights: Path, tmp_path: Path
) -> None:
    studio = Studio(tmp_path / "home", weights_dir=toy_weights)
    studio.jobs = Jobs(studio.store, studio._load_for_job, watch_s=0.1)
    visitor = studio.store.new_visitor()
    data = studio.store.add_dataset(visitor, lines(60))
    train = {"batch_size": 8, "precision": "float32"}
    request = RunRequest(
        data=data, start="text/lines", train_settings=train, budget=320, unit="images"
    )
    try:
        run = studio.jobs.start(visitor, request)

        def until_done(nimg: int) -> dict:
            end = time.monotonic() + 90
            while (now := studio.jobs.status(visitor, run, 0))["state"] != "done" or now[
                "nimg"
            ] < nimg:
                assert now["state"] != "failed" and time.monotonic() < end, now["state"]
                time.sleep(0.05)
            return now

        now = until_done(320)
        assert now["title"] == "my lines" and now["medium"] == "text"
        assert now["frame"]["kind"] == "written" and len(now["attention"]["words"]) == 4
        studio.jobs.resume(visitor, run, 80, "images")
        now = until_done(400)
        path = upload.pack(studio.store.model_folder(visitor, now["model_id"]), tmp_path)
        again = studio.store.import_model(visitor, path)
        config = SampleConfig(seed=3, count=4)
        one, two = (studio.sample(m, config, visitor).items for m in (now["model_id"], again))
        assert one.tolist() == two.tolist()
    finally:
        studio.jobs.close()
