"""Budgets of a training run: seconds, real samples or steps, and the number of samples they come to."""

import math

from tgan_demo.config import TrainConfig
from tgan_demo.errors import ConfigError

UNITS = ("seconds", "images", "steps")
MAX_SECONDS = 3600.0  # of one run on a shared server, whatever its unit
MAX_IMAGES = 5_000_000
MOST = {"seconds": MAX_SECONDS, "images": MAX_IMAGES, "steps": MAX_IMAGES}  # that may be asked for


def check_budget(amount: object, unit: str) -> float:
    """The amount as a number. Raises ConfigError."""
    if unit not in UNITS:
        raise ConfigError(f"a budget is in {', '.join(UNITS)}; got {str(unit)[:40]!r}")
    is_number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
    number = amount if is_number else math.nan
    if not 1 <= number <= MOST[unit]:
        raise ConfigError(f"a budget is 1 to {MOST[unit]:,.0f} {unit}; got {str(amount)[:40]}")
    return float(number)


def images_for(budget: float, unit: str, train: TrainConfig, images_per_s: float) -> int:
    """A budget in real samples, at a measured speed; never more than MAX_SECONDS of work."""
    per_unit = {"seconds": images_per_s, "images": 1.0, "steps": train.batch_size * train.d_steps}
    images = min(budget * per_unit[unit], MAX_SECONDS * images_per_s, MAX_IMAGES)
    return max(train.batch_size, int(images))
