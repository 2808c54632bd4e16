"""The small encoder that samples are measured with: a Transformer that tells real classes.

Its 64 numbers per sample are the features of the scores named "encoder"; its class probabilities
say whether a sample is of the class that was asked for. Trained on real training data only,
bundled as float16 beside a model. Several heads share one encoder where data have traits rather
than classes.

Axes: B batch, N samples, T heads (traits), K classes of one head, D feature channels.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tgan_demo.config import ModelConfig, from_dict
from tgan_demo.contract import Tokenizer
from tgan_demo.engine.draw.seeds import seeded
from tgan_demo.engine.game.precision import DTYPES, choose
from tgan_demo.engine.players.encoder import Encoder, EncoderBlock
from tgan_demo.engine.players.layers import Linear
from tgan_demo.errors import ConfigError, DataError, WeightsError
from tgan_demo.files.tensors import fill, read_tensors, write_tensors
from tgan_demo.modalities import registry

FILE = "encoder.safetensors"
WIDTH, DEPTH, HEADS = 64, 3, 4
CHUNK = 250  # samples a pass when reading
STEP = 0.5  # LayerScale at the start; D's 0.1 is for a game, a classifier may hurry
SHIFT = 2  # places of translation, the only augmentation
UNKNOWN = -100  # in place of a class
TIMED_STEPS = 20  # that tell how many images `seconds` are worth


@dataclass(frozen=True, slots=True)
class Targets:
    """What a classifier can learn of a data set: the classes of each head."""

    sizes: dict[str, int]  # name of a head -> its number of classes
    train_NT: np.ndarray
    test_NT: np.ndarray


class Network(nn.Module):
    """Tokens -> features (B, D) and the logits of all heads side by side."""

    def __init__(self, config: ModelConfig, tokenizer: Tokenizer, outputs: int) -> None:
        super().__init__()
        self.encoder = Encoder(
            tokenizer.tokens(config), width=config.width, depth=config.depth, heads=config.heads
        )
        for block in self.encoder.blocks:
            assert isinstance(block, EncoderBlock)
            nn.init.constant_(block.steps, STEP)
        self.head = Linear(config.width, outputs)

    def forward(self, tokens_BND: Tensor) -> tuple[Tensor, Tensor]:
        read_BD = self.encoder(tokens_BND)
        return read_BD, self.head(read_BD)


@dataclass(slots=True)
class SmallEncoder:
    """A trained encoder. `targets`: name of each head and its number of classes."""

    config: ModelConfig
    tokenizer: Tokenizer
    network: Network
    targets: dict[str, int]
    meta: dict = field(default_factory=dict)  # test_accuracy (per head), images, seconds, seed

    @property
    def widest(self) -> str:
        """The head with the most classes: of several it says most about variety."""
        return max(self.targets, key=self.targets.__getitem__)

    def features(self, items: np.ndarray) -> np.ndarray:
        """Stored items (N, ...) -> float32 (N, D)."""
        return self._read(items)[0]

    def probabilities(self, items: np.ndarray, head: str | None = None) -> np.ndarray:
        """Class probabilities of one head (the first unless named), float32 (N, K)."""
        name = head or next(iter(self.targets))
        start = 0
        for other, classes in self.targets.items():
            if other == name:
                logits_NK = torch.from_numpy(self._read(items)[1][:, start : start + classes])
                return logits_NK.softmax(dim=1).numpy()
            start += classes
        raise ConfigError(f"no head {name!r}; this encoder has {', '.join(self.targets)}")

    def accuracy(self, items: np.ndarray, targets_NT: np.ndarray) -> dict[str, float]:
        """Share of samples that each head gets right, 0..1."""
        logits = torch.from_numpy(self._read(items)[1]).split(list(self.targets.values()), dim=1)
        truth_NT = _columns(targets_NT)
        return {
            name: float((part.argmax(dim=1).numpy() == truth_NT[:, i]).mean())
            for i, (name, part) in enumerate(zip(self.targets, logits, strict=True))
        }

    @torch.inference_mode()
    def _read(self, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        colours, *sides = self.config.shape
        if items.shape[1:] != (*sides, colours):
            raise DataError(
                f"this encoder reads {self.config.modality}s of "
                f"{' x '.join(map(str, (*sides, colours)))}; got {items.shape[1:]}"
            )
        parts = [
            self.network(
                self.tokenizer.to_tokens(self.tokenizer.from_items(chunk, self.config), self.config)
            )
            for chunk in np.array_split(items, max(1, math.ceil(len(items) / CHUNK)))
        ]
        features, logits = zip(*parts, strict=True)
        return torch.cat(features).numpy(), torch.cat(logits).numpy()


def train_encoder(
    items: np.ndarray,
    targets_NT: np.ndarray,
    targets: Mapping[str, int],
    *,
    seconds: float | None = None,
    images: int | None = None,
    batch_size: int = 128,
    lr: float = 2e-3,
    precision: str = "auto",
    seed: int = 0,
    modality: str = "image",
    patch: int = 4,
) -> SmallEncoder:
    """A classifier of all heads at once, AdamW with a cosine over the budget.

    Args:
        items: uint8 (N, ..., H, W, C).
        targets_NT: class of each sample for each head, (N,) or (N, T); UNKNOWN teaches nothing.
        targets: name and number of classes of each head.
        seconds: budget, turned into images once by timing the first steps.
        images: budget, exact; the same seed then gives the same encoder on the same machine.
    """
    if seconds is None and images is None:
        raise ConfigError("train_encoder wants a budget: seconds or images")
    truth = torch.from_numpy(_columns(targets_NT).astype(np.int64))
    _check(items, truth, targets)
    medium = registry.tokenizer(modality)
    _, *sides, colours = items.shape
    config = ModelConfig(
        modality=modality,
        shape=(colours, *sides),
        patch=patch,
        width=WIDTH,
        depth=DEPTH,
        heads=HEADS,
    )
    medium.check(config)
    with seeded(seed):
        network = Network(config, medium, sum(targets.values()))
    optimizer = torch.optim.AdamW(network.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.02)
    rng = np.random.default_rng(seed)
    dtype = DTYPES[choose(precision)]
    batch_size = min(batch_size, len(items))
    steps = max(1, images // batch_size) if images is not None else 10**9
    begun = time.perf_counter()
    step, order = 0, np.empty(0, np.int64)
    while step < steps:
        if len(order) < batch_size:
            order = np.concatenate((order, rng.permutation(len(items))))
        index, order = order[:batch_size], order[batch_size:]
        rate = min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = lr * rate
        signal = medium.from_items(_shifted(items[index], rng), config)
        _, logits = network(medium.to_tokens(signal, config).to(dtype))
        parts = logits.split(list(targets.values()), dim=1)
        loss = torch.stack(
            [
                F.cross_entropy(part, truth[index, i], ignore_index=UNKNOWN, reduction="sum")
                for i, part in enumerate(parts)
            ]
        ).mean() / len(index)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        if seconds is not None and images is None and step == TIMED_STEPS:
            pace = (time.perf_counter() - begun) / step
            steps = max(step, int(seconds / pace))
    network.eval().requires_grad_(False)
    meta = {
        "images": step * batch_size,
        "seconds": round(time.perf_counter() - begun, 1),
        "seed": seed,
        "train_samples": len(items),
    }
    return SmallEncoder(config, medium, network, dict(targets), meta)


def save_encoder(encoder: SmallEncoder, folder: Path, name: str = FILE) -> None:
    """Write encoder.safetensors: float16 weights, settings inside the file."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "model": asdict(encoder.config),
        "targets": encoder.targets,
        "meta": encoder.meta,
    }
    tensors = {k: v.half() for k, v in encoder.network.state_dict().items()}
    write_tensors(folder / name, tensors, {"encoder": json.dumps(record)})


def load_encoder(folder: Path, name: str = FILE) -> SmallEncoder:
    """Raises WeightsError when the file is missing, foreign or damaged."""
    from safetensors import safe_open

    path = folder / name
    tensors = read_tensors(path)
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("encoder", "")
    try:
        record = json.loads(text)
        config = from_dict(ModelConfig, record["model"])
        targets = {str(head): int(classes) for head, classes in record["targets"].items()}
        meta = dict(record["meta"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{name} wants the settings of an encoder inside; {error}") from error
    outputs = sum(targets.values())
    if not 1 <= outputs <= 10_000 or min(targets.values()) < 1:
        raise WeightsError(f"{name} wants 1 to 10,000 classes; got {outputs}")
    medium = registry.tokenizer(config.modality)
    medium.check(config)
    network = Network(config, medium, outputs)
    fill(network, tensors, name)
    network.eval().requires_grad_(False)
    return SmallEncoder(config, medium, network, targets, meta)


def _columns(targets: np.ndarray) -> np.ndarray:
    return targets[:, None] if targets.ndim == 1 else targets


def _check(items: np.ndarray, truth_NT: Tensor, targets: Mapping[str, int]) -> None:
    if truth_NT.shape != (len(items), len(targets)):
        raise DataError(
            f"{len(items)} samples and {len(targets)} heads want classes of that shape; "
            f"got {tuple(truth_NT.shape)}"
        )
    for i, (name, classes) in enumerate(targets.items()):
        known = truth_NT[:, i][truth_NT[:, i] != UNKNOWN]
        low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
        if low < 0 or high >= classes:
            raise DataError(f"classes of {name} go from 0 to {classes - 1}; got {low} to {high}")


def _shifted(items: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each item (..., H, W, C) as a whole moved by up to SHIFT places along its last two sides; what comes
    in repeats the border.
    """
    count, *leading, height, width, channels = items.shape
    # what moves together lies side by side: (N, H, W, all else)
    flat = np.moveaxis(items.reshape(count, -1, height, width, channels), 1, 3)
    flat = flat.reshape(count, height, width, -1)
    padded = np.pad(flat, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    dy, dx = rng.integers(0, 2 * SHIFT + 1, size=(2, count))
    chosen = windows[np.arange(count), dy, dx]  # (N, all else, H, W): the window's axes come last
    moved = chosen.reshape(count, *leading, channels, height, width)
    return np.ascontiguousarray(np.moveaxis(moved, -3, -1))
