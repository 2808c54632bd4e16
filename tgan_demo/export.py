"""What a person takes away: sheets, PNGs with their settings inside, zips, films, code to repeat.

Knows pictures as arrays and settings as plain values; not models, visitors or the page. Everything
is enlarged by nearest neighbour, so a pixel stays a pixel. Every result is bounded in pixels.
What a person stops raises `film.Cancelled`.

Axes: N pictures, F frames, H height, W width, C channels (1 grey, 3 RGB).
"""

import base64
import io
import json
import math
import shlex
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files import film
from tgan_demo.files.clip_export import FPS, label_arrays
from tgan_demo.files.clip_export import clip_film as clip_film
from tgan_demo.files.clip_export import sprite_sheet as sprite_sheet
from tgan_demo.files.film import (
    MAX_FILM_PIXELS,
    MAX_PICTURE_PIXELS,
    Asked,
    Film,
    Progress,
    check_pixels,
    check_scale,
    checked,
    enlarged,
    picture,
    report,
)
from tgan_demo.modalities.audio import bring as sounds
from tgan_demo.modalities.audio import spectra

KEYWORD = "tgan_demo"  # of the text chunk that holds the settings
MAX_SETTINGS_BYTES = 65_536
MAX_PNG_CHUNKS = 20_000  # a 64-megapixel PNG of Pillow has about 3,000
SPRITE_WIDTH = 2048  # pixels; browsers on phones refuse canvases wider than 4096
OUT = {  # by medium
    "image": "samples.png",
    "text": "samples.jsonl",
    "audio": "sounds",
    "video": "samples.webp",
}
SNIPPETS = {  # by medium: what is imported, and what is done with what was drawn
    "image": (
        "sheet",
        'sheet(drawn.items, scale=8).save("samples.png")  # drawn.items: uint8 [N, H, W, C]\n',
    ),
    "text": ("", 'print(*drawn.items, sep="\\n")\n'),
    "audio": (
        "wavs",
        "for name, content in wavs(drawn.items, drawn.seeds):  # drawn.items: int16 [N, S]\n"
        "    Path(name).write_bytes(content)\n",
    ),
    "video": (
        "clip_film, webp_bytes",
        "film = clip_film(drawn.items)  # drawn.items: uint8 [N, T, H, W, C]\n"
        f'Path("samples.webp").write_bytes(webp_bytes(film, fps={FPS}, scale=4))\n',
    ),
}
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Sprite:
    """Many pictures in one PNG, in reading order, for a canvas that shows one at a time."""

    url: str  # data URL of the PNG
    width: int  # of one picture
    height: int
    columns: int  # pictures in a row of the PNG
    count: int


# Pictures


def sheet(
    items: np.ndarray,
    *,
    columns: int | None = None,
    scale: int = 1,
    gap: int = 0,
    background: int = 255,
) -> Image.Image:
    """Pictures side by side, in reading order.

    Args:
        items: uint8 (N, H, W, C).
        columns: pictures in a row; none: about as many as rows.
        scale: screen pixels for each pixel, along each side.
        gap: screen pixels between two pictures, none at the border.
        background: 0..255, grey of the gaps and of empty places.
    """
    items = checked(items)
    n, h, w, c = items.shape
    columns = min(n, columns or math.ceil(math.sqrt(n)))
    if columns < 1 or not 0 <= gap <= 256:
        raise ConfigError(f"a sheet wants columns >= 1 and gap 0..256; got {columns} and {gap}")
    rows = math.ceil(n / columns)
    check_scale(scale)
    height, width = rows * (h * scale + gap) - gap, columns * (w * scale + gap) - gap
    check_pixels(height * width, MAX_PICTURE_PIXELS, f"{n} pictures at x{scale}")
    paper = np.full((height, width, c), background, np.uint8)
    for i, item in enumerate(items):
        top, left = i // columns * (h * scale + gap), i % columns * (w * scale + gap)
        paper[top : top + h * scale, left : left + w * scale] = enlarged(item, scale)
    return picture(paper)


def png_bytes(image: Image.Image, settings: dict[str, object] | None = None) -> bytes:
    """The picture as PNG, with `settings` as JSON in a text chunk that `read_settings` finds."""
    info = PngImagePlugin.PngInfo()
    if settings is not None:
        info.add_text(KEYWORD, _settings_text(settings))
    with io.BytesIO() as file:
        image.save(file, "PNG", pnginfo=info)
        return file.getvalue()


def read_settings(source: bytes | Path | str) -> dict[str, object] | None:
    """The settings inside a PNG that we made; None for any other file. Decodes no pixels."""
    try:
        if isinstance(source, bytes):
            return _settings_in(io.BytesIO(source))
        with open(source, "rb") as file:
            return _settings_in(file)
    except (OSError, ValueError, RecursionError):
        return None


def settings_for(model_id: str, config: SampleConfig) -> dict[str, object]:
    """What is needed to draw the same samples again, as it goes into a PNG."""
    return {"model": model_id, **asdict(config)}


def zip_bytes(
    items: np.ndarray,
    settings: dict[str, object],
    scale: int = 1,
    *,
    seeds: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """One PNG for each picture, each with the settings that draw it alone, and `settings.json`.

    Args:
        items: uint8 (N, H, W, C).
        settings: of the whole draw, see `settings_for`; its "seed" is the first picture's.
        seeds: of each picture; none: one more than the one before.
    """
    items = checked(items)
    check_scale(scale)
    n, h, w, _ = items.shape
    check_pixels(n * h * w * scale**2, MAX_FILM_PIXELS, f"{n} pictures at x{scale}")
    first = settings.get("seed", 0)
    if seeds is None:
        seeds = range(first, first + n) if isinstance(first, int) else range(n)
    if len(seeds) != n:
        raise DataError(f"a zip wants one seed for each of {n} pictures; got {len(seeds)}")
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:  # stored: a PNG does not shrink again
            for i, (item, seed) in enumerate(zip(items, seeds, strict=True)):
                report(i / n, progress, cancelled)
                own = {**settings, "seed": int(seed), "count": 1}
                png = png_bytes(picture(enlarged(item, scale)), own)
                # a fixed date, so that the same pictures are the same bytes
                archive.writestr(zipfile.ZipInfo(f"{i:04d}-seed-{int(seed)}.png"), png)
            archive.writestr(zipfile.ZipInfo("settings.json"), _settings_text(settings))
        report(1.0, progress, cancelled)
        return file.getvalue()


def wavs(items: np.ndarray, seeds: Sequence[int]) -> list[tuple[str, bytes]]:
    """A name and a WAV file for each sound, int16 (N, S)."""
    rate = spectra.rate_of(items.shape[1])
    return [
        (f"{i:04d}-seed-{int(seed)}.wav", sounds.wav_bytes(item, rate))
        for i, (item, seed) in enumerate(zip(items, seeds, strict=True))
    ]


def wav_zip(items: np.ndarray, seeds: Sequence[int], settings: dict[str, object]) -> bytes:
    """One WAV for each sound, and `settings.json` that draws them again."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in wavs(items, seeds):
                archive.writestr(zipfile.ZipInfo(name), content)
            archive.writestr(zipfile.ZipInfo("settings.json"), _settings_text(settings))
        return file.getvalue()


def sound_arrays(
    items: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str],
    names: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Arrays of an npz: "audio" int16 (N, S), "sample_rate", and classes as of `label_arrays`."""
    arrays = {"audio": items, "sample_rate": np.int64(spectra.rate_of(items.shape[1]))}
    return arrays | label_arrays(labels, classes, names)


def data_url(image: Image.Image) -> str:
    """The picture as an address that a page can show without a request."""
    return _url(png_bytes(image))


def sprite(items: np.ndarray) -> Sprite:
    """All pictures in one PNG, at most `SPRITE_WIDTH` wide, with the geometry to cut it again."""
    n, h, w, _ = checked(items).shape
    columns = max(1, min(n, SPRITE_WIDTH // w))
    with io.BytesIO() as file:
        # light compression: this waits between a slider and the eye
        sheet(items, columns=columns).save(file, "PNG", compress_level=2)
        return Sprite(_url(file.getvalue()), w, h, columns, n)


# Films


def webp_bytes(
    frames: np.ndarray,
    fps: float = 30,
    scale: int = 1,
    loop: bool = True,
    *,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """Frames uint8 (F, H, W, C) as an animated WebP without loss."""
    movie = Film(frames, fps, scale, progress, cancelled)
    with io.BytesIO() as file:
        movie.save(
            file,
            "WEBP",
            save_all=True,
            lossless=True,
            quality=50,  # effort, not loss
            duration=movie.durations(step_ms=1),
            loop=0 if loop else 1,
        )
        movie.report(1.0)
        return file.getvalue()


def gif_bytes(
    frames: np.ndarray,
    fps: float = 25,
    scale: int = 1,
    loop: bool = True,
    *,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """Frames as an animated GIF: 256 colours a frame, time in hundredths, at most 50 a second."""
    movie = Film(frames, min(fps, 50), scale, progress, cancelled, palette=True)
    with io.BytesIO() as file:
        movie.save(
            file,
            "GIF",
            save_all=True,
            optimize=False,
            duration=movie.durations(step_ms=10),
            **({"loop": 0} if loop else {}),
        )
        movie.report(1.0)
        return file.getvalue()


def mp4_available() -> bool:
    """Whether this machine can write MP4 (it has PyAV, or ffmpeg on PATH)."""
    return film.has_encoder()


def mp4_bytes(
    frames: np.ndarray,
    fps: float = 30,
    scale: int = 1,
    loop: bool = True,
    *,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """Frames as H.264 MP4, which cannot say that it loops: with `loop`, rounds for 6 s or more."""
    movie = Film(frames, fps, scale, progress, cancelled)
    rounds = math.ceil(6 * fps / movie.n_frames) if loop else 1
    rounds = max(1, min(rounds, MAX_FILM_PIXELS // movie.pixels))
    with tempfile.TemporaryDirectory(prefix="tgan-") as folder:
        path = Path(folder) / "film.mp4"
        film.write_mp4(path, movie, rounds)
        movie.report(1.0)
        return path.read_bytes()


# Words that repeat a draw


def as_python(model_id: str, config: SampleConfig, *, medium: str = "image") -> str:
    """Lines of Python that draw the same samples and save them, or print the texts."""
    settings = ", ".join(f"{key}={value!r}" for key, value in _told(config, medium).items())
    model, hint = _reachable(model_id)
    ours, use = SNIPPETS[medium]
    return (
        hint
        + ("from pathlib import Path\n\n" if "Path(" in use else "")
        + "from tgan_demo.config import SampleConfig\n"
        + (f"from tgan_demo.export import {ours}\n" if ours else "")
        + "from tgan_demo.studio import Studio\n"
        + "\n"
        + f"drawn = Studio().sample({model!r}, SampleConfig({settings}))\n"
        + use
    )


def as_command(model_id: str, config: SampleConfig, *, medium: str = "image") -> str:
    """The command line that draws the same samples and saves them as its medium is saved."""
    model, hint = _reachable(model_id)
    words = ["python", "-m", "tgan_demo", "sample", model]
    for key, value in _told(config, medium).items():
        words += ["--" + key.replace("_", "-"), str(value)]
    return hint + shlex.join([*words, "--out", OUT[medium]])


def _reachable(model_id: str) -> tuple[str, str]:
    """What to call the model elsewhere, and a comment line when it must be fetched first."""
    if not model_id.startswith("mine/"):
        return model_id, ""
    return "my-model", "# first download your model in the studio and unpack it to my-model\n"


def _told(config: SampleConfig, medium: str) -> dict[str, int | float]:
    """The settings that matter for this draw; defaults are left out, but for count and seed."""
    told: dict[str, int | float] = {"count": config.count, "seed": config.seed}
    if config.label is not None:
        told["label"] = config.label
    if config.psi != 1.0:
        told["psi"] = config.psi
    if config.temperature != 1.0:
        told["temperature"] = config.temperature
    if config.top_p != 1.0:
        told["top_p"] = config.top_p
    if config.variation > 0:
        told |= {"variation": config.variation, "variation_seed": config.variation_seed}
    if config.frames and medium == "video":
        told["frames"] = config.frames
    return told


# Helpers


def _url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _settings_text(settings: dict[str, object]) -> str:
    try:
        text = json.dumps(settings, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"settings want plain numbers and texts; {error}") from error
    if len(text.encode()) > MAX_SETTINGS_BYTES:
        raise ConfigError(f"settings want at most {MAX_SETTINGS_BYTES} bytes; got {len(text)}")
    return text


def _settings_in(file: BinaryIO) -> dict[str, object] | None:
    """Walk over the chunks of a PNG and read only ours, bounded."""
    if file.read(8) != PNG_MAGIC:
        return None
    for _ in range(MAX_PNG_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return None
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind not in (b"tEXt", b"iTXt") or size > MAX_SETTINGS_BYTES + 256:
            file.seek(size + 4, io.SEEK_CUR)
            continue
        body = file.read(size)
        check = file.read(4)
        keyword, _, text = body.partition(b"\0")
        if keyword != KEYWORD.encode():
            continue
        if zlib.crc32(kind + body).to_bytes(4, "big") != check:
            return None
        if kind == b"iTXt":
            if text[:1] != b"\0":  # compressed: not ours, and it could be a bomb
                return None
            translated_and_text = text[2:].partition(b"\0")[2]
            text = translated_and_text.partition(b"\0")[2]
        settings = json.loads(text.decode("utf-8" if kind == b"iTXt" else "latin-1"))
        return settings if isinstance(settings, dict) else None
    return None
