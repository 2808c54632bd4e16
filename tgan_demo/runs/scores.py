"""Scores of a run's samples over the way: at most MAX_POINTS of each, what real samples get, and the best."""

from collections.abc import Mapping
from typing import Any

# of every modality: better is lower (-1), higher (+1), or near the real samples' (0)
NAMES = {
    "frechet": -1, "kernel": -1, "mind": -1, "precision": 1, "recall": 1, "coverage": 1, "diversity": 0,
    "inception": 1,
}  # fmt: skip
CHOSEN = tuple(name for name, better in NAMES.items() if better)  # of which there is a best
MAX_POINTS = 200
GAIN = 0.01  # of the best so far, at least, by which a better score differs from it
SETTLED = 8  # scores in a row, at least, without a better one: then a run may have converged


class Scores:
    """Rows of samples seen and values, every second one dropped whenever there are too many."""

    def __init__(self, told: Mapping[str, Any] | None = None) -> None:
        told = told or {}
        self.count = int(told.get("n", 0))  # samples that each score is of
        self.features = str(told.get("features", ""))  # see quality.py
        self.real = {str(name): float(value) for name, value in told.get("real", {}).items()}
        # name -> samples seen, value, scores since; of all scores, also of those that were dropped
        self.best = {str(name): list(best) for name, best in told.get("best", {}).items()}
        columns = [told.get(name, []) for name in ("x", *self.real)]
        self.rows: list[list[float]] = [list(row) for row in zip(*columns, strict=True)]
        self.stride, self._seen = 1, 0

    def begin(self, features: str, count: int, real: Mapping[str, float]) -> None:
        """What real samples get, as many as are scored of the run's. Scores in other features are let go."""
        if features != self.features or set(real) != set(self.real):
            self.rows, self.best, self.stride = [], {}, 1
        self.features, self.count, self.real = features, count, dict(real)

    def add(self, nimg: int, values: Mapping[str, float]) -> None:
        """`nimg`: samples that the run has seen."""
        for name in CHOSEN:
            if name not in values or name not in self.real:
                continue
            known = self.best.get(name)
            if known is None or is_better(name, values[name], known[1]):
                self.best[name] = [nimg, short(values[name]), 0]
            else:
                known[2] += 1
        self._seen += 1
        if self._seen % self.stride == 0:
            self.rows.append([nimg, *(short(values.get(name, 0.0)) for name in self.real)])
        if len(self.rows) > MAX_POINTS:
            self.rows, self.stride = self.rows[::2], 2 * self.stride

    def has_converged(self, name: str, nimg: int, patience: int) -> bool:
        """Whether this score has not become better for so many samples."""
        known = self.best.get(name)
        return known is not None and nimg - known[0] >= patience and known[2] >= SETTLED

    def columns(self) -> dict[str, Any]:
        """JSON-able: x, a list for each name, n, features, best, and real: name -> value."""
        columns = {name: [row[i] for row in self.rows] for i, name in enumerate(("x", *self.real))}
        told = {"n": self.count, "features": self.features, "real": self.real, "best": self.best}
        return {**columns, **told}


def is_better(name: str, value: float, known: float) -> bool:
    """Whether this value of a score of CHOSEN is better than the best so far, by GAIN at least."""
    return NAMES[name] * (value - known) > GAIN * abs(known)


def short(value: float) -> float:
    return float(f"{value:.4g}")
