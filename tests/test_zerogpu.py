"""Training on a lent GPU: slices in a forked worker that is killed at its limit, on the quota of who asks."""

import contextlib
import contextvars
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import zero
from conftest import launched
from test_jobs import Place, pictures
from train_place import Place as PanelPlace
from train_place import read

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import readout, trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.events import RunFailed, StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import checkpoint, loan, slices, zerogpu
from tgan_demo.runs import queue as jobs
from tgan_demo.runs.queue import Jobs
from tgan_demo.ui.panels.train import panel

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

PICTURES = ModelConfig(shape=(1, 8, 8), width=32, depth=1, heads=2, classes=("a", "b"))
TRAIN = TrainConfig(batch_size=4, images=4 * 1000, precision="float32", warmup_steps=2)
SECONDS = 60.0


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(jobs, "NICE", 0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> zero.Spaces:
    """A machine on which `import spaces` gives the stand-in and ZeroGPU says that it is here."""
    made = zero.Spaces()
    made.__spec__ = type(sys.__spec__)("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", made)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", no_driver)
    return made


def no_driver() -> bool:
    raise RuntimeError("CUDA driver version is insufficient")


def asking(request: str, work: Callable[[], Any]) -> Any:
    """`work` as a part of someone's request."""
    context = contextvars.copy_context()
    context.run(zero.REQUEST.set, request)
    return context.run(work)


def begun(seed: int = 0, train: TrainConfig = TRAIN) -> TrainState:
    return new_state(PICTURES, replace(train, seed=seed), registry.tokenizer("image"))


def plain(events: Any) -> list[StepDone]:
    """Without the times."""
    return [replace(event, seconds=0.0, images_per_s=0.0) for event in events]


def tensors(state: TrainState) -> dict[str, torch.Tensor]:
    found, _ = checkpoint._taken_apart(state)
    return found


def assert_same(one: TrainState, other: TrainState) -> None:
    a, b = tensors(one), tensors(other)
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    assert (one.step, one.nimg) == (other.step, other.nimg)


def whole(dataset: Dataset, steps: int, seed: int = 0) -> tuple[TrainState, list[StepDone]]:
    state = begun(seed)
    return state, plain(trainer.train_slice(state, dataset, steps=steps))


def sliced(
    lent: Callable, state: bytes, dataset: Dataset, steps: int
) -> tuple[bytes, list[StepDone]]:
    events: list[StepDone] = []
    for part in lent(state, dataset, SECONDS, steps):
        state = part.state
        events += plain(part.events)
    return state, events


# --- the decorator


def test_elsewhere_a_function_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    assert zerogpu.on_gpu(slices.train, 30) is slices.train and not zerogpu.is_here()
    assert "spaces" not in sys.modules
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)  # not installed
    assert zerogpu.on_gpu(slices.train, 30) is slices.train
    slices.lent.cache_clear()
    assert slices.lent() is None


def test_on_zerogpu_it_runs_in_a_worker(spaces: zero.Spaces) -> None:
    def count(most: int) -> Iterator[int]:
        torch.manual_seed(99)
        torch.set_num_threads(2)
        yield from range(most)

    random, here = torch.random.get_rng_state(), zerogpu.on_gpu(count, lambda most: 7.0)
    assert here is not count
    assert asking("ann", lambda: list(here(3))) == [0, 1, 2]
    assert spaces.asked == [("ann", 7.0)]
    assert torch.equal(torch.random.get_rng_state(), random) and torch.get_num_threads() == 1
    with pytest.raises(zero.Quota):
        list(here(3))


def test_torch_is_not_asked_for_a_gpu_in_the_process_of_the_page(spaces: zero.Spaces) -> None:
    """Its optimisers ask at each step, for `spaces` says there is one."""
    zerogpu.on_gpu(slices.train, 30)
    assert torch.cuda.is_current_stream_capturing() is False


# --- a slice


def test_slices_give_the_losses_of_one_run(
    spaces: zero.Spaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit: four slices in workers, each in parts, and twelve steps here."""
    monkeypatch.setattr(slices, "PART_S", 0.0)
    dataset, lent = pictures(), zerogpu.on_gpu(slices.train, slices.duration)
    once, expected = whole(dataset, 12)
    state, events = checkpoint.to_bytes(begun()), []
    for _ in range(4):
        state, new = asking("ann", lambda state=state: sliced(lent, state, dataset, 3))
        events += new
    assert len(events) == 12 and events == expected
    assert_same(checkpoint.from_bytes(state), once)


def test_two_runs_in_turn_do_not_mix(spaces: zero.Spaces) -> None:
    lent = zerogpu.on_gpu(slices.train, slices.duration)
    sets = [pictures(), pictures(classes=())]
    sets[1] = replace(sets[1], items=sets[1].items[::-1], labels=sets[0].labels)
    states = [checkpoint.to_bytes(begun(seed)) for seed in (0, 1)]
    for who in (0, 1, 0, 1):
        states[who], _ = asking(
            f"visitor {who}", lambda who=who: sliced(lent, states[who], sets[who], 3)
        )
    for who in (0, 1):
        assert_same(checkpoint.from_bytes(states[who]), whole(sets[who], 6, seed=who)[0])
    assert [request for request, _ in spaces.asked] == ["visitor 0", "visitor 1"] * 2


def test_a_slice_ends_before_its_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "START_S", 0.0)
    monkeypatch.setattr(slices, "PART_S", 0.3)
    whole(pictures(), 1)  # the first step of a process is slow
    now = itertools.count(0.0, 0.05)  # each look at the clock takes so long
    monkeypatch.setattr(slices, "time", SimpleNamespace(monotonic=lambda: next(now)))
    parts = list(slices.train(checkpoint.to_bytes(begun()), pictures(), 2.0))
    assert 1.0 < next(now) < 2.0
    assert len(parts) > 1 and all(part.events for part in parts)
    last = checkpoint.from_bytes(parts[-1].state)
    assert last.step == sum(len(part.events) for part in parts) == parts[-1].events[-1].step


def test_a_slice_ends_with_its_run_and_with_a_step_that_goes_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train = replace(TRAIN, images=12)
    (part,) = slices.train(checkpoint.to_bytes(begun(train=train)), pictures(), SECONDS)
    assert [event.nimg for event in part.events] == [4, 8, 12]
    assert list(slices.train(part.state, pictures(), SECONDS)) == []
    bad = replace(TRAIN, images=12_000)
    monkeypatch.setattr(readout, "not_finite", lambda step: ["loss_d"])
    (part,) = slices.train(checkpoint.to_bytes(begun(train=bad)), pictures(), SECONDS)
    assert [type(event) for event in part.events] == [RunFailed]
    checkpoint.from_bytes(part.state)  # the last good one


def test_a_state_as_bytes_is_the_state_as_a_file(tmp_path: Path) -> None:
    state, _ = whole(pictures(), 3)
    checkpoint.save_state(state, tmp_path)
    assert (tmp_path / checkpoint.STATE).read_bytes() == checkpoint.to_bytes(state)
    assert_same(checkpoint.from_bytes(checkpoint.to_bytes(state)), state)


def test_what_is_asked_for_follows_the_measured_speed() -> None:
    assert loan.wanted_s(10**6, 0) == loan.FIRST_S
    assert loan.wanted_s(10**6, 1000.0) == loan.MOST_S
    assert loan.wanted_s(12_000, 1000.0) == 12 + 5
    assert loan.wanted_s(100, 1000.0) == loan.LEAST_S


# --- a run that is lent one


class Lender:
    """A server whose GPU is the stand-in's worker, and what each slice of it saw."""

    def __init__(self, home: Path, spaces: zero.Spaces, *, before: Callable[[], Any] = bool):
        self.spaces, self.before = spaces, before
        self.worker = spaces.GPU(slices.train, slices.duration)
        self.place = Place(home, on_gpu=self.slice)
        self.seen: list[tuple[dict, dict]] = []  # status before a slice, and right after it

    def slice(self, state: bytes, dataset: Dataset, seconds: float) -> Iterator[slices.Part]:
        was = self.status()
        try:
            yield from self.worker(state, dataset, seconds, 5)
        finally:
            with contextlib.suppress(NotFoundError):  # deleted meanwhile
                self.seen.append((was, self.status()))

    def start(self, images: int = 400) -> None:
        self.run = self.place.start(images)

    def status(self) -> dict:
        return self.place.status(self.run)

    def lend(self, request: str = "ann") -> loan.Loan:
        self.place.until(self.run, lambda now: now["gpu_s"] > 0)
        made = asking(request, lambda: self.place.jobs.lend(self.place.visitor, self.run))
        assert made.over.wait(60)
        return made


@pytest.fixture
def lender(tmp_path: Path) -> Iterator[Lender]:
    made = Lender(tmp_path, zero.Spaces())
    yield made
    made.place.jobs.close()


CURVES = ("x", "loss_d", "loss_g", "accuracy", "grad_g", "grad_d", "gamma")


def curves(status: dict) -> dict:
    return {name: status[name] for name in CURVES}


@pytest.fixture
def unlent(tmp_path: Path) -> Iterator[dict]:
    """The same run without a GPU."""
    place = Place(tmp_path / "unlent")
    yield curves(place.until(place.start(400), "done"))
    place.jobs.close()


def test_a_run_that_is_lent_a_gpu_is_the_run_without(lender: Lender, unlent: dict) -> None:
    lender.start()
    for _ in range(2):
        assert lender.lend().error is None
    for was, now in lender.seen:
        assert now["step"] == was["step"] + 5  # of the slice
    done = lender.place.until(lender.run, "done")
    assert done["step"] == 100 and curves(done) == unlent and done["model_id"]
    assert done["gpu_s"] == 0 and done["on_gpu"] is False
    assert [request for request, _ in lender.spaces.asked] == ["ann", "ann"]


def test_a_killed_slice_loses_only_itself(
    lender: Lender, unlent: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "PART_S", 100.0)
    slow = "tgan_demo.engine.game.trainer.train_step"
    real = trainer.train_step

    def step(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is threading.main_thread():  # in the worker
            time.sleep(1.0)
        return real(*args, **kwargs)

    monkeypatch.setattr(slow, step)
    lender.spaces.limit_s = 2.5
    lender.start()
    assert isinstance(lender.lend().error, zero.Aborted)
    ((was, now),) = lender.seen
    assert now["step"] == was["step"] and curves(now) == curves(was)
    assert now["nimg"] == was["nimg"] and now["frame_id"] == was["frame_id"]
    done = lender.place.until(lender.run, "done")
    assert curves(done) == unlent and done["message"].startswith("The model is in Play")


def test_what_came_before_the_kill_is_kept(
    lender: Lender, unlent: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "PART_S", 0.0)
    real, parts = slices.checkpoint.to_bytes, []

    def stuck(state: TrainState) -> bytes:
        if threading.current_thread() is threading.main_thread():  # in the worker
            parts.append(state.step)
            if len(parts) == 2:
                time.sleep(60)
        return real(state)

    monkeypatch.setattr(slices.checkpoint, "to_bytes", stuck)
    lender.spaces.limit_s = 3.0
    lender.start()
    assert isinstance(lender.lend().error, zero.Aborted)
    ((was, now),) = lender.seen
    assert now["step"] == was["step"] + 1 and not parts
    assert curves(lender.place.until(lender.run, "done")) == unlent


def test_without_a_request_there_is_no_quota_and_the_run_goes_on(lender: Lender) -> None:
    lender.start()
    lender.place.until(lender.run, lambda now: now["gpu_s"] > 0)
    made = lender.place.jobs.lend(lender.place.visitor, lender.run)
    assert made.over.wait(60) and isinstance(made.error, zero.Quota)
    assert lender.place.until(lender.run, "done")["step"] == 100


def test_a_gpu_is_lent_to_ones_own_run_that_trains(lender: Lender, tmp_path: Path) -> None:
    lender.start()
    lender.place.until(lender.run, lambda now: now["gpu_s"] > 0)
    other = lender.place.store.new_visitor()
    with pytest.raises(NotFoundError):
        lender.place.jobs.lend(other, lender.run)
    lender.place.until(lender.run, "done")
    with pytest.raises(ConfigError, match="that trains now"):
        lender.place.jobs.lend(lender.place.visitor, lender.run)
    place = Place(tmp_path / "none")
    run = place.start(40)
    assert "gpu_s" not in place.status(run)
    with pytest.raises(ConfigError, match="lends no GPU"):
        place.jobs.lend(place.visitor, run)
    place.jobs.close()


@pytest.mark.parametrize("asked", ["pause", "stop", "delete", "leave"])
def test_a_slice_ends_when_something_else_is_wanted(
    lender: Lender, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(slices, "PART_S", 0.05)
    lender.worker = lambda *args: lender.spaces.GPU(slices.train, slices.duration)(*args[:3])
    place = lender.place
    lender.start(100_000)
    place.until(lender.run, lambda now: now["gpu_s"] > 0)
    made = asking("ann", lambda: place.jobs.lend(place.visitor, lender.run))
    step = place.status(lender.run)["step"]
    place.until(lender.run, lambda now: now["on_gpu"] and now["step"] > step + 2)
    if asked == "leave":
        made.is_given_up = True
    else:
        getattr(place.jobs, asked)(place.visitor, lender.run)
    assert made.over.wait(10)
    if asked == "pause":
        place.until(lender.run, "paused")
        place.jobs.resume(place.visitor, lender.run)
        step = place.status(lender.run)["step"]
    if asked in ("pause", "leave"):
        place.until(lender.run, lambda now: now["step"] > step + 2 and not now["on_gpu"])
    if asked == "stop":
        assert place.until(lender.run, "stopped")["model_id"]


# --- the page


class Train(PanelPlace):
    """The Train tab over a server that lends the stand-in's GPU."""

    def __init__(self, home: Path, spaces: zero.Spaces) -> None:
        super().__init__(home)
        lent = spaces.GPU(slices.train, slices.duration)
        self.studio.jobs = Jobs(
            self.studio.store,
            self.studio.load,
            watch_s=0.2,
            on_gpu=lambda *args: lent(*args, 40),
        )

    def click(self) -> list[dict]:
        """Each look at the run that a click on the button gives."""
        steps = panel.on_gpu(
            self.page, self.visitor, "train", "", self.seen, {"id": self.seen["run"]}
        )
        looks = [read(step)[2] for step in steps]
        return [look["run"] for look in looks if "run" in look]


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Train]:
    made = Train(tmp_path / "home", zero.Spaces())
    yield made
    made.studio.jobs.close()


def started(tab: Train) -> None:
    tab.act("start", **tab.ask(100_000))
    end = time.monotonic() + 60
    while not tab.look(fresh=True)[2]["run"]["gpu_s"]:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_click_shows_the_run_until_the_loan_is_over(tab: Train) -> None:
    started(tab)
    first, *_, last = asking("ann", tab.click)
    assert first["on_gpu"] and not last["on_gpu"] and last["step"] >= first["step"] + 40
    assert first["gpu_s"] == loan.FIRST_S and first["gpu_quota_s"] == 23
    assert last["state"] == "running"


def test_a_click_tells_what_the_platform_refuses_and_the_run_goes_on(tab: Train) -> None:
    started(tab)
    with pytest.raises(zero.Quota):
        tab.click()
    assert tab.state() == "running"


@pytest.mark.ui
def test_the_button_lends_the_gpu_of_whoever_clicks(tmp_path: Path, browser: Any) -> None:
    from gradio.context import LocalContext

    from tgan_demo.ui import blocks

    spaces = zero.Spaces()
    spaces.request = lambda: LocalContext.request.get(None)  # where `spaces` looks
    tab = Train(tmp_path / "home", spaces)
    started(tab)
    demo = blocks.build(tab.studio)
    try:
        with launched(demo) as root:
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.set_default_timeout(60_000)
            page.goto(f"{root}?tab=train&me={tab.visitor}")
            page.wait_for_selector("#train-gpu", state="visible")
            text = page.inner_text("#train-gpu")
            assert "GPU for 15 s" in text and "up to 23 s of your quota" in text
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.click("#train-gpu")
            page.wait_for_function(
                "document.querySelector('#train-gpu').innerText.includes('On the GPU')"
            )
            page.wait_for_function("!document.querySelector('#train-gpu').disabled")
            page.close()
        ((request, seconds),) = spaces.asked
        assert request.headers["host"] in root and seconds == loan.FIRST_S
    finally:
        tab.studio.jobs.close()
