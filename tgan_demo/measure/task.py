"""What scores are taken of: a model's samples, real data to stand in for them, and what was bundled.

Axes: N samples.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import DataError
from tgan_demo.measure import encoder
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.reference import Known, load_reference

SAMPLES = 2_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an evaluation may be asked for besides its number of samples."""

    temperature: float = 1.0  # of the samples, where their last step is a choice
    trained_on_generated: bool = False  # train two classifiers: minutes
    language_model: bool = False  # train one on the text to stand beside the model: minutes
    space: str = ""  # the scores of this space alone; "": of all; of texts: of the model alone


@dataclass(eq=False)
class Samples:
    """Generated ones, or real ones in their place."""

    items: np.ndarray  # stored form
    labels: np.ndarray | None
    see: Callable[[np.ndarray], np.ndarray]

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def seen(self) -> np.ndarray:
        """The items as they are measured."""
        return self.see(self.items)


@dataclass(eq=False)
class Task:
    """One evaluation; what is asked for twice is made once."""

    model: Model
    train: Dataset | None
    test: Dataset | None  # held out
    n: int  # samples asked for
    seed: int  # of the first one
    options: Options = field(default_factory=Options)
    see: Callable[[np.ndarray], np.ndarray] = lambda items: items
    patch: int = 4  # side of a token of classifiers that are trained for a score
    _made: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def has_data(self) -> bool:
        return self.train is not None and self.test is not None

    @property
    def factors(self) -> list[str]:
        """Names of what the classes are made of; [] where they are of one piece."""
        return list(self.model.meta.get("data", {}).get("factors", []))

    @property
    def compared(self) -> int:
        """How many samples are scored, and how many real ones beside them: no more than there are held
        out, or than the bundled values were taken with; at most as many as asked for.
        """
        if self.test is not None:
            return min(self.n, len(self.test))
        return self.n if self.known is None else min(self.n, self.known.n)

    @cached_property
    def made(self) -> Samples:
        config = SampleConfig(
            seed=self.seed, count=self.compared, temperature=self.options.temperature
        )
        return Samples(*sampler.draw(self.model, config), self.see)

    @cached_property
    def held_out(self) -> Samples:
        """Real ones that nothing learned from, as many as are compared."""
        assert self.test is not None
        return self._real(
            self.test.rows(np.random.default_rng(1).permutation(len(self.test))[: self.compared])
        )

    @cached_property
    def some_train(self) -> Samples:
        """Training ones, as many as are compared."""
        assert self.train is not None
        order = np.random.default_rng(0).permutation(len(self.train))[: self.compared]
        return self._real(self.train.rows(order))

    @cached_property
    def classifier(self) -> SmallEncoder | None:
        folder = self.model.folder
        return encoder.load_encoder(folder) if (folder / encoder.FILE).is_file() else None

    @cached_property
    def known(self) -> Known | None:
        return load_reference(self.model.folder)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave when it was first asked for by this key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def signals(self, samples: Samples) -> Iterator[Tensor]:
        """All samples as `signal` has them, in pieces."""
        for begin in range(0, len(samples), sampler.CHUNK):
            yield self.signal(samples, slice(begin, begin + sampler.CHUNK))

    def signal(self, samples: Samples, rows: np.ndarray | slice) -> Tensor:
        """Some samples as the model has them: generated ones as G makes them and D judges them, before they
        are made items (a sound's phases change its spectrogram); real ones as D learns from them.
        """
        if samples is self.made:
            return self.once("signals", self._generated)[rows].float()
        return self.model.tokenizer.from_items(samples.items[rows], self.model.config)

    def _generated(self) -> Tensor:
        """The signals of `made`, float16, which is finer than a byte: 2,000 clips are 200 MB."""
        parts = []
        for begin in range(0, len(self.made), sampler.CHUNK):
            count = min(sampler.CHUNK, len(self.made) - begin)
            config = SampleConfig(seed=self.seed + begin, count=count)
            parts.append(sampler.signals(self.model, config)[0].half())
        return torch.cat(parts)

    def check_shapes(self) -> None:
        """Raises DataError when the data are of another size than the samples."""
        makes = self.made.items.shape[1:]
        for part in (self.train, self.test):
            if part is not None and part.items.shape[1:] != makes:
                came = " x ".join(map(str, part.items.shape[1:]))
                raise DataError(
                    f"{self.model.id} makes items of {' x '.join(map(str, makes))}; the data's are "
                    f"{came}; name the data it was trained on"
                )

    def _real(self, data: Dataset) -> Samples:
        return Samples(data.items, data.labels, self.see)
