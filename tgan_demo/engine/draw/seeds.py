"""What a seed stands for: its z and, with classes, its class.

Axes: B batch, Z latent.
"""

import numpy as np
import torch
from torch import Tensor


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
