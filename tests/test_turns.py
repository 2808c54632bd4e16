"""Who draws when, and what is drawn once for all who ask for the same."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler, turns
from tgan_demo.engine.draw.kept import Kept
from tgan_demo.engine.draw.turns import Asker, SupersededError, Turns
from tgan_demo.studio import Studio

LONG_S = 10.0


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + LONG_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.002)


class Crowd:
    """Draws that wait behind one that somebody holds up."""

    def __init__(self, most: int = 1) -> None:
        self.turns, self.drawn = Turns(most=most), []
        self.pool, self.held = ThreadPoolExecutor(8), threading.Event()
        self.first = self.pool.submit(self._hold)
        until(lambda: self.turns._drawing)

    def _hold(self) -> None:
        with self.turns.take():
            self.held.wait(LONG_S)

    def ask(self, name: str, asker: Asker | None = None):
        def draw() -> None:
            with self.turns.take(asker):
                self.drawn.append(name)

        count = self.turns._count
        future = self.pool.submit(draw)
        until(lambda: self.turns._count > count)
        return future

    def go(self) -> None:
        self.held.set()
        self.pool.shutdown()


def test_the_newest_request_of_an_asker_wins() -> None:
    crowd, me = Crowd(), Asker("me grid")
    old, other = crowd.ask("old", me), crowd.ask("other", Asker("you grid"))
    crowd.ask("sheet", Asker("me hundred"))
    crowd.ask("new", me)
    with pytest.raises(SupersededError):
        old.result(LONG_S)  # at once, while the first still draws
    crowd.go()
    assert other.exception() is None and crowd.drawn == ["other", "sheet", "new"]
    assert not crowd.turns._newest and not crowd.turns._waiting


def test_who_has_left_costs_nothing() -> None:
    crowd = Crowd()
    gone = crowd.ask("gone", Asker("gone", lambda: True))
    crowd.ask("here", Asker("here", lambda: False))
    crowd.go()
    with pytest.raises(SupersededError):
        gone.result()
    assert crowd.drawn == ["here"] and not crowd.turns._drawing


def test_as_many_draw_at_a_time_as_there_are_cores() -> None:
    crowd = Crowd(most=2)
    crowd.ask("beside").result(LONG_S)
    assert not crowd.first.done()
    crowd.go()


@pytest.mark.skipif(not turns._setters(), reason="torch brings other threads here")
def test_a_draw_among_others_takes_one_core_and_leaves_the_rest_alone() -> None:
    usual = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for is_busy, threads in ((False, 2), (True, 1)):
            with Turns(lambda is_busy=is_busy: is_busy, most=1).take():
                assert torch.get_num_threads() == threads
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(usual)


@pytest.mark.skipif(not turns._setters(), reason="torch brings other threads here")
def test_one_core_within_one_core_ends_with_the_outer_one() -> None:
    set_mkl = turns._setters()[1]
    torch.set_num_threads(2)
    try:
        with turns.one_core():
            with turns.one_core():
                pass
            of_mkl = set_mkl(1)
            assert (torch.get_num_threads(), of_mkl) == (1, 1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@pytest.mark.skipif(not turns._setters(), reason="torch brings other threads here")
def test_training_steps_aside_for_as_long_as_many_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    usual, many = torch.get_num_threads(), Turns()
    torch.set_num_threads(2)
    try:
        seen = []
        for wait in (0.0, 0.2, 0.2, 0.2, 0.2, 2.0):
            now[0] += wait
            with many.aside():
                seen.append(torch.get_num_threads())
            with many.take():
                pass
        assert seen == [2, 2, 2, 2, 1, 2] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(usual)


def test_what_many_ask_for_is_made_once() -> None:
    kept: Kept[str] = Kept(100)
    made, go = [], threading.Event()

    def make() -> str:
        made.append(1)
        go.wait(LONG_S)
        return "drawn"

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(kept.get, "key", make, len) for _ in range(4)]
        until(lambda: made)
        go.set()
        assert [one.result(LONG_S) for one in asked] == ["drawn"] * 4
    assert len(made) == 1


def test_one_who_gave_up_does_not_take_others_along() -> None:
    kept: Kept[str] = Kept(100)
    begun, go = threading.Event(), threading.Event()

    def give_up() -> str:
        begun.set()
        go.wait(LONG_S)
        raise SupersededError("newer")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "key", give_up, len)
        begun.wait(LONG_S)
        second = pool.submit(kept.get, "key", lambda: "mine", len)
        go.set()
        assert isinstance(first.exception(LONG_S), SupersededError)
        assert second.result(LONG_S) == "mine"


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept: Kept[str] = Kept(40)
    for key in "abcd":
        kept.get(key, lambda key=key: key * 10, len)
    kept.get("a", lambda: "anew", len)
    kept.get("e", lambda: "e" * 10, len)
    kept.get("large", lambda: "x" * 39, len)  # would push out all others
    assert kept.nbytes == 40 and list(kept._known) == ["c", "d", "a", "e"]


def test_equal_draws_are_drawn_once(
    toy_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, calls, draw = Studio(tmp_path, weights_dir=toy_weights), [], sampler.draw
    monkeypatch.setattr(sampler, "draw", lambda *args: calls.append(1) or draw(*args))
    first = studio.sample("image/digits", SampleConfig(seed=3, count=2))
    again = studio.sample("image/digits", SampleConfig(seed=3, count=2))
    studio.sample("image/digits", SampleConfig(seed=4, count=2))
    assert again is first and len(calls) == 2


def test_draws_side_by_side_are_the_same_as_one_by_one(toy_weights: Path, tmp_path: Path) -> None:
    studio = Studio(tmp_path, weights_dir=toy_weights)
    studio.turns = Turns(most=4)
    models = [info.id for info in studio.models()]
    wanted = [(model, SampleConfig(seed=seed, count=4)) for model in models for seed in range(6)]
    with ThreadPoolExecutor(8) as pool:
        beside = [drawn.items for drawn in pool.map(lambda one: studio.sample(*one), wanted)]
    for (model, config), items in zip(wanted, beside, strict=True):
        np.testing.assert_array_equal(items, sampler.draw(studio.load(model), config)[0])
