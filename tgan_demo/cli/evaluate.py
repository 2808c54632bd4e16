"""The command `evaluate`: scores of a model, each beside what real data score; or of all bundled ones."""

import argparse

from tgan_demo.cli.opening import open_model
from tgan_demo.errors import ConfigError
from tgan_demo.measure.task import SAMPLES


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?")
    parser.add_argument("--data", help="folder of the reference data; else the variable TGAN_DATA")
    parser.add_argument("--count", type=int, help=f"samples; {SAMPLES:,} unless given")
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
    parser.add_argument(
        "--validation",
        action="store_true",
        help="beside a part of the training data in place of the test part: for all that chooses",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="every bundled model, as its card was measured; write cards, docs/scores.* and README",
    )
    parser.add_argument("--only", help="with --all: some of them, a,b,c")
    parser.add_argument(
        "--again", action="store_true", help="with --all: those too that were done at this commit"
    )


def command(args: argparse.Namespace) -> dict:
    """How good the samples are, each number beside its real-data value."""
    if args.all:
        return _all(args)
    if not args.model:
        raise ConfigError("name a model, or --all")
    from tgan_demo.models import evaluation

    model = open_model(args.model)
    return evaluation.evaluate(
        model.folder,
        data_root=args.data,
        n=args.count or SAMPLES,
        trained_on_generated=args.classifier,
        language_model=args.language_model,
        temperature=model.temperature if args.temperature is None else args.temperature,
        validation=args.validation,
    )


def _all(args: argparse.Namespace) -> dict:
    from tgan_demo.models import release

    if args.model or args.validation or args.temperature is not None:
        raise ConfigError("--all measures every model at its own temperature on the test part")
    asked = release.Asked(
        data_root=args.data,
        only=args.only.split(",") if args.only else (),
        again=args.again,
        count=args.count,
        trained_on_generated=True if args.classifier else None,
        language_model=True if args.language_model else None,
    )
    done = []
    for found in release.evaluate_all(asked):
        print(found, flush=True)
        done.append(found)
    return {"models": done}
