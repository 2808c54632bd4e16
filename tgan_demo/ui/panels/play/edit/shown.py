"""A table of samples on a `cells` canvas: what each cell shows and which settings it loads."""

from collections.abc import Sequence
from typing import Any

from tgan_demo import tables
from tgan_demo.config import SampleConfig
from tgan_demo.modalities import registry
from tgan_demo.tables import Table
from tgan_demo.ui.controls import state_of
from tgan_demo.ui.page import Page, View


def cells(
    page: Page,
    view: View,
    rows: Sequence[Sequence[SampleConfig | None]],
    *,
    row_names: Sequence[Any] = (),
    column_names: Sequence[Any] = (),
    models: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """The value of a `cells` canvas, drawn: rows of equal length, each cell with the state that it loads;
    None is an empty place.

    Args:
        row_names, column_names: heads, names or [word, its values].
        models: of each cell, row by row; none: the one in view.
        more: what the script of a section reads besides.
    """
    flat = [config for row in rows for config in row]
    pairs = zip(models or [view.model] * len(flat), flat, strict=True)
    cells = [(model, config) if config else None for model, config in pairs]
    parts = tables.draw(page.studio, cells, view.visitor)
    sheets = [
        registry.get(part.modality).look.sheet(part.items, len(rows[0])).value() for part in parts
    ]
    where = {i: (k, place) for k, part in enumerate(parts) for place, i in enumerate(part.at)}
    several = {"sheets": sheets, "at": [where.get(i) for i in range(len(flat))]}
    count = view.config.count
    return {
        **(sheets[0] if len(sheets) == 1 and None not in flat else several),
        "n": len(flat),
        "columns": len(rows[0]),
        "rows": list(row_names),
        "heads": list(column_names),
        "states": [cell and {**state_of(*cell), "count": count} for cell in cells],
        "seeds": [config and config.seed for config in flat],
        **more,
    }


def table_cells(page: Page, view: View, table: Table, **more: Any) -> dict[str, Any]:
    """`cells` of a table; `more`: its heads, and what else there is to tell."""
    columns = len(table.x.names)
    configs = [cell[1] if cell else None for cell in table.cells]
    rows = [configs[i : i + columns] for i in range(0, len(configs), columns)]
    models = [cell[0] if cell else view.model for cell in table.cells]
    return cells(page, view, rows, models=models, **more)
