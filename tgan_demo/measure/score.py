"""What a score is, declared once, beside the function that takes it.

    @measured("pixels", Score("roughness", "mean absolute Laplacian", "near real", "0..255"))
    def pixels(task: Task, samples: Samples) -> dict[str, float]: ...

A modality lists such functions; report.py runs them on samples and on real data in their place.
"""

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
    real: str  # what stands in for samples: "held_out" (as many), "test" (all of it) or "train"
    every: bool  # of all samples asked for, not of as many as there are held-out ones
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
    every: bool = False,
    of_data: bool = False,
    applies: Callable[[Any], bool] = lambda task: True,
) -> Callable[[Callable[..., V]], Measured[V]]:
    """Declare what a function (task, samples) -> {key: value} takes; a key may be left out, none added."""

    def declare(function: Callable[..., V]) -> Measured[V]:
        return Measured(space, scores, needs, real, every, of_data, applies, function)

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

    A key ending in _sd is the spread of the score before it; `fields` fill the names of scores.
    Raises KeyError for an undeclared key.
    """
    found: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if key.endswith("_sd") and (of := key.removesuffix("_sd")) in found:
            found[of]["sd"] = short(value)
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
        found[key] = row | {"n": n, "better": score.better, "name": score.says(key, fields)}
    return found


def short(value: float) -> float:
    """Five digits."""
    return float(f"{value:.5g}")
