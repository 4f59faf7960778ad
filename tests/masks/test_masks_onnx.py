"""Classes by an ONNX net, from a tiny graph with a known answer."""

from __future__ import annotations

import sys

import pytest
import torch
from tiny_onnx import convolution

from automask.masks import OnnxSegmenter
from automask.masks.sources.onnx_segmenter import opened

pytest.importorskip("onnxruntime", reason="pip install 'automask[onnx]'")

RAW = {"mean": (0, 0, 0), "std": (1, 1, 1)}  # so that the net sees plain RGB


@pytest.fixture(autouse=True)
def no_cached_session():
    opened.cache_clear()


@pytest.fixture
def red_and_blue(tmp_path) -> str:
    """A net whose two channels are red and blue themselves."""
    path = tmp_path / "net.onnx"
    path.write_bytes(convolution([[1, 0, 0], [0, 0, 1]], [0, 0]))
    return str(path)


def half_red(height: int = 40, width: int = 60) -> torch.Tensor:
    image = torch.zeros(1, 3, height, width)
    image[:, 0, :, : width // 2] = 1
    image[:, 2, :, width // 2 :] = 1
    return image


def test_channels_become_masks_of_their_names_at_the_size_of_the_image(red_and_blue):
    masks = OnnxSegmenter(red_and_blue, ["skin", "hair"], size=60, **RAW)(half_red())
    assert masks.names == ("skin", "hair")
    assert masks.probs.shape == (2, 40, 60)
    assert masks["skin"][:, :28].min() > 0.95 and masks["skin"][:, 32:].max() < 0.05
    assert masks.sources == ("net.onnx", "net.onnx")


def test_the_image_is_normalised_as_the_net_was_trained(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(convolution([[1, 0, 0]], [0]))
    net = OnnxSegmenter(str(path), ["a"], mean=(0.5,) * 3, std=(0.25,) * 3)
    masks = net(torch.full((1, 3, 32, 32), 0.6))
    assert torch.allclose(
        masks["a"], torch.tensor(0.4), atol=1e-4
    )  # (0.6 - 0.5) / 0.25


def test_logits_of_several_channels_get_a_softmax(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(convolution([[0, 0, 0], [0, 0, 0]], [2.0, -1.0]))
    masks = OnnxSegmenter(str(path), ["a", "b"], **RAW)(torch.rand(1, 3, 32, 32))
    expected = torch.tensor([2.0, -1.0]).softmax(0)
    assert torch.allclose(masks.probs[:, 5, 5], expected)


def test_a_fixed_input_is_obeyed(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(convolution([[1, 0, 0]], [0], side=16))
    masks = OnnxSegmenter(str(path), ["a"], **RAW)(half_red())
    assert masks.probs.shape == (1, 40, 60)


def test_the_class_underscore_is_left_out(red_and_blue):
    assert OnnxSegmenter(red_and_blue, ["_", "hair"])(half_red()).names == ("hair",)


def test_a_net_for_other_inputs_is_refused(tmp_path):
    path = tmp_path / "grey.onnx"
    path.write_bytes(convolution([[1]], [0]))
    with pytest.raises(ValueError, match=r"grey.onnx' takes \[1, 1, .*expected \(1, 3"):
        OnnxSegmenter(str(path), ["a"])(half_red())


@pytest.mark.parametrize("content", [b"", b"not a net", None])
def test_a_file_that_is_no_net_is_refused(tmp_path, content):
    path = tmp_path / "bad.onnx"
    if content is None:
        with pytest.raises(ValueError, match="no ONNX model at .*bad.onnx"):
            OnnxSegmenter(str(path), ["a"])(half_red())
        return
    path.write_bytes(content)
    with pytest.raises(ValueError, match="bad.onnx' is no ONNX model: "):
        OnnxSegmenter(str(path), ["a"])(half_red())


def test_without_onnxruntime_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ValueError, match=r"need onnxruntime: pip install .*\[onnx\]"):
        OnnxSegmenter("net.onnx", ["a"])(half_red())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"model": None, "names": ["a"]}, "no model of the ONNX net given"),
        ({"model": "a.onnx", "names": None}, "no names of the ONNX net given"),
        ({"model": "a.onnx", "names": ["a"], "std": (1, 0, 1)}, "std not 0"),
        ({"model": "a.onnx", "names": ["a"], "activation": "relu"}, "got 'relu'"),
        ({"model": "a.onnx", "names": ["a"], "cutoff": 1.0}, "below 1, got 1.0"),
    ],
)
def test_options_that_cannot_work_are_refused(options, line):
    with pytest.raises(ValueError, match=line):
        OnnxSegmenter(**options)
