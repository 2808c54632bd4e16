"""Who writes beside a text model: codes from a Gaussian, a language model; and what code is scored by."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import latents, sampler
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.modalities import registry
from tgan_demo.modalities.text import autoencoder as coders
from tgan_demo.modalities.text import baselines, language_model
from tgan_demo.modalities.text import measure as evaluate_text
from tgan_demo.modalities.text import python_code as evaluate_code
from tgan_demo.modalities.text.autoencoder import AutoencoderConfig
from tgan_demo.modalities.text.ngram import KneserNey
from tgan_demo.models import card as cards
from tgan_demo.models import evaluation as evaluate
from tgan_demo.models.folder import load_model, save_model

NAMES = ("ant", "bee", "cow", "dog", "elk", "fox", "gnu", "hen")
TEXTS = [f"the {a} sees a {b} near the old wooden fence." for a in NAMES for b in NAMES]
CODE = [f"def {a}(x, {b}):\n    return {b} + x.{a}" for a in NAMES for b in NAMES]
SMALL = {"latents": 4, "numbers": 8, "width": 32, "depth": 1, "heads": 2, "noise": 0.1,
         "texts": 1600, "batch_size": 16, "lr": 6e-3}  # fmt: skip
MODEL = ModelConfig(
    modality="text", route="latent", shape=(2, 2, 8), width=32, depth=1, heads=2, z_dim=8
)


def make_model(
    folder: Path, lines: list[str], config: ModelConfig = MODEL, settings: dict | None = None
) -> Path:
    data = Dataset("toy", np.array(lines), modality="text")
    tokenizer = registry.tokenizer("text", config.route).fit(data, **(settings or {}))
    torch.manual_seed(0)
    spec = tokenizer.tokens(config)
    meta = {"id": "text/toy", "title": "Toy", "nimg": 10, "seconds": 1, "data": {"name": "toy"}}
    save_model(
        folder,
        ema=Generator(config, spec),
        D=Discriminator(config, spec),
        config=config,
        tokenizer=tokenizer,
        meta=meta,
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("latent") / "toy", TEXTS, settings=SMALL)


def parts(texts: list[str]) -> dict[str, Dataset]:
    lines = np.array(texts)
    is_held = np.arange(len(lines)) % 4 == 0
    return {
        "train": Dataset("toy", lines[~is_held], modality="text"),
        "test": Dataset("toy", lines[is_held], modality="text"),
    }


def test_gaussian_codes_have_the_mean_and_the_covariance_they_were_fitted_to() -> None:
    rng = torch.Generator().manual_seed(0)
    mix = torch.randn(6, 6, generator=rng)
    mix[5] = mix[4]  # a direction without spread, as codes on a sphere have
    codes = torch.randn(500, 6, generator=rng) @ mix.T + torch.arange(6)
    drawn = baselines.gaussian_codes(codes, 40_000, seed=1)
    spread = codes.std(0)
    assert ((drawn.mean(0) - codes.mean(0)).abs() < 0.03 * spread).all()
    error = (torch.cov(drawn.T) - torch.cov(codes.T)).abs()
    assert (error < 0.05 * spread[:, None] * spread).all()
    assert torch.equal(baselines.gaussian_codes(codes, 9, 1), baselines.gaussian_codes(codes, 9, 1))


def test_the_gaussian_goes_the_way_of_the_model_s_own_samples(folder: Path, monkeypatch) -> None:
    model = load_model(folder)
    data = parts(TEXTS)["train"]
    drawn, _ = sampler.draw(model, SampleConfig(seed=5, count=6, temperature=0.7))
    tokens_BND = model.G.synthesise(
        latents.map_to_w(model, *latents.draw_z(model, SampleConfig(seed=5, count=6)), 1.0)
    )
    monkeypatch.setattr(baselines, "gaussian_codes", lambda *_: tokens_BND.flatten(1))
    made = baselines.gaussian(model, data, n=6, seed=5, temperature=0.7)
    assert made.tolist() == drawn.tolist()


def test_a_language_model_learns_who_follows_whom() -> None:
    rng = np.random.default_rng(0)
    # 2, 3, ..., 7 in a circle from anywhere, five long: all that is open is the start, log 6 nats of six
    ids = [[2 + (start + i) % 6 for i in range(5)] for start in rng.integers(6, size=300)]
    plan = AutoencoderConfig(
        length=6, width=32, depth=0, heads=2, dropout=0.0, texts=12_800, batch_size=32, lr=5e-3
    )
    before = language_model.LanguageModel(plan, 8).eval().nll(ids)
    learned = language_model.train(ids, plan, 8)
    assert before > 1.5 and learned.nll == pytest.approx(np.log(6) / 6, abs=0.06)
    assert learned.texts <= 12_800
    rngs = [torch.Generator().manual_seed(seed) for seed in range(200)]
    written = learned.model.compose(rngs, 200)
    assert np.mean([row[:5] in ids for row in written.tolist()]) > 0.9
    assert len(set(written[:, 0].tolist())) == 6


def test_a_language_model_stops_before_it_knows_its_texts_by_heart() -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(2, 8, size=(60, 8)).tolist()  # noise: nothing but the length can be learned
    plan = AutoencoderConfig(
        length=9, width=32, depth=1, heads=2, dropout=0.0, texts=100_000, batch_size=16, lr=5e-3
    )
    learned = language_model.train(ids, plan, 8)
    assert learned.texts < 20_000
    assert learned.model.nll(ids) > 1.3  # of log 6 x 8 / 9 = 1.59: not by heart
    assert torch.is_inference_mode_enabled() is False


def test_a_language_model_is_as_large_as_it_is_asked_to_be() -> None:
    plan = AutoencoderConfig(length=20, width=32, heads=2)
    for weights in (60_000, 300_000):
        fitted = language_model.as_large_as(weights, plan, 500)
        model = language_model.LanguageModel(fitted, 500)
        assert sum(p.numel() for p in model.parameters()) == pytest.approx(weights, rel=0.15)
        assert (fitted.depth, fitted.heads, fitted.length) == (3, 2, 20)


def test_rows_of_a_latent_model(folder: Path) -> None:
    found = evaluate.evaluate(folder, **parts(TEXTS), n=30, temperature=0.5)
    json.dumps(found, allow_nan=False)
    assert list(found["scores"]) == ["text", "gaussian", *evaluate_text.BASELINES]
    assert found["temperature"] == 0.5
    for rows in found["scores"].values():
        assert set(rows) == set(found["scores"]["text"]) and "parses" not in rows
    assert found["scores"]["text"]["bleu_2"]["name"] == "BLEU-2 of 30 against 16 held-out texts"
    assert [row["score"] for row in found["missing"]] == ["language model"]
    assert "--language-model" in found["missing"][0]["needs"]


def test_the_model_alone_is_scored_as_among_all(folder: Path) -> None:
    every = evaluate.evaluate(folder, **parts(TEXTS), n=30)["scores"]["text"]
    one = evaluate.evaluate(folder, **parts(TEXTS), n=30, space="text")
    assert one["scores"] == {"text": every} and not one["missing"]


def test_the_card_shows_every_row_and_the_autoencoder(folder: Path) -> None:
    found = evaluate.evaluate(folder, **parts(TEXTS), n=30, language_model=True, temperature=0.5)
    assert set(found["scores"]) == set(evaluate_text.SPACES) and not found["missing"]
    cards.write_card(folder, found)
    text = (folder / cards.CARD).read_text("utf-8")
    for said in (
        "writes through an autoencoder of 4 codes",
        "4 codes of 8 numbers",
        "Gaussian",
        "Transformer language model",
        "temperature 0.5",
        "FOLDER_OF_THE_DATA --count 30 --temperature 0.5 --language-model",
        f"{found['language_model']['weights']:,} weights",
    ):
        assert said in text


def test_a_row_of_text_says_how_many_real_texts_stand_beside_it(folder: Path) -> None:
    both = parts(TEXTS)
    known, held = len(both["train"]), len(both["test"])
    found = evaluate.evaluate(folder, **both, n=30)["scores"]["text"]
    assert held < 30 < known
    assert found["forward_nll"]["real_n"] == found["copies"]["real_n"] == held
    assert "real_n" not in found["reverse_nll"] and found["reverse_nll"]["n"] == 30
    assert found["novel_4"]["n"] == held and "real_n" not in found["novel_4"]
    found = evaluate.evaluate(folder, **both, n=known + 5)["scores"]["text"]
    assert found["reverse_nll"]["real_n"] == known


def test_new_n_grams_are_counted_in_as_many_texts_as_are_held_out() -> None:
    rng = np.random.default_rng(0)
    texts = np.array([" ".join(rng.choice(list("abcdefgh"), 8)) for _ in range(120)])
    judge = evaluate_text.Judge(texts[:80], texts[80:], lambda t: tuple(t.split()), False, 40, 0)
    more = replace(judge, n=80)
    made = evaluate_text.Texts([judge.cut(text) for text in [*texts[80:], *texts[:40]]])
    assert len(judge.held) == 40 == judge.few == more.few
    # the same 40 of them, however many samples were asked for
    assert evaluate_text.novelty(judge, made) == evaluate_text.novelty(more, made)


def test_the_language_model_writes_at_the_model_s_temperature_and_at_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, plain = [], language_model.LanguageModel.compose

    def compose(self, rngs, count, *, temperature=1.0):
        seen.append(temperature)
        return plain(self, rngs, count, temperature=temperature)

    monkeypatch.setattr(language_model.LanguageModel, "compose", compose)
    found = evaluate.evaluate(folder, **parts(TEXTS), n=30, language_model=True, temperature=0.5)
    assert set(seen) == {0.5, 1.0}
    assert "at the model's temperature" in found["spaces"]["language model"]
    assert "temperature 1" in found["spaces"]["language model at 1"]
    seen.clear()
    found = evaluate.evaluate(folder, **parts(TEXTS), n=30, language_model=True)
    assert set(seen) == {1.0} and "language model at 1" not in found["scores"]


def test_a_direct_model_has_a_language_model_and_no_gaussian(tmp_path: Path) -> None:
    letters = [f"{a}{b}{a}{b}" for a in "abcd" for b in "efgh"]
    config = replace(MODEL, route="direct", shape=(1, 4, 64), overlap=1, patch=1)
    folder = make_model(tmp_path / "toy", letters, config)
    model = load_model(folder)
    plan = AutoencoderConfig(length=5, width=32, depth=1, heads=2, texts=320, batch_size=8)
    ids = model.tokenizer.vocabulary.cut(letters)
    learned = language_model.train(ids, plan, len(model.tokenizer.vocabulary))
    texts = baselines.compose(model, learned, n=20, seed=0)
    assert texts.shape == (20,) and texts.dtype.kind == "U"
    again = baselines.compose(model, learned, n=2, seed=3)
    assert again.tolist() == texts[3:5].tolist()  # luck is the text's own
    found = evaluate.evaluate(folder, **parts(letters), n=20)
    assert found["scores"]["text"]["reverse_nll"]["real"] is not None
    assert "gaussian" not in found["scores"]


def test_real_forward_nll_is_of_text_that_its_model_has_not_read() -> None:
    texts = np.random.default_rng(0).permutation(np.array(TEXTS))
    judge = evaluate_text.Judge(texts[:-20], texts[-20:], lambda t: tuple(t.split()), False, 50, 0)
    fitted = KneserNey(3).fit([text.split() for text in texts[:-20]])
    real = judge.real()["forward_nll"]
    assert real == pytest.approx(fitted.nll([text.split() for text in texts[-20:]]))
    assert real > fitted.nll([text.split() for text in texts[:-20]])


def test_the_published_counts_are_taken_with_many_samples() -> None:
    assert [evaluate_text.hypotheses(n) for n in (30, 2000, 10_000)] == [30, 500, 2000]
    rows = evaluate_text.rows({"self_bleu_3": 0.5}, {}, 10_000, 7)
    assert rows["self_bleu_3"]["name"] == "Self-BLEU-3 of 2,000 against the others"


def test_every_score_and_space_has_a_name() -> None:
    assert set(evaluate_text.SPACES) == {
        "text",
        evaluate_text.GAUSSIAN,
        evaluate_text.LANGUAGE_MODEL,
        evaluate_text.AS_LEARNED,
        *evaluate_text.BASELINES,
    }
    keys = [score.key for one in evaluate_text.MEASURES for score in one.scores]
    assert len(set(keys)) == len(keys) and {score.key for score in evaluate_code.SCORES} < set(keys)


# --- code


def test_code_is_parsed_recognised_and_compared_without_its_names() -> None:
    known = evaluate_code.renamed(["def f(a):\n    return a.b", "not python at all"])
    assert len(known) == 1
    made = [
        "def other(thing):\n    return thing.part",  # a copy after renaming
        "async def g(x):\n    await x",
        "x = 1",  # parses, is no function
        "def f(a):\n    return a\nf(1)",  # a function and more
        "def f(a:",
        "   ",
        "'\0'",
        "(" * 3000,
    ]
    assert evaluate_code.scores(made, known) == {
        "parses": 4 / 8,
        "function": 2 / 8,
        "renamed_copies": 1 / 8,
    }


def test_code_is_cut_without_loss_and_told_from_prose() -> None:
    for text in [*CODE[:3], "a  =\t'x' # ü\n\n  b", "if x:\n    pass\n"]:
        assert "".join(evaluate_code.cut(text)) == text
    assert evaluate_code.cut("def f(x):\n    return x") == (
        "def", " f", "(", "x", ")", ":", "\n    ", "return", " x"
    )  # fmt: skip
    assert evaluate_code.is_code(CODE) and not evaluate_code.is_code(TEXTS)


def test_a_model_of_code_has_rows_of_code(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "toy", CODE, settings=SMALL)
    found = evaluate.evaluate(folder, **parts(CODE), n=40)
    for name in ("text", "gaussian", "unigram", "3-gram"):
        assert {score.key for score in evaluate_code.SCORES} <= set(found["scores"][name])
    rows = found["scores"]["3-gram"]
    assert rows["parses"]["real"] == rows["function"]["real"] == 1
    assert rows["parses"]["value"] > found["scores"]["unigram"]["parses"]["value"]
    assert rows["renamed_copies"]["real"] == 1  # two shapes in all: names differ or do not


def test_the_loss_counts_one_end() -> None:
    scores_BNV = torch.zeros(1, 4, 8)
    ids_BN = torch.tensor([[5, 0, 0, 0]])
    total = coders.reconstruction_loss(scores_BNV, ids_BN, reduction="sum")
    assert total.item() == pytest.approx(2 * np.log(8))
