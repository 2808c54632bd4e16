"""Changes of a run's settings while it trains: what may be changed, what was, and the way back.

Knows records and configs; the thread that trains takes a change up between two steps (runner.py).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tgan_demo import config
from tgan_demo.config import FIXED, ModelConfig, TrainConfig
from tgan_demo.engine.game import growing, losses
from tgan_demo.engine.game import state as states
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.runs import plan
from tgan_demo.said import say

UNDO, BY_HAND = "undo", "by hand"  # keys of changes; others are a finding's
MORE = "budget"  # key of a further budget, and its name beside settings: samples before, what was added
MOST = 500  # changes of one run
CHANGEABLE = tuple(name for name in config.names(TrainConfig) if name not in FIXED)

Pairs = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run keeps to its end."""

    model: ModelConfig  # at the size that it will have
    tokens: int  # of one sample
    has_encoder: bool  # that can learn to rebuild real samples

    @classmethod
    def of(cls, state: TrainState) -> "Kept":
        model, tokenizer = growing.full(state), state.tokenizer
        has_encoder = state.encoder is not None or tokenizer.encodes
        return cls(model, tokenizer.tokens(model).count, has_encoder)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asked for. `undoes`: of which change it is the way back."""

    key: str
    settings: Mapping[str, object]
    undoes: int | None = None


def check(train: TrainConfig, settings: Mapping[str, object], kept: Kept) -> dict[str, object]:
    """The settings that differ from those of the run, as they will be.

    Raises:
        ConfigError: one is unknown, out of its range, not for this modality, or wants another network; or
            none differs.
    """
    if not isinstance(settings, Mapping) or not settings:
        raise ConfigError(say("change_of"))
    for name in settings:
        if name in FIXED:
            raise ConfigError(say("fixed", name=name))
    then = config.merge(train, settings)
    losses.check(then.loss)
    plan.check_limits(kept.model, then, kept.tokens)
    modality = kept.model.modality
    if registry.get(modality).plan.augmentations(then, []) != then:
        raise ConfigError(say("no_augment", names=", ".join(then.augment), modality=modality))
    if then.reconstruction_weight > 0 and not kept.has_encoder:
        raise ConfigError(say("no_encoder"))
    changed = differing(train, then)
    if not changed:
        raise ConfigError(say("no_change"))
    return {name: now for name, (_, now) in changed.items()}


def differing(before: TrainConfig, now: TrainConfig) -> Pairs:
    """Name -> (before, now) of what can be changed and was."""
    pairs = ((name, getattr(before, name), getattr(now, name)) for name in CHANGEABLE)
    return {name: (old, new) for name, old, new in pairs if old != new}


def put(state: TrainState, settings: Mapping[str, object], *, is_remedy: bool = False) -> Pairs:
    """Give a run settings between two of its steps: name -> (before, now) of those that were others. A remedy
    does not weaken an augmentation.
    """
    before, strength = state.train, state.augment_p
    states.give(state, config.merge(before, settings))
    if is_remedy:
        state.augment_p = max(strength, state.augment_p)
    return differing(before, state.train)


def in_force(made: Sequence[Mapping[str, Any]], nimg: float = math.inf) -> dict[str, object]:
    """What all changes together have made of a run's settings, or had made of them when it had trained on
    `nimg` samples: what was changed then or later is there as it was before.
    """
    now: dict[str, object] = {}
    for change in made:
        for name, (before, then) in change["settings"].items():
            if change["nimg"] < nimg:
                now[name] = then
            else:
                now.setdefault(name, before)
    return {name: value for name, value in now.items() if name in CHANGEABLE}


def last(made: Sequence[Mapping[str, Any]], nimg: int = 0) -> tuple[int, dict[str, object]]:
    """The newest change that has not been undone: its number, and the settings before it. A budget that a run
    of `nimg` samples has used up does not come back.

    Raises:
        ConfigError: there is none.
    """
    undone = {change.get("undoes") for change in made}
    for number, change in reversed(list(enumerate(made))):
        before = {name: pair[0] for name, pair in change["settings"].items()}
        is_over = change["key"] == MORE and int(before["budget"] or 0) <= nimg
        if number not in undone and change["key"] != UNDO and not is_over:
            return number, before
    raise ConfigError(say("no_undo"))


def settings_of(train: TrainConfig, kept: Kept) -> dict[str, Any]:
    """JSON-able: the settings as they are, those that are kept too, but what depends on the data."""
    whole = asdict(kept.model) | asdict(train)
    return {name: value for name, value in whole.items() if name not in (*plan.DATAS_OWN, "images")}
