"""Spoken numbers and other voices, with a model whose classes are a digit and a speaker each.

Knows models and clips, not files and not the page.

Axes: B clips, S samples of a clip, W mapped latent.
"""

import numpy as np
from torch import Tensor

from tgan_demo import config
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import inversion, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError
from tgan_demo.modalities.audio.tokens import tokenizer_of
from tgan_demo.parts import Converted

MAX_DIGITS = 24  # of a number that is said
QUIET = 0.02  # of a clip's peak: what is softer at its ends is no speech
EDGE_S = 0.008  # faded in and out where two digits meet
PAUSE_S = 0.06  # between two digits


def factors(model: Model) -> tuple[tuple[str, ...], ...]:
    """Values of each factor of the model's classes: digits, then speakers; () for other models."""
    found = config.factors(model.config.classes)
    return found if model.config.modality == "audio" and len(found) == 2 else ()


def say(
    model: Model, number: str, *, speaker: int = 0, seed: int = 0, psi: float = 1.0
) -> np.ndarray:
    """The digits of `number`, one after the other, by one speaker: int16 (samples,).

    Each digit has its own seed, so that two fives differ. Anything but digits is a pause.

    Raises:
        ConfigError: the model has no digits and speakers, or there is no digit in `number`.
    """
    digits, speakers = _speaks(model)
    text = str(number)[:200]
    count = sum(c in "0123456789" for c in text)
    if not 1 <= count <= MAX_DIGITS:
        raise ConfigError(
            f"wanted a number of 1 to {MAX_DIGITS} digits; got {count}: type 1984, say"
        )
    speaker = min(max(int(speaker), 0), len(speakers) - 1)
    rate = tokenizer_of(model).rate
    parts: list[np.ndarray] = []
    for place, letter in enumerate(text):
        if letter not in "0123456789":
            parts.append(np.zeros(round(2 * PAUSE_S * rate), np.int16))
            continue
        label = model.config.classes.index(f"{digits[int(letter)]} / {speakers[speaker]}")
        asked = SampleConfig(seed=seed + place, count=1, label=label, psi=psi)
        parts.append(trimmed(sampler.draw(model, asked)[0][0], rate))
        parts.append(np.zeros(round(PAUSE_S * rate), np.int16))
    return np.concatenate(parts)


def convert(
    model: Model, sound: np.ndarray, speaker: int, *, digit: int | None = None
) -> Converted:
    """A person's clip as the model has it, and the same said by another speaker.

    The clip is sought in the latent, see engine.inversion; then the class's part of w is exchanged and
    all else stays: digit, timing, intonation.

    Args:
        sound: int16 (S,) of the model's length.
        speaker: who shall say it.
        digit: what is said; None: whatever the search finds nearest.
    """
    digits, speakers = _speaks(model)
    speaker = min(max(int(speaker), 0), len(speakers) - 1)
    w_1W, label = _seek(model, sound, digit, len(speakers))
    found, source = divmod(label, len(speakers))
    moved_1W = w_1W + model.w_mean[found * len(speakers) + speaker] - model.w_mean[label]
    own, other = (sampler.synthesise(model, w)[0] for w in (w_1W, moved_1W))
    return Converted(sound, own, other, found, source)


def _seek(model: Model, sound: np.ndarray, digit: int | None, speakers: int) -> tuple[Tensor, int]:
    """w (1, W) of a clip and the class that it is nearest to."""
    among = None
    if digit is not None:
        first = min(max(int(digit), 0), 9) * speakers
        among = range(first, first + speakers)
    label_1 = inversion.classes_of(model, sound[None], among)
    return inversion.invert(model, sound[None], label_1), int(label_1[0])


def trimmed(sound: np.ndarray, rate: int) -> np.ndarray:
    """A clip without the silence at its ends, faded in and out."""
    loud = np.abs(sound.astype(np.float32))
    heard = np.flatnonzero(loud > QUIET * max(1.0, loud.max()))
    if not len(heard):
        return sound[:0]
    edge = round(EDGE_S * rate)
    part = sound[max(0, heard[0] - edge) : heard[-1] + edge].astype(np.float32)
    fade = np.linspace(0, 1, min(edge, len(part)), dtype=np.float32)
    part[: len(fade)] *= fade
    part[-len(fade) :] *= fade[::-1]
    return part.round().astype(np.int16)


def _speaks(model: Model) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = factors(model)
    if not found:
        raise ConfigError(f"{model.title} has no digits and speakers; choose Spoken digits")
    digits, speakers = found
    return digits, speakers
