"""What a person takes away can be read back: pictures, settings, films, words to repeat."""

import base64
import io
import json
import shlex
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tgan_demo import export
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError, DataError, TganError
from tgan_demo.files import film
from tgan_demo.files import png as png_files


def pictures(n: int, h: int = 6, w: int = 5, c: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, h, w, c), dtype=np.uint8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(part: bytes) -> bytes:
    """A whole PNG with one more chunk before its pixels."""
    plain = export.png_bytes(Image.new("L", (2, 2)))
    cut = 8 + 25  # the signature and the header
    return plain[:cut] + part + plain[cut:]


def test_a_chunk_of_ours_is_found() -> None:
    assert export.read_settings(with_chunk(chunk(b"tEXt", b'tgan_demo\0{"a": 1}'))) == {"a": 1}


# Pictures


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_holds_every_picture_at_its_place(channels: int) -> None:
    items = pictures(7, c=channels)
    paper = np.asarray(export.sheet(items, columns=3, scale=2, gap=1, background=9))
    paper = paper[..., None] if channels == 1 else paper
    assert paper.shape == (3 * 13 - 1, 3 * 11 - 1, channels)
    for i, item in enumerate(items):
        top, left = i // 3 * 13, i % 3 * 11
        np.testing.assert_array_equal(
            paper[top : top + 12, left : left + 10], item.repeat(2, 0).repeat(2, 1)
        )
    assert (paper[26:, 11:] == 9).all()  # the two empty places
    assert (paper[12] == 9).all()  # a gap


def test_a_sheet_is_about_square_unless_told() -> None:
    assert export.sheet(pictures(100, 4, 4)).size == (40, 40)
    assert export.sheet(pictures(1, 4, 4), columns=10).size == (4, 4)


@pytest.mark.parametrize(
    ("items", "settings"),
    [
        (pictures(1), {"scale": 0}),
        (pictures(1), {"scale": 65}),
        (pictures(1), {"scale": 2.5}),
        (pictures(1), {"columns": -1}),
        (pictures(1), {"gap": -1}),
        (pictures(200, 32, 32), {"scale": 64}),
        (pictures(1)[0], {}),
        (pictures(1, c=4), {}),
        (pictures(1).astype(np.float32), {}),
        (pictures(0), {}),
    ],
)
def test_a_sheet_refuses_what_it_cannot_do(items: np.ndarray, settings: dict) -> None:
    with pytest.raises(TganError):
        export.sheet(items, **settings)


@pytest.mark.parametrize("title", ["digits", "café", "数字"])  # ASCII, Latin-1, beyond
def test_settings_survive_in_the_file(title: str, tmp_path: Path) -> None:
    settings = {"title": title, **export.settings_for("image/digits", SampleConfig(seed=42))}
    png = export.png_bytes(export.sheet(pictures(4)), settings)
    assert export.read_settings(png) == settings
    assert settings["model"] == "image/digits" and settings["seed"] == 42
    (tmp_path / "a.png").write_bytes(png)
    assert export.read_settings(tmp_path / "a.png") == settings
    Image.open(io.BytesIO(png)).verify()


def test_settings_are_bounded_and_plain() -> None:
    image = export.sheet(pictures(1))
    with pytest.raises(ConfigError):
        export.png_bytes(image, {"x": "a" * png_files.MAX_SETTINGS_BYTES})
    with pytest.raises(ConfigError):
        export.png_bytes(image, {"x": object()})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        png_files.MAGIC,
        with_chunk(b"\xff\xff\xff\xfftEXt" + b"tgan_demo\0{}"),
        with_chunk(chunk(b"tEXt", b"tgan_demo\0not json")),
        with_chunk(chunk(b"tEXt", b"tgan_demo\0[1]")),
        with_chunk(chunk(b"tEXt", b"tgan_demo\0" + b"[" * 60_000)),
        with_chunk(chunk(b"tEXt", b'tgan_demo\0{"a": 1}')[:-1] + b"?"),
        with_chunk(chunk(b"iTXt", b"tgan_demo\0\1\0\0\0" + zlib.compress(b" " * 10**7 + b"{}"))),
        with_chunk(chunk(b"zTXt", b"tgan_demo\0\0" + zlib.compress(b" " * 10**7 + b"{}"))),
        with_chunk(chunk(b"iTXt", b"tgan_demo\0\0")),
        with_chunk(chunk(b"tEXt", b"tgan_demo\0" + b" " * 10**6 + b"{}")),
        export.png_bytes(Image.new("L", (2, 2))),
    ],
)
def test_foreign_and_broken_files_have_no_settings(data: bytes) -> None:
    assert export.read_settings(data) is None


def test_a_missing_file_has_no_settings(tmp_path: Path) -> None:
    assert export.read_settings(tmp_path / "none.png") is None


def test_each_picture_of_a_zip_knows_its_own_seed() -> None:
    items = pictures(3)
    settings = export.settings_for("image/avatars", SampleConfig(seed=7, count=3))
    data = export.zip_bytes(items, settings, 2)
    assert data == export.zip_bytes(items, settings, 2)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert names[:3] == ["0000-seed-7.png", "0001-seed-8.png", "0002-seed-9.png"]
        assert json.loads(archive.read("settings.json")) == settings
        for i, name in enumerate(names[:3]):
            png = archive.read(name)
            assert export.read_settings(png) == {**settings, "seed": 7 + i, "count": 1}
            image = np.asarray(Image.open(io.BytesIO(png)))
            np.testing.assert_array_equal(image[::2, ::2], items[i])


def test_a_zip_of_chosen_seeds() -> None:
    data = export.zip_bytes(pictures(2), {"seed": 0}, seeds=[5, 5])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[:2] == ["0000-seed-5.png", "0001-seed-5.png"]
    with pytest.raises(DataError):
        export.zip_bytes(pictures(2), {"seed": 0}, seeds=[1])


def test_a_data_url_is_the_picture() -> None:
    image = export.sheet(pictures(1))
    text = export.data_url(image).removeprefix("data:image/png;base64,")
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(text))), image)


# Films

ENCODERS = [export.webp_bytes, export.gif_bytes, export.mp4_bytes]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("encode", [export.webp_bytes, export.gif_bytes])
def test_a_film_shows_the_frames_it_was_given(encode, channels: int) -> None:
    frames = pictures(5, c=channels)  # 30 pixels: a GIF has colours enough
    movie = Image.open(io.BytesIO(encode(frames, fps=20, scale=3)))
    assert movie.n_frames == 5 and movie.size == (15, 18)
    for frame, page in zip(frames, ImageSequence.Iterator(movie), strict=True):
        shown = np.asarray(page.convert("RGB"))[1::3, 1::3]
        np.testing.assert_array_equal(shown, np.broadcast_to(frame, (6, 5, 3)))
        assert page.info["duration"] == 50
    assert movie.info["loop"] == 0


@pytest.mark.parametrize("fps", [8, 12, 24, 30])
def test_a_webp_lasts_as_long_as_its_frames(fps: int) -> None:
    movie = Image.open(io.BytesIO(export.webp_bytes(pictures(7), fps)))
    pages = ImageSequence.Iterator(movie)
    assert abs(sum(page.copy().info["duration"] for page in pages) - 7 * 1000 / fps) <= 1.5


def test_a_gif_that_ends_does_not_loop() -> None:
    movie = Image.open(io.BytesIO(export.gif_bytes(pictures(3), loop=False)))
    assert "loop" not in movie.info


def test_rounded_frame_times_add_up() -> None:
    movie = film.Reel(pictures(30, 1, 1), 30, 1)
    assert sum(movie.durations(step_ms=10)) == sum(movie.durations(step_ms=1)) == 1000


@pytest.mark.parametrize("encode", ENCODERS)
def test_progress_rises_to_one(encode) -> None:
    seen: list[float] = []
    encode(pictures(8), fps=10, progress=seen.append)
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1 and len(seen) >= 8


@pytest.mark.parametrize("encode", ENCODERS)
def test_a_film_can_be_stopped_in_the_middle(encode) -> None:
    seen: list[float] = []
    with pytest.raises(film.Cancelled):
        encode(pictures(40), progress=seen.append, cancelled=lambda: len(seen) == 5)
    assert len(seen) == 5


@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("settings", [{"fps": 0}, {"fps": float("nan")}, {"scale": 0}])
def test_a_film_refuses_what_it_cannot_do(encode, settings: dict) -> None:
    with pytest.raises(ConfigError):
        encode(pictures(2), **settings)


def test_a_film_too_long_is_refused_before_any_work() -> None:
    frames = np.broadcast_to(np.uint8(0), (100_000, 64, 64, 1))
    with pytest.raises(ConfigError, match="megapixels"):
        export.webp_bytes(frames)


def test_mp4_plays() -> None:
    av = pytest.importorskip("av")
    frames = np.zeros((10, 7, 5, 1), np.uint8)
    frames[5:] = 255
    with av.open(io.BytesIO(export.mp4_bytes(frames, 10, 3, loop=False))) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert float(container.streams.video[0].average_rate) == 10
    assert len(shown) == 10 and shown[0].shape == (22, 16, 3)  # 21 x 15, made even
    assert shown[0].mean() < 20 and shown[-1].mean() > 235


def test_mp4_of_a_loop_goes_round_for_six_seconds() -> None:
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(export.mp4_bytes(pictures(25, 8, 8), 10))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 75


# Words that repeat a draw

CONFIGS = [
    SampleConfig(seed=42),
    SampleConfig(seed=3, count=9, label=7, psi=0.123456789, variation=0.25, variation_seed=2**40),
    SampleConfig(seed=1, variation_seed=5),  # no variation: its seed does not matter
]


@pytest.mark.parametrize("config", CONFIGS)
def test_python_says_the_same_settings(config: SampleConfig) -> None:
    text = export.as_python("image/digits", config)
    compile(text, "snippet", "exec")
    call = text.split("SampleConfig(", 1)[1].rsplit("))\n", 1)[0]
    named = dict(part.split("=") for part in call.split(", "))
    wanted = {key: repr(getattr(config, key)) for key in named}
    assert named == wanted and {"seed", "count"} <= named.keys()
    assert ("label" in named) == (config.label is not None)
    assert ("variation_seed" in named) == (config.variation > 0)
    assert "'image/digits'" in text


def test_the_command_line_says_the_same_settings() -> None:
    words = shlex.split(export.as_command("image/digits", CONFIGS[1]))
    assert words[:5] == ["python", "-m", "tgan_demo", "sample", "image/digits"]
    named = dict(zip(words[5::2], words[6::2], strict=True))
    assert named == {
        "--count": "9",
        "--seed": "3",
        "--label": "7",
        "--psi": "0.123456789",
        "--variation": "0.25",
        "--variation-seed": str(2**40),
        "--out": "samples.png",
    }
    assert export.as_command("image/digits", SampleConfig()) == (
        "python -m tgan_demo sample image/digits --count 16 --seed 0 --out samples.png"
    )


def test_a_persons_own_model_has_to_be_fetched_first() -> None:
    for text in (
        export.as_command("mine/0f3a", SampleConfig()),
        export.as_python("mine/0f3a", SampleConfig()),
    ):
        assert text.startswith("# first download") and "mine/" not in text
