"""Trackers are told curves, alerts and sheets; a stand-in hears what the real libraries would."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from test_jobs import QUICK, TINY, pictures

from tgan_demo.config import FIRST_PRESET, PRESETS
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError
from tgan_demo.events import Health, RunFailed, StepDone
from tgan_demo.runs import drive, plan, tracking
from tgan_demo.runs.budget import Budget
from tgan_demo.runs.request import RunRequest
from tgan_demo.runs.tracking import TRACKERS, tracked


class Heard:
    """A tracker that keeps all it is told."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.alerts: list[Health] = []
        self.sheets: list[tuple[int, np.ndarray]] = []
        self.settings: dict[str, Any] = {}
        self.is_closed = False

    def begin(self, title: str, settings: Mapping[str, Any], *, is_resumed: bool) -> None:
        self.title, self.settings, self.is_resumed = title, dict(settings), is_resumed

    def numbers(self, values: Mapping[str, float], nimg: int) -> None:
        self.rows.append((nimg, dict(values)))

    def alert(self, found: Health, nimg: int) -> None:
        self.alerts.append(found)

    def sheet(self, picture: np.ndarray, nimg: int) -> None:
        self.sheets.append((nimg, picture))

    def close(self) -> None:
        self.is_closed = True


def begun(**train: object) -> tuple[TrainState, Any]:
    request = RunRequest(
        model_settings=TINY, train_settings=QUICK | train, budget=200, unit="images"
    )
    state, planned = plan.begin(request, pictures())
    return state, planned.dataset


def events(state: TrainState, dataset: Any, images: int = 200):
    return drive.drive(state, dataset, Budget(amount=images, unit="images"))


def test_a_run_tells_curves_sheets_scores_and_settings() -> None:
    heard, (state, dataset) = Heard(), begun()
    told = tracked(
        events(state, dataset), heard, title="cats", state=state, dataset=dataset, look_s=0.0
    )
    steps = [event for event in told if isinstance(event, StepDone)]
    curves = [(nimg, row) for nimg, row in heard.rows if "loss_d" in row]
    assert [nimg for nimg, _ in curves] == [40, 80, 120, 160, 200]
    assert curves[0][1]["loss_g"] == steps[9].loss_g and curves[-1][1]["seconds"] > 0
    scores = [(nimg, row) for nimg, row in heard.rows if "score/mind" in row]
    assert scores and all(np.isfinite(row["score/mind"]) for _, row in scores)
    nimg, picture = heard.sheets[0]
    assert nimg <= 20 and picture.shape == (32, 32, 3) and picture.dtype == np.uint8
    assert heard.settings["batch_size"] == 4 and heard.settings["width"] == 32
    assert heard.title == "cats" and heard.is_closed and not heard.is_resumed


def test_what_is_wrong_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, (state, dataset) = Heard(), begun()
    found = Health("bad", "d_wins", "D has won", since_step=3)
    monkeypatch.setattr(tracking.Watcher, "_judge", lambda self, items: (found, [found]))
    list(
        tracked(events(state, dataset), heard, title="x", state=state, dataset=dataset, look_s=0.0)
    )
    assert heard.alerts == [found] and len(heard.sheets) > 1


def test_a_failure_is_an_alert_and_the_tracker_is_closed() -> None:
    heard = Heard()
    list(tracked([RunFailed(step=3, nimg=12, cause="not finite")], heard, title="x"))
    assert heard.alerts[0].text == "not finite" and heard.is_closed
    heard = Heard()
    going = tracked(iter([RunFailed(step=3, nimg=12, cause="x")] * 2), heard, title="x")
    next(going)
    going.close()  # Ctrl-C
    assert heard.is_closed


@pytest.mark.parametrize("name", TRACKERS)
def test_a_missing_package_is_named(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "trackio", None)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=f"pip install {name}"):
        TRACKERS[name](tmp_path)


def test_trackio_is_told_in_its_own_words(tmp_path: Path, monkeypatch) -> None:
    calls: list[tuple[Any, ...]] = []
    module = ModuleType("trackio")
    for name in ("init", "log", "alert", "finish"):
        setattr(module, name, lambda *a, _name=name, **k: calls.append((_name, a, k)))
    module.__dict__["Image"] = lambda value: ("image", value.shape)
    module.__dict__["AlertLevel"] = SimpleNamespace(ERROR="error", WARN="warn")
    monkeypatch.setitem(sys.modules, "trackio", module)
    tell(TRACKERS["trackio"](tmp_path))
    assert [name for name, *_ in calls] == ["init", "log", "log", "alert", "finish"]
    assert calls[0][2] == {
        "project": "tgan-demo", "name": "cats", "config": {"augment": ["flip"]}, "resume": "allow"
    }  # fmt: skip
    assert calls[1][1:] == (({"loss_d": 0.5},), {"step": 40})
    assert calls[2][1:] == (({"samples": ("image", (8, 8, 3))},), {"step": 40})
    assert calls[3][2]["level"] == "error" and "D has won (40 samples)" in calls[3][2]["text"]


def test_tensorboard_gets_files_that_it_reads(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import (  # pyright: ignore
        EventAccumulator,
    )

    tell(TRACKERS["tensorboard"](tmp_path))
    found = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    [scalar] = found.Scalars("loss_d")
    assert (scalar.step, scalar.value) == (40, 0.5)
    assert found.Images("samples")[0].width == 8
    assert "alerts/d_wins/text_summary" in found.Tags()["tensors"]


def tell(tracker: tracking.Tracker) -> None:
    tracker.begin("cats", tracking._plain({"augment": ("flip",)}), is_resumed=True)
    tracker.numbers({"loss_d": 0.5}, 40)
    tracker.sheet(np.zeros((8, 8, 3), np.uint8), 40)
    tracker.alert(Health("bad", "d_wins", "D has won"), 40)
    tracker.close()


def test_the_command_line_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    from tgan_demo.cli.main import main

    heard = Heard()
    monkeypatch.setitem(TRACKERS, "trackio", lambda folder: heard)
    np.savez(tmp_path / "d.npz", images=pictures().items)
    call = ["train", "--data", str(tmp_path / "d.npz"), "--images", "80", "--track", "trackio"]
    call += [
        "--set",
        *(f"{k}={v}" for k, v in (TINY | QUICK).items()),
        "--out",
        str(tmp_path / "cats"),
    ]
    assert main(call) in (0, None)
    assert heard.title == "cats" and [nimg for nimg, row in heard.rows if "loss_d" in row] == [
        40,
        80,
    ]
    assert (
        heard.sheets
        and heard.is_closed
        and heard.settings["lr_g"] == PRESETS[FIRST_PRESET][1]["lr_g"]
    )
