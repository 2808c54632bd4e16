"""A Space of one model: what is pushed to a stand-in of the Hub is checked out, and runs."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import conftest
import numpy as np
import pytest
import yaml
from hub_stand_in import TOKEN

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import ConfigError
from tgan_demo.hub import publish, space
from tgan_demo.models.folder import load_model

# of huggingface_hub's own upload, by what it calls in its HTTP library
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning")
DRAW = """
import sys
from pathlib import Path
import app, tgan_demo
from tgan_demo.config import SampleConfig
from tgan_demo.studio import Studio
assert Path(tgan_demo.__file__).is_relative_to(Path.cwd()) and callable(app.main)
studio = Studio(Path("data"))
[model] = studio.models()
print(model.id, studio.sample(model.id, SampleConfig(seed=3, count=4)).items.tobytes().hex())
"""


@pytest.fixture
def digits(toy_weights):
    return load_model(toy_weights / "image" / "digits")


def asked(repo_id="ada/play", **options):
    return publish.Asked(**{"repo_id": repo_id, "licence": "MIT", "token": TOKEN} | options)


def checked_out(repo, folder: Path) -> Path:
    for name, content in repo.files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder


@pytest.mark.slow
def test_what_was_pushed_draws_and_serves(stand_in, digits, tmp_path):
    sent = space.publish_space(digits, asked(), model_repo="ada/digits")
    repo = stand_in.repos["spaces", "ada/play"]
    assert repo.private and repo.extra["sdk"] == "gradio"
    assert sent.is_new and sent.url.endswith("/spaces/ada/play")
    place = checked_out(repo, tmp_path / "space")
    drawn = subprocess.run(
        [sys.executable, "-c", DRAW], cwd=place, capture_output=True, text=True, timeout=120
    )
    assert drawn.returncode == 0, drawn.stderr[-2000:]
    name, content = drawn.stdout.split()
    items = sampler.draw(digits, SampleConfig(seed=3, count=4))[0]
    assert name == digits.id
    np.testing.assert_array_equal(np.frombuffer(bytes.fromhex(content), np.uint8), items.ravel())

    port = conftest.free_port()
    words = [sys.executable, "app.py", "--port", str(port), "--data-dir", str(tmp_path / "data")]
    log = tmp_path / "log"
    with open(log, "wb") as out:
        server = subprocess.Popen(words, cwd=place, stdout=out, stderr=subprocess.STDOUT)
    try:
        assert "gradio" in page_at(f"http://127.0.0.1:{port}/", server), log.read_text()
    finally:
        server.terminate()
        server.wait(30)


def page_at(url: str, server: subprocess.Popen) -> str:
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.3)
    return ""


def test_its_readme_and_requirements_are_what_a_space_reads(digits):
    files = space.files_of_space(digits, "CC BY 4.0", model_repo="ada/digits")
    head, text = re.fullmatch(
        r"---\n(.*?)\n---\n(.*)", files["README.md"].decode(), re.DOTALL
    ).groups()
    said = yaml.safe_load(head)
    own = yaml.safe_load((space.ROOT / "README.md").read_text("utf-8").split("---")[1])
    for key in ("sdk", "sdk_version", "python_version", "app_file", "hf_oauth", "hf_oauth_scopes"):
        assert said[key] == own[key], key
    assert len(said["short_description"]) <= 60
    assert said["license"] == "cc-by-4.0" and said["models"] == ["ada/digits"]
    assert text.strip().startswith("#")
    assert f"gradio=={said['sdk_version']}" in files["requirements.txt"].decode().split()


def test_it_holds_one_models_weights_and_nothing_of_the_machine(digits):
    files = space.files_of_space(digits, "MIT")
    weights = [name for name in files if name.endswith("model.safetensors")]
    assert weights == ["weights/image/digits/model.safetensors"]
    assert {name.split("/")[0] for name in files} == {
        "README.md", "app.py", "requirements.txt", "tgan_demo", "recipes", "weights",
    }  # fmt: skip
    assert not any("__pycache__" in name or "/." in name for name in files)
    own = sum(path.stat().st_size for path in files.values() if isinstance(path, Path))
    assert own < 10 * 2**20
    shipped = {
        f.relative_to(space.ROOT).as_posix() for f in space.PACKAGE.rglob("*") if f.is_file()
    }
    left = {name for name in shipped - set(files) if "__pycache__" not in name}
    assert not left, "the Space would lack these files of the package"


def test_an_installed_package_sends_none_of_its_other_weights(tmp_path):
    package = tmp_path / "tgan_demo"
    for name in ("ui/page.py", "weights/image/faces/config.json", "recipes/a.toml", "ui/a.pyc"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("")
    assert list(space.files_of_package(package)) == ["tgan_demo/ui/page.py"]


def test_a_model_of_ones_own_gets_a_name_that_is_no_bundled_models(digits, tmp_path):
    folder = tmp_path / "m"
    folder.mkdir()
    for path in digits.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    meta = json.loads((folder / "config.json").read_text())
    told = {"id": "mine/0123456789abcdef", "title": "My <b>Digits</b>!", "origin": "trained"}
    (folder / "config.json").write_text(json.dumps(meta | told))
    files = space.files_of_space(load_model(folder), "MIT")
    config = json.loads(files["weights/image/own-my-b-digits-b/config.json"])
    assert config["id"] == "image/own-my-b-digits-b" and "origin" not in config


def test_a_space_of_somebody_elses_is_left_alone(stand_in, digits):
    foreign = {"README.md": b"---\nsdk: gradio\n---\ntags: transformer-gan-studio", "app.py": b""}
    repo = stand_in.add("ada/play", foreign, "spaces", private=True)
    with pytest.raises(ConfigError, match="not of this studio"):
        space.publish_space(digits, asked())
    assert len(repo.commits) == 1


def test_a_second_model_takes_the_place_of_the_first(stand_in, digits, toy_weights):
    space.publish_space(digits, asked())
    avatars = load_model(toy_weights / "image" / "avatars")
    assert not space.publish_space(avatars, asked()).is_new
    files = stand_in.repos["spaces", "ada/play"].files
    assert [name for name in files if name.endswith("model.safetensors")] == [
        "weights/image/avatars/model.safetensors"
    ]


def test_a_licence_is_asked_for(stand_in, digits):
    with pytest.raises(ConfigError, match="its card says"):
        space.publish_space(digits, asked(licence=" "))
    assert not stand_in.asked


def test_an_app_that_runs_in_it_is_the_projects_own():
    code = (space.ROOT / "app.py").read_text("utf-8").split('"""')[-1]
    assert space.APP.split('"""')[-1] == code and os.sep not in space.APP
