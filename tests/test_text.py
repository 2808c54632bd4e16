"""The text medium: vocabulary, choices with luck, ends, vectors; and a tiny run from grammar to samples."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.modalities.text import bring, vocabulary
from tgan_demo.modalities.text.tokens import LUCK, Text, _Choose, _luck
from tgan_demo.modalities.text.verse import is_verse, shown
from tgan_demo.modalities.text.writers import verses
from tgan_demo.models import evaluation as evaluate
from tgan_demo.models import inside
from tgan_demo.models.folder import load_model, save_model
from tgan_demo.runs import checkpoint

ENGLISH = np.array(
    [f"the cat number {i} sat on the mat and looked at me for a while" for i in range(80)]
)
FORM = ModelConfig(
    modality="text", shape=(4, 5, 64), patch=1, overlap=1, width=32, depth=1, heads=2
)


@pytest.fixture(scope="module")
def poems() -> Dataset:
    return catalogue.make("verses", count=300)


@pytest.fixture(scope="module")
def text(poems: Dataset) -> Text:
    return Text().fit(poems)


@pytest.fixture(scope="module")
def model_folder(poems: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few steps on our own poems, saved."""
    tokenizer = registry.tokenizer("text").fit(poems)
    config = tokenizer.config_for(poems, FORM)
    train = TrainConfig(batch_size=8, precision="float32", images=48)
    state = new_state(config, train, tokenizer)
    steps = [e for e in trainer.train_slice(state, poems) if isinstance(e, StepDone)]
    assert len(steps) == 6 and all(math.isfinite(e.loss_d + e.loss_g + e.r1) for e in steps)
    assert min(e.grad_g for e in steps) > 0  # the choice passes gradients on
    folder = tmp_path_factory.mktemp("text") / "text" / "tiny"
    meta = {"id": "text/tiny", "title": "Tiny", "train": {}, "nimg": 48, "scores": {}}
    meta["data"] = {"name": "our grammar", "licence": "CC0", "source": "tests"}
    save_model(folder, ema=state.ema, D=state.D, config=config, tokenizer=tokenizer, meta=meta)
    return folder


# --- the vocabulary


def test_characters_for_short_texts_and_byte_pairs_for_long_ones(poems: Dataset) -> None:
    characters, pieces = vocabulary.learn(poems.items), vocabulary.learn(ENGLISH)
    assert not characters.merges and len(characters) < 400
    assert pieces.merges and len(pieces) <= vocabulary.PIECES
    assert characters.cut([poems.items[0]])[0][0] >= len(vocabulary.SPECIAL)


@pytest.mark.parametrize("strange", ["naïve café 🐈", "שלום", "a\ttab", "<b>bold</b>", "山"])
def test_byte_pairs_write_any_text(strange: str) -> None:
    pieces = vocabulary.learn(ENGLISH)
    ids = pieces.encode([strange], 60)
    assert pieces.decode(ids) == [strange]
    assert "".join(pieces.pieces(ids[0].tolist())) == strange
    assert pieces.unknown_share([strange]) == 0


def test_a_character_never_seen_is_a_square(text: Text) -> None:
    assert text.vocabulary.decode(text.vocabulary.encode(["春Q"], 4)) == ["春□"]
    assert text.vocabulary.unknown_share(["春Q"]) == 0.5


def test_near_in_meaning_is_near_in_space() -> None:
    """Two words that stand in the same places have vectors alike; a third in others has not."""
    rng = np.random.default_rng(0)
    lines = [f"{rng.choice(list('ab'))}x{rng.choice(list('pq'))}y" for _ in range(400)]
    vocab = vocabulary.learn(lines)
    a, b, p, _ = (vocab.table_VE[vocab.tokens.index(c)] for c in "abpq")
    assert a @ b > 0.6 and a @ b > a @ p + 0.3


def test_vectors_have_unit_length_and_no_two_coincide(text: Text) -> None:
    table_VE = text.vocabulary.table_VE
    torch.testing.assert_close(table_VE.norm(dim=1), torch.ones(len(table_VE)))
    near = table_VE @ table_VE.T - 2 * torch.eye(len(table_VE))
    assert near.max() < 0.999


def test_what_never_occurs_is_not_on_offer(text: Text) -> None:
    share_V = text.vocabulary.log_share_V.exp()
    assert share_V.sum() == pytest.approx(1, abs=1e-3)
    assert share_V[vocabulary.END] < 1e-9  # all of one length: none ends early
    assert vocabulary.learn(["ab", "abc"] * 30).log_share_V.exp()[vocabulary.END] > 0.1


@pytest.mark.parametrize("harm", ["record", "table", "log_share", "left"])
def test_a_damaged_vocabulary_is_refused(text: Text, harm: str) -> None:
    tensors = text.tensors()
    with pytest.raises(WeightsError, match="vocabulary"):
        Text().restore({k: v for k, v in tensors.items() if k != harm})
    with pytest.raises(WeightsError, match="vocabulary"):
        Text().restore(tensors | {harm: tensors[harm][: len(tensors[harm]) // 2]})


def test_an_unbound_medium_says_what_it_lacks() -> None:
    with pytest.raises(ConfigError, match="vocabulary"):
        Text().to_signal(torch.zeros(1, 20, 64), FORM)


# --- the choice


def test_choices_follow_the_language_at_the_start(text: Text) -> None:
    """Asked nothing, luck alone draws tokens as often as the data have them."""
    silent = torch.zeros(400, 20, 64)
    ids = text.ids(text.to_signal(silent, FORM, noise_seed_B=torch.arange(400)))
    seen_V = torch.bincount(ids.flatten(), minlength=len(text.vocabulary)) / ids.numel()
    assert (seen_V - text.vocabulary.log_share_V.exp()).abs().sum() < 0.35
    likeliest = text.ids(text.to_signal(silent, FORM))  # no dice: no luck
    assert (likeliest[:, 0] == text.vocabulary.log_share_V.argmax()).all()


def test_who_follows_whom_is_learned_from_the_texts() -> None:
    vocab = vocabulary.learn(["ab", "cd"] * 200)
    a, b, _, d = (vocab.tokens.index(c) for c in "abcd")
    odds = vocab.left_VE[a] @ vocab.right_VE.T + vocab.log_share_V
    assert odds.softmax(0)[b] > 0.9 and odds.softmax(0)[d] < 0.05
    tokenizer = Text(vocab)
    config = ModelConfig(modality="text", shape=(1, 2, 64), patch=1, overlap=1)
    drawn = tokenizer.to_signal(torch.zeros(300, 2, 64), config, noise_seed_B=torch.arange(300))
    made = [t for t in tokenizer.to_items(drawn) if t[:1] == "a" and len(t) == 2]
    assert len(made) > 30 and np.mean([t == "ab" for t in made]) > 0.8


def test_temperature_zero_takes_the_likeliest(text: Text) -> None:
    asked = torch.randn(3, 20, 64)
    cold = text.to_signal(asked, FORM, noise_seed_B=torch.arange(3), temperature=0.0)
    torch.testing.assert_close(cold, text.to_signal(asked, FORM))


def test_luck_is_gumbel_and_each_throw_is_its_own(text: Text) -> None:
    luck = _luck()
    assert len(luck) == LUCK and luck.mean() == pytest.approx(np.euler_gamma, abs=0.01)
    assert luck.var() == pytest.approx(math.pi**2 / 6, abs=0.02)
    warm = torch.zeros(1, 20, 64).expand(50, -1, -1)
    texts = text.to_items(text.to_signal(warm, FORM, noise_seed_B=torch.arange(50)))
    assert len(set(texts)) == 50


def test_the_gradient_is_the_mixtures(text: Text) -> None:
    """Backward equals autograd's through softmax(scores) @ vectors, for the same luck."""
    vocab = replace(
        text.vocabulary,
        **{
            name: getattr(text.vocabulary, name).double()
            for name in ("table_VE", "log_share_V", "left_VE", "right_VE")
        },
    )
    asked = torch.randn(2, 3, 64, dtype=torch.float64, requires_grad=True)
    offsets = torch.tensor([[0, 9, 77], [5, 1000, 123]])
    chosen, ids = _Choose.apply(asked, vocab, offsets, 1.0, 8.0)
    weight = torch.randn_like(chosen)
    (chosen * weight).sum().backward()
    again = asked.detach().clone().requires_grad_()
    scores = again @ vocab.table_VE.T + vocab.log_share_V
    scores[:, 1:] += vocab.left_VE[ids[:, :-1]] @ vocab.right_VE.T
    scores = scores + _luck().double().unfold(0, len(vocab), 1)[offsets]
    (scores.softmax(-1) @ vocab.table_VE * 8 * weight).sum().backward()
    assert (ids == scores.argmax(-1)).all()
    torch.testing.assert_close(asked.grad, again.grad, rtol=1e-5, atol=1e-8)


def test_questions_in_bfloat16_are_answered_alike(text: Text) -> None:
    """Same luck: nearly always the same token, and nearly the same gradient."""
    asked = torch.randn(32, 20, 64).bfloat16().float()
    weight = torch.randn(32, 4, 5, 64)
    ids, grads = [], []
    for dtype in (torch.float32, torch.bfloat16):
        tokens = asked.to(dtype, copy=True).requires_grad_()
        signal = text.to_signal(tokens, FORM, noise_seed_B=torch.arange(32))
        assert signal.dtype == torch.float32
        (signal * weight).sum().backward()
        ids.append(text.ids(signal))
        grads.append(tokens.grad.float())
    same = (ids[0] == ids[1]).cummin(1).values  # from the first difference on, others follow
    assert same.float().mean() > 0.9
    error = (grads[0] - grads[1])[same].norm() / grads[0][same].norm()
    assert error < 0.03


def test_nothing_follows_the_end() -> None:
    tokenizer = Text().fit(Dataset("x", np.array(["abc", "ab", "abcabc"] * 30), modality="text"))
    config = ModelConfig(modality="text", shape=(1, 8, 64), patch=1, overlap=1)
    signal = tokenizer.to_signal(torch.zeros(64, 8, 64), config, noise_seed_B=torch.arange(64))
    ids = tokenizer.ids(signal)
    over = (ids == vocabulary.END).cumsum(1) > 0
    assert over.any() and (ids[over] == vocabulary.END).all()


def test_d_reads_each_token_with_its_neighbours(text: Text) -> None:
    signal = text.from_items(np.array([verses.verses(1)[0][0]]), FORM)
    tokens = text.to_tokens(signal, FORM)
    flat = signal.view(1, 20, 64)
    torch.testing.assert_close(tokens[:, 5, 64:128], flat[:, 5])
    torch.testing.assert_close(tokens[:, 5, :64], flat[:, 4])
    torch.testing.assert_close(tokens[:, 5, 128:192], flat[:, 6])
    assert (tokens[:, 0, :64] == 0).all() and (tokens[:, 19, 128:192] == 0).all()
    torch.testing.assert_close(tokens[:, 5, 192:256], flat[:, 5] * flat[:, 6])


def test_d_is_told_what_a_text_says_again(text: Text, poems: Dataset) -> None:
    poem = str(poems.items[0])  # no character twice
    assert len(set(poem)) == 20
    twice = poem[:19] + poem[0]
    again = text.to_tokens(text.from_items(np.array([poem, twice]), FORM), FORM)[:, :, -1]
    assert again[1, 0] > again[0, 0] + 3 and again[1, 19] > again[0, 19] + 3
    torch.testing.assert_close(again[1, 1:19], again[0, 1:19], atol=1.5, rtol=0)


# --- shapes


def test_poems_get_their_form_and_long_texts_rows(text: Text, poems: Dataset) -> None:
    assert text.config_for(poems, ModelConfig()).shape == (4, 5, 64)
    english = Dataset("x", ENGLISH, modality="text")
    config = Text().fit(english).config_for(english, ModelConfig())
    assert config.shape[1] <= 16 and config.overlap == 1 and config.modality == "text"


def test_a_quatrain_is_shown_with_its_marks(poems: Dataset) -> None:
    poem = str(poems.items[0])
    assert is_verse(poem) and [line[-1] for line in shown(poem).split("\n")] == list("，。，。")
    assert shown("four words stand here") == "four words stand here"


# --- a model, whole


def test_the_same_seed_writes_the_same_text_alone_or_among_others(model_folder: Path) -> None:
    model = load_model(model_folder)
    many, _ = sampler.draw(model, SampleConfig(seed=5, count=9))
    alone, _ = sampler.draw(load_model(model_folder), SampleConfig(seed=8, count=1))
    assert alone[0] == many[3] and len(set(many)) == 9
    assert all(is_verse(item) for item in many)
    warm, _ = sampler.draw(model, SampleConfig(seed=5, count=9, temperature=0.0))
    assert (warm != many).any()


def test_a_run_goes_on_as_if_it_had_not_stopped(poems: Dataset, tmp_path: Path) -> None:
    tokenizer = registry.tokenizer("text").fit(poems)
    config = tokenizer.config_for(poems, FORM)
    train = TrainConfig(batch_size=4, precision="float32", images=1000)
    whole, stopped = (new_state(config, train, tokenizer) for _ in range(2))
    list(trainer.train_slice(whole, poems, steps=4))
    list(trainer.train_slice(stopped, poems, steps=2))
    checkpoint.save_state(stopped, tmp_path)
    again = checkpoint.load_state(tmp_path)
    list(trainer.train_slice(again, poems, steps=2))
    for a, b in zip(whole.G.parameters(), again.G.parameters(), strict=True):
        assert torch.equal(a, b)


def test_d_judges_a_typed_text_and_names_its_tokens(model_folder: Path, poems: Dataset) -> None:
    model = load_model(model_folder)
    poem = str(poems.items[7])
    typed = shown(poem).replace("\n", " ")
    maps = inside.judge(model, bring.fit(model, typed), 0)
    assert maps.item == poem and "".join(maps.pieces) == poem and maps.grid == (4, 5)
    assert maps.g_self is None and maps.d.shape[2:] == (21, 21) and maps.blame_N.shape == (20,)
    blank = inside.judge(model, poem, 0).logit
    assert maps.logit == pytest.approx(blank)
    painted = inside.attention(model, SampleConfig(seed=3, count=1))
    assert is_verse(painted.item) and painted.g_self.shape[2:] == (20, 20)
    with pytest.raises(ConfigError, match="letters"):
        bring.fit(model, "only latin here")
    with pytest.raises(ConfigError, match="nothing came"):
        bring.fit(model, "   ")


def test_scores_stand_beside_real_text_and_n_grams(model_folder: Path, poems: Dataset) -> None:
    train = Dataset("x", poems.items[:200], modality="text")
    test = Dataset("x", poems.items[200:], modality="text")
    result = evaluate.evaluate(model_folder, train=train, test=test, n=60)
    json.dumps(result, allow_nan=False)
    rows = result["scores"]["text"]
    assert set(result["scores"]) == {"text", "unigram", "2-gram", "3-gram", "4-gram"}
    assert rows["form"]["value"] == 1 and rows["copies"]["value"] == 0
    assert rows["reverse_nll"]["real"] < result["scores"]["unigram"]["reverse_nll"]["value"]
    without = evaluate.evaluate(model_folder, n=20)
    assert without["missing"] and "distinct" in without["scores"]["text"]
