"""Models and runs on disk: safetensors and JSON, never a pickle. Every write is whole or not at all.

A model folder has model.safetensors (float16: `g.*` averaged, `d.*`, `w_mean`) and config.json.
A run folder has state.safetensors and state.json; a run resumed from it is the run without the stop.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tgan_demo.config import ModelConfig, TrainConfig, from_dict
from tgan_demo.engine.networks import Discriminator, Generator
from tgan_demo.engine.state import TrainState, new_state
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.modalities import registry
from tgan_demo.modalities.base import Modality

MEAN_SAMPLES = 4096  # z drawn for the mean w
STATE = "state.safetensors"
CONFIG_BYTES = 1 << 20


@dataclass(slots=True)
class Model:
    """A trained pair, ready to sample and to judge, float32."""

    folder: Path
    id: str
    title: str
    config: ModelConfig
    modality: Modality
    G: Generator
    D: Discriminator
    w_mean: Tensor  # (classes or 1, W)
    meta: dict  # config.json without the model: data, nimg, scores, ...

    @property
    def temperature(self) -> float:
        """At which it is to be read, as its file says, 0..2; 1 where it says nothing sensible."""
        value = self.meta.get("temperature")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number and 0 <= value <= 2 else 1.0


def load_model(folder: Path) -> Model:
    """Raises WeightsError when a file is missing, foreign, damaged or of another size."""
    meta = read_json(folder / "config.json")
    config = from_dict(ModelConfig, meta.get("model", {}))
    modality = registry.load(config.modality, config.route)
    modality.check(config)
    spec = modality.tokens(config)
    G, D = Generator(config, spec), Discriminator(config, spec)
    tensors = read_tensors(folder / "model.safetensors")
    modality = modality.restore(_part(tensors, "codec"))
    modality.check(config)  # again: now it knows what it learned
    w_mean = tensors.pop("w_mean", None)
    for prefix, net in (("g", G), ("d", D)):
        fill(net, _part(tensors, prefix), folder.name)
        net.eval().requires_grad_(False)
    rows = max(1, len(config.classes))
    if w_mean is None or w_mean.shape != (rows, config.z_dim):
        w_mean = mean_w(G)
    name = str(meta.get("id", folder.name))
    return Model(
        folder, name, str(meta.get("title", name)), config, modality, G, D, w_mean.float(), meta
    )


def save_model(
    folder: Path,
    *,
    ema: Generator,
    D: Discriminator,
    config: ModelConfig,
    modality: Modality,
    meta: dict,
) -> None:
    """Write model.safetensors and config.json; `meta` has id, title, train, data, nimg, seconds, scores."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"g.{k}": v for k, v in ema.state_dict().items()}
    tensors |= {f"d.{k}": v for k, v in D.state_dict().items()}
    tensors["w_mean"] = mean_w(ema)
    tensors |= {f"codec.{k}": v for k, v in modality.tensors().items()}
    tensors = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    write_tensors(folder / "model.safetensors", tensors)
    write_json(folder / "config.json", meta | {"model": asdict(config)})


@torch.no_grad()
def mean_w(G: Generator) -> Tensor:
    """Mean w of each class (or the one of all), (classes or 1, W)."""
    z_BZ = torch.randn(MEAN_SAMPLES, G.config.z_dim, generator=torch.Generator().manual_seed(0))
    z_BZ = z_BZ.to(G.blocks[0].base.device)
    classes = len(G.config.classes)
    if not classes:
        return G.mapping(z_BZ).mean(dim=0, keepdim=True)
    each = [
        G.mapping(z_BZ, torch.full((len(z_BZ),), c, device=z_BZ.device)).mean(dim=0)
        for c in range(classes)
    ]
    return torch.stack(each)


def save_state(state: TrainState, path: Path, *, half: bool = False) -> None:
    """Write a run to a file, or to STATE in a folder.

    Args:
        half: float16, no optimiser moments, and G only as its average: a sixth of the size, for
            resuming long recipes; the moments are warmed up again. Without it, resuming is exact.
    """
    path = _state_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    nets = {"d": state.D, "ema": state.ema} | ({} if half else {"g": state.G})
    for name, net in nets.items():
        tensors |= {f"{name}.{k}": v.half() if half else v for k, v in net.state_dict().items()}
    if state.reader is not None:
        parts = state.reader.state_dict().items()
        tensors |= {f"reader.{k}": v.half() if half else v for k, v in parts}
    if not half:
        for name, optimizer in (("opt_g", state.opt_g), ("opt_d", state.opt_d)):
            for index, moments in optimizer.state_dict()["state"].items():
                tensors |= {f"{name}.{index}.{k}": v for k, v in moments.items()}
    tensors["rng"] = state.rng.get_state()
    learned = state.modality.tensors().items()
    halves = {k: v.half() if half and v.is_floating_point() else v for k, v in learned}
    tensors |= {f"codec.{k}": v for k, v in halves.items()}
    numbers = {name: getattr(state, name) for name in _NUMBERS}
    # the JSON travels inside the tensors' file: one rename, so the two can never disagree
    record = {"model": asdict(state.model), "train": asdict(state.train), **numbers}
    write_tensors(path, tensors, {"state": json.dumps(record)})


_NUMBERS = (
    "precision", "step", "nimg", "start_nimg", "warm_step", "seconds", "gamma_factor", "confidence", "augment_p"
)  # fmt: skip


def load_state(path: Path, *, device: str = "cpu") -> TrainState:
    """The run as it was saved to a file, or to STATE in a folder."""
    path = _state_file(path)
    tensors = read_tensors(path)
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("state", "")
    try:
        record = json.loads(text)
        model = from_dict(ModelConfig, record["model"])
        train = from_dict(TrainConfig, record["train"])
    except (json.JSONDecodeError, KeyError, ConfigError) as error:
        raise WeightsError(f"{path.name} wants the settings of a run inside; {error}") from error
    modality = registry.load(model.modality, model.route).restore(_part(tensors, "codec"))
    state = new_state(model, train, modality, device=device)
    for name, net in (("g", state.G), ("d", state.D), ("ema", state.ema)):
        fill(net, _part(tensors, name) or _part(tensors, "ema"), path.name)
    if state.reader is not None and (part := _part(tensors, "reader")):
        fill(state.reader, part, path.name)
    for name in _NUMBERS:
        setattr(state, name, record[name])
    state.rng.set_state(tensors["rng"])
    exact = [
        _load_moments(o, n, tensors) for n, o in (("opt_g", state.opt_g), ("opt_d", state.opt_d))
    ]
    if not all(exact) and state.step:
        state.warm_step = state.step
    return state


def _part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """What is called `name.*`, without that."""
    return {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(name + ".")}


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


def fill(net: nn.Module, tensors: dict[str, Tensor], source: str) -> None:
    """Load float16 or float32 weights, every one and no other."""
    wanted = net.state_dict()
    for key, value in wanted.items():
        if key not in tensors:
            raise WeightsError(
                f"{source} has no weights {key!r}; it was made by another program or cut off"
            )
        if tensors[key].shape != value.shape:
            raise WeightsError(
                f"{source}: {key} has shape {tuple(tensors[key].shape)}, the settings beside it ask for "
                f"{tuple(value.shape)}; use the config.json it was saved with"
            )
    extra = [key for key in tensors if key not in wanted]
    if extra:
        raise WeightsError(f"{source} has weights we do not know: {extra[0][:60]!r}")
    net.load_state_dict({key: tensors[key].to(value.dtype) for key, value in wanted.items()})
    if not all(torch.isfinite(p).all() for p in net.parameters()):
        raise WeightsError(f"{source} has weights that are infinite or not numbers; it is damaged")


def read_tensors(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise WeightsError(f"there is no {path.name} in {path.parent.name}")
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"{path.name} is not a whole safetensors file ({str(error)[:80]}); save or download it again"
        ) from error


def read_json(path: Path) -> dict:
    if not path.is_file():
        raise WeightsError(f"there is no {path.name} in {path.parent.name}")
    if path.stat().st_size > CONFIG_BYTES:
        raise WeightsError(
            f"{path.name} is larger than any settings file of ours; wanted under 1 MiB"
        )
    try:
        value = json.loads(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path.name} is not JSON: {str(error)[:80]}") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path.name} wants an object of settings; got {type(value).__name__}")
    return value


def write_tensors(
    path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
    _whole(path, lambda temporary: save_file(tensors, temporary, metadata))


def write_json(path: Path, value: dict) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    _whole(path, lambda temporary: Path(temporary).write_text(text, "utf-8"))


def _whole(path: Path, write) -> None:
    """Write beside, reach the disk, rename: a kill or a full disk leaves the old file as it was."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    os.close(handle)
    try:
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
