"""Moments of a run that keep the weights: each a small model folder that can be drawn from, looked into and
gone on from. The best one by a score lies beside them.

Knows folders and the state of a run, not who owns it. A moment is there whole or not at all.

    run/moments/: 000012000/ (after so many samples of the run), best-000012000/
    000000000/ of a branch: the moment of another run that it began from
"""

import contextlib
import logging
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import NotFoundError, QuotaError, TganError
from tgan_demo.files.disk import MIB, size
from tgan_demo.files.tensors import read_json
from tgan_demo.models.folder import CONFIG, NEEDED, load_model, meta_of, save_model
from tgan_demo.people.quota import Quota
from tgan_demo.people.shelf import Shelf
from tgan_demo.runs import checkpoint

logger = logging.getLogger(__name__)

MAX_MOMENTS = 20  # of a run, besides the best
MAX_BYTES = 24 * MIB  # of them; two are kept whatever they take
JITTER = 0.7  # of the way between two, which the next may come early
BEST = "best"
_ID = re.compile(r"(run/[0-9a-f]{16})@(\d{1,12}|best)")

Room = Callable[[int], None]  # asked for bytes on the disk; raises QuotaError


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in which run."""

    run: str  # its id
    title: str  # of the run
    nimg: int  # samples that the run had seen

    @property
    def id(self) -> str:
        """What the studio loads it by."""
        return f"{self.run}@{self.nimg}"


class Moments:
    """Of one run: `folder` may not exist yet. One thread keeps, any may look."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at, self.best_at = self._listed()  # samples seen, rising; of the best, or None

    def _listed(self) -> tuple[list[int], int | None]:
        names = [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []
        best = [
            int(name[len(BEST) + 1 :]) for name in names if re.fullmatch(r"best-\d{9,12}", name)
        ]
        plain = sorted(int(name) for name in names if re.fullmatch(r"\d{9,12}", name))
        return plain, max(best, default=None)  # two: a kill came before the older one went

    def tidy(self) -> None:
        """Remove what a kill left of a moment that was being written or removed."""
        for path in self.folder.glob(".part-*"):
            shutil.rmtree(path, ignore_errors=True)

    # --- looking

    def path(self, which: int | str) -> Path:
        """The folder of the moment nearest to so many samples, or of "best".

        Raises:
            NotFoundError: none is kept.
        """
        if which == BEST and self.best_at is not None:
            return self.folder / f"{BEST}-{self.best_at:09d}"
        if which == BEST or not self.at:
            raise NotFoundError("no moment of this run is kept; start it again to have some")
        return self.folder / f"{self.nearest(int(which)):09d}"

    def nearest(self, nimg: int) -> int:
        return min(self.at, key=lambda at: abs(at - nimg))

    @property
    def nbytes(self) -> int:
        return size(self.folder)

    def start(self) -> Model | None:
        """The weights that a branch begins from; None of other runs."""
        return load_model(self.path(0)) if self.at[:1] == [0] else None

    @property
    def best(self) -> dict[str, Any] | None:
        """{"nimg", "score", "value"} of the best moment."""
        with contextlib.suppress(TganError, KeyError, TypeError):
            if self.best_at is not None:
                return dict(read_json(self.path(BEST) / CONFIG)["best"])
        return None

    def told(self) -> dict[str, Any]:
        """JSON-able: {"at", "best"}."""
        return {"at": self.at, "best": self._best_told}

    @cached_property
    def _best_told(self) -> dict[str, Any] | None:
        return self.best

    # --- keeping

    def keep(
        self, state: TrainState, dataset: Dataset, now: Moment, room: Room, *, is_last: bool = False
    ) -> bool:
        """Keep this moment if the last one is as far away as they are from each other. What the run's
        checkpoint may need stays free.
        """
        if now.nimg in (0, *self.at) or not (is_last or self._is_due(now.nimg)):
            return False
        if not self._write(f"{now.nimg:09d}", state, dataset, now, room, {}):
            return False
        self.at = sorted([*self.at, now.nimg])
        while len(self.at) > 2 and (len(self.at) > MAX_MOMENTS or self._too_large()):
            kept = sorted({self.at[0], *self.at[::-1][::2]})
            gone, self.at = set(self.at) - set(kept), kept
            for nimg in gone:
                self._remove(self.folder / f"{nimg:09d}")
        return True

    def keep_best(
        self,
        state: TrainState,
        dataset: Dataset,
        now: Moment,
        room: Room,
        *,
        score: str,
        value: float,
    ) -> bool:
        """Keep this moment as the best by a score, in place of the one before; it is never thinned."""
        best = {"nimg": now.nimg, "score": score, "value": value}
        name = f"{BEST}-{now.nimg:09d}"
        if now.nimg == self.best_at or not self._write(
            name, state, dataset, now, room, {"best": best}
        ):
            return False
        before, self.best_at = self.best_at, now.nimg
        self.__dict__["_best_told"] = best
        if before is not None:
            self._remove(self.folder / f"{BEST}-{before:09d}")
        return True

    def begin_from(self, source: Path) -> dict[str, Any]:
        """Of a branch: its moment 0 is a copy of another run's, which may be thinned or deleted. The fields
        of that Moment.
        """
        with self._part() as part:
            for name in NEEDED:
                shutil.copyfile(source / name, part / name)
            part.rename(self.folder / f"{0:09d}")
        self.at = [0]
        return asdict(Moment(**read_json(self.path(0) / CONFIG)["moment"]))

    def forget(self) -> None:
        """Remove them all."""
        self.at, self.best_at = [], None
        self.__dict__.pop("_best_told", None)
        if self.folder.is_dir():
            self._remove(self.folder)

    def _is_due(self, nimg: int) -> bool:
        if len(self.at) < 3:
            return nimg > max(self.at, default=0)
        apart = (self.at[-1] - self.at[0]) / (len(self.at) - 1)
        return nimg - self.at[-1] >= JITTER * apart

    def _too_large(self) -> bool:
        return sum(size(self.folder / f"{nimg:09d}") for nimg in self.at) > MAX_BYTES

    def _write(
        self,
        name: str,
        state: TrainState,
        dataset: Dataset,
        now: Moment,
        room: Room,
        more: dict[str, Any],
    ) -> bool:
        """A moment less is no reason to stop: False when there is no room for it."""
        data = {"name": dataset.name, "licence": dataset.licence, "source": dataset.source}
        title = f"{now.title} · {now.nimg:,}"
        try:
            room(size_of(state) + checkpoint.size_of(state))
            with self._part() as part:
                meta = meta_of(state, title=title, data=data) | {"moment": asdict(now)} | more
                save_model(
                    part,
                    ema=state.ema,
                    D=state.D,
                    config=state.model,
                    tokenizer=state.tokenizer,
                    meta=meta,
                )
                part.rename(self.folder / name)
        except (OSError, SafetensorError, QuotaError) as error:
            logger.info("a moment of %s is not kept: %s", now.run, error)
            return False
        return True

    @contextlib.contextmanager
    def _part(self):
        """A folder to write in, which is gone afterwards unless it was renamed."""
        part = self.folder / f".part-{secrets.token_hex(4)}"
        part.mkdir(parents=True)
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _remove(self, path: Path) -> None:
        """At once for whoever looks, then from the disk."""
        with contextlib.suppress(OSError):
            path = path.rename(path.with_name(f".part-{secrets.token_hex(4)}"))
        shutil.rmtree(path, ignore_errors=True)


def size_of(state: TrainState) -> int:
    """Bytes of a moment: G averaged and D in half precision, and what the tokenizer learned."""
    weights = sum(p.numel() for net in (state.ema, state.D) for p in net.parameters())
    return 2 * weights + sum(value.nbytes for value in state.tokenizer.tensors().values())


def branch(store: Quota, run: Any) -> None:
    """Give a new run (record.Run) the moment that it starts from, if it starts from one.

    Raises:
        NotFoundError, QuotaError, OSError: the moment is gone, or its copy has no room. Then there is no
            run either.
    """
    if not is_moment(run.request.start):
        return
    try:
        source = folder_of(store, run.visitor, run.request.start)
        store.require(run.visitor, size(source))
        run.parent = run.moments.begin_from(source)
    except BaseException:
        with contextlib.suppress(OSError, NotFoundError):
            store.delete(run.visitor, run.id)
        raise


def is_moment(model_id: str) -> bool:
    return _ID.fullmatch(str(model_id)) is not None


def folder_of(shelf: Shelf, visitor: str | None, model_id: str) -> Path:
    """Where a visitor's moment lies, "run/<hex>@<samples>" or "run/<hex>@best"; the nearest that is kept.

    Raises:
        NotFoundError: this visitor has no such run, or it keeps no moment.
    """
    found = _ID.fullmatch(str(model_id))
    if found is None:
        raise NotFoundError(f"a moment is called run/...@samples; got {str(model_id)[:40]!r}")
    return Moments(shelf.folder(visitor, found[1]) / "moments").path(found[2])
