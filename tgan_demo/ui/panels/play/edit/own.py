"""Your own: a user's picture, sound, clip or text is sought in the model, and edits begin there.

What is sent is read from the event and never written to the disk.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.data.limits import MAX_TEXT
from tgan_demo.errors import DataError
from tgan_demo.modalities import registry
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import clamp, state_of
from tgan_demo.ui.orders import part
from tgan_demo.ui.page import ONE_BY_ONE, Page, View, data_of

NAME = "own"
MAX_BYTES = 16 * 2**20  # of a file
SECONDS = (1, 30, 5)  # of the search: lowest, highest, default


def build(page: Page) -> None:
    own = canvas("own", elem_id="edit-own-item")

    def sought(event: gr.EventData, *values: Any) -> Iterator[dict[str, Any]]:
        yield from on_seek(page, page.view(*values), data_of(event))

    seeking = own.seek(
        page.guard(sought), page.state_inputs, own, concurrency_id="own", **ONE_BY_ONE
    )
    own.stop(None, None, None, cancels=[seeking], queue=False, api_visibility="private")


def on_seek(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """First what came, as the model reads it; then what is found, ever nearer. To rest, before an error."""
    data = data if isinstance(data, dict) else {}
    try:
        item, note = _item(page, view, data)
        look = registry.get(page.studio.info(view.model, view.visitor).modality).look
        yield part("asked", asked=look.sheet(np.array([item]), 1).value(), note=note)
        seconds = clamp(data.get("seconds"), *SECONDS)
        found = page.studio.seek(
            view.model, item, view.visitor, seconds=seconds, per_block=bool(data.get("apart"))
        )
        for one in found:
            config = replace(one.config, seed=view.config.seed, psi=view.config.psi)
            yield part(
                "found",
                made=look.sheet(np.array([one.made]), 1).value(),
                share=one.share,
                error=one.error,
                squared=one.is_squared,
                state=state_of(view.model, config),
            )
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("rest")
        raise


def _item(page: Page, view: View, data: dict[str, Any]) -> tuple[np.ndarray | str, str]:
    """The item as the model takes it, and what was done to it."""
    text, content = data.get("text"), data.get("content")
    if isinstance(text, str) and text.strip():
        return page.studio.fit(view.model, text[:MAX_TEXT], view.visitor), ""
    if not isinstance(content, str) or not content:
        raise DataError("nothing came; choose a file, or type a text")
    if len(content) > MAX_BYTES * 4 // 3 + 4:
        raise DataError("a file of at most 16 MB was wanted; cut it shorter, or save it smaller")
    try:
        read = base64.b64decode(content, validate=True)
    except ValueError as error:
        raise DataError("the file did not arrive whole; send it again") from error
    # the name comes back in a complaint, which the page may read as HTML
    name = re.sub(r"[^\w .()-]+", "_", str(data.get("name") or "the file"))[:60]
    return page.studio.decode(view.model, read, name, view.visitor)
