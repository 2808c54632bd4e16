"""How long draws took: a histogram since the start, and how many there were in the last minute."""

import bisect
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# seconds: a cached small grid takes milliseconds, one of clips in a crowd a few seconds
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RECENT_S = 60


@dataclass(frozen=True, slots=True)
class Histogram:
    """As Prometheus has it: how many took at most `bounds[i]` seconds, how many there were, their sum."""

    bounds: tuple[float, ...]
    at_most: tuple[int, ...]
    count: int
    sum_s: float


class Durations:
    """Safe to use from many threads; `add` costs a microsecond."""

    def __init__(
        self, bounds: Sequence[float] = BOUNDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bounds, self._clock = tuple(bounds), clock
        self._lock = threading.Lock()
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum_s = 0.0
        self._recent = [
            (0, 0)
        ] * RECENT_S  # (second, how many ended in it), by second modulo RECENT_S

    def add(self, seconds: float) -> None:
        second = int(self._clock())
        with self._lock:
            self._counts[bisect.bisect_left(self._bounds, seconds)] += 1
            self._sum_s += seconds
            then, count = self._recent[second % RECENT_S]
            self._recent[second % RECENT_S] = (second, count + 1 if then == second else 1)

    def histogram(self) -> Histogram:
        with self._lock:
            counts, sum_s = list(self._counts), self._sum_s
        at_most = tuple(sum(counts[: i + 1]) for i in range(len(self._bounds)))
        return Histogram(self._bounds, at_most, sum(counts), sum_s)

    def per_second(self) -> float:
        """Mean over the last minute."""
        since = self._clock() - RECENT_S
        with self._lock:
            return sum(count for second, count in self._recent if second > since) / RECENT_S
