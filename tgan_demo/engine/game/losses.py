"""Adversarial losses. One decorated function is a loss; trainer, menu and tests find it by name.

Knows logits, not modalities. Every logit is higher for "real". A loss takes (real_B, fake_B), paired, and
returns (loss_d_B, loss_g_B), unreduced; each player minimises its own. G's half is read with D held still.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from tgan_demo.errors import ConfigError
from tgan_demo.said import say

Loss = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
LOSSES: dict[str, Loss] = {}
CRITICS: set[str] = set()  # whose D still teaches G when it is always right
ODDS: set[str] = set()  # where a difference of two logits is a log odds: its sigmoid is a chance


def loss(name: str, *, is_critic: bool = False, has_odds: bool = False) -> Callable[[Loss], Loss]:
    def add(function: Loss) -> Loss:
        LOSSES[name] = function
        if is_critic:
            CRITICS.add(name)
        if has_odds:
            ODDS.add(name)
        return function

    return add


def check(name: str) -> None:
    """That there is a loss of this name. Raises ConfigError, with those there are."""
    if name not in LOSSES:
        raise ConfigError(say("no_loss", name=repr(str(name)[:40]), known=", ".join(LOSSES)))


@loss("relativistic", has_odds=True)
def relativistic(real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """Is this real one more real than that fake one? Jolicoeur-Martineau 2018; paired as in R3GAN 2024."""
    return F.softplus(fake_B - real_B), F.softplus(real_B - fake_B)


@loss("minimax", has_odds=True)
def minimax(real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """The game of Goodfellow et al. 2014, eq. 1: G minimises log(1 - D(G(z))), which fades when D wins."""
    return F.softplus(-real_B) + F.softplus(fake_B), -F.softplus(fake_B)


@loss("non-saturating", has_odds=True)
def non_saturating(real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """Minimax with G maximising log D(G(z)) instead. Goodfellow et al. 2014, section 3."""
    return F.softplus(-real_B) + F.softplus(fake_B), F.softplus(-fake_B)


@loss("hinge")
def hinge(real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """D stops at a margin of 1. Lim and Ye 2017, arXiv:1705.02894."""
    return F.relu(1 - real_B) + F.relu(1 + fake_B), -fake_B


@loss("least squares")
def least_squares(real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """Real towards 1, fake towards 0, G's towards 1. Mao et al. 2017, arXiv:1611.04076, eq. 9."""
    return 0.5 * ((real_B - 1).square() + fake_B.square()), 0.5 * (fake_B - 1).square()


@loss("wasserstein", is_critic=True)
def wasserstein(real_B: Tensor, fake_B: Tensor) -> tuple[Tensor, Tensor]:
    """Mean logit apart; only with a gradient penalty does it mean a distance. Arjovsky et al. 2017."""
    return fake_B - real_B, -fake_B
