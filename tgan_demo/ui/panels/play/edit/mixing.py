"""Mixing: w of some samples in some blocks of others; and what each block has painted of the sample in view."""

from functools import partial
from typing import Any

from tgan_demo import axes, mixing
from tgan_demo.engine.draw.cells import by_block
from tgan_demo.errors import TganError
from tgan_demo.modalities import registry
from tgan_demo.ui import orders
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play.edit.shown import table_cells

NAME = "mixing"
MAX_TEXT = 200  # characters of a list of seeds


def build(page: Page) -> None:
    start = fits(page, page.default_model, None) if page.default_model else None
    asked = canvas("mixing", start, elem_id="mixing-ask")
    shown = canvas("cells", elem_id="mixing-cells")
    page.on_sent(asked.draw, on_draw, [asked, shown], concurrency_id="edit", **ONE_BY_ONE)
    strip = canvas("cells", elem_id="mixing-blocks", fixed={"asks": True})
    page.on_sent(strip.ask, on_blocks, strip, concurrency_id="edit", **ONE_BY_ONE)
    page.on_model(partial(fits, page), [page.model, page.visitor], [asked])


def fits(page: Page, model: str, visitor: str | None) -> dict[str, Any]:
    """Where w enters this model: the last place, and first and last of those that have a name."""
    depth = page.studio.info(model, visitor).depth
    return orders.part("fits", model=model, last=depth, parts=axes.parts_of(depth + 1))


def on_draw(page: Page, view: View, data: Any) -> list[Any]:
    """What the script is told, and the table; where it cannot be drawn, why."""
    given = data if isinstance(data, dict) else {}
    a, b, places = (str(given.get(name, ""))[:MAX_TEXT] for name in ("a", "b", "places"))
    try:
        table = mixing.plan(
            page.studio, view.model, view.config, a, b, places, visitor=view.visitor
        )
        value = table_cells(
            page,
            view,
            table,
            row_names=[_seed(name) for name in table.y.names],
            column_names=[_seed(name) for name in table.x.names],
            corner=["edit.mixing.corner", {}],
        )
    except TganError as error:
        return [orders.part("wrong", why=str(error)), {}]
    return [orders.part("drawn"), value]


def on_blocks(page: Page, view: View, _data: Any) -> dict[str, Any]:
    """The sample in view after each block, with how much each one changed; where that says nothing, why."""
    model = page.studio.load(view.model, view.visitor)
    if model.tokenizer.encodes:
        return {"lead": "edit.mixing.blocks.decoder"}
    with page.studio.turns.take():
        items, changes = by_block(model, view.config)
    sheet = registry.get(model.config.modality).look.sheet(items, len(items))
    count = len(items)
    return {
        **sheet.value(),
        "columns": count,
        "rows": [],
        "heads": [["edit.mixing.block", {"n": n}] for n in range(1, count + 1)],
        "feet": ["", *(f"{change:.0f} %" for change in changes)],
        "states": [None] * count,
        "lead": "edit.mixing.blocks",
    }


def _seed(name: str) -> str | list[Any]:
    return ["edit.mixing.seed", {"seed": name.replace("~", " · ")}] if name[:1].isdigit() else name
