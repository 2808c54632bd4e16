"""Tables of scores in Markdown: for a model's card, for docs/scores.md and for README.

Everything here is written from what evaluation.evaluate returned; nothing is measured.
"""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


def tables(scores: Mapping[str, Any]) -> list[str]:
    """Paragraphs: how many samples, a table a space, what was not measured."""
    n, seed = scores["n"], scores["seed"]
    warm = f", temperature {scores['temperature']:g}" if "temperature" in scores else ""
    parts = [
        f"{n:,} samples, seeds {seed} to {seed + n - 1}, nothing truncated{warm}{_when(scores)}. "
        "“Real” is what real data get in place of the samples. None of these are Inception features, "
        "so none is comparable with a published FID.",
        *_about_ratios(scores),
    ]
    for space, rows in scores["scores"].items():
        table = [
            "| score | value | real | value / real | N | better is |",
            "|---|---|---|---|---|---|",
            *(_line(row) for row in rows.values()),
        ]
        parts += [f"In {scores['spaces'].get(space, space)}:", "\n".join(table)]
    parts += _language_model(scores)
    if scores["missing"]:
        absent = "; ".join(
            sorted({f"{row['score']} ({row['needs']})" for row in scores["missing"]})
        )
        parts.append(f"Not measured: {absent}.")
    return parts


def headline(scores: Mapping[str, Any], which: str, label: str, of: str = "") -> str:
    """One score, "space.key", in a few words; with `of` as a ratio ("× the floor")."""
    space, _, key = which.partition(".")
    row = scores["scores"][space][key]
    if of:
        return f"{label} {_ratio(row)} {of}"
    real = "" if row["real"] is None else f" (real {number(row['real'])})"
    return f"{label} {number(row['value'])}{real}"


def number(value: float | None) -> str:
    """Three digits, or whole thousands."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _line(row: Row) -> str:
    has_interval = "low" in row
    value, real = number(row["value"]), number(row["real"])
    if not has_interval:  # else the spreads are in the ratio's interval
        value += f" ± {number(row['sd'])}" if "sd" in row else ""
        real += f" ± {number(row['real_sd'])}" if "sd" in row and "real_sd" in row else ""
    count = f"{row['n']:,}" + (f" (real {row['real_n']:,})" if "real_n" in row else "")
    return f"| {row['name']} | {value} | {real} | {_ratio(row)} | {count} | {row['better']} |"


def _ratio(row: Row) -> str:
    """A ratio, with its 95 % interval where there is one."""
    if "low" not in row:
        return number(row["ratio"])
    return f"{number(row['ratio'])} ({number(row['low'])}–{number(row['high'])})"


def _when(scores: Mapping[str, Any]) -> str:
    found = scores.get("measured")
    return (
        f"; measured on {found['date']} at {found['commit']}, {found['machine']}" if found else ""
    )


def _about_ratios(scores: Mapping[str, Any]) -> list[str]:
    """What a ratio to the floor does not say, with this model's own numbers."""
    rows = [row for space in scores["scores"].values() for row in space.values()]
    row = next((row for row in rows if "quarter" in row), None)
    if row is None:
        return []
    few, whole = row["quarter"], number(row["ratio"])
    return [
        f"A ratio to the floor depends on N, for the floor falls with N and what a model does wrong does "
        f"not: with {few['n']:,} samples (mean of four quarters) the first one below would be "
        f"{number(few['ratio'])} instead of {whole}. Compare only ratios of one N. In brackets stands a "
        "95 % interval, by 50 bootstrap draws of samples and of real data."
    ]


def _language_model(scores: Mapping[str, Any]) -> list[str]:
    """How large the language model is that stands beside a text model."""
    about = scores.get("language_model")
    if not about:
        return []
    return [
        f"The language model has {about['weights']:,} weights; those that write a sample here are "
        f"{about['weights_of_the_model']:,}. It saw {about['texts_seen']:,} texts (each counts every "
        "time) and stopped when held-out ones got no likelier."
    ]
