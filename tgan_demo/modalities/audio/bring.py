"""A user's own sounds: what they are, what a run learns from them, one of them for a model.

What decodes them (recordings.py) is imported when there is something to decode.

Axes: N sounds, S samples.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import containers, limits, npz
from tgan_demo.data.folders import ByFolder, by_folder, is_wanted
from tgan_demo.data.gather import Gathered
from tgan_demo.data.item import check_array, told
from tgan_demo.data.limits import OWN_RATE, OWN_SAMPLES, left_out
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities.audio.tokens import Audio
from tgan_demo.parts import Preview, Upload

SUFFIXES = (
    *(".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"),
    *(".m4a", ".m4b", ".aac", ".weba", ".mka"),
)
SHOWN, COLUMNS = 60, 6  # of a preview
LINES = 5  # of reasons
MOST = limits.MAX_SOUNDS
PEAK = 0.9 * 32_767  # of every sound of a recipe: recordings differ in level by 40 dB


def recognises(upload: Upload, options: Mapping[str, Any]) -> bool:
    """By what most files are called, in zips too, and which of those that may be films are none."""
    named, perhaps = upload.share(SUFFIXES), upload.share(containers.EITHER)
    if named > 0.5 or named + perhaps <= 0.5:
        return named > 0.5
    return named + containers.num_sounds(upload) / upload.count > 0.5


def preview(upload: Upload, options: Mapping[str, Any]) -> Preview:
    """See parts.Bring; `options`: by_folder."""
    gathered = _gather(upload)
    count = len(gathered.items)
    if not count:
        said = "; ".join(map(str, gathered.refused[:3])) or "nothing came"
        raise DataError(f"no sound among these files can be used: {said}")
    lines = [*map(str, gathered.refused), *gathered.told()]
    return Preview(
        items=np.stack(gathered.items[:SHOWN]),
        columns=COLUMNS,
        count=count,
        least=limits.MIN_SOUNDS,
        left_out=gathered.left_out,
        refused=tuple(line[:160] for line in lines[:LINES]),
        title=upload.title("my sounds"),
        choices=by_folder(gathered.names).choices(options),
    )


def load(upload: Upload, options: Mapping[str, Any], *, name: str = "") -> Dataset:
    """See parts.Bring: sounds of OWN_SAMPLES at OWN_RATE; folders are classes, where they can be."""
    gathered = _gather(upload)
    count = len(gathered.items)
    if count < limits.MIN_SOUNDS:
        raise DataError(
            f"training takes from {limits.MIN_SOUNDS} sounds; got {count} that can be used; "
            f"add {limits.MIN_SOUNDS - count} or more, or a zip of them.{left_out(gathered.refused)}"
        )
    found = by_folder(gathered.names) if is_wanted(options) else ByFolder()
    return Dataset(
        name=name or upload.title("my sounds"),
        items=np.stack(gathered.items),
        labels=found.labels,
        classes=found.classes,
        licence="the uploader's own",
        source=f"{count} uploaded sounds",
        modality="audio",
    )


def load_recipe(folder: Path, data: Mapping[str, Any], split: str) -> Dataset:
    """See parts.Bring; `data`: file, an .npz with "audio" int16 (N, S), and factors. Every sound
    becomes as loud as the others.
    """
    about = {key: data[key] for key in ("name", "licence", "source", "factors") if key in data}
    path = folder / data["file"]
    found = npz.read_factored(path, "audio", np.int16, 2, modality="audio", split=split, **about)
    peak_N1 = np.abs(found.items.astype(np.float32)).max(axis=1, keepdims=True).clip(1)
    return replace(found, items=(found.items * (PEAK / peak_N1)).astype(np.int16))


def read_file(path: Path) -> np.ndarray:
    """One sound, int16 (OWN_SAMPLES,) at OWN_RATE. Raises DataError."""
    from tgan_demo.modalities.audio import recordings

    return recordings.read(path, OWN_RATE, OWN_SAMPLES)[0]


def decode(content: bytes, name: str, model: Model) -> tuple[np.ndarray, str]:
    """See parts.Bring."""
    from tgan_demo.modalities.audio import recordings

    tokenizer = _tokenizer(model)
    return recordings.hear(content, tokenizer.rate, tokenizer.samples, name=name)


def fit(model: Model, item: np.ndarray | str) -> np.ndarray:
    """A sound of the same duration at the model's rate, int16 (S,)."""
    from tgan_demo.modalities.audio import recordings

    if not isinstance(item, np.ndarray) or item.dtype != np.int16 or item.ndim != 1:
        raise ConfigError(f"{model.title} is a model of sounds; got {told(item)}")
    return recordings.resampled(item, _tokenizer(model).samples)


def check(model: Model, item: np.ndarray | str) -> np.ndarray:
    """See parts.Bring."""
    return check_array(item, np.int16, (_tokenizer(model).samples,), "a sound")


def blank(item: np.ndarray) -> str:
    """See parts.Bring."""
    from tgan_demo.modalities.audio import recordings

    return "silence" if np.abs(item.astype(int)).max() < recordings.SILENCE * 32_768 else ""


def _tokenizer(model: Model) -> Audio:
    return cast(Audio, model.tokenizer)


def _gather(upload: Upload) -> Gathered[np.ndarray]:
    from tgan_demo.modalities.audio import recordings

    return recordings.gather(
        upload.files((*SUFFIXES, *containers.EITHER)), OWN_RATE, OWN_SAMPLES, names=upload.names
    )
