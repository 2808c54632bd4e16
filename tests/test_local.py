"""The local discriminator and G's blended patches: closed forms, exact resume, and that speckle is seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_trainer import MODEL, TRAIN, data, same
from toys import DIGITS, LINES, MOVES, SPEAKS, VERSES

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model, mean_w
from tgan_demo.engine.game import augment, local, trainer
from tgan_demo.engine.game.batch import Batch, judge
from tgan_demo.engine.game.graph import Dials
from tgan_demo.engine.game.state import new_state
from tgan_demo.engine.players.blending import blended
from tgan_demo.engine.players.local_discriminator import FLOOR, LocalDiscriminator
from tgan_demo.errors import ConfigError
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.modalities.image.makers import paint
from tgan_demo.models.card import _views
from tgan_demo.runs import checkpoint

IMAGE = registry.tokenizer("image")
LOCAL = replace(MODEL, local_crop=8)
PLANES = torch.rand(5, 1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def discriminator(planes=PLANES, **changes):
    net = LocalDiscriminator(replace(LOCAL, **changes), planes.shape[2])
    net.fit(planes)
    return net


def smooth(count=64, size=16):
    """Pictures of few low frequencies."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.normal(size=(count, 1, 4, 4))).float()
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(-1, 1)


def test_windows_are_whitened_by_half():
    planes = smooth()[:, None]
    net = discriminator(planes)
    flat = net.windows_of(planes)
    white = (flat - net.mean) @ net.whitening
    torch.testing.assert_close(white.mean(0), torch.zeros(16), atol=1e-3, rtol=0)
    before = torch.linalg.eigvalsh(torch.cov(flat.T.double()))
    before = before[before > FLOOR * before.max()]
    after = torch.linalg.eigvalsh(torch.cov(white.T.double()))[-len(before) :]
    torch.testing.assert_close(after / after[-1], (before / before[-1]).sqrt(), rtol=1e-2, atol=0)
    assert torch.cov(white.T).trace().item() == pytest.approx(16, rel=1e-3)


def test_crops_cover_the_border_too() -> None:
    model = replace(MODEL, shape=(3, 32, 32), local_crop=8)
    net = LocalDiscriminator(model, 3)
    _, top_B, left_B = net.places((20_000, 1, 3, 32, 32), torch.Generator().manual_seed(0))
    for place_B in (top_B, left_B):
        assert (place_B.min(), place_B.max()) == (0, 24)
        covers = [float(((place_B <= x) & (x < place_B + 8)).float().mean()) for x in range(32)]
        assert min(covers) == pytest.approx(5 / 33, abs=0.01)  # of the 33 places, 5 are moved there
        assert max(covers) < 0.38 and covers[16] == pytest.approx(8 / 33, abs=0.01)


def test_crops_are_slices_and_windows_lie_within():
    net = discriminator()
    places = net.places(PLANES.shape, torch.Generator().manual_seed(1))
    crops = net.crops(PLANES, places)
    for i, (frame, top, left) in enumerate(places.T.tolist()):
        torch.testing.assert_close(crops[i], PLANES[i, frame, :, top : top + 8, left : left + 8])
    plain = LocalDiscriminator(LOCAL, 1)  # not fitted: windows as they are
    windows = plain.windows(crops)
    assert windows.shape == (5, 9, 16), "3 x 3 windows of 4 x 4 pixels"
    torch.testing.assert_close(windows[0, 4].view(4, 4), crops[0, 0, 2:6, 2:6])


@pytest.mark.parametrize("size", [8, 9, 16, 27])
def test_everywhere_reaches_every_pixel_and_is_the_mean_of_its_crops(size):
    net = discriminator().double()
    planes = torch.rand(2, 3, 1, size, size, dtype=torch.float64).requires_grad_()
    judged = net.everywhere(planes)
    (gradient,) = torch.autograd.grad(judged.sum(), planes)
    assert (gradient != 0).all()
    places = net._cover(size)
    crops = [
        planes[0, f, :, a : a + 8, b : b + 8] for f in range(3) for a in places for b in places
    ]
    torch.testing.assert_close(judged[0], net(net.windows(torch.stack(crops))).mean())


def test_a_run_with_it_resumes_exactly_and_keeps_what_it_was_fitted_to(tmp_path):
    through, stopped = (new_state(LOCAL, TRAIN, IMAGE) for _ in range(2))
    events = list(trainer.train_slice(through, data(), steps=4))
    assert all(isinstance(e, StepDone) and 0 <= e.d_local <= 1 for e in events)
    list(trainer.train_slice(stopped, data(), steps=2))
    checkpoint.save_state(stopped, tmp_path)
    resumed = checkpoint.load_state(tmp_path)
    assert resumed.D.local.is_fitted
    torch.testing.assert_close(resumed.D.local.whitening, stopped.D.local.whitening)
    list(trainer.train_slice(resumed, data(), steps=2))
    assert same(through, resumed)


def test_without_it_nothing_is_drawn_or_reported():
    state = new_state(MODEL, TRAIN, IMAGE)
    (event,) = trainer.train_slice(state, data(), steps=1)
    assert state.D.local is None and event.d_local is None


def speckle_seen(**settings):
    """How well the local discriminator and D tell noise of a fiftieth of the range: AUC, G held still."""
    items, labels = paint("landscapes", 256, size=32)
    model = ModelConfig(
        shape=(3, 32, 32), width=32, depth=1, heads=2, patch=8, overlap=4, local_crop=12
    )
    train = replace(TRAIN, batch_size=16, lr_d=2e-3, auto_gamma=False, **settings)
    state = new_state(model, train, IMAGE)
    pictures = Dataset("painted", items, modality="image")
    local.prepare(state, pictures)
    real = IMAGE.from_items(items, model)
    speckled = real + 0.04 * torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    for _ in range(60):
        state.opt_d.param_groups[0]["lr"] = 2e-3
        pick = rng.integers(0, 200, 16)
        batch = Batch(real[pick], speckled[pick], None, None, augment.Draws(state.rng))
        trainer._step_d(state, batch, Dials(gamma=state.gamma))
    with torch.no_grad():
        whole = [judge(state, x[200:], None) for x in (real, speckled)]
        fine = [state.D.local.everywhere(x[200:, None]) for x in (real, speckled)]
    return tuple((a[:, None] > b[None]).float().mean().item() for a, b in (fine, whole))


def test_it_learns_to_see_speckle_that_d_does_not():
    seen, missed = speckle_seen()
    assert seen > 0.9, seen
    assert missed < 0.75, missed


def test_under_noise_it_does_not_see_what_is_fainter():
    seen, _ = speckle_seen(local_noise=0.4)
    assert seen < 0.75, seen


def test_noise_is_part_of_what_is_whitened():
    net, noisy = discriminator(), LocalDiscriminator(LOCAL, 1)
    noisy.fit(PLANES, 0.5)
    covariance = torch.cov(net.windows_of(PLANES).T.double()) + 0.25 * torch.eye(16)
    torch.testing.assert_close(noisy.mean, net.mean)
    white = noisy.whitening.T.double() @ covariance @ noisy.whitening.double()
    values, wanted = torch.linalg.eigvalsh(white), torch.linalg.eigvalsh(covariance).sqrt()
    torch.testing.assert_close(values / values[-1], wanted / wanted[-1], rtol=1e-3, atol=0)


def test_noise_has_its_strength_and_without_it_nothing_is_drawn():
    state = new_state(LOCAL, replace(TRAIN, local_noise=0.2), IMAGE)
    crops = torch.zeros(64, 1, 8, 8)
    begun = state.rng.get_state()
    assert local._noisy(state, crops).std().item() == pytest.approx(0.2, rel=0.05)
    state.rng.set_state(begun)
    state.train = TRAIN
    assert local._noisy(state, crops) is crops
    assert torch.equal(state.rng.get_state(), begun)


def test_in_focus_the_least_real_crops_of_each_fake_count_most():
    state = new_state(LOCAL, replace(TRAIN, local_focus=3.0, local_weight=2.0), IMAGE)
    local.prepare(state, data())
    real = IMAGE.from_items(data(8).items, LOCAL)
    fake = real.roll(1, 0).requires_grad_()
    begun = state.rng.get_state()
    found = local.loss_g(state, real, fake)
    state.rng.set_state(begun)
    net, count = state.D.local, local.CROPS_IN_FOCUS
    both = local._windows(state, net, real, fake, count)
    with torch.no_grad():
        of_real, of_fake = (net(windows).view(count, 8) for windows in both)
        shares = torch.exp(-3 * of_fake) / torch.exp(-3 * of_fake).sum(0)
        wanted = 2 * (shares * torch.nn.functional.softplus(of_real - of_fake)).sum(0).mean()
    torch.testing.assert_close(found.detach(), wanted)
    assert shares.max() > 0.2, "not all alike"
    state.train = replace(state.train, local_focus=0.0)
    state.rng.set_state(begun)
    windows = local._windows(state, net, real, fake)
    state.rng.set_state(begun)
    plain = torch.nn.functional.softplus(net(windows[0]) - net(windows[1])).mean()
    torch.testing.assert_close(local.loss_g(state, real, fake), 2 * plain)


def test_its_penalty_is_the_squared_gradient_in_its_windows_where_exact_ones_are_asked_for():
    state = new_state(LOCAL, replace(TRAIN, penalty="exact", local_gamma=3.0), IMAGE)
    local.prepare(state, data())
    real = IMAGE.from_items(data(8).items, LOCAL)
    fake = -real
    begun = state.rng.get_state()
    with_penalty, _ = local.loss_d(state, real, fake)
    state.train = replace(state.train, local_gamma=0.0)
    state.rng.set_state(begun)
    without, _ = local.loss_d(state, real, fake)
    state.rng.set_state(begun)
    share = round(local.SHARE * local.CROPS * len(real))
    part = torch.cat(
        [windows[:share] for windows in local._windows(state, state.D.local, real, fake)]
    )
    part.requires_grad_()
    (gradient,) = torch.autograd.grad(state.D.local(part).sum(), part)
    wanted = 3.0 / 2 * 2 * gradient.square().flatten(1).sum(1).mean()  # gamma / 2 (R1 + R2)
    torch.testing.assert_close(with_penalty - without, wanted, rtol=1e-4, atol=1e-7)


def test_a_model_judges_by_both():
    state = new_state(LOCAL, TRAIN, IMAGE)
    local.prepare(state, data())
    model = Model(None, "", "", LOCAL, IMAGE, state.ema, state.D, mean_w(state.ema), {})
    signal, labels = PLANES[:, 0], torch.zeros(5, dtype=torch.int64)
    with torch.no_grad():
        whole = state.D(IMAGE.to_tokens(signal, LOCAL), labels)
        torch.testing.assert_close(
            model.judge(signal, labels), whole + state.D.local.everywhere(PLANES)
        )


def test_a_start_without_one_gets_a_new_one():
    old = new_state(MODEL, TRAIN, IMAGE)
    state = new_state(LOCAL, TRAIN, IMAGE, start=(old.G, old.D))
    torch.testing.assert_close(state.D.head.weight, old.D.head.weight)
    assert state.D.local is not None and not state.D.local.is_fitted


@pytest.mark.parametrize("model", [SPEAKS, MOVES], ids=["spectrograms", "clips"])
def test_it_judges_every_kind_of_plane(model):
    tokenizer = registry.tokenizer(model.modality)
    model = replace(model, local_crop=12)
    tokenizer.check(model)
    signal = torch.rand(2, *model.shape) * 2 - 1
    planes = tokenizer.planes(signal)
    net = LocalDiscriminator(model, model.shape[0])
    net.fit(planes)
    places = net.places(planes.shape, torch.Generator().manual_seed(0))
    assert net.crops(planes, places).shape == (2, model.shape[0], 12, 12)
    assert net.everywhere(planes).shape == (2,)


@pytest.mark.parametrize("model", [VERSES, LINES], ids=["tokens", "codes"])
def test_texts_have_nothing_to_crop_or_to_blend(model):
    tokenizer = registry.tokenizer(model.modality, model.route)
    with pytest.raises(ConfigError, match="nothing to cut"):
        tokenizer.check(replace(model, local_crop=8))
    with pytest.raises(ConfigError, match="blend"):
        tokenizer.check(replace(model, patch=2, blend=1))


def test_a_crop_larger_than_the_picture_is_refused():
    with pytest.raises(ConfigError, match="at most 28"):
        IMAGE.check(replace(DIGITS, local_crop=30))


@pytest.mark.parametrize("blend", [1, 2, 4])
def test_patches_that_agree_blend_into_their_picture(blend):
    model = ModelConfig(shape=(3, 32, 32), patch=8, overlap=blend, blend=blend)
    picture = torch.rand(2, 3, 32, 32) * 2 - 1
    tokens = IMAGE.to_tokens(picture, model)
    torch.testing.assert_close(blended(tokens, (4, 4), (8, 8), blend), picture)


def test_a_patch_fades_out_within_its_neighbour():
    tokens = torch.zeros(1, 16, 144)
    tokens[0, 5] = 1.0  # the second patch of the second row
    line = blended(tokens, (4, 4), (8, 8), 2)[0, 0, 12]
    ramp = torch.tensor([0.125, 0.375, 0.625, 0.875])
    torch.testing.assert_close(line[6:10], ramp)
    torch.testing.assert_close(line[14:18], ramp.flip(0))
    assert line[10:14].eq(1).all() and line[:6].eq(0).all() and line[18:].eq(0).all()


@pytest.mark.parametrize(
    "model", [DIGITS, SPEAKS, MOVES], ids=["pictures", "spectrograms", "clips"]
)
def test_every_plane_can_be_blended(model):
    """Patches without what reaches over them are the signal as it was; one that differs reaches over."""
    tokenizer = registry.tokenizer(model.modality)
    wide = replace(model, blend=2)
    tokenizer.check(wide)
    spec = tokenizer.tokens(wide)
    tokens = torch.full((2, spec.count, spec.g_width), 0.3)
    signal = tokenizer.to_signal(tokens, wide)
    assert signal.shape == (2, *model.shape)
    torch.testing.assert_close(signal, torch.full_like(signal, 0.3).tanh())
    tokens[:, 0] = 1.0
    changed = tokenizer.to_signal(tokens, wide) != signal
    plain = tokenizer.to_signal(torch.zeros(2, spec.count, tokenizer.tokens(model).g_width), model)
    inner = torch.zeros(2, spec.count, tokenizer.tokens(model).g_width)
    inner[:, 0] = 1.0
    own = tokenizer.to_signal(inner, model) != plain
    assert (changed | own).equal(changed) and changed.sum() > own.sum()


def test_a_card_names_what_both_networks_have():
    model = Model(None, "", "", MODEL, IMAGE, None, None, None, {})
    assert _views(model) == []
    model.config = replace(MODEL, blend=1, local_crop=16)
    patches, crops = _views(model)
    assert patches == (
        "G's patches",
        "reach 1 pixel over their border and fade into their neighbours",
    )
    assert crops[1] == "crops of 16 x 16 pixels, in windows of 4 x 4, whitened by half"
    model.meta = {"train": {"local_noise": 0.1, "local_focus": 2.0}}
    noise, focus = _views(model)[2:]
    assert noise[1] == "0.1, of values from -1 to 1"
    assert focus[1] == "the least real ones count most (focus 2)"
