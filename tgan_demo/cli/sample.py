"""The command `sample`: samples of a model into a file or a folder."""

import argparse
from pathlib import Path

from tgan_demo.cli.opening import label_of, open_model
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import ConfigError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", help="a bundled id such as image/digits, or a folder of train --out"
    )
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--label", help="class, by name or number; without it each seed has its own"
    )
    parser.add_argument("--psi", type=float, default=1.0, help="truncation, 0..2")
    parser.add_argument(
        "--temperature", type=float, help="0..2, for texts; the model's own unless given"
    )
    parser.add_argument(
        "--top-p", type=float, default=1.0, help="0.05..1, for texts of the latent route"
    )
    parser.add_argument(
        "--variation", type=float, default=0.0, help="0..1, towards the variation seed"
    )
    parser.add_argument("--variation-seed", type=int, default=0)
    parser.add_argument("--frames", type=int, default=0, help="0..256, of clips; 0: as trained")
    parser.add_argument("--edit", default="", help="edits of w, as the page's link has them")
    parser.add_argument(
        "--out",
        required=True,
        help="FILE.npz, FILE.png (a sheet), of clips FILE.webp, .gif or .mp4, or a folder",
    )


def command(args: argparse.Namespace) -> dict:
    """Samples of seeds seed, seed + 1, ..."""
    from tgan_demo.cli import saving

    model = open_model(args.model)
    config = SampleConfig(
        seed=args.seed,
        count=args.count,
        label=label_of(model, args.label),
        psi=args.psi,
        variation=args.variation,
        variation_seed=args.variation_seed,
        temperature=model.temperature if args.temperature is None else args.temperature,
        top_p=args.top_p,
        frames=args.frames,
        edit=args.edit,
    )
    if args.frames and not model.tokenizer.has_time:
        raise ConfigError(f"{model.title} makes no clips; leave --frames out")
    items, labels = sampler.draw(model, config)
    saving.save_samples(Path(args.out), items, labels, model, config)
    return {"model": model.id, "count": len(items), "shape": items.shape[1:], "out": args.out}
