"""Drum sounds by a small synthesiser of our own: seven kinds, without end, free of any licence.

A drum is a few decaying tones (the skin or the shell), a burst of coloured noise (wires, hands,
metal) and a click (the stick), pressed by a soft limiter. Every number in the recipes below is
drawn anew for every sound, times and pitches on a ratio scale, as they are heard.

Sound `i` depends on (seed, i) only, so more sounds extend fewer. Every seven in a row from a
multiple of seven hold each kind once.

Axes: N sounds, S samples at RATE, F frequencies of a sound's Fourier transform.
"""

from collections.abc import Callable

import numpy as np

from tgan_demo.errors import DataError

KINDS = ("kick", "snare", "closed hat", "open hat", "tom", "clap", "rim")
RATE = 16_000  # samples a second
SAMPLES = 16_384  # of one sound: 1.024 s
MAX_COUNT = 100_000  # 3.1 GiB
LICENCE = "CC0-1.0 (made by this project's own synthesiser)"

_FADE = RATE // 50  # samples that end every sound
_ATTACK_S = 0.0004  # until an envelope is up: sudden, without a step
_QUIETEST, _LOUDEST = 0.4, 0.95  # of full scale; where a sound's peak lies
_TO_60_DB = float(np.log(1000))  # time constants until a decay is 60 dB down

_TIME_S = np.arange(SAMPLES, dtype=np.float32) / RATE
_HZ_F = np.fft.rfftfreq(SAMPLES, 1 / RATE).astype(np.float32)
# Six square waves of these pitches are the cymbals of the early drum machines.
_METAL = np.array([1.0, 1.34, 1.46, 1.73, 2.06, 2.55])
_ODD = np.arange(1, 64, 2)  # a square wave's harmonics

Rng = np.random.Generator


def make(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` sounds of a seed.

    Returns:
        The sounds, int16 (N, SAMPLES), which start at once and end in silence, and their labels,
        int64 (N,), indices into KINDS.

    Raises:
        DataError: the count or the seed is not one that we make sounds for.
    """
    if not 1 <= count <= MAX_COUNT:
        raise DataError(
            f"we make 1 to {MAX_COUNT:,} drum sounds at once; got {count}; ask for a count between"
        )
    if seed < 0:
        raise DataError(f"a seed is a whole number from 0; got {seed}; leave out the minus")
    labels = np.concatenate([_order(seed, turn) for turn in range(-(-count // len(KINDS)))])[:count]
    sounds = np.empty((count, SAMPLES), np.int16)
    for index, label in enumerate(labels):
        rng = np.random.default_rng((seed, index))
        sounds[index] = _finish(rng, _RECIPES[KINDS[label]](rng))
    return sounds, labels


def _order(seed: int, turn: int) -> np.ndarray:
    """All kinds once, int64."""
    # the third number keeps this stream apart from the sounds'
    return np.random.default_rng((seed, turn, 1)).permutation(len(KINDS))


def _kick(rng: Rng) -> np.ndarray:
    """A low tone that falls from far above into its pitch."""
    pitch_hz = _between(rng, 38, 64)
    drop_s = _between(rng, 0.008, 0.05)
    skin = _tone(rng, pitch_hz * _between(rng, 2.5, 8), pitch_hz, drop_s)
    skin *= _decay(_between(rng, 0.25, 0.75))
    click = _noise(rng, _between(rng, 300, 1500), 6000) * _decay(_between(rng, 0.006, 0.025))
    return _drive(skin + rng.uniform(0, 0.35) * click, _between(rng, 1, 5))


def _tom(rng: Rng) -> np.ndarray:
    """A clear pitch that sinks a little, its skin's second mode, a soft stick."""
    pitch_hz = _between(rng, 90, 260)
    bend, bend_s = _between(rng, 1.1, 1.7), _between(rng, 0.02, 0.12)
    length_s = _between(rng, 0.3, 0.8)
    skin = _tone(rng, pitch_hz * bend, pitch_hz, bend_s) * _decay(length_s)
    second_hz = pitch_hz * rng.uniform(1.5, 1.7)  # 1.59 is the ideal skin's
    second = _tone(rng, second_hz * bend, second_hz, bend_s) * _decay(
        length_s * rng.uniform(0.2, 0.6)
    )
    stick = _noise(rng, 200, _between(rng, 800, 4000)) * _decay(_between(rng, 0.01, 0.05))
    return _drive(
        skin + rng.uniform(0, 0.4) * second + rng.uniform(0.02, 0.15) * stick, _between(rng, 1, 2.5)
    )


def _snare(rng: Rng) -> np.ndarray:
    """Two modes of the skin under the rattle of the wires."""
    pitch_hz = _between(rng, 150, 270)
    bend, length_s = _between(rng, 1.05, 1.6), _between(rng, 0.08, 0.25)
    skin = _tone(rng, pitch_hz * bend, pitch_hz, 0.02) * _decay(length_s)
    second_hz = pitch_hz * rng.uniform(1.5, 1.9)
    skin += (
        rng.uniform(0.2, 0.8) * _tone(rng, second_hz * bend, second_hz, 0.02) * _decay(length_s / 2)
    )
    wires = _noise(rng, _between(rng, 700, 2500), _between(rng, 5000, 7900), rng.uniform(-0.5, 0.5))
    wires *= _decay(_between(rng, 0.18, 0.55))
    return _drive(skin + _between(rng, 0.25, 0.7) * wires, _between(rng, 1, 3))


def _closed_hat(rng: Rng) -> np.ndarray:
    return _metal(rng) * _decay(_between(rng, 0.04, 0.13))


def _open_hat(rng: Rng) -> np.ndarray:
    start = rng.uniform(0, 0.5) * _decay(_between(rng, 0.03, 0.08))  # the two cymbals meet
    return _metal(rng) * (_decay(_between(rng, 0.45, 0.95)) + start)


def _clap(rng: Rng) -> np.ndarray:
    """Some hands one after the other, then the room."""
    middle_hz = _between(rng, 900, 1800)
    width = _between(rng, 1.3, 2.2)
    hands = np.zeros(SAMPLES, np.float32)
    start_s = 0.0
    for _ in range(rng.integers(3, 6)):
        at = round(start_s * RATE)
        clap = rng.uniform(0.7, 1) * _decay(_between(rng, 0.012, 0.03))
        hands[at:] += clap[: SAMPLES - at]
        start_s += _between(rng, 0.009, 0.015)
    at = round(start_s * RATE)
    hands[at:] += rng.uniform(0.3, 0.7) * _decay(_between(rng, 0.15, 0.6))[: SAMPLES - at]
    noise = _noise(rng, middle_hz / width, middle_hz * width, rng.uniform(-0.5, 0.5))
    return _drive(noise * hands, _between(rng, 0.2, 0.7))


def _rim(rng: Rng) -> np.ndarray:
    """Wood on metal: high modes, gone at once."""
    low_hz = _between(rng, 380, 900)
    length_s = _between(rng, 0.035, 0.11)
    shell = _tone(rng, low_hz, low_hz, 1) * _decay(length_s)
    for low, high in ((2.1, 2.9), (3.2, 4.6)):
        mode_hz = low_hz * rng.uniform(low, high)
        shell += (
            rng.uniform(0.3, 1)
            * _tone(rng, mode_hz, mode_hz, 1)
            * _decay(length_s * rng.uniform(0.4, 0.9))
        )
    stick = _noise(rng, 1000, 6000) * _decay(_between(rng, 0.004, 0.015))
    return _drive(shell + rng.uniform(0.1, 0.5) * stick, _between(rng, 1, 4))


_RECIPES: dict[str, Callable[[Rng], np.ndarray]] = {
    "kick": _kick,
    "snare": _snare,
    "closed hat": _closed_hat,
    "open hat": _open_hat,
    "tom": _tom,
    "clap": _clap,
    "rim": _rim,
}


def _between(rng: Rng, low: float, high: float) -> float:
    """A number between two, as likely in every octave."""
    return float(low * (high / low) ** rng.random())


def _decay(length_s: float) -> np.ndarray:
    """An envelope from 1 that is 60 dB down after `length_s`, float32 (S,)."""
    fall = np.exp(_TIME_S * np.float32(-_TO_60_DB / length_s))
    rise = int(_ATTACK_S * RATE) + 1
    fall[:rise] *= np.linspace(1 / rise, 1, rise, dtype=np.float32)
    return fall


def _tone(rng: Rng, start_hz: float, end_hz: float, bend_s: float) -> np.ndarray:
    """A sine whose pitch falls from start to end with time constant `bend_s`, float32 (S,)."""
    turns = np.float32(end_hz) * _TIME_S
    if start_hz != end_hz:
        fallen = -np.expm1(_TIME_S * np.float32(-1 / bend_s))
        turns += np.float32((start_hz - end_hz) * bend_s) * fallen
    turns += np.float32(rng.uniform(0, 0.25))  # of the first quarter: never starts downwards
    turns -= np.floor(turns)  # a small argument makes a fast and exact sine
    return np.sin(turns * np.float32(2 * np.pi))


def _noise(rng: Rng, low_hz: float, high_hz: float, tilt: float = 0.0) -> np.ndarray:
    """Noise of standard deviation 1 between two pitches, float32 (S,).

    Args:
        tilt: exponent of the frequency in the amplitude: 0 white, -0.5 pink, 0.5 blue.
    """
    return _heard(_spectrum(rng) * _band(low_hz, high_hz, tilt))


def _metal(rng: Rng) -> np.ndarray:
    """A cymbal: six square waves out of tune and noise, above some pitch, float32 (S,)."""
    spectrum_F = _spectrum(rng)
    pitches_hz = _between(rng, 250, 700) * _METAL * rng.uniform(0.96, 1.04, len(_METAL))
    partials_hz = np.outer(pitches_hz, _ODD).ravel()
    strengths = np.tile(1 / _ODD, len(_METAL)) * rng.uniform(0.5, 1, len(partials_hz))
    is_kept = partials_hz < _HZ_F[-1]
    # the nearest of the 8,193 frequencies will do: they are one hertz apart
    bins = np.rint(partials_hz[is_kept] * (SAMPLES / RATE)).astype(int)
    ring = _between(rng, 100, 1500)  # how far the partials stand out of the noise
    spectrum_F[bins] += ring * strengths[is_kept] * np.exp(2j * np.pi * rng.random(len(bins)))
    return _heard(spectrum_F * _band(_between(rng, 3000, 5500), 7900, rng.uniform(-0.5, 1)))


def _spectrum(rng: Rng) -> np.ndarray:
    """White noise, complex64 (F,)."""
    return rng.standard_normal(2 * len(_HZ_F), dtype=np.float32).view(np.complex64)


def _band(low_hz: float, high_hz: float, tilt: float) -> np.ndarray:
    """Amplitude of a band that falls by 18 dB an octave on either side, float32 (F,)."""
    hz_F = np.maximum(_HZ_F, 1)
    band_F = 1 / np.sqrt((1 + (low_hz / hz_F) ** 6) * (1 + (hz_F / high_hz) ** 6))
    return band_F * hz_F**tilt if tilt else band_F


def _heard(spectrum_F: np.ndarray) -> np.ndarray:
    """A spectrum as a sound of standard deviation 1, float32 (S,)."""
    sound = np.fft.irfft(spectrum_F, SAMPLES)
    return sound / sound.std()


def _drive(sound: np.ndarray, gain: float) -> np.ndarray:
    """A soft limiter: the louder, the fuller."""
    return np.tanh(np.float32(gain) * sound)


def _finish(rng: Rng, sound: np.ndarray) -> np.ndarray:
    """Ends in silence, swings around 0, at some level; int16 (S,)."""
    sound[-_FADE:] *= np.linspace(1, 0, _FADE, dtype=np.float32)
    size = np.abs(sound)
    sound -= size * (sound.sum() / size.sum())  # takes the offset and leaves silence silent
    level = rng.uniform(_QUIETEST, _LOUDEST) * np.iinfo(np.int16).max
    return np.rint(sound * (level / np.abs(sound).max())).astype(np.int16)
