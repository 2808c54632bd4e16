"""Headers of every answer, and Host: what a browser needs to be told, over plain HTTP."""

import http.client
from urllib.parse import urlsplit

import pytest
from conftest import Served

from tgan_demo.ui import headers

PAGES = (
    "/",
    "/config",
    "/gradio_api/info",
    "/gradio_api/heartbeat-that-is-not-there",
    "/theme.css",
)


def answer(url: str, path: str, host: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in small letters) and content."""
    parts = urlsplit(url)
    there = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    there.putrequest("GET", path, skip_host=True)
    there.putheader("Host", parts.netloc if host is None else host)
    there.endheaders()
    got = there.getresponse()
    content = got.read()
    there.close()
    return got.status, {name.lower(): value for name, value in got.getheaders()}, content


def test_every_answer_says_who_may_frame_it_and_what_to_keep(served: Served) -> None:
    for path in PAGES:
        _, found, _ = answer(served.url, path)
        assert found["x-content-type-options"] == "nosniff", path
        assert found["referrer-policy"] == "same-origin", path
        policy = found["content-security-policy"].split()
        assert policy[0] == "frame-ancestors" and "x-frame-options" not in found, path
        assert {"'self'", "https://huggingface.co", "https://*.hf.space"} <= set(policy), path


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_this_computer_is_let_in(served: Served, name: str) -> None:
    for host in (name, f"{name}:7860"):
        status, _, content = answer(served.url, "/", host)
        assert status == 200 and b"gradio" in content, host


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "",
     "192.168.0.7", "0.0.0.0", "[::1", "localhost@evil.example"],
)  # fmt: skip
def test_a_foreign_name_for_this_computer_reads_nothing(served: Served, host: str) -> None:
    for path in ("/", "/config", "/gradio_api/info"):
        status, found, content = answer(served.url, path, host)
        assert status == 400 and b"localhost" in content and b"gradio" not in content, host
        assert found["x-content-type-options"] == "nosniff"


def test_names_count_only_on_this_computer() -> None:
    def keeper(bound_to: str, *names: str) -> headers.Doorkeeper:
        (one,) = headers.middleware(bound_to, names)
        return headers.Doorkeeper(lambda *_: None, **one.kwargs)  # type: ignore[arg-type]

    assert keeper("0.0.0.0").lets_in(["class.example"]) and keeper("10.0.0.2").lets_in([""])
    assert not keeper("localhost").lets_in(["class.example"])
    assert not keeper("::1").lets_in(["localhost", "class.example"])
    assert keeper("127.0.0.1", "Class.example").lets_in(["class.EXAMPLE:443"])
