"""The command `export`: a model's files, to share or to load elsewhere."""

import argparse
import shutil
from pathlib import Path

from tgan_demo.cli.opening import open_model
from tgan_demo.models.folder import files_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model")
    parser.add_argument("--out", required=True, help="a folder")


def command(args: argparse.Namespace) -> dict:
    """The model's files, to share or to load elsewhere."""
    model, out = open_model(args.model), Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    files = files_of(model.folder)
    for file in files:
        shutil.copy(file, out / file.name)
    return {"model": model.id, "files": [file.name for file in files], "out": str(out)}
