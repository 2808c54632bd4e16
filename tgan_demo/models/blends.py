"""Two models of one shape blended: G's averaged weights, a share of the way from one to the other.

An experiment. Models that began as one lie in one valley of the loss and blend well; between strangers,
whose neurons mean other things at the same places, lies noise. Source: Frankle et al. 2020
(arXiv:1912.05671); of generators Justin Pinkney 2020 (arXiv:2010.05334).
"""

import copy
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from tgan_demo.config import ModelConfig, SampleConfig, from_dict
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.kept import Kept
from tgan_demo.engine.draw.model import Model, mean_w
from tgan_demo.errors import ConfigError
from tgan_demo.files.tensors import read_json
from tgan_demo.models.folder import CONFIG

STEPS = 20  # from one to the other
MAX_KEPT_BYTES = 48 * 2**20  # of blended weights: about ten
MAX_COUNT = 16  # samples
OF_D = ("overlap", "local_crop", "local_patch", "spectral_norm")  # G's weights know nothing of them

Asked = Callable[[str, SampleConfig, str | None], tuple[Model, Hashable]]


class Blends:
    """Safe to use from many threads; nothing of it is kept on the disk.

    Args:
        asked: as of models.planes.Planes.
        folder: (model id, visitor) -> its folder; raises NotFoundError.
        take: a turn at drawing.
    """

    def __init__(
        self,
        asked: Asked,
        folder: Callable[[str, str | None], Path],
        take: Callable[..., AbstractContextManager[None]],
    ) -> None:
        self._asked, self._folder, self._take = asked, folder, take
        self._kept: Kept[Model] = Kept(MAX_KEPT_BYTES)

    def differs(self, a: str, b: str, visitor: str | None = None) -> tuple[str, str, str] | None:
        """The first setting in which two models' shapes differ, and both values; None: they can be blended,
        unless they have vocabularies of their own.
        """
        first, second = (_config(self._folder(name, visitor)) for name in (a, b))
        return _differs(first, second)

    def draw(
        self, a: str, b: str, share: float, config: SampleConfig, visitor: str | None = None
    ) -> np.ndarray:
        """Samples (N, ...) of the blend, in A's stored form: `share` 0 is A to the byte, 1 is B's weights.

        Args:
            share: 0..1, rounded to one of STEPS.
            config: at most MAX_COUNT samples; edits are of A.

        Raises:
            ConfigError: they are of two shapes or of two vocabularies, or too much was asked for.
        """
        if not 0 <= share <= 1:
            raise ConfigError(f"a blend is 0 to 1 of the way from A to B; got {share}")
        if config.count > MAX_COUNT:
            raise ConfigError(f"a blend draws at most {MAX_COUNT} samples; got {config.count}")
        any_ = SampleConfig(label=config.label)  # for what models are known by
        (one, key_a), (two, key_b) = (self._asked(name, any_, visitor) for name in (a, b))
        step = round(share * STEPS)
        model = self._kept.get((key_a, key_b, step), lambda: blended(one, two, step / STEPS), _size)
        with self._take():
            return sampler.draw(model, config)[0]


@torch.no_grad()
def blended(a: Model, b: Model, share: float) -> Model:
    """A with G's weights that share of the way to B's. Raises ConfigError, as `Blends.draw`."""
    if found := _differs(a.config, b.config):
        name, of_a, of_b = found
        raise ConfigError(
            f"{a.title} and {b.title} cannot be blended: {name} is {of_a} and {of_b}; two models of "
            "one shape can"
        )
    words_a, words_b = a.tokenizer.tensors(), b.tokenizer.tensors()
    if words_a.keys() != words_b.keys() or not all(
        torch.equal(words_a[name], words_b[name]) for name in words_a
    ):
        raise ConfigError(
            f"{a.title} and {b.title} cannot be blended: each has learned a vocabulary of its own"
        )
    G = copy.deepcopy(a.G)
    theirs = b.G.state_dict()
    for name, own in G.state_dict().items():
        if own.is_floating_point():
            own.lerp_(theirs[name], share)
    return replace(
        a, title=f"{a.title} + {b.title}", G=G, w_mean=mean_w(G), encoder=None, components=None
    )


def _differs(a: ModelConfig, b: ModelConfig) -> tuple[str, str, str] | None:
    """Of classes only how many there are; what they are called is no weight."""
    own, other = asdict(a), asdict(b)
    for config in (own, other):
        config["classes"] = len(config["classes"])
    names = (name for name in own if name not in OF_D and own[name] != other[name])
    name = next(names, None)
    return None if name is None else (name, str(own[name]), str(other[name]))


def _config(folder: Path) -> ModelConfig:
    return from_dict(ModelConfig, read_json(folder / CONFIG).get("model", {}))


def _size(model: Model) -> int:
    return sum(tensor.nbytes for tensor in model.G.state_dict().values())
