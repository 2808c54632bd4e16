"""What a run leaves on paper: its curves as CSV and as charts, its settings, its scores beside real data's.

Knows the record of a run (record.Run), not threads and not the page.
"""

import csv
import io
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tgan_demo.errors import TganError
from tgan_demo.files.charts import Chart, Line
from tgan_demo.files.tensors import read_json
from tgan_demo.models.folder import CONFIG
from tgan_demo.runs import changes, plan
from tgan_demo.runs.record import Run
from tgan_demo.said import say

CHARTS = {  # title -> (its word on the page, logarithmic, {curve: name of a line, its word})
    "Losses": ("loss", False, {"loss_d": ("D", ""), "loss_g": ("G", "")}),
    "D's logits": (
        "judge", False, {"d_real": ("real", "train.real"), "d_fake": ("generated", "train.fake")}
    ),
    "D is right": (
        "accuracy", False, {"accuracy": ("D", ""), "unseen": ("held-out data", "train.unseen")}
    ),
    "Gradient norms": ("grad", True, {"grad_d": ("D", ""), "grad_g": ("G", "")}),
}  # fmt: skip
REQUEST = ("data", "start", "preset", "budget", "unit")  # of a request, beside its settings
NOT_COMPARED = ("images",)  # follows from the budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What a file is written in: English, or the language of a page that hands its words down."""

    lang: str = "en"
    say: Callable[[str], str] = str  # of a said.Said
    word: Callable[..., str] = lambda key, english, **values: english  # of a key of the page


ENGLISH = Tongue()


def curves_csv(run: Run) -> bytes:
    """A row for every point of the curves and of the scores, with an empty cell where one has none."""
    columns, scores = run.curve.columns(), run.scores.columns()
    names = [name for name in columns if name != "x"]
    scored = [f"score_{name}" for name in run.scores.real]
    rows: dict[float, dict[str, Any]] = {}
    for k, x in enumerate(columns["x"]):
        rows.setdefault(x or 0, {}).update({name: columns[name][k] for name in names})
    for k, x in enumerate(scores["x"]):
        found = {f"score_{name}": scores[name][k] for name in run.scores.real}
        rows.setdefault(x, {}).update(found)
    text = io.StringIO()
    writer = csv.DictWriter(text, ["samples", *names, *scored], restval="", lineterminator="\n")
    writer.writeheader()
    for x in sorted(rows):
        writer.writerow({"samples": int(x)} | {k: v for k, v in rows[x].items() if v is not None})
    return text.getvalue().encode()


def charts(run: Run, tongue: Tongue = ENGLISH) -> list[Chart]:
    """Of the curves, then one for each score with the line of real data."""
    word = tongue.word
    unit, dashed = tongue.say(say("report_unit")), tongue.say(say("report_dashed"))
    columns, scores = run.curve.columns(), run.scores.columns()
    x = [value or 0 for value in columns["x"]]
    made = [
        Chart(
            title=word(f"train.chart.{key}", title),
            unit=unit,
            is_log=is_log,
            lines=[
                Line(name=word(known, name), x=x, y=columns[curve])
                for curve, (name, known) in lines.items()
            ],
        )
        for title, (key, is_log, lines) in CHARTS.items()
    ]
    for name, real in run.scores.real.items():
        line = Line(name=dashed, x=scores["x"], y=scores[name], level=real)
        title = word(f"train.score.{name}", name.capitalize())
        made.append(Chart(title=title, unit=unit, lines=[line]))
    return made


def settings(run: Run, nimg: int | None = None) -> dict[str, Any]:
    """Setting -> value of all that this run was asked for or came to be, now or when it had seen `nimg`
    samples: as the kept moment says that is nearest, else as it was planned, and as it was changed.
    """
    asked = {name: getattr(run.request, name) for name in REQUEST} | {"seed": run.seed}
    try:
        meta = read_json(run.moments.path(run.nimg if nimg is None else nimg) / CONFIG)
        found = {**meta["model"], **meta["train"]}
    except (TganError, KeyError, TypeError):
        model, train = plan.settle(run.request)
        found = asdict(model) | asdict(train)
    found |= changes.in_force(run.changes, math.inf if nimg is None else nimg)
    plain = {key: value for key, value in found.items() if key not in NOT_COMPARED}
    return {**asked, **{key: list(v) if isinstance(v, tuple) else v for key, v in plain.items()}}


def differences(
    a: Run, b: Run, at: tuple[int | None, int | None] = (None, None)
) -> list[tuple[str, Any, Any]]:
    """Settings in which two runs differ, now or at a moment of each (samples seen), and what each has; None:
    it has no such setting.
    """
    first, second = settings(a, at[0]), settings(b, at[1])
    names = dict.fromkeys([*first, *second])
    return [
        (name, first.get(name), second.get(name))
        for name in names
        if first.get(name) != second.get(name)
    ]
