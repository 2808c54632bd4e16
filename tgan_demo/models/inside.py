"""Looking into a model: where G looked, where D looked, and one attention head in numbers.

Axes: L layers, H heads, N tokens, M keys, K channels per head.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.players.attention import Heads, Tap
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry


@dataclass(frozen=True, slots=True)
class Maps:
    """Where G looked while it painted `item`, and where D looked while it judged it."""

    # a picture, uint8 (H, W, C), a clip, uint8 (T, H, W, C), a sound, int16 (S,), or a text
    item: np.ndarray | str
    grid: tuple[int, ...]  # tokens: rows, columns; of a clip steps in time, rows, columns
    g_self: np.ndarray | None  # float32 (L, H, N, N); None for an uploaded picture
    g_cross: np.ndarray | None  # float32 (L, H, N, M); None without cross-attention
    d: np.ndarray  # float32 (L, H, 1 + N, 1 + N); token 0 is CLS
    logit: float  # D's verdict; higher is more real
    label: int | None
    pieces: tuple[str, ...] | None = None  # of a text: what each token shows, or mostly writes
    blame_N: np.ndarray | None = None  # of a text: how much realer D finds it without each token
    spans: tuple[tuple[str, int], ...] | None = None  # latent route: the text, each part's token
    said: str | None = (
        None  # latent route, a user's text: what its codes say without sampling noise
    )


@dataclass(frozen=True, slots=True)
class Formula:
    """softmax(q K^T / sqrt(K)) V of one token in one head, in numbers."""

    query: np.ndarray  # (K,)
    keys: np.ndarray  # (M, K)
    values: np.ndarray  # (M, K)
    dots: np.ndarray  # (M,) q . k
    scaled: np.ndarray  # (M,) over sqrt(K)
    weights: np.ndarray  # (M,) sums to 1
    output: np.ndarray  # (K,)
    scale: float  # 1 / sqrt(K)


def attention(model: Model, config: SampleConfig) -> Maps:
    """Of the first seed: G painting it, D judging what G painted."""
    tap_g, signal, label = _paint(model, config)
    item = _write(model, signal, config)
    signal = signal if model.tokenizer.encodes else _read(model, item)
    tap_d, logit = _judge(model, signal, label)
    return Maps(
        item=item,
        grid=grid_of(model),
        g_self=_weights(tap_g.self_),
        g_cross=_weights(tap_g.cross) if tap_g.cross else None,
        d=_weights(tap_d.self_),
        logit=logit,
        label=label,
        **_words(model, item, signal, label, logit),
    )


def logit(model: Model, config: SampleConfig, *, has_class: bool = True) -> float:
    """D's logit of what G makes of the first seed, as `attention` has it; or without the class."""
    _, signal, label = _paint(model, config)
    signal = signal if model.tokenizer.encodes else _read(model, _write(model, signal, config))
    return _judge(model, signal, label if has_class else None)[1]


def judge(model: Model, item: np.ndarray | str, label: int | None = None) -> Maps:
    """D's verdict on any picture or clip of the model's shape, or any text."""
    check_label(model, label)
    item = registry.get(model.config.modality).bring.check(model, item)
    signal = _read(model, item)
    tap, logit = _judge(model, signal, label)
    words = _words(model, item, signal, label, logit, is_made=False)
    return Maps(item, grid_of(model), None, None, _weights(tap.self_), logit, label, **words)


def formula(
    model: Model,
    source: SampleConfig | np.ndarray | str,
    *,
    net: str = "g",
    kind: str = "self",
    layer: int = 0,
    head: int = 0,
    token: int = 0,
    label: int | None = None,
) -> Formula:
    """The attention formula of one token with its real numbers.

    Args:
        source: a seed (G, or D judging G's picture) or an item of the model's shape (D only).
        net: "g" or "d".
        kind: "self", or "cross" for G reading its latent tokens.
        token: query; for D token 0 is CLS.
        label: class of an item; a seed brings its own.
    """
    if isinstance(source, SampleConfig):
        tap_g, signal, label = _paint(model, source)
        if net == "d" and not model.tokenizer.encodes:
            signal = _read(model, _write(model, signal, source))
    else:
        check_label(model, label)
        tap_g, signal = None, _read(model, source)
    tap = tap_g if net == "g" else _judge(model, signal, label)[0]
    if tap is None:
        raise ConfigError("G did not paint this picture; ask for net='d', or give a seed")
    layers = tap.cross if kind == "cross" else tap.self_
    if not layers:
        raise ConfigError(f"this model has no {kind}-attention there")
    record = layers[_within(layer, len(layers))]
    head = _within(head, record.query_BHNK.shape[1])
    token = _within(token, record.query_BHNK.shape[2])
    query, keys = record.query_BHNK[0, head, token], record.key_BHMK[0, head]
    values, weights = record.value_BHMK[0, head], record.weights_BHNM[0, head, token]
    scale = query.shape[0] ** -0.5
    dots = keys @ query
    numbers = (query, keys, values, dots, dots * scale, weights, weights @ values)
    return Formula(*(n.float().numpy() for n in numbers), scale=scale)


def check_label(model: Model, label: int | None) -> None:
    classes = model.config.classes
    if label is None:
        return
    if not classes:
        raise ConfigError(f"{model.title} has no classes; leave the class out")
    if not 0 <= label < len(classes):
        raise ConfigError(
            f"{model.title} has classes 0 to {len(classes) - 1} ({', '.join(classes)}); got {label}"
        )


def grid_of(model: Model) -> tuple[int, ...]:
    return model.tokenizer.tokens(model.config).grid


def _words(
    model: Model,
    item: np.ndarray | str,
    signal: Tensor,
    label: int | None,
    logit: float,
    *,
    is_made: bool = True,
) -> dict:
    """What the tokens say in words, of modalities that have words for them (a part `reading`)."""
    modality = registry.get(model.config.modality)
    if not modality.has("reading"):
        return {}
    return modality.reading.words(model, item, signal, label, logit, is_made=is_made)


@torch.inference_mode()
def _paint(model: Model, config: SampleConfig) -> tuple[Tap, Tensor, int | None]:
    check_label(model, config.label)
    tap = Tap()
    w_1W, labels_1 = editing.places(model, replace(config, count=1))
    model.G.synthesise(
        w_1W, tap=tap
    )  # beside what Play draws, for its last bits are those of one row
    signal = sampler.signal_of(
        model, w_1W, torch.tensor([config.seed]), temperature=config.temperature
    )
    return tap, signal, None if labels_1 is None else int(labels_1[0])


def _write(model: Model, signal: Tensor, config: SampleConfig) -> np.ndarray | str:
    """The item that Play shows of this signal."""
    item = model.tokenizer.to_items(
        signal,
        noise_seed_B=torch.tensor([config.seed]),
        temperature=config.temperature,
        top_p=config.top_p,
    )[0]
    return item if np.ndim(item) else item.item()  # a text stands in a numpy scalar


def _read(model: Model, item: np.ndarray | str) -> Tensor:
    return model.tokenizer.from_items(np.array(item)[None], model.config)


@torch.inference_mode()
def _judge(model: Model, signal: Tensor, label: int | None) -> tuple[Tap, float]:
    tap = Tap()
    logits = model.judge(signal, None if label is None else torch.tensor([label]), tap=tap)
    return tap, float(logits[0])


def _weights(layers: list[Heads]) -> np.ndarray:
    return torch.stack([heads.weights_BHNM[0] for heads in layers]).float().numpy()


def _within(index: int, size: int) -> int:
    return min(max(int(index), 0), size - 1)
