"""A seed's bytes hang neither on what is drawn beside it nor on torch's threads: every bundled model."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.passes import ROWS, in_passes
from tgan_demo.models import inside
from tgan_demo.models.folder import load_model

WEIGHTS = Path(__file__).parents[1] / "weights"
MODELS = sorted(
    path.parent.relative_to(WEIGHTS).as_posix() for path in WEIGHTS.glob("*/*/config.json")
)
FIRST, COUNT = 40, ROWS + 3  # a pass, and one that is filled up
PLACES = (0, ROWS - 1, COUNT - 1)


def content(item: np.ndarray | str) -> bytes:
    return item.encode() if isinstance(item, str) else item.tobytes()


def test_all_bundled_models_are_asked() -> None:
    assert len(MODELS) == 13 and {name.split("/")[0] for name in MODELS} == {
        path.name for path in WEIGHTS.iterdir() if path.is_dir()
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_seed_alone_and_in_a_batch_on_any_threads_is_the_same(name: str) -> None:
    model = load_model(WEIGHTS / name)

    def draw(place: int, count: int, **settings: float) -> list[bytes]:
        asked = SampleConfig(seed=FIRST + place, count=count, **settings)
        return [content(item) for item in sampler.draw(model, asked)[0]]

    batch = draw(0, COUNT)
    assert len(set(batch)) > COUNT // 2
    moved = draw(0, 2, psi=0.7, variation=0.3)
    torch.set_num_threads(2)
    try:
        assert draw(0, COUNT) == batch
        assert [draw(place, 1)[0] for place in PLACES] == [batch[place] for place in PLACES]
        assert draw(COUNT - 3, 3) == batch[-3:]
        assert draw(0, 1, psi=0.7, variation=0.3) == moved[:1]
        looked_at = inside.attention(model, SampleConfig(seed=FIRST)).item
    finally:
        torch.set_num_threads(1)
    assert content(looked_at) == batch[0]


def test_passes_are_of_one_shape_and_only_what_was_asked_comes_back() -> None:
    seen = []

    def step(x_BD: torch.Tensor, none: None, labels_B: torch.Tensor) -> torch.Tensor:
        seen.append((len(x_BD), len(labels_B), none, torch.get_num_threads()))
        return x_BD + labels_B[:, None]

    x_BD, labels_B = torch.arange(20.0).view(10, 2), torch.arange(10)
    assert torch.equal(in_passes(step, x_BD, None, labels_B, rows=4), x_BD + labels_B[:, None])
    assert seen == [(4, 4, None, 1)] * 3
