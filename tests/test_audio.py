"""Sound: spectra, phases, the medium, numbers and voices, and what is measured of them."""

import io
import json
import wave
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toys

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.draw import inversion, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game import augment, trainer
from tgan_demo.engine.game.state import new_state
from tgan_demo.engine.players.classes import class_parts, class_table
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.events import StepDone
from tgan_demo.measure import by_features, score
from tgan_demo.measure.task import Samples
from tgan_demo.modalities.audio import files as audio_files
from tgan_demo.modalities.audio import measure as evaluate_audio
from tgan_demo.modalities.audio import spectra, spectrogram, speech
from tgan_demo.modalities.audio.tokens import Audio
from tgan_demo.models import evaluation as evaluate
from tgan_demo.models.folder import load_model
from tgan_demo.runs import checkpoint, plan
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio

RATE, HOP = 8_000, 64


def waves(items: np.ndarray = toys.TONES) -> torch.Tensor:
    return torch.from_numpy(items).float() / spectra.FULL


# --- spectra


def test_a_full_scale_sine_has_half_in_its_bin() -> None:
    wave_1S = torch.sin(2 * torch.pi * 1_000 * torch.arange(8_192) / RATE)[None]
    magnitude_KT = spectra.stft(wave_1S, 256, HOP).abs()[0]
    assert magnitude_KT.shape == (129, 128)
    assert magnitude_KT[32, 64].item() == pytest.approx(0.5, abs=1e-3)  # 1,000 Hz of 31.25 each
    assert magnitude_KT[:, 64].argmax() == 32


def test_the_inverse_gives_the_waveform_back() -> None:
    for wave_TH in waves().view(-1, spectra.FRAMES, HOP):
        spectrum_TK = spectra.spectra_of(wave_TH)
        again_TH = spectra.wave_of(spectrum_TK)
        torch.testing.assert_close(again_TH, wave_TH, atol=2e-3, rtol=0)
        torch.testing.assert_close(again_TH[:-2], wave_TH[:-2], atol=1e-5, rtol=0)
    scaled_TK = spectra.stft(waves()[-1:], 256, HOP)[0].T
    torch.testing.assert_close(spectrum_TK * (2 / 256), scaled_TK)


@pytest.mark.parametrize("rate", [8_000, 16_000, 32_000])
def test_no_band_is_empty_and_all_are_means(rate: int) -> None:
    filters_MK = spectra.mel_filters(rate, rate // 125 * 4)
    assert filters_MK.shape == (64, rate // 250 * 4 + 1)
    torch.testing.assert_close(filters_MK.sum(1), torch.ones(64))
    middles = (filters_MK * torch.arange(filters_MK.shape[1])).sum(1)
    assert (middles.diff() > 0).all()


def test_silence_is_the_floor_and_louder_is_more() -> None:
    quiet, loud = (
        spectra.log_mel(torch.zeros(1, 8_192), RATE, HOP),
        spectra.log_mel(waves(), RATE, HOP),
    )
    assert (quiet == np.float32(np.log(spectra.FLOOR))).all() and loud.max() > quiet.max() + 5
    louder = spectra.log_mel(2 * waves(), RATE, HOP)
    inside = loud > np.log(spectra.FLOOR) + 1
    torch.testing.assert_close((louder - loud)[inside], torch.full_like(loud[inside], np.log(2)))


def test_griffin_lim_is_as_loud_band_by_band() -> None:
    mel_BMT = spectra.log_mel(waves(toys.TONES[:4]), RATE, HOP)
    rough, fine = (
        (spectra.log_mel(spectra.griffin_lim(mel_BMT, RATE, HOP, rounds=n), RATE, HOP) - mel_BMT)
        .abs()
        .mean()
        for n in (1, 60)
    )
    assert fine < 0.4 and fine < 0.7 * rough


@pytest.mark.parametrize("samples", [8_000, 0, 8_193])
def test_other_lengths_have_no_rate(samples: int) -> None:
    with pytest.raises(ConfigError, match=str(samples)):
        spectra.rate_of(samples)


def test_what_sampling_leaves_behind_can_be_trained_with() -> None:
    for kept, size in ((spectra.window, (250,)), (spectra.mel_filters, (8_000, 250))):
        with torch.inference_mode():
            assert not kept(*size).is_inference()


def test_a_clip_sounds_the_same_beside_others_and_on_more_threads() -> None:
    mel_BMT = spectra.log_mel(waves(), RATE, HOP)
    together = spectra.griffin_lim(mel_BMT, RATE, HOP)
    torch.set_num_threads(2)
    try:
        alone = torch.cat([spectra.griffin_lim(one[None], RATE, HOP) for one in mel_BMT])
    finally:
        torch.set_num_threads(1)
    assert torch.equal(alone, together)
    silent = torch.full((1, 64, 128), float(np.log(spectra.FLOOR)))
    assert (spectra.griffin_lim(silent, RATE, HOP) == 0).all()


# --- medium


def test_the_signal_lies_between_silence_and_the_loudest() -> None:
    medium = Audio().fit(Dataset("x", toys.TONES, modality="audio"))
    signal = medium.from_items(np.concatenate((toys.TONES, np.zeros((1, 8_192), np.int16))), None)
    assert signal.min() == -1 and signal.max() == 1 and (signal[-1] == -1).all()
    bands = medium.bands(signal)
    expected = spectra.log_mel(waves(), RATE, HOP)
    assert (bands[:-1] - expected).abs().median() < 1e-4
    # as it is drawn: high bands first
    assert signal[0, 0, :32].mean() < signal[0, 0, 32:].mean()


def test_a_model_that_still_has_a_network_for_phases_opens_without_it() -> None:
    medium = Audio().fit(Dataset("x", toys.TONES, modality="audio"), clips=48_000)
    tensors = medium.tensors()
    record = json.loads(tensors["record"].numpy().tobytes())
    assert set(tensors) == {"record"} and set(record) == {"samples", "top"}
    record["vocoder"] = {"rate": RATE, "hop": HOP, "width": 128, "draft": 24}
    letters = torch.tensor(list(json.dumps(record).encode()), dtype=torch.uint8)
    again = Audio().restore({"record": letters, "vocoder.embed.weight": torch.zeros(128, 320)})
    signal = medium.from_items(toys.TONES[:2], None)
    np.testing.assert_array_equal(again.to_items(signal), medium.to_items(signal))
    assert again.rate == RATE and set(again.tensors()) == {"record"}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"record": torch.zeros(4, dtype=torch.uint8)},
        {"record": torch.tensor(list(b'{"samples": 5, "top": 1}'), dtype=torch.uint8)},
        {"record": torch.tensor(list(b'{"samples": 8192, "top": 1e9}'), dtype=torch.uint8)},
    ],
)
def test_damaged_settings_are_refused(broken: dict) -> None:
    with pytest.raises(WeightsError, match="download"):
        Audio().restore(broken)


@pytest.mark.parametrize("name", ["delay", "loudness", "gap"])
def test_sound_augmentations_keep_silence_and_fall_alike(name: str) -> None:
    signal = Audio().fit(Dataset("x", toys.TONES, modality="audio")).from_items(toys.TONES, None)
    first, again = (
        augment.apply((name,), signal, 1.0, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    torch.testing.assert_close(first, again)
    assert (first != signal).flatten(1).any(1).float().mean() > 0.5
    silent = torch.full((8, 1, 64, 128), -1.0)
    torch.testing.assert_close(augment.apply((name,), silent, 1.0, torch.Generator()), silent)
    torch.testing.assert_close(augment.apply((name,), signal, 0.0, torch.Generator()), signal)


# --- classes of factors


def test_factored_classes_share_what_a_factor_means() -> None:
    classes = ("a / x", "a / y", "b / x", "b / y")
    parts = class_parts(classes)
    assert parts.tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]
    rows = torch.randn(4, 8)
    table = class_table(rows, parts)
    torch.testing.assert_close(table[0] - table[1], table[2] - table[3])
    assert (
        class_parts(("7", "8")) is None
        and class_parts(("a / x", "b")) is None
        and class_parts(()) is None
    )


def test_a_model_of_factored_classes_has_a_row_a_factor() -> None:
    spec = Audio().tokens(toys.SPEAKS)
    G, D = Generator(toys.SPEAKS, spec), Discriminator(toys.SPEAKS, spec)
    assert G.mapping.embed.shape == (12, 16) and D.embed.shape == (12, 32)
    assert "mapping.parts" not in G.state_dict() and "parts" not in D.state_dict()


# --- a tiny real run


def test_drums_are_learned_end_to_end(tmp_path: Path) -> None:
    data = catalogue.make("drums", count=42)
    medium = Audio().fit(data)
    model = medium.config_for(data, ModelConfig(width=32, depth=1, heads=2, z_dim=16))
    train = TrainConfig(
        images=96, batch_size=16, warm_start=32, augment=("delay", "gap"), augment_p=0.5
    )
    state = new_state(model, train, medium)
    events = list(trainer.train_slice(state, data))
    assert sum(isinstance(e, StepDone) for e in events) >= 4
    checkpoint.save_state(state, tmp_path / "s.safetensors")
    again = checkpoint.load_state(tmp_path / "s.safetensors")
    assert again.tokenizer.rate == 16_000 and again.model.classes == data.classes
    samples, _ = trainer.watch(again, seeds=(0, 1))
    heard = again.tokenizer.to_items(torch.from_numpy(samples.signal_B))
    assert heard.shape == (2, 16_384) and heard.dtype == np.int16


# --- numbers and voices


@pytest.fixture(scope="module")
def model(toy_weights: Path) -> Model:
    return load_model(toy_weights / "audio" / "digits")


def test_a_number_is_its_digits_joined_without_clicks(model: Model) -> None:
    said = speech.say(model, "1 984", speaker=1, seed=3)
    assert said.dtype == np.int16 and said.ndim == 1
    np.testing.assert_array_equal(speech.say(model, "1 984", speaker=1, seed=3), said)
    label = model.config.classes.index("1 / bob")
    first = speech.trimmed(
        sampler.draw(model, SampleConfig(seed=3, count=1, label=label))[0][0], RATE
    )
    np.testing.assert_array_equal(said[: len(first)], first)
    assert abs(int(first[0])) < 40 and abs(int(first[-1])) < 40
    assert len(said) > len(speech.say(model, "1", seed=3))


@pytest.mark.parametrize("text", ["", "hello", "１２", "1" * 25])
def test_what_is_no_number_is_refused_in_words(model: Model, text: str) -> None:
    with pytest.raises(ConfigError, match="1984"):
        speech.say(model, text)


def test_another_voice_keeps_the_digit_and_the_own_voice_changes_nothing(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inversion, "STEPS", 12)
    label = model.config.classes.index("4 / ann")
    sound = sampler.draw(model, SampleConfig(seed=5, count=1, label=label))[0][0]
    done = speech.convert(model, sound, 1, digit=4)
    assert done.digit == 4 and done.speaker in (0, 1) and done.other.shape == sound.shape
    same = speech.convert(model, sound, done.speaker, digit=4)
    assert np.abs(same.own.astype(int) - same.other).mean() < 20
    open_ = speech.convert(model, sound, 0)
    assert 0 <= open_.digit <= 9


def test_silence_is_trimmed_to_nothing() -> None:
    assert len(speech.trimmed(np.zeros(100, np.int16), RATE)) == 0
    click = np.zeros(8_192, np.int16)
    click[4_000] = 20_000
    part = speech.trimmed(click, RATE)
    assert 64 <= len(part) <= 160


def test_a_model_without_digits_does_not_speak(toy_weights: Path) -> None:
    digits = load_model(toy_weights / "image" / "digits")
    assert speech.factors(digits) == ()
    with pytest.raises(ConfigError, match="Spoken digits"):
        speech.say(digits, "1")


# --- what a person gets


def test_the_studio_takes_sounds_of_any_rate_and_refuses_pictures(toy_weights: Path) -> None:
    studio = Studio(weights_dir=toy_weights)
    double = np.repeat(toys.TONES[3], 2)
    fitted = studio.fit("audio/digits", double)
    assert fitted.shape == (8_192,) and fitted.dtype == np.int16
    maps = studio.judge("audio/digits", fitted)
    assert maps.grid == (4, 16) and maps.d.shape[-1] == 65 and np.isfinite(maps.logit)
    with pytest.raises(ConfigError, match="sounds"):
        studio.fit("audio/digits", "a text")
    maps = studio.attention("audio/digits", SampleConfig(seed=1, label=2))
    assert maps.item.dtype == np.int16 and maps.g_self.shape[-1] == 64


def test_sounds_are_drawn_as_spectrograms() -> None:
    grey, colour = spectrogram.greys(toys.TONES), spectrogram.pictures(toys.TONES)
    assert grey.shape == (24, 64, 128, 1) and colour.shape == (24, 64, 128, 3)
    middles = (grey[..., 0].astype(float).sum(2) * np.arange(64)).sum(1) / grey.sum((1, 2, 3))
    assert (np.diff(middles) < 0).all()  # higher tones are higher up


def test_sounds_are_saved_as_wav_with_their_settings() -> None:
    archive = zipfile.ZipFile(
        io.BytesIO(audio_files.wav_zip(toys.TONES[:2], [4, 5], {"model": "m"}))
    )
    assert archive.namelist() == ["0000-seed-4.wav", "0001-seed-5.wav", "settings.json"]
    with wave.open(io.BytesIO(archive.read("0000-seed-4.wav"))) as file:
        assert file.getframerate() == RATE and file.getnframes() == 8_192
    assert json.loads(archive.read("settings.json")) == {"model": "m"}


def test_arrays_of_sounds_name_their_factors() -> None:
    labels = np.array([0, 3, 19])
    arrays = audio_files.sound_arrays(
        toys.TONES[:3], labels, toys.SPEAKS.classes, ("digit", "speaker")
    )
    assert arrays["digit"].tolist() == [0, 1, 9] and arrays["speaker"].tolist() == [0, 1, 1]
    assert arrays["sample_rate"] == RATE and arrays["audio"].dtype == np.int16
    plain = audio_files.sound_arrays(toys.TONES[:3], labels, ("a",) * 20)
    assert plain["label"].tolist() == [0, 3, 19]


# --- measures


def test_silence_and_clipping_are_counted() -> None:
    items = np.zeros((4, 8_192), np.int16)
    items[1, 5], items[2, :82], items[3, 7] = 20_000, 32_767, 100
    assert evaluate_audio.heard(items) == {"silent": 0.5, "clipped": pytest.approx(82 / 32_768)}


def test_the_score_by_halves_has_closed_forms() -> None:
    sure = np.eye(4).repeat(400, axis=0)  # sorted by class
    assert evaluate_audio.halves(sure) == pytest.approx(4, rel=2e-2)
    assert evaluate_audio.halves(np.full((8, 4), 0.25)) == pytest.approx(1)


def test_a_speaking_model_can_be_tuned_on_anything(model: Model) -> None:
    data = catalogue.make("drums", count=28)
    planned = plan.make(
        RunRequest(data="drums", start="audio/digits"), data, model.tokenizer, model
    )
    assert planned.model.classes == model.config.classes  # pairs stay pairs
    assert planned.dataset.items.shape == (28, 8_192) and planned.dataset.labels.max() < 20
    assert any("pairs" in note for note in planned.notes)
    state = new_state(planned.model, planned.train, model.tokenizer, start=(model.G, model.D))
    next(trainer.train_slice(state, planned.dataset, steps=1))


def test_sounds_are_scored_as_their_spectrograms(toy_weights: Path) -> None:
    labels = np.arange(24) % 20
    data = Dataset("tones", toys.TONES, labels, toys.SPEAKS.classes, modality="audio")
    scored = evaluate.evaluate(toy_weights / "audio" / "digits", train=data, test=data, n=24)
    assert set(scored["scores"]) == {"pca64", "pixels", "sound", "bands", "discriminator"}
    assert scored["scores"]["pca64"]["frechet"]["value"] > 0
    assert scored["scores"]["sound"]["silent"]["real"] == 0
    assert set(scored["spaces"]) >= set(scored["scores"])


def test_each_factor_of_a_class_is_asked_for(model: Model) -> None:
    class Classifier:
        targets = {"digit": 10, "speaker": 2}
        widest = "digit"

        def probabilities(self, items: np.ndarray, head: str) -> np.ndarray:
            return np.eye(10)[[4, 4]] if head == "digit" else np.eye(2)[[1, 0]]

    model = replace(model, meta=model.meta | {"data": {"factors": ["digit", "speaker"]}})
    task = evaluate_audio.MEASURE.task(model, None, None, n=2)
    task.classifier = Classifier()
    samples = Samples(toys.TONES[:2], np.array([9, 19]), task.see)  # 4 / bob, 9 / bob
    values = by_features.requested(task, samples)
    assert values["requested_digit"] == 0.5 and values["requested_speaker"] == 0.5


def test_a_factor_of_any_name_keeps_its_row(model: Model) -> None:
    row = score.rows(by_features.requested.scores, {"requested_mood": 0.5}, {}, n=4)
    assert row["requested_mood"]["name"] == "requested mood seen by a classifier of real data"
    with pytest.raises(KeyError, match="mood"):
        score.rows(by_features.pixels.scores, {"mood": 0.5}, {}, n=4)


def test_the_nearest_class_is_sought_among_those_allowed(model: Model) -> None:
    label = model.config.classes.index("7 / bob")
    item, _ = sampler.draw(model, SampleConfig(seed=0, count=1, label=label))
    first = inversion.classes_of(model, item, (14, 15))
    assert first.item() in (14, 15) and inversion.classes_of(model, item, (3,)).tolist() == [3]
    torch.testing.assert_close(inversion.classes_of(model, item, (14, 15)), first)


def test_sounds_from_scratch_begin_with_a_warm_start() -> None:
    data = catalogue.make("drums", count=14)
    medium = Audio().fit(data)
    planned = plan.make(RunRequest(data="drums", preset="fast"), data, medium)
    assert planned.train.warm_start == 6000 and planned.model.patch in (2, 4, 8, 16)
    asked = RunRequest(data="drums", train_settings={"warm_start": 0})
    assert plan.make(asked, data, medium).train.warm_start == 0
