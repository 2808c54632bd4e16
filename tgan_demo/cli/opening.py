"""What a command line names: a model by id or folder, data by name or place, a class by name or number."""

import sys
from pathlib import Path

from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, hub_sets, recognise
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files.disk import default_dir
from tgan_demo.models.folder import load_model


def open_model(name: str) -> Model:
    """A bundled id, or a folder that `train --out` wrote."""
    from tgan_demo.studio import Studio

    folder = Path(name)
    for place in (folder, folder / "model"):
        if (place / "model.safetensors").is_file():
            return load_model(place)
    return Studio().load(name)


def open_data(name: str) -> Dataset:
    """The name of a set that we know or `hub:` and one of the Hub, a text file, or a folder, zip or npz
    of pictures, sounds or clips.
    """
    known = catalogue.built_in()
    if name in known:
        return known[name].load(default_dir() / "hub")
    if name.startswith(catalogue.HUB):
        if "/" not in name:
            catalogue.find(name)  # which names the nearest
        return hub_sets.load(
            name.removeprefix(catalogue.HUB),
            folder=default_dir() / "hub",
            progress=lambda line: print(line, file=sys.stderr, flush=True),
        )
    path = Path(name)
    if not path.exists():
        made = ", ".join(data_id for data_id, source in known.items() if source.maker)
        raise DataError(f"data is a folder, a zip, an npz, a txt or one of {made}; got {name!r}")
    upload = recognise.look_into([path])
    dataset = recognise.load(upload, name=path.stem)
    if said := recognise.folders_are(upload, dataset):
        print(said, file=sys.stderr)
    return dataset


def label_of(model: Model, text: str | None) -> int | None:
    """A class by name or by number."""
    classes = model.config.classes
    if text is None:
        return None
    if text in classes:
        return classes.index(text)
    if text.isdigit() and int(text) < len(classes):
        return int(text)
    known = ", ".join(classes) or "none"
    raise ConfigError(f"{model.title} has no class {text!r}; its classes: {known}")
