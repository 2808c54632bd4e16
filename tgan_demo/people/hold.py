"""One server a data directory: a lock that the system lets go of when its process ends, however it ends.

What stands in the file (process, address) is only for the sentence that a second server says.

    DATA_DIR/server.lock
"""

import contextlib
import errno
import json
import logging
import os
from pathlib import Path
from typing import IO, Any

from tgan_demo.errors import BusyError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

logger = logging.getLogger(__name__)

NAME = "server.lock"
TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # of a lock that another has
FAR = 2**30  # the byte that is locked on Windows, where locked bytes cannot be read


class Hold:
    """A claim on a data directory. `take` it before anything there is touched."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / NAME
        self._file: IO[str] | None = None
        self._told: dict[str, Any] = {"process": os.getpid()}

    def take(self) -> None:
        """Take the lock, or take it again where the directory was deleted and made anew.

        Raises:
            BusyError: another server has it; says where that one is.
            OSError: the directory cannot be made or written.
        """
        if self._is_ours():
            return
        self.release()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115  # closed by `release`
        try:
            _lock(file)
        except OSError as error:
            if error.errno in TAKEN:
                with file:
                    raise BusyError(_sentence(self.path.parent, _read(file))) from None
            logger.warning("%s cannot be locked: %s", self.path, error)  # some network disks
        self._file = file
        self._write()

    def tell(self, url: str) -> None:
        """Let a second server say where this one is."""
        self._told["url"] = url
        if self._is_ours():
            with contextlib.suppress(OSError):  # it is held all the same
                self._write()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_ours(self) -> bool:
        """Held, and the file is still the one in the directory."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), os.stat(self.path))
        except OSError:
            return False

    def _write(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(self._told))
        self._file.flush()


def _lock(file: IO[str]) -> None:
    """An exclusive lock without waiting. Raises OSError."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        os.lseek(file.fileno(), FAR, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore


def _read(file: IO[str]) -> dict[str, Any]:
    """What the other server wrote, as far as it can be read."""
    try:
        file.seek(0)
        told = json.loads(file.read(1000))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _sentence(folder: Path, told: dict[str, Any]) -> str:
    url, process = str(told.get("url", ""))[:200], told.get("process")
    where = f" at {url}" if url.isprintable() and url.startswith("http") else ""
    which = f" (process {process})" if isinstance(process, int) else ""
    return (
        f"another studio is running{where}{which} and uses the data directory {folder}; use that one, "
        "stop it, or give this one another directory with --data-dir"
    )
