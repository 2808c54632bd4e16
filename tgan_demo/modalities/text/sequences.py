"""Sequences of tokens and their n-grams, for scores that do not care what a token is."""

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from tgan_demo.errors import DataError

Sample = Sequence[Hashable] | np.ndarray  # a str is the sequence of its characters
Samples = Sequence[Sample] | np.ndarray  # a matrix is the sequence of its rows


def some_of(samples: Samples) -> list[tuple]:
    """As tuples, which can be compared and counted; at least one."""
    # tolist: numbers of Python hash several times faster than numpy's
    some = [tuple(s.tolist() if isinstance(s, np.ndarray) else s) for s in samples]
    if not some:
        raise DataError("scores of text want at least one sample; got none")
    return some


def ngrams(sample: tuple, n: int) -> Iterator[tuple]:
    return zip(*(sample[start:] for start in range(n)), strict=False)


def all_ngrams(samples: Samples, n: int) -> list[tuple]:
    grams = [gram for sample in some_of(samples) for gram in ngrams(sample, n)]
    if not grams:
        raise DataError(f"wanted samples of {n} tokens or more; all of them are shorter")
    return grams
