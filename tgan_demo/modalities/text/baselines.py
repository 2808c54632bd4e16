"""Who else writes: the text models that stand beside a two-player one, so that its scores mean something.

The same pipeline with codes from a Gaussian says what the game adds to the autoencoder; a Transformer
language model of the same size says what as many weights do without a game.

Axes: N texts, D numbers of a text's codes.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.modalities.text import language_model
from tgan_demo.modalities.text.autoencoder import AutoencoderConfig
from tgan_demo.modalities.text.language_model import Learned
from tgan_demo.modalities.text.latent import LatentText, vocabulary_of

RIDGE = 1e-5  # codes lie on a sphere: without it their covariance has no root
DROPOUT = (
    0.3  # of the language model, which has no noise and no token dropout against learning by heart
)
CHUNK = 250  # texts a pass
READERS = ("coder.encoder", "coder.queries", "coder.to_code")  # what of a vocabulary does not write


def gaussian_codes(codes_ND: Tensor, n: int, seed: int) -> Tensor:
    """`n` draws from the Gaussian with the mean and the full covariance of the codes, (n, D)."""
    codes_ND = codes_ND.double()
    cov_DD = torch.cov(codes_ND.T) + RIDGE * torch.eye(codes_ND.shape[1], dtype=torch.double)
    rng = torch.Generator().manual_seed(seed)
    luck_ND = torch.randn(n, codes_ND.shape[1], generator=rng, dtype=torch.double)
    return (codes_ND.mean(0) + luck_ND @ torch.linalg.cholesky(cov_DD).T).float()


@torch.inference_mode()
def gaussian(model: Model, train: Dataset, *, n: int, seed: int, temperature: float) -> np.ndarray:
    """Texts that the model's own decoder writes from Gaussian codes in place of G's.

    Projection, dice and temperature are those of the model's samples.
    """
    medium, config = model.tokenizer, model.config
    codes_ND = medium.from_items(train.items, config).flatten(1)
    spec = medium.tokens(config)
    tokens_BND = gaussian_codes(codes_ND, n, seed).view(n, spec.count, spec.g_width)
    parts = []
    for part in torch.arange(n).split(CHUNK):
        luck = {"noise_seed_B": seed + part, "temperature": temperature}
        parts.append(medium.to_items(medium.to_signal(tokens_BND[part], config, **luck), **luck))
    return np.concatenate(parts)


def learn_language(model: Model, train: Dataset) -> Learned:
    """A language model with the vocabulary of `model` and about the weights that write there."""
    vocabulary = vocabulary_of(model)
    ids = vocabulary.cut(train.items)
    if isinstance(model.tokenizer, LatentText):
        plan = model.tokenizer.coder.config
    else:
        plan = AutoencoderConfig(length=1 + max(len(row) for row in ids))
    plan = language_model.as_large_as(writing_weights(model), plan, len(vocabulary))
    return language_model.train(ids, replace(plan, dropout=DROPOUT), len(vocabulary))


def compose(
    model: Model, learned: Learned, *, n: int, seed: int, temperature: float = 1.0
) -> np.ndarray:
    """Texts of a language model; at temperature 1 as likely as it finds them."""
    parts = []
    for part in torch.arange(n).split(CHUNK):
        rngs = [torch.Generator().manual_seed(dice) for dice in (seed + part).tolist()]
        parts += vocabulary_of(model).decode(
            learned.model.compose(rngs, len(part), temperature=temperature)
        )
    return np.array(parts, dtype=np.str_)


def writing_weights(model: Model) -> int:
    """How many numbers a sample comes from: G, and of what the medium learned all that does not read."""
    learned = model.tokenizer.tensors().items()
    return sum(p.numel() for p in model.G.parameters()) + sum(
        v.numel() for k, v in learned if v.is_floating_point() and not k.startswith(READERS)
    )
