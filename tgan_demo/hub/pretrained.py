"""A published model as PyTorch modules: `from_pretrained("owner/name")`, or from a folder."""

import tempfile
from pathlib import Path

from tgan_demo.engine.draw.model import Model
from tgan_demo.hub import fetch
from tgan_demo.models import upload
from tgan_demo.models.folder import NEEDED, SHOWN, load_model


def from_pretrained(
    name: str | Path, *, revision: str | None = None, token: str | None = None
) -> Model:
    """G, D, tokenizer and settings of a model; networks in eval mode, float32, on the CPU.

    Args:
        name: a folder that holds a model, or owner/name on the Hugging Face Hub, which is fetched anew
            at each call: safetensors only, at most fetch.MAX_MODEL_BYTES, checked before they are used.
        revision: a branch, tag or commit of the Hub.
        token: your own, for a private model. The login of this machine is not used.

    Raises:
        DataError: there is no such model, or it cannot be had.
        WeightsError: what came is no model of this studio.
    """
    folder = Path(name)
    if all((folder / needed).is_file() for needed in NEEDED):
        return load_model(folder)
    with tempfile.TemporaryDirectory() as place:
        came, checked = Path(place) / "came", Path(place) / "model"
        fetch.fetch_model(
            str(name), came, files=SHOWN, needed=NEEDED, revision=revision, token=token
        )
        checked.mkdir()
        upload.adopt(came, checked, str(name))
        return load_model(checked)
