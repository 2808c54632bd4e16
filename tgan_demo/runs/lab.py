"""Labs: tiny runs that are watched while they learn, one for each visitor. Nothing of one is kept on disk.

All share one thread, which trains those that run by turns, for as long as somebody looks: thirty people
share the cores, and a page that was closed costs nothing. What a modality shows of a run is in its file
`plane`.
"""

import contextlib
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from tgan_demo import config
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import state as states
from tgan_demo.engine.game import trainer
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.events import RunFailed, StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import plan
from tgan_demo.runs.request import RunRequest
from tgan_demo.said import say, words_of

logger = logging.getLogger(__name__)

TURN_S = 0.03  # of training, between two looks
UNWATCHED_S = 12.0  # a lab that nobody has looked at for so long waits
MOST = 64  # labs in memory; the one that was looked at longest ago goes
COUNT_S = 1.0  # between two counts of modes
POINTS = 240  # of a curve; then every second one goes
CURVES = ("loss_d", "loss_g", "right")
KNOBS = (
    "loss", "penalty", "r1_gamma", "r2_gamma", "gp_weight", "lr_g", "lr_d", "d_steps", "batch_size",
)  # fmt: skip
WITHOUT_END = {"images": 10**9, "lr_end": 1.0, "gamma_end": 1.0}


def check_knobs(settings: Mapping[str, object]) -> None:
    """Raises ConfigError: one of the settings is none of KNOBS."""
    for key in settings:
        if key not in KNOBS:
            raise ConfigError(say("lab_knob", name=repr(str(key)[:40]), known=", ".join(KNOBS)))


class Lab:
    """One tiny run. Safe to use from many threads; whoever asks waits for a turn's end at most."""

    def __init__(
        self, dataset: Dataset, data_id: str, settings: Mapping[str, object], seed: int
    ) -> None:
        self.data_id, self.seed = data_id, seed
        self.plane = registry.get(dataset.modality).plane
        self.asked = dict(settings)
        self.state, planned = plan.begin(self._request(settings), dataset)
        self.state.train = replace(self.state.train, **WITHOUT_END)
        usual = plan.make(self._request({}), dataset, self.state.tokenizer).train
        self.usual = {key: getattr(usual, key) for key in KNOBS}  # what no preset has changed
        self.dataset = planned.dataset
        self.scene = self.plane.scene(self.state, self.dataset, data_id)
        self.lock = threading.RLock()
        self.is_running, self.failed = False, ""
        self.seen_at = time.monotonic()
        self.speed = 0.0  # steps a second of the last turns
        self.last: StepDone | None = None
        self._steps: Iterator[Any] | None = None
        self._pace: deque[tuple[float, int]] = deque(maxlen=40)  # clock, step
        self._covered: tuple[float, int, list[int] | None] = (-COUNT_S, -1, None)
        self._curves: list[list[float]] = []  # rows of step and CURVES
        self._stride = 1

    def _request(self, settings: Mapping[str, object]) -> RunRequest:
        train = {"seed": self.seed, **self.plane.QUICK, **settings}
        return RunRequest(data=self.data_id, train_settings=train, budget=1000, unit="images")

    # --- what is asked of it

    def run(self, is_on: bool) -> None:
        with self.lock:
            if self.failed and is_on:
                raise ConfigError(self.failed)
            self.is_running = is_on
            self._pace.clear()

    def set(self, settings: Mapping[str, object]) -> None:
        """Change KNOBS of the run. Raises ConfigError: one cannot be so; then none is changed."""
        check_knobs(settings)
        with self.lock:
            asked = self.asked | dict(settings)
            _, checked = plan.settle(self._request(asked))
            values = {key: getattr(checked, key) for key in settings}
            self.asked = asked
            states.give(self.state, config.merge(self.state.train, values))
            self._steps = None

    def step(self, players: str = "both") -> None:
        """One step of "d", "g" or "both"; a lab that runs is paused first."""
        if players not in ("both", "d", "g"):
            raise ConfigError(say("players", got=repr(str(players)[:20])))
        with self.lock:
            self.run(False)
            if self.failed:
                raise ConfigError(self.failed)
            self._take(
                next(trainer.train_slice(self.state, self.dataset, steps=1, players=players))
            )

    def turn(self, seconds: float = TURN_S) -> None:
        """Train for so long, one step at least."""
        with self.lock:
            end = time.monotonic() + seconds
            while self.is_running:
                if self._steps is None:
                    self._steps = trainer.train_slice(self.state, self.dataset)
                self._take(next(self._steps))
                if time.monotonic() >= end:
                    break
            self._pace.append((time.monotonic(), self.state.step))

    def _take(self, event: Any) -> None:
        if isinstance(event, RunFailed):
            self.is_running, self.failed = False, event.cause
            return
        assert isinstance(event, StepDone)  # it has no end
        self.last = event
        if event.step % self._stride == 0:
            self._curves.append([event.step, event.loss_d, event.loss_g, event.d_accuracy])
        if len(self._curves) > POINTS:
            self._curves, self._stride = self._curves[::2], 2 * self._stride

    # --- what is shown of it

    def look(self, *, whole: bool = False) -> dict[str, Any]:
        """JSON-able. `whole`: also what does not change."""
        with self.lock:
            self.seen_at = time.monotonic()
            told = {} if self.failed else self.plane.look(self.state, self.scene)
            told |= {
                "data": self.data_id,
                "seed": self.seed,
                "step": self.state.step,
                "nimg": self.state.nimg,
                "running": self.is_running,
                "failed": self.failed,
                "speed": self._speed(),
                "covered": self._count(),
                "grad_g": self.last.grad_g if self.last else None,
                "grad_d": self.last.grad_d if self.last else None,
                "settings": {key: getattr(self.state.train, key) for key in KNOBS},
                "curves": [
                    [float(f"{row[i]:.4g}") for row in self._curves] for i in range(1 + len(CURVES))
                ],
            }
            return told | (self.plane.frame(self.state, self.scene) if whole else {})

    def _speed(self) -> float:
        """Steps a second, over the last turns."""
        if not self.is_running or len(self._pace) < 2:
            return 0.0
        (begun, first), (now, last) = self._pace[0], self._pace[-1]
        return round((last - first) / max(1e-6, now - begun), 1)

    def _count(self) -> list[int] | None:
        """Modes covered, counted at most once in COUNT_S while it runs."""
        at, step, found = self._covered
        is_due = not self.is_running or time.monotonic() - at >= COUNT_S
        if not self.failed and is_due and step != self.state.step:
            found = self.plane.covered(self.state, self.scene)
            self._covered = (time.monotonic(), self.state.step, found)
        return found


class Labs:
    """All labs of a server and the one thread that trains them.

    Args:
        dataset: (visitor, id) -> its data; raises NotFoundError.
        aside: what each turn is done within.
    """

    def __init__(
        self,
        dataset: Callable[[str | None, str], Dataset],
        aside: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._dataset, self._aside = dataset, aside
        self._labs: OrderedDict[str, Lab] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def of(self, visitor: str) -> Lab | None:
        """The visitor's lab, if there is one."""
        with self._changed:
            return self._labs.get(visitor)

    def begin(
        self,
        visitor: str,
        data_id: str,
        settings: Mapping[str, object] | None = None,
        seed: int = 0,
    ) -> Lab:
        """A new lab in place of the visitor's old one. Raises TganError: what is asked for cannot be."""
        dataset = self._dataset(visitor, data_id)
        if not registry.get(dataset.modality).has("plane"):
            raise ConfigError(say("lab_plane", name=repr(dataset.name)))
        check_knobs(settings or {})
        lab = Lab(dataset, data_id, settings or {}, seed)
        with self._changed:
            old = self._labs.pop(visitor, None)
            if old is not None:
                old.run(False)
            self._labs[visitor] = lab
            while len(self._labs) > MOST:
                oldest = min(self._labs, key=lambda key: self._labs[key].seen_at)
                self._labs.pop(oldest).run(False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="lab", daemon=True)
                self._thread.start()
        return lab

    def wake(self) -> None:
        """A lab was started or looked at."""
        with self._changed:
            self._changed.notify_all()

    @property
    def is_training(self) -> bool:
        """Whether a lab keeps a core at work."""
        with self._changed:
            return bool(self._live())

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(5)

    def _live(self) -> list[Lab]:
        now = time.monotonic()
        return [
            lab for lab in self._labs.values() if lab.is_running and now - lab.seen_at < UNWATCHED_S
        ]

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closing and not self._live():
                    self._changed.wait()
                if self._closing:
                    return
                live = self._live()
            for lab in live:
                try:
                    with self._aside():
                        lab.turn()
                except TganError as error:
                    lab.is_running, lab.failed = False, words_of(error)
                except Exception:  # the last resort: the others must go on
                    logger.exception("a lab ended in an unforeseen way")
                    lab.is_running, lab.failed = False, say("lab_broke")
