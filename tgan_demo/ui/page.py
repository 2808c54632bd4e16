"""What every panel shares: the user, the model, the draw, the language, errors, reactions.

A panel draws into the open `gr.Blocks`, registers its visible strings with `page.text`, wraps its
handlers in `page.guard`, and asks to be told about a new model or seed with `page.on_model_or_seed`.
`Page.finish` binds all of that once, at the end.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import gradio as gr

from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.modalities import registry
from tgan_demo.studio import Studio
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import CONTROLS, HIDDEN, config_of, values_of
from tgan_demo.ui.handlers import QUIET, data_of, guard, together, when_changed
from tgan_demo.ui.words.table import LANGS, t


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows, checked: the values of `page.state_inputs` as types."""

    visitor: str | None
    lang: str  # "en" or "zh"
    model: str  # a model id, perhaps of a model that is gone
    config: SampleConfig


class Page:
    """One page while it is being built. Holds components, never a visitor's values.

    `studio.store` and `studio.jobs` are what panels may use beside the studio's own functions.
    """

    def __init__(self, studio: Studio, *, present: bool = False) -> None:
        self.studio = studio
        self.present = present
        infos = studio.models(None)
        self.default_model = infos[0].id if infos else ""

        self.visitor = gr.State(None, render=False)
        self.lang = gr.Textbox("en", elem_id="lang-id", **HIDDEN)
        self.tab = gr.Textbox("play", elem_id="tab-id", **HIDDEN)
        self.model = gr.Textbox(self.default_model, elem_id="model-id", **HIDDEN)
        self.walk = gr.Textbox("", elem_id="walk-id", **HIDDEN)  # key frames, as walks.write
        self.recent = gr.Textbox("", elem_id="recent-id", **HIDDEN)  # last seeds, from the browser
        self.controls = {control.name: control.make(control) for control in CONTROLS}
        # outside the tabs: what is in a closed tab does not exist in the browser yet
        self.hidden = [self.visitor, self.lang, self.tab, self.walk, self.recent, self.model]
        self.hidden += [self.controls[control.name] for control in CONTROLS if not control.word]
        # One for each tab that follows the controls: the browser changes it, if that tab is open.
        self.ticks: dict[str, gr.Textbox] = {}

        self.bridge = canvas(
            "bridge", elem_id="bridge", render=False
        )  # takes orders, see orders.py
        cards = widgets.model_cards(studio, None, self.default_model)
        self.cards = canvas("models", cards, elem_id="models", render=False)
        classes = widgets.class_chips(self.default_model, self.classes(self.default_model, None))
        self.chips = canvas("chips", classes, elem_id="classes", render=False)

        self.sample_inputs = [self.model, *self.controls.values()]
        # What a handler takes to know everything: pass the values to `view`.
        self.state_inputs = [self.visitor, self.lang, *self.sample_inputs]
        # What a click on a favourite, a link or an undo sets: feed it from `restore_values`.
        self.restore_outputs = self.sample_inputs
        self._texts: list[tuple[Any, str, str]] = []
        self._reactions: list[tuple[Callable, list, list, str | None]] = []
        self._model_reactions: list[tuple[Callable, list, list]] = []
        self._lang_reactions: list[tuple[Callable, list, list]] = []

    # -- reading ----------------------------------------------------------------------------

    def view(self, *values: Any) -> View:
        """The values of `state_inputs`, checked and clamped; never raises for a bad number."""
        visitor, lang, model, *settings = values
        model = str(model or self.default_model)
        named = dict(zip(self.controls, settings, strict=True))
        config = config_of(named, self.classes(model, visitor))
        if config.edit and not self.studio.takes(model, config, visitor):
            config = replace(config, edit="")  # of the model that was shown before
        return View(visitor, lang if lang in LANGS else "en", model, config)

    def classes(self, model: str, visitor: str | None) -> tuple[str, ...]:
        try:
            return self.studio.info(model, visitor).classes
        except TganError:
            return ()

    def skills(self, view: View, *wanted: str) -> ModuleType:
        """What only models of this one's modality can do. Raises ConfigError: none of `wanted`."""
        info = self.studio.info(view.model, view.visitor)
        if not set(wanted) & set(info.skills):
            raise ConfigError(f"{info.title} cannot do this; choose another model")
        return registry.get(info.modality).skills

    @staticmethod
    def restore_values(model: str, config: SampleConfig) -> list[Any]:
        """Values for `restore_outputs`."""
        return [model, *values_of(config)]

    # -- registering ------------------------------------------------------------------------

    def text(self, component: Any, prop: str, key: str) -> Any:
        """Show the word `key` as `component.prop` in the chosen language; returns the component.

        `prop` is what gr.update takes: "label", "info", "value" (buttons, Markdown), "placeholder".
        """
        self._texts.append((component, prop, key))
        setattr(component, prop, t(key, "en"))
        return component

    def term(self, component: Any, name: str) -> Any:
        """Put an ⓘ that explains the term `name` of words/terms.toml beside the component's label.

        terms.js makes the button; returns the component. Raises KeyError: there is no such term.
        """
        t(f"term.{name}.what")
        component.elem_classes = [*(component.elem_classes or []), "tg-of-term", f"term-{name}"]
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
        if tab and tab not in self.ticks:
            self.ticks[tab] = gr.Textbox("", elem_id=f"tick-{tab}", **HIDDEN)
        self._reactions.append((handler, list(inputs), list(outputs), tab))

    def on_model(self, handler: Callable, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Call `handler(*values of inputs)` when the model changed: one request for all that say so."""
        self._model_reactions.append((handler, list(inputs), list(outputs)))

    def on_lang(self, handler: Callable, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Call `handler(lang, *inputs)` when the language changes: for what `text` cannot say."""
        self._lang_reactions.append((handler, list(inputs), list(outputs)))

    def on_sent(self, event: Callable, handler: Callable, outputs: Any, **options: Any) -> None:
        """Call `handler(page, view, data)` at an event of a canvas, with what its script sent."""
        if inspect.isgeneratorfunction(handler):

            def call(sent: gr.EventData, *values: Any) -> Any:
                yield from handler(self, self.view(*values), data_of(sent))

        else:

            def call(sent: gr.EventData, *values: Any) -> Any:
                return handler(self, self.view(*values), data_of(sent))

        event(guard(call), self.state_inputs, outputs, **options)

    def guard(self, handler: Callable) -> Callable:
        """The one place where a TganError becomes a gr.Error; else an apology and a trace."""
        return guard(handler)

    # -- binding ----------------------------------------------------------------------------

    @property
    def triggers(self) -> list[Callable]:
        """The change events of the model and of all settings but the count."""
        drawn = [self.controls[control.name] for control in CONTROLS if control.is_redrawn]
        return [component.change for component in (self.model, *drawn)]

    def finish(self) -> None:
        """Bind what was registered. Called once by blocks.build, inside the Blocks."""
        for tick in self.ticks.values():
            tick.render()
        for handler, inputs, outputs, tab in self._reactions:
            triggers = [self.ticks[tab].change] if tab else self.triggers
            when_changed(triggers, handler, inputs, outputs)
        for tab, tick in self.ticks.items():
            # no request: a closed tab costs the server nothing
            js = f"() => tgan.tick('{tab}')"
            gr.on([*self.triggers, self.tab.change], None, None, tick, js=js, **QUIET)
        if self._model_reactions:
            when_changed([self.model.change], *together(self._model_reactions))
        for handler, inputs, outputs in self._lang_reactions:
            when_changed([self.lang.change], handler, [self.lang, *inputs], outputs)
        components = list(dict.fromkeys(component for component, _, _ in self._texts))
        if components:
            when_changed([self.lang.change], self.relabel, self.lang, components)

    def relabel(self, lang: str) -> list[Any] | dict[str, Any]:
        """Updates for every registered component, in the order of their first registration."""
        lang = lang if lang in LANGS else "en"
        changes: dict[Any, dict[str, Any]] = {}
        for component, prop, key in self._texts:
            changes.setdefault(component, {})[prop] = t(key, lang)
        updates = [gr.update(**props) for props in changes.values()]
        return updates[0] if len(updates) == 1 else updates
