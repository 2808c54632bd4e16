"""A text's tokens in words, for looking inside: what each shows or writes, and which gives it away.

Axes: N tokens (of the latent route, latent tokens).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from tgan_demo.engine.draw.model import Model
from tgan_demo.modalities.text.latent import LatentText
from tgan_demo.modalities.text.tokens import Text


@torch.inference_mode()
def words(
    model: Model, item: str, signal: Tensor, label: int | None, logit: float, *, is_made: bool
) -> dict:
    """Fields of models.inside.Maps: `pieces`, `blame_N` (D's logit with each token blanked out, less
    `logit`), by the latent route `spans`, and of a user's text `said`, what its codes say.
    """
    tokenizer, config = model.tokenizer, model.config
    found: dict[str, object] = {}
    if isinstance(tokenizer, LatentText):
        spans = tuple(tokenizer.spans(item, signal))
        found |= {"pieces": tuple(_apart(spans, tokenizer.tokens(config).count)), "spans": spans}
        if not is_made:
            found["said"] = str(tokenizer.to_items(signal)[0])
    else:
        assert isinstance(tokenizer, Text)
        found["pieces"] = tuple(tokenizer.pieces(item, config))
    rows, columns, width = config.shape
    count = rows * columns
    blanked = signal.view(1, count, width) * (1 - torch.eye(count)[:, :, None])
    labels = None if label is None else torch.full((count,), label)
    logits_N = model.D(tokenizer.to_tokens(blanked.view(count, *config.shape), config), labels)
    return {**found, "blame_N": (logits_N - logit).float().numpy()}


def _apart(spans: Sequence[tuple[str, int]], count: int) -> list[str]:
    """What each latent token writes, with an ellipsis where others wrote between."""
    written: list[list[str]] = [[] for _ in range(count)]
    for shown, latent in spans:
        if shown.strip():
            written[latent].append(shown.strip())
    return [" … ".join(parts) for parts in written]
