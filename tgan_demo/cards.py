"""The papers of a bundled model: card.md for people and sheet.png, samples that nobody picked.

Reads what evaluate.py made; measures nothing itself.
"""

from pathlib import Path

import numpy as np

from tgan_demo import sheets
from tgan_demo.config import SampleConfig
from tgan_demo.engine import checkpoint, sampler
from tgan_demo.modalities.base import shown

CARD = "card.md"
SHEET = "sheet.png"
COLUMNS, ROWS = 10, 5
NAMED = 12  # classes that the card names
TEXTS = 20  # on the card of a text model


def write_card(folder: Path, scores: dict, *, note: str = "") -> None:
    """Write card.md, and keep the scores in config.json, so that the two cannot disagree.

    Args:
        scores: what evaluate.evaluate returned for this folder.
        note: a paragraph of what is weak or worth knowing, from someone who looked at the sheet.
    """
    meta = checkpoint.read_json(folder / "config.json")
    checkpoint.write_json(folder / "config.json", meta | {"scores": scores})
    (folder / CARD).write_text(_card(folder, meta, scores, note), "utf-8")


def sheet(folder: Path) -> None:
    """Write sheet.png: seeds 0 to 49 in order, ten to a row; with up to ten classes, a column is a class."""
    model = checkpoint.load_model(folder)
    classes = len(model.config.classes)
    items, _ = sampler.draw(model, SampleConfig(seed=0, count=COLUMNS * ROWS))
    if 0 < classes <= COLUMNS:
        columns = [
            sampler.draw(model, SampleConfig(seed=0, count=COLUMNS * ROWS, label=c % classes))[0]
            for c in range(COLUMNS)
        ]
        # place i of the sheet is seed i still: only its class is that of the column
        items = np.stack([columns[i % COLUMNS][i] for i in range(COLUMNS * ROWS)])
    if sheets.is_text(items):
        (folder / "sheet.json").write_bytes(sheets.text_sheet(items[:4], 2))
        return
    (folder / SHEET).write_bytes(sheets.png(sheets.sheet(items, COLUMNS)))


def _card(folder: Path, meta: dict, scores: dict, note: str) -> str:
    data, train, model = meta.get("data", {}), meta.get("train", {}), meta.get("model", {})
    is_text = model.get("modality") == "text"
    size, colours = "{1} x {2} pixels, {0}".format(*model["shape"]), model["shape"][0]
    makes = f"pictures of {size} {'colour' if colours == 1 else 'colours'}"
    if is_text:
        makes = f"texts of up to {model['shape'][0] * model['shape'][1]} tokens"
    classes = model.get("classes", ())
    named = ", ".join(classes[:NAMED]) + (", …" if len(classes) > NAMED else "")
    kind = f"of {len(classes)} classes ({named})" if classes else "without classes"
    cool = (
        f"python -m tgan_demo train --recipe {meta['id']} --data FOLDER_OF_THE_DATA "
        "--cool-down --out FOLDER\n"
    )
    minutes = meta.get("seconds", 0) / 60
    parts = [
        f"# {meta['title']}",
        f"`{meta['id']}` makes {makes}, {kind}. Generator and discriminator are both "
        "Transformers; neither has a convolution.",
        _twenty(folder) if is_text else f"![samples]({SHEET})",
        f"Samples of seeds 0 to {TEXTS - 1 if is_text else 49}, none left out"
        + ("; a column is a class." if 0 < len(classes) <= COLUMNS and not is_text else ".")
        + (f"\n\n{note.strip()}" if note.strip() else ""),
        "## Made from",
        _list(
            ("Data", data.get("name", "unknown")),
            ("Licence of the data", data.get("licence", "unknown")),
            ("Source", data.get("source", "unknown")),
        ),
        "## How it was trained",
        _list(
            ("Real pictures seen", f"{meta.get('nimg', 0):,} (each picture counts every time)"),
            *_rehearsed(train),
            ("Training time", f"{minutes:,.0f} minutes, {meta.get('threads', '?')} CPU thread(s)"),
            ("Seed", train.get("seed", "?")),
            (
                "Size",
                f"{model['depth']} + {model['depth']} blocks of width {model['width']}, "
                f"{model['heads']} heads"
                + ("" if is_text else f", patches of {model['patch']} pixels"),
            ),
            (
                "Loss",
                f"{train.get('loss', '?')}; R1 {train.get('r1_gamma', '?')} and R2 "
                f"{train.get('r2_gamma', '?')} by {train.get('penalty', '?')} difference",
            ),
        ),
        "The weights are the running average of G (what samples come from) and D, as float16.",
        "## Scores",
        *_scores(scores),
        "## How to rebuild it",
        f"```\npython -m tgan_demo train --recipe {meta['id']} --data FOLDER_OF_THE_DATA "
        f"--images {meta.get('nimg', 0)} --out FOLDER\n"
        + (cool if train.get("lr_end", 1) < 1 else "")
        + "python -m tgan_demo evaluate FOLDER --data FOLDER_OF_THE_DATA\n```",
        "The recipe goes on from where it stopped with `--resume`. Equal weights need an equal "
        "machine; equal quality does not.",
    ]
    return "\n\n".join(parts) + "\n"


def _rehearsed(train: dict) -> list[tuple[str, object]]:
    count = train.get("rehearsal", 0)
    if not count:
        return []
    said = f"the first {count:,}: G learned to repeat what a reader network had read, before D judged it"
    return [("Rehearsal", said)]


def _twenty(folder: Path) -> str:
    items, _ = sampler.draw(checkpoint.load_model(folder), SampleConfig(seed=0, count=TEXTS))
    lines = (shown(str(text)).replace("\n", " ") for text in items)
    return "```\n" + "\n".join(lines) + "\n```"


def _scores(scores: dict) -> list[str]:
    parts = [
        f"{scores['n']:,} samples, seeds {scores['seed']} to {scores['seed'] + scores['n'] - 1}, "
        "nothing truncated. “Real” is what real data get in place of the samples. "
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
    if scores["missing"]:
        absent = "; ".join(
            sorted({f"{row['score']} ({row['needs']})" for row in scores["missing"]})
        )
        parts.append(f"Not measured: {absent}.")
    return parts


def _list(*rows: tuple[str, object]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in rows)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
