"""One run as one HTML file to hand in: nothing in it comes from elsewhere, every text of a user is escaped.

Knows the record of a run, and the words that it is given.
"""

import time
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from tgan_demo.errors import NotFoundError
from tgan_demo.files import charts, png
from tgan_demo.files.pixels import picture
from tgan_demo.files.stills import still, texts_of
from tgan_demo.runs import export
from tgan_demo.runs.export import ENGLISH, Tongue
from tgan_demo.runs.record import Run
from tgan_demo.runs.scores import NAMES
from tgan_demo.said import say

SHOWN_WIDTH = 336  # pixels of a sheet
WAYS = {-1: say("report_lower"), 0: say("report_alike"), 1: say("report_higher")}
STYLE = """
:root { color-scheme: light } body { font: 15px/1.5 system-ui, sans-serif; color: #29241c; margin: 2rem auto;
max-width: 60rem; padding: 0 1rem } h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { text-align: left; padding: 2px 14px 2px 0; vertical-align: top;
overflow-wrap: anywhere } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f1ea;
padding: .7rem; border-radius: 6px } .row { display: flex; flex-wrap: wrap; gap: 1.2rem }
.row > * { flex: 1 1 20rem } figure { margin: 0; flex: 0 1 21rem }
img { image-rendering: pixelated; max-width: 100% }
svg { width: 100%; height: auto; max-width: 30rem }
"""


def html(run: Run, tongue: Tongue = ENGLISH) -> bytes:
    """Title, command line, settings, samples at first, half-way and last, curves, scores beside real data's,
    findings and changes.
    """
    title = escape(run.title)
    lang = "zh-CN" if tongue.lang == "zh" else "en"

    def head(text: str) -> str:
        return f"<h2>{escape(tongue.say(text))}</h2>"

    settings = export.settings(run).items()
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # even a mistake of ours loads nothing
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>",
        *_about(run, tongue),
        head(say("report_command")),
        f"<pre>{escape(run.command)}</pre>",
        head(say("report_sheets")),
        f'<div class="row">{"".join(_sheets(run, tongue))}</div>',
        head(say("report_curves")),
        f'<div class="row">{"".join(map(charts.svg, export.charts(run, tongue)))}</div>',
        *_scores(run, tongue),
        head(say("report_health")),
        "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in _health(run, tongue)) + "</ul>",
        head(say("report_settings")),
        _table((), [(_setting(name, tongue), _plain(value)) for name, value in settings]),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


def _about(run: Run, tongue: Tongue) -> Iterator[str]:
    about = say(
        "report_about",
        began=time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created)),
        state=tongue.word(f"train.runs.{run.state}", run.state, place=""),
        n=f"{run.nimg:,}",
        steps=f"{run.step:,}",
        seconds=f"{run.seconds:,.0f}",
    )
    parent, branch = run.parent, ""
    if parent:
        branch = say("report_branch", title=parent["title"], n=f"{parent['nimg']:,}")
    for text in (about, branch, run.message, *run.notes):
        if text:
            yield f"<p>{escape(tongue.say(text))}</p>"


def _sheets(run: Run, tongue: Tongue) -> Iterator[str]:
    count = len(run.frames)
    for index in dict.fromkeys((0, count // 2, count - 1) if count else ()):
        try:
            found = run.frame(index)
        except NotFoundError:  # thinned meanwhile
            continue
        source = found["frame"]
        if "png" in source:
            shown = picture(still(source))
            width = shown.width * max(1, round(SHOWN_WIDTH / shown.width))
            alt = escape(tongue.say(say("report_samples")))
            body = f'<img width="{width}" alt="{alt}" src="{png.data_url(shown)}">'
        else:
            body = f"<pre>{escape(chr(10).join(texts_of(source)))}</pre>"
        seen = escape(tongue.say(say("report_seen", n=f"{found['nimg']:,}")))
        yield f"<figure>{body}<figcaption>{seen}</figcaption></figure>"


def _scores(run: Run, tongue: Tongue) -> Iterator[str]:
    if not run.scores.rows:
        return
    latest = dict(zip(run.scores.real, run.scores.rows[-1][1:], strict=False))
    lines = []
    for name, real in run.scores.real.items():
        best = run.scores.best.get(name)
        at = say("report_at", value=charts.short(best[1]), n=f"{best[0]:,}") if best else ""
        way = WAYS.get(NAMES.get(name, 2), "")
        lines.append(
            (
                tongue.word(f"train.score.{name}", name),
                charts.short(latest[name]),
                tongue.say(at),
                charts.short(real),
                tongue.say(way),
            )
        )
    heads = (
        tongue.say(say("report_last")),
        tongue.say(say("report_best")),
        tongue.say(say("report_real")),
    )
    yield f"<h2>{escape(tongue.say(say('report_scores', n=run.scores.count)))}</h2>"
    yield _table(("", *heads, ""), lines)


def _health(run: Run, tongue: Tongue) -> Iterator[str]:
    for one in run.findings or [run.health]:
        values = {"detail": one.detail, **one.values}
        since = say("report_since", n=f"{one.since_nimg:,}") if one.since_nimg else ""
        yield tongue.word(f"train.health.{one.key}", one.text, **values) + tongue.say(since)
    for change in run.changes:
        pairs = (
            f"{_setting(name, tongue)}: {_plain(before)} → {_plain(now)}"
            for name, (before, now) in change["settings"].items()
        )
        yield tongue.say(say("report_changed", n=f"{change['nimg']:,}", pairs=", ".join(pairs)))


def _setting(name: str, tongue: Tongue) -> str:
    return tongue.word(f"knob.{name}", name)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{f'<tr>{head}</tr>' if heads else ''}{body}</table>"


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
