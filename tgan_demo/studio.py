"""The studio: models, draws, walks, looking inside and training runs behind one object. Knows no Gradio.

Page and public endpoints go through it; `store`, `jobs`, `games`, `planes` and `blends` are its rooms for what
users own, for runs, for games in which people judge, for planes to wander in, and for models blended.

Axes: N samples, F frames; B batch, Z latent, W mapped latent.
"""

import difflib
import functools
import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from PIL import Image

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import cells, editing, inversion, latents, parts, paths, sampler, walking
from tgan_demo.engine.draw.kept import Kept
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.turns import Asker, Turns
from tgan_demo.errors import ConfigError, NotFoundError, TganError
from tgan_demo.measure import seen
from tgan_demo.modalities import registry
from tgan_demo.models import evaluation, inside, seek
from tgan_demo.models.blends import Blends
from tgan_demo.models.folder import load_model
from tgan_demo.models.inside import Formula, Maps
from tgan_demo.models.listing import Listing, ModelInfo
from tgan_demo.models.planes import Planes
from tgan_demo.models.seek import Sought
from tgan_demo.parts import Converted, Sheet
from tgan_demo.people.store import Store
from tgan_demo.quiz.games import Games
from tgan_demo.runs import moments, slices
from tgan_demo.runs.lab import Labs
from tgan_demo.runs.queue import Jobs
from tgan_demo.shipped import WEIGHTS

logger = logging.getLogger(__name__)

MAX_LOADED = 8  # models kept in memory, about 10 MB each
MAX_KEPT_BYTES = 32 * 2**20  # of draws that others may ask for too
MAX_KEYS, MAX_FRAMES = 24, 480  # of a walk
MAX_MIXED = 64  # clips at once
MAX_EACH = 256  # samples of a table
WRITTEN_AT_ONCE = 64  # signals a pass that become items


@dataclass(frozen=True, slots=True)
class Drawn:
    items: np.ndarray  # (N, ...), in the modality's stored form
    labels: np.ndarray | None  # int64 (N,)
    seeds: tuple[int, ...]
    modality: str  # a name of modalities.registry


@dataclass(frozen=True, slots=True)
class Ends:
    """Where in a model a user's items lie, the ends of a walk."""

    asked: np.ndarray  # as the model reads them: texts cut to its length, pictures to its size
    nearest: np.ndarray  # what the model makes at these places, without sampling noise
    reconstruction_loss: (
        tuple[float, ...] | None
    )  # of asked, see inversion; None: encoded, not sought
    keys: torch.Tensor  # what a walk goes through: w (B, W), or the signals of a model that encodes


class Studio:
    """Safe to use from many threads; sampling takes turns, so that requests do not fight for cores."""

    def __init__(self, data_dir: Path | None = None, weights_dir: Path = WEIGHTS) -> None:
        self.weights_dir = weights_dir
        self.store = Store(data_dir)
        self._listing = Listing()
        self._loaded: OrderedDict[Path, tuple[float, Model]] = OrderedDict()
        self._lock = threading.RLock()
        self.turns = Turns(self._is_training)
        self._kept: Kept[Drawn] = Kept(MAX_KEPT_BYTES)
        self._sheets: Kept[tuple[Sheet, np.ndarray | None]] = Kept(MAX_KEPT_BYTES)
        self._search = threading.Lock()
        self.games = Games(self.store, self.load, self.turns.take)
        self.planes = Planes(self._asked, self.turns.take)
        self.blends = Blends(self._asked, self._folder, self.turns.take)

    def _is_training(self) -> bool:
        is_at_work = "jobs" in self.__dict__ and self.jobs.is_training
        return is_at_work or ("labs" in self.__dict__ and self.labs.is_training)

    @functools.cached_property
    def jobs(self) -> Jobs:
        """Made when first asked for: it takes charge of the runs on disk, so one process has it."""
        return Jobs(self.store, self._load_for_job, aside=self.turns.aside, on_gpu=slices.lent())

    @functools.cached_property
    def labs(self) -> Labs:
        """The tiny runs of the Lab; see runs/lab.py."""
        return Labs(self.store.dataset, self.turns.aside)

    # ---- models

    def models(self, visitor: str | None = None) -> list[ModelInfo]:
        """Bundled models, then the visitor's own, newest first. A damaged one is left out and logged."""
        folders = [(folder, False) for folder in self._bundled().values()]
        folders += [(folder, True) for folder in self.store.models(visitor)] if visitor else []
        infos = []
        for folder, own in folders:
            try:
                infos.append(self._describe(folder, own=own))
            except (TganError, OSError) as error:
                logger.warning("model %s is left out: %s", folder.name, error)
        return infos

    def info(self, model_id: str, visitor: str | None = None) -> ModelInfo:
        folder = self._folder(model_id, visitor)
        if moments.is_moment(model_id):
            return self._listing.describe(folder, model_id, own=True)
        return self._describe(folder, own=model_id.startswith("mine/"))

    def load(self, model_id: str, visitor: str | None = None) -> Model:
        """The model, from memory when its files have not changed. NotFoundError names near ids."""
        return self._load(self._folder(model_id, visitor))

    # ---- play

    def sample(
        self,
        model_id: str,
        config: SampleConfig,
        visitor: str | None = None,
        *,
        asker: Asker | None = None,
    ) -> Drawn:
        """The samples of `config`, shared by all who ask for the same: nobody may change them.

        Raises:
            SupersededError: `asker` wants something newer, or has left.
        """
        model, key = self._asked(model_id, config, visitor)

        def draw() -> Drawn:
            with self.turns.take(asker):
                items, labels = sampler.draw(model, config)
            return Drawn(items, labels, tuple(latents.seeds_of(config)), model.config.modality)

        return self._kept.get(key, draw, lambda drawn: drawn.items.nbytes)

    def each(
        self, model_id: str, configs: Sequence[SampleConfig], visitor: str | None = None
    ) -> np.ndarray:
        """The first sample of each of `configs` (N, ...), which may differ in everything.

        Raises:
            ConfigError: more than MAX_EACH, a class or an edit that this model does not have.
        """
        model = self.load(model_id, visitor)
        if not 1 <= len(configs) <= MAX_EACH:
            raise ConfigError(f"1 to {MAX_EACH} samples are drawn at once; got {len(configs)}")
        for config in configs:
            inside.check_label(model, config.label)
        with self.turns.take():
            return cells.draw_each(model, configs)

    def contact(
        self,
        model_id: str,
        config: SampleConfig,
        visitor: str | None = None,
        *,
        asker: Asker | None = None,
    ) -> tuple[Sheet, np.ndarray | None]:
        """Many small samples on one sheet, and their classes: by `Look.sketch` where there is one.

        Raises:
            SupersededError: as `sample`.
        """
        model, key = self._asked(model_id, config, visitor)
        look = registry.get(model.config.modality).look

        def draw() -> tuple[Sheet, np.ndarray | None]:
            if look.sketch is None:
                drawn = self.sample(model_id, config, visitor, asker=asker)
                return look.contact(drawn.items), drawn.labels
            with self.turns.take(asker):
                signal, labels_B = sampler.signals(model, config)
                sheet = look.sketch(signal, model.tokenizer)
            return sheet, None if labels_B is None else labels_B.numpy()

        return self._sheets.get(key, draw, lambda made: len(made[0].to_json()))

    def _asked(
        self, model_id: str, config: SampleConfig, visitor: str | None
    ) -> tuple[Model, Hashable]:
        """The model of a draw, and what the draw is known by while the model's files stay as they are."""
        folder = self._folder(model_id, visitor)
        model = self._load(folder)
        inside.check_label(model, config.label)
        return model, (folder, self._loaded_at(folder), config)

    def takes(self, model_id: str, config: SampleConfig, visitor: str | None = None) -> bool:
        """Whether the edits of `config` are of this model."""
        try:
            editing.places(self.load(model_id, visitor), replace(config, count=1))
        except TganError:
            return False
        return True

    def shown(self, token: str | None) -> tuple[ModelInfo, SampleConfig, Drawn]:
        """What a link to show opens: the model, its settings, and what is drawn with them.

        Raises:
            NotFoundError: there is no such link, or no longer.
        """
        link = self.store.links.find(token)
        info = self.info(link.model, link.visitor)
        return info, link.config, self.sample(link.model, link.config, link.visitor)

    def walk(
        self,
        model_id: str,
        keys: Sequence[SampleConfig],
        *,
        frames: int = 24,
        path: str = "slerp",
        space: str = "z",
        loop: bool = True,
        psi: float = 1.0,
        part: str = "both",
        visitor: str | None = None,
    ) -> np.ndarray:
        """Frames uint8 (F, H, W, C), or texts (F,), through the key seeds. Of a model of clips it is one
        clip, which plays on while the latent changes.

        Args:
            keys: 2 to 24; seed, class, variation and edit are read, count is not. Edited ones walk in w.
            frames: per leg. F is legs x frames in a loop, one more otherwise.
            path: of paths.PATHS: "slerp" along the sphere and "lerp" straight, from key to key (in z
                one curve at two paces), or "smooth" without a bend at the keys.
            space: "z" (before the mapping network) or "w" (after it; classes go over smoothly too).
            psi: truncation for the whole walk.
            part: of a model of clips "content" or "motion" walks alone; the other stays the first key's.
        """
        model = self.load(model_id, visitor)
        if not 2 <= len(keys) <= MAX_KEYS:
            raise ConfigError(f"a walk wants 2 to {MAX_KEYS} key frames; got {len(keys)}")
        if space not in ("z", "w"):
            raise ConfigError(f"a walk is in z or w; got {space!r}")
        if part not in parts.PARTS or (part != "both" and not model.config.motion):
            raise ConfigError(f"{model.title} walks in {_parts(model)}; got {part!r}")
        _check_walk(len(keys) if loop else len(keys) - 1, frames, path)
        for key in keys:
            inside.check_label(model, key.label)
        with self.turns.take(), torch.inference_mode():
            w_FW = walking.steps(
                model, keys, frames=frames, path=path, space=space, loop=loop, psi=psi
            )
            if model.tokenizer.has_time:
                return sampler.play(model, parts.held(model.config, w_FW, part))
            # one draw of sampling noise for the whole walk: a text changes only where w does
            seeds = [keys[0].seed] * len(w_FW)
            return sampler.synthesise(
                model, w_FW, seeds, temperature=keys[0].temperature, top_p=keys[0].top_p
            )

    def ends(
        self, model_id: str, items: Sequence[Image.Image | str], visitor: str | None = None
    ) -> Ends:
        """The places in the model that make a user's items, or the nearest it has.

        A model that encodes knows them; in any other they are sought, a second or two for two items.
        """
        model = self.load(model_id, visitor)
        if not 2 <= len(items) <= MAX_KEYS:
            raise ConfigError(f"a walk wants 2 to {MAX_KEYS} ends; got {len(items)}")
        asked = np.array([self.fit(model_id, item, visitor) for item in items])
        if model.tokenizer.encodes:
            with self.turns.take(), torch.inference_mode():
                keys = model.tokenizer.from_items(asked, model.config)
                return Ends(asked, _write(model, keys), None, keys)
        with self._search:  # its own turn: a slider of somebody else's does not wait for it
            w_BW = inversion.invert(model, asked)
        with self.turns.take():
            nearest = sampler.synthesise(model, w_BW, temperature=0)
            return Ends(
                asked, nearest, tuple(inversion.reconstruction_losses(model, w_BW, asked)), w_BW
            )

    def walk_between(
        self,
        model_id: str,
        ends: Ends,
        *,
        frames: int = 24,
        path: str = "slerp",
        loop: bool = False,
        temperature: float = 0.0,
        visitor: str | None = None,
    ) -> np.ndarray:
        """Frames as of `walk`, from end to end of what `ends` found in this model.

        Without sampling noise, so that the ends stay what they are; with it, one draw for the whole walk.
        """
        model = self.load(model_id, visitor)
        _check_walk(len(ends.keys) if loop else len(ends.keys) - 1, frames, path)
        with self.turns.take(), torch.inference_mode():
            keys = paths.through(
                list(ends.keys.flatten(1)), frames=frames, path=path, loop=loop
            ).view(-1, *ends.keys.shape[1:])
            if model.tokenizer.encodes:  # between two signals lie none as G makes them: the nearest
                tokens_BND = model.tokenizer.to_tokens(keys, model.config)
                return _write(model, model.tokenizer.to_signal(tokens_BND, model.config))
            if model.tokenizer.has_time:
                return sampler.play(model, keys)
            return sampler.synthesise(model, keys, [0] * len(keys), temperature=temperature)

    def mix(
        self,
        model_id: str,
        contents: Sequence[SampleConfig | np.ndarray],
        motions: Sequence[SampleConfig | np.ndarray],
        *,
        frames: int = 0,
        visitor: str | None = None,
    ) -> np.ndarray:
        """Every content in every motion, clips uint8 (contents x motions, T, H, W, C), row by row.

        Args:
            contents: who is seen: seeds (the first of each config, its class and psi), or clips as `fit`
                makes them, whose nearest place in the model is sought (a second or two each).
            motions: how they move, likewise.
            frames: 0: as trained.
        """
        model = self.load(model_id, visitor)
        if not model.config.motion:
            raise ConfigError(
                f"{model.title} has no latent of its own for motion; pick a video model"
            )
        if not 1 <= len(contents) * len(motions) <= MAX_MIXED:
            raise ConfigError(
                f"1 to {MAX_MIXED} clips are mixed at once; got {len(contents)} x {len(motions)}"
            )
        SampleConfig(frames=frames)  # checks it
        # a clip that is asked for as both is sought once
        asked = {id(place): place for place in [*contents, *motions]}
        found = {key: self._place(model, place) for key, place in asked.items()}
        places = editing.alike([found[id(place)] for place in [*contents, *motions]])
        w_BW = parts.mixed(model.config, places[: len(contents)], places[len(contents) :])
        with self.turns.take():
            return sampler.synthesise(model, w_BW, frames=frames)

    def seek(
        self,
        model_id: str,
        item: np.ndarray | str,
        visitor: str | None = None,
        *,
        seconds: float = 5.0,
        per_block: bool = False,
    ) -> Iterator[Sought]:
        """The place in the model nearest to an item that fits it, ever nearer; see models.seek."""
        model = self.load(model_id, visitor)
        with self._search:
            yield from seek.seek(model, item, seconds=seconds, per_block=per_block)

    def _place(self, model: Model, place: SampleConfig | np.ndarray) -> torch.Tensor:
        """w (W,) of a seed, or the nearest to a clip."""
        if isinstance(place, SampleConfig):
            inside.check_label(model, place.label)
            with self.turns.take(), torch.inference_mode():
                return editing.places(model, replace(place, count=1))[0][0]
        with self._search:
            return inversion.invert(model, place[None])[0]

    # ---- inside

    def attention(self, model_id: str, config: SampleConfig, visitor: str | None = None) -> Maps:
        """Of the first seed: G painting it, D judging what G painted."""
        with self.turns.take():
            return inside.attention(self.load(model_id, visitor), config)

    def judge(
        self,
        model_id: str,
        item: np.ndarray | str,
        label: int | None = None,
        visitor: str | None = None,
    ) -> Maps:
        """D's verdict on any picture or text that fits the model; `fit` makes one that does."""
        with self.turns.take():
            return inside.judge(self.load(model_id, visitor), item, label)

    def class_of(
        self, model_id: str, item: np.ndarray | str, visitor: str | None = None
    ) -> int | None:
        """The class that the model's bundled encoder sees in an item that fits it; None without one."""
        with self.turns.take():
            return seen.class_of(self.load(model_id, visitor), item)

    def logit(
        self,
        model_id: str,
        config: SampleConfig,
        visitor: str | None = None,
        *,
        has_class: bool = True,
    ) -> float:
        """D's verdict on what G makes of the first seed, as its class or as none; higher is more real."""
        with self.turns.take():
            return inside.logit(self.load(model_id, visitor), config, has_class=has_class)

    # ---- sound

    def say(
        self,
        model_id: str,
        number: str,
        *,
        speaker: int = 0,
        seed: int = 0,
        psi: float = 1.0,
        visitor: str | None = None,
    ) -> np.ndarray:
        """A number spoken digit by digit, int16 (samples,) at the model's rate; see modalities.audio.speech."""
        model = self.load(model_id, visitor)
        with self.turns.take():
            return self._skills(model).say(model, number, speaker=speaker, seed=seed, psi=psi)

    def convert(
        self,
        model_id: str,
        sound: np.ndarray,
        speaker: int,
        *,
        digit: int | None = None,
        visitor: str | None = None,
    ) -> Converted:
        """A person's clip in another voice; see modalities.audio.speech. `digit`: what is said, if known."""
        model = self.load(model_id, visitor)
        with self._search:
            fitted = self.fit(model_id, sound, visitor)
            return self._skills(model).convert(model, fitted, speaker, digit=digit)

    def fit(
        self, model_id: str, item: Image.Image | np.ndarray | str, visitor: str | None = None
    ) -> np.ndarray | str:
        """A user's own item, of any size, as the model takes it. Raises ConfigError."""
        model = self.load(model_id, visitor)
        return registry.get(model.config.modality).bring.fit(model, item)

    def decode(
        self, model_id: str, content: bytes, name: str, visitor: str | None = None
    ) -> tuple[np.ndarray | str, str]:
        """The item of a file's bytes as the model takes it, and what was done to it; "" for nothing.

        Raises:
            DataError: it cannot be used; it is called `name`.
        """
        model = self.load(model_id, visitor)
        return registry.get(model.config.modality).bring.decode(content, name, model)

    def formula(
        self,
        model_id: str,
        source: SampleConfig | np.ndarray | str,
        *,
        visitor: str | None = None,
        **which: Any,
    ) -> Formula:
        """The attention formula of one token in numbers; see inside.formula for `which`."""
        with self.turns.take():
            return inside.formula(self.load(model_id, visitor), source, **which)

    # ---- scores

    def evaluate(self, model_id: str, *, n: int, visitor: str | None = None) -> dict[str, object]:
        """Scores of `n` samples, each beside real data's value; see models.evaluation."""
        return evaluation.evaluate(self.load(model_id, visitor).folder, n=n)

    # ---- helpers

    @staticmethod
    def _skills(model: Model) -> ModuleType:
        """What only models of this modality can do. Raises ConfigError where it cannot speak."""
        modality = registry.get(model.config.modality)
        if not modality.has("skills") or "speak" not in modality.skills.skills_of(model.config):
            raise ConfigError(f"{model.title} has no digits and speakers; choose Spoken digits")
        return modality.skills

    def _bundled(self) -> dict[str, Path]:
        folders = sorted(p.parent for p in self.weights_dir.glob("*/*/config.json"))
        order = registry.names()
        folders.sort(key=lambda f: order.index(f.parent.name) if f.parent.name in order else 99)
        found = {f"{f.parent.name}/{f.name}": f for f in folders}
        first = [
            name for name in ("image/digits", "image/avatars", "image/clothes") if name in found
        ]
        return {name: found[name] for name in [*first, *(n for n in found if n not in first)]}

    def _folder(self, model_id: str, visitor: str | None) -> Path:
        bundled = self._bundled()
        if model_id in bundled:
            return bundled[model_id]
        if visitor and str(model_id).startswith("mine/"):
            return self.store.model_folder(visitor, model_id)
        if visitor and moments.is_moment(model_id):
            return moments.folder_of(self.store, visitor, model_id)
        near = difflib.get_close_matches(str(model_id), bundled, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise NotFoundError(
            f"there is no model {str(model_id)[:60]!r}; known: {', '.join(bundled)}{hint}"
        )

    @staticmethod
    def _loaded_at(folder: Path) -> float:
        """Changes with the files of a model."""
        files = [folder / name for name in ("model.safetensors", "config.json")]
        return sum(path.stat().st_mtime for path in files if path.is_file())

    def _load(self, folder: Path) -> Model:
        changed = self._loaded_at(folder)
        with self._lock:
            known = self._loaded.get(folder)
            if known is None or known[0] != changed:
                known = (changed, load_model(folder))
            self._loaded[folder] = known
            self._loaded.move_to_end(folder)
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
            return known[1]

    def _load_for_job(self, visitor: str, model_id: str) -> Model:
        return self.load(model_id, visitor)

    def _describe(self, folder: Path, *, own: bool) -> ModelInfo:
        parent = "mine" if own else folder.parent.name
        return self._listing.describe(folder, f"{parent}/{folder.name}", own=own)


def _check_walk(legs: int, frames: int, path: str) -> None:
    if path not in paths.PATHS:
        raise ConfigError(f"a walk is {' or '.join(paths.PATHS)}; got {path!r}")
    if not 1 <= frames <= MAX_FRAMES // legs:
        raise ConfigError(
            f"{legs} legs can have 1 to {MAX_FRAMES // legs} frames each; got {frames}"
        )


def _parts(model: Model) -> str:
    return " or ".join(parts.PARTS if model.config.motion else parts.PARTS[:1])


def _write(model: Model, signal: torch.Tensor) -> np.ndarray:
    """Items of signals that G did not make, without sampling noise."""
    parts = [model.tokenizer.to_items(part) for part in signal.split(WRITTEN_AT_ONCE)]
    return np.concatenate(parts)
