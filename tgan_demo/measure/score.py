"""What a score is, declared once, beside the function that takes it.

    @measured("pixels", Score("roughness", "mean absolute Laplacian", "near real", "0..255"))
    def pixels(task: Task, samples: Samples) -> dict[str, float]: ...

A modality lists such functions; report.py runs them on samples and on real data in their place.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

NEEDS = {  # what a score may want, and what gives it
    "data": "the training data: name their folder with --data or TGAN_DATA",
    "labels": "training and held-out data with their classes",
    **dict.fromkeys(
        ("pca64_reference", "encoder_reference", "clips_reference"),
        "reference.safetensors in the model's folder, or the training data",
    ),
    "classifier": "encoder.safetensors in the model's folder",
    "frames": "frames.safetensors in the model's folder",
    "trained_on_generated": "--classifier: it trains two classifiers, which takes minutes",
    "language_model": "--language-model: it trains a Transformer on the training text, which takes minutes",
}


SPREAD, QUARTER = "_sd", "_quarter"  # ends of keys, see `rows`
NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class Score:
    """One number of a report."""

    key: (
        str  # "requested_*" stands for a family; what is in place of the star fills {0} of the name
    )
    name: str  # {fields} are filled by whoever reports
    better: str  # "higher", "lower", "near real" or "near 1"
    unit: str = ""
    beside: str = ""  # the score before it whose real value stands beside this one, if not its own
    divides: bool = True  # whether the ratio to real data's value says anything

    def fits(self, key: str) -> re.Match[str] | None:
        return re.fullmatch(re.escape(self.key).replace(r"\*", "(.+)"), key)

    def says(self, key: str, fields: Mapping[str, object]) -> str:
        """The name of `key`, which fits."""
        found = self.fits(key)
        assert found is not None
        name = self.name.format(*found.groups(), **fields)
        return f"{name}, {self.unit}" if self.unit else name


@dataclass(frozen=True, slots=True)
class Taken:
    """Values of a function that brings its own real values, or took another number of samples."""

    values: Mapping[str, float]
    real: Mapping[str, float]
    n: int


Values = Mapping[str, float] | Taken
V = TypeVar("V", bound=Values, covariant=True)


@dataclass(frozen=True, slots=True)
class Measured(Generic[V]):
    """A function with the scores that it takes."""

    space: str  # under which they are reported
    scores: tuple[Score, ...]
    needs: tuple[str, ...]  # keys of NEEDS
    real: str  # what stands in for samples, as many: "held_out" or "train"
    of_data: bool  # says something of the data alone: without them, the value that was stored
    applies: Callable[[Any], bool]  # to a task
    take: Callable[..., V]  # (task, samples)

    def __call__(self, *args: Any) -> V:
        return self.take(*args)


def measured(
    space: str,
    *scores: Score,
    needs: tuple[str, ...] = (),
    real: str = "held_out",
    of_data: bool = False,
    applies: Callable[[Any], bool] = lambda task: True,
) -> Callable[[Callable[..., V]], Measured[V]]:
    """Declare what a function (task, samples) -> {key: value} takes; a key may be left out, none added."""

    def declare(function: Callable[..., V]) -> Measured[V]:
        return Measured(space, scores, needs, real, of_data, applies, function)

    return declare


def rows(
    scores: tuple[Score, ...],
    values: Mapping[str, float],
    real: Mapping[str, float],
    *,
    n: int,
    real_n: int | None = None,
    fields: Mapping[str, object] = {},
) -> dict[str, dict[str, Any]]:
    """Values as rows of a report, plain JSON, each with real data's beside it.

    Of a score before it, a key ending in SPREAD is the standard deviation, and one ending in QUARTER the
    value of a quarter of the samples; `fields` fill the names of scores. A row has "sd" and "real_sd"
    where they are known; where a ratio says anything then also its 95 % interval, "low" and "high", and
    "quarter": {"n", "ratio"}. Raises KeyError for an undeclared key.
    """
    found: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if _about(key, SPREAD) in found or _about(key, QUARTER) in found:
            continue
        score = next((score for score in scores if score.fits(key)), None)
        if score is None:
            raise KeyError(f"no Score is declared for {key!r}; declared: {scores}")
        row: dict[str, Any] = {"value": short(value), "real": None, "ratio": None}
        known = real.get(score.beside or key)
        if known is not None:
            row["real"] = short(known)
            row["ratio"] = short(value / known) if score.divides and known else None
            if real_n not in (None, n):
                row["real_n"] = real_n
        row |= {"n": n, "better": score.better, "name": score.says(key, fields)}
        found[key] = row | _more(key, score, values, real, n)
    return found


def _about(key: str, suffix: str) -> str | None:
    return key.removesuffix(suffix) if key.endswith(suffix) else None


def _more(
    key: str, score: Score, values: Mapping[str, float], real: Mapping[str, float], n: int
) -> dict[str, Any]:
    """What else a row knows: spreads, the ratio's interval, the ratio of a quarter of the samples."""
    beside = score.beside or key
    sd, real_sd = values.get(key + SPREAD), real.get(beside + SPREAD)
    row: dict[str, Any] = {} if sd is None else {"sd": short(sd)}
    row |= {} if real_sd is None else {"real_sd": short(real_sd)}
    known = real.get(beside)
    if not known or not score.divides:
        return row
    if sd is not None and real_sd is not None:
        found = interval(values[key], sd, known, real_sd)
        row |= {} if found is None else {"low": short(found[0]), "high": short(found[1])}
    few, few_real = values.get(key + QUARTER), real.get(beside + QUARTER)
    if few is not None and few_real:
        row["quarter"] = {"n": n // 4, "ratio": short(few / few_real)}
    return row


def interval(value: float, sd: float, real: float, real_sd: float) -> tuple[float, float] | None:
    """95 % interval of value / real, of two positive numbers with their standard deviations.

    Normal in the logarithm, both taken as independent. None where a spread is as large as the number
    itself: then the ratio says nothing.
    """
    if min(value - sd, real - real_sd) <= 0:
        return None
    wide = NORMAL_95 * math.hypot(sd / value, real_sd / real)
    return value / real * math.exp(-wide), value / real * math.exp(wide)


def short(value: float) -> float:
    """Five digits."""
    return float(f"{value:.5g}")
