"""The command `encoder`: one for a model that had no warm start, learned from its own samples."""

import argparse
import sys
import time

from tgan_demo.cli.opening import open_model
from tgan_demo.errors import ConfigError

LOOK = 100  # steps between two lines


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id such as image/digits, or a model folder")
    parser.add_argument("--seconds", type=float, default=300.0, help="to learn for")
    parser.add_argument(
        "--steps", type=int, help="in place of seconds: the same again on one machine"
    )
    parser.add_argument("--seed", type=int, default=0)


def command(args: argparse.Namespace) -> dict:
    """An encoder learned from a model's own samples and kept in its folder, for `invert` to begin at."""
    from tgan_demo.engine.draw import encoding
    from tgan_demo.models.folder import add_encoder

    if not (args.seconds > 0 if args.steps is None else args.steps > 0):
        raise ConfigError("seconds and steps must be more than 0")
    model = open_model(args.model)
    if model.tokenizer.encodes:
        raise ConfigError(f"{model.title} needs no encoder: its codes say z themselves")
    if model.encoder is not None and "encoder" not in model.meta:
        raise ConfigError(f"{model.title} has the encoder of its warm start; nothing to do")
    begun = time.monotonic()
    limit = {"seconds": args.seconds} if args.steps is None else {"steps": args.steps}
    learned = None
    for learned in encoding.learn(model, **limit, seed=args.seed):
        if learned.step % LOOK == 0:
            said = f"{learned.share:.0%}, step {learned.step}: error {learned.error:.3f}"
            print(said, file=sys.stderr, flush=True)
    assert learned is not None  # a step is done in any case
    about = {
        "samples": learned.step * encoding.BATCH,
        "seconds": round(time.monotonic() - begun, 1),
        "error": round(learned.error, 4),
    }
    add_encoder(model.folder, learned.encoder, about)
    return {"model": model.id, "steps": learned.step, **about, "out": str(model.folder)}
