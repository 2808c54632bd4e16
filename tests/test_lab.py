"""Labs: tiny runs that are watched; what each visitor's page may ask of theirs."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tgan_demo.data import catalogue
from tgan_demo.errors import ConfigError, NotFoundError, TganError
from tgan_demo.runs import lab as labs_module
from tgan_demo.runs.lab import KNOBS, Lab, Labs
from tgan_demo.studio import Studio
from tgan_demo.ui.panels.lab import panel


def fresh(**settings: object) -> Lab:
    return Lab(catalogue.make("ring", 300), "ring", {"batch_size": 16, **settings}, 1)


@pytest.fixture
def labs() -> Iterator[Labs]:
    labs = Labs(lambda visitor, data_id: catalogue.make(data_id, 300))
    yield labs
    labs.close()


def until(test: Any, limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while not test():
        assert time.monotonic() < end
        time.sleep(0.02)


# --- one lab


def test_a_step_of_one_player_changes_that_one() -> None:
    lab = fresh()

    def weights(net: torch.nn.Module) -> torch.Tensor:
        return torch.cat([p.detach().flatten() for p in net.parameters()])

    for players, moved, still in (("d", "D", "G"), ("g", "G", "D")):
        before = {name: weights(getattr(lab.state, name)) for name in "DG"}
        lab.step(players)
        assert not torch.equal(weights(getattr(lab.state, moved)), before[moved])
        assert torch.equal(weights(getattr(lab.state, still)), before[still])
    with pytest.raises(ConfigError, match="step is of"):
        lab.step("all")


def test_the_same_seed_is_the_same_lab() -> None:
    first, second = fresh(), fresh()
    for lab in (first, second):
        for _ in range(3):
            lab.step()
    assert first.look()["fake"] == second.look()["fake"]
    assert first.look()["step"] == 3 and first.look()["curves"][0] == [1, 2, 3]


def test_knobs_turn_while_it_runs_and_nonsense_is_refused() -> None:
    lab = fresh()
    lab.step()
    lab.set({"loss": "hinge", "r1_gamma": 3, "lr_g": "1e-3"})
    assert lab.state.train.loss == "hinge" and lab.state.train.lr_g == 1e-3
    for wrong in (
        {"loss": "nonsense"}, {"lr_g": float("nan")}, {"d_steps": 99}, {"batch_size": 100_000},
        {"width": 64}, {"lr_d": "fast"}, {"r1_gamma": -1},
    ):  # fmt: skip
        kept = lab.state.train
        with pytest.raises(TganError):
            lab.set({"gp_weight": 5.0, **wrong})
        assert lab.state.train == kept
    lab.step()
    assert lab.look()["step"] == 2 and lab.state.train.images == 10**9


def test_a_lab_that_broke_says_so_and_stands_still() -> None:
    lab = fresh()
    with torch.no_grad():
        next(lab.state.D.parameters()).fill_(float("inf"))
    lab.run(True)
    lab.turn(0.2)
    assert lab.failed and not lab.is_running
    assert lab.look()["failed"] and "fake" not in lab.look()
    with pytest.raises(ConfigError):
        lab.step()


def test_curves_stay_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labs_module, "POINTS", 8)
    lab = fresh()
    for _ in range(30):
        lab.step()
    steps = lab.look()["curves"][0]
    assert len(steps) <= 9 and steps[-1] >= 28 and steps == sorted(steps)


def test_one_preset_collapses_and_the_default_does_not() -> None:
    found = {}
    for name, settings in (("healthy", {}), ("collapse", panel.PRESETS["collapse"])):
        lab = Lab(catalogue.make("ring", 2000), "ring", settings, 1)
        lab.run(True)
        while lab.state.step < 600:
            lab.turn(0)
        found[name] = lab.look()["covered"]
    assert found["healthy"][0] >= 6 and found["collapse"][0] <= 3, found


# --- all labs


def test_labs_run_by_turns(labs: Labs) -> None:
    ours = [labs.begin(f"visitor {k}", "ring", {"batch_size": 16}, k) for k in range(3)]
    for lab in ours:
        lab.run(True)
    labs.wake()
    until(lambda: all(lab.state.step > 5 for lab in ours))
    assert labs.is_training
    for lab in ours:
        lab.run(False)
    until(lambda: not labs.is_training)


def test_a_lab_that_nobody_looks_at_waits(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = labs.begin("a", "ring", {"batch_size": 16})
    lab.run(True)
    labs.wake()
    until(lambda: lab.state.step > 0)
    monkeypatch.setattr(labs_module, "UNWATCHED_S", -1.0)  # as if long ago
    assert not labs.is_training and lab.is_running
    with lab.lock:  # the turn that was on is over
        step = lab.state.step
    time.sleep(0.3)
    assert lab.state.step == step
    monkeypatch.setattr(labs_module, "UNWATCHED_S", 60.0)
    lab.look()
    labs.wake()
    until(lambda: lab.state.step > step)


def test_there_are_so_many_labs_and_no_more(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labs_module, "MOST", 2)
    for visitor in "abc":
        labs.begin(visitor, "ring")
    assert [labs.of(visitor) is not None for visitor in "abc"] == [False, True, True]


def test_a_lab_is_for_what_can_be_shown_whole(labs: Labs) -> None:
    with pytest.raises(ConfigError, match="points in the plane"):
        labs.begin("a", "glyphs")
    with pytest.raises(NotFoundError):
        labs.begin("a", "nothing")
    with pytest.raises(ConfigError, match="knob"):
        labs.begin("a", "ring", {"depth": 3})
    assert labs.of("a") is None


# --- what a page asks


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    studio = Studio(tmp_path)
    yield SimpleNamespace(studio=studio)
    studio.labs.close()


def test_two_pages_of_one_visitor_show_one_lab(page: Any) -> None:
    me = page.studio.store.new_visitor()
    ask = panel.server(page)
    first = ask({"me": me, "do": "look"})
    assert first["data"] == "ring" and first["real"] and first["step"] == 0
    again = ask({"me": me, "do": "look", "known": first["lab"]})
    assert "real" not in again and again["lab"] == first["lab"]
    ask({"me": me, "do": "step", "players": "both", "known": first["lab"]})
    # one runs it, the other pauses it: the last word counts
    ask({"me": me, "do": "run"})
    assert ask({"me": me, "do": "pause"})["running"] is False
    assert ask({"me": me, "do": "look"})["step"] >= 1
    other = ask({"me": page.studio.store.new_visitor(), "do": "look"})
    assert other["lab"] != first["lab"] and other["step"] == 0


def test_a_refused_knob_answers_with_the_look(page: Any) -> None:
    me, ask = page.studio.store.new_visitor(), panel.server(page)
    ask({"me": me, "do": "run"})
    told = ask({"me": me, "do": "set", "settings": {"lr_g": 7}})
    assert "lr_g" in told["error"] and told["running"] and told["settings"]["lr_g"] < 0.1
    assert told["said"][0][0] == "between"


@pytest.mark.parametrize("name", panel.PRESETS)
def test_a_preset_is_put_right_by_one_click(page: Any, name: str) -> None:
    me, ask = page.studio.store.new_visitor(), panel.server(page)
    usual = ask({"me": me, "do": "look"})["settings"]
    asked = panel.PRESETS[name]
    begun = ask({"me": me, "do": "begin", "data": "ring", "settings": asked})
    assert {key: begun["settings"][key] for key in asked} == asked
    righted = ask({"me": me, "do": "remedy"})
    assert righted["settings"] == usual and righted["running"]


def test_a_drawing_is_kept_as_data(page: Any) -> None:
    me, ask = page.studio.store.new_visitor(), panel.server(page)
    points = [[k / 30, -k / 60] for k in range(30)]
    told = ask(
        {"me": me, "do": "draw", "points": [*points, ["a", 1], [1], [float("inf"), 0], None]}
    )
    (mine,) = [row for row in page.studio.store.datasets(me) if row.own]
    assert told["data"] == mine.id and mine.count == 30 and told["covered"] is None
    refused = ask({"me": me, "do": "draw", "points": [[0, 0]] * 5})
    assert "20 points" in refused["error"]
    assert ask({"me": me, "do": "draw", "points": "nonsense"})["error"]


@pytest.mark.parametrize(
    "ask",
    [
        None, {}, {"me": None}, {"me": "../x", "do": "look"}, {"do": "begin", "data": {"a": 1}},
        {"do": "step", "players": ["d"]}, {"do": "begin", "settings": {"loss": None}},
        {"do": "set", "settings": [1]}, {"do": "begin", "seed": "x" * 1000}, {"do": "jump"},
    ],
)  # fmt: skip
def test_whatever_is_asked_gets_an_answer(page: Any, ask: Any) -> None:
    if isinstance(ask, dict) and "me" not in ask and ask:
        ask = {"me": page.studio.store.new_visitor(), **ask}
    assert isinstance(panel.server(page)(ask), dict)


def test_every_knob_has_a_field() -> None:
    assert set(panel.spec()["knobs"]) == set(KNOBS)
    assert all(set(preset) <= set(KNOBS) for preset in panel.PRESETS.values())
