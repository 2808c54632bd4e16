"""What a run is saved as from the page: a film of its history, its curves, one file to hand in."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gradio as gr

from tgan_demo.files import charts, film
from tgan_demo.files.disk import file_name
from tgan_demo.runs import export, reel, report
from tgan_demo.runs.export import ENGLISH, Tongue
from tgan_demo.runs.record import Run
from tgan_demo.ui.handlers import errors_in
from tgan_demo.ui.orders import download
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.train.runs import id_of
from tgan_demo.ui.words.table import spoken, t, words
from tgan_demo.ui.writing import Writing

FILES: dict[str, tuple[str, str, Callable[[Run, Tongue], bytes]]] = {
    # kind -> how its name ends, MIME type, who writes it
    "csv": ("curves.csv", "text/csv", lambda run, _: export.curves_csv(run)),
    # in English: the letters that Pillow brings along have no 中文
    "png": ("curves.png", "image/png", lambda run, _: charts.png(export.charts(run))),
    "html": ("report.html", "text/html", report.html),
}


def on_export(page: Page, visitor: str | None, lang: str, data: Any) -> Any:
    """An order for bridge.js: one of FILES."""
    run = page.studio.jobs.record(page.studio.store.known(visitor), id_of(data))
    end, mime, write = FILES.get(str(data.get("kind")), FILES["csv"])
    return download(f"{file_name(run.title, 'run')}-{end}", mime, write(run, tongue(lang, run)))


def tongue(lang: str, run: Run) -> Tongue:
    """The page's language for what is told of a run."""
    if lang != "zh":
        return ENGLISH

    def word(key: str, english: str, **values: Any) -> str:
        return t(key, lang, variant=run.modality, **values) if key in words() else english

    return Tongue(lang=lang, say=partial(spoken, lang=lang, variant=run.modality), word=word)


def on_film(page: Page, visitor: str | None, lang: str, data: Any) -> Iterator[tuple[Any, Any]]:
    """Write the film of a run; yields (the scrubber's value, an order for bridge.js). A page that is left
    stops it.
    """
    run = page.studio.jobs.record(page.studio.store.known(visitor), id_of(data))
    kind = data.get("kind")
    kind = kind if kind in reel.KINDS else reel.KINDS[0]
    with errors_in(lang, run.modality):
        frames = reel.frames(run)
    writing = Writing(partial(reel.write, kind, frames))
    for share in writing:
        yield {"busy": t("train.film.busy", lang, percent=f"{share:.0%}")}, gr.skip()
    mime, _ = film.WRITERS[kind]
    name = f"{file_name(run.title, 'run')}-training.{kind}"
    yield {"busy": ""}, download(name, mime, writing.content)
