"""A stand-in of ZeroGPU's `spaces`: a worker that is forked, pickles both ways, and is killed at its limit."""

import contextvars
import functools
import multiprocessing
import os
import pickle
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request")  # whose quota it is


class Quota(Exception):
    """No request, so nobody's quota; or it is used up."""


class Aborted(Exception):
    """The worker was killed, or died."""


def asking(request: str, work: Callable[[], Any]) -> Any:
    """`work` as a part of someone's request."""
    context = contextvars.copy_context()
    context.run(REQUEST.set, request)
    return context.run(work)


class Spaces(types.ModuleType):
    """The module. `limit_s` kills earlier than the duration that was asked for."""

    def __init__(self, limit_s: float | None = None) -> None:
        super().__init__("spaces")
        self.limit_s = limit_s
        self.request: Callable[[], Any] = lambda: REQUEST.get(None)
        self.asked: list[tuple[Any, float]] = []  # (request, seconds) of each call
        self.sent = 0  # bytes, both ways

    def GPU(self, fn: Callable, duration: Any = 60) -> Callable:
        """As spaces.GPU of a generator: nothing crosses but by pickle, and a close reaches it at a yield."""

        @functools.wraps(fn)
        def called(*args: Any, **kwargs: Any) -> Iterator[Any]:
            seconds = duration(*args, **kwargs) if callable(duration) else duration
            request = self.request()
            if request is None:
                raise Quota("Space app has reached its GPU limit")
            self.asked.append((request, seconds))
            fork = multiprocessing.get_context("fork")
            here, there = fork.Pipe()
            stop = fork.Event()
            worker = fork.Process(target=_work, args=(fn, here, there, stop), daemon=True)
            worker.start()
            there.close()
            end = time.monotonic() + (self.limit_s or seconds)
            try:
                self._send(here, (args, kwargs))
                while True:
                    kind, value = self._receive(here, end)
                    if kind == "error":
                        raise Aborted(value)
                    if kind == "end":
                        return
                    yield value
            except GeneratorExit:
                stop.set()
                raise
            finally:
                worker.join(0 if time.monotonic() >= end else 5)
                worker.kill()
                worker.join()

        return called

    def _send(self, pipe: Any, value: Any) -> None:
        data = pickle.dumps(value)
        self.sent += len(data)
        pipe.send_bytes(data)

    def _receive(self, pipe: Any, end: float) -> Any:
        if not pipe.poll(max(0.0, end - time.monotonic())):
            raise Aborted("GPU task aborted")
        try:
            data = pipe.recv_bytes()
        except EOFError as error:
            raise Aborted("GPU task aborted") from error
        self.sent += len(data)
        return pickle.loads(data)


def _work(fn: Callable, theirs: Any, pipe: Any, stop: Any) -> None:
    theirs.close()
    try:
        args, kwargs = pickle.loads(pipe.recv_bytes())
        for value in fn(*args, **kwargs):
            if stop.is_set():
                break
            pipe.send_bytes(pickle.dumps(("value", value)))
        pipe.send_bytes(pickle.dumps(("end", None)))
    except Exception as error:
        pipe.send_bytes(pickle.dumps(("error", repr(error))))
    finally:
        os._exit(0)
