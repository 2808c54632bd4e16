"""Visitors of a shared server: an id and a folder each, and those who stayed away are forgotten.

An id is a capability: 128 random bits that we made; whoever has it is that visitor. A guess gets the
same answer as a typing error.

The data directory may be read-only, missing or deleted at any time. What only reads then finds nothing;
what writes raises OSError; once the directory can be written again all goes on, with the same ids.

    DATA_DIR/visitors/<visitor>/     DATA_DIR/tmp/  (half-written, trash)
"""

import contextlib
import errno
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tgan_demo.errors import NotFoundError
from tgan_demo.files.disk import default_dir, reason
from tgan_demo.people.hold import Hold

logger = logging.getLogger(__name__)

MAX_VISITORS = 10_000  # beyond it the oldest who own nothing are forgotten
_VISITOR = re.compile(r"[0-9a-f]{32}")


class Visitors:
    """The folders of all visitors. Safe to use from many threads."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.hold: Hold | None = None  # of a server; asked for again when the directory was deleted
        self.data_dir = Path(data_dir) if data_dir is not None else default_dir()
        self._visitors = self.data_dir / "visitors"
        self._tmp = self.data_dir / "tmp"
        self._lock = threading.RLock()
        self._met: set[str] = set()  # ids that were checked or made since the start
        try:
            self._make()
        except OSError as error:
            logger.warning("the data directory %s cannot be used: %s", self.data_dir, error)

    def _make(self) -> None:
        """The directory itself, where it is missing. Raises OSError; BusyError: another server's now."""
        if self.hold is not None:
            self.hold.take()
        for folder in (self._visitors, self._tmp):
            folder.mkdir(parents=True, exist_ok=True)

    def new_visitor(self) -> str:
        """An id, and its folder as soon as one can be made."""
        visitor = secrets.token_hex(16)
        with self._lock:
            self._met.add(visitor)
            try:
                self._make()
                self._forget_empty()
                (self._visitors / visitor).mkdir()
            except OSError as error:
                logger.warning("nothing can be kept for a new visitor: %s", error)
        return visitor

    @property
    def uploads(self) -> Path:
        """Where files on their way from a browser lie; not made here."""
        return self._tmp / "uploads"

    def trouble(self, visitor: str) -> str:
        """Why nothing can be kept for a visitor just now, in a few words; "" where it can."""
        try:
            self._make()
            folder = self.check(visitor)
            folder.mkdir(exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            return reason(error)
        return ""

    def check(self, visitor: str | None) -> Path:
        """The visitor's folder.

        Raises:
            NotFoundError: nobody of that id is known here.
        """
        if isinstance(visitor, str) and _VISITOR.fullmatch(visitor):
            folder = self._visitors / visitor
            if folder.is_dir():
                self._met.add(visitor)
                with contextlib.suppress(OSError):
                    if time.time() - folder.stat().st_mtime > 3600:
                        os.utime(folder)  # "seen", for clean()
                return folder
            if visitor in self._met:  # deleted from outside, or not made yet
                with contextlib.suppress(OSError):  # whoever writes there will be told
                    self._make()
                    folder.mkdir(exist_ok=True)
                return folder
        raise NotFoundError(
            "this page's visitor id is not known here; open the page again to get one"
        )

    def known(self, visitor: str | None) -> str:
        """The id itself, where `check` has nothing against it."""
        return self.check(visitor).name

    def visitors(self) -> list[str]:
        if not self._visitors.is_dir():
            return []
        return [
            entry.name for entry in os.scandir(self._visitors) if _VISITOR.fullmatch(entry.name)
        ]

    def clean(self, older_than_days: float) -> int:
        """Forget visitors not seen for so long, with all they own; returns how many."""
        limit = time.time() - 86_400 * older_than_days
        gone = 0
        with self._lock:
            for visitor in self.visitors():
                if (self._visitors / visitor).stat().st_mtime < limit:
                    self._remove(self._visitors / visitor)
                    self._met.discard(visitor)
                    gone += 1
            for entry in os.scandir(self._tmp):
                if entry.stat().st_mtime < time.time() - 86_400:
                    shutil.rmtree(entry.path, ignore_errors=True)
            for file in self.uploads.rglob(
                "*"
            ):  # of connections that were cut: nobody comes for them
                if file.is_file() and file.stat().st_mtime < time.time() - 86_400:
                    file.unlink(missing_ok=True)
        return gone

    def _forget_empty(self) -> None:
        known = self.visitors()
        if len(known) < MAX_VISITORS:
            return
        folders = sorted((self._visitors / v for v in known), key=lambda f: f.stat().st_mtime)
        for folder in folders[: MAX_VISITORS // 10]:
            if not any(folder.iterdir()):
                self._remove(folder)
                self._met.discard(folder.name)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on the same disk, gone afterwards unless it was moved away."""
        self._make()
        folder = self._tmp / secrets.token_hex(8)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _download_dir(self) -> Path:
        """An empty folder that lives for a day, for a file on its way to a person."""
        self._make()
        folder = self._tmp / secrets.token_hex(16)
        folder.mkdir(parents=True)
        return folder

    def _put(self, new: Path, place: Path) -> None:
        """Move a finished folder to its place; readers see the old one or the new one."""
        with self._lock:
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                os.utime(new, (time.time(), place.stat().st_mtime))  # keeps its place in lists
                self._remove(place)
            os.rename(new, place)

    def _remove(self, folder: Path) -> None:
        """Out of sight at once, then off the disk: a kill in between leaves no half a thing."""
        trash = self._tmp / f"trash-{secrets.token_hex(8)}"
        os.rename(folder, trash)
        shutil.rmtree(trash, ignore_errors=True)
