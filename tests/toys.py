"""Toy models for the tests: whole model folders with networks so small that they draw in a moment."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.modalities import registry
from tgan_demo.modalities.audio import tokens as sounds
from tgan_demo.models.folder import save_model

SMALL = {"width": 32, "depth": 2, "heads": 2, "z_dim": 16, "latent_tokens": 4}
NETWORKS = """[model]
shape = [1, 16, 16]
width = 32
depth = 1
heads = 2
[train]
batch_size = 4
lr_end = 1.0
precision = "float32"
"""  # the end of a toy recipe, for grey pictures of 16 x 16
DIGITS = ModelConfig(shape=(1, 28, 28), patch=7, overlap=3, classes=tuple("0123456789"), **SMALL)
AVATARS = ModelConfig(shape=(3, 32, 32), patch=8, overlap=2, **SMALL)
VERSES = ModelConfig(modality="text", shape=(4, 5, 64), patch=1, overlap=1, **SMALL)
LINES = ModelConfig(modality="text", route="latent", shape=(2, 2, 8), patch=1, overlap=0, **SMALL)
SAID = np.array(
    [
        f"a {a} {b} on a {c}."
        for a in ("red", "blue")
        for b in ("cat", "dog")
        for c in ("mat", "tree")
    ]
    + ["rain"]
)
TONES = (
    9_000
    * np.sin(2 * np.pi * np.linspace(200, 2_000, 24)[:, None] * np.arange(8_192) / 8_000)
    * np.exp(-np.arange(8_192) / 1_500)
    * np.clip(np.arange(8_192) / 400, 0, 1)
).astype(np.int16)  # 24 dying tones
SPEAKS = ModelConfig(
    modality="audio",
    shape=(1, 64, 128),
    patch=8,
    overlap=1,
    classes=tuple(f"{digit} / {who}" for digit in "0123456789" for who in ("ann", "bob")),
    **SMALL,
)
MOVES = ModelConfig(
    modality="video",
    shape=(3, 8, 16, 16),
    patch=8,
    overlap=1,
    motion=8,
    moving=1,
    horizon=16,
    classes=tuple(
        f"{what} / {way}" for what in ("dot", "bar") for way in ("left", "right", "still")
    ),
    **SMALL,
)
CIRCLE = ModelConfig(modality="ring", shape=(2,), patch=1, overlap=0, **SMALL)
CODER = {"latents": 4, "numbers": 8, "width": 32, "depth": 1, "heads": 2, "noise": 0.1, "decoder_dropout": 0.1,
         "encoder_dropout": 0.0, "dropout": 0.0, "texts": 5_400, "batch_size": 9, "lr": 6e-3}  # fmt: skip


@cache
def latent_medium():
    """Text by the latent route that says SAID again: ten seconds of training, once a session."""
    with torch.random.fork_rng():
        return registry.tokenizer("text", "latent").fit(
            Dataset("toy", SAID, modality="text"), **CODER
        )


def make_weights(root: Path) -> Path:
    """image/digits, image/avatars, text/verses, text/lines (latent), audio/digits (Griffin-Lim),
    video/moves, for Studio(weights_dir=root).
    """
    make_model(root / "image" / "digits", DIGITS, "MNIST")
    make_model(root / "image" / "avatars", AVATARS, "Nouns")
    make_model(root / "text" / "verses", VERSES, "our grammar")
    make_model(root / "text" / "lines", LINES, "nine lines")
    make_model(root / "audio" / "digits", SPEAKS, "tones")
    make_model(root / "video" / "moves", MOVES, "dots and bars")
    return root


def make_model(folder: Path, config: ModelConfig, data: str = "noise") -> None:
    """A model folder of networks as they begin, always the same ones."""
    tokenizer = registry.tokenizer(config.modality)
    if config.route == "latent":
        tokenizer = latent_medium()
    elif config.modality == "text":
        tokenizer = tokenizer.fit(catalogue.make("verses", count=200))
    elif config.modality == "audio":
        tokenizer = tokenizer.fit(Dataset("toy", TONES, modality="audio"))
    spec = tokenizer.tokens(config)
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
    save_model(folder, ema=G, D=D, config=config, tokenizer=tokenizer, meta=meta)
    (folder / "card.md").write_text(f"# {meta['title']}\n\nA toy.\n")


ROUNDS = sounds.ROUNDS


def true_phases(patch: pytest.MonkeyPatch) -> None:
    """Sounds as a user hears them, whatever the server of the session takes."""
    patch.setattr(sounds, "ROUNDS", ROUNDS)


def quick_phases(patch: pytest.MonkeyPatch) -> None:
    """Sounds ten times as fast; for tests that do not ask how true their phases are."""
    patch.setattr(sounds, "ROUNDS", 2)
