"""Every loss: closed forms, and each player's loss falls when that player does better."""

import math

import pytest
import torch

from tgan_demo.engine.game.losses import LOSSES

ZERO = torch.zeros(3)
LN2 = math.log(2)


@pytest.mark.parametrize(
    ("name", "loss_d", "loss_g"),
    [
        ("relativistic", LN2, LN2),
        ("minimax", 2 * LN2, -LN2),
        ("non-saturating", 2 * LN2, LN2),
        ("hinge", 2.0, 0.0),
        ("least squares", 0.5, 0.5),
        ("wasserstein", 0.0, 0.0),
    ],
)
def test_value_where_d_knows_nothing(name, loss_d, loss_g):
    d_B, g_B = LOSSES[name](ZERO, ZERO)
    torch.testing.assert_close(d_B, torch.full((3,), loss_d))
    torch.testing.assert_close(g_B, torch.full((3,), loss_g))


def test_the_table_above_is_complete():
    assert set(LOSSES) == {
        "relativistic", "minimax", "non-saturating", "hinge", "least squares", "wasserstein"
    }  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_fall_when_their_player_improves(name):
    real = torch.zeros(5, requires_grad=True)
    fake = torch.zeros(5, requires_grad=True)
    loss_d, _ = LOSSES[name](real, fake)
    up, down = torch.autograd.grad(loss_d.sum(), (real, fake))
    assert (up <= 0).all() and (down >= 0).all() and (up - down < 0).all()
    if name == "least squares":  # from 0 D is content with fake where it is
        assert (up < 0).all()
    _, loss_g = LOSSES[name](real, fake)
    (gain,) = torch.autograd.grad(loss_g.sum(), fake)
    assert (gain < 0).all(), "a fake that looks more real must cost G less"


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_unreduced(name):
    real, fake = torch.randn(7), torch.randn(7)
    assert [x.shape for x in LOSSES[name](real, fake)] == [(7,), (7,)]


def test_minimax_is_log_of_probabilities():
    real, fake = torch.tensor([0.3]), torch.tensor([-1.2])
    loss_d, loss_g = LOSSES["minimax"](real, fake)
    p_real, p_fake = torch.sigmoid(real), torch.sigmoid(fake)
    torch.testing.assert_close(loss_d, -(p_real.log() + (1 - p_fake).log()))
    torch.testing.assert_close(loss_g, (1 - p_fake).log())
