"""The contract of every medium in the registry, and what a seed promises."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
import toys

from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.contract import Dataset, Tokenizer
from tgan_demo.engine.draw import latents, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.modalities import registry
from tgan_demo.modalities.video import tokens as video
from tgan_demo.models.folder import load_model
from tgan_demo.runs.scores import NAMES

# What a medium is tried on: settings that it can cut, stored items that fit them, ones that do not.
# A new medium adds its line here.
SAMPLES = {
    "image": (
        (
            ModelConfig(shape=(1, 28, 28), patch=7, overlap=3),
            ModelConfig(shape=(3, 32, 32), patch=4, overlap=2),
            ModelConfig(shape=(3, 8, 24), patch=4, overlap=0),  # not square, no overlap
        ),
        (
            ModelConfig(shape=(1, 28, 28), patch=5),
            ModelConfig(shape=(2, 32, 32)),
            ModelConfig(shape=(32, 32)),
            ModelConfig(shape=(1, 1024, 1024)),
        ),
    ),
    "text": (
        (
            ModelConfig(modality="text", shape=(2, 6, 64), patch=1, overlap=1),
            ModelConfig(modality="text", shape=(1, 12, 64), patch=1, overlap=0),
        ),
        (
            ModelConfig(modality="text", shape=(12, 64)),
            ModelConfig(modality="text", shape=(2, 6, 32)),
            ModelConfig(modality="text", shape=(1, 1, 64)),
            ModelConfig(modality="text", shape=(32, 32, 64)),
        ),
    ),
    "audio": (
        (
            ModelConfig(modality="audio", shape=(1, 64, 128), patch=8, overlap=2),
            ModelConfig(modality="audio", shape=(1, 64, 128), patch=2, overlap=0),
        ),
        (
            ModelConfig(modality="audio", shape=(1, 64, 64), patch=8),
            ModelConfig(modality="audio", shape=(1, 64, 128), patch=4 + 1),
            ModelConfig(modality="audio", shape=(64, 128), patch=8),
        ),
    ),
    "video": (
        (
            ModelConfig(modality="video", shape=(3, 8, 16, 16), patch=8, overlap=1, motion=8),
            ModelConfig(modality="video", shape=(1, 6, 8, 24), patch=4, overlap=0, tubelet=2),
        ),
        (
            ModelConfig(modality="video", shape=(3, 8, 16, 16), patch=5),
            ModelConfig(modality="video", shape=(3, 9, 16, 16), patch=8),
            ModelConfig(modality="video", shape=(2, 8, 16, 16), patch=8),
            ModelConfig(modality="video", shape=(3, 16, 16), patch=8),
            ModelConfig(modality="video", shape=(3, 64, 128, 128), patch=8),
        ),
    ),
    "points": (
        (ModelConfig(modality="points", shape=(2,), patch=1, overlap=0),),
        (
            ModelConfig(modality="points", shape=(3,), patch=1, overlap=0),
            ModelConfig(modality="points", shape=(2, 2), patch=1, overlap=0),
            ModelConfig(modality="points", shape=(2,), patch=2, blend=1),
        ),
    ),
}
PLACES = np.array([[1, 0], [0.1, -0.7], [40.5, 3e-3]], np.float32)  # points
TEXTS = np.array([*("abcdefghijkl" for _ in range(9)), "lkj", "", "a" * 12])
CASES = [(name, config) for name in registry.names() for config in SAMPLES[name][0]]
BAD = [(name, config) for name in registry.names() for config in SAMPLES[name][1]]
each_case = pytest.mark.parametrize(
    ("name", "config"),
    CASES,
    ids=lambda v: v if isinstance(v, str) else "x".join(map(str, v.shape)),
)

each_picture = pytest.mark.parametrize(
    ("name", "config"), [case for case in CASES if case[0] in ("image", "video")], ids=str
)


def medium(name: str) -> Tokenizer:
    """Ready for `items_of`, as a model's own is."""
    data = {"text": TEXTS, "audio": toys.TONES, "points": PLACES}.get(name, np.zeros(0))
    return registry.tokenizer(name).fit(Dataset("x", data, modality=name))


def items_of(config: ModelConfig, count: int = 3) -> np.ndarray:
    """Stored items: pictures and clips with every byte value in them (channels last), texts, sounds, points."""
    if config.modality == "text":
        return TEXTS[-count:]
    if config.modality == "audio":
        return toys.TONES[:count]
    if config.modality == "points":
        return PLACES[:count]
    shape = (count, *config.shape[1:], config.shape[0])
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("name", registry.names())
def test_a_medium_is_loaded_by_its_name(name: str) -> None:
    assert registry.tokenizer(name).name == name


@each_case
def test_what_a_run_is_scored_by_is_finite_and_has_words(name: str, config: ModelConfig) -> None:
    known = tomllib.loads(
        (files("tgan_demo.ui") / "words" / "train_scores.toml").read_text("utf-8")
    )
    live = registry.get(name).measure.live(items_of(config))
    assert all(np.isfinite(value) for value in live.values())
    for score in (*NAMES, *live):
        assert {"en", "zh", "info"} <= set(known["train"]["score"][score])


def test_an_unknown_medium_is_named_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match=registry.names()[0]):
        registry.tokenizer("smell")


@each_case
def test_tokens_of_g_become_a_signal(name: str, config: ModelConfig) -> None:
    tokenizer = medium(name)
    tokenizer.check(config)
    spec = tokenizer.tokens(config)
    assert spec.count == np.prod(spec.grid)
    signal = tokenizer.to_signal(3 * torch.randn(2, spec.count, spec.g_width), config)
    assert signal.shape == (2, *config.shape) and signal.dtype == torch.float32
    if name != "points":  # a plane has no end
        assert signal.abs().max() <= 8  # pictures end at 1, a token's vector has length 8
    half = tokenizer.to_signal(torch.randn(2, spec.count, spec.g_width).bfloat16(), config)
    assert half.dtype == torch.float32


@each_case
def test_a_signal_becomes_tokens_of_d(name: str, config: ModelConfig) -> None:
    tokenizer = registry.tokenizer(name)
    spec = tokenizer.tokens(config)
    signal = torch.randn(2, *config.shape, requires_grad=True)
    tokens_BND = tokenizer.to_tokens(signal, config)
    assert tokens_BND.shape == (2, spec.count, spec.d_width)
    tokens_BND.sum().backward()  # penalties need the way back; every value is seen by some token
    assert signal.grad is not None
    is_bent = name in ("text", "points")  # D's tokens are no plain copies of the signal
    assert (signal.grad != 0).all() if is_bent else (signal.grad >= 1).all()


@each_picture
def test_without_overlap_both_cuts_are_the_same(
    name: str, config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "TIME_OVERLAP", 0)
    tokenizer, plain = registry.tokenizer(name), replace(config, overlap=0)
    spec = tokenizer.tokens(plain)
    tokens_BND = torch.randn(2, spec.count, spec.g_width)
    back = tokenizer.to_tokens(tokenizer.to_signal(tokens_BND, plain), plain)
    torch.testing.assert_close(back, tokens_BND.tanh())


@each_case
def test_items_survive_the_signal(name: str, config: ModelConfig) -> None:
    tokenizer, items = medium(name), items_of(config)
    signal = tokenizer.from_items(items, config)
    assert signal.shape == (3, *config.shape) and signal.dtype == torch.float32
    back = tokenizer.to_items(signal)
    if name == "audio":  # a spectrogram has no phase: what comes back is as loud, band by band
        assert back.shape == items.shape and back.dtype == items.dtype
        assert (tokenizer.from_items(back, config) - signal).abs().mean() < 0.05
        return
    if name == "points":  # to the last bits of the largest
        np.testing.assert_allclose(back, items, atol=1e-5)
        return
    np.testing.assert_array_equal(back, items)


@each_case
def test_what_was_learned_of_the_data_survives_a_file(name: str, config: ModelConfig) -> None:
    tokenizer, items = medium(name), items_of(config)
    again = registry.tokenizer(name).restore(tokenizer.tensors())
    signal = tokenizer.from_items(items, config)
    torch.testing.assert_close(again.from_items(items, config), signal)


@each_case
def test_the_same_dice_fall_the_same_way(name: str, config: ModelConfig) -> None:
    tokenizer = medium(name)
    spec = tokenizer.tokens(config)
    tokens_BND = 0.1 * torch.randn(6, spec.count, spec.g_width)
    first, again, alone = (
        tokenizer.to_signal(tokens_BND[part], config, noise_seed_B=torch.arange(6)[part])
        for part in (slice(0, 6), slice(0, 6), slice(4, 5))
    )
    torch.testing.assert_close(again, first)
    torch.testing.assert_close(alone, first[4:5])


@each_picture
def test_bytes_survive_the_signal(name: str, config: ModelConfig) -> None:
    tokenizer, items = registry.tokenizer(name), items_of(config)
    items.reshape(-1)[:256] = np.arange(256)  # each value at least once
    signal = tokenizer.from_items(items, config)
    assert signal.min() == -1 and signal.max() == 1
    back = tokenizer.to_items(signal)
    assert back.dtype == np.uint8 and back.flags.c_contiguous
    np.testing.assert_array_equal(back, items)
    wild = tokenizer.to_items(signal * 5)
    assert wild.min() == 0 and wild.max() == 255  # clamped, not wrapped around


@each_case
def test_places_tile_the_medium(name: str, config: ModelConfig) -> None:
    tokenizer = registry.tokenizer(name)
    *steps, rows, columns = tokenizer.tokens(config).grid  # a clip's steps lie over one another
    boxes = [tokenizer.place(i, config) for i in range(rows * columns)]
    assert not steps or tokenizer.place(rows * columns + 1, config) == boxes[1]
    area = sum((b.right - b.left) * (b.bottom - b.top) for b in boxes)
    assert area == pytest.approx(1)
    for box in boxes:
        assert 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1
        middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        inside = [b for b in boxes if b.left < middle[0] < b.right and b.top < middle[1] < b.bottom]
        assert inside == [box]


def test_a_token_lies_where_its_pixels_are() -> None:
    config = ModelConfig(shape=(1, 8, 24), patch=4, overlap=0)
    tokenizer = registry.tokenizer("image")
    for token in range(12):
        tokens_BND = torch.full((1, 12, 16), -9.0)
        tokens_BND[0, token] = 9
        picture = tokenizer.to_items(tokenizer.to_signal(tokens_BND, config))[0, ..., 0]
        rows, columns = np.nonzero(picture > 128)
        box = tokenizer.place(token, config)
        assert (rows.min(), rows.max() + 1) == (box.top * 8, box.bottom * 8)
        assert (columns.min(), columns.max() + 1) == (
            pytest.approx(box.left * 24),
            pytest.approx(box.right * 24),
        )


@each_case
def test_settings_are_made_to_fit_the_data(name: str, config: ModelConfig) -> None:
    tokenizer, items = medium(name), items_of(config)
    labelled = Dataset("x", items, np.arange(3), ("a", "b", "c"), modality=name)
    fitted = tokenizer.config_for(labelled, ModelConfig(width=64, depth=2))
    assert (name == "text" or fitted.shape == config.shape) and fitted.classes == ("a", "b", "c")
    assert (fitted.width, fitted.depth, fitted.modality) == (64, 2, name)
    tokenizer.check(fitted)
    assert tokenizer.config_for(Dataset("x", items, modality=name), fitted).classes == ()


@pytest.mark.parametrize(("name", "config"), BAD, ids=str)
def test_what_cannot_be_cut_is_refused(name: str, config: ModelConfig) -> None:
    with pytest.raises(ConfigError):
        registry.tokenizer(name).check(config)


def test_pictures_that_no_patch_divides_are_refused_in_words() -> None:
    odd = Dataset("x", np.zeros((2, 29, 31, 1), np.uint8), modality="image")
    with pytest.raises(ConfigError, match="resize"):
        registry.tokenizer("image").config_for(odd, ModelConfig())


# --- what a seed promises


@pytest.fixture(scope="module", params=["digits", "avatars"])
def model(request: pytest.FixtureRequest, toy_weights: Path) -> Model:
    return load_model(toy_weights / "image" / request.param)


def draw(model: Model, **settings: object) -> np.ndarray:
    return sampler.draw(model, SampleConfig(**settings))[0]


def test_a_seed_and_a_model_give_the_same_bytes(model: Model) -> None:
    first = draw(model, seed=5, count=4)
    torch.randn(3)  # no draw hangs on the global stream
    again = load_model(model.folder)
    assert draw(again, seed=5, count=4).tobytes() == first.tobytes()
    assert len({item.tobytes() for item in first}) == 4


def test_the_picture_of_a_seed_does_not_depend_on_its_neighbours(model: Model) -> None:
    many = draw(model, seed=10, count=70)  # more than one chunk
    assert sampler.CHUNK < 70
    for place in (0, 7, 63, 64, 69):
        alone = draw(model, seed=10 + place, count=1)[0]
        np.testing.assert_array_equal(alone, many[place])


def test_samples_are_float32_whatever_the_run_trained_in(model: Model) -> None:
    weights = [*model.G.parameters(), *model.D.parameters(), model.w_mean]
    assert {w.dtype for w in weights} == {torch.float32}
    assert not any(w.requires_grad for w in weights)
    z_BZ, labels_B = latents.draw_z(model, SampleConfig(seed=1, count=2))
    w_BW = latents.map_to_w(model, z_BZ, labels_B, 0.7)
    assert z_BZ.dtype == w_BW.dtype == model.G.synthesise(w_BW).dtype == torch.float32


def test_psi_zero_is_the_mean_and_one_changes_nothing(model: Model) -> None:
    label = 3 if model.config.classes else None
    mean = draw(model, seed=0, count=5, psi=0.0, label=label)
    assert (mean == mean[0]).all()
    w_BW = model.w_mean[[3]] if model.config.classes else model.w_mean[:1]
    np.testing.assert_array_equal(mean[:1], sampler.synthesise(model, w_BW))
    z_BZ, labels_B = latents.draw_z(model, SampleConfig(seed=0, count=2, label=label))
    torch.testing.assert_close(
        latents.map_to_w(model, z_BZ, labels_B, 1.0), model.G.mapping(z_BZ, labels_B)
    )


def test_variation_goes_from_one_seed_to_the_other(model: Model) -> None:
    label = 1 if model.config.classes else None
    start, end = (
        draw(model, seed=3, count=1, label=label),
        draw(model, seed=8, count=1, label=label),
    )
    none = draw(model, seed=3, count=1, variation=0.0, variation_seed=8, label=label)
    whole = draw(model, seed=3, count=1, variation=1.0, variation_seed=8, label=label)
    half = draw(model, seed=3, count=1, variation=0.5, variation_seed=8, label=label)
    np.testing.assert_array_equal(none, start)
    assert np.abs(whole.astype(int) - end).max() <= 1
    assert (half != start).any() and (half != end).any()


def test_a_class_is_kept_or_each_seed_has_its_own(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image" / "digits")
    _, own = sampler.draw(model, SampleConfig(seed=0, count=400))
    assert own is not None and np.bincount(own, minlength=10).min() >= 20  # uniform: 40 each
    _, later = sampler.draw(model, SampleConfig(seed=300, count=100))
    np.testing.assert_array_equal(later, own[300:])
    _, fixed = sampler.draw(model, SampleConfig(seed=0, count=5, label=7))
    assert fixed is not None and fixed.tolist() == [7] * 5


def test_modalities_keep_the_protocol() -> None:
    wanted = [n for n in vars(Tokenizer) if not n.startswith("_") and callable(vars(Tokenizer)[n])]
    for name in registry.names():
        assert all(callable(getattr(registry.tokenizer(name), method)) for method in wanted)
