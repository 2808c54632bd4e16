"""Scores against closed forms: Gaussians, equal sets, collapsed sets, known speckle."""

import numpy as np
import pytest

from tgan_demo.errors import DataError
from tgan_demo.measure import features, frechet, manifold
from tgan_demo.measure.frechet import Gaussian


def normal(count: int, width: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width))


def test_frechet_distance_of_gaussians_in_closed_form() -> None:
    a = Gaussian(np.zeros(3), np.diag([1.0, 4.0, 9.0]))
    b = Gaussian(np.array([1.0, 2.0, 2.0]), np.diag([4.0, 4.0, 1.0]))
    # |m|^2 + sum of (sd_a - sd_b)^2, where the covariances commute
    assert frechet.frechet_distance(a, b) == pytest.approx(9 + 1 + 0 + 4)
    assert frechet.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_does_not_depend_on_the_axes() -> None:
    turn, _ = np.linalg.qr(normal(5, 5))
    shapes = [np.diag([1.0, 2, 3, 4, 5]), np.diag([5.0, 1, 1, 2, 2])]
    straight = frechet.frechet_distance(*(Gaussian(np.zeros(5), s) for s in shapes))
    turned = frechet.frechet_distance(*(Gaussian(np.zeros(5), turn @ s @ turn.T) for s in shapes))
    assert turned == pytest.approx(straight)


def test_frechet_distance_of_a_collapsed_set_is_real_and_large() -> None:
    real, one = normal(500), np.repeat(normal(1, seed=1), 500, axis=0)
    spread = frechet.gaussian(real).covariance.trace()
    gap = np.square(real.mean(axis=0) - one[0]).sum()
    assert frechet.frechet_between(real, one) == pytest.approx(spread + gap)


def test_kernel_distance_is_unbiased() -> None:
    mean, sd = frechet.kernel_distance(normal(2000), normal(2000, seed=1), size=200)
    assert abs(mean) < sd
    shifted, _ = frechet.kernel_distance(normal(2000), normal(2000, seed=1) + 0.5, size=200)
    assert shifted > 10 * abs(mean)


def test_kernel_distance_without_subsets_is_the_written_out_sum() -> None:
    x, y = normal(4, 2), normal(4, 2, seed=1)

    def mean(p: np.ndarray, q: np.ndarray, skip: bool) -> float:
        pairs = [(i, j) for i in range(4) for j in range(4) if not (skip and i == j)]
        return float(np.mean([(p[i] @ q[j] / 2 + 1) ** 3 for i, j in pairs]))

    wanted = mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)
    assert frechet.kernel_distance(x, y, subsets=2)[0] == pytest.approx(wanted)


def test_equal_sets_are_precise_and_covered() -> None:
    real = normal(300)
    same = manifold.prdc(real, real)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    # every sample lies in its own ball and in those of whom it is among the four nearest
    assert same.density == pytest.approx(1, abs=0.05)
    other = manifold.prdc(normal(1000), normal(1000, seed=1))
    assert other.precision > 0.9 and other.recall > 0.9 and other.coverage > 0.9


def test_a_collapsed_set_is_neither_recalled_nor_covered() -> None:
    real = normal(500)
    one = np.repeat(real[:1], 500, axis=0) + 1e-6 * normal(500, seed=1)
    found = manifold.prdc(real, one)
    assert found.precision == 1  # it is a good sample, again and again
    assert found.recall < 0.01 and found.coverage < 0.05


def test_foreign_samples_are_not_precise() -> None:
    found = manifold.prdc(normal(300), normal(300, seed=1) + 100)
    assert found == manifold.Prdc(precision=0, recall=0, density=0, coverage=0)


def test_prdc_does_not_depend_on_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = normal(200), normal(150, seed=1)
    whole = manifold.prdc(real, fake)
    monkeypatch.setattr(manifold, "CHUNK_VALUES", 1000)
    assert manifold.prdc(real, fake) == whole


def test_prdc_wants_more_samples_than_neighbours() -> None:
    with pytest.raises(DataError, match="more than 5"):
        manifold.prdc(normal(5), normal(50))


def test_copies_are_nearer_to_training_data_than_held_out_data() -> None:
    train, held_out = normal(500), normal(200, seed=1)
    assert manifold.copying_ratio(train[:200], held_out, train) < 1e-3
    assert manifold.copying_ratio(normal(200, seed=2), held_out, train) == pytest.approx(1, abs=0.1)


def test_diversity_is_the_mean_distance_of_pairs() -> None:
    assert manifold.diversity(np.repeat(normal(1), 50, axis=0)) == 0
    # two values, 3 apart: a pair of different samples differs half of the time
    two = np.array([[0.0], [3.0]] * 500)
    assert manifold.diversity(two) == pytest.approx(1.5, abs=0.05)


def test_corner_deviation_of_speckle_on_a_plain_ground() -> None:
    plain = np.full((10, 32, 32, 3), 200, np.uint8)
    assert manifold.corner_deviation(plain) == 0
    speckled = plain.copy()
    speckled[:, ::2] -= 20  # rows of 200 and 180: sd 10
    assert manifold.corner_deviation(speckled) == pytest.approx(10)
    middle = plain.copy()
    middle[:, 8:24, 8:24] = 0  # what is not in a corner does not count
    assert manifold.corner_deviation(middle) == 0


def test_roughness_is_the_laplacian() -> None:
    columns = np.broadcast_to(np.arange(16, dtype=np.uint8)[:, None], (1, 16, 16, 1))
    assert manifold.roughness(columns) == 0  # a straight slope has no curvature
    board = (np.indices((16, 16)).sum(axis=0) % 2 * 10).astype(np.uint8)[None, :, :, None]
    assert manifold.roughness(board) == 40
    point = np.zeros((1, 5, 5, 1), np.uint8)
    point[0, 2, 2] = 9
    assert manifold.roughness(point) == pytest.approx((36 + 4 * 9) / 9)


def pictures(count: int = 200, seed: int = 0) -> np.ndarray:
    """Random mixtures of three patterns, and a little noise."""
    rng = np.random.default_rng(seed)
    patterns = np.random.default_rng(9).normal(size=(3, 8, 8, 1))
    mixed = np.einsum("nk,khwc->nhwc", rng.normal(size=(count, 3)) * [40, 20, 10], patterns)
    return np.clip(128 + mixed + rng.normal(size=(count, 8, 8, 1)), 0, 255).astype(np.uint8)


def test_components_keep_what_varies() -> None:
    items = pictures()
    pca = features.fit(items, components=3)
    np.testing.assert_allclose(pca.basis_PD.T @ pca.basis_PD, np.eye(3), atol=1e-9)
    read = pca.apply(items)
    assert read.shape == (200, 3) and read.dtype == np.float32
    assert np.all(np.diff(read.var(axis=0)) < 0)  # largest first
    total = items.reshape(200, -1).astype(float).var(axis=0).sum()
    assert read.var(axis=0).sum() > 0.9 * total


def test_components_survive_being_stored() -> None:
    items = pictures()
    pca = features.fit(items, components=3)
    stored = features.load(features.save(pca))
    exact, read = pca.apply(items), stored.apply(items)
    assert np.abs(exact - read).max() < 0.02 * np.abs(exact).max()
    np.testing.assert_array_equal(pca.rounded().apply(items), read)


def test_components_refuse_pictures_of_another_size() -> None:
    pca = features.fit(pictures(), components=3)
    with pytest.raises(DataError, match="64 values"):
        pca.apply(np.zeros((2, 9, 9, 1), np.uint8))


def test_inception_score_goes_from_one_to_the_number_of_classes() -> None:
    sure = np.eye(10)[np.arange(1000) % 10]
    assert features.inception_score(sure) == pytest.approx(10)
    assert features.inception_score(np.full((50, 10), 0.1)) == pytest.approx(1)
    assert features.inception_score(np.repeat(sure[:1], 50, axis=0)) == pytest.approx(1)


def test_few_large_pictures_have_the_components_of_their_covariance() -> None:
    items = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    few = features.fit(items, components=5)
    flat_NP = items.reshape(40, -1).astype(float)
    values, vectors = np.linalg.eigh(np.cov(flat_NP.T))
    np.testing.assert_allclose(
        np.abs(few.basis_PD.T @ vectors[:, ::-1][:, :5]), np.eye(5), atol=1e-8
    )
    np.testing.assert_allclose(few.apply(items).var(axis=0, ddof=1), values[::-1][:5], rtol=1e-4)
