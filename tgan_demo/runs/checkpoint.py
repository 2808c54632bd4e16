"""The state of a run on disk: safetensors, never a pickle. Every write is whole or not at all.

A run resumed from state.safetensors is the run without the stop.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from tgan_demo.config import ModelConfig, TrainConfig, from_dict
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.files.tensors import (
    bytes_of,
    fill,
    part,
    read_tensors,
    tensors_of,
    write_tensors,
)
from tgan_demo.legacy import FORMAT
from tgan_demo.modalities import registry

STATE = "state.safetensors"


def save_state(state: TrainState, path: Path) -> None:
    """Write a run to a file, or to STATE in a folder."""
    path = _state_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, *_taken_apart(state))


def to_bytes(state: TrainState) -> bytes:
    """What `save_state` would write, for another process."""
    return bytes_of(*_taken_apart(state))


def _taken_apart(state: TrainState) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors of a run, and its JSON as the file's metadata."""
    tensors: dict[str, Tensor] = {}
    nets = {"d": state.D, "ema": state.ema, "g": state.G, "encoder": state.encoder}
    for name, net in nets.items():
        if net is not None:
            tensors |= {f"{name}.{k}": v for k, v in net.state_dict().items()}
    for name, optimizer in (("opt_g", state.opt_g), ("opt_d", state.opt_d)):
        for index, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"{name}.{index}.{k}": v for k, v in moments.items()}
    tensors["rng"] = state.rng.get_state()
    tensors |= {f"tokenizer.{k}": v for k, v in state.tokenizer.tensors().items()}
    numbers = {name: getattr(state, name) for name in _NUMBERS}
    planned = {"images": state.planned_images} if state.planned_images else {}
    # the JSON travels inside the tensors' file: one rename, so the two can never disagree
    record = {
        "format": FORMAT,
        "model": asdict(state.model),
        "train": asdict(state.train) | planned,
        **numbers,
    }
    return tensors, {"state": json.dumps(record)}


def size_of(state: TrainState) -> int:
    """Bytes of a run on disk: G with two moments and its average, D with two moments, and its model."""
    sizes = [sum(p.numel() for p in net.parameters()) for net in (state.G, state.D)]
    learned = sum(value.nbytes for value in state.tokenizer.tensors().values())
    return 4 * (4 * sizes[0] + 3 * sizes[1]) + 2 * sum(sizes) + 2 * learned


_NUMBERS = (
    "precision", "step", "nimg", "start_nimg", "warm_step", "seconds", "gamma_factor", "confidence",
    "augment_p", "unseen", "stage", "stage_nimg", "fade",
)  # fmt: skip


def load_state(path: Path, *, device: str = "cpu") -> TrainState:
    """The run as it was saved to a file, or to STATE in a folder."""
    path = _state_file(path)
    tensors = read_tensors(path)
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("state", "")
    return _put_together(tensors, text, path.name, device)


def from_bytes(data: bytes, *, device: str = "cpu") -> TrainState:
    """The run that `to_bytes` gave."""
    tensors, metadata = tensors_of(data)
    return _put_together(tensors, metadata.get("state", ""), "the state", device)


def _put_together(tensors: dict[str, Tensor], text: str, source: str, device: str) -> TrainState:
    try:
        record = json.loads(text)
        model = from_dict(ModelConfig, record["model"])
        train = from_dict(TrainConfig, record["train"])
    except (json.JSONDecodeError, KeyError, ConfigError) as error:
        raise WeightsError(f"{source} wants the settings of a run inside; {error}") from error
    tokenizer = registry.tokenizer(model.modality, model.route).restore(part(tensors, "tokenizer"))
    had = {"grow": 0}  # as large as it is
    if any(name.startswith("encoder.") for name in tensors):  # whether it is still asked or not
        had["reconstruction_weight"] = 1
    state = new_state(model, replace(train, **had), tokenizer, device=device)
    state.train = train
    for name, net in (("g", state.G), ("d", state.D), ("ema", state.ema)):
        fill(net, part(tensors, name) or part(tensors, "ema"), source)
    if state.encoder is not None and (read := part(tensors, "encoder")):
        fill(state.encoder, read, source)
    for name in _NUMBERS:
        setattr(state, name, record.get(name, getattr(state, name)))
    if tensors["rng"].shape == state.rng.get_state().shape:
        state.rng.set_state(tensors["rng"])
    else:  # of another kind of device: the run goes on, with random numbers of its own
        state.rng.manual_seed((state.train.seed + state.step) % 2**63)
    exact = [
        _load_moments(o, n, tensors) for n, o in (("opt_g", state.opt_g), ("opt_d", state.opt_d))
    ]
    if not all(exact) and state.step:
        state.warm_step = state.step
    return state


def saved_nimg(path: Path) -> int | None:
    """Samples that the run in a folder had seen when it was saved; None where there is none."""
    try:
        with safe_open(_state_file(path), "pt") as file:
            return int(json.loads((file.metadata() or {})["state"])["nimg"])
    except (OSError, SafetensorError, KeyError, ValueError):
        return None


def _state_file(path: Path) -> Path:
    return path if path.suffix == ".safetensors" else path / STATE


def _load_moments(optimizer: torch.optim.Optimizer, name: str, tensors: dict[str, Tensor]) -> bool:
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(name + "."):
            _, index, field = key.split(".")
            moments.setdefault(int(index), {})[field] = value
    if moments:
        optimizer.load_state_dict(
            {"state": moments, "param_groups": optimizer.state_dict()["param_groups"]}
        )
    return bool(moments)
