"""Text: a row of tokens, each a vector that D can step through; G chooses every token at once.

G's output token is a question; the token whose vector answers it best, luck included, is taken
(straight-through Gumbel-softmax, Jang et al. 2017, arXiv:1611.01144): forward one token, backward the
mixture. G asks all its questions at once; the answers are taken from left to right, since the language
also says who follows whom. From that, a bigram model, G starts; everything else it learns in the game.

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
from tgan_demo.contract import Box, Dataset, TokenSpec, box_of, check_views
from tgan_demo.errors import ConfigError
from tgan_demo.modalities.text import vocabulary as vocabularies
from tgan_demo.modalities.text.verse import VERSE
from tgan_demo.modalities.text.vocabulary import Vocabulary

LOUDNESS = 1.0  # root mean square of a token's vector in the signal, like a picture's contrast
SHARPNESS = 3.0  # of G's choices at the start
MAX_TOKENS = 256
COLUMNS = 16  # tokens a row, for texts that have no form of their own
LUCK = 1 << 20  # Gumbel draws, made once; every token reads its own stretch of them
AGAIN, MOST_AGAIN = 4.0, 4.0  # loudness of one repetition to D, and how many it can count

ROUTES = {
    "direct": "tokens",
    "latent": "latent",
}  # ModelConfig.route -> module here that has TOKENIZER


class Text:
    """Texts of up to 256 tokens. Bound to a vocabulary by `fit` or `restore`; unbound it knows shapes only."""

    name = "text"
    encodes = False
    has_time = False

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self._vocabulary = vocabulary

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None:
            raise ConfigError("a text model needs a vocabulary; load a model or fit one to data")
        return self._vocabulary

    def _on(self, device: torch.device) -> Vocabulary:
        """The vocabulary with its tensors on a device; the one on the CPU stays."""
        vocabulary = self.vocabulary
        if vocabulary.table_VE.device == device:
            return vocabulary
        moved = {k: v.to(device) for k, v in vocabulary.tensors().items() if k != "record"}
        return replace(
            vocabulary,
            table_VE=moved["table"],
            log_share_V=moved["log_share"],
            left_VE=moved["left"],
            right_VE=moved["right"],
        )

    def fit(self, dataset: Dataset, **settings: object) -> "Text":
        return Text(vocabularies.learn(dataset.items))

    def tensors(self) -> dict[str, Tensor]:
        return self.vocabulary.tensors()

    def restore(self, tensors: dict[str, Tensor]) -> "Text":
        return Text(vocabularies.restore(tensors))

    def check(self, config: ModelConfig) -> None:
        if len(config.shape) != 3 or config.shape[2] != vocabularies.WIDTH:
            raise ConfigError(
                f"a text's shape is (rows, columns, {vocabularies.WIDTH}); got {config.shape}"
            )
        if not 2 <= self.tokens(config).count <= MAX_TOKENS:
            raise ConfigError(f"a text has 2 to {MAX_TOKENS} tokens; got {config.shape[:2]}")
        check_views(config)

    def tokens(self, config: ModelConfig) -> TokenSpec:
        rows, columns, width = config.shape
        return TokenSpec((rows, columns), width, width * (2 * config.overlap + 2) + 1)

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        asked = SHARPNESS * tokens_BND
        loud = LOUDNESS * vocabularies.WIDTH**0.5
        vocabulary = self._on(asked.device)
        offsets_BN = (
            None
            if noise_seed_B is None or temperature <= 0
            else _offsets(noise_seed_B, asked, vocabulary)
        )
        signal, ids_BN = _Choose.apply(
            asked, vocabulary, offsets_BN, 1 / max(temperature, 0.05), loud
        )
        # what follows the end is no text: it is ends, whatever was chosen
        over_BN = (ids_BN == vocabularies.END).cumsum(1) > 0
        end_E = loud * vocabulary.table_VE[vocabularies.END]
        signal = torch.where(over_BN[..., None], end_E + (signal - signal.detach()), signal)
        return signal.view(signal.shape[0], *config.shape)

    def to_noise(self, signal: Tensor, z_dim: int) -> None:
        return None

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        vocabulary = self._on(tokens_BND.device)
        asked_BNE, ids_BN = SHARPNESS * tokens_BND.float(), self.ids(signal).to(tokens_BND.device)
        tables = _tables(vocabulary, asked_BNE.dtype)
        first_BV = _scores(tables, asked_BNE[:, 0], None)
        others_MV = _scores(tables, asked_BNE[:, 1:].flatten(0, 1), ids_BN[:, :-1].flatten())
        scores_MV = torch.cat((first_BV, others_MV))
        return F.cross_entropy(scores_MV, torch.cat((ids_BN[:, 0], ids_BN[:, 1:].flatten())))

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

    def planes(self, signal: Tensor) -> None:
        return None

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        ids_BN = self.vocabulary.encode(items, config.shape[0] * config.shape[1])
        vectors = self.vocabulary.table_VE[ids_BN] * (LOUDNESS * vocabularies.WIDTH**0.5)
        return vectors.view(len(ids_BN), *config.shape)

    def ids(self, signal: Tensor) -> Tensor:
        """The nearest token at every place, (B, N)."""
        flat = rearrange(signal.float(), "b r c e -> b (r c) e").cpu()
        return (flat @ self.vocabulary.table_VE.T).argmax(dim=2)

    def to_items(self, signal: Tensor, **luck: object) -> np.ndarray:
        return np.array(self.vocabulary.decode(self.ids(signal)), dtype=np.str_)

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        lengths = [len(ids) for ids in self.vocabulary.cut(dataset.items)]
        if set(lengths) == {VERSE[0] * VERSE[1]}:
            rows, columns = VERSE
        else:
            # the longest twentieth is cut off rather than paid for by all
            longest = min(MAX_TOKENS, max(2, int(np.quantile(lengths, 0.95)) + 1))
            columns = min(COLUMNS, max(4, round((1.5 * longest) ** 0.5)))  # a grid to be read in
            rows = -(-longest // columns)
        fitted = replace(
            config,
            modality=self.name,
            shape=(rows, columns, vocabularies.WIDTH),
            patch=1,
            overlap=1,
            classes=dataset.classes if dataset.labels is not None else (),
        )
        self.check(fitted)
        return fitted

    def place(self, token: int, config: ModelConfig) -> Box:
        return box_of(token, self.tokens(config).grid)

    def readable(self, text: str, config: ModelConfig) -> str:
        """The text as the model reads it: cut to its length, unknown letters as squares."""
        return str(self.to_items(self.from_items(np.array([text]), config))[0])

    def pieces(self, text: str, config: ModelConfig) -> list[str]:
        """What every token of a text shows, in order."""
        ids_1N = self.vocabulary.encode([text], config.shape[0] * config.shape[1])
        return self.vocabulary.pieces(ids_1N[0].tolist())


class _Choose(torch.autograd.Function):
    """Questions (B, N, E) -> the vectors of the chosen tokens and their numbers (B, N).

    Chosen from left to right: a token's score is how well it answers the question, how often the
    language has it, and how well it follows the one just chosen. Backward as if the mixture
    softmax(scores) had been passed on, at all places at once. Products are in the questions' dtype, and
    so are the mixtures kept for backward: at 4,700 tokens 12 MiB for 64 texts of 20 in bfloat16.
    """

    @staticmethod
    def forward(ctx, asked_BNE, vocabulary, offsets_BN, sharp, loud):
        batch, count, _ = asked_BNE.shape
        tables = _tables(vocabulary, asked_BNE.dtype)
        ids_BN = torch.empty(batch, count, dtype=torch.long, device=asked_BNE.device)
        is_training = ctx.needs_input_grad[0]
        mix_BNV = asked_BNE.new_empty(batch, count if is_training else 0, len(vocabulary))
        for place in range(count):
            before_B = ids_BN[:, place - 1] if place else None
            scores_BV = _scores(tables, asked_BNE[:, place], before_B)
            if sharp != 1:
                scores_BV = scores_BV * sharp
            if offsets_BN is not None:
                windows = _luck(str(scores_BV.device)).unfold(0, len(vocabulary), 1)
                scores_BV = scores_BV + windows[offsets_BN[:, place]]
            ids_BN[:, place] = scores_BV.argmax(1)
            if is_training:
                mix_BNV[:, place] = scores_BV.softmax(1)
        ctx.save_for_backward(mix_BNV, tables[0])
        ctx.gain = sharp * loud
        ctx.mark_non_differentiable(ids_BN)
        return vocabulary.table_VE[ids_BN] * loud, ids_BN

    @staticmethod
    def backward(ctx, *grads):
        grad_BNE, _ = grads
        mix_BNV, table_VE = ctx.saved_tensors
        gain_BNV = grad_BNE.to(table_VE.dtype) @ table_VE.T
        # mix * (gain - sum(mix * gain)) in one pass
        back_BNV = torch._softmax_backward_data(  # pyright: ignore[reportPrivateImportUsage]
            gain_BNV, mix_BNV, 2, mix_BNV.dtype
        )
        return (back_BNV @ table_VE).mul_(ctx.gain), *[None] * 4


def _tables(vocabulary: Vocabulary, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """What scores are made of: vectors, left and right in `dtype`, and shares, which stay exact."""
    vectors = (t.to(dtype) for t in (vocabulary.table_VE, vocabulary.left_VE, vocabulary.right_VE))
    return *vectors, vocabulary.log_share_V


def _scores(tables: tuple[Tensor, ...], asked_BE: Tensor, before_B: Tensor | None) -> Tensor:
    """(B, V): the question's answer, the follower's odds, the language's share."""
    table_VE, left_VE, right_VE, log_share_V = tables
    scores_BV = asked_BE @ table_VE.T
    if before_B is not None:
        scores_BV = torch.addmm(scores_BV, left_VE[before_B], right_VE.T)
    return scores_BV + log_share_V


def _offsets(noise_seed_B: Tensor, asked_BNE: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Where in the table of luck each token reads, from its text's throw of the dice."""
    places = torch.arange(asked_BNE.shape[1], device=asked_BNE.device)
    mixed = (
        noise_seed_B.to(asked_BNE.device)[:, None] * 2_654_435_761 + places * 40_503_217 + 12_345
    )
    mixed = (mixed ^ (mixed >> 15)) * 2_246_822_519
    return (mixed ^ (mixed >> 13)) % (LUCK - len(vocabulary))


@lru_cache(maxsize=2)
def _luck(device: str = "cpu") -> Tensor:
    draws = torch.rand(LUCK, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return -torch.log(-torch.log(draws.clamp_min(1e-12))).float().to(device)


TOKENIZER = Text()
