"""The frames of one file in time, and the clips cut out of them.

Axes: T frames, H, W pixels, 3 colours.
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from tgan_demo.data import limits, pictures
from tgan_demo.data.gather import Tally
from tgan_demo.modalities.video.refusals import ClipError, check_pixels

FRAMES_FPS = 25  # that a folder of still frames is taken to be shown at
_STILL = 2  # of 255; what never differs more does not move
_TINY_S = 1e-6
_STUCK = 0.1  # of all frames: so many may come no later than the one before


@dataclass(slots=True)
class Reel:
    """The beginning of one file, frame by frame, each fitted."""

    name: str
    side: int
    tally: Tally
    until_s: float = limits.MAX_CLIP_SECONDS
    frames: list[np.ndarray] = field(default_factory=list)  # uint8 (side, side, 3)
    starts_s: list[float] = field(default_factory=list)  # when each is shown, ascending from 0
    end_s: float = 0.0  # of the last
    size: tuple[int, int] = (0, 0)  # width and height as shown
    num_pixels: int = 0  # decoded
    is_full: bool = False  # more is there that we did not read
    is_damaged: bool = False
    remarks: list[str] = field(default_factory=list)

    def has_room(self, start_s: float, size: tuple[int, int], *, cost: int = 1) -> bool:
        """Whether to take this frame; counts its pixels, which are paid for by then, `cost` times.

        Raises:
            ClipError: one frame is larger than we read.
        """
        check_pixels(self.name, *size)
        pixels = size[0] * size[1] * cost
        self.tally.add(num_values=pixels)
        self.num_pixels += pixels
        self.is_full = (
            start_s >= limits.MAX_CLIP_SECONDS
            or (start_s >= self.until_s and len(self.frames) >= limits.MIN_CLIP_FRAMES)
            or len(self.frames) >= limits.MAX_CLIP_FRAMES
            or self.num_pixels > limits.MAX_CLIP_FILE_PIXELS
        )
        if self.is_full and self.frames:  # it ends where this frame would begin
            self.end_s = max(self.starts_s[-1], min(start_s, self.until_s))
        return not self.is_full

    def add(self, frame: np.ndarray, start_s: float, length_s: float) -> None:
        start_s = max(start_s, self.starts_s[-1] if self.starts_s else 0.0)  # time runs forwards
        self.frames.append(frame)
        self.starts_s.append(start_s)
        self.end_s = start_s + length_s

    def finish(self) -> "Reel":
        """Itself, timed and remarked upon.

        Raises:
            ClipError: too few frames.
        """
        count = len(self.frames)
        if count < limits.MIN_CLIP_FRAMES:
            reason = f"{count or 'no'} frame{'' if count == 1 else 's'}"
            if self.is_damaged or not count:
                reason = f"damaged or cut short: {reason} of it could be read"
            elif self.is_full:
                reason += f" in its first {limits.MAX_CLIP_SECONDS} s"
            raise ClipError(
                self.name,
                f"{reason}; a clip wants {limits.MIN_CLIP_FRAMES} frames or more",
                "bring a longer one",
            )
        # a last frame that is said to last for an hour does not
        self.end_s = min(self.end_s, max(limits.MAX_CLIP_SECONDS, self.starts_s[-1]))
        if self.end_s <= self.starts_s[-1]:  # how long the last is shown is not always told
            self.end_s = self.starts_s[-1] * count / (count - 1) or count / FRAMES_FPS
        if (np.diff(self.starts_s) <= 0).sum() > _STUCK * count:  # H.264 in an AVI, for one
            self.remarks.append("its times make no sense: taken as evenly spread")
            self.starts_s = [k * self.end_s / count for k in range(count)]
        if self.is_full:
            self.remarks.insert(0, f"only its first {self.end_s:.3g} s were read")
        elif self.is_damaged:
            self.remarks.insert(0, f"damaged or cut short: {self.end_s:.3g} s of it could be read")
        if self.size[0] != self.size[1]:
            self.remarks.append("cut to the middle square")
        return self


def resampled(clip: np.ndarray, frames: int, side: int) -> np.ndarray:
    """A clip, uint8 (T', H', W', 3 or 1), as (frames, side, side, 3): its middle square."""
    assert clip.dtype == np.uint8 and clip.ndim == 4 and clip.shape[3] in (1, 3), clip.shape
    assert len(clip), "a clip without frames"
    chosen = clip[(np.arange(frames) * 2 + 1) * len(clip) // (2 * frames)]
    if chosen.shape[1:3] != (side, side):
        chosen = np.stack([fit_frame(frame, side) for frame in chosen])
    return np.repeat(chosen, 3, axis=3) if chosen.shape[3] == 1 else chosen


def fit_frame(frame: np.ndarray, side: int) -> np.ndarray:
    """The middle square of (H, W, C) at one side, transparency on the ground of `pictures`."""
    channels = 1 if frame.shape[2] == 1 else 3
    image = Image.fromarray(np.ascontiguousarray(frame[..., 0] if channels == 1 else frame))
    return pictures.fit(image, (side, side), channels)


def cuts(reel: Reel, frames: int, seconds: float) -> list[tuple[np.ndarray, str]]:
    """(uint8 (T, H, W, 3), the note) of each stretch of about `seconds`, spread over the reel.

    A frame of a clip is the one on screen in the middle of its share of the stretch.
    """
    pile, starts_s = np.stack(reel.frames), np.array(reel.starts_s)
    # of a slide show, as long as limits.MIN_CLIP_FRAMES last
    length_s = max(seconds, limits.MIN_CLIP_FRAMES * reel.end_s / len(pile))
    whole = max(1, round(reel.end_s / length_s))
    count = min(whole, limits.MAX_CUTS)
    if whole == count:
        length_s = reel.end_s / count
    found: list[tuple[np.ndarray, str]] = []
    for begin_s in np.linspace(0, reel.end_s - length_s, count):
        middles_s = begin_s + (np.arange(frames) + 0.5) * length_s / frames
        # a rounding must not decide where a middle meets a frame's start
        chosen = np.maximum(0, np.searchsorted(starts_s, middles_s + _TINY_S) - 1)
        first, behind = np.searchsorted(starts_s, [begin_s + _TINY_S, begin_s + length_s - _TINY_S])
        there, used = int(behind - max(0, first - 1)), len(np.unique(chosen))
        notes = list(reel.remarks)
        if count > 1:
            end_s = begin_s + length_s
            notes.append(f"{begin_s:.3g} to {end_s:.3g} s of {reel.end_s:.3g} s")
        if used < frames:
            notes.append(f"{used} frames shown as {frames}")
        elif used < there:
            notes.append(f"{used} of {there} frames kept")
        clip = pile[chosen]
        if (clip.max(axis=0) - clip.min(axis=0)).max() <= _STILL:
            notes.append("nothing moves in it")
        found.append((clip, "; ".join(notes)))
    return found
