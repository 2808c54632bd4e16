"""What the engine knows of a modality: its data set and its tokenizer, and where a token lies in an item.

The engine sees this file, never a concrete modality. A *signal* is what augmentation and penalties act
on (an image, a spectrogram): float32, about -1..1. G ends in tokens that become a signal; the
tokenizer cuts a signal into D's tokens again, with overlap where that helps. All else that a modality
answers is in tgan_demo/parts.py.

Axes: B batch, N tokens, D token channels; "..." the signal's own (ModelConfig.shape).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, runtime_checkable

import numpy as np
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.errors import ConfigError


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
    # of a set without end: count, seed -> new items and labels. Training draws from it, never twice the
    # same; `items` are some of them, for all that wants to know the data
    more: Callable[[int, int], tuple[np.ndarray, np.ndarray | None]] | None = None

    def __len__(self) -> int:
        return len(self.items)

    def rows(self, chosen: np.ndarray | slice) -> "Dataset":
        """Some of the samples, with their labels: a set that ends."""
        labels = None if self.labels is None else self.labels[chosen]
        return replace(self, items=self.items[chosen], labels=labels, more=None)


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
        ...

    def tensors(self) -> dict[str, Tensor]:
        """What `fit` learned, for a model's file; empty where there is nothing."""
        ...

    def restore(self, tensors: dict[str, Tensor]) -> "Tokenizer":
        """The tokenizer with what `tensors` gave. Raises WeightsError."""
        ...

    def check(self, config: ModelConfig) -> None:
        """Raise ConfigError when the shape cannot be cut into tokens."""
        ...

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
        ...

    def to_noise(self, signal: Tensor, z_dim: int) -> Tensor | None:
        """z (B, Z) that stands for a signal, where the tokenizer knows one; None: an encoder must learn it."""
        ...

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        """How badly G's tokens foretell a real signal: nats a token where tokens are chosen from a vocabulary,
        else an error of the signal's values (absolute or squared, as the tokenizer says).
        """
        ...

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        """Signal -> D's tokens (B, N, d_width), differentiable."""
        ...

    def planes(self, signal: Tensor) -> Tensor | None:
        """The signal as planes whose neighbours are alike, (B, frames, C, H, W), of which a local
        discriminator can judge crops; None where it has none.
        """
        ...

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        """Stored form -> signal, float32."""
        ...

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
        ...

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        """`config` with shape, classes and patch made to fit the data set."""
        ...

    def place(self, token: int, config: ModelConfig) -> Box: ...


@runtime_checkable
class Growable(Protocol):
    """What a tokenizer has besides, whose signals can be made coarser: a run of it can grow, from few tokens
    to many (engine/game/growing.py). Its `from_items` averages items down to the size of its ModelConfig.
    """

    def resized(self, config: ModelConfig, power: int) -> ModelConfig:
        """`config` for signals of 2^power times the size along each axis of its grid, in patches as large as
        before. Raises ConfigError where that leaves too few tokens or none.
        """
        ...

    def zooms(self, config: ModelConfig) -> tuple[Tensor, Tensor]:
        """When the grid doubles, a token has half the field of view in as many numbers. Linear maps of one
        of G's tokens -> what each of the four in its place shows of it, row by row, (4, g_width, g_width);
        and of one of D's tokens -> a coarse one that shows the same in its middle, its border continued
        outwards, (d_width, d_width).
        """
        ...

    def faded(self, signal: Tensor, share: float) -> Tensor:
        """The signal with `share` (0..1) of what is lost when it is made coarser by one doubling."""
        ...


@runtime_checkable
class Comparable(Protocol):
    """What a tokenizer has besides, whose items are seen as they are measured: pictures and clips."""

    def squared_error(self, signal: Tensor, wanted: Tensor) -> Tensor:
        """Mean squared error of items whose values are scaled to 0..1, (B,), differentiable."""
        ...


@runtime_checkable
class Readable(Protocol):
    """What a tokenizer has besides, whose signals do not hold an item to the letter, or whose model ends
    where an item may go on.
    """

    def readable(self, text: str, config: ModelConfig) -> str:
        """The item as far as the model reads it: as it could have come from the model."""
        ...


def coarser(tokenizer: Tokenizer, config: ModelConfig, doublings: int) -> ModelConfig:
    """`config` at the size from which it is reached by so many doublings; itself for none.

    Raises ConfigError where there is no such size.
    """
    if not doublings:
        return config
    if not isinstance(tokenizer, Growable):
        raise ConfigError(
            f"grow must be 0: only pictures can be made coarser so far, not {tokenizer.name}"
        )
    if config.positions != "learned":
        raise ConfigError(
            f"grow wants learned positions, which it interpolates; got {config.positions}"
        )
    return tokenizer.resized(config, -doublings)


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


def check_views(config: ModelConfig, *sides: int) -> None:
    """Raise ConfigError where a local discriminator or blended patches are asked of a signal without planes.

    Args:
        sides: of the planes that crops are cut from and patches lie on; none where there are none.
    """
    if config.local_crop > min(sides, default=0):
        wanted = f"at most {min(sides)}" if sides else "0: there is nothing to cut crops from"
        raise ConfigError(f"local_crop must be {wanted}; got {config.local_crop}")
    if config.blend and not sides:
        raise ConfigError(f"blend must be 0: no patch has neighbours; got {config.blend}")


def box_of(token: int, grid: tuple[int, ...]) -> Box:
    """The place of a token on a grid of (rows, columns), row by row."""
    rows, columns = grid
    row, column = divmod(token, columns)
    return Box(column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
