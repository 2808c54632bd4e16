"""The public endpoints as tools for language models (Model Context Protocol), and the cards as resources.

Gradio's own MCP server, at /gradio_api/mcp/, with what a model needs besides: descriptions in whole
sentences, answers as JSON, pictures as pictures, and one resource for each bundled model,
`card://image/digits`. Imported only with `--mcp`; what it stands on is the extra `mcp`.
"""

import contextlib
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import gradio.mcp
from mcp import types
from mcp.server import Server
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import AnyUrl

from tgan_demo.ui.entrance import Blocks

CARD = "card://"
PICTURE = re.compile(r"data:(image/\w+);base64,([\w+/=]+)")
ARGUMENT = re.compile(r" {4}(\w+): (.*)")


class Tools(gradio.mcp.GradioMCPServer):
    """Gradio's server over our page; its methods are named as Gradio's."""

    # what Gradio looks for at its import, when mcp was not to be found
    types, Server, SseServerTransport = types, Server, SseServerTransport
    ReadResourceContents = ReadResourceContents
    StreamableHTTPSessionManager = StreamableHTTPSessionManager

    blocks: Blocks

    def get_fn_description(self, block_fn: Any, tool_name: str) -> tuple[str, dict[str, str]]:
        return described(inspect.getdoc(block_fn.fn) or "")

    def get_input_schema(self, tool_name: str, parameters: Any = None) -> tuple[dict, list]:
        """With the defaults that Gradio leaves out: 0 and ""."""
        schema, files = super().get_input_schema(tool_name, parameters)
        endpoint = self.api_info["named_endpoints"][self.tool_to_endpoint[tool_name]]
        for told in endpoint["parameters"]:
            if told.get("parameter_has_default"):
                given = told.get("parameter_default")
                schema["properties"][told["parameter_name"]]["default"] = given
        return schema, files

    def postprocess_output_data(self, data: Any, root_url: str) -> list:
        (answer,) = data
        texts, pictures = parted(answer)
        return [
            types.TextContent(type="text", text=texts),
            *(
                types.ImageContent(type="image", mimeType=kind, data=content)
                for kind, content in pictures
            ),
        ]

    def create_mcp_server(self) -> Any:
        server = super().create_mcp_server()

        @server.list_resources()
        async def list_cards() -> list:
            return [
                types.Resource(
                    uri=AnyUrl(CARD + info.id),
                    name=info.id,
                    title=info.title,
                    description=f"Card of {info.title}: data, licence, scores, what is weak.",
                    mimeType="text/markdown",
                )
                for info in self.blocks.hosting.studio.models(None)
            ]

        @server.read_resource()
        async def read_card(uri: AnyUrl) -> list:
            known = {CARD + info.id: info.card for info in self.blocks.hosting.studio.models(None)}
            if str(uri) not in known:
                raise ValueError(f"there is no card {str(uri)[:80]!r}; known: {', '.join(known)}")
            return [ReadResourceContents(content=known[str(uri)], mime_type="text/markdown")]

        return server


@contextlib.contextmanager
def in_place() -> Iterator[None]:
    """While it lasts, a page that is launched with mcp_server=True gets our tools."""
    theirs = gradio.mcp.GradioMCPServer
    gradio.mcp.GradioMCPServer = Tools
    try:
        yield
    finally:
        gradio.mcp.GradioMCPServer = theirs


def described(text: str) -> tuple[str, dict[str, str]]:
    """A docstring without its arguments, on one line, and the arguments by name."""
    about: list[str] = []
    arguments: dict[str, str] = {}
    is_within, name = False, ""
    for line in text.splitlines():
        if line == "Args:":
            is_within = True
        elif is_within and (found := ARGUMENT.fullmatch(line)):
            name = found[1]
            arguments[name] = found[2]
        elif is_within and line.startswith(" "):
            arguments[name] += " " + line.strip()
        else:
            is_within = is_within and not line
            about.append(line.strip())
    return " ".join(part for part in about if part), arguments


def parted(answer: Any) -> tuple[str, list[tuple[str, str]]]:
    """An endpoint's answer as JSON, and the pictures that stood in it: (media type, base64)."""
    pictures: list[tuple[str, str]] = []
    if isinstance(answer, dict):
        answer = dict(answer)
        for key, value in answer.items():
            if isinstance(value, str) and (found := PICTURE.fullmatch(value)):
                pictures.append((found[1], found[2]))
                answer[key] = f"picture {len(pictures)} of this answer"
    return json.dumps(answer, ensure_ascii=False), pictures
