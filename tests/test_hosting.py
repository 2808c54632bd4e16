"""What a host asks: /health, /metrics in Prometheus' grammar, JSON log lines, and a server that drains."""

import json
import logging
import re
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from conftest import Served, launched

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.durations import RECENT_S, Durations
from tgan_demo.runs.record import STATES
from tgan_demo.studio import Studio
from tgan_demo.ui import hosting, log_lines, metrics, serve
from tgan_demo.ui.version import VERSION

ROOT = Path(__file__).parent.parent
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
NUMBER = r"[-+]?(?:Inf|NaN|\d+(?:\.\d*)?(?:e[-+]?\d+)?)"
HELP = re.compile(rf"# HELP ({NAME}) ((?:[^\\\n]|\\[\\n])*)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram|summary|untyped)")
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? ({NUMBER})")
SUFFIX = re.compile(r"_(?:bucket|sum|count)$")

Figures = dict[tuple[str, str], float]  # (name, labels) -> value


def parsed(text: str) -> tuple[Figures, dict[str, str]]:
    """The samples and the kinds of an exposition. Each family: HELP, TYPE, then its samples, once."""
    values: Figures = {}
    kinds: dict[str, str] = {}
    helped = ""
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        if found := HELP.fullmatch(line):
            helped = found[1]
            assert helped not in kinds and found[2]
        elif found := TYPE.fullmatch(line):
            assert found[1] == helped and helped not in kinds
            kinds[helped] = found[2]
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            family = SUFFIX.sub("", found[1]) if kinds[helped] == "histogram" else found[1]
            assert family == helped and (found[1], found[2] or "") not in values
            values[found[1], found[2] or ""] = float(found[3])
    return values, kinds


def got(url: str, path: str) -> tuple[int, str, dict[str, str]]:
    try:
        with urlopen(url + path, timeout=60) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def figures(url: str) -> Figures:
    status, text, headers = got(url, "metrics")
    assert status == 200 and headers["content-type"] == metrics.CONTENT_TYPE
    return parsed(text)[0]


def until(test: Callable[[], object], limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while not test():
        assert time.monotonic() < end
        time.sleep(0.05)


def begin(url: str, name: str, **arguments: object) -> str:
    """The event of a call that has begun."""
    body = json.dumps(arguments).encode()
    asked = Request(f"{url}gradio_api/call/v2/{name}", body, {"Content-Type": "application/json"})
    return json.load(urlopen(asked, timeout=60))["event_id"]


def end(url: str, name: str, event: str) -> list[str]:
    with urlopen(f"{url}gradio_api/call/{name}/{event}", timeout=60) as stream:
        return stream.read().decode().splitlines()


def call(url: str, name: str, **arguments: object) -> dict:
    lines = end(url, name, begin(url, name, **arguments))
    assert lines[0] == "event: complete", lines
    return json.loads(lines[1].removeprefix("data: "))[0]


def asked_for(url: str, event: str) -> tuple[threading.Thread, list[str]]:
    """A thread that waits for the answer, and its lines."""
    lines: list[str] = []
    asking = threading.Thread(target=lambda: lines.extend(end(url, "generate", event)))
    asking.start()
    return asking, lines


# --- the figures


def test_the_grammar_takes_what_we_write_and_no_less() -> None:
    odd = metrics.one("tgan_odd", "gauge", 'a \\ and\na "line"', 1e-9, path='C:\\ "x"\n')
    values, kinds = parsed(metrics.text([odd]))
    assert values == {("tgan_odd", r'path="C:\\ \"x\"\n"'): 1e-9} and kinds == {"tgan_odd": "gauge"}
    for wrong in ("tgan_x 1\n", "# HELP 1x y\n", "# HELP tgan_x y\n# TYPE tgan_x thing\n"):
        with pytest.raises((AssertionError, KeyError)):
            parsed(wrong)


def test_durations_are_counted_by_bounds_and_by_the_minute() -> None:
    now = [1000.0]
    took = Durations(bounds=(0.1, 1.0), clock=lambda: now[0])
    for seconds in (0.1, 0.5, 3.0):
        took.add(seconds)
    told = took.histogram()
    assert (told.at_most, told.count, told.sum_s) == ((1, 2), 3, pytest.approx(3.6))
    assert took.per_second() == 3 / RECENT_S
    now[0] += RECENT_S - 1
    took.add(0.1)
    assert took.per_second() == 4 / RECENT_S
    now[0] += 2
    assert took.per_second() == 1 / RECENT_S and took.histogram().count == 4


def test_resident_memory_is_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    here = metrics.resident_bytes()
    assert 2**25 < here < 2**36
    monkeypatch.setattr(metrics.Path, "read_text", lambda *_: "?")
    assert 0.5 < metrics.resident_bytes() / here < 20  # the most that it ever had


def test_a_drawn_sample_and_no_kept_one_is_counted(toy_weights: Path, tmp_path: Path) -> None:
    studio = Studio(tmp_path, toy_weights)
    for seed in (1, 2, 2):
        studio.sample("image/digits", SampleConfig(seed=seed))
    assert studio.turns.took.histogram().count == 2 and studio.turns.waiting == 0


# --- over HTTP


@pytest.fixture(scope="module")
def hosted(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    """A server with figures: its address, its Hosting."""
    demo = serve.make(tmp_path_factory.mktemp("hosted"), weights_dir=toy_weights)
    demo.hosting.has_metrics = True
    with launched(demo) as url:
        yield url, demo.hosting


def test_health_says_that_it_serves(served: Served) -> None:
    status, text, headers = got(served.url, "health")
    told = json.loads(text)
    assert status == 200 and set(told) == {"status", "version", "uptime_s", "models"}
    assert (told["status"], told["version"], told["models"]) == ("ok", VERSION, 6)
    assert told["uptime_s"] > 0 and headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        got(served.url, "health")
        times.append(time.perf_counter() - begun)
    assert sorted(times)[10] < 0.1


def test_figures_are_only_there_where_they_were_asked_for(served: Served) -> None:
    status, text, _ = got(served.url, "metrics")
    assert status == 404 and "--metrics" in text


def test_every_figure_is_told_and_nobody_is_named(hosted: tuple) -> None:
    url, host = hosted
    visitor = host.studio.store.new_visitor()
    text = got(url, "metrics")[1]
    values, kinds = parsed(text)
    assert all(name.startswith("tgan_") for name in kinds)
    assert {labels for name, labels in values if name == "tgan_runs"} == {
        f'state="{state}"' for state in STATES
    }
    assert kinds["tgan_draw_seconds"] == "histogram" and kinds["tgan_draws_total"] == "counter"
    buckets = [v for (name, _), v in values.items() if name == "tgan_draw_seconds_bucket"]
    assert buckets == sorted(buckets) and buckets[-1] == values["tgan_draw_seconds_count", ""]
    assert values["tgan_resident_memory_bytes", ""] > 2**25
    assert visitor not in text and not re.search(r"[0-9a-f]{16}", text)
    assert not list(host.studio.store.visitors())[1:]  # who asked is none


def test_figures_move_when_one_draws_trains_and_fails(hosted: tuple) -> None:
    url, host = hosted
    before = figures(url)
    call(url, "generate", model="image/digits", seed=77)
    after = figures(url)
    for name in ("tgan_draws_total", "tgan_draw_seconds_count"):
        assert after[name, ""] == before[name, ""] + 1
    assert after["tgan_draws_per_second", ""] > 0
    assert after["tgan_draw_seconds_sum", ""] > before["tgan_draw_seconds_sum", ""]
    quick = {"batch_size": 4, "precision": "float32"}
    sizes = {"width": 32, "depth": 1, "heads": 2}
    asked = {"data": "glyphs", "preset": "", "budget": 1e6, "unit": "images"}
    asked |= {"model_settings": sizes, "train_settings": quick}
    run = call(url, "train_start", **asked)
    other = call(url, "train_start", **asked, visitor=run["visitor"])
    until(lambda: figures(url)["tgan_training_samples_per_second", ""] > 0)
    now = figures(url)
    assert now["tgan_runs", 'state="running"'] == 1 and now["tgan_queue_length", ""] == 1
    for each in (run, other):
        call(url, "train_stop", run=each["run"], visitor=run["visitor"])
    until(lambda: figures(url)["tgan_runs", 'state="stopped"'] == 2)
    assert figures(url)["tgan_training_samples_per_second", ""] == 0
    logger = logging.getLogger("tgan_demo.ui.handlers")
    logger.addHandler(host.errors)
    try:
        logger.warning("no error")
        logger.error("an error")
    finally:
        logger.removeHandler(host.errors)
    assert figures(url)["tgan_errors_total", ""] == before["tgan_errors_total", ""] + 1


def test_a_program_that_asks_is_no_visitor_and_an_open_page_is_one(hosted: tuple) -> None:
    url, _ = hosted
    assert figures(url)["tgan_visitors", ""] == 0
    with urlopen(f"{url}gradio_api/heartbeat/somebody", timeout=10) as page:
        assert b"ALIVE" in page.readline()
        assert figures(url)["tgan_visitors", ""] == 1
    until(lambda: figures(url)["tgan_visitors", ""] == 0)


def test_a_server_that_drains_takes_nothing_new(hosted: tuple) -> None:
    url, host = hosted
    host.is_draining = True
    try:
        status, text, _ = got(url, "health")
        assert status == 503 and json.loads(text)["status"] == "draining"
        assert figures(url)["tgan_draining", ""] == 1
        with pytest.raises(HTTPError) as refused:
            begin(url, "generate", model="image/digits", seed=1)
        told = json.load(refused.value)
        assert refused.value.code == 503 and refused.value.headers["retry-after"] == "5"
        assert told["stopping"] and told["detail"] == hosting.sentence()
        assert "is stopping" in told["error"] and "服务器" in told["error"]
        status, text, headers = got(url, "")
        assert status == 503 and "is stopping" in text and "服务器" in text
        assert headers["refresh"] == "5" and "gradio" not in text
    finally:
        host.is_draining = False
    assert call(url, "generate", model="image/digits", seed=1)["count"] == 16


# --- log lines


def test_a_log_line_is_one_object_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(log_lines.JsonLine())
    logger = logging.Logger("tgan_demo.x")
    logger.addHandler(handler)
    logger.warning('two\nlines, "quoted", %s', "字")
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        logger.exception("it failed")
    first, second = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert first["message"] == 'two\nlines, "quoted", 字' and "exception" not in first
    assert (first["level"], first["logger"]) == ("WARNING", "tgan_demo.x")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    assert "Traceback" in second["exception"] and "broken\nin two" in second["exception"]


def test_the_version_that_is_told_is_the_package_s() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["version"] == VERSION
