"""Names of repositories on the Hugging Face Hub, one file of one, and what is said when it cannot be had.

Asks as nobody unless a person gave a token, so a visitor reaches what is public and nothing that belongs
to whoever runs the studio. The Hub's library is imported when it is first asked, not at the start.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from tgan_demo.errors import DataError

ENDPOINT: str | None = None  # None: the library's own, which the variable HF_ENDPOINT may set
TIMEOUT_S = 10.0  # for an answer; of a download, between two parts
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9](?:[\w.-]|/(?=[\w])){0,127}", re.ASCII)


def check_repo_id(repo_id: str) -> str:
    """`owner/name` as the Hub allows it; a full web address is cut to it."""
    text = str(repo_id).strip().removeprefix("https://huggingface.co/").rstrip("/")
    if not _REPO_ID.fullmatch(text) or ".." in text or "--" in text:
        raise DataError(f"a model on the Hub is named owner/name; got {str(repo_id)[:80]!r}")
    return text


def check_revision(revision: str | None) -> str | None:
    """A branch, a tag or a commit; None stays None, the main branch."""
    if revision is None:
        return None
    if not _REVISION.fullmatch(revision) or ".." in revision:
        raise DataError(
            f"a revision is the name of a branch or tag, or a commit; got {revision[:80]!r}"
        )
    return revision


def bring(
    repo: str,
    file: str,
    *,
    cache_dir: Path | str,
    repo_type: str = "model",
    revision: str | None = None,
    token: str | None = None,
) -> Path:
    """One file, which goes on where it was cut off, a few times; where it lies in `cache_dir`.

    Raises:
        DataError: it is not there, or did not come.
    """
    import huggingface_hub

    try:
        return Path(
            huggingface_hub.hf_hub_download(
                repo,
                file,
                repo_type=repo_type,
                revision=revision,
                cache_dir=cache_dir,
                endpoint=ENDPOINT,
                token=token or False,
                tqdm_class=_silent(),
            )
        )
    except Exception as error:  # the library's transport and its errors change with its version
        raise unreachable(f"{repo}/{file}", error) from error


@functools.cache
def _silent() -> type:
    """The library's progress bar, which would print."""
    from huggingface_hub.utils import tqdm

    class Silent(tqdm):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **(kwargs | {"disable": True}))

    return Silent


def unreachable(what: str, error: Exception) -> DataError:
    """Why `what` could not be had, in one sentence."""
    from huggingface_hub import errors

    if isinstance(error, errors.RevisionNotFoundError):
        return DataError(f"{what} has no such branch, tag or commit; check the revision")
    if isinstance(error, errors.RepositoryNotFoundError | errors.RemoteEntryNotFoundError):
        return DataError(f"the Hub has no public {what}; check the name")
    kinds = [type(one).__name__ for one in causes(error)]
    if any("Timeout" in kind for kind in kinds):
        return DataError(f"the Hub took too long to answer for {what}; try again later")
    if "RemoteProtocolError" in kinds or "Consistency check failed" in str(error):
        return DataError(f"the Hub broke {what} off before its end, again and again; try later")
    return DataError(
        f"{what} could not be fetched from the Hugging Face Hub (no connection?); "
        "try again online, or use the data sets painted here or your own pictures"
    )


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__
