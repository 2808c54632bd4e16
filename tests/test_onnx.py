"""Networks as ONNX files: what they put out, of any number of samples, what they say, what is missing."""

import importlib.util
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toys
from playwright.sync_api import Browser

from tgan_demo.cli import main as command_line
from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.engine.draw import latents, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.errors import ConfigError
from tgan_demo.models import onnx_files, onnx_page
from tgan_demo.models.folder import load_model
from tgan_demo.models.onnx_files import write_onnx

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1e-4
SIZE = {"depth": 1}  # what takes time is the exporter, layer by layer
MODELS: dict[str, ModelConfig] = {
    "local": replace(
        toys.AVATARS, **SIZE, local_crop=16, local_patch=4, blend=2, positions="rotary"
    ),
    "direct": replace(toys.VERSES, **SIZE),
    "latent": replace(toys.LINES, **SIZE),
    "sound": replace(toys.SPEAKS, **SIZE),
    "clip": replace(toys.MOVES, attention="factorised"),  # two layers: in a step, along time
}


def model_of(name: str, folder: Path) -> Model:
    """A toy with psi's middle where it is seen, and an encoder where that is not like another's."""
    toys.make_model(folder, MODELS[name])
    model = load_model(folder)
    torch.manual_seed(1)
    model.w_mean = model.w_mean + torch.randn_like(model.w_mean)
    if name in ("direct", "clip"):
        spec = model.tokenizer.tokens(model.config)
        model.encoder = VaeEncoder(model.config, spec).eval().requires_grad_(False)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_onnx_runtime_makes_what_torch_makes(name: str, tmp_path: Path) -> None:
    import onnxruntime

    model = model_of(name, tmp_path / "toy")
    said = write_onnx(model, tmp_path / "out")
    files = ["generator.onnx", "discriminator.onnx", "encoder.onnx"][: 3 if model.encoder else 2]
    assert said["files"] == files
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*files}
    assert set(said["max_difference"]) == {*files} and max(said["max_difference"].values()) < LIMIT
    sessions = {
        file: onnxruntime.InferenceSession(tmp_path / "out" / file, providers=["CPUExecutionProvider"])
        for file in files
    }  # fmt: skip
    classes = len(model.config.classes)
    for count, psi in ((1, 1.0), (7, 0.0), (7, 1.3)):
        asked = SampleConfig(seed=500, count=count, psi=psi)
        z_BZ, label_B = latents.draw_z(model, asked)
        signal = sampler.signals(model, asked)[0]
        label = np.zeros(count, np.int64) if label_B is None else label_B.numpy()
        given = {"z": z_BZ.numpy(), "label": label, "psi": np.array([psi], np.float32)}
        (made,) = sessions["generator.onnx"].run(["signal"], given)
        assert made.shape == signal.shape and np.abs(made - signal.numpy()).max() < LIMIT
        judged = {"signal": made, "label": label}
        (logit,) = sessions["discriminator.onnx"].run(["logit"], judged)
        assert np.abs(logit - model.judge(signal, label_B).numpy()).max() < LIMIT
        if model.encoder:
            z, log_var = sessions["encoder.onnx"].run(["z", "log_var"], judged)
            assert z.shape == log_var.shape == (count, model.config.z_dim)
    if classes:  # D asked whether it looks real, whatever it is
        judged["label"] = np.full(count, -1)
        (logit,) = sessions["discriminator.onnx"].run(["logit"], judged)
        assert np.abs(logit - model.judge(signal).numpy()).max() < LIMIT
    about = sessions["generator.onnx"].get_modelmeta().custom_metadata_map
    assert json.loads(about["classes"]) == list(model.config.classes)
    assert about["signal"] == said["signal"] and about["licence"] == "CC0"


@pytest.mark.slow
def test_another_program_reads_them_as_the_page_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python of docs/other-frameworks.md, run beside a toy in the place of its model."""
    folder = tmp_path / "weights" / "image" / "digits"
    toys.make_model(folder, replace(toys.DIGITS, **SIZE))
    monkeypatch.chdir(tmp_path)
    assert command_line.main(["export", str(folder), "--onnx"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["out"] == "digits-onnx" and "(signal + 1) * 127.5" in said["signal"]
    assert {p.name for p in Path("digits-onnx").iterdir()} == {
        "generator.onnx",
        "discriminator.onnx",
    }

    page = (ROOT / "docs" / "other-frameworks.md").read_text(encoding="utf-8")
    by_onnx, by_name = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    model, sevens = load_model(folder), torch.full((4,), 7)
    ran = run(by_onnx, "z, signal, logit, pictures", tmp_path)
    w_BW = latents.map_to_w(model, torch.from_numpy(ran["z"]), sevens, 0.8)
    signal = sampler.signal_of(model, w_BW)
    assert np.abs(ran["signal"] - signal.numpy()).max() < LIMIT
    assert np.abs(ran["logit"] - model.judge(signal, sevens).numpy()).max() < LIMIT
    drawn = model.tokenizer.to_items(signal).transpose(0, 3, 1, 2)
    assert np.abs(ran["pictures"].astype(int) - drawn).max() <= 1
    ran = run(by_name, "z, w", tmp_path)
    w_BW = model.G.mapping(torch.from_numpy(ran["z"]), sevens)
    assert np.abs(ran["w"] - w_BW.numpy()).max() < LIMIT


def run(code: str, names: str, folder: Path) -> dict[str, np.ndarray]:
    """Arrays of these names that a program leaves, run in a folder."""
    keep = ", ".join(f"{name}={name}" for name in names.split(", "))
    code = f"{code}\nnp.savez('kept.npz', {keep})"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    with np.load(folder / "kept.npz", allow_pickle=False) as kept:
        return dict(kept)


def test_an_export_without_a_folder_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["export", str(ROOT / "weights" / "image" / "digits")]) == 2
    assert "--out FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("text/poems", "--onnx", "--page"), "makes none"),
        (("image/digits", "--onnx", "--page"), "npm install --prefix {out} onnxruntime-web"),
        (("image/digits", "--page"), "--page goes with --onnx"),
    ],
)
def test_a_page_that_cannot_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert (
        command_line.main(
            ["export", str(ROOT / "weights" / words[0]), *words[1:], "--out", str(tmp_path / "out")]
        )
        == 2
    )
    assert said.format(out=tmp_path / "out") in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


LIBRARY = """
export const env = {wasm: {}};
export class Tensor { constructor(type, data, dims) { Object.assign(this, {type, data, dims}); } }
export const InferenceSession = {create: async (model) => ({run: async ({z, label, psi}) => {
  if (model[0] !== 7 || new Uint8Array(env.wasm.wasmBinary)[0] !== 9) throw new Error('other bytes');
  const signal = new Float32Array(SIZE);
  for (let i = 0; i < SIZE; i++) signal[i] = 2 * Number(label.data[Math.floor(i / (SIZE / 16))]) / 9 - 1;
  signal[0] = psi.data[0] - 1;
  window.z = z;
  return {signal: {data: signal}};
}})};
"""  # in the place of onnxruntime-web: each sample is as bright as its class says


@pytest.mark.ui
def test_a_page_draws_from_a_disk(tmp_path: Path, browser: Browser) -> None:
    toys.make_model(tmp_path / "toy", toys.DIGITS)
    model = load_model(tmp_path / "toy")
    model.title, package = "</title><script>window.broken = 1</script>", tmp_path / "package"
    (package / "dist").mkdir(parents=True)
    (package / "dist" / onnx_page.LIBRARY).write_text(LIBRARY.replace("SIZE", str(16 * 28 * 28)))
    (package / "dist" / onnx_page.WASM).write_bytes(b"\x09")
    library = onnx_page.files_of_library(model, package)
    onnx_page.write_page(model, b"\x07", library, tmp_path / "page.html")
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url.split(":")[0]))
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_selector("text=16 samples in")
    assert asked == ["file", "blob"]  # the page, and its library out of itself
    assert page.evaluate("[window.broken, z.dims]") == [None, [16, 16]]
    z = np.array(page.evaluate("[...z.data]")).reshape(16, 16)
    assert abs(z.mean()) < 0.2 and abs(z.std() - 1) < 0.2 and len(np.unique(z)) == 256

    def pixel(x: int, y: int) -> list[int]:
        at = f"document.getElementById('sheet').getContext('2d').getImageData({x}, {y}, 1, 1).data"
        return page.evaluate(f"[...{at}]")

    # seed 1 has class 1, and so on
    assert [pixel(28 * k + 5, 5) for k in range(4)] == [
        [round(k * 255 / 9)] * 3 + [255] for k in (1, 2, 3, 4)
    ]
    assert pixel(0, 0)[0] == round(0.8 * 127.5)
    page.select_option("#label", "9")
    page.wait_for_function(
        "document.getElementById('sheet').getContext('2d').getImageData(9, 9, 1, 1).data[0] === 255"
    )
    page.close()


@pytest.mark.parametrize("name", ["local", "sound", "clip"])
def test_a_page_knows_where_a_frame_lies_in_a_signal(name: str, tmp_path: Path) -> None:
    toys.make_model(tmp_path / "toy", MODELS[name])
    model = load_model(tmp_path / "toy")
    order = onnx_page.order_of(model)
    assert order is not None
    signal = torch.randn(1, *model.config.shape)
    planes = model.tokenizer.planes(signal)
    assert planes is not None and torch.equal(signal.flatten()[order], planes[0])


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    find = importlib.util.find_spec
    gone = ("onnxscript", "onnxruntime")
    monkeypatch.setattr(
        onnx_files.importlib.util, "find_spec", lambda name: None if name in gone else find(name)
    )
    toys.make_model(tmp_path / "toy", toys.DIGITS)
    with pytest.raises(ConfigError, match=r"onnxscript, onnxruntime; .*pip install \.\[onnx\]"):
        write_onnx(load_model(tmp_path / "toy"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_imports_onnx_before_it_is_asked() -> None:
    code = (
        "import sys, app, tgan_demo.cli.main, tgan_demo.models.onnx_files\n"
        "print([name for name in sys.modules if name.split('.')[0].startswith('onnx')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_extra_is_a_part_of_what_the_tests_need() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line for line in lines if line and not line.startswith("#")}

    extra = pins("requirements-onnx.txt")
    assert extra <= pins("requirements-dev.txt")
    assert {line.split("==")[0] for line in extra} == {*onnx_files.PACKAGES}
