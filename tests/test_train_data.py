"""The Train tab's data: uploads shown before use, texts, sets of the Hub, forecasts."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import io
import types
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from train_place import QUICK, Place, place, training_is_not_starved  # noqa: F401

from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, hub
from tgan_demo.errors import DataError, NotFoundError, QuotaError, TganError
from tgan_demo.runs import speeds
from tgan_demo.studio import Studio
from tgan_demo.ui.panels.train import forecast as train_forecast
from tgan_demo.ui.panels.train import sources as train_data
from tgan_demo.ui.words.table import WORDS


def pictures(folder: Path, count: int) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i}.png" for i in range(count)]
    for i, path in enumerate(paths):
        Image.new("RGB", (40, 24), (i * 9, 90, 200)).save(path)
    return [str(path) for path in paths]


def test_the_menu_shows_pictures_without_a_network(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(catalogue, "MAX_MADE", 200)  # reading 8,000 functions takes ten seconds
    for data_id, source in catalogue.built_in().items():
        shown = train_data.preview_of(place.page, place.visitor, data_id)
        is_online = data_id.startswith("hub:")
        few = source.modality == "video"  # clips want room
        assert shown["n"] == (0 if is_online else 20 // (1 + few))
        if not is_online:
            assert ("sounds" in shown["src"]) == (data_id == "drums")
            assert (shown["src"]["kind"] == "film") == few
        if not is_online:
            assert f"name.{source.title}" in WORDS


def test_uploads_are_shown_first_and_kept_only_when_wanted(place: Place, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "in", 22)
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    paths.append(str(tmp_path / "in" / "notes.txt"))
    before = len(place.studio.store.datasets(place.visitor))
    value, held = train_data.on_upload(place.page, place.visitor, paths)
    crop = value["upload"]
    assert (crop["count"], crop["left_out"], crop["enough"]) == (22, 1, True)
    assert len(place.studio.store.datasets(place.visitor)) == before
    value = train_data.on_crop(place.page, place.visitor, held, {"side": 28, "channels": 1})
    assert (value["upload"]["side"], value["upload"]["w"]) == (28, 28)
    value = train_data.on_keep(
        place.page, place.visitor, held, {"side": 28, "channels": 1, "title": "<b>mine</b>"}
    )
    data_id = value["preview"]["id"]
    assert value["preview"]["take"]
    assert place.studio.store.dataset(place.visitor, data_id).items.shape == (22, 28, 28, 1)
    assert not any(
        Path(path).exists() for path in held.paths
    )  # nothing stays in the temporary folder
    train_data.on_forget(place.page, place.visitor, {"id": data_id})
    with pytest.raises(NotFoundError):
        place.studio.store.dataset(place.visitor, data_id)


def test_the_nearest_start_needs_the_fewest_changes(toy_weights: Path, tmp_path: Path) -> None:
    studio = Studio(tmp_path, weights_dir=toy_weights)
    page, visitor = types.SimpleNamespace(studio=studio), studio.store.new_visitor()
    colours = {shape[0]: info.id for info in studio.models(None) for shape in [info.shape]
               if info.modality == "image"}  # fmt: skip
    for channels, wanted in colours.items():
        items = np.zeros((24, 8, 8, channels), np.uint8)
        mine = Dataset("mine", items, modality="image")
        data = studio.store.add_dataset(visitor, mine)
        value = train_data.on_near(page, visitor, {"id": data})
        assert value["preview"]["start"] == wanted and value["preview"]["id"] == data
        assert value["preview"]["take"]
    clips = Dataset("clips", np.zeros((4, 2, 2, 2), np.float32), modality="ring")
    assert train_data.nearest(page, clips) == "scratch"


def test_too_few_or_no_pictures_are_said_so(place: Place, tmp_path: Path) -> None:
    value, held = train_data.on_upload(place.page, place.visitor, pictures(tmp_path / "in", 3))
    assert not value["upload"]["enough"]
    with pytest.raises(DataError, match="20"):
        train_data.on_keep(place.page, place.visitor, held, {})
    junk = tmp_path / "a.bin"
    junk.write_text("x")
    with pytest.raises(DataError, match="no picture"):
        train_data.on_upload(place.page, place.visitor, [str(junk)])
    assert not junk.exists()


def test_another_visitor_can_neither_see_nor_delete(place: Place) -> None:
    other = place.studio.store.new_visitor()
    with pytest.raises(TganError):
        train_data.preview_of(place.page, other, place.data)
    with pytest.raises(TganError):
        train_data.on_forget(place.page, other, {"id": place.data})
    ids = [row["id"] for row in train_data.setup_value(place.page, other)["data"]]
    assert place.data not in ids


def test_an_unknown_name_of_the_hub_is_refused_before_the_network(place: Place) -> None:
    with pytest.raises(NotFoundError, match="mnist"):
        train_data.on_hub(place.page, place.visitor, {"name": "../../secrets"})


def test_any_set_of_the_hub_becomes_the_visitors_own(place: Place, stand_in) -> None:
    columns = {"said": [f"line {k} of a text" for k in range(60)], "name": ["x"] * 60}
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    repo = stand_in.add("ada/set", {"test-0.parquet": file.getvalue()}, "datasets")
    repo.card = {"license": "cc0-1.0"}
    ask = {"name": "ada/set", "split": "test", "column": "said"}
    value = train_data.on_hub(place.page, place.visitor, ask)
    data_id = value["preview"]["id"]
    assert data_id.startswith("data/") and value["preview"]["take"]
    kept = place.studio.store.dataset(place.visitor, data_id)
    assert (len(kept), kept.licence) == (60, "cc0-1.0")
    with pytest.raises(DataError, match="no column 'poem'; there are said"):
        train_data.on_hub(place.page, place.visitor, ask | {"column": "poem"})
    store = place.studio.store
    with store._fetching, store._fetching, pytest.raises(QuotaError, match="others fetch 2"):
        train_data.on_hub(place.page, place.visitor, ask)
    store.delete(place.visitor, data_id)


def test_a_text_file_is_shown_kept_and_learned_from(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(f"name {i} <script>" for i in range(60)))
    value, held = train_data.on_upload(place.page, place.visitor, [str(path)])
    assert value["upload"]["modality"] == "text" and value["upload"]["count"] == 60
    kept = train_data.on_keep(place.page, place.visitor, held, {"rule": "lines"})
    row = next(row for row in kept["data"] if row["id"] == kept["preview"]["id"])
    assert row["medium"] == "text" and row["count"] == 60
    items = place.studio.store.dataset(place.visitor, row["id"]).items
    assert items[0] == "name 0 <script>"  # kept as it is: the page writes text, never HTML


def test_pasted_text_becomes_a_data_set(place: Place) -> None:
    poems = "春風來雨後，花落滿山城。\n月光明江水，歸人夜不行。\n\n" * 60
    kept = train_data.on_paste(place.page, place.visitor, {"text": poems, "rule": "blank lines"})
    items = place.studio.store.dataset(place.visitor, kept["preview"]["id"]).items
    assert set(items) == {
        "春風來雨後花落滿山城月光明江水歸人夜不行"
    }  # punctuation is put back when shown
    with pytest.raises(DataError, match="50"):
        train_data.on_paste(place.page, place.visitor, {"text": "one line"})


# -- forecasts ------------------------------------------------------------------------------------


def test_a_forecast_comes_before_start_and_is_of_the_page_s_request(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speeds, "_rates", {("image", False): 1e9, ("image", True): 3e9})
    ask = train_forecast.server(place.page)
    told = ask({"me": place.visitor, "request": place.ask(images=40)})
    assert (told["images"], told["reaches_game"], told["warm_start"]) == (40, True, 0)
    warm = place.ask(images=40) | {"train": {**QUICK, "warm_start": 1000}}
    told = ask({"me": place.visitor, "request": warm})
    assert not told["reaches_game"] and told["least"] == 2000
    built_in = {"data": "digits", "preset": "fast", "budget": 120, "unit": "seconds"}
    told = ask({"me": place.visitor, "request": built_in})
    assert told["seconds"] == pytest.approx(120, abs=1)
    assert told["command"].endswith(
        " train --model scratch --data digits --preset fast --seconds 120 --seed 0 --out digits-fast"
    )


def test_nothing_is_forecast_of_what_is_not_here_or_not_allowed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "load", lambda *args, **options: pytest.fail("went online"))
    ask = train_forecast.server(place.page)
    for request in ({"data": "hub:mnist"}, {"data": "hub:x"}, {"budget": "much"}, {"data": "no"}):
        assert ask({"me": place.visitor, "request": request}) == {}
    for wrong in (None, [], {"me": 3}, {"me": "x", "request": [1]}):
        assert isinstance(ask(wrong), dict)
    assert ask({"me": "x", "request": place.ask()}) == {}
    stranger = place.studio.store.new_visitor()
    assert ask({"me": stranger, "request": place.ask()}) == {}
    few = ask({"me": place.visitor, "request": place.ask(images=1)})
    assert few["reaches_game"], "a short run without a warm start is a game all the same"
