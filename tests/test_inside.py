"""The Inside tab: what it sends, what it says about D, the formula's HTML, uploads, bad input."""

import base64
import json
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.data import limits
from tgan_demo.engine.draw import latents
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.errors import DataError
from tgan_demo.measure import seen as seen_by
from tgan_demo.modalities import registry
from tgan_demo.modalities.image import bring
from tgan_demo.models.folder import save_model
from tgan_demo.parts import Item
from tgan_demo.studio import Studio
from tgan_demo.ui import attention_view, canvases
from tgan_demo.ui.page import View
from tgan_demo.ui.panels.inside import panel as inside
from tgan_demo.ui.words.table import WORDS

TINY = ModelConfig(
    shape=(1, 8, 12), patch=4, overlap=2, classes=("<b>a", "b"), width=32, depth=2, heads=2
)


def make_model(folder: Path, config: ModelConfig) -> None:
    torch.manual_seed(0)
    spec = registry.tokenizer("image").tokens(config)
    meta = {
        "id": folder.name,
        "title": folder.name,
        "train": {},
        "data": {"name": "noise", "licence": "none", "source": "test"},
        "nimg": 1,
        "seconds": 0,
        "scores": {},
    }
    save_model(
        folder,
        ema=Generator(config, spec),
        D=Discriminator(config, spec),
        config=config,
        tokenizer=registry.tokenizer(config.modality),
        meta=meta,
    )


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    root = tmp_path_factory.mktemp("inside")
    make_model(root / "weights" / "image" / "tiny", TINY)
    plain = replace(TINY, injection=("offset",), classes=(), shape=(3, 8, 8))
    make_model(root / "weights" / "image" / "plain", plain)
    return Studio(root / "data", weights_dir=root / "weights")


def view(model: str = "image/tiny", **settings) -> View:
    return View(None, "en", model, SampleConfig(seed=3, count=1, **settings))


def unpacked(net: dict) -> np.ndarray:
    """What the browser makes of a packed network."""
    rows = net["rows"] if net["only"] is None else 1
    shape = (net["layers"], net["heads"], rows)
    data = np.frombuffer(base64.b64decode(net["data"]), np.uint8).reshape(*shape, net["keys"])
    top = np.frombuffer(base64.b64decode(net["top"]), "<f4").reshape(*shape, 1)
    return data * top / 255


def png_header(width: int, height: int) -> bytes:
    """A PNG of which only the size is there."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    checked = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    no_pixels = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + checked + no_pixels


def softmax_rows(*shape: int) -> np.ndarray:
    raw = np.exp(3 * np.random.default_rng(0).normal(size=shape))
    return (raw / raw.sum(-1, keepdims=True)).astype(np.float32)


def test_packed_weights_come_back_to_half_a_step():
    weights = softmax_rows(3, 2, 20, 20)
    net = json.loads(json.dumps(attention_view.pack(weights)))
    error = np.abs(unpacked(net) - weights)
    assert (error <= weights.max(-1, keepdims=True) / 255 * 0.51).all()


def test_too_many_maps_are_sent_one_row_at_a_time(monkeypatch):
    weights = softmax_rows(2, 2, 9, 9)
    monkeypatch.setattr(attention_view, "PACK_BYTES", 100)
    assert attention_view.pack(weights)["only"] == 4
    net = attention_view.pack(weights, row=7)
    assert net["only"] == 7
    np.testing.assert_allclose(unpacked(net)[:, :, 0], weights[:, :, 7], atol=0.005)
    assert attention_view.pack(weights, row=99)["only"] == 8
    assert attention_view.pack(weights, whole=True)["only"] is None


def test_show_sends_every_network(studio):
    value, shown = inside.on_show(studio, view(), None)
    assert value["state"] == "ready" and value["uploaded"] is None
    block = value["generated"]
    maps = studio.attention("image/tiny", view().config)
    assert block["grid"] == [2, 3]
    for name, weights in (("g_self", maps.g_self), ("g_cross", maps.g_cross), ("d", maps.d)):
        np.testing.assert_allclose(unpacked(block["nets"][name]), weights, atol=0.01)
    assert block["nets"]["d"]["lead"] == 1 and set(block["rollout"]) == {"g_self", "d"}
    assert base64.b64decode(block["item"]["data"]) == maps.item.tobytes()
    assert shown["config"] == view().config
    json.dumps(value)


def test_a_model_without_cross_attention_sends_none(studio):
    value, shown = inside.on_show(studio, view("image/plain"), None)
    assert set(value["generated"]["nets"]) == {"g_self", "d"}
    asked = {"open": True, "net": "g_cross", "layer": 0, "head": 0, "token": 0}
    assert inside.on_formula(studio, asked, shown, None) == ""


def test_an_unknown_model_is_said_not_raised(studio):
    value, shown = inside.on_show(studio, view("image/tinny"), None)
    assert value["state"] == "error" and "tiny" in value["message"] and shown is None


@pytest.mark.parametrize(
    ("logit", "key", "below"),
    [(5.0, "above", 3), (-5.0, "below", 0), (1.5, "within", 1), (1.0, "below", 0)],
)
def test_verdict_in_words(logit, key, below):
    verdict = attention_view.verdict(logit, [3.0, 1.0, 2.0])
    assert (verdict["key"], verdict["below"]) == (f"inside.verdict.{key}", below)
    assert attention_view.verdict(logit, [])["key"] == "inside.verdict.alone"


def test_an_upload_is_judged_kept_and_taken_off_the_disk(studio, tmp_path):
    path = tmp_path / "photo.png"
    Image.linear_gradient("L").convert("RGBA").resize((90, 60)).save(path)
    value, shown, upload = inside.on_upload(studio, view(), str(path), None)
    assert not path.exists()
    assert value["answers"] == "upload" and not value["notice"]
    assert set(value["uploaded"]["nets"]) == {"d"}
    assert value["uploaded"]["item"]["data"] != value["generated"]["item"]["data"]
    # nobody says the class, and this model has no encoder that could tell it: D is asked without one
    verdict = value["uploaded"]["verdict"]
    assert verdict["logit"] == pytest.approx(studio.judge("image/tiny", shown["item"]).logit)
    assert verdict["class"] is None and verdict["by"] == "nobody"
    alone = SampleConfig(seed=3, count=1)
    assert studio.logit("image/tiny", alone, has_class=False) in verdict["generated"]
    chosen, _, _ = inside.on_upload(
        studio, view(label=1), "gone.png", upload
    )  # a bad one keeps the last
    assert chosen["notice"] and chosen["uploaded"]["verdict"]["class"] == "b"
    assert chosen["uploaded"]["id"] == value["uploaded"]["id"]
    other, _ = inside.on_show(studio, view("image/plain"), upload)  # it follows to another model
    assert other["uploaded"]["item"]["c"] == 3


def test_uploads_that_are_no_use_say_why(tmp_path, monkeypatch):
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    with pytest.raises(DataError, match=r"wanted a picture.*notes\.png is not a picture.*pick"):
        bring.read_file(text)
    big = tmp_path / "big.png"
    big.write_bytes(png_header(20_000, 10_000))
    with pytest.raises(DataError, match="million pixels"):
        bring.read_file(big)
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 10)
    heavy = tmp_path / "heavy.png"
    Image.new("L", (9, 9)).save(heavy)
    with pytest.raises(DataError, match="up to 0 KiB"):
        bring.read_file(heavy)


def test_the_formula_shows_the_real_numbers(studio):
    _, shown = inside.on_show(studio, view(), None)
    asked = {"open": True, "source": "generated", "net": "d", "layer": 1, "head": 0, "token": -1}
    html = inside.on_formula(studio, asked, shown, None)
    numbers = studio.formula(
        "image/tiny", view().config, net="d", kind="self", layer=1, head=0, token=0
    )
    best = int(numbers.weights.argmax())
    assert f"{100 * numbers.weights[best]:.1f} %" in html
    assert f"{numbers.dots[best]:.2f}".replace("-", "−") in html
    assert f"{numbers.query[0]:.2f}".replace("-", "−") in html and ">CLS" in html
    assert html.count("<tr") == 1 + 5 + 1 + 0  # head, five keys, the rest
    chinese = inside.on_formula(studio, {**asked, "lang": "zh"}, shown, None)
    assert "查询" in chinese and "<li>" in chinese


@pytest.mark.parametrize(
    "asked",
    [
        {"layer": 10**9, "head": -5, "token": 10**30},
        {"layer": "x", "head": None, "token": [1]},
        {"net": "<script>", "layer": float("nan"), "head": float("inf"), "token": -7},
        {"source": "uploaded", "net": "g_self"},
        {},
    ],
)
def test_foreign_requests_are_clamped(studio, asked):
    _, shown = inside.on_show(studio, view(), None)
    html = inside.on_formula(studio, {"open": True, **asked}, shown, None)
    assert html == "" or html.startswith("<div data-ask='0'>") and "<script" not in html


@pytest.mark.parametrize(("asked", "shown"), [(None, None), ({"open": True}, None), ([], {})])
def test_nothing_shown_is_no_formula(studio, asked, shown):
    assert inside.on_formula(studio, asked, shown, None) == ""


@dataclass
class Numbers:
    """A formula of one key, with ends that are hard to print."""

    query = np.array([1.0, -2.0], np.float32)
    values = np.ones((1, 2), np.float32)
    dots = np.array([300.0], np.float32)
    scaled = np.array([900.0], np.float32)
    weights = np.array([1.0], np.float32)
    output = np.ones(2, np.float32)


def test_one_key_and_large_scores_are_written_out():
    html = attention_view.formula_html(
        Numbers(), (1, 1), "en", net="g", kind="cross", layer=0, head=0, token=0
    )
    assert "100.0 %" in html and "others" not in html and "latent token 1" in html


# --- tokens that are codes


@pytest.fixture(scope="module")
def latent(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("latent"), weights_dir=toy_weights)


def test_codes_come_with_the_words_that_they_write(latent):
    here = view("text/lines", temperature=0.7, top_p=0.9)
    value, shown = inside.on_show(latent, here, None)
    assert value["route"] == "latent"
    block = value["generated"]
    item = block["item"]
    played = latent.sample("text/lines", here.config).items[0]
    assert item["text"] == played == "".join(part for part, _ in item["spans"])
    assert block["grid"] == [2, 2] and len(item["pieces"]) == len(item["blame"]) == 4
    assert {n for net in block["nets"].values() for n in [net["rows"]]} == {4, 5}
    for part, code in item["spans"]:
        assert part.strip() in item["pieces"][code]
    assert item["said"] is None and item["src"]["kind"] == "written"
    json.dumps(value)
    asked = {"open": True, "net": "g_self", "layer": 0, "head": 0, "token": 1}
    html = inside.on_formula(latent, asked, shown, None)
    assert "code 2" in html and "patch" not in html


def test_d_judges_the_codes_that_g_made_not_the_text_read_again(latent):
    model = latent.load("text/lines")
    config = view("text/lines").config
    with torch.inference_mode():
        z = latents.draw_z(model, config)[0]
        signal = model.tokenizer.to_signal(model.G(z), model.config)
        logit = float(model.D(model.tokenizer.to_tokens(signal, model.config), None)[0])
    assert latent.attention("text/lines", config).logit == pytest.approx(logit, abs=1e-5)
    assert latent.logit("text/lines", config) == pytest.approx(logit, abs=1e-5)
    numbers = latent.formula("text/lines", config, net="d", layer=1, head=0, token=0)
    weights = latent.attention("text/lines", config).d[1, 0, 0]
    np.testing.assert_allclose(numbers.weights, weights, atol=1e-5)


def test_a_typed_text_is_judged_by_its_codes_and_said_again(latent):
    typed = {"text": " a red  cat on a mat. "}
    value, shown, upload = inside.on_typed(latent, view("text/lines"), typed, None)
    item = value["uploaded"]["item"]
    assert item["text"] == upload.value == "a red cat on a mat." and set(
        value["uploaded"]["nets"]
    ) == {"d"}
    assert item["said"] == item["text"]  # the toy knows this line
    asked = {"open": True, "source": "uploaded", "net": "d", "layer": 0, "head": 0, "token": 2}
    assert "code 3" in inside.on_formula(latent, asked, shown, None)
    other, _ = inside.on_show(latent, view("image/digits"), upload)  # of no use to a picture model
    assert other["uploaded"] is None


def test_words_are_whole_in_both_languages():
    ours = {key: word for key, word in WORDS.items() if key.startswith("inside.")}
    assert len(ours) > 100
    for key, (english, chinese) in ours.items():
        assert english and chinese
        names = [
            {part.split("}")[0] for part in text.split("{")[1:]} for text in (english, chinese)
        ]
        names = [{name for name in part if f"noun.{name}" not in WORDS} for part in names]
        assert names[0] == names[1], key


def test_every_word_that_the_canvas_asks_for_exists():
    folder = canvases.FOLDER / "attention"
    html = (folder / "attention.html").read_text("utf-8")
    for part in html.split("data-t")[1:]:
        if part[:1] in "=-" and '"' in part:
            assert part.split('"')[1] in WORDS
    script = canvases.bundle(folder / "attention.js")
    for part in script.split("t('inside.")[1:]:
        key = "inside." + part.split("'")[0]
        assert key in WORDS or any(word.startswith(key) for word in WORDS), key


WEIGHTS = Path(__file__).parent.parent / "weights"


def test_an_item_is_judged_as_the_class_that_the_bundled_encoder_sees():
    """Of eight digits by G the encoder knows at least seven; each is judged beside its own class."""
    bundled = Studio(None, WEIGHTS)
    asked = [SampleConfig(seed=seed, count=1, label=seed) for seed in range(8)]
    digits = [bundled.sample("image/digits", config).items[0] for config in asked]
    seen = [bundled.class_of("image/digits", digit) for digit in digits]
    assert sum(one == label for label, one in enumerate(seen)) >= 7
    upload = Item("image", digits[seen.index(3)] if 3 in seen else digits[0])
    value, _ = inside.on_show(bundled, view("image/digits", label=None), upload)
    verdict = value["uploaded"]["verdict"]
    assert verdict["by"] == "seen" and verdict["class"] == ("3" if 3 in seen else str(seen[0]))
    same = SampleConfig(seed=0, count=1, label=int(verdict["class"]))
    assert bundled.logit("image/digits", same) in verdict["generated"]


@pytest.mark.parametrize(
    ("targets", "sizes", "heads"),
    [
        ({"class": 10}, [10], ["class"]),
        ({"background": 2, "body": 30, "head": 254}, [254], ["head"]),
        ({"shape": 8, "direction": 8, "speed": 2, "playback": 3}, [8, 8, 2], ["shape", "direction", "speed"]),
        ({"digit": 10}, [10, 6], ["digit"]),
    ],
)  # fmt: skip
def test_heads_of_the_encoder_stand_for_the_factors_of_a_class(targets, sizes, heads):
    assert seen_by._heads(targets, sizes) == heads
