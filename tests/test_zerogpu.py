"""Slices of a training run in a forked worker that is killed at its limit, as ZeroGPU lends a GPU."""

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import zero
from test_jobs import pictures
from zero import asking

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import readout, trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.events import RunFailed, StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import checkpoint, loan, slices, zerogpu

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

PICTURES = ModelConfig(shape=(1, 8, 8), width=32, depth=1, heads=2, classes=("a", "b"))
TRAIN = TrainConfig(batch_size=4, images=4 * 1000, precision="float32", warmup_steps=2)
SECONDS = 60.0


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> zero.Spaces:
    """A machine on which `import spaces` gives the stand-in and ZeroGPU says that it is here."""
    made = zero.Spaces()
    made.__spec__ = type(sys.__spec__)("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", made)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", no_driver)
    return made


def no_driver() -> bool:
    raise RuntimeError("CUDA driver version is insufficient")


def begun(seed: int = 0, train: TrainConfig = TRAIN) -> TrainState:
    return new_state(PICTURES, replace(train, seed=seed), registry.tokenizer("image"))


def plain(events: Any) -> list[StepDone]:
    """Without the times."""
    return [replace(event, seconds=0.0, images_per_s=0.0) for event in events]


def tensors(state: TrainState) -> dict[str, torch.Tensor]:
    found, _ = checkpoint._taken_apart(state)
    return found


def assert_same(one: TrainState, other: TrainState) -> None:
    a, b = tensors(one), tensors(other)
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    assert (one.step, one.nimg) == (other.step, other.nimg)


def whole(dataset: Dataset, steps: int, seed: int = 0) -> tuple[TrainState, list[StepDone]]:
    state = begun(seed)
    return state, plain(trainer.train_slice(state, dataset, steps=steps))


def sliced(
    lent: Callable, state: bytes, dataset: Dataset, steps: int
) -> tuple[bytes, list[StepDone]]:
    events: list[StepDone] = []
    for part in lent(state, dataset, SECONDS, steps):
        state = part.state
        events += plain(part.events)
    return state, events


# --- the decorator


def test_elsewhere_a_function_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    assert zerogpu.on_gpu(slices.train, 30) is slices.train and not zerogpu.is_here()
    assert "spaces" not in sys.modules
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)  # not installed
    assert zerogpu.on_gpu(slices.train, 30) is slices.train
    slices.lent.cache_clear()
    assert slices.lent() is None


def test_on_zerogpu_it_runs_in_a_worker(spaces: zero.Spaces) -> None:
    def count(most: int) -> Iterator[int]:
        torch.manual_seed(99)
        torch.set_num_threads(2)
        yield from range(most)

    random, here = torch.random.get_rng_state(), zerogpu.on_gpu(count, lambda most: 7.0)
    assert here is not count
    assert asking("ann", lambda: list(here(3))) == [0, 1, 2]
    assert spaces.asked == [("ann", 7.0)]
    assert torch.equal(torch.random.get_rng_state(), random) and torch.get_num_threads() == 1
    with pytest.raises(zero.Quota):
        list(here(3))


def test_torch_is_not_asked_for_a_gpu_in_the_process_of_the_page(spaces: zero.Spaces) -> None:
    """Its optimisers ask at each step, for `spaces` says there is one."""
    zerogpu.on_gpu(slices.train, 30)
    assert torch.cuda.is_current_stream_capturing() is False


# --- a slice


def test_slices_give_the_losses_of_one_run(
    spaces: zero.Spaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit: four slices in workers, each in parts, and twelve steps here."""
    monkeypatch.setattr(slices, "PART_S", 0.0)
    dataset, lent = pictures(), zerogpu.on_gpu(slices.train, slices.duration)
    once, expected = whole(dataset, 12)
    state, events = checkpoint.to_bytes(begun()), []
    for _ in range(4):
        state, new = asking("ann", lambda state=state: sliced(lent, state, dataset, 3))
        events += new
    assert len(events) == 12 and events == expected
    assert_same(checkpoint.from_bytes(state), once)


def test_two_runs_in_turn_do_not_mix(spaces: zero.Spaces) -> None:
    lent = zerogpu.on_gpu(slices.train, slices.duration)
    sets = [pictures(), pictures(classes=())]
    sets[1] = replace(sets[1], items=sets[1].items[::-1], labels=sets[0].labels)
    states = [checkpoint.to_bytes(begun(seed)) for seed in (0, 1)]
    for who in (0, 1, 0, 1):
        states[who], _ = asking(
            f"visitor {who}", lambda who=who: sliced(lent, states[who], sets[who], 3)
        )
    for who in (0, 1):
        assert_same(checkpoint.from_bytes(states[who]), whole(sets[who], 6, seed=who)[0])
    assert [request for request, _ in spaces.asked] == ["visitor 0", "visitor 1"] * 2


def test_a_slice_ends_before_its_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "START_S", 0.0)
    monkeypatch.setattr(slices, "PART_S", 0.3)
    whole(pictures(), 1)  # the first step of a process is slow
    now = itertools.count(0.0, 0.05)  # each look at the clock takes so long
    monkeypatch.setattr(slices, "time", SimpleNamespace(monotonic=lambda: next(now)))
    parts = list(slices.train(checkpoint.to_bytes(begun()), pictures(), 2.0))
    assert 1.0 < next(now) < 2.0
    assert len(parts) > 1 and all(part.events for part in parts)
    last = checkpoint.from_bytes(parts[-1].state)
    assert last.step == sum(len(part.events) for part in parts) == parts[-1].events[-1].step


def test_a_slice_ends_with_its_run_and_with_a_step_that_goes_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train = replace(TRAIN, images=12)
    (part,) = slices.train(checkpoint.to_bytes(begun(train=train)), pictures(), SECONDS)
    assert [event.nimg for event in part.events] == [4, 8, 12]
    assert list(slices.train(part.state, pictures(), SECONDS)) == []
    bad = replace(TRAIN, images=12_000)
    monkeypatch.setattr(readout, "not_finite", lambda step: ["loss_d"])
    (part,) = slices.train(checkpoint.to_bytes(begun(train=bad)), pictures(), SECONDS)
    assert [type(event) for event in part.events] == [RunFailed]
    checkpoint.from_bytes(part.state)  # the last good one


def test_a_state_as_bytes_is_the_state_as_a_file(tmp_path: Path) -> None:
    state, _ = whole(pictures(), 3)
    checkpoint.save_state(state, tmp_path)
    assert (tmp_path / checkpoint.STATE).read_bytes() == checkpoint.to_bytes(state)
    assert_same(checkpoint.from_bytes(checkpoint.to_bytes(state)), state)


def test_what_is_asked_for_follows_the_measured_speed() -> None:
    assert loan.wanted_s(10**6, 0) == loan.FIRST_S
    assert loan.wanted_s(10**6, 1000.0) == loan.MOST_S
    assert loan.wanted_s(12_000, 1000.0) == 12 + 5
    assert loan.wanted_s(100, 1000.0) == loan.LEAST_S
