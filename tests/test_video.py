"""The engine on clips: tubelets, codes of motion, divided attention, windows of longer clips."""

import numpy as np
import pytest
import torch
import toys

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import latents, sampler
from tgan_demo.engine.game import augment, continuity, trainer
from tgan_demo.engine.game.state import new_state
from tgan_demo.engine.players.attention import Attention, Tap, attend
from tgan_demo.engine.players.classes import part_of
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.mapping import SplitMapping
from tgan_demo.engine.players.space_time import MotionCodes, groups, window_starts
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.modalities.video.tokens import CHANGES, SHARPNESS

VIDEO = registry.tokenizer("video")
CLIPS = np.random.default_rng(0).integers(0, 256, (48, 8, 16, 16, 3), dtype=np.uint8)


def config(**settings) -> ModelConfig:
    from dataclasses import replace

    return replace(toys.MOVES, **settings)


def generator(**settings) -> Generator:
    torch.manual_seed(0)
    model = config(**settings)
    return Generator(model, VIDEO.tokens(model)).eval()


# tokens


def test_tubelets_are_cut_and_put_together_again():
    model = config(overlap=0)
    signal = VIDEO.from_items(CLIPS[:4], model) * 0.999
    tokens = VIDEO.to_tokens(signal, model)
    inner = tokens.unflatten(2, (3, 4 + 2, 8, 8))[:, :, :, 1:-1].flatten(
        2
    )  # without the next frames
    assert torch.allclose(VIDEO.to_signal(inner.atanh(), model), signal, atol=1e-4)


def test_a_clip_comes_back_as_it_was():
    assert np.array_equal(VIDEO.to_items(VIDEO.from_items(CLIPS, toys.MOVES)), CLIPS)


def test_clips_are_known_by_their_axes():
    assert registry.tokenizer("video").has_time and not registry.tokenizer("image").has_time


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"shape": (3, 16, 16)}, "frames, height, width"),
        ({"shape": (3, 2, 16, 16)}, "4 to 64 frames"),
        ({"shape": (3, 10, 16, 16)}, "tubelet 4 does not divide 10"),
        ({"patch": 5}, "patch 5 does not divide"),
        ({"shape": (3, 64, 128, 128), "patch": 4}, "1024 tokens"),
    ],
)
def test_a_shape_that_cannot_be_cut_is_said(settings, said):
    with pytest.raises(ConfigError, match=said):
        VIDEO.check(config(**settings))


def test_settings_are_fitted_to_the_data():
    model = VIDEO.config_for(Dataset("x", CLIPS, modality="video"), ModelConfig(patch=7, tubelet=3))
    assert (model.shape, model.patch, model.tubelet) == ((3, 8, 16, 16), 8, 4) or model.tubelet == 2
    assert model.motion > 0
    VIDEO.check(model)
    with pytest.raises(ConfigError, match="cannot be cut"):
        VIDEO.config_for(Dataset("x", CLIPS[:, :, :13, :11], modality="video"), ModelConfig())


# codes of motion


def test_codes_come_round_after_the_horizon_and_not_before():
    codes = MotionCodes(config(horizon=16))
    moves_BM = torch.randn(2, 8)
    at = [codes(moves_BM, 2, torch.full((2,), start)) for start in (0, 16, 8)]
    assert torch.allclose(at[0], at[1], atol=1e-5)
    assert not torch.allclose(at[0], at[2], atol=1e-2)


def test_a_later_start_is_the_same_motion_seen_later():
    codes = MotionCodes(config())
    moves_BM = torch.randn(2, 8)
    whole, later = codes(moves_BM, 4), codes(moves_BM, 2, torch.full((2,), 8))
    assert torch.allclose(whole[:, 2:], later, atol=1e-5)


def test_content_and_motion_each_have_their_part_of_w():
    mapping = SplitMapping(toys.MOVES)
    z_BZ = torch.randn(1, 16)
    moved_BZ = torch.cat((z_BZ[:, :8], torch.randn(1, 8)), dim=1)
    one, other = (mapping(z, torch.tensor([0])) for z in (z_BZ, moved_BZ))
    assert torch.equal(one[:, :8], other[:, :8]) and not torch.equal(one[:, 8:], other[:, 8:])
    # dot / left, dot / right, bar / left: the way is the motion's, the thing the content's
    left, right, bar = (mapping(z_BZ, torch.tensor([c])) for c in (0, 1, 3))
    assert torch.equal(left[:, :8], right[:, :8]) and not torch.equal(left[:, 8:], right[:, 8:])
    assert torch.equal(left[:, 8:], bar[:, 8:]) and not torch.equal(left[:, :8], bar[:, :8])


@pytest.mark.parametrize(
    ("classes", "moving", "content", "moves"),
    [
        ((), 1, (), ()),
        (("walk", "run"), 1, (), ("walk", "run")),
        (("walk", "run"), 0, ("walk", "run"), ()),
        (("a / l / x", "a / r / x", "b / l / x"), 2, ("a", "b"), ("l / x", "r / x")),
        (("a / l", "b / l"), 5, (), ("a / l", "b / l")),
    ],
)
def test_classes_are_shared_out(classes, moving, content, moves):
    assert part_of(classes, moving, wants_motion=False)[0] == content
    assert part_of(classes, moving, wants_motion=True)[0] == moves


# divided attention


def test_every_token_is_in_one_group_of_space_and_one_of_time():
    for layer, size in ((0, 6), (1, 4)):
        groups_GI = groups((4, 2, 3), layer)
        assert groups_GI.shape[1] == size
        assert sorted(groups_GI.flatten().tolist()) == list(range(24))
    assert groups((4, 2, 3), 1)[0].tolist() == [0, 6, 12, 18]
    assert (groups((4, 2, 3), 0, leading=1)[:, 0] == 0).all()


def test_groups_see_what_a_mask_would_let_them_see():
    torch.manual_seed(0)
    layer, x_BND = Attention(32, 2), torch.randn(2, 8, 32)
    groups_GI = groups((2, 2, 2), 1)
    tap = Tap()
    found = layer(x_BND, groups_GI=groups_GI, tap=tap)
    heads = tap.self_[0]
    allowed = torch.zeros(8, 8)
    for group_I in groups_GI:
        allowed[group_I[:, None], group_I] = 1
    scores = heads.query_BHNK @ heads.key_BHMK.transpose(2, 3) / 16**0.5
    weights = scores.masked_fill(allowed == 0, float("-inf")).softmax(-1)
    assert torch.allclose(heads.weights_BHNM, weights, atol=1e-5)
    mixed = (weights @ heads.value_BHMK).transpose(1, 2).flatten(2)
    assert torch.allclose(found, layer.out(mixed), atol=1e-5)


def test_joint_attention_is_one_group_of_all():
    q, k, v = torch.randn(3, 1, 2, 8, 16)
    from tgan_demo.engine.players.attention import attend_in_groups

    all_together = attend_in_groups(q, k, v, torch.arange(8)[None], True)
    for one, other in zip(all_together, attend(q, k, v), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary"])
def test_divided_networks_give_whole_maps(positions):
    model = config(attention="factorised", positions=positions)
    spec = VIDEO.tokens(model)
    G, D = Generator(model, spec), Discriminator(model, spec)
    tap_g, tap_d = Tap(), Tap()
    tokens = G(torch.randn(2, 16), torch.tensor([0, 1]), tap=tap_g)
    D(VIDEO.to_tokens(VIDEO.to_signal(tokens, model), model), torch.tensor([0, 1]), tap=tap_d)
    for tap, n in ((tap_g, 8), (tap_d, 9)):
        for heads in tap.self_:
            assert heads.weights_BHNM.shape[2:] == (n, n)
            assert torch.allclose(heads.weights_BHNM.sum(-1), torch.ones(1), atol=1e-5)
    inner = tap_g.self_[1].weights_BHNM[0, 0]
    assert inner[0, 1] == 0 and inner[0, 4] > 0  # along time: the other step, not the neighbour


# windows of longer clips


def test_every_second_window_begins_at_zero():
    rng = torch.Generator().manual_seed(0)
    starts_B = window_starts(config(horizon=64), 400, rng)
    assert (starts_B[::2] == 0).all()
    assert set(starts_B[1::2].tolist()) == set(range(0, 57, 4))
    assert window_starts(config(horizon=8), 4, rng) is None


def test_a_clip_of_no_class_is_judged_by_its_looks_alone():
    D = Discriminator(toys.MOVES, VIDEO.tokens(toys.MOVES))
    tokens = torch.randn(3, 8, VIDEO.tokens(toys.MOVES).d_width)
    assert torch.allclose(D(tokens, torch.tensor([-1, -1, 2]))[:2], D(tokens)[:2])
    assert not torch.allclose(D(tokens, torch.tensor([0, 0, 2])), D(tokens))


def test_the_encoder_hears_how_a_clip_was_asked_to_move():
    spec = VIDEO.tokens(toys.MOVES)
    reader = VaeEncoder(toys.MOVES, spec)
    tokens = VIDEO.to_tokens(VIDEO.from_items(CLIPS[:1], toys.MOVES), toys.MOVES)
    deaf = reader(tokens)
    assert torch.equal(
        reader(tokens, torch.tensor([0]))[0], deaf[0]
    )  # at first it makes nothing of it
    torch.nn.init.normal_(reader.class_style)
    left, right, bar = (reader(tokens, torch.tensor([c]))[0] for c in (0, 1, 3))
    assert not torch.allclose(left, right) and torch.equal(left, bar)  # dot or bar is not told
    still = config(motion=0)
    assert VaeEncoder(still, VIDEO.tokens(still)).class_style is None


def test_what_changes_counts_more_than_what_stays():
    still = torch.zeros(1, 3, 8, 16, 16)
    zero = torch.zeros(1, 8, 3 * 4 * 64)
    everywhere, flicker = still + 0.1, still + 0.1 * (-1.0) ** torch.arange(8).view(-1, 1, 1)
    steady, restless = (
        float(VIDEO.reconstruction_loss(zero, x, toys.MOVES)) for x in (everywhere, flicker)
    )
    assert abs(steady - SHARPNESS * 0.01) < 1e-6
    assert abs(restless - SHARPNESS * (0.01 + CHANGES * 0.04)) < 1e-6


def test_windows_learn_to_agree():
    train = TrainConfig(images=10_000, batch_size=8, warm_start=10_000, continuity=50.0, lr_g=3e-3)
    state = new_state(config(horizon=32), train, VIDEO)
    with torch.no_grad():
        before = float(continuity.loss(state, None))
    list(trainer.train_slice(state, Dataset("x", CLIPS, modality="video"), steps=40))
    with torch.no_grad():
        after = np.mean([float(continuity.loss(state, None)) for _ in range(4)])
    assert after < before / 3


def test_longer_clips_begin_as_short_ones_do():
    model = _model()
    short, _ = sampler.draw(model, SampleConfig(count=3))
    long, _ = sampler.draw(model, SampleConfig(count=3, frames=20))
    assert long.shape == (3, 20, 16, 16, 3)
    assert np.array_equal(long[:, :8], short)
    assert sampler.draw(model, SampleConfig(count=3, frames=5))[0].shape[1] == 5


def test_a_film_of_one_latent_is_its_clip():
    model = _model()
    w_1W = latents.map_to_w(model, torch.randn(1, 16), torch.tensor([0]), 1.0)
    film = sampler.play(model, w_1W.expand(20, -1))
    clip = sampler.synthesise(model, w_1W, frames=16)[0]
    assert np.array_equal(film[:16], clip) and np.array_equal(film[16:], clip[:4])


# augmentation


@pytest.mark.parametrize("name", ["flip", "colour", "translation", "cutout"])
def test_all_frames_of_a_clip_get_one_draw(name):
    frame = torch.randn(6, 3, 1, 16, 16)
    still = frame.expand(-1, -1, 8, -1, -1)
    out = augment.apply((name,), still, 1.0, torch.Generator().manual_seed(1))
    assert torch.allclose(out, out[:, :, :1].expand_as(out), atol=1e-6)
    assert not torch.allclose(out, still)


def test_a_view_shows_a_frame_or_a_few():
    signal = torch.ones(400, 3, 8, 4, 4)
    out = augment.apply(("views",), signal, 0.8, torch.Generator().manual_seed(1))
    shown_B = out[:, 0, :, 0, 0].sum(1)
    shares = [(shown_B == kept).float().mean().item() for kept in (1, augment.SPARSE, 8)]
    assert np.allclose(shares, (0.4, 0.4, 0.2), atol=0.08)
    picture = torch.ones(2, 3, 8, 8)
    assert torch.equal(augment.apply(("views",), picture, 1.0, torch.Generator()), picture)


def _model():
    from tgan_demo.engine.draw.model import Model, mean_w

    G = generator()
    D = Discriminator(toys.MOVES, G.spec)
    return Model(None, "x", "x", toys.MOVES, VIDEO, G, D, mean_w(G), {})
