"""Scores of text against sums worked by hand and against NLTK's definition, written out."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities.text import bleu, copies
from tgan_demo.modalities.text.ngram import KneserNey


def noise(count: int, *, tokens: int = 6, seed: int = 0) -> list[list[int]]:
    """Random sequences of 1 to 9 small numbers: many repeats, many shared n-grams."""
    rng = np.random.default_rng(seed)
    return [rng.integers(tokens, size=rng.integers(1, 10)).tolist() for _ in range(count)]


def slow_bleu(hypothesis: list[int], references: list[list[int]], order: int) -> float:
    """NLTK's sentence_bleu with weights 1/n and SmoothingFunction().method1, as it is defined."""

    def counts(tokens: list[int], n: int) -> Counter[tuple[int, ...]]:
        return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))

    product = 1.0
    for n in range(1, order + 1):
        found = counts(hypothesis, n)
        matches = sum(min(c, max(counts(r, n)[g] for r in references)) for g, c in found.items())
        if n == 1 and matches == 0:
            return 0.0
        product *= ((matches or 0.1) / max(1, sum(found.values()))) ** (1 / order)
    size = len(hypothesis)
    near = min((len(r) for r in references), key=lambda length: (abs(length - size), length))
    return product * (1.0 if size > near else math.exp(1 - near / size))


def test_bleu_by_hand() -> None:
    # "a" is clipped at 2, its count in one reference; no bigram matches: 0 of 3 becomes 0.1 of 3
    found = bleu.bleu(["aaaa"], ["abac", "abcd"], orders=(1, 2))
    assert found == pytest.approx({1: 2 / 4, 2: math.sqrt(2 / 4 * 0.1 / 3)})


def test_bleu_of_a_reference_is_one_and_of_strange_words_zero() -> None:
    assert bleu.bleu(["abcde"], ["xyz", "abcde"]) == pytest.approx(dict.fromkeys((2, 3, 4, 5), 1))
    assert bleu.bleu(["abcde", ""], ["fghij"], orders=(2,)) == {2: 0}


def test_bleu_punishes_short_hypotheses_by_the_nearest_length() -> None:
    # 3 tokens: the reference of 5 is nearer than that of 9
    found = bleu.bleu(["abc"], ["abcde", "abcdefghi"], orders=(2,))
    assert found == pytest.approx({2: math.exp(1 - 5 / 3)})
    # 2 and 4 are equally near: the shorter one counts, so nothing is taken off
    assert bleu.bleu(["abc"], ["abcd", "bc"], orders=(2,)) == pytest.approx({2: 1})


def test_bleu_is_nltk_s() -> None:
    hypotheses, references = noise(40), noise(30, seed=1)
    found = bleu.bleu(hypotheses, references, orders=(1, 2, 4))
    for order, value in found.items():
        wanted = [slow_bleu(h, references, order) for h in hypotheses]
        assert value == pytest.approx(np.mean(wanted))


def test_self_bleu_leaves_one_out() -> None:
    samples = noise(30) + noise(5)  # some twice: a twin is another sample
    found = bleu.self_bleu(samples, hypotheses=33, orders=(2, 3))
    for order, value in found.items():
        others = [samples[:i] + samples[i + 1 :] for i in range(33)]
        wanted = [slow_bleu(samples[i], others[i], order) for i in range(33)]
        assert value == pytest.approx(np.mean(wanted))


def test_self_bleu_of_a_collapsed_model_is_one() -> None:
    assert bleu.self_bleu(["abcdef"] * 3) == pytest.approx(dict.fromkeys(bleu.ORDERS, 1))
    with pytest.raises(DataError, match="two or more"):
        bleu.self_bleu(["abcdef"])


def test_arrays_are_sequences_of_numbers() -> None:
    rows = np.random.default_rng(0).integers(5, size=(20, 8))
    listed = rows.tolist()
    assert bleu.self_bleu(rows) == bleu.self_bleu(listed)
    assert bleu.bleu(list(rows), listed, orders=(3,)) == pytest.approx({3: 1})
    model = KneserNey().fit(rows)
    assert model.tokens == [0, 1, 2, 3, 4]
    assert model.nll(rows) == KneserNey().fit(listed).nll(listed)
    np.testing.assert_array_equal(model.probabilities(rows[0]), model.probabilities(listed[0]))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("prefix", [[], [0], [3, 1], [5, 5, 5, 5], ["never seen"], [0, "?", 2]])
def test_probabilities_sum_to_one(order: int, prefix: list) -> None:
    model = KneserNey(order, vocabulary=range(9)).fit(noise(60))
    p = model.probabilities(prefix)
    assert p.shape == (11,) and p.min() > 0
    assert p.sum() == pytest.approx(1)


def test_kneser_ney_by_hand() -> None:
    model = KneserNey(2, discount=0.5).fit(["ab", "aa"])
    # bigrams, start S and end E: Sa 2, ab 1, bE 1, aa 1, aE 1; d = 1/2, uniform over a b ? E
    # different left neighbours: a 2 (S, a), b 1 (a), E 2 (b, a): 5 in all, three kinds
    low = (np.array([2, 1, 0, 2]) - [0.5, 0.5, 0, 0.5] + 0.5 * 3 * np.full(4, 1 / 4)) / 5
    # after S: a twice
    np.testing.assert_allclose(model.probabilities(""), ([1.5, 0, 0, 0] + 0.5 * low) / 2)
    # after a: b, a and E once each
    after_a = ([0.5, 0.5, 0, 0.5] + 0.5 * 3 * low) / 3
    np.testing.assert_allclose(model.probabilities("a"), after_a)
    # after a token never seen: what is known of no context
    np.testing.assert_allclose(model.probabilities("?"), low)


def test_nll_is_the_mean_of_the_probabilities_and_counts_the_end() -> None:
    model = KneserNey(3).fit(noise(60))
    first, second = [2, 4, 4], [1]
    numbers = [(first[:0], 2), (first[:1], 4), (first[:2], 4), (first, 7), ([], 1), ([1], 7)]
    wanted = -np.mean([np.log(model.probabilities(prefix)[at]) for prefix, at in numbers])
    assert model.nll([first, second]) == pytest.approx(wanted)


def test_nll_of_what_is_uniform_is_the_log_of_the_vocabulary() -> None:
    assert KneserNey(vocabulary="abcd").nll(["abca", "?"]) == pytest.approx(math.log(4 + 2))
    # counted: each of four tokens and the end once; with no discount nothing is left for the rest
    model = KneserNey(1, discount=0).fit(["abcd"])
    assert model.nll(["aadc", "b"]) == pytest.approx(math.log(4 + 1))
    assert model.nll(["ax"]) == math.inf


def test_a_language_of_pairs_wants_order_two() -> None:
    rng = np.random.default_rng(0)

    def walk() -> list[int]:  # the next number is one of two after each
        steps = rng.integers(1, 3, size=12)
        return ((rng.integers(10) + np.cumsum(steps)) % 10).tolist()

    train, test = [walk() for _ in range(400)], [walk() for _ in range(100)]
    one, two = (KneserNey(order).fit(train).nll(test) for order in (1, 2))
    assert two < one - 1
    # the end is 1 of 13 tokens and random, the first is 1 of 10, each other 1 of 2
    entropy = -(11 * math.log(12 / 13 / 2) + math.log(1 / 10) + math.log(1 / 13)) / 13
    assert two == pytest.approx(entropy, abs=0.1)


def test_reverse_nll_finds_missing_variety() -> None:
    real, held_out = noise(400), noise(200, seed=1)
    judge = KneserNey(2, vocabulary=range(6))
    assert judge.fit(real).nll(held_out) < judge.fit(real[:2] * 200).nll(held_out) - 0.5


def test_samples_follow_the_probabilities() -> None:
    model = KneserNey(2, vocabulary=[*range(6), "rare"]).fit(noise(30))
    drawn = Counter(s[1] for s in model.sample(np.random.default_rng(0), 4000, length=2))
    first, unseen = model.probabilities([]), 7
    wanted = np.zeros(7)
    for number, token in enumerate(model.tokens):
        after = model.probabilities([token])
        wanted += first[number] / first[:unseen].sum() * after[:unseen] / after[:unseen].sum()
    found = np.array([drawn[token] for token in model.tokens]) / 4000
    assert "rare" in drawn  # never seen, but of the vocabulary
    np.testing.assert_allclose(found, wanted, atol=4 * math.sqrt(0.25 / 4000))


def test_samples_come_from_the_support() -> None:
    known = ["abab", "acac", "abc"]
    chain = KneserNey(2, discount=0).fit(known)
    drawn = chain.sample(np.random.default_rng(0), 200)
    pairs = {pair for s in known for pair in zip("^" + s, s + "$", strict=True)}
    assert {pair for s in drawn for pair in zip(("^", *s), (*s, "$"), strict=True)} == pairs
    fixed = KneserNey(3).fit(known).sample(np.random.default_rng(0), 200, length=7)
    assert {len(s) for s in fixed} == {7} and copies.vocabulary(fixed) == 3


def test_a_context_that_always_ends_can_still_be_passed() -> None:
    # after "b" comes the end, 500 times of 500: the few other draws are found without waiting
    model = KneserNey(2).fit(["ab"] * 500)
    drawn = model.sample(np.random.default_rng(0), 50, length=6)
    assert {len(s) for s in drawn} == {6}
    with pytest.raises(DataError, match="discount above 0"):
        KneserNey(2, discount=0).fit(["ab"]).sample(np.random.default_rng(0), 1, length=6)


def test_equal_seeds_draw_equal_samples() -> None:
    words = [[f"word{token}" for token in s] for s in noise(30)]
    model = KneserNey(vocabulary={word for s in words for word in s}).fit(words)
    assert model.tokens == [f"word{i}" for i in range(6)]  # whatever the order of the set
    one, two = (model.sample(np.random.default_rng(3), 20) for _ in range(2))
    assert one == two


def test_a_model_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ConfigError, match="order"):
        KneserNey(0)
    with pytest.raises(ConfigError, match="discount"):
        KneserNey(discount=1)
    with pytest.raises(DataError, match="no token"):
        KneserNey().sample(np.random.default_rng(0), 1)


def test_copies_and_duplicates() -> None:
    samples = ["spring", "autumn", "spring", "spring"]
    assert copies.duplicates(samples) == 0.5  # two of four are not the first of their kind
    assert copies.copies(samples, ["spring", "winter"]) == 0.75
    assert copies.copies(["sprin"], ["spring"]) == 0  # codespell:ignore sprin


def test_known_lines_are_whole_verses_in_their_place() -> None:
    known = ["abcdefghij"]
    assert copies.known_lines(["fghijabcde", "bcdefabcde"], known, size=5) == 0.75
    assert copies.known_lines(["abcdexyz"], known, size=5) == 1  # the rest is no verse


def test_novel_ngrams() -> None:
    assert copies.novel_ngrams(["abab", "cd"], ["xab"], 2) == pytest.approx(2 / 3)  # of ab, ba, cd
    assert copies.novel_ngrams(["abab"], ["abab"], 3) == 0


def test_vocabulary_and_repetition() -> None:
    assert copies.vocabulary(["abab", "ac"]) == 3
    assert copies.repetition(["aaaa", "abcd", "abab", ""]) == pytest.approx((3 / 4 + 0 + 2 / 4) / 4)


@pytest.mark.parametrize(
    "ask",
    [
        lambda none: bleu.bleu(none, ["ab"]),
        lambda none: bleu.bleu(["ab"], none),
        lambda none: KneserNey().fit(none),
        lambda none: copies.duplicates(none),
        lambda none: copies.vocabulary(none),
    ],
)
def test_no_samples_no_score(ask) -> None:
    empty: Sequence[str] = ()
    with pytest.raises(DataError, match="at least one"):
        ask(empty)


def test_samples_shorter_than_the_ngram_have_no_score() -> None:
    with pytest.raises(DataError, match="3 tokens or more"):
        copies.novel_ngrams(["ab", "c"], ["abc"], 3)
    with pytest.raises(DataError, match="5 tokens or more"):
        copies.known_lines(["ab"], ["abcde"], size=5)
