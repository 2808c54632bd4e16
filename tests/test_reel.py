"""A run as a film: all of its frames, of one size, its end held; texts in letters, or a sentence why not."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.files import stills
from tgan_demo.files.sheets import raster
from tgan_demo.files.stills import still, texts_of
from tgan_demo.parts import Sheet
from tgan_demo.runs import reel
from tgan_demo.runs.record import Run
from tgan_demo.runs.request import RunRequest


def run_of(folder: Path, sheets: list[Sheet]) -> Run:
    run = Run("run/0123456789abcdef", "v", folder, RunRequest(), "cats")
    for k, sheet in enumerate(sheets):
        run.nimg = 10 * (k + 1)
        run.watched(sheet, np.ones((1, 1, 4, 4), np.float16), (2, 2))
    return run


def grey(value: int, side: int = 8) -> Sheet:
    return raster(np.full((16, side, side, 1), value, np.uint8), 4)


def test_a_film_has_every_frame_in_order_and_holds_the_last(tmp_path: Path) -> None:
    run = run_of(tmp_path, [grey(20, 4), grey(60), grey(100), grey(140)])
    frames = reel.frames(run)
    assert frames.shape == (4, 32, 32, 3) and frames[:, 0, 0, 0].tolist() == [20, 60, 100, 140]
    with Image.open(io.BytesIO(reel.write("webp", frames))) as film:
        assert film.size == (448, 448) and film.info["loop"] == 0
        seen, lasts = [], []
        for k in range(film.n_frames):
            film.seek(k)
            seen.append(film.convert("RGB").getpixel((5, 5))[0])
            lasts.append(film.info["duration"])
    assert seen == [20, 60, 100, 140]
    assert lasts[0] == 250 and lasts[-1] >= 1000 * reel.END_S  # frames that are equal are one
    with av.open(io.BytesIO(reel.write("mp4", frames))) as film:
        levels = [int(f.to_ndarray(format="gray")[5, 5]) for f in film.decode(video=0)]
    rounds = sum(b < a - 60 for a, b in zip(levels, levels[1:], strict=False))
    assert len(levels) >= 24 and rounds >= 1  # it goes round


def test_a_run_without_pictures_has_no_film(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="two moments"):
        reel.frames(run_of(tmp_path, [grey(20)]))


def test_a_clip_plays_while_it_learns() -> None:
    tall = np.concatenate([np.full((2, 4, 3), v, np.uint8) for v in (10, 20, 30)])
    source = raster(tall[None], 1).source() | {"kind": "film", "frames": 3}
    assert [int(still(source, k)[0, 0, 0]) for k in range(4)] == [10, 20, 30, 10]
    assert still(source).shape == (2, 4, 3)


def test_texts_are_written_or_it_is_said_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"kind": "written", "texts": ["a cat", ""], "cols": 2, "size": 240}
    picture = still(source)
    first, second = np.split(picture, 2, axis=1)
    assert first.shape == second.shape and (first != second).any()
    assert texts_of({"cells": [["a ", "cat"]], "cols": 1}) == ["a cat"]
    monkeypatch.setattr(stills, "FONTS", ())
    with pytest.raises(ConfigError, match="letters"):
        still({**source, "texts": ["春", ""]})


def test_without_fonts_a_film_of_texts_is_made_and_a_strange_letter_is_a_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "FONTS", ("no such font.ttf",))
    texts = (["a cat", ""], ["the cat 春", "sat"], ["\ufffd on", "it\x00"])
    data = [{"texts": two, "cols": 2, "size": 240} for two in texts]
    run = run_of(tmp_path, [Sheet(kind="written", data=one) for one in data])
    frames = reel.frames(run)
    assert len(frames) == 3 and all(len(np.unique(frame)) > 10 for frame in frames)
    assert reel.write("webp", frames)[:4] == b"RIFF"
