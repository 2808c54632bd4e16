"""Longer: one character in one motion for many more frames than the model was trained on."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.files import film
from tgan_demo.files.pixels import shown_scale
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.orders import download, part
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.motion.mix import look_of, places
from tgan_demo.ui.writing import Writing

LENGTHS = (32, 64, 128)  # frames


def build(page: Page) -> gr.HTML:
    fixed = {"lengths": LENGTHS, "kinds": list(film.WRITERS)}
    long = canvas("long", elem_id="motion-long", fixed=fixed)
    page.on_sent(long.long, on_long, long, concurrency_id="long", **ONE_BY_ONE)
    page.on_sent(long.film, on_save, [long, page.bridge], concurrency_id="export", **ONE_BY_ONE)
    return long


def on_page(view: View) -> dict[str, Any]:
    return part("page", model=view.model, psi=view.config.psi)


def on_long(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """The long clip, to be played; to rest, before an error."""
    try:
        clip, _ = draw(page, view, data)
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("stop")
        raise
    yield part("long", model=view.model, **look_of(page, view).sheet(clip[None], 1).value())


def on_save(page: Page, view: View, data: Any) -> Iterator[tuple[Any, Any]]:
    """The long clip as a file; yields (how far it is, order for bridge.js)."""
    data = data if isinstance(data, dict) else {}
    kind = str(data.get("kind"))
    kind = kind if kind in film.WRITERS else "webp"
    mime, write = film.WRITERS[kind]
    try:
        clip, name = draw(page, view, data)
        fps = page.skills(view, "plays").FPS
        writing = Writing(partial(write, clip, fps, shown_scale(clip.shape[2])))
        for share in writing:
            yield part("saving", share=share), gr.skip()
        content = writing.content
    except Exception:
        yield part("saved"), gr.skip()
        raise
    yield part("saved"), download(f"{name}.{kind}", mime, content)


def draw(page: Page, view: View, data: Any) -> tuple[np.ndarray, str]:
    """The clip (T, H, W, C) that was asked for, and what its file is called."""
    data = data if isinstance(data, dict) else {}
    frames = data.get("frames") if data.get("frames") in LENGTHS else LENGTHS[0]
    rows = places(page, view, [data.get("row")], wants_motion=False)
    columns = places(page, view, [data.get("col")], wants_motion=True)
    (clip,) = page.studio.mix(view.model, rows, columns, frames=frames, visitor=view.visitor)
    stem = widgets.file_stem(page.studio.info(view.model, view.visitor))
    return clip, f"{stem}-{rows[0].seed}-moves-{columns[0].seed}-{frames}"
