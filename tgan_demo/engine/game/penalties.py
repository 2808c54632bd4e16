"""What keeps D smooth: gradient penalties on its input, and a rule for their weight.

Knows signals of any rank and a function D(signal, labels) -> logits. Nothing here is multiplied by its
weight. `judged` is what a step of D calls: logits of real and fake, and the penalty, in one of WAYS.

Axes: B batch; "..." the signal's own.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from tgan_demo.config import TrainConfig
from tgan_demo.engine.game.ranks import ALONE, Ranks

Judge = Callable[[Tensor], Tensor]
JudgeOfClasses = Callable[[Tensor, Tensor | None], Tensor]  # signal, labels -> logits
Judged = tuple[
    Tensor, Tensor, Tensor
]  # logits of real, of fake; penalty of a share of real, then of fake

# of `confidence` on unseen samples: below, D is too flat to teach details; above, G cannot follow. A D at the
# end of a good run stands low: .55 with digits, .56 with clothes and spoken digits (2026-11-28)
HEALTHY = (0.53, 0.75)
LIMIT = 4.0  # of the factor on gamma, and its inverse


def judged(
    judge: JudgeOfClasses,
    real: Tensor,
    fake: Tensor,
    labels_B: Tensor | None,
    train: TrainConfig,
    penalty: str,
    rng: torch.Generator,
    ranks: Ranks = ALONE,
) -> Judged:
    """D's logits of real and fake samples, and what R1 and R2 are on `penalty_share` of both, by WAYS[penalty].

    Of several ranks' samples the share is one of all; `halves` makes means of it.
    """
    whole = _share(len(real), train, ranks)
    is_wanted = whole and (train.r1_gamma > 0 or train.r2_gamma > 0)
    way = WAYS[penalty] if is_wanted else without

    def steps(part: Tensor) -> tuple[Tensor, Tensor]:
        return steps_of_both(part, train.sigma_min, train.sigma, rng, ranks, whole)

    return way(judge, real, fake, labels_B, ranks.held(whole), steps)


def halves(
    penalty_B: Tensor, size: int, train: TrainConfig, ranks: Ranks = ALONE
) -> tuple[Tensor, Tensor]:
    """Mean R1 and mean R2 of a penalty that `judged` gave; `size`: real samples there."""
    half, whole = len(penalty_B) // 2, max(1, _share(size, train, ranks))
    return ranks.average(penalty_B[:half], whole), ranks.average(penalty_B[half:], whole)


def _share(size: int, train: TrainConfig, ranks: Ranks) -> int:
    """Real samples of all ranks that the penalties are taken on."""
    return round(ranks.whole(size) * train.penalty_share)


def by_finite_difference(judge, real, fake, labels_B, share, steps) -> Judged:
    """R1 and R2 by a step in the signal: three batches in one pass of D."""
    size, part = len(real), torch.cat((real[:share], fake[:share]))
    step, sigma_B = steps(part)
    logits = judge(torch.cat((real, fake, part + step)), _repeat(labels_B, size, share))
    both = torch.cat((logits[:share], logits[size : size + share]))
    penalty_B = finite_difference(both, logits[2 * size :], sigma_B)
    return logits[:size], logits[size : 2 * size], penalty_B


def by_exact_gradient(judge, real, fake, labels_B, share, steps) -> Judged:
    """R1 and R2 by the second derivative."""
    size, part = len(real), torch.cat((real[:share], fake[:share]))
    logits = judge(torch.cat((real, fake)), _repeat(labels_B, size, 0))
    part = part.detach().requires_grad_()
    part_labels = None if labels_B is None else labels_B[:share].repeat(2)
    penalty_B = gradient_penalty(judge(part, part_labels), part)
    return logits[:size], logits[size:], penalty_B


def without(judge, real, fake, labels_B, share, steps) -> Judged:
    size = len(real)
    logits = judge(torch.cat((real, fake)), _repeat(labels_B, size, 0))
    return logits[:size], logits[size:], torch.zeros(2 * max(1, share), device=real.device)


WAYS = {"finite": by_finite_difference, "exact": by_exact_gradient}


def _repeat(labels_B: Tensor | None, size: int, share: int) -> Tensor | None:
    """Classes for [real, fake, part of real, part of fake]."""
    if labels_B is None:
        return None
    return torch.cat((labels_B[:size], labels_B[:size], labels_B[:share], labels_B[:share]))


def gradient_penalty(logits_B: Tensor, signal: Tensor) -> Tensor:
    """Squared norm of D's gradient at each sample, (B,): R1 on real ones, R2 on generated ones.

    Args:
        logits_B: D(signal), unreduced.
        signal: what D was given, (B, ...) of any rank, gradient enabled.

    Raises:
        ValueError: `signal` was not tracked, so the gradient does not exist.

    Source: Mescheder et al. 2018, arXiv:1801.04406, eq. 9. Multiply by gamma / 2.
    """
    if not signal.requires_grad:
        raise ValueError("signal is untracked; call signal.requires_grad_() before D(signal)")
    (gradient,) = torch.autograd.grad(logits_B.sum(), signal, create_graph=True)
    return gradient.square().flatten(1).sum(1)


def steps_like(
    signal: Tensor, sigma_min: float, sigma_max: float, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Random steps for finite_difference: (step, sigma_B), sigma log-uniform between the two.

    One size for all makes D blind to noise of just that size, which G then leaves in flat areas.
    """
    noise = torch.randn(signal.shape, generator=rng, device=rng.device)
    share_B = torch.rand(len(signal), generator=rng, device=rng.device)
    sigma_B = torch.exp(math.log(sigma_min) + share_B * math.log(sigma_max / sigma_min))
    step = noise * sigma_B.view(-1, *[1] * (signal.ndim - 1))
    return step, sigma_B


def steps_of_both(
    part: Tensor,
    sigma_min: float,
    sigma_max: float,
    rng: torch.Generator,
    ranks: Ranks,
    whole: int,
) -> tuple[Tensor, Tensor]:
    """`steps_like` for a share of real samples and as many fake ones, of which all ranks have `whole` each."""
    like = torch.empty(2 * whole, *part.shape[1:], device="meta")
    step, sigma_B = (
        ranks.own(drawn.unflatten(0, (2, whole)), axis=1).flatten(0, 1)
        for drawn in steps_like(like, sigma_min, sigma_max, rng)
    )
    return step, sigma_B


def finite_difference(logits_B: Tensor, stepped_B: Tensor, sigma_B: Tensor) -> Tensor:
    """((D(x + sigma e) - D(x)) / sigma)^2, e ~ N(0, I), (B,): in expectation, as sigma goes to 0, the
    squared gradient norm.

    One more pass of D instead of a second derivative. Where D is curved it is more, by the square of sigma: of
    the bundled D of digits and avatars 1.05 and 1.01 times the exact penalty at .01, 1.08 and 1.3 at .03, 1.2
    and 5 at .1; bfloat16 rounds the difference of two near logits, which adds .5 to .8 at .01 and nothing from
    .03 on. One draw has a standard deviation of 1.3 times its mean (sqrt(2) where D is linear), so that what
    counts is the mean over a batch. Source: Lin et al. 2025, arXiv:2511.22475; Hyun et al. 2025,
    arXiv:2509.24935.
    """
    return ((stepped_B - logits_B) / sigma_B).square()


def wgan_gp(
    judge: Judge, real: Tensor, fake: Tensor, rng: torch.Generator, ranks: Ranks = ALONE
) -> Tensor:
    """(|gradient| - 1)^2 at a random point between each real and fake sample, (B,).

    Source: Gulrajani et al. 2017, arXiv:1704.00028, eq. 3.
    """
    shape = (ranks.whole(len(real)), *[1] * (real.ndim - 1))
    share = ranks.own(torch.rand(shape, generator=rng, device=rng.device))
    between = torch.lerp(fake, real, share).requires_grad_()
    (gradient,) = torch.autograd.grad(judge(between).sum(), between, create_graph=True)
    return (gradient.flatten(1).square().sum(1) + 1e-12).sqrt().sub(1).square()


def centring(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """((D(x) + D(G(z))) / 2)^2, (B,): a relativistic loss sees differences only, so the mean could drift."""
    return (0.5 * (real_B + fake_B)).square()


def confidence(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Mean of sigmoid(D(x) - D(G(z))) over pairs, .5..1: D's pairwise accuracy, weighted by how sure it is.

    Plain accuracy is near 1 both when D wins and when the penalty has flattened it to whispers.
    """
    return (real_B - fake_B).sigmoid().mean()


def steer(sure: float) -> float:
    """Factor on gamma: above 1 while D is too sure of its pairs, below while it is not sure enough.

    It depends on D now and not on how it came there, so that it goes back to 1 when D is healthy again; and
    it ends at LIMIT, since a D that is unsure because G is perfect needs its penalty still.

    Args:
        sure: running mean of `confidence`; on unseen samples, where some are held out.
    """
    low, high = HEALTHY
    over = min(1.0, max(0.0, (sure - high) / (1 - high)))
    under = min(1.0, max(0.0, (low - sure) / (low - 0.5)))
    return LIMIT ** (over - under)
