"""What every panel shares: the visitor, the model, the seed row, the language, errors, reactions.

A panel module has `build(page: Page) -> None`. It draws into the open `gr.Blocks`, registers its
visible strings with `page.text`, wraps its handlers in `page.guard`, and asks to be told about a
new model or seed with `page.on_model_or_seed`. `Page.finish` binds all of that once, at the end.
"""

import functools
import inspect
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from tgan_demo.config import SampleConfig
from tgan_demo.errors import TganError
from tgan_demo.ui.words.table import LANGS, t

logger = logging.getLogger(__name__)

MAX_SEED = 2**53 - 1_000_000  # a sheet adds to it, and a browser's integers end at 2**53
MAX_COUNT = 64  # pictures in the big grid
DEFAULT_COUNT = 16
FOLLOWING_TABS = ("walk", "inside", "train", "sound", "motion")
DEFAULT_SEED = 42


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows, checked: the values of `page.state_inputs` as types."""

    visitor: str | None
    lang: str  # "en" or "zh"
    model: str  # a model id, perhaps of a model that is gone
    config: SampleConfig


class Page:
    """One page while it is being built. Holds components, never a visitor's values."""

    def __init__(self, studio: Any, *, present: bool = False) -> None:
        self.studio = studio
        self.present = present
        hidden = {"visible": "hidden", "container": False, "render": False, "interactive": True}
        infos = studio.models(None)
        self.default_model = infos[0].id if infos else ""

        self.visitor = gr.State(None, render=False)
        self.lang = gr.Textbox("en", elem_id="lang-id", **hidden)
        self.tab = gr.Textbox("play", elem_id="tab-id", **hidden)
        self.model = gr.Textbox(self.default_model, elem_id="model-id", **hidden)
        self.walk = gr.Textbox("", elem_id="walk-id", **hidden)  # key frames, as walks.write
        self.recent = gr.Textbox("", elem_id="recent-id", **hidden)  # last seeds, from the browser
        self.label = gr.Textbox("", elem_id="label-id", **hidden)  # "" any, else the class's index
        # outside the tabs: what is in a closed tab does not exist in the browser yet
        self.hidden = [self.visitor, self.lang, self.tab, self.walk, self.recent, self.model]
        self.hidden.append(self.label)
        # One for each tab that follows the controls: the browser changes it, if that tab is open.
        self.ticks = {
            name: gr.Textbox("", elem_id=f"tick-{name}", **hidden) for name in FOLLOWING_TABS
        }
        self.hidden += self.ticks.values()
        self.seed = gr.Number(
            DEFAULT_SEED,
            precision=0,
            minimum=0,
            elem_id="seed",
            show_label=False,
            container=False,
            min_width=80,
            render=False,
        )
        self.variation_seed = gr.Number(
            0, precision=0, minimum=0, elem_id="variation-seed", render=False
        )
        slider = {"render": False, "buttons": ["reset"]}
        self.variation = gr.Slider(0, 1, 0, step=0.01, elem_id="variation", **slider)
        self.psi = gr.Slider(0, 2, 1, step=0.01, elem_id="psi", **slider)
        self.temperature = gr.Slider(
            0, 2, 1, step=0.05, elem_id="temperature", visible=False, **slider
        )
        self.top_p = gr.Slider(0.05, 1, 1, step=0.05, elem_id="top-p", visible=False, **slider)
        self.count = gr.Slider(1, MAX_COUNT, DEFAULT_COUNT, step=1, elem_id="count", **slider)

        self.sample_inputs = [
            self.model,
            self.seed,
            self.label,
            self.psi,
            self.variation,
            self.variation_seed,
            self.temperature,
            self.top_p,
            self.count,
        ]
        # What a handler takes to know everything: pass the values to `view` or `read_state`.
        self.state_inputs = [self.visitor, self.lang, *self.sample_inputs]
        # What a click on a favourite, a link or an undo sets: feed it from `restore_values`.
        self.restore_outputs = self.sample_inputs
        self._texts: list[tuple[Any, str, str]] = []
        self._reactions: list[tuple[Callable, list, list, str | None]] = []
        self._lang_reactions: list[tuple[Callable, list, list]] = []

    # -- reading ----------------------------------------------------------------------------

    def view(self, *values: Any) -> View:
        """The values of `state_inputs`, checked and clamped; never raises for a bad number."""
        visitor, lang, model, seed, label, psi, variation, variation_seed, heat, top_p, count = (
            values
        )
        lang = lang if lang in LANGS else "en"
        model = str(model or self.default_model)
        classes = self.classes(model, visitor)
        index = clamp(label, -1, 10**6, -1, whole=True)
        config = SampleConfig(
            seed=clamp(seed, 0, MAX_SEED, DEFAULT_SEED, whole=True),
            count=clamp(count, 1, MAX_COUNT, DEFAULT_COUNT, whole=True),
            label=index if 0 <= index < len(classes) else None,
            psi=clamp(psi, 0, 2, 1.0),
            variation_seed=clamp(variation_seed, 0, MAX_SEED, 0, whole=True),
            variation=clamp(variation, 0, 1, 0.0),
            temperature=clamp(heat, 0, 2, 1.0),
            top_p=clamp(top_p, 0.05, 1, 1.0),
        )
        return View(visitor, lang, model, config)

    def read_state(self, *values: Any) -> SampleConfig:
        """Only the SampleConfig of `view`."""
        return self.view(*values).config

    def classes(self, model: str, visitor: str | None) -> tuple[str, ...]:
        try:
            return self.studio.info(model, visitor).classes
        except TganError:
            return ()

    @staticmethod
    def restore_values(model: str, config: SampleConfig) -> list[Any]:
        """Values for `restore_outputs`."""
        label = "" if config.label is None else str(config.label)
        return [
            model,
            config.seed,
            label,
            config.psi,
            config.variation,
            config.variation_seed,
            config.temperature,
            config.top_p,
            config.count,
        ]

    # -- registering ------------------------------------------------------------------------

    def text(self, component: Any, prop: str, key: str) -> Any:
        """Show the word `key` as `component.prop` in the chosen language; returns the component.

        `prop` is what gr.update takes: "label", "info", "value" (buttons, Markdown), "placeholder".
        """
        self._texts.append((component, prop, key))
        setattr(component, prop, t(key, "en"))
        return component

    def on_model_or_seed(
        self,
        handler: Callable,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        *,
        tab: str | None = None,
    ) -> None:
        """Call `handler(*values of inputs)` when the model, the seed row or a slider changed.

        With `tab` ("inside"), only while that tab is open, and each time it is opened.
        Newest wins: while one call runs, only the last of the waiting ones is kept.
        """
        self._reactions.append((handler, list(inputs), list(outputs), tab))

    def on_lang(self, handler: Callable, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Call `handler(lang, *inputs)` when the language changes: for what `text` cannot say."""
        self._lang_reactions.append((handler, list(inputs), list(outputs)))

    def guard(self, handler: Callable) -> Callable:
        """The one place where a TganError becomes a gr.Error; else an apology and a trace."""
        return guard(handler)

    # -- binding ----------------------------------------------------------------------------

    @property
    def triggers(self) -> list[Callable]:
        """The change events of model, class, seed row and sliders (not of `count`)."""
        return [component.change for component in self.sample_inputs[:-1]]

    def finish(self) -> None:
        """Bind what was registered. Called once by blocks.build, inside the Blocks."""
        quiet = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
        for handler, inputs, outputs, tab in self._reactions:
            triggers = [self.ticks[tab].change] if tab else self.triggers
            gr.on(triggers, guard(handler), inputs, outputs, trigger_mode="always_last", **quiet)
        for tab, tick in self.ticks.items():
            # no request: a closed tab costs the server nothing
            js = f"() => tgan.tick('{tab}')"
            gr.on([*self.triggers, self.tab.change], None, None, tick, js=js, **quiet)
        for handler, inputs, outputs in self._lang_reactions:
            self.lang.change(guard(handler), [self.lang, *inputs], outputs, **quiet)
        components = list(dict.fromkeys(component for component, _, _ in self._texts))
        if components:
            self.lang.change(self.relabel, self.lang, components, **quiet)

    def relabel(self, lang: str) -> list[Any] | dict[str, Any]:
        """Updates for every registered component, in the order of their first registration."""
        lang = lang if lang in LANGS else "en"
        changes: dict[Any, dict[str, str]] = {}
        for component, prop, key in self._texts:
            changes.setdefault(component, {})[prop] = t(key, lang)
        updates = [gr.update(**props) for props in changes.values()]
        return updates[0] if len(updates) == 1 else updates


def clamp(value: Any, low: float, high: float, default: Any, *, whole: bool = False) -> Any:
    """`value` as a number in [low, high]; `default` for what is no finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    if not math.isfinite(number):
        return default
    if whole:
        exact = value if isinstance(value, int) else int(number)
        return int(min(max(exact, low), high))
    return float(min(max(number, low), high))


def guard(handler: Callable) -> Callable:
    """`handler` with its errors made fit to be shown; generators stay generators."""

    def shown(error: Exception) -> Exception:
        if isinstance(error, gr.Error):
            return error
        if isinstance(error, TganError):
            return gr.Error(str(error), duration=12, print_exception=False)
        logger.exception("in %s", getattr(handler, "__qualname__", handler))
        return gr.Error(
            f"{t('error.sorry', 'en')} · {t('error.sorry', 'zh')}", print_exception=False
        )

    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(*values: Any) -> Any:
            try:
                yield from handler(*values)
            except Exception as error:
                raise shown(error) from error

        return stream

    @functools.wraps(handler)
    def call(*values: Any) -> Any:
        try:
            return handler(*values)
        except Exception as error:
            raise shown(error) from error

    return call
