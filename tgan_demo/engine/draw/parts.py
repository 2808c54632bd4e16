"""Content and motion: the two parts of w, where a model's latent has them apart.

Axes: W mapped latent, F along a walk.
"""

import torch
from torch import Tensor

from tgan_demo.config import ModelConfig

PARTS = ("both", "content", "motion")


def cut_of(config: ModelConfig) -> int:
    """How many numbers of w are the content's; the others are the motion's."""
    return config.z_dim - config.motion


def mixed(config: ModelConfig, content_CW: Tensor, motion_MW: Tensor) -> Tensor:
    """Every content with every motion, (C x M, W), row by row."""
    cut = cut_of(config)
    content = content_CW[..., :cut].repeat_interleave(len(motion_MW), dim=0)
    motion = torch.cat([motion_MW[..., cut:]] * len(content_CW))
    return torch.cat((content, motion), dim=-1)


def held(config: ModelConfig, w_FW: Tensor, part: str) -> Tensor:
    """A walk in which only one of PARTS walks; the other stays the first frame's."""
    cut, first_FW = cut_of(config), w_FW[:1].expand_as(w_FW)
    if part == "content":
        return torch.cat((w_FW[..., :cut], first_FW[..., cut:]), dim=-1)
    if part == "motion":
        return torch.cat((first_FW[..., :cut], w_FW[..., cut:]), dim=-1)
    return w_FW
