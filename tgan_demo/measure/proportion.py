"""A share of yes and no answers, and how sure so many of them make it."""

import math

Z_95 = 1.959963984540054  # of a standard normal, two-sided 95 %


def wilson(right: int, count: int, *, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of a share, (low, high) within 0..1; (0, 1) of no answer.

    Its ends are the shares p for which right / count lies z standard errors sqrt(p (1 - p) / count) away:
    unlike share ± z standard errors it holds for few answers and for shares near 0 and 1.

    Raises:
        ValueError: `right` is not 0..`count`.

    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    if not 0 <= right <= count:
        raise ValueError(f"right is 0 to {count}; got {right}")
    if not count:
        return 0.0, 1.0
    share, square = right / count, z * z / count
    middle = share + square / 2
    reach = z * math.sqrt(share * (1 - share) / count + square / (4 * count))
    low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
    # exact where no or every answer is right: rounding would leave them a last bit beside
    return (0.0 if right == 0 else low), (1.0 if right == count else high)
