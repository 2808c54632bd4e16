"""What is kept of a run while it trains: events in its record, moments, states, at its end the model.

Knows one run and its state, not what drives it or who asked for what.
"""

import logging
import threading
import time

from tgan_demo.contract import Dataset
from tgan_demo.engine.game.state import TrainState
from tgan_demo.events import Event, Health, NotSaved, RunFailed, Saved, StepDone
from tgan_demo.models import upload
from tgan_demo.models.folder import MAX_CURVE, write_curves
from tgan_demo.people.store import Store
from tgan_demo.runs import drive
from tgan_demo.runs.moments import Moment
from tgan_demo.runs.record import Run
from tgan_demo.runs.scores import CHOSEN, is_better, short
from tgan_demo.runs.watching import Watcher
from tgan_demo.said import say, together

logger = logging.getLogger(__name__)

BEST_SHARE = 0.05  # of the time, at most, to keep the best moment


class Keeping:
    """Of one run. `lock` is the condition of Jobs; it is never held during a step."""

    def __init__(self, run: Run, store: Store, lock: threading.Condition) -> None:
        self.run, self.store, self.lock = run, store, lock
        self.state: TrainState  # this, the data and the watcher: once the run is prepared
        self.dataset: Dataset
        self.watcher: Watcher
        self.is_dirty = True  # something is not on disk yet
        self.in_warm_start = False
        self.next_best = 0.0  # when the best moment may be kept anew

    def _look(self, *, is_last: bool = False) -> None:
        """At samples, which are kept, and now and then the weights that made them."""
        run = self.run
        self.watcher.look()
        now = Moment(run.id, run.title, run.nimg)
        if run.frames and run.frames[-1][1] == run.nimg and run.want != "delete":
            run.moments.keep(self.state, self.dataset, now, self._room, is_last=is_last)
            self._keep_best(now)

    def _keep_best(self, now: Moment) -> None:
        """Where G is better than the one that was kept, by the run's score. At the start it is so again and
        again, so that the next may have to wait.
        """
        run, begun, name = self.run, time.monotonic(), self.run.request.until or CHOSEN[0]
        value, kept = self.watcher.scores.get(name), run.moments.best
        if value is None or begun < self.next_best:
            return
        if kept is None or kept["score"] != name or is_better(name, value, kept["value"]):
            value = short(value)
            run.moments.keep_best(
                self.state, self.dataset, now, self._room, score=name, value=value
            )
            self.next_best = begun + (time.monotonic() - begun) / BEST_SHARE

    def _save_model(self) -> str:
        run = self.run
        with self.store.scratch() as folder:
            upload.write_model(
                folder, self.state, self.dataset, title=run.title, start=run.request.start
            )
            with self.lock:
                columns = run.curve.columns(MAX_CURVE)
            write_curves(folder, columns)
            return self.store.add_model_folder(run.visitor, folder, instead_of=run.model_id)

    def _report(self, event: Event, players: str = "both") -> None:
        """Write an event into the record of the run."""
        run = self.run
        if isinstance(event, StepDone | Saved):
            self.is_dirty = isinstance(event, StepDone)
        elif isinstance(event, NotSaved):
            logger.warning("run %s: %s", run.id, event.cause)
        with self.lock:
            run.train = self.state.train  # a warm start may be shortened
            run.report(event, self.state.start_nimg, players)
            if self.in_warm_start and not self.state.is_warm_start:
                self.in_warm_start = False
                run.window.clear()  # of steps in which nobody judged

    def _failed(self, event: RunFailed) -> None:
        with self.lock:
            remedy = self.watcher.remedy("nan")
            seen = {"since_step": event.step, "since_nimg": self.run.nimg, "remedy": remedy}
            self.run.health = Health("bad", "nan", event.cause, **seen)
            self.run.findings = [self.run.health]
        self._set("failed", together(say("step", step=event.step), event.cause))

    def _save(self) -> bool:
        """Checkpoint at once. A failure is told in the message; the last one on disk stays."""
        event = drive.save(self.state, self.run.state_dir, self._room)
        self._report(event)
        return isinstance(event, Saved)

    def _room(self, nbytes: int) -> None:
        self.store.require(self.run.visitor, nbytes)

    def _set(self, state: str, message: str | None = None) -> None:
        with self.lock:
            self.run.state = state
            if message is not None:
                self.run.message = message
            if self.run.want != "delete":
                self.run.save()
            self.lock.notify_all()
