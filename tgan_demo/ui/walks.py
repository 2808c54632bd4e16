"""A walk's key frames and settings as one short text: in the link, in a hidden field, in tests.

`42_57~7_99~~12~0.3!slerp!z!24!1!both`: keys joined by "_", each seed~class~variation seed~variation~edit
(what is missing is the default), then path, space, frames per leg, loop, and of clips
what walks. Reading never fails:
what cannot be read is left out.
"""

from dataclasses import dataclass
from typing import Any

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import paths
from tgan_demo.engine.draw.parts import PARTS
from tgan_demo.models.walks import MAX_FRAMES
from tgan_demo.ui.controls import CONTROLS, MAX_SEED, clamp

MAX_KEYS = 12
FRAMES = (4, 60, 24)  # per leg: lowest, highest, default
SPACES = tuple(paths.DIFFERENT)
MAX_TEXT = 12_000  # characters
EDIT = next(control for control in CONTROLS if control.name == "edit")


@dataclass(frozen=True, slots=True)
class Walk:
    """Key frames and how to go between them."""

    keys: tuple[SampleConfig, ...] = ()
    path: str = "slerp"
    space: str = "z"
    frames: int = FRAMES[2]
    loop: bool = True
    part: str = PARTS[0]

    @property
    def legs(self) -> int:
        return len(self.keys) if self.loop else max(1, len(self.keys) - 1)

    @property
    def frames_that_fit(self) -> int:
        """Frames per leg, at most MAX_FRAMES in all."""
        return max(FRAMES[0], min(self.frames, MAX_FRAMES // max(1, self.legs)))


def write(walk: Walk) -> str:
    keys = "_".join(_write_key(key) for key in walk.keys)
    settings = [walk.path, walk.space, str(walk.frames), str(int(walk.loop))]
    if walk.part != PARTS[0]:
        settings.append(walk.part)
    return "!".join([keys, *settings]) if keys else ""


def read(text: Any) -> Walk:
    parts = [*str(text or "")[:MAX_TEXT].split("!"), *[""] * 5]
    keys, path, space, frames, loop, part = parts[:6]
    return make(read_keys(keys), path, space, frames, loop != "0", part)


def read_keys(text: Any) -> tuple[SampleConfig, ...]:
    found = (_read_key(part) for part in str(text or "").split("_") if part)
    return tuple(key for key in found if key is not None)[:MAX_KEYS]


def make(
    keys: tuple[SampleConfig, ...],
    path: Any,
    space: Any,
    frames: Any,
    loop: Any,
    part: Any = PARTS[0],
) -> Walk:
    """A Walk with every setting made valid; a path that is another one in that space is that one."""
    space = space if space in SPACES else SPACES[0]
    ways = paths.DIFFERENT[space]
    return Walk(
        keys=tuple(keys)[:MAX_KEYS],
        path=path if path in ways else ways[0],
        space=space,
        frames=clamp(frames, *FRAMES, whole=True),
        loop=bool(loop),
        part=part if part in PARTS else PARTS[0],
    )


def reorder(keys: tuple[SampleConfig, ...], order: Any) -> tuple[SampleConfig, ...]:
    """`keys` in a new order of old indices, as the browser reports it; never fewer than two."""
    if not isinstance(order, list):
        return keys
    wanted = [i for i in order if isinstance(i, int) and 0 <= i < len(keys)]
    new = tuple(keys[i] for i in dict.fromkeys(wanted))
    return new if len(new) >= 2 else keys


def key_of(config: SampleConfig) -> SampleConfig:
    """The part of a draw that a key frame keeps; psi and the model belong to the whole walk."""
    return SampleConfig(
        seed=config.seed,
        count=1,
        label=config.label,
        variation=config.variation,
        variation_seed=config.variation_seed if config.variation else 0,
        edit=config.edit,
    )


def _write_key(key: SampleConfig) -> str:
    label = "" if key.label is None else str(key.label)
    variation = (str(key.variation_seed), f"{key.variation:g}") if key.variation else ("", "")
    edit = key.edit.replace("~", ",")  # its own "~" would end it
    return "~".join((str(key.seed), label, *variation, edit)).rstrip("~")


def _read_key(text: str) -> SampleConfig | None:
    seed, label, variation_seed, variation, edit = [*text.split("~"), "", "", "", ""][:5]
    number = clamp(seed, 0, MAX_SEED, -1, whole=True)
    if number < 0:
        return None
    index = clamp(label, -1, 10**6, -1, whole=True)
    return SampleConfig(
        seed=number,
        count=1,
        label=index if index >= 0 else None,
        variation_seed=clamp(variation_seed, 0, MAX_SEED, 0, whole=True),
        variation=clamp(variation, 0, 1, 0.0),
        edit=EDIT.read(edit.replace(",", "~"), ()),
    )
