"""Every file of configs/masks builds a PairMasks."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import get_class, instantiate
from omegaconf import OmegaConf

from automask.config import register
from automask.masks import (
    Blur,
    GuidedFilter,
    MeanField,
    PairMasks,
    SoftMasks,
)
from automask.masks.sources.class_probs import class_names, merged
from automask.masks.sources.hub_segmenter import NAMES as NAMES_OF_ADE20K

CONFIGS = Path(__file__).parents[2] / "configs"
SOURCES = sorted((CONFIGS / "masks" / "source").glob("*.yaml"))
FREE = ("merge",)  # tables that a config fills in
NAMES = sorted(path.stem for path in (CONFIGS / "masks").glob("*.yaml"))


def built(name: str, *overrides: str) -> PairMasks:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose(f"masks/{name}", ["+k=3", *overrides])
    return instantiate(config.masks, _convert_="all")


FILES = {
    "objects": ["masks.sources.objects.model=deeplab.tflite"],
    "onnx": ["masks.sources.onnx.model=net.onnx", "masks.sources.onnx.names=[skin]"],
}
"""What a config cannot be built without, being the user's own."""


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds_and_k_is_the_top_level_key_but_for_no_masks(name):
    pair = built(name, *FILES.get(name, []))
    assert isinstance(pair, PairMasks)
    assert pair.k == (0 if name == "none" else 3)


def test_every_refinement_builds_by_its_name():
    kinds = {"none": Blur, "blur": Blur, "guided": GuidedFilter, "crf": MeanField}
    files = {path.stem for path in (CONFIGS / "masks" / "refine").glob("*.yaml")}
    assert files == set(kinds)
    for name, kind in kinds.items():
        pair = built("maps", f"masks/refine={name}")
        assert isinstance(pair.refine, kind), name


def test_a_source_can_be_added_on_the_command_line():
    register()
    words = ["style=monet", "+masks/source@masks.sources.classes=torchvision"]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("run", words)
    assert list(config.masks.sources) == ["portrait", "regions", "classes"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_values_of_a_source_are_the_defaults_of_its_class(path):
    config = OmegaConf.to_container(OmegaConf.load(path))
    target = get_class(config.pop("_target_")) if "_partial_" not in config else None
    if target is None:
        return
    for each in fields(target):
        if (
            each.name in config
            and config[each.name] is not None
            and each.name not in FREE
            and "${" not in str(config[each.name])
        ):
            default = (
                each.default_factory() if each.default is MISSING else each.default
            )
            value = config[each.name]
            assert (tuple(value) if isinstance(value, list) else value) == default


@pytest.mark.parametrize(
    ("name", "source"), [("deeplab", "classes"), ("ade20k", "scene")]
)
def test_one_word_lets_nets_fetch_their_weights(name, source):
    assert not built(name).sources[source].fetch
    assert built(name, "masks.fetch=true").sources[source].fetch


def test_the_merging_table_of_ade20k_names_its_classes():
    names = class_names(NAMES_OF_ADE20K)
    assert len(names) == 150
    source = built("ade20k").sources["scene"]
    left, _ = merged(names, torch.zeros(150, 1, 1), source.merge)
    assert {"sea", "river", "lake"}.isdisjoint(left)


def test_the_papers_series_of_masks_is_a_matter_of_configuration():
    person = torch.ones(4, 40, 40)
    person[0, :, 20:] = 0
    parts = SoftMasks(("person", "skin", "eyes", "mouth"), person, ("",) * 4)
    image = torch.rand(1, 3, 40, 40)
    counts = []
    for words in (
        ["masks.k=0"],
        ["masks.parts=[]"],
        ["masks.parts=[skin]"],
        ["masks.parts=[skin,eyes,nose,mouth]"],
    ):
        pair = built("portrait", *words)
        pair = replace(pair, sources={"planted": lambda image: parts})
        counts.append(len(pair(image, [image])[0].names))
    assert counts == [0, 2, 3, 5]  # 6 with a nose


def test_a_source_can_be_swapped_off_from_the_command_line():
    assert list(built("deeplab").sources) == ["portrait", "classes"]
    assert list(built("deeplab", "~masks.sources.portrait").sources) == ["classes"]
