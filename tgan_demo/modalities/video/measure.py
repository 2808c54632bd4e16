"""How good a video model's clips are: looks, motion, and whether who is seen stays who they are.

"FVD (bundled encoder)" is the Fréchet distance in features of a small space-time encoder that is bundled
with the model and learned from real clips alone: their classes, and whether a clip was filmed, shuffled or
stands still. It is not the published FVD, whose network saw other films. That it sees motion is measured
beside it: real clips with their frames shuffled, or with one frame held, must score far worse.

Axes: N clips, T frames, H, W pixels, C colours, K classes of one head, P parts of a character.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from tgan_demo.config import SampleConfig, factors
from tgan_demo.contract import Dataset, Measure
from tgan_demo.data import recipes
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import DataError
from tgan_demo.files.tensors import read_tensors, write_tensors
from tgan_demo.measure import encoder, frechet, manifold, reference
from tgan_demo.measure.encoder import UNKNOWN, SmallEncoder
from tgan_demo.measure.frechet import Gaussian
from tgan_demo.measure.score import score_row
from tgan_demo.modalities.video import metrics as motion
from tgan_demo.modalities.video.painters import moving

FRAMES_FILE = "frames.safetensors"  # the encoder of single frames, where characters have traits
PLAYBACK = ("filmed", "shuffled", "still")  # what the encoder tells apart besides the classes
COMPARED = 450  # clips on each side of a distance
SHAPES = "shape"  # a factor that says: one shape on plain ground, whose motion can be measured
SWAPPED = 90
SPACES = {
    "clips": "64 numbers of the space-time encoder bundled with the model",
    "motion": "pixels, no network",
    "classes": "classifiers of real clips",
    "character": "a classifier of single frames, which reads a character's traits",
}
NAMES = {
    "fvd": ("FVD (bundled encoder); real: training against held-out clips, the floor", "lower"),
    "fvd_shuffled": (
        "the same of real clips with their frames shuffled; real: the floor",
        "higher",
    ),
    "fvd_still": ("the same of real clips with one frame held; real: the floor", "higher"),
    "precision": ("precision, k=5", "higher"),
    "recall": ("recall, k=5", "higher"),
    "density": ("density, k=5", "higher"),
    "coverage": ("coverage, k=5", "higher"),
    "diversity": ("mean distance of two samples", "near real"),
    "nearest_training": ("nearest training clip (small pixels), over held-out real", "near 1"),
    "energy": ("mean change from frame to frame, 0..255", "near real"),
    "speed_error": ("speed against the one asked for, median relative error", "lower"),
    "direction_error": (
        "direction against the one asked for, median chord (.1 is 5.7 degrees)",
        "lower",
    ),
    "even_steps": ("clips without a jump or a halt", "higher"),
    "one_shape": ("clips with one whole shape in every frame", "higher"),
    "kept": ("parts of a character that are the same in all frames", "higher"),
    "kept_swapped": ("parts of a character that stay when only its motion is exchanged", "higher"),
}


def evaluate(
    model: Model, train: Dataset | None, test: Dataset | None, *, n: int, seed: int
) -> dict:
    """Scores as evaluate.evaluate gives them; without data, what the bundled reference can give."""
    n = min(n, COMPARED if test is None else len(test))
    names = model.meta.get("data", {}).get("factors", [])
    items, labels = sampler.draw(model, SampleConfig(seed=seed, count=n))
    reader = frames = None
    if (model.folder / encoder.FILE).is_file():
        reader = encoder.load_encoder(model.folder)
    if (model.folder / FRAMES_FILE).is_file():
        frames = encoder.load_encoder(model.folder, FRAMES_FILE)
    known_gaussian, real = load_reference(model.folder) if train is None else (None, {})
    if train is not None and test is not None:
        if test.items.shape[1:] != items.shape[1:]:
            raise DataError(
                f"{model.id} makes clips of {items.shape[1:]}; the data's are {test.items.shape[1:]}; "
                "name the data it was trained on"
            )
        real = real_scores(reader, frames, train, test, names)
    scores: dict[str, dict] = {"motion": {"energy": motion.energy(items)}}
    if SHAPES in names:
        scores["motion"] |= motion.motion_scores(
            items, velocities(model.config.classes, labels, items.shape[2])
        )
    if reader is not None:
        made_ND = reader.features(items)
        scores["classes"] = requested(reader, items, model.config.classes, labels, names)
        if test is not None:
            scores["clips"] = _compare(reader, made_ND, train, test)
        elif known_gaussian is not None:
            distance = frechet.frechet_distance(known_gaussian, frechet.gaussian(made_ND))
            scores["clips"] = {"fvd": distance, "diversity": manifold.diversity(made_ND)}
            scores["clips"] |= {k: real["clips"][k] for k in ("fvd_shuffled", "fvd_still")}
    if test is not None:
        small = [_small(part) for part in (items, test.items, train.items)]
        scores.setdefault("clips", {})["nearest_training"] = manifold.copying_ratio(*small)
    if frames is not None:
        scores["character"] = {"kept": kept(frames, items)}
        if model.config.motion and labels is not None:
            scores["character"]["kept_swapped"] = kept_swapped(model, frames, seed)
    missing = []
    if reader is None:
        needs = f"{encoder.FILE} in the model's folder"
        missing += [{"score": f"clips.{key}", "needs": needs} for key in ("fvd", "coverage")]
    if test is None:
        needs = "the training data: name their folder with --data or TGAN_DATA"
        absent = ("precision", "recall", "density", "coverage", "nearest_training")
        missing += [{"score": f"clips.{key}", "needs": needs} for key in absent]
    if "fvd" in real.get("clips", {}):  # beside what is spoilt stands what is not
        real["clips"] |= dict.fromkeys(("fvd_shuffled", "fvd_still"), real["clips"]["fvd"])
    order = [name for name in SPACES if name in scores]
    rows = {name: _rows(scores[name], real.get(name, {}), n) for name in order}
    return {
        "n": n,
        "scores": rows,
        "missing": missing,
        "spaces": {name: SPACES[name] for name in order},
    }


# Parts of a score


def real_scores(
    reader: SmallEncoder | None,
    frames: SmallEncoder | None,
    train: Dataset,
    test: Dataset,
    names: list[str],
) -> dict[str, dict[str, float]]:
    """What real clips get: training clips in the place of samples, where a distance is taken."""
    some = _some(train, len(test))
    found: dict[str, dict[str, float]] = {"motion": {"energy": motion.energy(test.items)}}
    if SHAPES in names:
        found["motion"] |= motion.motion_scores(
            test.items, velocities(test.classes, test.labels, test.items.shape[2])
        )
    if reader is not None:
        found["clips"] = _compare(reader, reader.features(some.items), train, test)
        found["classes"] = requested(reader, test.items, test.classes, test.labels, names)
    if frames is not None:
        found["character"] = {"kept": kept(frames, test.items)}
    return found


def requested(
    reader: SmallEncoder,
    items: np.ndarray,
    classes: tuple[str, ...],
    labels: np.ndarray | None,
    names: list[str],
) -> dict[str, float]:
    """How often each factor of the class that was asked for is seen."""
    if labels is None or not names:
        return {}
    found, right = {}, np.ones(len(items), bool)
    sizes = [len(values) for values in factors(classes)]
    for name, wanted_N in zip(names, np.unravel_index(labels, sizes), strict=True):
        hit_N = reader.probabilities(items, name).argmax(axis=1) == wanted_N
        found[f"requested_{name}"] = float(hit_N.mean())
        right &= hit_N
    return found | {"requested_all": float(right.mean())}


def kept(frames: SmallEncoder, items: np.ndarray) -> float:
    """Share of (frame, part) whose value is the clip's most frequent one, 0..1."""
    seen_PNT = _traits(frames, items)
    agree = [(seen_NT == _most(seen_NT)[:, None]).mean() for seen_NT in seen_PNT]
    return float(np.mean(agree))


def kept_swapped(model: Model, frames: SmallEncoder, seed: int) -> float:
    """Each character in a motion of its own and in another's: share of parts that are the same."""
    classes = len(model.config.classes)
    rng = np.random.default_rng(seed)
    own = rng.integers(classes, size=SWAPPED)
    other = (own + rng.integers(1, max(2, classes), size=SWAPPED)) % classes
    cut = model.config.z_dim - model.config.motion
    clips = []
    with torch.inference_mode():
        z_NZ, _ = sampler.latents(model, SampleConfig(seed=seed, count=SWAPPED))
        content_NW = sampler.map_to_w(model, z_NZ, torch.from_numpy(own), 1.0)[:, :cut]
        for offset, labels in ((0, own), (1, other)):
            moved_NZ = z_NZ.roll(offset, dims=0)
            motion_NW = sampler.map_to_w(model, moved_NZ, torch.from_numpy(labels), 1.0)[:, cut:]
            clips.append(sampler.synthesise(model, torch.cat((content_NW, motion_NW), dim=1)))
    one, two = ([_most(seen_NT) for seen_NT in _traits(frames, items)] for items in clips)
    return float(np.mean([a == b for a, b in zip(one, two, strict=True)]))


def velocities(classes: tuple[str, ...], labels: np.ndarray, side: int) -> np.ndarray:
    """Pixels a frame (N, 2) that the classes of moving shapes ask for."""
    known = np.array([moving.CLASSES.index(name) for name in classes])
    return moving.velocities(known[labels], side=side)


# The encoders and what is kept of real clips


def bundle(
    recipe: recipes.Recipe, folder: Path, data_root: Path | None = None, *, seconds: float = 240.0
) -> None:
    """Write the encoders (unless they are there) and the reference into a model folder."""
    train, test = (recipes.load_data(recipe, data_root, split=s) for s in ("train", "test"))
    names = list(recipe.data["factors"])
    if not (folder / encoder.FILE).is_file():
        reader = train_reader(train, names, seconds=seconds)
        truth = np.stack(np.unravel_index(test.labels, tuple(reader.targets.values())[:-1]), 1)
        right = reader.accuracy(test.items, np.column_stack((truth, np.zeros(len(truth), int))))
        reader.meta |= {"test_accuracy": right, "test_samples": len(test)}
        encoder.save_encoder(reader, folder)
    if "traits" in recipe.data and not (folder / FRAMES_FILE).is_file():
        traits = [recipes.traits_of(recipe, data_root, split=s) for s in ("train", "test")]
        frames = train_frames(train, traits[0], recipe.data["traits"], seconds=seconds)
        right = frames.accuracy(test.items[:, 0], traits[1])
        frames.meta |= {"test_accuracy": right, "test_samples": len(test)}
        encoder.save_encoder(frames, folder, FRAMES_FILE)
    reader = encoder.load_encoder(folder)
    frames = encoder.load_encoder(folder, FRAMES_FILE) if "traits" in recipe.data else None
    known = frechet.gaussian(reader.features(_some(test, COMPARED).items))
    record = {"n": len(test), "real": real_scores(reader, frames, train, test, names)}
    tensors = {
        "clips.mean": torch.from_numpy(known.mean.astype(np.float32)),
        "clips.covariance": torch.from_numpy(known.covariance.astype(np.float32)),
    }
    write_tensors(folder / reference.FILE, tensors, {"reference": json.dumps(record)})


def load_reference(folder: Path) -> tuple[Gaussian | None, dict[str, dict[str, float]]]:
    """What `bundle` kept; (None, {}) where it is missing or not of clips."""
    path = folder / reference.FILE
    if not path.is_file():
        return None, {}
    tensors = read_tensors(path)
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("reference", "")
    try:
        real = {
            str(space): {str(key): float(value) for key, value in scores.items()}
            for space, scores in json.loads(text)["real"].items()
        }
        mean, covariance = (
            tensors[f"clips.{key}"].double().numpy() for key in ("mean", "covariance")
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, {}
    if covariance.shape != (encoder.WIDTH, encoder.WIDTH) or mean.shape != (encoder.WIDTH,):
        return None, {}
    return Gaussian(mean, covariance), real


def train_reader(train: Dataset, names: list[str], **budget: object) -> SmallEncoder:
    """A space-time encoder of the classes' factors and of how a clip is played."""
    sizes = [len(values) for values in factors(train.classes)]
    truth_NK = np.stack(np.unravel_index(train.labels, sizes), axis=1)
    rng = np.random.default_rng(0)
    unknown = np.full_like(truth_NK, UNKNOWN)  # who knows the direction of what stands still?
    parts = [train.items, shuffled(train.items, rng), still(train.items, rng)]
    targets = [
        np.column_stack((truth if kind == 0 else unknown, np.full(len(truth_NK), kind)))
        for kind, truth in enumerate([truth_NK] * len(PLAYBACK))
    ]
    heads = dict(zip(names, sizes, strict=True)) | {"playback": len(PLAYBACK)}
    return encoder.train_encoder(
        np.concatenate(parts), np.concatenate(targets), heads, modality="video", patch=8, **budget
    )


def train_frames(
    train: Dataset, traits_NP: np.ndarray, names: list[str], **budget: object
) -> SmallEncoder:
    """An encoder of single frames that reads a character's traits."""
    rng = np.random.default_rng(0)
    picked = [train.items[np.arange(len(train)), rng.integers(train.items.shape[1], size=len(train))]
              for _ in range(4)]  # fmt: skip
    heads = {name: int(traits_NP[:, i].max()) + 1 for i, name in enumerate(names)}
    return encoder.train_encoder(
        np.concatenate(picked), np.concatenate([traits_NP] * len(picked)), heads, **budget
    )


def shuffled(items: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each clip's frames in another order."""
    order_NT = np.argsort(rng.random(items.shape[:2]), axis=1)
    return np.take_along_axis(items, order_NT[:, :, None, None, None], axis=1)


def still(items: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One frame of each clip, held."""
    at_N = rng.integers(items.shape[1], size=len(items))
    return np.repeat(items[np.arange(len(items)), at_N][:, None], items.shape[1], axis=1)


# Helpers


def _compare(
    reader: SmallEncoder, made_ND: np.ndarray, train: Dataset, test: Dataset
) -> dict[str, float]:
    test_ND = reader.features(test.items[:COMPARED])
    known = frechet.gaussian(test_ND)
    some, rng = _some(train, len(test_ND)).items, np.random.default_rng(0)
    near = manifold.prdc(test_ND, made_ND[: len(test_ND)])
    found = {"fvd": frechet.frechet_distance(known, frechet.gaussian(made_ND))}
    for key, spoil in (("fvd_shuffled", shuffled), ("fvd_still", still)):
        spoilt = frechet.gaussian(reader.features(spoil(some, rng)))
        found[key] = frechet.frechet_distance(known, spoilt)
    found |= {key: getattr(near, key) for key in ("precision", "recall", "density", "coverage")}
    return found | {"diversity": manifold.diversity(made_ND)}


def _traits(frames: SmallEncoder, items: np.ndarray) -> list[np.ndarray]:
    flat = items.reshape(-1, *items.shape[2:])
    return [
        frames.probabilities(flat, name).argmax(axis=1).reshape(items.shape[:2])
        for name in frames.targets
    ]


def _most(seen_NT: np.ndarray) -> np.ndarray:
    """The most frequent value of each row."""
    return np.array([np.bincount(row).argmax() for row in seen_NT])


def _small(items: np.ndarray) -> np.ndarray:
    """Every second frame at a quarter of its pixels, flat."""
    part = items[:, ::2].astype(np.float32)
    count, frames, height, width, colours = part.shape
    cut = part[:, :, : height // 2 * 2, : width // 2 * 2]
    small = cut.reshape(count, frames, height // 2, 2, width // 2, 2, colours).mean(axis=(3, 5))
    return small.reshape(count, -1)


def _some(data: Dataset, count: int) -> Dataset:
    rows = np.random.default_rng(0).permutation(len(data))[:count]
    return data.rows(rows)


def _rows(values: dict[str, float], real: dict[str, float], n: int) -> dict[str, dict]:
    found = {}
    for key, value in values.items():
        about = (f"{key.removeprefix('requested_')} as asked for, seen by the encoder", "higher")
        if key == "requested_all":
            about = ("all of them at once", "higher")
        found[key] = score_row(*NAMES.get(key, about), value, real.get(key), n)
    return found


class _Measure(Measure):
    files = (FRAMES_FILE,)


MEASURE = _Measure()
