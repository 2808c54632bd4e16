"""Whose motion: a person's clip, or a seed, lends its motion to the characters of the grid.

A clip comes in the event that sends it and is never written to the disk.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.errors import DataError
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.orders import part
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.motion.mix import look_of, places

MAX_CLIP_BYTES = 16 * 2**20


def build(page: Page) -> gr.HTML:
    borrow = canvas("borrow", elem_id="motion-borrow")
    page.on_sent(borrow.borrow, on_borrow, borrow, concurrency_id="borrow", **ONE_BY_ONE)
    return borrow


def on_page(page: Page, view: View) -> dict[str, Any]:
    return part("page", model=view.model, seed=view.config.seed)


def on_borrow(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """First what came, as the model reads it; then the nearest it has, and its motion in others.

    Of a seed nothing is sought, so there is no nearest. To rest, before an error.
    """
    data = data if isinstance(data, dict) else {}
    try:
        look = look_of(page, view)
        rows = places(page, view, data.get("rows"), wants_motion=False)
        source, asked = _source(page, view, data)
        shown = {"asked": look.sheet(asked[None], 1).value(), "model": view.model}
        yield part("asked", **shown)
        is_own = isinstance(source, np.ndarray)
        contents = [source, *rows] if is_own else rows
        items = page.studio.mix(view.model, contents, [source], visitor=view.visitor)
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("stop")
        raise
    own = {"own": look.sheet(items[:1], 1).value()} if is_own else {}
    made = items[is_own:]
    yield part(
        "made",
        **shown,
        **own,
        made=look.sheet(made, len(made)).value(),
        seeds=[row.seed for row in rows],
    )


def _source(
    page: Page, view: View, data: dict[str, Any]
) -> tuple[SampleConfig | np.ndarray, np.ndarray]:
    """Whose motion it is, and the clip (T, H, W, C) that shows it."""
    text = data.get("clip")
    if text is None:
        config = replace(view.config, count=1, frames=0)
        return config, page.studio.sample(view.model, config, view.visitor).items[0]
    if not isinstance(text, str) or len(text) > MAX_CLIP_BYTES * 4 // 3 + 4:
        raise DataError("a clip of at most 16 MB was wanted; cut it shorter, or save it smaller")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DataError("the clip did not arrive whole; send it again") from error
    # the name comes back in a complaint, which the page may read as HTML
    name = re.sub(r"[^\w .()-]+", "_", str(data.get("name") or "the clip"))[:60]
    clip, _ = page.studio.decode(view.model, content, name, view.visitor)
    assert isinstance(clip, np.ndarray)  # no text has motion
    return clip, clip
