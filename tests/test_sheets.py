"""Sheets say what they are, on the page and on the disk; those that version 0.1 stored are read too."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
import toys
from PIL import Image

from tgan_demo import legacy
from tgan_demo.config import ModelConfig
from tgan_demo.files import sheets
from tgan_demo.files.pixels import picture
from tgan_demo.files.png import png_bytes, url
from tgan_demo.modalities import registry
from tgan_demo.parts import Sheet

PIXELS = np.arange(7 * 4 * 5 * 3, dtype=np.uint8).reshape(7, 4, 5, 3)
CLIPS = np.random.default_rng(0).integers(0, 256, (5, 6, 8, 8, 3), dtype=np.uint8)
ITEMS = {
    "image": (PIXELS, "raster"),
    "text": (np.array(["a cat sat.", "rain", "a dog ran far away"]), "written"),
    "audio": (toys.TONES[:3], "played"),
    "video": (CLIPS, "film"),
}


def image_of(source: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))


@pytest.mark.parametrize("name", ITEMS)
def test_a_sheet_says_its_kind_and_where_each_item_lies(name: str) -> None:
    items, kind = ITEMS[name]
    sheet = registry.get(name).look.sheet(items, 2)
    value = json.loads(json.dumps(sheet.value()))
    assert (sheet.kind, value["src"]["kind"]) == (kind, kind)
    assert (value["n"], value["cols"]) == (len(items), 2) and value["w"] > 0 and value["h"] > 0


@pytest.mark.parametrize("name", ITEMS)
def test_a_stored_sheet_is_the_same_again(name: str, tmp_path: Path) -> None:
    items, _ = ITEMS[name]
    sheet = registry.get(name).look.sheet(items)
    (tmp_path / "a.sheet").write_bytes(sheet.to_json())
    assert sheets.read(tmp_path / "a.sheet") == json.loads(sheet.to_json())


@pytest.mark.parametrize("name", ITEMS)
def test_what_stands_beside_a_card_stands_still(name: str, tmp_path: Path) -> None:
    items, _ = ITEMS[name]
    look = registry.get(name).look
    file, content = look.card_sheet(items, look.card[0])
    (tmp_path / file).write_bytes(content)
    assert sheets.read(tmp_path / file)["kind"] in ("raster", "written")
    assert (file == "sheet.json") == (look.picture(items[0]) is None)


def test_what_version_0_1_stored_is_read_and_said_again(tmp_path: Path) -> None:
    png = png_bytes(picture(PIXELS[0]))
    stored = {
        "raster": png,
        "written": b'{"cols": 2, "size": 200, "pad": 0.07, "texts": ["a", "b"]}',
        "played": json.dumps({"png": url(png), "sounds": ["data:audio/wav;base64,"]}).encode(),
        "film": json.dumps({"png": url(png), "frames": 8}).encode(),
    }
    begins = {
        "raster": "data:image/png",
        "written": "text:{",
        "played": "sound:{",
        "film": "clips:{",
    }
    for kind, content in stored.items():
        (tmp_path / "000001.sheet").write_bytes(content)
        source = sheets.read(tmp_path / "000001.sheet")
        assert source["kind"] == kind
        said = legacy.sheet_text(source)
        assert said.startswith(begins[kind])
        if kind != "raster":
            assert json.loads(said.partition(":")[2]) == json.loads(content)


def test_a_sheet_of_clips_holds_every_frame_from_the_top_down() -> None:
    sheet = registry.get("video").look.sheet(CLIPS, 3)
    tall = image_of(sheet.data["png"]).reshape(6, 2, 8, 3, 8, 3)
    for i, clip in enumerate(CLIPS):
        np.testing.assert_array_equal(tall[:, i // 3, :, i % 3], clip)
    assert not tall[:, 1, :, 2].any()  # the empty place


def test_many_clips_go_in_fewer_colours() -> None:
    look, many = registry.get("video").look, CLIPS[np.zeros(100, int)]
    assert image_of(look.sheet(many).data["png"]).ndim == 2  # places in a palette
    assert image_of(look.sheet(many[:64]).data["png"]).ndim == 3


def test_a_clip_that_stands_still_shows_a_frame_in_which_something_happens() -> None:
    look = registry.get("video").look
    np.testing.assert_array_equal(look.stills(CLIPS), CLIPS[:, 2])
    assert look.picture(CLIPS[0]).shape == (8, 6 * 8, 3)


def test_many_sounds_are_seen_and_not_sent() -> None:
    look = registry.get("audio").look
    assert look.sheet(toys.TONES[np.zeros(65, int)]).kind == "raster"
    assert len(look.sheet(toys.TONES).data["sounds"]) == 24


def test_a_walk_has_the_pace_of_what_walks() -> None:
    text, clip, sound, pixels = (
        registry.get(name).look.walk(frames)
        for name, frames in (
            ("text", ITEMS["text"][0]),
            ("video", CLIPS[0]),  # the frames of one clip
            ("audio", toys.TONES[np.zeros(50, int)]),
            ("image", PIXELS),
        )
    )
    assert (text.fps, clip.fps, pixels.fps) == (8, 8, 0)
    assert (clip.kind, clip.count) == ("raster", 6)
    assert (
        sound.every == 3 and len(sound.data["sounds"]) == 17 and sound.fps == pytest.approx(3 / 0.7)
    )


def test_live_texts_say_what_their_codes_write() -> None:
    """By the latent route tokens are no places on the sheet."""

    class Codes:
        def pieces(self, text: str, config: ModelConfig) -> list[str]:
            return text.split()

    look = registry.get("text").look
    config = ModelConfig(modality="text", route="latent", shape=(2, 2, 8), patch=1, overlap=0)
    assert look.live(ITEMS["text"][0], Codes(), config).words == ("a", "cat", "sat.")


def test_a_sheet_is_about_square_unless_told() -> None:
    assert [sheets.columns_of(n, None) for n in (0, 1, 2, 9, 10)] == [1, 1, 2, 3, 4]
    assert sheets.columns_of(10, 7) == 7


def test_a_value_has_only_what_there_is() -> None:
    value = Sheet(kind="raster", data={"png": ""}).value()
    assert set(value) == {"src", "cols", "n", "w", "h"}


@pytest.mark.parametrize("name", ITEMS)
def test_a_thumbnail_is_the_corner_of_a_stored_sheet(name: str, tmp_path: Path) -> None:
    items = np.repeat(ITEMS[name][0], 8, axis=0)
    if items.ndim > 3:
        size = (*items.shape[:-3], 24, 24, 3)
        items = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8)
    kept, content = registry.get(name).look.card_sheet(items, 10)
    (tmp_path / kept).write_bytes(content)
    source = sheets.read(tmp_path / kept)
    corner = sheets.corner(source)
    assert len(json.dumps(corner)) < len(json.dumps(source))
    if "png" in source:
        whole, cut = (image_of(one["png"]) for one in (source, corner))
        assert cut.shape[1] == min(240, round(whole.shape[1] / 2.3))
        assert cut.shape[0] <= 0.7 * cut.shape[1]
    else:
        assert corner["texts"] == source["texts"][:1]
