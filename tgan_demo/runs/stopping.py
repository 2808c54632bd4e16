"""Being asked to end by the system: SIGINT (Ctrl-C), SIGTERM and a closed terminal as a flag.

Whoever trains looks at the flag between two steps, saves and ends. A second signal ends the process at
once, as it would have without us; what is on disk is whole at any time.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

# Windows has SIGBREAK (Ctrl-Break, a closed console) and no SIGHUP
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
LOOK_S = 0.5  # a wait without an end could not be interrupted on Windows


class Stop:
    """Whether the system has asked this process to end, and by which signal."""

    def __init__(self) -> None:
        self.number = 0  # of the signal; 0: not asked
        self._asked = threading.Event()

    def is_asked(self) -> bool:
        return self._asked.is_set()

    @property
    def name(self) -> str:
        """Of the signal, such as "SIGTERM"; "" when none came."""
        return signal.Signals(self.number).name if self.number else ""

    def ask(self, number: int) -> None:
        self.number = number
        self._asked.set()

    def wait(self) -> None:
        while not self._asked.wait(LOOK_S):
            pass


@contextlib.contextmanager
def stoppable() -> Iterator[Stop]:
    """A Stop that signals set until the block ends. Outside the main thread none can come."""
    stop = Stop()
    before: dict[int, object] = {}

    def asked(number: int, frame: FrameType | None) -> None:
        stop.ask(number)
        give_back()  # the next one is not ours
        # not print: a handler may come in the middle of one
        with contextlib.suppress(OSError):  # a terminal that was closed
            os.write(2, b"stopping; a run is saved first (again: end at once)\n")

    def give_back() -> None:
        for known, handler in before.items():
            signal.signal(known, handler)  # pyright: ignore[reportArgumentType]

    if threading.current_thread() is threading.main_thread():
        for name in SIGNALS:
            number = getattr(signal, name, None)
            # nohup and shells that start jobs in the background ignore some: that stays
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, asked)
    try:
        yield stop
    finally:
        give_back()
