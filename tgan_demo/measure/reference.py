"""What real data get where samples are scored, measured or read from a model's folder.

reference.safetensors beside a model holds components, means, covariances and the values of real
data: what scores can be made from where the data themselves are not.

Axes: N samples, T traits, D feature dimensions.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from tgan_demo.contract import Dataset
from tgan_demo.data import recipes
from tgan_demo.data.held_out import rows as split_rows
from tgan_demo.errors import DataError, WeightsError
from tgan_demo.files.tensors import read_tensors, write_tensors
from tgan_demo.measure import encoder, features, frechet, manifold
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.frechet import Gaussian
from tgan_demo.modalities import registry

FILE = "reference.safetensors"
SAMPLES = 2_000
ENCODER_SECONDS = 280.0
PRDC = ("precision", "recall", "density", "coverage")


@dataclass(slots=True)
class Space:
    """Features of real data in one space."""

    read: Callable[[np.ndarray], np.ndarray]
    train: Gaussian  # of the reference pictures
    train_ND: np.ndarray  # the reference pictures
    every_ND: np.ndarray | None  # all training pictures, where reading them is cheap
    test_ND: np.ndarray  # held-out real pictures, as many as samples


@dataclass(slots=True)
class Known:
    """What reference.safetensors holds."""

    n: int  # samples that the real values were taken with
    train_samples: int  # reference pictures
    real: dict[str, dict[str, float]]  # space -> score -> value of held-out real data
    pca: features.Pca
    gaussians: dict[str, Gaussian]  # space -> the reference pictures'


def bundle_reference(
    recipe: recipes.Recipe,
    folder: Path,
    data_root: Path | None = None,
    *,
    encoder_folder: Path | None = None,
    seconds: float = ENCODER_SECONDS,
) -> None:
    """Write reference.safetensors and encoder.safetensors into a model folder.

    The encoder is the folder's own, else the one in `encoder_folder`, else trained for `seconds`.
    """
    train, test = (seen(recipes.load_data(recipe, data_root, split=s)) for s in ("train", "test"))
    reader = None
    for place in (folder, encoder_folder):
        if reader is None and place is not None and (place / encoder.FILE).is_file():
            reader = encoder.load_encoder(place)
    found = targets_of(recipe, data_root)
    if reader is None and found is not None:
        targets, train_NT, _ = found
        reader = encoder.train_encoder(train.items, train_NT, targets, seconds=seconds)
    if reader is not None:
        if found is not None:
            reader.meta["test_accuracy"] = reader.accuracy(test.items, found[2])
            reader.meta["test_samples"] = len(test)
        encoder.save_encoder(reader, folder)
        reader = encoder.load_encoder(folder)  # float16, as everyone else will see it
    save_reference(folder, train, test, reader)


def save_reference(
    folder: Path, train: Dataset, test: Dataset, reader: SmallEncoder | None, *, n: int = SAMPLES
) -> None:
    """Write reference.safetensors: components, means, covariances, and the values of real data."""
    n = min(n, len(test))
    chosen = reference_rows(train)
    pca = components_of(chosen).rounded()
    held_out = held_out_rows(test, n)
    real: dict[str, dict[str, float]] = {"pixels": pixels(held_out.items)}
    arrays = features.save(pca)
    for name, space in spaces(pca, reader, train, chosen, held_out).items():
        arrays[f"{name}.mean"] = space.train.mean.astype(np.float32)
        arrays[f"{name}.covariance"] = space.train.covariance.astype(np.float32)
        real[name] = compare(space, space.test_ND, n)
    if reader is not None:
        real["classes"] = class_scores(reader, held_out.items, held_out.labels)
    record = json.dumps({"n": n, "train_samples": len(chosen), "real": real})
    tensors = {key: torch.from_numpy(np.ascontiguousarray(a)) for key, a in arrays.items()}
    write_tensors(folder / FILE, tensors, {"reference": record})


def targets_of(
    recipe: recipes.Recipe, data_root: Path | None = None
) -> tuple[dict[str, int], np.ndarray, np.ndarray] | None:
    """What an encoder of this data can learn: heads and sizes, classes of train and of test.

    Its traits where the recipe has them, else its classes, else None.
    """
    classes, traits = recipe.data.get("classes", ()), recipe.data.get("traits", ())
    if factors := recipe.data.get("factors"):
        sizes = {name: len(values) for name, values in factors.items()}
        parts = [recipes.load_data(recipe, data_root, split=s).labels for s in ("train", "test")]
        return sizes, *(np.stack(np.unravel_index(p, tuple(sizes.values())), 1) for p in parts)
    if classes and not traits:
        parts = [recipes.load_data(recipe, data_root, split=s).labels for s in ("train", "test")]
        return {"class": len(classes)}, *parts
    if not traits:
        return None
    path = Path(data_root or os.environ.get("TGAN_DATA", "")) / recipe.data["file"]
    with np.load(path, allow_pickle=False) as arrays:
        if "traits" not in arrays or arrays["traits"].shape[1:] != (len(traits),):
            raise DataError(f"{path.name} wants an array 'traits' of {len(traits)} columns")
        all_NT = arrays["traits"].astype(np.int64)
    sizes = {name: int(all_NT[:, i].max()) + 1 for i, name in enumerate(traits)}
    last = recipe.data.get("held_out", 0)
    rows = [split_rows(len(all_NT), last, split) for split in ("train", "test")]
    return sizes, all_NT[rows[0]], all_NT[rows[1]]


def reference_rows(train: Dataset) -> Dataset:
    """The training pictures that scores compare with: always the same 8,000, shuffled."""
    order = np.random.default_rng(0).permutation(len(train))[: features.PCA_PICTURES]
    return train.rows(order)


def components_of(chosen: Dataset) -> features.Pca:
    """64 principal components; fewer where there are not more pictures than that."""
    return features.fit(chosen.items, components=min(features.COMPONENTS, len(chosen) - 1))


def held_out_rows(test: Dataset, n: int) -> Dataset:
    """Real pictures that nothing learned from, as many as samples are scored."""
    return test.rows(np.random.default_rng(1).permutation(len(test))[:n])


def spaces(
    pca: features.Pca,
    reader: SmallEncoder | None,
    train: Dataset,
    chosen: Dataset,
    held_out: Dataset,
) -> dict[str, Space]:
    readers: dict[str, Callable[[np.ndarray], np.ndarray]] = {"pca64": pca.apply}
    if reader is not None:
        readers["encoder"] = reader.features
    found = {}
    for name, read in readers.items():
        train_ND = read(chosen.items)
        # 60,000 pictures are nothing for a matrix product and half a minute for an encoder
        every_ND = read(train.items) if name == "pca64" else None
        test_ND = read(held_out.items)
        found[name] = Space(read, frechet.gaussian(train_ND), train_ND, every_ND, test_ND)
    return found


def compare(space: Space, made_ND: np.ndarray, n: int) -> dict[str, float]:
    """Every score of one space for samples, or for held-out real pictures in their place."""
    nearby = manifold.prdc(space.train_ND[:n], made_ND)
    scale = frechet.scale_of(space.train_ND)
    kernel, kernel_sd = frechet.kernel_distance(made_ND / scale, space.train_ND / scale)
    values = {
        "frechet": frechet.frechet_distance(space.train, frechet.gaussian(made_ND)),
        "kernel": 1000 * kernel,
        "kernel_sd": 1000 * kernel_sd,
        **{key: getattr(nearby, key) for key in PRDC},
        "diversity": manifold.diversity(made_ND),
    }
    if space.every_ND is not None:
        values["nearest_training"] = manifold.copying_ratio(made_ND, space.test_ND, space.every_ND)
    return values


def pixels(items: np.ndarray) -> dict[str, float]:
    """The scores that need no features."""
    return {
        "corner_deviation": manifold.corner_deviation(items),
        "roughness": manifold.roughness(items),
    }


def class_scores(
    reader: SmallEncoder, items: np.ndarray, labels: np.ndarray | None
) -> dict[str, float]:
    # of several traits, the one with the most values says most about variety
    head = max(reader.targets, key=lambda name: reader.targets[name])
    probabilities_NK = reader.probabilities(items, head)
    values = {"inception_score": features.inception_score(probabilities_NK)}
    if labels is None:
        return values
    sizes = tuple(reader.targets.values())
    if labels.max(initial=0) >= max(sizes):  # a class is one of each: a digit by a speaker
        wanted = np.unravel_index(labels, sizes)
        for name, wanted_N in zip(reader.targets, wanted, strict=True):
            seen_N = reader.probabilities(items, name).argmax(axis=1)
            values[f"requested_{name}"] = float((seen_N == wanted_N).mean())
        return values
    values["requested_class"] = float((probabilities_NK.argmax(axis=1) == labels).mean())
    return values


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
        known = Known(
            int(record["n"]), int(record["train_samples"]), real, features.load(arrays), {}
        )
        for name in ("pca64", "encoder"):
            if f"{name}.mean" in arrays:
                mean, covariance = arrays[f"{name}.mean"], arrays[f"{name}.covariance"]
                known.gaussians[name] = Gaussian(mean.astype(np.float64), covariance.astype(float))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{FILE} wants components, means and the values of real data inside; {error}"
        ) from error
    _check_shapes(known)
    return known


def _check_shapes(known: Known) -> None:
    pixels_P, basis_PD = known.pca.mean_P, known.pca.basis_PD
    sound = basis_PD.ndim == 2 and pixels_P.shape == basis_PD.shape[:1]
    widths = {"pca64": basis_PD.shape[-1], "encoder": encoder.WIDTH}
    for name, gaussian in known.gaussians.items():
        width = widths[name]
        sound &= gaussian.mean.shape == (width,) and gaussian.covariance.shape == (width, width)
    if not sound:
        raise WeightsError(f"{FILE} has components and means that do not fit together; rebuild")


def seen(data: Dataset) -> Dataset:
    """Sounds as the spectrograms that they are measured by."""
    return replace(data, items=registry.get(data.modality).look.measured(data.items))
