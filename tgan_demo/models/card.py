"""The papers of a bundled model: card.md for people and sheet.png, samples that nobody picked.

Reads what evaluate.py made; measures nothing itself.
"""

from pathlib import Path

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.files import tensors as tensor_file
from tgan_demo.modalities import registry
from tgan_demo.modalities.audio.tokens import TOKEN
from tgan_demo.modalities.text.autoencoder import AutoencoderConfig
from tgan_demo.modalities.text.verse import shown
from tgan_demo.models.folder import load_model

CARD = "card.md"
SHEET = "sheet.png"
# what the cards call samples
KINDS = {"image": "pictures", "text": "texts", "audio": "sounds", "video": "clips"}
COLUMNS = 10
NAMED = 12  # classes that the card names
TEXTS = 20  # on the card of a text model


def write_card(folder: Path, scores: dict, *, note: str = "") -> None:
    """Write card.md, and keep the scores in config.json, so that the two cannot disagree.

    Args:
        scores: what evaluate.evaluate returned for this folder.
        note: a paragraph of what is weak or worth knowing, from someone who looked at the sheet.
    """
    meta = tensor_file.read_json(folder / "config.json")
    tensor_file.write_json(folder / "config.json", meta | {"scores": scores})
    (folder / CARD).write_text(_card(folder, meta, scores, note), "utf-8")


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


def _card(folder: Path, meta: dict, scores: dict, note: str) -> str:
    data, train, model = meta.get("data", {}), meta.get("train", {}), meta.get("model", {})
    medium = model.get("modality", "image")
    is_text = medium == "text"
    kinds = KINDS[medium]
    colours, *sides = model["shape"]
    size = f"{' x '.join(map(str, sides[-2:]))} pixels, {colours} colour{'s' * (colours > 1)}"
    makes = f"pictures of {size}"
    if is_text:
        makes = f"texts of up to {model['shape'][0] * model['shape'][1]} tokens"
    patch = f", patches of {model['patch']} pixels"
    if medium == "video":
        makes = f"clips of {sides[0]} frames of {size}"
        patch = (
            f", tokens of {model['tubelet']} frames of {model['patch']} x {model['patch']} pixels"
        )
    if medium == "audio":
        sound = load_model(folder).tokenizer
        makes = f"sounds of 1.024 s at {sound.rate:,} samples a second"
        patch = f", tokens of {model['patch']} frames and {TOKEN // model['patch']} bands"
    coder = None
    if model.get("route") == "latent":
        coder = load_model(folder).tokenizer.coder.config
        makes = (
            f"texts of up to {coder.length - 1} tokens; it writes through an autoencoder of "
            f"{coder.latents} codes"
        )
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
            (f"Real {kinds} seen", f"{meta.get('nimg', 0):,} (each counts every time)"),
            *_warm_start(train),
            ("Training time", f"{minutes:,.0f} minutes, {meta.get('threads', '?')} CPU thread(s)"),
            ("Seed", train.get("seed", "?")),
            (
                "Size",
                f"{model['depth']} + {model['depth']} blocks of width {model['width']}, "
                f"{model['heads']} heads" + ("" if is_text else patch),
            ),
            *_autoencoder(coder),
            *_vocoder(folder, medium),
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
        + f"python -m tgan_demo evaluate FOLDER --data FOLDER_OF_THE_DATA{_options(scores)}\n```",
        "The recipe goes on from where it stopped with `--resume`. Equal weights need an equal "
        "machine; equal quality does not.",
    ]
    return "\n\n".join(parts) + "\n"


def _warm_start(train: dict) -> list[tuple[str, object]]:
    count = train.get("warm_start", 0)
    if not count:
        return []
    said = f"the first {count:,}: G learned as the decoder of a VAE, before D judged it"
    return [("Warm start", said)]


def _vocoder(folder: Path, medium: str) -> list[tuple[str, object]]:
    voice = load_model(folder).tokenizer.vocoder if medium == "audio" else None
    if voice is None:
        return []
    plan = voice.config
    said = (
        f"{plan.depth} blocks of width {plan.width}, an inverse-STFT head; trained on {plan.clips:,} "
        "stretches of the same sounds, the last part against a discriminator, and not changed by the game"
    )
    return [("Vocoder", said)]


def _autoencoder(coder: AutoencoderConfig | None) -> list[tuple[str, object]]:
    if coder is None:
        return []
    said = (
        f"{coder.latents} codes of {coder.numbers} numbers; {coder.depth} blocks read and "
        f"{coder.depth + 1} write, width {coder.width}; trained on {coder.texts:,} texts (each counts "
        "every time) before the game, and not changed by it"
    )
    return [("Autoencoder", said)]


def _twenty(folder: Path) -> str:
    model = load_model(folder)
    items, _ = sampler.draw(model, SampleConfig(seed=0, count=TEXTS, temperature=model.temperature))
    lines = (shown(str(text)).replace("\n", " ") for text in items)
    return "```\n" + "\n".join(lines) + "\n```"


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
    parts += _weights(scores)
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


def _weights(scores: dict) -> list[str]:
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
