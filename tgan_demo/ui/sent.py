"""A user's own item as a page's event or a program sends it: a text, or a file in base64.

What is sent is read from the event and never written to the disk.
"""

import base64
import re
from typing import Any

import numpy as np

from tgan_demo.data.limits import MAX_TEXT
from tgan_demo.errors import DataError
from tgan_demo.studio import Studio

MAX_BYTES = 16 * 2**20  # of a file
SEARCH_S = (1, 30, 5)  # seconds that it is sought in a model: lowest, highest, default


def item(
    studio: Studio, model: str, visitor: str | None, *, text: Any, content: Any, name: Any = ""
) -> tuple[np.ndarray | str, str]:
    """The item as the model takes it, and what was done to it.

    Raises:
        DataError: neither came, the file is too large, not whole, or nothing that the model takes.
    """
    if isinstance(text, str) and text.strip():
        return studio.fit(model, text[:MAX_TEXT], visitor), ""
    if not isinstance(content, str) or not content:
        raise DataError("nothing came; choose a file, or type a text")
    if len(content) > MAX_BYTES * 4 // 3 + 4:
        raise DataError("a file of at most 16 MB was wanted; cut it shorter, or save it smaller")
    try:
        read = base64.b64decode(content, validate=True)
    except ValueError as error:
        raise DataError("the file did not arrive whole, as base64; send it again") from error
    # the name comes back in a complaint, which the page may read as HTML
    called = re.sub(r"[^\w .()-]+", "_", str(name or "the file"))[:60]
    return studio.decode(model, read, called, visitor)
