"""How good a video model's clips are: looks, motion, and whether who is seen stays who they are.

"FVD (bundled encoder)" is the Fréchet distance in features of a small space-time encoder that is bundled
with the model and learned from real clips alone: their classes, and whether a clip was filmed, shuffled or
stands still. It is not the published FVD, whose network saw other films. That it sees motion is measured
beside it: real clips with their frames shuffled, or with one frame held, must score far worse.

Axes: N clips, T frames, H, W pixels, C colours, K classes of one head, P parts of a character.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tgan_demo.config import SampleConfig, factors
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import latents, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure import bands, blindness, encoder, frechet, manifold, report
from tgan_demo.measure.by_features import DIVERSITY, NEAR, ByFeatures, keep, nearby
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.frechet import Gaussian
from tgan_demo.measure.reference import Known, save_reference
from tgan_demo.measure.score import Score, measured
from tgan_demo.measure.task import SAMPLES, Samples, Task
from tgan_demo.modalities.video import metrics, speed
from tgan_demo.modalities.video.painters import moving
from tgan_demo.modalities.video.readers import (
    FRAMES_FILE,
    shuffled,
    still,
    train_frames,
    train_reader,
)

CLASSIFIER_SECONDS = 240.0
SHAPES = "shape"  # a factor that says: one shape on plain ground, whose motion can be measured
SWAPPED = 90
FVD = "FVD (bundled encoder); real: training against held-out clips, the floor"


@measured(
    "clips",
    Score("fvd", FVD, "lower"),
    needs=("classifier", "clips_reference"),
    real="train",
)
def distance(task: Task, samples: Samples) -> dict[str, float]:
    return frechet.scored("fvd", known_clips(task), read(task, samples))


@measured(
    "clips",
    Score(
        "fvd_shuffled",
        "the same of real clips with their frames shuffled; real: the floor",
        "higher",
        beside="fvd",
    ),
    Score(
        "fvd_still", "the same of real clips with one frame held; real: the floor", "higher",
        beside="fvd",
    ),
    needs=("data", "classifier"),
    of_data=True,
    real="train",
)  # fmt: skip
def spoilt(task: Task, samples: Samples) -> dict[str, float]:
    assert task.train is not None and task.classifier is not None
    found, rng = {}, np.random.default_rng(0)
    for key, spoil in (("fvd_shuffled", shuffled), ("fvd_still", still)):
        spoilt_ND = task.classifier.features(spoil(task.some_train.items, rng))
        gaussian = frechet.gaussian(spoilt_ND)
        found[key] = frechet.frechet_distance(known_clips(task), gaussian)
    return found


@measured("clips", *NEAR, needs=("data", "classifier"), real="train")
def neighbours(task: Task, samples: Samples) -> dict[str, float]:
    return nearby(read(task, task.held_out), read(task, samples))


@measured("clips", DIVERSITY, needs=("classifier", "clips_reference"), real="train")
def diversity(task: Task, samples: Samples) -> dict[str, float]:
    return {"diversity": manifold.diversity(read(task, samples))}


@measured(
    "clips",
    Score("nearest_training", "nearest training clip (small pixels), over held-out real", "near 1"),
    needs=("data",),
)
def copying(task: Task, samples: Samples) -> dict[str, float]:
    assert task.train is not None
    parts = [_small(items) for items in (samples.items, task.held_out.items, task.train.items)]
    return {"nearest_training": manifold.copying_ratio(*parts)}


@measured(
    "motion",
    Score("energy", "mean change from frame to frame", "near real", "0..255"),
)
def energy(task: Task, samples: Samples) -> dict[str, float]:
    return {"energy": metrics.energy(samples.items)}


@measured(
    "motion",
    Score("speed_error", "speed against the one asked for, median relative error", "lower"),
    Score(
        "direction_error",
        "direction against the one asked for, median chord (.1 is 5.7 degrees)",
        "lower",
    ),
    Score("even_steps", "clips without a jump or a halt", "higher"),
    Score("one_shape", "clips with one whole shape in every frame", "higher"),
    applies=lambda task: SHAPES in task.factors,
)
def shapes(task: Task, samples: Samples) -> dict[str, float]:
    assert samples.labels is not None
    asked = velocities(task.model.config.classes, samples.labels, samples.items.shape[2])
    return metrics.motion_scores(samples.items, asked)


@measured(
    "classes",
    Score("requested_all", "all of them at once", "higher"),
    Score("requested_*", "{0} as asked for, seen by the encoder", "higher"),
    needs=("classifier",),
    applies=lambda task: bool(task.factors),
)
def as_asked(task: Task, samples: Samples) -> dict[str, float]:
    assert task.classifier is not None
    classes = task.model.config.classes
    return requested(task.classifier, samples.items, classes, samples.labels, task.factors)


@measured(
    "character",
    Score("kept", "parts of a character that are the same in all frames", "higher"),
    needs=("frames",),
    applies=lambda task: frames_of(task) is not None,
)
def same_character(task: Task, samples: Samples) -> dict[str, float]:
    frames = frames_of(task)
    assert frames is not None
    return {"kept": kept(frames, samples.items)}


@measured(
    "character",
    Score(
        "kept_swapped", "parts of a character that stay when only its motion is exchanged", "higher"
    ),
    needs=("frames",),
    applies=lambda task: frames_of(task) is not None and bool(task.model.config.motion),
)
def same_when_swapped(task: Task, samples: Samples) -> dict[str, float]:
    """Of the model alone: real clips have no motion of another."""
    frames = frames_of(task)
    if frames is None or samples is not task.made or samples.labels is None:
        return {}
    return {"kept_swapped": kept_swapped(task.model, frames, task.seed)}


class VideoMeasure(ByFeatures):
    files = (FRAMES_FILE,)
    spaces = {
        "clips": "64 numbers of the space-time encoder bundled with the model",
        "motion": "pixels, no network",
        "classes": "classifiers of real clips",
        bands.SPACE: f"frames: {bands.TITLE}",
        blindness.SPACE: blindness.TITLE,
        "character": "a classifier of single frames, which reads a character's traits",
    }

    def __init__(self) -> None:
        self.measures = (
            distance, spoilt, neighbours, diversity, copying, energy, shapes, as_asked,
            same_character, same_when_swapped, bands.power, blindness.blindness,
        )  # fmt: skip

    def has(self, task: Task) -> dict[str, bool]:
        known = task.known is not None and "clips" in task.known.gaussians
        frames = frames_of(task) is not None
        return super().has(task) | {"clips_reference": task.has_data or known, "frames": frames}

    def bundle(
        self,
        model: Model,
        train: Dataset,
        test: Dataset,
        *,
        targets: Any,
        traits: Any,
        seconds: float,
    ) -> None:
        folder, names = model.folder, model.meta.get("data", {}).get("factors", [])
        if not (folder / encoder.FILE).is_file():
            reader = train_reader(train, names, seconds=seconds)
            assert test.labels is not None
            truth = np.stack(np.unravel_index(test.labels, tuple(reader.targets.values())[:-1]), 1)
            keep(reader, folder, test.items, np.column_stack((truth, np.zeros(len(truth), int))))
        if traits is not None and not (folder / FRAMES_FILE).is_file():
            frames = train_frames(train, traits.train_NT, list(traits.sizes), seconds=seconds)
            keep(frames, folder, test.items[:, 0], traits.test_NT, name=FRAMES_FILE)
        self.save_reference(folder, self.task(model, train, test, n=SAMPLES))

    def save_reference(self, folder: Any, task: Task) -> None:
        real = report.real_values(task, self.measures, self.has(task))
        known = {"clips": known_clips(task)}
        save_reference(folder, Known(task.compared, 0, real, known))

    def count(self, task: Task) -> str:
        return ""

    def live(self, items: np.ndarray) -> dict[str, float]:
        found = {"energy": metrics.energy(items)}
        return found | ({"flicker": metrics.flicker(items)} if items.shape[1] > 2 else {})

    def bench(self) -> dict[str, object]:
        return {"video": speed.bench()}


# Parts of a score


def read(task: Task, samples: Samples) -> np.ndarray:
    """Features of clips, (N, D)."""
    reader = task.classifier
    assert reader is not None
    return task.once(("clips", id(samples)), lambda: reader.features(samples.items))


def known_clips(task: Task) -> Gaussian:
    """Of held-out clips, as many as there are samples; or where there are none the bundled one."""
    if task.has_data:
        return task.once("gaussian", lambda: frechet.gaussian(read(task, task.held_out)))
    assert task.known is not None
    return task.known.gaussians["clips"]


def frames_of(task: Task) -> SmallEncoder | None:
    """The classifier of single frames, where the model's characters have traits."""
    folder = task.model.folder
    if not (folder / FRAMES_FILE).is_file():
        return None
    return task.once("frames", lambda: encoder.load_encoder(folder, FRAMES_FILE))


def requested(
    reader: SmallEncoder,
    items: np.ndarray,
    classes: Sequence[str],
    labels: np.ndarray | None,
    names: Sequence[str],
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
        z_NZ, _ = latents.draw_z(model, SampleConfig(seed=seed, count=SWAPPED))
        content_NW = latents.map_to_w(model, z_NZ, torch.from_numpy(own), 1.0)[:, :cut]
        for offset, labels in ((0, own), (1, other)):
            moved_NZ = z_NZ.roll(offset, dims=0)
            motion_NW = latents.map_to_w(model, moved_NZ, torch.from_numpy(labels), 1.0)[:, cut:]
            clips.append(sampler.synthesise(model, torch.cat((content_NW, motion_NW), dim=1)))
    one, two = ([_most(seen_NT) for seen_NT in _traits(frames, items)] for items in clips)
    return float(np.mean([a == b for a, b in zip(one, two, strict=True)]))


def velocities(classes: tuple[str, ...], labels: np.ndarray, side: int) -> np.ndarray:
    """Pixels a frame (N, 2) that the classes of moving shapes ask for."""
    known = np.array([moving.CLASSES.index(name) for name in classes])
    return moving.velocities(known[labels], side=side)


# Helpers


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


MEASURE = VideoMeasure()
