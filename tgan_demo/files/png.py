"""PNG files, data URLs of them, and the settings in a PNG, WebP or WAV that draw the same samples again.

Axes: H height, W width.
"""

import base64
import io
import json
from dataclasses import asdict
from pathlib import Path

from PIL import Image, PngImagePlugin

from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError
from tgan_demo.files import riff

KEYWORD = "tgan_demo"  # of the text chunk that holds the settings
MAX_SETTINGS_BYTES = 65_536
MAGIC = b"\x89PNG\r\n\x1a\n"


def png_bytes(image: Image.Image, settings: dict[str, object] | None = None) -> bytes:
    """The picture as PNG, with `settings` as JSON in a text chunk that `read_settings` finds."""
    info = PngImagePlugin.PngInfo()
    if settings is not None:
        info.add_text(KEYWORD, settings_text(settings))
    return _saved(image, pnginfo=info)


def small_bytes(image: Image.Image, colours: int) -> bytes:
    """As few bytes as a PNG of at most so many colours takes."""
    return _saved(image.quantize(colours), optimize=True)


def data_url(image: Image.Image, *, colours: int = 0) -> str:
    """The picture as an address that a page can show without a request: exact, but for `colours`,
    of at most so many.

    It waits between a slider and the eye: level 1 costs a third of the time and 10 % more bytes.
    """
    if colours:
        quick = Image.Quantize.FASTOCTREE
        return url(_saved(image.quantize(colours, quick, dither=Image.Dither.NONE)))
    return url(_saved(image, compress_level=1))


def url(content: bytes) -> str:
    """A data URL of a PNG file."""
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def settings_for(model_id: str, config: SampleConfig) -> dict[str, object]:
    """What is needed to draw the same samples again, as it goes into a file."""
    settings = {"model": model_id, **asdict(config)}
    return settings if config.edit else {k: v for k, v in settings.items() if k != "edit"}


def settings_text(settings: dict[str, object]) -> str:
    """JSON of settings. Raises ConfigError: not plain, or too long."""
    try:
        text = json.dumps(settings, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"settings want plain numbers and texts; {error}") from error
    if len(text.encode()) > MAX_SETTINGS_BYTES:
        raise ConfigError(f"settings want at most {MAX_SETTINGS_BYTES} bytes; got {len(text)}")
    return text


def put_settings(content: bytes, settings: dict[str, object]) -> bytes:
    """A WebP or WAV file with `settings` inside, which `read_settings` finds; any other as it is."""
    if not riff.is_riff(content):
        return content
    return riff.with_chunk(content, f"{KEYWORD}\0{settings_text(settings)}".encode())


def read_settings(source: bytes | Path | str) -> dict[str, object] | None:
    """The settings inside a PNG, WebP or WAV that we made; None for any other file. Decodes no pixels.

    Pillow bounds the text chunks that it unpacks (PngImagePlugin.MAX_TEXT_MEMORY).
    """
    try:
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        if riff.is_riff(content):
            text = (riff.chunk(content) or b"").decode().removeprefix(f"{KEYWORD}\0")
        else:
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                text = image.info.get(KEYWORD)  # chunks before the pixels: ours stands there
        if not isinstance(text, str) or len(text) > MAX_SETTINGS_BYTES:
            return None
        settings = json.loads(text)
    except (OSError, ValueError, SyntaxError, RecursionError, Image.DecompressionBombError):
        return None
    return settings if isinstance(settings, dict) else None


def _saved(image: Image.Image, **options: object) -> bytes:
    with io.BytesIO() as file:
        image.save(file, "PNG", **options)
        return file.getvalue()
