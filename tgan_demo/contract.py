"""The contract of a modality: its data set, its tokenizer, and the places of its tokens.

The engine sees this file, never a concrete modality. A *signal* is what augmentation and penalties act
on (an image, a spectrogram): float32, about -1..1. G ends in tokens that become a signal; the
tokenizer cuts a signal into D's tokens again, with overlap where that helps.

Axes: B batch, N tokens, D token channels; "..." the signal's own (ModelConfig.shape).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from torch import Tensor

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.events import Health


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """How many tokens a signal has, how they lie, and how wide they are."""

    grid: tuple[int, ...]  # tokens along each axis; N is their product
    g_width: int  # channels of one of G's output tokens
    d_width: int  # channels of one of D's input tokens

    @property
    def count(self) -> int:
        n = 1
        for size in self.grid:
            n *= size
        return n


@dataclass(frozen=True, slots=True)
class Box:
    """Where a token lies in an item, as fractions 0..1 of its sides."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Dataset:
    """Samples in memory, in their modality's stored form."""

    name: str
    items: np.ndarray  # (N, ...), as the modality's `tokens` says
    labels: np.ndarray | None = None  # int64 (N,), indices into classes
    classes: tuple[str, ...] = ()
    licence: str = ""  # for the card of what is trained on it
    source: str = ""
    modality: str = field(kw_only=True)  # a name of modalities.registry

    def __len__(self) -> int:
        return len(self.items)

    def rows(self, chosen: np.ndarray | slice) -> "Dataset":
        """Some of the samples, with their labels."""
        labels = None if self.labels is None else self.labels[chosen]
        return replace(self, items=self.items[chosen], labels=labels)


@dataclass(frozen=True, slots=True)
class Converted:
    """A recorded digit as a model has it, and in another voice; sounds int16 (S,)."""

    asked: np.ndarray
    own: np.ndarray  # the nearest that the model makes, by the speaker it takes for the nearest
    other: np.ndarray
    digit: int  # as which it was taken
    speaker: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A data set that our own code makes: always there, offline."""

    title: str
    # count, seed -> the first so many items of a seed and their labels, int64 (N,). Equal numbers give
    # equal bytes. Where there are no more, fewer come; where there is one order only, no seed is read.
    make: Callable[[int, int], tuple[np.ndarray, np.ndarray | None]]
    classes: tuple[str, ...] = ()
    licence: str
    source: str  # {name}, {count} and {seed} are filled in
    name: str = ""  # of the Dataset; "": its id
    count: int  # samples that a run chosen from the menu learns from
    most: int  # that a recipe learns from unless it says how many
    few: int = 0  # enough to show what it is; 0: how many there are is known when all are made


class Makers(Protocol):
    """What a modality makes itself: its file `makers`."""

    MAKERS: Mapping[str, Maker]  # id in the data menu, unlike any other's -> how it is made


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One picture, text, ... of a user's own."""

    modality: str  # a name of modalities.registry
    value: np.ndarray | str  # larger than any model takes, so that it can follow a change of model


class Bring(Protocol):
    """A user's own files and items: the file `bring` of a modality. A model is a draw.model.Model."""

    def read_file(self, path: Path) -> np.ndarray | str:
        """The item of one file, for Item.value. Raises DataError."""

    def decode(self, content: bytes, name: str, model: Any) -> tuple[np.ndarray | str, str]:
        """The item of a file's bytes as a model takes it, and what was done to it; "" for nothing.

        Args:
            name: what a complaint calls the file.

        Raises:
            DataError: it cannot be used.
        """

    def fit(self, model: Any, item: Any) -> np.ndarray | str:
        """A user's item (of any size) as a model takes it. Raises ConfigError: it is something else."""

    def check(self, model: Any, item: Any) -> np.ndarray | str:
        """An item that is said to be as `fit` gives it. Raises ConfigError: it is not."""


class Tokenizer(Protocol):
    """Items <-> signal <-> tokens of one route of a modality. Every size comes from the ModelConfig; what
    has to be learned of the data before training (a vocabulary) comes from `fit` or `restore`, which
    return the tokenizer with it.
    """

    name: str  # of its modality
    encodes: bool  # `from_items` gives signals as G makes them; else a w is sought, engine.draw.inversion
    has_time: (
        bool  # a signal's second axis and an item's first are frames, so G can go on for longer
    )

    def fit(self, dataset: Dataset, **settings: object) -> "Tokenizer":
        """The tokenizer ready for this data; itself where there is nothing to learn.

        `settings` (a recipe's [tokenizer]) are for those that learn much; most have none.
        """

    def tensors(self) -> dict[str, Tensor]:
        """What `fit` learned, for a model's file; empty where there is nothing."""

    def restore(self, tensors: dict[str, Tensor]) -> "Tokenizer":
        """The tokenizer with what `tensors` gave. Raises WeightsError."""

    def check(self, config: ModelConfig) -> None:
        """Raise ConfigError when the shape cannot be cut into tokens."""

    def tokens(self, config: ModelConfig) -> TokenSpec: ...

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """G's tokens -> signal, with the output activation, float32.

        Args:
            noise_seed_B: a seed of sampling noise for each sample, where the last step is a choice; None: the
                likeliest choice everywhere. Others do not read it.
            temperature: 0..2, how much that noise weighs.
        """

    def to_noise(self, signal: Tensor, z_dim: int) -> Tensor | None:
        """z (B, Z) that stands for a signal, where the tokenizer knows one; None: an encoder must learn it."""

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        """How badly G's tokens foretell a real signal: nats a token, or the mean absolute error."""

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        """Signal -> D's tokens (B, N, d_width), differentiable."""

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        """Stored form -> signal, float32."""

    def to_items(
        self,
        signal: Tensor,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
        top_p: float = 1.0,
    ) -> np.ndarray:
        """Signal -> stored form.

        Args:
            noise_seed_B: as for `to_signal`, where a decoder writes the signal out.
            top_p: 0..1, that decoder's likeliest choices of so much probability are on offer.
        """

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        """`config` with shape, classes and patch made to fit the data set."""

    def place(self, token: int, config: ModelConfig) -> Box: ...


Watch = Callable[[np.ndarray, int], Health | None]  # (samples of fixed seeds, nimg of the run)


class Plan:
    """What training on a modality needs, `PLAN` in its plan.py: where one differs from what stands here.

    `notes` are sentences for the user about what was changed. All methods may raise ConfigError.
    """

    settings: Mapping[
        str, object
    ] = {}  # of a run from scratch, in place of a preset's, for the page

    def beginning(self, dataset: Dataset, asked: Mapping[str, object]) -> Mapping[str, object]:
        """Settings of a run from scratch, made to fit the data and the model settings asked for."""
        return self.settings

    def going_on(self, model: ModelConfig, trained: Mapping[str, object]) -> Mapping[str, object]:
        """Training settings of a run that starts from a model, which `trained` was trained with."""
        return {}

    def augmentations(self, train: TrainConfig, notes: list[str]) -> TrainConfig:
        """`train` with what is not for this modality left out or changed."""
        return train

    def meet(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, title: str, notes: list[str]
    ) -> None:
        """Say what a model with this title cannot make of the data; refuse where that is too much."""

    def fit_dataset(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, notes: list[str]
    ) -> Dataset:
        """The data in the size that the model has."""
        return dataset

    def watch(self, dataset: Dataset) -> Watch | None:
        """A health check of samples beside training data; None: losses and diversity tell enough."""
        return None


class Fixed:
    """The part of a tokenizer that has nothing to learn of its data."""

    encodes = False
    has_time = False

    def fit(self, dataset: Dataset, **settings: object) -> Self:
        return self

    def tensors(self) -> dict[str, Tensor]:
        return {}

    def restore(self, tensors: dict[str, Tensor]) -> Self:
        return self

    def to_noise(self, signal: Tensor, z_dim: int) -> None:
        return None


def box_of(token: int, grid: tuple[int, ...]) -> Box:
    """The place of a token on a grid of (rows, columns), row by row."""
    rows, columns = grid
    row, column = divmod(token, columns)
    return Box(column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
