"""Safetensors files and JSON files of models and runs: whole or not at all, checked when read."""

import json
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save, save_file
from torch import Tensor, nn

from tgan_demo.errors import WeightsError
from tgan_demo.legacy import tensor_name

CONFIG_BYTES = 1 << 20


def part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """What is called `name.*`, without that."""
    return {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(name + ".")}


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
        return {tensor_name(name): value for name, value in load_file(path).items()}
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
    tensors = _plain(tensors)
    _whole(path, lambda temporary: save_file(tensors, temporary, metadata))


def add_tensors(path: Path, tensors: dict[str, Tensor], *, in_place_of: str) -> None:
    """Put tensors into a file, for all that are called `in_place_of.*`; the others stay as they are, old
    names too. Raises WeightsError.
    """
    read_tensors(path)  # which complains
    kept = {k: v for k, v in load_file(path).items() if not k.startswith(in_place_of + ".")}
    write_tensors(path, kept | tensors)


def bytes_of(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The file that `write_tensors` would write."""
    return save(_plain(tensors), metadata)


def tensors_of(data: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of what `bytes_of` gave. Raises WeightsError: it is not whole."""
    try:
        tensors = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (SafetensorError, ValueError) as error:
        raise WeightsError(f"this is not a whole safetensors file ({str(error)[:80]})") from error
    return tensors, header.get("__metadata__", {})


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """On the CPU, none of them a part of another."""
    return {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}


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
