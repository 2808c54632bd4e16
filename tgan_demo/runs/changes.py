"""Changes of a run's settings while it trains: what may be changed, what was, and the way back.

Knows records and configs; the thread that trains takes a change up between two steps (runner.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tgan_demo import config
from tgan_demo.config import FIXED, ModelConfig, TrainConfig
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.runs import plan

UNDO, BY_HAND, MORE = "undo", "by hand", "budget"  # keys of changes; others are a finding's
MOST = 500  # changes of one run
CHANGEABLE = tuple(name for name in config.names(TrainConfig) if name not in FIXED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asked for. `undoes`: of which change it is the way back."""

    key: str
    settings: Mapping[str, object]
    undoes: int | None = None


def check(
    train: TrainConfig, settings: Mapping[str, object], model: ModelConfig, tokens: int
) -> dict[str, object]:
    """The settings that differ from those of a run of this model, which has so many tokens, as they will be.

    Raises:
        ConfigError: one is unknown, out of its range, not for this modality, or wants another network; or
            none differs.
    """
    if not isinstance(settings, Mapping) or not settings:
        raise ConfigError("a change wants settings: an object of names and values")
    for name in settings:
        if name in FIXED:
            raise ConfigError(f"{name} is fixed when a run begins; start another run to change it")
    then = config.merge(train, settings)
    if then.loss not in LOSSES:
        raise ConfigError(f"there is no loss {then.loss[:40]!r}; known: {', '.join(LOSSES)}")
    plan.check_limits(model, then, tokens)
    if registry.get(model.modality).plan.augmentations(then, []) != then:
        raise ConfigError(
            f"augment has {', '.join(then.augment)}, and {model.modality} cannot be changed so"
        )
    has_encoder = train.warm_start > 0 or train.reconstruction_weight > 0
    if then.reconstruction_weight > 0 and not has_encoder:
        raise ConfigError(
            "reconstruction_weight wants the encoder of a warm start, and this run began without one"
        )
    changed = {
        name: getattr(then, name)
        for name in CHANGEABLE
        if getattr(then, name) != getattr(train, name)
    }
    if not changed:
        raise ConfigError("the run has these settings already")
    return changed


def last(changes: Sequence[Mapping[str, Any]]) -> tuple[int, dict[str, object]]:
    """The newest change that has not been undone: its number, and the settings before it.

    Raises:
        ConfigError: there is none.
    """
    undone = {change.get("undoes") for change in changes}
    for number in range(len(changes) - 1, -1, -1):
        change = changes[number]
        if number not in undone and change["key"] not in (UNDO, MORE):
            return number, {name: pair[0] for name, pair in change["settings"].items()}
    raise ConfigError("nothing was changed that could be undone")


def settings_of(train: TrainConfig) -> dict[str, Any]:
    """JSON-able: the settings that can be changed, as they are."""
    whole = asdict(train)
    return {name: whole[name] for name in CHANGEABLE}
