"""The curves of a run: means over equal numbers of steps, thinned whenever there are too many."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tgan_demo.engine.game.state import TrainState
from tgan_demo.events import Event, StepDone
from tgan_demo.models.folder import read_curves

MAX_POINTS = 400  # of a curve
_CURVES = {  # name in the snapshot -> field of StepDone
    "loss_d": "loss_d",
    "loss_g": "loss_g",
    "d_real": "d_real",
    "d_fake": "d_fake",
    "accuracy": "d_accuracy",
    "unseen": "d_unseen",
    "grad_g": "grad_g",
    "grad_d": "grad_d",
    "gamma": "gamma",
    "augment_p": "augment_p",
    "x_seconds": "seconds",  # of training, the other x
}
_OF_D = (
    "loss_d",
    "d_real",
    "d_fake",
    "accuracy",
    "unseen",
    "grad_d",
    "gamma",
)  # it waits in a warm start


class Curve:
    """Means over equal numbers of steps, at most MAX_POINTS of them: halved whenever full."""

    def __init__(self) -> None:
        self.stride = 1
        self.rows: list[list[float]] = []
        self._open: list[list[float]] = []

    def add(self, event: StepDone, x: int) -> None:
        waits = _OF_D if event.is_warm_start else ()
        values = [
            None if name in waits else getattr(event, field) for name, field in _CURVES.items()
        ]
        self._open.append([x, *(math.nan if value is None else value for value in values)])
        if len(self._open) < self.stride:
            return
        self.rows.append(_mean(self._open))
        self._open = []
        if len(self.rows) >= MAX_POINTS:
            pairs = zip(self.rows[::2], self.rows[1::2], strict=True)
            self.rows = [_mean(pair) for pair in pairs]
            self.stride *= 2

    def follow(self, events: Iterable[Event], start_nimg: int = 0) -> Iterator[Event]:
        """The events of a drive, each step added. `start_nimg`: samples seen before the curve begins."""
        for event in events:
            if isinstance(event, StepDone):
                self.add(event, event.nimg - start_nimg)
            yield event

    def columns(self, most: int = MAX_POINTS) -> dict[str, list[float | None]]:
        """JSON-able: x and every curve, four digits, at most so many points; what is not finite is None."""
        rows = self.rows if not self._open else [*self.rows, _mean(self._open)]
        while len(rows) > most:
            rows = [_mean(rows[i : i + 2]) for i in range(0, len(rows), 2)]
        columns = list(zip(*rows, strict=True)) if rows else [()] * (len(_CURVES) + 1)
        short: dict[str, list[float | None]] = {"x": [int(x) for x in columns[0]]}
        for name, column in zip(_CURVES, columns[1:], strict=True):
            short[name] = [float(f"{v:.4g}") if math.isfinite(v) else None for v in column]
        return short

    def restore(self, columns: Mapping[str, Sequence[float | None]], stride: int) -> None:
        """Go on from what `columns` gave; curves that are not among them begin later."""
        nothing = [None] * len(columns["x"])
        values = [columns.get(name, nothing) for name in ("x", *_CURVES)]
        rows = zip(*values, strict=True)
        self.rows = [[math.nan if v is None else float(v) for v in row] for row in rows][
            :MAX_POINTS
        ]
        self.stride = max(1, int(stride))


def of_model(folder: Path, state: TrainState, start_nimg: int = 0) -> Curve:
    """The curve of a run that goes on from a model folder, up to where the run stands; else a new one."""
    curve = Curve()
    kept = read_curves(folder)
    nimg = state.nimg - start_nimg
    rows = sum(x <= nimg for x in kept["x"] if x is not None) if kept else 0
    if kept and rows > 1:
        columns = {name: values[:rows] for name, values in kept.items()}
        first, last = (float(columns["x"][k] or 0) for k in (0, -1))
        steps = (last - first) / (rows - 1) / (state.train.batch_size * state.train.d_steps)
        curve.restore(columns, round(steps))
    return curve


def _mean(rows: list[list[float]] | tuple[list[float], ...]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]
