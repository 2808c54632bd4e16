"""The visitor's runs and models: what they are called, how to go on with them, in and out."""

from pathlib import Path
from typing import Any

from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.ui import uploads
from tgan_demo.ui.orders import download
from tgan_demo.ui.page import Page

ROWS = 60  # runs shown; older ones stay on disk


def runs_value(page: Page, visitor: str) -> dict[str, Any]:
    """What runs.js shows: runs, then models that came from elsewhere, then the disk."""
    store = page.studio.store
    runs = page.studio.jobs.runs(visitor)
    made = {row["model_id"] for row in runs}
    models = [
        {"id": info.id, "title": info.title, "data": info.data, "origin": info.origin}
        for info in page.studio.models(visitor)
        if info.own and info.id not in made
    ]
    used = store.used_bytes(visitor)
    shown = [row | {"rest": page.studio.jobs.rest_bytes(visitor, row["id"])} for row in runs[:ROWS]]
    disk = {"used": used, "quota": store.quota_bytes}
    return {"runs": shown, "models": models, "disk": disk}


def id_of(data: Any) -> str:
    """The id an event of the list names; a foreign one is refused by store and jobs."""
    value = data.get("id") if isinstance(data, dict) else None
    if not isinstance(value, str) or len(value) > 80:
        raise ConfigError("the list and the server differ; reload the page")
    return value


def rename(page: Page, visitor: str, data: Any) -> None:
    """Give a run (with its model) or a model another title."""
    item, title = id_of(data), data.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ConfigError("a title wants at least one letter")
    if item.startswith("run/"):
        page.studio.jobs.rename(visitor, item, title[:200])
    else:
        page.studio.store.model_folder(visitor, item)
        page.studio.store.rename(visitor, item, title[:200])


def delete(page: Page, visitor: str, data: Any) -> None:
    """Delete a run, or a model."""
    item = id_of(data)
    if item.startswith("run/"):
        page.studio.jobs.delete(visitor, item)
    else:
        page.studio.store.model_folder(visitor, item)
        page.studio.store.delete(visitor, item)


def drop_rest(page: Page, visitor: str, data: Any) -> None:
    """Of an ended run keep the model and the history alone."""
    page.studio.jobs.drop_rest(visitor, id_of(data))


def zipped(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """An order for bridge.js: a model as a zip."""
    store = page.studio.store
    path = store.export_model(store.known(visitor), id_of(data))
    content = path.read_bytes()
    path.unlink(missing_ok=True)
    return download(path.name, "application/zip", content)


def take_file(page: Page, visitor: str | None, path: str | None) -> str:
    """An uploaded model becomes one of the visitor's; its id."""
    if not path:
        raise ConfigError("a .zip that Download gave was wanted; nothing came")
    store = page.studio.store
    try:
        return store.import_model(store.known(visitor), Path(path), title=Path(path).stem[:60])
    finally:
        uploads.release([path])


def take_hub(page: Page, visitor: str | None, data: Any) -> str:
    """A model by its Hugging Face Hub id; goes online, because the person asked for it."""
    repo = data.get("repo") if isinstance(data, dict) else None
    if not isinstance(repo, str) or not repo.strip():
        raise NotFoundError("a Hub id looks like owner/name; nothing came")
    store = page.studio.store
    return store.import_hub(store.known(visitor), repo.strip()[:200])
