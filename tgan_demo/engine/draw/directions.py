"""Directions of w: round one sample, and from one group of samples to another.

What a link carries of them is their vector; see edits.py.

Axes: B batch, L places where w enters G, W mapped latent, K components.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.edits import MAX_STEPS, MAX_TEXT, Step
from tgan_demo.engine.draw import editing, latents
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.parts import cut_of
from tgan_demo.errors import ConfigError

MAPPED = 4096  # w's that a neighbourhood is taken from
NEAR = 256  # of them, the nearest
LOCAL = 8  # components of it at most
CLASSES = 12  # ways to classes at most
AMOUNTS: dict[str, tuple[float, ...]] = {  # of each kind of direction, as its rows show them
    "local": (-3, -2, -1, 0, 1, 2, 3),
    "global": (-3, -2, -1, 0, 1, 2, 3),
    "class": (-0.5, 0, 0.25, 0.5, 0.75, 1, 1.25),
}
MAX_GROUP = 200  # samples on a side
EVIDENCE = (
    0.7  # twice as likely; of groups at random, twenty samples of eight classes, 6 % reach it
)
LEANS = 0.3  # of -1..1: how far a class leans to a group that it is counted with


def local(model: Model, config: SampleConfig, count: int = LOCAL) -> Tensor:
    """Principal components of w round the first sample of `config`, (K, W), the widest first: of the NEAR
    nearest among MAPPED mapped z of its class. Each is as long as their standard deviation along it; its
    largest number is positive. Where w differs from block to block, round its mean. A model of clips whose w
    has two parts gives half of them for what is seen, then half for how it moves.

    Source: local components as in LatentGandr, arXiv:2604.19953.
    """
    labels_B = latents.draw_z(model, replace(config, count=1))[1]
    cloud_BW = mapped(model, MAPPED, None if labels_B is None else int(labels_B[0]))
    middle_W, cut = _middle(model, config), cut_of(model.config)
    if not model.config.motion:
        return around(middle_W, cloud_BW)[:count]
    content, motion = torch.zeros_like(middle_W), torch.zeros_like(middle_W)
    content[:cut], motion[cut:] = 1, 1
    axes = [around(middle_W * part, cloud_BW * part) * part for part in (content, motion)]
    return torch.cat([axes_KW[: count // 2] for axes_KW in axes])


def around(w_W: Tensor, cloud_BW: Tensor, near: int = NEAR) -> Tensor:
    """Components (K, W) of the `near` of a cloud that are nearest to w, as `editing.widest` has them."""
    far_B = (cloud_BW - w_W).norm(dim=1)
    nearest = far_B.topk(min(near, len(cloud_BW)), largest=False).indices
    return editing.widest(cloud_BW[nearest])


def between(model: Model, a: Sequence[SampleConfig], b: Sequence[SampleConfig]) -> Tensor:
    """The direction (W,) from the samples of `b` to those of `a`, the first of each config; see `apart`.

    Raises:
        ConfigError: a group is empty or too large, or a sample is not of this model.
    """
    if not a or not b:
        raise ConfigError(
            "a direction leads from group B to group A; put at least one sample into each"
        )
    if max(len(a), len(b)) > MAX_GROUP:
        raise ConfigError(f"a group has at most {MAX_GROUP} samples; got {max(len(a), len(b))}")
    w_BW = torch.stack([_middle(model, config) for config in (*a, *b)])
    is_a_B = torch.arange(len(w_BW)) < len(a)
    drawn = [latents.draw_z(model, replace(config, count=1))[1] for config in (*a, *b)]
    labels = [label for label in drawn if label is not None]
    if not labels:
        return apart(w_BW, is_a_B)
    return apart(w_BW, is_a_B, torch.cat(labels), model.w_mean)


def made(model: Model, a: Sequence[SampleConfig], b: Sequence[SampleConfig]) -> str:
    """What the direction `between` two groups is called in an edit: its vector."""
    return edits.vector(between(model, a, b).numpy())


def vector(model: Model, config: SampleConfig, what: str) -> Tensor:
    """The way (W,) that a direction leads the first sample of `config`, once its length."""
    from_, to = (replace(config, count=1, edit=edit) for edit in ("", f"go:{what}"))
    return (editing.places(model, to)[0] - editing.places(model, from_)[0])[0]


def late(model: Model) -> tuple[int, int]:
    """The places, first and last, in which a direction between groups changes little besides: those from
    the middle on. Measured by benchmarks/directions.py.
    """
    last = model.G.entries - 1
    return last - last // 2, last


def apart(
    w_BW: Tensor, is_a_B: Tensor, labels_B: Tensor | None = None, means_CW: Tensor | None = None
) -> Tensor:
    """The direction (W,) to the samples of group A from the others, as long as the way between their means.

    Where the classes are what is told apart, it leads between the mean w of those that lean to A and of those
    that lean to B, each counted once: few samples are never balanced, and their own means would change the
    class as well. Else it is the plain difference of the means.

    Args:
        labels_B, means_CW: classes of the samples and the mean w of each class; None: none are known.

    Raises:
        ConfigError: the groups have the same mean.
    """
    if labels_B is not None and means_CW is not None:
        in_a_C, in_b_C = (
            torch.bincount(labels_B[side_B], minlength=len(means_CW)).double()
            for side_B in (is_a_B, ~is_a_B)
        )
        leans_C = (in_a_C - in_b_C) / (in_a_C + in_b_C + 1)
        to_a_C, to_b_C = leans_C > LEANS, leans_C < -LEANS
        if evidence(in_a_C, in_b_C) > EVIDENCE and to_a_C.any() and to_b_C.any():
            return means_CW[to_a_C].mean(dim=0) - means_CW[to_b_C].mean(dim=0)
    way_W = w_BW[is_a_B].mean(dim=0) - w_BW[~is_a_B].mean(dim=0)
    if way_W.norm() <= 1e-6 * max(1.0, float(w_BW.norm(dim=1).max())):
        raise ConfigError("the two groups do not differ; put other samples into one of them")
    return way_W


def evidence(in_a_C: Tensor, in_b_C: Tensor) -> float:
    """That the group depends on the class: log of the Bayes factor, from samples of each class in A and B.

    Each class has a share in A of its own (Jeffreys' prior), against one share for all.
    """
    half_C = torch.full_like(in_a_C, 0.5)
    each = _log_beta(in_a_C + half_C, in_b_C + half_C) - _log_beta(half_C, half_C)
    counts = torch.stack([in_a_C.sum(), in_b_C.sum()])
    return float(each.sum() - torch.xlogy(counts, counts / counts.sum()).sum())


def _log_beta(a_C: Tensor, b_C: Tensor) -> Tensor:
    return torch.lgamma(a_C) + torch.lgamma(b_C) - torch.lgamma(a_C + b_C)


@torch.no_grad()
def mapped(model: Model, count: int, label: int | None = None) -> Tensor:
    """w (B, W) of `count` z, always the same: of one class, or of all of them in turn."""
    z_BZ = torch.randn(count, model.config.z_dim, generator=torch.Generator().manual_seed(0))
    classes = len(model.config.classes)
    labels_B = torch.arange(count) % classes if classes else None
    if classes and label is not None:
        labels_B = torch.full((count,), label)
    return model.G.mapping(z_BZ, labels_B)


def found(model: Model, config: SampleConfig, kind: str) -> list[str]:
    """What the directions of a KIND are called in an edit: vectors of local ones, pc1, ..., or class0, ...

    Of classes those whose mean w is nearest to the mean of the sample's own, which is left out.

    Raises:
        ConfigError: there is no such kind, or the model has no classes.
    """
    if kind == "local":
        return [edits.vector(axis_W.numpy()) for axis_W in local(model, config)]
    if kind == "global":
        return [f"pc{i + 1}" for i in range(min(LOCAL, len(editing.components(model))))]
    if kind != "class":
        raise ConfigError(f"directions are {', '.join(AMOUNTS)}; got {kind!r}")
    labels_B = latents.draw_z(model, replace(config, count=1))[1]
    if labels_B is None:
        raise ConfigError(f"{model.title} has no classes, so no directions to them")
    own = int(labels_B[0])
    far_C = (model.w_mean - model.w_mean[own]).norm(dim=1)
    return [f"class{i}" for i in far_C.argsort().tolist() if i != own][:CLASSES]


def table(
    model: Model,
    config: SampleConfig,
    ways: Sequence[str],
    amounts: Sequence[float],
    blocks: tuple[int, int | None] = (0, None),
) -> list[list[SampleConfig]]:
    """The first sample of `config` moved: a row for each direction, a column for each amount."""
    return [
        [along(model, config, Step("go", what, float(amount), *blocks)) for amount in amounts]
        for what in ways
    ]


def along(model: Model, config: SampleConfig, step: Step) -> SampleConfig:
    """`config` with one more edit; one that has become too long begins anew at the w that it led to."""
    if not step.number:
        return config
    before = edits.read(config.edit)
    text = edits.write([*before, step])
    if len(before) >= MAX_STEPS or len(text) > MAX_TEXT:
        w = editing.places(model, replace(config, count=1))[0]
        text = edits.write([Step("at", edits.vector(w.flatten().numpy())), step])
    return replace(config, edit=text)


def _middle(model: Model, config: SampleConfig) -> Tensor:
    """w (W,) of the first sample, the mean over the places where it enters."""
    w = editing.places(model, replace(config, count=1))[0][0]
    return w.reshape(-1, w.shape[-1]).mean(dim=0)
