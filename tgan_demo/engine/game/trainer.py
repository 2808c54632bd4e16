"""The training loop: draw, judge, compare, update, average, report. It yields events and never calls up.

`train_slice` is the heart: called again and again by a job thread, by the command line, or once in a
worker that gets a state in and gives it out. Whoever drives it may stop after any event.

`play` is all of a step that runs where the networks are. It reads nothing back, so that on a GPU it can be
captured as a graph (graph.py); its numbers are read afterwards (readout.py).

Axes: B batch, Z latent; "..." the signal's own.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.seeds import labels_for, noise
from tgan_demo.engine.game import (
    continuity,
    growing,
    local,
    penalties,
    readout,
    schedules,
    warm_start,
)
from tgan_demo.engine.game.batch import Batch, augmented, judge, pair
from tgan_demo.engine.game.feed import Feed, split
from tgan_demo.engine.game.graph import Dials, Pick, Replay
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.attention import Tap
from tgan_demo.events import AttentionReady, RunFailed, RunFinished, SamplesReady, StepDone
from tgan_demo.said import say


@dataclass(slots=True)
class Means:
    """What a slice steps with: where samples come from, and how a step is run."""

    feed: Feed
    unseen: Feed | None  # samples that D never learns from
    dials: Dials
    replay: Replay

    @classmethod
    def of(
        cls, state: TrainState, dataset: Dataset, held_out: Dataset | None, no_graphs: str = ""
    ) -> "Means":
        unseen = None if held_out is None else Feed(state, held_out)
        replay = Replay(play, refused=no_graphs)
        return cls(Feed(state, dataset), unseen, Dials.on(state.device), replay)


def train_slice(
    state: TrainState,
    dataset: Dataset,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    players: str = "both",
    no_graphs: str = "",
) -> Iterator[StepDone | RunFinished | RunFailed]:
    """Train until `steps`, `seconds` or the run's budget is used up; one StepDone a step.

    Args:
        players: "both", or only "d" or "g": the other player is held still.
        no_graphs: why steps on a GPU are not to be captured as CUDA graphs; empty: they are.
    """
    train, held_out = split(dataset, state.train)
    local.prepare(state, train)
    means = Means.of(state, train, held_out, no_graphs)
    begun, done = time.perf_counter(), 0
    while (steps is None or done < steps) and (
        seconds is None or time.perf_counter() - begun < seconds
    ):
        if state.nimg - state.start_nimg >= state.train.images:
            yield RunFinished(nimg=state.nimg, seconds=state.seconds)
            return
        if growing.is_due(state):
            growing.grow(state)
            local.prepare(state, train)
            means = Means.of(state, train, held_out, no_graphs)
        event = train_step(state, means, players=players, most=(steps or math.inf) - done)
        yield event
        if isinstance(event, RunFailed):
            return
        done += event.steps


def train_step(
    state: TrainState, means: Means, *, players: str = "both", most: float = 1
) -> StepDone | RunFailed:
    """One step of D (or d_steps of them) and one of G; on a GPU a few, `most` at most, whose numbers are read
    together. A step that is not finite changes nothing, nor does one after it.
    """
    begun, rates = time.perf_counter(), (0.0, 0.0)
    was_warm_start, first = state.is_warm_start, (state.step, state.nimg)
    size = state.train.batch_size * state.train.d_steps
    if was_warm_start:
        players = "g"
    left = []  # rows of numbers
    for _ in range(_together(state, most)):
        rates = _set_rates(state)
        seen = state.nimg + size - state.start_nimg
        # in this run: a fine-tuned average must let go of the old
        train = state.train
        decay = schedules.ema_decay(size, seen, train.ema_halflife, train.ema_ramp)
        means.dials.turn(gamma=state.gamma, augment_p=state.augment_p, average=1 - decay)
        wants_unseen = players != "g" and state.step % readout.UNSEEN_EVERY == 0
        unseen = means.unseen if wants_unseen else None
        left.append(means.replay.step(state, means.dials, players, means.feed, unseen))
        state.step += 1
        if players != "g" or was_warm_start:
            state.nimg += size
    done = readout.read(left)
    for number, (step, _) in enumerate(done):
        if names := readout.not_finite(step):
            state.bad.zero_()
            state.step = first[0] + number
            state.nimg = first[1] + number * (state.nimg - first[1]) // len(done)
            return RunFailed(step=state.step, nimg=state.nimg, cause=say("not_finite", names=names))
    if not was_warm_start:
        for step, others in done:
            is_split = means.unseen is not None
            readout.steer(state, step["d_confidence"], others, is_split=is_split)
    growing.fade(state, len(done) * size)
    elapsed = state.ranks.first(time.perf_counter() - begun)
    state.seconds += elapsed
    return StepDone(
        step=state.step,
        nimg=state.nimg,
        steps=len(done),
        seconds=state.seconds,
        gamma=state.gamma * state.train.r1_gamma,
        augment_p=state.augment_p,
        lr_g=rates[0],
        lr_d=rates[1],
        d_unseen=state.unseen,
        images_per_s=len(done) * size / elapsed,
        is_warm_start=was_warm_start,
        d_local=readout.local([step for step, _ in done]),
        **readout.mean([step for step, _ in done]),
    )


def _together(state: TrainState, most: float) -> int:
    """Steps whose numbers are read at once: one on the CPU, else some, of one phase."""
    if state.device == "cpu":
        return 1
    train, nimg = state.train, state.nimg - state.start_nimg
    end = train.warm_start if state.is_warm_start else train.images
    left = math.ceil((min(end, train.images) - nimg) / (train.batch_size * train.d_steps))
    return max(1, int(min(readout.TOGETHER, most, left)))


def play(
    state: TrainState, dials: Dials, players: str, pick: Pick, pick_unseen: Pick | None
) -> Tensor:
    """One step where the networks are; its row of numbers (readout.row). Reads nothing back."""
    report, unseen = {}, {}
    batch = None
    for _ in range(state.train.d_steps if players != "g" else 1):
        batch = pair(state, pick())
        if players != "g":
            if pick_unseen is not None and not unseen:
                unseen = _judge_unseen(state, pair(state, pick_unseen()), batch, dials)
            report |= _step_d(state, batch, dials)
    assert batch is not None  # d_steps is 1 or more
    if players != "d":
        report = _step_g(state, batch, dials) | report  # what D's step saw of D counts
        if state.ranks.is_first:  # who saves it
            _average(state, dials.average)
    return state.ranks.mean(readout.row(report, unseen, state.device))


@torch.no_grad()
def watch(
    state: TrainState, *, seeds: Sequence[int] = tuple(range(16)), label: int | None = None
) -> tuple[SamplesReady, AttentionReady]:
    """Samples of fixed seeds and G's attention on the first, from the averaged weights in float32.

    With classes and no `label`, seed i shows class i, or, of more classes than seeds, every n-th.
    """
    classes = len(state.model.classes)
    labels_B = labels_for(list(seeds), classes, label)
    if classes and label is None:
        labels_B = torch.arange(len(seeds)) * max(1, classes // len(seeds)) % classes
    if labels_B is not None:
        labels_B = labels_B.to(state.device)
    z_BZ = noise(list(seeds), state.model.z_dim).to(state.device)
    signal = state.tokenizer.to_signal(
        state.ema(z_BZ, labels_B), state.model, noise_seed_B=torch.tensor(list(seeds))
    )
    tap = Tap()
    state.ema(z_BZ[:1], None if labels_B is None else labels_B[:1], tap=tap)
    weights_LHNN = torch.stack([heads.weights_BHNM[0] for heads in tap.self_])
    return (
        SamplesReady(
            nimg=state.nimg,
            signal_B=signal.cpu().numpy(),
            labels_B=None if labels_B is None else labels_B.cpu().numpy(),
        ),
        AttentionReady(nimg=state.nimg, weights_LHNN=weights_LHNN.half().cpu().numpy()),
    )


@torch.no_grad()
def _judge_unseen(state: TrainState, new: Batch, known: Batch, dials: Dials) -> dict[str, Tensor]:
    """Of D's logits, before its step, of samples held out of the data and as many just generated; where
    augmentation is steered by them, beside training data (readout.OF_UNSEEN).
    """
    pairs = [(new, new.real), (new, new.fake)]
    if state.train.auto_augment:
        pairs.append((known, known.real))
    real_B, fake_B, *known_B = (
        judge(state, augmented(state, batch, x, dials.augment_p), batch.labels_B)
        for batch, x in pairs
    )
    told = readout.of_logits(real_B, fake_B)
    unseen = {"accuracy": told["d_accuracy"], "confidence": told["d_confidence"]}
    if known_B:  # each of the one with each of the other, whichever ranks have them
        seen_B, new_B = (state.ranks.gather(logits_B) for logits_B in (known_B[0], real_B))
        unseen["overfit"] = 2 * (seen_B[:, None] > new_B[None]).float().mean() - 1
    return unseen


def _step_d(state: TrainState, batch: Batch, dials: Dials) -> dict[str, Tensor]:
    """D looks at real, fake and, for the penalties, at both again a small step away."""
    train = state.train
    real = augmented(state, batch, batch.real, dials.augment_p)
    fake = augmented(state, batch, batch.fake.detach(), dials.augment_p)
    # ---- judge
    real_B, fake_B, penalty_B = penalties.judged(
        lambda signal, labels_B: judge(state, signal, labels_B),
        real,
        fake,
        batch.labels_B,
        train,
        state.penalty,
        state.rng,
        state.ranks,
    )
    r1, r2 = penalties.halves(penalty_B, len(real), train, state.ranks)
    # ---- compare
    loss_d = LOSSES[train.loss](real_B, fake_B)[0].mean()
    total = loss_d + 0.5 * dials.gamma * (train.r1_gamma * r1 + train.r2_gamma * r2)
    total = total + train.centring * penalties.centring(real_B, fake_B).mean()
    if train.gp_weight > 0:
        total = (
            total
            + train.gp_weight
            * penalties.wgan_gp(
                lambda x: judge(state, x, batch.labels_B), real, fake, state.rng, state.ranks
            ).mean()
        )
    report = {}
    if state.D.local is not None:
        local_loss, local_accuracy = local.loss_d(state, real, fake)
        total = total + local_loss
        report["d_local"] = local_accuracy
    # ---- update
    grad_d = _update(state, state.opt_d, state.D, total)
    told = {"loss_d": loss_d, "r1": r1, "r2": r2, "grad_d": grad_d}
    return report | told | readout.of_logits(real_B, fake_B)


def _step_g(state: TrainState, batch: Batch, dials: Dials) -> dict[str, Tensor]:
    """G learns from the D just updated, on the fakes it just made; or from the warm start's loss."""
    if state.is_warm_start:
        total, reconstruction_loss = warm_start.loss(state, batch.real, batch.asked_B)
        total = total + continuity.loss(state, batch.asked_B)
        grad_g = _update(state, state.opt_g, state.G, total)
        even = torch.full_like(grad_g, 0.5)
        told = {"loss_g": reconstruction_loss, "grad_g": grad_g}
        return told | {"d_accuracy": even, "d_confidence": even}
    state.D.requires_grad_(False)  # held still: only G learns here
    real, fake = (augmented(state, batch, x, dials.augment_p) for x in (batch.real, batch.fake))
    fake_B = judge(state, fake, batch.labels_B)
    with torch.no_grad():
        real_B = judge(state, real, batch.labels_B)
    loss_g = LOSSES[state.train.loss](real_B, fake_B)[1].mean()
    total = loss_g if state.D.local is None else loss_g + local.loss_g(state, real, fake)
    state.D.requires_grad_(True)
    if state.train.reconstruction_weight > 0:
        total = (
            total
            + state.train.reconstruction_weight
            * warm_start.loss(state, batch.real, batch.asked_B)[0]
        )
    total = total + continuity.loss(state, batch.asked_B)
    grad_g = _update(state, state.opt_g, state.G, total)
    return {"loss_g": loss_g, "grad_g": grad_g} | readout.of_logits(real_B, fake_B)


def _update(
    state: TrainState, optimizer: torch.optim.Optimizer, net: nn.Module, total: Tensor
) -> Tensor:
    """Gradient step; its norm before clipping. What is not finite is not taken, and nothing after it.

    Gradients are averaged over ranks before they are clipped, the loss too: all take the same step, or none.
    """
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    learned = (p for group in optimizer.param_groups for p in group["params"])
    whole = state.ranks.mean_gradients(learned, total)
    clip = state.train.clip if state.train.clip > 0 else float("inf")
    norm = nn.utils.clip_grad_norm_(net.parameters(), clip)
    state.bad.copy_(torch.maximum(state.bad, 1 - (norm + whole).isfinite().float()))
    optimizer.found_inf = state.bad  # pyright: ignore[reportAttributeAccessIssue]
    optimizer.step()
    return norm


@torch.no_grad()
def _average(state: TrainState, weight: float | Tensor) -> None:
    shadow: list[Tensor] = list(state.ema.parameters())
    live: list[Tensor] = list(state.G.parameters())
    if isinstance(weight, float):
        if not state.bad:
            torch._foreach_lerp_(shadow, live, weight)  # pyright: ignore[reportPrivateImportUsage]
        return
    apart = torch._foreach_sub(live, shadow)  # pyright: ignore[reportPrivateImportUsage]
    torch._foreach_mul_(apart, weight * (1 - state.bad))  # pyright: ignore[reportPrivateImportUsage]
    torch._foreach_add_(shadow, apart)  # pyright: ignore[reportPrivateImportUsage]


def _set_rates(state: TrainState) -> tuple[float, float]:
    train = state.train
    factor = schedules.cosine(state.fraction, train.lr_end)
    factor *= schedules.warmup(state.step - state.warm_step, train.warmup_steps)
    for optimizer, rate in ((state.opt_g, train.lr_g), (state.opt_d, train.lr_d)):
        for group in optimizer.param_groups:
            if isinstance(group["lr"], Tensor):  # on a GPU, where a graph reads it
                group["lr"].fill_(rate * factor * group["rate"])
            else:
                group["lr"] = rate * factor * group["rate"]
    return train.lr_g * factor, train.lr_d * factor
