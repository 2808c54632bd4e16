"""What a user should know of a model before choosing it, without reading its weights.

All of it stands in config.json and in the header of model.safetensors; it is read again when a file of
the folder has changed.
"""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from tgan_demo.config import ModelConfig, from_dict
from tgan_demo.engine.draw.model import temperature_of
from tgan_demo.errors import WeightsError
from tgan_demo.files.tensors import read_json
from tgan_demo.modalities import registry
from tgan_demo.models.folder import CARD, CONFIG, CURVES, SHEETS, WEIGHTS

ORIGINS = ("trained", "uploaded", "hub")  # of a visitor's models


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What a user should know before choosing a model."""

    id: str
    title: str
    modality: str
    route: str = "direct"  # one of config.ROUTES
    classes: tuple[str, ...]
    # of one signal, as the tokenizer has it
    shape: tuple[int, ...]
    grid: tuple[int, ...]  # tokens along each axis
    depth: int
    heads: int
    latent_tokens: int  # 0: no cross-attention
    z_dim: int
    motion: int = 0  # numbers of z that say how it moves; 0: not apart from the others
    temperature: float = 1.0  # at which it was found to write best
    nimg: int  # training samples seen
    data: str
    licence: str
    scores: dict
    own: bool
    origin: str = ""  # of an own one, one of ORIGINS; "": not known
    sheet: Path | None
    card: str  # markdown
    curves: Path | None = None  # of its training
    skills: tuple[str, ...] = ()  # what only models like it can do, see modalities.registry


class Listing:
    """Descriptions of model folders, kept until the folders change."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], ModelInfo]] = {}

    def describe(self, folder: Path, model_id: str, *, own: bool = False) -> ModelInfo:
        """Raises WeightsError or ConfigError when it is no model that can be loaded, as far as that is
        known without its weights.
        """
        changed = _changed(folder)
        known = self._known.get(folder)
        if known is None or known[0] != changed or known[1].id != model_id:
            known = (changed, _describe(folder, model_id, own))
            self._known[folder] = known
        return known[1]


def _changed(folder: Path) -> tuple[int, ...]:
    found = []
    for name in (WEIGHTS, CONFIG, CARD, CURVES, *SHEETS):
        try:
            stat = (folder / name).stat()
        except OSError:
            found += [0, 0]
        else:
            found += [stat.st_mtime_ns, stat.st_size]
    return tuple(found)


def _describe(folder: Path, model_id: str, own: bool) -> ModelInfo:
    meta = read_json(folder / CONFIG)
    config = from_dict(ModelConfig, meta.get("model", {}))
    modality = registry.get(config.modality)
    tokenizer = modality.tokenizer(config.route)
    tokenizer.check(config)
    _check_weights(folder / WEIGHTS)
    data, name = meta.get("data", {}), str(meta.get("id", folder.name))
    origin = meta.get("origin", "")
    sheets = [folder / sheet for sheet in SHEETS if (folder / sheet).is_file()]
    card = folder / CARD
    return ModelInfo(
        id=model_id,
        title=str(meta.get("title", name)),
        modality=config.modality,
        route=config.route,
        classes=config.classes,
        shape=config.shape,
        grid=tokenizer.tokens(config).grid,
        depth=config.depth,
        heads=config.heads,
        latent_tokens=config.latent_tokens if "cross" in config.injection else 0,
        z_dim=config.z_dim,
        motion=config.motion,
        temperature=temperature_of(meta),
        nimg=int(meta.get("nimg", 0)),
        data=str(data.get("name", "")),
        licence=str(data.get("licence", "")),
        scores=meta.get("scores", {}),
        own=own,
        origin=origin if own and origin in ORIGINS else "",
        sheet=sheets[0] if sheets else None,
        card=card.read_text("utf-8") if card.is_file() else "",
        curves=folder / CURVES if (folder / CURVES).is_file() else None,
        skills=modality.skills_of(config),
    )


def _check_weights(path: Path) -> None:
    """A whole safetensors file by its header: what it lists is as long as the file."""
    if not path.is_file():
        raise WeightsError(f"there is no {path.name} in {path.parent.name}")
    try:
        with safe_open(path, "pt"):
            pass
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"{path.name} is not a whole safetensors file ({str(error)[:80]})"
        ) from error
