"""A run told to an experiment tracker while it trains: numbers, alerts and sheets of samples.

Trackers are libraries of their own, imported when one is asked for by name. Knows events and, of a run in this
process alone, its state, which is looked at as the page does (runs/watching.py).
"""

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError
from tgan_demo.events import Event, Health, RunFailed, StepDone
from tgan_demo.files.stills import still
from tgan_demo.runs.record import Run
from tgan_demo.runs.request import RunRequest
from tgan_demo.runs.watching import Watcher

PROJECT = "tgan-demo"
EVERY = 10  # steps between two rows of numbers
LOOK_S = 10.0  # between two looks at samples, at least
NUMBERS = (
    "loss_d", "loss_g", "d_real", "d_fake", "d_accuracy", "d_unseen", "grad_d", "grad_g", "r1", "r2",
    "gamma", "augment_p", "lr_d", "lr_g", "images_per_s", "seconds",
)  # fmt: skip


class Tracker(Protocol):
    """What a run tells. `nimg`: samples that it has seen, the x of everything."""

    def begin(self, title: str, settings: Mapping[str, Any], *, is_resumed: bool) -> None: ...

    def numbers(self, values: Mapping[str, float], nimg: int) -> None: ...

    def alert(self, found: Health, nimg: int) -> None: ...

    def sheet(self, picture: np.ndarray, nimg: int) -> None:
        """Samples of fixed seeds, uint8 (H, W, 3)."""
        ...

    def close(self) -> None: ...


class Trackio:
    """Kept by Trackio on this machine; `trackio show` shows it."""

    def __init__(self, folder: Path) -> None:
        try:
            import trackio  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise _missing("trackio") from error
        self.library: Any = trackio

    def begin(self, title: str, settings: Mapping[str, Any], *, is_resumed: bool) -> None:
        resume = "allow" if is_resumed else "never"
        self.library.init(project=PROJECT, name=title, config=dict(settings), resume=resume)

    def numbers(self, values: Mapping[str, float], nimg: int) -> None:
        self.library.log(dict(values), step=nimg)

    def alert(self, found: Health, nimg: int) -> None:
        levels = self.library.AlertLevel
        level = levels.ERROR if found.level == "bad" else levels.WARN
        self.library.alert(title=found.key, text=f"{found.text} ({nimg:,} samples)", level=level)

    def sheet(self, picture: np.ndarray, nimg: int) -> None:
        self.library.log({"samples": self.library.Image(picture)}, step=nimg)

    def close(self) -> None:
        self.library.finish()


class TensorBoard:
    """Written to the folder "tensorboard" in the run's; `tensorboard --logdir` shows it."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise _missing("tensorboard") from error
        self.writer: Any = SummaryWriter(str(folder / "tensorboard"))

    def begin(self, title: str, settings: Mapping[str, Any], *, is_resumed: bool) -> None:
        rows = "\n".join(f"    {name} = {value}" for name, value in settings.items())
        self.writer.add_text("settings", f"{title}\n\n{rows}", 0)

    def numbers(self, values: Mapping[str, float], nimg: int) -> None:
        for name, value in values.items():
            self.writer.add_scalar(name, value, nimg)

    def alert(self, found: Health, nimg: int) -> None:
        self.writer.add_text(f"alerts/{found.key}", f"{found.level}: {found.text}", nimg)

    def sheet(self, picture: np.ndarray, nimg: int) -> None:
        self.writer.add_image("samples", picture, nimg, dataformats="HWC")

    def close(self) -> None:
        self.writer.close()


TRACKERS = {"trackio": Trackio, "tensorboard": TensorBoard}


def tracked(
    events: Iterable[Event],
    tracker: Tracker,
    *,
    title: str,
    settings: Mapping[str, Any] | None = None,
    state: TrainState | None = None,
    dataset: Dataset | None = None,
    is_resumed: bool = False,
    look_s: float = LOOK_S,
) -> Iterator[Event]:
    """The events of a drive, told to a tracker, which is closed at the end however that comes.

    Args:
        state, dataset: what is looked at, for sheets, scores and alerts; None: numbers of steps alone.
    """
    if state is not None:
        settings = {**asdict(state.model), **asdict(state.train)}
    tracker.begin(title, _plain(settings or {}), is_resumed=is_resumed)
    with tempfile.TemporaryDirectory(prefix="tgan-") as folder:
        watched = None
        if state is not None and dataset is not None:
            watched = _Watched(tracker, state, dataset, Path(folder), look_s)
        try:
            for event in events:
                if isinstance(event, StepDone):
                    if event.step % EVERY == 0:
                        tracker.numbers(_numbers(event), event.nimg)
                    if watched is not None:
                        watched.stepped(event)
                elif isinstance(event, RunFailed):
                    tracker.alert(Health("bad", "failed", event.cause), event.nimg)
                yield event
        finally:
            tracker.close()


class _Watched:
    """Looks at a run that has no page."""

    def __init__(
        self, tracker: Tracker, state: TrainState, dataset: Dataset, folder: Path, look_s: float
    ) -> None:
        self.tracker, self.state = tracker, state
        self.run = Run("run/here", "", folder, RunRequest(), "")
        self.watcher = Watcher(self.run, state, dataset, threading.Condition(), look_s)
        self.told: set[tuple[str, int]] = set()  # alerts: key, since when
        self.scored = 0.0  # samples seen at the last scores that were told

    def stepped(self, event: StepDone) -> None:
        run, state = self.run, self.state
        run.report(event, state.start_nimg)
        if not self.watcher.is_due():
            return
        self.watcher.look()
        if run.frame_sheet is not None:
            with suppress(ConfigError):  # texts of letters that no font here has
                self.tracker.sheet(still(run.frame_sheet), event.nimg)
        rows = run.scores.rows
        if rows and rows[-1][0] != self.scored:
            self.scored, *values = rows[-1]
            names = [f"score/{name}" for name in run.scores.real]
            self.tracker.numbers(dict(zip(names, values, strict=True)), event.nimg)
        for found in run.findings:
            if (found.key, found.since_step) not in self.told:
                self.told.add((found.key, found.since_step))
                self.tracker.alert(found, event.nimg)


def _numbers(event: StepDone) -> dict[str, float]:
    values = {name: getattr(event, name) for name in NUMBERS}
    return {name: float(value) for name, value in values.items() if value is not None}


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()}


def _missing(package: str) -> ConfigError:
    return ConfigError(f"--track {package} wants the package {package}: pip install {package}")
