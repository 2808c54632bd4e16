"""One run as one HTML file to hand in: nothing in it comes from elsewhere, every text of a user is escaped.

Knows the record of a run. The file is in English, as the command line is.
"""

import time
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from tgan_demo.errors import NotFoundError
from tgan_demo.events import Health
from tgan_demo.files import charts, png
from tgan_demo.files.pixels import picture
from tgan_demo.files.stills import still, texts_of
from tgan_demo.runs import export
from tgan_demo.runs.record import Run
from tgan_demo.runs.scores import NAMES

SHOWN_WIDTH = 336  # pixels of a sheet
WAYS = {-1: "lower is better", 0: "as real data", 1: "higher is better"}
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


def html(run: Run) -> bytes:
    """Title, command line, settings, samples at first, half-way and last, curves, scores beside real data's,
    findings and changes.
    """
    title = escape(run.title)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # even a mistake of ours loads nothing
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>",
        *_about(run),
        "<h2>Samples of the same seeds</h2>",
        f'<div class="row">{"".join(_sheets(run))}</div>',
        "<h2>Curves</h2>",
        f'<div class="row">{"".join(map(charts.svg, export.charts(run)))}</div>',
        *_scores(run),
        *_health(run),
        "<h2>Settings</h2>",
        _table((), [(name, _plain(value)) for name, value in export.settings(run).items()]),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


def _about(run: Run) -> Iterator[str]:
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
    yield (
        f"<p>{began}, {escape(run.state)}: {run.nimg:,} samples in {run.step:,} steps and "
        f"{run.seconds:,.0f} s of training.</p>"
    )
    if run.parent:
        yield f"<p>A branch of “{escape(run.parent['title'])}” at {run.parent['nimg']:,} samples.</p>"
    for text in (run.message, *run.notes):
        if text:
            yield f"<p>{escape(str(text))}</p>"
    yield f"<h2>The same run as a command line</h2><pre>{escape(run.command)}</pre>"


def _sheets(run: Run) -> Iterator[str]:
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
            body = f'<img width="{width}" alt="samples" src="{png.data_url(shown)}">'
        else:
            body = f"<pre>{escape(chr(10).join(texts_of(source)))}</pre>"
        yield f"<figure>{body}<figcaption>{found['nimg']:,} samples seen</figcaption></figure>"


def _scores(run: Run) -> Iterator[str]:
    if not run.scores.rows:
        return
    latest = dict(zip(run.scores.real, run.scores.rows[-1][1:], strict=False))
    lines = []
    for name, real in run.scores.real.items():
        best = run.scores.best.get(name)
        told = "" if best is None else f"{charts.short(best[1])} at {best[0]:,}"
        way = WAYS.get(NAMES.get(name, 2), "")
        lines.append((name, charts.short(latest[name]), told, charts.short(real), way))
    yield f"<h2>Scores of {run.scores.count} samples</h2>"
    yield _table(("", "last", "best", "real data", ""), lines)


def _health(run: Run) -> Iterator[str]:
    yield "<h2>Health and changes</h2>"
    found = run.findings or [run.health]
    lines = [f"{one.text}{_since(one)}" for one in found]
    for change in run.changes:
        pairs = (
            f"{name}: {_plain(before)} → {_plain(now)}"
            for name, (before, now) in change["settings"].items()
        )
        lines.append(f"At {change['nimg']:,} samples changed: {', '.join(pairs)}")
    yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _since(one: Health) -> str:
    return f" (since {one.since_nimg:,} samples)" if one.since_nimg else ""


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
