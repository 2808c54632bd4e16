"""Samples, walks and attention maps into the file or folder that a command line names.

Knows what was drawn; which files there are says its modality. The suffix says what a file holds.
"""

from pathlib import Path

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import latents
from tgan_demo.engine.draw.model import Model
from tgan_demo.files.png import settings_for
from tgan_demo.modalities import registry
from tgan_demo.models.inside import Maps
from tgan_demo.parts import Samples


def save_samples(
    out: Path, items: np.ndarray, labels: np.ndarray | None, model: Model, config: SampleConfig
) -> None:
    """Samples with the settings that draw them again. Raises ConfigError: there is no such file."""
    samples = Samples(
        items=items,
        seeds=latents.seeds_of(config),
        settings=settings_for(model.id, config),
        title=model.title,
        labels=labels,
        classes=model.config.classes,
        factors=tuple(model.meta.get("data", {}).get("factors", ())),
    )
    registry.get(model.config.modality).files.save(out, samples)


def save_walk(out: Path, items: np.ndarray, model: Model, fps: float | None = None) -> None:
    """The steps of a walk; `fps` of a film, none: what its modality has."""
    registry.get(model.config.modality).files.save_walk(out, items, fps)


def save_maps(out: Path, maps: Maps, model: Model, config: SampleConfig) -> None:
    """Attention maps as .npz, or as .png over the item."""
    files = registry.get(model.config.modality).files
    files.save_maps(out, maps, settings_for(model.id, config))
