"""Turns at drawing: as many at a time as there are cores, the newest request of an asker first of all its own.

Knows nothing of what is drawn. A draw has all cores while nobody else wants them, and one while others
draw or a run trains: threads of several draws that wait for each other cost more than they save.
"""

import contextlib
import ctypes
import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from tgan_demo.engine.draw.durations import Durations
from tgan_demo.errors import TganError

CROWD, CROWD_S = 4, 1.0  # so many draws within so many seconds keep a core at work


class SupersededError(TganError):
    """A draw that nobody waits for any more: something newer was asked for, or the asker has left."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose draw it is. Of those of one key that wait, all but the newest are given up."""

    key: str
    has_left: Callable[[], bool] = lambda: False


class Turns:
    """Safe to use from many threads.

    Args:
        is_busy: whether something else than drawing keeps the cores at work.
        most: draws at a time; 0: as many as torch has threads.
    """

    def __init__(self, is_busy: Callable[[], bool] = lambda: False, most: int = 0) -> None:
        self._is_busy, self._most = is_busy, most
        self._changed = threading.Condition()
        self._waiting: deque[int] = deque()
        self._newest: dict[str, int] = {}
        self._count = self._drawing = 0
        self.took = Durations()  # from asking for a turn to the end of the draw
        self._begun: deque[float] = deque([-math.inf] * CROWD, maxlen=CROWD)
        self.searching = threading.Lock()  # one search for a w at a time, for which no draw waits

    @contextlib.contextmanager
    def take(self, asker: Asker | None = None) -> Iterator[None]:
        """Wait for a turn and have it for as long as the block lasts.

        Raises:
            SupersededError: the asker asked for something newer meanwhile, or has left.
        """
        asked = time.perf_counter()
        is_alone, had_to_wait = self._wait(asker)
        try:
            if asker is not None and had_to_wait and asker.has_left():
                raise SupersededError("nobody waits for this any more")
            with contextlib.nullcontext() if is_alone else one_core():
                yield
            self.took.add(time.perf_counter() - asked)
        finally:
            with self._changed:
                self._drawing -= 1
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Draws that wait for their turn."""
        return len(self._waiting)

    def aside(self) -> AbstractContextManager[None]:
        """What a training step is done within: on one core while many draw. On all of them its threads
        wait for each other wherever a draw has taken one's place, and both get less done.
        """
        is_crowded = time.monotonic() - self._begun[0] < CROWD_S
        return one_core() if is_crowded else contextlib.nullcontext()

    def _wait(self, asker: Asker | None) -> tuple[bool, bool]:
        """Once it is this one's turn: whether nobody else draws, waits or trains; whether it had to wait."""
        had_to_wait = False
        most = self._most or torch.get_num_threads()
        with self._changed:
            self._count = number = self._count + 1
            key = asker.key if asker is not None else ""
            if key:
                self._newest[key] = number
                self._changed.notify_all()
            self._waiting.append(number)
            try:
                while self._drawing >= most or self._waiting[0] != number:
                    if key and self._newest.get(key) != number:
                        raise SupersededError("something newer was asked for")
                    had_to_wait = True
                    self._changed.wait()
                is_alone = not self._drawing and len(self._waiting) == 1
            finally:
                self._waiting.remove(number)
                if self._newest.get(key) == number:
                    del self._newest[key]
                self._changed.notify_all()
            self._drawing += 1
            self._begun.append(time.monotonic())
        return is_alone and not self._is_busy(), had_to_wait


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """This thread's products on one core, whatever the others use; elsewhere than on Linux nothing changes.

    torch.set_num_threads would set the number of all threads, a training one's too. May be nested.
    """
    usual = torch.get_num_threads()
    of_mkl = _set_cores(usual=1, of_mkl=1)
    try:
        yield
    finally:
        _set_cores(usual=usual, of_mkl=of_mkl)


def _set_cores(*, usual: int, of_mkl: int) -> int:
    """How many MKL had; 0: as many as all."""
    setters = _setters()
    if setters is None:
        return 0
    set_usual, set_mkl = setters
    set_usual(usual)
    return int(set_mkl(of_mkl))


@cache
def _setters() -> tuple[Callable[[int], object], Callable[[int], int]] | None:
    """Of OpenMP and of MKL, for the calling thread; None where torch has not brought both."""
    if sys.platform != "linux":
        return None
    folder = Path(torch.__file__).parent / "lib"
    try:
        openmp = ctypes.CDLL(os.fspath(next(folder.glob("libgomp*.so*"))))
        torch_cpu = ctypes.CDLL(os.fspath(folder / "libtorch_cpu.so"))
        return openmp.omp_set_num_threads, torch_cpu.MKL_Set_Num_Threads_Local
    except (StopIteration, OSError, AttributeError):
        return None
