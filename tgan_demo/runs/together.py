"""Processes that train one run together, started by torchrun: they find each other, begin alike, end together.

    torchrun --nproc-per-node 2 -m tgan_demo train --data digits --images 50000 --out run

Who has which rows, and how gradients are averaged: engine/game/ranks. gloo carries what lies on the CPU, NCCL
what lies on a GPU.
"""

import contextlib
import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from types import FrameType
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from tgan_demo.contract import Dataset
from tgan_demo.engine.game.precision import DTYPES
from tgan_demo.engine.game.ranks import ALONE, Ranks, is_lost
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError, TganError

WAIT = timedelta(minutes=30)  # for the slowest: rank 0 measures and saves while the others wait
Store = Any  # torch's, which its stubs keep to themselves
LOOKED_AT = 64  # samples of a data set, to see that all have the same


@contextlib.contextmanager
def joined() -> Iterator[Ranks]:
    """This process among those that torchrun started; alone where it did not, or started one.

    Only rank 0 prints. An error that several have is raised by the first to have it; the others exit.
    """
    if not {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys():
        yield ALONE
        return
    ranks = Ranks(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))
    if ranks.count == 1:
        yield ALONE
        return
    signal.signal(signal.SIGTERM, _asked_to_end)
    store, _, _ = next(dist.rendezvous("env://"))  # pyright: ignore[reportPrivateImportUsage]
    try:
        _connect(store, ranks)
        with (
            open(os.devnull, "w") as nowhere,
            contextlib.redirect_stdout(sys.stdout if ranks.is_first else nowhere),
            contextlib.redirect_stderr(sys.stderr if ranks.is_first else nowhere),
        ):
            yield ranks
    except (TganError, OSError) as error:
        if _was_told(store, str(error)):
            raise SystemExit(2) from error
        raise
    finally:
        with contextlib.suppress(RuntimeError, AssertionError):
            dist.destroy_process_group()


def begin(state: TrainState, dataset: Dataset, ranks: Ranks) -> None:
    """Train `state` together from here on.

    Raises:
        ConfigError: the batch cannot be shared out evenly, or not all begin with the same run and data.
    """
    if ranks.count == 1:
        return
    size = state.train.batch_size
    if size % ranks.count:
        fit = ", ".join(str(n) for n in range(1, size + 1) if size % n == 0)
        raise ConfigError(
            f"{ranks.count} processes cannot share a batch of {size} evenly: start as many as divide it "
            f"({fit}), or set batch_size to a multiple of {ranks.count}"
        )
    names = list(DTYPES)  # "auto" was measured in each
    state.precision = names[int(ranks.first(names.index(state.precision)))]
    own = _fingerprint(state, dataset)
    if ranks.most(own) != -ranks.most(-own):  # not all the same: every rank finds so
        raise ConfigError(
            "the processes do not begin with the same run and data: give all of them the same words, files "
            "and versions"
        )
    state.ranks = ranks


def _asked_to_end(number: int, frame: FrameType | None) -> None:
    """By torchrun, where no training listens (runs/stopping). When a process has ended it asks all others; what
    these have to say of it shall be said first.
    """
    if not is_lost.is_set():
        raise SystemExit(128 + number)


def _connect(store: Store, ranks: Ranks) -> None:
    backend = "gloo"
    if torch.cuda.is_available():
        place, places = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
        if place >= places:
            raise ConfigError(
                f"there are more processes than GPUs here, which are {places}: start one for each"
            )
        torch.cuda.set_device(place)
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(
        backend, store=store, rank=ranks.rank, world_size=ranks.count, timeout=WAIT
    )


def _was_told(store: Store, text: str) -> bool:
    """Whether another process has raised the same error."""
    try:
        return store.add("told/" + hashlib.sha256(text.encode()).hexdigest(), 1) > 1
    except RuntimeError:  # who keeps the store is gone
        return False


def _fingerprint(state: TrainState, dataset: Dataset) -> int:
    """A number that says which weights, random stream, settings and data a run begins with."""
    found = hashlib.sha256(repr((state.model, state.train, state.step, state.nimg)).encode())
    for net in (state.G, state.D, state.encoder):
        for value in () if net is None else net.state_dict().values():
            found.update(value.detach().cpu().numpy().tobytes())
    found.update(state.rng.get_state().numpy().tobytes())
    for name, value in sorted(state.tokenizer.tensors().items()):
        found.update(name.encode() + value.cpu().contiguous().numpy().tobytes())
    some = dataset.items[:: max(1, len(dataset) // LOOKED_AT)]
    found.update(f"{len(dataset)} {some.shape}".encode())
    has_letters = some.dtype.kind in "OU"
    found.update(
        repr(some.tolist()).encode() if has_letters else np.ascontiguousarray(some).tobytes()
    )
    return int.from_bytes(found.digest()[:7])
