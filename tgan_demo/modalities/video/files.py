"""What clips are saved as: one film of all, a sheet of their frames, a film each, arrays.

Axes: N clips, T frames, H height, W width, C channels.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from tgan_demo.files import film, pixels, png, saving
from tgan_demo.files.saving import BIG, PictureFiles, label_arrays
from tgan_demo.modalities.video.look import FPS, LOOK
from tgan_demo.parts import Format, Samples, Snippet


class VideoFiles(PictureFiles):
    name = "videos"
    walk_name = "images"  # a walk is the frames of one clip
    fps = FPS
    snippet = Snippet(
        names="clip_film, webp_bytes",
        use="film = clip_film(drawn.items)  # drawn.items: uint8 [N, T, H, W, C]\n"
        f'Path("samples.webp").write_bytes(webp_bytes(film, fps={FPS}, scale=4))\n',
        out="samples.webp",
        has_frames=True,
    )

    @property
    def formats(self) -> tuple[Format, ...]:
        large = partial(self.sheet, scale=BIG)
        films = [
            Format(key=kind, ending=f".{kind}", mime=mime, write=partial(self.film, write))
            for kind, (mime, write) in film.WRITERS.items()
        ]
        return (
            *films,
            Format(key="sheet1", ending="-frames-x1.png", mime="image/png", write=self.sheet),
            Format(key="sheet8", ending=f"-frames-x{BIG}.png", mime="image/png", write=large),
        )

    @property
    def suffixes(self) -> dict[str, Any]:
        films = {f".{kind}": partial(self.film, write) for kind, (_, write) in film.WRITERS.items()}
        return {".png": self.sheet, **films}

    def sheet(self, samples: Samples, *, scale: int = 1) -> bytes:
        """A row of frames for each clip, with the settings inside."""
        return png.png_bytes(pixels.frame_sheet(samples.items, scale), samples.settings)

    def film(self, write: film.Writer, samples: Samples) -> bytes:
        """All clips side by side."""
        frames = pixels.clip_film(samples.items)
        made = write(frames, FPS, pixels.shown_scale(frames.shape[2]))
        return png.put_settings(made, samples.settings)

    def each(self, samples: Samples) -> list[tuple[str, bytes]]:
        return [
            (
                f"seed-{seed:06d}.webp",
                saving.alone(film.webp_bytes(clip, FPS), seed, samples.settings),
            )
            for seed, clip in zip(samples.seeds, samples.items, strict=True)
        ]

    def arrays(self, samples: Samples) -> dict[str, np.ndarray]:
        return clip_arrays(samples.items, samples.labels, samples.classes, samples.factors)

    def steps(self, frames: np.ndarray) -> np.ndarray:
        return frames

    def map_frames(self, item: np.ndarray) -> np.ndarray:
        return item

    def map_arrays(self, maps: Any) -> dict[str, np.ndarray]:
        return super().map_arrays(maps) | {"video": maps.item}


def clip_arrays(
    items: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str],
    names: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Arrays of an npz: "videos" uint8 (N, T, H, W, C), and classes as of `label_arrays`."""
    return {"videos": items} | label_arrays(labels, classes, names)


FILES = VideoFiles(LOOK)
