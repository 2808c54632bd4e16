"""Files that visitors brought and have not kept yet: each visitor's own, bounded, gone in a day.

Gradio stores what a browser sends under its checksum: two who bring the same file share one path. What
arrives is therefore linked (copied where the disk cannot) into a folder of the visitor's own.

    DATA_DIR/tmp/brought-<visitor>-<hex>/<number>/<name>
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tgan_demo.errors import DataError, QuotaError
from tgan_demo.files.disk import MIB, megabytes, size
from tgan_demo.people.visitors import Visitors

MAX_FILES = 2000  # of one arrival
MAX_ARRIVALS = 3  # of one visitor, tabs and mishaps; the oldest goes
MAX_ARRIVED_BYTES = 1024 * MIB  # of one visitor
MAX_ALL_BYTES = 8192 * MIB  # of all visitors


class Arrivals(Visitors):
    """What was brought, and waits to be kept or let go."""

    def take_in(self, visitor: str | None, paths: Sequence[str | Path]) -> list[Path]:
        """The files in a folder of the visitor's own, under their names; theirs to read until `let_go`.

        Raises:
            DataError: too many files, or one that is not there.
            QuotaError: they are too large, or too much waits on this server.
        """
        owner = self.known(visitor)
        if len(paths) > MAX_FILES:
            raise DataError(f"at most {MAX_FILES:,} files at a time; put them in one zip")
        sources = [Path(path) for path in paths]
        try:
            num_bytes = sum(source.stat().st_size for source in sources)
        except OSError as error:
            raise DataError("a file has not arrived; bring it again") from error
        if num_bytes > MAX_ARRIVED_BYTES:
            raise QuotaError(
                f"files may have {megabytes(MAX_ARRIVED_BYTES)} together; these have "
                f"{megabytes(num_bytes)}; bring fewer"
            )
        with self._lock:
            self._make_room(owner, num_bytes)
            folder = self._tmp / f"brought-{owner}-{secrets.token_hex(8)}"
            try:
                return [_link(source, folder / str(k)) for k, source in enumerate(sources)]
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise DataError("the files could not be stored here; bring them again") from error

    def let_go(self, paths: Iterable[str | Path]) -> None:
        """Take files that `take_in` gave off the disk, with their folder; others stay."""
        for folder in {Path(path).parent.parent for path in paths}:
            if folder.parent == self._tmp and folder.name.startswith("brought-"):
                shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, owner: str, num_bytes: int) -> None:
        waiting = sorted(self._tmp.glob("brought-*"), key=_age)
        own = [folder for folder in waiting if folder.name.startswith(f"brought-{owner}-")]
        used = {folder: size(folder) for folder in waiting}
        while own and (
            len(own) >= MAX_ARRIVALS
            or sum(used[folder] for folder in own) + num_bytes > MAX_ARRIVED_BYTES
        ):
            shutil.rmtree(own[0], ignore_errors=True)
            used.pop(own.pop(0))
        if sum(used.values()) + num_bytes > MAX_ALL_BYTES:
            raise QuotaError("too many files wait on this server to be looked at; try again later")


def _link(source: Path, folder: Path) -> Path:
    """The same bytes under a path of our own."""
    folder.mkdir(parents=True)
    place = folder / source.name
    try:
        os.link(source, place)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, place)
    return place


def _age(folder: Path) -> float:
    with contextlib.suppress(OSError):
        return folder.stat().st_mtime
    return 0.0
