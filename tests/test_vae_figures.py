"""Figures of the beta-VAE: closed forms of an encoder that is known, and a run that they leave alone."""

import math
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import nn

from tests.test_warm_start import SMALL, TRAIN
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.game import trainer, warm_start
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.engine.game.vae_figures import figures, share
from tgan_demo.modalities import registry

Z = 16


@cache
def _medium():
    poems = catalogue.make("verses", count=64)
    return registry.tokenizer("text").fit(poems), poems


def begin(**changes: object) -> tuple[TrainState, Dataset]:
    tokenizer, poems = _medium()
    return new_state(
        tokenizer.config_for(poems, SMALL), replace(TRAIN, **changes), tokenizer
    ), poems


class Known(nn.Module):
    """An encoder of N(mean, var) for everything, and where `on` is given, of means that differ there."""

    def __init__(self, mean: float = 0.0, var: float = 1.0, on: slice | None = None) -> None:
        super().__init__()
        self.mean, self.log_var, self.on = mean, math.log(var), on

    def forward(self, tokens_BND, labels_B=None):
        mean_BZ = torch.full((len(tokens_BND), Z), self.mean)
        if self.on is not None:
            mean_BZ[::2, self.on] += 1
        return mean_BZ, torch.full_like(mean_BZ, self.log_var)


def found(encoder: nn.Module) -> dict:
    state, poems = begin()
    state.encoder = encoder
    return figures(state, poems, batches=0)


def test_an_encoder_that_says_the_prior_for_everything_says_nothing() -> None:
    said = found(Known())
    assert said["kl"] == said["mean_square"] == said["active"] == 0
    assert said["variance"] == 1 and said["dimensions"] == Z and said["n"] == 64
    assert said["share"] is None and said["reconstruction_loss"] > 0


def test_a_shift_and_a_narrow_posterior_cost_what_they_should() -> None:
    said = found(Known(mean=0.5))
    assert said["kl"] == pytest.approx(Z * 0.5**2 / 2) and said["mean_square"] == 0.25
    assert said["active"] == 0, "a shift is the same for every sample"
    said = found(Known(var=0.25))
    assert said["kl"] == pytest.approx(Z * 0.5 * (0.25 - 1 - math.log(0.25)))
    assert said["variance"] == pytest.approx(0.25)


def test_dimensions_that_differ_between_samples_are_active() -> None:
    said = found(Known(var=0.5, on=slice(0, 3)))
    assert said["active"] == 3
    assert said["variance"] == pytest.approx(0.5 + 3 * 0.25 / Z)  # half of the samples lie 1 apart


def test_the_share_grows_with_the_weight_from_nothing() -> None:
    shares = []
    for weight in (0.0, 0.5, 1.0):
        state, poems = begin(reconstruction_weight=weight)
        shares.append(share(state, poems, batches=1))
    assert shares[0] == 0 < shares[1]
    ratio = [s / (1 - s) for s in shares[1:]]  # the VAE's pull in D's: proportional to the weight
    assert ratio[1] == pytest.approx(2 * ratio[0], rel=1e-4)


@pytest.mark.parametrize("warm_start_", [0, 320])
def test_a_run_goes_on_as_if_nobody_had_looked(warm_start_: int) -> None:
    (looked_at, poems), (alone, _) = begin(warm_start=warm_start_), begin(warm_start=warm_start_)
    for state in (looked_at, alone):
        list(trainer.train_slice(state, poems, steps=1))
    grads = [None if p.grad is None else p.grad.clone() for p in looked_at.G.parameters()]
    before = torch.random.get_rng_state()
    assert figures(looked_at, poems, 32, batches=1) == figures(looked_at, poems, 32, batches=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    for p, grad in zip(looked_at.G.parameters(), grads, strict=True):
        assert (p.grad is None and grad is None) or torch.equal(p.grad, grad)
    for state in (looked_at, alone):
        list(trainer.train_slice(state, poems, steps=1))
    for name in ("G", "D", "encoder", "ema"):
        nets = (getattr(looked_at, name), getattr(alone, name))
        for a, b in zip(*(net.parameters() for net in nets), strict=True):
            assert torch.equal(a, b), name


def test_the_loss_is_reconstruction_and_beta_times_the_divergence_a_token() -> None:
    state, poems = begin(warm_start_kl=2.0)
    state.encoder = Known(mean=0.5)
    real = state.tokenizer.from_items(poems.items[:8], state.model)
    total, reconstruction_loss = warm_start.loss(state, real, None)
    assert (total - reconstruction_loss).item() == pytest.approx(2 * Z * 0.125 / 20, rel=1e-5)
