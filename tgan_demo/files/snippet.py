"""Words that repeat a draw: lines of Python, and a command line.

Knows settings and what a modality adds (parts.Snippet), not models.
"""

import shlex

from tgan_demo.config import SampleConfig
from tgan_demo.parts import Snippet


def as_python(model_id: str, config: SampleConfig, snippet: Snippet) -> str:
    """Lines of Python that draw the same samples and do with them what `snippet` says."""
    settings = ", ".join(f"{key}={value!r}" for key, value in _given(config, snippet).items())
    model, hint = _reachable(model_id)
    return (
        hint
        + ("from pathlib import Path\n\n" if "Path(" in snippet.use else "")
        + "from tgan_demo.config import SampleConfig\n"
        + (f"from tgan_demo.export import {snippet.names}\n" if snippet.names else "")
        + "from tgan_demo.studio import Studio\n"
        + "\n"
        + f"drawn = Studio().sample({model!r}, SampleConfig({settings}))\n"
        + snippet.use
    )


def as_command(model_id: str, config: SampleConfig, snippet: Snippet) -> str:
    """The command line that draws the same samples and saves them as their modality is saved."""
    model, hint = _reachable(model_id)
    words = ["python", "-m", "tgan_demo", "sample", model]
    for key, value in _given(config, snippet).items():
        words += ["--" + key.replace("_", "-"), str(value)]
    return hint + shlex.join([*words, "--out", snippet.out])


def _reachable(model_id: str) -> tuple[str, str]:
    """What to call the model elsewhere, and a comment line when it must be fetched first."""
    if not model_id.startswith("mine/"):
        return model_id, ""
    return "my-model", "# first download your model in the studio and unpack it to my-model\n"


def _given(config: SampleConfig, snippet: Snippet) -> dict[str, int | float | str]:
    """The settings that matter for this draw; defaults are left out, but for count and seed."""
    given: dict[str, int | float | str] = {"count": config.count, "seed": config.seed}
    if config.label is not None:
        given["label"] = config.label
    for key in ("psi", "temperature", "top_p"):
        if getattr(config, key) != 1.0:
            given[key] = getattr(config, key)
    if config.variation > 0:
        given |= {"variation": config.variation, "variation_seed": config.variation_seed}
    if config.frames and snippet.has_frames:
        given["frames"] = config.frames
    if config.edit:
        given["edit"] = config.edit
    return given
