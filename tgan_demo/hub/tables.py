"""The parquet tables of a data set on the Hub: which there are of a configuration and a split, how large,
and under which licence. Only listings are read here; scripts of a repository are never run.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tgan_demo.errors import DataError
from tgan_demo.hub import reach

NO_LICENCE = "none stated"
CONVERTED = "refs/convert/parquet"  # the branch where the Hub keeps what it made of other formats
_SPLITS = {
    "training": "train",
    "testing": "test",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
}
_NAMED = "|".join(("train", "test", "validation", *_SPLITS))
_SHARD = re.compile(r"(?:.*/)?([\w.-]+?)-\d{3,}-of-\d{3,}[^/]*\.parquet")
_KEYWORD = re.compile(rf"(?:.*[^a-z])?({_NAMED})(?:[^a-z].*)?", re.IGNORECASE)
_MOST_PATTERNS = 200  # of a card
_SHOWN = 12  # names in a sentence

Parts = dict[str, dict[str, list[str]]]  # configuration -> split -> paths


@dataclass(frozen=True, slots=True)
class Table:
    """One parquet file."""

    url: str
    name: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Listed:
    """The tables of one split, in their order."""

    config: str
    split: str
    commit: str
    licence: str
    tables: tuple[Table, ...]


def listed(repo: str, config: str = "", split: str = "") -> Listed:
    """The repository's own tables of a split, else those that the Hub made of its other files.

    Args:
        config: also called subset; "": the only one, or the one that is the default.
        split: "": train, or the only one.

    Raises:
        DataError: no such public data set, no tables, no such configuration or split (with the names of
            those there are), or sizes that are not told.
    """
    info = _info(repo)
    if info is None:
        raise DataError(f"{repo} is empty; pick another data set")
    card = info.card_data.to_dict() if info.card_data else {}
    licence = _licence(card)
    own = _own(card, [sibling.rfilename for sibling in info.siblings or []])
    found = _chosen(own, config, split, _default(card))
    if found is None:
        info = _info(repo, CONVERTED)
        made = _by_folders([sibling.rfilename for sibling in info.siblings or []]) if info else {}
        found = _chosen(made, config, split, _default(card))
        if found is None:
            raise DataError(_complaint(repo, {**made, **own}, config, split, _default(card)))
    name, part, paths = found
    sizes = {sibling.rfilename: sibling.size for sibling in info.siblings or []}
    if any(not isinstance(sizes[path], int) for path in paths):
        raise DataError(f"{repo} does not say how large its tables are; it cannot be read safely")
    tables = tuple(Table(_url(repo, path, info.sha), path, sizes[path]) for path in paths)
    return Listed(name, part, info.sha, licence, tables)


def _info(repo: str, revision: str | None = None) -> Any:
    """huggingface_hub's DatasetInfo with sizes; None where there is no such revision."""
    from huggingface_hub import HfApi, errors

    try:
        return HfApi(endpoint=reach.ENDPOINT, token=False).dataset_info(
            repo, revision=revision, files_metadata=True, timeout=reach.TIMEOUT_S
        )
    except errors.RevisionNotFoundError:
        return None
    except Exception as error:  # the library's transport and its errors change with its version
        raise reach.unreachable(f"data set {repo}", error) from error


def _url(repo: str, path: str, commit: str) -> str:
    from huggingface_hub import hf_hub_url

    return hf_hub_url(repo, path, repo_type="dataset", revision=commit, endpoint=reach.ENDPOINT)


def _own(card: Mapping[str, Any], paths: Sequence[str]) -> Parts:
    """As the card says, else by the names of files and folders."""
    paths = sorted(path for path in paths if path.lower().endswith(".parquet"))
    found: Parts = {}
    for config in _configs(card):
        name = str(config.get("config_name") or "default")
        within = str(config.get("data_dir") or "").strip("/")
        inside = [path for path in paths if path.startswith(f"{within}/" if within else "")]
        if "data_files" not in config:
            found[name] = _by_names(inside)
            continue
        for split, pattern in list(_patterns(config["data_files"]))[:_MOST_PATTERNS]:
            whole = f"{within}/{pattern}" if within else pattern.removeprefix("./")
            if chosen := [path for path in paths if fnmatch.fnmatchcase(path, whole)]:
                found.setdefault(name, {}).setdefault(split, []).extend(chosen)
    if not any(found.values()) and (named := _by_names(paths)):
        return {"default": named}
    return found


def _configs(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    configs = card.get("configs")
    return [one for one in configs if isinstance(one, Mapping)] if isinstance(configs, list) else []


def _default(card: Mapping[str, Any]) -> str:
    """The configuration that the card calls the default."""
    marked = [str(one.get("config_name")) for one in _configs(card) if one.get("default") is True]
    return marked[0] if marked else "default"


def _patterns(files: Any, split: str = "train") -> Iterator[tuple[str, str]]:
    """(split, pattern) of a card's data_files: a pattern, several, or several of each split."""
    if isinstance(files, str):
        yield split, files
    elif isinstance(files, Mapping):
        yield from _patterns(files.get("path"), str(files.get("split") or split))
    elif isinstance(files, list):
        for one in files:
            yield from _patterns(one, split)


def _by_names(paths: Sequence[str]) -> dict[str, list[str]]:
    """data/train-00000-of-00002.parquet, test/0.parquet; all are of "train" where nothing is said."""
    found: dict[str, list[str]] = {}
    for path in paths:
        word = _SHARD.fullmatch(path) or _KEYWORD.fullmatch(path.rpartition(".")[0])
        split = word[1].lower() if word else "train"
        found.setdefault(_SPLITS.get(split, split), []).append(path)
    return found


def _by_folders(paths: Sequence[str]) -> Parts:
    """config/split/0000.parquet, as the Hub lays out what it made; of large sets it makes a part."""
    found: Parts = {}
    for path in sorted(paths):
        folders = path.split("/")
        if len(folders) == 3 and path.endswith(".parquet"):
            split = folders[1].removeprefix("partial-")
            found.setdefault(folders[0], {}).setdefault(split, []).append(path)
    return found


def _chosen(
    parts: Parts, config: str, split: str, default: str
) -> tuple[str, str, list[str]] | None:
    """Configuration, split and paths; None where there is no such part."""
    name = config or _usual(parts, default)
    of = parts.get(name, {})
    part = split or ("train" if "train" in of or len(of) != 1 else next(iter(of)))
    return (name, part, of[part]) if of.get(part) else None


def _usual(parts: Parts, default: str) -> str:
    return next(iter(parts)) if len(parts) == 1 else default


def _complaint(repo: str, parts: Parts, config: str, split: str, default: str) -> str:
    if not any(parts.values()):
        return (
            f"{repo} has no parquet tables, neither its own nor some that the Hub made of its files, and "
            "scripts are not run here; pick another data set"
        )
    name = config or _usual(parts, default)
    if name not in parts:
        named = "no configuration " + repr(name[:60]) if config else "several configurations"
        return f"{repo} has {named}; name one: {_names(parts, f'{repo}/')}"
    return f"{repo} has no split {(split or 'train')[:60]!r}; it has {_names(parts[name])}"


def _names(of: Mapping[str, object], before: str = "") -> str:
    shown = [before + name[:60] for name in list(of)[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(of) - _SHOWN} more" if len(of) > _SHOWN else "")


def _licence(card: Mapping[str, Any]) -> str:
    """As the card's metadata state it."""
    stated = card.get("license")
    words = [str(one) for one in stated] if isinstance(stated, list) else [str(stated or "")]
    if words == ["other"]:
        words = [str(card.get("license_name") or "other")]
    return ", ".join(word for word in words if word)[:120] or NO_LICENCE
