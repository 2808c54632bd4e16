"""The public endpoints, end to end: gradio_client against the real app over toy models."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import numpy as np
import pytest
from conftest import Served
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from tgan_demo.ui.api import MAX_IMAGES

NAMES = {
    "/models", "/generate", "/interpolate", "/attention", "/edit",
    "/train_start", "/train_status", "/train_stop", "/evaluate",
}  # fmt: skip
TINY = {"width": 32, "depth": 1, "heads": 2, "patch": 14, "overlap": 0, "z_dim": 16}
QUICK = {"batch_size": 4, "precision": "float32"}
LIVE = ("queued", "preparing", "running", "paused")


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    client = Client(served.url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def picture(url: str) -> np.ndarray:
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def until(ask: Callable[[], dict], test: Callable[[dict], bool], limit_s: float = 120) -> dict:
    end = time.monotonic() + limit_s
    while not test(status := ask()):
        assert time.monotonic() < end, f"still {status['state']}: {status['message']}"
        time.sleep(0.1)
    return status


def test_only_these_are_public_and_each_says_what_it_does(served: Served) -> None:
    with urlopen(served.url + "gradio_api/info") as answer:
        info = json.load(answer)
    assert not info["unnamed_endpoints"] and set(info["named_endpoints"]) == NAMES
    for name, endpoint in info["named_endpoints"].items():
        assert len(endpoint["description"]) > 40, name
        assert all(p["parameter_name"] for p in endpoint["parameters"]), name


def test_models_are_listed(client: Client) -> None:
    digits, avatars, lines, verses, spoken, moves = client.predict(api_name="/models")
    assert digits["id"] == "image/digits" and digits["classes"] == list("0123456789")
    assert digits["shape"] == [1, 28, 28] and digits["tokens"] == [4, 4]
    assert avatars["id"] == "image/avatars" and avatars["classes"] == []
    assert digits["licence"] and not digits["own"]
    assert lines["id"] == "text/lines" and spoken["id"] == "audio/digits"
    assert verses["id"] == "text/verses" and verses["tokens"] == [4, 5]
    assert moves["id"] == "video/moves" and moves["shape"] == [3, 8, 16, 16]
    assert moves["tokens"] == [2, 2, 2] and moves["motion"] == 8 and digits["motion"] == 0


def test_texts_come_as_texts(client: Client) -> None:
    ask = {"model": "text/verses", "seed": 5, "count": 3, "api_name": "/generate"}
    made = client.predict(**ask)
    assert made["images"] is None and [len(text) for text in made["texts"]] == [20] * 3
    assert client.predict(**ask, temperature=0.0)["texts"] != made["texts"]
    maps = client.predict(model="text/verses", seed=5, token=3, api_name="/attention")
    assert maps["text"] == made["texts"][0] and len(maps["pieces"]) == 20


def test_clips_come_as_a_film_and_as_rows_of_frames(client: Client) -> None:
    ask = {"model": "video/moves", "seed": 5, "count": 3, "label": 1, "api_name": "/generate"}
    made = client.predict(**ask)
    assert (made["count"], made["frames"], made["columns"], made["fps"]) == (3, 8, 8, 8)
    assert (made["width"], made["height"]) == (16, 16) and made["labels"] == [1] * 3
    sheet = picture(made["images"])
    assert sheet.shape == (3 * 16, 8 * 16, 3)
    head, _, data = made["film"].partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as film:
        assert film.n_frames == 8 and film.size == (32, 32)  # two by two
        film.seek(7)
        np.testing.assert_array_equal(np.asarray(film.convert("RGB"))[:16, :16], sheet[:16, -16:])
    longer = client.predict(**ask, frames=20)
    assert longer["frames"] == 20 and picture(longer["images"]).shape == (48, 320, 3)


@pytest.mark.parametrize(
    ("given", "count", "frames"),
    [
        ({"count": 10**9}, MAX_IMAGES, 8),
        ({"count": 2, "frames": 10**9}, 2, 128),
        ({"count": 200, "frames": 128}, 2**22 // (128 * 16 * 16), 128),
        ({"count": 1, "frames": -5}, 1, 8),
    ],
)
def test_clips_are_few_or_short(client: Client, given: dict, count: int, frames: int) -> None:
    made = client.predict(model="video/moves", api_name="/generate", **given)
    assert (made["count"], made["frames"]) == (count, frames)


def test_a_walk_of_clips_is_one_clip_that_plays_on(client: Client) -> None:
    ask = {"model": "video/moves", "seeds": [1, 2], "frames": 6, "api_name": "/interpolate"}
    walks = [client.predict(**ask, part=part) for part in ("both", "content", "motion")]
    assert [walk["count"] for walk in walks] == [12] * 3
    assert len({walk["images"] for walk in walks}) == 3
    with pytest.raises(AppError, match="content"):
        client.predict(**{**ask, "model": "image/digits"}, part="everything")
    with pytest.raises(AppError, match="walks in both"):
        client.predict(**{**ask, "model": "image/digits"}, part="motion")


def test_the_maps_of_a_clip_have_steps_in_time(client: Client) -> None:
    maps = client.predict(model="video/moves", token=10**6, api_name="/attention")
    assert maps["grid"] == [2, 2, 2] and maps["token"] == 7
    assert picture(maps["image"]).shape == (16, 8 * 16, 3)
    assert np.shape(maps["g"]) == (2, 2, 8) and np.shape(maps["d"]) == (2, 2, 9)


def test_the_same_values_give_the_same_pictures(client: Client) -> None:
    ask = {"model": "image/digits", "seed": 5, "count": 6, "label": 3, "api_name": "/generate"}
    first, again = client.predict(**ask), client.predict(**ask)
    assert first == again
    assert first["seeds"] == list(range(5, 11)) and first["labels"] == [3] * 6
    sheet = picture(first["images"])
    rows = -(-first["count"] // first["columns"])
    assert sheet.shape == (28 * rows, 28 * first["columns"])
    other = client.predict(**{**ask, "seed": 6})
    assert other["images"] != first["images"]
    shown = picture(other["images"])[:28, :28].astype(int)  # seed 6 is the second of the first
    assert np.abs(shown - sheet[:28, 28:56]).max() <= 1


@pytest.mark.parametrize(
    ("given", "count", "seed"),
    [
        ({"count": 10**12, "seed": 0}, MAX_IMAGES, 0),
        ({"count": -3, "seed": -7, "psi": -9.0}, 1, 0),
        ({"count": 1, "psi": 1e300, "variation": 1e9, "label": 10**9}, 1, 0),
    ],
)
def test_numbers_out_of_range_are_clamped(client: Client, given, count: int, seed: int) -> None:
    drawn = client.predict(model="image/avatars", api_name="/generate", **given)
    assert drawn["count"] == count and drawn["seeds"][0] == seed and drawn["labels"] is None


@pytest.mark.parametrize("model", ["image/digit", "../../etc/passwd", "", "mine/0123456789abcdef"])
def test_an_unknown_model_is_named_with_the_known_ones(client: Client, model: str) -> None:
    with pytest.raises(AppError, match="image/digits"):
        client.predict(model=model, api_name="/generate")


def test_a_walk_is_one_sheet_of_frames(client: Client) -> None:
    walk = client.predict(
        model="image/avatars", seeds=[1, 2, 3], frames=4, loop=True, api_name="/interpolate"
    )
    assert walk["count"] == 12 and (walk["width"], walk["height"]) == (32, 32)
    assert picture(walk["images"]).shape[2] == 3
    line = client.predict(
        model="image/avatars",
        seeds=[1, 2],
        frames=4,
        loop=False,
        space="w",
        api_name="/interpolate",
    )
    assert line["count"] == 5


@pytest.mark.parametrize(
    "given", [{"path": "zigzag"}, {"space": "y"}, {"seeds": [1]}, {"seeds": [1] * 99}]
)
def test_a_walk_that_cannot_be_is_refused_in_words(client: Client, given: dict) -> None:
    with pytest.raises(AppError, match="got"):
        client.predict(model="image/digits", api_name="/interpolate", **given)


def test_attention_of_a_token(client: Client) -> None:
    seen = client.predict(model="image/digits", seed=3, token=6, api_name="/attention")
    g, d = np.array(seen["g"]), np.array(seen["d"])
    assert g.shape == (2, 2, 16) and d.shape == (2, 2, 17) and seen["token"] == 6
    np.testing.assert_allclose(g.sum(-1), 1, atol=1e-3)
    np.testing.assert_allclose(d.sum(-1), 1, atol=1e-3)
    assert np.isfinite(seen["logit"]) and picture(seen["image"]).shape == (28, 28)
    far = client.predict(model="image/digits", seed=3, token=10**6, api_name="/attention")
    assert far["token"] == 15


def test_a_run_starts_is_watched_and_stops_as_a_model(client: Client) -> None:
    begun = client.predict(
        data="glyphs", preset="", budget=200_000, unit="steps", model_settings=TINY,
        train_settings=QUICK, title="by wire", api_name="/train_start",
    )  # fmt: skip
    mine = {"run": begun["run"], "visitor": begun["visitor"]}

    def ask() -> dict:
        return client.predict(**mine, api_name="/train_status")

    try:
        status = until(ask, lambda s: s["step"] >= 3)
        assert status["state"] == "running" and status["title"] == "by wire"
        assert "--images 800000 " in status["command"]  # as many steps as the page may ask for
        assert all(np.isfinite(status["loss_d"])) and len(status["loss_d"]) == len(status["x"])
        other = client.predict(
            model="image/digits", count=4, api_name="/generate"
        )  # a run does not keep anyone from looking
        assert other["count"] == 4
        for stranger in ("", "0" * 32, "../" + begun["visitor"]):
            with pytest.raises(AppError, match="visitor id is not known"):
                client.predict(run=begun["run"], visitor=stranger, api_name="/train_status")
    finally:
        client.predict(**mine, api_name="/train_stop")
    status = until(ask, lambda s: s["state"] not in LIVE)
    assert status["state"] == "stopped" and status["model_id"].startswith("mine/")
    own = client.predict(visitor=begun["visitor"], api_name="/models")
    assert [m["title"] for m in own if m["own"]] == ["by wire"]
    assert not any(m["own"] for m in client.predict(api_name="/models"))
    drawn = client.predict(
        model=status["model_id"], count=2, visitor=begun["visitor"], api_name="/generate"
    )
    assert drawn["count"] == 2
    with pytest.raises(AppError, match="no model"):
        client.predict(model=status["model_id"], count=2, api_name="/generate")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"train_settings": {"lr": 1}}, "did you mean"),
        ({"train_settings": {"lr_g": -1}}, "lr_g must be"),
        ({"train_settings": {"batch_size": 10**9}}, "batch_size"),
        ({"model_settings": {"width": 10**9}}, "width"),
        ({"preset": "quick"}, "a preset is one of"),
        ({"unit": "years"}, "budget is in"),
        ({"data": "../../etc"}, "digits"),
        ({"start": "image/nothing"}, "there is no model"),
        ({"model_settings": {"shape": [1, 8, 8]}}, "shape is what the data have"),
        (
            {"start": "image/digits", "model_settings": {"depth": 3}},
            "which a run that starts from it",
        ),
        ({"data": "verses", "train_settings": {"augment": ["flip"]}}, "cannot be changed so"),
        ({"data": ["digits"]}, "data wants a text"),
        ({"unit": {}}, "unit wants a text"),
        ({"start": [1]}, "start wants a text"),
        ({"model_settings": ["depth"]}, "model_settings wants an object"),
        ({"budget": [5]}, "budget wants float"),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_words(client: Client, given: dict, said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict(api_name="/train_start", **given)


def test_a_score_names_its_n_and_what_is_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TGAN_DATA", raising=False)
    scores = client.predict(model="image/avatars", n=-5, api_name="/evaluate")
    assert scores["n"] == 100 and scores["missing"]


def test_an_own_picture_is_inverted_and_drawn_again(client: Client) -> None:
    with io.BytesIO() as file:
        item = Image.new("RGB", (40, 40), (200, 60, 20))
        item.paste((20, 60, 200), (10, 10, 30, 30))  # one colour would be refused
        item.save(file, "PNG")
        sent = base64.b64encode(file.getvalue()).decode()
    options = {"file": sent, "seconds": 1}
    found = client.predict("invert", "image/avatars", options=options, api_name="/edit")
    assert found["edit"].startswith("at:") and found["is_mean_squared"]
    drawn = client.predict("image/avatars", count=1, edit=found["edit"], api_name="/generate")
    np.testing.assert_array_equal(picture(drawn["images"]), picture(found["images"]))


@pytest.mark.parametrize(
    "way, options, said",
    [
        ("turn", {}, "way is one of invert"),
        ("invert", {}, "file"),
        ("invert", {"file": "?"}, "base64"),
        ("invert", {"file": base64.b64encode(b"none").decode()}, "the file"),
        ("directions", {"kind": ["up"]}, "local, global, class"),
        ("directions", {"kind": "class"}, "no classes"),
        ("directions", {"a": [1]}, "each"),
        ("directions", {"a": "1", "b": [2]}, "list of seeds"),
    ],
)
def test_an_edit_that_cannot_be_done_says_what_was_wanted(
    client: Client, way, options, said
) -> None:
    with pytest.raises(AppError, match=said):
        client.predict(way, "image/avatars", options=options, api_name="/edit")


def test_directions_are_rows_with_the_edits_that_lead_there(client: Client) -> None:
    groups = {"a": [1, 2], "b": [3], "blocks": [1, 10**6]}
    for options, rows in (({"kind": "global"}, 8), (groups, 1)):
        made = client.predict("directions", "image/digits", 7, options=options, api_name="/edit")
        assert len(made["directions"]) == len(made["edits"]) == rows
        assert made["count"] == 7 * rows and made["amounts"][3] == 0 and made["edits"][0][3] == ""
    assert made["edits"][0][4] == f"go:{made['directions'][0]}@1-2"


def test_an_edit_of_another_model_is_refused(client: Client) -> None:
    with pytest.raises(AppError, match="pc1 to pc"):
        client.predict("image/digits", edit="go:pc999", api_name="/generate")
