"""A user's own texts: what they are, what a run learns from them, one of them for a model.

Everything that comes in is bounded before it is looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import archive, held_out, limits
from tgan_demo.data import gather as gathering
from tgan_demo.data.gather import Gathered
from tgan_demo.data.item import told
from tgan_demo.data.limits import Refusal, mib
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities.text import cutting, encodings, tables
from tgan_demo.modalities.text.cutting import RULES
from tgan_demo.modalities.text.encodings import TextError
from tgan_demo.modalities.text.verse import is_verse
from tgan_demo.parts import Preview, Upload

SUFFIXES = (".txt", ".text", ".md", ".markdown", *tables.SUFFIXES)
SHOWN, COLUMNS = 20, 4  # of a preview
LINES = 5  # of reasons
MOST = limits.MAX_TEXTS
_REASONS_SHOWN = 3
_NOTES_SHOWN = 6
_DAMAGED = "with characters that could not be read"


def recognises(upload: Upload, options: Mapping[str, Any]) -> bool:
    """By what most files are called, in zips too."""
    return bool(upload.pasted) or upload.share(SUFFIXES) > 0.5


def preview(upload: Upload, options: Mapping[str, Any]) -> Preview:
    """See parts.Bring; `options`: rule, one of RULES."""
    gathered = gather(_sources(upload), rule=_rule(options))
    refused = [*map(str, gathered.refused), *gathered.remarks]
    return Preview(
        items=np.array(gathered.items[:SHOWN], dtype=np.str_),
        columns=COLUMNS,
        count=len(gathered.items),
        least=limits.MIN_TEXTS,
        left_out=gathered.left_out,
        refused=tuple(line[:160] for line in refused[:LINES]),
        title=_title(upload),
        choices={"splits": True},
    )


def load(upload: Upload, options: Mapping[str, Any], *, name: str = "") -> Dataset:
    """See parts.Bring. Poems of 4 x 5 Han characters lose their punctuation."""
    items = gather(_sources(upload), rule=_rule(options)).items
    bare = ["".join(c for c in item if c.isalnum()) for item in items]
    if all(map(is_verse, bare)):
        items = bare
    name = name or _title(upload)
    return Dataset(name, np.array(items, dtype=np.str_), licence="not given", modality="text")


def load_recipe(folder: Path, data: Mapping[str, Any], split: str) -> Dataset:
    """See parts.Bring; `data`: file, one or several ("a.txt + b.txt"), a text a line; a test_file of
    its own, or hold_every: every so many lines, from the first, one is the test part.
    """
    held_out.check(split)
    names = data["test_file"] if split == "test" and "test_file" in data else data["file"]
    lines: list[str] = []
    for name in names.split(" + "):
        if not (folder / name).is_file():
            raise DataError(f"the recipe wants {name}; there is none in {folder.name}")
        lines += (line for line in (folder / name).read_text("utf-8").splitlines() if line.strip())
    about = {key: data[key] for key in ("name", "licence", "source")}
    chosen = held_out.every(len(lines), data.get("hold_every", 0), split)
    return Dataset(items=np.array(lines)[chosen], modality="text", **about)


def gather(
    sources: str | Path | Sequence[str | Path], *, rule: str = "lines", max_chars: int = 256
) -> Gathered[str]:
    """The items of texts (str) and of text files (Path), cut by `rule`; duplicates stay.

    Items that are too long are left out, never cut, and counted. A file that cannot be used is
    left out and named.

    Args:
        rule: one of RULES.
        max_chars: longest item that is kept, in code points, 1 to MAX_TEXT_CHARS.

    Raises:
        DataError: fewer than MIN_TEXTS items could be used, or an argument is out of range.
    """
    cutting.check_rule(rule)
    if not 1 <= max_chars <= limits.MAX_TEXT_CHARS:
        raise DataError(
            f"a text may be 1 to {limits.MAX_TEXT_CHARS} characters long; got {max_chars}"
        )
    pile = [sources] if isinstance(sources, (str, Path)) else list(sources)
    if len(pile) > limits.MAX_TEXT_FILES:
        raise DataError(
            f"at most {limits.MAX_TEXT_FILES:,} files; got {len(pile):,}; join them into fewer"
        )
    remarks: list[str] = []
    too_long = f"longer than {max_chars} characters"
    dropped = {too_long: 0, _DAMAGED: 0}

    def read(name: str, text: str) -> Iterator[tuple[str, str, str]]:
        table = tables.cells(text, name)
        if table is not None and table[1]:
            remarks.append(table[1])
        for item in cutting.items(text, rule) if table is None else _cut(table[0], rule):
            if len(item) > max_chars:
                dropped[too_long] += 1
            elif encodings.LOST in item:
                dropped[_DAMAGED] += 1
            else:
                yield name, item, ""

    most = limits.MAX_TEXTS
    gathered = gathering.gather(_texts(pile, remarks), read, room=most + 1, full="", limit=most + 1)
    is_full = len(gathered.items) > most
    del gathered.items[most:], gathered.names[most:], gathered.notes[most:]
    gathered.dropped.update({why: count for why, count in dropped.items() if count})
    gathered.remarks = [*remarks, *_left_out(gathered, is_full=is_full)]
    _check_enough(gathered, rule)
    return gathered


def read_file(path: Path) -> str:
    """The beginning of one text file, MAX_TEXT characters. Raises TextError."""
    return encodings.read(path).text[: limits.MAX_TEXT]


def decode(content: bytes, name: str, model: Model) -> tuple[str, str]:
    """See parts.Bring."""
    reading = encodings.decode(content, encodings.label(name), limits.MAX_TEXT_BYTES)
    return fit(model, reading.text), "; ".join(reading.notes)


def fit(model: Model, item: str) -> str:
    """A text as the model sees it: without white space round it, cut to its length.

    Raises:
        ConfigError: nothing is left, or the model knows less than half of its letters.
    """
    if not isinstance(item, str):
        raise ConfigError(f"{model.title} is a model of texts; got {told(item)}")
    text = " ".join(item[: limits.MAX_TEXT].split())
    if is_verse(marks := "".join(c for c in text if c.isalnum())):
        text = marks  # a quatrain is stored without its punctuation
    if not text:
        raise ConfigError("wanted a text; nothing came: type or paste one")
    tokenizer: Any = model.tokenizer  # of either route
    if tokenizer.vocabulary.unknown_share([text]) > 0.5:
        raise ConfigError(
            f"{model.title} does not know most of these letters; try a text like those it was "
            f"trained on ({model.meta.get('data', {}).get('name', 'see its card')})"
        )
    return tokenizer.readable(text, model.config)


def check(model: Model, item: str) -> str:
    """See parts.Bring: the same, since a text of any length is one."""
    return fit(model, item)


def blank(item: str) -> str:
    """See parts.Bring: `fit` takes no empty text."""
    return ""


def _sources(upload: Upload) -> list[str | Path]:
    return [upload.pasted] if upload.pasted else [*upload.files(SUFFIXES)]


def _title(upload: Upload) -> str:
    return "my texts" if upload.pasted else upload.paths[0].stem[:60]


def _rule(options: Mapping[str, Any]) -> str:
    rule = options.get("rule")
    return rule if rule in RULES else RULES[0]


def _texts(pile: Sequence[str | Path], remarks: list[str]) -> Iterator[tuple[str, str | Refusal]]:
    """Name and text of every source, until the bound on all of them; remarks are added."""
    room = limits.MAX_TOTAL_TEXT_BYTES
    for source in pile:
        if isinstance(source, str):
            limit = min(room, limits.MAX_TEXT_BYTES)
            text = source[:limit]
            room -= len(text)
            if len(source) > limit:
                remarks.append(f"only the first {limit:,} characters were read")
            yield "", text
            continue
        for name, content in _members(source):
            if isinstance(content, Refusal):
                yield name, content
                continue
            if room == 0:
                whole = mib(limits.MAX_TOTAL_TEXT_BYTES)
                yield name, Refusal(name, f"all files together may hold {whole}")
                continue
            limit = min(room, limits.MAX_TEXT_BYTES)
            try:
                if isinstance(content, Path):
                    reading = encodings.read(content, limit)
                else:
                    reading = encodings.decode(content, name, limit)
            except TextError as error:
                yield name, Refusal(name, error.reason)
                continue
            room -= reading.num_bytes
            remarks += reading.notes
            yield name, reading.text


def _members(path: Path) -> Iterator[tuple[str, Path | bytes | Refusal]]:
    """Name and content of a file, or of every file in a zip of texts; Word's files are zips too."""
    if not archive.is_zip(path) or not any(
        name.lower().endswith(SUFFIXES) for name in archive.names(path)
    ):
        yield encodings.label(path.name), path
        return
    for whole, content in archive.members(path):
        name = encodings.label(whole)
        if whole.lower().endswith(SUFFIXES):
            yield name, content
        else:
            yield name, Refusal(name, f"not called as texts are ({', '.join(SUFFIXES)})")


def _cut(cells: Sequence[str], rule: str) -> Iterator[str]:
    """Items of the cells of a table. One cell is one line, whatever it holds."""
    for cell in cells:
        yield from cutting.items(" ".join(cell.split()) if rule == "lines" else cell, rule)


def _left_out(gathered: Gathered[str], *, is_full: bool) -> list[str]:
    """What was left out, in words."""
    said = [f"left out: {count:,} {why}" for why, count in gathered.dropped.items()]
    if is_full:
        said.append(f"the first {limits.MAX_TEXTS:,} texts were kept; what follows was left out")
    said += [f"left out: {refusal}" for refusal in gathered.refused[:_REASONS_SHOWN]]
    if (more := len(gathered.refused) - _REASONS_SHOWN) > 0:
        said.append(f"left out: {more} more files")
    different = len(set(gathered.items))
    if different < limits.MIN_TEXTS <= len(gathered.items):
        said.append(f"only {different} of these texts are different; a model will repeat them")
    return said


def _check_enough(gathered: Gathered[str], rule: str) -> None:
    count = len(gathered.items)
    if count >= limits.MIN_TEXTS:
        return
    how = {
        "lines": "one to a line",
        "blank lines": "with an empty line between two, or pick 'lines'",
        "sentences": "or pick 'lines'",
    }[rule]
    remarks = gathered.remarks[-_NOTES_SHOWN:]
    said = f" What happened: {'; '.join(remarks)}." if remarks else ""
    raise DataError(
        f"training takes from {limits.MIN_TEXTS} texts; got {count} that can be used; "
        f"add {limits.MIN_TEXTS - count} or more, {how}.{said}"
    )
