"""A model's networks as ONNX files, for programs without PyTorch.

    generator.onnx      z (N, Z), label (N,), psi (1,) -> signal (N, ...), before it is rounded to a sample
    discriminator.onnx  signal, label -> logit (N,); with a local discriminator the sum of both verdicts
    encoder.onnx        signal, label -> z, log_var (N, Z each); where the model has an encoder

N is free, all numbers are float32, labels int64. Every file has the same inputs whatever the model: one
without classes does not look at the labels. What comes after the signal (choosing words with luck, finding
phases) is no part of a file; its modality says what that is (`Card.signal`).

torch traces the networks (torch.export), so that they hold as they are: no second way of writing them down.

Axes: B batch, Z latent, W mapped latent.
"""

import importlib.util
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import latents, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.turns import one_core
from tgan_demo.errors import ConfigError
from tgan_demo.files.disk import write_atomic
from tgan_demo.modalities import registry

OPSET = 20
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
CHECKED = 100  # seeds that each file is compared on
PSI = 0.7  # with which they are drawn for that: one that truncates


class _Generator(nn.Module):
    w_mean: Tensor  # (classes or 1, W)

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.G, self.tokenizer, self.config = model.G, model.tokenizer, model.config
        self.register_buffer("w_mean", model.w_mean)

    def forward(self, z: Tensor, label: Tensor, psi: Tensor) -> Tensor:
        known = label if self.config.classes else None
        middle_BW = self.w_mean[:1] if known is None else self.w_mean[known]
        w_BW = torch.lerp(middle_BW, self.G.mapping(z, known), psi)
        return self.tokenizer.to_signal(self.G.synthesise(w_BW), self.config)


class _Discriminator(nn.Module):
    def __init__(self, model: Model) -> None:
        super().__init__()
        self.D, self.model = model.D, model

    def forward(self, signal: Tensor, label: Tensor) -> Tensor:
        return self.model.judge(signal, label if self.model.config.classes else None)


class _Encoder(nn.Module):
    def __init__(self, model: Model) -> None:
        super().__init__()
        self.encoder, self.model = model.encoder, model

    def forward(self, signal: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        assert self.encoder is not None
        config = self.model.config
        tokens_BND = self.model.tokenizer.to_tokens(signal, config)
        return self.encoder(tokens_BND, label if config.classes else None)


@dataclass(frozen=True, slots=True)
class _Part:
    """One file."""

    name: str
    network: nn.Module
    inputs: dict[str, Tensor]  # of CHECKED samples, but for psi
    outputs: dict[str, Tensor]  # what the studio makes of them


def write_onnx(model: Model, out: Path) -> dict[str, Any]:
    """Write a model's networks into a folder, and compare what ONNX Runtime and PyTorch make of CHECKED seeds.

    Returns:
        {"files": names, "signal": what its numbers are and what the files leave out, "max_difference":
        of each file, the largest of all its outputs' numbers}, plain JSON.

    Raises:
        ConfigError: a package is missing.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"writing ONNX files needs {', '.join(missing)}; in the project's folder: pip install .[onnx]"
        )
    out.mkdir(parents=True, exist_ok=True)
    about = _about(model)
    differences = {}
    with torch.no_grad(), one_core():
        for part in _parts(model):
            content = _exported(part, about)
            differences[part.name] = _difference(part, content)
            write_atomic(out / part.name, content)
    return {"files": list(differences), "signal": about["signal"], "max_difference": differences}


def _parts(model: Model) -> Iterator[_Part]:
    asked = SampleConfig(seed=0, count=CHECKED, psi=PSI)
    z_BZ, label_B = latents.draw_z(model, asked)
    signal = sampler.signals(model, asked)[0].clone()  # the clone can be traced
    label = torch.zeros(CHECKED, dtype=torch.long) if label_B is None else label_B
    drawn = {"z": z_BZ, "label": label, "psi": torch.tensor([PSI])}
    yield _Part("generator.onnx", _Generator(model), drawn, {"signal": signal})
    judged = {"signal": signal, "label": label}
    logits = {"logit": model.judge(signal, label_B)}
    yield _Part("discriminator.onnx", _Discriminator(model), judged, logits)
    if model.encoder is not None:
        z, log_var = model.encoder(model.tokenizer.to_tokens(signal, model.config), label_B)
        yield _Part("encoder.onnx", _Encoder(model), judged, {"z": z, "log_var": log_var})


def _exported(part: _Part, about: dict[str, str]) -> bytes:
    """The file's bytes, with what there is to know of the model inside."""
    rows = torch.export.Dim("N")
    free = {name: None if name == "psi" else {0: rows} for name in part.inputs}
    # of two rows: torch.export takes one for a constant
    args = tuple(x if name == "psi" else x[:2] for name, x in part.inputs.items())
    with _quiet():
        traced = torch.export.export(part.network.eval(), args, dynamic_shapes=free, strict=False)
        program = torch.onnx.export(
            traced,
            args,
            dynamo=True,
            opset_version=OPSET,
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            dynamic_shapes=free,
            verbose=False,
        )
    assert program is not None
    proto = program.model_proto
    proto.producer_name, proto.producer_version = "tgan_demo", ""
    for key, value in about.items():
        proto.metadata_props.add(key=key, value=value)
    return proto.SerializeToString()


def _difference(part: _Part, content: bytes) -> float:
    """Of PyTorch's outputs from ONNX Runtime's, at most."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    made = session.run(list(part.outputs), {name: x.numpy() for name, x in part.inputs.items()})
    pairs = zip(part.outputs.values(), made, strict=True)
    return max(float(np.abs(wanted.numpy() - np.asarray(got)).max()) for wanted, got in pairs)


def _about(model: Model) -> dict[str, str]:
    """What every file says of itself, as ONNX's metadata: texts."""
    data = model.meta.get("data", {})
    return {
        "model": model.id,
        "title": model.title,
        "classes": json.dumps(model.config.classes, ensure_ascii=False),
        "signal": registry.get(model.config.modality).card.signal(model),
        "data": str(data.get("name", "")),
        "licence": str(data.get("licence", "")),
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says about itself: of packages we do not use, of its own deprecations."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
