"""Health checks of a run: a verdict in plain words, from its latest steps and the spread of its samples.

Knows StepDone records and arrays of samples, not networks and not pages. The English text is what
a page shows when it has no translation for `key`.

D's accuracy is taken from samples that it has not learned from: held-out ones where there are any, else
the batch before its step. Thresholds come from measured runs: a winning D shows accuracy above .98 within
150 steps and for good; under too strong a penalty D's logits no longer differ; a healthy run of the
relativistic recipe stays at .65 to .85.
"""

import math
from collections.abc import Sequence

import numpy as np

from tgan_demo.engine.game.losses import CRITICS
from tgan_demo.events import Health, StepDone

WINDOW = 100  # steps that a caller should pass
WARM_STEPS = 40  # fewer than this say nothing yet
SURE_GAP = (
    1.5  # between D's mean logits: odds of 4.5 to 1; a healthy run begins with a burst of less
)
BY_HEART = 0.15  # D's accuracy on training data above that on unseen data
COLLAPSE_GRACE_NIMG = 4_000  # every run from scratch starts with 16 times the same grey blur
COLLAPSE_SURE_NIMG = 12_000  # from here on sameness is no longer a beginning

_TEXTS = {
    "starting": ("good", "Just started: too early to judge."),
    "warm_start": (
        "good",
        "Warm start: G learns as the decoder of a beta-VAE while D waits. Then the adversarial game begins.",
    ),
    "healthy": ("good", "Healthy: the two players are well matched."),
    "narrow": (
        "good",
        "Healthy: D recognises nearly every fake, but by so little that G goes on learning.",
    ),
    "nan": (
        "bad",
        "A number is no longer finite. Resume from the last good state with a lower learning rate.",
    ),
    "exploding": (
        "watch",
        "The gradients are exploding. Lower the learning rate, or turn clipping or a penalty on.",
    ),
    "d_wins": (
        "bad",
        "D has won: it tells every fake, so G learns nothing. Raise R1 and R2, or lower D's "
        "learning rate.",
    ),
    "d_ahead": (
        "watch",
        "D is far ahead. If this lasts, raise R1 and R2 or lower D's learning rate.",
    ),
    "d_dead": (
        "bad",
        "D sees no difference any more. Unless the samples are perfect, the penalty is too "
        "strong: lower R1 and R2.",
    ),
    "memorises": (
        "watch",
        "D learns the data by heart: it tells them from generated ones better than it tells data it "
        "has not seen. Turn augmentation on, stop earlier, or bring more data.",
    ),
    "g_ahead": ("watch", "D is wrong more often than right: give D more steps or a higher rate."),
    "collapse": (
        "bad",
        "Collapse: G generates nearly the same sample for every seed. Try the relativistic loss "
        "with R1 and R2, or let z enter by 'offset'.",
    ),
    "samey": (
        "watch",
        "The samples are much alike. Early on this is normal; later it means collapse.",
    ),
}
KEYS = tuple(_TEXTS)


def judge(
    window: Sequence[StepDone],
    *,
    loss: str = "relativistic",
    diversity: float | None = None,
    real_diversity: float | None = None,
) -> Health:
    """The verdict on the latest steps (`WINDOW` of them, oldest first).

    Args:
        loss: the run's loss. A critic that is always right still teaches G (losses.CRITICS), so
            there D cannot win.
        diversity: `diversity()` of samples of different seeds; None: not known.
        real_diversity: the same of as many real samples.
    """
    if not window:
        return _health("starting")
    last = window[-1]
    if not all(map(math.isfinite, (last.loss_d, last.loss_g, last.grad_d, last.grad_g))):
        return _health("nan")
    if last.step < WARM_STEPS or sum(event.steps for event in window) < WARM_STEPS // 2:
        return _health("starting")

    known = _mean(window, "d_accuracy")
    accuracy = known if last.d_unseen is None else _mean_unseen(window)
    gap = _mean(window, "d_real") - _mean(window, "d_fake")
    if loss not in CRITICS and accuracy >= 0.98 and (gap >= 4 or _mean(window, "loss_d") < 0.1):
        return _health("d_wins")

    # a D that is held flat may order every pair rightly and by so little that G goes on learning
    latest = list(window)[len(window) // 2 :]
    lasting = min(gap, _mean(latest, "d_real") - _mean(latest, "d_fake"))
    is_ahead = loss not in CRITICS and accuracy > 0.93 and lasting > SURE_GAP
    if is_ahead and accuracy >= 0.98:
        return _health("d_ahead")

    if diversity is not None and real_diversity and last.nimg >= COLLAPSE_GRACE_NIMG:
        share = diversity / real_diversity
        if share < 0.35 and last.nimg >= COLLAPSE_SURE_NIMG:
            return _health("collapse")
        if share < 0.6:
            return _health("samey")

    if known - accuracy > BY_HEART:
        return _health("memorises")
    if abs(gap) < 0.02 and 0.4 < accuracy < 0.58:
        return _health("d_dead")
    if max(_mean(window, "grad_d"), _mean(window, "grad_g")) > 1_000:
        return _health("exploding")
    if is_ahead:
        return _health("d_ahead")
    if accuracy < 0.4:
        return _health("g_ahead")
    if accuracy > 0.93 and loss not in CRITICS:
        return _health("narrow")
    return _health("healthy")


def warm_start() -> Health:
    """While nobody judges, numbers say nothing about the players."""
    return _health("warm_start")


def diversity(items: np.ndarray) -> float:
    """Mean distance between two of these samples (first axis), per value and in their own unit.

    0: all alike. Compare it with the same of as many real samples.
    """
    if len(items) < 2:
        return 0.0
    flat = items.reshape(len(items), -1).astype(np.float64)
    squares = (flat * flat).sum(1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * flat @ flat.T, 0))
    pairs = len(items) * (len(items) - 1)
    return float(distances.sum() / pairs / math.sqrt(flat.shape[1]))


def _health(key: str) -> Health:
    level, text = _TEXTS[key]
    return Health(level, key, text)


def _mean_unseen(window: Sequence[StepDone]) -> float:
    return _mean([event for event in window if event.d_unseen is not None], "d_unseen")


def _mean(window: Sequence[StepDone], name: str) -> float:
    steps = sum(event.steps for event in window)
    return sum(getattr(event, name) * event.steps for event in window) / max(1, steps)
