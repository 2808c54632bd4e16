"""Texts <-> a few latent tokens: the autoencoder behind the latent route of text.

An encoder reads a text into K vectors of E numbers, each at unit size; a decoder writes it again, token
by token, with the K vectors standing before the text. Noise on the vectors and token dropout in what both read
make near vectors mean alike, so that G may miss a little. How much noise there is, the decoder is told:
where it is little it repeats, where it is much it trusts the words so far and its language. G's vectors
are never quite right; the level at which they are read best is chosen after training (`code_noise`).
Trained on the text alone, before G and D meet.

Sources: latent GANs over a Transformer autoencoder, Diao et al. 2021, "TILGAN"; noise that is told,
Ho et al. 2021, "Cascaded diffusion models", arXiv:2106.15282, section 4.

Axes: B batch, N tokens of a text, K latent tokens, E numbers of one, D channels, H heads, V vocabulary.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.engine.game.precision import DTYPES, choose
from tgan_demo.engine.players.layers import FeedForward, Linear, Norm
from tgan_demo.modalities.text.vocabulary import END, UNKNOWN

logger = logging.getLogger(__name__)

SHORTLIST = 64  # likeliest tokens that luck looks at first
POOL = 64  # batches that are sorted by length together, so that little is padded
FALL = 0.25  # last part of the budget, over which the rate falls
RISE = 0.15  # first part, over which noise rises
REPORT_EVERY = 200  # steps


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoencoderConfig:
    """The shape of an autoencoder and how it is trained."""

    length: int  # most tokens of a text, its end included
    latents: int = 8  # K
    numbers: int = 32  # E
    width: int = 128
    depth: int = 3  # blocks of the encoder; the decoder has one more
    heads: int = 4
    noise: float = 2.0  # most on numbers of latent tokens, whose size is 1; each text has its own
    code_noise: float = 0.5  # noise at which G's codes are read
    decoder_dropout: float = (
        0.2  # mean share of tokens that the decoder does not see while it learns
    )
    encoder_dropout: float = (
        0.15  # mean share of tokens that the encoder does not see; each text has its own
    )
    dropout: float = 0.1
    texts: int = 300_000  # budget
    batch_size: int = 32
    lr: float = 1e-3
    seed: int = 0


class Block(nn.Module):
    """Self-attention with a mask and feed-forward, pre-norm; can go on from keys and values it kept."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norms = nn.ModuleList(Norm(width) for _ in range(2))
        self.mix = Linear(width, 3 * width)
        self.out = Linear(width, width, gain=0.5)
        self.feed_forward = FeedForward(width)

    def forward(
        self,
        x_BND: Tensor,
        *,
        hidden_BN: Tensor | None = None,
        causal: bool = False,
        past: list[Tensor] | None = None,
        seen: list[Tensor] | None = None,
    ) -> Tensor:
        """`hidden_BN`: keys nobody may look at. `past`: keys and values so far; this call's are added.
        `seen` is given the attention weights (B, H, N, M)."""
        query, key, value = rearrange(
            self.mix(self.norms[0](x_BND)),
            "b n (three h k) -> three b h n k",
            three=3,
            h=self.heads,
        )
        if past is not None:
            if past:
                key, value = torch.cat((past[0], key), 2), torch.cat((past[1], value), 2)
            past[:] = (key, value)
        # written out: the fused kernel's backward pass takes three times as long here in bfloat16
        scores_BHNM = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        if causal:
            later = torch.ones(scores_BHNM.shape[-2:], dtype=torch.bool).triu(1)
            scores_BHNM = scores_BHNM.masked_fill(later, -torch.inf)
        if hidden_BN is not None:
            scores_BHNM = scores_BHNM.masked_fill(hidden_BN[:, None, None], -torch.inf)
        weights_BHNM = scores_BHNM.softmax(-1)
        if seen is not None:
            seen.append(weights_BHNM)
        read = weights_BHNM @ value
        x = x_BND + self._drop(self.out(rearrange(read, "b h n k -> b n (h k)")))
        return x + self._drop(self.feed_forward(self.norms[1](x)))

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training)


class Autoencoder(nn.Module):
    def __init__(self, config: AutoencoderConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.embed = nn.Parameter(0.02 * torch.randn(vocabulary, width))
        self.places = nn.Parameter(0.02 * torch.randn(config.length + 1, width))
        self.queries = nn.Parameter(0.02 * torch.randn(config.latents, width))
        self.encoder = nn.ModuleList(
            Block(width, config.heads, config.dropout) for _ in range(config.depth)
        )
        self.to_code = Linear(width, config.numbers, bias=False)
        self.encoder_norm = Norm(width)
        self.from_code = Linear(config.numbers, width, bias=False, by_inputs=True)
        self.names = nn.Parameter(0.5 * torch.randn(config.latents, width))
        self.noise_embed = nn.Parameter(torch.zeros(2, width))  # how noisy the codes are
        self.decoder = nn.ModuleList(
            Block(width, config.heads, config.dropout) for _ in range(config.depth + 1)
        )
        self.decoder_norm = Norm(width)

    def encode(self, ids_BN: Tensor, *, dtype: torch.dtype = torch.float32) -> Tensor:
        """Codes (B, K, E) of texts filled up with END; each vector has unit mean square. float32."""
        # one END is part of the text: how long it is
        is_over = (ids_BN == END).cumsum(1) > 1
        x = self._read(ids_BN, dtype)
        x = torch.cat((self.queries.to(dtype).expand(len(x), -1, -1), x), dim=1)
        hidden = F.pad(is_over, (self.config.latents, 0))
        for block in self.encoder:
            x = block(x, hidden_BN=hidden)
        codes = self.to_code(self.encoder_norm(x[:, : self.config.latents]).float())
        return unit(codes)

    def logits(
        self,
        ids_BN: Tensor,
        codes_BKE: Tensor,
        noise_B: Tensor | float = 0.0,
        *,
        dtype: torch.dtype = torch.float32,
    ) -> Tensor:
        """Scores of every token given the codes and the tokens before it, (B, N, V), float32.

        Args:
            noise_B: how much of it is in the codes, standard deviation.
        """
        prefix = self._prefix(codes_BKE, noise_B, dtype)
        x = torch.cat((prefix, self._read(ids_BN[:, :-1], dtype, 1)), dim=1)
        for block in self.decoder:
            x = block(x, causal=True)
        # the last latent token stands where a start token would
        return self._score(x[:, self.config.latents - 1 :])

    @torch.no_grad()
    def looks(self, ids_BN: Tensor, codes_BKE: Tensor) -> Tensor:
        """How much the writing of every token looks at every latent token, (B, N, K), mean of heads."""
        x = torch.cat(
            (
                self._prefix(codes_BKE, 0.0, torch.float32),
                self._read(ids_BN[:, :-1], torch.float32, 1),
            ),
            1,
        )
        seen: list[Tensor] = []
        for block in self.decoder:
            x = block(x, causal=True, seen=seen)
        first = self.config.latents
        return torch.stack(seen).mean((0, 2))[:, first - 1 :, :first]

    @torch.inference_mode()
    def write(
        self,
        codes_BKE: Tensor,
        *,
        rngs: Sequence[torch.Generator] | None = None,
        temperature: float = 1.0,
        top_p: float = 1.0,
        noise: float = 0.0,
    ) -> Tensor:
        """Texts (B, N) from codes, token by token; without `rngs` or luck the likeliest each time.

        Args:
            noise: is put on the codes where there is luck, and told; standard deviation.
        """
        batch = len(codes_BKE)
        if rngs is not None and noise > 0:
            shape = codes_BKE.shape[1:]
            codes_BKE = codes_BKE + noise * torch.stack(
                [torch.randn(shape, generator=rng) for rng in rngs]
            )
        x, pasts = self._prefix(codes_BKE, noise, torch.float32), [[] for _ in self.decoder]
        ids_BN = torch.full((batch, self.config.length), END)
        is_over = torch.zeros(batch, dtype=torch.bool)
        luck = None
        if rngs is not None and temperature > 0:
            luck = torch.stack([torch.rand(self.config.length, generator=rng) for rng in rngs])
        for place in range(self.config.length):
            for block, past in zip(self.decoder, pasts, strict=True):
                x = block(x, causal=place == 0, past=past)
            scores_BV = self._score(x[:, -1])
            scores_BV[:, UNKNOWN] = -torch.inf
            if luck is None:
                chosen_B = scores_BV.argmax(1)
            else:
                chosen_B = _pick(scores_BV / max(temperature, 0.05), luck[:, place], top_p)
            ids_BN[:, place] = torch.where(is_over, END, chosen_B)
            is_over |= chosen_B == END
            if is_over.all():
                break
            x = self._read(ids_BN[:, place : place + 1], torch.float32, place + 1)
        return ids_BN

    def _read(self, ids_BN: Tensor, dtype: torch.dtype, start: int = 0) -> Tensor:
        places = self.places[start : start + ids_BN.shape[1]]
        return (F.embedding(ids_BN, self.embed) * self.config.width**0.5 + places).to(dtype)

    def _prefix(self, codes_BKE: Tensor, noise_B: Tensor | float, dtype: torch.dtype) -> Tensor:
        noise_B = torch.as_tensor(noise_B, dtype=torch.float32).expand(len(codes_BKE))
        share_B = 1 / (1 + noise_B.square())  # of a number's variance that is signal
        told_BD = torch.stack((share_B, noise_B), dim=1) @ self.noise_embed
        return self.from_code(codes_BKE.to(dtype)) + (self.names + told_BD[:, None]).to(dtype)

    def _score(self, x: Tensor) -> Tensor:
        return F.linear(self.decoder_norm(x), self.embed.to(x.dtype)).float()


def unit(codes: Tensor) -> Tensor:
    """Every latent token with mean 0 and mean square 1: on the sphere where codes live."""
    return F.layer_norm(codes, codes.shape[-1:])


def train(ids: list[list[int]], config: AutoencoderConfig, vocabulary: int) -> Autoencoder:
    """Learn to say every text again. `ids`: token numbers without END; longer ones are cut off."""
    torch.manual_seed(config.seed)  # weights and dropout
    model = Autoencoder(config, vocabulary).train()
    rng = np.random.default_rng(config.seed)
    noise = torch.Generator().manual_seed(config.seed)
    dtype = DTYPES[choose("auto")]
    optimizer = optimizer_of(model)
    steps = max(1, config.texts // config.batch_size)
    begun, batches = time.monotonic(), batches_of(ids, config, rng)
    for step in range(steps):
        rate = min(1.0, (step + 1) / min(300, 1 + steps // 10))
        rate *= min(1.0, max(0.02, (1 - step / steps) / FALL))
        for group in optimizer.param_groups:
            group["lr"] = config.lr * rate
        ids_BN = next(batches)
        codes = model.encode(_without(ids_BN, config.encoder_dropout, noise), dtype=dtype)
        # loud from the start, it would leave the codes unused for long
        most = config.noise * min(1.0, step / (RISE * steps))
        noise_B = most * torch.rand(len(codes), generator=noise)
        codes = codes + noise_B[:, None, None] * torch.randn(codes.shape, generator=noise)
        heard = _without(ids_BN, config.decoder_dropout, noise)
        scores_BNV = model.logits(heard, codes, noise_B, dtype=dtype)
        loss = reconstruction_loss(scores_BNV, ids_BN)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % REPORT_EVERY == 0:
            pace = (step + 1) * config.batch_size / (time.monotonic() - begun)
            logger.info(
                "autoencoder: step %s of %s, %.3f nats a token, %.0f texts/s",
                step + 1,
                steps,
                loss.item(),
                pace,
            )
    return model.eval().requires_grad_(False)


def optimizer_of(model: nn.Module) -> torch.optim.Optimizer:
    """Its rate is 0 until someone sets it."""
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.05},
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), fused=True)


def reconstruction_loss(scores_BNV: Tensor, ids_BN: Tensor, *, reduction: str = "mean") -> Tensor:
    """Nats of every token up to and with the first END."""
    wanted = ids_BN.masked_fill((ids_BN == END).cumsum(1) > 1, -100)
    return F.cross_entropy(
        scores_BNV.flatten(0, 1), wanted.flatten(), ignore_index=-100, reduction=reduction
    )


def padded(rows: Sequence[list[int]], length: int) -> Tensor:
    """(B, N) as wide as the longest row and its END, at most `length`."""
    width = min(length, 1 + max((len(row) for row in rows), default=0))
    return torch.tensor([(row[: length - 1] + [END] * width)[:width] for row in rows])


def batches_of(ids: list[list[int]], config: AutoencoderConfig, rng: np.random.Generator):
    """Batches without end, of texts of nearly one length."""
    sizes = np.array([len(row) for row in ids])
    while True:
        order = rng.permutation(len(ids))
        pool = config.batch_size * POOL
        for start in range(0, len(order), pool):
            part = order[start : start + pool]
            part = part[np.argsort(sizes[part], kind="stable")]
            chunks = [
                part[i : i + config.batch_size] for i in range(0, len(part), config.batch_size)
            ]
            for number in rng.permutation(len(chunks)):
                yield padded([ids[i] for i in chunks[number]], config.length)


def _without(ids_BN: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Some tokens replaced by UNKNOWN, of each text 0 to 2 x `share`; ends stay."""
    share_B1 = 2 * share * torch.rand(len(ids_BN), 1, generator=rng)
    is_lost = torch.rand(ids_BN.shape, generator=rng) < share_B1
    return ids_BN.masked_fill(is_lost & (ids_BN != END), UNKNOWN)


def _pick(scores_BV: Tensor, luck_B: Tensor, top_p: float) -> Tensor:
    """The token where the running sum of probability, likeliest first, passes the luck, 0..1."""
    shares_BV = scores_BV.softmax(1)
    mark_B1 = luck_B[:, None].clamp_max(0.999999) * top_p
    chosen_B, is_beyond_B = _passes(*shares_BV.topk(min(SHORTLIST, shares_BV.shape[1])), mark_B1)
    if is_beyond_B.any():  # the whole order costs as much as all of the network
        ordered = shares_BV[is_beyond_B].sort(dim=1, descending=True, stable=True)
        chosen_B[is_beyond_B] = _passes(*ordered, mark_B1[is_beyond_B])[0]
    return chosen_B


def _passes(shares_BV: Tensor, order_BV: Tensor, mark_B1: Tensor) -> tuple[Tensor, Tensor]:
    """Where the running sum passes the mark, and whether it never does."""
    places_B1 = (shares_BV.cumsum(1) < mark_B1).sum(1, keepdim=True)
    last = shares_BV.shape[1] - 1
    return order_BV.gather(1, places_B1.clamp_max(last))[:, 0], places_B1[:, 0] > last
