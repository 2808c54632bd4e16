"""What people said of a model, kept beside its automatic scores: counts, never who answered what.

One small file for the weights that were judged, so other weights of the same name begin anew:

    DATA_DIR/quiz/<hex>.json    {"title", "ways": {"pairs": {"right", "n", "rounds", "d_right", "d_n"}}}
"""

import contextlib
import hashlib
import logging
import threading
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from tgan_demo.files.disk import read_json, write_json
from tgan_demo.models.folder import WEIGHTS

logger = logging.getLogger(__name__)

ENOUGH = 100  # answers, before anything is said of them
MAX_FILES = 1000  # the one that was written to longest ago goes first
MAX_ANSWERS = 10**9


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers to one way of playing, and D's on the same pairs."""

    right: int = 0
    n: int = 0
    rounds: int = 0
    d_right: int = 0
    d_n: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            *(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True))
        )


class Kept:
    """Safe to use from many threads, of one process."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "quiz"
        self._lock = threading.Lock()

    def of(self, record: str) -> dict[str, Tally]:
        """By way of playing; {} where nobody has played, or the file is damaged."""
        try:
            ways = read_json(self._folder / f"{record}.json")["ways"]
            found = {str(way): Tally(**counts) for way, counts in ways.items()}
            return {way: tally for way, tally in found.items() if _is_sound(tally)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def add(self, record: str, title: str, way: str, tally: Tally) -> bool:
        """Add a round; whether it could be kept."""
        with self._lock:
            ways = self.of(record)
            ways[way] = ways.get(way, Tally()) + tally
            values = {"title": title, "ways": {way: asdict(one) for way, one in ways.items()}}
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                write_json(self._folder / f"{record}.json", values)
                self._drop_oldest()
            except OSError as error:
                logger.warning("a round is not kept: %s", error)
                return False
            return True

    def _drop_oldest(self) -> None:
        files = [path for path in self._folder.glob("*.json") if len(path.stem) == 32]
        if len(files) <= MAX_FILES:
            return
        for path in sorted(files, key=lambda path: path.stat().st_mtime)[: len(files) - MAX_FILES]:
            with contextlib.suppress(OSError):
                path.unlink()


def record_of(folder: Path, owner: str = "") -> str:
    """The name of a model's record: of its weights, and of whose it is where it is a visitor's own."""
    stat = (folder / WEIGHTS).stat()
    return hashlib.blake2b(
        owner.encode(),
        key=_digest(folder / WEIGHTS, stat.st_mtime_ns, stat.st_size),
        digest_size=16,
    ).hexdigest()


@lru_cache(maxsize=64)
def _digest(path: Path, _changed_ns: int, _size: int) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _is_sound(tally: Tally) -> bool:
    counts = asdict(tally).values()
    is_whole = all(isinstance(n, int) and 0 <= n <= MAX_ANSWERS for n in counts)
    return is_whole and tally.right <= tally.n and tally.d_right <= tally.d_n
