"""What one step changed: true of the batch that it learned from, and the run goes on as if nobody looked."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import effect, trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.events import RunFinished, StepDone
from tgan_demo.modalities import registry

MODEL = ModelConfig(shape=(1, 16, 16), width=32, depth=1, heads=2, classes=("a", "b"))
TRAIN = TrainConfig(batch_size=16, images=16 * 1000, precision="float32", warmup_steps=1)
RNG = np.random.default_rng(0)
DATA = Dataset(
    "noise",
    RNG.integers(0, 255, (64, 16, 16, 1)).astype(np.uint8),
    RNG.integers(0, 2, 64),
    ("a", "b"),
    modality="image",
)


def begin(**changes: object) -> TrainState:
    state = new_state(MODEL, replace(TRAIN, **changes), registry.tokenizer("image"))
    for _ in trainer.train_slice(state, DATA, steps=4):
        pass
    return state


def step(state: TrainState, players: str) -> effect.Effect:
    event, changed = effect.train_step(state, DATA, players)
    assert isinstance(event, StepDone) and changed is not None and changed.step == event.step
    return changed


def test_a_step_of_d_opens_the_gap_and_one_of_g_closes_it() -> None:
    state = begin(r1_gamma=0.0, r2_gamma=0.0)
    for _ in range(3):
        d = step(state, "d")
        assert d.after.d_real - d.after.d_fake > d.before.d_real - d.before.d_fake
        g = step(state, "g")
        assert g.after.d_fake > g.before.d_fake
        assert g.after.d_real == g.before.d_real, "D was not touched"


def test_what_the_looks_say_is_what_d_says_of_the_batch_of_the_step() -> None:
    state = begin(r1_gamma=0.0, r2_gamma=0.0, centring=0.0)
    event, changed = effect.train_step(state, DATA, "d")
    assert isinstance(event, StepDone) and changed is not None
    assert changed.before.d_real == pytest.approx(event.d_real, abs=1e-5)  # the step's own numbers
    assert changed.before.d_fake == pytest.approx(event.d_fake, abs=1e-5)
    assert changed.before.d_accuracy == pytest.approx(event.d_accuracy)


@pytest.mark.parametrize("changes", [{}, {"auto_augment": True, "augment": ("flip",)}])
def test_a_run_that_is_looked_at_goes_on_as_one_that_is_not(changes: dict) -> None:
    looked, bare = begin(**changes), begin(**changes)
    for players in ("d", "g", "both"):
        step(looked, players)
        for _ in trainer.train_slice(bare, DATA, steps=1, players=players):
            pass
    for one, other in zip(looked.G.parameters(), bare.G.parameters(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(looked.rng.get_state(), bare.rng.get_state())
    assert looked.precision == bare.precision


def test_in_a_warm_start_the_step_is_g_s_and_says_so() -> None:
    state = begin(warm_start=160)
    before = [p.detach().clone() for p in state.D.parameters()]
    falls = []
    for _ in range(4):
        changed = step(state, "d")
        assert changed.is_warm_start and changed.before.d_real == changed.after.d_real == 0.0
        falls.append(changed.before.reconstruction_loss - changed.after.reconstruction_loss)
    assert sum(falls) > 0 and all(map(torch.equal, before, state.D.parameters()))


def test_the_last_step_of_a_warm_start_is_compared_with_itself() -> None:
    state = begin(warm_start=80)
    changed = step(state, "both")
    assert changed.is_warm_start and not state.is_warm_start
    assert changed.after.reconstruction_loss > 0


def test_where_the_budget_is_used_up_nothing_changes() -> None:
    state = begin(images=64)
    event, changed = effect.train_step(state, DATA, "both")
    assert isinstance(event, RunFinished) and changed is None


def test_numbers_are_plain() -> None:
    told = asdict(step(begin(precision="bfloat16"), "both"))
    assert all(
        isinstance(value, float) for value in (*told["before"].values(), *told["after"].values())
    )
