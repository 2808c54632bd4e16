"""Training on images: they are cropped, resized and put into the colours of the model.

Axes: N samples, H height, W width, C colours.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tgan_demo import said
from tgan_demo.config import ModelConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import pictures
from tgan_demo.parts import Plan
from tgan_demo.said import Said, sayer

say = sayer(Path(__file__).with_name("words.toml"))


class ImagePlan(Plan):
    """Presets were found on images, so there is little to say."""

    def fit_dataset(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, notes: list[str]
    ) -> Dataset:
        """Centre crop, resize and change of mode to (C, H, W)."""
        colours, height, width = model.shape
        count, old_height, old_width, old_colours = dataset.items.shape
        if (old_height, old_width, old_colours) == (height, width, colours):
            return dataset
        notes.append(
            say(
                "fit",
                was=f"{old_width} x {old_height}",
                was_mode=_mode(old_colours),
                now=f"{width} x {height}",
                now_mode=_mode(colours),
            )
        )
        items = np.empty((count, height, width, colours), np.uint8)
        for index, item in enumerate(dataset.items):
            picture = Image.fromarray(item[..., 0] if old_colours == 1 else item)
            items[index] = pictures.fit(picture, (height, width), colours)
        return replace(dataset, items=items)


def _mode(colours: int) -> Said:
    return said.say("grey" if colours == 1 else "colour")


PLAN = ImagePlan()
