"""Samples, walks and attention maps into the file or folder that a command line names.

Knows what `export` can write; not commands, and not the page. The file's suffix says what it holds.

Axes: N samples, T frames, H height, W width, C channels, L layers of a network.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from tgan_demo import export
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError
from tgan_demo.files.clip_export import FPS, clip_arrays, map_strips, shown_scale
from tgan_demo.files.sheets import is_clip, is_sound, is_text, pictures, strip
from tgan_demo.models.inside import Maps

FILMS = {".webp": export.webp_bytes, ".gif": export.gif_bytes, ".mp4": export.mp4_bytes}
WALK_FPS = 24  # of pictures; clips keep their own


def save_samples(
    out: Path, items: np.ndarray, labels: np.ndarray | None, model: Model, config: SampleConfig
) -> None:
    """Texts as JSON lines; else .npz, .png (a sheet; of clips a row of frames each), of clips
    .webp, .gif or .mp4 (all of them in one film), or a folder with one file a sample.
    """
    settings = export.settings_for(model.id, config)
    if is_text(items):
        _save_lines(out, items)
    elif out.suffix == ".npz":
        np.savez_compressed(out, **_arrays(items, labels, model))
    elif out.suffix == ".png":
        image = export.sprite_sheet(items) if is_clip(items) else export.sheet(items)
        out.write_bytes(export.png_bytes(image, settings))
    elif out.suffix in FILMS:
        if not is_clip(items):
            raise ConfigError(
                f"{model.title} makes no clips: save its samples as .npz, as .png or in a folder; "
                f"only the command walk makes {out.suffix} of it"
            )
        _save_film(out, export.clip_film(items), FPS)
    else:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in _files(items, model, config):
            (out / name).write_bytes(content)


def save_walk(out: Path, items: np.ndarray, fps: float) -> None:
    """The frames of a walk as a film; as .npz, .png (a sheet), or JSON lines of texts."""
    if is_text(items):
        _save_lines(out, items)
    elif out.suffix == ".npz":
        np.savez_compressed(out, **{"audio" if is_sound(items) else "images": items})
    elif out.suffix == ".png":
        out.write_bytes(export.png_bytes(export.sheet(items)))
    elif out.suffix in FILMS:
        _save_film(out, pictures(items), fps)
    else:
        wanted = ", ".join((*FILMS, ".npz", ".png"))
        raise ConfigError(f"a walk is saved as one of {wanted}; got {out.name!r}")


def save_maps(out: Path, maps: Maps, model: Model, config: SampleConfig) -> None:
    """Attention as .npz: every weight; as .png: the picture or film strip, and below it again for each
    layer of G, lighter where tokens were read more, then for each of D as its CLS token read it.
    """
    item = np.asarray(maps.item)
    if out.suffix == ".png":
        if is_text(item):
            raise ConfigError(
                "maps of a text are saved as .npz: there is no picture to lay them on"
            )
        clip = item if item.ndim == 4 else pictures(item[None])
        read_LN = maps.g_self.mean(axis=(1, 2))  # over heads and askers
        judged_LN = maps.d[:, :, 0, 1:].mean(axis=1)
        strips = map_strips(clip, maps.grid, np.concatenate([read_LN, judged_LN]))
        image = export.sheet(strips[None], scale=shown_scale(strips.shape[1]))
        out.write_bytes(export.png_bytes(image, export.settings_for(model.id, config)))
        return
    arrays = {"g": maps.g_self, "d": maps.d, "image": item, "logit": np.float32(maps.logit)}
    if is_sound(item):
        arrays["image"] = pictures(item[None])[0]
    elif item.ndim == 4:
        arrays |= {"image": strip(item), "video": item}
    if maps.g_cross is not None:
        arrays["g_cross"] = maps.g_cross
    np.savez_compressed(out, **arrays)


def _arrays(items: np.ndarray, labels: np.ndarray | None, model: Model) -> dict[str, np.ndarray]:
    names = model.meta.get("data", {}).get("factors", ())
    if is_clip(items):
        return clip_arrays(items, labels, model.config.classes, names)
    if is_sound(items):
        return export.sound_arrays(items, labels, model.config.classes, names)
    return {"images": items} | ({} if labels is None else {"labels": labels})


def _files(items: np.ndarray, model: Model, config: SampleConfig) -> list[tuple[str, bytes]]:
    """A name and a file for each sample, clips and pictures at their own size."""
    seeds = sampler.seeds_of(config)
    if is_sound(items):
        return export.wavs(items, seeds)
    if is_clip(items):
        return [
            (f"seed-{seed:06d}.webp", export.webp_bytes(clip, FPS))
            for seed, clip in zip(seeds, items, strict=True)
        ]
    files = []
    for seed, item in zip(seeds, items, strict=True):
        one = export.settings_for(model.id, replace(config, seed=seed, count=1))
        files.append((f"seed-{seed:06d}.png", export.png_bytes(export.sheet(item[None]), one)))
    return files


def _save_film(out: Path, film_THWC: np.ndarray, fps: float) -> None:
    out.write_bytes(FILMS[out.suffix](film_THWC, fps, shown_scale(film_THWC.shape[2])))


def _save_lines(out: Path, texts: np.ndarray) -> None:
    lines = (json.dumps({"text": str(text)}, ensure_ascii=False) for text in texts)
    out.write_text("\n".join(lines) + "\n", "utf-8")
