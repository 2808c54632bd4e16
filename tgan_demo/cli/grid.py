"""The command `grid`: a table of samples that differ in two settings."""

import argparse
from pathlib import Path

from tgan_demo.cli.opening import label_of
from tgan_demo.config import SampleConfig


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id such as image/digits")
    parser.add_argument(
        "--x",
        required=True,
        help="what differs across: seed=1-10, psi=0..1/5, class=3,7, pc1=-3..3/7",
    )
    parser.add_argument(
        "--y", required=True, help="what differs down; also mix:42=each, model=ID,ID"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all cells, where no axis says it")
    parser.add_argument("--label", help="class, by name or number")
    parser.add_argument("--psi", type=float, default=1.0, help="truncation, 0..2")
    parser.add_argument("--temperature", type=float, help="0..2; the model's own unless given")
    parser.add_argument("--variation", type=float, default=0.0, help="0..1")
    parser.add_argument("--variation-seed", type=int, default=0)
    parser.add_argument("--edit", default="", help="edits of w, as the page's link has them")
    parser.add_argument(
        "--out", required=True, help="FILE.png with its axes, .npz (items), or .csv (settings)"
    )


def command(args: argparse.Namespace) -> dict:
    """A table of samples that differ in two settings, at most 256 cells."""
    from tgan_demo import tables
    from tgan_demo.studio import Studio

    studio = Studio()
    model = studio.load(args.model)
    config = SampleConfig(
        seed=args.seed,
        count=1,
        label=label_of(model, args.label),
        psi=args.psi,
        temperature=model.temperature if args.temperature is None else args.temperature,
        variation=args.variation,
        variation_seed=args.variation_seed,
        edit=args.edit,
    )
    table = tables.plan(studio, args.model, config, args.x, args.y)
    tables.save(Path(args.out), table, tables.draw(studio, table.cells))
    return {
        "model": model.id,
        "x": list(table.x.names),
        "y": list(table.y.names),
        "out": args.out,
    }
