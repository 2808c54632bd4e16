"""Edits of a sample as one short text, which a link, a saved file and a command line carry whole.

    at:VECTOR                  begin at this w instead of the seed's
    go:WHAT*AMOUNT@FIRST-LAST  along a direction, AMOUNT times its length
    mix:SEED~CLASS*SHARE@FIRST-LAST  put in w of another sample; mix:VECTOR... that of an item

joined by ";" and done in that order. WHAT is pc1, pc2, ... (principal components of w), classN (the way to
the mean w of class N) or a VECTOR: float16 numbers in base64, with "-" and "." for "+" and "/". FIRST and
LAST are places where w enters G: 0 the position tokens, then the blocks; left out: all of them.
Whether a vector, a component or a class fits, only a model can say: see engine/draw/editing.py.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tgan_demo.errors import ConfigError

MAX_TEXT = 6000  # characters: a w of its own for each of 9 places of 128 numbers are 3,100
MAX_STEPS = 12
MAX_AMOUNT = 10.0
MAX_SEED = 2**53
_RANGE = r"(?:@(?P<first>\d{1,3})(?:-(?P<last>\d{1,3}))?)?"
_NUMBER = r"(?:\*(?P<number>-?\d{0,4}(?:\.\d{1,6})?))?"
_VECTOR = r"[A-Za-z0-9.-]{4,}"
_STEP = re.compile(
    rf"(?P<kind>at|go|mix):(?P<what>(?:pc\d{{1,3}}|class\d{{1,4}}|\d{{1,16}}(?:~\d{{0,4}})?|{_VECTOR}))"
    rf"{_NUMBER}{_RANGE}"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One edit. `what` is a name, a seed with a class, or a vector as text."""

    kind: str  # "at", "go" or "mix"
    what: str
    number: float = 1.0  # the amount of "go", -MAX_AMOUNT..MAX_AMOUNT; the share of "mix", 0..1
    first: int = 0
    last: int | None = None  # None: to the last block

    @property
    def seed(self) -> tuple[int, int | None] | None:
        """Of "mix": seed and class; None where it is a vector."""
        found = re.fullmatch(r"(\d{1,16})(?:~(\d{0,4}))?", self.what)
        return (int(found[1]), int(found[2]) if found[2] else None) if found else None

    def named(self, name: str) -> int | None:
        """The number of pcN or classN; None where it is none."""
        found = re.fullmatch(rf"{name}(\d+)", self.what)
        return int(found[1]) if found else None

    def __str__(self) -> str:
        text = f"{self.kind}:{self.what}"
        if self.number != 1:
            text += f"*{round(self.number, 4):.4f}".rstrip("0").rstrip(".")
        if self.first or self.last is not None:
            text += f"@{self.first}" + ("" if self.last is None else f"-{self.last}")
        return text


@lru_cache(maxsize=256)
def read(text: str) -> tuple[Step, ...]:
    """The edits of a text; none of "".

    Raises:
        ConfigError: it is none, too long, or a number is out of range.
    """
    if len(text) > MAX_TEXT:
        raise ConfigError(f"an edit has at most {MAX_TEXT} characters; got {len(text)}")
    parts = text.split(";") if text else []
    if len(parts) > MAX_STEPS:
        raise ConfigError(
            f"at most {MAX_STEPS} edits are done one after the other; got {len(parts)}"
        )
    return tuple(_read(part) for part in parts)


def write(steps: list[Step] | tuple[Step, ...]) -> str:
    return ";".join(map(str, steps))


def seeded(text: str) -> str:
    """The edits that change each seed's own sample: not those that put one place instead of all."""
    return write([step for step in read(text) if step.kind != "at"])


def vector(numbers: np.ndarray) -> str:
    """Numbers as text, rounded to float16."""
    content = np.asarray(numbers, np.float16).tobytes()
    return base64.b64encode(content, altchars=b"-.").decode().rstrip("=")


def numbers(text: str) -> np.ndarray:
    """float32 numbers of a VECTOR.

    Raises:
        ConfigError: not finite, or no whole float16s.
    """
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-.", validate=True)
        found = np.frombuffer(content, np.float16).astype(np.float32)
    except (ValueError, binascii.Error) as error:
        raise ConfigError("the vector of an edit did not arrive whole; copy it again") from error
    if not np.isfinite(found).all():
        raise ConfigError("the vector of an edit holds numbers that are not finite")
    return found


def _read(part: str) -> Step:
    found = _STEP.fullmatch(part)
    if found is None:
        raise ConfigError(
            f"an edit is at:, go: or mix: and what, such as go:pc1*2@1-3; got {part[:60]!r}"
        )
    kind, what = found["kind"], found["what"]
    try:
        number = 1.0 if found["number"] is None else float(found["number"])
    except ValueError as error:
        raise ConfigError(f"after * comes a number; got {found['number']!r}") from error
    low, high = (-MAX_AMOUNT, MAX_AMOUNT) if kind == "go" else (0.0, 1.0)
    if not low <= number <= high:
        raise ConfigError(f"{kind} takes {low:g} to {high:g}; got {number:g}")
    first = int(found["first"] or 0)
    last = None if found["last"] is None else int(found["last"])
    if found["first"] is not None and last is None:
        last = first
    step = Step(kind, what, number, first, last)
    if last is not None and last < first:
        raise ConfigError(f"a range goes from the first to the last block; got {first}-{last}")
    if kind == "at" and (number != 1 or found["first"] is not None):
        raise ConfigError("at: begins at a whole w; it takes neither an amount nor a range")
    is_seed, is_name = step.seed is not None, re.fullmatch(r"(pc|class)\d+", what) is not None
    if (kind == "go" and is_seed) or (kind != "go" and is_name) or (kind == "at" and is_seed):
        raise ConfigError(f"{kind}: does not take {what[:40]!r}")
    if step.seed is not None and step.seed[0] > MAX_SEED:
        raise ConfigError(f"a seed is at most {MAX_SEED}; got {what[:40]}")
    if not (is_seed or is_name):
        numbers(what)
    return step
