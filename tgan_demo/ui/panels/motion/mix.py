"""Characters x motions: every content in every motion, all playing.

Which seeds stand in the margins is the browser's (canvas/mix.js); here they are checked and drawn.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from tgan_demo.config import SampleConfig
from tgan_demo.engine.players.classes import part_of
from tgan_demo.errors import DataError
from tgan_demo.modalities import registry
from tgan_demo.parts import Look
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import MAX_SEED, clamp
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.orders import part
from tgan_demo.ui.page import Page, View

MAX_PLACES = 6  # characters, and motions, that one request may ask for


def build(page: Page) -> gr.HTML:
    mix = canvas("mix", elem_id="motion-mix")
    page.on_sent(mix.mix, on_mix, mix, concurrency_id="mix", **ONE_BY_ONE)
    return mix


def on_page(page: Page, view: View) -> dict[str, Any]:
    """What the page is made for; a change of it has the grid drawn again."""
    return part(
        "page",
        model=view.model,
        seed=view.config.seed,
        psi=view.config.psi,
        contents=names(page, view, wants_motion=False),
        motions=names(page, view, wants_motion=True),
    )


def on_mix(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """The grid of the wanted characters (down) and motions (across); to rest, before an error."""
    data = data if isinstance(data, dict) else {}
    try:
        rows = places(page, view, data.get("rows"), wants_motion=False)
        columns = places(page, view, data.get("cols"), wants_motion=True)
        items = page.studio.mix(view.model, rows, columns, visitor=view.visitor)
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("stop")
        raise
    yield part("mixed", model=view.model, **look_of(page, view).sheet(items, len(columns)).value())


def places(page: Page, view: View, data: Any, *, wants_motion: bool) -> list[SampleConfig]:
    """Seeds and classes of one margin, out of [{"seed": 7, "kind": 0}, ...] as the browser sends it.

    Raises:
        DataError: no list of 1 to MAX_PLACES.
    """
    if not isinstance(data, list) or not 1 <= len(data) <= MAX_PLACES:
        raise DataError(f"1 to {MAX_PLACES} seeds were wanted; reload the page and try again")
    _, whole = _kinds(page, view, wants_motion=wants_motion)
    found = []
    for one in data:
        one = one if isinstance(one, dict) else {}
        kind = clamp(one.get("kind"), 0, max(0, len(whole) - 1), None, whole=True)
        found.append(
            SampleConfig(
                seed=clamp(one.get("seed"), 0, MAX_SEED, 0, whole=True),
                count=1,
                label=whole[kind] if whole and kind is not None else None,
                psi=view.config.psi,
            )
        )
    return found


def names(page: Page, view: View, *, wants_motion: bool) -> list[str]:
    """What the classes say of one part, "right / fast" of "star / right / fast"."""
    return _kinds(page, view, wants_motion=wants_motion)[0]


def look_of(page: Page, view: View) -> Look:
    """How this model's items are shown."""
    return registry.get(page.studio.info(view.model, view.visitor).modality).look


def _kinds(page: Page, view: View, *, wants_motion: bool) -> tuple[list[str], Sequence[int]]:
    """The classes of one part, and for each a whole class that has it."""
    config = page.studio.load(view.model, view.visitor).config
    found, of_class = part_of(config.classes, config.moving, wants_motion=wants_motion)
    if of_class is None:
        return [], []
    known = of_class.tolist()
    return list(found), [known.index(i) for i in range(len(found))]
