"""The trained part of a G that was trained before: which weights, from where, and how the run is kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import ADAPTS, ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.engine.players import adapting
from tgan_demo.engine.players.layers import Linear
from tgan_demo.modalities import registry
from tgan_demo.models.folder import load_model, save_trained
from tgan_demo.runs import checkpoint, plan
from tgan_demo.runs.request import RunRequest

MODEL = ModelConfig(shape=(1, 8, 8), patch=4, overlap=0, width=32, depth=3, heads=2, z_dim=8)
TRAIN = TrainConfig(precision="float32", batch_size=4, lr_g=1e-2, ema_halflife=4.0, warmup_steps=0)
PARTS = ADAPTS[1:]
DATA = Dataset(
    "x", np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), np.uint8), modality="image"
)


@pytest.fixture(scope="module")
def trained() -> TrainState:
    state = new_state(MODEL, TRAIN, registry.tokenizer("image"))
    for _ in trainer.train_slice(state, DATA, steps=2):
        pass
    return state


def begun(trained: TrainState, adapt: str) -> TrainState:
    train = replace(TRAIN, adapt=adapt, seed=1)
    return new_state(MODEL, train, trained.tokenizer, start=(trained.G, trained.D))


def drawn(state: TrainState) -> torch.Tensor:
    with torch.no_grad():
        return state.ema(noise(list(range(6)), MODEL.z_dim))


@pytest.mark.parametrize("adapt", ADAPTS)
def test_g_begins_as_it_was(trained: TrainState, adapt: str) -> None:
    state = begun(trained, adapt)
    z = noise(list(range(6)), MODEL.z_dim)
    with torch.no_grad():
        torch.testing.assert_close(state.G(z), trained.G(z))


@pytest.mark.parametrize("adapt", PARTS)
def test_only_what_was_chosen_moves(trained: TrainState, adapt: str) -> None:
    state = begun(trained, adapt)
    before = {name: value.clone() for name, value in trained.G.named_parameters()}
    for _ in trainer.train_slice(state, DATA, steps=3):
        pass
    moved = {
        name
        for name, value in adapting.merged(state.G).named_parameters()
        if not torch.equal(value, before[name])
    }
    assert moved and len(moved) < len(before)
    learned = sum(p.numel() for group in state.opt_g.param_groups for p in group["params"])
    assert learned < 0.7 * sum(value.numel() for value in before.values())
    if adapt == "last blocks":
        assert {name.split(".")[0] for name in moved} <= {"blocks", "norm", "head"}
        assert not any(name.startswith(("blocks.0.", "blocks.1.")) for name in moved)
    if adapt == "mapping":
        assert any(name.startswith("mapping") for name in moved)
        assert any(".from_w" in name for name in moved)
        assert not any("attention" in name or "feed_forward" in name for name in moved)
    if adapt == "low rank":
        assert all(name.endswith("weight") for name in moved)
        for name in moved:
            gap = dict(adapting.merged(state.G).named_parameters())[name] - before[name]
            assert torch.linalg.matrix_rank(gap, rtol=1e-4) <= adapting.RANK


@pytest.mark.parametrize("adapt", PARTS)
def test_a_run_goes_on_and_its_model_is_whole(
    trained: TrainState, adapt: str, tmp_path: Path
) -> None:
    state = begun(trained, adapt)
    for _ in trainer.train_slice(state, DATA, steps=2):
        pass
    checkpoint.save_state(state, tmp_path / "state")
    again = checkpoint.load_state(tmp_path / "state")
    for run in (state, again):
        for _ in trainer.train_slice(run, DATA, steps=2):
            pass
    for (name, one), other in zip(
        state.G.state_dict().items(), again.G.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other), name
    save_trained(tmp_path / "model", state, title="x", data={"name": "x"})
    model = load_model(tmp_path / "model")
    assert not any(isinstance(m, Linear) and m.up is not None for m in model.G.modules())
    with torch.no_grad():
        made = model.G(noise(list(range(6)), MODEL.z_dim))
    torch.testing.assert_close(made, drawn(state), atol=5e-3, rtol=5e-3)  # kept in half precision


def test_from_scratch_all_of_g_moves() -> None:
    request = RunRequest(train_settings={"adapt": "mapping"}, budget=10, unit="images")
    planned = plan.make(request, DATA, registry.tokenizer("image"))
    assert planned.train.adapt == "all" and any("all of G" in note for note in planned.notes)
