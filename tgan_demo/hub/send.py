"""Files into a repository on the Hugging Face Hub: a new one, private unless told, or one that is ours.

The token is the sender's own, handed in by whoever calls: never the login of the machine, never kept,
logged or named in an error. One commit holds all; nothing is written over that is not of this studio.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tgan_demo.data.limits import mib
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.hub import reach

MAX_BYTES = 64 * 2**20  # what `fetch` would take again
MAX_READ = 2**20  # of a file that says whose a repository is
_TOKEN = re.compile(r"[\x21-\x7e]{8,4096}", re.ASCII)
Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where files go."""

    repo_id: str
    kind: str = "model"  # or "space"
    is_public: bool = False
    token: str


@dataclass(frozen=True, slots=True)
class Sent:
    url: str
    commit: str
    is_new: bool  # the repository was made, or was empty


def check_token(token: str | None) -> str:
    """Raises ConfigError without saying what came."""
    text = (token or "").strip()
    if not _TOKEN.fullmatch(text):
        raise ConfigError(
            "publishing wants a token of your own that may write: make one at "
            "https://huggingface.co/settings/tokens"
        )
    return text


def send(
    target: Target,
    files: Mapping[str, bytes | Path],
    *,
    is_ours: Callable[[Read], bool],
    is_stale: Callable[[str], bool],
    message: str,
) -> Sent:
    """Send all files in one commit.

    Args:
        files: by their paths in the repository.
        is_ours: whether a repository that exists is one of this studio; it may read files of it.
        is_stale: of a path that is there and not sent: whether it goes.

    Raises:
        ConfigError: no repository name or token; the repository holds something else, or is public and
            nobody said that it may be.
        DataError: too large; the Hub did not take it, with the reason.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    repo_id, token = reach.check_repo_id(target.repo_id), check_token(target.token)
    total = sum(
        len(one) if isinstance(one, bytes) else one.stat().st_size for one in files.values()
    )
    if total > MAX_BYTES:
        raise DataError(f"{mib(MAX_BYTES)} can be published at once; this takes {mib(total)}")
    api = HfApi(endpoint=reach.ENDPOINT, token=token, library_name="tgan_demo")
    try:
        api.whoami()
        found = _find(api, repo_id, target.kind)
        there = {sibling.rfilename for sibling in found.siblings or []} if found else set()
        if found is not None:
            _check_theirs(api, target, found, there - {".gitattributes"}, is_ours)
        else:
            api.create_repo(
                repo_id,
                repo_type=target.kind,
                visibility="public" if target.is_public else "private",
                space_sdk="gradio" if target.kind == "space" else None,
            )
        gone = sorted(name for name in there - set(files) if is_stale(name))
        operations = [
            *(
                CommitOperationAdd(name, one if isinstance(one, bytes) else str(one))
                for name, one in files.items()
            ),
            *(CommitOperationDelete(name) for name in gone),
        ]
        done = api.create_commit(
            repo_id,
            operations,
            commit_message=message,
            repo_type=target.kind,
            parent_commit=found.sha if found else None,
        )
    except (ConfigError, DataError):
        raise
    except Exception as error:  # the library's transport and its errors change with its version
        raise _refused(repo_id, error) from error
    is_new = not there - {".gitattributes"}
    return Sent(_address(api.endpoint, repo_id, target.kind), str(done.oid), is_new)


def _find(api: Any, repo_id: str, kind: str) -> Any:
    """What the Hub says of a repository; None where there is none that this token may see."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        return api.repo_info(repo_id, repo_type=kind, timeout=reach.TIMEOUT_S)
    except RepositoryNotFoundError:
        return None


def _check_theirs(
    api: Any, target: Target, found: Any, holds: set[str], is_ours: Callable[[Read], bool]
) -> None:
    """Refuse what is not ours to write over, and what would be seen by more people than was said."""
    if not found.private and not target.is_public:
        raise ConfigError(
            f"{target.repo_id} is public, so this would be seen by everybody; say so (--public), or "
            "pick another name"
        )
    if not holds:
        return

    def read(name: str) -> bytes:
        if name not in holds:
            return b""
        with tempfile.TemporaryDirectory() as folder:
            came = reach.bring(
                target.repo_id,
                name,
                repo_type=target.kind,
                revision=found.sha,
                cache_dir=folder,
                token=api.token,
            )
            return came.read_bytes() if came.stat().st_size <= MAX_READ else b""

    if not is_ours(read):
        listed = ", ".join(sorted(holds)[:3])
        raise ConfigError(
            f"{target.repo_id} is there already and is not of this studio (it holds {listed}); "
            "nothing was written: pick another name"
        )


def _address(endpoint: str, repo_id: str, kind: str) -> str:
    return f"{endpoint}/{'spaces/' if kind == 'space' else ''}{repo_id}"


def _refused(repo_id: str, error: Exception) -> DataError:
    """Why the Hub did not take it, in one sentence; of the library's own words none, for they may hold
    what was sent."""
    came = list(reach.causes(error))
    statuses = [getattr(getattr(one, "response", None), "status_code", None) for one in came]
    status = next((found for found in statuses if found), None)
    said = {
        401: "the Hub does not know this token; make one that may write at "
        "https://huggingface.co/settings/tokens",
        402: f"the Hub asks for a paid plan to make {repo_id} (a Space on its processors does); "
        "make an empty one there first, of a kind that your plan has, and publish again",
        403: f"this token may not write to {repo_id}; give it write access, or pick a name of your own",
        404: f"this token may not write to {repo_id}, or it has gone meanwhile",
        409: f"{repo_id} was made by somebody else meanwhile; nothing was written",
        412: f"{repo_id} has changed meanwhile; nothing was written: try again",
    }
    if status in said:
        return DataError(said[status])
    if any("Timeout" in type(one).__name__ for one in came):
        return DataError(f"the Hub took too long to take {repo_id}; try again later")
    if status:
        return DataError(f"the Hub did not take {repo_id} (HTTP {status}); try again later")
    return DataError(f"{repo_id} could not be sent to the Hub (no connection?); try again online")
