"""The sliced distance against closed forms, clipped density and coverage against brute force and chance."""

import numpy as np
import pytest

from tgan_demo.errors import DataError
from tgan_demo.measure import clipped, manifold
from tgan_demo.measure.clipped import coverage_of, expected
from tgan_demo.measure.sliced import mind


def normal(count: int, seed: int = 0, size: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, size))


# --- sliced


def test_a_shift_counts_three_times_its_square() -> None:
    a = normal(500)
    for shift in (np.array([2.0, 0, 0, 0]), np.full(4, 0.5)):
        assert mind(a, a + shift) == pytest.approx(3 * (shift**2).sum(), rel=0.1)
    assert mind(a, a) == 0 and mind(a, a[::-1]) == pytest.approx(0, abs=1e-12)


def test_a_larger_spread_counts_three_times_its_square_too() -> None:
    a = normal(4000)
    # between N(0, 1) and N(0, s^2) a line has (s - 1)^2, and there are D lines' worth
    assert mind(a, 2 * a) == pytest.approx(3 * 4 * a.var(), rel=0.05)


def test_it_sees_what_a_gaussian_does_not() -> None:
    a, b = normal(3000, size=1), normal(3000, 1, size=1)
    two = np.sign(b) * 0.9 + 0.19**0.5 * normal(3000, 2, size=1)  # mean 0, variance 1, two heaps
    assert mind(a, two) > 10 * mind(a, b)


def test_sets_of_two_sizes_are_refused() -> None:
    with pytest.raises(DataError, match="one shape"):
        mind(normal(10), normal(11))


# --- clipped


def slowly(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float]:
    """Unnormalised density over real's, and filling, point by point."""

    def far(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(((a - b) ** 2).sum()))

    radii = [sorted(far(x, y) for y in real)[k] for x in real]
    small = [min(r, float(np.median(radii))) for r in radii]

    def density(points: np.ndarray, own: int) -> float:
        parts = []
        for x in points:
            held = sum(far(x, y) <= r for y, r in zip(real, small, strict=True)) - own
            parts.append(min(1.0, max(0.0, held / k)))
        return float(np.mean(parts))

    filled = [
        min(1.0, sum(far(x, y) <= r for y in fake) / k) for x, r in zip(real, radii, strict=True)
    ]
    return min(1.0, density(fake, 0) / density(real, 1)), float(np.mean(filled))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_it_is_what_brute_force_finds(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = normal(61), 0.8 * normal(61, 1) + 0.3
    density, filled = slowly(real, fake, k)
    wanted = (density, coverage_of(filled, k, 61, 61))
    assert clipped.clipped(real, fake, k=k) == pytest.approx(wanted, abs=1e-9)
    monkeypatch.setattr(manifold, "CHUNK_VALUES", 300)
    assert clipped.clipped(real, fake, k=k) == pytest.approx(wanted, abs=1e-9)


def test_what_is_expected_is_what_chance_gives() -> None:
    k, count, good = 5, 200, 120
    found = []
    for seed in range(60):
        real, fake = normal(count, seed, 2), normal(good, 1000 + seed, 2)
        gaps = np.linalg.norm(real[:, None] - real, axis=2)
        radius = np.sort(gaps, axis=1)[:, k]
        held = (np.linalg.norm(real[:, None] - fake, axis=2) <= radius[:, None]).sum(1)
        found.append(np.minimum(held / k, 1).mean())
    assert np.mean(found) == pytest.approx(expected(np.array([good]), k, count)[0], abs=0.01)
    assert expected(np.array([0]), k, count)[0] == pytest.approx(0, abs=1e-12)
    assert (np.diff(expected(np.arange(count), k, count)) > 0).all()


@pytest.mark.parametrize("bad", [0.0, 0.25, 0.5, 0.75])
def test_both_fall_in_a_line_with_the_share_of_bad_samples(bad: float) -> None:
    real, fake = normal(1500), normal(1500, 1)
    fake[: int(bad * len(fake))] += 50
    density, coverage = clipped.clipped(real, fake)
    assert density == pytest.approx(1 - bad, abs=0.05)
    assert coverage == pytest.approx(1 - bad, abs=0.05)


def test_one_outlier_among_the_real_moves_little() -> None:
    real, fake = normal(800), normal(800, 1)
    fake[:400] += 20  # half of them between the data and the outlier
    usual = clipped.clipped(real, fake)
    with_one = real.copy()
    with_one[0] = 60  # its ball holds all that lie on the way
    assert clipped.clipped(with_one, fake) == pytest.approx(usual, abs=0.02)
    assert manifold.prdc(with_one, fake).precision > manifold.prdc(real, fake).precision + 0.3


def test_a_collapse_covers_little() -> None:
    real = normal(600)
    density, coverage = clipped.clipped(real, np.repeat(real[:1], 600, axis=0) + 1e-6)
    assert coverage < 0.03 and density > 0.5


def test_it_wants_more_samples_than_neighbours() -> None:
    with pytest.raises(DataError, match="5 neighbours"):
        clipped.clipped(normal(5), normal(50))


@pytest.mark.parametrize(("count", "bad", "size"), [(400, 0, 4), (400, 100, 4), (600, 300, 8)])
def test_another_program_says_the_same(count: int, bad: int, size: int) -> None:
    """Density to the last digits; coverage but for how the curve between two counts is drawn."""
    other = pytest.importorskip("seqme.metrics.clipped_density_coverage")
    real, fake = normal(count, size=size), normal(count, 1, size)
    fake[:bad] += 50 * normal(bad, 2, size)
    density, coverage = clipped.clipped(real, fake, k=5)
    assert density == pytest.approx(other.ClippedDensity(5, real, np.asarray)(fake).value, abs=1e-6)
    assert coverage == pytest.approx(
        other.ClippedCoverage(5, real, np.asarray)(fake).value, abs=2e-3
    )
