"""Publish a model on the Hugging Face Hub: its folder, and a README that the Hub can read.

Private unless told; the licence must be said, for nobody here can know what the data's allows. What is
sent is the model folder as it is: weights, settings, card, sheet, curves, what its scores are measured by.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tgan_demo.config import ModelConfig, from_dict
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.hub import licences, reach, send
from tgan_demo.modalities import registry
from tgan_demo.models.folder import CARD, CONFIG, SHEETS, files_of, names_of

LIBRARY = "tgan_demo"
README = "README.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person says when publishing."""

    repo_id: str  # owner/name
    licence: str  # under which the data allow it
    token: str  # the person's own, which may write
    is_public: bool = False


def publish(model: Model, asked: Asked) -> send.Sent:
    """Send a model to a repository of its own, or as a new commit to one that holds a model already.

    Raises:
        ConfigError: no licence, token or name; the repository holds something else, or is public and
            nobody said so.
        DataError: the Hub did not take it, with the reason.
    """
    repo_id = reach.check_repo_id(asked.repo_id)
    check_licence(model, asked.licence)
    files: dict[str, bytes | Path] = {path.name: path for path in files_of(model.folder)}
    files[README] = readme(model, repo_id, asked.licence).encode()
    target = send.Target(repo_id=repo_id, is_public=asked.is_public, token=asked.token)
    known = {name for modality in registry.MODALITIES for name in names_of(modality)}
    return send.send(
        target,
        files,
        is_ours=_is_model,
        is_stale=known.__contains__,
        message=f"Publish {model.title} from the Transformer GAN Studio",
    )


def check_licence(model: Model, licence: str, by: str = "") -> None:
    """Raise ConfigError where none is said; `by`: how to say it."""
    if not licence.strip():
        raise ConfigError(
            "say the licence of what this model learned from, for it is published under it"
            f"{by}; its card says: {licence_of(model)}"
        )


def licence_of(model: Model) -> str:
    """The licence of its data as the model's own settings have it."""
    return str(model.meta.get("data", {}).get("licence") or "not given")


def readme(model: Model, repo_id: str, licence: str) -> str:
    """The model's card, with what the Hub reads above it and how to use it below."""
    card = model.folder / CARD
    text = card.read_text("utf-8") if card.is_file() else f"# {model.title}\n"
    sheet = SHEETS[0]
    has_sheet = (model.folder / sheet).is_file()
    if has_sheet and f"]({sheet})" not in text:
        text = f"{text.rstrip()}\n\n![samples]({sheet})\n"
    about = registry.get(model.config.modality).card
    said: dict[str, Any] = licences.front_matter(licence) | {
        "library_name": LIBRARY,
        "tags": [LIBRARY, "gan", "transformer", model.config.modality],
    }
    if about.task:
        said["pipeline_tag"] = about.task
    if has_sheet:
        said["widget"] = [{"text": "samples that nobody picked", "output": {"url": sheet}}]
    return f"{front_matter(said)}\n{text.rstrip()}\n\n{_use(repo_id)}{_licence(licence, model)}"


def front_matter(said: dict[str, Any]) -> str:
    """Lines of YAML between dashes; JSON is YAML, and nothing in a value can end it."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in said.items()]
    return "\n".join(["---", *lines, "---"]) + "\n"


def _use(repo_id: str) -> str:
    return (
        "## How to use it\n\n```python\n"
        "from tgan_demo.config import SampleConfig\n"
        "from tgan_demo.engine.draw import sampler\n"
        "from tgan_demo.hub.pretrained import from_pretrained\n\n"
        f"model = from_pretrained({repo_id!r})\n"
        "items, labels = sampler.draw(model, SampleConfig(seed=0, count=16))\n"
        "```\n\n"
    )


def _licence(licence: str, model: Model) -> str:
    return (
        f"## Licence\n\nPublished under: {' '.join(licence.split())}. "
        f"Of the data its settings say: {licence_of(model)}.\n"
    )


def _is_model(read: send.Read) -> bool:
    """Whether a repository holds a model of this studio."""
    try:
        return bool(from_dict(ModelConfig, json.loads(read(CONFIG))["model"]).shape)
    except (TganError, ValueError, KeyError, TypeError):
        return False
