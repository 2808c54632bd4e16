"""Inside for clips: maps over space and time, what D says of a person's own clip."""

import base64
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tgan_demo.config import SampleConfig
from tgan_demo.errors import DataError
from tgan_demo.modalities.image import bring as pictures
from tgan_demo.modalities.video import bring as clips
from tgan_demo.studio import Studio
from tgan_demo.ui import attention_view
from tgan_demo.ui.page import View
from tgan_demo.ui.panels.inside import panel as inside

MODEL = "video/moves"


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("clips"), weights_dir=toy_weights)


def view(model: str = MODEL, **settings) -> View:
    return View(None, "en", model, SampleConfig(seed=3, count=1, **settings))


def drifting(frames: int = 20, width: int = 48, height: int = 32) -> np.ndarray:
    """A bright square that drifts to the right, uint8 (T, H, W, 3)."""
    clip = np.full((frames, height, width, 3), 30, np.uint8)
    for t in range(frames):
        clip[t, 10:20, 8 + t : 18 + t] = (250, 180, 40)
    return clip


def moving_file(folder: Path, suffix: str) -> Path:
    path = folder / f"drift{suffix}"
    if suffix == ".mp4":
        with av.open(str(path), "w") as file:
            stream = file.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
            for picture in drifting():
                file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            file.mux(stream.encode())
        return path
    first, *others = map(Image.fromarray, drifting())
    first.save(path, save_all=True, append_images=others, duration=100, loop=0)
    return path


def test_a_clip_comes_with_all_its_frames_and_maps_over_space_and_time(studio: Studio) -> None:
    value, shown = inside.on_show(studio, view(), None)
    block, maps = value["generated"], studio.attention(MODEL, view().config)
    json.dumps(value)
    assert (value["medium"], value["overlap"], block["grid"]) == ("video", 1, [2, 2, 2])
    item = block["item"]
    assert (item["w"], item["h"], item["c"], item["frames"]) == (16, 16, 3, 8)
    assert base64.b64decode(item["data"]) == maps.item.tobytes()
    sizes = {name: (net["rows"], net["keys"]) for name, net in block["nets"].items()}
    assert sizes == {"g_self": (8, 8), "g_cross": (8, 4), "d": (9, 9)}
    assert set(block["rollout"]) == {"g_self", "d"}
    assert shown["pieces"]["generated"] is None


@pytest.mark.parametrize(("net", "kind"), [("g_self", "self"), ("g_cross", "cross"), ("d", "self")])
def test_the_formula_names_a_patch_by_its_step(studio: Studio, net: str, kind: str) -> None:
    _, shown = inside.on_show(studio, view(), None)
    asked = {"open": True, "source": "generated", "net": net, "layer": 1, "head": 1, "token": 7}
    html = inside.on_formula(studio, asked, shown, None)
    assert "patch (2, 2) of step 2" in html
    token = 8 if net == "d" else 7
    numbers = studio.formula(
        MODEL, view().config, net=net[0], kind=kind, layer=1, head=1, token=token
    )
    assert f"{100 * numbers.weights.max():.1f} %" in html
    assert "第 2 步的图块 (2, 2)" in inside.on_formula(studio, {**asked, "lang": "zh"}, shown, None)
    last = inside.on_formula(studio, {**asked, "token": 10**9}, shown, None)
    assert "patch (2, 2) of step 2" in last  # clamped to the last patch of the last step


def test_names_of_patches_without_steps_stay() -> None:
    assert attention_view.token_name(5, (2, 3), "en", net="g") == "patch (2, 3)"
    assert attention_view.token_name(0, (2, 2, 3), "en", net="d") == "CLS"
    assert attention_view.token_name(7, (2, 2, 3), "en", net="d") == "patch (1, 1) of step 2"


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_d_says_what_it_thinks_of_a_persons_clip(
    studio: Studio, tmp_path: Path, suffix: str
) -> None:
    path = moving_file(tmp_path, suffix)
    value, shown, upload = inside.on_upload(studio, view(), str(path), None)
    assert not path.exists() and value["answers"] == "upload" and not value["notice"]
    assert upload.value.shape == (clips.KEPT_FRAMES, *[clips.KEPT_SIDE] * 2, 3)
    assert upload.modality == "video"
    judged = value["uploaded"]
    assert set(judged["nets"]) == {"d"} and judged["grid"] == [2, 2, 2]
    item = shown["item"]
    assert item.shape == (8, 16, 16, 3)
    # what moved moves: the bright square's middle goes to the right
    middles = [np.average(np.arange(16), weights=frame[..., 0].sum(0) - 400) for frame in item]
    assert middles[-1] > middles[0] + 1
    classes = studio.info(MODEL).classes
    verdict = judged["verdict"]
    assert verdict["by"] == "nobody" and verdict["class"] is None and classes
    assert verdict["logit"] == pytest.approx(studio.judge(MODEL, item).logit, abs=1e-5)
    asked = {"open": True, "source": "uploaded", "net": "d", "layer": 0, "head": 0, "token": 3}
    assert "of step 1" in inside.on_formula(studio, asked, shown, None)
    other, _ = inside.on_show(studio, view("image/digits"), upload)  # of no use to a picture model
    assert other["uploaded"] is None


def test_what_is_no_clip_is_named_and_the_last_one_stays(studio: Studio, tmp_path: Path) -> None:
    _, _, upload = inside.on_upload(studio, view(), str(moving_file(tmp_path, ".gif")), None)
    still = tmp_path / "still.png"
    Image.new("RGB", (40, 40), "red").save(still)
    text = tmp_path / "<b>notes.mp4"
    text.write_text("no film at all")
    for path in (still, text, tmp_path / "gone.mp4"):
        value, _, kept = inside.on_upload(studio, view(), str(path), upload)
        assert path.name in value["notice"] and value["notice"].startswith("wanted a clip; got")
        assert kept is upload and value["uploaded"] and not path.exists()
    with pytest.raises(DataError, match="wanted a picture"):  # a film is no picture either
        pictures.read_file(moving_file(tmp_path, ".mp4"))
