"""What test_compatibility.py knows of the package's inside, to be pointed to where things are now.

Imports of the package stand in these functions and nowhere else in that test.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

V01 = Path(__file__).parent / "fixtures" / "v01"
ABOUT = json.loads((V01 / "about.json").read_text("utf-8"))
VISITOR = ABOUT["visitor"]

RENAMED = {  # a setting of version 0.1 -> its name now, where it has another
    "rehearsal": "warm_start",
    "rehearsal_kl": "warm_start_kl",
    "anchor": "reconstruction_weight",
}


def open_studio(data_dir: Path, weights: Path) -> Any:
    """The one door, over a data directory and a folder of bundled models."""
    from tgan_demo.studio import Studio

    return Studio(data_dir, weights_dir=weights)


def config_of(kind: str, **values: object) -> Any:
    """ModelConfig, TrainConfig or SampleConfig of plain values that may have old names."""
    from tgan_demo import config

    return config.from_dict(getattr(config, kind), values)


def read_config(kind: str, text: str) -> Any:
    """Likewise, from JSON."""
    from tgan_demo import config

    return config.from_json(getattr(config, kind), text)


def set_texts(kind: str, **texts: str) -> Any:
    """The defaults with the `key=value` texts of a command line put in."""
    from tgan_demo import config

    return config.merge(getattr(config, kind)(), texts)


def settled(**request: object) -> tuple[Any, Any]:
    """ModelConfig and TrainConfig of a request."""
    from tgan_demo.runs import plan

    return plan.settle(plan.RunRequest(**request))


def read_recipe(path: Path) -> Any:
    from tgan_demo.data import recipes

    return recipes.load_recipe(str(path))


def settings_inside(content: bytes) -> dict | None:
    """Of a PNG that was saved on the page."""
    from tgan_demo import export

    return export.read_settings(content)


def page_over(studio: Any) -> Any:
    from tgan_demo.ui.page import Page

    return Page(studio)


def dropped(page: Any, content: bytes, name: str) -> tuple[str, Any]:
    """The model and the SampleConfig that the page has after a file was dropped on it."""
    import base64

    from tgan_demo.ui.panels.play import saving

    order = {"data": base64.b64encode(content).decode(), "name": name}
    *values, said = saving.on_png(page, VISITOR, "en", "image/digits", order)
    assert name in said["text"]
    view = page.view(VISITOR, "en", *values)
    return view.model, view.config


def saved(page: Any, kind: str, model: str, config: Any) -> bytes:
    """What the page's button `kind` makes a person's browser save."""
    import base64

    from tgan_demo.ui.page import View
    from tgan_demo.ui.panels.play import saving

    order = saving.on_save(page, View(VISITOR, "en", model, config), kind)
    return base64.b64decode(order["data"])


def opened(studio: Any, query: dict[str, str]) -> Any:
    """What the page shows for a link: tab, lang, model, walk, config, notes."""
    from tgan_demo.ui import blocks, visit

    return visit.open_page(studio, query, blocks.TABS)


def walk_of(text: str) -> Any:
    from tgan_demo.ui import walks

    return walks.read(text)


def brought_clip(content: bytes) -> np.ndarray:
    """A person's film at the size that runs have, uint8 (T, H, W, 3)."""
    from tgan_demo.modalities.video import uploads as clips

    return clips.read(content, "film.webp")


def load_model(place: Path) -> Any:
    from tgan_demo.models import folder

    return folder.load_model(place)


def load_state(path: Path) -> Any:
    from tgan_demo.runs import checkpoint

    return checkpoint.load_state(path)


def drawn(model: Any, config: Any) -> np.ndarray:
    """Items of a loaded model."""
    from tgan_demo.engine.draw import sampler

    return sampler.draw(model, config)[0]


def begun(model: Any, train: Any, tokenizer: Any) -> Any:
    """A run from scratch."""
    from tgan_demo.engine.game.state import new_state

    return new_state(model, train, tokenizer)


def steps_of(state: Any, dataset: Any, steps: int | None = None) -> list[Any]:
    """The events of so many steps, or of all that the budget allows."""
    from tgan_demo.engine.game import trainer
    from tgan_demo.events import StepDone

    events = trainer.train_slice(state, dataset, steps=steps)
    return [event for event in events if isinstance(event, StepDone)]


def learned(dataset: Any, model: Any) -> Any:
    """What the engine asks about a model's tokens, with what it learns of the data."""
    from tgan_demo.modalities import registry

    return registry.tokenizer(model.modality, model.route).fit(dataset)


def kept_by(model: Any) -> Any:
    """Likewise, with what a loaded model has learned."""
    return model.tokenizer


def made(data: list) -> Any:
    """A built-in data set of [name, count], else these lines of text."""
    from tgan_demo.contract import Dataset
    from tgan_demo.data import catalogue

    if len(data) != 2:
        return Dataset("lines", np.array(data), modality="text")
    name, count = data
    return catalogue.make(name, count)


def command(*words: object) -> int:
    """`python -m tgan_demo ...` in this process."""
    from tgan_demo import __main__ as command_line

    return command_line.main([str(word) for word in words])


def sound_class() -> type:
    """The class whose `from_items` makes spectrograms, (B, 1, bands, frames), of sounds."""
    from tgan_demo.modalities import registry

    return type(registry.tokenizer("audio"))


def value(config: Any, name: str) -> object:
    """A setting by its name in version 0.1."""
    return getattr(config, RENAMED.get(name, name))


def check_settings(config: Any, values: dict[str, object]) -> None:
    for name, wanted in values.items():
        assert value(config, name) == (tuple(wanted) if isinstance(wanted, list) else wanted), name


def read(name: str) -> Any:
    return json.loads((V01 / name).read_text("utf-8"))
