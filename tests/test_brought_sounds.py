"""Sounds that people really bring: phones' and browsers' recordings, headers that were never finished."""

import contextlib
import io
import random
import struct
import zipfile

import av
import numpy as np
import pytest

from tgan_demo.data import recognise
from tgan_demo.modalities.audio import bring, recordings

RATE = 8_000
PACKED = [
    ("mp4", "aac", "fltp"),
    ("ipod", "aac", "fltp"),  # what iTunes calls .m4a
    ("ipod", "alac", "s16p"),
    ("mov", "pcm_s16le", "s16"),
    ("adts", "aac", "fltp"),
    ("webm", "libopus", "flt"),
    ("matroska", "libopus", "flt"),
    ("matroska", "pcm_f32le", "flt"),
]
SAMPLES = np.rint(16_000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype("<i2")


def packed(kind, codec, form, *, seconds=1.5, rate=48_000, pictures=0, **options):
    """A container with a tone of 440 Hz, half as loud on the right as on the left."""
    buffer = io.BytesIO()
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    both = np.stack([wave, wave / 2]).astype(np.float32)
    with av.open(buffer, "w", format=kind, options=options) as container:
        film = None
        if pictures:
            film = container.add_stream("mpeg4" if kind == "mp4" else "libvpx", rate=10)
            film.width = film.height = 32
        stream = container.add_stream(codec, rate=rate, layout="stereo", format=form)
        stream.bit_rate = 192_000
        for k in range(pictures):
            frame = av.VideoFrame(32, 32, "yuv420p")
            frame.pts = k
            container.mux(film.encode(frame))
        container.mux(film.encode() if film else [])
        whole = av.AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
        whole.sample_rate = rate
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(form, "stereo", rate, frame_size=size)
        for frame in (*resampler.resample(whole), *resampler.resample(None)):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def pitch(sound, rate=RATE):
    strength = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return strength.argmax() * rate / len(sound)


def hear(content):
    return recordings.hear(content, RATE, RATE)


@pytest.mark.parametrize(("kind", "codec", "form"), PACKED)
def test_sounds_of_phones_and_browsers_are_read(kind, codec, form):
    content = packed(kind, codec, form)
    sound, note = hear(content)
    assert abs(pitch(sound) - 440) < 1.5 and note.startswith("cut from 1.5")
    level = np.abs(sound[2000:6000]).max() / 32_768  # the mean of both channels
    assert abs(level - 0.375) < (0.05 if codec == "aac" else 0.02)  # its encoder is a rough one
    if kind != "adts":  # has no length, so that nobody sees its end
        with contextlib.suppress(recordings.SoundError):  # where the tables stood at the end
            _, note = hear(content[: len(content) * 2 // 3])
            assert note.startswith("damaged or cut short")


def test_only_the_first_minute_of_a_lecture_is_read():
    content = packed("ipod", "aac", "fltp", seconds=70, rate=8_000)
    assert hear(content)[1] == "only its first 60 s were read; cut from 60 s to 1 s"


def test_a_film_is_no_sound_and_a_sound_no_film(tmp_path):
    """A browser's recording is called .webm, as a film is."""
    for k in range(20):
        (tmp_path / f"{k}.webm").write_bytes(packed("webm", "libopus", "flt", seconds=0.3))
    files = sorted(tmp_path.iterdir())
    (tmp_path / "all.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in files:
            archive.write(file, f"in/{file.name}")
    for brought in (files, [tmp_path / "all.zip"]):
        upload = recognise.look_into(brought)
        assert recognise.modality_of(upload) == "audio"
        assert len(recognise.load(upload)) == 20
    (tmp_path / "film.webm").write_bytes(packed("webm", "libopus", "flt", pictures=9))
    (tmp_path / "phone.mp4").write_bytes(packed("mp4", "aac", "fltp", pictures=9))
    films = recognise.look_into([tmp_path / "film.webm", tmp_path / "phone.mp4"])
    assert recognise.modality_of(films) == "video"
    assert bring.recognises(recognise.look_into([tmp_path / "0.webm", tmp_path / "a.M4A"]), {})
    assert abs(pitch(hear((tmp_path / "phone.mp4").read_bytes())[0]) - 440) < 1.5  # its sound


def test_what_a_container_lacks_is_said():
    silent = io.BytesIO()
    with av.open(silent, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode())
    with pytest.raises(recordings.SoundError, match="there is no sound in it; bring a sound"):
        hear(silent.getvalue())
    with pytest.raises(recordings.SoundError, match=r"do not open \(ac3\); save it as WAV"):
        hear(packed("matroska", "ac3", "fltp"))


def test_damage_anywhere_in_a_container_is_a_refusal():
    rng = random.Random(0)
    whole = [packed(*kind, seconds=0.2) for kind in PACKED]
    for k in range(200):
        broken = bytearray(whole[k % len(whole)])
        for _ in range(4):
            broken[rng.randrange(len(broken) if k % 2 else 200)] = rng.randrange(256)
        with contextlib.suppress(recordings.SoundError):
            assert hear(bytes(broken))[0].shape == (RATE,)


def wav(data_size, riff_size=None, *, head=b"RIFF", wide=None, samples=SAMPLES, behind=b""):
    """A WAV whose header says what it likes."""
    order = ">" if head == b"RIFX" else "<"
    content = b"WAVE"
    if wide is not None:
        content += b"ds64" + struct.pack("<IQQQI", 28, 2**33, wide, len(samples), 0)
    content += b"fmt " + struct.pack(order + "IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    content += b"data" + struct.pack(order + "I", data_size)
    content += samples.astype(order + "i2").tobytes() + behind
    size = len(content) if riff_size is None else riff_size
    return head + struct.pack(order + "I", size) + content


@pytest.mark.parametrize("riff_size", [None, 0, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize(
    "data_size",
    [0, 0x7FFFFFFF, 2_000_000_000, 0x7FFFF000, 0x7FFFFFDB, 0x80000000, 0xFFFFFFDB, 0xFFFFFFFF],
)
@pytest.mark.parametrize("head", [b"RIFF", b"RIFX"])
def test_a_size_that_a_stream_never_knew_means_to_the_end(data_size, riff_size, head):
    sound, note = hear(wav(data_size, riff_size, head=head))
    assert np.array_equal(sound, SAMPLES) and note == ""


@pytest.mark.parametrize("head", [b"RF64", b"BW64"])
def test_sizes_of_64_bits_are_read(head):
    whole = 2 * len(SAMPLES)
    for size, wide in ((0xFFFFFFFF, whole), (0xFFFFFFFF, 0), (0xFFFFFFFF, 2**40), (whole, 0)):
        sound, note = hear(wav(size, 0xFFFFFFFF, head=head, wide=wide))
        assert np.array_equal(sound, SAMPLES) and note == ""
    behind = b"LIST" + struct.pack("<I", 4) + b"INFO"
    content = wav(0xFFFFFFFF, 0xFFFFFFFF, head=head, wide=whole, behind=behind)
    assert np.array_equal(hear(content)[0], SAMPLES)


def test_a_wav_that_was_cut_short_is_still_said_to_be():
    assert hear(wav(4 * RATE))[1].startswith("damaged or cut short: 1 s")
    cut = wav(0xFFFFFFFF, 0xFFFFFFFF, head=b"RF64", wide=4 * RATE)
    assert hear(cut)[1].startswith("damaged or cut short: 1 s")
    empty = wav(0, samples=SAMPLES[:0], behind=b"LIST" + struct.pack("<I", 4) + b"INFO")
    with pytest.raises(recordings.SoundError, match="0 ms of sound"):
        hear(empty)
