"""Power in bands of spatial frequency, fine detail, D's blindness and blocks, against closed forms."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import toys

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure import bands, blindness, manifold, task
from tgan_demo.measure.task import Samples
from tgan_demo.modalities import registry
from tgan_demo.models import evaluation
from tgan_demo.models.folder import load_model

INSIDE = (0.04, 0.1, 0.2, 0.4, 0.46)  # a frequency of each band, whole waves in 100 pixels
# toy models with a picture-like signal
TOYS = {"image": toys.DIGITS, "audio": toys.SPEAKS, "video": toys.MOVES}


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def wave(frequency: float, size: int = 100) -> torch.Tensor:
    """A sinusoid of amplitude 1 along a picture's width, (1, 1, size, size)."""
    row = torch.sin(2 * torch.pi * frequency * torch.arange(size).double())
    return row.expand(1, 1, size, size)


# --- power


def test_white_noise_has_its_variance_in_every_band() -> None:
    found = bands.powers([3 * noise(40, 1, 64, 64), 3 * noise(40, 1, 64, 64, seed=1)])
    np.testing.assert_allclose(found, 9, rtol=0.04)


@pytest.mark.parametrize(("band", "frequency"), list(enumerate(INSIDE)))
def test_a_sinusoid_falls_into_its_band(band: int, frequency: float) -> None:
    found = bands.powers([wave(frequency)])
    assert found.argmax() == band and np.delete(found, band).max() < 1e-9 * found[band]
    turned = bands.powers([wave(frequency).transpose(-1, -2)])
    np.testing.assert_allclose(turned, found, atol=1e-9)
    # all of its power lies there: half of the amplitude's square for each pixel
    at_HW = bands.frequencies(100, 100)
    low, high = bands.BANDS[band]
    places = int(((low <= at_HW) & (at_HW < high)).sum())
    assert found[band] * places / 100**2 == pytest.approx(0.5)


def test_half_the_amplitude_is_a_quarter_of_the_power_and_a_mean_is_none() -> None:
    whole = noise(10, 1, 32, 32).double()
    np.testing.assert_allclose(bands.powers([whole / 2 + 5]), bands.powers([whole]) / 4)


def test_a_band_that_the_size_does_not_have_says_nothing() -> None:
    assert np.isnan(bands.powers([noise(2, 1, 8, 8)])).tolist() == [True, *[False] * 4]
    assert not np.isnan(bands.powers([noise(2, 1, 28, 28)])).any()  # the lowest is 1 / 28


def test_frames_are_pictures_and_colours_their_luma() -> None:
    clips = noise(2, 3, 5, 16, 16)
    frames = clips.transpose(1, 2).flatten(end_dim=1)
    np.testing.assert_allclose(bands.powers([clips]), bands.powers([frames]), rtol=1e-5)
    red = torch.zeros(1, 3, 4, 4)
    red[:, 0] = 1
    torch.testing.assert_close(bands.grey(red), torch.full((1, 4, 4), 0.299))
    torch.testing.assert_close(bands.grey(noise(2, 1, 4, 4)), noise(2, 1, 4, 4)[:, 0])


# --- fine detail


def test_fine_detail_is_the_top_two_bands_and_nothing_else() -> None:
    for frequency in INSIDE[:3]:
        assert bands.fine_detail(wave(frequency)).abs().max() < 1e-9
    for frequency in INSIDE[3:]:
        torch.testing.assert_close(bands.fine_detail(wave(frequency)), wave(frequency))
    clips = noise(2, 3, 4, 32, 32)
    detail = bands.fine_detail(clips)
    torch.testing.assert_close(detail[1, 2, 3], bands.fine_detail(clips[1, 2, 3]))
    found, before = bands.powers([detail]), bands.powers([clips])
    np.testing.assert_allclose(found[3:], before[3:], rtol=1e-4)
    assert found[:3].max() < 1e-9


# --- D's blindness


def test_auc_counts_pairs_and_ties_half() -> None:
    assert blindness.auc(np.array([2.0, 3]), np.array([0.0, 1])) == 1
    assert blindness.auc(np.array([0.0, 1]), np.array([2.0, 3])) == 0
    assert blindness.auc(np.ones(5), np.ones(7)) == 0.5
    over, under = noise(60).numpy().round(1), noise(40, seed=1).numpy().round(1)
    pairs = [(a > b) + 0.5 * (a == b) for a in over for b in under]
    assert blindness.auc(over, under) == pytest.approx(np.mean(pairs))


def test_partners_are_of_the_same_class_and_take_turns() -> None:
    own, others = np.array([0, 1, 0, 0, 2]), np.array([1, 0, 0])
    assert blindness.pairs(own, others).tolist() == [[0, 1], [2, 2], [3, 1], [1, 0]]
    assert blindness.pairs(own, np.array([7])).shape == (0, 2)


@pytest.mark.parametrize("classes", [(), ("a", "b")])
def test_blindness_is_the_auc_of_a_discriminator(classes: tuple[str, ...]) -> None:
    known, told = np.arange(20) % 2, []

    def of(signal: torch.Tensor, labels: np.ndarray | None = known) -> Samples:
        return Samples(signal.expand(20, 1, 100, 100).numpy(), labels, lambda items: items)

    def asked(weight: float, samples: Samples) -> dict[str, float]:
        """Of a D whose logit is `weight` times the power of fine detail."""

        def judge(signal: torch.Tensor, labels_B: torch.Tensor | None) -> torch.Tensor:
            told.append(labels_B)
            return weight * bands.fine_detail(signal).square().mean(dim=(1, 2, 3))

        config = SimpleNamespace(classes=classes)
        evaluated = SimpleNamespace(
            model=SimpleNamespace(judge=judge, config=config),
            held_out=of(0.3 * wave(0.2)),
            signal=lambda samples, rows: torch.from_numpy(samples.items[rows]),
        )
        return blindness.blindness(evaluated, samples)

    rough = 0.3 * wave(0.1) + 0.2 * wave(0.46)
    assert asked(-1, of(rough)) == {"detail_auc": 1}  # it likes them smooth
    assert asked(1, of(rough)) == {"detail_auc": 0}
    assert asked(0, of(rough)) == {"detail_auc": 0.5}  # it sees nothing
    assert told and all((labels_B is None) == (not classes) for labels_B in told)
    assert bool(asked(-1, of(rough, None))) == (not classes)


# --- blocks


def test_steps_on_the_grid_of_patches_are_blocks() -> None:
    plain = np.random.default_rng(0).integers(0, 256, (50, 16, 24, 3), dtype=np.uint8)
    assert manifold.border_ratio(plain, 4) == pytest.approx(1, abs=0.02)
    down = np.arange(16, dtype=np.uint8)[:, None]
    slope, blocks = (np.broadcast_to(x, (1, 16, 16, 1)) for x in (down, down + down // 4 * 3))
    assert manifold.border_ratio(slope, 4) == pytest.approx(1)
    assert manifold.border_ratio(blocks, 4) == pytest.approx(4)  # a step of 4 across, of 1 inside


# --- a report


def toy(folder: Path, modality: str, patch: pytest.MonkeyPatch) -> Model:
    toys.quick_phases(patch)
    toys.make_model(folder, TOYS[modality])
    return load_model(folder)


def data_of(model: Model, seed: int) -> Dataset:
    """24 real items and their classes."""
    config, rng = model.config, np.random.default_rng(seed)
    labels = np.arange(24) % len(config.classes)
    items = toys.TONES[rng.permutation(24)]
    if config.modality != "audio":
        shape = (24, *config.shape[1:], config.shape[0])
        items = rng.integers(0, 256, shape, dtype=np.uint8)
    return Dataset("real", items, labels, config.classes, modality=config.modality)


@pytest.mark.parametrize("modality", TOYS)
def test_a_model_with_a_picture_like_signal_gets_both(
    modality: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = toy(tmp_path, modality, monkeypatch)
    train, test = (data_of(model, seed) for seed in (0, 1))
    found = evaluation.evaluate(tmp_path, train=train, test=test, n=24)
    rows = found["scores"]["bands"]
    assert set(rows) >= {"power_05", "power_15", "power_30", "power_45"}
    assert all(row["n"] == 24 and row["better"] == "near 1" for row in rows.values())
    assert all(0.5 < row["real"] < 2 for row in rows.values()), "real against real is about 1"
    row = found["scores"]["discriminator"]["detail_auc"]
    assert 0 <= row["value"] <= 1 and 0 <= row["real"] <= 1 and row["ratio"] is None
    assert set(found["spaces"]) >= {"bands", "discriminator"}
    without = evaluation.evaluate(tmp_path, n=24)
    missing = {row["score"] for row in without["missing"]}
    assert {"bands.power_02", "discriminator.detail_auc"} <= missing


@pytest.mark.parametrize("modality", TOYS)
def test_what_is_looked_at_is_what_g_makes(
    modality: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = toy(tmp_path, modality, monkeypatch)
    real = data_of(model, 0)
    asked = task.Task(model, real, real, n=70, seed=5)  # 24 of them
    found = torch.cat(list(asked.signals(asked.made)))
    wanted, labels_B = sampler.signals(model, SampleConfig(seed=5, count=24))
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=0)
    assert labels_B is not None
    np.testing.assert_array_equal(asked.made.labels, labels_B)
    read = torch.cat(list(asked.signals(asked.held_out)))
    torch.testing.assert_close(read, model.tokenizer.from_items(asked.held_out.items, model.config))


def test_modalities_whose_signal_is_no_picture_have_neither() -> None:
    for name in set(registry.names()) - set(TOYS):
        spaces = {one.space for one in getattr(registry.get(name).measure, "measures", ())}
        assert not spaces & {bands.SPACE, blindness.SPACE}
