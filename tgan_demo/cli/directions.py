"""The command `directions`: directions of w as a sheet of samples or as vectors."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tgan_demo.cli import settings
from tgan_demo.cli.opening import open_model
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError

if TYPE_CHECKING:
    from tgan_demo.engine.draw.model import Model

SIDE = 64  # pixels at least of a sample on the sheet


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id such as image/digits, or a folder")
    parser.add_argument("--seed", type=int, default=0, help="of the sample that is moved")
    settings.add(parser, "label", "psi", "edit")
    parser.add_argument(
        "--kind",
        default="local",
        choices=["local", "global", "class"],
        help="round this sample, of all samples, or to the nearest classes",
    )
    parser.add_argument("--a", type=int, nargs="+", help="seeds that have something, and")
    parser.add_argument("--b", type=int, nargs="+", help="seeds that lack it: one direction")
    parser.add_argument(
        "--blocks", help="FIRST-LAST places where w enters; all, between groups the later blocks"
    )
    parser.add_argument(
        "--out", required=True, help="FILE.png, a row a direction, or FILE.npz with vectors too"
    )


def command(args: argparse.Namespace) -> dict:
    """Directions round a sample, of all samples, to classes, or between two groups of seeds."""
    from tgan_demo.engine.draw import cells, directions

    out = Path(args.out)
    if out.suffix not in (".png", ".npz"):
        raise ConfigError(f"directions are saved as .png or .npz; got {out.name!r}")
    model = open_model(args.model)
    config = settings.config_of(args, model, count=1)
    if args.a or args.b:
        groups = [
            [SampleConfig(seed=seed, count=1, label=config.label, psi=args.psi) for seed in seeds]
            for seeds in (args.a or [], args.b or [])
        ]
        ways, kind = [directions.made(model, *groups)], "local"
    else:
        ways, kind = directions.found(model, config, args.kind), args.kind
    amounts = directions.AMOUNTS[kind]
    blocks = _blocks(args.blocks) or (directions.late(model) if args.a else (0, None))
    table = directions.table(model, config, ways, amounts, blocks)
    flat = [config for row in table for config in row]
    items = cells.draw_each(model, flat)
    if out.suffix == ".png":
        _save_sheet(out, items, model, config, len(amounts))
    else:
        np.savez_compressed(
            out,
            allow_pickle=False,
            items=items.reshape(len(ways), len(amounts), *items.shape[1:]),
            amounts=np.array(amounts),
            vectors=np.stack([directions.vector(model, config, what).numpy() for what in ways]),
            edits=np.array([config.edit for config in flat]).reshape(len(ways), -1),
        )
    return {
        "model": model.id,
        "directions": ways,
        "amounts": list(amounts),
        "blocks": [blocks[0], model.G.entries - 1 if blocks[1] is None else blocks[1]],
        "out": args.out,
    }


def _save_sheet(
    out: Path, items: np.ndarray, model: "Model", config: SampleConfig, columns: int
) -> None:
    from PIL import Image

    from tgan_demo.files import pixels, png, stills
    from tgan_demo.modalities import registry

    sheet = registry.get(model.config.modality).look.sheet(items, columns)
    source = sheet.source()
    image = stills.still(source, int(source.get("frames") or 1) // 3)
    scale = max(1, -(-SIDE // (image.shape[1] // columns)))
    settings = png.settings_for(model.id, config)
    out.write_bytes(png.png_bytes(Image.fromarray(pixels.enlarged(image, scale)), settings))


def _blocks(text: str | None) -> tuple[int, int] | None:
    """Raises ConfigError: it is no range."""
    if not text:
        return None
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise ConfigError(f"--blocks is FIRST-LAST, such as 1-3; got {text!r}")
    return int(first), int(last or first)
