"""Programs: what docs/api.md shows is run as it stands, and a language model's client finds the same tools."""

import asyncio
import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from conftest import free_port

from tgan_demo.data import catalogue
from tgan_demo.ui import mcp_tools, serve

pytest.importorskip("mcp", reason="pip install -r requirements-dev.txt brings it")
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError
from pydantic import AnyUrl

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
LOCAL = "http://127.0.0.1:7860"
ENDPOINTS = [
    "/models", "/generate", "/interpolate", "/attention", "/edit",
    "/train_start", "/train_status", "/train_stop", "/evaluate",
]  # fmt: skip


def parts(language: str) -> dict[str, str]:
    """The examples of a language by their headings; "" is what all go on from."""
    found = {}
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE):
        heading = section.split("\n", 1)[0] if section[0] != "#" else ""
        blocks = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
        assert len(blocks) <= 1, heading
        if blocks:
            found[heading] = blocks[0]
    return found


@pytest.fixture(scope="module")
def url(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with tools for language models; without a / at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "MAX_MADE", 64)
        demo = serve.make(tmp_path_factory.mktemp("programs"), weights_dir=toy_weights)
        demo.hosting.has_metrics = True
        yield serve.launch(demo, port=free_port(), has_tools=True).rstrip("/")
        demo.close(verbose=False)


def public(url: str) -> list[str]:
    with urlopen(f"{url}/gradio_api/info") as answer:
        return [*json.load(answer)["named_endpoints"]]


# --- docs/api.md


def test_every_endpoint_has_an_example_in_python_and_by_curl(url: str) -> None:
    assert public(url) == ENDPOINTS
    for language in ("python", "sh"):
        assert [name for name in parts(language) if name.startswith("/")] == ENDPOINTS
    for name in ENDPOINTS:
        assert f'api_name="{name}"' in parts("python")[name]
        assert f"call {name[1:]} " in parts("sh")[name]
    assert "docs/api.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_of_each_endpoint_runs(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = [
        f"# {name}\n{block}" for name, block in parts("python").items() if name[:1] in ("", "/")
    ]
    told = "import json\nprint('told', json.dumps([len(models), drawn['count'], walk['count'],"
    told += " len(maps['g']), status['state'], sorted(scores)[:1]]))"
    script = "\n".join([*code, told]).replace(LOCAL, url)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1].removeprefix("told "))
    assert last[:4] == [6, 16, 12, 2] and last[4] in ("running", "stopped", "queued", "preparing")
    assert Path("sevens.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on the PATH")
def test_the_curl_of_each_endpoint_runs(url: str) -> None:
    blocks = parts("sh")
    names = [name for name in ENDPOINTS if name != "/evaluate"]  # Python has waited for it once
    script = "\n".join([blocks[""], *(f"echo '# {name}'\n{blocks[name]}" for name in names)])
    done = subprocess.run(
        ["sh", "-c", script.replace(LOCAL, url)], capture_output=True, text=True, timeout=120
    )
    answers = {}
    for section in done.stdout.split("# ")[1:]:
        name, _, text = section.partition("\n")
        if text.strip():
            (answers[name],) = json.loads(text)
    assert [*answers] == [
        name for name in names if name != "/train_start"
    ]  # it goes into variables
    assert answers["/generate"]["labels"] == [7] * 16
    assert answers["/edit"]["edit"].startswith("at:")
    assert answers["/interpolate"]["count"] == 12 and answers["/attention"]["token"] == 5
    assert {"state", "step"} <= set(answers["/train_status"]) <= set(answers["/train_stop"])


# --- tools for language models


def ask(url: str, question: Callable[[ClientSession], Any]) -> Any:
    """What a client of the protocol is answered."""

    async def asking() -> Any:
        there = f"{url}/gradio_api/mcp/"
        async with (
            streamable_http_client(there) as (read, write, _),
            ClientSession(read, write) as one,
        ):
            await one.initialize()
            return await question(one)

    return asyncio.run(asking())


def test_the_tools_are_the_public_endpoints_with_typed_and_described_arguments(url: str) -> None:
    tools = ask(url, lambda session: session.list_tools()).tools
    assert [f"/{tool.name}" for tool in tools] == ENDPOINTS
    for tool in tools:
        assert tool.description[0].isupper() and "  " not in tool.description
        assert ", ," not in tool.description and "Args:" not in tool.description
        for name, argument in tool.inputSchema["properties"].items():
            kinds = argument.get("oneOf", [argument])
            assert all("type" in kind for kind in kinds) and argument["description"], (
                tool.name,
                name,
            )
            is_asked = name in tool.inputSchema.get("required", ())
            assert is_asked != ("default" in argument), (tool.name, name)
    (generate,) = [tool for tool in tools if tool.name == "generate"]
    taken = generate.inputSchema["properties"]
    assert taken["seed"] == {
        "type": "integer", "description": "of the first picture; picture i has seed + i.", "default": 0
    }  # fmt: skip
    assert taken["psi"]["type"] == "number" and taken["label"]["default"] == -1


def test_a_tool_answers_with_json_and_pictures_as_pictures(url: str) -> None:
    models = ask(url, lambda session: session.call_tool("models", {}))
    assert [model["id"] for model in json.loads(models.content[0].text)][0] == "image/digits"
    seeds = {"model": "image/avatars", "seed": 4, "count": 2}
    text, picture = ask(url, lambda session: session.call_tool("generate", seeds)).content
    told = json.loads(text.text)
    assert told["seeds"] == [4, 5] and told["images"] == "picture 1 of this answer"
    assert picture.mimeType == "image/png" and base64.b64decode(picture.data)[:4] == b"\x89PNG"
    clips = {"model": "video/moves", "count": 2}
    _, still, film = ask(url, lambda session: session.call_tool("generate", clips)).content
    assert {still.mimeType, film.mimeType} == {"image/png", "image/webp"}


def test_what_does_not_fit_is_said_in_a_sentence_and_private_events_are_no_tools(url: str) -> None:
    wrong = ask(url, lambda session: session.call_tool("generate", {"model": "image/nothing"}))
    assert wrong.isError and "there is no model 'image/nothing'; known:" in wrong.content[0].text
    kind = ask(url, lambda session: session.call_tool("generate", {"seed": [1]}))
    assert kind.isError
    for name in ("opened", "false", "relabel"):
        assert ask(url, lambda session, name=name: session.call_tool(name, {})).isError


def test_each_bundled_model_has_its_card_as_a_resource(url: str, toy_weights: Path) -> None:
    cards = ask(url, lambda session: session.list_resources()).resources
    assert len(cards) == 6 and {card.mimeType for card in cards} == {"text/markdown"}
    assert str(cards[0].uri) == "card://image/digits"
    told = ask(url, lambda session: session.read_resource(cards[1].uri)).contents[0].text
    assert told == (toy_weights / "image" / "avatars" / "card.md").read_text(encoding="utf-8")

    async def ask_for_another(session: ClientSession) -> None:
        with pytest.raises(McpError, match="there is no card 'card://image/digits/more'"):
            await session.read_resource(AnyUrl("card://image/digits/more"))

    ask(url, ask_for_another)


def test_the_client_of_the_page_runs(url: str) -> None:
    space: dict[str, Any] = {}
    exec(parts("python")["For language models"].replace(LOCAL, url), space)
    assert (
        len(space["names"]) == len(ENDPOINTS)
        and space["card"].startswith("# ")
        and len(space["content"]) == 2
    )


def test_a_program_is_no_visitor(url: str) -> None:
    from gradio_client import Client

    client = Client(url, verbose=False)
    assert client.predict(api_name="/models") and client.heartbeat.is_alive()
    with urlopen(f"{url}/metrics") as told:
        assert "\ntgan_visitors 0\n" in told.read().decode()
    client.close()


def test_without_the_flag_there_are_no_tools(served: Any) -> None:
    with pytest.raises(Exception, match="404|405|40"):
        urlopen(f"{served.url}gradio_api/mcp/schema")


def test_docstrings_lose_nothing_on_their_way() -> None:
    text = "Does it,\nat once.\n\nArgs:\n    one: the first,\n        and more.\n    two: b.\n\n"
    text += "Returns:\n    all: of it"
    assert mcp_tools.described(text) == (
        "Does it, at once. Returns: all: of it", {"one": "the first, and more.", "two": "b."}
    )  # fmt: skip


# --- an extra


def test_without_the_package_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    find = serve.importlib.util.find_spec
    gone = lambda name, *more: None if name == "mcp" else find(name, *more)  # noqa: E731
    monkeypatch.setattr(serve.importlib.util, "find_spec", gone)
    assert serve.main(["--mcp", "--data-dir", str(tmp_path / "home")]) == 1
    said = capsys.readouterr().err
    assert said == f"error: {serve.NO_MCP}\n" and "pip install .[mcp]" in said
    assert not (tmp_path / "home").exists()


def test_who_does_not_ask_for_tools_does_not_import_them(toy_weights: Path, tmp_path: Path) -> None:
    code = "import pathlib, sys; from tgan_demo.ui import serve; "
    code += "serve.make(pathlib.Path(sys.argv[1]), weights_dir=pathlib.Path(sys.argv[2])); "
    code += "print('mcp' in sys.modules, 'gradio.mcp' in sys.modules); import mcp"
    command = [sys.executable, "-c", code, str(tmp_path), str(toy_weights)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True"


def test_the_extra_is_a_part_of_what_the_tests_need() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line for line in lines if line and not line.startswith("#")}

    extra = pins("requirements-mcp.txt")
    assert extra <= pins("requirements-dev.txt") and {line.split("==")[0] for line in extra} == {
        "mcp"
    }
    assert 'mcp = { file = ["requirements-mcp.txt"] }' in (ROOT / "pyproject.toml").read_text()
