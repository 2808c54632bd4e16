"""The command `attention`: where G and D look, for one seed."""

import argparse
from pathlib import Path

from tgan_demo.cli import settings
from tgan_demo.cli.opening import open_model
from tgan_demo.models import inside


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model")
    settings.add(parser, "seed", "label", "psi")
    parser.add_argument("--out", required=True, help="FILE.npz, or FILE.png: maps on the picture")


def command(args: argparse.Namespace) -> dict:
    """Where G and D look, for one seed."""
    from tgan_demo.cli import saving

    model = open_model(args.model)
    config = settings.config_of(args, model)
    maps = inside.attention(model, config)
    assert maps.g_self is not None  # of a seed G's are there
    saving.save_maps(Path(args.out), maps, model, config)
    return {"model": model.id, "g": list(maps.g_self.shape), "d": list(maps.d.shape),
            "logit": maps.logit, "out": args.out}  # fmt: skip
