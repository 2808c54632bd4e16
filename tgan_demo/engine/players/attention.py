"""Multi-head scaled dot-product attention, written out, and the tap that listens to it.

Written out rather than torch's fused kernel: fused attention has no second derivative on the CPU (exact R1
and WGAN-GP need one), shows no weights, and was 1.5 to 6 times slower at 64 tokens.

Axes: B batch, N queries, M keys, H heads, K channels per head, D channels.
"""

import math
from dataclasses import dataclass, field

import torch
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.engine.players.layers import Linear, Norm


@dataclass(slots=True)
class Heads:
    """What one attention layer did: enough to work softmax(QK^T / sqrt(K)) V through by hand."""

    query_BHNK: Tensor
    key_BHMK: Tensor
    value_BHMK: Tensor
    weights_BHNM: Tensor  # rows sum to 1


@dataclass(slots=True)
class Tap:
    """Hand one to a network's forward and it fills, layer by layer; results do not change."""

    self_: list[Heads] = field(default_factory=list)
    cross: list[Heads] = field(default_factory=list)


def attend(query_BHNK: Tensor, key_BHMK: Tensor, value_BHMK: Tensor) -> tuple[Tensor, Tensor]:
    """softmax(Q K^T / sqrt(K)) V and its weights (B, H, N, M). Source: Vaswani et al. 2017, eq. 1."""
    scale = 1 / math.sqrt(query_BHNK.shape[-1])
    # scaling Q, not the scores: the smaller tensor. Keys down the rows: torch's softmax is slow on rows as
    # short as ours, up to 6 times slower than down the columns
    scores_BHMN = key_BHMK @ (query_BHNK * scale).transpose(-1, -2)
    weights_BHNM = scores_BHMN.softmax(dim=-2).transpose(-1, -2)
    return weights_BHNM @ value_BHMK, weights_BHNM


def attend_in_groups(
    query_BHNK: Tensor, key_BHNK: Tensor, value_BHNK: Tensor, groups_GI: Tensor, wants_weights: bool
) -> tuple[Tensor, Tensor | None]:
    """`attend` within each group of tokens; a token of several groups gets the mean of what it finds.

    Costs I/N of all with all. Source: divided attention, Bertasius et al. 2021, arXiv:2102.05095.
    """
    mixed, weights = attend(*(part[:, :, groups_GI] for part in (query_BHNK, key_BHNK, value_BHNK)))
    flat = groups_GI.flatten()
    # torch.bincount says the same, but how many numbers it gives is only known once it has run: no ONNX
    times_N = torch.zeros(query_BHNK.shape[2], device=flat.device)
    times_N = times_N.index_add(0, flat, times_N.new_ones(len(flat)))
    share_N = 1 / times_N.clamp_min(1).to(mixed.dtype)
    mixed_BHNK = torch.zeros_like(query_BHNK).index_add(2, flat, mixed.flatten(2, 3))
    weights_BHNN = None
    if wants_weights:
        weights_BHNN = query_BHNK.new_zeros(*query_BHNK.shape[:3], query_BHNK.shape[2])
        for i, group_I in enumerate(groups_GI):
            weights_BHNN[:, :, group_I[:, None], group_I] += weights[:, :, i]
        weights_BHNN *= share_N[:, None]
    return mixed_BHNK * share_N[:, None], weights_BHNN


def rotate(heads_BHNK: Tensor, cos_NK: Tensor, sin_NK: Tensor) -> Tensor:
    """Turn channel pairs (k, k + K/2) by their position's angles. Source: Su et al. 2021."""
    first, second = heads_BHNK.chunk(2, dim=-1)
    return heads_BHNK * cos_NK + torch.cat((-second, first), dim=-1) * sin_NK


class Attention(nn.Module):
    """Self-attention, or cross-attention when `context_width` is given."""

    def __init__(
        self, width: int, heads: int, *, context_width: int = 0, spectral: bool = False
    ) -> None:
        super().__init__()
        self.heads = heads
        self.is_cross = context_width > 0
        self.query = Linear(width, width, spectral=spectral)
        self.key_value = Linear(context_width or width, 2 * width, spectral=spectral)
        # bounds the scores whatever the weights grow to (Henry et al. 2020)
        self.query_norm = Norm(width // heads)
        self.key_norm = Norm(width // heads)
        self.out = Linear(width, width, spectral=spectral)

    def forward(
        self,
        x_BND: Tensor,
        context_BMD: Tensor | None = None,
        *,
        angles: tuple[Tensor, Tensor] | None = None,
        groups_GI: Tensor | None = None,
        tap: Tap | None = None,
    ) -> Tensor:
        """`groups_GI`: numbers of tokens that look at each other and at no others."""
        source_BMD = x_BND if context_BMD is None else context_BMD
        query = rearrange(self.query(x_BND), "b n (h k) -> b h n k", h=self.heads)
        key, value = rearrange(
            self.key_value(source_BMD), "b m (two h k) -> two b h m k", two=2, h=self.heads
        )
        query, key = self.query_norm(query), self.key_norm(key)
        if angles is not None:
            cos_NK, sin_NK = (a.to(query.dtype) for a in angles)
            query, key = rotate(query, cos_NK, sin_NK), rotate(key, cos_NK, sin_NK)
        if groups_GI is None:
            mixed, weights = attend(query, key, value)
        else:
            mixed, weights = attend_in_groups(query, key, value, groups_GI, tap is not None)
        if tap is not None:
            assert weights is not None  # with a tap they are always kept
            record = Heads(query.detach(), key.detach(), value.detach(), weights.detach())
            (tap.cross if self.is_cross else tap.self_).append(record)
        return self.out(rearrange(mixed, "b h n k -> b n (h k)"))
