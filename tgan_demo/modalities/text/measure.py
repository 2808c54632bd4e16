"""How good a text model's samples are, with real text and other writers beside every number.

BLEU alone rewards a few phrases said over and over; reverse NLL (a small language model that learns
from the samples and is asked about held-out real text) punishes poor and samey writing alike.

Tokens are characters for models that write characters; words, marks and line starts for Python; else
words, lower case, the last full stop on its own.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure import score
from tgan_demo.measure.score import NEEDS, Measured, Score, measured
from tgan_demo.measure.task import Options
from tgan_demo.modalities.text import baselines, bleu, copies, python_code, speed
from tgan_demo.modalities.text.latent import vocabulary_of
from tgan_demo.modalities.text.ngram import KneserNey
from tgan_demo.modalities.text.verse import VERSE, is_verse
from tgan_demo.modalities.text.watch import words_of
from tgan_demo.parts import Measure

HYPOTHESES = 500  # sentences that BLEU and self-BLEU are means over
MANY, MANY_HYPOTHESES = 10_000, 2_000  # with so many samples: the published counts
BASELINES = {"unigram": 1, "2-gram": 2, "3-gram": 3, "4-gram": 4}
GAUSSIAN, LANGUAGE_MODEL = "gaussian", "language model"  # spaces, see baselines.py
AS_LEARNED = "language model at 1"  # where the model's temperature is another
SPACES = {
    "text": "samples of the model",
    GAUSSIAN: "samples of the same pipeline with codes from a Gaussian, fitted to the codes "
    "of the training text, in place of G's: what the game adds",
    LANGUAGE_MODEL: "samples of a Transformer language model with about as many weights, "
    "trained on the same text, at the model's temperature",
    AS_LEARNED: "samples of the same language model at temperature 1, as it learned to write",
    **{name: f"samples of a {name} model of the training text" for name in BASELINES},
}


@dataclass(eq=False)
class Texts:
    """Texts of one writer, cut for scoring; `texts` where they are known uncut."""

    tokens: Sequence[Sequence[str]]
    texts: np.ndarray | None = None


@dataclass(eq=False)
class Judge:
    """Training and held-out texts, and what is learned of them once for all writers."""

    train: np.ndarray
    test: np.ndarray
    cut: Callable[[str], tuple[str, ...]]
    is_code: bool
    n: int
    seed: int

    @cached_property
    def known(self) -> list[tuple[str, ...]]:
        return [self.cut(text) for text in self.train]

    @cached_property
    def held(self) -> list[tuple[str, ...]]:
        return [self.cut(text) for text in self.test]

    @cached_property
    def forward(self) -> KneserNey:
        return KneserNey(3).fit(self.known)

    @cached_property
    def words(self) -> set[str]:
        return {token for text in self.known for token in text}

    @cached_property
    def shapes(self) -> tuple[set[str], set[str]]:
        """Functions by their shape: training ones, held-out ones."""
        return python_code.renamed(self.train), python_code.renamed(self.test)

    def values(self, made: Texts) -> dict[str, float]:
        found: dict[str, float] = {}
        for one in MEASURES:
            if one.applies(self):
                found |= one(self, made)
        return found

    @property
    def few(self) -> int:
        """As many samples as there are held-out texts: for shares that depend on their number."""
        return min(self.n, len(self.held))

    def rows(self, made: Texts, real: Mapping[str, float]) -> dict[str, dict]:
        found = rows(self.values(made), real, self.n, len(self.held))
        for key, row in found.items():
            real_n = len(self.held) if key in self.of_held_out else min(self.n, len(self.known))
            if key == "novel_4":
                row["n"] = self.few
            elif real_n != self.n:
                row["real_n"] = real_n
        return found

    def real(self) -> dict[str, float]:
        """Of as many training texts, drawn at random; of held-out ones whatever asks about training text."""
        picked = np.random.default_rng(self.seed).permutation(len(self.known))[: self.n]
        real = self.values(Texts([self.known[i] for i in picked], self.train[picked]))
        return real | self.of_held_out

    @cached_property
    def of_held_out(self) -> dict[str, float]:
        """What training text cannot stand for, since training text is asked about."""
        real = {"forward_nll": self.forward.nll(self.held)}
        real["copies"] = copies.copies(self.held, self.known)
        real |= novelty(self, Texts(self.held))
        if self.is_code:
            real |= python_code.scores(self.test, self.shapes[0])
        return real | verses(self, Texts(self.held, self.test))

    def ngrams(self, order: int) -> Texts:
        """What an n-gram model of the training text writes."""
        lengths = {len(text) for text in self.known}
        length = lengths.pop() if len(lengths) == 1 else None
        fitted = KneserNey(order).fit(self.known)
        return Texts(fitted.sample(np.random.default_rng(self.seed), self.n, length=length))

    def shuffled(self, made: Texts) -> list[Sequence[str]]:
        """In an order of chance: files come sorted, and the judged ones are drawn from all over."""
        return random.Random(self.seed).sample(list(made.tokens), len(made.tokens))


@measured(
    "text",
    Score("reverse_nll", "reverse NLL: 3-gram Kneser-Ney of the samples", "lower", "nats a token"),
    Score(
        "forward_nll",
        "forward NLL: 3-gram Kneser-Ney of training text",
        "near real",
        "nats a token",
    ),
)
def likelihood(judge: Judge, made: Texts) -> dict[str, float]:
    reverse = KneserNey(3, vocabulary=judge.words).fit(made.tokens)
    return {"reverse_nll": reverse.nll(judge.held), "forward_nll": judge.forward.nll(made.tokens)}


@measured(
    "text",
    *(
        Score(f"bleu_{n}", f"BLEU-{n} of {{judged}} against {{test}} held-out texts", "near real")
        for n in bleu.ORDERS
    ),
)
def bleus(judge: Judge, made: Texts) -> dict[str, float]:
    found = bleu.bleu(judge.shuffled(made)[: hypotheses(judge.n)], judge.held)
    return {f"bleu_{n}": value for n, value in found.items()}


@measured(
    "text",
    *(
        Score(f"self_bleu_{n}", f"Self-BLEU-{n} of {{judged}} against the others", "near real")
        for n in bleu.ORDERS
    ),
)
def self_bleus(judge: Judge, made: Texts) -> dict[str, float]:
    found = bleu.self_bleu(judge.shuffled(made), hypotheses=hypotheses(judge.n))
    return {f"self_bleu_{n}": value for n, value in found.items()}


@measured("text", Score("copies", "texts copied from the training data", "lower"))
def copied(judge: Judge, made: Texts) -> dict[str, float]:
    return {"copies": copies.copies(made.tokens, judge.known)}


@measured(
    "text",
    Score("distinct", "different texts", "higher"),
    Score("vocabulary", "different tokens used", "near real"),
    Score("repetition", "tokens that their text had before", "near real"),
)
def variety(judge: Judge | None, made: Texts) -> dict[str, float]:
    return {
        "distinct": 1 - copies.duplicates(made.tokens),
        "vocabulary": copies.vocabulary(made.tokens),
        "repetition": copies.repetition([text for text in made.tokens if text] or [("",)]),
    }


@measured("text", Score("novel_4", "4-grams not in the training data", "near real"))
def novelty(judge: Judge, made: Texts) -> dict[str, float]:
    """Of as many samples as held-out texts: among more texts, more of the different n-grams are new."""
    some = judge.shuffled(made)[: judge.few]
    if not any(len(text) >= 4 for text in some):  # a collapsed model may write nothing at all
        return {}
    return {"novel_4": copies.novel_ngrams(some, judge.known, 4)}


@measured("text", *python_code.SCORES, applies=lambda judge: judge.is_code)
def code(judge: Judge, made: Texts) -> dict[str, float]:
    texts = ["".join(tokens) for tokens in made.tokens]
    return python_code.scores(texts, judge.shapes[0] | judge.shapes[1])


@measured(
    "text",
    Score("form", "quatrains of 4 x 5 characters", "higher"),
    Score("known_verses", "verses known from the training data", "near real"),
)
def verses(judge: Judge | None, made: Texts) -> dict[str, float]:
    """What only quatrains have; nothing for other texts."""
    if made.texts is None:
        return {}
    forms = [is_verse(str(text)) for text in made.texts]
    if sum(forms) < len(forms) / 2:
        return {}
    values = {"form": sum(forms) / len(forms)}
    if judge is not None:
        values["known_verses"] = copies.known_lines(made.texts, judge.train, size=VERSE[1])
    return values


MEASURES: tuple[Measured[dict[str, float]], ...] = (
    likelihood, bleus, self_bleus, copied, variety, novelty, code, verses
)  # fmt: skip


class TextMeasure(Measure):
    """Spaces are writers: the model, GAUSSIAN beside an autoencoder, LANGUAGE_MODEL where it is asked for
    (and AS_LEARNED, at temperature 1, where the model's is another), and an n-gram model for each of
    BASELINES, which learned from the training text and wrote as much.
    """

    def evaluate(
        self,
        model: Model,
        train: Dataset | None,
        test: Dataset | None,
        *,
        n: int,
        seed: int = 0,
        options: Options | None = None,
    ) -> dict[str, Any]:
        """The temperature is of the model, the Gaussian and the language model, which writes at 1 too."""
        options = options or Options()
        warmth = options.temperature
        items, _ = sampler.draw(model, SampleConfig(seed=seed, count=n, temperature=warmth))
        found: dict[str, Any] = {"n": n, "temperature": warmth}
        if train is None or test is None:
            return found | alone(model, items, n)
        is_code = python_code.is_code(train.items)
        judge = Judge(train.items, test.items, cutter(model, is_code=is_code), is_code, n, seed)
        real, missing = judge.real(), []
        writers = {"text": items}
        others = not options.space
        if others and model.tokenizer.encodes:
            writers[GAUSSIAN] = baselines.gaussian(model, train, n=n, seed=seed, temperature=warmth)
        if options.language_model:
            learned = baselines.learn_language(model, train)
            for name, at in ((LANGUAGE_MODEL, warmth), (AS_LEARNED, 1.0)):
                if name == LANGUAGE_MODEL or at != warmth:
                    writers[name] = baselines.compose(
                        model, learned, n=n, seed=seed, temperature=at
                    )
            found["language_model"] = {
                "weights": learned.weights,
                "weights_of_the_model": baselines.writing_weights(model),
                "texts_seen": learned.texts,
            }
        elif others:
            missing.append({"score": LANGUAGE_MODEL, "needs": NEEDS["language_model"]})
        scores = {
            name: judge.rows(Texts([judge.cut(text) for text in texts], texts), real)
            for name, texts in writers.items()
        }
        for name, order in BASELINES.items() if others else ():
            scores[name] = judge.rows(judge.ngrams(order), real)
        spaces = {name: SPACES[name] for name in scores}
        return found | {"spaces": spaces, "scores": scores, "missing": missing}

    def live(self, items: np.ndarray) -> dict[str, float]:
        words = [words_of(text) for text in items]
        return variety(None, Texts([text for text in words if text] or [("",)]))

    def bench(self) -> dict[str, object]:
        return {"text": speed.bench()}


def alone(model: Model, items: np.ndarray, n: int) -> dict[str, Any]:
    """What can be said of samples without the data."""
    made = Texts([cutter(model)(text) for text in items], items)
    values = {**variety(None, made), **verses(None, made)}
    wanted = [
        one for one in MEASURES if one is not code and (one is not verses or "form" in values)
    ]
    keys = [score.key for one in wanted for score in one.scores if score.key not in values]
    return {
        "spaces": {"text": SPACES["text"]},
        "scores": {"text": rows(values, {}, n, 0)},
        "missing": [{"score": f"text.{key}", "needs": NEEDS["data"]} for key in keys],
    }


def rows(
    values: Mapping[str, float], real: Mapping[str, float], n: int, test: int
) -> dict[str, dict]:
    declared = tuple(score for one in MEASURES for score in one.scores)
    fields = {"judged": f"{hypotheses(n):,}", "test": f"{test:,}"}
    return score.rows(declared, values, real, n=n, fields=fields)


def cutter(model: Model, *, is_code: bool = False) -> Callable[[str], tuple[str, ...]]:
    """How this model's texts are cut for scoring."""
    if is_code:
        return python_code.cut
    if not vocabulary_of(model).merges:
        return tuple
    return lambda text: tuple(re.sub(r"\.$", " .", str(text).lower()).split())


def hypotheses(n: int) -> int:
    """How many of `n` samples BLEU and self-BLEU are means over."""
    return MANY_HYPOTHESES if n >= MANY else min(n, HYPOTHESES)


MEASURE = TextMeasure()
