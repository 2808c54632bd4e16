"""Texts out of tables: one column of a CSV, one field of JSON lines. Every cell is a text of its own.

Bounded by the text that comes in; nothing in it is executed.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
_NAMES = (
    *("text", "texts", "content", "sentence", "sentences", "line", "lines", "caption", "quote"),
    *(
        "poem",
        "body",
        "title",
        "name",
        "文本",
        "内容",
        "內容",
        "句子",
        "テキスト",
        "텍스트",
        "내용",
    ),
)
_DELIMITERS = ",;\t|"
_ALIKE = 0.95  # share of rows that have as many cells as most; else a comma is only a comma
_HEADER_CHARS = 30


def cells(text: str, name: str) -> tuple[list[str], str] | None:
    """The texts of a table, and a word for the user; None where the file is no table."""
    if name.lower().endswith((".jsonl", ".ndjson")):
        return _of_json(text, name)
    return _of_csv(text, name) if name.lower().endswith((".csv", ".tsv")) else None


def _of_json(text: str, name: str) -> tuple[list[str], str] | None:
    found: list[object] = []
    num_broken = 0
    for line in io.StringIO(text):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            num_broken += 1
    if not found:
        return None
    weights: Counter[str] = Counter()
    for row in found:
        if isinstance(row, dict):
            weights.update(
                {key: len(value) for key, value in row.items() if isinstance(value, str)}
            )
    key = _chosen(weights)
    values = [row.get(key) if isinstance(row, dict) else row for row in found]
    kept = [value for value in values if isinstance(value, str)]
    missing = num_broken + len(values) - len(kept)
    said = [f"{key!r} was read of each line"] if weights else []
    said += [f"lines without a text: {missing:,}"] if missing else []
    return kept, f"{name}: {'; '.join(said)}" if said else ""


def _of_csv(text: str, name: str) -> tuple[list[str], str] | None:
    rows = _rows(text)
    if not rows:
        return None
    width = max(len(row) for row in rows)
    rows = [row + [""] * (width - len(row)) for row in rows]
    first, *others = rows
    names = [cell.strip().lower() for cell in first]
    weights = Counter({str(k): sum(_weight(row[k]) for row in others) for k in range(width)})
    known = [k for word in _NAMES for k, cell in enumerate(names) if cell == word]
    column = known[0] if known else int(_chosen(weights))
    if not known and not _has_header(rows, column):
        others, said = rows, f"column {column + 1} was read"
    else:
        said = f"its column {first[column].strip()[:60]!r} was read"
    return [row[column] for row in others], f"{name}: {said}" if width > 1 else ""


def _rows(text: str) -> list[list[str]]:
    """Rows of cells; [] where the lines are no table."""
    column: list[list[str]] = []
    for delimiter in _DELIMITERS:
        try:
            found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            rows = [row for row in found if any(cell.strip() for cell in row)]
        except csv.Error:
            continue
        widths = Counter(map(len, rows))
        if rows and max(widths) > 1:
            width, count = widths.most_common(1)[0]
            if width > 1 and count >= _ALIKE * len(rows) and not _is_prose(text, rows, delimiter):
                return [row for row in rows if len(row) == width]
        elif '"' in text:  # perhaps one column of quoted cells
            column = rows
    return column


def _is_prose(text: str, rows: Sequence[Sequence[str]], delimiter: str) -> bool:
    """Whether the commas are those of sentences: spaces follow, and nothing is quoted."""
    if '"' in text or delimiter == "\t":
        return False
    behind = [cell.startswith(" ") for row in rows for cell in row[1:]]
    return sum(behind) > len(behind) / 2


def _has_header(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether the first row names the columns: short, and where others have numbers it has none."""
    first, *others = rows
    if not others or any(not cell.strip() or len(cell) > _HEADER_CHARS for cell in first):
        return False
    if any(map(_is_number, first)):
        return False
    for k in range(len(first)):
        if all(_is_number(row[k]) for row in others):
            return True
    mean = sum(len(row[column]) for row in others) / len(others)
    return len(first) > 1 and len(first[column]) * 3 < mean


def _chosen(weights: Counter[str]) -> str:
    """The field that is called like a text, or else has the most letters."""
    named = [word for word in _NAMES for key in weights if key.strip().lower() == word]
    if named:
        return next(key for key in weights if key.strip().lower() == named[0])
    return max(weights, key=lambda key: weights[key], default="")


def _weight(cell: str) -> int:
    return sum(map(str.isalpha, cell))


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", ".")[:40])
    except ValueError:
        return False
    return True
