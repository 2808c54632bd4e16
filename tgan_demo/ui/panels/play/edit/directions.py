"""Directions: the sample in view moved along the principal components of w, a row each."""

from dataclasses import replace
from typing import Any

from tgan_demo import edits
from tgan_demo.edits import Step
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import ONE_BY_ONE, Page, View
from tgan_demo.ui.panels.play.edit.shown import cells

NAME = "directions"
ROWS = 6
AMOUNTS = (-3, -2, -1, 0, 1, 2, 3)  # standard deviations


def build(page: Page) -> None:
    rows = canvas("cells", elem_id="directions-cells", fixed={"asks": True})
    page.on_sent(rows.ask, on_ask, rows, concurrency_id="edit", **ONE_BY_ONE)


def on_ask(page: Page, view: View, _data: Any) -> dict[str, Any]:
    """Rows of the first components, each from -3 to +3 standard deviations."""
    before = edits.read(view.config.edit)

    def moved(number: int, amount: float) -> str:
        step = Step("go", f"pc{number}", float(amount))
        return edits.write([*before, step] if amount else before)

    rows = [
        [replace(view.config, edit=moved(number, amount)) for amount in AMOUNTS]
        for number in range(1, ROWS + 1)
    ]
    return cells(
        page,
        view,
        rows,
        row_names=[["edit.step.pc", {"n": number}] for number in range(1, ROWS + 1)],
        column_names=[f"{amount:+d}" if amount else "0" for amount in AMOUNTS],
        lead="edit.directions.lead",
    )
