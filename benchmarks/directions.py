"""A direction from twenty labelled samples: does it move its attribute, and leave the rest alone?

    python benchmarks/directions.py [--draws 3] [--judge JUDGE.safetensors] [--only digits|faces]

Thickness (image/digits): of the twenty samples of seeds that follow each other, the ten with most ink over the
mean of their class are group A, the others B. Ink is mean brightness, 0..1. Each of 100 other samples goes
from -1 to +1 in four steps.
Glasses (image/faces): A are the first ten seeds that clearly have glasses, B the first ten that clearly have
none (9 to 1). Each of 100 other samples goes from 0 to 1 in four steps: those without glasses on, those with
them off. Who wears glasses and how a face feels is said by a small convolutional network that learns from
10,000 painted faces here (three minutes of a core; kept in --judge): image/faces has no classifier.

Monotone: no step takes the attribute back (of glasses: their probability by more than .03). Class changed:
at any step the classifier sees another digit, or another mood, than in the sample as it was. Each row is the
mean of --draws sets of twenty.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import directions, latents, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.files.tensors import read_tensors, write_tensors
from tgan_demo.measure.encoder import load_encoder
from tgan_demo.modalities.image.makers import paint
from tgan_demo.models.folder import load_model
from tgan_demo.shipped import WEIGHTS

OUT = Path(__file__).with_suffix(".json")
TESTED = range(5000, 5100)
POOL = 400  # seeds from 0 on, that labelled samples are taken from
STEPS, MOODS = 4, 4
LEARNS, ASKED, EPOCHS, BATCH = 10_000, 1_000, 8, 100

See = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # items -> attribute (N,), class (N,)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--judge", type=Path)
    parser.add_argument("--only", choices=("digits", "faces"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = json.loads(OUT.read_text()) if OUT.is_file() else {}
    for name in ("digits", "faces"):
        if args.only in (None, name):
            model = load_model(WEIGHTS / "image" / name)
            see, told = ink() if name == "digits" else glasses(args.judge)
            found[name] = {"judge": told, "rows": measure(name, model, see, args.draws)}
            OUT.write_text(json.dumps(found, indent=1) + "\n")


def measure(name: str, model: Model, see: See, draws: int) -> list[dict]:
    w_BW, _ = drawn(model, TESTED)
    attribute, classes = see(sampler.synthesise(model, w_BW, list(TESTED)))
    begin = 0 if name == "faces" else -1
    side = np.where(attribute > 0.5, -1, 1) if name == "faces" else np.ones(len(TESTED))
    slack = 0.03 if name == "faces" else 0
    sets = labelled(name, model, see, draws)
    ways = {
        "chosen": lambda a, b: directions.between(model, configs(a), configs(b)),
        "plain difference of means": lambda a, b: (
            drawn(model, a)[0].mean(dim=0) - drawn(model, b)[0].mean(dim=0)
        ),
        "ridge": lambda a, b: ridge(model, drawn(model, a)[0], drawn(model, b)[0]),
    }
    last = model.G.entries - 1
    rows = []
    for first in (directions.late(model)[0], 0, last - 1):
        for way, make in ways.items():
            figures = []
            for a, b in sets:
                seen = [
                    see(items)
                    for items in moved(model, w_BW, make(a, b), side, begin, (first, last))
                ]
                course = np.array([one for one, _ in seen]) * side
                changed = np.array([one for _, one in seen]) != classes
                figures.append(
                    [
                        (np.diff(course, axis=0) >= -slack).all(axis=0).mean(),
                        changed.any(axis=0).mean(),
                        (course[-1] - course[0]).mean(),
                    ]
                )
            monotone, changed, effect = np.mean(figures, axis=0)
            worst = np.min(figures, axis=0)[0], np.max(figures, axis=0)[1]
            row = {
                "places": [first, last],
                "direction": way,
                "monotone": round(float(monotone), 3),
                "class_changed": round(float(changed), 3),
                "worst": [round(float(one), 3) for one in worst],
                "effect": round(float(effect), 3),
            }
            print(name, row, flush=True)
            rows.append(row)
    return rows


def moved(
    model: Model,
    w_BW: Tensor,
    way_W: Tensor,
    side_B: np.ndarray,
    begin: int,
    places: tuple[int, int],
) -> list[np.ndarray]:
    """The samples at each amount from `begin` to 1."""
    out = []
    for amount in np.linspace(begin, 1, STEPS + 1):
        w_BLW = w_BW[:, None].repeat(1, model.G.entries, 1)
        by_B11 = torch.from_numpy(side_B * amount).float()[:, None, None]
        w_BLW[:, places[0] : places[1] + 1] += by_B11 * way_W
        out.append(sampler.synthesise(model, w_BLW, list(TESTED)))
    return out


def labelled(name: str, model: Model, see: See, draws: int) -> list[tuple[list[int], list[int]]]:
    """Seeds of group A and of group B, `draws` times, none twice."""
    w_BW, labels_B = drawn(model, range(POOL))
    attribute, _ = see(sampler.synthesise(model, w_BW, list(range(POOL))))
    if name == "faces":
        wears, lacks = np.flatnonzero(attribute > 0.9), np.flatnonzero(attribute < 0.1)
        cuts = [slice(10 * k, 10 * k + 10) for k in range(draws)]
        return [(wears[cut].tolist(), lacks[cut].tolist()) for cut in cuts]
    for label in np.unique(labels_B):
        attribute[labels_B == label] -= attribute[labels_B == label].mean()
    orders = [np.argsort(attribute[20 * k : 20 * k + 20]) + 20 * k for k in range(draws)]
    return [(order[10:].tolist(), order[:10].tolist()) for order in orders]


def configs(seeds: list[int] | range) -> list[SampleConfig]:
    return [SampleConfig(seed=seed, count=1) for seed in seeds]


@torch.inference_mode()
def drawn(model: Model, seeds: list[int] | range) -> tuple[Tensor, np.ndarray]:
    """w (B, W) and classes (B,)."""
    pairs = [latents.draw_z(model, config) for config in configs(seeds)]
    z_BZ, labels_B = (torch.cat([pair[i] for pair in pairs]) for i in (0, 1))
    return model.G.mapping(z_BZ, labels_B), labels_B.numpy()


def ridge(model: Model, a_BW: Tensor, b_BW: Tensor) -> Tensor:
    """Linear discriminant with w's covariance, its mean variance added to each axis."""
    way_W = a_BW.mean(dim=0) - b_BW.mean(dim=0)
    cov_WW = torch.cov(directions.mapped(model, directions.MAPPED).T)
    mean = cov_WW.trace() / len(way_W)
    found_W = torch.linalg.solve(cov_WW + mean * torch.eye(len(way_W)), way_W)
    found_W = found_W / found_W.norm()
    return found_W * (found_W @ way_W)


# --- who sees


def ink() -> tuple[See, dict]:
    encoder = load_encoder(WEIGHTS / "image" / "digits")

    def see(items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        brightness = items.reshape(len(items), -1).mean(axis=1) / 255
        return brightness, encoder.probabilities(items).argmax(axis=1)

    return see, encoder.meta["test_accuracy"]


def glasses(kept: Path | None) -> tuple[See, dict]:
    """Of faces of 64 x 64, halved."""
    network = judge()
    if kept is not None and kept.is_file():
        network.load_state_dict(read_tensors(kept))
    else:
        learn(network)
        if kept is not None:
            write_tensors(kept, network.state_dict(), {})
    network.eval()

    @torch.inference_mode()
    def see(items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = network(F.avg_pool2d(signal(items), items.shape[1] // 32))
        wears = logits[:, MOODS:].softmax(dim=1)[:, 1]
        return wears.numpy(), logits[:, :MOODS].argmax(dim=1).numpy()

    items, labels = paint("faces64", ASKED, seed=9)
    wears, moods = see(items)
    right = {"mood": (moods == labels // 2).mean(), "glasses": ((wears > 0.5) == labels % 2).mean()}
    return see, {name: round(float(share), 4) for name, share in right.items()}


def signal(items: np.ndarray) -> Tensor:
    return torch.from_numpy(items).permute(0, 3, 1, 2).float() / 127.5 - 1


def judge() -> nn.Sequential:
    """Pictures of 32 x 32 in colour -> logits of the moods, then of no glasses and of glasses."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for before, after in ((3, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(2048, MOODS + 2))


def learn(network: nn.Sequential) -> None:
    items, labels = paint("faces", LEARNS)
    x, y = signal(items), torch.from_numpy(labels)
    adam = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.02)
    pace = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=EPOCHS * LEARNS // BATCH)
    network.train()
    for _ in range(EPOCHS):
        for pick in torch.randperm(LEARNS).split(BATCH):
            logits = network(x[pick])
            loss = F.cross_entropy(logits[:, :MOODS], y[pick] // 2)
            loss = loss + F.cross_entropy(logits[:, MOODS:], y[pick] % 2)
            adam.zero_grad()
            loss.backward()
            adam.step()
            pace.step()


if __name__ == "__main__":
    main()
