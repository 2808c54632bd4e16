"""A plane to wander in: any point of a pad is a sample, drawn while the pointer moves.

The page asks for one point after the other by a function of its canvas, beside Gradio's queue, and while an
answer is on its way it remembers the newest alone.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import numpy as np
import torch

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import planes
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.modalities import registry
from tgan_demo.models.planes import BY, FRAMES, MAX_DRAWN, Corners, Plane, Seeds
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import clamp, config_of, state_of
from tgan_demo.ui.orders import download
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.words.table import t
from tgan_demo.ui.writing import Writing

NAME = "plane"
PLACES = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))  # of the corners
THUMBS = 100  # seeds on one sheet of small pictures
FPS = 24  # of a path
WHOLE = 65535  # of a place in the browser's numbers


def build(page: Page) -> None:
    servers = [answering(page, answer) for answer in (point, map_, thumbs, path)]
    fixed = {"frames": FRAMES, "thumbs": THUMBS, "fps": FPS, "most": MAX_DRAWN}
    pad = canvas("plane", elem_id="plane", fixed=fixed, server_functions=servers)
    progress = gr.Markdown("", elem_id="plane-progress", elem_classes="tg-soft")
    page.on_sent(
        pad.save, on_save, [progress, page.bridge], concurrency_id="export", concurrency_limit=1,
        show_progress="hidden", api_visibility="private",
    )  # fmt: skip


def answering(page: Page, answer: Callable[..., dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """What plane.js calls with {me, state, plane, ...}; the visitor's id is its key."""

    def call(ask: Any) -> dict[str, Any]:
        ask = ask if isinstance(ask, dict) else {}
        state = ask.get("state") if isinstance(ask.get("state"), dict) else {}
        model, me = str(state.get("model"))[:200], ask.get("me")
        visitor = me if isinstance(me, str) else None
        view = View(visitor, "en", model, config_of(state, page.classes(model, visitor)))
        try:
            return answer(page, view, ask)
        except TganError as error:
            return {"error": str(error)}

    call.__name__ = answer.__name__.rstrip("_")
    return call


def point(page: Page, view: View, ask: dict[str, Any]) -> dict[str, Any]:
    """The sample at `at`, and the state that loads it; with `still`, as large and heard as it can be."""
    plane, at = plane_of(page, view, ask), place(ask.get("at"))
    look = registry.get(page.studio.info(view.model, view.visitor).modality).look
    here = (view.model, plane, at, view.config, view.visitor)
    if ask.get("still") is True:
        items, w = page.studio.planes.item(*here)
        sheet = look.sheet(items)
    else:
        sheet, w = page.studio.planes.sketch(*here)
    seed, state = loaded(page, view, plane, at, w)
    dear = look.sketch is not None
    return {**sheet.value(), "at": at, "seed": seed, "state": state, "dear": dear}


def map_(page: Page, view: View, ask: dict[str, Any]) -> dict[str, Any]:
    """Places of the map's seeds as base64 of uint16 (N, 2), their classes, and which other maps there are."""
    plane = plane_of(page, view, ask)
    if not isinstance(plane, Seeds):
        return {"kinds": page.studio.planes.kinds(view.model, view.visitor)}
    made = page.studio.planes.map(view.model, plane, view.visitor)
    at = (made.at_N2.numpy() * WHOLE).round().astype("<u2")
    return {
        "at": base64.b64encode(at.tobytes()).decode(),
        "labels": None if made.labels_N is None else made.labels_N.tolist(),
        "classes": list(page.classes(view.model, view.visitor)),
        "kinds": page.studio.planes.kinds(view.model, view.visitor),
    }


def thumbs(page: Page, view: View, ask: dict[str, Any]) -> dict[str, Any]:
    """Small pictures of seeds of the map: the sheet with the number `sheet`, THUMBS of them."""
    number = clamp(ask.get("sheet"), 0, planes.SEEDS // THUMBS - 1, 0, whole=True)
    config = replace(planes.seeds_of(view.config), seed=number * THUMBS, count=THUMBS)
    return page.studio.contact(view.model, config, view.visitor)[0].value()


def path(page: Page, view: View, ask: dict[str, Any]) -> dict[str, Any]:
    """The frames of a drawn line, and as which files they can be saved."""
    items = along(page, view, ask)
    modality = registry.get(page.studio.info(view.model, view.visitor).modality)
    kinds = [one.key for one in modality.files.walks]
    return {"fps": FPS, **modality.look.walk(items).value(), "kinds": kinds}


def along(page: Page, view: View, ask: Any) -> np.ndarray:
    line = ask.get("line") if isinstance(ask.get("line"), list) else []
    points = np.array([place(one) for one in line[:MAX_DRAWN]]).reshape(-1, 2)
    frames = clamp(ask.get("frames"), *FRAMES, whole=True)
    return page.studio.planes.path(
        view.model, plane_of(page, view, ask), points, view.config, view.visitor, frames=frames
    )


def on_save(page: Page, view: View, ask: Any) -> Iterator[tuple[Any, Any]]:
    """Draw and write the drawn line; yields (progress text, order for bridge.js)."""
    ask = ask if isinstance(ask, dict) else {}
    info = page.studio.info(view.model, view.visitor)
    walks = registry.get(info.modality).files.walks
    chosen = next((one for one in walks if one.key == ask.get("kind")), walks[0])
    yield t("walk.drawing", view.lang, n=clamp(ask.get("frames"), *FRAMES, whole=True)), gr.skip()
    items = along(page, view, ask)
    write = partial(chosen.write, items, loop=False)
    if chosen.width is None:
        content = write()
    else:
        writing = Writing(partial(write, fps=FPS))
        values = {"kind": chosen.key.upper(), "n": len(items), "size": chosen.width(items)}
        for share in writing:
            yield t("walk.encoding", view.lang, percent=f"{share:.0%}", **values), gr.skip()
        content = writing.content
    name = f"{widgets.file_stem(info)}-path{chosen.ending}"
    done = t("walk.done", view.lang, name=name, kib=f"{len(content) / 1024:,.0f}")
    yield done, download(name, chosen.mime, content)


def plane_of(page: Page, view: View, ask: dict[str, Any]) -> Plane:
    """The plane of `ask["plane"]`, {"corners": four states} or {"by": of BY}.

    Raises:
        ConfigError: a corner is of another model.
    """
    told = given if isinstance(given := ask.get("plane"), dict) else {}
    states = told.get("corners")
    if not isinstance(states, list):
        by = told.get("by")
        return Seeds(view.config, by if by in BY else BY[0])
    states = [one if isinstance(one, dict) else {} for one in [*states, *[{}] * 4][:4]]
    a, b, c, d = (_corner(page, view, state) for state in states)
    return Corners((a, b, c, d))


def _corner(page: Page, view: View, state: dict[str, Any]) -> SampleConfig:
    """What a corner's w is made of is its own, luck is the plane's."""
    if state.get("model", view.model) != view.model:
        raise ConfigError(
            f"a corner is of this model, {view.model}; got one of {str(state['model'])[:60]}"
        )
    own = config_of(state, page.classes(view.model, view.visitor))
    return replace(
        view.config,
        seed=own.seed,
        label=own.label,
        psi=own.psi,
        variation=own.variation,
        variation_seed=own.variation_seed,
        edit=own.edit,
        count=1,
    )


def place(value: Any) -> tuple[float, float]:
    """A point on the pad; what is none is its middle."""
    pair = value if isinstance(value, list | tuple) and len(value) == 2 else (0.5, 0.5)
    x, y = (clamp(number, 0, 1, 0.5) for number in pair)
    return x, y


def loaded(
    page: Page, view: View, plane: Plane, at: tuple[float, float], w: np.ndarray
) -> tuple[int, dict[str, Any] | None]:
    """The nearest corner's or seed's number, and what a click loads: a corner or a seed itself where it
    lies, else its settings with the point's w. None: such a w is too long for a link.
    """
    if isinstance(plane, Corners):
        far = [abs(x - at[0]) + abs(y - at[1]) for x, y in PLACES]
        near = plane.configs[int(np.argmin(far))]
        is_there = min(far) == 0
    else:
        made = page.studio.planes.map(view.model, plane, view.visitor)
        spot = torch.tensor([at])
        seed = made.nearest(spot)[0]
        near = replace(planes.seeds_of(view.config), seed=seed, count=1)
        is_there = bool((made.at_N2[seed] - spot).abs().max() < 1 / WHOLE)
    skills = page.studio.info(view.model, view.visitor).skills
    if "temperature" in skills and view.config.temperature > 0:  # the plane's luck, not the seed's
        is_there, own = (
            is_there and near.seed == view.config.seed,
            replace(near, seed=view.config.seed),
        )
    else:
        own = near
    if is_there:
        return near.seed, state_of(view.model, own)
    edit = f"at:{edits.vector(w.ravel())}"
    if len(edit) > edits.MAX_TEXT:
        return near.seed, None
    return near.seed, state_of(view.model, replace(own, variation=0.0, edit=edit))
