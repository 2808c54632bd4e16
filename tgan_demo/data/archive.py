"""What a zip holds, read member by member in memory. Nothing is written, so no name can escape.

The one reader of all zips: uploads, models, arrays. The sizes that a zip states are not believed: its
listing is measured before it is parsed, and bytes are counted as they come out.
"""

import contextlib
import stat
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tgan_demo.data import listing
from tgan_demo.data.limits import (
    MAX_FILE_BYTES,
    MAX_RATIO,
    MAX_TOTAL_BYTES,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_BYTES,
    UNJUDGED_BYTES,
    Refusal,
    mib,
)
from tgan_demo.data.litter import is_litter
from tgan_demo.errors import DataError

ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
# bzip2 and LZMA members are not opened: Python unpacks them without a bound on memory
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(slots=True)
class Budget:
    """What may still come out of all zips of one upload, in bytes."""

    left: int = field(default_factory=lambda: MAX_UNPACKED_BYTES)

    def take(self, count: int) -> None:
        """Raises DataError: it is used up."""
        self.left -= count
        if self.left < 0:
            raise DataError(
                f"all zips together may unpack to {mib(MAX_UNPACKED_BYTES)}; these hold more; bring fewer"
            )


def is_zip(path: Path) -> bool:
    """Whether the file starts as a zip does; its name does not matter."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", listing.END)
    except OSError:
        return False


@contextlib.contextmanager
def opened(path: Path, *, most_bytes: int = MAX_ZIP_BYTES) -> Iterator[zipfile.ZipFile]:
    """A zip whose listing was judged; its members are not: ask `complaint` before one is read.

    Args:
        most_bytes: of the zip itself.

    Raises:
        DataError: damaged, larger than we open, or made to unpack to more than it holds; whatever the
            parser raises while it is open is said as damage, too.
    """
    path = Path(path)
    listing.check(path, most_bytes)
    try:
        with zipfile.ZipFile(path) as packed:
            if listing.overlaps(packed):
                raise DataError(f"{path.name} lists the same bytes twice; zip the files anew")
            yield packed
    except DataError:
        raise
    except Exception as error:  # a damaged listing makes the parser raise anything
        raise DataError(f"{path.name} is a damaged zip; zip the files anew") from error


def complaint(entry: zipfile.ZipInfo) -> str:
    """Why a member is not opened, as its listing says; "" where nothing speaks against it."""
    parts = entry.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        return "its name points outside the zip"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link, not a file"
    if entry.filename.lower().endswith(ARCHIVES):
        return "an archive inside the zip is not opened"
    if entry.flag_bits & 0x1:
        return "locked with a password"
    if entry.compress_type not in _METHODS:
        return "packed in a way we do not open; zip it the plain way (deflate)"
    return ""


def names(path: Path) -> list[str]:
    """Names of the files that a zip lists; nothing is unpacked. Raises DataError as `members` does."""
    with opened(path) as packed:
        return [e.filename for e in _files(packed)]


def members(
    path: Path,
    *,
    wanted: Collection[str] = (),
    most_bytes: int = MAX_FILE_BYTES,
    budget: Budget | None = None,
) -> Iterator[tuple[str, bytes | Refusal]]:
    """(name, bytes or why not) of every file in a zip, in the order of its listing.

    Args:
        wanted: names without their folders; all others stay packed. (): every file.
        most_bytes: of one file, unpacked.
        budget: shared by the zips of one upload; None: of this zip alone.

    Raises:
        DataError: the zip is damaged, or larger than we open.
    """
    path = Path(path)
    budget = budget or Budget()
    with opened(path) as packed:
        most, total = max(UNJUDGED_BYTES, MAX_RATIO * path.stat().st_size), 0
        for entry in _files(packed):
            if wanted and base_name(entry.filename) not in wanted:
                continue
            content, count = _read(packed, entry, most_bytes)
            total += count
            budget.take(count)
            if total > MAX_TOTAL_BYTES:
                raise DataError(f"a zip may unpack to {mib(MAX_TOTAL_BYTES)}; {path.name} goes on")
            if total > most:
                raise DataError(
                    f"{path.name} unpacks to more than {MAX_RATIO} times its size; zip fewer files"
                )
            yield _label(entry.filename), content


def base_name(name: str) -> str:
    """A member's name without its folders."""
    return name.replace("\\", "/").rpartition("/")[2]


def _files(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [e for e in packed.infolist() if not e.is_dir() and not is_litter(e.filename)]


def _read(
    packed: zipfile.ZipFile, entry: zipfile.ZipInfo, most_bytes: int
) -> tuple[bytes | Refusal, int]:
    """One member's bytes or why not, and how many came out, since the stated size may lie."""
    name = _label(entry.filename)
    if reason := complaint(entry):
        return Refusal(name, reason), 0
    try:
        with packed.open(entry) as file:
            content = file.read(most_bytes + 1)
    except (
        Exception
    ):  # a damaged member makes the parser raise anything; what came out is not known
        return Refusal(name, "damaged inside the zip"), min(entry.file_size, most_bytes)
    if len(content) > most_bytes:
        return Refusal(name, f"unpacks to more than {mib(most_bytes)}"), len(content)
    return content or Refusal(name, "empty"), len(content)


def _label(name: str) -> str:
    """A name fit to be shown."""
    return "".join(c if c.isprintable() else "?" for c in name)[-80:]
