"""Train: choose data, start and knobs; watch the run live; the bar of the run in every tab.

The run belongs to the server (jobs.py). The page looks at it: a timer asks once a second while a run
lives, opening the page asks once, and so a reload, a second tab or a closed laptop changes nothing.

`seen` is what one open page was told last: {"run", "pinned", "frame", "sig", "rows", "owned"}.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gradio as gr
import orjson

from tgan_demo.errors import TganError
from tgan_demo.parts import Upload
from tgan_demo.runs.following import Followed
from tgan_demo.runs.record import LIVE
from tgan_demo.ui import publishing, tours, uploads, widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import clamp
from tgan_demo.ui.handlers import ONE_BY_ONE, QUIET, data_of, errors_in, when_changed
from tgan_demo.ui.page import Page
from tgan_demo.ui.panel import Panel
from tgan_demo.ui.panels.train import acts, compare, files, forecast, knobs, runs, sources

POLL_S = 1.0
SLOW = {**QUIET, "queue": True}  # of events that take a while
WAIT_S = 5  # a wait in the queue is told anew when it has changed by so much
SPARK = 12  # points of the small curve in the bar


class Train(Panel):
    name = "train"

    def build(self, page: Page) -> None:
        """Draw the tab. `build_bar` comes later, draws the bar and binds the events of both."""
        first = sources.setup_value(page, None, sources.preview_of(page, None, "digits"))
        with gr.Column(elem_id="train"):
            tours.training_tour()
            self.buttons = canvas("trainbar", elem_id="train-buttons")
            canvas("effect", elem_id="train-effect")
            with gr.Row(elem_id="train-row"):
                with gr.Column(elem_id="train-what", scale=4, min_width=260):
                    self.setup = canvas(
                        "setup",
                        first,
                        elem_id="train-setup",
                        fixed={"spec": knobs.spec()},
                        server_functions=[forecast.server(page)],
                    )
                with gr.Column(elem_id="train-now", scale=6, min_width=300):
                    self.dash = canvas("training", elem_id="train-live")
                with gr.Column(elem_id="train-how", scale=4, min_width=260):
                    self.curves = canvas(
                        "curves", fixed={"knobs": knobs.of_a_run()}, elem_id="train-curves"
                    )
            self.past = canvas(
                "history", elem_id="train-past", server_functions=[frame_server(page)]
            )
            self.runs = canvas("runs", elem_id="train-runs")
            self.table = compare.build(page, frame_server(page))
            with gr.Row(elem_classes="tg-actions"):
                self.take = canvas("take", elem_id="train-take")
                publishing.sign_in()
        self.upload = gr.State(None)  # of parts.Upload: files that wait to be kept
        self.seen = gr.State({})
        self.timer = gr.Timer(POLL_S, active=False)

    def build_bar(self, page: Page) -> None:
        """The bar at the bottom of every tab; then all events of the panel."""
        self.bar = canvas("runbar", elem_id="run-bar")
        known = [page.visitor, page.tab, page.model, self.seen]
        # as `look` gives them
        outputs = [self.timer, self.seen, self.dash, self.bar, self.runs, page.cards, self.setup]
        self.bind_looking(page, known, outputs)
        self.bind_sources(page)
        self.bind_models(page, known, outputs)

    def bind_looking(self, page: Page, known: list[Any], outputs: list[Any]) -> None:
        """What looks at the run, and the buttons that act on it."""

        def tick(*values: Any) -> list[Any]:
            return look(page, *values)

        def fresh(*values: Any) -> list[Any]:
            return look(page, *values, fresh=True)

        def opened(visitor: str | None, tab: str, *values: Any) -> list[Any]:
            if tab != self.name:
                return [gr.skip()] * len(outputs)
            return look(page, visitor, tab, *values, fresh=True)

        def acting(act: Callable) -> Callable:
            def handler(
                visitor: str | None,
                tab: str,
                model: str,
                seen: dict,
                lang: str,
                event: gr.EventData,
            ) -> list[Any]:
                with errors_in(lang):
                    return on_act(page, act, visitor, tab, model, seen, data_of(event))

            return page.guard(handler)

        self.timer.tick(page.guard(tick), known, outputs, **QUIET)
        # wake: the page was hidden, or it lost a picture
        for event in (page.visitor.change, self.bar.wake, self.dash.wake):
            event(page.guard(fresh), known, outputs, **QUIET)
        when_changed([page.tab.change], opened, known, outputs)
        for source, names in (
            (self.buttons, ("start", "pause", "resume", "stop", "step")),
            (self.bar, ("pause", "resume", "show")),
            (self.curves, ("remedy", "adjust", "undo")),
            (self.past, ("open",)),
            (self.table, ("show",)),
            (self.runs, ("show", "resume", "stop", "rename", "delete", "drop_rest")),
        ):
            # a second change while the first is being answered is not lost: the server has an order of them
            how = {**QUIET, "trigger_mode": "multiple"} if source is self.curves else QUIET
            for name in names:
                getattr(source, name)(acting(acts.ACTS[name]), [*known, page.lang], outputs, **how)

        def lent(
            visitor: str | None, tab: str, model: str, seen: dict, event: gr.EventData
        ) -> Iterator[list[Any]]:
            yield from on_gpu(page, visitor, tab, model, seen, data_of(event))

        def film(visitor: str | None, lang: str, event: gr.EventData) -> Iterator[Any]:
            yield from files.on_film(page, visitor, lang, data_of(event))

        def saved(visitor: str | None, lang: str, event: gr.EventData) -> Any:
            return files.on_export(page, visitor, lang, data_of(event))

        self.table.export(page.guard(saved), [page.visitor, page.lang], page.bridge, **SLOW)
        self.past.film(
            page.guard(film),
            [page.visitor, page.lang],
            [self.past, page.bridge],
            **{**ONE_BY_ONE, "concurrency_id": "export"},
        )
        # each waits for as long as its loan lasts
        self.buttons.gpu(page.guard(lent), known, outputs, **SLOW, concurrency_limit=None)

    def bind_sources(self, page: Page) -> None:
        """What a run learns from: the data menu and own files, which `sources` reads."""

        def asked(handler: Callable) -> Callable:
            def call(visitor: str | None, event: gr.EventData) -> Any:
                return handler(page, visitor, data_of(event))

            return page.guard(call)

        def with_files(handler: Callable) -> Callable:
            def call(visitor: str | None, upload: Upload | None, event: gr.EventData) -> Any:
                return handler(page, visitor, upload, data_of(event))

            return page.guard(call)

        def came(visitor: str | None, event: gr.EventData) -> tuple[Any, Any]:
            paths, names = zip(*uploads.brought(data_of(event)), strict=True)
            return sources.on_upload(page, visitor, paths, names)

        def fetched(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
            try:
                return sources.on_hub(page, visitor, data)
            except TganError as error:  # the page has to hear that nothing is on its way any more
                # with the time it is unlike the value before, or the page would not look at it
                refused = {"why": str(error), "at": time.time()}
                return sources.setup_value(page, visitor) | {"refused": refused}

        setup, visitor = self.setup, page.visitor
        setup.preview(asked(sources.on_preview), visitor, setup, **QUIET)
        setup.near(asked(sources.on_near), visitor, setup, **SLOW)
        setup.forget(asked(sources.on_forget), visitor, setup, **QUIET)
        setup.paste(asked(sources.on_paste), visitor, setup, **SLOW)
        setup.hub(asked(fetched), visitor, setup, **SLOW)
        files = [visitor, self.upload]
        # in the order of the clicks: what is kept is let go, and its answer must be the last
        in_order = {**ONE_BY_ONE, "concurrency_id": "files"}
        setup.crop(with_files(sources.on_crop), files, setup, **in_order)
        setup.keep(with_files(sources.on_keep), files, setup, **in_order)
        setup.drop(page.guard(partial(sources.on_drop, page)), self.upload, self.upload, **QUIET)
        setup.bring(page.guard(came), visitor, [setup, self.upload], **SLOW)

    def bind_models(self, page: Page, known: list[Any], outputs: list[Any]) -> None:
        """Models from a file or the Hub, and out as a zip."""

        def taken(visitor: str, tab: str, model: str, seen: dict, event: gr.EventData) -> list[Any]:
            path, _ = uploads.brought(data_of(event))[0]
            made = runs.take_file(page, visitor, path)
            return [{"id": made}, *look(page, visitor, tab, model, seen, fresh=True)]

        def hub(visitor: str, tab: str, model: str, seen: dict, event: gr.EventData) -> list[Any]:
            runs.take_hub(page, visitor, data_of(event))
            return look(page, visitor, tab, model, seen, fresh=True)

        def saved(visitor: str | None, event: gr.EventData) -> Any:
            return runs.zipped(page, visitor, data_of(event))

        self.take.bring(page.guard(taken), known, [self.take, *outputs], **SLOW)
        self.runs.hub(page.guard(hub), known, outputs, **SLOW)
        self.runs.download(page.guard(saved), page.visitor, page.bridge, **QUIET)


# -- looking --------------------------------------------------------------------------------------


def look(
    page: Page, visitor: str | None, tab: str, model: str, seen: Any, *, fresh: bool = False
) -> list[Any]:
    """Updates for the outputs of `build_bar`: what is new since `seen`; `fresh` sends everything once more."""
    if not visitor:
        return [gr.skip()] * 7
    # changed in place: a tick and a click that overlap must not undo each other
    seen = seen if isinstance(seen, dict) else {}
    now = page.studio.jobs.following.of(visitor, fresh=fresh)
    rows = now.rows
    live = any(row["state"] in LIVE for row in rows)
    run = which(now, seen)
    if run != seen.get("run"):
        seen |= {"run": run, "frame": 0, "sig": None}
    # the tab is not drawn before it was opened once; a picture sent now would be lost
    is_open = tab == Train.name
    since = 0 if fresh else seen.get("frame", 0)
    snapshot = now.status(run) if run else None
    dash = bar = gr.skip()
    sig = signature(snapshot)
    if fresh or sig != seen.get("sig"):
        bar = bar_value(now)
        if is_open:
            dash = {"run": now.written(run, since, written) if run else None}
            seen["frame"] = snapshot["frame_id"] if snapshot else 0
        seen["sig"] = sig
    owned = [path.name for path in page.studio.store.models(visitor)]
    data = [info.id for info in page.studio.store.datasets(visitor) if info.own]
    listed = [[r["id"], r["state"], r["title"], r["place"], r["model_id"]] for r in rows]
    updates = [gr.skip()] * 3
    if fresh or listed != seen.get("rows") or owned != seen.get("owned"):
        updates[0] = runs.runs_value(page, visitor)
    if owned != seen.get("owned"):
        updates[1] = widgets.model_cards(page.studio, visitor, model)
    if (owned, data) != (seen.get("owned"), seen.get("data")):
        updates[2] = sources.setup_value(page, visitor)
    timer = gr.skip()
    if fresh or live != seen.get("live"):
        timer = gr.Timer(active=live)
    seen |= {"rows": listed, "owned": owned, "data": data, "live": live}
    return [timer, seen, dash, bar, *updates]


def written(status: dict[str, Any]) -> orjson.Fragment:
    """The text that it is on the wire, to go into many answers."""
    return orjson.Fragment(orjson.dumps(status))


def which(now: Followed, seen: dict[str, Any]) -> str | None:
    """The run to show: the one asked for, else the live one, else the one shown, else the newest."""
    ids = [row["id"] for row in now.rows]
    if seen.get("pinned") and seen.get("run") in ids:
        return seen["run"]
    shown = seen.get("run") if seen.get("run") in ids else None
    return now.active or shown or (ids[0] if ids else None)


def signature(snapshot: dict[str, Any] | None) -> list[Any]:
    """Two snapshots of equal signature look the same."""
    if snapshot is None:
        return []
    keys = ("id", "title", "state", "step", "frame_id", "place", "message", "model_id", "eta_s")
    effect = snapshot["effect"] and snapshot["effect"]["step"]
    changes = len(snapshot["changes"])
    return [*(snapshot[key] for key in keys), effect, changes, snapshot["wait_s"] // WAIT_S]


def bar_value(now: Followed) -> dict[str, Any]:
    """The live run in one line; {"run": None} where none is."""
    if now.active is None:
        return {"run": None}
    shown = now.status(now.active)
    keys = ("id", "title", "medium", "state", "step", "images_per_s", "eta_s", "place", "wait_s")
    keys += ("health", "nimg", "images_total")
    accuracy = [value for value in shown["accuracy"] if value is not None]
    stride = max(1, len(accuracy) // SPARK)
    spark = accuracy[::-stride][:SPARK][::-1]
    return {"run": {**{key: shown[key] for key in keys}, "spark": spark}}


def frame_server(page: Page) -> Callable:
    """A function that the scrubber calls: one kept picture. The visitor's id is its key."""

    def frame(ask: Any) -> dict[str, Any]:
        ask = ask if isinstance(ask, dict) else {}
        try:
            index = clamp(ask.get("index"), 0, 10**6, 0, whole=True)
            return page.studio.jobs.frame(str(ask.get("me")), str(ask.get("run")), index)
        except TganError as error:
            return {"error": str(error)}

    return frame


# -- acting ---------------------------------------------------------------------------------------


def on_act(
    page: Page, act: Callable, visitor: str | None, tab: str, model: str, seen: Any, data: Any
) -> list[Any]:
    """Carry out one click and answer with what the page should show after it."""
    seen = seen if isinstance(seen, dict) else {}
    data = data if isinstance(data, dict) else {}
    visitor = page.studio.store.known(visitor)
    run = data.get("id") if isinstance(data.get("id"), str) else seen.get("run")
    waits_s = acts.SETTLE_S.get(act, 0.0) if run else 0.0
    before = acts.status(page, visitor, run) if run and waits_s else {}
    seen |= act(page, visitor, run, data) or {}
    model = str(data.get("model") or model)[:80]
    end = time.monotonic() + waits_s
    # the training thread answers between two of its steps
    while run and time.monotonic() < end:
        if acts.is_answered(act, before, acts.status(page, visitor, run)):
            break
        time.sleep(0.05)
    return look(page, visitor, tab, model, seen, fresh=True)


def on_gpu(
    page: Page, visitor: str | None, tab: str, model: str, seen: Any, data: Any
) -> Iterator[list[Any]]:
    """Lend the run a GPU, on the quota of whoever clicked: this handler is their request. It shows the run
    until the loan is over. A page that is closed meanwhile gives the rest of it up.
    """
    seen = seen if isinstance(seen, dict) else {}
    visitor = page.studio.store.known(visitor)
    run = data.get("id") if isinstance(data, dict) else None
    loan = page.studio.jobs.lend(visitor, acts.wanted(run if isinstance(run, str) else None))
    try:
        yield look(page, visitor, tab, model, seen, fresh=True)
        while not loan.over.wait(POLL_S):
            yield look(page, visitor, tab, model, seen)
    finally:
        loan.is_given_up = True
    if loan.error is not None:  # the platform's own sentence: quota, no GPU free, killed
        raise loan.error
    yield look(page, visitor, tab, model, seen, fresh=True)
