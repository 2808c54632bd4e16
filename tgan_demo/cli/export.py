"""The command `export`: a model's files, to share or to load elsewhere."""

import argparse
import shutil
from pathlib import Path

from tgan_demo.cli.opening import open_model
from tgan_demo.files.disk import MODEL_FILES


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model")
    parser.add_argument("--out", required=True, help="a folder")


def command(args: argparse.Namespace) -> dict:
    """The model's files, to share or to load elsewhere."""
    model, out = open_model(args.model), Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    copied = [
        n
        for n in MODEL_FILES
        if (model.folder / n).is_file() and shutil.copy(model.folder / n, out / n)
    ]
    return {"model": model.id, "files": copied, "out": str(out)}
