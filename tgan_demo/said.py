"""Sentences for the user that are born below the page: in English, and as words that the page translates.

`say("parked")` is a str like any other, for the command line, an API and a log. It also knows its `parts`,
keys and values, which the page says in the language of who reads it: "said.parked" in said.toml, where
both languages stand. A modality's own sentences stand in its words.toml; see `sayer`.
"""

import functools
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".toml")
PLAIN = ""  # the key of a text that no file has, such as an error's
VALUE = re.compile(r"\{(\w+)\}")

Part = tuple[str, dict[str, Any]]  # a key without its "said.", values


class Said(str):
    """A sentence in English, or several, and the parts that it was made of."""

    parts: tuple[Part, ...]

    def __new__(cls, text: str, parts: Sequence[Part]) -> "Said":
        said = super().__new__(cls, text)
        said.parts = tuple(parts)
        return said

    def __reduce__(self) -> tuple[Any, ...]:  # pickled as a whole: a lent GPU is in another process
        return Said, (str(self), self.parts)


def sayer(file: Path) -> Callable[..., Said]:
    """A function `say(key, **values)` for the sentences of a file. It raises KeyError: there is none."""

    def say(key: str, **values: Any) -> Said:
        english = _english(file)[key]
        return Said(VALUE.sub(lambda match: str(values[match[1]]), english), [(key, values)])

    return say


say = sayer(FILE)


def together(*texts: str) -> Said:
    """Sentences one after the other; empty ones are left out."""
    texts = tuple(text for text in texts if text)
    return Said(" ".join(texts), [part for text in texts for part in _parts(text)])


def words_of(error: BaseException) -> str:
    """What an error says; a Said where it was raised with one."""
    first = error.args[0] if len(error.args) == 1 else None
    return first if isinstance(first, Said) else str(error)


def told(text: str) -> list[Any]:
    """A sentence for the page and for the disk: [[key, values], ...], where a value may be such a list."""
    return [
        [key, {k: told(v) if isinstance(v, Said) else v for k, v in values.items()}]
        for key, values in _parts(text)
    ]


def heard(text: str, parts: Any) -> str:
    """The sentence that `told` gave `parts` of; only its text where they are nothing of the kind."""
    try:
        return Said(text, [(str(key), dict(values)) for key, values in parts]) if parts else text
    except (TypeError, ValueError):
        return text


def _parts(text: str) -> tuple[Part, ...]:
    if isinstance(text, Said):
        return text.parts
    return ((PLAIN, {"text": text}),) if text else ()


@functools.cache
def _english(file: Path) -> dict[str, str]:
    said = tomllib.loads(file.read_text(encoding="utf-8"))["said"]
    return {key: word["en"] for key, word in said.items()}
