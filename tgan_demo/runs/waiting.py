"""The queue of runs: who trains, who waits, for how long, and how many may.

Knows the records of runs, not threads: whoever calls holds the lock of Jobs.
"""

import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tgan_demo.errors import QuotaError
from tgan_demo.people.store import Store
from tgan_demo.runs.record import RECORD, Run

logger = logging.getLogger(__name__)

MAX_QUEUE = 50  # runs of all visitors
MAX_WAITING = 3  # live runs of one visitor


@dataclass(frozen=True, slots=True)
class Figures:
    """What a host may know of the runs on its server."""

    states: Mapping[str, int]  # one of record.STATES -> runs in it
    waiting: int  # in the queue
    samples_per_s: float  # of the run that trains; 0: none does


class Waiting:
    """Runs that wait in `queue`, the next first, and the one that trains in `current`."""

    def __init__(self, park_s: float) -> None:
        self.queue: deque[Run] = deque()
        self.current: Run | None = None
        self.park_s = park_s

    def __contains__(self, run: Run) -> bool:
        return run is self.current or run in self.queue

    def leave(self, run: Run) -> None:
        """A run that does not want its turn any more."""
        if run in self.queue:
            self.queue.remove(run)

    def check(self, visitor: str) -> None:
        """Whether one more has room. Raises QuotaError."""
        busy = [*self.queue, *([self.current] if self.current else [])]
        if len(busy) >= MAX_QUEUE:
            raise QuotaError(
                f"{len(busy)} runs wait already, at most {MAX_QUEUE} do; try again later"
            )
        if sum(run.visitor == visitor for run in busy) >= MAX_WAITING:
            raise QuotaError(
                f"you have {MAX_WAITING} runs going or waiting, which is the most; stop one of them first"
            )

    def place(self, run: Run) -> tuple[int, float]:
        """Place in the queue, 1 the next, 0 not waiting; and seconds until its turn."""
        if run not in self.queue:
            return 0, 0.0
        index = self.queue.index(run)
        wait_s = sum(other.expected_s() for other in list(self.queue)[:index])
        if self.current is not None:
            needs = self.current.expected_s()
            if self.current.state == "paused":
                needs = max(0.0, self.park_s - (time.time() - self.current.paused_at))
            wait_s += needs
        return index + 1, wait_s


def stored_runs(store: Store, visitor: str) -> dict[str, Run]:
    """A visitor's runs by id, as they are on disk; what was live is interrupted. A folder without a record is
    what a kill left of a branch that was copying its beginning, and goes.
    """
    runs: dict[str, Run] = {}
    for run_id in store.runs(visitor):
        folder = store.folder(visitor, run_id)
        try:
            if not (folder / RECORD).exists():
                store.delete(visitor, run_id)
                continue
            run = Run.load(visitor, run_id, folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("run %s cannot be read: %s", folder, error)
            continue
        runs[run_id] = run
        if run.state == "interrupted":
            run.save()
    return runs
