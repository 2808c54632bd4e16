"""Text: a row of tokens, each a vector that D can step through; G chooses every token at once.

G's output token is a question; the token whose vector answers it best, luck included, is taken
(straight-through Gumbel-softmax, Jang et al. 2017, arXiv:1611.01144): forward one token, backward the
mixture. G starts from the language's letter frequencies and has to learn everything else from D.

Axes: B batch, R rows, C columns, N = R x C tokens, E numbers of a token's vector, V vocabulary.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import codec as codecs
from tgan_demo.modalities.base import VERSE, Box, Dataset, TokenSpec
from tgan_demo.modalities.codec import Codec

LOUDNESS = 1.0  # root mean square of a token's vector in the signal, like a picture's contrast
SHARPNESS = 5.0  # of G's choices at the start
MAX_TOKENS = 256
COLUMNS = 16  # tokens a row, for texts that have no form of their own
LUCK = 1 << 20  # Gumbel draws, made once; every token reads its own stretch of them
AGAIN, MOST_AGAIN = 4.0, 4.0  # loudness of one repetition to D, and how many it can count
ROWS = 256  # choices at a time: their scores over the vocabulary stay in the cache


class Text:
    """Texts of up to 256 tokens. Bound to a codec by `fit` or `restore`; unbound it knows shapes only."""

    name = "text"

    def __init__(self, codec: Codec | None = None) -> None:
        self._codec = codec

    @property
    def codec(self) -> Codec:
        if self._codec is None:
            raise ConfigError("a text model needs a vocabulary; load a model or fit one to data")
        return self._codec

    def fit(self, dataset: Dataset) -> "Text":
        return Text(codecs.learn(dataset.items))

    def tensors(self) -> dict[str, Tensor]:
        return self.codec.tensors()

    def restore(self, tensors: dict[str, Tensor]) -> "Text":
        return Text(codecs.restore(tensors))

    def check(self, config: ModelConfig) -> None:
        if len(config.shape) != 3 or config.shape[2] != codecs.WIDTH:
            raise ConfigError(
                f"a text's shape is (rows, columns, {codecs.WIDTH}); got {config.shape}"
            )
        if not 2 <= self.tokens(config).count <= MAX_TOKENS:
            raise ConfigError(f"a text has 2 to {MAX_TOKENS} tokens; got {config.shape[:2]}")

    def tokens(self, config: ModelConfig) -> TokenSpec:
        rows, columns, width = config.shape
        return TokenSpec((rows, columns), width, width * (2 * config.overlap + 2) + 1)

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        dice_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        codec = self.codec
        asked = SHARPNESS * tokens_BND.float()
        loud = LOUDNESS * codecs.WIDTH**0.5
        device = asked.device
        offsets_BN = None if dice_B is None or temperature <= 0 else _offsets(dice_B, asked, codec)
        signal, ids_BN = _Choose.apply(
            asked, codec.table_VE.to(device), codec.log_share_V.to(device), offsets_BN,
            1 / max(temperature, 0.05), loud,
        )  # fmt: skip
        # what follows the end is no text: it is ends, whatever was chosen
        over_BN = (ids_BN == codecs.END).cumsum(1) > 0
        end_E = loud * codec.table_VE[codecs.END].to(device)
        signal = torch.where(over_BN[..., None], end_E + (signal - signal.detach()), signal)
        return signal.view(len(signal), *config.shape)

    def surprise(self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig) -> Tensor:
        table_VE, share_V = (
            part.to(tokens_BND.device) for part in (self.codec.table_VE, self.codec.log_share_V)
        )
        asked_ME = SHARPNESS * tokens_BND.float().flatten(0, 1)
        scores_MV = torch.addmm(share_V, asked_ME, table_VE.T)
        return F.cross_entropy(scores_MV, self.ids(signal).flatten().to(scores_MV.device))

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        """Each token with its `overlap` neighbours on both sides (beyond the ends is 0), and what D
        would be long in finding out: how well it goes with the next one, number by number (their sum
        is what the vectors know of neighbours), and how often its text has it elsewhere.
        """
        flat = rearrange(signal, "b r c e -> b (r c) e")
        reach = config.overlap
        padded = F.pad(flat, (0, 0, reach, reach))
        count = flat.shape[1]
        window = [padded[:, i : i + count] for i in range(2 * reach + 1)]
        pairs = flat * F.pad(flat, (0, 0, 0, 1))[:, 1:]
        alike_BNN = flat @ flat.transpose(1, 2) / (flat.shape[2] * LOUDNESS**2)
        others = 1 - torch.eye(count, dtype=flat.dtype, device=flat.device)
        again_BN = (2 * F.relu(alike_BNN - 0.5) * others).sum(2).clamp(max=MOST_AGAIN)
        return torch.cat([*window, pairs, AGAIN * again_BN[..., None]], dim=2)

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        ids_BN = self.codec.encode(items, config.shape[0] * config.shape[1])
        vectors = self.codec.table_VE[ids_BN] * (LOUDNESS * codecs.WIDTH**0.5)
        return vectors.view(len(ids_BN), *config.shape)

    def ids(self, signal: Tensor) -> Tensor:
        """The nearest token at every place, (B, N)."""
        flat = rearrange(signal.float(), "b r c e -> b (r c) e").cpu()
        return (flat @ self.codec.table_VE.T).argmax(dim=2)

    def to_items(self, signal: Tensor) -> np.ndarray:
        return np.array(self.codec.decode(self.ids(signal)), dtype=np.str_)

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        lengths = [len(ids) for ids in self.codec.cut(dataset.items)]
        if set(lengths) == {VERSE[0] * VERSE[1]}:
            rows, columns = VERSE
        else:
            # the longest twentieth is cut off rather than paid for by all
            longest = min(MAX_TOKENS, max(2, int(np.quantile(lengths, 0.95)) + 1))
            rows, columns = -(-longest // COLUMNS), min(longest, COLUMNS)
        fitted = replace(
            config,
            modality=self.name,
            shape=(rows, columns, codecs.WIDTH),
            patch=1,
            overlap=1,
            classes=dataset.classes if dataset.labels is not None else (),
        )
        self.check(fitted)
        return fitted

    def place(self, token: int, config: ModelConfig) -> Box:
        rows, columns = self.tokens(config).grid
        row, column = divmod(token, columns)
        return Box(column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)

    def pieces(self, text: str, config: ModelConfig) -> list[str]:
        """What every token of a text shows, in order."""
        ids_1N = self.codec.encode([text], config.shape[0] * config.shape[1])
        return self.codec.pieces(ids_1N[0].tolist())


class _Choose(torch.autograd.Function):
    """Questions (B, N, E) -> the vectors of the chosen tokens and their numbers (B, N).

    Backward as if the mixture softmax(scores) had been passed on. Scores over the vocabulary are made
    again instead of kept: at 4,764 tokens they would be the largest thing in memory by far.
    """

    @staticmethod
    def forward(ctx, asked_BNE, table_VE, log_share_V, offsets_BN, sharp, loud):
        asked_ME = asked_BNE.reshape(-1, asked_BNE.shape[-1])
        offsets_M = None if offsets_BN is None else offsets_BN.reshape(-1)
        ids_M = torch.empty(len(asked_ME), dtype=torch.long, device=asked_ME.device)
        for begin in range(0, len(asked_ME), ROWS):
            part = slice(begin, begin + ROWS)
            ids_M[part] = _scores(
                asked_ME[part], table_VE, log_share_V, offsets_M, part, sharp
            ).argmax(1)
        ctx.save_for_backward(asked_ME, table_VE, log_share_V, offsets_M)
        ctx.sharp, ctx.loud = sharp, loud
        ids_BN = ids_M.view(asked_BNE.shape[:2])
        ctx.mark_non_differentiable(ids_BN)
        return table_VE[ids_BN] * loud, ids_BN

    @staticmethod
    def backward(ctx, grad_BNE, _):
        asked_ME, table_VE, log_share_V, offsets_M = ctx.saved_tensors
        grad_ME = grad_BNE.reshape(asked_ME.shape)
        back_ME = torch.empty_like(asked_ME)
        for begin in range(0, len(asked_ME), ROWS):
            part = slice(begin, begin + ROWS)
            scores = _scores(asked_ME[part], table_VE, log_share_V, offsets_M, part, ctx.sharp)
            mix_MV = scores.softmax(1)
            gain_MV = torch.mm(grad_ME[part], table_VE.T)
            mean_M1 = (mix_MV * gain_MV).sum(1, keepdim=True)
            back_ME[part] = torch.mm(gain_MV.sub_(mean_M1).mul_(mix_MV), table_VE)
        return back_ME.mul_(ctx.loud * ctx.sharp).view(grad_BNE.shape), *[None] * 5


def _scores(asked_ME, table_VE, log_share_V, offsets_M, part, sharp):
    scores_MV = torch.addmm(log_share_V, asked_ME, table_VE.T)
    if sharp != 1:
        scores_MV *= sharp
    if offsets_M is not None:
        luck = _luck().to(scores_MV.device)
        windows = luck.unfold(0, len(table_VE), 1)
        scores_MV += windows[offsets_M[part]]
    return scores_MV


def _offsets(dice_B: Tensor, asked_BNE: Tensor, codec: Codec) -> Tensor:
    """Where in the table of luck each token reads, from its text's throw of the dice."""
    places = torch.arange(asked_BNE.shape[1], device=asked_BNE.device)
    mixed = dice_B.to(asked_BNE.device)[:, None] * 2_654_435_761 + places * 40_503_217 + 12_345
    mixed = (mixed ^ (mixed >> 15)) * 2_246_822_519
    return (mixed ^ (mixed >> 13)) % (LUCK - len(codec))


@lru_cache(maxsize=1)
def _luck() -> Tensor:
    draws = torch.rand(LUCK, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return -torch.log(-torch.log(draws.clamp_min(1e-12))).float()


MODALITY = Text()
