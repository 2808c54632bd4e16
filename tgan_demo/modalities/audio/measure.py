"""How good a model's sounds are: as spectrograms, and what only sound has: silence, clipping, whose
voice a converted clip has. What is judged is what is heard, phases and all; power in bands and D's blindness
are of the spectrogram as G makes it.

Axes: N clips, S samples, K classes of one head.
"""

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure.bands import power
from tgan_demo.measure.blindness import blindness
from tgan_demo.measure.by_features import SPACES, ByFeatures, pixels, probabilities, widest
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.score import Score, Taken, measured
from tgan_demo.measure.task import Samples, Task
from tgan_demo.modalities.audio import spectra, spectrogram, speech, speed

SILENT = 0.01  # of full scale
CONVERTED = 300


@measured(
    "sound",
    Score("silent", "clips softer than a hundredth of full scale", "lower"),
    Score("clipped", "samples at full scale", "lower"),
)
def loudness(task: Task, samples: Samples) -> dict[str, float]:
    return heard(samples.items)


@measured(
    "sound",
    Score(
        "inception_score_halves",
        "Inception Score, marginal from the other half (one split), our classifier",
        "higher",
    ),
    needs=("classifier",),
)
def by_halves(task: Task, samples: Samples) -> dict[str, float]:
    return {"inception_score_halves": halves(probabilities(task, samples, widest(task)))}


@measured(
    "voice",
    Score("digit_kept", "converted clips whose digit a classifier still hears", "higher"),
    Score("target_speaker", "converted clips whose new speaker a classifier hears", "higher"),
    Score("energy", "correlation of loudness over time, before and after", "higher"),
    Score(
        "own_voice",
        "log-mel distance back to the own voice, over that to a clip of the same digit",
        "lower",
    ),
    needs=("data", "classifier"),
    applies=lambda task: bool(speech.factors(task.model)),
)
def conversion(task: Task, samples: Samples) -> Taken:
    assert task.test is not None and task.classifier is not None
    values = voices(task.model, task.test, task.classifier, task.seed)
    return Taken(values, {}, min(CONVERTED, len(task.test)))


class AudioMeasure(ByFeatures):
    spaces = SPACES | {
        "sound": "samples as they are heard",
        "voice": "held-out recordings said again by another speaker",
    }

    def see(self, items: np.ndarray) -> np.ndarray:
        return spectrogram.greys(items)

    def live(self, items: np.ndarray) -> dict[str, float]:
        return heard(items)

    def patch(self, model: Model) -> int:
        return model.config.patch

    def bench(self) -> dict[str, object]:
        return {"sound": speed.bench()}


def heard(items: np.ndarray) -> dict[str, float]:
    peak_N = np.abs(items.astype(np.int32)).max(axis=1) / spectra.FULL
    clipped = (np.abs(items.astype(np.int32)) >= spectra.FULL - 1).mean()
    return {"silent": float((peak_N < SILENT).mean()), "clipped": float(clipped)}


def halves(probabilities_NK: np.ndarray) -> float:
    """exp of the mean KL from each clip's classes to the marginal of the other half's.

    Source: the code beside Goel et al. 2022, "It's Raw!" (SaShiMi), as quoted for SC09.
    """
    order = np.random.default_rng(0).permutation(
        len(probabilities_NK)
    )  # files come sorted by class
    first, second = np.array_split(np.maximum(probabilities_NK[order], 1e-12), 2)
    return float(np.exp((first * (np.log(first) - np.log(second.mean(0)))).sum(1).mean()))


def voices(model: Model, test: Dataset, reader: SmallEncoder, seed: int) -> dict[str, float]:
    """Every held-out clip said by the next speaker; digits are given, speakers are found."""
    assert test.labels is not None
    digits, speakers = speech.factors(model)
    rng = np.random.default_rng(seed)
    picks = rng.permutation(len(test))[:CONVERTED]
    others, owns, energies, targets, wanted = [], [], [], [], []
    for i in picks:
        digit, speaker = divmod(int(test.labels[i]), len(speakers))
        target = int((speaker + rng.integers(1, len(speakers))) % len(speakers))
        done = speech.convert(model, test.items[i], target, digit=digit)
        others.append(done.other)
        targets.append(target)
        wanted.append(digit)
        energies.append(_correlation(done.asked, done.other))
        alike = np.flatnonzero(test.labels // len(speakers) == digit)
        other = test.items[rng.choice(alike[alike != i])]
        owns.append(_distance(done.own, done.asked) / max(1e-6, _distance(other, done.asked)))
    pictures = spectrogram.greys(np.stack(others))
    names = list(reader.targets)
    said_N, who_N = (reader.probabilities(pictures, name).argmax(1) for name in names[:2])
    return {
        "digit_kept": float((said_N == np.array(wanted)).mean()),
        "target_speaker": float((who_N == np.array(targets)).mean()),
        "energy": float(np.mean(energies)),
        "own_voice": float(np.mean(owns)),
    }


def _levels(sound: np.ndarray) -> np.ndarray:
    return spectrogram.greys(sound[None])[0, ..., 0].astype(np.float32).mean(axis=0)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    pair = np.corrcoef(_levels(one), _levels(other))[0, 1]
    return float(pair) if np.isfinite(pair) else 0.0


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    a, b = (spectrogram.greys(sound[None]).astype(np.float32) for sound in (one, other))
    return float(np.abs(a - b).mean())


MEASURE = AudioMeasure(pixels, power, blindness, loudness, by_halves, conversion)
