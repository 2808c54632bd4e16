"""The command line's parser: one file a command, and one JSON object as the last line of each.

Run: python -m tgan_demo COMMAND --help; the commands are those of COMMANDS below.
"""

import argparse
import json
import logging
import signal
import sys

import torch

from tgan_demo.cli import (
    attention,
    bench,
    directions,
    encoder,
    evaluate,
    export,
    grid,
    invert,
    mix,
    models,
    publish,
    sample,
    ship,
    train,
    walk,
)
from tgan_demo.engine.game.memory import keep_memory
from tgan_demo.errors import TganError

COMMANDS = {  # each has `arguments`, which it adds to a parser, and `command`, which answers
    "models": models,
    "sample": sample,
    "directions": directions,
    "walk": walk,
    "grid": grid,
    "mix": mix,
    "train": train,
    "evaluate": evaluate,
    "ship": ship,
    "attention": attention,
    "invert": invert,
    "encoder": encoder,
    "export": export,
    "publish": publish,
    "bench": bench,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, 2 after an error that the user can mend (of one of several models, too), 128 + n
    where signal n ended it.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    args = _parser().parse_args(arguments)
    keep_memory()
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        result = args.command(args)
    except (TganError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    if result is None:  # the first of several processes answers
        return 0
    print(json.dumps(result, ensure_ascii=False))
    if "stopped" in result:
        return 128 + signal.Signals[result["stopped"]]
    return 2 if result.get("failed") else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tgan_demo",
        description="Transformer GANs: sample, train, score. The last line is one JSON object.",
    )
    parser.add_argument(
        "--threads", type=int, default=0, help="torch threads; 0: torch's own choice"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        about = (module.command.__doc__ or "").split("\n")[0]
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(command=module.command)
        module.arguments(added)
    return parser
