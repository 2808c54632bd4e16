"""Links to show: one own model with one set of settings, for whoever has the link, until it is taken back."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
import segno

from tgan_demo.config import SampleConfig
from tgan_demo.errors import NotFoundError, QuotaError, TganError
from tgan_demo.people import links
from tgan_demo.people.store import Store
from tgan_demo.studio import Studio
from tgan_demo.ui import blocks, shown, visit
from tgan_demo.ui import links as ui_links
from tgan_demo.ui.page import Page, View

CONFIG = SampleConfig(seed=7, count=9, psi=0.6)


@pytest.fixture
def studio(tmp_path: Path, toy_weights: Path) -> Studio:
    return Studio(tmp_path / "home", toy_weights)


@pytest.fixture
def maya(studio: Studio, toy_weights: Path) -> tuple[str, str]:
    """A visitor and her model."""
    visitor = studio.store.new_visitor()
    return visitor, studio.store.add_model_folder(visitor, toy_weights / "image" / "digits")


def test_a_link_shows_the_model_as_it_was_set(studio: Studio, maya: tuple[str, str]) -> None:
    visitor, model = maya
    link = studio.store.links.make(visitor, model, CONFIG)
    info, config, drawn = studio.shown(link.token)
    assert (info.id, config, drawn.seeds[0]) == (model, CONFIG, 7)
    own = studio.sample(model, CONFIG, visitor)
    assert np.array_equal(drawn.items, own.items)


def test_tokens_are_no_visitors_and_cannot_be_guessed(
    studio: Studio, maya: tuple[str, str]
) -> None:
    visitor, model = maya
    tokens = {studio.store.links.make(visitor, model, SampleConfig(seed=s)).token for s in range(9)}
    assert len(tokens) == 9 and all(len(token) == 32 for token in tokens)
    token = tokens.pop()
    assert visitor not in tokens | {token} and model.split("/")[1] not in token
    guesses = (
        None,
        "",
        "0" * 32,
        visitor,
        model,
        token[:-1],
        f"../{token}",
        token.upper() + "x",
        7,
    )
    for guess in guesses:
        with pytest.raises(NotFoundError):
            studio.shown(guess)  # type: ignore[arg-type]
    for use in (studio.store.check, studio.models, studio.store.datasets, studio.store.used_bytes):
        with pytest.raises(NotFoundError):
            use(token)


def test_a_link_opens_nothing_else(
    studio: Studio, maya: tuple[str, str], toy_weights: Path
) -> None:
    visitor, model = maya
    other = studio.store.add_model_folder(visitor, toy_weights / "image" / "avatars")
    token = studio.store.links.make(visitor, model, CONFIG).token
    guest = studio.store.new_visitor()
    for who in (guest, token, None):
        for what in (model, other):
            with pytest.raises(TganError):
                studio.sample(what, CONFIG, who)
            with pytest.raises(TganError):
                studio.store.export_model(who, what)  # type: ignore[arg-type]
    assert not [info for info in studio.models(guest) if info.own]


def test_only_own_models_are_shown(studio: Studio, maya: tuple[str, str]) -> None:
    _, model = maya
    guest = studio.store.new_visitor()
    for visitor, what in (
        (guest, model),
        (guest, "image/digits"),
        (None, model),
        (guest, "run/../"),
    ):
        with pytest.raises(NotFoundError):
            studio.store.links.make(visitor, what, CONFIG)
    assert studio.store.links.of(guest) == [] and not any(studio.store.check(guest).iterdir())


def test_what_was_taken_back_shows_nothing(studio: Studio, maya: tuple[str, str]) -> None:
    visitor, model = maya
    kept = studio.store.links
    one, two = (kept.make(visitor, model, SampleConfig(seed=seed)) for seed in (1, 2))
    with pytest.raises(NotFoundError):  # by nobody but its owner
        kept.revoke(studio.store.new_visitor(), one.token)
    kept.revoke(visitor, one.token)
    with pytest.raises(NotFoundError):
        studio.shown(one.token)
    with pytest.raises(NotFoundError):
        kept.revoke(visitor, one.token)
    assert kept.of(visitor) == [two]
    kept.revoke(visitor, two.token)
    assert not (studio.store.check(visitor) / "links").exists()


def test_a_deleted_model_takes_its_links_along(studio: Studio, maya: tuple[str, str]) -> None:
    visitor, model = maya
    link = studio.store.links.make(visitor, model, CONFIG)
    studio.store.delete(visitor, model)
    with pytest.raises(NotFoundError):
        studio.shown(link.token)
    assert studio.store.links.of(visitor) == []


def test_links_are_bounded_and_the_same_state_has_one(
    studio: Studio, maya: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MAX_LINKS", 3)
    visitor, model = maya
    made = [studio.store.links.make(visitor, model, SampleConfig(seed=seed)) for seed in (1, 2, 3)]
    with pytest.raises(QuotaError, match="take one back"):
        studio.store.links.make(visitor, model, SampleConfig(seed=4))
    assert studio.store.links.make(visitor, model, SampleConfig(seed=2)) == made[1]
    studio.store.links.revoke(visitor, made[0].token)
    assert studio.store.links.make(visitor, model, SampleConfig(seed=4)).config.seed == 4


def test_links_survive_a_restart_and_not_a_damaged_file(
    studio: Studio, maya: tuple[str, str]
) -> None:
    visitor, model = maya
    one, two = (studio.store.links.make(visitor, model, SampleConfig(seed=s)) for s in (1, 2))
    folder = studio.store.check(visitor) / "links"
    (folder / f"{two.token}.json").write_text('{"model": "../../x", "config": {"seed": -1}}')
    (folder / "notes.json").write_text("{}")
    again = Store(studio.store.data_dir)
    assert again.links.find(one.token) == one
    for token in (two.token, "notes"):
        with pytest.raises(NotFoundError):
            again.links.find(token)


def test_reading_all_links_leaves_nobody_seen(studio: Studio, maya: tuple[str, str]) -> None:
    visitor, model = maya
    studio.store.links.make(visitor, model, CONFIG)
    long_ago = time.time() - 40 * 86_400
    os.utime(studio.store.check(visitor), (long_ago, long_ago))
    again = Store(studio.store.data_dir)
    with pytest.raises(NotFoundError):
        again.links.find("0" * 32)
    assert again.clean(30) == 1


# --- on the page


def test_a_followed_link_counts_where_the_browser_has_no_id(studio: Studio) -> None:
    me, other = studio.store.new_visitor(), studio.store.new_visitor()

    def opened(**query: str) -> visit.Visit:
        return visit.open_page(studio, query, blocks.TABS)

    fresh = opened(offered=other)
    assert (fresh.visitor, fresh.offered) == (other, "")
    kept = opened(me=me, offered=other)
    assert (kept.visitor, kept.offered, kept.notes) == (me, other, [])
    same = opened(me=me, offered=me)
    assert (same.visitor, same.offered) == (me, "")
    unknown = opened(me=me, offered="0" * 32)
    assert (unknown.visitor, unknown.offered, len(unknown.notes)) == (me, "", 1)
    gone = opened(me="0" * 32, offered=other)  # nothing to lose
    assert (gone.visitor, gone.offered) == (other, "")


def test_a_link_to_show_opens_no_tab(studio: Studio) -> None:
    start = visit.open_page(studio, {"show": "0" * 32, "tab": "train"}, blocks.TABS)
    assert (start.show, start.tab) == ("0" * 32, "")
    assert shown.values(studio, start.show) == shown.values(studio, "") == [None, None, None]


def test_links_are_given_and_taken_back(studio: Studio, maya: tuple[str, str]) -> None:
    page, (visitor, model) = Page(studio), maya
    view = View(visitor, "en", model, SampleConfig(seed=3, count=4, label=1))
    given = ui_links.on_give(page, view, {})
    (row,) = given["links"]
    assert (row["token"], row["seed"]) == (given["token"], 3)
    lead, sheet, clock = shown.values(studio, given["token"])
    assert sheet["seeds"] == [3, 4, 5, 6] and "state" not in sheet and clock == {"frames": 1}
    assert visitor not in str([lead, sheet]) and model not in str([lead, sheet])
    for data in ({"token": "x" * 900}, {"token": ["a"]}, None, 7):
        assert ui_links.on_revoke(page, view, data)["error"]
    assert ui_links.on_revoke(page, view, {"token": row["token"]}) == {"links": []}
    assert shown.values(studio, given["token"])[0] is None
    bundled = View(visitor, "en", "image/digits", SampleConfig())
    assert ui_links.on_give(page, bundled, {})["error"]  # needs no token


def test_a_code_holds_the_address() -> None:
    text = "https://studio.example/?show=0123456789abcdef&lang=zh"
    code, made = ui_links.qr(text), segno.make_qr(text, error="m")
    dark = set()
    for run in code["path"].split("M")[1:]:
        x, _, rest = run.partition(" ")
        y, _, length = rest.partition("h")
        dark |= {(int(x) + i, int(y)) for i in range(int(length.split("v")[0]))}
    expected = {(x, y) for y, row in enumerate(made.matrix) for x, on in enumerate(row) if on}
    assert code["size"] == len(made.matrix) and dark == expected
    for text in ("", "x" * (ui_links.MAX_CODE + 1), None, {"a": 1}):
        assert ui_links.qr(text) == {"size": 0, "path": ""}
