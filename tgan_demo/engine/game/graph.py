"""A training step as a CUDA graph: captured once of each kind, then replayed with one launch.

A step of small networks is a thousand small kernels, and launching them takes a GPU's host longer than the GPU
needs for them. What changes from step to step without changing what is computed is a tensor that is filled
anew (Dials; the optimisers' rates); what changes what is computed is in `kind`, and another kind is captured
on its own. Never run by the project's own checks on the CPU: tests/test_graph.py, marked `gpu`, compares it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tgan_demo.engine.game.feed import Feed, Picked
from tgan_demo.engine.game.state import TrainState

logger = logging.getLogger(__name__)

EAGER = 3  # steps of a kind before it is captured: they make Adam's moments and the libraries' workspaces

Pick = Callable[[], Picked]


@dataclass(slots=True)
class Dials:
    """Numbers of a step that schedules and rules change: plain on the CPU, tensors to be filled on a GPU."""

    gamma: float | Tensor = 0.0  # factor on the weights of R1 and R2
    augment_p: float | Tensor = 0.0
    average: float | Tensor = 0.0  # weight of G's new weights in the average

    @classmethod
    def on(cls, device: str) -> "Dials":
        if device == "cpu":
            return cls()
        return cls(*torch.zeros(3, device=device).unbind())

    def turn(self, **values: float) -> None:
        for name, value in values.items():
            dial = getattr(self, name)
            if isinstance(dial, Tensor):
                dial.fill_(value)
            else:
                setattr(self, name, value)


Play = Callable[[TrainState, Dials, str, Pick, Pick | None], Tensor]  # trainer.play
Replayed = Callable[[list[Tensor | None]], Tensor]  # new inputs -> the step's row of numbers


def why_not(state: TrainState, players: str) -> str:
    """Why a step is no graph; empty where it can be one."""
    train = state.train
    if state.device == "cpu":
        return "the run is on the CPU"
    if state.ranks.count > 1:
        return "several processes train together"
    if players != "both":
        return "one player alone learns"
    if train.d_steps != 1:
        return "D takes several steps"
    if state.penalty == "exact" or train.gp_weight > 0:
        return "the penalty is a second derivative"
    if state.fade < 1:
        return "finer detail is being faded in"
    if train.continuity > 0:
        return "how far two windows lie apart is drawn for each step"
    if state.model.spectral_norm:
        return "spectral norm keeps a vector between two steps"
    return ""


def kind(state: TrainState, is_unseen: bool) -> Hashable:
    """What a captured step holds fixed. Rates, gamma, augmentation's strength and budgets may change."""
    lasting = replace(
        state.train, images=1, warm_start=0, lr_g=0, lr_d=0, lr_end=0, warmup_steps=0, gamma_end=0,
        ema_halflife=0, ema_ramp=0, augment_p=0,
    )  # fmt: skip
    return state.model, lasting, state.is_warm_start, state.augment_p > 0, is_unseen


class Replay:
    """Steps of one run on a GPU: the first of a kind as they are, then from its graph."""

    def __init__(
        self, play: Play, capture: "Callable[..., Replayed] | None" = None, refused: str = ""
    ) -> None:
        self.play, self.capture = play, capture or captured
        self.graphs: dict[Hashable, Replayed] = {}
        self.done: Counter[Hashable] = Counter()
        self.refused = refused  # why none is captured

    def step(
        self, state: TrainState, dials: Dials, players: str, feed: Feed, unseen: Feed | None
    ) -> Tensor:
        """One step's row of numbers (readout.row)."""
        reason = self.refused or why_not(state, players)
        if reason:
            if state.device != "cpu" and reason not in self.done:
                logger.info("Steps are not captured as a CUDA graph: %s.", reason)
                self.done[reason] += 1
            pick_unseen = None if unseen is None else unseen.pick
            return self.play(state, dials, players, feed.pick, pick_unseen)
        # drawn in this order with a graph and without
        picked, others = feed.pick(), (None, None) if unseen is None else unseen.pick()
        inputs = [*picked, *others]
        this = kind(state, unseen is not None)
        if this not in self.graphs and self.done[this] >= EAGER:
            try:
                self.graphs[this] = self.capture(self.play, state, dials, players, inputs)
            except RuntimeError as error:
                self.refused = str(error).splitlines()[0]
        if this in self.graphs:
            return self.graphs[this](inputs)
        self.done[this] += 1
        return aside(lambda: _played(self.play, state, dials, players, inputs))


def aside(run: Callable[[], Tensor]) -> Tensor:
    """On a stream of its own, as a step is captured: what remembers its stream must not remember another."""
    if not torch.cuda.is_available():
        return run()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        row = run()
    torch.cuda.current_stream().wait_stream(stream)
    return row


def captured(
    play: Play, state: TrainState, dials: Dials, players: str, inputs: list[Tensor | None]
) -> Replayed:
    """A step recorded, not run: its kernels, and where it reads its samples and leaves its numbers."""
    held = [None if new is None else new.clone() for new in inputs]
    for optimizer in (state.opt_g, state.opt_d):
        optimizer.zero_grad(set_to_none=True)
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(state.rng)
    with torch.cuda.graph(graph):
        row = _played(play, state, dials, players, held)

    def replayed(inputs: list[Tensor | None]) -> Tensor:
        for place, new in zip(held, inputs, strict=True):
            if place is not None and new is not None:
                place.copy_(new)
        graph.replay()
        return row.clone()

    return replayed


def _played(
    play: Play, state: TrainState, dials: Dials, players: str, inputs: list[Tensor | None]
) -> Tensor:
    real, labels_B, other, other_labels_B = inputs
    assert real is not None
    pick_other = None if other is None else lambda: (other, other_labels_B)
    return play(state, dials, players, lambda: (real, labels_B), pick_other)
