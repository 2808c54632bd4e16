"""A table of samples on a `cells` canvas: what each cell shows and which settings it loads."""

from collections.abc import Sequence
from typing import Any

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
    **more: Any,
) -> dict[str, Any]:
    """The value of a `cells` canvas, drawn: rows of equal length, each cell with the state that it loads.

    Args:
        row_names, column_names: heads, names or [word, its values].
        more: what the script of a section reads besides.
    """
    flat = [config for row in rows for config in row]
    items = page.studio.each(view.model, flat, view.visitor)
    modality = page.studio.info(view.model, view.visitor).modality
    sheet = registry.get(modality).look.sheet(items, len(rows[0]))
    count = view.config.count
    return {
        **sheet.value(),
        "columns": len(rows[0]),
        "rows": list(row_names),
        "heads": list(column_names),
        "states": [{**state_of(view.model, config), "count": count} for config in flat],
        "seeds": [config.seed for config in flat],
        **more,
    }
