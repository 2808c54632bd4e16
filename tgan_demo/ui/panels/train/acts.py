"""What the buttons of the Train tab do to a run, one function each.

An act takes (page, visitor, run id or None, what the browser sent) and returns changes to `seen`, or
None. Knows jobs and the store, no components.
"""

from collections.abc import Callable
from typing import Any

from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.runs.record import LIVE
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.train import knobs, runs


def start(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    new = page.studio.jobs.start(visitor, knobs.request(data))
    return {"run": new, "pinned": True, "frame": 0, "sig": None}


def pause(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> None:
    page.studio.jobs.pause(visitor, wanted(run))


def resume(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    run = wanted(run)
    budget, unit = None, "seconds"
    if status(page, visitor, run)["state"] == "done":
        asked = knobs.request(data)  # a finished run goes on for as long as the knob says
        budget, unit = asked.budget, asked.unit
    page.studio.jobs.resume(visitor, run, budget, unit)
    return {"run": run, "pinned": True}


def stop(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> None:
    page.studio.jobs.stop(visitor, wanted(run))


def step(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> None:
    """One step of one player or both; a run that is going is paused first."""
    run, jobs = wanted(run), page.studio.jobs
    if status(page, visitor, run)["state"] != "paused":
        jobs.pause(visitor, run)
    jobs.step(visitor, run, str(data.get("players", "both")))


def remedy(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """Change the settings of the run against a finding of its health."""
    run = wanted(run)
    page.studio.jobs.remedy(visitor, run, str(data.get("key", ""))[:40])
    return {"run": run, "pinned": True}


def adjust(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """Change settings of the run while it goes on, or give it a further budget."""
    run, settings = wanted(run), data.get("settings")
    if settings is not None and not isinstance(settings, dict):
        raise ConfigError("a change wants settings: an object of names and values")
    unit, budget = str(data.get("unit", "seconds"))[:20], data.get("budget")
    if settings is None and budget is None:
        raise ConfigError("a change wants settings or a budget")
    page.studio.jobs.change(visitor, run, settings, seen=_seen(data), budget=budget, unit=unit)
    return {"run": run, "pinned": True}


def undo(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """Take back the newest change of the run's settings."""
    run = wanted(run)
    page.studio.jobs.change(visitor, run, seen=_seen(data))
    return {"run": run, "pinned": True}


def _seen(data: dict[str, Any]) -> int | None:
    seen = data.get("seen")
    return seen if isinstance(seen, int) else None


def show(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    return {"run": run, "pinned": True, "frame": 0, "sig": None}


def open_moment(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """A moment of the run becomes the page's model; it has a card among the models meanwhile."""
    page.studio.info(str(data.get("model"))[:80], visitor)
    return {"owned": None}


def rename(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    runs.rename(page, visitor, data)
    return {"owned": None}  # its card carries the title too


def delete(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> None:
    runs.delete(page, visitor, data)


def drop_rest(page: Page, visitor: str, run: str | None, data: dict[str, Any]) -> dict[str, Any]:
    runs.drop_rest(page, visitor, data)
    return {"rows": None}  # the list tells the disk anew


ACTS = {
    "start": start, "pause": pause, "resume": resume, "stop": stop, "step": step, "show": show,
    "remedy": remedy, "adjust": adjust, "undo": undo, "open": open_moment,
    "rename": rename, "delete": delete, "drop_rest": drop_rest,
}  # fmt: skip


def is_answered(act: Callable, before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether what a click asked for has happened, by the status of the run before it and now."""
    if act is step:
        is_over = now["state"] not in LIVE or now["message"] != before["message"]
        is_shown = now["effect"] is not None and now["effect"]["step"] == now["step"]
        return is_over or (now["step"] > before["step"] and is_shown)
    if act in (remedy, adjust, undo):
        return len(now["changes"]) > len(before["changes"])
    return now["state"] in ANSWERS[act]


ANSWERS: dict[Callable, tuple[str, ...]] = {
    pause: ("paused", "queued"), stop: ("stopped", "done"), resume: ("running", "queued"),
}  # fmt: skip
SETTLE_S: dict[Callable, float] = {  # an answer is looked for so long
    pause: 1.5, stop: 1.5, resume: 1.5, remedy: 1.5, adjust: 1.5, undo: 1.5, step: 10.0,
}  # fmt: skip


def wanted(run: str | None) -> str:
    if not run:
        raise NotFoundError("there is no run yet; press Start first")
    return run


def status(page: Page, visitor: str, run: str) -> dict[str, Any]:
    return page.studio.jobs.status(visitor, run, since=2**60)
