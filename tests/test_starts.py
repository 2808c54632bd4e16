"""`python app.py` where people really start it: behind proxies, without a home, in a folder of any name."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from conftest import free_port

from tgan_demo.files import disk

ROOT = Path(__file__).parent.parent
NOWHERE = "127.0.0.1:9"  # nobody listens


def test_it_starts_behind_proxies_in_an_odd_folder_without_home_or_gradios_own(
    tmp_path: Path, toy_weights: Path
) -> None:
    folder = tmp_path / "my studio #1 100%41 工作室"
    folder.mkdir()
    shutil.copy(ROOT / "app.py", folder)
    shutil.copytree(ROOT / "tgan_demo", folder / "tgan_demo")
    (folder / "weights").symlink_to(toy_weights)
    (tmp_path / "gradio").write_text("of somebody else")  # where Gradio would keep what it is sent
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    hostile = {
        "HTTP_PROXY": f"http://{NOWHERE}",
        "https_proxy": f"http://{NOWHERE}",
        "ALL_PROXY": f"socks://{NOWHERE}",
        "TMPDIR": str(tmp_path),
    }
    for name in ("HOME", "TGAN_HOME", "GRADIO_TEMP_DIR"):
        kept.pop(name, None)
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data-dir", "the data #%"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=kept | hostile,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        ask = build_opener(ProxyHandler({})).open
        try:
            page = ""
            end = time.monotonic() + 120
            while not page and server.poll() is None and time.monotonic() < end:
                time.sleep(0.2)
                try:
                    page = ask(f"http://127.0.0.1:{port}/", timeout=30).read().decode()
                except OSError:
                    continue
        finally:
            server.send_signal(signal.SIGTERM)
            said = server.communicate(timeout=60)[0]
    assert "Transformer GAN Studio" in page, said
    assert "The studio is open at http://" in said and "share" not in said, said
    assert server.returncode == 0 and "Traceback" not in said, said
    assert (folder / "the data #%" / "server.lock").is_file()
    assert (tmp_path / "gradio").read_text() == "of somebody else"


@pytest.mark.parametrize("proxy", ["socks://", "socks5://", "socks5h://", "http://", "https://"])
def test_no_proxy_of_any_kind_is_asked_for_this_machine(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    from tgan_demo.ui.proxies import no_proxy

    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "example.org")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy + NOWHERE)
    with no_proxy():
        httpx.Client().close()
    assert os.environ.get("no_proxy") == "example.org" and "NO_PROXY" not in os.environ


def test_without_a_home_data_lie_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TGAN_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # nobody has a home
    assert disk.default_dir() == tmp_path / "data"
    monkeypatch.setenv("TGAN_HOME", str(tmp_path / "there"))
    assert disk.default_dir() == tmp_path / "there"
