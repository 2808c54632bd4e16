"""Progressive growing: what a grown pair shows and sees, exact resume across a stage, refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from test_trainer import IMAGE, MODEL, TRAIN, same
from toys import LINES, MOVES, SPEAKS, VERSES

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import growing, trainer
from tgan_demo.engine.game.batch import judge
from tgan_demo.engine.game.graph import kind, why_not
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import ConfigError
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.modalities.image.tokens import halves, widened
from tgan_demo.models.folder import load_model, save_trained
from tgan_demo.runs import checkpoint, drive, plan
from tgan_demo.runs.budget import Budget
from tgan_demo.runs.request import RunRequest

BIG = replace(MODEL, shape=(1, 32, 32))
GROW = replace(TRAIN, grow=1, grow_images=16)  # two steps, then the size doubles


def data(count: int = 64, side: int = 32) -> Dataset:
    rng = np.random.default_rng(0)
    items = rng.integers(0, 255, (count, side, side, 1)).astype(np.uint8)
    return Dataset("noise", items, rng.integers(0, 2, count), ("a", "b"), modality="image")


def shown(state, net) -> torch.Tensor:
    z = torch.randn(8, state.model.z_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return IMAGE.to_signal(net(z, torch.arange(8) % 2), state.model)


def shaken(state) -> None:
    """Weights that no beginning gives: every part counts."""
    for net in (state.G, state.ema, state.D):
        for p in net.parameters():
            p.data += 0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(2))


# --- what is kept


@pytest.mark.parametrize("more", [{}, {"head_hidden": 48}, {"injection": ("offset", "cross")}])
def test_a_grown_g_shows_what_it_showed(more):
    state = new_state(replace(MODEL, shape=(1, 64, 64), **more), replace(GROW, grow=2), IMAGE)
    shaken(state)
    assert state.model.shape == (1, 16, 16) and state.stage == 2
    for _ in range(2):
        nets = [(shown(state, net), name) for net, name in ((state.G, "G"), (state.ema, "ema"))]
        growing.grow(state)
        for before, name in nets:
            after = shown(state, getattr(state, name))
            torch.testing.assert_close(
                after, F.interpolate(before, scale_factor=2.0), atol=2e-5, rtol=0
            )
    assert state.stage == 0 and state.model.shape == (1, 64, 64) and state.model.doublings == 2


def test_blended_patches_are_nearly_kept():
    state = new_state(replace(BIG, blend=1), GROW, IMAGE)
    before = shown(state, state.G)
    growing.grow(state)
    error = shown(state, state.G) - F.interpolate(before, scale_factor=2.0)
    assert (error.square().mean() / before.var(0).mean()).sqrt() < 0.35


def test_places_of_a_linear_ramp_are_on_the_ramp():
    ramp = torch.arange(6.0)[:, None, None] + 10 * torch.arange(4.0)[:, None]
    fine = growing.doubled(ramp.flatten(0, 1).expand(-1, 3), (6, 4)).view(12, 8, 3)
    rows = ((torch.arange(12) + 0.5) / 2 - 0.5).clamp(0, 5)
    columns = ((torch.arange(8) + 0.5) / 2 - 0.5).clamp(0, 3)
    torch.testing.assert_close(fine[..., 1], rows[:, None] + 10 * columns)


def test_lines_of_pixels():
    top, bottom = halves(4, 0)
    line = torch.tensor([1.0, 2, 3, 4])
    assert (top @ line).tolist() == [1, 1, 2, 2] and (bottom @ line).tolist() == [3, 3, 4, 4]
    wide = widened(8) @ torch.arange(8.0)
    assert wide.tolist() == [0, 0, 0.5, 2.5, 4.5, 6.5, 7, 7]
    for side in range(2, 12):
        torch.testing.assert_close(widened(side).sum(1), torch.ones(side))
        assert (widened(side).sum(0) > 0).all(), "every pixel is seen"


def test_detail_is_faded_in():
    picture = torch.rand(2, 1, 8, 8)
    coarse = IMAGE.faded(picture, 0.0)
    torch.testing.assert_close(F.avg_pool2d(coarse, 2), F.avg_pool2d(picture, 2))
    assert torch.equal(coarse[..., ::2, ::2], coarse[..., 1::2, 1::2])
    torch.testing.assert_close(IMAGE.faded(picture, 1.0), picture)


def test_d_hardly_changes_its_mind_about_smooth_pictures():
    torch.manual_seed(0)
    pictures = torch.rand(64, 1, 3, 3) * torch.rand(64, 1, 1, 1)
    pictures = F.interpolate(pictures, 16, mode="bicubic")
    state = new_state(BIG, GROW, IMAGE)
    labels = torch.arange(64) % 2
    with torch.no_grad():
        before = judge(state, pictures, labels)
        growing.grow(state)
        after = judge(state, F.interpolate(pictures, scale_factor=2.0), labels)
    assert torch.corrcoef(torch.stack((before, after)))[0, 1] > 0.9


def test_moments_go_with_their_weights():
    state = new_state(BIG, GROW, IMAGE)
    list(trainer.train_slice(state, data(), steps=1))
    old, names = state.opt_d, dict(state.D.named_parameters())
    growing.grow(state)
    for name, p in state.D.named_parameters():
        moments = state.opt_d.state[p]
        assert moments["exp_avg_sq"].shape == p.shape and moments["exp_avg_sq"].isfinite().all()
        assert (moments["exp_avg_sq"] >= 0).all()
        if p.shape == names[name].shape and "embed.weight" not in name:
            assert torch.equal(moments["exp_avg_sq"], old.state[names[name]]["exp_avg_sq"]), name
    assert len(state.opt_g.state) == len(list(state.G.parameters()))


# --- a run


def test_a_run_grows_fades_in_and_resumes_exactly_at_every_stage(tmp_path):
    through = new_state(BIG, GROW, IMAGE)
    sides, fades = [], []
    for event in trainer.train_slice(through, data(), steps=6):
        assert isinstance(event, StepDone)
        sides.append(through.model.shape[1])
        fades.append(through.fade)
    assert sides == [16, 16, 32, 32, 32, 32] and fades == [1, 1, 1, 1, 1, 1]
    slow = replace(GROW, grow_images=32)
    through = new_state(BIG, slow, IMAGE)
    list(trainer.train_slice(through, data(), steps=7))
    assert through.fade == 1
    for stop in (3, 4, 5):
        state = new_state(BIG, slow, IMAGE)
        list(trainer.train_slice(state, data(), steps=stop))
        checkpoint.save_state(state, tmp_path)
        state = checkpoint.load_state(tmp_path)
        assert state.fade == {3: 1.0, 4: 1.0, 5: 0.5}[stop]
        list(trainer.train_slice(state, data(), steps=7 - stop))
        assert same(through, state), stop
        assert (state.stage, state.stage_nimg, state.fade) == (0, 32, 1.0)


@pytest.mark.parametrize(
    ("model", "train"),
    [
        (replace(BIG, local_crop=8, blend=1), {}),
        (BIG, {"warm_start": 24, "reconstruction_weight": 1.0}),
        (replace(BIG, depth=2), {"warm_start": 8, "augment": ("translation",), "augment_p": 0.5}),
    ],
    ids=["local discriminator, blended", "in the warm start", "in the game after one"],
)
def test_it_goes_with_the_other_ways_of_training(model, train):
    state = new_state(model, replace(GROW, **train), IMAGE)
    fitted = []
    for event in trainer.train_slice(state, data(), steps=5):
        assert isinstance(event, StepDone)
        fitted.append(None if state.D.local is None else state.D.local.whitening.clone())
    assert state.model.shape == (1, 32, 32)
    if fitted[0] is not None:
        assert not torch.equal(fitted[0], fitted[-1]), "texture of another size is whitened anew"


def test_without_it_nothing_changes():
    a, b = (new_state(MODEL, t, IMAGE) for t in (TRAIN, replace(TRAIN, grow_images=16)))
    for state in (a, b):
        list(trainer.train_slice(state, data(side=16), steps=4))
    assert same(a, b) and a.stage == 0 and a.fade == 1 and a.model == MODEL


def test_stages_share_the_budget():
    """One share for each coarse stage, two for the last, whatever the budget becomes meanwhile."""
    train = replace(TRAIN, grow=2, grow_images=0, images=4_000)
    state = new_state(replace(MODEL, shape=(1, 64, 64)), train, IMAGE)
    assert growing.stage_length(state) == 1_000 and not growing.is_due(state)
    state.nimg = 1_000
    assert growing.is_due(state)
    growing.grow(state)
    state.train = replace(train, images=2_200)  # settled anew, for it is slower now
    assert growing.stage_length(state) == 400
    growing.fade(state, 100)
    assert state.fade == 0.5


def test_a_budget_in_seconds_is_measured_anew_at_every_size(monkeypatch):
    monkeypatch.setattr(drive, "MEASURE_STEPS", 2)
    monkeypatch.setattr(drive, "FIRST_STEPS", 1)
    state = new_state(BIG, replace(GROW, grow_images=80), IMAGE)
    settled = []
    for event in drive.drive(state, data(), Budget(amount=600, unit="seconds")):
        if type(event).__name__ == "BudgetSettled":
            settled.append((state.model.shape[1], event.images))
        if isinstance(event, StepDone) and event.step == 30:
            break
    assert [side for side, _ in settled] == [16, 32]


def test_its_model_is_a_model_of_its_size_at_every_stage(tmp_path):
    state = new_state(BIG, GROW, IMAGE)
    for steps, side in ((1, 16), (2, 32)):
        list(trainer.train_slice(state, data(), steps=steps))
        samples, attention = trainer.watch(state)
        assert samples.signal_B.shape == (16, 1, side, side)
        assert attention.weights_LHNN.shape[-1] == (side // 4) ** 2
        save_trained(tmp_path, state, title="toy", data={})
        model = load_model(tmp_path)
        torch.testing.assert_close(
            shown(state, model.G), shown(state, state.ema), atol=0.05, rtol=0
        )
        assert growing.full(state).shape == (1, 32, 32)
    checkpoint.save_state(state, tmp_path)
    again, fitted = drive.take_up(tmp_path, data())
    assert fitted.items.shape[1:3] == (32, 32) and again.model.doublings == 1
    state = new_state(BIG, GROW, IMAGE)
    checkpoint.save_state(state, tmp_path)
    assert drive.take_up(tmp_path, data())[1].items.shape[1:3] == (32, 32), "of the size to come"


def test_a_captured_step_is_of_one_size_and_none_fades():
    state = new_state(BIG, GROW, IMAGE)
    before = kind(state, False)
    growing.grow(state)
    state.device = "cuda"
    assert kind(state, False) != before and "faded" in why_not(state, "both")


# --- what is refused


@pytest.mark.parametrize(
    "model", [VERSES, LINES, SPEAKS, MOVES], ids=["tokens", "codes", "mel", "tubes"]
)
def test_other_kinds_are_refused(model):
    tokenizer = registry.tokenizer(model.modality, model.route)
    with pytest.raises(ConfigError, match="only pictures"):
        new_state(model, GROW, tokenizer)


@pytest.mark.parametrize(
    ("model", "grow", "said"),
    [
        (BIG, 3, "at most 2"),
        (ModelConfig(shape=(1, 28, 28), patch=7), 2, "at most 1"),
        (replace(BIG, positions="rotary"), 1, "learned"),
        (replace(BIG, local_crop=20), 1, "local_crop"),
    ],
)
def test_what_does_not_fit_is_said(model, grow, said):
    with pytest.raises(ConfigError, match=said):
        new_state(model, replace(GROW, grow=grow), IMAGE)


def test_a_run_from_a_model_is_as_large_as_it(tmp_path):
    old = new_state(MODEL, TRAIN, IMAGE)
    assert new_state(MODEL, GROW, IMAGE, start=(old.G, old.D)).model == MODEL
    save_trained(tmp_path, old, title="toy", data={})
    request = RunRequest(start="x", train_settings={"grow": 1})
    with pytest.raises(ConfigError, match="from scratch"):
        plan.make(request, data(side=16), IMAGE, load_model(tmp_path))
    with pytest.raises(ConfigError, match="at most 1"):
        plan.make(
            replace(request, start="scratch", train_settings={"grow": 2}), data(side=16), IMAGE
        )
