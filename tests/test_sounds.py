"""A person's own sounds: every kind comes out right, every bound holds, refusals say why."""

import contextlib
import io
import pickle
import random
import struct
import zipfile

import numpy as np
import pytest
import soundfile

from tgan_demo.data import limits, recognise
from tgan_demo.errors import DataError
from tgan_demo.files.wav import wav_bytes
from tgan_demo.modalities.audio import bring
from tgan_demo.modalities.audio import recordings as sounds

RATE, SAMPLES = 8_000, 8_192
KINDS = [
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("WAV", "ULAW"),
    ("WAVEX", "PCM_24"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
    ("AIFF", "PCM_16"),
]


def encode(values, rate=RATE, kind="WAV", subtype=None):
    values = np.asarray(values)
    if not soundfile.check_format(kind, subtype):
        pytest.skip(f"this libsndfile cannot write {kind} {subtype}")
    buffer = io.BytesIO()
    channels = 1 if values.ndim == 1 else values.shape[1]
    with soundfile.SoundFile(buffer, "w", rate, channels, subtype, format=kind) as file:
        for start in range(0, len(values), 1000):  # a long write overflows the encoder's stack
            file.write(values[start : start + 1000])
    return buffer.getvalue()


def sine(hz=440.0, seconds=1.0, rate=RATE, level=0.5, channels=0):
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.tile(wave[:, None], (1, channels)) if channels else wave


def pitch(sound, rate=RATE):
    """The strongest frequency, Hz; the window makes it exact to half a bin."""
    strength = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return strength.argmax() * rate / len(sound)


def peak(sound):
    return np.abs(sound.astype(int)).max() / 32768


def write(folder, count, seconds=0.2):
    paths = []
    for k in range(count):
        path = folder / f"s{k}.wav"
        path.write_bytes(encode(sine(200 + 20 * k, seconds)))
        paths.append(path)
    return paths


def refusal(content, **options):
    with pytest.raises(sounds.SoundError, match="wanted a sound; got the recording: ") as caught:
        sounds.hear(content, RATE, SAMPLES, **options)
    return str(caught.value)


def test_a_sine_keeps_its_pitch_at_another_rate(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(sine(440, 1.5, 44_100, channels=2), 44_100))
    sound, note = sounds.read(path, RATE, SAMPLES)
    assert sound.dtype == np.int16 and sound.shape == (SAMPLES,)
    assert abs(pitch(sound) - 440) < 1 and abs(peak(sound) - 0.5) < 0.01
    assert note == "cut from 1.5 s to 1.02 s"


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_every_kind_is_read(kind, subtype):
    rate = 48_000 if subtype == "OPUS" else 22_050
    sound, note = sounds.hear(encode(sine(440, 1, rate), rate, kind, subtype), RATE, SAMPLES)
    assert abs(pitch(sound) - 440) < 1 and abs(peak(sound) - 0.5) < 0.03 and note == ""
    assert not np.any(sound[-100:])  # padded


@pytest.mark.parametrize("rate", [1_000, 11_025, 96_000, 192_000, 384_000])
@pytest.mark.parametrize("channels", [1, 7, 64])
def test_every_rate_and_number_of_channels_is_read(rate, channels):
    sound, _ = sounds.hear(encode(sine(300, 0.3, rate, channels=channels), rate), RATE, 2_000)
    assert abs(pitch(sound) - 300) < 3 and abs(peak(sound) - 0.5) < 0.05


def test_beyond_these_is_refused():
    assert "999 samples a second; 1,000 to" in refusal(encode(sine(100, 1, 999), 999))
    assert "384,001 samples a second" in refusal(encode(sine(100, 0.1, 384_001), 384_001))
    assert "65 channels" in refusal(encode(sine(channels=65)))


def test_channels_are_averaged():
    low, high = sine(250, level=0.4), sine(1000, level=0.8)
    sound, _ = sounds.hear(encode(np.stack([low, high], 1)), RATE, RATE)
    strength = np.abs(np.fft.rfft(sound / 32768)) / (RATE / 2)
    assert abs(strength[250] - 0.2) < 0.01 and abs(strength[1000] - 0.4) < 0.01


def test_what_needs_nothing_stays_as_it_is():
    """Sixteen bits at the rate asked for come back bit by bit."""
    half = np.random.default_rng(0).integers(-32767, 32768, SAMPLES // 2)
    mine = np.concatenate([half, -half]).astype(np.int16)
    assert np.array_equal(sounds.hear(encode(mine), RATE, SAMPLES)[0], mine)
    assert np.array_equal(sounds.hear(wav_bytes(mine, RATE), RATE, SAMPLES)[0], mine)


def test_pitches_above_half_the_rate_do_not_fold_back():
    mixed = sine(500, 1, 48_000, 0.3) + sine(7_000, 1, 48_000, 0.3)
    sound, _ = sounds.hear(encode(mixed, 48_000), RATE, RATE)
    strength = np.abs(np.fft.rfft(sound * np.hanning(RATE)))
    assert strength[1000] < strength[500] / 1000  # 7,000 Hz would come out at 1,000


def test_silence_around_a_sound_is_cut_off():
    quiet = np.full(RATE, 0.5 * 10 ** (-50 / 20))
    content = encode(np.concatenate([quiet, sine(440, 0.25), quiet]), subtype="FLOAT")
    sound, note = sounds.hear(content, RATE, SAMPLES)
    loud = np.flatnonzero(np.abs(sound / 32768) > 0.05)
    assert abs(loud[0] - 0.02 * RATE) < 5 and abs(loud[-1] - 0.27 * RATE) < 5 and note == ""
    assert not sound[round(0.29 * RATE) + 1 :].any()
    assert abs(sound[round(0.29 * RATE) - 1]) <= 1  # it fades there


def test_an_offset_is_no_sound():
    quiet = np.zeros(RATE)
    content = encode(np.concatenate([quiet, sine(440, 0.25), quiet]) + 0.2, subtype="FLOAT")
    sound, _ = sounds.hear(content, RATE, SAMPLES)
    assert abs(np.flatnonzero(np.abs(sound) > 1000)[0] - 0.02 * RATE) < 5
    assert abs(sound.mean() / 32768) < 1e-3
    assert "silence" in refusal(encode(np.full(RATE, 0.3)))


def test_a_cut_fades_out():
    sound, note = sounds.hear(encode(np.tile([0.5, -0.5], 13_000)), RATE, 4_000)
    assert note == "cut from 3.25 s to 0.5 s"
    size, fade = np.abs(sound.astype(int)), RATE // 100
    assert np.ptp(size[:-fade]) <= 1 and (np.diff(size[-fade:]) < 0).all() and size[-1] == 0


def test_levels_beyond_the_usual_become_point_nine():
    def level(values):
        sound, note = sounds.hear(encode(values, subtype="FLOAT"), RATE, SAMPLES)
        return round(peak(sound), 2), note

    assert level(sine(level=0.101)) == (0.1, "") and level(sine(level=0.999)) == (1, "")
    assert level(sine(level=3)) == (0.9, "")
    assert level(sine(level=0.01)) == (0.9, "very quiet: made 90 times louder")
    assert level(sine(level=3e38)) == (0.9, "")  # near the end of what a float holds


def test_what_is_no_number_becomes_silence_and_is_said():
    values = sine(channels=2)
    values[1000, 0], values[2000], values[3000, 1] = np.nan, np.inf, -np.inf
    sound, note = sounds.hear(encode(values, subtype="FLOAT"), RATE, SAMPLES)
    assert note == "4 samples that were no numbers became silence"
    assert abs(pitch(sound) - 440) < 1 and peak(sound) < 0.51
    huge = sine()
    huge[:] = 1e300  # finite in the file, infinite as we read it
    assert "silence" in refusal(encode(huge, subtype="DOUBLE"))


def test_silence_is_refused():
    for values in (np.zeros(RATE), sine(level=0.9e-4), sine(channels=2) * [1, -1]):
        assert "silence" in refusal(encode(values, subtype="FLOAT"))
    assert sounds.hear(encode(sine(level=1.2e-4), subtype="FLOAT"), RATE, SAMPLES)[0].any()


def test_too_short_is_refused():
    assert "1 ms of sound; 20 ms are the least" in refusal(encode(sine(seconds=0.001)))
    click = np.zeros(RATE)
    click[4000:4040] = 0.5
    assert " ms of sound" in refusal(encode(click))
    assert "0 ms of sound" in refusal(encode(np.zeros(0)))
    assert sounds.hear(encode(sine(seconds=0.021)), RATE, SAMPLES)[0].any()


@pytest.mark.parametrize(
    "content",
    [b"hello, this is no sound", b"RIFF", b"RIFF\x10\0\0\0WAVEfmt ", b"OggS" * 90, b"\xff\xfb" * 99,
     b"fLaC", b"ID3\x03\0\0\0\0\0\0", b"\x89PNG\r\n\x1a\n", b"\xff", "hello".encode("utf-16") * 99],
)  # fmt: skip
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "notes.wav"
    path.write_bytes(content)
    with pytest.raises(DataError, match="got notes.wav: (not a sound that we read|0 ms).*; "):
        sounds.read(path, RATE, SAMPLES)


def test_other_decoders_stay_shut():
    """libsndfile could read these; we do not let it."""
    for kind in ("AU", "CAF", "VOC", "MAT5", "IRCAM"):
        assert "not a sound that we read" in refusal(encode(sine(), kind=kind, subtype="PCM_16"))


def test_empty_missing_and_large_files_say_so(tmp_path, monkeypatch):
    (tmp_path / "e.wav").write_bytes(b"")
    with pytest.raises(DataError, match="got e.wav: empty; export it anew"):
        sounds.read(tmp_path / "e.wav", RATE, SAMPLES)
    for name in ("none.wav", "."):
        with pytest.raises(DataError, match="cannot be read"):
            sounds.read(tmp_path / name, RATE, SAMPLES)
    monkeypatch.setattr(limits, "MAX_SOUND_BYTES", 4 * 2**10)
    assert "16 KiB is more than 4 KiB; cut it shorter" in refusal(encode(sine()))


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_half_a_file_is_taken_and_said(kind, subtype):
    rate = 48_000
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * rate)  # a page of Opus has a second
    content = encode(noise, rate, kind, subtype)
    whole, note = sounds.hear(content, RATE, 5 * RATE)
    assert note == ""
    sound, note = sounds.hear(content[: len(content) // 2], RATE, 5 * RATE)
    assert note.startswith("damaged or cut short: ")
    length = np.flatnonzero(sound)[-1] / RATE
    assert 0.8 < length < 2.3
    same = round(0.3 * RATE)
    assert np.corrcoef(sound[:same], whole[:same])[0, 1] > 0.9


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_a_sliver_of_a_file_is_refused(kind, subtype):
    content = encode(np.random.default_rng(0).normal(0, 0.1, 96_000), 48_000, kind, subtype)
    assert "not a sound that we read" in refusal(content[:20])
    refusal(content[:150])


def test_a_recording_of_unknown_length_is_whole():
    """What a browser or a pipe writes before it knows how long it will be."""
    content = bytearray(encode(sine()))
    at = content.find(b"data") + 4
    content[4:8] = content[at : at + 4] = b"\xff" * 4
    sound, note = sounds.hear(bytes(content), RATE, SAMPLES)
    assert abs(pitch(sound) - 440) < 1 and note == ""


def test_only_the_beginning_of_an_hour_is_read(tmp_path, monkeypatch):
    path, length = tmp_path / "hour.wav", 3600 * RATE
    head = encode(sine(), subtype="PCM_U8")
    at = head.find(b"data") + 4
    head = bytearray(head[:at] + struct.pack("<I", length) + head[at + 4 :])
    head[4:8] = struct.pack("<I", at - 4 + length)
    with path.open("wb") as file:
        file.write(head + encode(sine(seconds=61), subtype="PCM_U8")[at + 4 :])
        file.truncate(at + 4 + length)  # the rest is a hole: no bytes are written
    with path.open("rb") as file:
        found = sounds._hear(file, path.name)
        assert file.tell() <= limits.MAX_SOUND_SECONDS * RATE + 2**16
    assert len(found.sound) == limits.MAX_SOUND_SECONDS * RATE
    note = sounds.read(path, RATE, SAMPLES)[1]
    assert note == "only its first 60 s were read; cut from 60 s to 1.02 s"
    monkeypatch.setattr(limits, "MAX_SOUND_VALUES", 5 * RATE)
    with path.open("rb") as file:
        assert sounds._hear(file, "").notes == ("only its first 5 s were read",)


def test_wrong_rates_and_lengths_are_named():
    for rate, samples in ((999, 100), (384_001, 100), (RATE, 0), (RATE, 60 * RATE + 1)):
        for call in (sounds.read, sounds.hear, sounds.gather):
            with pytest.raises(DataError, match="got .*; ask for"):
                call(b"", rate, samples)


def test_a_refusal_can_be_pickled():
    """Runs in another process send their errors back."""
    error = sounds.SoundError("a.wav", "empty", "export it anew")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_wav_bytes_is_a_wav_file():
    mine = np.arange(-500, 500, dtype=np.int16)
    content = wav_bytes(mine, 16_000)
    read, rate = soundfile.read(io.BytesIO(content), dtype="int16")
    assert rate == 16_000 and np.array_equal(read, mine) and len(content) == 44 + 2 * len(mine)
    with pytest.raises(AssertionError):
        wav_bytes(mine / 2, 16_000)


def test_twenty_sounds_are_a_data_set(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    paths = [*write(tmp_path, 20), tmp_path / "notes.txt", tmp_path / "gone.wav"]
    data = recognise.load(recognise.look_into(paths), name="mine")
    assert data.items.shape == (20, limits.OWN_SAMPLES) and data.items.dtype == np.int16
    assert data.modality == "audio"
    assert data.labels is None and data.classes == () and data.name == "mine"
    assert data.licence and data.source == "20 uploaded sounds"
    pitches = [pitch(item[:3200], limits.OWN_RATE) for item in data.items]
    assert all(abs(hz - 200 - 20 * k) < 6 for k, hz in enumerate(pitches))
    refused = sounds.gather(paths, RATE, 2_000).refused
    assert [one.name for one in refused] == ["notes.txt", "gone.wav"]
    assert refused[0].reason.startswith(
        "not a sound that we read (WAV, FLAC, OGG, MP3, AIFF, M4A, WebM)"
    )


def test_too_few_names_the_first_reasons(tmp_path):
    paths = write(tmp_path, 3)
    for name, content in (("a", b"x"), ("b", b""), ("c", encode(np.zeros(RATE))), ("d", b"y")):
        (tmp_path / name).write_bytes(content)
        paths.append(tmp_path / name)
    match = "from 20 sounds; got 3 that.*add 17 or more.*a: not a.*; b: empty; c: sil.*and 1 more"
    with pytest.raises(DataError, match=match):
        bring.load(recognise.look_into(paths), {})


def test_a_zip_is_looked_into(tmp_path):
    paths, packed = write(tmp_path, 3, seconds=2), tmp_path / "my.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for path in paths:
            file.write(path, f"folder/{path.name}")
        file.writestr("folder/empty.wav", b"")
    found = sounds.gather([packed, paths[0]], RATE, SAMPLES)
    assert found.names == ["folder/s0.wav", "folder/s1.wav", "folder/s2.wav", "s0.wav"]
    assert np.array_equal(found.items[0], found.items[3])
    assert set(found.notes) == {"cut from 2 s to 1.02 s"}
    assert [str(one) for one in found.refused] == ["folder/empty.wav: empty"]
    assert len(sounds.gather([packed], RATE, SAMPLES, limit=2).items) == 2


def test_totals_are_bounded(tmp_path, monkeypatch):
    paths = write(tmp_path, 4)  # 3.2 KiB, 1,600 samples each
    for bound, value, words in (
        ("MAX_SOUNDS", 3, "at most 3 files; got 4"),
        ("MAX_ITEM_BYTES", 3 * 2 * SAMPLES, "takes up to 3"),
        ("MAX_TOTAL_SOUND_BYTES", 10 * 2**10, "together may hold 10 KiB"),
        ("MAX_TOTAL_SOUND_VALUES", 5_000, "together may have 0 million"),
    ):
        with monkeypatch.context() as patch, pytest.raises(DataError, match=words):
            patch.setattr(limits, bound, value)
            sounds.gather(paths, RATE, SAMPLES)
    assert len(sounds.gather(paths, RATE, SAMPLES).items) == 4


def test_damage_anywhere_is_a_refusal():
    """Whatever a decoder raises, a person sees our words."""
    rng = random.Random(0)
    noise = np.random.default_rng(0).normal(0, 0.1, (4_800, 2))
    whole = [encode(noise, 48_000, *kind) for kind in KINDS if soundfile.check_format(*kind)]
    for k in range(500):
        broken = bytearray(whole[k % len(whole)])
        for _ in range(4):
            broken[rng.randrange(len(broken) if k % 2 else 100)] = rng.randrange(256)
        with contextlib.suppress(sounds.SoundError):
            sound, _ = sounds.hear(bytes(broken), RATE, SAMPLES)
            assert sound.shape == (SAMPLES,)


def test_sounds_are_told_from_other_files_by_their_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name in ("x/1.wav", "x/2.MP3", "x/cover.png"):
            packed.writestr(name, b"-")

    def are_sounds(*paths):
        return bring.recognises(recognise.look_into(paths), {})

    assert are_sounds(tmp_path / "a.zip") and are_sounds("1.flac", "2.ogg", "notes.txt")
    assert not are_sounds("1.png", "2.wav") and not are_sounds()


def test_a_clip_keeps_its_pitch_at_another_rate():
    wave_S = (12_000 * np.sin(2 * np.pi * 440 * np.arange(16_384) / 16_000)).astype(np.int16)
    half = sounds.resampled(wave_S, 8_192)
    assert half.shape == (8_192,) and half.dtype == np.int16
    assert abs(np.abs(np.fft.rfft(half)).argmax() * 8_000 / 8_192 - 440) < 1
    assert sounds.resampled(half, 8_192) is half
