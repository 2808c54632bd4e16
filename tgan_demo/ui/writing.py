"""Writing a film while the page is told how far it is; leaving the page stops it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

LOOK_S = 0.25  # between two looks at how far it is


class Writing:
    """Iterate over it for the share that is done, 0..1; `content` is there afterwards.

    Args:
        write: makes the file; takes `progress` and `cancelled`, as the writers of files.film do.
    """

    def __init__(self, write: Callable[..., bytes]) -> None:
        self.write, self.content = write, b""

    def __iter__(self) -> Iterator[float]:
        stop, share = threading.Event(), [0.0]

        def told(done: float) -> None:
            share[0] = done

        with ThreadPoolExecutor(1, thread_name_prefix="export") as worker:
            job = worker.submit(self.write, progress=told, cancelled=stop.is_set)
            try:
                while not job.done():
                    yield share[0]
                    wait([job], timeout=LOOK_S)
            finally:
                stop.set()  # the user cancelled or left: the writer ends at its next frame
            self.content = job.result()
