"""The page as an app: a browser finds nothing that keeps it from being installed, and its icon."""

import io

import pytest
from PIL import Image
from screen import Open

pytestmark = pytest.mark.ui


def test_a_browser_offers_to_install_it(open_page: Open) -> None:
    screen = open_page("")
    devtools = screen.page.context.new_cdp_session(screen.page)
    found = devtools.send("Page.getAppManifest")
    assert found["errors"] == [] and found["manifest"]["name"] == "Transformer GAN Studio"
    assert found["manifest"]["display"] == "kStandalone"
    sizes = set()
    for icon in found["manifest"]["icons"]:
        answer = screen.page.request.get(icon["url"])
        assert answer.ok
        with Image.open(io.BytesIO(answer.body())) as picture:
            sizes.add(picture.size)
    assert {(192, 192), (512, 512)} <= sizes
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # the tests' windows are private ones, which install nothing
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
