"""Training on sounds: a warm start, augmentations of spectrograms, and clips at the model's rate.

Axes: N clips, S samples.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.modalities.audio.recordings import resampled
from tgan_demo.parts import Plan

# Of sounds, most is silence: without a warm start D wins at once (kind heard 65 % after 100 s, with it 94 %).
SETTINGS: dict[str, object] = {
    "warm_start": 6000,
    "warm_start_kl": 1e-3,
    "reconstruction_weight": 2.0,
}
AUGMENTS = ("delay", "loudness", "gap")


class AudioPlan(Plan):
    settings = SETTINGS

    def augmentations(self, train: TrainConfig, notes: list[str]) -> TrainConfig:
        if set(train.augment) <= set(AUGMENTS):
            return train
        notes.append(f"augmentations for pictures were changed for {', '.join(AUGMENTS)}")
        return replace(train, augment=AUGMENTS)

    def fit_dataset(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, notes: list[str]
    ) -> Dataset:
        """At the rate of the model, which the number of samples tells."""
        samples = tokenizer.samples
        if dataset.items.shape[1] == samples:
            return dataset
        notes.append(f"the sounds were made to fit the model ({samples:,} samples each)")
        return replace(dataset, items=np.stack([resampled(s, samples) for s in dataset.items]))


PLAN = AudioPlan()
