"""The dialog that publishes a visitor's own model on the Hugging Face Hub: with a token that they type, or,
on a Space whose README says `hf_oauth`, as whom they signed in.

A typed token goes to the Hub and is forgotten: it is in no value, no state, no log. The login of whoever
runs the studio is never used.
"""

import os
from importlib.util import find_spec
from typing import Any

import gradio as gr
from gradio.context import Context

from tgan_demo.errors import ConfigError, TganError
from tgan_demo.files.disk import reason
from tgan_demo.hub import publish, space
from tgan_demo.models.folder import load_model
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.handlers import QUIET, data_of
from tgan_demo.ui.page import Page, View

MOST = {"repo": 200, "licence": 80, "token": 4096}  # characters
WHAT = {"model": publish.publish, "space": space.publish_space}
# what a Space has whose README says `hf_oauth: true`
OAUTH = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
AT_ONCE = 2  # people whose model is on its way


def build(page: Page) -> gr.HTML:
    """Draw the dialog into the open Blocks and bind it. The list of own models opens it."""
    dialog = canvas("publish", elem_id="publish")

    def about(sent: gr.EventData, who: gr.OAuthProfile | None, *values: Any) -> dict[str, Any]:
        name = who.username if who is not None and can_sign_in() else ""
        return on_about(page, page.view(*values), data_of(sent), name)

    def send(sent: gr.EventData, token: gr.OAuthToken | None, *values: Any) -> dict[str, Any]:
        own = token.token if token is not None and can_sign_in() else ""
        return on_send(page, page.view(*values), data_of(sent), own)

    slow = {**QUIET, "queue": True, "concurrency_limit": AT_ONCE, "concurrency_id": "publish"}
    dialog.about(page.guard(about), page.state_inputs, dialog, **QUIET)
    dialog.send(page.guard(send), page.state_inputs, dialog, **slow)
    return dialog


def can_sign_in() -> bool:
    """Whether visitors can sign in. On a laptop Gradio would lend them the login of the machine: never."""
    is_space = os.environ.get("SYSTEM") == "spaces" and all(os.environ.get(one) for one in OAUTH)
    return is_space and all(find_spec(one) for one in ("authlib", "itsdangerous"))


def sign_in() -> None:
    """Draw the button to sign in with, where one can."""
    if not can_sign_in():
        return
    button = gr.LoginButton(size="sm", elem_id="publish-sign-in")
    button.load_event_to_attach = None  # it would be a public endpoint
    blocks = Context.root_block
    assert blocks is not None  # a panel draws into open ones
    blocks.load(button._check_login_status, None, button, **QUIET)


def on_about(page: Page, view: View, data: Any, who: str = "") -> dict[str, Any]:
    """What is to be published: its title, and what its settings say of its data's licence; and as whom one
    has signed in, if so.
    """
    try:
        info = page.studio.info(_own(data), view.visitor)
    except (TganError, OSError) as error:
        return {"error": _why(error)}
    return {"id": info.id, "title": info.title, "licence": info.licence, "who": who}


def on_send(page: Page, view: View, data: Any, token: str = "") -> dict[str, Any]:
    """Publish: {"id", "url"} of what was made, or {"error"}. `token`: of who signed in."""
    try:
        item = _own(data)
        asked = publish.Asked(
            repo_id=_text(data, "repo"),
            licence=_text(data, "licence"),
            token=token or _text(data, "token"),
            is_public=data.get("public") is True,
        )
        send = WHAT.get(str(data.get("what")), publish.publish)
        sent = send(load_model(page.studio.store.model_folder(view.visitor, item)), asked)
    except (TganError, OSError) as error:
        return {"error": _why(error)}
    return {"id": item, "url": sent.url, "new": sent.is_new}


def _own(data: Any) -> str:
    """The id of an own model that the script names; whose it is, the store checks."""
    item = data.get("id") if isinstance(data, dict) else None
    if not isinstance(item, str) or not item.startswith("mine/") or len(item) > 80:
        raise ConfigError("only a model of your own is published from here")
    return item


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value.strip()[: MOST[name]] if isinstance(value, str) else ""


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, TganError) else f"not sent: {reason(error)}"
