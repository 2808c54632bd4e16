"""What texts are saved as: plain text from the page, JSON lines from the command line.

Axes: N texts, F steps of a walk.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.errors import ConfigError
from tgan_demo.files.saving import map_arrays
from tgan_demo.modalities.text.verse import shown
from tgan_demo.parts import Format, Samples, Snippet


class TextFiles:
    name = "texts"
    snippet = Snippet(names="", use='print(*drawn.items, sep="\\n")\n', out="samples.jsonl")

    @property
    def formats(self) -> tuple[Format, ...]:
        return (Format(key="text", ending=".txt", mime="text/plain", write=plain),)

    @property
    def walks(self) -> tuple[Format, ...]:
        return (Format(key="txt", ending=".txt", mime="text/plain", write=plain_walk),)

    def save(self, out: Path, samples: Samples) -> None:
        """JSON lines, whatever the suffix."""
        _save_lines(out, samples.items)

    def save_walk(self, out: Path, frames: np.ndarray, fps: float | None = None) -> None:
        _save_lines(out, frames)

    def save_maps(self, out: Path, maps: Any, settings: dict[str, object]) -> None:
        if out.suffix == ".png":
            raise ConfigError(
                "maps of a text are saved as .npz: there is no picture to lay them on"
            )
        np.savez_compressed(out, allow_pickle=False, **map_arrays(maps, np.asarray(maps.item)))


def plain(samples: Samples) -> bytes:
    """The texts as they are read, an empty line between two."""
    return ("\n\n".join(shown(text) for text in samples.items) + "\n").encode()


def plain_walk(frames: np.ndarray, **options: Any) -> bytes:
    """The steps of a walk (F,); one that does not change the text is left out."""
    lines = [shown(a) for a, b in zip(frames, [*frames[1:], ""], strict=True) if a != b]
    return "\n\n".join(lines).encode()


def _save_lines(out: Path, texts: np.ndarray) -> None:
    lines = (json.dumps({"text": str(text)}, ensure_ascii=False) for text in texts)
    out.write_text("\n".join(lines) + "\n", "utf-8")


FILES = TextFiles()
