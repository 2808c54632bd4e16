"""What no page of ours sends: a sentence each, and no trace in the log; over plain HTTP."""

import http.client
import json
import logging
import random
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import Served

from tgan_demo.errors import ConfigError
from tgan_demo.ui import entrance, visit

DEEP = "[" * 20_000 + "]" * 20_000
Post = Callable[[str, Any], tuple[int, str]]


@pytest.fixture
def post(served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Any:
    """Status and text of a POST; at the end there must have been no trace."""
    traces: list[str] = []
    monkeypatch.setattr(
        traceback, "print_exc", lambda *_, **__: traces.append(traceback.format_exc())
    )
    parts = urlsplit(served.url)

    def send(path: str, body: Any) -> tuple[int, str]:
        there = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        there.request("POST", f"/gradio_api/{path}", text, {"content-type": "application/json"})
        answer = there.getresponse()
        said = answer.read().decode()
        there.close()
        return answer.status, said

    with caplog.at_level(logging.ERROR):
        yield send
    assert not traces and not caplog.records


@pytest.mark.parametrize(
    "path", ["run/generate", "call/generate", "queue/join", "call/v2/generate"]
)
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (DEEP, "nest"),
        (f'{{"data":[{DEEP}]}}', "nest"),
        ('{"a":' * 20_000, "nest"),
        (f'{{"data":[{"[" * 100 + "]" * 100}]}}', "nest"),
        (f'{{"data":[{"9" * 5000}]}}', "digits"),
        ('{"data":[NaN]}', "number"),
        ('{"data":[1e999]}', "number"),
        ("{", "JSON"),
        (b"\xff\xfe", "JSON"),
        ("[]", "object"),
        ('{"data":[], "event_data": {"path": "/etc/passwd", "meta": {}}}', "file"),
    ],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_a_body_is_refused_in_a_sentence(post: Post, path: str, body: str, said: str) -> None:
    status, answer = post(path, body)
    assert status == 400 and said in json.loads(answer)["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("run/predict", {"fn_index": 99_999, "data": [], "session_hash": "x"}),
        ("queue/join", {"fn_index": 99_999, "data": [], "session_hash": "x"}),
        ("run/nothing", {"data": []}),
        ("call/nothing", {"data": [], "fn_index": 1}),
        ("call/v2/generate", {"nothing": 1}),
    ],
)
def test_an_event_that_is_not_there_is_refused(post: Post, path: str, body: dict) -> None:
    status, answer = post(path, body)
    assert status == 400 and len(json.loads(answer)["detail"]) > 20


def test_half_characters_are_replaced() -> None:
    assert entrance.read(b'{"a\\ud800": ["\\udfff x \\ud83d\\ude00"]}') == {
        "a?": ["? x \U0001f600"]
    }


JUNK: list[Any] = [
    None, True, -1, 1e300, "", "x" * 5000, "\ud800", "../../etc/passwd", [], [[1]], {}, {"id": [1]},
    ["a", {"b": 1}], "[" * 8000, 10**18, {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
]  # fmt: skip
KEYS = ("id", "name", "seed", "model", "data", "unit", "start", "preset", "budget", "train", "title",
        "text", "side", "token", "layer", "net", "source", "index", "frames", "kind", "path")  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_every_event_takes_anything(served: Served, post: Post, seed: int) -> None:
    """Forged inputs and forged data of a canvas, for each event of the page by number."""
    parts = urlsplit(served.url)
    there = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    there.request("GET", "/config")
    config = json.loads(there.getresponse().read())
    there.close()
    first = {one["id"]: one["props"].get("value") for one in config["components"]}
    rng, count = random.Random(seed), 0
    for event in config["dependencies"]:
        own = [first[number] for number in event["inputs"]]
        data = [rng.choice(JUNK) if rng.random() < (0.9, 0.2, 0)[seed] else value for value in own]
        sent: Any = {rng.choice(KEYS): rng.choice(JUNK) for _ in range(6)}
        sent = rng.choice(JUNK) if rng.random() < 0.3 else sent
        body = {"fn_index": event["id"], "data": data, "session_hash": "forged", "event_data": sent}
        status, answer = post("run/predict", body)
        assert status in (200, 400, 404, 500) and "Sorry" not in answer, (event, body)
        count += status == 200
    assert count
    for run in [*served.jobs._runs.values()]:  # which nobody else stops
        served.jobs.stop(run.visitor, run.id)
    assert served.is_idle()


def test_brackets_in_the_link_are_nothing() -> None:
    assert visit.read_boot("[" * 8000) == visit.read_boot("9" * 8000) == {}
    assert visit.read_boot('{"me": "\\ud800"}') == {"me": "?"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ["x"]}, "text wants a text"),
        ({"number": {}}, "number wants int"),
        ({"many": 5}, "many wants a list"),
        ({"many": [[1]]}, "each of many"),
        ({"names": []}, "names wants an object"),
    ],
)
def test_an_endpoint_is_told_kinds_apart(given: dict, said: str) -> None:
    def endpoint(
        text: str = "a", number: int = 1, many: list[int] | None = None, names: dict | None = None
    ) -> tuple:
        return text, number, many, names

    call = entrance.checked(endpoint)
    assert call("b", None, [1]) == ("b", 1, [1], None) and call(number="7") == (
        "a",
        "7",
        None,
        None,
    )
    with pytest.raises(ConfigError, match=said):
        call(**given)
