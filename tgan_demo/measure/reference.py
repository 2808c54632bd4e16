"""What real data get where samples are scored: bundled beside a model, for where the data are not.

reference.safetensors holds means and covariances of real features in some spaces, the values of real
data, and the principal components where these are a space.

Axes: D feature dimensions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from tgan_demo.errors import WeightsError
from tgan_demo.files.tensors import read_tensors, write_tensors
from tgan_demo.measure import features
from tgan_demo.measure.frechet import Gaussian

FILE = "reference.safetensors"


@dataclass(slots=True)
class Known:
    """What reference.safetensors holds."""

    n: int  # samples that the real values were taken with
    train_samples: int  # that the Gaussians were fitted to
    real: dict[str, dict[str, float]]  # space -> score -> value of real data
    gaussians: dict[str, Gaussian]  # space -> of real features
    pca: features.Pca | None = None


def save_reference(folder: Path, known: Known) -> None:
    """Write reference.safetensors."""
    arrays = {} if known.pca is None else features.save(known.pca)
    for name, gaussian in known.gaussians.items():
        arrays[f"{name}.mean"] = gaussian.mean.astype(np.float32)
        arrays[f"{name}.covariance"] = gaussian.covariance.astype(np.float32)
    record = {"n": known.n, "train_samples": known.train_samples, "real": known.real}
    tensors = {key: torch.from_numpy(np.ascontiguousarray(a)) for key, a in arrays.items()}
    write_tensors(folder / FILE, tensors, {"reference": json.dumps(record)})


def load_reference(folder: Path) -> Known | None:
    """What was bundled; None without the file. Raises WeightsError when it is damaged or foreign."""
    path = folder / FILE
    if not path.is_file():
        return None
    arrays = {key: tensor.numpy() for key, tensor in read_tensors(path).items()}
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("reference", "")
    try:
        record = json.loads(text)
        real = {
            str(space): {str(key): float(value) for key, value in scores.items()}
            for space, scores in record["real"].items()
        }
        pca = features.load(arrays) if "pca.mean" in arrays else None
        known = Known(int(record["n"]), int(record.get("train_samples", 0)), real, {}, pca)
        for key in arrays:
            if key.endswith(".covariance"):
                name = key.removesuffix(".covariance")
                known.gaussians[name] = _gaussian(arrays, name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{FILE} wants components, means and the values of real data inside; {error}"
        ) from error
    if known.pca is not None:
        _check(known.pca, known.gaussians)
    return known


def _gaussian(arrays: Mapping[str, np.ndarray], name: str) -> Gaussian:
    mean_D = arrays[f"{name}.mean"].astype(np.float64)
    covariance_DD = arrays[f"{name}.covariance"].astype(np.float64)
    if covariance_DD.shape != (*mean_D.shape, *mean_D.shape):
        raise WeightsError(f"{FILE} has a mean and a covariance of {name} that do not fit; rebuild")
    return Gaussian(mean_D, covariance_DD)


def _check(pca: features.Pca, gaussians: Mapping[str, Gaussian]) -> None:
    values_P, basis_PD = pca.mean_P, pca.basis_PD
    is_whole = basis_PD.ndim == 2 and values_P.shape == basis_PD.shape[:1]
    if is_whole and features.SPACE in gaussians:
        is_whole = gaussians[features.SPACE].mean.shape == basis_PD.shape[1:]
    if not is_whole:
        raise WeightsError(f"{FILE} has components and means that do not fit together; rebuild")
