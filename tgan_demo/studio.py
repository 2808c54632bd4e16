"""The studio: models, draws, walks, looking inside and training runs behind one object. Knows no Gradio.

Page and public endpoints go through it; `store`, `jobs`, `games`, `planes` and `blends` are its rooms for what
users own, for runs, for games in which people judge, for planes to wander in, and for models blended.

Axes: N samples, F frames; B batch, Z latent, W mapped latent.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import cells, editing, latents, sampler
from tgan_demo.engine.draw.kept import Kept
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.turns import Asker, Turns
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.measure import seen
from tgan_demo.modalities import registry
from tgan_demo.models import evaluation, exchange, inside, seek, walks
from tgan_demo.models.blends import Blends
from tgan_demo.models.inside import Formula, Maps
from tgan_demo.models.library import Library
from tgan_demo.models.listing import ModelInfo
from tgan_demo.models.planes import Planes
from tgan_demo.models.seek import Sought
from tgan_demo.models.walks import Ends
from tgan_demo.parts import Converted, Sheet
from tgan_demo.people.store import Store
from tgan_demo.quiz.games import Games
from tgan_demo.runs import slices
from tgan_demo.runs.lab import Labs
from tgan_demo.runs.queue import Jobs
from tgan_demo.shipped import WEIGHTS

MAX_KEPT_BYTES = 32 * 2**20  # of draws that others may ask for too
MAX_EACH = 256  # samples of a table


@dataclass(frozen=True, slots=True)
class Drawn:
    items: np.ndarray  # (N, ...), in the modality's stored form
    labels: np.ndarray | None  # int64 (N,)
    seeds: tuple[int, ...]
    modality: str  # a name of modalities.registry


class Studio:
    """Safe to use from many threads; sampling takes turns, so that requests do not fight for cores."""

    def __init__(self, data_dir: Path | None = None, weights_dir: Path = WEIGHTS) -> None:
        self.store = Store(data_dir)
        self._library = Library(self.store, weights_dir)
        self.turns = Turns(self._is_training)
        self._kept: Kept[Drawn] = Kept(MAX_KEPT_BYTES)
        self._sheets: Kept[tuple[Sheet, np.ndarray | None]] = Kept(MAX_KEPT_BYTES)
        self.games = Games(self.store, self.load, self.turns.take)
        self.planes = Planes(self._library.asked, self.turns.take)
        self.blends = Blends(self._library.asked, self._library.folder, self.turns.take)

    def _is_training(self) -> bool:
        is_at_work = "jobs" in self.__dict__ and self.jobs.is_training
        return is_at_work or ("labs" in self.__dict__ and self.labs.is_training)

    @functools.cached_property
    def jobs(self) -> Jobs:
        """Made when first asked for: it takes charge of the runs on disk, so one process has it."""
        return Jobs(self.store, self.load, aside=self.turns.aside, on_gpu=slices.lent())

    @functools.cached_property
    def labs(self) -> Labs:
        """The tiny runs of the Lab; see runs/lab.py."""
        return Labs(self.store.dataset, self.turns.aside)

    # ---- models

    def models(self, visitor: str | None = None) -> list[ModelInfo]:
        """Bundled models, then the visitor's own, newest first. A damaged one is left out and logged."""
        return self._library.models(visitor)

    def info(self, model_id: str, visitor: str | None = None) -> ModelInfo:
        return self._library.info(model_id, visitor)

    def load(self, model_id: str, visitor: str | None = None) -> Model:
        """The model, from memory when its files have not changed. NotFoundError names near ids."""
        return self._library.load(model_id, visitor)

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
        model, key = self._library.asked(model_id, config, visitor)

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
        model, key = self._library.asked(model_id, config, visitor)
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

    # ---- walks

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
        with self.turns.take():
            return walks.between_seeds(
                model,
                keys,
                frames=frames,
                path=path,
                space=space,
                loop=loop,
                psi=psi,
                part=part,
            )

    def ends(
        self, model_id: str, items: Sequence[Image.Image | str], visitor: str | None = None
    ) -> Ends:
        """The places in the model that make a user's items, or the nearest it has.

        A model that encodes knows them; in any other they are sought, a second or two for two items.
        """
        return walks.ends(self.load(model_id, visitor), items, self.turns)

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
        with self.turns.take():
            return walks.between_ends(
                model, ends, frames=frames, path=path, loop=loop, temperature=temperature
            )

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
        return exchange.mix(model, contents, motions, self.turns, frames=frames)

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

    # ---- a user's own items

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

    def class_of(
        self, model_id: str, item: np.ndarray | str, visitor: str | None = None
    ) -> int | None:
        """The class that the model's bundled encoder sees in an item that fits it; None without one."""
        with self.turns.take():
            return seen.class_of(self.load(model_id, visitor), item)

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
        with self.turns.searching:
            yield from seek.seek(model, item, seconds=seconds, per_block=per_block)

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
            return _speech(model).say(model, number, speaker=speaker, seed=seed, psi=psi)

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
        with self.turns.searching:
            fitted = self.fit(model_id, sound, visitor)
            return _speech(model).convert(model, fitted, speaker, digit=digit)

    # ---- scores

    def evaluate(self, model_id: str, *, n: int, visitor: str | None = None) -> dict[str, object]:
        """Scores of `n` samples, each beside real data's value; see models.evaluation."""
        return evaluation.evaluate(self.load(model_id, visitor).folder, n=n)


def _speech(model: Model) -> ModuleType:
    """What speaks. Raises ConfigError: this model cannot."""
    modality = registry.get(model.config.modality)
    if "speak" not in modality.skills_of(model.config):
        raise ConfigError(f"{model.title} has no digits and speakers; choose Spoken digits")
    return modality.skills
