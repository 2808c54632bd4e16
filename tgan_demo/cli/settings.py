"""The settings of samples as options of a command: what each is called, its range and its default."""

import argparse
from typing import Any

from tgan_demo.cli.opening import label_of
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.model import Model

OPTIONS: dict[str, dict[str, Any]] = {  # by the names that SampleConfig has
    "count": {"type": int, "default": 16},
    "seed": {"type": int, "default": 0},
    "label": {"help": "class, by name or number; without it each seed has its own"},
    "psi": {"type": float, "default": 1.0, "help": "truncation, 0..2"},
    "temperature": {"type": float, "help": "0..2, for texts; the model's own unless given"},
    "top_p": {"type": float, "default": 1.0, "help": "0.05..1, for texts of the latent route"},
    "variation": {"type": float, "default": 0.0, "help": "0..1, towards the variation seed"},
    "variation_seed": {"type": int, "default": 0},
    "frames": {"type": int, "default": 0, "help": "0..256, of clips; 0: as trained"},
    "edit": {"default": "", "help": "edits of w, as the page's link has them"},
}


def add(parser: argparse.ArgumentParser, *names: str) -> None:
    """Some of OPTIONS, in this order."""
    for name in names:
        parser.add_argument("--" + name.replace("_", "-"), **OPTIONS[name])


def config_of(args: argparse.Namespace, model: Model, **more: Any) -> SampleConfig:
    """What these options ask of the model. An option that the command does not have is the default, or the
    model's own. Raises ConfigError: they are none of its classes, or out of range.
    """
    given = {name: value for name, value in vars(args).items() if name in OPTIONS}
    given["label"] = label_of(model, args.label)
    if given.get("temperature") is None:
        given["temperature"] = model.temperature
    return SampleConfig(**given | more)
