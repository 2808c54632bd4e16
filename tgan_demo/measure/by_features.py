"""Scores of any modality whose items are numbers in an array: distances of features, classes, copying.

Two spaces: "pca64", the principal components of real training data, which no network learned, and
"encoder", the features of the small classifier that is bundled with the model (encoder.py). Neither is
Inception's, so nothing here is called FID.

Axes: N samples, T heads, D feature dimensions, K classes of one head.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.config import SampleConfig, factors
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure import (
    bands,
    blindness,
    clipped,
    encoder,
    features,
    frechet,
    manifold,
    report,
    sliced,
)  # fmt: skip
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.features import Pca
from tgan_demo.measure.frechet import Gaussian
from tgan_demo.measure.reference import Known, save_reference
from tgan_demo.measure.score import Measured, Score, Taken, Values, measured
from tgan_demo.measure.task import SAMPLES, Options, Samples, Task
from tgan_demo.parts import Measure

PCA, ENCODER = features.SPACE, "encoder"
GENERATED = 8_000  # samples that the classifier of `trained_on_generated` learns from
CLASSIFIER_IMAGES = 80_000  # its budget
ENCODER_SECONDS = 280.0
PRDC = ("precision", "recall", "density", "coverage")
CLIPPED = ("clipped_density", "clipped_coverage")
NEAR = tuple(Score(key, f"{key.replace('_', ' ')}, k=5", "higher") for key in (*PRDC, *CLIPPED))
DIVERSITY = Score("diversity", "mean distance of two samples", "near real")
SPACES = {
    PCA: "principal components (at most 64) of {count} real training samples, no network",
    ENCODER: "64 numbers of the small encoder bundled with the model",
    "pixels": "pixel values 0..255",
    "classes": "the class probabilities of the small encoder",
    bands.SPACE: bands.TITLE,
    blindness.SPACE: blindness.TITLE,
}


class ByFeatures(Measure):
    """What all such modalities share; one overrides how its items are seen and adds to the list."""

    spaces: Mapping[str, str] = SPACES
    measures: Sequence[Measured[Values]]

    def __init__(self, *more: Measured[Values]) -> None:
        self.measures = (*of_space(PCA), copying, *of_space(ENCODER), *more, *CLASSES)

    def patch(self, model: Model) -> int:
        """Side of a token of classifiers that are trained for a score."""
        return 4

    def task(
        self,
        model: Model,
        train: Dataset | None,
        test: Dataset | None,
        *,
        n: int,
        seed: int = 0,
        options: Options | None = None,
    ) -> Task:
        return Task(model, train, test, n, seed, options or Options(), self.see, self.patch(model))

    def evaluate(
        self, model: Model, train: Dataset | None, test: Dataset | None, **asked: Any
    ) -> dict[str, Any]:
        task = self.task(model, train, test, **asked)
        task.check_shapes()
        found = report.run(task, self.measures, self.spaces, self.has(task), count=self.count(task))
        return {"n": task.compared} | found

    def has(self, task: Task) -> dict[str, bool]:
        """Which of score.NEEDS there are."""
        is_labelled = (
            task.train is not None
            and task.test is not None
            and task.train.labels is not None
            and task.test.labels is not None
        )
        return {
            "data": task.has_data,
            "labels": is_labelled,
            **{f"{space}_reference": knows(task, space) for space in (PCA, ENCODER)},
            "classifier": task.classifier is not None,
            "trained_on_generated": task.options.trained_on_generated,
        }

    def count(self, task: Task) -> str:
        """How many training samples the components are of."""
        if task.has_data:
            return f"{len(reference_rows(task)):,}"
        return f"{task.known.train_samples if task.known else 0:,}"

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
        folder = model.folder
        if targets is not None and not (folder / encoder.FILE).is_file():
            reader = encoder.train_encoder(
                self.see(train.items),
                targets.train_NT,
                targets.sizes,
                seconds=seconds,
                patch=self.patch(model),
            )
            keep(reader, folder, self.see(test.items), targets.test_NT)
        task = self.task(model, train, test, n=SAMPLES)
        self.save_reference(folder, task)

    def save_reference(self, folder: Path, task: Task) -> None:
        """Keep what real data get, and what distances are taken to."""
        task.once(PCA, lambda: components_of(task).rounded())  # as everyone else will see it
        names = [PCA] if task.classifier is None else [PCA, ENCODER]
        gaussians = {name: gaussian(task, name) for name in names}
        real = report.real_values(task, self.measures, self.has(task))
        count = len(reference_rows(task))
        save_reference(folder, Known(task.compared, count, real, gaussians, components(task)))


def keep(
    reader: SmallEncoder, folder: Path, seen: np.ndarray, truth_NT: np.ndarray, **where: str
) -> None:
    """Store a classifier with how often it is right about held-out data."""
    reader.meta["test_accuracy"] = reader.accuracy(seen, truth_NT)
    reader.meta["test_samples"] = len(seen)
    encoder.save_encoder(reader, folder, **where)


def of_space(space: str) -> tuple[Measured[Values], ...]:
    """The scores of one space of features."""
    wants = ("classifier",) if space == ENCODER else ()
    known = (*wants, f"{space}_reference")

    @measured(space, Score("frechet", "Fréchet distance", "lower"), needs=known)
    def distance(task: Task, samples: Samples) -> dict[str, float]:
        return frechet.scored("frechet", gaussian(task, space), read(task, space, samples))

    kernel_score = Score("kernel", "kernel distance x 1000", "lower", divides=False)
    sliced_score = Score("mind", "sliced Wasserstein distance (as MIND's)", "lower")

    @measured(space, kernel_score, sliced_score, *NEAR, needs=(*wants, "data"))
    def neighbours(task: Task, samples: Samples) -> dict[str, float]:
        made_ND, train_ND = read(task, space, samples), trained(task, space)
        scale = frechet.scale_of(train_ND)
        kernel, spread = frechet.kernel_distance(made_ND / scale, train_ND / scale)
        found = {"kernel": 1000 * kernel, "kernel_sd": 1000 * spread}
        count = min(len(made_ND), len(train_ND))
        found["mind"] = sliced.mind(made_ND[:count], train_ND[:count])
        return found | nearby(train_ND[: task.compared], made_ND)

    @measured(space, DIVERSITY, needs=known)
    def diversity(task: Task, samples: Samples) -> dict[str, float]:
        return {"diversity": manifold.diversity(read(task, space, samples))}

    return distance, neighbours, diversity


def nearby(real_ND: np.ndarray, made_MD: np.ndarray) -> dict[str, float]:
    """The scores of NEAR."""
    found = manifold.prdc(real_ND, made_MD)
    shares = zip(CLIPPED, clipped.clipped(real_ND, made_MD), strict=True)
    return {key: getattr(found, key) for key in PRDC} | dict(shares)


@measured(
    PCA,
    Score("nearest_training", "nearest training sample, over held-out real", "near 1"),
    needs=("data",),
)
def copying(task: Task, samples: Samples) -> dict[str, float]:
    """Among all training samples: 60,000 are nothing for a matrix product."""
    assert task.train is not None
    items = task.train.items
    every_ND = task.once("every", lambda: components(task).apply(task.see(items)))
    made_ND, test_ND = (read(task, PCA, one) for one in (samples, task.held_out))
    return {"nearest_training": manifold.copying_ratio(made_ND, test_ND, every_ND)}


@measured(
    "pixels",
    Score("corner_deviation", "standard deviation in the corners", "near real", "0..255"),
    Score("roughness", "mean absolute Laplacian", "near real", "0..255"),
)
def pixels(task: Task, samples: Samples) -> dict[str, float]:
    """Of items that are seen as pictures."""
    return {
        "corner_deviation": manifold.corner_deviation(samples.seen),
        "roughness": manifold.roughness(samples.seen),
    }


@measured(
    "classes",
    Score("inception_score", "Inception Score formula, our classifier", "higher"),
    needs=("classifier",),
)
def inception(task: Task, samples: Samples) -> dict[str, float]:
    # of several heads, the one with the most values says most about variety
    return {"inception_score": features.inception_score(probabilities(task, samples, widest(task)))}


@measured(
    "classes",
    Score("requested_*", "requested {0} seen by a classifier of real data", "higher"),
    needs=("classifier",),
    applies=lambda task: bool(task.model.config.classes),
)
def requested(task: Task, samples: Samples) -> dict[str, float]:
    """How often the class that was asked for is seen; of a class that is one of each, each factor."""
    if samples.labels is None:
        return {}
    wanted = {"class": (widest(task), samples.labels)}
    if len(task.factors) > 1:
        sizes = [len(part) for part in factors(task.model.config.classes)]
        parts = np.unravel_index(samples.labels, sizes)
        wanted = {name: (name, part) for name, part in zip(task.factors, parts, strict=True)}
    return {
        f"requested_{name}": float((probabilities(task, samples, head).argmax(1) == truth_N).mean())
        for name, (head, truth_N) in wanted.items()
    }


@measured(
    "classes",
    Score(
        "trained_on_generated", "real test accuracy of a classifier trained on samples", "higher"
    ),
    needs=("data", "labels", "trained_on_generated"),
    applies=lambda task: bool(task.model.config.classes),
)
def trained_on_generated(task: Task, samples: Samples) -> Taken:
    """Accuracy after learning from samples; real: from as many real ones. Of several factors, the first."""
    assert task.train is not None and task.test is not None
    assert task.test.labels is not None
    count = min(GENERATED, len(task.train))
    # the seeds after those that were scored
    made = sampler.draw(task.model, SampleConfig(seed=task.seed + 1_000_000, count=count))
    real = reference_rows(task).rows(slice(count))
    heads = heads_of(task)
    found = []
    for items, labels in (made, (real.items, real.labels)):
        assert labels is not None
        learned = encoder.train_encoder(
            task.see(items),
            columns(labels, heads),
            heads,
            images=CLASSIFIER_IMAGES,
            patch=task.patch,
        )
        right = learned.accuracy(task.see(task.test.items), columns(task.test.labels, heads))
        found.append({"trained_on_generated": right[next(iter(heads))]})
    return Taken(found[0], found[1], count)


CLASSES = (inception, requested, trained_on_generated)


def reference_rows(task: Task) -> Dataset:
    """The training samples that scores compare with: always the same 8,000, shuffled."""
    assert task.train is not None
    order = np.random.default_rng(0).permutation(len(task.train))[: features.PCA_PICTURES]
    return task.train.rows(order)


def components_of(task: Task) -> Pca:
    """64 principal components of the data; fewer where there are not more samples than that."""
    seen = task.see(reference_rows(task).items)
    return features.fit(seen, components=min(features.COMPONENTS, len(seen) - 1))


def components(task: Task) -> Pca:
    """The data's, or where there are none the bundled ones."""
    if task.has_data:
        return task.once(PCA, lambda: components_of(task))
    assert task.known is not None and task.known.pca is not None
    return task.known.pca


def read(task: Task, space: str, samples: Samples) -> np.ndarray:
    """Features of samples in one of both spaces, (N, D)."""
    if space == PCA:
        return task.once((space, id(samples)), lambda: components(task).apply(samples.seen))
    reader = task.classifier
    assert reader is not None
    return task.once((space, id(samples)), lambda: reader.features(samples.seen))


def trained(task: Task, space: str) -> np.ndarray:
    """Features of the training samples that scores compare with."""
    chosen = task.once("chosen", lambda: Samples(reference_rows(task).items, None, task.see))
    return read(task, space, chosen)


def gaussian(task: Task, space: str) -> Gaussian:
    """Of the data's features, or where there are none the bundled one."""
    if task.has_data:
        return task.once(("gaussian", space), lambda: frechet.gaussian(trained(task, space)))
    assert task.known is not None
    return task.known.gaussians[space]


def knows(task: Task, space: str) -> bool:
    """Whether there is something to compare with in this space."""
    return task.has_data or (task.known is not None and space in task.known.gaussians)


def widest(task: Task) -> str:
    """The classifier's head with the most classes."""
    assert task.classifier is not None
    return task.classifier.widest


def probabilities(task: Task, samples: Samples, head: str) -> np.ndarray:
    """What the classifier sees in samples, (N, K)."""
    reader = task.classifier
    assert reader is not None
    return task.once((head, id(samples)), lambda: reader.probabilities(samples.seen, head))


def heads_of(task: Task) -> dict[str, int]:
    """What a classifier of this data tells apart: its factors, or its classes."""
    if len(task.factors) < 2:
        return {(task.factors or ["class"])[0]: len(task.model.config.classes)}
    sizes = [len(part) for part in factors(task.model.config.classes)]
    return dict(zip(task.factors, sizes, strict=True))


def columns(labels_N: np.ndarray, heads: Mapping[str, int]) -> np.ndarray:
    """Classes as one column a head, (N, T)."""
    return np.stack(np.unravel_index(labels_N, tuple(heads.values())), axis=1)
