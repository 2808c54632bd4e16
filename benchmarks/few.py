"""Thirty samples and three minutes: fine-tuning of bundled models on few data, by what of G moves.

    python benchmarks/few.py [--words fsdd.npz] [--adapt all mapping ...] [--only faces] [--out few.json]

Seconds are of one thread's processor time, so that what else the machine does does not count. Each minute
500 samples of G's average are measured in 64 principal components of other real samples: Fréchet distance to
held-out ones, over that at the start; diversity over real ones'; distance to the nearest training sample, over
what held-out ones have (well under 1 is copying). Recorded words come from a file with `audio` (--words);
without it that pair is left out. What is known in --out is not measured again; beside it, a picture for each:
training samples, then samples at the start and after each minute.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.config import ADAPTS
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState
from tgan_demo.events import StepDone
from tgan_demo.measure import features, manifold
from tgan_demo.measure.frechet import frechet_between
from tgan_demo.modalities import registry
from tgan_demo.modalities.image.makers import paint
from tgan_demo.models.folder import load_model
from tgan_demo.runs import plan
from tgan_demo.runs.request import RunRequest

ROOT = Path(__file__).resolve().parent.parent
FEW, MANY, MINUTES, SHOWN = 30, 500, 3, 10
WIDTH, HEIGHT = 400, 200  # of a part of the picture
SEEN = ("all", "mapping")
PAGE = """# Thirty samples and three minutes

Fine-tuning of a bundled model on 30 samples, with the preset "fine-tune". In each cell: Fréchet distance to
held-out data over that before; diversity over that of real data; distance of the samples to the nearest
training sample, over what held-out data have (well under 1 is copying). Minutes are of one core.

| data | trained part of G | before | {minutes} |
|{lines}
{rows}

![Samples](few.png)

From left to right: faces, shapes, digits, words. Above all of G is trained, below the mapping. In each, the
first row is training data, then samples of ten seeds before and after each minute. The figures flatter: seen,
faces are faces only where all of G is trained (with the mapping alone they keep the old model's glasses), and
they are speckled. The same holds of shapes. Digits take the lean and the thick pen either way: with all of G
some lose their shape, with the mapping alone they have specks. So all of G is trained unless one chooses
otherwise.

Faces, shapes and digits are painted by this project's own code, the digits with a lean and a thick pen, as one
person would write; the words are recordings of spoken digits (Free Spoken Digit Dataset, CC BY-SA 4.0), which
the drums have never heard. Made by `python benchmarks/few.py --words fsdd.npz` and then `--write`, from the
avatars and drums of 2026-11-29, which have been trained on since.
"""
PAIRS = {  # name -> model, what it is fine-tuned on
    "faces": ("image/avatars", "painted faces"),
    "shapes": ("image/avatars", "coloured shapes"),
    "digits": ("image/digits", "digits of one hand"),
    "words": ("audio/drums", "recorded words"),
}


def data(name: str, words: Path | None) -> tuple[Dataset, Dataset]:
    """Few samples to train on, and twice MANY others."""
    if name == "words":
        assert words is not None
        with np.load(words) as file:
            audio = file["audio"][np.random.default_rng(0).permutation(len(file["audio"]))]
        parts, modality = (audio[:FEW], audio[FEW : FEW + 2 * MANY]), "audio"
    else:
        parts, modality = (paint(name, FEW, 1)[0], paint(name, 2 * MANY, 2)[0]), "image"
        if name == "digits":
            parts = tuple(np.stack([in_one_hand(item) for item in part]) for part in parts)
    few, others = (Dataset(name, part, modality=modality) for part in parts)
    return few, others


def in_one_hand(digit: np.ndarray) -> np.ndarray:
    """Our painter's digit as somebody would write it who leans far over and holds a thick pen."""
    picture = Image.fromarray(digit[..., 0]).filter(ImageFilter.MaxFilter(3))
    lean = 0.45
    sheared = picture.transform(
        picture.size,
        Image.Transform.AFFINE,
        (1, lean, -lean * 14, 0, 1, 0),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(sheared)[..., None]


class Measured:
    """Distances of samples to held-out ones."""

    def __init__(self, model: Model, few: Dataset, others: Dataset) -> None:
        part = registry.get(few.modality)
        fitted = [
            part.plan.fit_dataset(d, model.config, model.tokenizer, []) for d in (few, others)
        ]
        self.see = part.measure.see
        few_items, other_items = (self.see(d.items) for d in fitted)
        self.pca = features.fit(other_items[MANY:])
        self.train, self.held = self.pca.apply(few_items), self.pca.apply(other_items[:MANY])

    def __call__(self, items: np.ndarray) -> dict[str, float]:
        made = self.pca.apply(self.see(items))
        return {
            "frechet": frechet_between(made, self.held),
            "diversity": manifold.diversity(made) / manifold.diversity(self.held),
            "nearest": manifold.copying_ratio(made, self.held, self.train),
        }


@torch.no_grad()
def draw(state: TrainState) -> np.ndarray:
    z_NZ = noise(list(range(MANY)), state.model.z_dim)
    labels_N = None
    if state.model.classes:
        rng = np.random.default_rng(0)
        labels_N = torch.from_numpy(rng.integers(len(state.model.classes), size=MANY))
    made = []
    for start in range(0, MANY, 100):
        part = slice(start, start + 100)
        tokens = state.ema(z_NZ[part], None if labels_N is None else labels_N[part])
        made.append(state.tokenizer.to_items(state.tokenizer.to_signal(tokens, state.model)))
    return np.concatenate(made)


def run(name: str, adapt: str, settings: dict, words: Path | None, sheets: Path) -> list[dict]:
    """What is measured at the start and after each minute."""
    model = load_model(ROOT / "weights" / PAIRS[name][0])
    few, others = data(name, words)
    request = RunRequest(
        start=model.id,
        preset="fine-tune",
        train_settings={"seed": 1, "adapt": adapt, **settings},
        budget=1e6,
        unit="images",
    )
    state, planned = plan.begin(request, few, model)
    measure = Measured(model, few, others)
    rows, seconds, strips = [], 0.0, [planned.dataset.items[:SHOWN]]
    while True:
        items = draw(state)
        rows.append(
            {"seconds": round(seconds), "nimg": state.nimg - state.start_nimg, **measure(items)}
        )
        strips.append(items[:SHOWN])
        print(name, adapt, {k: round(v, 3) for k, v in rows[-1].items()}, flush=True)
        if len(rows) > MINUTES:
            break
        begun = time.process_time()
        for event in trainer.train_slice(state, planned.dataset):
            assert isinstance(event, StepDone), event
            spent = seconds + time.process_time() - begun
            left = MINUTES * 60 - spent
            state.train = replace(  # schedules run over the three minutes
                state.train, images=int((state.nimg - state.start_nimg) * (1 + left / spent)) + 1000
            )
            if spent >= 60 * len(rows):
                seconds = spent
                break
    seen = [registry.get(few.modality).measure.see(strip) for strip in strips]
    rows_of = [np.concatenate(list(strip), axis=1) for strip in seen]
    picture = np.concatenate(rows_of).squeeze()
    Image.fromarray(picture).save(sheets / f"few-{name}-{adapt.replace(' ', '-')}.png")
    return rows


def write(known: dict[str, list[dict]], sheets: Path) -> None:
    """The table of docs/, and its picture: a column for each pair, a row for each of SEEN."""
    rows = []
    pairs = [(name, adapt) for name in PAIRS for adapt in ADAPTS if f"{name}/{adapt}" in known]
    for name, adapt in pairs:
        found = known[f"{name}/{adapt}"]
        model, what = PAIRS[name]
        cells = " | ".join(
            f"{row['frechet'] / found[0]['frechet']:.2f} · {row['diversity']:.2f} · {row['nearest']:.2f}"
            for row in found
        )
        rows.append(f"| {what} on `{model}` | {adapt} | {cells} |")
    whole = Image.new("RGB", (len(PAIRS) * (WIDTH + 8) - 8, len(SEEN) * (HEIGHT + 8) - 8), "white")
    for column, name in enumerate(PAIRS):
        for line, adapt in enumerate(SEEN):
            sheet = sheets / f"few-{name}-{adapt}.png"
            if sheet.is_file():
                with Image.open(sheet) as picture:
                    small = picture.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
                    whole.paste(small, (column * (WIDTH + 8), line * (HEIGHT + 8)))
    small = whole.quantize(256, dither=Image.Dither.NONE)  # a third of the bytes
    small.save(ROOT / "docs" / "few.png", optimize=True)
    minutes = " | ".join(f"after {n} min" for n in range(1, MINUTES + 1))
    text = PAGE.format(minutes=minutes, lines="---|" * (MINUTES + 3), rows="\n".join(rows))
    (ROOT / "docs" / "few.md").write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--words", type=Path)
    parser.add_argument("--adapt", nargs="*", choices=ADAPTS, default=list(ADAPTS))
    parser.add_argument("--only", nargs="*", choices=list(PAIRS), default=list(PAIRS))
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--write", action="store_true", help="docs/few.md and few.png from --out")
    parser.add_argument("--out", type=Path, default=Path("few.json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(asked.out.read_text()) if asked.out.is_file() else {}
    settings = dict(pair.split("=", 1) for pair in asked.set)
    if asked.write:
        write(known, asked.out.parent)
        return
    for name in asked.only:
        for adapt in asked.adapt:
            key = "/".join([name, adapt, *asked.set])
            if key not in known and (name != "words" or asked.words):
                known[key] = run(name, adapt, settings, asked.words, asked.out.parent)
                asked.out.write_text(json.dumps(known, indent=1))


if __name__ == "__main__":
    main()
