"""One file of a repository on the Hub as a file that can be read anywhere: only the parts asked for come,
by HTTP ranges, counted against what all files together may take.
"""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tgan_demo.errors import DataError
from tgan_demo.hub import reach

TRIES = 4  # a part that is cut off goes on where it stopped
WAIT_S = 1.0  # before the second try, twice as long before each that follows
_AGAIN = (408, 429, 500, 502, 503, 504)


class Full(Exception):
    """As many bytes came as may; what is here can be used."""


@dataclass(slots=True)
class Meter:
    """What several files together may take, who is told about it, and who may end it."""

    name: str  # of what comes, for sentences
    most_bytes: int
    most_seconds: float
    progress: Callable[[str], None] | None = None
    stop: Callable[[], bool] | None = None
    num_bytes: int = 0
    _begun: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def check(self, count: int = 0) -> None:
        """Whether `count` more bytes may be asked for.

        Raises:
            Full: more bytes than may come.
            DataError: out of time, or called off.
        """
        if self.stop is not None and self.stop():
            raise DataError(f"{self.name}: called off, nothing was kept")
        if time.monotonic() - self._begun > self.most_seconds:
            raise DataError(
                f"{self.name} did not come within {self.most_seconds:.0f} s; ask for fewer rows, "
                "train[:500]"
            )
        if self.num_bytes + count > self.most_bytes:
            raise Full

    def add(self, count: int) -> None:
        """So many bytes came. Raises as `check` does."""
        self.num_bytes += count
        now = time.monotonic()
        if self.progress is not None and now - self._told > 1:
            self._told = now
            self.progress(f"{self.name}: {self.num_bytes / 2**20:.1f} MiB")
        self.check()


class Ranged(io.RawIOBase):
    """A file behind an address, `size` bytes long.

    Its reads raise Full and DataError as Meter.check does, DataError where the Hub does not answer or
    breaks off again and again.
    """

    def __init__(self, url: str, name: str, size: int, meter: Meter) -> None:
        super().__init__()
        self.url, self.label, self.size, self.meter = url, name, size, meter
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        return self._at

    def read(self, count: int = -1) -> bytes:
        left = max(0, self.size - self._at)
        count = left if count is None or count < 0 else min(count, left)
        if not count:
            return b""
        self.meter.check(count)
        content = self._part(self._at, count)
        self._at += count
        return content

    def _part(self, start: int, count: int) -> bytes:
        """So many bytes from `start`."""
        got = bytearray()
        failed: Exception | None = None
        for k in range(TRIES):
            if k:
                time.sleep(WAIT_S * 2 ** (k - 1))
                self.meter.check()
            try:
                self._go_on(got, start, count)
            except (DataError, Full):
                raise
            except Exception as error:  # the library's transport changes with its version
                failed = error
            if len(got) == count:
                return bytes(got)
        if failed is None or got:
            raise DataError(
                f"the Hub broke {self.label} off before its end, again and again; try later"
            ) from failed
        raise reach.unreachable(self.label, failed) from failed

    def _go_on(self, got: bytearray, start: int, count: int) -> None:
        """Add to `got` what comes in one answer."""
        from huggingface_hub.utils import build_hf_headers, get_session

        first, last = start + len(got), start + count - 1
        headers = build_hf_headers(token=False) | {
            "Range": f"bytes={first}-{last}",
            "Accept-Encoding": "identity",
        }
        with get_session().stream(
            "GET", self.url, headers=headers, timeout=reach.TIMEOUT_S, follow_redirects=True
        ) as answer:
            status = answer.status_code
            if status in _AGAIN:
                raise OSError(f"status {status}")
            if status >= 400:
                raise DataError(f"the Hub does not give {self.label} to everybody ({status})")
            if status != 206 and first:
                raise DataError(f"the Hub does not give parts of {self.label}, and all is too much")
            for part in answer.iter_bytes(2**16):
                got += part[: count - len(got)]
                self.meter.add(len(part))
                if len(got) == count:
                    return
