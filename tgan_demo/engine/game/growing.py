"""Progressive growing: a run begins with coarse signals in few tokens, and doubles their size on the way.

At half the size and the same patch there are a quarter of the tokens, so that the whole of a signal is
learned for a quarter of the time. Then the grid doubles: each token becomes four with half the field of
view. In G all four begin as the one, at its position, and its last map gets weights of its own for each of
the four places (`doublings`, layers.PlacedLinear): G shows what it showed, in twice as many pixels. In D
(and in the warm start's encoder) positions are interpolated, and the first map sees its smaller window as
the middle of a coarse one: near what it was, and no more. All other weights stay, and the optimisers'
moments go with them. While new detail is faded in, D is shown real and generated signals with a rising
share of it.

A stage is a run of a smaller ModelConfig (`state.model`), so all that samples, judges, saves or looks
inside does at every stage what it does for a model of that size. Sources: Karras et al. 2018,
arXiv:1710.10196, section 2; positions, as for a ViT that is given larger pictures, Dosovitskiy et al. 2021,
arXiv:2010.11929, section 3.2. Measured in docs/LOG.md, 2026-11-28.

Axes: N tokens, D channels, P places in a square of tokens, G numbers of one of G's tokens.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Growable
from tgan_demo.engine.game import state as states
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.vae_encoder import VaeEncoder

FADE = 0.5  # of a stage's samples: so long detail is faded in

Change = Callable[[Tensor], Tensor]  # of a weight, or of a moment of it


def stage_length(state: TrainState) -> float:
    """Samples of a stage: as the run says, else of what is left of its budget when the stage begins one
    share each for this and every later stage, and two for the last.
    """
    if state.train.grow_images:
        return state.train.grow_images
    end = state.start_nimg + state.train.images
    return max(1.0, (end - state.stage_nimg) / (state.stage + 2))


def is_due(state: TrainState) -> bool:
    return state.stage > 0 and state.nimg - state.stage_nimg >= stage_length(state)


def fade(state: TrainState, samples: int) -> None:
    """So many samples were seen: more of the new detail is shown from now on."""
    if state.fade < 1:
        state.fade = min(1.0, state.fade + samples / (FADE * stage_length(state)))


def faded(state: TrainState, signal: Tensor) -> Tensor:
    """What D is shown of a signal while the run's newest detail is faded in."""
    if state.fade >= 1:
        return signal
    return _growable(state).faded(signal, state.fade)


def full(state: TrainState) -> ModelConfig:
    """The model at the size that the run will have."""
    return grown(_growable(state), state.model, state.stage) if state.stage else state.model


@torch.no_grad()
def grow(state: TrainState) -> None:
    """Double the size of a run's signals: its networks, their average and moments, its counters."""
    tokenizer = _growable(state)
    before, model = state.model, grown(tokenizer, state.model)
    spec, grid = state.tokenizer.tokens(model), state.tokenizer.tokens(before).grid
    of_g, of_d = (zoom.to(state.device) for zoom in tokenizer.zooms(before))

    def painted(x: Tensor) -> Tensor:
        places_PGD = x if before.doublings else x[None]
        return split(places_PGD, of_g, 2**before.doublings)

    def painted_bias(x: Tensor) -> Tensor:
        return painted(x[..., None])[..., 0]

    def repeated(x: Tensor) -> Tensor:
        return doubled(x, grid, smooth=False)

    def seen(x: Tensor) -> Tensor:  # columns of D's first map are
        return x @ of_d

    def seen_moment(x: Tensor) -> Tensor:  # a mean, not a sum, over what a pixel stands for
        return x @ (of_d / of_d.sum(0))

    def placed(x: Tensor) -> Tensor:
        return doubled(x, grid)

    last = "head.2" if before.head_hidden else "head"
    g = {
        "positions": repeated,
        "offset_mix": repeated,
        f"{last}.weight": painted,
        f"{last}.bias": painted_bias,
    }
    reads = {"encoder.positions": placed, "encoder.embed.weight": seen}
    moments = reads | {"encoder.embed.weight": seen_moment}
    with states.seeded(0):  # no weight is left as it is drawn
        G, D, ema = Generator(model, spec), Discriminator(model, spec), Generator(model, spec)
        encoder = None if state.encoder is None else VaeEncoder(model, spec)
    for new, old, changes in ((G, state.G, g), (ema, state.ema, g), (D, state.D, reads)):
        _fill(new.to(state.device), old, changes)
    if encoder is not None and state.encoder is not None:
        _fill(encoder.to(state.device), state.encoder, reads)
    if D.local is not None:
        D.local.is_fitted.zero_()  # texture of this size is another; its weights stay
    opt_g, opt_d = states.optimizer(G, encoder), states.optimizer(D)
    named = {G: (state.G, g), encoder: (state.encoder, moments)}
    _carry(opt_g, state.opt_g, {k: v for k, v in named.items() if k is not None})
    _carry(opt_d, state.opt_d, {D: (state.D, moments)})
    state.G, state.D, state.ema, state.encoder = G, D, ema.requires_grad_(False), encoder
    state.opt_g, state.opt_d, state.model = opt_g, opt_d, model
    state.stage, state.stage_nimg, state.fade = state.stage - 1, state.nimg, 0.0
    state.warm_step = state.step  # the learning rate rises again


def grown(tokenizer: Growable, model: ModelConfig, times: int = 1) -> ModelConfig:
    """The model after so many doublings."""
    return replace(tokenizer.resized(model, times), doublings=model.doublings + times)


def doubled(x_ND: Tensor, grid: tuple[int, ...], *, smooth: bool = True) -> Tensor:
    """A table of places on a grid (rows, columns) for twice as many of each: (4N, D).

    Where `smooth`, interpolated: new places lie a quarter of a step beside the old ones, and those at the
    border have the border's value. Else four times the same.
    """
    table_1DRS = x_ND.T.unflatten(1, grid)[None]
    fine = F.interpolate(table_1DRS, scale_factor=2.0, mode="bilinear" if smooth else "nearest")
    return fine[0].flatten(1).T.contiguous()


def split(x_PGD: Tensor, parts_4GG: Tensor, side: int) -> Tensor:
    """Weights of G's last map for each place in a square of `side` tokens, (P, G, D), for each place in one of
    twice the side, (4P, G, D): where one was, each of four shows its part of it.
    """
    parts = rearrange(parts_4GG, "(i j) g h -> 1 i 1 j g h", i=2)
    fine = parts @ rearrange(x_PGD, "(r s) h d -> r 1 s 1 h d", r=side)
    return rearrange(fine, "r i s j g d -> (r i s j) g d").contiguous()


def _fill(new: nn.Module, old: nn.Module, changes: dict[str, Change]) -> None:
    """`old`'s weights, some of them changed, in `new`."""
    values = {
        name: changes[name](value) if name in changes else value
        for name, value in old.state_dict().items()
    }
    new.load_state_dict(values)


def _carry(
    new: torch.optim.Optimizer,
    old: torch.optim.Optimizer,
    nets: dict[nn.Module, tuple[nn.Module, dict[str, Change]]],
) -> None:
    """The moments of nets' weights, changed as the weights are: of new net -> (old net, changes)."""
    for net, (before, changes) in nets.items():
        pairs = zip(net.named_parameters(), before.parameters(), strict=True)
        for (name, parameter), weight in pairs:
            change = changes.get(name, Tensor.clone)
            for key, value in old.state.get(weight, {}).items():
                is_moment = value.shape == weight.shape
                new.state[parameter][key] = change(value) if is_moment else value.clone()


def _growable(state: TrainState) -> Growable:
    assert isinstance(state.tokenizer, Growable)  # new_state has checked it
    return state.tokenizer
