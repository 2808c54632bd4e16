"""Any public data set of the Hugging Face Hub, by name, split and column: as much of it as we take.

Its tables are read row group by row group over the network, from all over the set; what is in their cells
goes the way of files that a user brings, so each modality says itself what it makes of them.
"""

import contextlib
import itertools
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tgan_demo.contract import Dataset
from tgan_demo.data import recognise, rows
from tgan_demo.data.limits import mib
from tgan_demo.data.rows import Columns, Pile
from tgan_demo.errors import DataError, TganError
from tgan_demo.hub import tables
from tgan_demo.hub.ranges import Full, Meter, Ranged
from tgan_demo.hub.tables import Table
from tgan_demo.modalities import registry

MAX_BYTES = 256 * 2**20  # that come over the network for one data set
MAX_SECONDS = 300.0
MAX_TABLES = 8  # looked into, where a set has more
MAX_GROUP_BYTES = 2**30  # of one row group's columns, unpacked, as the table says
SPREAD = 16  # row groups that rows come from at the least, where there are so many
PART_BYTES = 2 * 2**20  # asked for at once
PAGE_ROWS = 1024  # that come together: pyarrow writes no smaller page, however large its cells

_NAME = re.compile(
    r"(?P<repo>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?:/(?P<config>[\w.+ -]{1,100}))?"
    r"(?::(?P<split>[\w.-]{0,60})(?:\[:(?P<most>\d{1,7})\])?)?"
    r"(?::(?P<item>[^:]{0,200}))?(?::(?P<label>[^:]{1,200}))?",
    re.ASCII,
)
FORM = "owner/name[/subset][:split[:column[:label]]]"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person named."""

    repo: str
    config: str
    split: str
    most: int  # rows; 0: as many as we take, from all over the split
    item: str
    label: str


def parse(name: str) -> Asked:
    """`owner/name`, with what else FORM has; `train[:500]` are the first 500 rows of a split.

    Raises:
        DataError: it is no such name.
    """
    found = _matched(name)
    if found is None:
        raise DataError(f"a data set on the Hub is named {FORM}; got {str(name)[:80]!r}")
    repo, config, split, most, item, label = (word or "" for word in found.groups())
    if most and not int(most):
        raise DataError(f"{repo}: [:0] is no row; ask for more")
    return Asked(repo, config, split, int(most or 0), item, label)


def is_name(text: str) -> bool:
    """Whether it has the form of FORM."""
    return _matched(text) is not None


def _matched(name: str) -> re.Match[str] | None:
    text = str(name).strip().removeprefix("https://huggingface.co/").removeprefix("datasets/")
    found = _NAME.fullmatch(text.rstrip("/"))
    return None if found is None or ".." in found["repo"] or "--" in found["repo"] else found


def load(
    name: str,
    *,
    folder: Path,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Dataset:
    """What `parse` takes, as a data set of the modality whose files its cells are. Goes online.

    The same name gives the same samples as long as the set on the Hub does not change.

    Args:
        folder: where cells lie while they are read; it is made where it is missing, and left as it was.
        options: as for files that somebody brings; see parts.Bring.
        progress: told in a few words what came so far; stop: asked between parts.

    Raises:
        DataError: no such set, split or column, nothing that we read, too few rows, out of time, called
            off, or the Hub cannot be reached.
    """
    asked = parse(name)
    listed = tables.listed(asked.repo, asked.config, asked.split)
    said = f"{asked.repo}, {listed.split}"
    if progress:
        whole = sum(table.size for table in listed.tables)
        progress(f"{said}: {mib(whole)} in {len(listed.tables)} tables, read in part")
    meter = Meter(said, MAX_BYTES, MAX_SECONDS, progress, stop)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".hub-", dir=folder) as scratch:
        pile, damage = _read(asked, listed.tables, meter, Path(scratch))
        upload = pile.upload()
        if not pile.count:
            raise DataError(f"{said}: no row of column {pile.columns.item!r} could be read{damage}")
        dataset = recognise.load(upload, options, name=asked.repo.split("/")[1])
    if progress:
        left_out = pile.refused + max(0, len(upload.paths) - len(dataset)) * pile.columns.is_bytes
        rest = f"; {left_out:,} rows left out" if left_out else ""
        progress(f"{said}: {len(dataset):,} samples out of {mib(meter.num_bytes)}{rest}{damage}")
    config = "" if listed.config == "default" else f", {listed.config}"
    return replace(
        dataset,
        licence=listed.licence,
        source=f"https://huggingface.co/datasets/{asked.repo}{config}, {listed.split}, "
        f"commit {listed.commit[:12]}, {len(dataset):,} samples",
    )


def _read(asked: Asked, listed: Sequence[Table], meter: Meter, scratch: Path) -> tuple[Pile, str]:
    """The rows that we take, and what to say of tables that are damaged; "" for nothing."""
    opened = _Opened(asked, meter)
    first = opened.table(listed[0])
    columns = rows.choose(first.schema_arrow, asked.item, asked.label)
    (scratch / "all").mkdir()
    reading = _Reading(Pile(scratch / "all", columns))
    most = reading.room_by(first, scratch / "first")
    if asked.most:
        most = min(most, asked.most)
        tables = map(opened.table, listed)
        parts = ((table, k, most) for table in tables for k in range(table.num_row_groups))
    else:
        picked = [listed[k] for k in _evenly(len(listed), MAX_TABLES)]
        parts = iter(_spread([opened.table(one) for one in picked], columns, most, meter))
    reading.take(parts, most)
    return reading.pile, f"; {reading.damaged} damaged parts left out" if reading.damaged else ""


class _Reading:
    """A pile that is filled from row groups, each fetched only once."""

    def __init__(self, pile: Pile) -> None:
        self.pile = pile
        self.damaged = 0  # row groups
        self._begun: tuple[Any, Iterator[rows.Batch]] | None = None  # the first group

    def room_by(self, table: Any, folder: Path) -> int:
        """How many rows the modality takes whose files the first ones are."""
        folder.mkdir()
        probe = Pile(folder, self.pile.columns)
        if table.num_row_groups:
            _check_group(table, 0, self.pile.columns)
            batches = self._whole(rows.batches(table, 0, self.pile.columns))
            with contextlib.suppress(Full):
                few = next(batches, [])
                self._begun = table, itertools.chain([few], batches)
                for row in few:
                    probe.add(*row)
        return registry.get(recognise.modality_of(probe.upload())).bring.MOST

    def take(self, parts: Iterator[tuple[Any, int, int]], most: int) -> None:
        """So many rows of (table, row group, rows at most) of each part, or until no more may come."""
        with contextlib.suppress(Full):
            for table, group, quota in parts:
                left = min(quota, most - self.pile.count)
                for batch in self._batches(table, group):
                    left -= sum(self.pile.add(*row) for row in batch[:left])
                    if left <= 0:
                        break
                if self.pile.count >= most:
                    break

    def _batches(self, table: Any, group: int) -> Iterator[rows.Batch]:
        if self._begun is not None and group == 0 and table is self._begun[0]:
            return self._begun[1]
        _check_group(table, group, self.pile.columns)
        return self._whole(rows.batches(table, group, self.pile.columns))

    def _whole(self, batches: Iterator[rows.Batch]) -> Iterator[rows.Batch]:
        """Batches up to the first that is damaged; the next group may be whole."""
        from pyarrow import ArrowException

        try:
            yield from batches
        except TganError:  # out of time, or the Hub broke off
            raise
        except (ArrowException, OSError, ValueError, KeyError):
            self.damaged += 1


class _Opened:
    """Tables that are open, each only once."""

    def __init__(self, asked: Asked, meter: Meter) -> None:
        self.asked, self.meter = asked, meter
        self._open: dict[str, Any] = {}

    def table(self, one: Table) -> Any:
        """A pyarrow.parquet.ParquetFile over the network; its footer is here. Raises DataError."""
        try:
            from pyarrow import ArrowException, parquet
        except ImportError as error:
            raise DataError(
                "reading tables from the Hub needs pyarrow; pip install pyarrow"
            ) from error
        if one.name not in self._open:
            file = Ranged(one.url, f"{self.asked.repo}: {one.name}", one.size, self.meter)
            try:
                self._open[one.name] = parquet.ParquetFile(
                    file, buffer_size=PART_BYTES, pre_buffer=False
                )
            except Full as error:
                raise DataError(
                    f"{self.asked.repo}: the listing of {one.name} alone is larger than we take, "
                    f"{mib(MAX_BYTES)}"
                ) from error
            except (ArrowException, OSError) as error:
                raise DataError(
                    f"{self.asked.repo}: {one.name} is not a parquet table, or is damaged"
                ) from error
        return self._open[one.name]


def _spread(
    opened: Sequence[Any], columns: Columns, most: int, meter: Meter
) -> list[tuple[Any, int, int]]:
    """(table, row group, rows of it) from all over, since many sets are sorted by class: so many rows
    in all as are wanted and may come.
    """
    groups = [(table, k) for table in opened for k in range(table.num_row_groups)]
    num_rows = sum(table.metadata.row_group(k).num_rows for table, k in groups)
    if not num_rows:
        return []
    num_bytes = sum(sum(_sizes(table, k, columns)[0]) for table, k in groups)
    room = meter.most_bytes - meter.num_bytes
    wanted = max(1, min(most, num_rows, num_rows * room // max(1, num_bytes)))
    least = -(-wanted * len(groups) // num_rows)  # groups that hold so many, read whole
    count = min(len(groups), max(least, SPREAD))
    mean, row = num_bytes / len(groups), num_bytes / num_rows

    def cost(count: int) -> float:
        return count * min(mean, max(wanted / count, PAGE_ROWS) * row + PART_BYTES)

    # of many groups a head each, as long as that costs no more than may come
    while count > least and cost(count) > room:
        count -= 1
    return [(*groups[k], -(-wanted // count)) for k in _evenly(len(groups), count)]


def _check_group(table: Any, group: int, columns: Columns) -> None:
    if (unpacked := sum(_sizes(table, group, columns)[1])) > MAX_GROUP_BYTES:
        raise DataError(
            f"a row group may unpack to {mib(MAX_GROUP_BYTES)}; one of this table takes {mib(unpacked)}"
        )


def _sizes(table: Any, group: int, columns: Columns) -> tuple[list[int], list[int]]:
    """Bytes of the columns that are read, packed and unpacked, as the table says."""
    of = table.metadata.row_group(group)
    found = [of.column(k) for k in range(of.num_columns)]
    read = [one for one in found if one.path_in_schema in columns.wanted]
    return [c.total_compressed_size for c in read], [c.total_uncompressed_size for c in read]


def _evenly(count: int, most: int) -> list[int]:
    """At most so many of 0..count-1, from all over."""
    taken = min(count, most)
    return [k * count // taken for k in range(taken)]
