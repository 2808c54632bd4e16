"""A stand-in of the Hugging Face Hub's HTTP API on this machine, for tests: repositories in memory.

Speaks what huggingface_hub asks of models, data sets and Spaces: info, tree, resolve (large files by a
redirect, parts by Range), create, preupload, LFS by plain upload, commit, whoami. It can be slow, cut a
file off, and lie about sizes. Not Xet: the fixture turns that off.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

LARGE = (".safetensors", ".parquet", ".bin", ".pt", ".pkl", ".zip", ".png", ".wav", ".webp")
TOKEN, READ_TOKEN = "hf_stand_in_write", "hf_stand_in_read"
KINDS = {"models": "", "datasets": "datasets/", "spaces": "spaces/"}


@dataclass
class Repo:
    private: bool = False
    extra: dict[str, Any] = field(default_factory=dict)  # what create was told besides
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)  # sha -> {path: content}
    refs: dict[str, str] = field(default_factory=dict)  # branch or tag -> sha
    card: dict[str, Any] = field(default_factory=dict)  # metadata of its README
    messages: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, bytes], message: str = "") -> str:
        named = json.dumps([len(self.commits), sorted(map(str, files)), message])
        sha = hashlib.sha1(named.encode()).hexdigest()
        self.commits[sha], self.refs["main"] = dict(files), sha
        self.messages.append(message)
        return sha

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[self.refs["main"]]

    def find(self, revision: str) -> str | None:
        sha = self.refs.get(revision, revision)
        return sha if sha in self.commits else None


class StandIn:
    """What the Hub holds, how it misbehaves, and what was asked of it."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}  # ("models", "owner/name")
        self.tokens = {TOKEN: ("ada", "write"), READ_TOKEN: ("ada", "read")}
        self.stored: dict[str, bytes] = {}  # LFS, by sha256
        self.asked: list[tuple[str, str, str]] = []  # method, path, token ("": nobody)
        self.delay_s = 0.0  # before each answer
        self.cuts: dict[str, int] = {}  # path -> how many more times it ends after half its bytes
        self.parts: list[str] = []  # Range headers
        self.sizes: dict[str, int | None] = {}  # path -> the size that is told
        self.stopping = threading.Event()
        self.url = self.store = ""  # of the Hub, and of its large files: another host, as in life

    def add(self, repo_id: str, files: dict[str, bytes], kind: str = "models", **options) -> Repo:
        """A repository with one commit; options as of Repo."""
        repo = self.repos[kind, repo_id] = Repo(**options)
        repo.commit(files, "first")
        return repo

    def tokens_seen(self) -> set[str]:
        """Who asked the Hub itself; its store of large files is asked by nobody's name."""
        return {token for _, path, token in self.asked if not path.startswith("/lfs/")}


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def is_large(path: str) -> bool:
    return path.endswith(LARGE)


class Refused(Exception):
    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        self.status, self.code, self.message = status, code, message


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: StandIn

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET

    # --- one request

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.query = parse_qs(urlsplit(self.path).query)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.hub.asked.append((self.command, path, token))
        if self.hub.delay_s:
            self.hub.stopping.wait(self.hub.delay_s)
        try:
            if token and token not in self.hub.tokens:
                raise Refused(401, message="Invalid credentials in Authorization header")
            self.who, self.role = self.hub.tokens.get(token, ("", ""))
            self._route(path)
        except Refused as refused:
            self._send(
                refused.status,
                json.dumps({"error": refused.message}).encode(),
                {"X-Error-Code": refused.code, "X-Error-Message": refused.message},
            )
        except (BrokenPipeError, ConnectionError):
            self.close_connection = True

    def _route(self, path: str) -> None:
        if path == "/api/whoami-v2":
            self._must_be_known()
            return self._json({"type": "user", "name": self.who, "orgs": []})
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self._create(json.loads(self.body))
        if found := re.fullmatch(r"/lfs/(\w{64})", path):
            return self._large(found[1])
        if found := re.fullmatch(r"/(?:datasets/|spaces/)?([^/]+/[^/]+)\.git/info/lfs/.*", path):
            return self._batch(json.loads(self.body))
        if found := re.fullmatch(r"/api/(models|datasets|spaces)/([^/]+/[^/]+)(?:/(.*))?", path):
            return self._api(found[1], found[2], found[3] or "")
        if found := re.fullmatch(
            r"/(datasets/|spaces/)?([^/]+/[^/]+)/resolve/([^/]+|refs/convert/\w+)/(.+)", path
        ):
            kind = (found[1] or "models/").rstrip("/")
            return self._resolve(kind, *found.groups()[1:])
        raise Refused(404, message=f"the stand-in does not know {path}")

    def _must_be_known(self) -> None:
        if not self.who:
            raise Refused(401, message="Invalid username or password.")

    def _must_write(self, owner: str) -> None:
        self._must_be_known()
        if self.role != "write" or owner != self.who:
            raise Refused(403, message=f"You don't have the rights to write under {owner}")

    def _repo(self, kind: str, repo_id: str) -> Repo:
        repo = self.hub.repos.get((kind, repo_id))
        if repo is None or (repo.private and repo_id.split("/")[0] != self.who):
            raise Refused(404 if self.who else 401, "RepoNotFound", "Repository not found")
        return repo

    def _at(self, repo: Repo, revision: str) -> tuple[str, dict[str, bytes]]:
        sha = repo.find(revision)
        if sha is None:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return sha, repo.commits[sha]

    # --- reading

    def _api(self, kind: str, repo_id: str, rest: str) -> None:
        repo, (verb, _, after) = self._repo(kind, repo_id), rest.partition("/")
        if verb in ("", "revision"):
            sha, files = self._at(repo, after or "main")
            siblings = [self._sibling(path, content) for path, content in files.items()]
            told = {"id": repo_id, "sha": sha, "private": repo.private, "siblings": siblings}
            told |= {"cardData": repo.card} if repo.card else {}
            return self._json(told | {"tags": [], "downloads": 0, "likes": 0})
        if verb == "tree":
            revision, _, under = after.partition("/")
            _, files = self._at(repo, revision)
            return self._json(self._tree(files, under.strip("/")))
        if verb == "paths-info":
            _, files = self._at(repo, after)
            wanted = json.loads(self.body)["paths"]
            return self._json([self._entry(path, files[path]) for path in wanted if path in files])
        owner = repo_id.split("/")[0]
        if verb == "preupload":
            self._must_write(owner)
            asked = json.loads(self.body)["files"]
            return self._json({"files": [self._upload_mode(repo, one["path"]) for one in asked]})
        if verb == "commit":
            self._must_write(owner)
            return self._commit(kind, repo_id, repo)
        raise Refused(404, message=f"the stand-in does not know {rest}")

    def _size(self, path: str, content: bytes) -> int | None:
        return self.hub.sizes.get(path, len(content))

    def _sibling(self, path: str, content: bytes) -> dict[str, Any]:
        if not self.query.get("blobs"):
            return {"rfilename": path}
        told = {"rfilename": path, "size": self._size(path, content), "blobId": blob_id(content)}
        if is_large(path):
            sha = hashlib.sha256(content).hexdigest()
            told["lfs"] = {"size": told["size"], "sha256": sha, "pointerSize": 130}
        return told

    def _entry(self, path: str, content: bytes) -> dict[str, Any]:
        told = {"type": "file", "path": path, "size": self._size(path, content)}
        told["oid"] = blob_id(content)
        if is_large(path):
            oid = hashlib.sha256(content).hexdigest()
            told["lfs"] = {"oid": oid, "size": told["size"], "pointerSize": 130}
        return told

    def _tree(self, files: dict[str, bytes], under: str) -> list[dict[str, Any]]:
        prefix = f"{under}/" if under else ""
        is_deep = self.query.get("recursive", [""])[0].lower() in ("true", "1")
        told, folders = [], set()
        for path, content in sorted(files.items()):
            if not path.startswith(prefix):
                continue
            inner = path.removeprefix(prefix).split("/")
            reach = len(inner) if is_deep else min(2, len(inner))
            folders |= {prefix + "/".join(inner[:k]) for k in range(1, reach)}
            if is_deep or len(inner) == 1:
                told.append(self._entry(path, content))
        named = [{"type": "directory", "path": name, "size": 0, "oid": ""} for name in folders]
        return named + told

    def _resolve(self, kind: str, repo_id: str, revision: str, path: str) -> None:
        sha, files = self._at(self._repo(kind, repo_id), revision)
        headers = {"X-Repo-Commit": sha}
        if path not in files:
            raise Refused(404, "EntryNotFound", "Entry not found")
        content = files[path]
        if not is_large(path):
            return self._bytes(path, content, headers | {"ETag": f'"{blob_id(content)}"'})
        oid = hashlib.sha256(content).hexdigest()
        self.hub.stored[oid] = content
        headers |= {"X-Linked-Etag": f'"{oid}"', "Location": f"{self.hub.store}/lfs/{oid}?p={path}"}
        if (size := self._size(path, content)) is not None:
            headers["X-Linked-Size"] = str(size)
        self._send(302, b"", headers)

    def _bytes(self, path: str, content: bytes, headers: dict[str, str]) -> None:
        """A file or the part of it that Range asks for; half of that where it is to be cut off."""
        status, headers = 200, headers | {"Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if asked:
            self.hub.parts.append(asked[0])
            end = min(int(asked[2] or len(content) - 1), len(content) - 1)
            headers["Content-Range"] = f"bytes {asked[1]}-{end}/{len(content)}"
            status, content = 206, content[int(asked[1]) : end + 1]
        if self.command == "GET" and self.hub.cuts.get(path, 0) > 0:
            self.hub.cuts[path] -= 1
            self._send(status, content[: len(content) // 2], headers, length=len(content))
            self.close_connection = True
            return
        self._send(status, content, headers)

    # --- writing

    def _create(self, asked: dict[str, Any]) -> None:
        owner = asked.get("organization") or self.who
        self._must_write(owner)
        kind, repo_id = asked.get("type", "model") + "s", f"{owner}/{asked['name']}"
        address = {"url": f"{self.hub.url}/{KINDS[kind]}{repo_id}", "id": repo_id}
        if (kind, repo_id) in self.hub.repos:
            return self._json(address, 409)
        repo = self.hub.repos[kind, repo_id] = Repo(asked.get("visibility") == "private", asked)
        repo.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")
        self._json(address)

    def _upload_mode(self, repo: Repo, path: str) -> dict[str, Any]:
        content = repo.files.get(path)
        oid = None
        if content is not None:
            large = is_large(path)
            oid = hashlib.sha256(content).hexdigest() if large else blob_id(content)
        mode = "lfs" if is_large(path) else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    def _batch(self, asked: dict[str, Any]) -> None:
        objects = []
        for one in asked["objects"]:
            href = {"href": f"{self.hub.store}/lfs/{one['oid']}", "header": {}}
            objects.append(one | {"actions": {"upload": href}})
        self._json({"transfer": "basic", "objects": objects})

    def _large(self, oid: str) -> None:
        if self.command == "PUT":
            assert hashlib.sha256(self.body).hexdigest() == oid
            self.hub.stored[oid] = self.body
            return self._send(200, b"", {})
        self._bytes(self.query.get("p", [""])[0], self.hub.stored[oid], {"ETag": f'"{oid}"'})

    def _commit(self, kind: str, repo_id: str, repo: Repo) -> None:
        lines = [json.loads(line) for line in self.body.splitlines()]
        header, files = lines[0]["value"], dict(repo.files)
        if header.get("parentCommit", repo.refs["main"]) != repo.refs["main"]:
            raise Refused(412, message="A commit has happened since. Please refresh and try again.")
        for line in lines[1:]:
            one = line["value"]
            if line["key"] == "file":
                files[one["path"]] = base64.b64decode(one["content"])
            elif line["key"] == "lfsFile":
                files[one["path"]] = self.hub.stored[one["oid"]]
            elif line["key"] == "deletedFile":
                del files[one["path"]]
            else:
                folder = one["path"].rstrip("/") + "/"
                files = {p: c for p, c in files.items() if not p.startswith(folder)}
        sha = repo.commit(files, header["summary"])
        address = f"{self.hub.url}/{KINDS[kind]}{repo_id}/commit/{sha}"
        self._json({"commitUrl": address, "commitOid": sha, "success": True})

    # --- answers

    def _json(self, told: Any, status: int = 200) -> None:
        self._send(status, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], *, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def serving() -> Iterator[StandIn]:
    """A stand-in that answers at its `url` until the block ends."""
    hub = StandIn()
    handler = type("Bound", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    hub.store = hub.url.replace("127.0.0.1", "localhost")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        hub.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[StandIn]:
    """The stand-in, in the place of the Hub for what runs in this process: `tgan_demo.hub.reach` asks it."""
    import huggingface_hub
    from huggingface_hub import constants

    from tgan_demo.hub import reach

    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with serving() as hub:
        monkeypatch.setattr(reach, "ENDPOINT", hub.url)
        yield hub
        huggingface_hub.close_session()
