"""The settings of a draw on the page, a row each: component, range, default, name in a link.

A row stands for a field of SampleConfig. The left column, a link, a favourite, undo and every handler
go through CONTROLS, so a further setting is one row here and its words.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError

MAX_SEED = 2**53 - 1_000_000  # a sheet adds to it, and a browser's integers end at 2**53
MAX_COUNT = 64  # samples in the big grid
HIDDEN: dict[str, Any] = {
    "visible": "hidden", "container": False, "render": False, "interactive": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A setting of a draw; `low` to `high`, in whole numbers where `step` is 1."""

    name: str  # the field of SampleConfig, and the key in a favourite
    link: str  # the key in a link
    low: float
    high: float
    default: float
    step: float = 1
    make: Callable[["Control"], Any]  # its component, not yet rendered
    word: str = ""  # of its label; "": a hidden field, which a canvas sets
    info: str = ""  # of what moving it does
    term: str = ""  # of words/terms.toml, which an ⓘ beside it explains
    is_always_told: bool = False  # by a link, even at its default
    needs: str = ""  # a link tells it only where this other setting is not at its default
    is_redrawn: bool = True  # whether every tab draws anew when it changes
    skill: str = ""  # shown for models that have this skill (ModelInfo.skills); "": for all

    def read(self, value: Any, classes: Sequence[str]) -> Any:
        """The field's value, whatever came; never raises."""
        return clamp(value, self.low, self.high, self.default, whole=self.step == 1)

    def takes(self, text: str, classes: Sequence[str]) -> bool:
        """Whether a link's text is a number in range."""
        number = clamp(text, self.low, self.high, None)
        return number is not None and self.low <= float(text) <= self.high

    def shown(self, value: Any) -> Any:
        """The component's value for the field's."""
        return value

    def told(self) -> dict[str, Any]:
        """What the scripts need to write it into a link."""
        default = None if self.is_always_told else self.shown(self.default)
        return {"name": self.name, "link": self.link, "default": default, "needs": self.needs}


class Class(Control):
    """The class of all samples, an index as text; None and "" let each seed have its own."""

    __slots__ = ()

    def read(self, value: Any, classes: Sequence[str]) -> int | None:
        index = clamp(value, self.low, self.high, -1, whole=True)
        return index if 0 <= index < len(classes) else None

    def takes(self, text: str, classes: Sequence[str]) -> bool:
        number = clamp(text, self.low, self.high, None)
        return not classes or number is not None and 0 <= float(text) <= len(classes) - 1

    def shown(self, value: Any) -> str:
        return "" if value is None or value < 0 else str(value)


class Edit(Control):
    """Edits of w, as text; what is none of them is no edit."""

    __slots__ = ()

    def read(self, value: Any, classes: Sequence[str]) -> str:
        return value if self.takes(value, classes) else ""

    def takes(self, text: Any, classes: Sequence[str]) -> bool:
        try:
            return isinstance(text, str) and edits.read(text) is not None
        except ConfigError:
            return False

    def told(self) -> dict[str, Any]:
        return super().told() | {"default": ""}

    def shown(self, value: Any) -> str:
        return str(value or "")


def _number(control: Control) -> gr.Number:
    return gr.Number(control.default, precision=0, minimum=0, elem_id=_id(control), render=False)


def _seed(control: Control) -> gr.Number:
    bare = {"show_label": False, "container": False, "min_width": 80}
    return gr.Number(
        control.default, precision=0, minimum=0, elem_id=_id(control), render=False, **bare
    )


def _slider(control: Control) -> gr.Slider:
    return gr.Slider(
        control.low,
        control.high,
        control.default,
        step=control.step,
        elem_id=_id(control),
        visible=not control.skill,
        buttons=["reset"],
        render=False,
    )


def _field(control: Control) -> gr.Textbox:
    return gr.Textbox("", elem_id=f"{_id(control)}-id", **HIDDEN)


def _id(control: Control) -> str:
    return control.name.replace("_", "-")


CONTROLS: tuple[Control, ...] = (  # in the order of the left column
    Control(
        name="seed", link="seed", low=0, high=MAX_SEED, default=42, make=_seed,
        word="seed.label", is_always_told=True,
    ),
    Class(name="label", link="label", low=-1, high=10**6, default=-1, make=_field),
    Control(
        name="psi", link="psi", low=0, high=2, default=1.0, step=0.01, make=_slider, word="psi",
        info="psi.info", term="psi",
    ),
    Control(
        name="temperature", link="temp", low=0, high=2, default=1.0, step=0.05, make=_slider,
        word="temperature", info="temperature.info", term="temperature", skill="temperature",
    ),
    Control(
        name="top_p", link="top", low=0.05, high=1, default=1.0, step=0.05, make=_slider,
        word="top_p", info="top_p.info", term="top_p", skill="top_p",
    ),
    Control(
        name="count", link="count", low=1, high=MAX_COUNT, default=16, make=_slider,
        word="count", is_redrawn=False,
    ),
    Control(
        name="variation", link="variation", low=0, high=1, default=0.0, step=0.01, make=_slider,
        word="variation", info="variation.info",
    ),
    Control(
        name="variation_seed", link="vseed", low=0, high=MAX_SEED, default=0, make=_number,
        word="variation.seed", is_always_told=True, needs="variation",
    ),
    Edit(name="edit", link="edit", low=0, high=0, default=0, make=_field),
)  # fmt: skip


def config_of(
    values: Mapping[str, Any],
    classes: Sequence[str],
    controls: Iterable[Control] = CONTROLS,
) -> SampleConfig:
    """The draw that `values` (by field, from outside) ask for; a bad or missing one is its default."""
    return SampleConfig(**{c.name: c.read(values.get(c.name), classes) for c in controls})


def values_of(config: SampleConfig) -> list[Any]:
    """What the components show for a draw, in the order of CONTROLS."""
    return [control.shown(getattr(config, control.name)) for control in CONTROLS]


def state_of(model: str, config: SampleConfig) -> dict[str, Any]:
    """A state as favourites and undo keep it, and as a link tells it."""
    return {"model": model} | {control.name: getattr(config, control.name) for control in CONTROLS}


def other(**changes: Mapping[str, Any]) -> tuple[Control, ...]:
    """CONTROLS with some fields of some rows changed: `other(count={"high": 256})`."""
    return tuple(replace(control, **changes.get(control.name, {})) for control in CONTROLS)


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
