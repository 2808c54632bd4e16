"""Samples, walks and attention maps into files, for every modality whose items are seen as pictures.

Knows arrays and what a modality's look makes of them; not models, and not the page.

Axes: N samples, F frames of a walk, H height, W width, C channels, L layers of a network.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.config import factors
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files import film, pixels, png, zips
from tgan_demo.files.sheets import PictureLook
from tgan_demo.parts import Format, Samples, Snippet

WALK_FPS = 24  # of a walk that a command line saves
EXPORT_SIDE = (
    256  # pixels of a film of the page, about: the nearest whole multiple of an item's size
)
BIG = 8  # times, of a large PNG


class PictureFiles:
    """What pictures are saved as; a modality overrides what it saves otherwise."""

    name = "images"  # of the array in an .npz
    walk_name = ""  # of a walk's, where it has another
    fps: float | None = None  # of films; None: the writer's own, on the command line WALK_FPS
    snippet = Snippet(
        names="sheet",
        use='sheet(drawn.items, scale=8).save("samples.png")  # drawn.items: uint8 [N, H, W, C]\n',
        out="samples.png",
    )

    def __init__(self, look: PictureLook) -> None:
        self.look = look

    @property
    def formats(self) -> tuple[Format, ...]:
        large = partial(self.sheet, scale=BIG)
        return (
            Format(key="png1", ending="-x1.png", mime="image/png", write=self.sheet),
            Format(key="png8", ending=f"-x{BIG}.png", mime="image/png", write=large),
            Format(key="zip", ending=".zip", mime="application/zip", write=self.zip),
        )

    @property
    def walks(self) -> tuple[Format, ...]:
        return tuple(
            Format(
                key=kind,
                ending=f".{kind}",
                mime=mime,
                write=partial(self.walk_film, write),
                width=self.walk_width,
            )
            for kind, (mime, write) in film.WRITERS.items()
        )

    @property
    def suffixes(self) -> dict[str, Any]:
        """Suffix -> writer of Samples: files of the command line that hold all samples."""
        return {".png": self.sheet}

    # --- samples

    def sheet(self, samples: Samples, *, scale: int = 1) -> bytes:
        """All of them on one PNG, with the settings inside."""
        image = pixels.sheet(self.look.stills(samples.items), scale=scale)
        return png.png_bytes(image, samples.settings)

    def zip(self, samples: Samples) -> bytes:
        """One PNG for each, each with the settings that draw it alone, and `settings.json`."""
        stills = self.look.stills(samples.items)
        return picture_zip(stills, samples.settings, seeds=samples.seeds)

    def arrays(self, samples: Samples) -> dict[str, np.ndarray]:
        """Of an .npz."""
        labels = {} if samples.labels is None else {"labels": samples.labels}
        return {self.name: samples.items} | labels

    def each(self, samples: Samples) -> list[tuple[str, bytes]]:
        """A name and a file for each sample, at its own size."""
        stills = self.look.stills(samples.items)
        return [
            (f"seed-{seed:06d}.png", _alone(still, seed, samples.settings))
            for seed, still in zip(samples.seeds, stills, strict=True)
        ]

    def save(self, out: Path, samples: Samples) -> None:
        """`.npz`, one of `suffixes`, or a folder with one file a sample."""
        if out.suffix == ".npz":
            np.savez_compressed(out, allow_pickle=False, **self.arrays(samples))
        elif out.suffix in self.suffixes:
            out.write_bytes(self.suffixes[out.suffix](samples))
        elif out.suffix[1:] in film.WRITERS:
            raise ConfigError(
                f"{samples.title} makes no clips: save its samples as .npz, as .png or in a folder; "
                f"only the command walk makes {out.suffix} of it"
            )
        else:
            out.mkdir(parents=True, exist_ok=True)
            for name, content in self.each(samples):
                (out / name).write_bytes(content)

    # --- walks

    def steps(self, frames: np.ndarray) -> np.ndarray:
        """Frames of a walk as pictures uint8 (F, H, W, C)."""
        return self.look.stills(frames)

    def walk_film(self, write: film.Writer, frames: np.ndarray, **options: Any) -> bytes:
        """A film of the page. `options`: loop, progress, cancelled; fps, unless the medium has its own."""
        steps = self.steps(frames)
        pace = {} if self.fps is None else {"fps": self.fps}
        return write(steps, scale=_export_scale(steps), **{**options, **pace})

    def walk_width(self, frames: np.ndarray) -> int:
        steps = self.steps(frames[:1])
        return _export_scale(steps) * steps.shape[2]

    def save_walk(self, out: Path, frames: np.ndarray, fps: float | None = None) -> None:
        """A film; or .npz, or .png (a sheet)."""
        kind = out.suffix[1:]
        if kind == "npz":
            np.savez_compressed(out, allow_pickle=False, **{self.walk_name or self.name: frames})
        elif kind == "png":
            out.write_bytes(png.png_bytes(pixels.sheet(self.steps(frames))))
        elif kind in film.WRITERS:
            _, write = film.WRITERS[kind]
            steps = self.steps(frames)
            scale = pixels.shown_scale(steps.shape[2])
            out.write_bytes(write(steps, fps or self.fps or WALK_FPS, scale))
        else:
            wanted = ", ".join((*(f".{kind}" for kind in film.WRITERS), ".npz", ".png"))
            raise ConfigError(f"a walk is saved as one of {wanted}; got {out.name!r}")

    # --- maps

    def save_maps(self, out: Path, maps: Any, settings: dict[str, object]) -> None:
        """As .npz: every weight; as .png: the item, and below it again for each layer of G, lighter where
        tokens were read more, then for each of D as its CLS token read it.
        """
        if out.suffix != ".png":
            np.savez_compressed(out, allow_pickle=False, **self.map_arrays(maps))
            return
        read_LN = maps.g_self.mean(axis=(1, 2))  # over heads and askers
        judged_LN = maps.d[:, :, 0, 1:].mean(axis=1)
        clip = self.map_frames(maps.item)
        strips = pixels.map_strips(clip, maps.grid, np.concatenate([read_LN, judged_LN]))
        scale = pixels.shown_scale(strips.shape[1])
        out.write_bytes(png.png_bytes(pixels.sheet(strips[None], scale=scale), settings))

    def map_frames(self, item: np.ndarray) -> np.ndarray:
        """What maps are laid over, uint8 (T, H, W, C): one frame for each step in time."""
        return self.look.picture(item)[None]

    def map_arrays(self, maps: Any) -> dict[str, np.ndarray]:
        """Arrays of an .npz."""
        return map_arrays(maps, self.look.picture(maps.item))


def map_arrays(maps: Any, image: np.ndarray) -> dict[str, np.ndarray]:
    """What every modality keeps of attention maps; "g_cross" where G has cross-attention."""
    arrays = dict(g=maps.g_self, d=maps.d, image=image, logit=np.float32(maps.logit))
    return arrays | ({} if maps.g_cross is None else {"g_cross": maps.g_cross})


def picture_zip(
    items: np.ndarray,
    settings: dict[str, object],
    scale: int = 1,
    *,
    seeds: Sequence[int] | None = None,
) -> bytes:
    """One PNG for each picture, each with the settings that draw it alone, and `settings.json`.

    Args:
        items: uint8 (N, H, W, C).
        settings: of the whole draw, see `files.png.settings_for`; its "seed" is the first picture's.
        seeds: of each picture; none: one more than the one before.
    """
    n, h, w, _ = pixels.check_pictures(items).shape
    pixels.check_scale(scale)
    pixels.check_pixels(n * h * w * scale**2, pixels.MAX_FILM_PIXELS, f"{n} pictures at x{scale}")
    first = settings.get("seed", 0)
    if seeds is None:
        seeds = range(first, first + n) if isinstance(first, int) else range(n)
    if len(seeds) != n:
        raise DataError(f"a zip wants one seed for each of {n} pictures; got {len(seeds)}")
    entries = [
        (f"{i:04d}-seed-{int(seed)}.png", _alone(pixels.enlarged(item, scale), seed, settings))
        for i, (item, seed) in enumerate(zip(items, seeds, strict=True))
    ]
    return zips.zip_bytes([*entries, ("settings.json", png.settings_text(settings))])


def label_arrays(
    labels: np.ndarray | None, classes: Sequence[str], names: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """Classes as arrays of an npz: "label", or, where `names` has one for each factor of the classes
    ("star / right"), the number of its value; none without classes.
    """
    if labels is None:
        return {}
    found = factors(classes)
    if not names or len(found) != len(names):
        return {"label": labels}
    arrays = {}
    for place, (name, values) in enumerate(zip(names, found, strict=True)):
        numbers = [values.index(one.split(" / ")[place]) for one in classes]
        arrays[name] = np.array(numbers)[labels]
    return arrays


def _alone(still: np.ndarray, seed: int, settings: dict[str, object]) -> bytes:
    """One picture (H, W, C) as a PNG with the settings that draw it alone."""
    return png.png_bytes(pixels.picture(still), of_one(seed, settings))


def alone(content: bytes, seed: int, settings: dict[str, object]) -> bytes:
    """A WebP or WAV of one sample, with the settings inside that draw it."""
    return png.put_settings(content, of_one(seed, settings))


def of_one(seed: int, settings: dict[str, object]) -> dict[str, object]:
    return {**settings, "seed": int(seed), "count": 1}


def _export_scale(steps: np.ndarray) -> int:
    return max(1, round(EXPORT_SIDE / max(steps.shape[1:3])))
