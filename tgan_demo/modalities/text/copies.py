"""Whether texts are copied from known ones or from each other, and how many tokens they use.

Knows sequences of tokens, not what a token is.
"""

from collections.abc import Collection

from tgan_demo.errors import DataError
from tgan_demo.modalities.text.sequences import Samples, all_ngrams, some_of


def duplicates(samples: Samples) -> float:
    """Share of samples that are not the first of their kind, 0..1. Better is near real text's."""
    some = some_of(samples)
    return 1 - len(set(some)) / len(some)


def copies(samples: Samples, known: Samples) -> float:
    """Share of samples that stand in `known` as a whole, 0..1. Better is near held-out text's."""
    return _share_in(some_of(samples), set(some_of(known)))


def known_lines(samples: Samples, known: Samples, *, size: int) -> float:
    """Share of verses that are a verse of `known`, 0..1; a verse is each next `size` tokens.

    A rest shorter than a verse does not count.
    """
    return _share_in(_pieces(samples, size), set(_pieces(known, size)))


def novel_ngrams(samples: Samples, known: Samples, n: int) -> float:
    """Share of the different n-grams that are not in `known`, 0..1. Better is near held-out text's.

    Few new ones are memory, too many are noise.
    """
    return 1 - _share_in(set(all_ngrams(samples, n)), set(all_ngrams(known, n)))


def vocabulary(samples: Samples) -> int:
    """Number of different tokens. Compare equal numbers of samples."""
    return len({token for sample in some_of(samples) for token in sample})


def repetition(samples: Samples) -> float:
    """Mean share of a sample's tokens that it had before, 0..1. Better is near real text's."""
    some = some_of(samples)
    return sum(1 - len(set(sample)) / len(sample) for sample in some if sample) / len(some)


def _pieces(samples: Samples, size: int) -> list[tuple]:
    pieces = [
        sample[start : start + size]
        for sample in some_of(samples)
        for start in range(0, len(sample) - size + 1, size)
    ]
    if not pieces:
        raise DataError(f"wanted samples of {size} tokens or more; all of them are shorter")
    return pieces


def _share_in(samples: Collection[tuple], known: set[tuple]) -> float:
    return sum(sample in known for sample in samples) / len(samples)
