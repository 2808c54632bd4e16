"""Refinement of w: exact where G is linear, at once where an encoder knows it, never worse, of everything."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import latents, refinement, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.refinement import refine
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.models.folder import load_model

W, NUMBERS, PLACES = 6, 20, 3
TOYS = ["image/avatars", "image/digits", "text/verses", "text/lines", "audio/digits", "video/moves"]


class Plain:
    """A signal is its own tokens and items."""

    encodes = False

    def from_items(self, items: np.ndarray, config: object) -> Tensor:
        return torch.from_numpy(items)

    def to_signal(self, tokens_BND: Tensor, config: object) -> Tensor:
        return tokens_BND

    def to_tokens(self, signal: Tensor, config: object) -> Tensor:
        return signal

    def squared_error(self, signal: Tensor, wanted: Tensor) -> Tensor:
        return (signal - wanted).square().flatten(1).mean(dim=1)


class Linear:
    """G(w) = w A; with a w for each place, the mean over places of w A of that place."""

    entries = PLACES

    def __init__(self) -> None:
        draw = torch.Generator().manual_seed(0)
        self.A_LWD = torch.randn(PLACES, W, NUMBERS, generator=draw)

    def mapping(self, z_BZ: Tensor, labels_B: Tensor | None) -> Tensor:
        return z_BZ

    def synthesise(self, w: Tensor) -> Tensor:
        w_BLW = w if w.ndim == 3 else w[:, None].expand(-1, PLACES, -1)
        return torch.einsum("blw,lwd->bd", w_BLW, self.A_LWD / PLACES)


def linear(**besides: object) -> Model:
    config = SimpleNamespace(classes=(), z_dim=W)
    parts = {"G": Linear(), "tokenizer": Plain(), "config": config, "w_mean": torch.zeros(1, W)}
    return cast(Model, SimpleNamespace(**(parts | {"encoder": None} | besides)))


def asked(count: int = 3) -> tuple[Tensor, np.ndarray]:
    w_BW = torch.randn(count, W, generator=torch.Generator().manual_seed(1))
    return w_BW, Linear().synthesise(w_BW).numpy()


@pytest.fixture(params=[*TOYS, "ring/circle"])
def model(request: pytest.FixtureRequest) -> Model:
    root = request.getfixturevalue(
        "ring_weights" if request.param.startswith("ring") else "toy_weights"
    )
    return load_model(root / request.param)


def test_of_a_linear_G_the_w_is_found_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    true_BW, items = asked()
    pulled = list(refine(linear(), items, seconds=None, steps=300))[-1]
    assert max(pulled.error_B) < 0.01  # beside the variance of an item, 1 or more
    monkeypatch.setattr(refinement, "PULL", 0.0)
    found = list(refine(linear(), items, seconds=None, steps=300))[-1]
    torch.testing.assert_close(found.w, true_BW, atol=1e-3, rtol=0)
    assert max(found.error_B) < 1e-6


def test_what_a_linear_G_cannot_make_is_projected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refinement, "PULL", 0.0)
    wanted = np.random.default_rng(0).normal(size=(2, NUMBERS)).astype(np.float32)
    A_WD = Linear().A_LWD.mean(dim=0)
    nearest = torch.linalg.lstsq(A_WD.T, torch.from_numpy(wanted).T).solution.T
    *_, last = refine(linear(), wanted, seconds=None, steps=300)
    torch.testing.assert_close(last.w, nearest, atol=1e-3, rtol=0)


def test_an_encoder_answers_in_one_pass() -> None:
    true_BW, items = asked()

    class Knows(torch.nn.Module):
        class_style = None

        def forward(self, tokens_BND: Tensor, labels_B: Tensor | None) -> tuple[Tensor, Tensor]:
            # (1, 1, D): of one item, as one token
            w_BW = torch.linalg.lstsq(
                Linear().A_LWD.mean(dim=0).T, tokens_BND.flatten(1).T
            ).solution.T
            return w_BW, torch.zeros_like(w_BW)

    (only,) = refine(linear(encoder=Knows()), items, seconds=None, steps=0)
    assert only.step == 0 and only.share == 1
    torch.testing.assert_close(only.w, true_BW, atol=1e-4, rtol=0)


def test_a_w_for_each_place_reaches_what_one_cannot() -> None:
    draw = torch.Generator().manual_seed(2)
    items = Linear().synthesise(torch.randn(3, PLACES, W, generator=draw)).numpy()
    *_, shared = refine(linear(), items, seconds=None, steps=200)
    *_, apart = refine(linear(), items, seconds=None, steps=200, per_block=True)
    assert apart.w.shape == (3, PLACES, W)
    for one, own in zip(shared.error_B, apart.error_B, strict=True):
        assert own < 0.2 * one


def test_they_stay_together_where_that_costs_nothing() -> None:
    true_BW, items = asked()
    *_, apart = refine(linear(), items, seconds=None, steps=300, per_block=True)
    far = (apart.w - apart.w.mean(dim=1, keepdim=True)).norm(dim=2)
    assert float(far.max()) < 0.1 * float(true_BW.norm(dim=1).mean())


def test_every_modality_comes_nearer(model: Model) -> None:
    z_BZ, labels_B = latents.draw_z(model, SampleConfig(seed=7000, count=2))
    items = sampler.synthesise(
        model, latents.map_to_w(model, z_BZ, labels_B, 1.0), [0, 0], temperature=0
    )
    for per_block in (False, True):
        seen = list(refine(model, items, labels_B, seconds=None, steps=25, per_block=per_block))
        assert [p.step for p in seen] == sorted(p.step for p in seen) and seen[-1].step == 25
        assert all(p.share < 1 for p in seen[:-1]) and seen[-1].share == 1
        for errors in zip(*[p.error_B for p in seen], strict=True):  # of one item
            assert list(errors) == sorted(errors, reverse=True) and errors[-1] < errors[0]
        w = seen[-1].w
        assert w.dtype == torch.float32 and not w.requires_grad
        assert w.shape[1:-1] == ((model.G.entries,) if per_block else ())
        with torch.no_grad():
            signal = model.tokenizer.from_items(items, model.config)
            again = refinement.errors(model, model.G.synthesise(w), signal)
        torch.testing.assert_close(again, torch.tensor(seen[-1].error_B))


def test_the_error_of_pictures_is_that_of_pixels(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/avatars")
    items = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    *_, last = refine(model, items, seconds=None, steps=2)
    shown = sampler.synthesise(model, last.w).astype(float) / 255
    squared = np.square(shown - items / 255).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(last.error_B, squared, rtol=0.02)


def test_a_seed_finds_the_same_and_an_item_its_own(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/digits")
    _, items = made(model)
    both, again, alone = (
        list(refine(model, which, seconds=None, steps=5))[-1].w
        for which in (items, items, items[1:])
    )
    assert torch.equal(both, again)
    torch.testing.assert_close(both[1:], alone, atol=0.02, rtol=0)


def test_time_ends_it_and_who_stops_asking_too(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/digits")
    _, items = made(model)
    seen = list(refine(model, items, seconds=0.2))
    assert seen[-1].share == 1 and seen[-1].step >= 0
    search = refine(model, items, seconds=None, steps=10**9)
    assert next(search).step == 0 and next(search).step == 1
    with pytest.raises(ValueError, match="seconds or by steps"):
        next(refine(model, items, seconds=None))


def test_the_encoder_of_a_model_folder_comes_first(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/digits")
    _, items = made(model)
    torch.manual_seed(0)
    model.encoder = VaeEncoder(model.config, model.tokenizer.tokens(model.config)).eval()
    labels_B = torch.tensor([3, 8])
    first = next(refine(model, items, labels_B, seconds=None, steps=3))
    with torch.no_grad():
        signal = model.tokenizer.from_items(items, model.config)
        z_BZ, _ = model.encoder(model.tokenizer.to_tokens(signal, model.config))
        torch.testing.assert_close(first.w, model.G.mapping(z_BZ, labels_B), atol=1e-4, rtol=0)


def made(model: Model) -> tuple[Tensor, np.ndarray]:
    z_BZ, labels_B = latents.draw_z(model, SampleConfig(seed=7000, count=2))
    w_BW = latents.map_to_w(model, z_BZ, labels_B, 1.0)
    return w_BW, sampler.synthesise(model, w_BW, temperature=0)
