"""Small helpers for files: whole-or-not-at-all writes, JSON objects, titles, sizes.

Knows paths and bytes, not visitors.
"""

import contextlib
import errno
import json
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any

from tgan_demo.errors import TganError
from tgan_demo.said import say, together

MIB = 2**20


def default_dir() -> Path:
    """TGAN_HOME, else this system's place for a person's cached data.

    Where nobody has a home (a container's user without a name) it is the working directory.
    """
    if home := os.environ.get("TGAN_HOME"):
        return Path(os.path.expanduser(home))
    name, usual = {
        "win32": ("LOCALAPPDATA", "~/AppData/Local"),
        "darwin": ("", "~/Library/Caches"),
    }.get(sys.platform, ("XDG_CACHE_HOME", "~/.cache"))
    base = os.path.expanduser(os.environ.get(name) or usual)
    return Path.cwd() / "data" if base.startswith("~") else Path(base) / "tgan_demo"


def write_atomic(path: Path, content: bytes, *, sync: bool = True) -> None:
    """The whole file or the old one: a kill or a full disk in the middle changes nothing.

    Without `sync` a power cut may still lose it, and nobody waits for the disk.
    """
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temp, "wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temp, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temp.unlink(missing_ok=True)
        raise


def write_json(path: Path, values: dict[str, Any], *, sync: bool = True) -> None:
    text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    write_atomic(path, text.encode(), sync=sync)


def read_json(path: Path) -> dict[str, Any]:  # JSON: what is in it is checked where it is used
    values = json.loads(path.read_bytes())
    if not isinstance(values, dict):
        raise ValueError(f"{path.name} holds no object")
    return values


def clean_title(title: object, default: str = "untitled") -> str:
    """A title fit for lists: one line, printable, at most 60 characters."""
    printable = "".join(c if c.isprintable() else " " for c in str(title))
    return " ".join(printable.split())[:60].strip() or default


def file_name(title: str, default: str = "my-model") -> str:
    """A title as a plain file name, without an ending."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or default


def size(folder: Path) -> int:
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def megabytes(nbytes: float) -> str:
    return f"{nbytes / MIB:.1f} MB" if nbytes < 10 * MIB else f"{nbytes / MIB:.0f} MB"


def is_disk(error: BaseException) -> bool:
    """Whether the disk itself is the matter: full, read-only, not ours, gone."""
    names = ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ESTALE", "ENOENT", "ENOTDIR")
    codes = {getattr(errno, name, None) for name in names} - {None}
    return isinstance(error, OSError) and error.errno in codes


def reason(error: Exception) -> str:
    """What the system says, without the path."""
    return getattr(error, "strerror", None) or str(error)[:80] or type(error).__name__


def not_saved(error: Exception) -> str:
    """What the user reads when a save failed."""
    if isinstance(error, TganError):
        return together(say("not_saved", why=str(error)), say("kept"))
    return say("disk", why=reason(error))
