"""A run as a command line: what another user types to have it too.

Knows requests and the record of their changes, not threads.
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from tgan_demo.config import DEFAULTS
from tgan_demo.files.disk import file_name
from tgan_demo.runs import changes, plan
from tgan_demo.runs.request import RunRequest

TOLD = 12  # changes in the comment, the newest


def line(
    request: RunRequest, *, title: str, seed: int, made: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The command line of a run; where settings were changed while it trained, with those in force now from the
    start, and in a second line, a comment, what it really did.

    Args:
        made: its changes, as record.Run keeps them.
    """
    model, data = _outside(request.start), _outside(request.data)
    words = ["python", "-m", "tgan_demo", "train", "--model", model, "--data", data]
    words += ["--preset", request.preset or DEFAULTS]
    settings = {**request.model_settings, **request.train_settings, **changes.in_force(made)}
    settings = {k: v for k, v in settings.items() if k not in ("seed", "images")}
    if settings:
        words += ["--set", *(f"{key}={plan.text(value)}" for key, value in settings.items())]
    _, train = plan.settle(request)
    images = request.wanted.fixed(train)
    words += ["--seconds", f"{request.budget:g}"] if images is None else ["--images", str(images)]
    words += ["--seed", str(seed), "--out", file_name(title)]
    return "\n".join((shlex.join(words), *_comment(made)))


def _comment(made: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if not made:
        return ()
    told = [
        f"{name} {plan.text(before)} -> {plan.text(now)} at {change['nimg']:,} samples"
        for change in made
        for name, (before, now) in change["settings"].items()
    ]
    more = f"{len(told) - TOLD} more, " if len(told) > TOLD else ""
    return (f"# changed while it trained: {more}" + "; ".join(told[-TOLD:]),)


def _outside(item_id: str) -> str:
    """What stands for an own thing on another machine: its download."""
    own = {"mine": "MY-DOWNLOADED-MODEL", "run": "MY-DOWNLOADED-MODEL", "data": "MY-DATA"}
    return own.get(item_id.partition("/")[0], item_id) if "/" in item_id else item_id
