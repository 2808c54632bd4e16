"""Scores of a run's samples over the way: at most MAX_POINTS of each, and what real samples get."""

from typing import Any

from tgan_demo.engine.game.health import Samples

NAMES = ("coverage", "precision", "recall", "distance", "mind")  # fields of Samples
MAX_POINTS = 200


class Scores:
    """Rows of samples seen and NAMES, every second one dropped whenever there are too many."""

    def __init__(self, told: dict[str, Any] | None = None) -> None:
        told = told or {}
        self.count = int(told.get("n", 0))  # samples that each score is of
        self.real = {name: float(told.get("real", {}).get(name, 0)) for name in NAMES}
        columns = [told.get(name, []) for name in ("x", *NAMES)]
        self.rows: list[list[float]] = [list(row) for row in zip(*columns, strict=True)]
        self.stride, self._seen = 1, 0

    def begin(self, real: Samples) -> None:
        """What real samples get, as many as are scored of the run's."""
        self.count = real.count
        self.real = {name: getattr(real, name) for name in NAMES}

    def add(self, nimg: int, figures: Samples) -> None:
        """`nimg`: samples that the run has seen."""
        self._seen += 1
        if self._seen % self.stride:
            return
        self.rows.append([nimg, *(float(f"{getattr(figures, name):.4g}") for name in NAMES)])
        if len(self.rows) > MAX_POINTS:
            self.rows, self.stride = self.rows[::2], 2 * self.stride

    def columns(self) -> dict[str, Any]:
        """JSON-able: x, each of NAMES, n, and real: name -> value."""
        columns = {name: [row[i] for row in self.rows] for i, name in enumerate(("x", *NAMES))}
        return {**columns, "n": self.count, "real": self.real}
