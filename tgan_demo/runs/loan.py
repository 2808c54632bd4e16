"""One loan of a GPU to a run: for how long, on whose request, and how it ended.

The platform takes the quota from the request that asks, which the training thread has none of. So a loan
keeps the context of the event that asked for it, and what uses the GPU is run within that.
"""

import contextvars
import math
import threading
from collections.abc import Iterator
from typing import TypeVar

R = TypeVar("R")
FIRST_S, MOST_S, LEAST_S = 15, 30, 10  # seconds of a GPU that are asked for
START_S = 4.0  # of them the worker takes to begin: a process, CUDA, the data


class Loan:
    """Made in the handler of the event; used by the training thread; waited for by the handler."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.error: Exception | None = None  # what kept it from its end
        self.is_given_up = False  # nobody waits for it any more
        self.over = threading.Event()
        self._context = contextvars.copy_context()

    def each(self, parts: Iterator[R]) -> Iterator[R]:
        """What a generator gives, each step of it a part of the request that asked; closed at the end."""
        try:
            while (part := self._context.run(next, parts, None)) is not None:
                yield part
        finally:
            close = getattr(parts, "close", None)  # reaches the worker at its next part
            if close is not None:
                self._context.run(close)

    def end(self, error: Exception | None = None) -> None:
        """The first end counts."""
        if not self.over.is_set():
            self.error = error
            self.over.set()


def wanted_s(images: int, speed: float) -> int:
    """Seconds to ask for: short at first, then what the run still needs, up to MOST_S.

    Args:
        images: samples left in the run's budget.
        speed: samples a second of its last slice; 0: it had none.
    """
    if speed <= 0:
        return FIRST_S
    return min(MOST_S, max(LEAST_S, math.ceil(images / speed + START_S + 1)))
