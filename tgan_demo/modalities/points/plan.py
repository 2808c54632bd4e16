"""Training on points: two tokens want small networks and large steps, and are not augmented."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tgan_demo.config import TrainConfig
from tgan_demo.parts import Plan
from tgan_demo.said import sayer

say = sayer(Path(__file__).with_name("words.toml"))

# One block a player: a step is a few milliseconds. The rest was found by benchmarks/lab.py, see LOG.
SETTINGS: dict[str, object] = {
    "width": 32,
    "depth": 1,
    "heads": 2,
    "z_dim": 8,
    "latent_tokens": 4,
    "batch_size": 256,
    "lr_g": 8e-3,
    "lr_d": 8e-3,
    "lr_end": 0.02,
    "r1_gamma": 0.02,
    "r2_gamma": 0.02,
    "penalty": "finite",  # exact gradients cover as many modes, and a step takes longer
    # down to well under a mode of the grid (.025 in the signal): larger steps alone forbid D to be steep there
    "sigma": 0.1,
    "sigma_min": 0.005,
    "gamma_end": 1.0,
    "auto_gamma": False,
    "ema_halflife": 2000.0,
    # a VAE/GAN: the encoder shows G every mode, and D only has to make them sharp (LOG: at .3 of the KL
    # divergence the posteriors collapse)
    "warm_start": 128_000,
    "warm_start_kl": 0.1,
    "reconstruction_weight": 2.0,
    "precision": "float32",
}


class PointsPlan(Plan):
    settings: Mapping[str, object] = SETTINGS

    def augmentations(self, train: TrainConfig, notes: list[str]) -> TrainConfig:
        if not train.augment and not train.auto_augment:
            return train
        notes.append(say("augment"))
        return replace(train, augment=(), augment_p=0.0, auto_augment=False)


PLAN = PointsPlan()
