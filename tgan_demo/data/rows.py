"""Rows of parquet tables as files that a user could have brought: cells with bytes become a file each, in
a folder of its class; texts become lines of JSON. Whose they are is then asked as for any upload.

Nothing is believed: sizes are counted as they come, nothing is unpickled, no path is taken from a cell.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tgan_demo.data import containers
from tgan_demo.data.limits import MAX_TEXT_BYTES, MAX_TOTAL_BYTES, MAX_TOTAL_TEXT_BYTES
from tgan_demo.errors import DataError
from tgan_demo.hub.ranges import Full
from tgan_demo.parts import Upload

_BATCH = 16  # rows unpacked at once: a cell may be large
_HELD = ("Image", "Audio", "Video")  # features of the `datasets` library that hold a file's bytes
_FILES = ("image", "img", "picture", "audio", "video", "file")  # columns with bytes, by habit
_TEXTS = ("text", "content", "sentence", "caption", "line", "quote", "title")
_LABELS = ("label", "labels", "fine_label", "class", "category", "target")
_STARTS = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"ID3", ".mp3"),
    (b"FORM", ".aiff"),
)
_RIFF = {b"WEBP": ".webp", b"WAVE": ".wav"}
_PACKED = {"mov": ".mp4", "matroska": ".mkv", "avi": ".avi", "aac": ".aac"}


Batch = list[tuple[object, object]]  # cells and labels of a few rows


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read of each row."""

    item: str
    leaf: str  # of the item: itself, or the bytes inside it
    is_bytes: bool  # else a text
    label: str = ""  # "": none
    classes: tuple[str, ...] = ()  # names of whole numbers

    @property
    def wanted(self) -> list[str]:
        return [self.leaf, *([self.label] if self.label else [])]


def choose(schema: Any, item: str = "", label: str = "") -> Columns:
    """The columns of a pyarrow.Schema by name, or as they look.

    Raises:
        DataError: there is no such column, or nothing in it that we read; names those there are.
    """
    features = _features(schema.metadata)
    for name in (item, label):
        if name and name not in schema.names:
            raise DataError(f"there is no column {name[:60]!r}; there are {_told(schema)}")
    held = [name for name in schema.names if features.get(name, {}).get("_type") in _HELD]
    kinds = {name: _kind(schema.field(name).type, name) for name in schema.names}
    files = [name for name, kind in kinds.items() if kind and kind[1]]
    texts = [name for name, kind in kinds.items() if kind and not kind[1] and name not in _LABELS]
    usual = [name for name in _FILES if name in files], [name for name in _TEXTS if name in texts]
    guesses = [*(n for n in held if n in files), *usual[0], *files, *usual[1], *texts]
    chosen = item or next(iter(guesses), "")
    kind = kinds.get(chosen)
    if kind is None:
        what = f"column {chosen[:60]!r} holds neither" if chosen else "no column holds"
        raise DataError(
            f"{what} files, as bytes, {'nor' if chosen else 'or'} texts; there are {_told(schema)}"
        )
    if kind[1] and not label:
        named = [n for n in schema.names if features.get(n, {}).get("_type") == "ClassLabel"]
        likely = [n for n in (*named, *_LABELS) if n in schema.names and n != chosen]
        label = next((n for n in likely if _names_class(schema.field(n).type)), "")
    if label and not _names_class(schema.field(label).type):
        raise DataError(
            f"column {label[:60]!r} holds no labels, which are whole numbers or words; there are "
            f"{_told(schema)}"
        )
    names = features.get(label, {}).get("names")
    classes = tuple(map(str, names)) if isinstance(names, list) else ()
    return Columns(chosen, kind[0], kind[1], label if kind[1] else "", classes)


@dataclass(slots=True)
class Pile:
    """Files that are written into `folder` as rows come, within bounds."""

    folder: Path
    columns: Columns
    count: int = 0
    num_bytes: int = 0
    refused: int = 0  # rows without anything that we could read
    _named: dict[Path, str] = field(default_factory=dict)  # file -> its class, "" for none

    def add(self, cell: object, label: object) -> bool:
        """Whether the row was taken. Raises Full."""
        if isinstance(cell, dict):
            cell = cell.get("bytes")
        if self.columns.is_bytes:
            taken = isinstance(cell, bytes) and bool(cell) and self._write(cell, label)
        else:
            taken = isinstance(cell, bytes) and bool(cell.strip()) and self._note(cell)
        self.count, self.refused = self.count + taken, self.refused + (not taken)
        return taken

    def upload(self) -> Upload:
        """What was written. Where some rows have a class, those without one are left out."""
        kept = {path: name for path, name in self._named.items() if name} or self._named
        self.refused += len(self._named) - len(kept)
        self.count -= len(self._named) - len(kept)
        files = tuple(kept)
        # all of them in folders, whose names say nothing where there is one only
        names = {path: f"{name}/{path.name}" for path, name in kept.items() if name}
        return Upload(paths=files, loose=files, names=names)

    def _write(self, content: bytes, label: object) -> bool:
        if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return False  # a zip, which would be many files
        self._room(len(content), MAX_TOTAL_BYTES)
        path = self.folder / f"row {self.count + self.refused}{_suffix(content)}"
        path.write_bytes(content)
        self._named[path] = self._class(label)
        return True

    def _note(self, content: bytes) -> bool:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return False
        line = (json.dumps({"text": text}, ensure_ascii=False) + "\n").encode()
        if len(line) > MAX_TEXT_BYTES:
            return False
        self._room(len(line), MAX_TOTAL_TEXT_BYTES)
        path = self.folder / f"texts {self.num_bytes // (MAX_TEXT_BYTES // 2)}.jsonl"
        with path.open("ab") as file:
            file.write(line)
        self._named[path] = ""
        return True

    def _room(self, count: int, most: int) -> None:
        if self.num_bytes + count > most:
            raise Full
        self.num_bytes += count

    def _class(self, label: object) -> str:
        """A label as the name of a folder; "" for none, as the Hub's -1 is."""
        if label is None or (isinstance(label, int) and label < 0):
            return ""
        if isinstance(label, int) and label < len(self.columns.classes):
            label = self.columns.classes[label]
        return str(label).strip().replace("/", "∕").replace("\\", "∖")


def _suffix(content: bytes) -> str:
    """What a file is called, by its first bytes; what nobody knows is refused by whoever reads it."""
    head = content[:512]
    for start, suffix in _STARTS:
        if head.startswith(start):
            return suffix
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if kind := containers.kind_of(head):
        return _PACKED[kind]
    is_mp3 = int.from_bytes(head[:2], "big") & 0xFFE6 == 0xFFE2
    return ".mp3" if is_mp3 else ".bin"


def batches(table: Any, group: int, columns: Columns) -> Iterator[Batch]:
    """Cells and labels of one row group of a pyarrow.parquet.ParquetFile, a few rows at once."""
    found = table.iter_batches(
        batch_size=_BATCH, row_groups=[group], columns=columns.wanted, use_threads=False
    )
    for batch in found:
        column = batch.column(columns.item)
        if not columns.is_bytes:  # one that is no UTF-8 must not spoil the others
            column = column.cast("large_binary")
        cells = column.to_pylist()
        labels = batch.column(columns.label).to_pylist() if columns.label else [None] * len(cells)
        yield list(zip(cells, labels, strict=True))


def _kind(of: Any, name: str) -> tuple[str, bool] | None:
    """(leaf, whether it holds bytes) of a column's type; None for what we do not read."""
    from pyarrow import types

    def is_binary(one: Any) -> bool:
        return types.is_binary(one) or types.is_large_binary(one)

    if (
        types.is_struct(of)
        and of.get_field_index("bytes") >= 0
        and is_binary(of.field("bytes").type)
    ):
        return f"{name}.bytes", True
    if is_binary(of):
        return name, True
    return (name, False) if types.is_string(of) or types.is_large_string(of) else None


def _names_class(of: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(of):
        of = of.value_type
    kinds = (types.is_integer, types.is_boolean, types.is_string, types.is_large_string)
    return any(is_one(of) for is_one in kinds)


def _features(metadata: dict[bytes, bytes] | None) -> dict[str, dict[str, Any]]:
    """What the `datasets` library left in the table about its columns, if it did."""
    try:
        found = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {str(name): of for name, of in found.items() if isinstance(of, dict)}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}


def _told(schema: Any) -> str:
    """Its columns in words; "<" would be lost on a page."""
    from pyarrow import types

    def word(of: Any, name: str) -> str:
        kind = _kind(of, name)
        if kind:
            return "files" if kind[1] else "texts"
        whole = types.is_integer(of) or types.is_boolean(of)
        return "whole numbers" if whole else str(of).partition("<")[0]

    return ", ".join(f"{one.name[:40]} ({word(one.type, one.name)})" for one in list(schema)[:20])
