"""Links to show: one own model with one set of settings, readable by whoever has the link.

A token is a capability of 128 random bits, as a visitor's id is, but opens this one thing alone and can
be taken back. It names its owner on this server only: nothing that it opens says whose it is.

    DATA_DIR/visitors/<visitor>/links/<token>.json
"""

import contextlib
import dataclasses
import re
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tgan_demo.config import SampleConfig, from_dict
from tgan_demo.errors import NotFoundError, QuotaError, TganError
from tgan_demo.files.disk import read_json, write_json
from tgan_demo.people.quota import Quota

MAX_LINKS = 32  # of one visitor
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Link:
    token: str
    visitor: str  # whose model it is
    model: str  # "mine/<hex>"
    config: SampleConfig
    made: float  # seconds since 1970


class Links:
    """The links of all visitors. Safe to use from many threads, of one process."""

    def __init__(self, people: Quota) -> None:
        self._people = people
        self._lock = threading.RLock()
        self._owners: dict[str, str] | None = (
            None  # token -> visitor; read from disk when asked for
        )

    def make(self, visitor: str | None, model: str, config: SampleConfig) -> Link:
        """A link to an own model with these settings; the one there is, if there is one.

        Raises:
            NotFoundError: not an own model.
            QuotaError: this visitor has MAX_LINKS already, or no room.
        """
        people = self._people
        owner = people.known(visitor)
        people.model_folder(owner, model)
        with self._lock:
            links = self.of(owner)
            for link in links:
                if (link.model, link.config) == (model, config):
                    return link
            if len(links) >= MAX_LINKS:
                raise QuotaError(
                    f"you have {MAX_LINKS} links to show, which is the most; take one back first"
                )
            link = Link(secrets.token_hex(16), owner, model, config, time.time())
            values = {"model": model, "config": dataclasses.asdict(config), "made": link.made}
            people.require(owner, 8192)
            path = self._path(link.token, owner)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, values)
            self._known()[link.token] = owner
            return link

    def of(self, visitor: str | None) -> list[Link]:
        """The visitor's links, newest first. Those whose model is gone are gone too."""
        owner = self._people.known(visitor)
        links = []
        with self._lock:
            for path in (self._people.check(owner) / "links").glob("*.json"):
                try:
                    links.append(self._read(path.stem, owner))
                except NotFoundError:
                    self._drop(path.stem, owner)
        return sorted(links, key=lambda link: link.made, reverse=True)

    def find(self, token: str | None) -> Link:
        """What a token opens.

        Raises:
            NotFoundError: there is no such link, or no longer; which of the two is not said.
        """
        token = token if isinstance(token, str) and _TOKEN.fullmatch(token) else ""
        with self._lock:
            owner = self._known().get(token)
            if owner is None:
                raise NotFoundError("this link shows nothing, or no longer does")
            return self._read(token, owner)

    def revoke(self, visitor: str | None, token: str) -> None:
        """Take an own link back: it opens nothing from now on.

        Raises:
            NotFoundError: this visitor has no such link (whether another has it is not said).
        """
        owner = self._people.known(visitor)
        with self._lock:
            if self._known().get(token) != owner:
                raise NotFoundError("you have no such link; it may have been taken back already")
            self._drop(token, owner)

    def _read(self, token: str, owner: str) -> Link:
        try:
            values = read_json(self._path(token, owner))
            model, made = str(values["model"]), float(values["made"])
            config = from_dict(SampleConfig, values["config"])
            self._people.model_folder(owner, model)
        except (OSError, ValueError, KeyError, TypeError, TganError) as error:
            raise NotFoundError("this link shows nothing, or no longer does") from error
        return Link(token, owner, model, config, made)

    def _drop(self, token: str, owner: str) -> None:
        path = self._path(token, owner)
        path.unlink(missing_ok=True)
        self._known().pop(token, None)
        with contextlib.suppress(OSError):  # not empty; a visitor who owns nothing may be forgotten
            path.parent.rmdir()

    def _known(self) -> dict[str, str]:
        if self._owners is None:
            files = (self._people.data_dir / "visitors").glob("*/links/*.json")
            found = {path.stem: path.parent.parent.name for path in files}
            self._owners = {token: one for token, one in found.items() if _TOKEN.fullmatch(token)}
        return self._owners

    def _path(self, token: str, owner: str) -> Path:
        return self._people.check(owner) / "links" / f"{token}.json"
