"""Several processes that train one run: the steps of one, whoever has which rows; resumed by another number.

Processes are real, started by torchrun, with gloo; NCCL is never run by the project's own checks.
"""

import json
import math
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import ranks_worker
import torch

from tgan_demo.cli import main as command_line
from tgan_demo.data import catalogue
from tgan_demo.engine.game import augment
from tgan_demo.engine.game.graph import why_not
from tgan_demo.engine.game.ranks import ALONE, Ranks
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import ConfigError
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import checkpoint, drive, together
from tgan_demo.runs.stopping import Stop

WORKER = Path(__file__).with_name("ranks_worker.py")
# of losses, in 50 steps; sums in another order, which a game makes larger from step to step. Measured: 5e-5
TOLERANCE = 1e-3
LOSSES = ("loss_d", "loss_g")
TINY = ["width=32", "depth=1", "heads=2", "z_dim=16", "patch=14", "overlap=0", "precision=float32"]
WORDS = ["--data", "glyphs", "--images", "160", "--set", *TINY, "batch_size=4"]  # 40 steps


def torchrun(*words: object, count: int = 2) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(count), str(WORKER), *map(str, words)]
    known = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=known)


# --- the same steps


@pytest.fixture(scope="module")
def together_steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[float]]]:
    """The numbers of two processes' steps, of all runs."""
    file = tmp_path_factory.mktemp("ranks") / "steps.json"
    done = torchrun("steps", file, *ranks_worker.RUNS)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text())


@pytest.mark.parametrize("name", ranks_worker.RUNS)
def test_two_processes_take_the_steps_of_one(
    name: str, together_steps: dict[str, list[list[float]]]
) -> None:
    alone, both = ranks_worker.steps(name), together_steps[name]
    assert len(alone) == ranks_worker.RUNS[name][2]
    names = [field.name for field in fields(StepDone)]
    for step, values in enumerate(zip(alone, both, strict=True)):
        for what, one, two in zip(names, *values, strict=True):
            if math.isnan(one):
                assert math.isnan(two)
                continue
            # a share of pairs jumps where two logits are equal but for rounding
            allowed = TOLERANCE if what in LOSSES else 0.1 if "accuracy" in what else 0.01
            assert two == pytest.approx(one, rel=allowed, abs=allowed), (step, what)


# --- rows


@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_row_is_somebodys(count: int) -> None:
    everyone = [Ranks(rank, count) for rank in range(count)]
    whole = torch.arange(24.0).view(8, 3)
    assert (
        sorted(torch.cat([r.own(whole) for r in everyone])[:, 0].tolist()) == whole[:, 0].tolist()
    )
    assert torch.equal(torch.stack([r.own(whole) for r in everyone], 1).flatten(0, 1), whole)
    assert torch.equal(everyone[-1].own(whole.T, axis=1), everyone[-1].own(whole).T)
    for size in range(9):  # of the first so many rows: each rank's own first ones
        parts = [r.own(whole)[: r.held(size)] for r in everyone]
        assert sorted(torch.cat(parts)[:, 0].tolist()) == whole[:size, 0].tolist()
        if size:
            means = torch.stack([r.average(p, size) for r, p in zip(everyone, parts, strict=True)])
            torch.testing.assert_close(means.mean(), whole[:size].mean())


@pytest.mark.parametrize("name", augment.AUGMENTS)
def test_each_rank_augments_its_rows_as_one_process_would(name: str) -> None:
    signal = torch.randn(6, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    whole = augment.apply((name,), signal, 0.9, torch.Generator().manual_seed(1))
    for rank in (Ranks(0, 3), Ranks(2, 3)):
        draws = augment.Draws(torch.Generator().manual_seed(1), rank)
        torch.testing.assert_close(
            augment.apply((name,), rank.own(signal), 0.9, draws), rank.own(whole)
        )


def test_alone_nothing_is_sent_or_copied() -> None:
    x = torch.randn(4)
    assert ALONE.own(x) is x and ALONE.mean(x) is x and ALONE.gather(x) is x
    assert ALONE.first(0.5) == 0.5 and ALONE.most(3) == 3
    assert ALONE.own(np.arange(3)).tolist() == [0, 1, 2]


def test_a_step_of_several_processes_is_no_graph() -> None:
    state = new_state(ranks_worker.PICTURES, ranks_worker.TRAIN, registry.tokenizer("image"))
    state.device, state.ranks = "cuda", Ranks(0, 2)
    assert "several processes" in why_not(state, "both")


# --- the command line


def test_a_killed_process_ends_the_run_with_its_last_save_and_one_process_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, whole = tmp_path / "run", tmp_path / "whole"
    done = torchrun("train", "--die", "20", *WORDS, "--out", out)
    assert done.returncode != 0
    state = checkpoint.load_state(out)
    assert 0 < state.step <= 20 and state.nimg == 4 * state.step
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert told.startswith("error: another process of this run has ended, and training with it")
    assert f"saved at {state.nimg:,} samples: --resume" in told
    assert done.stdout.count(f"saved at {state.nimg:,} samples") == 1, "the first one alone prints"
    assert not (out / "config.json").exists(), "no model of a run that was cut off"

    monkeypatch.setattr(catalogue, "MAX_MADE", 64)
    resume = ["train", "--data", "glyphs", "--resume", "--out", str(out)]
    assert command_line.main(resume) == 0
    assert command_line.main(["train", *WORDS, "--out", str(whole)]) == 0
    capsys.readouterr()
    one, two = (checkpoint.load_state(folder) for folder in (whole, out))
    assert (two.step, two.nimg) == (one.step, one.nimg) == (40, 160)
    assert torch.equal(one.rng.get_state(), two.rng.get_state())
    for net in ("G", "D", "ema"):
        pairs = zip(getattr(one, net).parameters(), getattr(two, net).parameters(), strict=True)
        for x, y in pairs:
            torch.testing.assert_close(x, y, rtol=0.01, atol=0.005)


def test_a_batch_that_cannot_be_shared_out_is_refused_once(tmp_path: Path) -> None:
    words = [*WORDS[:-1], "batch_size=5"]
    done = torchrun("train", *words, "--out", tmp_path / "run")
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert told == [
        "error: 2 processes cannot share a batch of 5 evenly: start as many as divide it (1, 5), or set "
        "batch_size to a multiple of 2"
    ]
    assert not (tmp_path / "run").exists()


def test_processes_that_do_not_begin_alike_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    state = new_state(ranks_worker.PICTURES, ranks_worker.TRAIN, registry.tokenizer("image"))
    monkeypatch.setattr(Ranks, "first", lambda self, value: value)
    monkeypatch.setattr(Ranks, "most", lambda self, value: value + 1)  # another one's is larger
    with pytest.raises(ConfigError, match="same run and data"):
        together.begin(state, ranks_worker.data(ranks_worker.PICTURES), Ranks(0, 2))
    assert state.ranks is ALONE


def test_one_process_that_is_asked_to_stop_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()
    monkeypatch.setattr(Ranks, "most", lambda self, value: max(value, 15))  # the other one's
    assert stop.is_asked_of(Ranks(1, 2)) and stop.name == "SIGTERM"
    monkeypatch.setattr(Ranks, "most", lambda self, value: value)
    assert not Stop().is_asked_of(Ranks(1, 2))


def test_every_rank_ends_a_slice_when_one_finds_its_time_used_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = new_state(ranks_worker.PICTURES, ranks_worker.TRAIN, registry.tokenizer("image"))
    monkeypatch.setattr(Ranks, "most", lambda self, value: 1)
    events = list(drive.drive(state, ranks_worker.data(ranks_worker.PICTURES)))
    assert state.step == 1 and len(events) == 2
