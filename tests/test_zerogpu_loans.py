"""A run that is lent a GPU: as without one; loans that are killed, refused, given back; the page's button."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zero
from conftest import launched
from test_jobs import Place, quick_on_a_busy_machine
from train_place import Place as PanelPlace
from train_place import read
from zero import asking

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.runs import loan, slices
from tgan_demo.runs.queue import Jobs
from tgan_demo.ui.panels.train import panel

__all__ = ["quick_on_a_busy_machine"]  # a fixture of test_jobs

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


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
