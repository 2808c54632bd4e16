"""docs/scores.md says what the cards say."""

from tgan_demo.models import card, ship


def test_the_page_of_scores_is_what_the_cards_give(tmp_path) -> None:
    card.write_scores(ship.WEIGHTS, tmp_path / "scores.md")
    assert (tmp_path / "scores.md").read_text("utf-8") == ship.SCORES.read_text("utf-8")
    assert all(
        f"## `{f.parent.parent.name}/{f.parent.name}`" in ship.SCORES.read_text("utf-8")
        for f in ship.WEIGHTS.glob("*/*/card.md")
    )
