"""Several processes that train one run together (data parallel): who has which rows of a batch, what all know.

Each process (rank) draws the indices and the random numbers of the whole batch from the same stream, keeps
its rows, and averages gradients with the others: so N of them on a batch of B take the steps of one on B.
Rows are dealt like cards, row i to rank i mod N: of the first `share` rows, which the penalties are taken on,
each has as many as the others, or one less.

Not torch's DistributedDataParallel, though it would do the averaging: its hooks belong to one forward pass of
the wrapped module and to `backward`, and here a step goes through D up to three times and through G by its
parts (mapping, synthesise), takes penalties by autograd.grad, which DDP says it does not work with, and holds
D still for G's part. One all-reduce of all gradients at once, before clipping, is ten lines and the same sum.

A collective call must be made by all ranks, in the same order: whatever decides how a run goes on is the same
number everywhere, the mean over ranks or rank 0's. Knows nothing of how processes are started (runs/together).

Axes: B a rank's rows of a batch.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from tgan_demo.errors import LostError

Rows = TypeVar("Rows", Tensor, np.ndarray)


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among those of its run. With a count of 1 nothing is sent and nothing is changed."""

    rank: int = 0  # 0 writes the files
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    # ---- rows

    def whole(self, size: int) -> int:
        """Rows of the whole batch, where `size` are this rank's."""
        return size * self.count

    def held(self, size: int) -> int:
        """How many of the first `size` rows of the whole batch are this rank's: they are its own first ones."""
        return len(range(self.rank, size, self.count))

    def own(self, whole: Rows, axis: int = 0) -> Rows:
        """This rank's rows of what was drawn for the whole batch."""
        if self.count == 1:
            return whole
        return whole[(slice(None),) * axis + (slice(self.rank, None, self.count),)]

    def average(self, own: Tensor, size: int) -> Tensor:
        """A mean over `size` rows of which `own` are this rank's, as its mean over ranks will be right."""
        if self.count == 1:
            return own.mean()
        return own.sum() * (self.count / (size * own.shape[1:].numel()))

    # ---- what all ranks do together

    def mean(self, own: Tensor) -> Tensor:
        """The mean over ranks."""
        if self.count == 1:
            return own
        whole = own.detach() / self.count
        _together(lambda: dist.all_reduce(whole))
        return whole

    def mean_gradients(self, parameters: Iterable[Tensor], total: Tensor) -> Tensor:
        """Make every gradient the mean over ranks, in place; the mean of `total`, the loss that they are of."""
        if self.count == 1:
            return total.detach()
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = self.mean(torch.cat([g.flatten() for g in (*grads, total.detach().to(grads[0]))]))
        *parts, whole = flat.split([*(g.numel() for g in grads), 1])
        for grad, part in zip(grads, parts, strict=True):
            grad.copy_(part.view_as(grad))
        return whole[0]

    def gather(self, own_B: Tensor) -> Tensor:
        """The rows of all ranks, as they lie in the whole batch. Without gradients."""
        if self.count == 1:
            return own_B
        own_B = own_B.detach().contiguous()
        parts = [torch.empty_like(own_B) for _ in range(self.count)]
        _together(lambda: dist.all_gather(parts, own_B))
        return torch.stack(parts, 1).flatten(0, 1)

    def share(self, tensors: Sequence[Tensor]) -> None:
        """Rank 0's values, for all, in place."""
        for tensor in tensors if self.count > 1 else ():
            _together(lambda tensor=tensor: dist.broadcast(tensor, 0))

    def first(self, value: float) -> float:
        """Rank 0's number."""
        if self.count == 1:
            return value
        told = torch.tensor(value, dtype=torch.double)
        self.share([told])
        return told.item()

    def most(self, value: int) -> int:
        """The largest of all ranks' numbers."""
        if self.count == 1:
            return value
        told = torch.tensor(int(value))
        _together(lambda: dist.all_reduce(told, dist.ReduceOp.MAX))
        return int(told)


ALONE = Ranks()
is_lost = threading.Event()  # another process has ended: this one will too, when it has said so


def _together(call: Callable[[], object]) -> None:
    try:
        call()
    except (
        RuntimeError
    ) as error:  # of gloo: connection closed; of NCCL: DistBackendError, which is one
        is_lost.set()
        raise LostError("another process of this run has ended") from error
