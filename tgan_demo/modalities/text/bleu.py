"""BLEU and self-BLEU of sequences of tokens, as Texygen counts them."""

import math
from collections import Counter
from collections.abc import Collection

from tgan_demo.errors import DataError
from tgan_demo.modalities.text.sequences import Samples, ngrams, some_of

ORDERS = (2, 3, 4, 5)  # what Texygen reports
SMOOTHED = 0.1  # NLTK method1: what stands for a number of matches that is 0


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
    return _mean_bleu(some_of(hypotheses), some_of(references), orders, leaves_one_out=False)


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
    some = some_of(samples)
    if len(some) < 2:
        raise DataError("self-BLEU compares two or more samples; got 1")
    return _mean_bleu(some[:hypotheses], some, orders, leaves_one_out=True)


def _mean_bleu(
    hypotheses: list[tuple],
    references: list[tuple],
    orders: Collection[int],
    *,
    leaves_one_out: bool,
) -> dict[int, float]:
    """With `leaves_one_out` the hypotheses are the first references."""
    lengths = range(1, max(orders) + 1)
    wanted = {gram for sample in hypotheses for n in lengths for gram in ngrams(sample, n)}
    most: dict[tuple, tuple[int, int, int]] = {}  # count, which reference has it, next best count
    for owner, sample in enumerate(references):
        grams = Counter(g for n in lengths for g in ngrams(sample, n) if g in wanted)
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
            for gram, count in Counter(ngrams(sample, n)).items():
                best, first, second = most.get(gram, (0, -1, 0))
                matches += min(count, second if first == own else best)
            if n == 1 and matches == 0:
                penalty = -math.inf  # NLTK: no known word, no score, and nothing is smoothed
            logs.append(math.log((matches or SMOOTHED) / max(1, len(sample) - n + 1)))
        for order in orders:
            total[order] += math.exp(penalty + sum(logs[:order]) / order)
    return {order: value / len(hypotheses) for order, value in total.items()}
