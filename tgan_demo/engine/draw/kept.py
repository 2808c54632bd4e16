"""What was made lately and may be asked for again, by a key: made once, also when many ask at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from tgan_demo.engine.draw.turns import SupersededError

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Safe to use from many threads. Beyond `most` bytes what was asked for longest ago goes."""

    def __init__(self, most: int) -> None:
        self.most, self.nbytes = most, 0
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._making: dict[Hashable, Future[Value]] = {}

    def get(self, key: Hashable, make: Callable[[], Value], size: Callable[[Value], int]) -> Value:
        """What `key` stands for: known, being made for somebody else, or made now. `size` is in bytes.

        Raises:
            whatever `make` raises; where it gave up for somebody else only, it is made anew.
        """
        while True:
            with self._lock:
                if key in self._known:
                    self._known.move_to_end(key)
                    return self._known[key][0]
                mine: Future[Value] = Future()
                first = self._making.setdefault(key, mine)
            if first is mine:
                return self._make(key, mine, make, size)
            try:
                return first.result()
            except SupersededError:
                continue

    def _make(
        self,
        key: Hashable,
        mine: "Future[Value]",
        make: Callable[[], Value],
        size: Callable[[Value], int],
    ) -> Value:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._making[key]
            self._put(key, value, size(value))
        mine.set_result(value)
        return value

    def _put(self, key: Hashable, value: Value, nbytes: int) -> None:
        if nbytes > self.most // 4:  # one that would push out all others
            return
        self._known[key] = (value, nbytes)
        self.nbytes += nbytes
        while self.nbytes > self.most:
            _, (_, gone) = self._known.popitem(last=False)
            self.nbytes -= gone
