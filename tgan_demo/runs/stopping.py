"""Being asked to end by the system: SIGINT (Ctrl-C), SIGTERM and a closed terminal as a flag.

Whoever trains looks at the flag between two steps, saves and ends. A second signal ends the process at
once, as it would have without us; what is on disk is whole at any time.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from tgan_demo.engine.game.ranks import Ranks

# Windows has SIGBREAK (Ctrl-Break, a closed console) and no SIGHUP
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
LOOK_S = 0.2
SAID = "stopping; a run is saved first (again: end at once)"


class Stop:
    """Whether the system has asked this process to end, and by which signal."""

    def __init__(self) -> None:
        self.number = 0  # of the signal; 0: not asked

    def is_asked(self) -> bool:
        return self.number != 0

    def is_asked_of(self, ranks: Ranks) -> bool:
        """Whether any of the processes that train together was asked to; then all were."""
        if (number := ranks.most(self.number)) and not self.number:
            self.number = number
        return self.number != 0

    @property
    def name(self) -> str:
        """Of the signal, such as "SIGTERM"; "" when none came."""
        return signal.Signals(self.number).name if self.number else ""

    def wait(self) -> None:
        # not an Event: its lock may be held by the very wait that the handler interrupts
        while not self.number:
            time.sleep(LOOK_S)


@contextlib.contextmanager
def stoppable(form: Callable[[str], str] = str) -> Iterator[Stop]:
    """A Stop that signals set until the block ends. Outside the main thread none can come.

    Args:
        form: makes a line of the sentence that a signal is answered with.
    """
    stop = Stop()
    before: dict[int, object] = {}

    def asked(number: int, frame: FrameType | None) -> None:
        stop.number = number
        give_back()  # the next one is not ours
        # not print: a handler may come in the middle of one
        with contextlib.suppress(OSError):  # a terminal that was closed
            os.write(2, f"{form(SAID)}\n".encode())

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
