"""One number, one place: cards, docs/scores.md and README say what docs/scores.json says."""

import json
import re
from pathlib import Path

import pytest

from tgan_demo.data import recipes
from tgan_demo.errors import ConfigError
from tgan_demo.models import card, collection, tables
from tgan_demo.models.folder import CONFIG

MODELS = sorted(collection.collect())
FOUND = json.loads((collection.DOCS / "scores.json").read_text("utf-8"))


def test_the_collection_has_every_model_as_its_folder_has_it() -> None:
    folders = {
        str(f.parent.relative_to(collection.WEIGHTS))
        for f in collection.WEIGHTS.glob("*/*/card.md")
    }
    assert collection.collect() == FOUND and set(FOUND) == folders


@pytest.mark.parametrize("name", MODELS)
def test_a_card_shows_the_collection_s_numbers(name: str) -> None:
    text = (collection.WEIGHTS / name / "card.md").read_text("utf-8")
    inside = text.partition("## Scores\n\n")[2].partition("\n\n## ")[0]
    assert inside == "\n\n".join(tables.tables(FOUND[name]))
    meta = json.loads((collection.WEIGHTS / name / "config.json").read_text("utf-8"))
    assert card.filled(meta["note"], FOUND[name]) in text and f"Chosen: {meta['chosen']}" in text


def test_the_page_of_scores_shows_the_collection_s_numbers() -> None:
    assert (collection.DOCS / "scores.md").read_text("utf-8") == collection.page(FOUND)


def test_readme_shows_the_collection_s_numbers() -> None:
    text = (collection.ROOT / "README.md").read_text("utf-8")
    assert text == collection.with_numbers(text, FOUND)
    for name in MODELS:
        assert tables.headline(FOUND[name], *recipes.load_recipe(name).headline) in text
    assert re.search(r"evaluate --all --data", text)


def test_another_number_is_seen(tmp_path: Path) -> None:
    text = (collection.ROOT / "README.md").read_text("utf-8")
    other = json.loads(json.dumps(FOUND))
    other["text/poems"]["scores"]["text"]["reverse_nll"]["value"] = 1.25
    assert "reverse NLL 1.25 (real" in collection.with_numbers(text, other)
    with pytest.raises(ConfigError, match="README"):
        collection.with_numbers("no table", FOUND)
    collection.write_pages(docs=tmp_path, readme=_copy(tmp_path, text))
    for name in ("scores.json", "scores.md"):
        assert (tmp_path / name).read_text("utf-8") == (collection.DOCS / name).read_text("utf-8")


def test_a_model_on_its_way_is_none_of_the_collection(tmp_path: Path) -> None:
    """`ship` writes the pages while what it made the model in is still there, or was left by a kill."""
    for kind, name in ((".ship-1", "faces"), ("image", "avatars")):
        folder = tmp_path / kind / name
        folder.mkdir(parents=True)
        text = json.dumps({"id": f"image/{name}", "scores": {"nimg": 1}})
        (folder / CONFIG).write_text(text, "utf-8")
    assert collection.collect(tmp_path) == {"image/avatars": {"nimg": 1}}


def test_a_note_says_what_the_table_says() -> None:
    rows = {"text": {"forward_nll": {"value": 3.5187, "real": 4.3081, "ratio": 0.8}}}
    said = card.filled(
        "{text.forward_nll}, {text.forward_nll.real}, {text.none}, {}", {"scores": rows}
    )
    assert said == "3.52, 4.31, {text.none}, {}"


def test_captions_people_write_have_the_forward_nll_of_held_out_text() -> None:
    rows = FOUND["text/captions"]["scores"]["text"]
    assert rows["forward_nll"]["real"] == pytest.approx(4.31, abs=0.1)


def _copy(folder: Path, text: str) -> Path:
    path = folder / "README.md"
    path.write_text(text, "utf-8")
    return path
