"""The modalities there are: a name and a package each. A new modality is one folder and one line.

Every folder has the same file names, and each file answers one kind of question; a file is imported
when it is first asked, so that training needs no sound, film or page libraries.

    tokens    items <-> signal <-> tokens, for the engine; `ROUTES`: name of a route -> module that has it
    look      items as sheets that the page draws, stills, maps; `LOOK`
    files     what can be saved, one writer each; `FILES`
    bring     a user's own files and items: recognise, preview, read, bound
    makers    data sets that the project makes itself
    plan      settings of a run, and what makes data fit a model
    measure   scores, references, its part of the bench
    words     what is truly different to say (words.toml)
    card      what to say of it on a model's card; optional
    skills    what this modality alone can do (speak a number, mix motions), by name; optional
    plane     a run seen whole, for the Lab; optional
    reading   a sample's tokens in words, for looking inside; optional
"""

import functools
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import cast

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Tokenizer
from tgan_demo.errors import NotFoundError
from tgan_demo.parts import Bring, Card, Files, Look, Makers, Measure, Plan

MODALITIES: dict[str, str] = {  # name -> package, in the order of the page
    "image": "tgan_demo.modalities.image",
    "text": "tgan_demo.modalities.text",
    "audio": "tgan_demo.modalities.audio",
    "video": "tgan_demo.modalities.video",
    "points": "tgan_demo.modalities.points",
}


class Modality:
    """A folder; its attributes are the folder's files (look, files, bring, plan, ...)."""

    def __init__(self, name: str, package: str) -> None:
        self.name, self.package = name, package

    def __getattr__(self, part: str) -> ModuleType:
        if part.startswith("_"):
            raise AttributeError(part)
        return self._part(part)

    @property
    def look(self) -> Look:
        return self._part("look").LOOK

    @property
    def files(self) -> Files:
        return self._part("files").FILES

    def _part(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.package}.{name}")

    @property
    def folder(self) -> Path:
        """Where its files lie; importing none of them."""
        spec = importlib.util.find_spec(self.package)
        assert spec is not None and spec.submodule_search_locations
        return Path(spec.submodule_search_locations[0])

    @property
    def bring(self) -> Bring:
        return cast(Bring, self._part("bring"))

    @property
    def makers(self) -> Makers:
        return cast(Makers, self._part("makers"))

    @property
    def card(self) -> Card:
        """What it says of itself on a card; of a folder without this file, as little as can be."""
        return self._part("card").CARD if self.has("card") else Card()

    @property
    def measure(self) -> Measure:
        return self._part("measure").MEASURE

    @property
    def plan(self) -> Plan:
        return self._part("plan").PLAN

    def has(self, part: str) -> bool:
        """Whether the folder has this file: `skills`, `plane` and `reading` are optional."""
        return importlib.util.find_spec(f"{self.package}.{part}") is not None

    def skills_of(self, config: ModelConfig) -> tuple[str, ...]:
        """What only models like this one can do, by name; () where the folder has no skills."""
        return self.skills.skills_of(config) if self.has("skills") else ()

    @property
    def routes(self) -> tuple[str, ...]:
        """Ways from items to tokens; values of ModelConfig.route, "direct" first."""
        return tuple(self.tokens.ROUTES)

    def tokenizer(self, route: str = "direct") -> Tokenizer:
        """The tokenizer of a route, imported on first use."""
        if route not in self.routes:
            known = ", ".join(self.routes)
            raise NotFoundError(f"{self.name} has no route {route[:40]!r}; known: {known}")
        return importlib.import_module(f"{self.package}.{self.tokens.ROUTES[route]}").TOKENIZER


def names() -> tuple[str, ...]:
    return tuple(MODALITIES)


def get(name: str) -> Modality:
    """The modality of that name. Raises NotFoundError."""
    if name not in MODALITIES:
        raise NotFoundError(f"there is no modality {name[:40]!r}; known: {', '.join(MODALITIES)}")
    return _modality(name, MODALITIES[name])


def tokenizer(name: str, route: str = "direct") -> Tokenizer:
    """The tokenizer of a modality's route."""
    return get(name).tokenizer(route)


@functools.cache
def _modality(name: str, package: str) -> Modality:
    return Modality(name, package)
