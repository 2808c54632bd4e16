"""The command `grid`: a table of samples that differ in two settings."""

import argparse
from pathlib import Path

from tgan_demo.cli import settings


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
    settings.add(parser, "label", "psi", "temperature", "variation", "variation_seed", "edit")
    parser.add_argument(
        "--out", required=True, help="FILE.png with its axes, .npz (items), or .csv (settings)"
    )


def command(args: argparse.Namespace) -> dict:
    """A table of samples that differ in two settings, at most 256 cells."""
    from tgan_demo import tables
    from tgan_demo.studio import Studio

    studio = Studio()
    model = studio.load(args.model)
    config = settings.config_of(args, model, count=1)
    table = tables.plan(studio, args.model, config, args.x, args.y)
    tables.save(Path(args.out), table, tables.draw(studio, table.cells))
    return {
        "model": model.id,
        "x": list(table.x.names),
        "y": list(table.y.names),
        "out": args.out,
    }
