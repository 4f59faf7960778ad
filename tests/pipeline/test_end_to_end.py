"""Real runs of the entry points: real masks, real matching, random VGG-19 weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from PIL import Image
from planted import random_vgg19
from safetensors.torch import save_file

import automask.pipeline.encoder_weights
from automask.config import config_folder, register
from automask.masks import PairMasks
from stylize import FastPainter, ScaleMix, Stylizer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "vgg19.safetensors"
    save_file(random_vgg19(), file)
    return file


@pytest.mark.parametrize(
    "encoder", ["lite", pytest.param("vgg19", marks=pytest.mark.slow)]
)
def test_the_command_of_the_readme_paints_a_portrait(tmp_path, weights, encoder):
    words = ["style=portrait", "content=astronaut"]
    if encoder == "vgg19":
        words += ["encoder=vgg19", f"encoder.weights={weights}"]
    quick = ["size=128", "stylizer.iterations=[6]", "out=result.jpg"]
    quick += ["stylizer.pyramid.smallest=48", "style_scale=1"]
    done = subprocess.run(
        [sys.executable, "-m", "automask.run", *words, *quick],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert "Picture: " in done.stdout and done.stderr == ""
    with Image.open(tmp_path / "result.jpg") as picture:
        assert picture.size == (128, 128)
    record = json.loads((tmp_path / "result.run" / "run.json").read_text())
    names = [mask["name"] for mask in record["masks"]]
    assert names[:3] == ["background", "person", "skin"]
    assert [level["iterations"] for level in record["levels"]] == [6, 6]
    finest = record["levels"][-1]
    assert sum(finest["losses"].values()) < sum(finest["first_losses"].values())
    assert record["encoder"]["name"] == encoder and record["encoder"]["sha256"]
    assert record["peak_memory_mib"] > 0 and record["device"]


@pytest.mark.slow
def test_masks_change_the_picture_and_gamma_weighs_matching_alone(tmp_path, weights):
    from automask.run import main

    def painted(name: str, *words: str) -> bytes:
        out = tmp_path / f"{name}.png"
        sys.argv = ["automask", "style=portrait", "content=astronaut", "size=96"]
        sys.argv += ["encoder=vgg19", f"encoder.weights={weights}"]
        sys.argv += ["stylizer.iterations=[3]"]
        sys.argv += [f"out={out}", "--quiet", *words]
        assert main() == 0
        with Image.open(out) as picture:
            return picture.tobytes()

    argv = sys.argv
    try:
        masked, unmasked = painted("masked"), painted("none", "masks=none")
        zero = painted("zero", "gamma=0")  # colours go by region still
        assert len({masked, unmasked, zero}) == 3
        assert masked == painted("again")
    finally:
        sys.argv = argv


def choices(group: str) -> list[str]:
    return sorted(file.stem for file in (ROOT / "configs" / group).glob("*.yaml"))


def composed(*words: str):
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("run", ["content=photo.jpg", "style=monet", *words])


@pytest.mark.parametrize("name", choices("stylizer"))
def test_every_stylizer_config_makes_a_stylizer_of_that_gamma_and_strength(name):
    config = composed(f"stylizer={name}", "gamma=7", "strength=0.25")
    stylizer = instantiate(config.stylizer, encoder=None, _convert_="all")
    assert isinstance(stylizer, KINDS.get(name, Stylizer))
    if config.aspect is None:  # there is a content to hold on to
        assert config.stylizer.get("then", config.stylizer).strength == 0.25
    if isinstance(stylizer, Stylizer):
        pulls = [getattr(term, "gamma", 7) for term in stylizer.terms.values()]
        assert set(pulls) <= ({0, 7} if name in TO_THE_LETTER else {7})


KINDS = {"scale_mix": ScaleMix, "fast": FastPainter, "fast_luminance": FastPainter}
TO_THE_LETTER = ("cnnmrf_paper", "cnnmrf_code")  # of a paper that knows no masks


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("guided_gram", "terms.regions.guides.weights"),
        ("guided_mean", "terms.regions.guides.weights"),
        ("softmask", "terms.style.mask_weights"),
        ("analogy", "terms.style.mask_weights"),
    ],
)
def test_masks_are_given_weights_by_name(name, key):
    config = composed(f"stylizer={name}", f"stylizer.{key}={{skin: 2, sky: 0}}")
    part = instantiate(config.stylizer, encoder=None, _convert_="all")
    for step in key.split("."):
        part = part[step] if isinstance(part, dict) else getattr(part, step)
    assert part == {"skin": 2, "sky": 0}


OWN_FILES = ("objects", "onnx")  # built in test_masks_configs.py, with such a file


@pytest.mark.parametrize("name", [n for n in choices("masks") if n not in OWN_FILES])
def test_every_masks_config_makes_masks_of_a_pair(name):
    config = composed(f"masks={name}", "k=3")
    made = instantiate(config.masks, _convert_="all")
    assert isinstance(made, PairMasks)
    assert made.k == (0 if name == "none" else 3)


@pytest.mark.parametrize("name", choices("encoder"))
def test_every_encoder_config_makes_an_encoder(name, weights):
    own = {"vgg19": [f"encoder.weights={weights}"]}.get(name, [])
    config = composed(f"encoder={name}", *own)
    encoder = instantiate(config.encoder, _convert_="all")
    features = encoder(torch.rand(1, 3, 32, 32), ["relu3_1", "relu4_1"])
    assert features["relu3_1"].shape[2:] == (8, 8)
    assert features["relu4_1"].shape[2:] == (4, 4)


def test_weights_of_vgg19_without_its_encoder_are_told_what_to_add(weights):
    with pytest.raises(ValueError, match="holds a VGG-19; add encoder=vgg19"):
        automask.pipeline.encoder_weights.lite(str(weights))


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in choices("style") if n != "file"])
def test_every_style_config_names_a_picture_that_exists(name):
    assert Path(composed(f"style={name}").style.image).is_file()
