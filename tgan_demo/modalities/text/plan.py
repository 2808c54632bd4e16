"""Training on texts: longer steps between tokens, a warm start, and whether a model can say the new words.

Texts are never changed to fit: a vocabulary cuts them.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.errors import ConfigError
from tgan_demo.events import Health
from tgan_demo.modalities.text import watch as checks
from tgan_demo.parts import Plan, Watch
from tgan_demo.said import sayer

say = sayer(Path(__file__).with_name("words.toml"))

MAX_UNKNOWN = 0.2  # of a text's letters, for a model to learn from it
MAX_UNFAMILIAR = 0.5  # of a text's tokens that an autoencoder cannot say again
ASKED = 200  # texts that it is tried on
# Tokens lie far apart, so steps are longer.
DIRECT: dict[str, object] = {"r1_gamma": 3.0, "r2_gamma": 3.0, "sigma": 0.4, "sigma_min": 0.1}
# From scratch, G has a warm start, or D would win before G has a language.
# Exact gradients, which "fast" goes on with, let D run ahead here: only long steps reach from token to token.
SETTINGS = DIRECT | {
    "warm_start": 6000, "warm_start_kl": 0.3, "reconstruction_weight": 0.3, "penalty": "finite",
}  # fmt: skip
# Codes lie on a sphere of size 1 and are as near to each other as pixels; so a model's own settings fit.
LATENT: dict[str, object] = {"r1_gamma": 1.0, "r2_gamma": 1.0, "sigma": 0.1, "sigma_min": 0.05}


class TextPlan(Plan):
    settings = SETTINGS

    def going_on(self, model: ModelConfig, trained: Mapping[str, object]) -> Mapping[str, object]:
        if model.route == "direct":
            return DIRECT
        return {key: trained.get(key, value) for key, value in LATENT.items()}

    def augmentations(self, train: TrainConfig, notes: list[str]) -> TrainConfig:
        if not train.augment and not train.auto_augment:
            return train
        notes.append(say("augment"))
        return replace(train, augment=(), augment_p=0.0, auto_augment=False)

    def meet(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, title: str, notes: list[str]
    ) -> None:
        """A vocabulary cannot grow: say what a model cannot write, and stop where that is too much."""
        if model.route == "latent":
            picks = np.linspace(0, len(dataset) - 1, min(ASKED, len(dataset))).astype(int)
            share = tokenizer.unfamiliar([str(text) for text in dataset.items[picks]])
            if share > MAX_UNFAMILIAR:
                raise ConfigError(
                    f"the autoencoder of {title} cannot say {share:.0%} of {dataset.name!r} again; "
                    "start from scratch, which learns your text's own vocabulary"
                )
            notes.append(say("autoencoder", share=f"{share:.0%}"))
            return
        share = tokenizer.vocabulary.unknown_share(dataset.items[:1000])
        if share > MAX_UNKNOWN:
            raise ConfigError(
                f"{title} does not know {share:.0%} of the letters of {dataset.name!r}; start from "
                "scratch, which learns the letters of your text"
            )
        if share > 0:
            notes.append(say("unknown", share=f"{share:.1%}"))

    def watch(self, dataset: Dataset) -> Watch:
        """Copies of the training texts, sameness, repetition, a small vocabulary."""
        known: list[checks.Known] = []

        def judge(items: np.ndarray, nimg: int) -> Health | None:
            if not known:  # at the first look: sorting the texts takes a while
                known.append(
                    checks.Known.of([str(text) for text in dataset.items], watched=len(items))
                )
            return checks.judge([str(text) for text in items], known[0], nimg=nimg)

        return judge


PLAN = TextPlan()
