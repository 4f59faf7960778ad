"""Object classes by torchvision's nets, from a tiny-weighted file: no download."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from automask.masks import PairMasks, SegmentationNet
from automask.masks.sources.class_probs import net_shape

LRASPP = "lraspp_mobilenet_v3_large"


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """Random weights whose last bias makes every pixel a dog."""
    torch.manual_seed(0)
    net = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=21
    )
    state = net.state_dict()
    for name in ("classifier.low_classifier", "classifier.high_classifier"):
        state[f"{name}.weight"].zero_()
        state[f"{name}.bias"].zero_()
    state["classifier.high_classifier.bias"][12] = 4.0  # dog is VOC's class 12
    path = tmp_path_factory.mktemp("weights") / "lraspp.pth"
    torch.save(state, path)
    return path


@pytest.fixture
def empty_cache(tmp_path, monkeypatch) -> Path:
    """A torch cache with nothing in it, and no way to fill it."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("no network here")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    return tmp_path


def test_class_probabilities_sum_to_one_at_the_size_of_the_image(weights):
    net = SegmentationNet(LRASPP, weights=str(weights), size=64)
    masks = net(torch.rand(1, 3, 50, 70))
    assert masks.probs.shape == (21, 50, 70)
    assert torch.allclose(masks.probs.sum(0), torch.ones(50, 70), atol=1e-5)


def test_names_are_those_of_voc_in_the_order_of_the_net(weights):
    net = SegmentationNet(LRASPP, weights=str(weights), size=64)
    masks = net(torch.rand(1, 3, 40, 40))
    assert masks.names[0] == "background" and masks.names[15] == "person"
    assert masks["dog"].min() > 0.7  # e^4 / (e^4 + 20)


def test_the_dog_of_a_net_competes_for_its_place_among_the_masks(weights):
    net = SegmentationNet(LRASPP, weights=str(weights), size=64)
    image = torch.rand(1, 3, 40, 40)
    content, (style,) = PairMasks(k=5, sources={"classes": net})(image, [image])
    assert content.names == style.names == ("dog",)  # it leaves no background
    assert content.sources == (LRASPP,)


def test_the_net_sees_the_shorter_side_at_its_size_but_no_endless_longer_side(weights):
    assert net_shape(300, 400, 520) == (520, 693)
    assert net_shape(4, 2000, 64) == (32, 128)
    net = SegmentationNet(LRASPP, weights=str(weights), size=64)
    assert net(torch.rand(1, 3, 4, 2000)).probs.shape == (21, 4, 2000)


def test_without_weights_one_line_says_what_to_do(empty_cache):
    with pytest.raises(ValueError, match="masks.fetch=true .*12 MiB.*masks=portrait"):
        SegmentationNet(LRASPP)(torch.rand(1, 3, 40, 40))


def test_a_download_without_network_is_one_line(empty_cache):
    with pytest.raises(ValueError, match="cannot download .*no network here"):
        SegmentationNet(LRASPP, fetch=True)(torch.rand(1, 3, 40, 40))


def test_a_missing_file_of_weights_is_named(tmp_path):
    with pytest.raises(ValueError, match="no file of segmentation weights at .*nope"):
        SegmentationNet(LRASPP, weights=str(tmp_path / "nope.pth"))(
            torch.rand(1, 3, 40, 40)
        )


@pytest.mark.parametrize("content", [b"", b"not weights", None])
def test_a_file_that_holds_other_things_is_refused(tmp_path, content):
    path = tmp_path / "other.pth"
    if content is None:
        torch.save({"conv.weight": torch.zeros(3)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="other.pth holds no weights of lraspp"):
        SegmentationNet(LRASPP, weights=str(path))(torch.rand(1, 3, 40, 40))


def test_weights_of_another_net_are_refused(weights):
    with pytest.raises(ValueError, match="holds no weights of deeplabv3_mobilenet"):
        SegmentationNet("deeplabv3_mobilenet_v3_large", weights=str(weights))(
            torch.rand(1, 3, 40, 40)
        )


def test_an_unknown_net_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'segnet'; known: deeplabv3_resnet101"):
        SegmentationNet("segnet")
