"""How much of the disk a visitor, all visitors, and the server itself may fill."""

import shutil
import time
from pathlib import Path

from tgan_demo.errors import QuotaError
from tgan_demo.files.disk import MIB, megabytes, size
from tgan_demo.people.shelf import Shelf, title_of

QUOTA_BYTES = 200 * MIB  # of one visitor
TOTAL_BYTES = 20_000 * MIB  # of all visitors
SPARE_BYTES = 64 * MIB  # of the disk, never touched


class Quota(Shelf):
    """The disk of all visitors, and what may still be written to it."""

    def __init__(
        self,
        data_dir: Path | None = None,
        quota_bytes: int = QUOTA_BYTES,
        total_bytes: int = TOTAL_BYTES,
    ) -> None:
        super().__init__(data_dir)
        self.quota_bytes, self.total_bytes = quota_bytes, total_bytes
        self._total = (0.0, 0)  # when measured, bytes

    def used_bytes(self, visitor: str | None) -> int:
        return size(self.check(visitor))

    def require(self, visitor: str | None, nbytes: int) -> None:
        """Make sure that `nbytes` more may be written for this visitor.

        Raises:
            QuotaError: the visitor's share, the server's or the disk itself would be full.
        """
        used = self.used_bytes(visitor)
        if used + nbytes > self.quota_bytes:
            raise QuotaError(
                f"your share of the disk is {megabytes(self.quota_bytes)}; {megabytes(used)} are used "
                f"and this needs {megabytes(nbytes)} more. {self._advice(visitor)}"
            )
        if self._total_used() + nbytes > self.total_bytes:
            raise QuotaError(
                f"this server keeps {megabytes(self.total_bytes)} for all visitors and that is used up; "
                f"try later. {self._advice(visitor)}"
            )
        if shutil.disk_usage(self.data_dir).free < nbytes + SPARE_BYTES:
            raise QuotaError(
                f"the server's disk is full; {megabytes(nbytes)} wanted. {self._advice(visitor)}"
            )

    def _advice(self, visitor: str | None) -> str:
        sizes = []
        for kind, name in (("data", "data set"), ("mine", "model"), ("run", "run")):
            for item, folder in self._items(visitor, kind):
                sizes.append((size(folder), f"{name} {title_of(folder) or item!r}"))
        if not sizes:
            return "You own nothing that could be deleted"
        largest = [
            f"{name} ({megabytes(nbytes)})" for nbytes, name in sorted(sizes, reverse=True)[:3]
        ]
        advice = "Delete something first, the largest are: " + ", ".join(largest)
        if any(name.startswith("run ") for _, name in sorted(sizes, reverse=True)[:3]):
            advice += ". Of a run that has ended you can keep the model and drop the rest"
        return advice

    def _total_used(self) -> int:
        with self._lock:
            if time.time() - self._total[0] > 60:
                self._total = (time.time(), size(self._visitors))
            return self._total[1]
