"""Real or generated?: scores, sides, pairs in one form, where real samples come from."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import contextlib
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import toys
from quizzes import MODEL, QUICK, People, games_of, info, studio, weights, who  # noqa: F401

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import hub
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import ConfigError, DataError, NotFoundError, TganError
from tgan_demo.files.disk import read_json, write_json
from tgan_demo.measure.proportion import wilson
from tgan_demo.models.folder import load_model
from tgan_demo.quiz import pairs, sources
from tgan_demo.quiz.game import About, Game, Player, Score
from tgan_demo.quiz.games import Asked
from tgan_demo.quiz.pairs import NONE, Pairs
from tgan_demo.shipped import WEIGHTS
from tgan_demo.studio import ModelInfo, Studio
from tgan_demo.ui import quiz

# -- the Wilson interval


def test_wilson_is_the_shares_that_lie_z_standard_errors_away() -> None:
    for right, count in ((1, 7), (10, 20), (14, 20), (17, 20), (199, 200)):
        for end in wilson(right, count, z=1.5):
            error = math.sqrt(end * (1 - end) / count)
            assert abs(right / count - end) == pytest.approx(1.5 * error, abs=1e-12)


def test_wilson_at_the_ends_mirrored_and_of_known_values() -> None:
    z2 = 1.959963984540054**2
    assert wilson(0, 10) == (0.0, pytest.approx(z2 / (10 + z2)))
    assert wilson(10, 10) == (pytest.approx(10 / (10 + z2)), 1.0)
    low, high = wilson(14, 20)
    assert (1 - high, 1 - low) == pytest.approx(wilson(6, 20))
    assert (round(low, 4), round(high, 4)) == (
        0.481,
        0.8545,
    )  # R: prop.test(14, 20, correct = FALSE)
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="0 to 3"):
        wilson(4, 3)


# -- sides


def coins(secret: bytes, players: int = 100, count: int = 40) -> np.ndarray:
    game = toy_game(secret)
    return np.array([[game.side(Player(n), k) for k in range(count)] for n in range(players)])


def toy_game(secret: bytes = b"s" * 32, *, swap: bool = False, way: str = "pairs") -> Game:
    rng = np.random.default_rng(0)
    real, fake = rng.integers(0, 256, (2, 10, 8, 8, 3), dtype=np.uint8)
    if swap:
        real, fake = fake, real
    logits = np.arange(10.0)
    made = Pairs(real, fake, np.arange(10) % 3 - 1, logits, logits[::-1].copy())
    about = About(
        model=MODEL, title="Faces", modality="image", classes=("a", "b"), source="Cartoon faces",
        way=way, seconds=2 if way == "single" else 0, is_seen=False,
    )  # fmt: skip
    return Game(about, made, secret, host="h", is_open=False)


def test_sides_are_fair_coins_and_the_same_again() -> None:
    sides = coins(b"a" * 32)
    assert np.array_equal(sides, coins(b"a" * 32))
    four_sigma = 4 * 0.5 / math.sqrt(sides.size)
    assert abs(sides.mean() - 0.5) < four_sigma
    # nor do the pair before, another player or another secret tell anything
    for told, real in (
        (sides[:, 1:], sides[:, :-1]),
        (sides[1:], sides[:-1]),
        (sides, coins(b"b" * 32)),
    ):
        assert abs((told == real).mean() - 0.5) < four_sigma * 1.1
    assert len({tuple(row) for row in sides}) == len(sides)


def test_right_is_who_chose_the_side_of_the_real_one() -> None:
    game = toy_game()
    player = game.join("p")
    for k in range(10):
        shown = game.shown(player)
        side = next(i for i in (0, 1) if np.array_equal(shown[i], game.pairs.real[k]))
        assert np.array_equal(shown[1 - side], game.pairs.fake[k])
        assert game.answer(player, k, side if k < 7 else 1 - side) is (k < 7)
    assert player.score == Score(7, 10) and game.is_done(player)
    assert game.d_score.right == 5  # logits 5..9 above 4..0
    for k in (9, 10):
        with pytest.raises(ConfigError):
            game.answer(player, k, 0)
    assert game.join("p") is player and player.score == Score(7, 10)


def test_one_at_a_time_shows_real_and_generated_ones() -> None:
    game = toy_game(way="single")
    player = game.join("p")
    kinds = set()
    for k in range(10):
        (shown,) = game.shown(player)
        is_real = np.array_equal(shown, game.pairs.real[k])
        kinds.add(is_real)
        assert game.answer(player, k, 0 if is_real else 1)
    assert kinds == {True, False} and game.about.kept_as == "single 2"


@pytest.mark.parametrize("way", ["pairs", "single"])
def test_a_question_tells_nothing_but_what_it_shows(studio: Studio, way: str) -> None:
    """Where a real and a generated sample change places, so that the same is to be seen, the page gets the
    same to the byte.
    """
    one, other = toy_game(way=way), toy_game(way=way, swap=True)
    questions = {}
    for game in (one, other):
        for n in range(40):
            game.join(f"p{n}")
        for player in game.players.values():
            shown = game.shown(player).tobytes()
            questions.setdefault(shown, []).append(quiz._state(studio, game, player))
    assert len(questions) == 2
    for alike in questions.values():
        assert len(alike) > 20 and all(state == alike[0] for state in alike)
    state = alike[0]
    assert "told" not in state and "d" not in state and "seeds" not in state["question"]


def test_both_of_a_pair_are_sent_in_one_form() -> None:
    game = toy_game(way="single")
    heads, keys = set(), set()
    for n in range(8):
        player = game.join(str(n))
        sent = quiz.question(game, player)
        keys.add(tuple(sent))
        heads.add(sent["src"]["png"][:56])  # signature and header: size, depth, colour type
    assert len(heads) == len(keys) == 1


# -- pairs


def test_pairs_share_a_class_and_no_row_is_taken_twice() -> None:
    rng = np.random.default_rng(3)
    labels_P = np.arange(40) % 8
    classes_N = np.array([1, 1, 2, 7, 0, 1, 1, 1, 1])  # six of class 1, of which there are five
    rows, labels = pairs.matched(labels_P, classes_N, 40, 9, rng)
    assert len(set(rows)) == 9
    has = labels != NONE
    assert np.array_equal(labels_P[rows[has]], classes_N[has]) and (~has).sum() == 1
    rows, labels = pairs.matched(None, classes_N, 40, 9, rng)
    assert len(set(rows)) == 9 and (labels == NONE).all()


def test_a_game_is_the_same_again_from_the_same_seed(
    studio: Studio, info: ModelInfo, who: People
) -> None:
    first, again, other = (games_of(studio, seed=s * 32) for s in (b"a", b"a", b"b"))
    made = [games.begin(info, who["v"], QUICK) for games in (first, again, other)]
    real = [game.pairs.real.tobytes() for game in made]
    assert real[0] == real[1] != real[2]
    assert np.array_equal(made[0].pairs.logits_fake_N, made[1].pairs.logits_fake_N)
    assert (
        first.begin(info, who["v"], QUICK).pairs.real.tobytes() != real[0]
    )  # the next one is another
    both = made[0].pairs
    assert both.real.shape == both.fake.shape and both.real.dtype == both.fake.dtype
    assert (both.labels_N != NONE).all()  # eight classes, all of them painted


def test_d_judges_the_items_as_they_are_seen(studio: Studio, info: ModelInfo, who: People) -> None:
    made = games_of(studio).begin(info, who["v"], QUICK).pairs
    for items, logits in ((made.real, made.logits_real_N), (made.fake, made.logits_fake_N)):
        judged = studio.judge(MODEL, items[0], int(made.labels_N[0])).logit
        assert judged == pytest.approx(float(logits[0]), abs=1e-5)


@pytest.mark.parametrize("name", ["image/digits", "text/poems", "video/sprites"])
def test_what_comes_from_a_signal_goes_through_unchanged(name: str) -> None:
    model = load_model(WEIGHTS / name)
    items, _ = sampler.draw(model, SampleConfig(count=4))
    assert np.array_equal(pairs.formed(model, items), items)


def test_a_real_sound_gets_its_phases_as_a_generated_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys.quick_phases(monkeypatch)
    toys.make_model(tmp_path / "a", toys.SPEAKS)
    model = load_model(tmp_path / "a")
    formed = pairs.formed(model, toys.TONES[:3])
    signal = model.tokenizer.from_items(toys.TONES[:3], model.config)
    assert np.array_equal(formed, model.tokenizer.to_items(signal))
    assert formed.dtype == np.int16 and not np.array_equal(formed, toys.TONES[:3])


def test_a_text_that_an_autoencoder_would_change_stays_what_it_is() -> None:
    model = load_model(WEIGHTS / "text" / "code")
    text = "def __len__(self):\n    return len(self.items)"
    assert pairs.formed(model, np.array([text])).tolist() == [text]
    # longer ones, which would be cut where no generated one ends, are left out while others are there
    pool = Dataset("own", np.array([text, text + "\n    # more" * 99] * 4), modality="text")
    assert len(pairs._whole(model, pool, 4)) == 4


def test_too_few_real_samples_are_told(studio: Studio, info: ModelInfo) -> None:
    pool = Dataset("mine", np.zeros((3, 32, 32, 3), np.uint8), modality="image")
    with pytest.raises(DataError, match="4 real samples"):
        pairs.make(studio.load(MODEL), pool, 10, np.random.default_rng(0), contextlib.nullcontext)


# -- where real samples come from


def test_only_what_a_model_learned_from_is_offered(studio: Studio) -> None:
    found = {model.id: sources.sources(model, studio.store, None) for model in studio.models()}
    named = {
        model: [(one.id, one.kind, one.is_learned) for one in rows] for model, rows in found.items()
    }
    assert named == {
        "image/faces": [("faces64", "made", True)],
        "image/digits": [("hub:mnist", "hub", True)],
        "image/avatars": [],
    }
    with pytest.raises(NotFoundError, match="choose one"):
        sources.find("digits", studio.info("image/avatars"), studio.store, None)


def test_a_visitors_own_data_are_theirs_alone(studio: Studio, weights: Path) -> None:
    visitor, other = studio.store.new_visitor(), studio.store.new_visitor()
    items = np.random.default_rng(0).integers(0, 256, (20, 20, 20, 3), dtype=np.uint8)
    data = studio.store.add_dataset(visitor, Dataset("cats", items, modality="image"))
    avatars = studio.info("image/avatars")
    (source,) = sources.sources(avatars, studio.store, visitor)
    assert (source.id, source.kind, source.is_learned, source.is_seen) == (data, "own", False, True)
    assert not sources.sources(avatars, studio.store, other)
    game = studio.games.begin(avatars, visitor, Asked(source=data, count=20))
    assert game.pairs.real.shape == (20, 32, 32, 3) and game.about.record == ""
    with pytest.raises(TganError):
        studio.games.begin(avatars, other, Asked(source=data))


def test_an_own_model_is_judged_beside_what_it_learned_from(
    studio: Studio, who: People, weights: Path, tmp_path: Path
) -> None:
    shutil.copytree(weights / "image" / "faces", tmp_path / "cats")
    settings = read_json(tmp_path / "cats" / "config.json")
    write_json(tmp_path / "cats" / "config.json", settings | {"data": {"name": "cats"}})
    model = studio.store.add_model_folder(who["v"], tmp_path / "cats")
    items = np.zeros((20, 20, 20, 3), np.uint8)
    ids = {}
    for name in ("dogs", "cats"):
        made = Dataset(name, items, modality="image")
        ids[name] = studio.store.add_dataset(who["v"], made)
    info = studio.info(model, who["v"])
    found = sources.sources(info, studio.store, who["v"])
    assert [(one.id, one.is_learned) for one in found] == [
        (ids["cats"], True),
        (ids["dogs"], False),
    ]
    records = [
        studio.games.begin(info, who["v"], Asked(source=data)).about.record for data in ids.values()
    ]
    assert records[0] == "" and records[1] not in (
        "",
        studio.games._record(studio.info(MODEL), None),
    )


def test_a_set_of_the_hub_gives_its_test_part(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def load(name: str, **options: object) -> Dataset:
        asked.append((name, options["split"]))
        return Dataset(name, np.zeros((500, 28, 28, 1), np.uint8), modality="image")

    monkeypatch.setattr(hub, "load", load)
    info = studio.info("image/digits")
    (source,) = sources.sources(info, studio.store, None)
    assert asked == []  # nothing is fetched before somebody asks
    pool = sources.pool(source, info, studio.store, None, np.random.default_rng(0))
    assert asked == [("mnist", "test")] and len(pool) == sources.POOL


def test_real_samples_are_new_every_time(studio: Studio, info: ModelInfo) -> None:
    (source,) = sources.sources(info, studio.store, None)
    pools = [
        sources.pool(source, info, studio.store, None, np.random.default_rng(s)) for s in (1, 1, 2)
    ]
    assert np.array_equal(pools[0].items, pools[1].items)
    assert not np.array_equal(pools[0].items, pools[2].items)
