"""The text of one axis of a table: what differs from cell to cell, and its values.

    seed=1-10            whole numbers; also psi, temperature, variation
    psi=0..1/5           five values from 0 to 1
    class=three,5-7      classes by name or number
    pc1@2-4=-3..3/7      along a direction by so much, in some blocks alone: what `go:` of edits.py takes
    mix:7~3=each         the sample of seed 7 and class 3 at these places: 0-1, 2, coarse, middle, fine, all
    mix@2-4=1,4,7~3      these samples at the places 2 to 4
    model=image/digits,image/clothes     moment=run/…@12000,run/…@best

Values are joined by ",". Nothing is written out before it is counted: a range of a million costs nothing.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError

MAX_TEXT = 8000  # characters: a direction with a vector for each place, and its amounts
SETTINGS = {  # name -> field of SampleConfig, lowest, highest
    "seed": ("seed", 0, edits.MAX_SEED),
    "class": ("label", 0, 10**6),
    "psi": ("psi", 0, 2),
    "temperature": ("temperature", 0, 2),
    "variation": ("variation", 0, 1),
}
WHOLE = ("seed", "class")
MODELS = ("model", "moment")
KNOWN = ", ".join((*SETTINGS, *MODELS))
LEAST_VECTOR = 16  # characters: six numbers; what is shorter is a word
_WHOLE = re.compile(r"(-?\d{1,16})-(-?\d{1,16})")
_NUMBER = r"-?(?:\d{1,16}(?:\.\d{0,12})?|\.\d{1,12})"
_SPACED = re.compile(rf"({_NUMBER})\.\.({_NUMBER})/([1-9]\d{{0,11}})")
_NAME = re.compile(r"mix|(?:pc|class)\d{1,4}")
_RANGED = re.compile(r"(.*?)(@\d{1,3}(?:-\d{1,3})?)?")


@dataclass(frozen=True, slots=True)
class Axis:
    """What differs along one side of a table."""

    what: str  # as it stands before the "="
    values: tuple[float | str, ...]  # of a setting; steps of edits.py as text; ids of models
    names: tuple[str, ...]  # of the values, as a head says them

    @property
    def sets(self) -> str:
        """What two axes of one table cannot both say."""
        return "model" if self.what in MODELS else self.what

    def put(self, i: int, model: str, config: SampleConfig) -> tuple[str, SampleConfig]:
        """Model and settings of a cell at value `i`."""
        value = self.values[i]
        if self.what in MODELS:
            return str(value), config
        if self.what in SETTINGS:
            return model, replace(config, **{SETTINGS[self.what][0]: value})
        return model, replace(config, edit=";".join(filter(None, (config.edit, str(value)))))


def read(
    text: str,
    *,
    classes: Sequence[str] = (),
    entries: int = 1,
    label: int | None = None,
    most: int = 256,
) -> Axis:
    """An axis of a table of a model with these classes and `entries` places where w enters.

    Args:
        label: the class of samples that are mixed in, where the text names none; None: their own.
        most: values, of a table that has no more cells.

    Raises:
        ConfigError: it is none; the message says what was wanted.
    """
    what, is_there, given = text[: MAX_TEXT + 1].partition("=")
    what, parts = what.strip(), [part.strip() for part in given.split(",") if part.strip()]
    if len(text) > MAX_TEXT or not is_there or not parts:
        raise ConfigError(f"an axis is such as seed=1-10 or psi=0..1/5; got {text[:60]!r}")
    if what in MODELS:
        return _axis(what, [parts], most)
    if what == "class":
        ranges = [[classes.index(p)] if p in classes else _numbers(what, p, most) for p in parts]
        axis = _axis(what, ranges, most)
        if bad := [value for value in axis.values if value not in range(len(classes))]:
            known = f"0 to {len(classes) - 1} or a name" if classes else "none: it has no classes"
            raise ConfigError(f"a class of this model is {known}; got {bad[0]}")
        return replace(axis, names=tuple(classes[int(value)] for value in axis.values))
    if what in SETTINGS:
        _, low, high = SETTINGS[what]
        ranges = [_numbers(what, part, most) for part in parts]
        for bad in (value for numbers in ranges for value in numbers if not low <= value <= high):
            raise ConfigError(f"{what} is {low} to {high}; got {bad:g}")
        return _axis(what, ranges, most)
    if what.startswith("mix:"):
        axis = _axis(what, [places(part, entries) for part in parts], most)
        return _steps(axis, [f"{what}@{value}" for value in axis.values])
    found = _RANGED.fullmatch(what)
    assert found is not None  # it takes anything
    name, where = found[1], found[2] or ""
    if len(name) < LEAST_VECTOR and not _NAME.fullmatch(name):
        near = difflib.get_close_matches(name, (*SETTINGS, *MODELS), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"an axis is {KNOWN}, pc1 or mix:42; got {name[:40]!r}{hint}")
    if name == "mix":
        ranges = [[part] if "~" in part else _numbers("seed", part, most) for part in parts]
        axis = _axis(what, ranges, most)
        own = "" if label is None else f"~{label}"
        seeds = [value if isinstance(value, str) else f"{value}{own}" for value in axis.values]
        return _steps(axis, [f"mix:{seed}{where}" for seed in seeds])
    axis = _axis(what, [_numbers(name[:20], part, most) for part in parts], most)
    return _steps(axis, [f"go:{name}*{value:.4f}{where}" for value in axis.values])


def parts_of(entries: int) -> dict[str, tuple[int, int]]:
    """First and last of the places 0..entries-1 that are called coarse, middle, fine, and all."""
    cuts = [round(entries * k / 3) for k in range(4)]
    thirds = zip(("coarse", "middle", "fine"), cuts[:-1], cuts[1:], strict=True)
    return {name: (a, b - 1) for name, a, b in thirds if a < b} | {"all": (0, entries - 1)}


def _axis(what: str, ranges: Sequence[Sequence[float] | Sequence[str]], most: int) -> Axis:
    _check(what, sum(map(len, ranges)), most)
    values = tuple(value for part in ranges for value in part)
    return Axis(what, values, tuple(map(_said, values)))


def _check(what: str, count: int, most: int) -> None:
    if count > most:
        raise ConfigError(
            f"a table has at most {most} cells here; {what[:40]} alone would have {count:,}"
        )


def _steps(axis: Axis, texts: list[str]) -> Axis:
    """The axis of these edits; none for an amount of 0."""
    try:
        steps = [step for text in texts for step in edits.read(text)]
    except ConfigError as error:
        raise ConfigError(
            f"an axis is {KNOWN}, pc1 or mix:42; of {axis.what[:40]}: {error}"
        ) from error
    values = ["" if step.kind == "go" and not step.number else str(step) for step in steps]
    return replace(axis, values=tuple(values))


def _numbers(what: str, text: str, most: int) -> Sequence[float]:
    """Numbers of one part of the values: `1-10`, `0..1/5` or `4`."""
    if found := _WHOLE.fullmatch(text):
        first, last = int(found[1]), int(found[2])
        _check(what, abs(last - first) + 1, most)
        return range(first, last + 1) if first <= last else range(first, last - 1, -1)
    if what in WHOLE and re.fullmatch(r"\d{1,16}", text):
        return [int(text)]
    if what not in WHOLE:
        if found := _SPACED.fullmatch(text):
            first, last, count = float(found[1]), float(found[2]), int(found[3])
            _check(what, count, most)
            step = (last - first) / max(1, count - 1)
            return [round(first + step * i, 6) for i in range(count)]
        if re.fullmatch(_NUMBER, text):
            return [float(text)]
    wanted = "1-10 or 1,4,7" if what in WHOLE else "0..1/5 (five values) or 0,0.5,1"
    raise ConfigError(f"{what} takes {wanted}; got {text[:40]!r}")


def places(text: str, entries: int) -> list[str]:
    """Ranges of places where w enters, as edits.py writes them: of `1-2`, `0`, `coarse` or `each`.

    Raises:
        ConfigError: it is none of them.
    """
    if text == "each":
        return [str(place) for place in range(entries)]
    if text in (named := parts_of(entries)):
        return ["-".join(map(str, named[text]))]
    if re.fullmatch(r"\d{1,3}(-\d{1,3})?", text):
        return [text]
    known = ", ".join(named)
    raise ConfigError(
        f"places are 0 to {entries - 1}, such as 0-1 or 2, {known} or each; got {text[:40]!r}"
    )


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{round(value, 4):.15g}"
