"""A Space of one model: a repository from which Hugging Face runs the studio, with that model alone in it.

It holds the package as it runs here, the model folder, app.py, requirements.txt and the front matter that
a Space reads. Nothing is fetched when it starts.
"""

import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from tgan_demo.engine.draw.model import Model
from tgan_demo.files.disk import clean_title
from tgan_demo.files.tensors import read_json
from tgan_demo.hub import licences, reach, send
from tgan_demo.hub.publish import LIBRARY, README, Asked, check_licence, front_matter
from tgan_demo.models.folder import CARD, CONFIG, files_of
from tgan_demo.shipped import RECIPES

PACKAGE = Path(__file__).parents[1]
ROOT = PACKAGE.parent
SUFFIXES = (".py", ".js", ".css", ".html", ".toml", ".png", ".svg", ".json")  # of the package
OURS = ("tgan_demo/", "weights/", "recipes/")  # whatever lies there and is not sent, goes
SHIPPED = ("weights", "recipes")
TAG = "transformer-gan-studio"
APP = '''"""The Transformer GAN Studio with one model, on a Hugging Face Space or by `python app.py`."""

import sys

from tgan_demo.ui.serve import main

if __name__ == "__main__":
    sys.exit(main())
'''


def publish_space(model: Model, asked: Asked, *, model_repo: str = "") -> send.Sent:
    """Send the studio with this model to a Space; `model_repo` is where the model lies on its own, if it does.

    Raises as `publish.publish`.
    """
    repo_id = reach.check_repo_id(asked.repo_id)
    check_licence(model, asked.licence)
    target = send.Target(
        repo_id=repo_id, kind="space", is_public=asked.is_public, token=asked.token
    )
    return send.send(
        target,
        files_of_space(model, asked.licence, model_repo=model_repo),
        is_ours=_is_space,
        is_stale=lambda path: path.startswith(OURS),
        message=f"The Transformer GAN Studio with {model.title}",
    )


def files_of_space(model: Model, licence: str, *, model_repo: str = "") -> dict[str, bytes | Path]:
    """All files of the Space, by their paths in it."""
    wanted = requirements()
    files: dict[str, bytes | Path] = {
        README: _readme(model, licence, wanted, model_repo).encode(),
        "app.py": APP.encode(),
        "requirements.txt": "".join(f"{line}\n" for line in wanted).encode(),
    }
    files |= files_of_package(PACKAGE)
    for path in sorted(RECIPES.glob("*.toml")):
        files[f"recipes/{path.name}"] = path
    name = _name(model)
    for path in files_of(model.folder):
        files[f"weights/{name}/{path.name}"] = path
    meta = read_json(model.folder / CONFIG)
    meta.pop("origin", None)
    files[f"weights/{name}/{CONFIG}"] = json.dumps(meta | {"id": name}, ensure_ascii=False).encode()
    files.setdefault(f"weights/{name}/{CARD}", f"# {model.title}\n".encode())
    return files


def files_of_package(package: Path) -> dict[str, bytes | Path]:
    """Its own, by their paths from the folder above; not what an installed one holds of weights and recipes."""
    found: dict[str, bytes | Path] = {}
    for path in sorted(package.rglob("*")):
        inner = path.relative_to(package)
        if inner.parts[0] not in SHIPPED and path.suffix in SUFFIXES and path.is_file():
            found[f"{package.name}/{inner.as_posix()}"] = path
    return found


def requirements() -> list[str]:
    """What the studio imports, at the versions that it was tested with: of the checkout or the installed
    package.
    """
    listed = ROOT / "requirements.txt"
    if listed.is_file():
        lines = listed.read_text("utf-8").splitlines()
    else:
        lines = [one for one in metadata.requires("tgan-demo") or () if "extra ==" not in one]
    return [line for line in lines if line and not line.startswith("#")]


def _name(model: Model) -> str:
    """modality/name: a bundled model's id, or one made of a title, which is no bundled model's."""
    modality, _, name = model.id.partition("/")
    if modality == model.config.modality and re.fullmatch(r"[a-z0-9-]{1,40}", name):
        return model.id
    name = re.sub(r"[^a-z0-9]+", "-", model.title.lower()).strip("-")[:30].strip("-")
    return f"{model.config.modality}/own-{name or 'model'}"


def _readme(model: Model, licence: str, wanted: list[str], model_repo: str) -> str:
    gradio = next(line.partition("==")[2] for line in wanted if line.startswith("gradio=="))
    said: dict[str, Any] = {
        "title": clean_title(model.title),
        "emoji": "🎭",
        "colorFrom": "green",
        "colorTo": "yellow",
        "sdk": "gradio",
        "sdk_version": gradio,
        "python_version": "3.12.12",  # by which requirements.txt knows a Space
        "app_file": "app.py",
        "short_description": "Play with and look into a two-Transformer GAN",
        "pinned": False,
        "hf_oauth": True,  # for visitors who publish what they trained there
        "hf_oauth_scopes": ["contribute-repos"],
        "tags": [LIBRARY, TAG, "gan", "transformer"],
        **licences.front_matter(licence),
    }
    if model_repo:
        said["models"] = [model_repo]
    card = model.folder / CARD
    about = card.read_text("utf-8") if card.is_file() else f"# {model.title}\n"
    about = about.replace("](sheet.png)", f"](weights/{_name(model)}/sheet.png)")
    return f"{front_matter(said)}\n{about}"


def _is_space(read: send.Read) -> bool:
    """Whether a Space was made here: its front matter has our tag."""
    head = read(README).decode("utf-8", "replace").partition("\n---")[0]
    return any(TAG in line for line in head.splitlines() if line.startswith("tags:"))
