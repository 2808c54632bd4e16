"""Models that somebody published on the Hugging Face Hub: their known files, bounded, into a folder.

What the repository holds and how large it is, is asked before a byte is fetched. Only safetensors are
taken, never a pickle.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tgan_demo.data.limits import mib
from tgan_demo.errors import DataError
from tgan_demo.hub import reach

MAX_MODEL_BYTES = 64 * 2**20


def fetch_model(
    repo_id: str,
    dest: Path,
    *,
    files: Sequence[str],
    needed: Sequence[str],
    revision: str | None = None,
    token: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Bring a model that somebody published into the new folder `dest`, of its files those we know.

    What came is not trusted: models.upload.adopt checks it.

    Args:
        files: names of what is taken where it is there; `needed`: those without which it is no model.
        revision: a branch, tag or commit; None: the main branch.
        token: of the person who asks, for what is theirs alone; None: ask as nobody.

    Raises:
        DataError: not a repository name, no model of ours in it, too large, or not reachable.
    """
    import huggingface_hub

    repo_id, revision = reach.check_repo_id(repo_id), reach.check_revision(revision)
    try:
        found = huggingface_hub.HfApi(endpoint=reach.ENDPOINT, token=token or False).model_info(
            repo_id, revision=revision, files_metadata=True, timeout=reach.TIMEOUT_S
        )
    except Exception as error:  # the library's transport and its errors change with its version
        raise reach.unreachable(repo_id, error) from error
    sizes = {sibling.rfilename: sibling.size for sibling in found.siblings or []}
    wanted = _wanted(repo_id, sizes, files, needed)
    dest = Path(dest)
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=dest.parent) as folder:
        ready = Path(folder) / "model"
        ready.mkdir()
        for name in wanted:
            if progress:
                progress(f"{repo_id}: {name}, {mib(sizes[name] or 0)}")
            came = reach.bring(repo_id, name, revision=found.sha, cache_dir=folder, token=token)
            if came.stat().st_size > MAX_MODEL_BYTES:
                raise DataError(f"{repo_id}: {name} is larger than it said; not taken")
            shutil.copyfile(came, ready / name)
        try:
            ready.rename(dest)
        except OSError as error:
            raise DataError(
                f"there is something at {dest.name} already; remove it first"
            ) from error
    return dest


def _wanted(
    repo_id: str, sizes: Mapping[str, int | None], files: Sequence[str], needed: Sequence[str]
) -> list[str]:
    """Names of what is to be fetched, once the list of files is one of a model that we take."""
    if missing := [name for name in needed if name not in sizes]:
        lacks = f"{repo_id} has no {' and no '.join(missing)}"
        pickles = sorted(name for name in sizes if name.lower().endswith(reach.PICKLES))
        if pickles and not any(name.endswith(".safetensors") for name in sizes):
            raise DataError(
                f"{lacks}, its weights are pickles only ({', '.join(pickles)[:100]}), which may run "
                "foreign code when they are opened; ask its owner for safetensors"
            )
        raise DataError(
            f"{lacks}, so it is not a model of this studio; pick one that was exported from here"
        )
    wanted = [name for name in files if name in sizes]
    if any(sizes[name] is None for name in wanted):
        raise DataError(
            f"{repo_id} does not say how large its files are; it cannot be fetched safely"
        )
    total = sum(sizes[name] or 0 for name in wanted)
    if total > MAX_MODEL_BYTES:
        raise DataError(f"a model may take {mib(MAX_MODEL_BYTES)}; {repo_id} takes {mib(total)}")
    return wanted
