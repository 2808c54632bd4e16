"""Training on clips: a warm start, a latent for motion, and clips of the model's size and length.

Axes: N clips, T frames, H height, W width, C colours.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo import config, said
from tgan_demo.config import ModelConfig, TrainConfig, factors
from tgan_demo.contract import Dataset
from tgan_demo.modalities.video import reels
from tgan_demo.modalities.video.tokens import MOTION
from tgan_demo.parts import Plan
from tgan_demo.said import Said, sayer

say = sayer(Path(__file__).with_name("words.toml"))

# Of clips most is ground that stands still, and it is the same there. Patches of 8 with a border of 1 leave
# 64 tokens to 16 frames of 32 x 32, which two cores can train.
SETTINGS: dict[str, object] = {
    "warm_start": 6000,
    "warm_start_kl": 2e-2,
    "reconstruction_weight": 2.0,
    "patch": 8,
    "overlap": 1,
    "motion": MOTION,
}
TUNED = ("continuity",)  # what keeps clips going on for longer than those of the data
AUGMENTS = ("flip", "colour", "translation", "cutout", "views")
LONGEST = 64  # frames of a clip


class VideoPlan(Plan):
    settings = SETTINGS

    def beginning(self, dataset: Dataset, asked: Mapping[str, object]) -> Mapping[str, object]:
        """The last of several parts of a class's name, or all but the first, say how it moves, and a motion
        is as long as the data's clips.
        """
        sizes = {k: v for k, v in asked.items() if k in ("z_dim", "tubelet")}
        model = config.merge(ModelConfig(horizon=LONGEST), sizes)
        return SETTINGS | {
            "motion": min(MOTION, model.z_dim // 2),
            "moving": max(1, len(factors(dataset.classes)) - 1),
            "horizon": max(dataset.items.shape[1], 2 * model.tubelet),
        }

    def going_on(self, model: ModelConfig, trained: Mapping[str, object]) -> Mapping[str, object]:
        return {key: trained[key] for key in TUNED if key in trained}

    def augmentations(self, train: TrainConfig, notes: list[str]) -> TrainConfig:
        if set(train.augment) <= set(AUGMENTS):
            return train
        notes.append(say("augment"))
        return replace(train, augment=tuple(name for name in train.augment if name in AUGMENTS))

    def fit_dataset(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, notes: list[str]
    ) -> Dataset:
        """Centre crop, resize, change of mode and of the number of frames to (C, T, H, W)."""
        colours, frames, height, width = model.shape
        _, old_frames, old_height, old_width, old_colours = dataset.items.shape
        if dataset.items.shape[1:] == (frames, height, width, colours):
            return dataset
        notes.append(
            say(
                "fit",
                was_frames=old_frames,
                was=f"{old_width} x {old_height}",
                was_mode=_mode(old_colours),
                now_frames=frames,
                now=f"{width} x {height}",
                now_mode=_mode(colours),
            )
        )
        items = np.empty((len(dataset), frames, height, width, colours), np.uint8)
        for index, item in enumerate(dataset.items):
            clip = reels.resampled(item, frames, max(height, width))
            if colours == 1:
                clip = clip.mean(-1, keepdims=True).round().astype(np.uint8)
            top, left = (max(height, width) - height) // 2, (max(height, width) - width) // 2
            items[index] = clip[:, top : top + height, left : left + width]
        return replace(dataset, items=items)


def _mode(colours: int) -> Said:
    return said.say("grey" if colours == 1 else "colour")


PLAN = VideoPlan()
