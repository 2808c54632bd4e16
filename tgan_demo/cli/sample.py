"""The command `sample`: samples of a model into a file or a folder."""

import argparse
from pathlib import Path

from tgan_demo.cli import settings
from tgan_demo.cli.opening import open_model
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import ConfigError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", help="a bundled id such as image/digits, or a folder of train --out"
    )
    settings.add(parser, *settings.OPTIONS)
    parser.add_argument(
        "--out",
        required=True,
        help="FILE.npz, FILE.png (a sheet), of clips FILE.webp, .gif or .mp4, or a folder",
    )


def command(args: argparse.Namespace) -> dict:
    """Samples of seeds seed, seed + 1, ..."""
    from tgan_demo.cli import saving

    model = open_model(args.model)
    config = settings.config_of(args, model)
    if args.frames and not model.tokenizer.has_time:
        raise ConfigError(f"{model.title} makes no clips; leave --frames out")
    items, labels = sampler.draw(model, config)
    saving.save_samples(Path(args.out), items, labels, model, config)
    return {"model": model.id, "count": len(items), "shape": items.shape[1:], "out": args.out}
