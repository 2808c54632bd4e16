"""The loop: both players learn, stop and resume is the run without the stop, NaN keeps the last good state."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ring.makers import ring
from ring.tokens import TOKENIZER as RING

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import health, trainer
from tgan_demo.engine.game import state as state_module
from tgan_demo.engine.game.augment import AUGMENTS
from tgan_demo.engine.game.batch import draw, judge
from tgan_demo.engine.game.feed import split
from tgan_demo.engine.game.losses import LOSSES, ODDS
from tgan_demo.engine.game.state import new_state
from tgan_demo.events import RunFailed, RunFinished, StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import checkpoint

IMAGE = registry.tokenizer("image")
MODEL = ModelConfig(shape=(1, 16, 16), width=32, depth=1, heads=2, classes=("a", "b"))
TRAIN = TrainConfig(batch_size=8, images=8 * 1000, precision="float32", warmup_steps=2)


def data(count=64):
    rng = np.random.default_rng(0)
    return Dataset("noise", rng.integers(0, 255, (count, 16, 16, 1)).astype(np.uint8),
                   rng.integers(0, 2, count), ("a", "b"), modality="image")  # fmt: skip


def weights(state):
    return [p.detach().clone() for net in (state.G, state.D, state.ema) for p in net.parameters()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


VARIANTS = {
    **{name: {"loss": name} for name in LOSSES},
    "exact": {"penalty": "exact"},
    "no penalty": {"r1_gamma": 0.0, "r2_gamma": 0.0},
    "wgan-gp": {
        "loss": "wasserstein",
        "gp_weight": 10.0,
        "d_steps": 2,
        "r1_gamma": 0,
        "r2_gamma": 0,
    },
    "augmented": {"augment": tuple(AUGMENTS), "augment_p": 0.5, "auto_augment": True},
    "automatic gamma": {"auto_gamma": True},
    "bfloat16": {"precision": "bfloat16"},
    "bfloat16 exact": {"precision": "bfloat16", "penalty": "exact"},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_and_resumes_exactly(name, tmp_path):
    train = replace(TRAIN, **VARIANTS[name])
    through = new_state(MODEL, train, IMAGE)
    before = weights(through)
    events = list(trainer.train_slice(through, data(), steps=4))
    assert all(isinstance(e, StepDone) for e in events), events[-1]
    assert all(math.isfinite(e.loss_d) and math.isfinite(e.loss_g) for e in events)
    assert not all(torch.equal(x, y) for x, y in zip(before, weights(through), strict=True))

    stopped = new_state(MODEL, train, IMAGE)
    list(trainer.train_slice(stopped, data(), steps=2))
    checkpoint.save_state(stopped, tmp_path)
    resumed = checkpoint.load_state(tmp_path)
    list(trainer.train_slice(resumed, data(), steps=2))
    assert same(through, resumed)
    assert (resumed.nimg, resumed.step) == (through.nimg, through.step)
    assert resumed.gamma_factor == through.gamma_factor and resumed.augment_p == through.augment_p


def test_finite_differences_give_way_to_exact_gradients(monkeypatch):
    monkeypatch.setattr(state_module, "EXACT_FROM", 16)
    a = new_state(MODEL, replace(TRAIN, penalty="finite then exact"), IMAGE)
    b = new_state(MODEL, replace(TRAIN, penalty="finite"), IMAGE)
    list(trainer.train_slice(a, data(), steps=4))
    list(trainer.train_slice(b, data(), steps=2))
    assert not same(a, b)
    b.train = replace(b.train, penalty="exact")
    list(trainer.train_slice(b, data(), steps=2))
    assert same(a, b)
    # counted from where the game begins
    a.start_nimg, a.nimg, a.train = 100, 139, replace(a.train, warm_start=24)
    assert a.penalty == "finite"
    a.nimg += 1
    assert a.penalty == "exact"


def test_same_seed_same_run_and_another_seed_another():
    a, b = (new_state(MODEL, TRAIN, IMAGE) for _ in range(2))
    c = new_state(MODEL, replace(TRAIN, seed=1), IMAGE)
    for state in (a, b, c):
        list(trainer.train_slice(state, data(), steps=2))
    assert same(a, b) and not same(a, c)


def test_spectral_norm_and_rotary_train():
    model = replace(MODEL, spectral_norm=True, positions="rotary")
    state = new_state(model, TRAIN, IMAGE)
    assert isinstance(list(trainer.train_slice(state, data(), steps=2))[-1], StepDone)


def test_budget_ends_the_run():
    state = new_state(MODEL, replace(TRAIN, images=24), IMAGE)
    events = list(trainer.train_slice(state, data()))
    assert len(events) == 4 and isinstance(events[-1], RunFinished) and state.nimg == 24


@pytest.mark.parametrize("players", ["d", "g"])
def test_the_other_player_is_held_still(players):
    state = new_state(MODEL, TRAIN, IMAGE)
    still = state.G if players == "d" else state.D
    moves = state.D if players == "d" else state.G
    before = [p.detach().clone() for p in still.parameters()]
    moved = [p.detach().clone() for p in moves.parameters()]
    list(trainer.train_slice(state, data(), steps=3, players=players))
    assert all(torch.equal(x, y) for x, y in zip(before, still.parameters(), strict=True))
    assert not all(torch.equal(x, y) for x, y in zip(moved, moves.parameters(), strict=True))


def test_not_a_number_ends_the_run_with_the_last_good_state_kept():
    state = new_state(MODEL, TRAIN, IMAGE)
    list(trainer.train_slice(state, data(), steps=2))
    before = weights(state)
    bad = data()
    inner = IMAGE.from_items
    state.tokenizer = type(
        "Bad", (type(IMAGE),), {"from_items": lambda self, *x: inner(*x) * math.nan}
    )()
    (event,) = trainer.train_slice(state, bad, steps=5)
    assert isinstance(event, RunFailed) and "learning rate" in event.cause
    for x, y in zip(before, weights(state), strict=True):
        assert torch.equal(x, y)


def test_unlabelled_data_train_a_conditional_model():
    state = new_state(MODEL, TRAIN, IMAGE)
    plain = Dataset("plain", data().items, modality="image")
    assert isinstance(list(trainer.train_slice(state, plain, steps=2))[-1], StepDone)


def test_watch_shows_class_i_for_seed_i():
    state = new_state(MODEL, TRAIN, IMAGE)
    samples, attention = trainer.watch(state)
    assert samples.signal_B.shape == (16, 1, 16, 16)
    assert samples.labels_B.tolist() == [0, 1] * 8
    assert attention.weights_LHNN.shape == (1, 2, 16, 16)


@pytest.mark.slow
def test_ring_of_eight_gaussians_is_covered():
    """The smallest whole GAN: eight modes, none lost, and samples lie near them."""
    model = ModelConfig(
        modality="ring", shape=(2,), width=32, depth=2, heads=2, patch=1, overlap=0, z_dim=8
    )
    train = TrainConfig(
        images=64 * 700, batch_size=64, lr_g=3e-3, lr_d=3e-3, r1_gamma=0.1, r2_gamma=0.1,
        precision="float32", penalty="exact",
        penalty_share=0.5,
        auto_gamma=False, ema_halflife=1000, seed=2,
    )  # fmt: skip
    state = new_state(model, train, RING)
    for event in trainer.train_slice(state, ring(8000)):
        assert not isinstance(event, RunFailed)
    with torch.no_grad():
        fake = RING.to_signal(
            state.ema(torch.randn(2000, 8, generator=torch.Generator().manual_seed(1))), model
        )
    angle = torch.arange(8) * math.pi / 4
    modes = 0.7 * torch.stack((angle.cos(), angle.sin()), dim=1)
    distance, nearest = torch.cdist(fake, modes).min(dim=1)
    near = distance < 0.15  # 3 standard deviations
    counts = torch.bincount(nearest[near], minlength=8)
    assert (counts > 60).all(), counts
    assert near.float().mean() > 0.7


def test_importing_the_studio_changes_nothing_in_the_process():
    """Memory and threads are set by programs, app.py and the command line, when they begin."""
    script = """
import ctypes, os, torch
def refuse(*names): raise SystemExit(f"{names} was called at import")
ctypes.CDLL = refuse
before = dict(os.environ), torch.get_num_threads()
import tgan_demo.studio
assert (dict(os.environ), torch.get_num_threads()) == before
print("as it was")
"""
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=240
    )
    assert done.stdout.strip() == "as it was", done.stderr[-500:]


def test_the_numbers_of_d_are_from_before_its_step():
    state = new_state(MODEL, replace(TRAIN, lr_d=1e-2), IMAGE)
    for _ in range(3):
        rng = state.rng.get_state()
        batch = draw(state, data())
        with torch.no_grad():
            real_B, fake_B = (
                judge(state, signal, batch.labels_B) for signal in (batch.real, batch.fake)
            )
        state.rng.set_state(rng)
        (event,) = trainer.train_slice(state, data(), steps=1)
        assert event.d_real == pytest.approx(real_B.mean().item(), abs=1e-5)
        assert event.d_fake == pytest.approx(fake_B.mean().item(), abs=1e-5)


def test_a_d_that_learns_by_heart_guesses_where_data_are_held_out():
    model = replace(MODEL, classes=(), overlap=0)
    train = replace(TRAIN, r1_gamma=0, r2_gamma=0, batch_size=16, lr_d=2e-3, auto_augment=True)
    state = new_state(model, train, IMAGE)

    class Noise(torch.nn.Module):  # as good as the data, which are noise too
        def forward(self, z_BZ, labels_B, start_B=None):
            noise = torch.rand(len(z_BZ), 1, 16, 16, generator=state.rng)
            return IMAGE.to_tokens(noise * 2 - 1, model)

    state.G = Noise()
    noise = replace(data(40), labels=None, classes=())
    events = list(trainer.train_slice(state, noise, steps=200, players="d"))[-100:]
    known, unseen = (np.mean([getattr(e, n) for e in events]) for n in ("d_accuracy", "d_unseen"))
    assert known > 0.95 and 0.3 < unseen < 0.7
    found = {one.key for one in health.of_players(events)}
    assert found == {"memorises", "vanishing"}  # G is held still, so it has no gradient either


def test_of_few_data_nothing_is_held_out():
    for count, held in ((64, 0), (499, 0), (500, 50), (5000, 256)):
        learned, held_out = split(data(count), TRAIN)
        assert len(learned) == count - held and (held_out is None) == (not held)


def test_the_penalty_of_a_loss_without_odds_is_not_steered():
    for name in LOSSES:
        state = new_state(MODEL, replace(TRAIN, loss=name, auto_gamma=True), IMAGE)
        state.confidence = 0.99
        list(trainer.train_slice(state, data(), steps=1))
        assert (state.gamma_factor > 1) == (name in ODDS)


def test_a_set_without_end_is_never_seen_twice_and_resumes_exactly(tmp_path):
    seeds = []

    def more(count, seed):
        seeds.append(seed)
        rng = np.random.default_rng(seed)
        items = rng.integers(0, 255, (count, 16, 16, 1)).astype(np.uint8)
        return items, rng.integers(0, 2, count)

    endless = replace(data(600), more=more)
    train, held_out = split(endless, TRAIN)
    assert train.more is more and held_out.more is None
    through, stopped = (new_state(MODEL, TRAIN, IMAGE) for _ in range(2))
    list(trainer.train_slice(through, endless, steps=4))
    assert len(set(seeds)) == 4 and min(seeds) > 1, "0 and 1 make a recipe's parts"
    list(trainer.train_slice(stopped, endless, steps=2))
    checkpoint.save_state(stopped, tmp_path)
    resumed = checkpoint.load_state(tmp_path)
    list(trainer.train_slice(resumed, endless, steps=2))
    assert same(through, resumed)
