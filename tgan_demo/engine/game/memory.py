"""How the process keeps memory, and gives it back: what a program that trains sets before its first thread."""

import ctypes
import sys


def keep_memory() -> None:
    """Let glibc keep what a step frees for the next one: given back and asked for again it costs 3 %.

    One arena for all threads, since others than the first give back whatever is freed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        trim_threshold, mmap_threshold, arena_max = -1, -3, -8  # their numbers in malloc.h
        mallopt(arena_max, 1)
        mallopt(trim_threshold, 2**31 - 1)
        mallopt(mmap_threshold, 32 << 20)  # the most it takes


def give_back() -> None:
    """Return to the system what was freed and kept. A tenth of a second; a run that is going asks anew."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
