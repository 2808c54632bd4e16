"""The model folder: load and save its weights and settings, safetensors and JSON, never a pickle.

A model folder has model.safetensors (float16: `g.*` averaged, `d.*`, `w_mean`, `tokenizer.*` what it learned,
`encoder.*` of the warm start where there was one) and config.json.
"""

from dataclasses import asdict
from pathlib import Path

from torch import nn

from tgan_demo.config import ModelConfig, from_dict
from tgan_demo.contract import Tokenizer
from tgan_demo.engine.draw.model import Model, mean_w
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.files.tensors import fill, part, read_json, read_tensors, write_json, write_tensors
from tgan_demo.legacy import FORMAT
from tgan_demo.modalities import registry


def load_model(folder: Path) -> Model:
    """Raises WeightsError when a file is missing, foreign, damaged or of another size."""
    meta = read_json(folder / "config.json")
    config = from_dict(ModelConfig, meta.get("model", {}))
    tokenizer = registry.tokenizer(config.modality, config.route)
    tokenizer.check(config)
    spec = tokenizer.tokens(config)
    G, D = Generator(config, spec), Discriminator(config, spec)
    tensors = read_tensors(folder / "model.safetensors")
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
    """Write model.safetensors and config.json; `meta` has id, title, train, data, nimg, seconds, scores."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"g.{k}": v for k, v in ema.state_dict().items()}
    tensors |= {f"d.{k}": v for k, v in D.state_dict().items()}
    if encoder is not None:
        tensors |= {f"encoder.{k}": v for k, v in encoder.state_dict().items()}
    tensors["w_mean"] = mean_w(ema)
    tensors |= {f"tokenizer.{k}": v for k, v in tokenizer.tensors().items()}
    tensors = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    write_tensors(folder / "model.safetensors", tensors)
    write_json(folder / "config.json", meta | {"format": FORMAT, "model": asdict(config)})
