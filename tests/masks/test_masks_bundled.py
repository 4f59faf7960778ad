"""Persons and faces by MediaPipe's nets, on a real photograph."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from planted_faces import astronaut, astronaut_masks, needs_nets
from torch import Tensor
from torch.nn import functional as F

from automask.io.quiet import quiet_stderr
from automask.masks import PairMasks, Portrait, SoftMasks, find_faces, segment_person
from automask.masks.arrays import crop
from automask.masks.portrait import portrait_source
from automask.masks.portrait.face_detection import Sighting, grouped
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_polygons import (
    EYES,
    LIPS,
    OVAL,
    face_parts,
    fill,
    outline,
)
from automask.masks.portrait.person import bodies_at

pytestmark = needs_nets

ROOT = Path(__file__).parents[2]


def no_person(height: int = 120, width: int = 200) -> Tensor:
    """Blue sky over sand with some texture."""
    image = torch.empty(1, 3, height, width)
    image[..., : height // 2, :] = torch.tensor([0.4, 0.6, 0.9]).view(1, 3, 1, 1)
    image[..., height // 2 :, :] = torch.tensor([0.8, 0.7, 0.4]).view(1, 3, 1, 1)
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    return (image + 0.05 * noise).clamp(0, 1)


def test_features_of_the_face_are_where_they_are_in_the_photograph():
    """Centres in px of 256, read off the picture by eye."""
    places = {"eyes": (112, 50), "nose": (111, 58), "mouth": (111, 68)}
    for name, (x, y) in places.items():
        inside = torch.nonzero(astronaut_masks()[name] > 0.5).float()
        rows, columns = inside.mean(0).tolist()
        assert np.hypot(columns - x, rows - y) < 8, name


def test_skin_hair_and_suit_are_told_apart_and_from_the_flag():
    """Rows and columns in px of 256, read off the picture by eye."""
    masks = astronaut_masks()
    places = {"skin": (63, 100), "hair": (27, 133), "clothing": (200, 100)}
    for name, (row, column) in places.items():
        assert masks["person"][row, column] > 0.9, name
        for other in places:
            value = float(masks[other][row, column])
            assert value > 0.7 if other == name else value < 0.3, (name, other)
    assert masks["person"][100, 10] < 0.1  # the flag
    assert "head" not in masks.names  # the classifier saw the skin
    assert float(masks["beard"].max()) == 0


def test_lips_lie_in_the_mouth_and_the_mouth_in_the_skin():
    masks = astronaut_masks()
    assert bool((masks["lips"] <= masks["mouth"] + 1e-6).all())
    inside = masks["mouth"] > 0.5
    assert (masks["skin"][inside] > 0.5).float().mean() > 0.95


def test_it_works_in_grey_and_in_blue_light_too():
    grey = astronaut().mean(1, keepdim=True).expand(1, 3, -1, -1)
    blue = astronaut() * torch.tensor([0.45, 0.6, 1.0]).view(1, 3, 1, 1)
    for image in (grey, blue):
        masks = Portrait()(image)
        for name in ("skin", "hair", "clothing", "eyes", "mouth"):
            found, wanted = masks[name] > 0.5, astronaut_masks()[name] > 0.5
            overlap = (found & wanted).sum() / (found | wanted).sum()
            assert overlap > 0.6, name


def test_a_beard_painted_on_the_astronaut_is_found_and_skin():
    """The jaw and lip of a face without one, put in the colour of her hair."""
    picture = astronaut(384)
    (face,) = find_faces(picture)
    oval, lips = (
        torch.from_numpy(fill((384, 384), [face.points[ring]])) for ring in (OVAL, LIPS)
    )
    rows = torch.arange(384)[:, None].expand(384, 384)
    planted = (oval > 0.5) & (lips < 0.5) & (rows > float(face.points[2, 1]) + 2)
    noise = torch.rand(384, 384, generator=torch.Generator().manual_seed(0))
    hair = torch.tensor([0.3, 0.18, 0.1])[:, None, None] * (0.6 + 0.8 * noise)
    masks = Portrait()(torch.where(planted, hair, picture))
    found = masks["beard"] >= 0.5
    assert (found & planted).sum() / (found | planted).sum() > 0.6
    assert (masks["skin"][found] > 0.5).float().mean() > 0.95


def test_a_picture_without_person_has_empty_masks_and_is_no_error():
    assert float(Portrait()(no_person()).probs.max()) == 0


def test_two_faces_of_different_size_are_both_found():
    small = F.interpolate(astronaut(), (128, 128), mode="area")
    image = no_person(256, 384)
    image[..., :, :256], image[..., 100:228, 256:] = astronaut(), small
    faces = find_faces(image)
    assert len(faces) == 2
    assert faces[0].size == pytest.approx(2 * faces[1].size, rel=0.1)
    assert faces[1].centre[0] > 256


def test_a_small_person_in_a_wide_picture_is_found_where_it_is():
    image = no_person(300, 900)
    image[..., 180:, 400:520] = F.interpolate(astronaut(), (120, 120), mode="area")
    mask = segment_person(image)["person"]
    assert mask[280, 450] > 0.9  # the suit
    assert mask[:, :380].max() == 0 and mask[:, 560:].max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (20, 32), (8, 300), (300, 8)])
def test_tiny_and_extreme_pictures_pass(shape):
    image = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(0))
    assert Portrait()(image).probs.shape[-2:] == shape


def test_the_masks_of_a_pair_have_the_same_names_and_each_its_own_size():
    pair = PairMasks(sources={"found": lambda image: masks[image.shape[-1]]})
    masks = {256: astronaut_masks(), 200: Portrait()(astronaut(200))}
    content, (style,) = pair(astronaut(), [astronaut(200)])
    assert content.names == style.names
    assert content.names[:3] == ("background", "person", "skin")
    assert content.probs.shape[-2:] == (256, 256)
    assert style.probs.shape[-2:] == (200, 200)
    assert content.sources[1] == "mediapipe selfie segmentation + parts classifier"


def test_masks_are_the_same_every_time_and_nothing_is_printed(capfd):
    wanted = astronaut_masks()
    capfd.readouterr()
    assert torch.equal(Portrait()(astronaut()).probs, wanted.probs)
    assert capfd.readouterr() == ("", "")


def test_an_unknown_way_to_find_skin_is_refused():
    with pytest.raises(ValueError, match="portrait.skin must be one of .*'touch'"):
        Portrait(skin="touch")


def test_silence_ends_with_its_block_and_errors_pass_through(capfd):
    with pytest.raises(KeyError), quiet_stderr():
        os.write(2, b"chatter")
        raise KeyError
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_faces_need_more_than_one_sighting():
    def seen(x: float, score: float, detector: str = "short") -> Sighting:
        return Sighting(np.array([x, 50.0]), 40, score, detector)

    assert grouped([seen(0, 0.9)]) == []
    assert grouped([seen(0, 0.6), seen(2, 0.55), seen(4, 0.5)]) == []  # never sure
    assert grouped([seen(0, 0.9), seen(100, 0.9), seen(200, 0.9)]) == []  # apart
    assert len(grouped([seen(0, 0.9), seen(2, 0.55), seen(4, 0.5)])) == 1
    assert len(grouped([seen(0, 0.9, "full"), seen(3, 0.5, "full")])) == 1


def test_only_bodies_at_the_evidence_stay_with_their_soft_rims():
    mask = np.zeros((60, 100), np.float32)
    mask[20:50, 10:30] = 0.9
    mask[10:50, 60:90] = 1.0
    mask[20:50, 30] = mask[5, 95] = 0.2  # a rim, and haze
    found = bodies_at(mask, [(15, 22, 20, 30)])
    assert found[30, 20] == np.float32(0.9) and found[30, 30] == np.float32(0.2)
    assert found[:, 50:].max() == 0


def test_a_found_face_is_a_person_where_the_net_sees_none(monkeypatch):
    def see_nothing(image: Tensor, faces: object) -> SoftMasks:
        return SoftMasks(("person",), torch.zeros(1, *image.shape[-2:]), ("blind",))

    monkeypatch.setattr(portrait_source, "segment_person", see_nothing)
    masks = Portrait()(astronaut())
    assert masks["person"][58, 111] > 0.9 and masks["person"][200, 100] == 0


def test_a_filled_polygon_covers_each_pixel_by_its_share():
    square = np.array([[10.5, 10], [30.5, 10], [30.5, 25], [10.5, 25]])
    mask = fill((40, 40), [square])
    assert mask.sum() == pytest.approx(20 * 15, rel=0.03)
    assert mask[15, 10] == pytest.approx(0.5, abs=0.13)
    assert mask[15, 9] == mask[15, 31] == mask[9, 20] == mask[25, 20] == 0


def test_a_polygon_beyond_the_picture_is_cut_at_its_border():
    square = np.array([[-10, -10], [5, -10], [5, 5], [-10, 5]])
    assert fill((20, 20), [square]).sum() == pytest.approx(25, rel=0.06)
    assert fill((20, 20), [square + 100]).sum() == 0


def upright() -> np.ndarray:
    points = np.full((478, 2), 100, np.float32)
    angle = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False)
    points[OVAL] += 50 * np.stack([np.sin(angle), -np.cos(angle)], 1)
    return points


def test_the_forehead_is_stretched_along_the_axis_of_a_turned_face():
    points = upright()
    turned = np.stack([200 - points[:, 1], points[:, 0]], 1)  # a quarter to the right
    straight, quarter = (outline(Face(each), 1.25) for each in (points, turned))
    assert straight[:, 1].min() == pytest.approx(100 - 1.25 * 50, abs=0.5)
    assert straight[:, 1].max() == pytest.approx(150, abs=0.5)
    assert quarter[:, 0].max() == pytest.approx(100 + 1.25 * 50, abs=0.5)
    assert quarter[:, 1].max() == pytest.approx(150, abs=0.5)


def test_parts_of_all_faces_share_one_mask():
    left = upright()
    angle = np.linspace(0, 2 * np.pi, len(EYES[0]), endpoint=False)
    left[EYES[0]] += np.stack([8 * np.cos(angle), 4 * np.sin(angle)], 1)
    faces = [Face(left), Face(left + [200, 0])]
    eyes = face_parts(torch.zeros(1, 3, 200, 400), faces)["eyes"]
    assert eyes[100, 100] == eyes[100, 300] == 1 and eyes[100, 200] == 0


def test_a_crop_beyond_the_picture_repeats_its_border():
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    window = crop(pixels, -1, -1, 3, 3)
    assert window.shape == (4, 4, 3)
    assert (window[0, 0] == pixels[0, 0]).all() and (window[3, 3] == pixels[1, 1]).all()


@pytest.mark.slow
def test_finding_masks_loads_no_matplotlib_and_leaves_none_behind():
    code = (
        "import sys\n"
        "from automask.mediapipe.silence import quiet, without_pyplot\n"
        "with quiet(), without_pyplot():\n    import mediapipe\n"
        "sys.exit(any(name.startswith('matplotlib') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.slow
def test_each_of_a_dozen_faces_keeps_its_parts():
    face = skimage.data.astronaut()[0:200, 124:324]
    crowd = np.concatenate([np.concatenate([face] * 4, 1)] * 3)
    image = torch.from_numpy(crowd.copy()).permute(2, 0, 1)[None] / 255
    assert len(find_faces(image)) == 12
    noses = Portrait()(image)["nose"].numpy().reshape(3, 200, 4, 200)
    assert (noses.max(axis=(1, 3)) > 0.5).all()
