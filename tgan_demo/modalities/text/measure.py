"""How good a text model's samples are, with real text and n-gram samples beside every number.

BLEU alone rewards a few phrases said over and over; reverse NLL (a small language model that learns
from the samples and is asked about held-out real text) punishes poor and samey writing alike.

Tokens are characters for models that write characters; words, marks and line starts for Python; else
words, lower case, the last full stop on its own.
"""

import random
import re
from collections.abc import Callable, Sequence

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset, Measure
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.modalities.text import baselines, metrics
from tgan_demo.modalities.text import python_code as evaluate_code
from tgan_demo.modalities.text.verse import VERSE, is_verse

HYPOTHESES = 500  # sentences that BLEU and self-BLEU are means over
MANY, MANY_HYPOTHESES = 10_000, 2_000  # with so many samples: the published counts
ORDERS = (2, 3, 4, 5)
BASELINES = {"unigram": 1, "2-gram": 2, "3-gram": 3, "4-gram": 4}
GAUSSIAN, LANGUAGE_MODEL = "gaussian", "language model"  # spaces, see baselines.py
NEEDS_TIME = "--language-model: it trains a Transformer on the training text, which takes minutes"
NAMES = {
    "reverse_nll": ("reverse NLL: 3-gram Kneser-Ney of the samples, nats a token", "lower"),
    "forward_nll": ("forward NLL: 3-gram Kneser-Ney of training text, nats a token", "near real"),
    **{
        f"bleu_{n}": (f"BLEU-{n} of {{judged}} against {{test}} held-out texts", "near real")
        for n in ORDERS
    },
    **{
        f"self_bleu_{n}": (f"Self-BLEU-{n} of {{judged}} against the others", "near real")
        for n in ORDERS
    },
    "distinct": ("different texts", "higher"),
    "copies": ("texts copied from the training data", "lower"),
    "vocabulary": ("different tokens used", "near real"),
    "repetition": ("tokens that their text had before", "near real"),
    "novel_4": ("4-grams not in the training data", "near real"),
    "form": ("quatrains of 4 x 5 characters", "higher"),
    "known_verses": ("verses known from the training data", "near real"),
}


def evaluate(
    model: Model,
    train: Dataset | None,
    test: Dataset | None,
    *,
    n: int,
    seed: int,
    temperature: float = 1.0,
    language_model: bool = False,
) -> dict:
    """Scores as evaluate.evaluate gives them: {"scores": {space: {score: row}}, "missing": [...]}.

    Spaces are "text" (the model), GAUSSIAN for a model with an autoencoder, LANGUAGE_MODEL where it
    is asked for, and one for each n-gram model of BASELINES, which learned from the training text and
    wrote as many samples. A row's "real" is as many training texts, drawn at random (held-out ones
    for copies, known verses and what only code has).

    Args:
        temperature: of the model's samples and of the Gaussian's; the others write at 1.
    """
    items, _ = sampler.draw(model, SampleConfig(seed=seed, count=n, temperature=temperature))
    if train is None or test is None:
        values = _alone([tokenizer(model)(text) for text in items]) | _verses(items, None)
        needs = "the training data: name their folder with --data or TGAN_DATA"
        missing = [{"score": f"text.{key}", "needs": needs} for key in NAMES if key not in values]
        return {"scores": {"text": _rows(values, {}, n, 0)}, "missing": missing}
    is_code = evaluate_code.is_code(train.items)
    judge = _Judge(train.items, test.items, tokenizer(model, is_code=is_code), is_code, n, seed)
    real = judge.real()
    about, missing = {}, []
    scores = {"text": judge.rows(items, real)}
    if model.tokenizer.encodes:
        texts = baselines.gaussian(model, train, n=n, seed=seed, temperature=temperature)
        scores[GAUSSIAN] = judge.rows(texts, real)
    if language_model:
        learned = baselines.learn_language(model, train)
        texts = baselines.compose(model, learned, n=n, seed=seed)
        scores[LANGUAGE_MODEL] = judge.rows(texts, real)
        about["language_model"] = {
            "weights": learned.weights,
            "weights_of_the_model": baselines.writing_weights(model),
            "texts_seen": learned.texts,
        }
    else:
        missing.append({"score": LANGUAGE_MODEL, "needs": NEEDS_TIME})
    for name, order in BASELINES.items():
        scores[name] = _rows(judge(judge.ngrams(order)), real, n, len(test))
    return {"scores": scores, "missing": missing} | about


def tokenizer(model: Model, *, is_code: bool = False) -> Callable[[str], tuple[str, ...]]:
    """How this model's texts are cut for scoring."""
    if is_code:
        return evaluate_code.cut
    if not model.tokenizer.vocabulary.merges:
        return tuple
    return lambda text: tuple(re.sub(r"\.$", " .", str(text).lower()).split())


def hypotheses(n: int) -> int:
    """How many of `n` samples BLEU and self-BLEU are means over."""
    return MANY_HYPOTHESES if n >= MANY else min(n, HYPOTHESES)


class _Judge:
    """Training and held-out texts, cut, and what is learned of them once for all rows."""

    def __init__(
        self,
        train: np.ndarray,
        test: np.ndarray,
        cut: Callable[[str], tuple[str, ...]],
        is_code: bool,
        n: int,
        seed: int,
    ) -> None:
        self.train, self.test, self.cut, self.n, self.seed = train, test, cut, n, seed
        self.known, self.held = [cut(text) for text in train], [cut(text) for text in test]
        self.forward = metrics.KneserNey(3).fit(self.known)
        self.words = {token for text in self.known for token in text}
        # the library's functions by their shape: training ones, and with those held out
        self.shapes = [evaluate_code.renamed(part) for part in (train, test)] if is_code else None

    def __call__(self, made: Sequence[Sequence[str]]) -> dict[str, float]:
        """Scores of texts that are cut already."""
        rng = random.Random(self.seed)  # files come sorted: the judged ones are drawn from all over
        shuffled, judged = rng.sample(list(made), len(made)), hypotheses(self.n)
        bleu = metrics.bleu(shuffled[:judged], self.held, orders=ORDERS)
        own = metrics.self_bleu(shuffled, hypotheses=judged, orders=ORDERS)
        values = {
            "reverse_nll": metrics.KneserNey(3, vocabulary=self.words).fit(made).nll(self.held),
            "forward_nll": self.forward.nll(made),
            **{f"bleu_{k}": value for k, value in bleu.items()},
            **{f"self_bleu_{k}": value for k, value in own.items()},
            "copies": metrics.copies(made, self.known),
            **_alone(made),
        }
        if any(len(text) >= 4 for text in made):  # a collapsed model may write nothing at all
            values["novel_4"] = metrics.novel_ngrams(made, self.known, 4)
        if self.shapes:
            texts = ["".join(tokens) for tokens in made]
            values |= evaluate_code.scores(texts, self.shapes[0] | self.shapes[1])
        return values

    def rows(self, items: np.ndarray, real: dict[str, float]) -> dict[str, dict]:
        values = self([self.cut(text) for text in items]) | _verses(items, self.train)
        return _rows(values, real, self.n, len(self.held))

    def real(self) -> dict[str, float]:
        picked = np.random.default_rng(self.seed).permutation(len(self.known))[: self.n]
        real = self([self.known[i] for i in picked]) | _verses(self.train[picked], None)
        real["copies"] = metrics.copies(self.held, self.known)
        real["novel_4"] = metrics.novel_ngrams(self.held, self.known, 4)
        if self.shapes:
            real |= evaluate_code.scores(self.test, self.shapes[0])
        return real | _verses(self.test, self.train)

    def ngrams(self, order: int) -> list[tuple[str, ...]]:
        lengths = {len(text) for text in self.known}
        length = lengths.pop() if len(lengths) == 1 else None
        fitted = metrics.KneserNey(order).fit(self.known)
        return fitted.sample(np.random.default_rng(self.seed), self.n, length=length)


def _alone(made: Sequence[Sequence[str]]) -> dict[str, float]:
    return {
        "distinct": 1 - metrics.duplicates(made),
        "vocabulary": metrics.vocabulary(made),
        "repetition": metrics.repetition([text for text in made if text] or [("",)]),
    }


def _verses(items: np.ndarray, known: np.ndarray | None) -> dict[str, float]:
    """What only quatrains have; nothing for other texts."""
    forms = [is_verse(str(text)) for text in items]
    if sum(forms) < len(forms) / 2:
        return {}
    values = {"form": sum(forms) / len(forms)}
    if known is not None:
        values["known_verses"] = metrics.known_lines(items, known, size=VERSE[1])
    return values


def _rows(values: dict[str, float], real: dict[str, float], n: int, test: int) -> dict[str, dict]:
    rows = {}
    for key, value in values.items():
        name, better = (NAMES | evaluate_code.NAMES)[key]
        row = {"value": float(f"{value:.5g}"), "real": None, "ratio": None, "n": n}
        if key in real:
            row["real"] = float(f"{real[key]:.5g}")
            row["ratio"] = float(f"{value / real[key]:.5g}") if real[key] else None
        said = name.format(test=f"{test:,}", judged=f"{hypotheses(n):,}")
        rows[key] = row | {"better": better, "name": said}
    return rows


MEASURE = Measure()
