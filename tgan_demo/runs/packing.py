"""What a page gets of a run's attention maps: few enough bytes to be sent every two seconds."""

import base64

import numpy as np

MAX_MAP_BYTES = 400_000  # of the attention sent to a page; above it heads are averaged


def pack_attention(weights_LHNN: np.ndarray, grid: tuple[int, ...]) -> dict[str, object]:
    """Maps for a page: uint8 in base64, (layers, heads, queries, keys), each query's largest is 255."""
    weights = weights_LHNN.astype(np.float32)
    if weights.size > MAX_MAP_BYTES:
        weights = weights.mean(1, keepdims=True)
    if weights.size > MAX_MAP_BYTES:
        weights = weights[-1:]
    scaled = weights / np.maximum(weights.max(-1, keepdims=True), 1e-12)
    packed = np.nan_to_num(scaled * 255).round().astype(np.uint8)
    layers, heads = packed.shape[:2]
    text = base64.b64encode(packed.tobytes()).decode()
    return {"grid": list(grid), "a": text, "layers": layers, "heads": heads}
