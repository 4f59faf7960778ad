"""TensorFlow Lite segmenters: the bundled one, and files that must not be run."""

from __future__ import annotations

from pathlib import Path

import mediapipe
import pytest
import skimage.data
import torch

from automask.masks import TfliteSegmenter
from automask.masks.arrays import at_most
from automask.masks.sources.tflite_segmenter import METADATA

BUNDLED = Path(mediapipe.__file__).parent / "modules"
SELFIE = BUNDLED / "selfie_segmentation" / "selfie_segmentation.tflite"

bundled = pytest.mark.skipif(not SELFIE.is_file(), reason="no model comes along")


@pytest.fixture(scope="module")
def astronaut() -> torch.Tensor:
    return torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None] / 255


@bundled
def test_a_model_s_own_labels_name_its_masks(astronaut):
    masks = TfliteSegmenter(str(SELFIE))(astronaut)
    assert masks.names == ("selfie",)
    assert masks.probs.shape == (1, 512, 512)
    assert masks["selfie"][250, 200] > 0.9  # her face
    assert masks["selfie"][20, 500] < 0.1  # a corner of the background
    assert masks.sources == ("selfie_segmentation.tflite",)


@bundled
def test_names_and_merging_can_be_said(astronaut):
    net = TfliteSegmenter(str(SELFIE), names=["body"], merge={"person": ["body"]})
    assert net(astronaut).names == ("person",)


@bundled
def test_a_model_that_names_no_classes_is_refused(astronaut):
    detector = BUNDLED / "face_landmark" / "face_landmark.tflite"
    with pytest.raises(ValueError, match="face_landmark.tflite. does not name"):
        TfliteSegmenter(str(detector))(astronaut)


def test_a_large_picture_is_shown_small():
    assert at_most(skimage.data.astronaut()[:300], 512).shape == (300, 512, 3)
    large = skimage.data.astronaut().repeat(2, 0).repeat(3, 1)
    assert at_most(large, 512).shape == (341, 512, 3)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "no TensorFlow Lite model at .*net.tflite"),
        (b"", "is no TensorFlow Lite model"),
        (b"PK\3\4 a zip file", "is no TensorFlow Lite model"),
        (b"\0\0\0\0TFL3 without", "has no metadata, which MediaPipe needs"),
        (b"\0\0\0\0TFL3" + METADATA, "net.tflite' is no segmenter: "),
    ],
)
def test_a_file_that_is_no_such_model_is_one_line(tmp_path, content, line):
    path = tmp_path / "net.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=line):
        TfliteSegmenter(str(path))(torch.rand(1, 3, 40, 40))


def test_without_a_file_one_line_names_the_key(automask, photo, painting):
    run = automask("style=painting.png", "content=photo.png", "masks=objects")
    assert run.code == 2
    assert "masks.sources.objects.model=" in run.err and run.err.count("\n") == 1
