"""Health checks of a run: what is wrong with it in plain words and figures, from its latest steps and from
figures of its samples.

Knows StepDone records and numbers, not networks and not pages. The English text is what a page shows when
it has no translation for `key`; both quote the finding's `values`. What a run can do about it: remedies.py.

D's accuracy is taken from samples that it has not learned from: held-out ones where there are any, else
the batch before its step. Thresholds come from measured runs (docs/LOG.md, 2026-11-29): each stands well
away from what healthy runs over all modalities showed.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tgan_demo.engine.game.losses import CRITICS
from tgan_demo.events import Health, StepDone

WINDOW = 400  # steps that a caller should pass
LATEST = 100  # of them most checks look at
WARM_STEPS = 40  # fewer than this say nothing yet
SURE_GAP = 1.5  # between D's mean logits: odds of 4.5 to 1; a healthy run begins with less
DEAD_GAP = 0.01  # of all its means over 10 steps: then both losses are pinned within .005 of ln 2
BY_HEART = 0.15  # D's accuracy on training data above that on unseen data
EXPLODING = 1_000.0  # of a gradient norm
VANISHING = 1e-4
MEAN_OF = 10  # steps that accuracy and gap are smoothed over
SWING = (0.4, 0.7)  # of D's smoothed accuracy: from under the one to over the other
SWINGS = 4  # within WINDOW
SURE_NIMG = 12_000  # before, samples are alike in every run: it begins with one grey blur
SURE_STEPS = 200  # nor is more said before this, whatever the batch
SAME = 0.2  # distance of two samples, over that of two real ones: a collapse by itself
ALIKE = 0.35  # the same: a collapse where they also reach little
HALF = 0.5  # of real samples have a generated one nearby
FEW = 0.08  # the same: a collapse by itself, of samples that lie near real ones
GROWS = 1.15  # a figure that has become so many times as large since half the samples ago
COPIES = 0.25  # share of samples much nearer to one training sample than to any other
NOISE = 0.3  # power in the highest band that real samples lack, over all their power
NOISE_BACK = (0.05, 3.0)  # the same, where it has risen so many times above its lowest
MOST_CLASSES = 16  # of more, samples say little about any

_TEXTS = {
    "starting": ("good", "Just started: too early to judge."),
    "changed": ("good", "Settings were changed: a moment until their effect can be judged."),
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
    "d_wins": (
        "bad",
        "D has won: it orders {accuracy} of the pairs rightly, by {gap} in the mean logit, so G learns "
        "nothing. Raise R1 and R2, or lower D's learning rate.",
    ),
    "d_ahead": (
        "watch",
        "D is far ahead: {accuracy} of the pairs, by {gap} in the mean logit. If this lasts, raise R1 and "
        "R2 or lower D's learning rate.",
    ),
    "vanishing": (
        "bad",
        "G's gradient has vanished: its norm is {norm}. D gives it nothing to learn from: take the "
        "relativistic loss with R1 and R2.",
    ),
    "collapse": (
        "bad",
        "Collapse: two samples differ by {distance} of what two real ones do, and {coverage} of real "
        "samples have one nearby. Try the relativistic loss with R1 and R2, or let z enter by 'offset'.",
    ),
    "few_classes": ("bad", "Collapse: {count} samples are of {met} of {known} classes."),
    "d_dead": (
        "bad",
        "D sees no difference any more: its mean logits lie {gap} apart, the losses at {loss}. Unless the "
        "samples are perfect, the penalty is too strong: lower R1 and R2.",
    ),
    "exploding": (
        "watch",
        "The gradients are exploding: a norm of {norm}. Lower the learning rate, or turn clipping or a "
        "penalty on.",
    ),
    "oscillates": (
        "watch",
        "The players run in circles: D's accuracy swung {swings} times between under {low} and over {high} "
        "in {steps} steps. Halve both learning rates and turn R1 and R2 on.",
    ),
    "memorises": (
        "watch",
        "D learns the data by heart: its accuracy is {known} on training data, {unseen} on data it has not "
        "seen. Turn augmentation on, stop earlier, or bring more data.",
    ),
    "copies_data": (
        "watch",
        "G copies: {share} of its samples lie twice as near to one training sample as to any other, of "
        "unseen real ones {real}. Turn augmentation on, stop earlier, or bring more data.",
    ),
    "g_ahead": (
        "watch",
        "D is wrong more often than right ({accuracy} of the pairs): give D more steps or a higher rate.",
    ),
    "samey": (
        "watch",
        "The samples are much alike: two differ by {distance} of what two real ones do. If this lasts, it is "
        "a collapse.",
    ),
    "speckle": (
        "watch",
        "Speckle: the highest frequencies hold {share} of the power of real samples, whose own hold {real}. "
        "Lower the learning rate, or average G for longer.",
    ),
}
KEYS = tuple(_TEXTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Figures of samples of fixed seeds beside the data. None: it cannot be said of these data."""

    count: int
    distance: float  # mean distance of two, over that of two real ones
    coverage: float  # share of real samples among whose neighbours one of these lies
    precision: float  # share of these that lie among the neighbours of a real one
    classes: tuple[int, int] | None = None  # met, and met by as many real samples
    copies: float | None = None  # share twice as near to one training sample as to any other
    real_copies: float = 0.0  # the same of unseen samples, else of training samples
    noise: float | None = None  # power in the highest band, over all power of real samples
    real_noise: float = 0.0  # the same of real samples
    least_noise: float = 0.0  # the lowest so far in this run


def judge(window: Sequence[StepDone], *, loss: str = "relativistic") -> Health:
    """The worst of what is wrong by the latest steps (`WINDOW` of them, oldest first), or that all is well."""
    found = worst_first(of_players(window, loss=loss))
    return found[0] if found else well(window, loss=loss)


def worst_first(found: Sequence[Health]) -> list[Health]:
    """Findings by level; of one level those of `KEYS` in its order, then others."""
    place = {key: number for number, key in enumerate(KEYS)}
    return sorted(found, key=lambda one: (one.level != "bad", place.get(one.key, len(place))))


def well(window: Sequence[StepDone], *, loss: str = "relativistic") -> Health:
    """The verdict on a run of which nothing is wrong."""
    if not says_much(window):
        return _health("starting")
    accuracy = _accuracy(list(window)[-LATEST:])[0]
    return _health("narrow" if accuracy > 0.93 and loss not in CRITICS else "healthy")


def warm_start() -> Health:
    """While nobody judges, numbers say nothing about the players."""
    return _health("warm_start")


def changed() -> Health:
    """After settings were changed, older steps say nothing about them."""
    return _health("changed")


def of_players(window: Sequence[StepDone], *, loss: str = "relativistic") -> list[Health]:
    """What is wrong by the latest steps (`WINDOW` of them, oldest first).

    Args:
        loss: the run's loss. A critic that is always right still teaches G (losses.CRITICS), so
            there D cannot win.
    """
    window = list(window)
    numbers = ("loss_d", "loss_g", "grad_d", "grad_g")
    if window and not all(math.isfinite(getattr(window[-1], name)) for name in numbers):
        return [_health("nan")]
    if not says_much(window):
        return []
    swings = _swings(window)
    steps = sum(event.steps for event in window)
    window = window[-LATEST:]
    accuracy, known = _accuracy(window)
    gap = _gap(window)
    # a D that is held flat may order every pair rightly and by so little that G goes on learning
    latest = window[len(window) // 2 :]
    lasting = min(gap, _gap(latest))
    told = {"accuracy": percent(accuracy), "gap": f"{gap:.2g}"}
    found = []
    is_game = loss not in CRITICS
    if is_game and accuracy >= 0.98 and (gap >= 4 or _mean(window, "loss_d") < 0.1):
        found.append(_health("d_wins", **told))
    elif is_game and accuracy > 0.93 and lasting > SURE_GAP:
        found.append(_health("d_ahead", **told))
    if swings >= SWINGS:
        low, high = map(percent, SWING)
        found.append(
            _health("oscillates", swings=str(swings), low=low, high=high, steps=str(steps))
        )
    elif accuracy < 0.4 and steps >= LATEST:
        found.append(_health("g_ahead", **told))
    if known - accuracy > BY_HEART:
        found.append(_health("memorises", known=percent(known), unseen=percent(accuracy)))
    is_pinned = max(abs(_gap(part)) for part in _parts(window)) < DEAD_GAP
    if is_pinned and accuracy >= 0.4 and is_game and steps >= LATEST:
        told = {"gap": f"{abs(gap):.1g}", "loss": f"{_mean(window, 'loss_d'):.3f}"}
        found.append(_health("d_dead", **told))
    # not the mean, nor at once: a run begins with some steps of any size
    norm = max(_median(window, "grad_d"), _median(window, "grad_g"))
    if norm > EXPLODING and steps >= LATEST:
        found.append(_health("exploding", norm=f"{norm:.1g}"))
    if (norm := max(event.grad_g for event in window)) < VANISHING:
        found.append(_health("vanishing", norm=f"{norm:.0e}"))
    return found


def of_samples(
    samples: Samples, before: Samples | None = None, *, nimg: int, step: int
) -> list[Health]:
    """What is wrong by figures of samples of G that has learned from `nimg` samples in `step` steps.

    Args:
        before: figures of when G had learned from half as many, or fewer. What gets better is slow and not ill;
            where they are not known, nothing is said that this could excuse.
    """
    if nimg < SURE_NIMG or step < SURE_STEPS:
        return []
    found = _alike(samples, before) if before is not None else []
    if samples.copies is not None and samples.copies - samples.real_copies >= COPIES:
        values = {"share": percent(samples.copies), "real": percent(samples.real_copies)}
        found.append(_health("copies_data", **values))
    if before is not None and _is_noisy(samples, before):
        assert samples.noise is not None  # else there is none
        values = {"share": percent(samples.noise), "real": percent(samples.real_noise)}
        found.append(_health("speckle", **values))
    return found


def _alike(samples: Samples, before: Samples) -> list[Health]:
    distance, coverage = samples.distance, samples.coverage
    grows = distance > GROWS * before.distance or coverage > GROWS * before.coverage + 0.02
    if grows:
        return []
    found = []
    told = {"distance": percent(distance), "coverage": percent(coverage)}
    is_narrow = distance < ALIKE and coverage < HALF
    drops_modes = coverage < FEW and samples.precision >= HALF  # elsewhere is no collapse
    if distance < SAME or is_narrow or drops_modes:
        found.append(_health("collapse", **told))
    elif distance < ALIKE:
        found.append(_health("samey", **told))
    met, known = samples.classes or (0, 0)
    if known and met < known / 2:
        values = {"met": str(met), "known": str(known), "count": str(samples.count)}
        found.append(_health("few_classes", **values))
    return found


def _is_noisy(samples: Samples, before: Samples) -> bool:
    """Much noise that does not go away, or some that has come back."""
    if samples.noise is None or before.noise is None:
        return False
    much, times = NOISE_BACK
    excess = samples.noise - samples.real_noise
    is_lasting = excess >= NOISE and samples.noise > before.noise / GROWS
    return is_lasting or (excess >= much and samples.noise >= times * samples.least_noise)


def percent(share: float) -> str:
    """As text and words quote it: "98 %"."""
    return f"{100 * share:.0f} %"


def _health(key: str, **values: str) -> Health:
    level, text = _TEXTS[key]
    return Health(level, key, text.format(**values), values=values)


def says_much(window: Sequence[StepDone]) -> bool:
    """Whether these steps say anything about the players."""
    if not window or window[-1].step < WARM_STEPS:
        return False
    return sum(event.steps for event in list(window)[-LATEST:]) >= WARM_STEPS // 2


def _accuracy(window: Sequence[StepDone]) -> tuple[float, float]:
    """D's accuracy on samples that it has not learned from, and on those it has."""
    known = _mean(window, "d_accuracy")
    if window[-1].d_unseen is None:
        return known, known
    return _mean([event for event in window if event.d_unseen is not None], "d_unseen"), known


def _swings(window: Sequence[StepDone]) -> int:
    """How often D's smoothed accuracy went from under one bound of SWING to over the other, or back."""
    sides = []
    for part in _parts(window):
        accuracy = _mean(part, "d_accuracy")
        side = -1 if accuracy < SWING[0] else 1 if accuracy > SWING[1] else 0
        if side and (not sides or sides[-1] != side):
            sides.append(side)
    return max(0, len(sides) - 1)


def _parts(window: Sequence[StepDone]) -> list[Sequence[StepDone]]:
    """Its whole pieces of MEAN_OF, the latest ones; of a shorter one all of it."""
    first = len(window) % MEAN_OF if len(window) >= MEAN_OF else 0
    return [window[start : start + MEAN_OF] for start in range(first, len(window), MEAN_OF)]


def _gap(window: Sequence[StepDone]) -> float:
    """Between D's mean logits of real and of generated samples."""
    return _mean(window, "d_real") - _mean(window, "d_fake")


def _mean(window: Sequence[StepDone], name: str) -> float:
    steps = sum(event.steps for event in window)
    return sum(getattr(event, name) * event.steps for event in window) / max(1, steps)


def _median(window: Sequence[StepDone], name: str) -> float:
    return statistics.median(getattr(event, name) for event in window)
