"""A slice of a run for a process that ends with it: state in, state out, every few seconds.

`train` knows nothing but its arguments and changes nothing but its own copy, so it may run in a worker that
is forked, that gets its arguments and gives its parts by pickle, and that is killed at its limit: then what
came before counts, and nothing else is lost. On ZeroGPU it is `spaces.GPU`'s (zerogpu.py).
"""

import functools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.events import RunFailed, RunFinished, StepDone
from tgan_demo.runs import checkpoint, zerogpu
from tgan_demo.runs.loan import START_S

PART_S = 3.0  # between two parts, at least: so much is lost when the worker is killed
PART_SHARE = 0.05  # of the time, at most, that handing out a state takes
NO_GRAPHS = "a slice is short, and each would capture them anew"

_PARENT = os.getpid()


@dataclass(frozen=True, slots=True)
class Part:
    """What a slice has done since the part before."""

    state: bytes  # the run after it, as checkpoint.to_bytes
    events: tuple[StepDone | RunFailed, ...]


Slice = Callable[[bytes, Dataset, float], Iterator[Part]]


def train(
    state: bytes, dataset: Dataset, seconds: float, steps: int | None = None
) -> Iterator[Part]:
    """Train a run until `seconds` after the worker was asked for, `steps` are done, or it ends.

    Uses the GPU where there is one. Each part holds the whole state, so the last one that came is all
    that is needed to go on; the last step of the slice is in the last part.

    Args:
        state: of checkpoint.to_bytes.
    """
    end = time.monotonic() + max(1.0, seconds - START_S)
    if os.getpid() != _PARENT:  # OpenMP's threads do not live on after a fork
        torch.set_num_threads(1)
    here = checkpoint.from_bytes(state, device="cuda" if torch.cuda.is_available() else "cpu")
    events: list[StepDone | RunFailed] = []
    due, cost_s, longest_s = time.monotonic() + PART_S, 0.0, 0.0
    begun = time.monotonic()
    for event in trainer.train_slice(here, dataset, steps=steps, no_graphs=NO_GRAPHS):
        if isinstance(event, RunFinished):
            break
        events.append(event)
        now = time.monotonic()
        longest_s, begun = max(longest_s, now - begun), now
        if now + longest_s + 2 * cost_s >= end or isinstance(event, RunFailed):
            break
        if now >= due:
            yield Part(checkpoint.to_bytes(here), tuple(events))
            events = []
            begun = time.monotonic()
            cost_s = begun - now  # on a GPU its queue of work is waited for too
            due = begun + max(PART_S, cost_s / PART_SHARE)
    if events:
        yield Part(checkpoint.to_bytes(here), tuple(events))


def duration(state: bytes, dataset: Dataset, seconds: float, steps: int | None = None) -> float:
    """Seconds after which the platform may kill `train`."""
    return seconds


@functools.cache
def lent() -> Slice | None:
    """`train` on a GPU that is lent; None where none is. ZeroGPU wants to be told before the page is served."""
    return zerogpu.on_gpu(train, duration) if zerogpu.is_here() else None
