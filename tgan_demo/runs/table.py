"""All runs of a visitor as a table that is sorted by any column or score, kept in a small SQLite file.

The run folders are the truth: the file is made anew when it is missing, damaged or of another version.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tgan_demo.runs.record import Run

logger = logging.getLogger(__name__)

FILE = "runs.sqlite"
COLUMNS = {
    "id": "TEXT PRIMARY KEY", "title": "TEXT", "modality": "TEXT", "state": "TEXT", "created": "REAL",
    "nimg": "INTEGER", "seconds": "REAL", "data": "TEXT", "preset": "TEXT",
}  # fmt: skip
SCORE = "score."  # begins the name of a column that is a score
VERSION = 1


def rows(
    path: Path, runs: Sequence[Run], by: str = "created", *, down: bool = True
) -> list[dict[str, Any]]:
    """The runs sorted, each with COLUMNS and "scores", name -> its latest value; without one, a run comes
    last.

    Args:
        by: one of COLUMNS, or "score.<name>"; anything else is "created".
        down: the largest, the newest first.
    """
    for place in (path, path, ":memory:"):  # as it is, made anew, without a disk
        try:
            return _sorted(place, runs, by, down)
        except sqlite3.Error as error:
            logger.warning("the table of runs is made anew: %s", error)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return []


def _sorted(place: Path | str, runs: Sequence[Run], by: str, down: bool) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(place, timeout=5)) as base:
        base.row_factory = sqlite3.Row
        with base:
            _make(base)
            _fill(base, runs)
        score = by.removeprefix(SCORE) if by.startswith(SCORE) else ""
        column = by if by in COLUMNS else "created"
        key = "value" if score else f"runs.{column}"
        order = f"{key} IS NULL, {key} COLLATE NOCASE {'DESC' if down else 'ASC'}, created DESC"
        joined = "runs LEFT JOIN scores ON run = id AND name = ?"
        found = base.execute(f"SELECT runs.* FROM {joined} ORDER BY {order}", (score,))
        made = {row["id"]: {**row, "scores": {}} for row in map(dict, found)}
        known = {(run, name): value for run, name, value in base.execute("SELECT * FROM scores")}
        for run in runs:  # in the order that the run has them
            names = [name for name in run.scores.real if (run.id, name) in known]
            made[run.id]["scores"] = {name: known[run.id, name] for name in names}
        return list(made.values())


def _make(base: sqlite3.Connection) -> None:
    if base.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        base.execute("DROP TABLE IF EXISTS runs")
        base.execute("DROP TABLE IF EXISTS scores")
        base.execute(f"PRAGMA user_version = {VERSION}")
    told = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    base.execute(f"CREATE TABLE IF NOT EXISTS runs ({told})")
    base.execute(
        "CREATE TABLE IF NOT EXISTS scores (run TEXT, name TEXT, value REAL, PRIMARY KEY (run, name))"
    )


def _fill(base: sqlite3.Connection, runs: Sequence[Run]) -> None:
    """What is in the file becomes what the runs say; what is so already is left alone."""
    for name, now in (("runs", {_row(run) for run in runs}), ("scores", _scores(runs))):
        known = {tuple(row) for row in base.execute(f"SELECT * FROM {name}")}
        key = "id" if name == "runs" else "run"
        gone = [(run,) for run in {row[0] for row in known - now}]
        base.executemany(f"DELETE FROM {name} WHERE {key} = ?", gone)
        left = {row for row in known if (row[0],) not in gone}
        places = ", ".join("?" * (len(COLUMNS) if name == "runs" else 3))
        base.executemany(f"INSERT OR REPLACE INTO {name} VALUES ({places})", list(now - left))


def _row(run: Run) -> tuple[Any, ...]:
    own = (run.id, run.title, run.modality, run.state, float(run.created), run.nimg)
    return (*own, float(round(run.seconds, 1)), run.request.data, run.request.preset)


def _scores(runs: Sequence[Run]) -> set[tuple[Any, ...]]:
    return {
        (run.id, name, float(value))
        for run in runs
        if run.scores.rows
        for name, value in zip(run.scores.real, run.scores.rows[-1][1:], strict=False)
    }
