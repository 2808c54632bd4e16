"""The command `ship`: evaluate a model, write its card, and put it in place if it is better."""

import argparse
from pathlib import Path

from tgan_demo.cli.opening import open_model
from tgan_demo.measure.task import SAMPLES


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id, or a folder that `train --recipe` wrote")
    parser.add_argument("--data", help="folder of the recipe's data; else the variable TGAN_DATA")
    parser.add_argument("--note", help="a text file: what is weak or worth knowing, for the card")
    parser.add_argument(
        "--replace", action="store_true", help="even if the recipe's judge finds it no better"
    )
    parser.add_argument("--to", help="a folder in place of weights/")
    parser.add_argument("--count", type=int, default=SAMPLES, help="samples that are scored")
    parser.add_argument(
        "--classifier", action="store_true", help="also train one on samples: minutes"
    )
    parser.add_argument(
        "--language-model", action="store_true", help="also train one to compare with: minutes"
    )
    parser.add_argument("--temperature", type=float, help="0 to 2; the model's own unless given")


def command(args: argparse.Namespace) -> dict:
    """Evaluate a model, write its card, and put it in place if it is better."""
    from tgan_demo.models import ship

    asked = ship.Asked(
        data_root=args.data,
        note=Path(args.note).read_text("utf-8") if args.note else None,
        replace=args.replace,
        to=Path(args.to) if args.to else ship.WEIGHTS,
        count=args.count,
        trained_on_generated=args.classifier,
        language_model=args.language_model,
        temperature=args.temperature,
    )
    return ship.ship(open_model(args.model).folder, asked)
