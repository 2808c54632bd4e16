"""X/Y tables: the sample in view again and again, two settings apart; to be looked at, loaded and saved."""

import contextlib
from functools import partial
from typing import Any

from tgan_demo import axes, tables
from tgan_demo.errors import TganError
from tgan_demo.runs.moments import is_moment
from tgan_demo.ui import orders, widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import config_of, state_of
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play.edit.shown import table_cells
from tgan_demo.ui.words.table import named, t

NAME = "table"
MAX_CELLS = 100
WORDS = (*axes.SETTINGS, *axes.MODELS, "mix")
FEW = 4  # classes and models that a table begins with


def build(page: Page) -> None:
    start = fits(page, page.default_model, None) if page.default_model else None
    asked = canvas("axes", start, elem_id="table-axes")
    shown = canvas("cells", elem_id="table-cells")
    page.on_sent(asked.draw, on_draw, [asked, shown], concurrency_id="edit", **ONE_BY_ONE)
    page.on_sent(asked.save, on_save, page.bridge, concurrency_id="edit", **ONE_BY_ONE)
    page.on_model(partial(fits, page), [page.model, page.visitor], [asked])


def fits(page: Page, model: str, visitor: str | None) -> dict[str, Any]:
    """What can differ in a table of this model, each with the values that it begins with ("": the script
    knows them).
    """
    info = page.studio.info(model, visitor)
    count = len(info.classes)
    rows = {
        "seed": "",
        "class": f"0-{min(count, FEW + 1) - 1}" if count > 1 else None,
        "psi": "0..1/5",
        "temperature": "0..1.5/4" if "temperature" in info.skills else None,
        "variation": "0..1/5",
        **{f"pc{number}": "-3..3/7" for number in range(1, FEW + 1)},
        "mix": ",".join(axes.parts_of(info.depth + 1)),
        "moment": _run(page, model, info.modality, visitor),
        "model": ",".join(_alike(page, model, info.modality, visitor)),
    }
    return orders.part("fits", model=model, rows={k: v for k, v in rows.items() if v is not None})


def _alike(page: Page, model: str, modality: str, visitor: str | None) -> list[str]:
    others = [info.id for info in page.studio.models(visitor) if info.modality == modality]
    return [model, *(other for other in others if other != model)][:FEW]


def _run(page: Page, model: str, modality: str, visitor: str | None) -> str | None:
    """The run whose moments a table begins with: the one in view, else the visitor's latest like it."""
    if is_moment(model):
        return model.partition("@")[0]
    for run in reversed(page.studio.store.runs(visitor) if visitor else []):
        with contextlib.suppress(TganError):
            if page.studio.info(f"{run}@0", visitor).modality == modality:  # the nearest to 0
                return run
    return None


def on_draw(page: Page, view: View, data: Any) -> list[Any]:
    """What the axes' script is told, and the table; where it cannot be drawn, why."""
    try:
        table = _plan(page, view, data)
        value = table_cells(
            page,
            view,
            table,
            row_names=_heads(table.y, view.lang),
            column_names=_heads(table.x, view.lang),
            corner=[
                "edit.table.corner",
                {"x": _word(table.x, view.lang), "y": _word(table.y, view.lang)},
            ],
        )
    except TganError as error:
        return [orders.part("wrong", why=str(error)), {}]
    if len({(sheet["w"], sheet["h"]) for sheet in value.get("sheets", ())}) > 1:
        value["lead"] = "edit.table.sizes"
    base = state_of(view.model, view.config)
    models = sorted({cell[0] for cell in table.cells if cell})
    x, y = table.texts
    return [orders.part("drawn", base=base, x=x, y=y, models=models), value]


def on_save(page: Page, view: View, data: Any) -> dict[str, Any]:
    """An order for bridge.js: the table that was drawn as PNG, its settings as CSV."""
    data = data if isinstance(data, dict) else {}
    state = data.get("base") if isinstance(data.get("base"), dict) else {}
    model = str(state.get("model") or view.model)
    config = config_of(state, page.classes(model, view.visitor))
    table = _plan(page, View(view.visitor, view.lang, model, config), data)
    parts = tables.draw(page.studio, table.cells, view.visitor)
    info = page.studio.info(model, view.visitor)
    stem = f"{widgets.file_stem(info)}-table-{config.seed}"
    if data.get("kind") == "csv":
        return orders.download(
            f"{stem}.csv", "text/csv", tables.csv_text(table, parts).encode("utf-8-sig")
        )
    return orders.download(f"{stem}.png", "image/png", tables.picture(table, parts))


def _plan(page: Page, view: View, data: Any) -> tables.Table:
    given = data if isinstance(data, dict) else {}
    x, y = (str(given.get(side, ""))[: axes.MAX_TEXT + 1] for side in ("x", "y"))
    return tables.plan(
        page.studio, view.model, view.config, x, y, visitor=view.visitor, most=MAX_CELLS
    )


def _heads(axis: axes.Axis, lang: str) -> list[str]:
    is_named = axis.what in ("class", *axes.MODELS)
    return [named(name, lang) if is_named else name for name in axis.names]


def _word(axis: axes.Axis, lang: str) -> str:
    kind, _, _ = axis.what.partition(":")
    return t(f"edit.table.{kind}", lang) if kind in WORDS else tables.short(axis.what)
