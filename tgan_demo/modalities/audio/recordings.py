"""A sound file of any kind as one length of mono sound: decoding, trimming, level.

A file is known by its first bytes and meets only the decoders named here. Everything is bounded while
it is read: bytes, seconds, samples of all channels.

Axes: N sounds, S samples.
"""

import contextlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import soundfile
import soxr

from tgan_demo.data import containers, limits
from tgan_demo.data import gather as gathering
from tgan_demo.data.gather import Gathered, Tally, Unusable, size_of
from tgan_demo.errors import DataError
from tgan_demo.modalities.audio import riff
from tgan_demo.modalities.audio.packed import PackedSound

SILENCE = 1e-4  # of full scale; what never gets louder is no sound
MIN_SOUND_S = 0.02
_TRIM = 10 ** (-45 / 20)  # of the loudest sample; the ends below it are cut off
_MARGIN_S = 0.02  # kept on either side of what is louder
_FADE_S = 0.01
_QUIET, _FULL = 0.1, 1.0  # peaks between these are kept
_PEAK = 0.9  # of all others
_BLOCK = 4096  # frames decoded at once; where a damaged FLAC breaks off, its block is lost
# the only decoders that libsndfile gets to try; it knows many formats of old that nobody brings
_STARTS = (b"RIFF", b"RIFX", b"FORM", b"fLaC", b"OggS", b"ID3")
# what libsndfile logs of a file that is shorter than its header says; all ones: length not known
_CUT_SHORT = re.compile(r"(?m)^ *(data|SSND) *: (?!4294967295 )\d+ \(should be|lacks an end-of-str")


class SoundError(Unusable):
    """One sound cannot be used; the others may be."""

    wanted = "a sound"


def gather(
    paths: Sequence[Path],
    rate: int,
    samples: int,
    *,
    limit: int | None = None,
    names: Mapping[Path, str] | None = None,
) -> Gathered[np.ndarray]:
    """Every usable sound, int16 (S,), and every refusal; stops after `limit` sounds.

    Args:
        rate: samples a second of every sound.
        samples: S, the length that every sound is cut or padded to.
        names: see gather.opened.

    Raises:
        DataError: the whole is beyond a bound, or the rate or length asked for is.
    """
    _check_size(rate, samples)
    tally = Tally(
        "sounds",
        "samples",
        "cut them shorter",
        limits.MAX_TOTAL_SOUND_BYTES,
        limits.MAX_TOTAL_SOUND_VALUES,
    )

    def read(name: str, file: BinaryIO) -> Iterator[tuple[str, np.ndarray, str]]:
        heard = _hear(file, name)
        tally.add(num_bytes=heard.num_bytes, num_values=heard.num_values)
        yield name, *_fit(heard, rate, samples)

    room = min(limits.MAX_SOUNDS, limits.MAX_ITEM_BYTES // (2 * samples))
    return gathering.gather(
        gathering.opened(paths, limits.MAX_SOUNDS, names),
        read,
        room=room,
        full=f"{samples:,} samples a sound takes up to {room:,}",
        limit=limit,
    )


def read(path: Path, rate: int, samples: int) -> tuple[np.ndarray, str]:
    """One file's sound: mono, without the silence around it, cut or padded to one length.

    A peak below a tenth of full scale or above all of it becomes .9; others are kept.

    Returns:
        int16 (S,), and what was done that a user should know, "" for nothing.

    Raises:
        SoundError: no sound file that we read, too large, too short, silent or damaged.
        DataError: the rate or the length asked for is out of range.
    """
    _check_size(rate, samples)
    path = Path(path)
    try:
        with path.open("rb") as file:
            return _fit(_hear(file, path.name), rate, samples)
    except OSError as error:
        raise SoundError(path.name, "cannot be read", "pick the file again") from error


def hear(
    content: bytes, rate: int, samples: int, *, name: str = "the recording"
) -> tuple[np.ndarray, str]:
    """`read` of a file's bytes; `name` is what a complaint calls them."""
    _check_size(rate, samples)
    return _fit(_hear(io.BytesIO(content), name), rate, samples)


def resampled(sound: np.ndarray, samples: int) -> np.ndarray:
    """A clip, int16 (S,), of the same duration with `samples` samples."""
    if len(sound) == samples:
        return sound
    heard = soxr.resample(sound.astype(np.float32), len(sound), samples)[:samples]
    heard = np.pad(heard, (0, samples - len(heard)))
    return heard.round().clip(-32_768, 32_767).astype(np.int16)


@dataclass(frozen=True, slots=True)
class _Heard:
    """The beginning of one file, its channels averaged."""

    name: str
    sound: np.ndarray  # float32 (S,), finite, full scale 1, at the file's own rate
    rate: int
    num_bytes: int  # of the file
    num_values: int  # decoded samples of all channels
    notes: tuple[str, ...]


def _hear(file: BinaryIO, name: str) -> _Heard:
    remedy = "cut it shorter, or save it as FLAC or MP3"
    num_bytes = size_of(file, name, limits.MAX_SOUND_BYTES, SoundError, remedy)
    file = riff.mended(file)
    head = file.read(12)
    file.seek(0)
    # eleven ones and "layer III" open every frame; UTF-16 text has the ones, too
    is_mp3 = int.from_bytes(head[:2], "big") & 0xFFE6 == 0xFFE2
    try:
        if kind := "" if head.startswith(_STARTS) or is_mp3 else containers.kind_of(head):
            opened = PackedSound(file, kind)
        elif head.startswith(_STARTS) or is_mp3:
            opened = _Plain(file)
        else:
            raise ValueError("no decoder of ours")
    except Exception as error:  # a decoder fed foreign bytes may raise anything
        if isinstance(error, containers.ContainerError) and error.reason:
            raise SoundError(name, error.reason, error.remedy) from error
        raise SoundError(
            name, f"not a sound that we read ({limits.SOUND_KINDS}), or damaged", "save it as WAV"
        ) from error
    with opened:
        if not limits.MIN_RATE <= opened.rate <= limits.MAX_RATE:
            raise SoundError(
                name,
                f"{opened.rate:,} samples a second; {limits.MIN_RATE:,} to {limits.MAX_RATE:,} are read",
                "save it at 44,100",
            )
        if opened.channels > limits.MAX_SOUND_CHANNELS:
            raise SoundError(
                name,
                f"{opened.channels} channels; up to {limits.MAX_SOUND_CHANNELS} are read",
                "mix it down to two",
            )
        sound, notes = _average(opened)
        return _Heard(name, sound, opened.rate, num_bytes, len(sound) * opened.channels, notes)


class _Plain:
    """A sound by libsndfile, block by block. A context manager."""

    def __init__(self, file: BinaryIO) -> None:
        self._opened = soundfile.SoundFile(cast(Any, _Steady(file)))
        self.rate, self.channels = self._opened.samplerate, self._opened.channels
        self.is_damaged = bool(_CUT_SHORT.search(self._opened.extra_info))

    def __enter__(self) -> "_Plain":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def blocks(self) -> Iterator[np.ndarray]:
        """Every block that can be decoded, float32 (S, C); each overwrites the one before."""
        block, count = np.empty((_BLOCK, self.channels), np.float32), 0
        try:
            while len(part := self._opened.read(out=block)):
                count += len(part)
                yield part
        except Exception:  # a decoder in the middle of a damaged file may raise anything
            self.is_damaged = True
        self.is_damaged |= count < self._opened.frames


class _Steady:
    """A file that stays where it is when a damaged header sends the decoder before its start."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.read, self.readinto, self.tell = file.read, file.readinto, file.tell

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.seek(offset, whence)


def _average(opened: _Plain | PackedSound) -> tuple[np.ndarray, tuple[str, ...]]:
    """The mean of all channels, float32 (S,), as far as we read, and what to say about it."""
    rate = opened.rate
    room = min(limits.MAX_SOUND_SECONDS * rate, limits.MAX_SOUND_VALUES // opened.channels)
    parts: list[np.ndarray] = []
    count = num_strange = 0
    is_full = False
    for part in opened.blocks():
        is_full = count + len(part) > room
        part = part[: room - count]
        is_strange = ~np.isfinite(part)
        part[is_strange] = 0
        num_strange += int(is_strange.sum())
        parts.append(part.mean(axis=1, dtype=np.float64).astype(np.float32))
        count += len(part)
        if is_full:
            break
    notes: list[str] = []
    if opened.is_damaged:
        notes.append(f"damaged or cut short: {_seconds(count, rate)} of it could be read")
    elif is_full:
        notes.append(f"only its first {_seconds(room, rate)} were read")
    if num_strange:
        notes.append(f"{num_strange:,} samples that were no numbers became silence")
    return np.concatenate(parts or [np.zeros(0, np.float32)]), tuple(notes)


def _fit(heard: _Heard, rate: int, samples: int) -> tuple[np.ndarray, str]:
    """int16 (S,) at `rate`, and the note."""
    name, notes = heard.name, list(heard.notes)
    if len(heard.sound) < MIN_SOUND_S * heard.rate:
        raise _too_short(name, len(heard.sound) / heard.rate)
    # counted in its own peak until the end: a float file may hold 1e38, which no filter survives
    peak = float(np.abs(heard.sound).max())
    sound = heard.sound / np.float32(peak or 1)
    offset = sound.mean(dtype=np.float64)
    if abs(offset) > _TRIM:  # poor microphones have one, and it would pass for sound
        sound -= np.float32(offset)
    sound = soxr.resample(sound, heard.rate, rate)
    size = np.abs(sound)
    if peak * size.max() < SILENCE:
        raise SoundError(
            name,
            f"silence: nothing in it reaches {SILENCE:g} of full scale",
            "record it louder, and check that its channels do not cancel out",
        )
    loud = np.flatnonzero(size > _TRIM * size.max())
    first, last = int(loud[0]), int(loud[-1]) + 1
    if last - first < MIN_SOUND_S * rate:
        raise _too_short(name, (last - first) / rate)
    margin, fade = round(_MARGIN_S * rate), round(_FADE_S * rate)
    first, last = max(0, first - margin), min(len(sound), last + margin)
    clip = sound[first : min(last, first + samples)].copy()
    if last - first > samples:
        notes.append(f"cut from {_seconds(last - first, rate)} to {_seconds(samples, rate)}")
    if first + len(clip) < len(sound):
        fade = min(fade, len(clip))
        clip[len(clip) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    highest = float(np.abs(clip).max())
    level = peak * highest
    if level < _QUIET:
        notes.append(f"very quiet: made {_PEAK / level:.0f} times louder")
    clip *= np.float32(peak if _QUIET <= level <= _FULL else _PEAK / highest)
    fitted = np.zeros(samples, np.int16)
    fitted[: len(clip)] = np.clip(np.rint(clip * 32_768), -32_768, 32_767)
    return fitted, "; ".join(notes)


def _too_short(name: str, length_s: float) -> SoundError:
    return SoundError(
        name,
        f"{length_s * 1000:.3g} ms of sound; {MIN_SOUND_S * 1000:.0f} ms are the least",
        "bring a longer one",
    )


def _seconds(count: int, rate: int) -> str:
    return f"{count / rate:.3g} s"


def _check_size(rate: int, samples: int) -> None:
    if not limits.MIN_RATE <= rate <= limits.MAX_RATE:
        raise DataError(
            f"sounds are read at {limits.MIN_RATE:,} to {limits.MAX_RATE:,} samples a second; got {rate:,}; "
            "ask for 16,000"
        )
    if not 1 <= samples <= limits.MAX_SOUND_SECONDS * rate:
        raise DataError(
            f"a sound may have 1 to {limits.MAX_SOUND_SECONDS * rate:,} samples at this rate; "
            f"got {samples:,}; ask for a length between"
        )
