"""Text by the latent route: G and D play with the few latent tokens of an autoencoder, which writes them out.

The signal is a text's K codes; what a person reads is what the decoder writes from G's codes, token by
token, with luck at the temperature asked for. Longer texts than the direct route can hold, whole words
and whole lines; what the adversarial game adds is how codes go together.

Axes: B batch, R rows, C columns, K = R x C latent tokens, E numbers of one, N tokens of a text.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from tgan_demo.config import ModelConfig, from_dict
from tgan_demo.contract import Box, Dataset, TokenSpec, box_of, check_views
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.passes import in_passes
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.files.tensors import fill
from tgan_demo.modalities.text import autoencoder as coders
from tgan_demo.modalities.text import vocabulary as vocabularies
from tgan_demo.modalities.text.autoencoder import Autoencoder, AutoencoderConfig
from tgan_demo.modalities.text.tokens import Text
from tgan_demo.modalities.text.vocabulary import END, Texts, Vocabulary

MAX_LATENTS = 64
MAX_PIECES = 16_384
MAX_AXES = 128  # principal directions of the codes that are kept
FIRST_HAN = "\u2e80"  # radicals, kana, characters
MAX_KNOWN = 60_000  # codes of training texts that are kept instead of made again
CHUNK = 250  # texts a pass when reading
WRITTEN = 16  # texts a pass when writing
SCORED = 50  # texts a pass when every token of the vocabulary gets a score: 120 MB
LIMITS = {
    "length": 257,
    "latents": MAX_LATENTS,
    "numbers": 128,
    "width": 512,
    "depth": 12,
    "heads": 16,
}


class LatentText:
    """Texts as codes. Bound to a vocabulary and an autoencoder by `fit` or `restore`."""

    name = "text"
    encodes = True
    has_time = False

    def __init__(
        self,
        vocabulary: Vocabulary | None = None,
        coder: Autoencoder | None = None,
        mean_C: Tensor | None = None,
        axes_CP: Tensor | None = None,
    ) -> None:
        self._vocabulary, self._coder = vocabulary, coder
        # of the training texts' codes, C = K x E: their mean and main directions, as long as their spread
        self.mean_C, self.axes_CP = mean_C, axes_CP
        self._known: dict[str, Tensor] = {}

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None:
            raise ConfigError("a text model needs a vocabulary; load a model or fit one to data")
        return self._vocabulary

    @property
    def coder(self) -> Autoencoder:
        if self._coder is None:
            raise ConfigError(
                "this text model needs its autoencoder; load a model or fit one to data"
            )
        return self._coder

    def fit(self, dataset: Dataset, **settings: object) -> "LatentText":
        """`settings`: keys of AutoencoderConfig, and `pieces`, tokens of a byte-pair vocabulary; minutes
        of training.
        """
        pieces = settings.pop("pieces", None)
        count = int(pieces) if isinstance(pieces, (int, float, str)) else 0
        vocabulary = vocabularies.spell(
            dataset.items, pieces=min(count, MAX_PIECES) if count else None
        )
        ids = vocabulary.cut(dataset.items)
        fitting = max(len(row) for row in ids) + 1
        plan = from_dict(AutoencoderConfig, {"length": min(fitting, LIMITS["length"]), **settings})
        return LatentText(vocabulary, coders.train(ids, plan, len(vocabulary))).spread(
            dataset.items
        )

    def spread(self, texts: Texts) -> "LatentText":
        """Learn where the codes of these texts lie."""
        parts = [self.encode(texts[i : i + CHUNK]) for i in range(0, len(texts), CHUNK)]
        codes_NC = torch.cat(parts).flatten(1)
        mean_C = codes_NC.mean(0)
        values_C, vectors_CC = torch.linalg.eigh(torch.cov((codes_NC - mean_C).T))
        count = min(MAX_AXES, len(mean_C))
        lengths_P = values_C.flip(0)[:count].clamp_min(1e-6).sqrt()
        return LatentText(
            self.vocabulary, self.coder, mean_C, vectors_CC.flip(1)[:, :count] * lengths_P
        )

    def _lie(self) -> tuple[Tensor, Tensor]:
        """`mean_C` and `axes_CP`."""
        assert self.mean_C is not None and self.axes_CP is not None, "call `spread` first"
        return self.mean_C, self.axes_CP

    def tensors(self) -> dict[str, Tensor]:
        mean_C, axes_CP = self._lie()
        record = json.dumps(asdict(self.coder.config)).encode()
        shape = torch.from_numpy(np.frombuffer(record, np.uint8).copy())
        weights = {f"coder.{k}": v for k, v in self.coder.state_dict().items()}
        lie = {"mean": mean_C, "axes": axes_CP}
        return {"record": self.vocabulary.tensors()["record"], "shape": shape, **lie, **weights}

    def restore(self, tensors: dict[str, Tensor]) -> "LatentText":
        vocabulary = vocabularies.restore_spelling(tensors)
        try:
            record = tensors["shape"]
            if record.dtype != torch.uint8 or record.numel() > 4096:
                raise ValueError
            plan = from_dict(AutoencoderConfig, json.loads(record.numpy().tobytes()))
            if any(not 1 <= getattr(plan, key) <= most for key, most in LIMITS.items()):
                raise ValueError
            if plan.width % plan.heads:
                raise ValueError
        except (KeyError, ValueError, RecursionError) as error:
            raise WeightsError(
                "the model's autoencoder is missing or damaged; download the model again"
            ) from error
        weights = {k[6:]: v for k, v in tensors.items() if k.startswith("coder.")}
        with torch.device("meta"):  # no memory for it before the file proves to hold all of it
            coder = Autoencoder(plan, len(vocabulary))
        wanted = {key: value.shape for key, value in coder.state_dict().items()}
        if wanted != {key: value.shape for key, value in weights.items()}:
            raise WeightsError(
                "the model's autoencoder does not fit the settings beside it; download the model again"
            )
        coder.to_empty(device="cpu")
        fill(coder, weights, "the model's autoencoder")
        mean_C, axes_CP = (tensors.get(name, torch.empty(0)).float() for name in ("mean", "axes"))
        count = plan.latents * plan.numbers
        if mean_C.shape != (count,) or axes_CP.shape != (count, min(MAX_AXES, count)):
            raise WeightsError("the model's codes have no mean or axes; download the model again")
        return LatentText(vocabulary, coder.eval().requires_grad_(False), mean_C, axes_CP)

    def check(self, config: ModelConfig) -> None:
        if len(config.shape) != 3 or not 2 <= config.shape[0] * config.shape[1] <= MAX_LATENTS:
            raise ConfigError(
                f"codes are (rows, columns, numbers), 2 to {MAX_LATENTS} of them; got {config.shape}"
            )
        check_views(config)
        if self._coder is None:
            return
        plan = self._coder.config
        if (config.shape[0] * config.shape[1], config.shape[2]) != (plan.latents, plan.numbers):
            raise ConfigError(
                f"the autoencoder has {plan.latents} codes of {plan.numbers} numbers; got {config.shape}"
            )

    def tokens(self, config: ModelConfig) -> TokenSpec:
        rows, columns, numbers = config.shape
        return TokenSpec((rows, columns), numbers, numbers)

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        return coders.unit(tokens_BND.float()).view(tokens_BND.shape[0], *config.shape)

    def to_noise(self, signal: Tensor, z_dim: int) -> Tensor:
        """The first Z principal components of the codes, each at unit variance: what a Gaussian knows."""
        mean_C, axes_CP = self._lie()
        codes = rearrange(signal.float(), "b r c e -> b (r c e)") - mean_C
        if z_dim > axes_CP.shape[1]:
            raise ConfigError(f"z has at most {axes_CP.shape[1]} numbers here; got {z_dim}")
        return (codes @ axes_CP / axes_CP.square().sum(0))[:, :z_dim]

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        return (self.to_signal(tokens_BND, config) - signal).abs().mean()

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        return rearrange(signal, "b r c e -> b (r c) e")

    def planes(self, signal: Tensor) -> None:
        return None

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        texts = [str(text) for text in items]
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(new) > MAX_KNOWN:
            self._known.clear()
            new = list(dict.fromkeys(texts))
        for start in range(0, len(new), CHUNK):
            part = new[start : start + CHUNK]
            self._known |= dict(zip(part, self.encode(part), strict=True))
        return torch.stack([self._known[text] for text in texts]).view(len(texts), *config.shape)

    @torch.no_grad()
    def encode(self, texts: Texts) -> Tensor:
        """Codes (B, K, E)."""
        return self.coder.encode(
            coders.padded(self.vocabulary.cut(texts), self.coder.config.length)
        )

    def to_items(
        self,
        signal: Tensor,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
        top_p: float = 1.0,
    ) -> np.ndarray:
        codes = rearrange(signal.float().cpu(), "b r c e -> b (r c) e")
        has_luck = noise_seed_B is not None and temperature > 0

        def step(codes_BKE: Tensor, noise_seed_B: Tensor | None) -> Tensor:
            rngs = None
            if noise_seed_B is not None:
                rngs = [torch.Generator().manual_seed(dice) for dice in noise_seed_B.tolist()]
            return self.coder.write(
                codes_BKE,
                rngs=rngs,
                temperature=temperature,
                top_p=top_p,
                noise=0.0 if rngs is None else self.coder.config.code_noise,
            )

        ids_BN = in_passes(step, codes, noise_seed_B if has_luck else None, rows=WRITTEN)
        return np.array(self.vocabulary.decode(ids_BN), dtype=np.str_)

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        plan = self.coder.config
        rows = next(r for r in (2, 1) if plan.latents % r == 0)
        fitted = replace(
            config,
            modality=self.name,
            route="latent",
            shape=(rows, plan.latents // rows, plan.numbers),
            patch=1,
            overlap=0,
            classes=dataset.classes if dataset.labels is not None else (),
        )
        self.check(fitted)
        return fitted

    def place(self, token: int, config: ModelConfig) -> Box:
        return box_of(token, self.tokens(config).grid)

    def readable(self, text: str, config: ModelConfig) -> str:
        """The text as far as the model reads it."""
        length = self.coder.config.length - 1
        return self.vocabulary.decode(
            torch.tensor([[*self.vocabulary.cut([text])[0][:length], END]])
        )[0]

    def pieces(self, text: str, config: ModelConfig) -> list[str]:
        """The words that each latent token writes, joined."""
        mine = [""] * self.coder.config.latents
        for shown, latent in self.spans(text):
            mine[latent] += shown
        return mine

    def spans(self, text: str, signal: Tensor | None = None) -> list[tuple[str, int]]:
        """The whole text in stretches, each with the latent token that its words' writing looks at most.

        Args:
            signal: the codes (1, R, C, E) that wrote the text; None: those that it is read into.
        """
        ids = self.vocabulary.cut([text])[0][: self.coder.config.length - 1]
        if not ids:
            return []
        if signal is None:
            codes = self.encode([text])
        else:
            codes = rearrange(signal.float().cpu(), "b r c e -> b (r c) e")
        looks_NK = self.coder.looks(torch.tensor([[*ids, END]]), codes)[0]
        spans: list[tuple[str, int]] = []
        for word, looks_K in _words(self.vocabulary.pieces(ids), looks_NK):
            latent = int(looks_K.argmax())
            if spans and spans[-1][1] == latent:
                word = spans.pop()[0] + word
            spans.append((word, latent))
        return spans

    def unfamiliar(self, texts: Texts) -> float:
        """Part of the texts' tokens that the autoencoder cannot say again, 0..1."""
        wrong = total = 0
        for start in range(0, len(texts), SCORED):
            ids_BN = coders.padded(
                self.vocabulary.cut(texts[start : start + SCORED]), self.coder.config.length
            )
            said_BN = self.coder.logits(ids_BN, self.coder.encode(ids_BN)).argmax(2)
            is_said = (ids_BN == END).cumsum(1) <= 1
            wrong += int(((said_BN != ids_BN) & is_said).sum())
            total += int(is_said.sum())
        return wrong / max(1, total)


def _words(pieces: Sequence[str], looks_NK: Tensor) -> list[tuple[str, Tensor]]:
    """Tokens put together to words, with the sum of what their writing looks at."""
    words: list[tuple[str, Tensor]] = []
    for shown, looks_K in zip(pieces, looks_NK, strict=False):
        if words and (not shown or _goes_on(words[-1][0], shown)):
            before, sum_K = words.pop()
            words.append((before + shown, sum_K + looks_K))
        else:
            words.append((shown, looks_K))
    return words


def _goes_on(word: str, shown: str) -> bool:
    """Whether a token is in the middle of a word; Han characters stand alone."""
    return all(c.isalnum() and c < FIRST_HAN for c in (word[-1:] or " ", shown[0]))


def vocabulary_of(model: Model) -> Vocabulary:
    """What a text model writes with, by either route."""
    assert isinstance(model.tokenizer, Text | LatentText)
    return model.tokenizer.vocabulary


TOKENIZER = LatentText()
