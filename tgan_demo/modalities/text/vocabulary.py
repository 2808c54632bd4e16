"""Text <-> token numbers <-> vectors: what a text model must know of its language before G and D meet.

Tokens are characters where the language has thousands of them or the items are short, else byte-pair
pieces of bytes, so that any text can be written. Every token has a fixed vector in which near means
alike, so that a small step in D's input is a small step in meaning.

Axes: B batch, N tokens of a text, V vocabulary, E numbers of a token's vector.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor

from tgan_demo.engine.draw.seeds import seeded
from tgan_demo.errors import WeightsError

WIDTH = 64  # E
MAX_CHARACTERS = 6000  # of a vocabulary; rarer ones become UNKNOWN
PIECES = 2048  # of a byte-pair vocabulary
SHORT = 40  # characters; items that are shorter on average are cut into characters
REACH = 4  # tokens on each side that count as neighbours
OWN = 0.3  # size of each vector's own random part beside its meaning: no two tokens may coincide
PAIRS = 2048  # of neighbours, a step of learning who follows whom
FOLLOWER_STEPS, FOLLOWER_EPOCHS = 400, 10  # whichever ends first, but 100 steps
PULL = 0.3
END, UNKNOWN = 0, 1
NEVER = 1e-13  # share of what does not occur
SPECIAL = ("", "\N{WHITE SQUARE}")  # how END and UNKNOWN are shown
MAX_RECORD_BYTES = 1 << 20
DAMAGED = "the model's vocabulary is missing or damaged; download the model again"

Texts = Sequence[str] | np.ndarray  # a list of texts, or a data set's items


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary, its vectors and how often each token occurs."""

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]  # of byte pairs; none: tokens are characters
    table_VE: Tensor  # unit length
    log_share_V: Tensor  # log of each token's share in the training text
    # who follows whom: the log odds that v comes right after u, against by chance, are left_u . right_v
    left_VE: Tensor
    right_VE: Tensor
    _numbers: dict[str, int] = field(init=False, repr=False)
    _pieces: Tokenizer | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = {token: i for i, token in enumerate(self.tokens)}
        object.__setattr__(self, "_numbers", numbers)
        pieces = _byte_pairs(numbers, self.merges) if self.merges else None
        object.__setattr__(self, "_pieces", pieces)

    def __len__(self) -> int:
        return len(self.tokens)

    def cut(self, texts: Texts) -> list[list[int]]:
        """Token numbers of each text, without END."""
        if self._pieces is not None:
            return [coded.ids for coded in self._pieces.encode_batch([str(t) for t in texts])]
        known = self._numbers
        return [[known.get(c, UNKNOWN) for c in str(text)] for text in texts]

    def encode(self, texts: Texts, length: int) -> Tensor:
        """(B, N) of `length` tokens: longer texts are cut off, shorter ones filled with END."""
        rows = [ids[:length] + [END] * (length - len(ids)) for ids in self.cut(texts)]
        return torch.tensor(rows, dtype=torch.long)

    def decode(self, ids_BN: Tensor) -> list[str]:
        """The texts up to their first END."""
        return ["".join(self.pieces(row)) for row in ids_BN.tolist()]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """What each token up to the first END shows; joined they are the text."""
        ids = list(ids)
        ids = ids[: ids.index(END)] if END in ids else ids
        if self._pieces is None:
            return [SPECIAL[i] if i < len(SPECIAL) else self.tokens[i] for i in ids]
        shown, done = [], ""
        for i in range(len(ids)):  # a letter may be spread over several pieces
            text = self._pieces.decode(ids[: i + 1])
            whole = text.rstrip("\N{REPLACEMENT CHARACTER}") if i + 1 < len(ids) else text
            shown.append(whole[len(done) :])
            done = whole
        return shown

    def unknown_share(self, texts: Texts) -> float:
        """Part of the texts' tokens that the vocabulary lacks, 0..1; always 0 for byte pairs."""
        ids = [i for row in self.cut(texts) for i in row]
        return ids.count(UNKNOWN) / max(1, len(ids)) if self._pieces is None else 0.0

    def tensors(self) -> dict[str, Tensor]:
        """For a model's file; `restore` gives the vocabulary back."""
        record = json.dumps({"tokens": self.tokens, "merges": self.merges}, ensure_ascii=False)
        letters = np.frombuffer(record.encode(), np.uint8).copy()
        return {
            "record": torch.from_numpy(letters),
            "table": self.table_VE,
            "log_share": self.log_share_V,
            "left": self.left_VE,
            "right": self.right_VE,
        }


def restore(tensors: dict[str, Tensor]) -> Vocabulary:
    """Raises WeightsError when the tensors are not a vocabulary's."""
    tokens, merges = _read_record(tensors)
    try:
        table_VE, log_share_V = tensors["table"].float(), tensors["log_share"].float()
        left_VE, right_VE = tensors["left"].float(), tensors["right"].float()
        fits = table_VE.shape == (len(tokens), WIDTH) and log_share_V.shape == (len(tokens),)
        if not (fits and table_VE.isfinite().all()):
            raise ValueError
        if left_VE.shape != table_VE.shape or right_VE.shape != table_VE.shape:
            raise ValueError
        if not all(part.isfinite().all() for part in (log_share_V, left_VE, right_VE)):
            raise ValueError
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(DAMAGED) from error
    if tensors["table"].dtype != torch.float32:  # a model's file: float16 took the last digits off
        table_VE = torch.nn.functional.normalize(table_VE, dim=1)
    return Vocabulary(tokens, merges, table_VE, log_share_V, left_VE, right_VE)


def restore_spelling(tensors: dict[str, Tensor]) -> Vocabulary:
    """The vocabulary alone, as `spell` made it. Raises WeightsError."""
    return _bare(*_read_record(tensors))


def _read_record(
    tensors: dict[str, Tensor],
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    try:
        letters = tensors["record"]
        if letters.dtype != torch.uint8 or letters.numel() > MAX_RECORD_BYTES:
            raise ValueError
        record = json.loads(letters.numpy().tobytes())
        tokens = tuple(str(token) for token in record["tokens"])
        merges = tuple((str(a), str(b)) for a, b in record["merges"])
        known = set(tokens)
        is_whole = len(known) == len(tokens) > len(SPECIAL)
        is_closed = all(a in known and b in known and a + b in known for a, b in merges)
        if not (is_whole and is_closed):
            raise ValueError
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise WeightsError(DAMAGED) from error
    return tokens, merges


def learn(texts: Texts, *, seed: int = 0) -> Vocabulary:
    """Vocabulary, vectors and followers from the texts alone; the same texts give the same vocabulary."""
    texts = [str(text) for text in texts]
    bare = spell(texts)
    tokens, merges = bare.tokens, bare.merges
    ids = bare.cut(texts)
    # texts of one length never end early: END is not on offer then, and neither is what never occurs
    ends = [END] if len({len(row) for row in ids}) > 1 else []
    count_V = np.bincount([i for row in ids for i in row + ends], minlength=len(tokens))
    log_share_V = torch.from_numpy(np.log(np.maximum(count_V / count_V.sum(), NEVER))).float()
    followers = _followers(ids, log_share_V, seed)
    return Vocabulary(tokens, merges, _vectors(ids, len(tokens), seed), log_share_V, *followers)


def spell(texts: Texts, *, pieces: int | None = None) -> Vocabulary:
    """A vocabulary for the texts, without vectors; `pieces`: of byte pairs, none: PIECES."""
    texts = [str(text) for text in texts]
    counts = Counter("".join(texts))
    mean = sum(counts.values()) / max(1, len(texts))
    if mean <= SHORT or len(counts) > PIECES:
        common = sorted(counts, key=lambda c: (-counts[c], c))[:MAX_CHARACTERS]
        tokens, merges = (*_names(), *(c for c in common if c not in SPECIAL)), ()
    else:
        tokens, merges = _learn_pieces(texts, pieces or PIECES)
    return _bare(tokens, merges)


def _bare(tokens: tuple[str, ...], merges: tuple[tuple[str, str], ...]) -> Vocabulary:
    nothing = torch.zeros(len(tokens), 0)
    return Vocabulary(tokens, merges, nothing, torch.zeros(len(tokens)), nothing, nothing)


def _names() -> tuple[str, str]:
    """Names of END and UNKNOWN in a vocabulary: longer than any character, so never met in a text."""
    return "<end>", "<unknown>"


def _learn_pieces(
    texts: list[str], pieces: int
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    learned = _byte_pairs({}, ())
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        special_tokens=list(_names()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learned.train_from_iterator(texts, trainer)
    record = json.loads(learned.to_str())["model"]
    tokens = sorted(record["vocab"], key=record["vocab"].get)
    merges = [m.split(" ") if isinstance(m, str) else m for m in record["merges"]]
    return tuple(tokens), tuple((a, b) for a, b in merges)


def _byte_pairs(numbers: dict[str, int], merges: Sequence[tuple[str, str]]) -> Tokenizer:
    # built from our own record, never from a tokenizer's file: that may hold patterns that do not end
    built = Tokenizer(models.BPE(vocab=numbers, merges=list(merges)))
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.decoder = decoders.ByteLevel()
    return built


def _vectors(ids: list[list[int]], size: int, seed: int) -> Tensor:
    """Unit vectors (V, E): main directions of how much oftener than by chance two tokens are near.

    Source: positive pointwise mutual information and its singular vectors, Levy and Goldberg 2014.
    """
    together = np.zeros((size, size), np.float32)
    for row in ids:
        row = np.array([*row, END])
        for apart in range(1, min(REACH, len(row) - 1) + 1):
            np.add.at(together, (row[:-apart], row[apart:]), 1 / apart)
    together += together.T
    total_V = together.sum(1) + 1e-6
    with np.errstate(divide="ignore"):
        reconstruction_loss = np.log(together * total_V.sum() / total_V[:, None] / total_V[None])
    generator = torch.Generator().manual_seed(seed)
    own_VE = torch.nn.functional.normalize(torch.randn(size, WIDTH, generator=generator), dim=1)
    matrix = torch.from_numpy(np.maximum(reconstruction_loss, 0).astype(np.float32))
    rank = min(WIDTH, size)
    with seeded(seed):
        u_VE, s_E, _ = torch.svd_lowrank(matrix, q=rank, niter=4)
    meaning_VE = torch.zeros(size, WIDTH)
    meaning_VE[:, :rank] = torch.nn.functional.normalize(u_VE * s_E.clamp_min(0).sqrt(), dim=1)
    return torch.nn.functional.normalize(meaning_VE + OWN * own_VE, dim=1)


def _followers(ids: list[list[int]], log_share_V: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """left and right (V, E) of a bigram model p(v | u) = softmax(log_share + left_u . right_v).

    A log-bilinear model, Mnih and Hinton 2007, by cross-entropy over all pairs of neighbours.
    """
    ends = [END] if len({len(row) for row in ids}) > 1 else []
    pairs = torch.tensor([pair for row in ids for pair in zip(row, row[1:] + ends, strict=False)])
    rng = torch.Generator().manual_seed(seed)
    size = len(log_share_V)
    left, right = (
        (0.05 * torch.randn(size, WIDTH, generator=rng)).requires_grad_() for _ in range(2)
    )
    if not len(pairs):
        return left.detach(), right.detach()
    steps = min(FOLLOWER_STEPS, max(100, FOLLOWER_EPOCHS * -(-len(pairs) // PAIRS)))
    optimizer = torch.optim.Adam([left, right], lr=0.02, betas=(0.5, 0.99))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - step / steps)
        batch = pairs[torch.randint(len(pairs), (min(PAIRS, len(pairs)),), generator=rng)]
        # not left[...]: on several threads the order of that gradient's sums is left to chance
        of_first = torch.nn.functional.embedding(batch[:, 0], left)
        scores = torch.addmm(log_share_V, of_first, right.T)
        # a pull to 0, which is chance: most pairs are seen once or never
        loss = torch.nn.functional.cross_entropy(scores, batch[:, 1])
        loss = loss + PULL * (left.square().mean() + right.square().mean())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return left.detach(), right.detach()
