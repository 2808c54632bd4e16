"""Training runs as jobs that the server owns: they outlive the page that started them.

One run trains at a time on the whole server, the others wait in a queue that tells its place. What a
person asks for (pause, step, stop) is written into the Run and read by the training thread between
two steps. A run that was live when the server went is "interrupted" and can be resumed from disk.

Every public method takes the visitor first: nobody reaches another's run, by no id. What may be seen of runs is
in register.py.
"""

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.files.disk import MIB, clean_title
from tgan_demo.people.store import Store
from tgan_demo.runs import changing, moments, plan, slices
from tgan_demo.runs.budget import check_budget
from tgan_demo.runs.changes import Asked
from tgan_demo.runs.drive import SAVE_S
from tgan_demo.runs.loan import Loan
from tgan_demo.runs.record import LIVE, Run
from tgan_demo.runs.register import Register
from tgan_demo.runs.request import SCRATCH, RunRequest
from tgan_demo.runs.runner import PARK_S, LoadModel, Runner
from tgan_demo.runs.watching import WATCH_S
from tgan_demo.said import say

logger = logging.getLogger(__name__)

MAX_STEPS_ASKED = 20
CLOSE_S = 60.0  # a large model's step and its save, on a slow disk
PREPARING_S = 2.0
NICE = 15  # the training thread gives way to people who look at pictures


class Jobs(Register):
    """The queue and its one training thread.

    Args:
        load_model: (model id, visitor) -> Model, raising NotFoundError.
        park_s: how long a pause may keep others waiting.
        save_s, watch_s: least time between two checkpoints, between two looks at the fixed seeds.
        aside: what each training step is done within.
        on_gpu: a slice on a GPU that can be lent; None where none can.
    """

    def __init__(
        self,
        store: Store,
        load_model: LoadModel,
        *,
        park_s: float = PARK_S,
        save_s: float = SAVE_S,
        watch_s: float = WATCH_S,
        aside: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
        on_gpu: slices.Slice | None = None,
    ) -> None:
        super().__init__(store, park_s, on_gpu)
        self.load_model, self._aside = load_model, aside
        self._times = {"park_s": park_s, "save_s": save_s, "watch_s": watch_s}
        self._thread: threading.Thread | None = None
        self._closing = False

    # --- asking ---------------------------------------------------------------------------------------

    def start(self, visitor: str, request: RunRequest, *, is_exact: bool = False) -> str:
        """Queue a run; its id. It begins at once when no other trains.

        Args:
            is_exact: settings that would be changed to meet the data are refused.

        Raises:
            ConfigError, NotFoundError: a setting, the data or the start model is not right.
            QuotaError: the visitor's disk or share of the queue is full.
        """
        self.store.require(visitor, MIB)
        plan.settle(request)
        info = next((i for i in self.store.datasets(visitor) if i.id == request.data), None)
        # a set that is not in the menu is refused with what is
        modality = (info or self.store.dataset(visitor, request.data)).modality
        model = self.load_model(request.start, visitor) if request.start != SCRATCH else None
        if is_exact:
            plan.check_fit(request, modality, model)
        with self._lock:
            self._meet(visitor)
            self._waiting.check(visitor)
            run_id = self.store.new_run(visitor)
            what = info.title if info is not None and info.own else request.data.replace("_", " ")
            title = clean_title(request.title, f"{what} {request.preset}".strip())
            run = Run(run_id, visitor, self.store.folder(visitor, run_id), request, title)
            run.seed = plan.settle(request)[1].seed
            run.modality = modality
            moments.branch(self.store, run)
            self._runs[run_id] = run
            self._enqueue(run)
        return run_id

    def pause(self, visitor: str, run_id: str) -> None:
        with self._lock:
            run = self._live(visitor, run_id, "paused")
            run.want = "pause"
            self._lock.notify_all()

    def resume(
        self,
        visitor: str,
        run_id: str,
        budget: float | None = None,
        unit: str = "seconds",
    ) -> None:
        """Go on: after a pause, a stop, an interruption, a failure; a done run wants a further budget
        (its old one again when none is given)."""
        if budget is not None:
            budget = check_budget(budget, unit)
        with self._lock:
            run = self._get(visitor, run_id)
            if run.is_final:
                raise ConfigError(
                    "what this run would go on from was dropped; start a new run from its model"
                )
            is_used_up = run.images_total and run.nimg >= run.images_total
            if budget is not None:
                run.further = (budget, unit)
            elif run.state == "done" or (is_used_up and run.state == "stopped"):
                run.further = (run.request.budget, run.request.unit)
            if run in self._waiting:
                if run.state not in LIVE:
                    run.want, run.again = "run", True
                elif run.want == "pause":
                    run.want = "run"
                self._lock.notify_all()
                return
            if run.state == "preparing":  # being stopped in another thread
                return
            self._waiting.check(visitor)
            run.want = "run"
            run.message = ""
            self._enqueue(run)

    def step(self, visitor: str, run_id: str, players: str = "both") -> None:
        """One step of "d", "g" or "both" of a paused run."""
        if players not in ("both", "d", "g"):
            raise ConfigError(say("players", got=repr(str(players)[:20])))
        with self._lock:
            run = self._get(visitor, run_id)
            if run.want != "pause" or run.state not in LIVE:
                raise ConfigError("single steps are for a paused run: press Pause first")
            if len(run.steps_asked) < MAX_STEPS_ASKED:
                run.steps_asked.append(players)
            if run not in self._waiting:  # it was parked
                self._waiting.check(visitor)
                self._enqueue(run)
            self._lock.notify_all()

    def remedy(self, visitor: str, run_id: str, key: str) -> None:
        """Change the settings of a run against one of its findings (Health.remedy says how), between two of
        its steps; a run that failed goes on with them.

        Raises:
            ConfigError: nothing of that key is wrong now, nothing helps against it, or the run has ended.
        """
        with self._lock:
            run = self._get(visitor, run_id)
            if not any(finding.key == key and finding.remedy for finding in run.findings):
                raise ConfigError("there is nothing to change against that any more")
            if run.has_ended:
                raise ConfigError(f"this run is {run.state}; start another with other settings")
            if not any(asked.key == key for asked in run.asked):  # a second click asks for no more
                run.asked.append(Asked(key, {}))
            if run.state not in LIVE:
                self.resume(visitor, run_id)
            self._lock.notify_all()

    def change(
        self,
        visitor: str,
        run_id: str,
        settings: Mapping[str, object] | None = None,
        *,
        seen: int | None = None,
        budget: float | None = None,
        unit: str = "seconds",
    ) -> None:
        """Change settings of a run that trains or is paused, between two of its steps, or give it a further
        budget from here; with neither, undo its newest change that has not been undone.

        Args:
            seen: how many changes the asker knows of; None: they do not matter.

        Raises:
            ConfigError: a setting is not right or cannot be changed, the run has not begun or has ended, or
                others changed it meanwhile. The run goes on as it was.
        """
        with self._lock:
            run = self._get(visitor, run_id)
            asked = changing.ask(run, settings, seen, budget, unit)
            if run not in self._waiting:  # it was parked
                self._waiting.check(visitor)
                self._enqueue(run)
            run.asked.append(asked)
            self._lock.notify_all()

    def lend(self, visitor: str, run_id: str) -> Loan:
        """A lent GPU for some seconds to a run that trains, on the quota of the request that this is called
        in. The loan's `over` is set when it has ended; the run goes on on the CPU.

        Raises:
            ConfigError: there is no GPU to lend, or the run cannot use one now.
        """
        with self._lock:
            run = self._get(visitor, run_id)
            if self._on_gpu is None:
                raise ConfigError("this server lends no GPU; the run goes on on the CPU")
            if run.loan is not None:
                raise ConfigError("this run has the GPU already")
            if not run.gpu_s:
                raise ConfigError("the GPU is for a run that trains now; wait until it does")
            run.loan = Loan(run.gpu_s)
            return run.loan

    def stop(self, visitor: str, run_id: str) -> None:
        """End a run; what it has learned becomes a model of the visitor."""
        with self._lock:
            run = self._get(visitor, run_id)
            if run is self._waiting.current:
                run.want = "stop"
                self._lock.notify_all()
                return
            self._waiting.leave(run)
            if run.state in ("done", "stopped"):
                return
            if not run.can_resume:
                run.state, run.message = "stopped", say("untrained")
                run.save()
                return
            run.state = "preparing"
        runner = self._runner(run)
        try:
            runner.finish_from_disk()
        except Exception:
            with self._lock:
                run.state = "interrupted"
            raise

    def delete(self, visitor: str, run_id: str) -> None:
        """Forget a run and its files. Its model, once saved, stays."""
        with self._lock:
            run = self._get(visitor, run_id)
            del self._runs[run_id]
            run.want = "delete"
            self._waiting.leave(run)
            if run is not self._waiting.current:  # else the thread does it on leaving
                self.store.delete(visitor, run_id)
            self._lock.notify_all()

    def drop_rest(self, visitor: str, run_id: str) -> int:
        """Keep an ended run's model, curves and pictures; drop what it would go on from. Bytes freed.

        Raises:
            ConfigError: it has not ended, or has no model.
        """
        with self._lock:
            run = self._get(visitor, run_id)
            self._forget_model(run)
            if not run.has_ended:
                raise ConfigError(f"a run that is {run.state} needs all it has; stop it first")
            if run.model_id is None:
                raise ConfigError("this run's model was deleted; delete the run instead")
            freed = run.rest_bytes
            if freed:
                self.store.drop(visitor, run_id, run.state_dir.name)
                run.moments.forget()
                run.message = say("final")
                run.save()
            return freed

    def rename(self, visitor: str, run_id: str, title: str) -> None:
        with self._lock:
            run = self._get(visitor, run_id)
            run.title = clean_title(title, run.title)
            if run.model_id:
                with contextlib.suppress(NotFoundError):
                    self.store.rename(visitor, run.model_id, run.title)
            run.save()

    @property
    def is_training(self) -> bool:
        """Whether a run keeps the cores at work."""
        current = self._waiting.current
        return current is not None and current.state != "paused"

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Save the run in hand and stop the thread; runs that were live come back "interrupted"."""
        with self._lock:
            self._closing = True
            run, thread = self._waiting.current, self._thread
            if run is not None and run.want != "delete":
                run.want = "close"
            self._lock.notify_all()
        if thread is not None:
            # a run that is being prepared has learned nothing since it was saved, if it ever was
            is_early = run is not None and run.state == "preparing"
            thread.join(PREPARING_S if is_early else timeout_s)
            if thread.is_alive() and not is_early:
                logger.warning("the run in hand could not be saved within %.0f s", timeout_s)

    # --- the thread -------------------------------------------------------------------------------------

    def _work(self) -> None:
        if sys.platform == "linux":  # there, niceness is of a thread; its torch threads inherit it
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while True:
            with self._lock:
                while not self._waiting.queue and not self._closing:
                    self._lock.wait()
                if self._closing:
                    return
                run = self._waiting.current = self._waiting.queue.popleft()
            try:
                self._runner(run).go()
            except Exception:  # the last resort: the queue must go on
                logger.exception("run %s ended in an unforeseen way", run.id)
                run.state = "failed"
            with self._lock:
                self._waiting.current = None
                if run.want == "delete":
                    with contextlib.suppress(NotFoundError, OSError):
                        self.store.delete(run.visitor, run.id)
                elif run.again or (
                    run.state == "paused" and (run.steps_asked or run.want == "run")
                ):
                    run.again = False
                    self._enqueue(run)  # asked for while the thread was leaving it
                self._lock.notify_all()

    def _runner(self, run: Run) -> Runner:
        return Runner(
            run,
            self.store,
            self.load_model,
            lock=self._lock,
            others_wait=lambda: bool(self._waiting.queue),
            aside=self._aside,
            on_gpu=self._on_gpu,
            **self._times,
        )

    def _enqueue(self, run: Run) -> None:
        run.state = "queued"
        run.save()
        self._waiting.queue.append(run)
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="training", daemon=True)
            self._thread.start()
        self._lock.notify_all()
