"""The runs of all visitors, by who has which: what may be seen of them, each by its own visitor alone.

Knows records and the queue's places, not the thread that trains.
"""

import threading
from collections import Counter
from functools import partial
from typing import Any

from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.people.store import Store
from tgan_demo.runs import slices
from tgan_demo.runs.following import Followed, Following
from tgan_demo.runs.record import LIVE, Run
from tgan_demo.runs.waiting import Figures, Waiting, stored_runs


class Register:
    """What Jobs knows of runs. Every public method takes the visitor first, as those of Jobs do."""

    def __init__(self, store: Store, park_s: float, on_gpu: slices.Slice | None) -> None:
        self.store, self._on_gpu = store, on_gpu
        self._lock = threading.Condition(threading.RLock())
        self._runs: dict[str, Run] = {}
        self._met: set[str] = set()  # visitors whose runs were read from disk
        for visitor in store.visitors():
            self._read(visitor)
        self._waiting = Waiting(park_s)
        self.following = Following(self._followed)

    def status(self, visitor: str, run_id: str, since: int = 0) -> dict[str, Any]:
        """A JSON-able snapshot. `since`: the frame_id that the page has; older pictures are left out. Where a
        GPU can be lent, also what `Run.gpu_offer` says.
        """
        with self._lock:
            run = self._get(visitor, run_id)
            self._forget_model(run)
            status = run.snapshot(since, *self._waiting.place(run))
            if self._on_gpu is not None:
                status |= run.gpu_offer()
            return status

    def record(self, visitor: str, run_id: str) -> Run:
        """A run itself, to be read: what a page or a file is made of. Raises NotFoundError."""
        with self._lock:
            return self._get(visitor, run_id)

    def frame(self, visitor: str, run_id: str, index: int) -> dict[str, Any]:
        """One picture of the history: {"index", "nimg", "frame": data URL, "count"}."""
        with self._lock:
            return self._get(visitor, run_id).frame(index)

    def runs(self, visitor: str) -> list[dict[str, Any]]:
        """The visitor's runs, newest first: id, title, state, progress and how to go on."""
        with self._lock:
            return [run.row(*self._waiting.place(run)) for run in self.records(visitor)]

    def records(self, visitor: str) -> list[Run]:
        """The visitor's runs themselves, newest first, to be read."""
        with self._lock:
            self._meet(visitor)
            mine = [run for run in self._runs.values() if run.visitor == visitor]
            for run in mine:
                self._forget_model(run)
            return sorted(mine, key=lambda run: run.created, reverse=True)

    def active(self, visitor: str) -> str | None:
        """The visitor's run that a page should show: the training one, else the newest live one."""
        with self._lock:
            self._meet(visitor)
            live = [r for r in self._runs.values() if r.visitor == visitor and r.state in LIVE]
            current = self._waiting.current
            if current is not None and any(run is current for run in live):
                return current.id  # one that has ended is not live while the thread is leaving it
            return max(live, key=lambda run: run.created).id if live else None

    def figures(self) -> Figures:
        """Of all visitors' runs together, without saying whose they are."""
        with self._lock:
            states = Counter(run.state for run in self._runs.values())
            current = self._waiting.current
            is_running = current is not None and current.state == "running"
            speed = current.images_per_s if current is not None and is_running else 0.0
            return Figures(states, len(self._waiting.queue), speed)

    def rest_bytes(self, visitor: str, run_id: str) -> int:
        """What `drop_rest` would free; 0: nothing, or not yet."""
        with self._lock:
            run = self._get(visitor, run_id)
            self._forget_model(run)
            return run.rest_bytes if run.has_ended and run.model_id is not None else 0

    # --- finding them

    def _followed(self, visitor: str) -> Followed:
        with self._lock:
            rows, active = self.runs(visitor), self.active(visitor)
        return Followed(rows, active, partial(self.status, visitor))

    def _meet(self, visitor: str) -> None:
        """Know the runs of a visitor who comes for the first time: the data directory may have been
        missing when the server started. Raises NotFoundError: nobody of that id is known.
        """
        self.store.check(visitor)
        if visitor not in self._met:
            self._read(visitor)

    def _read(self, visitor: str) -> None:
        self._met.add(visitor)
        self._runs = stored_runs(self.store, visitor) | self._runs

    def _get(self, visitor: str, run_id: str) -> Run:
        self._meet(visitor)
        run = self._runs.get(str(run_id))
        if run is None or run.visitor != visitor:
            raise NotFoundError(f"you have no run {str(run_id)[:40]!r}; it may have been deleted")
        return run

    def _live(self, visitor: str, run_id: str, wanted: str) -> Run:
        run = self._get(visitor, run_id)
        if run.state not in LIVE:
            raise ConfigError(f"a run that is {run.state} cannot be {wanted}; press Resume first")
        return run

    def _forget_model(self, run: Run) -> None:
        if run.model_id is not None:
            try:
                self.store.folder(run.visitor, run.model_id)
            except NotFoundError:
                run.model_id = None
