"""axe-core in an open page: what it finds against WCAG and good practice. Not a test itself."""

import importlib.util
from pathlib import Path

import pytest
from conftest import IN_CI
from playwright.sync_api import Page

PACKAGE = "axe_playwright_python"  # brings axe.min.js; see requirements-dev.txt
# off by default in axe: a button called otherwise than it reads cannot be pressed by voice
MORE = {"label-content-name-mismatch": {"enabled": True}}
RUN = """async (options) => (await axe.run(document, {...options, resultTypes: ['violations']})).violations
    .flatMap((v) => v.nodes.map((n) => `${v.id} ${n.target} ${n.html.slice(0, 120)}`))"""


def script() -> str:
    """axe-core itself; skips where it is not installed, fails there under CI=true."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        text = f"{PACKAGE} is not installed; pip install -r requirements-dev.txt brings it"
        pytest.fail(text) if IN_CI else pytest.skip(text)
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, *only: str) -> list[str]:
    """Each fault as its rule, its selector and its HTML; of the rules `only`, or of all.

    The page holds `script` already.
    """
    return page.evaluate(RUN, {"runOnly": list(only)} if only else {"rules": MORE})
