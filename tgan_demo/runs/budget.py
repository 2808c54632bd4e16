"""Budgets of a training run: seconds, real samples or steps, and the number of samples they come to.

Schedules run over samples, so every budget becomes a number of them: at once, or at a measured speed. A
step of the warm start is cheaper than one of the game, so seconds are settled again when the game begins.
"""

import math
from dataclasses import dataclass, replace

from tgan_demo.config import TrainConfig
from tgan_demo.errors import ConfigError

UNITS = ("seconds", "images", "steps")
MAX_SECONDS = 3600.0  # of one run on a shared server, whatever its unit
MAX_IMAGES = 5_000_000
MOST = {"seconds": MAX_SECONDS, "images": MAX_IMAGES, "steps": MAX_IMAGES}  # that may be asked for
GUESSED = 100.0  # samples a second, before anything was measured
GAME_COST = 3.0  # of a step of the game, in steps of the warm start: a first guess
WARM_SHARE = 1 / 3  # of a budget, at most, that a warm start takes which nobody asked for


def check_budget(amount: object, unit: str) -> float:
    """The amount as a number. Raises ConfigError."""
    if unit not in UNITS:
        raise ConfigError(f"a budget is in {', '.join(UNITS)}; got {str(unit)[:40]!r}")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise ConfigError(f"a budget is a number of {unit}; got {str(amount)[:40]}")
    if not 1 <= amount <= MOST[unit]:  # nor is NaN
        raise ConfigError(f"a budget is 1 to {MOST[unit]:,.0f} {unit}; got {str(amount)[:40]}")
    return float(amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a run goes on, counted from where it stood when the budget was given."""

    amount: float
    unit: str  # one of UNITS
    nimg: int = 0  # samples of the run when it was given
    seconds: float = 0.0  # that it had taken when it was given
    is_slice: bool = False  # of a run that may go on for ever: the schedules do not end with it
    warm_share: float = 1.0  # of the budget, at most, that the warm start may take

    def warm_limit(self, *, nimg: int, seconds: float, speed: float, usable: float) -> int:
        """Samples of the run when the warm start's share of a budget in seconds is used up; see `settled`."""
        left_s = self.warm_share * self.amount - (seconds - self.seconds) / usable
        return nimg + max(0, int(left_s * usable * speed))

    def fixed(self, train: TrainConfig) -> int | None:
        """Samples of the run when it is used up; None for seconds, which want a speed."""
        if self.unit == "seconds":
            return None
        per_unit = train.batch_size * train.d_steps if self.unit == "steps" else 1
        most = math.inf if self.is_slice else MAX_IMAGES
        return self.nimg + max(train.batch_size, int(min(self.amount * per_unit, most)))

    def guessed(self, train: TrainConfig) -> TrainConfig:
        """`train` with what the budget will come to, before there is a speed."""
        images = self.fixed(train) or self.nimg + max(train.batch_size, int(self.amount * GUESSED))
        return replace(train, images=images)

    def settled(
        self,
        train: TrainConfig,
        *,
        nimg: int,
        seconds: float,
        speed: float,
        usable: float,
        most_s: float,
    ) -> int:
        """Samples of the run when the budget is used up.

        Args:
            nimg, seconds: of the run so far; seconds of training alone.
            speed: samples a second now; in the warm start, of the warm start.
            usable: share of the time that is left for training.
            most_s: seconds that it may come to, whatever its unit.
        """
        left_s = most_s if self.unit != "seconds" else min(self.amount, most_s)
        left_s = max(0.0, left_s - (seconds - self.seconds) / usable)
        images = self.nimg + MAX_IMAGES
        if math.isfinite(left_s):
            images = min(images, nimg + _within(left_s, usable * speed, train.warm_start - nimg))
        if (fixed := self.fixed(train)) is not None:
            images = min(images, fixed)
        return max(images, self.nimg + train.batch_size, nimg)


def _within(seconds: float, speed: float, warm_left: int) -> int:
    """Samples that the seconds are enough for, of which the first `warm_left` are the warm start's."""
    images = int(seconds * speed)
    if warm_left <= 0 or images <= warm_left:
        return images
    return warm_left + int((images - warm_left) / GAME_COST)
