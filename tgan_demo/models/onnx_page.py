"""A page that draws with a model's generator.onnx in the browser: one HTML file, no server, nothing fetched.

The model, ONNX Runtime Web and its WebAssembly stand in the file itself, for a page opened from a disk may
read no other. The library is the npm package onnxruntime-web, installed by whoever makes the page.
"""

import base64
import html
import json
from pathlib import Path

import torch

from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError
from tgan_demo.files.disk import write_atomic

PACKAGE = Path("node_modules") / "onnxruntime-web"  # in the folder of the export, unless told
LIBRARY, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
TEMPLATE, SCRIPT = (Path(__file__).with_suffix(end) for end in (".html", ".js"))


def files_of_library(model: Model, package: Path) -> tuple[Path, Path]:
    """The package's script and its WebAssembly.

    Raises:
        ConfigError: they are not there, or the model makes nothing that has planes to be drawn.
    """
    if order_of(model) is None:
        raise ConfigError(
            f"a page draws pictures, sounds' spectra and clips; {model.title} makes none"
        )
    found = (package / "dist" / LIBRARY, package / "dist" / WASM)
    if not all(path.is_file() for path in found):
        raise ConfigError(
            f"the page needs the npm package onnxruntime-web in {package}; "
            f"npm install --prefix {package.parent.parent} onnxruntime-web"
        )
    return found


def write_page(model: Model, generator: bytes, library: tuple[Path, Path], out: Path) -> None:
    """One HTML file that draws sixteen seeds; `library` as `files_of_library` gives it."""
    order = order_of(model)
    assert order is not None  # files_of_library has asked
    script, wasm = (path.read_bytes() for path in library)
    about = {
        "classes": model.config.classes,
        "z": model.config.z_dim,
        "shape": order.shape,  # frames, channels, rows, columns
        "planes": order.flatten().tolist(),  # where in a signal each of their numbers lies
    }
    parts = {
        "title": html.escape(model.title),
        "library": base64.b64encode(script).decode(),
        "wasm": base64.b64encode(wasm).decode(),
        "model": base64.b64encode(generator).decode(),
        # a name may not end the script element it stands in
        "about": json.dumps(about).replace("<", "\\u003c"),
        "script": SCRIPT.read_text(encoding="utf-8"),
    }
    pieces = TEMPLATE.read_text(encoding="utf-8").split("{{")
    page = pieces[0]
    for piece in pieces[1:]:
        name, after = piece.split("}}", 1)
        page += parts[name] + after
    write_atomic(out, page.encode())


def order_of(model: Model) -> torch.Tensor | None:
    """The planes (frames, channels, rows, columns) of a signal that counts its numbers; None: it has none."""
    shape = model.config.shape
    counted = torch.arange(torch.Size(shape).numel()).view(1, *shape)
    planes = model.tokenizer.planes(counted)
    return None if planes is None or planes.shape[2] not in (1, 3) else planes[0]
