"""Files that a person brings to the page: how far they are, what refuses them, what becomes of folders."""

import os
from pathlib import Path

import pytest
from screen import Open, Screen
from test_brought import encode, zipped

from tgan_demo.ui import uploads

pytestmark = pytest.mark.ui

SENDING = "#train-sending"
# every sentence that a sign says, from now on
LISTEN = """(s) => { const sign = document.querySelector(s); window.said = [];
  new MutationObserver(() => said.push(sign.querySelector('span').textContent + '|' + sign.dataset.state))
    .observe(sign, {attributes: true, subtree: true, childList: true, characterData: true}) }"""
# a drop of {folder: {folder: {name: bytes in base64}}}
DROP = """([s, tree]) => {
  const entry = (name, value, above) => {
    const fullPath = above + '/' + name;
    if (typeof value === 'string') {
      const bytes = Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
      return {name, fullPath, isFile: true, file: (done) => done(new File([bytes], name))};
    }
    const inside = Object.entries(value).map(([n, v]) => entry(n, v, fullPath));
    return {name, fullPath, isDirectory: true,
      createReader: () => ({readEntries: (done) => done(inside.splice(0, 7))})};
  };
  const items = Object.entries(tree).map(([n, v]) => ({webkitGetAsEntry: () => entry(n, v, '')}));
  const event = new Event('drop', {bubbles: true, cancelable: true});
  document.querySelector(s).dispatchEvent(Object.assign(event, {dataTransfer: {items, files: []}}));
}"""


def slow(screen: Screen, bytes_per_s: int) -> None:
    """Uploads of this page take so long."""
    wire = screen.page.context.new_cdp_session(screen.page)
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_s},
    )


def heavy(path: Path) -> Path:
    """A zip of twenty pictures, about 600 KB of it."""
    files: dict[str, bytes] = {f"{k}.png": encode(k) for k in range(20)}
    return zipped(path, {**files, "notes.bin": os.urandom(600_000)})


def expect_fault(screen: Screen, part: str) -> None:
    """The browser writes a refused request into its console; nothing else may stand there."""
    assert all(part in fault for fault in screen.faults), screen.faults
    screen.faults.clear()


def test_an_upload_says_how_far_it_is_and_ends(open_page: Open, tmp_path: Path) -> None:
    screen = open_page("?tab=train")
    slow(screen, 300_000)
    screen.ask(LISTEN, SENDING)
    screen.page.locator("#train-files").set_input_files([heavy(tmp_path / "mine.zip")])
    screen.page.get_by_text("20 images", exact=True).wait_for()
    assert screen.page.locator(SENDING).is_hidden()
    said = screen.ask("() => said")
    assert isinstance(said, list)
    shares = [int(s.split()[1]) for s in said if s.startswith("Sending: ")]
    assert len({*shares}) > 2 and shares == sorted(shares) and 0 < shares[len(shares) // 2] < 100
    assert "Looking at your files …|looking" in said


def test_an_upload_is_given_up_on_demand(open_page: Open, tmp_path: Path) -> None:
    screen = open_page("?tab=train&lang=zh")
    slow(screen, 60_000)
    screen.page.locator("#train-files").set_input_files([heavy(tmp_path / "mine.zip")])
    screen.page.locator(SENDING, has_text="正在上传").wait_for()
    screen.page.locator(f"{SENDING} button").click()
    screen.page.locator(SENDING).wait_for(state="hidden")
    slow(screen, -1)
    files = {f"{k}.png": encode(k) for k in range(20)}
    screen.page.locator("#train-files").set_input_files([zipped(tmp_path / "other.zip", files)])
    screen.page.locator("#train-crop").wait_for()
    assert screen.page.locator("#train-crop-title").input_value() == "other"


def test_a_refused_upload_says_so_at_once(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = open_page("?tab=train")
    monkeypatch.setattr(uploads, "MAX_ARRIVING_BYTES", 10)
    screen.page.locator("#train-files").set_input_files([heavy(tmp_path / "mine.zip")])
    sign = screen.page.locator(f"{SENDING}[data-state=failed]")
    sign.get_by_text("wait on this server").wait_for()
    assert "The server does not take this" in sign.inner_text()
    assert sign.locator("progress").is_hidden()
    screen.open_tab("inside")
    screen.page.locator("#inside-upload input[type=file]").set_input_files([tmp_path / "mine.zip"])
    screen.page.locator("#inside-view .tg-sending", has_text="wait on this server").wait_for()
    assert screen.data("#inside-view .ins", "busy") is None
    expect_fault(screen, "413")
    screen.page.route("**/gradio_api/upload", lambda route: route.abort())
    screen.page.locator("#inside-upload input[type=file]").set_input_files([tmp_path / "mine.zip"])
    screen.page.locator("#inside-view .tg-sending", has_text="connection broke off").wait_for()
    expect_fault(screen, "ERR_FAILED")


def test_what_is_too_large_is_told_before_it_is_sent(open_page: Open) -> None:
    screen = open_page("?tab=train")
    said = """async (files) => { try { await tgan.upload(files) } catch (error) { return error.message } }"""
    large = [{"name": "film.mp4", "size": 513 * 2**20}]
    assert screen.ask(said, large) == "film.mp4 is too large: one file may have 512 MiB."
    many = [{"name": "a.zip", "size": 400 * 2**20}] * 3
    assert (
        screen.ask(said, many)
        == "These files have 1,200 MiB together; 1,024 MiB may come at a time."
    )


def test_a_dropped_folder_keeps_its_classes(open_page: Open) -> None:
    import base64

    screen = open_page("?tab=train")
    slow(screen, 20_000)
    screen.ask(LISTEN, SENDING)
    tree = {
        name: {f"{k}.png": base64.b64encode(encode(shade + k)).decode() for k in range(10)}
        for name, shade in (("cats", 0), ("dogs", 100))
    }
    screen.ask(DROP, ["#train-setup .drop", {"pets": tree}])
    screen.page.get_by_text("Each folder is a class, 2 of them: cats, dogs").wait_for()
    said = screen.ask("() => said")
    assert isinstance(said, list) and any(s.startswith("Sending: ") for s in said)
    screen.page.locator("#train-keep").click()
    screen.page.get_by_text("20 images. 2 classes: cats, dogs").wait_for()


def test_files_that_nobody_can_use_end_the_sign_with_the_reason(
    open_page: Open, tmp_path: Path
) -> None:
    screen = open_page("?tab=train")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no zip")
    screen.page.locator("#train-files").set_input_files([tmp_path / "a.zip"])
    error = screen.page.locator(".toast-body.error", has_text="damaged zip")
    error.first.wait_for()
    screen.page.locator(SENDING).wait_for(state="hidden")
    screen.page.locator("#train-take input").set_input_files([tmp_path / "a.zip"])
    error.filter(has_text="wanted: model.safetensors").wait_for()
    screen.page.locator("#train-take .tg-sending").wait_for(state="hidden")


def test_a_name_that_the_hub_does_not_have_frees_the_button_with_the_reason(
    open_page: Open,
) -> None:
    screen = open_page("?tab=train")
    screen.page.locator("details.hub summary").click()
    screen.page.locator("#train-hub-name").fill("nowhere")
    for _ in range(2):  # the second answer says the same
        screen.page.locator("#train-hub-get").click()
        screen.page.locator("#train-hub-get:enabled").wait_for()
        screen.page.locator("#tg-toast.bad.on", has_text="known by name: mnist").wait_for()
        screen.ask("() => tgan.toast('')")
