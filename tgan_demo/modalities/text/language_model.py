"""A Transformer language model: what as many weights write without a game and without codes.

It is the autoencoder's decoder after a code that says nothing. Trained until texts that it does not
learn from get no likelier, so that a small set is not learned by heart.

Axes: B batch, N tokens of a text.
"""

import copy
import logging
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from tgan_demo.engine.game.precision import DTYPES, choose
from tgan_demo.modalities.text import autoencoder as coders
from tgan_demo.modalities.text.autoencoder import Autoencoder, AutoencoderConfig

logger = logging.getLogger(__name__)

HELD_OUT = 10  # one in so many texts is not learned from, but asked about
SLOWER, SLOWEST = 0.3, 0.05  # a check that is no better slows the rate; so slow, and it is over
LEAST_STEPS, MOST_STEPS = 25, 400  # between two checks; in between, once through the texts
MOST_WIDTH = 640
CHUNK = 250  # texts a pass


class LanguageModel(Autoencoder):
    def __init__(self, config: AutoencoderConfig, vocabulary: int) -> None:
        super().__init__(replace(config, latents=1, numbers=1), vocabulary)
        del self.encoder, self.encoder_norm, self.queries, self.to_code  # nobody reads

    def scores(self, ids_BN: Tensor, *, dtype: torch.dtype = torch.float32) -> Tensor:
        """Of every token given those before it, (B, N, V), float32."""
        return self.logits(ids_BN, self._nothing(len(ids_BN)), dtype=dtype)

    def compose(
        self, rngs: Sequence[torch.Generator] | None, count: int, *, temperature: float = 1.0
    ) -> Tensor:
        """Texts (B, N); without `rngs` the likeliest, `count` times."""
        return self.write(self._nothing(count), rngs=rngs, temperature=temperature)

    @torch.inference_mode()
    def nll(self, ids: list[list[int]]) -> float:
        """Mean nats a token, the end of each text included."""
        total, count = 0.0, 0
        for start in range(0, len(ids), CHUNK):
            ids_BN = coders.padded(ids[start : start + CHUNK], self.config.length)
            total += coders.reconstruction_loss(self.scores(ids_BN), ids_BN, reduction="sum").item()
            count += int(((ids_BN == coders.END).cumsum(1) <= 1).sum())
        return total / count

    def _nothing(self, count: int) -> Tensor:
        return torch.zeros(count, 1, 1)


@dataclass(frozen=True, slots=True)
class Learned:
    """A language model and how it came to be."""

    model: LanguageModel
    nll: float  # of the texts held out, nats a token
    texts: int  # seen in all
    weights: int


def as_large_as(weights: int, config: AutoencoderConfig, vocabulary: int) -> AutoencoderConfig:
    """`config` at the width that makes a language model of about that many weights.

    Wider and not deeper: of as many weights, a few wide blocks are the faster ones.
    """
    step = 2 * config.heads
    widths = range(step, MOST_WIDTH + 1, step)
    at = bisect_left(widths, weights, key=lambda width: _size(config, width, vocabulary))
    near = widths[max(0, at - 1) : at + 1]
    width = min(near, key=lambda width: abs(_size(config, width, vocabulary) - weights))
    return replace(config, width=width)


def train(ids: list[list[int]], config: AutoencoderConfig, vocabulary: int) -> Learned:
    """Learn to go on with a text. `ids`: token numbers without END; `config.texts` are seen at most."""
    torch.manual_seed(config.seed)  # weights and dropout
    model = LanguageModel(config, vocabulary)
    rng = np.random.default_rng(config.seed)
    order = rng.permutation(len(ids))
    asked = [ids[i] for i in order[::HELD_OUT]]
    heard = [ids[i] for place, i in enumerate(order) if place % HELD_OUT or len(ids) == 1]
    dtype = DTYPES[choose("auto")]
    optimizer, batches = coders.optimizer_of(model), coders.batches_of(heard, config, rng)
    steps = max(1, config.texts // config.batch_size)
    every = min(MOST_STEPS, max(LEAST_STEPS, len(heard) // config.batch_size))
    best, least, share, step = copy.deepcopy(model.state_dict()), float("inf"), 1.0, 0
    while step < steps and share > SLOWEST:
        model.train()
        for _ in range(min(every, steps - step)):
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = config.lr * share * min(1.0, step / min(200, 1 + steps // 10))
            ids_BN = next(batches)
            loss = coders.reconstruction_loss(model.scores(ids_BN, dtype=dtype), ids_BN)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        found = model.eval().nll(asked)
        logger.info("language model: step %s of %s, %.3f nats a token held out", step, steps, found)
        if found < least:
            best, least = copy.deepcopy(model.state_dict()), found
        else:
            share *= SLOWER
            model.load_state_dict(best)
    model.load_state_dict(best)
    seen = step * config.batch_size
    return Learned(model.eval().requires_grad_(False), least, seen, _count(model))


def _size(config: AutoencoderConfig, width: int, vocabulary: int) -> int:
    with torch.device("meta"):  # shapes alone
        return _count(LanguageModel(replace(config, width=width), vocabulary))


def _count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())
