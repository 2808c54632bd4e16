"""Scores of a run's samples while it trains: distances to the data, neighbours, classes, and what its modality
has of its own. Each stands beside what as many real samples get.

Knows features, not networks: numbers of the encoder bundled with the model that the run starts from, where it
has one that reads these samples, else principal components of the run's own data.

Axes: N real samples, M generated samples, D features, K classes.
"""

import logging
from pathlib import Path

import numpy as np
from safetensors import SafetensorError

from tgan_demo.contract import Dataset
from tgan_demo.engine.game.feed import split
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import TganError
from tgan_demo.measure import frechet, manifold, sliced
from tgan_demo.measure.encoder import FILE, SmallEncoder, load_encoder
from tgan_demo.measure.features import inception_score
from tgan_demo.modalities import registry
from tgan_demo.runs.figures import MADE, NEIGHBOURS, Reference

logger = logging.getLogger(__name__)

ENCODER, COMPONENTS = "encoder", "components"  # the features
REAL = 500  # training samples that the samples are compared with, at most
SUBSETS = 8  # of the kernel distance, of as many samples as there are


class Quality:
    """How good samples are, in one kind of features.

    Args:
        reference: the data, with their components.
        folder: of the model that the run starts from, or None.
    """

    def __init__(
        self, state: TrainState, dataset: Dataset, reference: Reference, folder: Path | None
    ) -> None:
        self.measure = registry.get(dataset.modality).measure
        train, unseen = split(dataset, state.train)
        rows = np.random.default_rng(2).permutation(len(train))[:REAL]
        items = train.items[rows]
        self.reader = reader_of(folder, self.measure.see(items[:1]).shape[1:])
        self.features = COMPONENTS if self.reader is None else ENCODER
        self.reference = reference
        self.real_ND = self._read(state, items)
        self.gaussian = frechet.gaussian(self.real_ND)
        self.scale = frechet.scale_of(self.real_ND)
        self.spread = manifold.diversity(self.real_ND) or 1.0
        self.labels_N = (
            train.labels[rows] if train.labels is not None and state.model.classes else None
        )
        self.classes = len(state.model.classes)
        others = unseen or train
        chosen = np.random.default_rng(1).permutation(len(others))[:MADE]
        self.real = self.scores(state, others.items[chosen])

    def scores(self, state: TrainState, items: np.ndarray) -> dict[str, float]:
        """Of samples of different seeds. Names are those of scores.NAMES and the modality's own; what cannot
        be said of them is left out.
        """
        made_MD = self._read(state, items)
        size = min(len(made_MD), len(self.real_ND))
        near = manifold.prdc(self.real_ND, made_MD, k=min(NEIGHBOURS, size - 1))
        scaled_ND, scaled_MD = self.real_ND / self.scale, made_MD / self.scale
        found = {
            "frechet": frechet.frechet_distance(self.gaussian, frechet.gaussian(made_MD)),
            "kernel": frechet.kernel_distance(scaled_ND, scaled_MD, subsets=SUBSETS, size=size)[0],
            "mind": sliced.mind(self.real_ND[:size], made_MD[:size]),
            "precision": near.precision,
            "recall": near.recall,
            "coverage": near.coverage,
            "diversity": manifold.diversity(made_MD) / self.spread,
        }
        if self.labels_N is not None:
            found["inception"] = inception_score(self._classes(made_MD, items))
        found |= self.measure.live(items)
        return {name: value for name, value in found.items() if np.isfinite(value)}

    def _read(self, state: TrainState, items: np.ndarray) -> np.ndarray:
        if self.reader is None:
            return self.reference.of_items(state, items)
        return self.reader.features(self.measure.see(items))

    def _classes(self, made_MD: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Probabilities (M, K): by the encoder's classifier, where it knows these classes, else the shares
        among the nearest real samples.
        """
        reader = self.reader
        if reader is not None and reader.targets[reader.widest] == self.classes:
            return reader.probabilities(self.measure.see(items), reader.widest)
        assert self.labels_N is not None
        apart_MN = np.linalg.norm(made_MD[:, None] - self.real_ND[None], axis=2)
        nearest_MK = self.labels_N[np.argsort(apart_MN, axis=1)[:, :NEIGHBOURS]]
        return (
            np.stack([np.bincount(row, minlength=self.classes) for row in nearest_MK])
            / nearest_MK.shape[1]
        )


def reader_of(folder: Path | None, shape: tuple[int, ...]) -> SmallEncoder | None:
    """The encoder of a model's folder, if it reads items of this shape."""
    if folder is None or not (folder / FILE).is_file():
        return None
    try:
        reader = load_encoder(folder)
    except (TganError, OSError, ValueError, KeyError, SafetensorError) as error:
        logger.warning("no encoder from %s: %s", folder, error)
        return None
    colours, *sides = reader.config.shape
    return reader if shape == (*sides, colours) else None
