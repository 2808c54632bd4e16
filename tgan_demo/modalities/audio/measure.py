"""What only sound has: silence, clipping, how true the vocoder is, whose voice a converted clip has.

Everything else about sounds is measured on their spectrograms as on pictures, see evaluate.py: what
was made goes through the vocoder first, so that what is judged is what is heard.

Axes: N clips, S samples, K classes of one head.
"""

import numpy as np
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset, Measure
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.score import score_row
from tgan_demo.modalities.audio import spectra, spectrogram, speech, vocoder

SPACES = {
    "sound": "samples as they are heard, after the vocoder",
    "vocoder": "held-out recordings, taken apart into bands and put together again (real: by Griffin-Lim)",
    "voice": "held-out recordings said again by another speaker",
}
NAMES = {
    "silent": ("clips softer than a hundredth of full scale", "lower"),
    "clipped": ("samples at full scale", "lower"),
    "inception_score_halves": (
        "Inception Score, marginal from the other half (one split), our classifier",
        "higher",
    ),
    "mel_error": ("mean absolute log-mel error, nats", "lower"),
    "spectral_distance": ("spectral distance at sizes that nothing was trained on", "lower"),
    "digit_kept": ("converted clips whose digit a classifier still hears", "higher"),
    "target_speaker": ("converted clips whose new speaker a classifier hears", "higher"),
    "energy": ("correlation of loudness over time, before and after", "higher"),
    "own_voice": (
        "log-mel distance back to the own voice, over that to a clip of the same digit",
        "lower",
    ),
}
SILENT = 0.01  # of full scale
OTHER_SIZES = ((768, 192), (384, 96), (192, 48), (96, 24))
HEARD = 150  # held-out clips that the vocoder is measured on
CONVERTED = 300


def rows(
    model: Model, test: Dataset | None, reader: SmallEncoder | None, *, n: int, seed: int
) -> dict[str, dict]:
    """{space: {score: row}}, see evaluate.evaluate."""
    items, _ = sampler.draw(model, SampleConfig(seed=seed, count=n))
    found = {"sound": _rows(heard(items), {} if test is None else heard(test.items), n)}
    if reader is not None:
        head = max(reader.targets, key=lambda name: reader.targets[name])
        made, real = (
            {"inception_score_halves": halves(reader.probabilities(spectrogram.greys(part), head))}
            for part in (items, items if test is None else test.items)
        )
        found["sound"] |= _rows(made, {} if test is None else real, n)
    if test is None:
        return found
    if model.tokenizer.vocoder is not None:
        kept = test.items[np.random.default_rng(0).permutation(len(test))[:HEARD]]
        found["vocoder"] = _rows(*vocoded(model, kept), len(kept))
    if reader is not None and speech.factors(model):
        found["voice"] = _rows(voices(model, test, reader, seed), {}, min(CONVERTED, len(test)))
    return found


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


def vocoded(model: Model, items: np.ndarray) -> tuple[dict[str, float], dict[str, float]]:
    """The vocoder's errors, and Griffin-Lim's after 60 rounds."""
    medium = model.tokenizer
    waves_NS = torch.from_numpy(items).float() / spectra.FULL
    bands_NMT = spectra.log_mel(waves_NS, medium.rate, medium.hop)
    found = []
    with torch.inference_mode():
        for back_NS in (
            medium.vocoder(bands_NMT),
            spectra.griffin_lim(bands_NMT, medium.rate, medium.hop),
        ):
            error = (spectra.log_mel(back_NS, medium.rate, medium.hop) - bands_NMT).abs().mean()
            distance = vocoder.spectral_distance(back_NS, waves_NS, OTHER_SIZES)
            found.append({"mel_error": float(error), "spectral_distance": float(distance)})
    return found[0], found[1]


def voices(model: Model, test: Dataset, reader: SmallEncoder, seed: int) -> dict[str, float]:
    """Every held-out clip said by the next speaker; digits are given, speakers are found."""
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


def _rows(values: dict[str, float], real: dict[str, float], n: int) -> dict[str, dict]:
    return {k: score_row(*NAMES[k], value, real.get(k), n) for k, value in values.items()}


MEASURE = Measure()
