"""The command `mix`: w of some samples in some blocks of others, as a table."""

import argparse
from pathlib import Path

from tgan_demo.cli import settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id such as image/digits")
    parser.add_argument("--a", required=True, help="seeds whose w is put in, a row each: 1-3,7")
    parser.add_argument("--b", required=True, help="seeds that it is put into, a column each")
    parser.add_argument(
        "--blocks",
        default="coarse",
        help="first-last, coarse, middle, fine or all; 0 is the position tokens, then the blocks",
    )
    settings.add(parser, "label", "psi", "temperature")
    parser.add_argument("--out", required=True, help="FILE.png with heads, or .csv (settings)")


def command(args: argparse.Namespace) -> dict:
    """A in some blocks of B, for all A and all B, at most 64."""
    from tgan_demo import mixing, tables
    from tgan_demo.studio import Studio

    studio = Studio()
    model = studio.load(args.model)
    config = settings.config_of(args, model, count=1)
    table = mixing.plan(studio, args.model, config, args.a, args.b, args.blocks)
    tables.save(Path(args.out), table, tables.draw(studio, table.cells))
    edits = [cell[1].edit for cell in table.cells if cell and cell[1].edit]
    return {"model": model.id, "count": len(edits), "edits": edits, "out": args.out}
