"""One run from its place at the head of the queue to its model: prepare, train, watch, save.

Runs in the thread of Jobs. It calls trainer.train_slice again and again and looks between steps at
what people asked for. Knows one run at a time and nothing of the queue but "do others wait?".
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import torch
from safetensors import SafetensorError

from tgan_demo.contract import Dataset, Watch
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game import health, trainer
from tgan_demo.errors import QuotaError, TganError
from tgan_demo.events import RunFailed, RunFinished, StepDone
from tgan_demo.files import sheets
from tgan_demo.modalities import registry
from tgan_demo.models import upload
from tgan_demo.people.store import Store
from tgan_demo.runs import checkpoint, plan
from tgan_demo.runs.budget import MAX_IMAGES, MAX_SECONDS, images_for
from tgan_demo.runs.record import Run, disk_message
from tgan_demo.runs.request import SCRATCH

logger = logging.getLogger(__name__)

WATCH_S = 2.0  # between two looks at the fixed seeds, at least
WATCH_SHARE = 0.05  # of the time, at most; the promise is 7 % with the curves
SAVE_S = 30.0  # between two checkpoints, at least
SAVE_SHARE = 0.02
PARK_S = 120.0  # a pause may keep others waiting for so long
SLICE_S = 1.0
MEASURE_STEPS = 10
WARM_STEPS = 3
CLIP_QUALITY = 92  # of the live clips, in WebP: no difference that one could see at this size
GAME_COST = 3.0  # of a step of the game, in steps of the warm_start: a first guess
USABLE = 0.93  # of the time is left for steps, beside watching and saving

LoadModel = Callable[[str, str], Model]  # (visitor, model id)


class Runner:
    """Trains one run. `lock` is the condition of Jobs; it is never held during a step."""

    def __init__(
        self,
        run: Run,
        store: Store,
        load_model: LoadModel,
        *,
        lock: threading.Condition,
        others_wait: Callable[[], bool],
        park_s: float = PARK_S,
        save_s: float = SAVE_S,
        watch_s: float = WATCH_S,
    ) -> None:
        self.run, self.store, self.load_model = run, store, load_model
        self.lock, self.others_wait = lock, others_wait
        self.park_s, self.save_s, self.watch_s = park_s, save_s, watch_s
        self.state: trainer.TrainState  # this and the data: from _prepare on
        self.dataset: Dataset
        self.real_diversity: float | None = None
        self.check: Watch | None = None  # of the samples themselves
        self.last_save = self.last_watch = time.perf_counter()
        self.watch_cost = self.save_cost = 0.0
        self.pace: deque[tuple[float, int]] = deque(maxlen=64)  # (clock, nimg) of the latest steps
        self.is_dirty = False  # something is not on disk yet
        self.is_extended = False  # its budget is no longer that of the request
        self.in_warm_start = False  # as far as was told; the game after it is another thing

    def go(self) -> None:
        """All of it. Whatever happens ends in a state of the run and a sentence for the person."""
        try:
            self._set("preparing")
            self._prepare()
            self._set("running")
            self.in_warm_start = self.state.is_warm_start
            self._settle_budget()
            self._train()
        except TganError as error:
            self._set("failed", str(error))
        except (MemoryError, RuntimeError) as error:
            logger.exception("run %s failed", self.run.id)
            is_memory = isinstance(error, MemoryError) or "alloc" in str(error)
            cause = (
                "The memory did not suffice: lower batch size, width, depth or raise patch."
                if is_memory
                else "Something went wrong on our side."
            )
            self._set("failed", f"{cause} The last saved state is kept.")
        except OSError as error:
            logger.exception("run %s failed", self.run.id)
            self._set("failed", disk_message(error))
        except Exception:
            logger.exception("run %s failed", self.run.id)
            self._set("failed", "Something went wrong on our side. The last saved state is kept.")

    def finish_from_disk(self) -> None:
        """Stop a run that is not in memory: its model is made from the last saved state."""
        self._prepare(needs_data=False)
        self._finish("stopped")

    # --- before ---------------------------------------------------------------------------------------

    def _prepare(self, *, needs_data: bool = True) -> None:
        run = self.run
        try:
            dataset = self.store.dataset(run.visitor, run.request.data)
        except TganError:
            if needs_data or not run.can_resume:
                raise
            dataset = None  # deleted meanwhile; what was learned from it is still there
        if run.can_resume:
            self.state = checkpoint.load_state(run.state_dir)
            if dataset is None:
                nothing = self.state.tokenizer.to_items(torch.zeros(1, *self.state.model.shape))
                self.dataset = Dataset("deleted data", nothing, modality=self.state.model.modality)
            else:
                self.dataset = plan.refit(self.state.model, dataset, self.state.tokenizer)
        else:
            start = None
            if run.request.start != SCRATCH:
                start = self.load_model(run.visitor, run.request.start)
            assert dataset is not None
            tokenizer = (
                start.tokenizer if start else registry.tokenizer(dataset.modality).fit(dataset)
            )
            planned = plan.make(run.request, dataset, tokenizer, start)
            self.dataset = planned.dataset
            self.state = trainer.new_state(
                planned.model,
                planned.train,
                tokenizer,
                start=None if start is None else (start.G, start.D),
                start_nimg=0 if start is None else int(start.meta.get("nimg", 0)),
            )
            self.store.require(run.visitor, self._state_bytes())
            with self.lock:
                run.notes, run.seed = planned.notes, planned.train.seed
                run.images_total = 0
        sample = torch.randperm(len(self.dataset), generator=torch.Generator().manual_seed(0))[:64]
        real = self.state.tokenizer.from_items(self.dataset.items[sample.numpy()], self.state.model)
        self.real_diversity = health.diversity(real.numpy())
        self.check = registry.get(self.dataset.modality).plan.watch(self.dataset)

    def _state_bytes(self) -> int:
        """Of a checkpoint: G with two moments and its average, D with two moments, and a model."""
        sizes = [sum(p.numel() for p in net.parameters()) for net in (self.state.G, self.state.D)]
        learned = sum(value.nbytes for value in self.state.tokenizer.tensors().values())
        return 4 * (4 * sizes[0] + 3 * sizes[1]) + 2 * sum(sizes) + 2 * learned

    def _settle_budget(self) -> None:
        """Turn the budget into images, once: schedules run over images. Wants a measured speed."""
        run, state = self.run, self.state
        if run.images_total and not run.further:
            return
        if run.further:
            (budget, unit), done = run.further, state.nimg - state.start_nimg
            self.is_extended = True
        else:
            (budget, unit), done = (run.request.budget, run.request.unit), 0
        if unit == "seconds":  # out of the way while the speed is measured
            state.train = replace(state.train, images=done + MAX_IMAGES)
        speed = run.images_per_s if run.further else 0.0
        speed = speed or USABLE * self._measure(budget if unit == "seconds" else MAX_SECONDS)
        images = images_for(budget, unit, state.train, speed)
        if self.in_warm_start and unit == "seconds":  # what was measured is the warm start
            first = min(images, state.train.warm_start)
            images = first + int((images - first) / GAME_COST)
        images += done
        images = max(images, state.nimg - state.start_nimg)
        state.train = replace(state.train, images=images)
        with self.lock:
            run.images_total, run.further = images, None
            if unit == "images" and images - done < int(budget):
                run.notes += (f"cut to {images:,} samples, what an hour allows",)
        self._save()

    def _settle_game(self) -> None:
        """The warm start is over: a budget in seconds is settled again, at the speed of the game."""
        run, state = self.run, self.state
        self.in_warm_start = False
        run.window.clear()  # of steps in which nobody judged
        if run.request.unit != "seconds" or self.is_extended:
            return
        left_s = max(1.0, run.request.budget - state.seconds / USABLE)
        state.train = replace(state.train, images=MAX_IMAGES)  # out of the way
        speed = USABLE * self._measure(left_s)
        done = state.nimg - state.start_nimg
        left_s = max(0.0, run.request.budget - state.seconds / USABLE)
        images = done + int(left_s * speed)
        state.train = replace(state.train, images=max(state.train.batch_size, images))
        with self.lock:
            run.images_total = state.train.images

    def _measure(self, budget_s: float) -> float:
        """Images a second over some ten steps, after the first ones, which are slow."""
        self._steps(WARM_STEPS, budget_s / 10)
        self._watch()
        begun, nimg = time.perf_counter(), self.state.nimg
        self._steps(MEASURE_STEPS, min(budget_s / 5, 10.0))
        seen = self.state.nimg - nimg
        if not seen:  # the whole budget was smaller than the warming up
            return MAX_IMAGES
        return max(1.0, seen / (time.perf_counter() - begun))

    def _steps(self, steps: int, seconds: float) -> None:
        for event in trainer.train_slice(self.state, self.dataset, steps=steps, seconds=seconds):
            if isinstance(event, StepDone):  # the loop meets any other again and acts on it
                self._stepped(event)
            if self.run.want not in ("run", "pause"):
                return

    # --- the loop -----------------------------------------------------------------------------------

    def _train(self) -> None:
        while True:
            want = self.run.want
            if want == "pause":
                want = self._hold()
            if want in ("delete", "parked"):
                return
            if want == "close":
                self._save()
                self._set(
                    "interrupted",
                    "The server was stopped. Resume goes on from the last saved state.",
                )
                return
            if self.run.further and want == "run":
                self._settle_budget()
            elif self.in_warm_start and not self.state.is_warm_start and want == "run":
                self._settle_game()
            end = "stopped" if want == "stop" else self._slice()
            if end == "failed":
                return
            if end and self._finish(end):
                return

    def _slice(self) -> str:
        """Train until something is due. "done" or "failed" ends the run; "" goes on."""
        for event in trainer.train_slice(self.state, self.dataset, seconds=SLICE_S):
            if isinstance(event, RunFinished):
                return "done"
            if isinstance(event, RunFailed):
                self._failed(event)
                return "failed"
            self._stepped(event)
            if self.in_warm_start and not self.state.is_warm_start:
                break
            now = time.perf_counter()
            if now - self.last_watch > max(self.watch_s, self.watch_cost / WATCH_SHARE):
                self._watch()
            if now - self.last_save > max(self.save_s, self.save_cost / SAVE_SHARE):
                self._save()
            if self.run.want != "run":
                break
        return ""

    def _hold(self) -> str:
        """Paused: single steps on demand, until something else is wanted or others have waited enough."""
        run = self.run
        self._watch()
        self._save()
        self._set("paused")
        run.paused_at = time.time()
        while True:
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
        self.pace.clear()
        self.last_watch = self.last_save = time.perf_counter()
        if run.want == "run":
            self._set("running")
        return run.want

    def _single(self, players: str) -> bool:
        for event in trainer.train_slice(self.state, self.dataset, steps=1, players=players):
            if isinstance(event, RunFailed):
                self._failed(event)
                return False
            if isinstance(event, RunFinished):
                with self.lock:
                    self.run.message = (
                        "The budget is used up: press Resume to finish, or give a further one."
                    )
            else:
                self._stepped(event, players)
        self._watch()
        return True

    def _park(self) -> str:
        """Make room for those who wait; Resume puts the run back in the queue."""
        if self.is_dirty and not self._save():
            kept = (
                "The last saved state is kept."
                if self.run.can_resume
                else "Nothing of it was saved."
            )
            self._set("interrupted", f"Others waited and this run could not be saved. {kept}")
            return "parked"
        self._set("paused", "Parked, since others wait; Resume puts it back in the queue.")
        return "parked"

    # --- after --------------------------------------------------------------------------------------

    def _finish(self, end: str) -> bool:
        """Save the state and the model. False: they could not be saved and the run waits, paused."""
        run, state = self.run, self.state
        self._watch()
        is_saved = self._save()
        message, model_id = run.message, run.model_id
        if is_saved:
            try:
                model_id = self._save_model()
            except (OSError, SafetensorError, QuotaError) as error:
                logger.warning("model of run %s not saved: %s", run.id, error)
                is_saved, message = False, disk_message(error)
        if not is_saved:
            with self.lock:
                run.want = "pause" if run.want in ("run", "stop") else run.want
            self._set("paused", f"{message} Then press Resume or Stop to save again.")
            return False
        with self.lock:
            run.model_id = model_id
            seen = state.nimg - state.start_nimg
            run.message = f"The model is in Play: {seen:,} samples seen in {state.seconds:,.0f} s."
        self._set(end, run.message)
        return True

    def _save_model(self) -> str:
        run, state = self.run, self.state
        with self.store.scratch() as folder:
            upload.write_model(
                folder,
                G=state.ema,
                D=state.D,
                model=state.model,
                tokenizer=state.tokenizer,
                encoder=state.encoder,
                train=state.train,
                dataset=self.dataset,
                title=run.title,
                nimg=state.nimg,
                seconds=state.seconds,
                start=run.request.start,
            )
            return self.store.add_model_folder(run.visitor, folder, instead_of=run.model_id)

    def _failed(self, event: RunFailed) -> None:
        nets = (self.state.G, self.state.D)
        if all(torch.isfinite(p).all() for net in nets for p in net.parameters()):
            self._save()  # the step that went wrong changed nothing: this is the last good state
        verdict = health.Health("bad", "nan", event.cause)
        with self.lock:
            self.run.health = verdict
        self._set("failed", f"Step {event.step}: {event.cause}")

    # --- reports ------------------------------------------------------------------------------------

    def _stepped(self, event: StepDone, players: str = "both") -> None:
        now = time.perf_counter()
        self.pace.append((now, event.nimg))
        self.is_dirty = True
        with self.lock:
            self.run.stepped(event, self.state.start_nimg, players)
            if len(self.pace) > 1 and players == "both":
                (then, nimg) = self.pace[0]
                self.run.images_per_s = (event.nimg - nimg) / max(1e-9, now - then)

    def _watch(self) -> None:
        begun = time.perf_counter()
        state, run = self.state, self.run
        samples, attention = trainer.watch(state)
        items = state.tokenizer.to_items(torch.from_numpy(samples.signal_B))
        grid = state.tokenizer.tokens(state.model).grid
        words = None
        if state.model.route == "latent":  # its tokens are no words: they are shown apart
            words = state.tokenizer.pieces(str(items[0]), state.model)
            picture = sheets.any_sheet(items, 4)
        elif sheets.is_text(items):
            pieces = [state.tokenizer.pieces(text, state.model) for text in items]
            picture = sheets.cell_sheet(pieces, grid, 4)
        elif sheets.is_sound(items):
            picture = sheets.sound_sheet(items, 4)
        elif sheets.is_clip(items):  # as many bytes as a page can take every two seconds
            picture = sheets.clip_sheet(items, 4, quality=CLIP_QUALITY)
        else:
            picture = sheets.any_sheet(items, 4)
        verdict = health.judge(
            run.window,
            loss=state.train.loss,
            diversity=health.diversity(samples.signal_B),
            real_diversity=self.real_diversity,
        )
        played = state.nimg - state.start_nimg - state.train.warm_start
        if state.is_warm_start and verdict.key != "nan":
            verdict = health.warm_start()
        elif (
            verdict.key == "d_dead"
            and state.train.warm_start
            and played < health.COLLAPSE_SURE_NIMG
        ):
            verdict = health.judge(())  # D begins to learn when G is good already
        seen = state.nimg - state.start_nimg
        alarm = self.check(items, seen) if self.check is not None else None
        if alarm is not None and verdict.level != "bad":
            verdict = alarm
        with self.lock:
            run.watched(picture, attention.weights_LHNN, grid, words)
            run.health = verdict
        self.last_watch = time.perf_counter()
        self.watch_cost += 0.5 * (self.last_watch - begun - self.watch_cost)

    def _save(self) -> bool:
        """Checkpoint. A failure is told in the message; the last one on disk stays."""
        begun, run = time.perf_counter(), self.run
        try:
            known = run.state_dir / "state.safetensors"
            had = known.stat().st_size if known.is_file() else 0
            self.store.require(run.visitor, max(0, self._state_bytes() - had))
            checkpoint.save_state(self.state, run.state_dir)
            is_saved = True
        except (OSError, SafetensorError, QuotaError) as error:
            is_saved = False
            logger.warning("run %s not saved: %s", run.id, error)
            with self.lock:
                run.message = disk_message(error)
        with self.lock:
            if is_saved:
                self.is_dirty = False
                if run.message.startswith("Not saved"):
                    run.message = ""
            if run.want != "delete":
                run.save()
        self.last_save = time.perf_counter()
        self.save_cost = self.last_save - begun
        return is_saved

    def _set(self, state: str, message: str | None = None) -> None:
        with self.lock:
            self.run.state = state
            if message is not None:
                self.run.message = message
            if self.run.want != "delete":
                self.run.save()
            self.lock.notify_all()
