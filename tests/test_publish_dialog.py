"""Publishing from the page: a visitor's own model, with the token that they type and no other."""

import base64
import hashlib
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from axe import script, violations
from conftest import Served, serving
from gradio import http_server, oauth
from hub_stand_in import TOKEN
from screen import Open

from tgan_demo.config import SampleConfig
from tgan_demo.people.store import Store
from tgan_demo.studio import Studio
from tgan_demo.ui import publishing
from tgan_demo.ui.page import View

# of huggingface_hub's own upload, by what it calls in its HTTP library
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning")


class Shown:
    """A page as the handlers see it, with one visitor who owns one model."""

    def __init__(self, data_dir: Path, weights: Path) -> None:
        self.studio = Studio(data_dir, weights)
        store = self.studio.store
        self.visitor = store.new_visitor()
        self.model = store.add_model_folder(self.visitor, weights / "image" / "digits")

    def view(self, visitor: str | None = None) -> View:
        return View(visitor or self.visitor, "en", self.model, SampleConfig())

    def sent(self, **told: object) -> dict:
        asked = {"id": self.model, "what": "model", "repo": "ada/digits", "licence": "mit"}
        return asked | {"token": TOKEN, "public": False} | told


@pytest.fixture
def shown(tmp_path, toy_weights):
    return Shown(tmp_path / "data", toy_weights)


def test_an_own_model_is_published_and_the_token_is_in_no_answer(stand_in, shown):
    said = publishing.on_send(shown, shown.view(), shown.sent())
    repo = stand_in.repos["models", "ada/digits"]
    assert repo.private and said == {
        "id": shown.model,
        "url": f"{stand_in.url}/ada/digits",
        "new": True,
    }
    told = json.dumps(
        [path.read_text("utf-8") for path in shown.studio.store.data_dir.rglob("*.json")]
    )
    assert TOKEN not in told and TOKEN not in json.dumps(said)


def test_a_space_of_it_is_made(stand_in, shown):
    said = publishing.on_send(shown, shown.view(), shown.sent(what="space", repo="ada/play"))
    assert said["url"].endswith("/spaces/ada/play") and ("spaces", "ada/play") in stand_in.repos


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"id": "image/digits"}, "of your own"),
        ({"id": "mine/../x"}, "nothing of the id"),
        ({"id": None}, "of your own"),
        ({"licence": ""}, "say the licence"),
        ({"licence": ["mit"]}, "say the licence"),
        ({"repo": "digits"}, "owner/name"),
        ({"token": ""}, "a token of your own"),
        ({"token": None}, "a token of your own"),
        ({"public": "yes", "token": "hf_unknown_one"}, "does not know this token"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(stand_in, shown, monkeypatch, told, said):
    monkeypatch.setenv("HF_TOKEN", TOKEN)  # of whoever runs the studio
    assert said in publishing.on_send(shown, shown.view(), shown.sent(**told))["error"]
    assert not stand_in.repos


def test_another_visitors_model_is_not_published(stand_in, shown):
    other = shown.studio.store.new_visitor()
    assert publishing.on_send(shown, shown.view(other), shown.sent())["error"]
    assert publishing.on_about(shown, shown.view(other), {"id": shown.model})["error"]
    assert not stand_in.asked


def test_its_licence_is_told_and_not_filled_in(shown):
    said = publishing.on_about(shown, shown.view(), {"id": shown.model})
    assert set(said) == {"id", "title", "licence", "who"} and said["id"] == shown.model


def test_who_has_signed_in_needs_no_token(stand_in, shown):
    said = publishing.on_send(shown, shown.view(), shown.sent(token=""), TOKEN)
    assert said["new"] and stand_in.repos["models", "ada/digits"].private


def test_nobody_signs_in_with_the_login_of_a_laptop(monkeypatch):
    for name in publishing.OAUTH:
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("SYSTEM", raising=False)
    assert not publishing.can_sign_in()
    with gr.Blocks() as demo:
        publishing.sign_in()
    assert not demo.expects_oauth


@pytest.fixture
def space(monkeypatch, tmp_path, toy_weights) -> Iterator[tuple[str, Path, str]]:
    """The app as a Space with hf_oauth serves it: its address, data, and the cookie of who has signed in."""
    pytest.importorskip("authlib", reason="a Space brings it: gradio[oauth]")
    signer = pytest.importorskip("itsdangerous").TimestampSigner
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "ada/studio")
    monkeypatch.setattr(http_server, "watchfn_spaces", lambda reloader: None)  # of a Space's editor
    for name in publishing.OAUTH:
        monkeypatch.setenv(name, "x")
        monkeypatch.setattr(oauth, name, "x")
    session = {
        "oauth_info": {
            "access_token": TOKEN,
            "scope": "openid profile contribute-repos",
            "expires_at": int(time.time()) + 3600,
            "userinfo": {"sub": "1", "name": "Ada", "preferred_username": "ada", "profile": "",
                         "picture": ""},
        }
    }  # fmt: skip
    text = base64.b64encode(json.dumps(session).encode())
    cookie = signer(hashlib.sha256(b"x-v4").hexdigest()).sign(text).decode()
    with serving(tmp_path / "data", toy_weights) as served:
        yield served.url, tmp_path / "data", cookie


@pytest.mark.ui
def test_who_signed_in_on_a_space_publishes_as_themselves(
    space, browser, toy_weights, stand_in
) -> None:
    url, data_dir, cookie = space
    store = Store(data_dir)
    visitor = store.new_visitor()
    store.add_model_folder(visitor, toy_weights / "image" / "avatars")
    context = browser.new_context(extra_http_headers={"Cookie": f"session={cookie}"})
    context.add_init_script(f"localStorage.setItem('tgan.me', JSON.stringify('{visitor}'))")
    page = context.new_page()
    page.goto(url + "?tab=train&lang=en")
    page.locator("#train-runs [data-do=publish]").click()
    dialog = page.locator("#publish dialog")
    dialog.locator(".who", has_text="ada").wait_for()
    assert not dialog.locator(".token").is_visible()
    assert "ada" in (page.locator("#publish-sign-in").text_content() or "")
    dialog.locator(".repo").fill("ada/faces")
    dialog.locator(".licence").fill("cc0-1.0")
    dialog.locator(".send").click()
    dialog.locator(".done a").wait_for()
    assert stand_in.repos["models", "ada/faces"].private and TOKEN not in page.content()
    told = page.request.get(url + "gradio_api/info").json()
    assert not [name for name in told["named_endpoints"] if "login" in name], "the button adds none"
    context.close()


@pytest.mark.ui
def test_the_dialog_publishes_and_forgets_the_token(
    open_page: Open, served: Served, toy_weights: Path, stand_in, caplog, capfd
) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store(served.data_dir)
    visitor = store.new_visitor()
    model = store.add_model_folder(visitor, toy_weights / "image" / "avatars")
    screen = open_page("?tab=train&lang=en", keep={"me": visitor})
    screen.page.locator("#train-runs [data-do=publish]").click()
    dialog = screen.page.locator("#publish dialog")
    dialog.wait_for()
    assert dialog.locator(".licence").input_value() == ""
    screen.page.evaluate(script())
    assert not violations(screen.page)
    assert dialog.locator("[value=model]").is_checked()
    assert not dialog.locator(".public").is_checked()
    dialog.locator(".repo").fill("ada/faces")
    dialog.locator(".token").fill(TOKEN)
    dialog.locator(".send").click()
    assert "licence" in (dialog.locator(".wrong").text_content() or "")
    assert not stand_in.asked
    dialog.locator(".licence").fill("cc0-1.0")
    dialog.locator(".send").click()
    screen.until("() => !document.querySelector('#publish .done').hidden")
    assert dialog.locator("a").get_attribute("href") == f"{stand_in.url}/ada/faces"
    assert stand_in.repos["models", "ada/faces"].private
    assert dialog.locator(".token").input_value() == ""
    kept = screen.ask(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])"
    )
    assert TOKEN not in str(kept) and TOKEN not in screen.page.content()
    mine = [record for record in caplog.records if not record.name.startswith("httpcore")]
    assert not any(TOKEN in record.getMessage() for record in mine)
    assert TOKEN not in "".join(capfd.readouterr()) and model
