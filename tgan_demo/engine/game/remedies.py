"""What a running run can change against a finding of its health: settings of training, never of a network.

Knows keys of health.py and TrainConfig. Each remedy is a function from the settings in force to those that
differ; what is already as it should be is not named, so that a second click goes one step further or offers
nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tgan_demo.config import TrainConfig, merge

Settings = dict[str, Any]  # of TrainConfig

LEAST_RATE = 1e-5  # a learning rate is not halved below it
MOST_GAMMA = 100.0  # nor R1 and R2 raised above
LONGEST = 100_000.0  # nor the average's half-life doubled above it, in samples
HELD = 1.0  # their weight where they were off


def remedy(
    key: str, train: TrainConfig, fit: Callable[[TrainConfig], TrainConfig] = lambda train: train
) -> Mapping[str, tuple[object, object]]:
    """Setting -> (now, then) of what helps against the finding `key`; empty: nothing does.

    Args:
        fit: leaves out what the modality cannot do.
    """
    change = _REMEDIES.get(key)
    if change is None:
        return {}
    changed = fit(merge(train, change(train)))
    pairs = ((name, getattr(train, name), getattr(changed, name)) for name in change(train))
    return {name: (now, then) for name, now, then in pairs if now != then}


def _slower(train: TrainConfig, *names: str) -> Settings:
    return {
        name: max(min(LEAST_RATE, getattr(train, name)), getattr(train, name) / 2) for name in names
    }


def _held(train: TrainConfig) -> Settings:
    """D under R1 and R2, in the relativistic game; where it is so already, under more of them."""
    is_held = train.r1_gamma > 0 and train.r2_gamma > 0
    gammas = (
        {name: min(MOST_GAMMA, 4 * getattr(train, name)) for name in ("r1_gamma", "r2_gamma")}
        if is_held and train.loss == "relativistic"
        else {name: max(HELD, getattr(train, name)) for name in ("r1_gamma", "r2_gamma")}
    )
    return gammas | {
        "loss": "relativistic",
        "gp_weight": 0.0,
        "centring": max(0.01, train.centring),
        "auto_gamma": True,
        "d_steps": 1,
        "clip": train.clip or 1.0,
    }


def _against_d(train: TrainConfig) -> Settings:
    return _held(train) | _slower(train, "lr_d")


def _against_collapse(train: TrainConfig) -> Settings:
    return _held(train) | {"lr_d": min(train.lr_d, train.lr_g)}


def _freer(train: TrainConfig) -> Settings:
    return {"r1_gamma": train.r1_gamma / 10, "r2_gamma": train.r2_gamma / 10, "auto_gamma": True}


def _clipped(train: TrainConfig) -> Settings:
    if train.clip == 0:
        return {"clip": 1.0} | _slower(train, "lr_g", "lr_d")
    return _slower(train, "lr_g", "lr_d")


def _calmer(train: TrainConfig) -> Settings:
    return _held(train) | _slower(train, "lr_g", "lr_d")


def _augmented(train: TrainConfig) -> Settings:
    return {
        "augment": train.augment or ("translation", "cutout"),
        "augment_p": min(0.8, max(0.4, train.augment_p + 0.2)),
        "lr_d": _slower(train, "lr_d")["lr_d"],
    }


def _smoother(train: TrainConfig) -> Settings:
    return _slower(train, "lr_g", "lr_d") | {
        "sigma_min": min(train.sigma_min, 0.01),
        "ema_halflife": max(train.ema_halflife, min(LONGEST, 2 * train.ema_halflife)),
    }


def _weaker_g(train: TrainConfig) -> Settings:
    return _slower(train, "lr_g")


_REMEDIES: dict[str, Callable[[TrainConfig], Settings]] = {
    "d_wins": _against_d,
    "d_ahead": _against_d,
    "vanishing": _against_d,
    "d_dead": _freer,
    "g_ahead": _weaker_g,
    "exploding": _clipped,
    "nan": _clipped,
    "oscillates": _calmer,
    "collapse": _against_collapse,
    "samey": _against_collapse,
    "few_classes": _against_collapse,
    "memorises": _augmented,
    "copies_data": _augmented,
    "speckle": _smoother,
}
KEYS = tuple(_REMEDIES)
