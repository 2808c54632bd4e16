"""Gradio without the proxies of the environment, which are for the way out and not for this machine.

httpx, which Gradio makes a client of when it is imported and asks its own page with at launch, ends with an
error at a proxy that it does not know: socks:// and, without a further package, socks5://.
"""

import contextlib
import os
from collections.abc import Iterator

NAMES = ("no_proxy", "NO_PROXY")


@contextlib.contextmanager
def no_proxy() -> Iterator[None]:
    """Ask directly, whatever HTTP_PROXY, HTTPS_PROXY and ALL_PROXY say, until the block ends."""
    before = {name: os.environ.get(name) for name in NAMES}
    os.environ.update(dict.fromkeys(NAMES, "*"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
            else:
                os.environ.pop(name, None)
