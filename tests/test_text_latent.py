"""The latent route of text: an autoencoder that says texts again, and the game between its codes."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import toys

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.modalities.text import autoencoder as coders
from tgan_demo.modalities.text.autoencoder import Autoencoder, AutoencoderConfig
from tgan_demo.modalities.text.latent import LatentText
from tgan_demo.modalities.text.vocabulary import END
from tgan_demo.models.folder import load_model, save_model
from tgan_demo.runs import checkpoint

TEXTS = toys.SAID
MODEL = ModelConfig(modality="text", route="latent", shape=(2, 2, 8), width=32, depth=1, heads=2)


@pytest.fixture(scope="module")
def medium() -> LatentText:
    return toys.latent_medium()


def test_what_is_read_is_written_again(medium: LatentText) -> None:
    signal = medium.from_items(TEXTS, MODEL)
    assert signal.shape == (len(TEXTS), 2, 2, 8) and signal.dtype == torch.float32
    torch.testing.assert_close(
        signal.square().mean(-1), torch.ones(signal.shape[:-1]), rtol=1e-3, atol=0
    )
    assert medium.to_items(signal).tolist() == TEXTS.tolist()
    assert medium.unfamiliar(list(TEXTS)) == 0
    assert medium.unfamiliar(["zebras zoom"]) > 0.5


def test_padding_changes_no_code(medium: LatentText) -> None:
    alone = medium.encode(["rain"])
    beside = medium.encode(["rain", str(TEXTS[0])])[:1]
    torch.testing.assert_close(alone, beside, rtol=1e-4, atol=1e-5)


def test_writing_with_kept_keys_is_writing_at_once(medium: LatentText) -> None:
    codes = coders.unit(torch.randn(5, 4, 8, generator=torch.Generator().manual_seed(3)))
    ids_BN = medium.coder.write(codes)
    again_BN = medium.coder.logits(ids_BN, codes).argmax(2)
    before_end = (ids_BN == END).cumsum(1) <= 1
    assert (again_BN == ids_BN)[before_end].all()


def test_the_shortlist_changes_no_pick(monkeypatch) -> None:
    scores_BV = torch.randn(400, 30, generator=torch.Generator().manual_seed(0))
    luck_B = torch.rand(400, generator=torch.Generator().manual_seed(1))
    whole = coders._pick(scores_BV, luck_B, 1.0)
    monkeypatch.setattr(coders, "SHORTLIST", 4)
    assert torch.equal(coders._pick(scores_BV, luck_B, 1.0), whole)


def test_luck_is_the_texts_own_and_top_p_tames_it(medium: LatentText) -> None:
    codes = coders.unit(torch.randn(6, 2, 2, 8, generator=torch.Generator().manual_seed(1)))
    dice = torch.arange(6)
    warm = medium.to_items(codes, noise_seed_B=dice, temperature=2.0)
    assert medium.to_items(codes, noise_seed_B=dice, temperature=2.0).tolist() == warm.tolist()
    assert medium.to_items(codes[4:5], noise_seed_B=dice[4:5], temperature=2.0)[0] == warm[4]
    likeliest = medium.to_items(codes).tolist()
    assert warm.tolist() != likeliest
    assert medium.to_items(codes, noise_seed_B=dice, temperature=0.0).tolist() == likeliest
    sure = LatentText(medium.vocabulary, copy.deepcopy(medium.coder), medium.mean_C, medium.axes_CP)
    sure.coder.config = replace(sure.coder.config, code_noise=0.0)
    assert sure.to_items(codes, noise_seed_B=dice, top_p=0.05).tolist() == likeliest


def test_a_pick_follows_the_probabilities() -> None:
    scores_BV = torch.tensor([[0.5, 0.2, 0.3]]).log().expand(1000, 3)
    luck_B = (torch.arange(1000) + 0.5) / 1000
    picked = coders._pick(scores_BV, luck_B, 1.0)
    np.testing.assert_allclose(
        torch.bincount(picked, minlength=3) / 1000, [0.5, 0.2, 0.3], atol=2e-3
    )
    some = coders._pick(scores_BV, luck_B, 0.79)  # the rarest is off the table
    np.testing.assert_allclose(torch.bincount(some, minlength=3) / 1000, [0.63, 0, 0.37], atol=0.01)


def test_every_word_belongs_to_one_latent_token(medium: LatentText) -> None:
    pieces = medium.pieces(str(TEXTS[0]), MODEL)
    assert len(pieces) == 4 and sorted("".join(pieces)) == sorted(str(TEXTS[0]))
    assert medium.pieces("", MODEL) == [""] * 4
    spans = medium.spans(str(TEXTS[0]))
    assert "".join(part for part, _ in spans) == TEXTS[0] and {k for _, k in spans} <= set(range(4))
    assert all(a[1] != b[1] for a, b in zip(spans, spans[1:], strict=False))
    broken = [(a[0][-1] + b[0][0]).isalnum() for a, b in zip(spans, spans[1:], strict=False)]
    assert not any(broken)  # a word is one latent token's
    other = medium.spans(str(TEXTS[0]), torch.randn(1, 2, 2, 8))
    assert "".join(part for part, _ in other) == TEXTS[0]


def test_it_survives_a_file_and_damage_is_told(medium: LatentText) -> None:
    kept = {k: v.half() if v.is_floating_point() else v for k, v in medium.tensors().items()}
    again = registry.tokenizer("text", "latent").restore(kept)
    assert again.to_items(again.from_items(TEXTS, MODEL)).tolist() == TEXTS.tolist()
    for name in ("record", "shape", "coder.embed"):
        with pytest.raises(WeightsError):
            registry.tokenizer("text", "latent").restore(
                {k: v for k, v in kept.items() if k != name}
            )
    giant = np.frombuffer(b'{"length": 16, "width": 1000000}', np.uint8).copy()
    with pytest.raises(WeightsError):
        registry.tokenizer("text", "latent").restore(kept | {"shape": torch.from_numpy(giant)})


def test_nothing_is_built_that_the_file_does_not_hold(medium: LatentText, monkeypatch) -> None:
    kept = medium.tensors()
    record = json.loads(kept["shape"].numpy().tobytes()) | {"width": 512, "depth": 12}
    claimed = np.frombuffer(json.dumps(record).encode(), np.uint8).copy()
    monkeypatch.setattr(torch.nn.Module, "to_empty", None)  # no memory was asked for
    with pytest.raises(WeightsError, match="does not fit"):
        registry.tokenizer("text", "latent").restore(kept | {"shape": torch.from_numpy(claimed)})


def test_settings_fit_the_autoencoder(medium: LatentText) -> None:
    fitted = medium.config_for(Dataset("toy", TEXTS, modality="text"), ModelConfig(width=64))
    assert (fitted.shape, fitted.route, fitted.width) == ((2, 2, 8), "latent", 64)
    with pytest.raises(ConfigError, match="codes"):
        medium.check(replace(MODEL, shape=(2, 3, 8)))


def test_a_long_text_is_cut_where_the_model_stops_reading(medium: LatentText) -> None:
    long = " ".join(TEXTS)
    seen = medium.readable(long, MODEL)
    assert long.startswith(seen) and 0 < len(seen) < len(long)


def test_the_game_is_played_with_codes_and_resumes(medium: LatentText, tmp_path) -> None:
    train = TrainConfig(images=320, batch_size=16, precision="float32")
    data = Dataset("toy", TEXTS, modality="text")
    state = new_state(MODEL, train, medium)
    events = list(trainer.train_slice(state, data, steps=4))
    assert all(isinstance(event, StepDone) for event in events)
    checkpoint.save_state(state, tmp_path / "run")
    resumed = checkpoint.load_state(tmp_path / "run")
    one, two = (next(trainer.train_slice(s, data, steps=1)) for s in (state, resumed))
    assert (one.loss_d, one.loss_g) == (two.loss_d, two.loss_g)
    save_model(
        tmp_path / "model", ema=state.ema, D=state.D, config=MODEL, tokenizer=medium, meta={}
    )
    model = load_model(tmp_path / "model")
    first, _ = sampler.draw(model, SampleConfig(seed=3, count=4))
    again, _ = sampler.draw(model, SampleConfig(seed=3, count=4))
    assert first.tolist() == again.tolist() and first.dtype.kind == "U"
    assert sampler.draw(model, SampleConfig(seed=5, count=1))[0][0] == first[2]


def test_no_position_of_a_text_is_told_what_comes() -> None:
    model = Autoencoder(AutoencoderConfig(length=6, width=32, heads=2, depth=1), 9).eval()
    ids_BN = torch.randint(2, 9, (2, 6), generator=torch.Generator().manual_seed(0))
    other = ids_BN.clone()
    other[:, 3:] = 2
    codes = coders.unit(torch.randn(2, 8, 32))
    one, two = model.logits(ids_BN, codes), model.logits(other, codes)
    torch.testing.assert_close(one[:, :4], two[:, :4])
    assert not torch.allclose(one[:, 4:], two[:, 4:])


def test_whitened_codes_are_noise_and_g_starts_warm_from_them(medium: LatentText) -> None:
    data = Dataset("toy", TEXTS, modality="text")
    signal = medium.from_items(TEXTS, MODEL)
    z_BZ = medium.to_noise(signal, 8)
    torch.testing.assert_close(z_BZ.mean(0), torch.zeros(8), rtol=0, atol=1e-3)
    torch.testing.assert_close(torch.cov(z_BZ.T), torch.eye(8), rtol=0, atol=1e-2)
    with pytest.raises(ConfigError, match="at most"):
        medium.to_noise(signal, 500)
    train = TrainConfig(
        images=10_000, batch_size=16, precision="float32", warm_start=4000, lr_g=3e-3
    )
    state = new_state(replace(MODEL, z_dim=8), train, medium)
    assert state.encoder is None, "nothing has to be read"
    losses = [event.loss_g for event in trainer.train_slice(state, data, steps=120)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
