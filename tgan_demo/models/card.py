"""The card of a bundled model: card.md for people, and its sheet of samples that nobody picked.

Writes down what evaluation.py measured; measures nothing itself.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.files import tensors as tensor_file
from tgan_demo.modalities import registry
from tgan_demo.models.folder import CARD, CONFIG, load_model
from tgan_demo.parts import Card

NAMED = 12  # classes that the card names


def write_card(folder: Path, scores: dict, *, note: str = "") -> None:
    """Write card.md, and keep scores and note in config.json, so that the two cannot disagree.

    Args:
        scores: what evaluation.evaluate returned for this folder.
        note: a paragraph of what is weak or worth knowing, from someone who looked at the sheet.
    """
    meta = tensor_file.read_json(folder / CONFIG) | {"scores": scores, "note": note.strip()}
    tensor_file.write_json(folder / CONFIG, meta)
    (folder / CARD).write_text(_card(load_model(folder), scores, note.strip()), "utf-8")


def write_scores(weights: Path, page: Path) -> None:
    """Write docs/scores.md: the tables of every model's card in `weights`, one after the other."""
    parts = [
        "# Scores of the bundled models",
        "Written by `python -m tgan_demo ship` from the models' cards; how each was trained stands there.",
    ]
    for path in sorted(weights.glob(f"*/*/{CONFIG}")):
        meta = tensor_file.read_json(path)
        if meta.get("scores"):
            parts += [f"## `{meta['id']}`", *_scores(meta["scores"])]
    page.write_text("\n\n".join(parts) + "\n", "utf-8")


def sheet(folder: Path) -> None:
    """Write the sheet beside the card: the first seeds in order; with few classes, a column is a class."""
    model = load_model(folder)
    look = registry.get(model.config.modality).look
    wide, rows = look.card
    classes, count = len(model.config.classes), wide * rows
    asked = SampleConfig(seed=0, count=count, temperature=model.temperature)
    items, _ = sampler.draw(model, asked)
    if 0 < classes <= wide:
        columns = [
            sampler.draw(model, SampleConfig(seed=0, count=count, label=c % classes))[0]
            for c in range(wide)
        ]
        # place i of the sheet is seed i still: only its class is that of the column
        items = np.stack([columns[i % wide][i] for i in range(count)])
    name, content = look.card_sheet(items, wide)
    (folder / name).write_bytes(content)


def _card(model: Model, scores: dict, note: str) -> str:
    meta, config = model.meta, model.config
    data, train = meta.get("data", {}), meta.get("train", {})
    about = registry.get(config.modality).card
    cool = (
        f"python -m tgan_demo train --recipe {model.id} --data FOLDER_OF_THE_DATA "
        "--cool-down --out FOLDER\n"
    )
    minutes = meta.get("seconds", 0) / 60
    parts = [
        f"# {model.title}",
        f"`{model.id}` makes {about.makes(model)}, {_classes(config.classes)}. Generator and "
        "discriminator are both Transformers; neither has a convolution.",
        *_samples(model, about),
        *([note] if note else []),
        "## Made from",
        _list(
            ("Data", data.get("name", "unknown")),
            ("Licence of the data", data.get("licence", "unknown")),
            ("Source", data.get("source", "unknown")),
        ),
        "## How it was trained",
        _list(
            (f"Real {about.kinds} seen", f"{meta.get('nimg', 0):,} (each counts every time)"),
            *_warm_start(train),
            ("Training time", f"{minutes:,.0f} minutes, {meta.get('threads', '?')} CPU thread(s)"),
            ("Seed", train.get("seed", "?")),
            ("Size", _size(model, about)),
            *about.facts(model),
            (
                "Loss",
                f"{train.get('loss', '?')}; R1 {train.get('r1_gamma', '?')} and R2 "
                f"{train.get('r2_gamma', '?')} by {train.get('penalty', '?')} difference",
            ),
        ),
        _weights(model),
        "## Scores",
        *_scores(scores),
        "## How to rebuild it",
        f"```\npython -m tgan_demo train --recipe {model.id} --data FOLDER_OF_THE_DATA "
        f"--images {meta.get('nimg', 0)} --out FOLDER\n"
        + (cool if train.get("lr_end", 1) < 1 else "")
        + f"python -m tgan_demo evaluate FOLDER --data FOLDER_OF_THE_DATA{_options(scores)}\n```",
        "With `--resume` the recipe goes on from these weights. Equal weights need an equal machine; "
        "equal quality does not.",
    ]
    return "\n\n".join(parts) + "\n"


def _classes(classes: Sequence[str]) -> str:
    if not classes:
        return "without classes"
    named = ", ".join(classes[:NAMED]) + (", …" if len(classes) > NAMED else "")
    return f"of {len(classes)} classes ({named})"


def _samples(model: Model, about: Card) -> list[str]:
    """The samples, and which ones they are."""
    lines = about.written(model)
    if lines:
        text = "\n".join(lines)
        return [f"```\n{text}\n```", f"Samples of seeds 0 to {len(lines) - 1}, none left out."]
    look = registry.get(model.config.modality).look
    wide, rows = look.card
    is_sorted = 0 < len(model.config.classes) <= wide
    which = f"Samples of seeds 0 to {wide * rows - 1}, none left out"
    return ["![samples](sheet.png)", which + ("; a column is a class." if is_sorted else ".")]


def _size(model: Model, about: Card) -> str:
    config, tokens = model.config, about.tokens(model)
    blocks = f"{config.depth} + {config.depth} blocks of width {config.width}, {config.heads} heads"
    return f"{blocks}, {tokens}" if tokens else blocks


def _warm_start(train: dict) -> list[tuple[str, object]]:
    count = train.get("warm_start", 0)
    if not count:
        return []
    said = f"the first {count:,}: G learned as the decoder of a VAE, before D judged it"
    return [("Warm start", said)]


def _weights(model: Model) -> str:
    kept = "The weights are the running average of G (what samples come from) and D, as float16"
    return kept + (", and the encoder of the warm start." if model.encoder is not None else ".")


def _scores(scores: dict) -> list[str]:
    parts = [
        f"{scores['n']:,} samples, seeds {scores['seed']} to {scores['seed'] + scores['n'] - 1}, "
        f"nothing truncated{_warmth(scores)}. “Real” is what real data get in place of the samples. "
        "None of these are Inception features, so none is comparable with a published FID."
    ]
    for space, rows in scores["scores"].items():
        table = [
            "| score | value | real | value / real | N | better is |",
            "|---|---|---|---|---|---|",
        ]
        for row in rows.values():
            value = _number(row["value"]) + (f" ± {_number(row['sd'])}" if "sd" in row else "")
            cells = (row["name"], value, _number(row["real"]), _number(row["ratio"]))
            table.append(f"| {' | '.join(cells)} | {row['n']:,} | {row['better']} |")
        parts += [f"In {scores['spaces'].get(space, space)}:", "\n".join(table)]
    parts += _language_model(scores)
    if scores["missing"]:
        absent = "; ".join(
            sorted({f"{row['score']} ({row['needs']})" for row in scores["missing"]})
        )
        parts.append(f"Not measured: {absent}.")
    return parts


def _warmth(scores: dict) -> str:
    return f", temperature {scores['temperature']:g}" if "temperature" in scores else ""


def _options(scores: dict) -> str:
    """What a text model's scores were asked for with."""
    if "temperature" not in scores:
        return ""
    options = f" --count {scores['n']} --temperature {scores['temperature']:g}"
    return options + (" --language-model" if "language_model" in scores else "")


def _language_model(scores: dict) -> list[str]:
    """How large the language model is that stands beside a text model."""
    about = scores.get("language_model")
    if not about:
        return []
    return [
        f"The language model has {about['weights']:,} weights; those that write a sample here are "
        f"{about['weights_of_the_model']:,}. It saw {about['texts_seen']:,} texts (each counts every "
        "time) and stopped when held-out ones got no likelier."
    ]


def _list(*rows: tuple[str, object]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in rows)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
