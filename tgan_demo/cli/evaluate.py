"""The command `evaluate`: scores of a model, each beside what real data score."""

import argparse

from tgan_demo.cli.opening import open_model


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model")
    parser.add_argument("--data", help="folder of the reference data; else the variable TGAN_DATA")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument(
        "--classifier", action="store_true", help="also train one on samples: minutes"
    )
    parser.add_argument(
        "--language-model",
        action="store_true",
        help="text: also train one to compare with: minutes",
    )
    parser.add_argument(
        "--temperature", type=float, help="text: 0 to 2; the model's own unless given"
    )


def command(args: argparse.Namespace) -> dict:
    """How good the samples are, each number beside its real-data value."""
    from tgan_demo.models import evaluation

    model = open_model(args.model)
    return evaluation.evaluate(
        model.folder,
        data_root=args.data,
        n=args.count,
        trained_on_generated=args.classifier,
        language_model=args.language_model,
        temperature=model.temperature if args.temperature is None else args.temperature,
    )
