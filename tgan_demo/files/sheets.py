"""Many small samples on one sheet: pictures as PNG, sounds as spectrograms, clips as a PNG of all their
frames, texts as JSON that the page writes out.

Knows arrays, not models.

Axes: N pictures, T frames of a clip, H, W pixels, C channels, S samples of a sound.
"""

import base64
import io
import json
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from tgan_demo.modalities.audio import spectra
from tgan_demo.modalities.audio.bring import wav_bytes
from tgan_demo.modalities.text.verse import VERSE, is_verse

CHUNK = 500  # sounds a pass
SILENT = 33  # of 32,768: -60 dB
PNG = b"\x89PNG"
# from silence to the loudest, as even steps between these
HEAT = (
    (0, 0, 4),
    (31, 12, 72),
    (85, 15, 109),
    (136, 34, 106),
    (186, 54, 85),
    (227, 89, 51),
    (249, 140, 10),
    (249, 201, 50),
    (252, 255, 164),
)
LOUDEST = -1.5  # log magnitude of the last one
MAX_WEBP = 16_383  # pixels a side
CODES_TALL = 0.6  # height of a code sheet, of its width


def greys(items: np.ndarray) -> np.ndarray:
    """Sounds int16 (N, S) as their spectrograms, uint8 (N, bands, frames, 1), high bands first; pictures
    as they are.
    """
    if not is_sound(items):
        return items
    rate, low = spectra.rate_of(items.shape[1]), np.log(spectra.FLOOR)
    parts = []
    for start in range(0, len(items), CHUNK):
        waves_NS = (
            torch.from_numpy(np.ascontiguousarray(items[start : start + CHUNK])).float()
            / spectra.FULL
        )
        loud_NMT = spectra.log_mel(waves_NS, rate, items.shape[1] // spectra.FRAMES).flip(1)
        share_NMT = ((loud_NMT - low) / (LOUDEST - low)).clamp(0, 1)
        parts.append((share_NMT * 255).round().to(torch.uint8).numpy())
    return np.concatenate(parts)[..., None]


def pictures(items: np.ndarray) -> np.ndarray:
    """Sounds as their spectrograms in colours, uint8 (N, bands, frames, 3); pictures as they are."""
    if not is_sound(items):
        return items
    steps = np.linspace(0, 1, len(HEAT))
    columns = zip(*HEAT, strict=True)
    table = np.stack([np.interp(np.linspace(0, 1, 256), steps, c) for c in columns], axis=1)
    return table.round().astype(np.uint8)[greys(items)[..., 0]]


def sheet(items: np.ndarray, columns: int) -> np.ndarray:
    """Pictures or sounds -> one picture, row by row, without gaps; what is missing is black."""
    items = pictures(items)
    count, height, width, colours = items.shape
    rows = -(-count // columns)
    full = np.zeros((rows * columns, height, width, colours), np.uint8)
    full[:count] = items
    grid = full.reshape(rows, columns, height, width, colours).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * height, columns * width, colours)


def png(picture: np.ndarray, *, colours: int = 0) -> bytes:
    """uint8 (H, W, 1 or 3) -> a PNG file; with `colours`, of at most so many."""
    file = io.BytesIO()
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    (image.quantize(colours) if colours else image).save(file, "PNG", optimize=bool(colours))
    return file.getvalue()


def text_sheet(items: np.ndarray, columns: int, *, size: int = 200) -> bytes:
    """Texts (N,) as what the page's written.js writes on a sheet of square papers of `size` pixels."""
    texts = [str(text) for text in items]
    spec: dict[str, object] = {"cols": columns, "size": size, "pad": 0.07}
    if all(map(is_verse, texts)):
        spec |= {"cells": [list(verse) for verse in texts], "grid": VERSE}
    else:
        spec["texts"] = texts
    return json.dumps(spec, ensure_ascii=False).encode()


def ended(sound_S: np.ndarray, least: int = 1) -> np.ndarray:
    """A clip without the silence at its end, but no shorter than `least` samples."""
    heard = np.flatnonzero(np.abs(sound_S.astype(np.int32)) > SILENT)
    return sound_S[: max(least, heard[-1] + 1 if len(heard) else 0)]


def wav_url(sound_S: np.ndarray) -> str:
    """A data URL of one clip, int16, without the silence at its end."""
    content = wav_bytes(ended(sound_S), spectra.rate_of(len(sound_S)))
    return "data:audio/wav;base64," + base64.b64encode(content).decode()


def sound_sheet(items: np.ndarray, columns: int) -> bytes:
    """Sounds as their spectrograms on one PNG, and as WAVs to be heard."""
    spec = {"png": url(png(sheet(items, columns))), "sounds": [wav_url(item) for item in items]}
    return json.dumps(spec).encode()


def clip_sheet(items: np.ndarray, columns: int, *, quality: int = 0) -> bytes:
    """Clips (N, T, H, W, C) to be played: one picture that holds the sheet of each frame, from the top down.

    Args:
        quality: 0: a PNG; else 1 to 100 of a WebP, which of noise has a fifth of the bytes.
    """
    frames = items.shape[1]
    film = np.concatenate([sheet(items[:, t], columns) for t in range(frames)])
    if quality and max(film.shape) <= MAX_WEBP:
        file = io.BytesIO()
        Image.fromarray(film[..., 0] if film.shape[-1] == 1 else film).save(
            file, "WEBP", quality=quality
        )
        src = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
    else:
        src = url(png(film))
    return json.dumps({"png": src, "frames": frames}).encode()


def strip(clip: np.ndarray, frames: int = 0) -> np.ndarray:
    """A clip (T, H, W, C) as a film strip, uint8 (H, frames x W, C); `frames` evenly, 0: all."""
    chosen = clip if not frames else clip[np.linspace(0, len(clip) - 1, frames).round().astype(int)]
    return np.concatenate(list(chosen), axis=1)


def cell_sheet(pieces: Sequence[Sequence[str]], grid: Sequence[int], columns: int) -> bytes:
    """Texts as their tokens, each in its cell of the token grid, for maps laid over them.

    Of several texts that are no verses only the first is laid out so; the others read better whole.
    """
    texts = ["".join(row) for row in pieces]
    is_grid = len(texts) == 1 or all(map(is_verse, texts))
    cells = [list(row) if is_grid or i == 0 else None for i, row in enumerate(pieces)]
    spec = {"cols": columns, "size": 320, "cells": cells, "texts": texts, "grid": list(grid)}
    return json.dumps(spec, ensure_ascii=False).encode()


def code_sheet(words: Sequence[str], grid: Sequence[int]) -> bytes:
    """A text's latent tokens, each in its cell: its number, and the words that it mostly writes."""
    spec = {"cols": 1, "size": 640, "tall": CODES_TALL, "numbered": True}
    spec |= {"cells": [list(words)], "grid": list(grid)}
    return json.dumps(spec, ensure_ascii=False).encode()


def any_sheet(items: np.ndarray, columns: int) -> bytes:
    """Pictures and sounds as PNG, clips as a clip sheet, texts as a text sheet; `url` tells them apart."""
    if is_text(items):
        return text_sheet(items, columns)
    if is_clip(items):
        return clip_sheet(items, columns)
    return png(sheet(items, columns), colours=64 if is_sound(items) else 0)


def is_sound(items: np.ndarray) -> bool:
    return items.dtype == np.int16


def is_clip(items: np.ndarray) -> bool:
    return items.ndim == 5


def is_text(items: np.ndarray) -> bool:
    return items.dtype.kind == "U"


def url(content: bytes) -> str:
    """What the page's tgan.picture takes."""
    if content.startswith(PNG):
        return "data:image/png;base64," + base64.b64encode(content).decode()
    kind = "text:"
    if content.startswith(b'{"png"'):
        kind = "clips:" if content.endswith(b"}") and b'"frames": ' in content[-20:] else "sound:"
    return kind + content.decode()
