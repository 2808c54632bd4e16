"""Under the list of runs: two runs, or two moments of one, side by side; and all runs as a table.

Both ask when they are opened, and cost nothing before. A visitor's id is the key to what is asked for.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from tgan_demo.errors import NotFoundError, TganError
from tgan_demo.runs import export, table
from tgan_demo.runs.record import Run
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page


def build(page: Page, frame: Callable[[Any], dict[str, Any]]) -> gr.HTML:
    """Draw both; returns the table, whose events are 'show' ({id}) and 'export' ({id, kind})."""
    canvas("compare", elem_id="train-compare", server_functions=[frame, *compare_servers(page)])
    return canvas("runtable", elem_id="train-table", server_functions=[table_server(page)])


def compare_servers(page: Page) -> tuple[Callable[[Any], dict[str, Any]], ...]:
    def compare(ask: Any) -> dict[str, Any]:
        """{"a", "b": as `side`, or None of a run that is gone}."""
        ask = ask if isinstance(ask, dict) else {}
        return {name: side(record(page, str(ask.get("me")), ask.get(name))) for name in "ab"}

    def differ(ask: Any) -> dict[str, Any]:
        """{"rows": (setting, of a, of b)} at the moments {"at_a", "at_b"}, samples seen; without one, now."""
        ask = ask if isinstance(ask, dict) else {}
        visitor = str(ask.get("me"))
        a, b = (record(page, visitor, ask.get(name)) for name in "ab")
        at_a, at_b = (moment(ask.get(name)) for name in ("at_a", "at_b"))
        rows = export.differences(a, b, (at_a, at_b)) if a is not None and b is not None else []
        return {"rows": named(page, visitor, rows)}

    return compare, differ


def moment(nimg: Any) -> int | None:
    return nimg if isinstance(nimg, int) else None


def record(page: Page, visitor: str, run_id: Any) -> Run | None:
    try:
        return page.studio.jobs.record(visitor, str(run_id)[:80])
    except NotFoundError:
        return None


def side(run: Run | None) -> dict[str, Any] | None:
    """JSON-able: what compare.js shows of a run."""
    if run is None:
        return None
    return {
        "id": run.id,
        "title": run.title,
        "medium": run.modality,
        "at": [nimg for _, nimg in run.frames],
        "curve": run.curve.columns(),
        "scores": run.scores.columns(),
    }


def named(page: Page, visitor: str, rows: list[tuple[str, Any, Any]]) -> list[list[Any]]:
    """The rows with titles in place of a visitor's ids of data and models."""
    titles = {info.id: info.title for info in page.studio.store.datasets(visitor)}
    titles |= {info.id: info.title for info in page.studio.models(visitor)}
    return [[name, *(titles.get(v, v) if isinstance(v, str) else v for v in pair)]
            for name, *pair in rows]  # fmt: skip


def table_server(page: Page) -> Callable[[Any], dict[str, Any]]:
    def table_of(ask: Any) -> dict[str, Any]:
        """{"rows": of runs.table.rows}, or {"error"}."""
        ask = ask if isinstance(ask, dict) else {}
        store, visitor = page.studio.store, str(ask.get("me"))
        try:
            path = store.check(visitor) / table.FILE
            runs = page.studio.jobs.records(visitor)
        except TganError as error:
            return {"error": str(error)}
        by = str(ask.get("by"))[:80]
        return {"rows": table.rows(path, runs, by, down=ask.get("down") is not False)}

    return table_of
