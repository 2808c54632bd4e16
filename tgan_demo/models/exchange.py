"""Content and motion exchanged: clips that move as others do, seeds or a user's own.

Axes: W mapped latent.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing, inversion, parts, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.turns import Turns
from tgan_demo.errors import ConfigError
from tgan_demo.models import inside

MAX_MIXED = 64  # clips at once

Place = SampleConfig | np.ndarray  # a seed, or a clip as the model takes it


def mix(
    model: Model,
    contents: Sequence[Place],
    motions: Sequence[Place],
    turns: Turns,
    *,
    frames: int,
) -> np.ndarray:
    """Every content in every motion, see `Studio.mix`."""
    if not model.config.motion:
        raise ConfigError(f"{model.title} has no latent of its own for motion; pick a video model")
    if not 1 <= len(contents) * len(motions) <= MAX_MIXED:
        raise ConfigError(
            f"1 to {MAX_MIXED} clips are mixed at once; got {len(contents)} x {len(motions)}"
        )
    SampleConfig(frames=frames)  # checks it

    def find(place: Place) -> torch.Tensor:
        """w (W,) of a seed, or the nearest to a clip."""
        if isinstance(place, SampleConfig):
            inside.check_label(model, place.label)
            with turns.take(), torch.inference_mode():
                return editing.places(model, replace(place, count=1))[0][0]
        with turns.searching:
            return inversion.invert(model, place[None])[0]

    # a clip that is asked for as both is sought once
    asked = {id(place): place for place in [*contents, *motions]}
    found = {key: find(place) for key, place in asked.items()}
    places = editing.alike([found[id(place)] for place in [*contents, *motions]])
    w_BW = parts.mixed(model.config, places[: len(contents)], places[len(contents) :])
    with turns.take():
        return sampler.synthesise(model, w_BW, frames=frames)
