"""What a seed stands for: its z and, with classes, its class.

Axes: B batch, Z latent.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

# what weights are drawn by, under torch.nn.init too
DRAWS = frozenset(("randn", "normal_", "uniform_", "xavier_uniform_", "kaiming_uniform_"))


class seeded(TorchFunctionMode):  # noqa: N801 - it reads as `with seeded(0):`
    """Within it, this thread draws weights from a generator of its own, as after torch.manual_seed.

    torch has one global stream for all threads: a model that loads beside a run that begins would
    give that run other weights.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        own = {"generator": self.rng} if func.__name__ in DRAWS else {}
        return func(*args, **{**(kwargs or {}), **own})


def noise(seeds: list[int], z_dim: int) -> Tensor:
    """z of each seed, (B, Z), standard normal. A seed's z does not depend on the seeds beside it."""
    return torch.stack(
        [torch.randn(z_dim, generator=torch.Generator().manual_seed(s)) for s in seeds]
    )


def labels_for(seeds: list[int], classes: int, label: int | None) -> Tensor | None:
    """Class of each seed, (B,): the one asked for, or the seed's own, uniform."""
    if not classes:
        return None
    if label is not None:
        return torch.full((len(seeds),), label % classes)
    # a second stream: the class must not say anything about z
    own = [int(np.random.default_rng((s, 1)).integers(classes)) for s in seeds]
    return torch.tensor(own)
