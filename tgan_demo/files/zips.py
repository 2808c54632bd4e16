"""Zip files in memory: equal contents give equal bytes, since every entry has the same fixed date."""

import io
import zipfile
from collections.abc import Iterable


def zip_bytes(entries: Iterable[tuple[str, bytes | str]]) -> bytes:
    """A zip of (name, content), in order, not compressed: what we pack is so already, or hardly shrinks."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in entries:
                archive.writestr(zipfile.ZipInfo(name), content)
        return file.getvalue()
