"""Model folders on their way in and out: what a run leaves, the zip for download, the upload.

An upload is never trusted: sizes are bounded before anything is read, names inside a zip are matched
with ours and never used as paths, settings pass through the configs' checks, nothing is unpickled.
"""

import contextlib
import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig, from_dict
from tgan_demo.contract import Dataset
from tgan_demo.data import archive
from tgan_demo.data.limits import Refusal
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import temperature_of
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.errors import DataError, TganError, WeightsError
from tgan_demo.files import tensors as tensor_file
from tgan_demo.files.disk import (
    MIB,
    clean_title,
    file_name,
    megabytes,
    read_json,
    write_atomic,
)
from tgan_demo.legacy import tensor_name
from tgan_demo.modalities import registry
from tgan_demo.models.folder import CARD, NEEDED, files_of, load_model, save_trained

TAKEN = (*NEEDED, CARD)  # of what somebody brings; all else is made anew
MAX_BYTES = 100 * MIB  # of an uploaded file, packed or not
MAX_HEADER = 2 * MIB
MAX_TENSORS = 4096
MAX_CARD = 20_000  # characters
MAX_CLASS = 120  # characters of a class's name
WANTED = "wanted: model.safetensors saved by this studio, or the zip it offers for download"
MAX_SCORES = 24_000_000  # of all layers and heads: what Inside sends to a page
DTYPES = {"F16", "BF16", "F32", "U8"}


def write_model(
    folder: Path, state: TrainState, dataset: Dataset, *, title: str, start: str
) -> None:
    """A whole model folder of a run: weights, settings, card, sheet of unpicked samples."""
    data = {"name": dataset.name, "licence": dataset.licence, "source": dataset.source}
    save_trained(folder, state, title=title, data=data)
    began = "from scratch" if start == "scratch" else f"from the model {start}"
    train = state.train
    card = (
        f"# {title}\n\nTrained {began} on {dataset.name or 'a data set'} "
        f"(licence: {dataset.licence or 'not given'}; source: {dataset.source or 'not given'}).\n\n"
        f"{state.nimg:,} samples seen, {state.seconds:,.0f} s of training in this run, loss {train.loss}, "
        f"batch {train.batch_size}, seed {train.seed}. The sheet shows the first seeds, not picked.\n"
    )
    write_atomic(folder / "card.md", card.encode())
    _write_sheet(folder)


def pack(folder: Path, into: Path) -> Path:
    """`into/<title>.zip` with the files of a model folder."""
    path = into / f"{file_name(str(read_json(folder / 'config.json').get('title')))}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as zipped:
        for file in files_of(folder):
            zipped.write(file, file.name)
    return path


def check_size(path: Path) -> int:
    """Bytes of an upload; more than its unpacked model needs is refused before it is read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise WeightsError(f"the file has not arrived; {WANTED}") from error
    if size > MAX_BYTES:
        raise WeightsError(
            f"the file has {megabytes(size)}, at most {megabytes(MAX_BYTES)}; {WANTED}"
        )
    return size


def unpack(path: Path, folder: Path, title: str = "") -> None:
    """An uploaded zip or safetensors file -> a checked model folder."""
    check_size(path)
    if archive.is_zip(path):
        _unzip(path, folder)
    else:
        _check_header(path)
        shutil.copyfile(path, folder / "model.safetensors")
        _settings_beside(path, folder)
    _check_model(folder, title or path.stem)


def adopt(source: Path, folder: Path, title: str = "") -> None:
    """A model folder from elsewhere (the Hub) -> a checked one."""
    for name in TAKEN:
        if (source / name).is_file():
            check_size(source / name)
            shutil.copyfile(source / name, folder / name)
    _check_model(folder, title or source.name)


def _unzip(path: Path, folder: Path) -> None:
    """The files we know out of a zip, by name, each bounded; everything else stays in it."""
    found = set()
    try:
        for label, content in archive.members(path, wanted=TAKEN, most_bytes=MAX_BYTES):
            name = archive.base_name(label)
            if isinstance(content, Refusal):
                raise WeightsError(f"{name} in the zip: {content.reason}; {WANTED}")
            if name in found:
                raise WeightsError(f"the zip has {name} twice: one model a zip, please")
            found.add(name)
            (folder / name).write_bytes(content)
    except DataError as error:
        raise WeightsError(f"{error}; {WANTED}") from error
    if not set(NEEDED) <= found:
        raise WeightsError(f"the zip lacks {' or '.join(NEEDED)}; {WANTED}")


def _settings_beside(path: Path, folder: Path) -> None:
    """config.json of a bare safetensors file, from its metadata or from the folder it came in."""
    with _opened(path) as file:
        text = (file.metadata() or {}).get("config")
    if text is not None and len(text) < tensor_file.CONFIG_BYTES:
        (folder / "config.json").write_text(text, "utf-8")
        return
    beside = path.with_name("config.json")
    if not beside.is_file() or beside.stat().st_size > tensor_file.CONFIG_BYTES:
        raise WeightsError(
            "a safetensors file alone does not say how its networks are built; upload the zip that "
            "Download gave (model.safetensors and config.json in one)"
        )
    (folder / "config.json").write_bytes(beside.read_bytes())


def _check_model(folder: Path, title: str) -> None:
    """Prove that a folder is one of our models, write its settings anew and draw its sheet."""
    meta = tensor_file.read_json(folder / "config.json")
    shapes = _check_header(folder / "model.safetensors")
    if not isinstance(meta.get("model"), dict):
        raise WeightsError(f"config.json has no settings under 'model'; {WANTED}")
    try:
        model = from_dict(ModelConfig, meta["model"])
        train = asdict(from_dict(TrainConfig, _object(meta, "train")))
        tokenizer = registry.tokenizer(model.modality, model.route)
        tokenizer.check(model)
        scores = tokenizer.tokens(model).count ** 2 * model.heads * model.depth
        if scores > MAX_SCORES:
            raise WeightsError(f"{scores:,} attention scores a picture are more than we can show")
    except TganError as error:
        raise WeightsError(f"config.json does not fit this studio: {error}") from error
    _check_shapes(model, tokenizer, shapes)
    data = _object(meta, "data")
    clean = {
        "id": "mine",
        "title": clean_title(meta.get("title") or title),
        "train": train,
        "data": {
            key: clean_title(data.get(key, ""), "not given")
            for key in ("name", "licence", "source")
        },
        "temperature": temperature_of(meta),
        "nimg": _number(meta, "nimg"),
        "seconds": _number(meta, "seconds"),
        "scores": {},  # numbers that nobody here measured are not shown
        "model": asdict(replace(model, classes=_clean_classes(model.classes))),
    }
    (folder / "config.json").write_text(json.dumps(clean, ensure_ascii=False), "utf-8")
    card = folder / "card.md"
    text = card.read_bytes().decode("utf-8", "replace")[:MAX_CARD] if card.is_file() else ""
    card.write_text(text or f"# {clean['title']}\n\nUploaded.\n", "utf-8")
    _write_sheet(folder)  # loads the weights: every one there, every one finite


def _check_shapes(model: ModelConfig, tokenizer, shapes: dict[str, tuple[int, ...]]) -> None:
    """Compare with what the settings ask for before any network is given memory."""
    spec = tokenizer.tokens(model)
    with torch.device("meta"):
        nets = {"g": Generator(model, spec), "d": Discriminator(model, spec)}
        if any(name.startswith("encoder.") for name in shapes):
            nets["encoder"] = VaeEncoder(model, spec)
    for prefix, net in nets.items():
        for key, value in net.state_dict().items():
            came = shapes.get(f"{prefix}.{key}")
            if came != tuple(value.shape):
                raise WeightsError(
                    f"the weights do not fit the settings: {prefix}.{key} should have shape "
                    f"{tuple(value.shape)}, {'it is missing' if came is None else f'got {came}'}; {WANTED}"
                )


def _check_header(path: Path) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a safetensors file, none of them read."""
    with _opened(path) as file:
        names = list(file.keys())
        if not 1 <= len(names) <= MAX_TENSORS:
            raise WeightsError(
                f"the file holds {len(names)} tensors, wanted 1 to {MAX_TENSORS}; {WANTED}"
            )
        shapes = {}
        for name in names:
            tensor = file.get_slice(name)
            if tensor.get_dtype() not in DTYPES:
                raise WeightsError(f"{name[:60]!r} is no float tensor; {WANTED}")
            shapes[tensor_name(name)] = tuple(tensor.get_shape())
    return shapes


@contextlib.contextmanager
def _opened(path: Path) -> Iterator:
    """A safetensors file whose header is bounded; the library holds what it lists against its length."""
    if not path.is_file() or path.stat().st_size < 16:
        raise WeightsError(f"this is no model file; {WANTED}")
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if length > MAX_HEADER:
        raise WeightsError(
            f"this is not a safetensors file (its header would have {length:,} bytes); {WANTED}"
        )
    try:
        opened = safe_open(path, "pt")
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"this is not a whole safetensors file ({str(error)[:60]}); {WANTED}"
        ) from error
    with opened as file:
        yield file


def _write_sheet(folder: Path) -> None:
    model = load_model(folder)
    look = registry.get(model.config.modality).look
    columns, rows = look.card
    asked = SampleConfig(count=columns * rows, temperature=model.temperature)
    name, content = look.card_sheet(sampler.draw(model, asked)[0], columns)
    write_atomic(folder / name, content)


def _clean_classes(names: Sequence[str]) -> tuple[str, ...]:
    """Names fit to be shown, each another; a class that loses all of its name gets its number."""
    clean: dict[str, None] = {}
    for k, name in enumerate(names):
        parts = [clean_title(part, str(k)) for part in name[:MAX_CLASS].split(" / ")]
        said = " / ".join(parts)
        while said in clean:
            said = f"{said[:100]} ({k})"
        clean[said] = None
    return tuple(clean)


def _object(meta: dict, key: str) -> dict:
    value = meta.get(key, {})
    return value if isinstance(value, dict) else {}


def _number(meta: dict, key: str) -> float:
    value = meta.get(key, 0)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 1e15 else 0
