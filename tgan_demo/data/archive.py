"""What a zip holds, read member by member in memory. Nothing is written, so no name can escape.

The sizes that a zip states are not believed: its listing is measured before it is parsed, and
bytes are counted as they come out.
"""

import stat
import struct
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from tgan_demo.data.limits import (
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    MAX_LISTING_BYTES,
    MAX_TOTAL_BYTES,
    MAX_ZIP_BYTES,
    Refusal,
    mib,
)
from tgan_demo.data.litter import is_litter
from tgan_demo.errors import DataError

ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
# bzip2 and LZMA members are not opened: Python unpacks them without a bound on memory
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def is_zip(path: Path) -> bool:
    """Whether the file starts as a zip does; its name does not matter."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", _END)
    except OSError:
        return False


def names(path: Path) -> list[str]:
    """Names of the files that a zip lists; nothing is unpacked. Raises DataError as `members` does."""
    _check_listing(path)
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()[:MAX_ENTRIES]
    except Exception as error:  # a damaged listing makes the parser raise anything
        raise DataError(f"{path.name} is a damaged zip; zip the files anew") from error
    return [e.filename for e in entries if not e.is_dir() and not is_litter(e.filename)]


def members(
    path: Path, *, wanted: Collection[str] = (), most_bytes: int = MAX_FILE_BYTES
) -> Iterator[tuple[str, bytes | Refusal]]:
    """(name, bytes or why not) of every file in a zip, in the order of its listing.

    Args:
        wanted: names without their folders; all others stay packed. (): every file.
        most_bytes: of one file, unpacked.

    Raises:
        DataError: the zip is damaged, or larger than we open.
    """
    path = Path(path)
    _check_listing(path)
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
            if len(entries) > MAX_ENTRIES:
                raise DataError(
                    f"a zip may list {MAX_ENTRIES:,} files; {path.name} lists more; split it"
                )
            total = 0
            for entry in entries:
                if entry.is_dir() or is_litter(entry.filename):
                    continue
                if wanted and base_name(entry.filename) not in wanted:
                    continue
                content = _read(packed, entry, most_bytes)
                total += len(content) if isinstance(content, bytes) else 0
                if total > MAX_TOTAL_BYTES:
                    raise DataError(
                        f"a zip may unpack to {mib(MAX_TOTAL_BYTES)}; {path.name} goes on"
                    )
                yield _label(entry.filename), content
    except DataError:
        raise
    except Exception as error:  # a damaged listing makes the parser raise anything
        raise DataError(f"{path.name} is a damaged zip; zip the files anew") from error


def base_name(name: str) -> str:
    """A member's name without its folders."""
    return name.replace("\\", "/").rpartition("/")[2]


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, most_bytes: int) -> bytes | Refusal:
    """One member's bytes. Counts what comes out, since the stated size may lie."""
    name = _label(entry.filename)
    parts = entry.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        return Refusal(name, "its name points outside the zip")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Refusal(name, "a link, not a file")
    if entry.filename.lower().endswith(ARCHIVES):
        return Refusal(name, "an archive inside the zip is not opened")
    if entry.flag_bits & 0x1:
        return Refusal(name, "locked with a password")
    if entry.compress_type not in _METHODS:
        return Refusal(name, "packed in a way we do not open; zip it the plain way (deflate)")
    try:
        with packed.open(entry) as file:
            content = file.read(most_bytes + 1)
    except Exception:  # likewise, a damaged member
        return Refusal(name, "damaged inside the zip")
    if len(content) > most_bytes:
        return Refusal(name, f"unpacks to more than {mib(most_bytes)}")
    return content or Refusal(name, "empty")


def _check_listing(path: Path) -> None:
    """Bound the table of contents before `zipfile` builds an object for every line of it."""
    bytes_found = path.stat().st_size
    if bytes_found > MAX_ZIP_BYTES:
        raise DataError(
            f"a zip may hold {mib(MAX_ZIP_BYTES)}; {path.name} holds {mib(bytes_found)}"
        )
    with path.open("rb") as file:
        start = max(0, bytes_found - (22 + 2**16 + 20 + 56))
        file.seek(start)
        tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        raise DataError(f"{path.name} is a damaged zip (cut short?); zip the files anew")
    count, listing = (
        struct.unpack_from("<H", tail, end + 10)[0],
        struct.unpack_from("<I", tail, end + 12)[0],
    )
    if tail[max(0, end - 20) : end].startswith(_END64) and end >= 76:  # the 64-bit form overrules
        count, listing = struct.unpack_from("<QQ", tail, end - 76 + 32)
    if count > MAX_ENTRIES or listing > MAX_LISTING_BYTES:
        raise DataError(f"a zip may list {MAX_ENTRIES:,} files; {path.name} lists more; split it")


def _label(name: str) -> str:
    """A name fit to be shown."""
    return "".join(c if c.isprintable() else "?" for c in name)[-400:]
