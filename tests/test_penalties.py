"""Penalties against closed forms on D(x) = w.x and D(x) = |x|^2 / 2, for any rank."""

import itertools
from collections.abc import Iterable

import pytest
import torch

from tgan_demo.engine.game import penalties, readout


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("shape", [(6,), (3, 4), (1, 5, 5), (2, 3, 4, 5)])
def test_r1_of_a_linear_d_is_w_squared(shape):
    w = torch.randn(shape, generator=rng())
    x = torch.randn(8, *shape, generator=rng(1)).requires_grad_()
    penalty_B = penalties.gradient_penalty((x * w).flatten(1).sum(1), x)
    torch.testing.assert_close(penalty_B, w.square().sum().expand(8))


def test_untracked_signal_is_refused():
    x = torch.randn(4, 3)
    with pytest.raises(ValueError, match="untracked"):
        penalties.gradient_penalty(x.sum(1), x)


def test_exact_penalty_has_a_second_derivative():
    w = torch.ones(3, requires_grad=True)
    x = torch.randn(4, 3, generator=rng()).requires_grad_()
    penalties.gradient_penalty((x * w).sum(1), x).mean().backward()
    torch.testing.assert_close(w.grad, 2 * torch.ones(3))  # d|w|^2 / dw


@pytest.mark.parametrize("sigmas", [(0.1, 0.1), (0.01, 0.1)])
def test_finite_difference_agrees_with_exact(sigmas):
    x = torch.randn(1, 12, generator=rng()).repeat(40_000, 1)
    step, sigma_B = penalties.steps_like(x, *sigmas, rng(1))
    assert sigmas[0] - 1e-6 <= sigma_B.min() and sigma_B.max() <= sigmas[1] + 1e-6

    def judge(v):
        return torch.sin(v).sum(1)

    estimate = penalties.finite_difference(judge(x), judge(x + step), sigma_B).mean()
    torch.testing.assert_close(estimate, x[0].cos().square().sum(), rtol=0.05, atol=0)


def test_a_finite_difference_is_too_large_by_the_curvature():
    """D(x) = |x|^2 / 2 in n dimensions: the mean is |x|^2 + sigma^2 n (n + 2) / 4."""
    n, sigma = 6, 0.5
    x = torch.randn(1, n, generator=rng()).repeat(200_000, 1)
    step, sigma_B = penalties.steps_like(x, sigma, sigma, rng(1))
    judged = [0.5 * v.square().sum(1) for v in (x, x + step)]
    mean = penalties.finite_difference(*judged, sigma_B).mean()
    wanted = x[0].square().sum() + sigma**2 * n * (n + 2) / 4
    torch.testing.assert_close(mean, wanted, rtol=0.02, atol=0)


def test_one_draw_of_a_finite_difference_varies_by_more_than_its_size():
    w, x = torch.randn(5, generator=rng()), torch.zeros(200_000, 5)
    step, sigma_B = penalties.steps_like(x, 0.1, 0.1, rng(1))
    draws = penalties.finite_difference(x @ w, (x + step) @ w, sigma_B)
    torch.testing.assert_close(
        draws.std() / draws.mean(), torch.tensor(2.0).sqrt(), rtol=0.02, atol=0
    )


def test_wgan_gp_is_zero_for_slope_one_and_one_for_slope_two():
    real, fake = torch.randn(16, 3, 2, generator=rng()), torch.randn(16, 3, 2, generator=rng(1))
    w = torch.zeros(3, 2)
    w[0, 0] = 1
    for slope, wanted in ((1.0, 0.0), (2.0, 1.0), (0.0, 1.0)):
        got = penalties.wgan_gp(lambda v, s=slope: (v * w * s).flatten(1).sum(1), real, fake, rng())
        torch.testing.assert_close(got, torch.full((16,), wanted), atol=1e-4, rtol=0)


def test_centring_sees_the_common_part_only():
    real = torch.tensor([1.0, 3.0])
    torch.testing.assert_close(penalties.centring(real, -real), torch.zeros(2))
    torch.testing.assert_close(penalties.centring(real, real), real.square())


def factors(sure: Iterable[float]) -> list[float]:
    """What the automatic rule makes of D's confidence, step by step, as the trainer calls it."""
    mean, found = 0.65, []
    for value in sure:
        mean += readout.CONFIDENCE_RATE * (value - mean)
        found.append(penalties.steer(mean))
    return found


def test_the_penalty_of_a_healthy_d_keeps_the_weight_it_was_given():
    assert set(factors([0.55] * 50 + [0.7] * 50)) == {1.0}


def test_a_d_that_sleeps_gets_less_penalty_and_one_that_wakes_gets_it_back():
    found = factors([0.5] * 500 + [0.6] * 200)
    assert 0.25 <= found[499] < 0.26 and min(found) >= 0.25
    assert found[-1] == 1.0


def test_a_perfect_g_leaves_at_least_a_quarter_of_the_penalty():
    assert min(factors([0.5] * 100_000)) >= 0.25


def test_a_d_that_wins_gets_more_penalty_at_once_and_no_end_of_it():
    found = factors([1.0] * 500)
    assert found[60] > 3 and found[-1] <= 4.0


def test_a_d_that_sleeps_for_its_penalty_settles_and_does_not_swing():
    sure, found = 0.65, []
    for _ in range(2_000):  # D is flatter, the stronger its penalty
        sure += readout.CONFIDENCE_RATE * (0.5 + 0.05 / penalties.steer(sure) ** 0.5 - sure)
        found.append(penalties.steer(sure))
    assert all(factor == 1.0 for factor in found[-500:])
    assert all(abs(a - b) < 0.2 for a, b in itertools.pairwise(found))
