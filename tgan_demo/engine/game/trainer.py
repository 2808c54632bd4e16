"""The training loop: draw, judge, compare, update, average, report. It yields events and never calls up.

`train_slice` is the heart: called again and again by a job thread, by the command line, or once in a
worker that gets a state in and gives it out. Whoever drives it may stop after any event.

Axes: B batch, Z latent; "..." the signal's own.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from tgan_demo.config import TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.seeds import labels_for, noise
from tgan_demo.engine.game import augment, continuity, penalties, schedules, warm_start
from tgan_demo.engine.game.losses import LOSSES, ODDS
from tgan_demo.engine.game.precision import DTYPES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.attention import Tap
from tgan_demo.engine.players.space_time import window_starts
from tgan_demo.events import AttentionReady, RunFailed, RunFinished, SamplesReady, StepDone
from tgan_demo.said import say

HELD_OUT = 0.1  # of the data at most, never trained on, so that D can be asked about unseen samples
MANY_HELD_OUT = 256  # samples; more are not held out
WORTH_IT = 500  # samples; of fewer none are, unless the augmentation's strength is steered by them
UNSEEN_EVERY = 8  # steps
CONFIDENCE_RATE = 0.05  # of the running mean, a step


@dataclass(slots=True)
class Batch:
    """What one D step saw, kept for the G step after it."""

    real: Tensor
    fake: Tensor  # with its graph back to G
    labels_B: Tensor | None  # D's classes
    asked_B: Tensor | None  # G's classes: those of a later window of a long clip D does not get
    augment_state: Tensor  # so that G is judged under the same draw


@dataclass(frozen=True, slots=True)
class Unseen:
    """D's logits, before its step, of samples that it never learned from."""

    real_B: Tensor  # held out of the data
    fake_B: Tensor  # just generated, of the same classes
    known_B: Tensor | None  # training data, to compare with; where augmentation is steered by it


def train_slice(
    state: TrainState,
    dataset: Dataset,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    players: str = "both",
) -> Iterator[StepDone | RunFinished | RunFailed]:
    """Train until `steps`, `seconds` or the run's budget is used up; one StepDone a step.

    Args:
        players: "both", or only "d" or "g": the other player is held still.
    """
    train, held_out = split(dataset, state.train)
    begun, done = time.perf_counter(), 0
    while (steps is None or done < steps) and (
        seconds is None or time.perf_counter() - begun < seconds
    ):
        if state.nimg - state.start_nimg >= state.train.images:
            yield RunFinished(nimg=state.nimg, seconds=state.seconds)
            return
        event = train_step(state, train, held_out, players=players)
        yield event
        if isinstance(event, RunFailed):
            return
        done += 1


def train_step(
    state: TrainState, dataset: Dataset, held_out: Dataset | None = None, *, players: str = "both"
) -> StepDone | RunFailed:
    """One step of D (or d_steps of them) and one of G. A step that is not finite changes nothing."""
    begun = time.perf_counter()
    lr_g, lr_d = _set_rates(state)
    if was_warm_start := state.is_warm_start:
        players = "g"
    batch, report, unseen = None, {}, None
    for _ in range(state.train.d_steps if players != "g" else 1):
        batch = draw(state, dataset)
        if players != "g":
            if held_out is not None and unseen is None and state.step % UNSEEN_EVERY == 0:
                unseen = _judge_unseen(state, held_out, batch)
            report |= _step_d(state, batch)
            if cause := _not_finite(report):
                return RunFailed(step=state.step, nimg=state.nimg, cause=cause)
    assert batch is not None  # d_steps is 1 or more
    if players != "d":
        report = _step_g(state, batch) | report  # what D's step saw of D counts
        if cause := _not_finite(report):
            return RunFailed(step=state.step, nimg=state.nimg, cause=cause)
        _average(state)
    if players == "d":
        report |= {"loss_g": 0.0, "grad_g": 0.0}
    if players == "g":
        report |= {"loss_d": 0.0, "grad_d": 0.0, "r1": 0.0, "r2": 0.0}
    if not was_warm_start:
        _steer(state, report["d_confidence"], unseen, held_out)
    elapsed = time.perf_counter() - begun
    state.step += 1
    if players != "g" or was_warm_start:
        state.nimg += len(batch.real) * state.train.d_steps
    state.seconds += elapsed
    return StepDone(
        step=state.step,
        nimg=state.nimg,
        steps=1,
        seconds=state.seconds,
        gamma=state.gamma * state.train.r1_gamma,
        augment_p=state.augment_p,
        lr_g=lr_g,
        lr_d=lr_d,
        d_unseen=state.unseen,
        images_per_s=len(batch.real) * state.train.d_steps / elapsed,
        is_warm_start=was_warm_start,
        **report,
    )


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


def judge(state: TrainState, signal: Tensor, labels_B: Tensor | None) -> Tensor:
    """D's logits of a signal, in the run's precision."""
    tokens = state.tokenizer.to_tokens(signal.to(DTYPES[state.precision]), state.model)
    return state.D(tokens, labels_B)


def draw(state: TrainState, dataset: Dataset) -> Batch:
    """Real samples, and fakes of the same classes, paired."""
    size = state.train.batch_size
    index = torch.randint(len(dataset), (size,), generator=state.rng).numpy()
    real = state.tokenizer.from_items(dataset.items[index], state.model).to(state.device)
    labels_B = labels_of(state, dataset, index)
    if state.is_warm_start:  # nobody will judge
        return Batch(real, real, labels_B, labels_B, state.rng.get_state())
    z_BZ = torch.randn(size, state.model.z_dim, generator=state.rng)
    z_BZ = z_BZ.to(state.device, DTYPES[state.precision])
    start_B = window_starts(state.model, size, state.rng)
    judged_B = labels_B
    if start_B is not None:
        start_B = start_B.to(state.device)
        judged_B = None if labels_B is None else torch.where(start_B > 0, -1, labels_B)
    # in the run's precision: some tokenizers choose among thousands
    tokens = state.G(z_BZ, labels_B, start_B=start_B).to(z_BZ.dtype)
    noise_seed_B = torch.randint(2**40, (size,), generator=state.rng)
    fake = state.tokenizer.to_signal(tokens, state.model, noise_seed_B=noise_seed_B)
    return Batch(real, fake, judged_B, labels_B, state.rng.get_state())


def augmented(state: TrainState, batch: Batch, signal: Tensor) -> Tensor:
    """A signal as D is shown it: under the batch's draw of the augmentations."""
    rng = torch.Generator()
    rng.set_state(batch.augment_state)
    return augment.apply(state.train.augment, signal, state.augment_p, rng)


@torch.no_grad()
def _judge_unseen(state: TrainState, held_out: Dataset, known: Batch) -> Unseen:
    new = draw(state, held_out)
    pairs = [(new, new.real), (new, new.fake)]
    if state.train.auto_augment:
        pairs.append((known, known.real))
    judged = [judge(state, augmented(state, batch, x), batch.labels_B) for batch, x in pairs]
    return Unseen(judged[0], judged[1], judged[2] if state.train.auto_augment else None)


def _step_d(state: TrainState, batch: Batch) -> dict[str, float]:
    """D looks at real, fake and, for the penalties, at both again a small step away."""
    train = state.train
    real = augmented(state, batch, batch.real)
    fake = augmented(state, batch, batch.fake.detach())
    # ---- judge
    real_B, fake_B, penalty_B = penalties.judged(
        lambda signal, labels_B: judge(state, signal, labels_B),
        real,
        fake,
        batch.labels_B,
        train,
        state.rng,
    )
    r1, r2 = (half.mean() for half in penalty_B.chunk(2))
    # ---- compare
    loss_d = LOSSES[train.loss](real_B, fake_B)[0].mean()
    total = loss_d + 0.5 * state.gamma * (train.r1_gamma * r1 + train.r2_gamma * r2)
    total = total + train.centring * penalties.centring(real_B, fake_B).mean()
    if train.gp_weight > 0:
        total = (
            total
            + train.gp_weight
            * penalties.wgan_gp(
                lambda x: judge(state, x, batch.labels_B), real, fake, state.rng
            ).mean()
        )
    # ---- update
    grad_d = _update(state.opt_d, state.D, total, train.clip)
    return {
        "loss_d": loss_d.item(),
        "r1": r1.item(),
        "r2": r2.item(),
        "grad_d": grad_d,
        "d_real": real_B.mean().item(),
        "d_fake": fake_B.mean().item(),
        "d_accuracy": (real_B > fake_B).float().mean().item(),
        "d_confidence": penalties.confidence(real_B, fake_B).item(),
    }


def _step_g(state: TrainState, batch: Batch) -> dict[str, float]:
    """G learns from the D just updated, on the fakes it just made; or from the warm start's loss."""
    if state.is_warm_start:
        total, reconstruction_loss = warm_start.loss(state, batch.real, batch.asked_B)
        total = total + continuity.loss(state, batch.asked_B)
        grad_g = _update(state.opt_g, state.G, total, state.train.clip)
        nothing = dict.fromkeys(("d_real", "d_fake"), 0.0)
        even = dict.fromkeys(("d_accuracy", "d_confidence"), 0.5)
        return {"loss_g": reconstruction_loss.item(), "grad_g": grad_g, **nothing, **even}
    state.D.requires_grad_(False)  # held still: only G learns here
    fake_B = judge(state, augmented(state, batch, batch.fake), batch.labels_B)
    with torch.no_grad():
        real_B = judge(state, augmented(state, batch, batch.real), batch.labels_B)
    state.D.requires_grad_(True)
    loss_g = LOSSES[state.train.loss](real_B, fake_B)[1].mean()
    total = loss_g
    if state.train.reconstruction_weight > 0:
        total = (
            total
            + state.train.reconstruction_weight
            * warm_start.loss(state, batch.real, batch.asked_B)[0]
        )
    total = total + continuity.loss(state, batch.asked_B)
    grad_g = _update(state.opt_g, state.G, total, state.train.clip)
    return {
        "loss_g": loss_g.item(),
        "grad_g": grad_g,
        "d_real": real_B.mean().item(),
        "d_fake": fake_B.mean().item(),
        "d_accuracy": (real_B > fake_B).float().mean().item(),
        "d_confidence": penalties.confidence(real_B, fake_B).item(),
    }


def _update(optimizer: torch.optim.Optimizer, net: nn.Module, total: Tensor, clip: float) -> float:
    """Gradient step; its norm before clipping. A gradient that is not finite is not taken."""
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), clip if clip > 0 else float("inf")).item()
    if np.isfinite(norm):
        optimizer.step()
    return norm


@torch.no_grad()
def _average(state: TrainState) -> None:
    train = state.train
    size = train.batch_size * train.d_steps
    seen = (
        state.nimg + size - state.start_nimg
    )  # in this run: a fine-tuned average must let go of the old
    decay = schedules.ema_decay(size, seen, train.ema_halflife, train.ema_ramp)
    shadow: list[Tensor] = list(state.ema.parameters())
    live: list[Tensor] = list(state.G.parameters())
    torch._foreach_lerp_(shadow, live, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]


def _steer(state: TrainState, sure: float, unseen: Unseen | None, held_out: Dataset | None) -> None:
    """The two automatic rules: weight of the penalties, strength of augmentation.

    Both go by samples that D has not learned from, where some are held out: on its own D is surer.
    """
    if unseen is not None:
        state.unseen = (unseen.real_B > unseen.fake_B).float().mean().item()
        sure = penalties.confidence(unseen.real_B, unseen.fake_B).item()
    if unseen is not None or held_out is None:
        every = 1 if unseen is None else UNSEEN_EVERY
        state.confidence += min(1.0, CONFIDENCE_RATE * every) * (sure - state.confidence)
    if state.train.auto_gamma and state.train.loss in ODDS:
        state.gamma_factor = penalties.steer(state.confidence)
    if unseen is not None and unseen.known_B is not None:
        overfit = 2 * (unseen.known_B[:, None] > unseen.real_B[None]).float().mean().item() - 1
        state.augment_p = augment.adapt(state.augment_p, overfit, rate=0.002 * UNSEEN_EVERY)


def labels_of(state: TrainState, dataset: Dataset, index: np.ndarray) -> Tensor | None:
    """Classes of these rows, where both the model and the data have some."""
    if not state.model.classes or dataset.labels is None:
        return None
    return torch.from_numpy(dataset.labels[index]).to(state.device)


def _set_rates(state: TrainState) -> tuple[float, float]:
    train = state.train
    factor = schedules.cosine(state.fraction, train.lr_end)
    factor *= schedules.warmup(state.step - state.warm_step, train.warmup_steps)
    for optimizer, rate in ((state.opt_g, train.lr_g), (state.opt_d, train.lr_d)):
        for group in optimizer.param_groups:
            group["lr"] = rate * factor * group["rate"]
    return train.lr_g * factor, train.lr_d * factor


def split(dataset: Dataset, train: TrainConfig) -> tuple[Dataset, Dataset | None]:
    """Training and held-out part; None where there are too few samples to hold any out."""
    least = 20 if train.auto_augment else WORTH_IT
    if len(dataset) < least:
        return dataset, None
    # scattered, for files often come sorted by class
    order = np.random.default_rng(0).permutation(len(dataset))
    cut = min(MANY_HELD_OUT, max(2, round(len(dataset) * HELD_OUT)))
    parts = [
        replace(
            dataset,
            items=dataset.items[part],
            labels=None if dataset.labels is None else dataset.labels[part],
        )
        for part in (np.sort(order[cut:]), order[:cut])
    ]
    return parts[0], parts[1]


def _not_finite(report: dict[str, float]) -> str:
    """What went wrong, for the user; empty when nothing did."""
    bad = [name for name, value in report.items() if not np.isfinite(value)]
    if not bad:
        return ""
    return say("not_finite", names=", ".join(bad))
