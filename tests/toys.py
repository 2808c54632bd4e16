"""Toy models for the tests: whole model folders with networks so small that they draw in a moment."""

from pathlib import Path

import torch

from tgan_demo.config import ModelConfig
from tgan_demo.data import written
from tgan_demo.engine import checkpoint
from tgan_demo.engine.networks import Discriminator, Generator
from tgan_demo.modalities import registry

SMALL = {"width": 32, "depth": 2, "heads": 2, "z_dim": 16, "latent_tokens": 4}
DIGITS = ModelConfig(shape=(1, 28, 28), patch=7, overlap=3, classes=tuple("0123456789"), **SMALL)
AVATARS = ModelConfig(shape=(3, 32, 32), patch=8, overlap=2, **SMALL)
VERSES = ModelConfig(modality="text", shape=(4, 5, 64), patch=1, overlap=1, **SMALL)


def make_weights(root: Path) -> Path:
    """root/image/digits, image/avatars and text/verses; `root`, as Studio(weights_dir=...) wants it."""
    make_model(root / "image" / "digits", DIGITS, "MNIST")
    make_model(root / "image" / "avatars", AVATARS, "Nouns")
    make_model(root / "text" / "verses", VERSES, "our grammar")
    return root


def make_model(folder: Path, config: ModelConfig, data: str = "noise") -> None:
    """A model folder of networks as they begin, always the same ones."""
    modality = registry.load(config.modality)
    if config.modality == "text":
        modality = modality.fit(written.make("verses", count=200))
    spec = modality.tokens(config)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        G, D = Generator(config, spec), Discriminator(config, spec)
    meta = {
        "id": f"{config.modality}/{folder.name}",
        "title": folder.name.capitalize(),
        "train": {},
        "data": {"name": data, "licence": "CC0", "source": "tests"},
        "nimg": 1000,
        "seconds": 1,
        "scores": {},
    }
    checkpoint.save_model(folder, ema=G, D=D, config=config, modality=modality, meta=meta)
    (folder / "card.md").write_text(f"# {meta['title']}\n\nA toy.\n")
