"""A table of samples on a `cells` canvas: what each cell shows and which settings it loads."""

from collections.abc import Sequence
from typing import Any

from tgan_demo import tables
from tgan_demo.config import SampleConfig
from tgan_demo.modalities import registry
from tgan_demo.ui.controls import state_of
from tgan_demo.ui.page import Page, View


def cells(
    page: Page,
    view: View,
    rows: Sequence[Sequence[SampleConfig]],
    *,
    row_names: Sequence[Any] = (),
    column_names: Sequence[Any] = (),
    models: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """The value of a `cells` canvas, drawn: rows of equal length, each cell with the state that it loads.

    Args:
        row_names, column_names: heads, names or [word, its values].
        models: of each cell, row by row; none: the one in view.
        more: what the script of a section reads besides.
    """
    flat = [config for row in rows for config in row]
    cells = list(zip(models or [view.model] * len(flat), flat, strict=True))
    parts = tables.draw(page.studio, cells, view.visitor)
    sheets = [
        registry.get(part.modality).look.sheet(part.items, len(rows[0])).value() for part in parts
    ]
    where = {i: (k, place) for k, part in enumerate(parts) for place, i in enumerate(part.at)}
    several = {"sheets": sheets, "at": [where[i] for i in range(len(flat))]}
    return {
        **(sheets[0] if len(sheets) == 1 else several),
        "n": len(flat),
        "columns": len(rows[0]),
        "rows": list(row_names),
        "heads": list(column_names),
        "states": [{**state_of(*cell), "count": view.config.count} for cell in cells],
        "seeds": [config.seed for config in flat],
        **more,
    }
