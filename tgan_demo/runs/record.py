"""The record of one training run: what a page shows of it and what is kept on disk.

Knows numbers and small pictures, not threads and not networks. Whoever changes a Run holds the lock
of its Jobs.

    run/: run.json (state, request), progress.json (curves, frames), frames/*.sheet, state/ (checkpoint),
    moments/ (runs/moments.py)
"""

import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo import legacy
from tgan_demo.config import TrainConfig
from tgan_demo.engine.game.effect import Effect
from tgan_demo.engine.game.health import WINDOW, Health, changed, judge
from tgan_demo.errors import NotFoundError
from tgan_demo.events import BudgetSettled, Event, NotSaved, Saved, StepDone
from tgan_demo.files import sheets
from tgan_demo.files.disk import not_saved, read_json, write_atomic, write_json
from tgan_demo.parts import Sheet
from tgan_demo.runs import command, plan, zerogpu
from tgan_demo.runs.budget import GUESSED, MAX_SECONDS, Budget
from tgan_demo.runs.changes import Asked, Kept, settings_of
from tgan_demo.runs.curves import Curve
from tgan_demo.runs.loan import Loan, wanted_s
from tgan_demo.runs.moments import Moments
from tgan_demo.runs.packing import pack_attention
from tgan_demo.runs.request import RunRequest
from tgan_demo.runs.scores import Scores
from tgan_demo.said import heard, say, together, told

logger = logging.getLogger(__name__)

LIVE = ("queued", "preparing", "running", "paused")
STATES = (*LIVE, "done", "stopped", "failed", "interrupted")
MAX_FRAMES = 200  # of the history
RECORD = "run.json"  # in a run's folder from its first moment on


@dataclass
class Run:
    """One run. Fields are plain; `control` fields are what people ask of the thread that trains."""

    id: str  # "run/<hex>"
    visitor: str
    folder: Path
    request: RunRequest
    title: str
    created: float = field(default_factory=time.time)
    state: str = "queued"  # one of STATES
    message: str = ""
    notes: tuple[str, ...] = ()
    model_id: str | None = None
    images_total: int = 0  # 0: not measured yet
    nimg: int = 0  # of this run
    step: int = 0
    seconds: float = 0.0
    images_per_s: float = 0.0
    seed: int = 0
    modality: str = ""  # of the data
    parent: dict[str, Any] | None = None  # of a branch: the fields of the Moment that it began from

    # control
    want: str = "run"  # "run", "pause", "stop", "delete", "close"
    steps_asked: deque[str] = field(default_factory=deque)  # single steps while paused
    asked: deque[Asked] = field(default_factory=deque)  # changes of settings, between two steps
    further: tuple[float, str] | None = None  # a further budget, once the state is loaded
    budget: Budget | None = None  # the last further one; None: the request's
    again: bool = False  # asked to go on while the thread was still leaving it
    paused_at: float = 0.0
    loan: Loan | None = None  # of a GPU, while it is asked for and while it lasts
    gpu_speed: float = 0.0  # samples a second when it had one; 0: it had none

    # what is seen
    curve: Curve = field(default_factory=Curve)
    scores: Scores = field(default_factory=Scores)
    pace: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=64))  # clock, nimg
    window: deque[StepDone] = field(default_factory=lambda: deque(maxlen=WINDOW))
    health: Health = field(default_factory=lambda: judge(()))  # the worst of the findings, or none
    findings: list[Health] = field(default_factory=list)  # what is wrong, the worst first
    changes: list[dict[str, Any]] = field(default_factory=list)  # of settings, while it trained
    train: TrainConfig | None = None  # its settings now; None: it has not begun here
    kept: Kept | None = None  # the same, of what it keeps
    frame_sheet: dict[str, Any] | None = None  # the newest frame, see parts.Sheet.source
    nearest: list[dict[str, Any]] | None = None  # samples, and the training samples nearest to them
    frame_id: int = 0
    frames: list[tuple[int, int]] = field(default_factory=list)  # (frame id, nimg) kept on disk
    frame_stride: int = 1
    attention: dict[str, object] | None = None
    effect: Effect | None = None  # of the newest single step, while paused

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    @property
    def can_resume(self) -> bool:
        return (self.state_dir / "state.safetensors").is_file()

    @cached_property
    def moments(self) -> Moments:
        return Moments(self.folder / "moments")

    @property
    def rest_bytes(self) -> int:
        """What is kept to go on from: weights and moments of both players, now and at earlier times."""
        file = self.state_dir / "state.safetensors"
        return (file.stat().st_size if file.is_file() else 0) + self.moments.nbytes

    @property
    def command(self) -> str:
        return command.line(self.request, title=self.title, seed=self.seed, made=self.changes)

    @property
    def granted(self) -> Budget:
        """The budget that it trains by."""
        return self.budget or self.request.wanted

    @property
    def has_ended(self) -> bool:
        """Nothing trains it any more, though the thread may still be on its way out of it."""
        return self.state in ("done", "stopped") and not self.again

    @property
    def is_final(self) -> bool:
        """It ended, and what it would go on from was dropped."""
        return self.state in ("done", "stopped") and self.nimg > 0 and not self.can_resume

    @property
    def gpu_s(self) -> int:
        """Seconds that a loan of a GPU would last; 0: it could not use one now."""
        is_training = self.state == "running" and self.want == "run"
        if not is_training or not self.images_total or self.nimg >= self.images_total:
            return 0
        return wanted_s(self.images_total - self.nimg, self.gpu_speed)

    def gpu_offer(self) -> dict[str, Any]:
        """JSON-able: seconds of a GPU that could be lent now, what they are of a quota, whether one is."""
        quota = math.ceil(zerogpu.FACTOR * self.gpu_s)
        return {"gpu_s": self.gpu_s, "gpu_quota_s": quota, "on_gpu": self.loan is not None}

    def expected_s(self) -> float:
        """Seconds that this run will still need, as far as one can say."""
        if self.images_total and self.images_per_s > 0:
            return max(0.0, (self.images_total - self.nimg) / self.images_per_s)
        if self.request.unit == "seconds":
            return self.request.budget
        train = plan.settle(self.request)[1]
        return min(MAX_SECONDS, train.images / GUESSED)

    # --- what the training thread reports ---------------------------------------------------------

    def report(self, event: Event, start_nimg: int, players: str = "both") -> None:
        """An event of the drive. `start_nimg`: samples that the model had seen when this run began."""
        if isinstance(event, StepDone):
            self.stepped(event, start_nimg, players)
            if self.want == "run":  # single steps have no pace
                self._keep_pace(event.nimg)
        elif isinstance(event, BudgetSettled):
            self.images_total = event.images
            told = ("cut to ", "the warm start was shortened")
            self.notes = tuple(note for note in self.notes if not note.startswith(told))
            if event.warm_start:
                self.notes += (say("shortened", n=f"{event.warm_start:,}"),)
            if event.cut_to:
                self.notes += (say("cut", n=f"{event.cut_to:,}"),)
        elif isinstance(event, Saved | NotSaved):
            if isinstance(event, NotSaved):
                self.message = event.cause
            elif self.message.startswith("Not saved"):
                self.message = ""
            if self.want != "delete":
                self.save()

    def _keep_pace(self, nimg: int) -> None:
        now = time.perf_counter()
        self.pace.append((now, nimg))
        if len(self.pace) > 1:
            then, before = self.pace[0]
            self.images_per_s = (nimg - before) / max(1e-9, now - then)

    def stepped(self, event: StepDone, start_nimg: int, players: str = "both") -> None:
        if players != "both" and self.window:  # the one who was held still has no new numbers
            known = self.window[-1]
            still = ("loss_g", "grad_g") if players == "d" else ("loss_d", "grad_d", "r1", "r2")
            event = replace(event, **{name: getattr(known, name) for name in still})
        self.step, self.nimg, self.seconds = event.step, event.nimg - start_nimg, event.seconds
        self.window.append(event)
        self.curve.add(event, self.nimg)

    def changed(
        self, key: str, settings: Mapping[str, tuple[object, object]], undoes: int | None = None
    ) -> None:
        """Settings were changed, by hand or against the finding `key`: name -> (before, now)."""
        pairs = {name: list(pair) for name, pair in settings.items()}
        change = {"key": key, "step": self.step, "nimg": self.nimg, "settings": pairs}
        self.changes.append(change | ({} if undoes is None else {"undoes": undoes}))
        self.window.clear()
        self.health, self.findings = changed(), []

    def watched(
        self,
        sheet: Sheet,
        weights_LHNN: np.ndarray,
        grid: tuple[int, ...],
    ) -> None:
        """A new frame of the fixed seeds, with G's attention on the first."""
        self.frame_id += 1
        self.frame_sheet = sheet.source()
        self.attention = pack_attention(weights_LHNN, grid)
        if sheet.words is not None:
            self.attention["words"] = [word.strip() for word in sheet.words]
        if self.frame_id % self.frame_stride:
            return
        with contextlib.suppress(OSError):  # a frame less is no reason to stop
            (self.folder / "frames").mkdir(exist_ok=True)
            write_atomic(self._frame_path(self.frame_id), sheet.to_json(), sync=False)
            self.frames.append((self.frame_id, self.nimg))
        if len(self.frames) > MAX_FRAMES:
            for frame_id, _ in self.frames[1::2]:
                self._frame_path(frame_id).unlink(missing_ok=True)
            self.frames = self.frames[::2]
            self.frame_stride *= 2

    # --- what a page gets ---------------------------------------------------------------------------

    def frame(self, index: int) -> dict[str, Any]:
        """Frame `index` of the history: its picture and how many images the run had seen."""
        if not self.frames:
            raise NotFoundError("this run has no pictures yet; wait until it has begun")
        index = max(0, min(len(self.frames) - 1, int(index)))
        frame_id, nimg = self.frames[index]
        try:
            frame = sheets.read(self._frame_path(frame_id))
        except OSError as error:
            raise NotFoundError(f"picture {index} of this run was deleted") from error
        return {"index": index, "nimg": nimg, "frame": frame, "count": len(self.frames)}

    def snapshot(self, since: int, place: int, wait_s: float) -> dict[str, Any]:
        """JSON-able. Frame and attention are None where the page has `since` or newer already."""
        is_new = self.frame_id > since
        message = self.message
        if self.state == "queued":
            message = (
                f"Place {place} in the queue, about {_span(wait_s)} to wait. {message}".strip()
            )
        return self.row(place, wait_s) | {
            "step": self.step,
            "seconds": round(self.seconds, 1),
            "eta_s": round(self.expected_s()) if self.state in LIVE else 0,
            "images_per_s": round(self.images_per_s, 1),
            **self.curve.columns(),
            "health": asdict(self.health),
            "findings": [asdict(finding) for finding in self.findings],
            "changes": self.changes,
            "train": settings_of(self.train, self.kept) if self.train and self.kept else None,
            "scores": self.scores.columns(),
            "effect": None if self.effect is None else asdict(self.effect),
            "frame": self.frame_sheet if is_new else None,
            "frame_id": self.frame_id,
            "history_count": len(self.frames),
            "history_at": [nimg for _, nimg in self.frames],
            "moments": self.moments.told(),
            "attention": self.attention if is_new else None,
            "nearest": self.nearest if is_new else None,
            "message": message,
            "notes": list(self.notes),
            "said": told(
                self.message
            ),  # the message and the notes, for a page to say in its language
            "noted": [told(note) for note in self.notes],
            "can_resume": self.state not in LIVE and self.can_resume or self.state == "interrupted",
            "data": self.request.data,
            "start": self.request.start,
            "preset": self.request.preset,
            "settings": dict(self.request.train_settings),
            "command": self.command,
        }

    def row(self, place: int, wait_s: float) -> dict[str, Any]:
        """JSON-able: what a list of runs shows."""
        return {
            "id": self.id,
            "title": self.title,
            "medium": self.modality,
            "state": self.state,
            "place": place,
            "wait_s": round(wait_s),
            "nimg": self.nimg,
            "images_total": self.images_total,
            "created": self.created,
            "model_id": self.model_id,
            "can_resume": self.state not in LIVE and not self.is_final,
            "message": self.message,
            "parent": self.parent,
        }

    # --- disk -----------------------------------------------------------------------------------------

    def save(self) -> None:
        """Keep the record. A full disk is told in the message and stops nothing."""
        record = {name: getattr(self, name) for name in _RECORD}
        record["said"] = [told(self.message), *map(told, self.notes)]
        progress = {
            "stride": self.curve.stride,
            "columns": self.curve.columns(),
            "frames": self.frames,
            "frame_stride": self.frame_stride,
            "frame_id": self.frame_id,
            "health": asdict(self.health),
            "findings": [asdict(finding) for finding in self.findings],
            "changes": self.changes,
            "scores": self.scores.columns(),
        }
        try:
            record |= {
                "request": asdict(self.request),
                "budget": self.budget and asdict(self.budget),
            }
            write_json(self.folder / RECORD, record)
            write_json(self.folder / "progress.json", progress, sync=False)
        except OSError as error:
            logger.warning("run %s cannot be written: %s", self.folder, error)
            if self.folder.is_dir():
                self.message = not_saved(error)

    @classmethod
    def load(cls, visitor: str, run_id: str, folder: Path) -> "Run":
        """The run as it was kept; one that was live when the server went is interrupted.

        Raises:
            ValueError, OSError, KeyError, TypeError: the record is damaged.
        """
        record = read_json(folder / RECORD)
        run = cls(run_id, visitor, folder, RunRequest(**record["request"]), str(record["title"]))
        record |= {"modality": legacy.modality(record), "parent": record.get("parent")}
        for name in _RECORD:
            setattr(run, name, record[name])
        if record.get("budget"):
            run.budget = Budget(**record["budget"])
        texts = (run.message, *run.notes)
        said = record.get("said", ())[: len(texts)]  # a run of an earlier version has none
        run.message, *notes = (heard(*pair) for pair in zip_longest(texts, said))
        run.notes = tuple(notes)
        if run.state in LIVE:
            run.state = "interrupted"
            run.message = together(say("restarted"), say("goes_on"))
        run.moments.tidy()
        for part in [*folder.glob("state/*.part"), *folder.glob(".*.json.*")]:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)  # of a save that was killed
        try:
            progress = read_json(folder / "progress.json")
            run.curve.restore(progress["columns"], progress["stride"])
            run.frames = [(int(a), int(b)) for a, b in progress["frames"]]
            run.frame_stride, run.frame_id = progress["frame_stride"], progress["frame_id"]
            run.health = Health(**progress["health"])
            run.findings = [Health(**finding) for finding in progress.get("findings", ())]
            run.changes = list(progress.get("changes", ()))
            run.scores = Scores(progress.get("scores"))
            if run.frames:
                run.frame_sheet = sheets.read(run._frame_path(run.frames[-1][0]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("run %s lost its curves: %s", folder, error)
        return run

    def _frame_path(self, frame_id: int) -> Path:
        return self.folder / "frames" / f"{int(frame_id):06d}.sheet"


_RECORD = (
    "title", "created", "state", "message", "notes", "model_id", "images_total", "nimg", "step",
    "seconds", "images_per_s", "seed", "modality", "parent",
)  # fmt: skip


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
