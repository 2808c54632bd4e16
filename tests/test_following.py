"""What the viewers of a run are told: asked for and written once for all who look at the same time."""

import pytest

from tgan_demo.errors import NotFoundError
from tgan_demo.runs import following
from tgan_demo.runs.following import Followed, Following


class Runs:
    """One run whose step counts how often it was asked for."""

    def __init__(self) -> None:
        self.looks = self.asked = 0

    def look(self, visitor: str) -> Followed:
        if visitor != "me":
            raise NotFoundError("nobody")
        self.looks += 1
        return Followed([{"id": "run/a"}], "run/a", self.status)

    def status(self, run: str) -> dict:
        self.asked += 1
        return {"id": run, "step": self.asked, "frame_id": 4, "frame": "F", "attention": "A"}


def test_thirty_pages_ask_once() -> None:
    runs, written = Runs(), []
    shared = Following(runs.look)

    def write(status: dict) -> str:
        written.append(status)
        return str(status["step"])

    for page in range(30):
        now = shared.of("me")
        assert now.active == "run/a" and now.written("run/a", 4 * (page % 2), write) == "1"
    assert (runs.looks, runs.asked, len(written)) == (1, 1, 2)
    new, known = written
    assert (new["frame"], new["attention"]) == ("F", "A")
    assert known["frame"] is None and known["attention"] is None


def test_what_was_told_is_told_anew_after_a_moment_and_after_a_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = Runs()
    shared = Following(runs.look)
    first = shared.of("me")
    assert shared.of("me", fresh=True).status("run/a")["step"] == 1 and runs.looks == 2
    assert first.status("run/a")["step"] == 2
    monkeypatch.setattr(following, "KEPT_S", 0.0)
    shared.of("me")
    assert runs.looks == 3 and list(shared._known) == ["me"]


def test_a_stranger_learns_nothing() -> None:
    with pytest.raises(NotFoundError):
        Following(Runs().look).of("you")
