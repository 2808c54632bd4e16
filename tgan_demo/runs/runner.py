"""One run from its place at the head of the queue to its model: prepare, drive, watch, hold, finish.

Runs in the thread of Jobs and looks between two events at what the user asked for. Knows one run at a
time and nothing of the queue but "do others wait?".
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from safetensors import SafetensorError

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game import effect
from tgan_demo.errors import QuotaError, TganError
from tgan_demo.events import RunFailed, RunFinished
from tgan_demo.files.disk import not_saved
from tgan_demo.people.store import Store
from tgan_demo.runs import changes, changing, checkpoint, drive, plan
from tgan_demo.runs.budget import MAX_SECONDS, Budget
from tgan_demo.runs.keeping import Keeping
from tgan_demo.runs.record import Run
from tgan_demo.runs.request import SCRATCH
from tgan_demo.runs.slices import Part, Slice
from tgan_demo.runs.watching import WATCH_S, Watcher
from tgan_demo.said import say, together

logger = logging.getLogger(__name__)

PARK_S = 120.0  # a pause may keep others waiting for so long
OF_SPEED = {"batch_size", "d_steps", "penalty", "gp_weight"}  # settings on which it hangs most
USABLE = 0.93  # of the time is left for steps, beside watching and saving

LoadModel = Callable[[str, str], Model]  # (model id, visitor)


class Runner(Keeping):
    """Trains one run."""

    def __init__(
        self,
        run: Run,
        store: Store,
        load_model: LoadModel,
        *,
        lock: threading.Condition,
        others_wait: Callable[[], bool],
        aside: Callable[[], AbstractContextManager[None]],
        on_gpu: Slice | None = None,
        park_s: float = PARK_S,
        save_s: float = drive.SAVE_S,
        watch_s: float = WATCH_S,
    ) -> None:
        super().__init__(run, store, lock)
        self.load_model, self.others_wait, self.aside = load_model, others_wait, aside
        self.on_gpu, self.park_s, self.save_s, self.watch_s = on_gpu, park_s, save_s, watch_s
        self.new_settings = set[str]()  # that the drive has not begun with

    def go(self) -> None:
        """All of it. Whatever happens ends in a state of the run and a sentence for the user."""
        try:
            self._set("preparing")
            self._prepare()
            self._set("running")
            self._train()
        except Exception as error:
            if not isinstance(error, TganError):
                logger.exception("run %s failed", self.run.id)
            self._set("failed", _sentence(error))
        finally:
            self._no_loan()

    def finish_from_disk(self) -> None:
        """Stop a run that is not in memory: its model is made from the last saved state."""
        self._prepare(needs_data=False)
        self._finish("stopped")

    # --- before -------------------------------------------------------------------------------------

    def _prepare(self, *, needs_data: bool = True) -> None:
        run = self.run
        dataset = self._data(needs_data=needs_data or not run.can_resume)
        start = self._start()
        if run.can_resume:
            self.state, self.dataset = drive.take_up(run.state_dir, dataset)
            # they may have been made after it was saved
            changes.put(self.state, changes.in_force(run.changes))
            self.is_dirty = False
        else:
            assert dataset is not None
            self.state, planned = plan.begin(run.request, dataset, start)
            self.dataset = planned.dataset
            self._room(checkpoint.size_of(self.state))
            with self.lock:
                run.notes, run.seed = planned.notes, planned.train.seed
                run.images_total = 0
        with self.lock:
            run.train, run.kept = self.state.train, changes.Kept.of(self.state)
        self.in_warm_start = self.state.is_warm_start
        folder = None if start is None else start.folder
        self.watcher = Watcher(run, self.state, self.dataset, self.lock, self.watch_s, folder)

    def _start(self) -> Model | None:
        """The model that the run starts from; None: it starts from noise, or it goes on without it."""
        if self.run.request.start == SCRATCH:
            return None
        try:
            return self.run.moments.start() or self.load_model(
                self.run.request.start, self.run.visitor
            )
        except TganError:
            if not self.run.can_resume:
                raise
            return None

    def _data(self, *, needs_data: bool) -> Dataset | None:
        """None: deleted meanwhile; what was learned from it is still there."""
        try:
            return self.store.dataset(self.run.visitor, self.run.request.data)
        except TganError:
            if needs_data:
                raise
            return None

    # --- training -----------------------------------------------------------------------------------

    def _train(self) -> None:
        budget: Budget | None = self.run.granted
        is_settled = self.run.images_total > 0
        while True:
            if self.run.further:
                budget, is_settled = self._further(), False
            self.new_settings = set()
            end = self._drive(budget, is_settled)
            if end == "changed":
                is_settled = self.run.images_total > 0 and not self.state.planned_images
                if budget is not None and budget.unit == "seconds" and self.new_settings & OF_SPEED:
                    is_settled = False  # how many samples that is has to be measured again
                continue
            if end == "lent":
                end = self._slice()
                is_settled = True
            if end == "":
                continue
            if end in ("left", "failed") or (end != "further" and self._finish(end)):
                return
            budget = None  # used up, or stopped and not saved yet

    def _further(self) -> Budget:
        with self.lock:
            assert self.run.further is not None
            (amount, unit), self.run.further = self.run.further, None
        nimg = self.state.nimg - self.state.start_nimg
        granted = Budget(amount=amount, unit=unit, nimg=nimg, seconds=self.state.seconds)
        self.run.budget = granted
        return granted

    def _drive(self, budget: Budget | None, is_settled: bool) -> str:
        """Train until an end: "done" or "failed", or "stopped", "further", "changed", "lent" or "left" if
        asked for.
        """
        events = drive.drive(
            self.state,
            self.dataset,
            budget,
            folder=self.run.state_dir,
            room=self._room,
            save_s=self.save_s,
            usable=USABLE,
            most_s=MAX_SECONDS,
            is_settled=is_settled,
        )
        while not (asked := self._asked()):
            with self.aside():
                event = next(events)
            if isinstance(event, RunFinished):
                return "done"
            if isinstance(event, RunFailed):
                self._failed(event)
                return "failed"
            self._report(event)
            if self.watcher.is_due():
                self._look()
                if self.watcher.has_converged():
                    return "done"
        return asked

    def _asked(self) -> str:
        """What ends the drive, see `_drive`; "" goes on. A pause is waited out."""
        run = self.run
        self._change()
        want = run.want
        if want != "run":
            self._no_loan()
        if want == "pause":
            want = self._hold()
        if want == "close":
            is_lost = self.is_dirty and not self._save() and not run.can_resume
            then = say("anew" if is_lost else "goes_on")
            self._set("interrupted", together(say("closed"), then))
            logger.info("run %s is left at step %d", run.id, self.state.step)
        if want in ("delete", "parked", "close"):
            return "left"
        if want == "stop":
            return "stopped"
        if run.further:
            return "further"
        if self.new_settings:  # what a slice of training had prepared may be another now
            return "changed"
        # while a budget is being measured nobody knows how long the run is
        return "lent" if run.loan and run.images_total and not self.state.planned_images else ""

    def _change(self) -> None:
        """Change settings as was asked for, between two steps."""
        if names := changing.take_up(self.watcher):
            self.is_dirty = True
            self.new_settings |= names

    # --- on a lent GPU ------------------------------------------------------------------------------

    def _slice(self) -> str:
        """Train on the GPU for as long as it is lent. Whatever ends it, the run goes on from the last part
        that came. "failed", or "" to go on.
        """
        loan, is_good = self.run.loan, True
        assert loan is not None and self.on_gpu is not None
        try:
            state = checkpoint.to_bytes(self.state)
            for part in loan.each(self.on_gpu(state, self.dataset, loan.seconds)):
                is_good = self._take_in(part)
                if not is_good or self.run.want != "run" or loan.is_given_up:
                    break
        except Exception as error:  # no quota, no GPU, killed at its limit
            logger.warning("run %s had no GPU, or not to the end: %s", self.run.id, error)
            loan.end(error)
        if is_good and self.is_dirty:
            self._save()
        with self.lock:
            self.run.pace.clear()
        self._no_loan()
        return "" if is_good else "failed"

    def _take_in(self, part: Part) -> bool:
        """The run as it came back. False: a step was not finite."""
        run = self.run
        nimg, seconds = self.state.nimg, self.state.seconds
        self.state = self.watcher.state = checkpoint.from_bytes(part.state)
        for event in part.events:
            if isinstance(event, RunFailed):
                self._failed(event)
                return False
            self._report(event)
        with self.lock:
            run.pace.clear()  # parts come at once
            run.gpu_speed = (self.state.nimg - nimg) / max(1e-9, self.state.seconds - seconds)
            run.images_per_s = run.gpu_speed
        if self.watcher.is_due():
            self._look()
        return True

    def _no_loan(self) -> None:
        with self.lock:
            loan, self.run.loan = self.run.loan, None
        if loan is not None:
            loan.end()

    def _hold(self) -> str:
        """Paused: single steps on demand, until something else is wanted or others have waited enough."""
        run = self.run
        self.watcher.look()
        self._save()
        self._set("paused")
        run.paused_at = time.time()
        while True:
            self._change()
            with self.lock:
                if not run.steps_asked and run.want == "pause":
                    self.lock.wait(0.25)
                players = run.steps_asked.popleft() if run.steps_asked else None
                if players is None and run.want != "pause":
                    break
                is_parked = players is None and time.time() - run.paused_at > self.park_s
            if players is not None:
                run.paused_at = time.time()
                if not self._single(players):
                    return "parked"  # failed; the state says so
            elif is_parked and self.others_wait():
                return self._park()
        run.pace.clear()
        run.effect = None
        if run.want == "run":
            self._set("running")
        return run.want

    def _single(self, players: str) -> bool:
        event, changed = effect.train_step(self.state, self.dataset, players)
        if isinstance(event, RunFailed):
            self._failed(event)
            return False
        if isinstance(event, RunFinished):
            with self.lock:
                self.run.message = say("used_up")
        else:
            assert changed is not None  # of a step that was done
            # in a warm start G learns whoever was asked, so nothing stands still
            self._report(event, "both" if changed.is_warm_start else players)
        self.watcher.look()
        with self.lock:
            self.run.effect = changed
        return True

    def _park(self) -> str:
        """Make room for those who wait; Resume puts the run back in the queue."""
        if self.is_dirty and not self._save():
            kept = say("kept" if self.run.can_resume else "nothing_kept")
            self._set("interrupted", together(say("unparked"), kept))
            return "parked"
        self._set("paused", say("parked"))
        return "parked"

    # --- after --------------------------------------------------------------------------------------

    def _finish(self, end: str) -> bool:
        """Save the state and the model. False: they could not be saved and the run waits, paused."""
        run, state = self.run, self.state
        self._look(is_last=True)
        is_saved = not self.is_dirty or self._save()
        message, model_id = run.message, run.model_id
        if is_saved:
            try:
                model_id = self._save_model()
            except (OSError, SafetensorError, QuotaError) as error:
                logger.warning("model of run %s not saved: %s", run.id, error)
                is_saved, message = False, not_saved(error)
        if not is_saved:
            with self.lock:
                run.want = "pause" if run.want in ("run", "stop") else run.want
            self._set("paused", together(message, say("save_again")))
            return False
        with self.lock:
            run.model_id = model_id
            seen = state.nimg - state.start_nimg
            run.message = say("in_play", n=f"{seen:,}", seconds=f"{state.seconds:,.0f}")
        self._set(end, run.message)
        return True


def _sentence(error: Exception) -> str:
    """What the user reads when a run ended by an error."""
    if isinstance(error, TganError):
        return str(error)
    if isinstance(error, OSError):
        return not_saved(error)
    is_memory = isinstance(error, MemoryError) or "alloc" in str(error)
    return together(say("memory" if is_memory else "ours"), say("kept"))
