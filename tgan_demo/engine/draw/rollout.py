"""Attention rollout: the maps of all layers multiplied into one.

A layer mixes tokens by its attention and, through the residual path, keeps what a token already was.
Rollout models both as an average, `residual * I + (1 - residual) * mean over heads`, and follows the
mixing from the last layer back to the first: row i says how much of the first layer's token j is in
the last layer's token i. It ignores values and MLPs, so it is a summary, not an explanation.

Knows arrays, not networks. Source: Abnar & Zuidema 2020, arXiv:2005.00928.

Axes: L layers, H heads, N tokens (queries, then keys), M latent tokens.
"""

import numpy as np


def rollout(weights_LHNN: np.ndarray, residual: float = 0.5) -> np.ndarray:
    """One map for a whole stack of self-attention layers.

    Args:
        weights_LHNN: softmax weights, first layer first; rows sum to 1.
        residual: 0..1, the part of every layer that passes by the attention.

    Returns:
        float32 (N, N); rows sum to 1.

    Raises:
        ValueError: the array is not (L, H, N, N) with at least one layer and head.
    """
    _check(weights_LHNN, residual)
    n = weights_LHNN.shape[-1]
    eye_NN = np.eye(n)
    joint_NN = eye_NN
    for heads_HNN in weights_LHNN.astype(np.float64):
        mixed_NN = residual * eye_NN + (1 - residual) * heads_HNN.mean(0)
        joint_NN = mixed_NN @ joint_NN
    total_N1 = joint_NN.sum(1, keepdims=True)
    return (joint_NN / np.maximum(total_N1, 1e-12)).astype(np.float32)  # float16 rows drift


def _check(weights_LHNN: np.ndarray, residual: float) -> None:
    shape = weights_LHNN.shape
    if len(shape) != 4 or 0 in shape or shape[-1] != shape[-2]:
        raise ValueError(f"rollout wants weights (L, H, N, N), none empty; got {shape}")
    if not 0 <= residual <= 1:
        raise ValueError(f"residual must be 0 to 1; got {residual}")
