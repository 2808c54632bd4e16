"""The command `walk`: a film through the latent space, from seed to seed."""

import argparse
from pathlib import Path

from tgan_demo.cli import settings
from tgan_demo.cli.opening import label_of
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import paths
from tgan_demo.engine.draw.parts import PARTS


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id such as image/digits")
    parser.add_argument("--seeds", type=int, nargs="+", required=True, help="2 to 24 of them")
    parser.add_argument("--frames", type=int, default=24, help="from each seed to the next")
    settings.add(parser, "label", "psi")
    parser.add_argument("--path", default="slerp", choices=paths.PATHS)
    parser.add_argument("--space", default="z", choices=["z", "w"])
    parser.add_argument("--part", default="both", choices=PARTS, help="of clips: what changes")
    parser.add_argument(
        "--once", action="store_true", help="end at the last seed, not at the first"
    )
    parser.add_argument("--fps", type=float, help="frames a second; 24, of clips 8")
    parser.add_argument(
        "--out", required=True, help="FILE.webp, .gif, .mp4, .npz or .png (a sheet)"
    )


def command(args: argparse.Namespace) -> dict:
    """A film through several seeds; a model of clips plays on while it changes."""
    from tgan_demo.cli import saving
    from tgan_demo.studio import Studio

    studio = Studio()
    model = studio.load(args.model)
    label = label_of(model, args.label)
    items = studio.walk(
        args.model,
        [SampleConfig(seed=seed, label=label) for seed in args.seeds],
        frames=args.frames,
        path=args.path,
        space=args.space,
        loop=not args.once,
        psi=args.psi,
        part=args.part,
    )
    saving.save_walk(Path(args.out), items, model, args.fps)
    return {"model": model.id, "count": len(items), "shape": items.shape[1:], "out": args.out}
