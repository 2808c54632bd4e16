"""Is what is made like the real thing, is all of the real thing made, and is none of it copied?

Nearest neighbours among feature vectors, and two plain checks on pixels. Knows no model.

Axes: N real samples, M generated samples, D feature dimensions; pictures are uint8 (N, H, W, C).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tgan_demo.errors import DataError

CHUNK_VALUES = 1 << 22  # of a distance matrix that are held at once: 32 MiB
CORNER = 4  # pixels a side


@dataclass(frozen=True, slots=True)
class Prdc:
    """Shares 0..1 (density may pass 1). Better is higher, up to real data's at the same N."""

    precision: float  # generated samples that lie in a real sample's ball: quality
    recall: float  # real samples that lie in a generated sample's ball: variety
    density: (
        float  # real balls a generated sample lies in, over k: precision that outliers cannot fool
    )
    coverage: float  # real samples whose own ball holds a generated sample: variety, likewise


def prdc(real_ND: np.ndarray, fake_MD: np.ndarray, *, k: int = 5) -> Prdc:
    """Precision, recall, density, coverage; a ball reaches to the k-th nearest of its own set.

    Use the same number of real and generated samples, and show what held-out real data get.

    Sources: Kynkäänniemi et al. 2019, arXiv:1904.06991; Naeem et al. 2020, arXiv:2002.09797.
    """
    if min(len(real_ND), len(fake_MD)) <= k:
        raise DataError(
            f"k = {k} neighbours want more than {k} samples; got {len(real_ND)} and {len(fake_MD)}"
        )
    real, fake = wide(real_ND), wide(fake_MD)
    real_radius, fake_radius = radii(real, k), radii(fake, k)
    in_real_M = torch.zeros(len(fake))  # real balls around each generated sample
    is_recalled = is_covered = 0
    rows = rows_at_once(len(fake))
    for rows_N, radius_N in zip(real.split(rows), real_radius.split(rows), strict=True):
        distance_NM = torch.cdist(rows_N, fake)
        in_ball_NM = distance_NM < radius_N[:, None]
        in_real_M += in_ball_NM.sum(dim=0)
        is_covered += int(in_ball_NM.any(dim=1).sum())
        is_recalled += int((distance_NM < fake_radius).any(dim=1).sum())
    return Prdc(
        precision=float((in_real_M > 0).float().mean()),
        recall=is_recalled / len(real),
        density=float(in_real_M.mean()) / k,
        coverage=is_covered / len(real),
    )


def nearest(from_ND: np.ndarray, to_MD: np.ndarray) -> np.ndarray:
    """Distance of each vector to its nearest of the other set, (N,), in feature units."""
    to = wide(to_MD)
    rows = wide(from_ND).split(rows_at_once(len(to)))
    return torch.cat([torch.cdist(row, to).amin(dim=1) for row in rows]).numpy()


def copying_ratio(fake_MD: np.ndarray, held_out_ND: np.ndarray, train_ND: np.ndarray) -> float:
    """How near samples lie to training data, over how near held-out real ones do (medians).

    No unit. About 1 is best: well under 1 is copying, well over 1 is off the data.
    """
    usual = float(np.median(nearest(held_out_ND, train_ND)))
    return float(np.median(nearest(fake_MD, train_ND))) / max(usual, 1e-12)


def diversity(features_ND: np.ndarray, *, pairs: int = 10_000, seed: int = 0) -> float:
    """Mean distance of random pairs, in feature units. Better is near real's; 0 is collapse."""
    if len(features_ND) < 2:
        raise DataError(f"wanted two or more feature vectors; got {len(features_ND)}")
    rng = np.random.default_rng(seed)
    first = rng.integers(len(features_ND), size=pairs)
    second = (first + rng.integers(1, len(features_ND), size=pairs)) % len(features_ND)
    gap = features_ND[first].astype(np.float64) - features_ND[second]
    return float(np.sqrt(np.square(gap).sum(axis=1)).mean())


def corner_deviation(items: np.ndarray, *, size: int = CORNER) -> float:
    """Standard deviation inside a corner, mean over corners, colours and pictures.

    A corner is `size` x `size` pixels.

    Unit: pixel values 0..255. Better is near real data's: where corners are plain, more is speckle.
    """
    x = items.astype(np.float64)
    corners = [
        x[:, rows, columns].std(axis=(1, 2)).mean()
        for rows in (slice(None, size), slice(-size, None))
        for columns in (slice(None, size), slice(-size, None))
    ]
    return float(np.mean(corners))


def roughness(items: np.ndarray) -> float:
    """Mean absolute Laplacian (4 x pixel - its four neighbours) away from the border.

    Unit: pixel values 0..255. Better is near real data's: more is speckle, less is blur.
    """
    x = items.astype(np.float64)
    middle = x[:, 1:-1, 1:-1]
    around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
    return float(np.abs(4 * middle - around).mean())


def border_ratio(items: np.ndarray, patch: int) -> float:
    """Mean absolute step from pixel to pixel across the borders of patches, over that inside them.

    No unit. Better is near real data's, about 1 where nothing lies on the grid of patches: more is blocks.

    Args:
        patch: its side in pixels, 2 or more.
    """
    x = items.astype(np.float64)
    across, inside = [], []
    for axis in (1, 2):
        steps = np.abs(np.diff(x, axis=axis)).mean(axis=tuple({0, 1, 2, 3} - {axis}))
        is_border = np.arange(1, len(steps) + 1) % patch == 0
        across.append(steps[is_border])
        inside.append(steps[~is_border])
    return float(np.concatenate(across).mean() / max(np.concatenate(inside).mean(), 1e-12))


def radii(features_ND: Tensor, k: int) -> Tensor:
    """Distance to the k-th nearest other vector, (N,)."""
    # k + 1: the nearest of all is the vector itself
    rows = features_ND.split(rows_at_once(len(features_ND)))
    return torch.cat([torch.cdist(r, features_ND).kthvalue(k + 1, dim=1).values for r in rows])


def rows_at_once(columns: int) -> int:
    return max(1, CHUNK_VALUES // columns)


def wide(features: np.ndarray) -> Tensor:
    # float64: cdist goes through squares, and float32 would blur the distance of a copy to 0
    return torch.from_numpy(np.ascontiguousarray(features, dtype=np.float64))
