"""The words of the page: every visible string in English and 中文, from the TOML files beside this one.

    [play.many]                                         a word's key: "play.many"
    en = "{title} generated these {n} {items} …"        values stand in braces
    zh = "“{title}”生成了这 {n} {counted} …"

A modality's folder has a `words.toml` too: its noun, which fills {item}, {items}, {counted}, … wherever
no value has that name, and words of its own, which come before the shared ones. `words.codes.toml` holds
those of another variant, "codes". Sentences that are born below the page stand in said.toml. `t` is for Python; the same table goes to the browser for `tgan.t`.
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tgan_demo import said
from tgan_demo.modalities import registry

LANGS = ("en", "zh")
FOLDER = Path(__file__).parent
VALUE = re.compile(r"\{(\w+)\}")

Word = tuple[str, str]  # English, 中文
Variant = (
    str | Sequence[str]
)  # a modality's name, or several variants, the first that has the word first


def t(key: str, lang: str = "en", *, variant: Variant = (), **values: Any) -> str:
    """The words of `key` in `lang`, as `variant` says them if it has words of its own.

    An unknown key is a bug and raises KeyError. A value that is not given stays in braces.
    """
    variants = (variant,) if isinstance(variant, str) else tuple(variant)
    known, language = words(), LANGS.index("zh" if lang == "zh" else "en")

    def fill(match: re.Match[str]) -> str:
        if match[1] in values:
            return str(values[match[1]])
        noun = _find(known, f"noun.{match[1]}", variants)
        return noun[language] if noun else match[0]

    found = _find(known, key, variants)
    if found is None:
        raise KeyError(key)
    return VALUE.sub(fill, found[language])


def spoken(text: str, lang: str = "en", *, variant: Variant = ()) -> str:
    """What was said below the page (said.Said) in `lang`; any other text as it is."""

    def say(parts: list[Any]) -> str:
        return ("" if lang == "zh" else " ").join(
            t(
                f"said.{key}",
                lang,
                variant=variant,
                **{name: value(v) for name, v in values.items()},
            )
            if key
            else values["text"]
            for key, values in parts
        )

    def value(one: Any) -> Any:
        return say(one) if isinstance(one, list) else one

    return say(said.told(text))


def named(name: str, lang: str = "en", *, variant: Variant = ()) -> str:
    """A title, a class or a data set's name in `lang`; itself where no words.toml has it.

    A class of several factors ("disc / left") is named part by part.
    """

    def one(part: str) -> str:
        key = f"name.{part}"
        return t(key, lang, variant=variant) if key in words() else part

    return one(name) if f"name.{name}" in words() else " / ".join(map(one, name.split(" / ")))


def words() -> dict[str, Word]:
    """key -> (English, 中文), with `key.<variant>` for what a modality says otherwise."""
    return _build(tuple(registry.MODALITIES))


@functools.cache
def _build(modalities: tuple[str, ...]) -> dict[str, Word]:
    table: dict[str, Word] = {}
    for path in (*sorted(FOLDER.glob("*.toml")), said.FILE):
        table |= dict(read(path))
    for modality in modalities:
        for path in sorted(registry.get(modality).folder.glob("words*.toml")):
            variant = path.stem.removeprefix("words").removeprefix(".") or modality
            for key, word in read(path):
                is_new_name = key.startswith("name.") and key not in table
                table[key if is_new_name else f"{key}.{variant}"] = word
    return table


def read(path: Path) -> Iterator[tuple[str, Word]]:
    """The words of one file by key, those of its noun and its names among them."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    for section in ("titles", "classes"):
        yield from ((f"name.{name}", (name, zh)) for name, zh in tables.pop(section, {}).items())
    if "en" in (noun := tables.get("noun", {})):
        (one, many), (measure, item) = noun.pop("en"), noun.pop("zh")
        yield "noun.item", (one, item)
        yield "noun.items", (many, item)
        yield "noun.Items", (many.capitalize(), item)
        yield "noun.counted", (many, measure + item)
        yield "noun.measure", ("", measure)
    yield from _flat(tables, ())


def _flat(tables: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, Word]]:
    if "en" in tables:
        yield ".".join(path), (tables["en"], tables["zh"])
    for name, inner in tables.items():
        if isinstance(inner, dict):
            yield from _flat(inner, (*path, name))


def _find(table: dict[str, Word], key: str, variants: Sequence[str]) -> Word | None:
    own = (table.get(f"{key}.{variant}") for variant in variants)
    return next((word for word in own if word), table.get(key))


WORDS = words()
