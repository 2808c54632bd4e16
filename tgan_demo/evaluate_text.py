"""How good a text model's samples are, with real text and n-gram samples beside every number.

BLEU alone rewards a few phrases said over and over; reverse NLL (a small language model that learns
from the samples and is asked about held-out real text) punishes poor and samey writing alike.

Tokens are characters for models that write characters, else words, lower case, the last full stop on
its own.
"""

import random
import re
from collections.abc import Callable, Sequence

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.engine import sampler
from tgan_demo.engine.checkpoint import Model
from tgan_demo.metrics import text as metrics
from tgan_demo.modalities.base import VERSE, Dataset, is_verse

HYPOTHESES = 500  # sentences that BLEU and self-BLEU are means over
ORDERS = (2, 3, 4, 5)
BASELINES = {"unigram": 1, "2-gram": 2, "3-gram": 3, "4-gram": 4}
NAMES = {
    "reverse_nll": ("reverse NLL: 3-gram Kneser-Ney of the samples, nats a token", "lower"),
    "forward_nll": ("forward NLL: 3-gram Kneser-Ney of training text, nats a token", "near real"),
    **{f"bleu_{n}": (f"BLEU-{n} against {{test}} held-out texts", "near real") for n in ORDERS},
    **{f"self_bleu_{n}": (f"Self-BLEU-{n} against the others", "near real") for n in ORDERS},
    "distinct": ("different texts", "higher"),
    "copies": ("texts copied from the training data", "lower"),
    "vocabulary": ("different tokens used", "near real"),
    "repetition": ("tokens that their text had before", "near real"),
    "novel_4": ("4-grams not in the training data", "near real"),
    "form": ("quatrains of 4 x 5 characters", "higher"),
    "known_verses": ("verses known from the training data", "near real"),
}


def evaluate(
    model: Model, train: Dataset | None, test: Dataset | None, *, n: int, seed: int
) -> dict:
    """Scores as evaluate.evaluate gives them: {"scores": {space: {score: row}}, "missing": [...]}.

    Spaces are "text" (the model) and one for each n-gram model of BASELINES, which learned from the
    training text and wrote as many samples. A row's "real" is as many training texts, drawn at
    random (held-out ones for copies and known verses).
    """
    items, _ = sampler.draw(model, SampleConfig(seed=seed, count=n))
    cut = tokenizer(model)
    if train is None or test is None:
        made = [cut(text) for text in items]
        values = _alone(made) | _verses(items, None)
        needs = "the training data: name their folder with --data or TGAN_DATA"
        missing = [{"score": f"text.{key}", "needs": needs} for key in NAMES if key not in values]
        return {"scores": {"text": _rows(values, {}, n, 0)}, "missing": missing}
    known, held = [cut(text) for text in train.items], [cut(text) for text in test.items]
    picked = np.random.default_rng(seed).permutation(len(known))[:n]
    judge = metrics.KneserNey(3).fit(known)
    words = {token for text in known for token in text}

    def score(made: Sequence[Sequence[str]]) -> dict[str, float]:
        rng = random.Random(seed)  # files come sorted: the judged ones are drawn from all over
        shuffled = rng.sample(list(made), len(made))
        bleu = metrics.bleu(shuffled[:HYPOTHESES], held, orders=ORDERS)
        own = metrics.self_bleu(shuffled, hypotheses=HYPOTHESES, orders=ORDERS)
        return {
            "reverse_nll": metrics.KneserNey(3, vocabulary=words).fit(made).nll(held),
            "forward_nll": judge.nll(made),
            **{f"bleu_{k}": value for k, value in bleu.items()},
            **{f"self_bleu_{k}": value for k, value in own.items()},
            "copies": metrics.copies(made, known),
            "novel_4": metrics.novel_ngrams(made, known, 4),
            **_alone(made),
        }

    real = score([known[i] for i in picked]) | _verses(train.items[picked], None)
    real |= {"copies": metrics.copies(held, known), "novel_4": metrics.novel_ngrams(held, known, 4)}
    real |= _verses(test.items, train.items)
    made = score([cut(text) for text in items]) | _verses(items, train.items)
    scores = {"text": _rows(made, real, n, len(held))}
    lengths = {len(text) for text in known}
    for name, order in BASELINES.items():
        baseline = metrics.KneserNey(order).fit(known)
        length = lengths.copy().pop() if len(lengths) == 1 else None
        drawn = baseline.sample(np.random.default_rng(seed), n, length=length)
        scores[name] = _rows(score(drawn), real, n, len(held))
    return {"scores": scores, "missing": []}


def tokenizer(model: Model) -> Callable[[str], tuple[str, ...]]:
    """How this model's texts are cut for scoring."""
    if not model.modality.codec.merges:
        return tuple
    return lambda text: tuple(re.sub(r"\.$", " .", str(text).lower()).split())


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
        name, better = NAMES[key]
        row = {"value": float(f"{value:.5g}"), "real": None, "ratio": None, "n": n}
        if key in real:
            row["real"] = float(f"{real[key]:.5g}")
            row["ratio"] = float(f"{value / real[key]:.5g}") if real[key] else None
        rows[key] = row | {"better": better, "name": name.format(test=f"{test:,}")}
    return rows
