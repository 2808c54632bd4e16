"""Two at once: the sample in view beside itself with one setting apart, and two models blended.

The page asks by functions of its canvas, as the plane does.
"""

import contextlib
from dataclasses import replace
from typing import Any

from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.modalities import registry
from tgan_demo.models.blends import MAX_COUNT, STEPS
from tgan_demo.runs.moments import Moments
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import CONTROLS, clamp, config_of, state_of
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play.edit.plane import answering

NAME = "two"
SLIDERS = ("psi", "temperature")
MOST = 60  # models on a list
COUNT = 8  # samples of a blend


def build(page: Page) -> None:
    ranges = {c.name: [c.low, c.high, c.step] for c in CONTROLS if c.name in SLIDERS}
    servers = [answering(page, answer) for answer in (choices, pair, blend)]
    canvas("two", elem_id="two", fixed={"ranges": ranges, "steps": STEPS}, server_functions=servers)


def choices(page: Page, view: View, _ask: dict[str, Any]) -> dict[str, Any]:
    """What can differ: classes, whether luck does, models; and which of these can be blended, or why not."""
    info = page.studio.info(view.model, view.visitor)
    models, blends = [], []
    for other, title in _others(page, view):
        with contextlib.suppress(TganError):
            found = page.studio.info(other, view.visitor)
            if found.modality != info.modality:
                continue
            models.append({"id": other, "title": title})
            apart = page.studio.blends.differs(view.model, other, view.visitor)
            blends.append({"id": other, "title": title, "apart": apart})
    luck = "temperature" in info.skills
    return {"classes": list(info.classes), "luck": luck, "models": models, "blends": blends}


def pair(page: Page, view: View, ask: dict[str, Any]) -> dict[str, Any]:
    """The first sample of the page's settings and of `other`, and the state that loads that one."""
    state = given if isinstance(given := ask.get("other"), dict) else {}
    model = str(state.get("model"))[:200]
    page.studio.info(model, view.visitor)  # raises where there is none
    config = config_of(state, page.classes(model, view.visitor))
    if config.edit and not page.studio.takes(model, config, view.visitor):
        config = replace(config, edit="")  # of the model in view
    return {
        "a": _drawn(page, view, view.model, view.config),
        "b": _drawn(page, view, model, config),
        "state": state_of(model, config),
    }


def blend(page: Page, view: View, ask: dict[str, Any]) -> dict[str, Any]:
    """Samples of the model in view blended with `other`, `share` 0..1 of the way."""
    share = clamp(ask.get("share"), 0, 1, 0.5)
    config = replace(view.config, count=min(COUNT, MAX_COUNT))
    other = str(ask.get("other"))[:200]
    items = page.studio.blends.draw(view.model, other, share, config, view.visitor)
    modality = page.studio.info(view.model, view.visitor).modality
    return registry.get(modality).look.sheet(items, 4).value() | {"share": share}


def _others(page: Page, view: View) -> list[tuple[str, str]]:
    """Ids and titles of the visitor's moments, own models and the bundled ones, without the one in view."""
    known = [(info.id, info.title) for info in page.studio.models(view.visitor)]
    with contextlib.suppress(TganError):
        for run in reversed(page.studio.store.runs(view.visitor) if view.visitor else []):
            folder = page.studio.store.folder(view.visitor, run) / "moments"
            known += [(f"{run}@{nimg}", "") for nimg in Moments(folder).at]
    named = [(one, title or _titled(page, view, one)) for one, title in known[:MOST]]
    return [(one, title) for one, title in named if one != view.model]


def _titled(page: Page, view: View, moment: str) -> str:
    with contextlib.suppress(TganError):
        title = page.studio.info(moment, view.visitor).title
        return f"{title} @ {int(moment.partition('@')[2]):,}"
    return moment


def _drawn(page: Page, view: View, model: str, config: SampleConfig) -> dict[str, Any]:
    if config.label is not None and config.label >= len(page.classes(model, view.visitor)):
        raise ConfigError(f"this model has no class {config.label}")
    drawn = page.studio.sample(model, replace(config, count=1), view.visitor)
    return registry.get(drawn.modality).look.sheet(drawn.items).value() | {"model": model}
