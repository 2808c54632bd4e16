"""A plane through w: between four corners, or a map of many seeds. Every point of it is a w.

Points are (x, y), 0..1 from the left and from the top.

Axes: B points, N seeds, C the nearest of them, P points of a drawn line, K features, W mapped latent.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing
from tgan_demo.engine.draw.model import Model

SEEDS = 1000  # of a map: 0 and on
NEAREST = 8  # seeds whose w a point of a map is made of
MARGIN = 0.03  # of a map's side, between its outermost seeds and its border
TINY = 1e-9


def between(corners: Tensor, at_B2: Tensor) -> Tensor:
    """Bilinear w (B, ...) between corners (4, ...): top left, top right, bottom left, bottom right."""
    x_B, y_B = at_B2.to(corners.dtype).unbind(1)
    share_B4 = torch.stack(
        ((1 - x_B) * (1 - y_B), x_B * (1 - y_B), (1 - x_B) * y_B, x_B * y_B), dim=1
    )
    return torch.tensordot(share_B4, corners, dims=1)


@dataclass(frozen=True, slots=True)
class Map:
    """Seeds 0, 1, ... at places in the plane."""

    w_NW: Tensor
    labels_N: Tensor | None
    at_N2: Tensor  # 0..1

    @property
    def nbytes(self) -> int:
        return self.w_NW.nbytes + self.at_N2.nbytes

    def __call__(self, at_B2: Tensor) -> Tensor:
        """w (B, W) of points: a mean of the w of the nearest seeds, a seed's own where one lies.

        No projection to two axes can be undone. The weights are ((R - d) / (R d))^2, where d is a seed's
        distance and R that of the first one left out, so that w has no steps.

        Source: Franke and Nielson 1980, after Shepard 1968.
        """
        far_BN = torch.cdist(at_B2.double(), self.at_N2.double())
        count = min(NEAREST, len(self.w_NW) - 1)
        far_BC, picks_BC = far_BN.topk(count + 1, dim=1, largest=False)
        reach_B1, far_BC = far_BC[:, -1:], far_BC[:, :-1].clamp(min=TINY)
        share_BC = ((reach_B1 - far_BC).clamp(min=TINY) / far_BC).square()
        share_BC /= share_BC.sum(dim=1, keepdim=True)
        return (share_BC[..., None] * self.w_NW[picks_BC[:, :-1]].double()).sum(dim=1).float()

    def nearest(self, at_B2: Tensor) -> list[int]:
        """The seed that lies nearest to each point."""
        return torch.cdist(at_B2.double(), self.at_N2.double()).argmin(dim=1).tolist()


def seeds_of(config: SampleConfig) -> SampleConfig:
    """The draw of a map's seeds: class and psi of `config`, without its variation and edits."""
    return replace(config, seed=0, count=SEEDS, variation=0.0, edit="")


def map_of(model: Model, config: SampleConfig, features_NK: Tensor | None = None) -> Map:
    """The map of `seeds_of(config)`: its axes are the widest two components of w, or of features."""
    w_NW, labels_N = editing.places(model, seeds_of(config))
    return Map(w_NW, labels_N, spread(w_NW if features_NK is None else features_NK))


def spread(features_NK: Tensor) -> Tensor:
    """Places (N, 2) on the plane: the two widest principal components, each stretched to its whole side."""
    axes_2K = editing.widest(features_NK)[:2]
    at_N2 = (features_NK - features_NK.mean(dim=0)) @ axes_2K.T
    if at_N2.shape[1] < 2:  # one feature
        at_N2 = torch.nn.functional.pad(at_N2, (0, 1))
    low_2, high_2 = at_N2.amin(dim=0), at_N2.amax(dim=0)
    return MARGIN + (1 - 2 * MARGIN) * (at_N2 - low_2) / (high_2 - low_2).clamp(min=TINY)


def resampled(line_P2: np.ndarray, count: int) -> np.ndarray:
    """`count` points (count, 2) equally far from each other along a drawn line, its ends included."""
    steps_P = np.linalg.norm(np.diff(line_P2, axis=0, prepend=line_P2[:1]), axis=1)
    along_P = steps_P.cumsum()
    wanted = np.linspace(0, along_P[-1], count)
    return np.stack([np.interp(wanted, along_P, line_P2[:, i]) for i in (0, 1)], axis=1)
