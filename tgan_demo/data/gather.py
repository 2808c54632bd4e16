"""Many files read into samples, within bounds: the one loop that every modality's `bring` runs.

A file that cannot be used is left out and named with the reason; only too much of anything ends it.
What a file is, and what comes out of it, is the reader's business.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from tgan_demo.data import archive
from tgan_demo.data.limits import Refusal, mib
from tgan_demo.errors import DataError

T = TypeVar("T")
Source = TypeVar("Source")


class Unusable(DataError):
    """One file cannot be used; the others may be."""

    wanted = "a file"

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(name, reason, remedy)  # as they came, so that it can be pickled
        self.reason = reason  # completes "x.wav: ..."

    def __str__(self) -> str:
        name, reason, remedy = self.args
        return f"wanted {self.wanted}; got {name[-60:]}: {reason}; {remedy}"


@dataclass(slots=True)
class Gathered(Generic[T]):
    """What came out of a pile of files, in the order it came."""

    items: list[T] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # where each came from
    notes: list[str] = field(default_factory=list)  # for each, what was done to it, "" for nothing
    refused: list[Refusal] = field(default_factory=list)  # whole files
    dropped: Counter[str] = field(default_factory=Counter)  # parts of files: why -> how many
    remarks: list[str] = field(default_factory=list)  # for the user, about the whole

    @property
    def left_out(self) -> int:
        """Files and parts of files that nothing will be learned from."""
        return len(self.refused) + sum(self.dropped.values())

    def told(self) -> list[str]:
        """What was done to items, each behind its name."""
        pairs = zip(self.names, self.notes, strict=True)
        return [f"{name[-60:]}: {note}" for name, note in pairs if note]


@dataclass(slots=True)
class Tally:
    """What all files together took so far. More than may be ends the reading."""

    noun: str  # what is brought: "clips"
    unit: str  # what is counted of them: "pixels"
    remedy: str
    most_bytes: int
    most_values: int
    num_bytes: int = 0
    num_values: int = 0
    unpacked: archive.Budget = field(default_factory=archive.Budget)

    def add(self, *, num_bytes: int = 0, num_values: int = 0) -> None:
        """Raises DataError."""
        self.num_bytes += num_bytes
        self.num_values += num_values
        if self.num_bytes > self.most_bytes:
            raise DataError(
                f"all {self.noun} together may hold {mib(self.most_bytes)}; these hold more; "
                f"{self.remedy} or bring fewer"
            )
        if self.num_values > self.most_values:
            raise DataError(
                f"all {self.noun} together may have {self.most_values // 10**6:,} million "
                f"{self.unit}; these have more; {self.remedy} or bring fewer"
            )


def gather(
    contents: Iterable[tuple[str, Source | Refusal]],
    read: Callable[[str, Source], Iterable[tuple[str, T, str]]],
    *,
    room: int,
    full: str,
    limit: int | None = None,
) -> Gathered[T]:
    """What `read` makes of every file: (name, item, what was done to it) of each item in it.

    Args:
        contents: name of each file, and the file, or why it cannot be opened; see `opened`.
        read: may raise Unusable, which leaves the file out.
        room: so many items at most; `full` begins the complaint about more.
        limit: stop after so many, without a complaint.

    Raises:
        DataError: there are more than `room`.
    """
    gathered: Gathered[T] = Gathered()
    for name, found in contents:
        if isinstance(found, Refusal):
            gathered.refused.append(found)
            continue
        try:
            for label, item, note in read(name, found):
                if len(gathered.items) >= room:
                    raise DataError(f"{full}; bring fewer")
                gathered.items.append(item)
                gathered.names.append(label)
                gathered.notes.append(note)
                if limit is not None and len(gathered.items) >= limit:
                    return gathered
        except Unusable as error:
            gathered.refused.append(Refusal(name, error.reason))
    return gathered


def opened(
    paths: Sequence[Path], most: int, names: Mapping[Path, str] | None = None
) -> Iterator[tuple[str, BinaryIO | Refusal]]:
    """(name, open file or why not) of every file, and of every file in a zip.

    Args:
        names: what files are called, where it is more than their own name; see parts.Upload.

    Raises:
        DataError: more than `most` files, or a zip that we do not open.
    """
    check_count(paths, most)
    budget = archive.Budget()
    for path in map(Path, paths):
        if archive.is_zip(path):
            for name, content in archive.members(path, budget=budget):
                yield name, content if isinstance(content, Refusal) else io.BytesIO(content)
        else:
            yield from one(path, (names or {}).get(path, path.name))


def one(path: Path, name: str = "") -> Iterator[tuple[str, BinaryIO | Refusal]]:
    """A single file, open until the next is asked for."""
    name = name or path.name
    try:
        file = path.open("rb")
    except OSError:
        yield name, Refusal(name, "cannot be read")
        return
    with file:
        yield name, file


def check_count(paths: Sequence[Path], most: int) -> None:
    """Raises DataError."""
    if len(paths) > most:
        raise DataError(f"at most {most:,} files; got {len(paths):,}; bring fewer")


def size_of(file: BinaryIO, name: str, most: int, error: type[Unusable], remedy: str) -> int:
    """Bytes of an open file, which stands at its start then. Raises `error`: none, or too many."""
    num_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    if not num_bytes:
        raise error(name, "empty", "export it anew")
    if num_bytes > most:
        raise error(name, f"{mib(num_bytes)} is more than {mib(most)}", remedy)
    return num_bytes
