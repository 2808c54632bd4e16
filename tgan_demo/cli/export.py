"""The command `export`: a model's files, to share or to load elsewhere, or its networks as ONNX files."""

import argparse
import shutil
from pathlib import Path

from tgan_demo.cli.opening import open_model
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError
from tgan_demo.models.folder import files_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model")
    parser.add_argument("--out", help="a folder; with --onnx, when left out, named after the model")
    parser.add_argument(
        "--onnx",
        action="store_true",
        help="generator.onnx, discriminator.onnx and, where there is one, encoder.onnx in place of "
        "the model's own files (needs `pip install .[onnx]`; see docs/other-frameworks.md)",
    )
    parser.add_argument(
        "--page",
        nargs="?",
        const="",
        metavar="PACKAGE",
        help="with --onnx: page.html too, which draws in a browser without a server; PACKAGE is the "
        "folder of the npm package onnxruntime-web, when left out the one that is installed in OUT",
    )


def command(args: argparse.Namespace) -> dict:
    """A model's files, to share or to load elsewhere; with --onnx its networks for other programs."""
    if not args.onnx and (not args.out or args.page is not None):
        said = "--page goes with --onnx" if args.out else "export wants a folder: --out FOLDER"
        raise ConfigError(said)
    model = open_model(args.model)
    if args.onnx:
        out = Path(args.out or f"{model.folder.resolve().name}-onnx")
        return {"model": model.id, "out": str(out), **_onnx(model, out, args.page)}
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    files = files_of(model.folder)
    for file in files:
        shutil.copy(file, out / file.name)
    return {"model": model.id, "files": [file.name for file in files], "out": str(out)}


def _onnx(model: Model, out: Path, package: str | None) -> dict:
    """The ONNX files and, unless `package` is None, the page."""
    from tgan_demo.models import onnx_files, onnx_page  # nobody else wants them at the start

    if package is None:
        return onnx_files.write_onnx(model, out)
    library = onnx_page.files_of_library(model, Path(package or out / onnx_page.PACKAGE))
    said = onnx_files.write_onnx(model, out)
    onnx_page.write_page(model, (out / "generator.onnx").read_bytes(), library, out / "page.html")
    return {**said, "files": [*said["files"], "page.html"]}
