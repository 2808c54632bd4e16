"""From an item back to w: what the model itself made is found again, and a seed finds the same."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import inversion, latents, sampler, starts
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.models.folder import load_model

STEPS = 60


@pytest.fixture(scope="module", params=["image/avatars", "image/digits", "text/verses"])
def model(request: pytest.FixtureRequest, toy_weights: Path) -> Model:
    return load_model(toy_weights / request.param)


def made(model: Model, count: int = 2) -> tuple[torch.Tensor, np.ndarray]:
    """w's that no start is, and what G makes of them without luck."""
    z_BZ, labels_B = latents.draw_z(model, SampleConfig(seed=7000, count=count))
    w_BW = latents.map_to_w(model, z_BZ, labels_B, 1.0)
    return w_BW, sampler.synthesise(model, w_BW, temperature=0)


def test_what_the_model_made_is_found_again(model: Model) -> None:
    w_BW, items = made(model)
    own = inversion.reconstruction_losses(model, w_BW, items)
    started = inversion.reconstruction_losses(model, inversion.invert(model, items, steps=0), items)
    found = inversion.reconstruction_losses(
        model, inversion.invert(model, items, steps=STEPS), items
    )
    for known, begun, now in zip(own, started, found, strict=True):
        assert now < known + 0.25 * (begun - known)


def test_a_seed_finds_the_same_and_an_item_its_own(model: Model) -> None:
    _, items = made(model)
    both = inversion.invert(model, items, steps=5)
    assert both.dtype == torch.float32 and not both.requires_grad
    assert torch.equal(both, inversion.invert(model, items, steps=5))
    alone = inversion.invert(model, items[1:], steps=5)  # whoever else is looked for
    torch.testing.assert_close(both[1:], alone, atol=0.02, rtol=0)
    assert not torch.equal(both, inversion.invert(model, items, steps=5, seed=1000))


def test_a_class_that_is_asked_for_is_where_the_search_starts(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/digits")
    _, items = made(model)
    z_SZ = noise(list(range(starts.STARTS)), model.config.z_dim)
    labels_B = torch.tensor([3, 8])
    for w, label in zip(inversion.invert(model, items, labels_B, steps=0), labels_B, strict=True):
        of_class_SW = model.G.mapping(z_SZ, label.expand(len(z_SZ)))
        assert (of_class_SW - w).abs().amax(dim=1).min() < 1e-5
