"""What app.py does before a user comes: nothing that can fail unseen."""

import subprocess
import sys
import time

import pytest

from tgan_demo.ui import serve


def test_warming_up_takes_one_step_of_a_toy() -> None:
    serve.warm_up()


def test_memory_is_given_back_again_and_again(monkeypatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(serve, "give_back", lambda: given.append(1))
    monkeypatch.setattr(serve, "GIVE_BACK_S", 0.01)
    serve.tidy_memory()
    end = time.monotonic() + 10
    while len(given) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    monkeypatch.setattr(
        serve, "GIVE_BACK_S", 3600.0
    )  # the last of them waits for the end of all tests
    assert len(given) >= 3


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone keeps what is freed")
def test_what_was_freed_and_kept_goes_back_to_the_system() -> None:
    """In a process of its own, which keeps memory as a server does."""
    script = (
        "from tgan_demo.engine.game.memory import give_back, keep_memory\n"
        "def mib(): return int(open('/proc/self/statm').read().split()[1]) * 4 / 1024\n"
        "keep_memory()\n"
        "many = [bytearray(1 << 20) for _ in range(200)]\n"
        "last = bytearray(1 << 20)\n"  # above them: the heap cannot simply shrink
        "many.clear()\n"
        "kept = mib()\n"
        "give_back()\n"
        "print(kept - mib())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) > 150
