"""Measures against a second, slow way of writing them down, and intervals against repeated draws."""

import math
from collections import Counter
from functools import cache

import numpy as np
import pytest

from tgan_demo.measure import frechet, manifold, score
from tgan_demo.measure.frechet import Gaussian
from tgan_demo.modalities.text import bleu
from tgan_demo.modalities.text.ngram import KneserNey


def normal(count: int, width: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width))


# --- neighbours


def slow_prdc(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float, float, float]:
    """Kynkäänniemi et al. 2019, eq. 1 and 2, and Naeem et al. 2020, eq. 3 and 4, pair by pair."""

    def radius(x: np.ndarray, own: int) -> float:
        return sorted(math.dist(x[own], other) for i, other in enumerate(x) if i != own)[k - 1]

    real_radius = [radius(real, i) for i in range(len(real))]
    fake_radius = [radius(fake, j) for j in range(len(fake))]
    near = [[math.dist(r, f) for f in fake] for r in real]
    in_real = [sum(near[i][j] < real_radius[i] for i in range(len(real))) for j in range(len(fake))]
    recalled = [
        any(near[i][j] < fake_radius[j] for j in range(len(fake))) for i in range(len(real))
    ]
    covered = [any(near[i][j] < real_radius[i] for j in range(len(fake))) for i in range(len(real))]
    precise = [count > 0 for count in in_real]
    means = [float(np.mean(each)) for each in (precise, recalled, in_real, covered)]
    return means[0], means[1], means[2] / k, means[3]


@pytest.mark.parametrize(("real", "fake", "k"), [(40, 40, 3), (30, 45, 5), (50, 20, 1)])
def test_neighbours_are_those_of_the_definition(real: int, fake: int, k: int) -> None:
    a, b = normal(real), 0.8 * normal(fake, seed=1) + 0.9
    found = manifold.prdc(a, b, k=k)
    wanted = slow_prdc(a, b, k)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(wanted)
    assert 0 < found.recall < 1 and 0 < found.coverage < 1  # neither all nor nothing


def test_the_nearest_is_the_nearest_of_all() -> None:
    a, b = normal(20), normal(30, seed=1)
    wanted = [min(math.dist(x, y) for y in b) for x in a]
    np.testing.assert_allclose(manifold.nearest(a, b), wanted)


# --- distances


def test_frechet_distance_is_the_one_with_the_root_of_the_product() -> None:
    """Heusel et al. 2017: tr(S_a + S_b - 2 (S_a S_b)^1/2), by the eigenvalues of a plain product."""
    for seed in range(5):
        a, b = normal(30, 6, seed), 2 * normal(40, 6, seed + 10) @ normal(6, 6, seed + 20)
        s_a, s_b = np.cov(a.T), np.cov(b.T)
        root = np.sqrt(np.linalg.eigvals(s_a @ s_b).astype(complex)).sum().real
        gap = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
        wanted = gap + np.trace(s_a) + np.trace(s_b) - 2 * root
        assert frechet.frechet_between(a, b) == pytest.approx(wanted)


def test_frechet_distance_is_that_of_scipys_root_of_a_matrix() -> None:
    """Where scipy is installed; the studio does without it."""
    linalg = pytest.importorskip("scipy.linalg")
    for seed in range(5):
        a, b = normal(300, 64, seed), 2 * normal(400, 64, seed + 10) @ normal(64, 64, seed + 20)
        s_a, s_b = np.cov(a.T), np.cov(b.T)
        gap = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
        wanted = gap + np.trace(s_a) + np.trace(s_b) - 2 * np.trace(linalg.sqrtm(s_a @ s_b).real)
        assert frechet.frechet_between(a, b) == pytest.approx(wanted, rel=1e-6)


def test_bleu_is_nltks() -> None:
    """Where nltk is installed: sentence BLEU, smoothed by method1, as Texygen counts."""
    score_of = pytest.importorskip("nltk.translate.bleu_score")
    rng = np.random.default_rng(0)
    real, made = (
        [tuple(rng.choice(list("abcdef"), rng.integers(4, 12))) for _ in range(n)] for n in (40, 15)
    )
    smooth = score_of.SmoothingFunction().method1
    for order, found in bleu.bleu(made, real).items():
        weights = (1 / order,) * order
        each = [
            score_of.sentence_bleu(real, one, weights, smoothing_function=smooth) for one in made
        ]
        assert found == pytest.approx(np.mean(each))
    for order, found in bleu.self_bleu(made).items():
        weights = (1 / order,) * order
        each = [
            score_of.sentence_bleu(
                made[:i] + made[i + 1 :], one, weights, smoothing_function=smooth
            )
            for i, one in enumerate(made)
        ]
        assert found == pytest.approx(np.mean(each))


def test_kernel_distance_is_the_written_out_mean_and_has_none_on_average() -> None:
    def slow(x: np.ndarray, y: np.ndarray) -> float:
        n, total = len(x), 0.0
        for i in range(n):
            for j in range(n):
                if i != j:
                    total += ((x[i] @ x[j] / 3 + 1) ** 3 + (y[i] @ y[j] / 3 + 1) ** 3) / (
                        n * (n - 1)
                    )
                total -= 2 * (x[i] @ y[j] / 3 + 1) ** 3 / n**2
        return total

    sets = [(normal(12, 3, seed), normal(12, 3, seed + 1000)) for seed in range(400)]
    found = [frechet.kernel_distance(x, y, subsets=1)[0] for x, y in sets]
    for (x, y), value in zip(sets[:5], found, strict=False):
        assert value == pytest.approx(slow(x, y))
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error  # unbiased also with a dozen samples


# --- spreads, intervals, and what N does


WIDTH, N = 6, 150
REFERENCE = Gaussian(np.zeros(WIDTH), np.eye(WIDTH))


def ratio(seed: int, n: int = N, shift: float = 0.25) -> dict:
    """A report's row of samples that are off by `shift` in one direction, beside a floor."""
    made = normal(n, WIDTH, seed)
    made[:, 0] += shift
    real = frechet.scored("x", REFERENCE, normal(n, WIDTH, seed + 10_000))
    row = score.Score("x", "x", "lower")
    return score.rows((row,), frechet.scored("x", REFERENCE, made), real, n=n)["x"]


def test_an_interval_covers_what_other_draws_give() -> None:
    rows = [ratio(seed) for seed in range(80)]
    middle = np.exp(np.mean([math.log(row["ratio"]) for row in rows]))
    covers = np.mean([row["low"] < middle < row["high"] for row in rows])
    assert covers > 0.9
    assert all(row["low"] < row["ratio"] < row["high"] for row in rows)


@pytest.mark.parametrize("shift", [0, 0.25, 1])
def test_a_spread_is_that_of_other_draws(shift: float) -> None:
    """Also where samples are as good as real data, and their distance is all bias."""
    draws = [normal(N, WIDTH, seed) for seed in range(150)]
    for drawn in draws:
        drawn[:, 0] += shift
    true = np.std([frechet.frechet_distance(REFERENCE, frechet.gaussian(d)) for d in draws])
    found = np.mean([frechet.deviation(d, REFERENCE) for d in draws[:25]])
    assert 0.85 < found / true < 1.4


def test_a_spread_is_seeded_and_shrinks_with_n() -> None:
    few, many = normal(100, WIDTH), normal(3000, WIDTH)
    assert frechet.deviation(few, REFERENCE) == frechet.deviation(few, REFERENCE)
    assert frechet.deviation(many, REFERENCE) < frechet.deviation(few, REFERENCE) / 3


def test_more_samples_make_no_smaller_ratio() -> None:
    """Both sides have the bias b / N, so a ratio is (d + b / N) / (b / N) = 1 + N d / b."""
    ratios = [np.mean([ratio(seed, n)["ratio"] for seed in range(8)]) for n in (100, 400, 1600)]
    assert ratios[0] < ratios[1] < ratios[2]
    bias = WIDTH / 1600 * (1 + (WIDTH + 1) / 8)  # of mean and covariance, to first order in 1 / N
    assert ratios[2] == pytest.approx(1 + 0.25**2 / bias, rel=0.2)


def test_a_quarter_is_the_mean_of_four() -> None:
    made = normal(N, WIDTH)
    found = frechet.scored("x", REFERENCE, made)
    size = N // 4
    parts = [made[i * size : (i + 1) * size] for i in range(4)]
    wanted = np.mean([frechet.frechet_distance(REFERENCE, frechet.gaussian(p)) for p in parts])
    assert found["x_quarter"] == pytest.approx(wanted)
    row = ratio(0)
    assert row["quarter"]["n"] == size and row["quarter"]["ratio"] < row["ratio"]


def test_a_row_has_spreads_and_no_interval_where_a_ratio_says_nothing() -> None:
    plain, kernel = score.Score("x", "x", "lower"), score.Score("x", "x", "lower", divides=False)
    values, real = {"x": 2.0, "x_sd": 0.2}, {"x": 1.0, "x_sd": 0.1}
    row = score.rows((plain,), values, real, n=9)["x"]
    wide = 1.96 * math.hypot(0.1, 0.1)
    assert row["low"] == pytest.approx(2 * math.exp(-wide), rel=1e-4)
    assert row["high"] == pytest.approx(2 * math.exp(wide), rel=1e-4)
    row = score.rows((kernel,), values, real, n=9)["x"]
    assert (row["sd"], row["real_sd"], row["ratio"]) == (0.2, 0.1, None) and "low" not in row
    for real in ({"x": 1.0}, {"x": 1e-9, "x_sd": 5.0}, {"x": 1.0, "x_sd": 1.0}):
        assert "low" not in score.rows((plain,), values, real, n=9)["x"]


# --- n-grams


def slow_kneser_ney(texts: list[list[int]], order: int, discount: float, size: int):
    """Chen and Goodman 1999, eq. 24 to 27: counts on top, different left neighbours below."""
    start, end, unknown = "start", "end", "unknown"
    padded = [[start] * (order - 1) + [*text, end] for text in texts]
    seen = [tuple(t[i : i + order]) for t in padded for i in range(len(t) - order + 1)]

    @cache
    def counts(length: int) -> Counter:
        if length == order:
            return Counter(seen)
        longer = counts(length + 1)
        return Counter(gram[1:] for gram in longer)  # each different longer one counts once

    def probability(context: tuple, token: object) -> float:
        length = len(context) + 1
        below = probability(context[1:], token) if context else 1 / (size + 2)
        after = {g[-1]: c for g, c in counts(length).items() if g[:-1] == context}
        total = sum(after.values())
        if not total:
            return below
        kept = max(after.get(token, 0) - discount, 0) / total
        return kept + discount * len(after) / total * below

    def nll(others: list[list[int]], known: set[int]) -> float:
        logs = []
        for text in others:
            names = [t if t in known else unknown for t in text]
            whole = [start] * (order - 1) + [*names, end]
            for i in range(order - 1, len(whole)):
                logs.append(-math.log(probability(tuple(whole[i - order + 1 : i]), whole[i])))
        return float(np.mean(logs))

    return nll


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("discount", [0.5, 0.75])
def test_kneser_ney_is_that_of_the_book(order: int, discount: float) -> None:
    rng = np.random.default_rng(order)
    texts = [rng.integers(5, size=rng.integers(1, 8)).tolist() for _ in range(40)]
    others = [rng.integers(7, size=rng.integers(1, 8)).tolist() for _ in range(20)]  # 5, 6: unknown
    words = {token for text in texts for token in text}
    wanted = slow_kneser_ney(texts, order, discount, len(words))(others, words)
    assert KneserNey(order, discount=discount).fit(texts).nll(others) == pytest.approx(wanted)
