"""Files that a system, a notebook or a store leaves beside one's own: thumbnails, checkpoints, hidden ones."""

_FOLDERS = frozenset(
    (
        *("__macosx", "@eadir", "#recycle", "#snapshot", "@recycle", "$recycle.bin"),
        *("system volume information", "lost+found", "__pycache__"),
    )
)
_FILES = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini"))


def is_litter(name: str) -> bool:
    """Whether a file is no data, by its name below the folder or zip that was brought."""
    *folders, file = name.replace("\\", "/").lower().split("/")
    return (
        file in _FILES
        or any(folder in _FOLDERS for folder in folders)
        or any(part.startswith(".") and part not in (".", "..") for part in (*folders, file))
    )
