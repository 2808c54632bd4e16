"""Warm start: G learns as a decoder before it plays; the encoder is saved with the run and with the model."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.game import trainer, warm_start
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.modalities.text import vocabulary
from tgan_demo.runs import checkpoint

SMALL = ModelConfig(modality="text", width=32, depth=1, heads=2, z_dim=16, latent_tokens=2)
TRAIN = TrainConfig(
    batch_size=16,
    precision="float32",
    images=10**6,
    warm_start=320,
    reconstruction_weight=0.5,
    lr_g=3e-3,
)


def begin(**changes: object) -> tuple[TrainState, Dataset]:
    poems = catalogue.make("verses", count=64)
    tokenizer = registry.tokenizer("text").fit(poems)
    config = tokenizer.config_for(poems, SMALL)
    return new_state(config, replace(TRAIN, **changes), tokenizer), poems


def test_g_starts_warm_and_then_the_game_begins() -> None:
    state, poems = begin()
    before = [p.clone() for p in state.D.parameters()]
    steps = list(trainer.train_slice(state, poems, steps=20))
    assert all(isinstance(e, StepDone) and e.loss_d == 0 for e in steps)
    assert steps[-1].nimg == 320 and not state.is_warm_start
    assert steps[-1].loss_g < 0.9 * steps[0].loss_g  # nats a token: it begins to repeat
    assert all(torch.equal(a, b) for a, b in zip(before, state.D.parameters(), strict=True))
    (event,) = trainer.train_slice(state, poems, steps=1)
    assert isinstance(event, StepDone) and event.loss_d > 0 and event.grad_d > 0


def test_the_latent_costs_what_it_says() -> None:
    state, poems = begin(warm_start_kl=0.0)
    real = state.tokenizer.from_items(poems.items[:8], state.model)
    labels = torch.from_numpy(poems.labels[:8])
    for cost in (0.0, 2.0):
        state.train = replace(state.train, warm_start_kl=cost)
        state.rng.manual_seed(1)
        total, reconstruction_loss = warm_start.loss(state, real, labels)
        mean_BZ, log_var_BZ = state.encoder(state.tokenizer.to_tokens(real, state.model))
        apart = 0.5 * (mean_BZ**2 + log_var_BZ.exp() - 1 - log_var_BZ).sum(1).mean() / 20
        torch.testing.assert_close(total - reconstruction_loss, cost * apart)


def test_a_run_with_a_warm_start_resumes_exactly(tmp_path: Path) -> None:
    (whole, poems), (stopped, _) = begin(warm_start=32), begin(warm_start=32)
    list(trainer.train_slice(whole, poems, steps=5))
    list(trainer.train_slice(stopped, poems, steps=3))
    checkpoint.save_state(stopped, tmp_path)
    again = checkpoint.load_state(tmp_path)
    list(trainer.train_slice(again, poems, steps=2))
    for name in ("G", "D", "encoder"):
        nets = (getattr(whole, name), getattr(again, name))
        for a, b in zip(*(net.parameters() for net in nets), strict=True):
            assert torch.equal(a, b), name


def test_a_run_begins_with_the_same_weights_whatever_other_threads_draw() -> None:
    before = torch.random.get_rng_state()
    (first, _) = begin(warm_start=32)
    assert torch.equal(torch.random.get_rng_state(), before)  # nothing of the global stream is used
    torch.manual_seed(1)
    (second, _) = begin(warm_start=32)
    for name in ("G", "D", "encoder"):
        nets = (getattr(first, name), getattr(second, name))
        for a, b in zip(*(net.parameters() for net in nets), strict=True):
            assert torch.equal(a, b), name


def test_a_vocabulary_learned_on_two_threads_is_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vocabulary, "FOLLOWER_STEPS", 10)
    texts = catalogue.make("verses", count=64).items
    torch.set_num_threads(2)
    try:
        first, *others = [vocabulary.learn(texts) for _ in range(3)]
    finally:
        torch.set_num_threads(1)
    for other in others:
        assert torch.equal(first.left_VE, other.left_VE)
        assert torch.equal(first.table_VE, other.table_VE)
