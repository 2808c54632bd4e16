"""Distances of two sets of feature vectors: Fréchet (two Gaussians), kernel (no assumption).

Knows vectors, not pictures or encoders. A distance says nothing without its features, its N and the
value that real data get at the same N, so callers report all three and never call it plain "FID".

Axes: N samples, D feature dimensions.
"""

from dataclasses import dataclass

import numpy as np

from tgan_demo.errors import DataError

DRAWS = 50  # of a bootstrap


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Mean (D,) and covariance (D, D) of a set of features, float64."""

    mean: np.ndarray
    covariance: np.ndarray


def gaussian(features_ND: np.ndarray) -> Gaussian:
    """Mean and unbiased covariance. Raises DataError with fewer than two samples."""
    if features_ND.ndim != 2 or len(features_ND) < 2:
        raise DataError(f"wanted two or more feature vectors; got shape {features_ND.shape}")
    wide = features_ND.astype(np.float64)
    return Gaussian(wide.mean(axis=0), np.atleast_2d(np.cov(wide, rowvar=False)))


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Squared 2-Wasserstein distance of two Gaussians.

    Unit: squared feature units. Better is lower; 0 for equal Gaussians. Biased upwards at small N,
    so compare only values of the same N with the value that real data get.

    The trace of the root is taken from the symmetric S_a^1/2 S_b S_a^1/2, whose eigenvalues are
    real: the usual root of S_a S_b turns complex for collapsed samples.

    Source: Heusel et al. 2017, arXiv:1706.08500 (there in Inception features).
    """
    root = _root(a.covariance)
    middle = root @ b.covariance @ root
    cross = np.sqrt(np.clip(np.linalg.eigvalsh((middle + middle.T) / 2), 0, None)).sum()
    gap = float(((a.mean - b.mean) ** 2).sum())
    trace = float(np.trace(a.covariance) + np.trace(b.covariance) - 2 * cross)
    return max(0.0, gap + trace)


def frechet_between(a_ND: np.ndarray, b_ND: np.ndarray) -> float:
    """`frechet_distance` of the Gaussians of two sets of features."""
    return frechet_distance(gaussian(a_ND), gaussian(b_ND))


def deviation(features_ND: np.ndarray, reference: Gaussian, *, draws: int = DRAWS) -> float:
    """Standard deviation of the distance to `reference` under another draw of N samples (bootstrap).

    Rows are drawn again with replacement, from seed 0. The samples' own distance from their distribution
    counts as a true one in such draws, so they vary too much: by twice the variance that the same draws
    have around the samples themselves (exact for the means of Gaussians). That is taken off again.

    Only a spread is taken of the draws: their mean has the bias of N twice. The idea: Efron 1979.
    """
    rng, count, own = np.random.default_rng(0), len(features_ND), gaussian(features_ND)
    away, noise = [], []
    for _ in range(draws):
        drawn = gaussian(features_ND[rng.integers(count, size=count)])
        away.append(frechet_distance(reference, drawn))
        noise.append(frechet_distance(own, drawn))
    least = np.var(noise, ddof=1)
    return float(np.sqrt(max(np.var(away, ddof=1) - 2 * least, least)))


def scored(key: str, reference: Gaussian, features_ND: np.ndarray) -> dict[str, float]:
    """The distance as a score, with its spread and, since it is biased by N, the mean of its four quarters."""
    found = {
        key: frechet_distance(reference, gaussian(features_ND)),
        f"{key}_sd": deviation(features_ND, reference),
    }
    size = len(features_ND) // 4
    if size > 1:
        quarters = features_ND[: 4 * size].reshape(4, size, -1)
        few = [frechet_distance(reference, gaussian(part_ND)) for part_ND in quarters]
        found[f"{key}_quarter"] = float(np.mean(few))
    return found


def kernel_distance(
    a_ND: np.ndarray, b_ND: np.ndarray, *, subsets: int = 50, size: int = 500, seed: int = 0
) -> tuple[float, float]:
    """Squared maximum mean discrepancy with the kernel (x.y / D + 1)^3: mean and sd over subsets.

    Unit: that of the kernel; scale features to about 1 first, see `scale_of`. Better is lower.
    Unbiased: around 0, also below it, for two sets from one distribution, at any N.

    Source: Bińkowski et al. 2018, arXiv:1801.01401.
    """
    size = min(size, len(a_ND), len(b_ND))
    if size < 2:
        raise DataError(
            f"wanted two or more samples on both sides; got {len(a_ND)} and {len(b_ND)}"
        )
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(subsets):
        x = a_ND[rng.choice(len(a_ND), size, replace=False)].astype(np.float64)
        y = b_ND[rng.choice(len(b_ND), size, replace=False)].astype(np.float64)
        values.append(_squared_discrepancy(x, y))
    return float(np.mean(values)), float(np.std(values))


def scale_of(real_ND: np.ndarray) -> float:
    """Spread of one real feature: divide both sides by it before the cubic kernel."""
    wide = real_ND.astype(np.float64)
    return float(np.sqrt(np.square(wide - wide.mean(axis=0)).mean())) or 1.0


def _squared_discrepancy(x_ND: np.ndarray, y_ND: np.ndarray) -> float:
    n, width = x_ND.shape

    def kernel(p_ND: np.ndarray, q_ND: np.ndarray) -> np.ndarray:
        return (p_ND @ q_ND.T / width + 1) ** 3

    xx, yy, xy = kernel(x_ND, x_ND), kernel(y_ND, y_ND), kernel(x_ND, y_ND)
    # a sample against itself would bias the two inner means
    inner = (xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)) / (n * (n - 1))
    return float(inner - 2 * xy.mean())


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
