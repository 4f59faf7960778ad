"""Nets of segmentation-models-pytorch, from a tiny one in a folder: no download."""

from __future__ import annotations

import pytest
import segmentation_models_pytorch as smp
import torch

from automask.masks import HubSegmenter
from automask.masks.sources.class_probs import class_names
from automask.masks.sources.hub_segmenter import NAMES, loaded

SKY, SEA, LAKE = 2, 26, 128  # of ADE20K's 150
IMAGE = torch.rand(1, 3, 40, 70, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def no_cached_net():
    loaded.cache_clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    """Random weights, whose last bias makes each pixel sky, sea and lake alike."""
    torch.manual_seed(0)
    net = smp.FPN(
        "tu-test_resnet",
        encoder_weights=None,
        decoder_pyramid_channels=32,
        decoder_segmentation_channels=32,
        classes=150,
    )
    torch.nn.init.zeros_(net.segmentation_head[0].weight)
    torch.nn.init.zeros_(net.segmentation_head[0].bias)
    net.segmentation_head[0].bias.data[[SKY, SEA, LAKE]] = 12.0
    path = tmp_path_factory.mktemp("net")
    net.save_pretrained(path)
    return str(path)


def test_the_names_are_those_of_ade20k():
    names = class_names(NAMES)
    assert len(names) == 150
    assert [names[i] for i in (0, SKY, SEA, LAKE, 149)] == [
        *("wall", "sky", "sea", "lake", "flag"),
    ]


def test_classes_are_merged_and_improbable_ones_cut_off(folder):
    net = HubSegmenter(folder, merge={"water": ["sea", "lake"]}, size=64)
    masks = net(IMAGE)
    assert masks.probs.shape == (148, 40, 70)  # "water" is a class itself
    assert torch.allclose(masks["water"], torch.tensor(2 / 3), atol=1e-3)
    assert torch.allclose(masks["sky"], torch.tensor(1 / 3), atol=1e-3)
    assert float(masks["wall"].max()) == 0


def test_loading_says_nothing(folder, capfd):
    HubSegmenter(folder, size=64)(IMAGE)
    assert capfd.readouterr() == ("", "")


def test_a_net_that_is_nowhere_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match="add masks.fetch=true to download it"):
        HubSegmenter("smp-hub/no-such-net")(IMAGE)
    with pytest.raises(ValueError, match="no folder 'a/b/c', and it is no name"):
        HubSegmenter("a/b/c")(IMAGE)


@pytest.mark.parametrize("config", [None, "", "[]", '{"_model_class": "Nothing"}'])
def test_a_folder_without_such_a_net_is_refused(tmp_path, config):
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(ValueError, match="is no net of segmentation-models-pytorch"):
        HubSegmenter(str(tmp_path))(IMAGE)


def test_damaged_weights_are_one_line(folder, tmp_path):
    for name, content in (("config.json", None), ("model.safetensors", b"broken")):
        original = torch_file(folder, name)
        (tmp_path / name).write_bytes(original if content is None else content)
    with pytest.raises(ValueError, match="the weights of .* cannot be read"):
        HubSegmenter(str(tmp_path))(IMAGE)


def torch_file(folder: str, name: str) -> bytes:
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()
