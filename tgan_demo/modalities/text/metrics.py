"""Is what is written like the real thing, is all of the real thing written, is none of it copied?

Knows sequences of tokens, not what a token is: word, character, number. Wants no network.
"""

import math
from bisect import bisect
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, Self

import numpy as np

from tgan_demo.errors import ConfigError, DataError

Sample = Sequence[Hashable] | np.ndarray  # a str is the sequence of its characters
Samples = Sequence[Sample] | np.ndarray  # a matrix is the sequence of its rows

ORDERS = (2, 3, 4, 5)  # what Texygen reports
SMOOTHED = 0.1  # NLTK method1: what stands for a number of matches that is 0
PATIENCE = 100  # draws of a token that cannot stand, until the whole distribution is written out


def bleu(
    hypotheses: Samples, references: Samples, *, orders: Collection[int] = ORDERS
) -> dict[int, float]:
    """Mean sentence BLEU of each order, 0..1, as Texygen counts it (NLTK with method1).

    Matches are clipped by the largest count in any one reference, and the brevity penalty looks at
    the reference of the nearest length, so BLEU grows with the number of references: state it.
    Better is near real text's: a model that repeats the usual phrases passes real text with ease.

    500 of the COCO training captions against the 10,000 test captions (`KneserNey` says how they
    are split): .739 .519 .339 .217 for orders 2 to 5. Another 500 move that by up to .03.

    Args:
        hypotheses: what is judged; an empty one counts 0.
        references: real text, all of it.
        orders: the longest n-gram of each score; lengths 1 to n weigh the same.

    Raises:
        DataError: there is no hypothesis or no reference.

    Sources: Papineni et al. 2002; Chen and Cherry 2014; Zhu et al. 2018, arXiv:1802.01886.
    """
    return _mean_bleu(_some(hypotheses), _some(references), orders, leaves_one_out=False)


def self_bleu(
    samples: Samples, *, hypotheses: int = 500, orders: Collection[int] = ORDERS
) -> dict[int, float]:
    """`bleu` of the first samples, each against all the others: 0..1, less is more varied.

    Better is near real text's, at the same number of samples. Texygen's published table comes out
    this way with all its 10,000 samples; its code takes 500 in all and finds far less. The samples
    should be in random order.

    500 of the COCO training captions against the other 9,999: .887 .740 .571 .413.

    Raises:
        DataError: there are fewer than two samples.
    """
    some = _some(samples)
    if len(some) < 2:
        raise DataError("self-BLEU compares two or more samples; got 1")
    return _mean_bleu(some[:hypotheses], some, orders, leaves_one_out=True)


class KneserNey:
    """Interpolated Kneser-Ney n-gram model: a baseline to sample from, and a judge of samples.

    Fitted to samples and asked for the `nll` of held-out real text (reverse NLL), it finds poor
    samples and missing variety alike. Lower is better, down to real text's at the same number of
    samples.

    The convention: one discount at every order; order - 1 start tokens; one end token, which is
    predicted and counted; below the highest order the number of different left neighbours instead
    of the count; under the unigram a uniform distribution over vocabulary, unknown and end. The
    vocabulary is the training text's, whatever the model is fitted to. Reverse NLL, order 3:

    - COCO captions of Texygen, lower case, split at spaces, a last full stop on its own (5,062
      words), 10,000 samples, scored on the 10,000 test captions: training captions 4.308; drawn
      from this class, order 4 4.58, 3 4.60, 2 4.74, 1 6.12.
    - Tang quatrains (20 characters, no punctuation; 4,683 different), 2,000 samples, scored on the
      1,598 held out (lines 0, 10, ...): random training poems 6.66 (the first 2,000:
      6.76); drawn, order 2 6.79, 1 7.20.

    Another draw moves these by up to .02.

    Sources: Kneser and Ney 1995; interpolated by Chen and Goodman 1999.
    """

    def __init__(
        self,
        order: int = 3,
        *,
        discount: float = 0.75,
        vocabulary: Iterable[Hashable] | None = None,
    ) -> None:
        """Before a fit all tokens are equally likely.

        Args:
            order: the longest n-gram, 1 or more; 1 knows only how frequent a token is.
            discount: taken from the count of every n-gram seen, for those unseen; 0 <= d < 1. With
                0 only what was seen can be drawn, and the `nll` of anything else is infinite.
            vocabulary: tokens that are told apart, all others are one unknown token; by default
                those of the text the model is fitted to.
        """
        if order < 1:
            raise ConfigError(f"order must be 1 or more; got {order}")
        if not 0 <= discount < 1:
            raise ConfigError(f"discount must be 0 or more and less than 1; got {discount}")
        self.order, self.discount = order, discount
        self._has_own_words = vocabulary is None
        self._learn_tokens(vocabulary or ())

    def fit(self, sequences: Samples) -> Self:
        """Forget earlier sequences, count the n-grams of these, return the model."""
        some = _some(sequences)
        if self._has_own_words:
            self._learn_tokens(token for sample in some for token in sample)
        counts = Counter(
            gram for sample in some for gram in _ngrams(self._numbers(sample), self.order)
        )
        self._levels = [self._followers(counts)]
        for _ in range(self.order - 1):
            # one per left neighbour: "Francisco" is frequent, but after other words it is unlikely
            counts = Counter(gram[1:] for gram in counts)
            self._levels.insert(0, self._followers(counts))
        return self

    def probabilities(self, prefix: Sample) -> np.ndarray:
        """Of each token after `prefix`, a sequence from its start; (len(tokens) + 2,), sum 1.

        In the order of `tokens`, then the unknown token, then the end.
        """
        return self._distribution(self._numbers(prefix)[:-1])

    def nll(self, sequences: Samples) -> float:
        """Mean negative log-likelihood, nats per token; each sequence's end is one more token."""
        total, count = 0.0, 0
        for sample in _some(sequences):
            for gram in _ngrams(self._numbers(sample), self.order):
                p = self._uniform
                for followers in self._known(gram[:-1]):
                    p = followers.share(gram[-1]) + followers.spare * p
                total -= math.log(p) if p > 0 else -math.inf
                count += 1
        return total / count

    def sample(
        self, rng: np.random.Generator, count: int, *, length: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Draw `count` sequences: up to the end token, which is left out, or of a fixed `length`.

        With a `length` the end is never drawn; the unknown token never is.

        Raises:
            DataError: the vocabulary is empty, or, with discount 0, no token can stand next.
        """
        if not self.tokens:
            raise DataError("the model knows no token; fit it to some text before you sample")
        return [self._draw(rng, length) for _ in range(count)]

    def _learn_tokens(self, tokens: Iterable[Hashable]) -> None:
        # sorted: a set of str has another order in every process, which no seed could repeat
        self.tokens: list[Any] = sorted(set(tokens), key=repr)
        self._number = {token: number for number, token in enumerate(self.tokens)}
        self._unknown, self._end, self._start = range(len(self.tokens), len(self.tokens) + 3)
        self._uniform = 1 / (len(self.tokens) + 2)  # the start is never predicted
        self._levels: list[dict[tuple[int, ...], _Followers]] = []  # by the length of the context

    def _numbers(self, sample: Sample) -> tuple[int, ...]:
        """The sample as numbers, its start tokens before it and its end after it."""
        inside = (self._number.get(token, self._unknown) for token in sample)
        return (*[self._start] * (self.order - 1), *inside, self._end)

    def _followers(self, counts: Counter[tuple[int, ...]]) -> "dict[tuple[int, ...], _Followers]":
        found: dict[tuple[int, ...], dict[int, int]] = {}
        for gram, count in counts.items():
            found.setdefault(gram[:-1], {})[gram[-1]] = count
        return {context: _Followers(after, self.discount) for context, after in found.items()}

    def _known(self, before: tuple[int, ...]) -> "Iterator[_Followers]":
        """What followed the last tokens of `before`: none of them, the last, the last two, ..."""
        for length, level in enumerate(self._levels):
            followers = level.get(before[len(before) - length :])
            if followers is None:
                return  # then the longer contexts are unseen, too
            yield followers

    def _distribution(self, before: tuple[int, ...]) -> np.ndarray:
        p = np.full(len(self.tokens) + 2, self._uniform)
        for followers in self._known(before):
            p *= followers.spare
            p[followers.numbers] += [followers.share(number) for number in followers.numbers]
        return p

    def _draw(self, rng: np.random.Generator, length: int | None) -> tuple[Any, ...]:
        drawn = [self._start] * (self.order - 1)
        barred = [self._unknown] if length is None else [self._unknown, self._end]
        while length is None or len(drawn) < length + self.order - 1:
            number = self._next(rng, tuple(drawn[len(drawn) - self.order + 1 :]), barred)
            if number == self._end:
                break
            drawn.append(number)
        return tuple(self.tokens[number] for number in drawn[self.order - 1 :])

    def _next(self, rng: np.random.Generator, before: tuple[int, ...], barred: list[int]) -> int:
        longest_first = list(self._known(before))[::-1]
        for _ in range(PATIENCE):  # the whole distribution is exact at once, but slow
            number = self._any(rng, longest_first)
            if number not in barred:
                return number
        p = self._distribution(before)
        p[barred] = 0
        if p.sum() == 0:
            raise DataError("no token can stand next; take a discount above 0, or no fixed length")
        return int(rng.choice(len(p), p=p / p.sum()))

    def _any(self, rng: np.random.Generator, longest_first: "list[_Followers]") -> int:
        for followers in longest_first:
            mark = rng.random() * followers.total
            if mark < followers.steps[-1]:
                return followers.numbers[bisect(followers.steps, mark)]
        return int(rng.integers(len(self.tokens) + 2))


class _Followers:
    """What was seen after one context, and how often."""

    def __init__(self, counts: dict[int, int], discount: float) -> None:
        self.counts, self.discount = counts, discount
        self.total = sum(counts.values())
        self.spare = discount * len(counts) / self.total  # probability left to shorter contexts

    def share(self, number: int) -> float:
        count = self.counts.get(number)
        return (count - self.discount) / self.total if count else 0.0

    @cached_property
    def numbers(self) -> list[int]:
        return list(self.counts)

    @cached_property
    def steps(self) -> list[float]:
        """Discounted counts up to and with each of the numbers."""
        return list(accumulate(count - self.discount for count in self.counts.values()))


def duplicates(samples: Samples) -> float:
    """Share of samples that are not the first of their kind, 0..1. Better is near real text's."""
    some = _some(samples)
    return 1 - len(set(some)) / len(some)


def copies(samples: Samples, known: Samples) -> float:
    """Share of samples that stand in `known` as a whole, 0..1. Better is near held-out text's."""
    return _share_in(_some(samples), set(_some(known)))


def known_lines(samples: Samples, known: Samples, *, size: int) -> float:
    """Share of verses that are a verse of `known`, 0..1; a verse is each next `size` tokens.

    A rest shorter than a verse does not count.
    """
    return _share_in(_pieces(samples, size), set(_pieces(known, size)))


def distinct_ngrams(samples: Samples, n: int) -> float:
    """Different n-grams over all n-grams, 0..1 (distinct-n). Compare equal numbers of samples.

    Source: Li et al. 2016, arXiv:1510.03055.
    """
    grams = _all_ngrams(samples, n)
    return len(set(grams)) / len(grams)


def novel_ngrams(samples: Samples, known: Samples, n: int) -> float:
    """Share of the different n-grams that are not in `known`, 0..1. Better is near held-out text's.

    Few new ones are memory, too many are noise.
    """
    return 1 - _share_in(set(_all_ngrams(samples, n)), set(_all_ngrams(known, n)))


def vocabulary(samples: Samples) -> int:
    """Number of different tokens. Compare equal numbers of samples."""
    return len({token for sample in _some(samples) for token in sample})


def repetition(samples: Samples) -> float:
    """Mean share of a sample's tokens that it had before, 0..1. Better is near real text's."""
    some = _some(samples)
    return sum(1 - len(set(sample)) / len(sample) for sample in some if sample) / len(some)


def _mean_bleu(
    hypotheses: list[tuple],
    references: list[tuple],
    orders: Collection[int],
    *,
    leaves_one_out: bool,
) -> dict[int, float]:
    """With `leaves_one_out` the hypotheses are the first references."""
    lengths = range(1, max(orders) + 1)
    wanted = {gram for sample in hypotheses for n in lengths for gram in _ngrams(sample, n)}
    most: dict[tuple, tuple[int, int, int]] = {}  # count, which reference has it, next best count
    for owner, sample in enumerate(references):
        grams = Counter(g for n in lengths for g in _ngrams(sample, n) if g in wanted)
        for gram, count in grams.items():
            best, first, second = most.get(gram, (0, -1, 0))
            if count > best:
                most[gram] = count, owner, best
            elif count > second:
                most[gram] = best, first, count

    sizes = Counter(len(sample) for sample in references)
    total = dict.fromkeys(orders, 0.0)
    for number, sample in enumerate(hypotheses):
        own = number if leaves_one_out else None
        others = sizes - Counter([len(sample)]) if leaves_one_out else sizes
        near = min(others, key=lambda size: (abs(size - len(sample)), size))
        penalty = min(0.0, 1 - near / len(sample)) if sample else -math.inf
        logs: list[float] = []
        for n in lengths:
            matches = 0
            for gram, count in Counter(_ngrams(sample, n)).items():
                best, first, second = most.get(gram, (0, -1, 0))
                matches += min(count, second if first == own else best)
            if n == 1 and matches == 0:
                penalty = -math.inf  # NLTK: no known word, no score, and nothing is smoothed
            logs.append(math.log((matches or SMOOTHED) / max(1, len(sample) - n + 1)))
        for order in orders:
            total[order] += math.exp(penalty + sum(logs[:order]) / order)
    return {order: value / len(hypotheses) for order, value in total.items()}


def _some(samples: Samples) -> list[tuple]:
    """As tuples, which can be compared and counted; at least one."""
    # tolist: numbers of Python hash several times faster than numpy's
    some = [tuple(s.tolist() if isinstance(s, np.ndarray) else s) for s in samples]
    if not some:
        raise DataError("scores of text want at least one sample; got none")
    return some


def _ngrams(sample: tuple, n: int) -> Iterator[tuple]:
    return zip(*(sample[start:] for start in range(n)), strict=False)


def _all_ngrams(samples: Samples, n: int) -> list[tuple]:
    grams = [gram for sample in _some(samples) for gram in _ngrams(sample, n)]
    if not grams:
        raise DataError(f"wanted samples of {n} tokens or more; all of them are shorter")
    return grams


def _pieces(samples: Samples, size: int) -> list[tuple]:
    pieces = [
        sample[start : start + size]
        for sample in _some(samples)
        for start in range(0, len(sample) - size + 1, size)
    ]
    if not pieces:
        raise DataError(f"wanted samples of {size} tokens or more; all of them are shorter")
    return pieces


def _share_in(samples: Collection[tuple], known: set[tuple]) -> float:
    return sum(sample in known for sample in samples) / len(samples)
