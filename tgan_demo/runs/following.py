"""What all who look at one visitor's runs are told, asked for once for all of them.

Thirty pages that follow a run ask thirty times a second; what they see changes with its steps, a few times
a second, and takes longer to write down than to send.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KEPT_S = 0.45  # less than a page waits between two looks

Status = dict[str, Any]  # as Jobs.status


@dataclass(slots=True)
class Followed:
    """The runs of a visitor at one moment. Statuses are asked for when somebody wants them."""

    rows: list[Status]
    active: str | None
    ask: Callable[[str], Status]  # run -> its status, with its picture; raises NotFoundError
    at: float = field(default_factory=time.monotonic)
    _statuses: dict[str, Status] = field(default_factory=dict)
    _written: dict[tuple[str, bool], Any] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock)

    def status(self, run: str) -> Status:
        with self._lock:
            if run not in self._statuses:
                self._statuses[run] = self.ask(run)
            return self._statuses[run]

    def written(self, run: str, since: int, write: Callable[[Status], Any]) -> Any:
        """The status as `write` makes it; `since` is the frame_id that the page has, as for Jobs.status."""
        with self._lock:
            status = self.status(run)
            is_new = status["frame_id"] > since
            if (run, is_new) not in self._written:
                left = {} if is_new else {"frame": None, "attention": None}
                self._written[run, is_new] = write(status | left)
            return self._written[run, is_new]


class Following:
    """Keeps for KEPT_S what was told. Safe to use from many threads."""

    def __init__(self, look: Callable[[str], Followed]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._known: dict[str, Followed] = {}

    def of(self, visitor: str, *, fresh: bool = False) -> Followed:
        """Now, or lately unless it is to be `fresh`. Raises NotFoundError: nobody of that id is known."""
        with self._lock:
            known = self._known.get(visitor)
            if known is not None and not fresh and time.monotonic() - known.at < KEPT_S:
                return known
            now = self._look(visitor)
            lately = {key: one for key, one in self._known.items() if now.at - one.at < KEPT_S}
            self._known = lately | {visitor: now}
            return now
