"""The model folder: what it holds; load and save its weights and settings, never a pickle.

A model folder has model.safetensors (float16: `g.*` averaged, `d.*`, `w_mean`, `tokenizer.*` what it learned,
`encoder.*` of the warm start, or learned afterwards) and config.json. Beside them may lie a card, a sheet of
samples, the curves of its training, and what its scores are measured with: a classifier
(encoder.safetensors), what real data score (reference.safetensors), and what its modality adds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tgan_demo.config import ModelConfig, from_dict
from tgan_demo.contract import Tokenizer
from tgan_demo.engine.draw.model import Model, mean_w
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players import adapting
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.errors import WeightsError
from tgan_demo.files.disk import write_atomic
from tgan_demo.files.tensors import (
    add_tensors,
    fill,
    part,
    read_json,
    read_tensors,
    write_json,
    write_tensors,
)
from tgan_demo.legacy import FORMAT
from tgan_demo.modalities import registry

CURVE_NAMES = ("loss_d", "loss_g", "accuracy")  # as runs/curves.py has them
MAX_CURVE = 200  # points of each
GAME = ("gamma_factor", "confidence", "augment_p")  # what the rules of the game have settled on

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "card.md"
SHEETS = ("sheet.png", "sheet.json")  # of samples; the first that is there
CURVES = "curves.json"  # of its training
NEEDED = (WEIGHTS, CONFIG)
SHOWN = (*NEEDED, CARD, *SHEETS)  # what makes a model that somebody else can use
CLASSIFIER, REFERENCE = "encoder.safetensors", "reference.safetensors"


def names_of(modality: str) -> tuple[str, ...]:
    """Names of all files that a model folder of this modality may hold."""
    return (*SHOWN, CURVES, CLASSIFIER, REFERENCE, *registry.get(modality).measure.files)


def files_of(folder: Path) -> list[Path]:
    """The files of a model folder that belong to it; whatever else lies there does not.

    Raises WeightsError when its settings cannot be read, NotFoundError for an unknown modality.
    """
    modality = read_json(folder / CONFIG).get("model", {}).get("modality", "image")
    return [folder / name for name in names_of(str(modality)) if (folder / name).is_file()]


def write_curves(folder: Path, columns: Mapping[str, Sequence[float | None]]) -> None:
    """Keep the curves of a training beside its model: "x", samples seen, and each of CURVE_NAMES."""
    kept = {name: list(columns[name]) for name in ("x", *CURVE_NAMES)}
    write_atomic(folder / CURVES, json.dumps(kept).encode())


def read_curves(folder: Path) -> dict[str, list[float | None]] | None:
    """The curves of a model's training as `write_curves` has them; None where none were kept.

    The file may come from anywhere: what is not columns of so many numbers is not there.
    """
    try:
        found = read_json(folder / CURVES)
    except WeightsError:
        return None
    columns: dict[str, list[float | None]] = {}
    for name in ("x", *CURVE_NAMES):
        values = found.get(name)
        if not isinstance(values, list) or not 0 < len(values) <= MAX_CURVE:
            return None
        if not all(_is_number(v) or (v is None and name != "x") for v in values):
            return None
        columns[name] = values
    return columns if len({len(values) for values in columns.values()}) == 1 else None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e15  # nor is NaN


def load_model(folder: Path) -> Model:
    """Raises WeightsError when a file is missing, foreign, damaged or of another size."""
    meta = read_json(folder / CONFIG)
    config = from_dict(ModelConfig, meta.get("model", {}))
    tokenizer = registry.tokenizer(config.modality, config.route)
    tokenizer.check(config)
    spec = tokenizer.tokens(config)
    G, D = Generator(config, spec), Discriminator(config, spec)
    tensors = read_tensors(folder / WEIGHTS)
    tokenizer = tokenizer.restore(part(tensors, "tokenizer"))
    tokenizer.check(config)  # again: now it knows what it learned
    w_mean = tensors.pop("w_mean", None)
    nets: dict[str, nn.Module] = {"g": G, "d": D}
    encoder = VaeEncoder(config, spec) if part(tensors, "encoder") else None
    if encoder is not None:
        nets["encoder"] = encoder
    for prefix, net in nets.items():
        fill(net, part(tensors, prefix), folder.name)
        net.eval().requires_grad_(False)
    rows = max(1, len(config.classes))
    if w_mean is None or w_mean.shape != (rows, config.z_dim):
        w_mean = mean_w(G)
    name = str(meta.get("id", folder.name))
    title = str(meta.get("title", name))
    return Model(
        folder, name, title, config, tokenizer, G, D, w_mean.float(), meta, encoder=encoder
    )


def save_trained(folder: Path, state: TrainState, **about: Any) -> None:
    """The model of a run as it is now; `about` as for `meta_of`."""
    save_model(
        folder,
        ema=adapting.merged(state.ema),
        D=state.D,
        config=state.model,
        tokenizer=state.tokenizer,
        encoder=state.encoder,
        meta=meta_of(state, **about),
    )


def meta_of(
    state: TrainState,
    *,
    title: str,
    data: Mapping[str, object],
    id: str = "mine",
    temperature: float = 1.0,
) -> dict[str, object]:
    """What config.json says of a run's model, besides its shape.

    Args:
        data: name, licence and source of what it learned from, and "factors" where its classes have some.
        temperature: at which it is to be read.
    """
    return {
        "id": id,
        "title": title,
        "train": asdict(state.train),
        "data": dict(data),
        "temperature": temperature,
        "nimg": state.nimg,
        "seconds": round(state.seconds, 1),
        "threads": torch.get_num_threads(),
        "game": {name: getattr(state, name) for name in GAME},
        "scores": {},
    }


def save_model(
    folder: Path,
    *,
    ema: Generator,
    D: Discriminator,
    config: ModelConfig,
    tokenizer: Tokenizer,
    meta: dict,
    encoder: VaeEncoder | None = None,
) -> None:
    """Write model.safetensors and config.json; `meta` as `meta_of` gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"g.{k}": v for k, v in ema.state_dict().items()}
    tensors |= {f"d.{k}": v for k, v in D.state_dict().items()}
    if encoder is not None:
        tensors |= {f"encoder.{k}": v for k, v in encoder.state_dict().items()}
    tensors["w_mean"] = mean_w(ema)
    tensors |= {f"tokenizer.{k}": v for k, v in tokenizer.tensors().items()}
    write_tensors(folder / WEIGHTS, _halved(tensors))
    write_json(folder / CONFIG, meta | {"format": FORMAT, "model": asdict(config)})


def add_encoder(folder: Path, encoder: VaeEncoder, about: Mapping[str, object]) -> None:
    """Keep an encoder that was learned afterwards (engine/draw/encoding.py) in a model folder; all else stays.

    Args:
        about: how it was learned, for config.json, where "encoder" says that it is of no warm start.
    """
    tensors = _halved({f"encoder.{k}": v for k, v in encoder.state_dict().items()})
    add_tensors(folder / WEIGHTS, tensors, in_place_of="encoder")
    write_json(folder / CONFIG, read_json(folder / CONFIG) | {"encoder": dict(about)})


def _halved(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
