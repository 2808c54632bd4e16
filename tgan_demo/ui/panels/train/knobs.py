"""The hyperparameters as rows: which setting, how it is shown, in which range, in which group.

What a row is called and what it does stands in words_train ("knob.<key>", "knob.<key>.info"); what
may be asked for is checked again in plan.py, since a browser can send anything.
"""

from dataclasses import asdict, dataclass
from typing import Any

from tgan_demo.config import (
    ADAPTS,
    ATTENTIONS,
    FIRST_PRESET,
    INJECTIONS,
    PENALTIES,
    POSITIONS,
    PRECISIONS,
    PRESETS,
    TUNE_PRESET,
    ModelConfig,
    TrainConfig,
)
from tgan_demo.engine.game.augment import AUGMENTS
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.runs import plan
from tgan_demo.runs.budget import MOST
from tgan_demo.runs.changes import CHANGEABLE
from tgan_demo.runs.request import SCRATCH, RunRequest
from tgan_demo.runs.scores import CHOSEN

BUDGET_S = {
    "fast": 120,
    "show me a collapse": 90,
    "fine-tune": 180,
}  # seconds; others: OTHER_BUDGET_S
OTHER_BUDGET_S = 300
GROUPS = ("speed", "game", "penalty", "data", "network", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One setting. `kind`: "log", "real", "whole" (a track), "choice", "many", "flag"."""

    key: str
    of: str  # "train" or "model"
    group: str  # one of GROUPS
    kind: str
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    choices: tuple[str, ...] = ()
    main: bool = False  # seen before "all knobs" is opened
    medium: str = ""  # seen with data of this medium alone
    term: str = ""  # of words/terms.toml, which an ⓘ beside its name explains


def _train(key: str, group: str, kind: str, *range_: float, **more: Any) -> Knob:
    return Knob(key=key, of="train", group=group, kind=kind, **_named(range_), **more)


def _model(key: str, kind: str, *range_: float, **more: Any) -> Knob:
    return Knob(key=key, of="model", group="network", kind=kind, **_named(range_), **more)


def _named(range_: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(("low", "high", "step"), range_, strict=False))


KNOBS = (
    _train("lr_g", "speed", "log", 1e-5, 1e-2, main=True, term="learning_rate"),
    _train("lr_d", "speed", "log", 1e-5, 1e-2, main=True, term="learning_rate"),
    _train("batch_size", "speed", "whole", 2, plan.MAX_BATCH, 2, main=True, term="batch"),
    _train("d_steps", "game", "whole", 1, 8, main=True),
    _train("loss", "game", "choice", choices=tuple(LOSSES), main=True, term="loss"),
    _train("lr_end", "speed", "real", 0, 1, 0.05),
    _train("warmup_steps", "speed", "whole", 0, 500, 10),
    _train("clip", "speed", "real", 0, 10, 0.5, term="gradient"),
    _train("ema_halflife", "speed", "log", 100, 1e6, term="ema"),
    _train("ema_ramp", "speed", "real", 0, 1, 0.05, term="ema"),
    _train("centring", "game", "real", 0, 1, 0.01, term="logit"),
    _train("warm_start", "game", "whole", 0, 200_000, 1000, term="warm_start"),
    _train("warm_start_kl", "game", "real", 0, 2, 0.05, term="vae"),
    _train("reconstruction_weight", "game", "real", 0, 50, 0.5, term="vae"),
    _train("grow", "game", "whole", 0, 3, medium="image", term="growing"),
    _train("grow_images", "game", "whole", 0, 200_000, 1000, medium="image", term="growing"),
    _train("r1_gamma", "penalty", "real", 0, 200, 0.5, term="r1"),
    _train("r2_gamma", "penalty", "real", 0, 200, 0.5, term="r1"),
    _train("auto_gamma", "penalty", "flag", term="r1"),
    _train("gamma_end", "penalty", "real", 0, 1, 0.05, term="r1"),
    _train("penalty", "penalty", "choice", choices=PENALTIES, term="r1"),
    _train("sigma", "penalty", "log", 1e-3, 1),
    _train("sigma_min", "penalty", "log", 1e-3, 1),
    _train("penalty_share", "penalty", "real", 0, 1, 0.05),
    _train("gp_weight", "penalty", "real", 0, 100, 0.5),
    _model("spectral_norm", "flag", term="spectral_norm"),
    _train("augment", "data", "many", choices=tuple(AUGMENTS), term="augmentation"),
    _train("adapt", "data", "choice", choices=ADAPTS, term="adapt"),
    _train("augment_p", "data", "real", 0, 1, 0.05, term="augmentation"),
    _train("auto_augment", "data", "flag"),
    _model("width", "whole", 32, plan.MAX_WIDTH, 16),
    _model("depth", "whole", 1, plan.MAX_DEPTH),
    _model("heads", "whole", 1, 16, term="attention"),
    _model("patch", "whole", 2, 16, term="token"),
    _model("tubelet", "whole", 1, 8, medium="video", term="token"),
    _model("overlap", "whole", 0, 8),
    _model("blend", "whole", 0, 2, medium="image"),
    _model("local_crop", "whole", 0, 32, 2, medium="image", term="local"),
    _model("local_patch", "whole", 1, 4, medium="image", term="local"),
    _train("local_weight", "game", "real", 0, 10, 0.1, medium="image", term="local"),
    _train("local_focus", "game", "real", 0, 10, 0.5, medium="image", term="local"),
    _train("local_gamma", "penalty", "real", 0, 20, 0.1, medium="image", term="local"),
    _train("local_noise", "penalty", "real", 0, 0.5, 0.01, medium="image", term="local"),
    _model("positions", "choice", choices=POSITIONS),
    _model("injection", "many", choices=INJECTIONS, term="cross"),
    _model("latent_tokens", "whole", 1, 64, term="cross"),
    _model("offset_rank", "whole", 1, 64, term="z"),
    _model("z_dim", "whole", 8, 512, 8, term="z"),
    _model("motion", "whole", 0, 32, medium="video"),
    _model("attention", "choice", choices=ATTENTIONS, medium="video"),
    _train("precision", "number", "choice", choices=PRECISIONS),
    _train("seed", "number", "whole", 0, 999_999),
)


def spec() -> dict[str, Any]:
    """What setup.js needs once: the rows, the values of every preset and what a medium has instead of
    them from scratch, the bounds of a budget.
    """
    defaults = {"train": asdict(TrainConfig()), "model": asdict(ModelConfig())}
    presets = []
    for name, (model, train) in PRESETS.items():
        over = {"model": model, "train": train}
        values = {k.key: over[k.of].get(k.key, defaults[k.of][k.key]) for k in KNOBS}
        budget = BUDGET_S.get(name, OTHER_BUDGET_S)
        presets.append({"name": name, "values": values, "budget": budget})
    presets.sort(key=lambda row: row["name"] != FIRST_PRESET)
    return {
        "knobs": [asdict(knob) for knob in KNOBS],
        "groups": list(GROUPS),
        "presets": presets,
        "first": FIRST_PRESET,
        "tune": TUNE_PRESET,
        "beginnings": plan.beginnings(),
        "most": MOST,
        "until": list(CHOSEN),
        "usual": {"images": 10_000, "steps": 200},  # of seconds, what the preset says
    }


def of_a_run() -> list[dict[str, Any]]:
    """The rows of a run that trains, with why it keeps one to its end: "network" or "run"; "": it does not."""
    rows = [(knob, "network" if knob.of == "model" else "run") for knob in KNOBS]
    return [asdict(knob) | {"kept": "" if knob.key in CHANGEABLE else why} for knob, why in rows]


def request(values: Any) -> RunRequest:
    """A RunRequest from what the browser sent, which may be anything.

    Raises:
        ConfigError: a preset, a budget or a setting is not one of ours; says which.
    """
    values = values if isinstance(values, dict) else {}
    settings = {"model": {}, "train": {}}
    for knob in KNOBS:
        given = values.get(knob.of)
        if isinstance(given, dict) and knob.key in given:
            settings[knob.of][knob.key] = given[knob.key]
    return RunRequest(
        title=_text(values.get("title"), ""),
        data=_text(values.get("data"), "digits"),
        start=_text(values.get("start"), SCRATCH),
        preset=_text(values.get("preset"), FIRST_PRESET),
        model_settings=settings["model"],
        train_settings=settings["train"],
        budget=values.get("budget", BUDGET_S[FIRST_PRESET]),
        unit=_text(values.get("unit"), "seconds"),
        until=_text(values.get("until"), ""),
    )


def _text(value: Any, otherwise: str) -> str:
    return value[:200] if isinstance(value, str) else otherwise
