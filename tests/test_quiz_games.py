"""Real or generated?: games that are joined, what is kept of them, the page's handlers."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from quizzes import MODEL, QUICK, People, games_of, info, studio, weights, who  # noqa: F401

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.errors import NotFoundError, QuotaError
from tgan_demo.measure.proportion import wilson
from tgan_demo.quiz import games as all_games
from tgan_demo.quiz import kept
from tgan_demo.quiz.game import Score
from tgan_demo.quiz.games import Asked, Games
from tgan_demo.quiz.kept import Kept, Tally
from tgan_demo.studio import ModelInfo, Studio
from tgan_demo.ui import quiz
from tgan_demo.ui.page import Page, View

# -- games


def test_values_from_outside_are_clamped(studio: Studio, info: ModelInfo, who: People) -> None:
    for way, count, seconds in (("x", 10**9, "a"), (None, -1, None), (["single"], True, math.nan)):
        game = studio.games.begin(info, who["v"], Asked("faces64", way, count, seconds, "yes"))
        assert (game.about.way, len(game.pairs), game.is_open) == ("pairs", 20, False)
    game = studio.games.begin(info, who["v"], Asked("faces64", "single", 10, 3, True))
    assert (game.about.seconds, game.is_open) == (5, True)
    for source in (None, 7, "hub:mnist", "../x", ["faces64"]):
        with pytest.raises(NotFoundError):
            studio.games.begin(info, who["v"], Asked(source))


def test_a_class_plays_the_same_pairs_by_a_code(
    studio: Studio, info: ModelInfo, who: People
) -> None:
    games = studio.games
    game = games.begin(info, who["teacher"], replace(QUICK, is_open=True))
    code = games.code(game)
    assert len(code) == 6 and set(code) <= set(all_games.LETTERS)
    for pupil in (who["a"], who["b"]):
        assert games.join(pupil, f" {code[:3].lower()}-{code[3:].lower()} ") is game
    for bad in ("", "0" * 6, None, 7, "x" * 9999):
        with pytest.raises(NotFoundError):
            games.join(who["c"], bad)
    for pupil, correct in ((who["a"], 10), (who["b"], 5)):
        for k in range(10):
            player = game.players[pupil]
            side = game.side(player, k)
            games.answer(pupil, k, side if k < correct else 1 - side)
    assert game.together == Score(15, 20)
    assert game.of_pair(0) == Score(2, 2) and game.of_pair(9) == Score(1, 2)
    assert game.together.interval == wilson(15, 20)


def test_a_game_of_one_is_joined_by_nobody_else(
    studio: Studio, info: ModelInfo, who: People
) -> None:
    game = studio.games.begin(info, who["v"], QUICK)
    with pytest.raises(NotFoundError):
        studio.games.join(who["w"], studio.games.code(game))
    studio.games.leave(who["v"])
    assert studio.games.current(who["v"]) is None and studio.games.code(game) == ""


def test_games_are_forgotten_and_bounded(
    studio: Studio, info: ModelInfo, who: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    games = games_of(studio, clock=lambda: now[0])
    shared = replace(QUICK, is_open=True)
    monkeypatch.setattr(all_games, "MAX_GAMES", 3)
    first = games.begin(info, who["a"], shared)
    alone = games.begin(info, who["b"], QUICK)
    games.begin(info, who["c"], shared)
    games.begin(info, who["d"], shared)  # the one that one alone plays goes
    assert games.current(who["b"]) is None and games.code(alone) == "" and games.code(first)
    with pytest.raises(QuotaError, match="3 games"):
        games.begin(info, who["e"], shared)
    monkeypatch.setattr(all_games, "MAX_GAMES", 64)
    for _ in range(all_games.MAX_HOSTED + 1):
        games.begin(info, who["a"], shared)
    assert games.code(first) == ""  # this host's oldest
    monkeypatch.setattr(all_games, "MAX_BYTES", 10)
    with pytest.raises(QuotaError):
        games.begin(info, who["f"], QUICK)
    now[0] = all_games.IDLE_S + 1
    assert games.current(who["c"]) is None and not games._games


# -- what is kept


def play(games: Games, visitor: str, right: int) -> None:
    game, player = games.current(visitor) or pytest.fail("no game")
    for k in range(len(game.pairs)):
        side = game.side(player, k)
        games.answer(visitor, k, side if k < right else 1 - side)


def test_only_whole_rounds_are_kept_and_only_counts(
    studio: Studio, info: ModelInfo, who: People
) -> None:
    games = studio.games
    games.begin(info, who["v"], QUICK)
    games.answer(who["v"], 0, 0)
    assert games.results(info, None) == {}
    games.begin(info, who["v"], QUICK)
    play(games, who["v"], 8)
    games.begin(info, who["w"], replace(QUICK, way="single", seconds=1))
    play(games, who["w"], 4)
    found = games.results(info, None)
    assert (found["pairs"].right, found["pairs"].n, found["pairs"].rounds) == (8, 10, 1)
    assert (found["single 1"].right, found["single 1"].d_n) == (4, 10)
    (path,) = (studio.store.data_dir / "quiz").glob("*.json")
    assert "visitor" not in path.read_text() and path.stat().st_size < 500
    path.write_text('{"ways": {"pairs": {"right": 9, "n": 1}}}')
    assert games.results(info, None) == {}


def test_the_card_tells_from_a_hundred_answers_on(studio: Studio, info: ModelInfo) -> None:
    page = Page(studio)
    record = studio.games._record(info, None)
    studio.games.kept.add(record, "Faces", "pairs", Tally(70, 99, 9, 80, 99))
    assert quiz.on_card(studio, info, None, "en") == ""
    studio.games.kept.add(record, "Faces", "pairs", Tally(1, 1, 1, 1, 1))
    said = quiz.on_card(studio, info, None, "en")
    assert "71 % of 100 answers (95 % interval 61 to 79 %" in said and "81 %" in said
    assert "100 次回答中有 71 %" in quiz.on_card(studio, info, None, "zh")
    view = View(studio.store.new_visitor(), "en", MODEL, SampleConfig())
    assert quiz.on_open(page, view, None)["kept"] == 100


def test_records_are_of_weights_and_of_whose_they_are(weights: Path, tmp_path: Path) -> None:
    folder = weights / "image" / "faces"
    one, other = kept.record_of(folder), kept.record_of(weights / "image" / "digits")
    assert one == kept.record_of(folder) != other
    assert kept.record_of(folder, "ada mine/1") not in (one, kept.record_of(folder, "bob mine/1"))


def test_records_are_bounded_and_a_full_disk_ends_no_game(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MAX_FILES", 2)
    store = Kept(tmp_path)
    for n in range(4):
        assert store.add(f"{n:032x}", "x", "pairs", Tally(1, 1, 1, 1, 1))
    assert len(list((tmp_path / "quiz").glob("*.json"))) == 2
    (tmp_path / "file").write_text("")
    assert not Kept(tmp_path / "file").add("0" * 32, "x", "pairs", Tally())


# -- the page's handlers


@pytest.fixture
def view(studio: Studio) -> Iterator[View]:
    yield View(studio.store.new_visitor(), "en", MODEL, SampleConfig())


def test_a_round_by_the_handlers(studio: Studio, view: View) -> None:
    page = Page(studio)
    assert quiz.on_open(page, view, None)["part"] == "setup"
    assert quiz.on_review(page, view, None)["rows"] == []
    begun = quiz.on_begin(page, view, {"source": "faces64", "count": 10, "open": True})
    assert begun["question"]["n"] == 2 and begun["code"] and begun["k"] == 0
    for k in range(10):
        assert quiz.on_review(page, view, None)["rows"] == []  # not before the end
        value = quiz.on_answer(page, view, {"k": k, "choice": "1"})
        assert value["told"]["right"] == (value["told"]["side"] == 1)
    assert value["score"]["n"] == value["d"]["n"] == 10 and "question" not in value
    again = quiz.on_answer(page, view, {"k": 9, "choice": 0})
    assert "told" not in again and again["score"] == value["score"]
    review = quiz.on_review(page, view, None)
    assert len(review["rows"]) == 10 and review["sheet"]["n"] == 20
    assert quiz.on_open(page, view, None)["score"] == value["score"]
    assert quiz.on_leave(page, view, None)["part"] == "setup"
    assert quiz.on_answer(page, view, {"k": 0})["key"] == "quiz.gone"


@pytest.mark.parametrize("data", [None, 7, [], {"k": "a", "choice": []}, {"k": -5}, {"k": 10**30}])
def test_nonsense_changes_nothing(studio: Studio, view: View, data: object) -> None:
    page = Page(studio)
    assert quiz.on_join(page, view, data)["key"] == "quiz.nocode"
    assert quiz.on_begin(page, view, data)["part"] == "wrong"
    quiz.on_begin(page, view, {"source": "faces64", "count": 10})
    value = quiz.on_answer(page, view, data)
    assert value["k"] in (0, 1) and quiz.on_look(page, view, data)["players"] == 1


def test_a_model_without_data_says_what_to_bring(studio: Studio, view: View) -> None:
    value = quiz.on_open(Page(studio), replace(view, model="image/avatars"), None)
    assert value["sources"] == [] and (value["data"], value["origin"]) == ("Nouns", "tests")


def test_the_toy_modality_plays_too(ring_weights: Path, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "data", weights_dir=ring_weights)
    visitor = studio.store.new_visitor()
    data = studio.store.add_dataset(visitor, Dataset("mine", toys_points(), modality="ring"))
    view = View(visitor, "zh", "ring/circle", SampleConfig())
    value = quiz.on_begin(Page(studio), view, {"source": data, "count": 10, "way": "single"})
    assert value["question"]["n"] == 1 and value["modality"] == "ring"


def toys_points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32).clip(-1, 1)
