"""A trained pair of networks, ready to sample and to judge.

Knows no files; models/folder.py loads and saves it.

Axes: B batch, Z latent, W mapped latent.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Tokenizer
from tgan_demo.engine.players.attention import Tap
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.vae_encoder import VaeEncoder

MEAN_SAMPLES = 4096  # z drawn for the mean w


@dataclass(slots=True)
class Model:
    """A trained pair, ready to sample and to judge, float32."""

    folder: Path
    id: str
    title: str
    config: ModelConfig
    tokenizer: Tokenizer
    G: Generator
    D: Discriminator
    w_mean: Tensor  # (classes or 1, W)
    meta: dict  # config.json without the model: data, nimg, scores, ...
    encoder: VaeEncoder | None = None  # of the warm start, or learned afterwards (encoding.py)
    components: Tensor | None = None  # of w, made when first asked for; see editing.components

    def judge(
        self, signal: Tensor, labels_B: Tensor | None = None, *, tap: Tap | None = None
    ) -> Tensor:
        """D's logits (B,) of a signal; with a local discriminator, and its mean over crops that cover it.

        The two are trained apart, so that their log odds add up.
        """
        logits_B = self.D(self.tokenizer.to_tokens(signal, self.config), labels_B, tap=tap)
        if self.D.local is not None:
            planes_BFCHW = self.tokenizer.planes(signal)
            assert planes_BFCHW is not None  # checked by the tokenizer
            logits_B = logits_B + self.D.local.everywhere(planes_BFCHW)
        return logits_B

    @property
    def temperature(self) -> float:
        """At which it is to be read, see `temperature_of`."""
        return temperature_of(self.meta)


def temperature_of(meta: dict) -> float:
    """At which a model is to be read, as its config.json says, 0..2; 1 where it says nothing sensible."""
    value = meta.get("temperature")
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return 1.0
    return float(value) if 0 <= value <= 2 else 1.0


@torch.no_grad()
def mean_w(G: Generator) -> Tensor:
    """Mean w of each class (or the one of all), (classes or 1, W)."""
    z_BZ = torch.randn(MEAN_SAMPLES, G.config.z_dim, generator=torch.Generator().manual_seed(0))
    z_BZ = z_BZ.to(next(G.parameters()).device)
    classes = len(G.config.classes)
    if not classes:
        return G.mapping(z_BZ).mean(dim=0, keepdim=True)
    each = [
        G.mapping(z_BZ, torch.full((len(z_BZ),), c, device=z_BZ.device)).mean(dim=0)
        for c in range(classes)
    ]
    return torch.stack(each)
