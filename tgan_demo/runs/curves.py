"""The curves of a run: means over equal numbers of steps, thinned whenever there are too many."""

import math

from tgan_demo.events import StepDone

MAX_POINTS = 400  # of a curve
_CURVES = {  # name in the snapshot -> field of StepDone
    "loss_d": "loss_d",
    "loss_g": "loss_g",
    "d_real": "d_real",
    "d_fake": "d_fake",
    "accuracy": "d_accuracy",
    "grad_g": "grad_g",
    "grad_d": "grad_d",
    "gamma": "gamma",
    "augment_p": "augment_p",
}
_OF_D = ("loss_d", "d_real", "d_fake", "accuracy", "grad_d", "gamma")  # it waits in a warm start


class Curve:
    """Means over equal numbers of steps, at most MAX_POINTS of them: halved whenever full."""

    def __init__(self) -> None:
        self.stride = 1
        self.rows: list[list[float]] = []
        self._open: list[list[float]] = []

    def add(self, event: StepDone, x: int) -> None:
        waits = _OF_D if event.is_warm_start else ()
        values = (
            math.nan if name in waits else getattr(event, field) for name, field in _CURVES.items()
        )
        self._open.append([x, *values])
        if len(self._open) < self.stride:
            return
        self.rows.append(_mean(self._open))
        self._open = []
        if len(self.rows) >= MAX_POINTS:
            pairs = zip(self.rows[::2], self.rows[1::2], strict=True)
            self.rows = [_mean(pair) for pair in pairs]
            self.stride *= 2

    def columns(self) -> dict[str, list[float | None]]:
        """JSON-able: x and every curve, four digits; what is not finite is None."""
        rows = self.rows if not self._open else [*self.rows, _mean(self._open)]
        columns = list(zip(*rows, strict=True)) if rows else [()] * (len(_CURVES) + 1)
        short: dict[str, list[float | None]] = {"x": [int(x) for x in columns[0]]}
        for name, column in zip(_CURVES, columns[1:], strict=True):
            short[name] = [float(f"{v:.4g}") if math.isfinite(v) else None for v in column]
        return short

    def restore(self, columns: dict[str, list[float | None]], stride: int) -> None:
        values = [columns[name] for name in ("x", *_CURVES)]
        rows = zip(*values, strict=True)
        self.rows = [[math.nan if v is None else float(v) for v in row] for row in rows][
            :MAX_POINTS
        ]
        self.stride = max(1, int(stride))


def _mean(rows: list[list[float]] | tuple[list[float], ...]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]
