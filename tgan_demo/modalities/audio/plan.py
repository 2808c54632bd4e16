"""Training on sounds: a warm start, augmentations of spectrograms, and clips at the model's rate.

Axes: N clips, S samples.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.modalities.audio.recordings import resampled
from tgan_demo.parts import Plan
from tgan_demo.said import sayer

say = sayer(Path(__file__).with_name("words.toml"))

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
        notes.append(say("augment", names=", ".join(AUGMENTS)))
        return replace(train, augment=AUGMENTS)

    def fit_dataset(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, notes: list[str]
    ) -> Dataset:
        """At the rate of the model, which the number of samples tells."""
        samples = tokenizer.samples
        if dataset.items.shape[1] == samples:
            return dataset
        notes.append(say("fit", n=f"{samples:,}"))
        return replace(dataset, items=np.stack([resampled(s, samples) for s in dataset.items]))


PLAN = AudioPlan()
