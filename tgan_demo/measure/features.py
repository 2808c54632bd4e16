"""Features that no network learned (principal components), and a score from class probabilities.

Axes: N samples, P pixel values of one picture, D components, K classes.
"""

from dataclasses import dataclass

import numpy as np

from tgan_demo.errors import DataError

SPACE = "pca64"  # name of the space of at most so many components
COMPONENTS = 64
CHUNK = 4096  # pictures
PCA_PICTURES = 8_000  # training pictures that the components are taken from


@dataclass(frozen=True, slots=True)
class Pca:
    """Principal components of pictures; features are in pixel values 0..255, not whitened."""

    mean_P: np.ndarray
    basis_PD: np.ndarray

    def apply(self, items: np.ndarray) -> np.ndarray:
        """uint8 (N, H, W, C) -> float32 (N, D)."""
        flat_NP = items.reshape(len(items), -1)
        if flat_NP.shape[1] != len(self.mean_P):
            raise DataError(
                f"these features want pictures of {len(self.mean_P)} values; got {items.shape[1:]}"
            )
        mean_P, basis_PD = self.mean_P.astype(np.float32), self.basis_PD.astype(np.float32)
        features_ND = np.empty((len(items), basis_PD.shape[1]), np.float32)
        for start in range(
            0, len(items), CHUNK
        ):  # all of it as float32 would be four times the data
            rows = slice(start, start + CHUNK)
            features_ND[rows] = (flat_NP[rows].astype(np.float32) - mean_P) @ basis_PD
        return features_ND

    def rounded(self) -> "Pca":
        """The same as `save` keeps it, in whole steps: to measure with what is stored."""
        return load(save(self))


def fit(items: np.ndarray, *, components: int = COMPONENTS) -> Pca:
    """The largest principal components of uint8 pictures (N, H, W, C), largest first."""
    if len(items) <= components:
        raise DataError(f"{components} components want more pictures than that; got {len(items)}")
    flat_NP = items.reshape(len(items), -1).astype(np.float64)
    mean_P = flat_NP.mean(axis=0)
    flat_NP -= mean_P
    if len(items) >= flat_NP.shape[1]:
        _, vectors = np.linalg.eigh(flat_NP.T @ flat_NP / (len(items) - 1))
        basis_PD = vectors[:, ::-1][:, :components]
    else:  # fewer pictures than values: the smaller product has the same directions
        _, vectors = np.linalg.eigh(flat_NP @ flat_NP.T)
        basis_PD = flat_NP.T @ vectors[:, ::-1][:, :components]
        basis_PD /= np.linalg.norm(basis_PD, axis=0)
    # an eigenvector's sign is the library's whim: the largest entry is made positive
    signs = np.sign(basis_PD[np.abs(basis_PD).argmax(axis=0), np.arange(basis_PD.shape[1])])
    return Pca(mean_P, basis_PD * signs)


def save(pca: Pca) -> dict[str, np.ndarray]:
    """Arrays for a safetensors file. The basis goes as int8 with a step per component: a quarter of
    float32, and an angle of under a degree to the exact one."""
    step_D = np.abs(pca.basis_PD).max(axis=0) / 127
    return {
        "pca.mean": pca.mean_P.astype(np.float32),
        "pca.basis": np.round(pca.basis_PD / step_D).astype(np.int8),
        "pca.step": step_D.astype(np.float32),
    }


def load(arrays: dict[str, np.ndarray]) -> Pca:
    return Pca(arrays["pca.mean"], arrays["pca.basis"].astype(np.float32) * arrays["pca.step"])


def inception_score(probabilities_NK: np.ndarray) -> float:
    """exp of the mean divergence of p(class | sample) from p(class).

    No unit, 1..K. Better is higher, up to the value of real data: sure of each sample and even
    over the classes. Blind to collapse inside a class. The class probabilities come from a
    classifier of ours, not from Inception.

    Source: Salimans et al. 2016, arXiv:1606.03498.
    """
    p = np.clip(probabilities_NK.astype(np.float64), 1e-12, None)
    middle = p.mean(axis=0, keepdims=True)
    return float(np.exp((p * (np.log(p) - np.log(middle))).sum(axis=1).mean()))
