"""A step as a CUDA graph: when it is captured, when again, when never; on a GPU, that it is the same step."""

import logging
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from test_trainer import IMAGE, MODEL, TRAIN, data, same, weights

from tgan_demo.engine.game import feed, graph, readout, trainer
from tgan_demo.engine.game.state import new_state
from tgan_demo.events import RunFailed, StepDone
from tgan_demo.measure import speed
from tgan_demo.runs import checkpoint

AUGMENTED = {"augment": ("flip", "colour", "translation", "cutout"), "augment_p": 0.3}
TOLERANCE = 1e-3  # of 50 steps' losses, absolute; kernels may be chosen anew, and a game amplifies


def state(**settings):
    return new_state(MODEL, replace(TRAIN, **settings), IMAGE)


# --- what is read, and when


def test_several_steps_read_together_are_the_steps_one_by_one(monkeypatch):
    """The weights are the same; the numbers are means, and the rules act on each step's."""
    apart, together = (state(auto_gamma=False) for _ in range(2))
    each = list(trainer.train_slice(apart, data(), steps=6))
    monkeypatch.setattr(trainer, "_together", lambda state, most: int(min(3, most)))
    first, second = trainer.train_slice(together, data(), steps=6)
    assert same(apart, together) and (first.steps, second.steps) == (3, 3)
    assert second.loss_d == pytest.approx(sum(e.loss_d for e in each[3:]) / 3)
    assert (together.step, together.nimg) == (apart.step, apart.nimg)
    assert together.confidence == apart.confidence


def test_a_gpu_reads_some_steps_at_a_time_and_never_over_the_end_of_a_phase():
    run = state(warm_start=24, images=800)
    assert trainer._together(run, math.inf) == 1  # on the CPU
    run.device = "cuda"
    assert trainer._together(run, math.inf) == 3  # of the warm start
    run.nimg = 24
    assert trainer._together(run, math.inf) == readout.TOGETHER
    assert trainer._together(run, 2) == 2
    run.nimg = 792
    assert trainer._together(run, math.inf) == 1


@pytest.mark.parametrize("loss", ["hinge", "relativistic"])
def test_after_a_step_that_is_not_finite_nothing_changes(loss, monkeypatch):
    """Even where G's own loss is finite, and where more steps were begun before anyone looked."""
    run = state(loss=loss)
    list(trainer.train_slice(run, data(), steps=2))
    kept = weights(run)
    monkeypatch.setattr(trainer, "_together", lambda state, most: 4)
    inner, calls = feed.rows, []

    def rows(of, dataset, index_B):
        signal, labels_B = inner(of, dataset, index_B)
        if of is not run:  # a run of the shared server, in a thread of this process
            return signal, labels_B
        calls.append(1)
        return (signal * math.nan if len(calls) == 1 else signal), labels_B

    monkeypatch.setattr(feed, "rows", rows)
    (event,) = trainer.train_slice(run, data(), steps=8)
    assert isinstance(event, RunFailed) and "loss_d" in event.cause and len(calls) == 4
    assert (event.step, event.nimg) == (run.step, run.nimg) == (2, 16)
    assert all(torch.equal(x, y) for x, y in zip(kept, weights(run), strict=True))
    (event,) = trainer.train_slice(run, data(), steps=4)  # it can go on
    assert isinstance(event, StepDone) and not same(run, state(loss=loss))


# --- where samples come from


def test_data_lie_on_a_gpu_where_they_fit_and_are_read_ahead_where_not():
    assert feed.way("cpu", 1 << 40) == "anew"
    assert feed.way("cuda", feed.RESIDENT) == "once"
    assert feed.way("cuda", feed.RESIDENT + 1) == "ahead"


def test_data_kept_as_signals_are_those_made_anew():
    one, other = state(), state()
    anew, kept = feed.Feed(one, data()), feed.Feed(other, data(), how="once")
    for _ in range(3):
        for x, y in zip(anew.pick(), kept.pick(), strict=True):
            assert torch.equal(x, y)


def test_a_batch_read_ahead_is_the_batch_of_its_step():
    run = state(d_steps=2)
    reader = feed.Feed(run, data(), how="ahead")
    read = []
    for step in (0, 0, 1, 1, 0, 0):  # 0 again, as after a resume
        run.step = step
        read.append(reader.pick()[0])
    assert torch.equal(read[0], read[4]) and torch.equal(read[1], read[5])
    assert not any(torch.equal(read[0], other) for other in read[1:4])
    reader.worker.shutdown()


def test_new_pictures_are_painted_ahead_on_a_gpu_and_known_by_their_step():
    painted = []

    def more(count, seed):
        painted.append(seed)
        return np.full((count, 16, 16, 1), seed % 256, np.uint8), np.zeros(count, np.int64)

    run = state()
    endless = replace(data(), more=more)
    assert feed.Feed(run, endless).how == "anew"
    reader = feed.Feed(run, endless, how="ahead")
    reader.pick()
    run.step = 1
    reader.pick()
    reader.worker.shutdown()
    assert len(set(painted)) == 3  # of steps 0, 1 and 2


def test_a_run_of_another_kind_of_device_goes_on_with_numbers_of_its_own(tmp_path, monkeypatch):
    run = state()
    list(trainer.train_slice(run, data(), steps=2))
    short = torch.zeros(16, dtype=torch.uint8)  # as a GPU's stream is saved
    run.rng = type("Stream", (), {"get_state": lambda self: short})()
    checkpoint.save_state(run, tmp_path)
    again = checkpoint.load_state(tmp_path)
    assert again.step == 2 and isinstance(next(trainer.train_slice(again, data())), StepDone)


# --- when a step is captured


class Fake:
    """Stands for a GPU: says what was captured and replayed."""

    def __init__(self, fails: bool = False) -> None:
        self.done, self.fails = [], fails

    def play(self, *args):
        self.done.append("eager")
        return torch.zeros(1)

    def capture(self, *args):
        if self.fails:
            raise RuntimeError("operation not permitted\nwhen capturing")
        self.done.append("captured")

        def replayed(inputs):
            self.done.append("replayed")
            return torch.zeros(1)

        return replayed

    def steps(self, run, count, replay, unseen=None, players="both"):
        self.done.clear()
        for _ in range(count):
            source = feed.Feed(run, data(), how="anew")
            replay.step(run, graph.Dials(), players, source, unseen and source)
        return self.done


@pytest.fixture
def on_gpu(monkeypatch):
    def rows(state, dataset, index_B):  # stay here
        return IMAGE.from_items(dataset.items[index_B], MODEL), None

    monkeypatch.setattr(feed, "rows", rows)
    run = state(**AUGMENTED)
    run.device = "cuda"
    fake = Fake()
    return run, fake, graph.Replay(fake.play, fake.capture)


def test_the_first_steps_of_a_kind_are_eager_then_one_is_captured_and_replayed(on_gpu):
    run, fake, replay = on_gpu
    assert fake.steps(run, 5, replay) == ["eager"] * 3 + ["captured"] + ["replayed"] * 2
    run.train = replace(run.train, images=10**6, lr_g=1e-5)  # a budget and rates are dials
    run.gamma_factor, run.augment_p, run.nimg = 2.0, 0.7, 4000
    assert fake.steps(run, 2, replay) == ["replayed"] * 2


@pytest.mark.parametrize(
    "change",
    [{"augment_p": 0.0}, {"loss": "hinge"}, {"batch_size": 16}, {"warm_start": 10**6}, {"unseen": 1}],
)  # fmt: skip
def test_another_kind_of_step_is_captured_on_its_own(on_gpu, change):
    run, fake, replay = on_gpu
    fake.steps(run, 4, replay)
    before = run.train, run.augment_p
    run.augment_p = change.get("augment_p", run.augment_p)
    run.train = replace(run.train, **{k: v for k, v in change.items() if k != "unseen"})
    asked = fake.steps(run, 4, replay, unseen=change.get("unseen"))
    assert asked == ["eager"] * 3 + ["captured", "replayed"]
    run.train, run.augment_p = before
    assert fake.steps(run, 1, replay) == ["replayed"]


@pytest.mark.parametrize(
    "settings",
    [{"d_steps": 2}, {"penalty": "exact"}, {"gp_weight": 1.0}, {"continuity": 1.0}, {"players": "d"}],
)  # fmt: skip
def test_where_a_step_cannot_be_captured_one_sentence_says_why(on_gpu, settings, caplog):
    run, fake, replay = on_gpu
    players = settings.pop("players", "both")
    run.train = replace(run.train, **settings)
    caplog.set_level(logging.INFO)
    assert fake.steps(run, 5, replay, players=players) == ["eager"] * 5
    assert [record.message.count(".") for record in caplog.records] == [1]


def test_a_capture_that_fails_is_not_tried_again(on_gpu, caplog):
    run, fake, replay = on_gpu
    fake.fails = True
    caplog.set_level(logging.INFO)
    assert fake.steps(run, 6, replay) == ["eager"] * 6
    assert "operation not permitted" in caplog.text and len(caplog.records) == 1


def test_on_the_cpu_nothing_is_said(caplog):
    caplog.set_level(logging.INFO)
    list(trainer.train_slice(state(), data(), steps=1))
    assert not caplog.records


# --- on a GPU


@pytest.mark.gpu
@pytest.mark.parametrize("settings", [{}, AUGMENTED, {"precision": "bfloat16"}])
def test_fifty_steps_by_graph_are_fifty_steps_without(settings, monkeypatch):
    """Losses within TOLERANCE. The warm start's end, gamma's schedule and unseen samples are in it."""
    asked = replace(TRAIN, warm_start=64, images=400, **settings)
    losses = []
    for reason in ("", "asked not to"):
        with monkeypatch.context() as patch:
            if reason:
                patch.setattr(graph, "EAGER", 10**9)
            run = new_state(MODEL, asked, IMAGE, device="cuda")
            events = list(trainer.train_slice(run, data(600), steps=50))
        assert all(isinstance(event, StepDone) for event in events)
        losses.append([(event.loss_d, event.loss_g) for event in events])
    assert losses[0] == pytest.approx(losses[1], abs=TOLERANCE)


@pytest.mark.gpu
def test_a_run_on_a_gpu_resumes_exactly(tmp_path):
    through = new_state(MODEL, TRAIN, IMAGE, device="cuda")
    list(trainer.train_slice(through, data(), steps=8))
    stopped = new_state(MODEL, TRAIN, IMAGE, device="cuda")
    list(trainer.train_slice(stopped, data(), steps=4))
    checkpoint.save_state(stopped, tmp_path)
    resumed = checkpoint.load_state(tmp_path, device="cuda")
    list(trainer.train_slice(resumed, data(), steps=4))
    for x, y in zip(weights(through), weights(resumed), strict=True):
        torch.testing.assert_close(x, y, atol=1e-4, rtol=0)


@pytest.mark.gpu
def test_the_bench_tells_launches_of_a_captured_step():
    run = new_state(MODEL, replace(TRAIN, images=10**8), IMAGE, device="cuda")
    told = speed.trained_on_gpu(run, data(600), work=0.01)
    assert told["images_per_s"] > 0 and told["launches_per_step"] < 100
