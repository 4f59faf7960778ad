"""The square about a face, what is seen in it, and the shipped classifier."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from planted_faces import planted_face
from safetensors.torch import save_file

from automask.masks.portrait import head_segmentation
from automask.masks.portrait.face_crop import (
    BEARD,
    CELLS,
    FEATURES,
    HEAD,
    Square,
    frame_of,
)
from automask.masks.portrait.face_features import (
    BEARD_CUES,
    FEATURE_CUES,
    HEAD_CUES,
    beard_cues,
    exposed,
    feature_cues,
    head_cues,
    in_square,
    lower_face,
    seed_shares,
)
from automask.masks.portrait.face_net import WEIGHTS, classify, load_nets, new_nets
from automask.masks.portrait.face_polygons import INNER_LIPS, OVAL, face_parts
from automask.masks.portrait.head_segmentation import HeadSegmentation
from automask.masks.portrait.portrait_source import split_person, with_beard


def planted_square() -> Square:
    """A face before a wall."""
    face = planted_face(63.5, 61, 50)
    person = np.zeros((CELLS, CELLS), np.float32)
    cv2.ellipse(person, (63, 58), (28, 36), 0, 0, 360, (1.0,), -1)
    person[85:] = 1
    rgb = np.full((CELLS, CELLS, 3), (150, 170, 200), np.uint8)
    rgb[person > 0] = (60, 40, 30)
    rgb[95:] = (40, 60, 120)
    cv2.fillPoly(rgb, [face.points[OVAL].astype(np.int32)], (210, 160, 130))
    return Square(rgb, person, np.ones_like(person), face.points)


def test_a_turned_face_stands_upright_in_its_square():
    for turn in (0, 30, -90, 180):
        face = planted_face(300, 200, 100, turn)
        points = frame_of(face, HEAD).points(face.points)
        forehead, chin = points[10], points[152]
        assert forehead[0] == pytest.approx(chin[0], abs=0.1)
        assert chin[1] - forehead[1] == pytest.approx(CELLS / HEAD.side, rel=0.02)


def test_what_is_cut_out_is_put_back_where_it_was():
    generator = np.random.default_rng(0)
    picture = cv2.GaussianBlur(generator.random((400, 300), np.float32), (0, 0), 8)
    frame = frame_of(planted_face(150, 200, 80, 20), FEATURES)
    back = frame.put(frame.cut(picture), picture.shape)
    inside = frame.put(np.ones((CELLS, CELLS), np.float32), picture.shape) > 0.99
    assert inside.sum() > 7000
    assert abs(back - picture)[inside].max() < 0.02


def test_a_picture_far_larger_than_its_cells_is_averaged_not_sampled():
    checks = (np.indices((1600, 1600)).sum(0) % 2).astype(np.float32)
    cells = frame_of(planted_face(800, 800, 500), HEAD).cut(checks)
    assert abs(cells[20:-20, 20:-20] - 0.5).max() < 0.05


def test_cues_have_their_number_and_range():
    square = planted_square()
    for cues, shape in (
        (head_cues(square), (HEAD_CUES, CELLS, CELLS)),
        (feature_cues(square), (FEATURE_CUES, CELLS, CELLS)),
        (beard_cues(square), (BEARD_CUES, 48, 44)),
    ):
        assert cues.shape == shape and cues.dtype == np.float32
        assert np.isfinite(cues).all() and abs(cues).max() < 4


def test_cues_of_the_mirror_image_are_mirrored():
    square = planted_square()
    planes = square.rgb, square.person, square.inside
    mirrored = [np.ascontiguousarray(each[:, ::-1]) for each in planes]
    flipped = np.stack([CELLS - 1 - square.points[:, 0], square.points[:, 1]], 1)
    apart = head_cues(Square(*mirrored, flipped)) - head_cues(square)[..., ::-1]
    assert np.percentile(abs(apart), 99) < 0.1


def test_skin_looks_the_same_in_dim_and_coloured_light():
    square = planted_square()
    lit = (square.rgb * np.array([0.45, 0.5, 0.7])).astype(np.uint8)
    cheek = slice(0, 3), 68, 52
    for each in (square, replace(square, rgb=lit)):
        assert abs(head_cues(each)[cheek]).max() < 0.2


def test_a_face_in_deep_shadow_is_seen_as_in_daylight():
    lab = np.zeros((CELLS, CELLS, 3), np.float32)
    lab[:, :64], lab[:, 64:] = (60, 15, 15), (20, 3, 3)  # skin, and hair
    lab[:, 120:] = (90, 0, 0)
    skin = np.zeros((CELLS, CELLS), bool)
    skin[40:60, 10:30] = True
    light, dim = (exposed(each, skin) for each in (lab, lab / 2))
    assert dim[0, 5] == pytest.approx(light[0, 5], abs=1)
    assert dim[0, 70, 0] == pytest.approx(light[0, 70, 0], abs=1)
    assert light[..., 0].max() > 80


def test_nothing_is_clipped_when_a_dark_face_is_exposed():
    lab = np.zeros((CELLS, CELLS, 3), np.float32)
    lab[..., 0] = np.linspace(0, 100, CELLS)
    skin = abs(lab[..., 0] - 20) < 3
    light = exposed(lab, skin)[0, :, 0]
    assert (np.diff(light) > 0.3).all() and light[-1] == 100
    assert light[np.abs(lab[0, :, 0] - 20).argmin()] == pytest.approx(60, abs=3)


def test_each_seed_claims_its_own_colour():
    lab = np.zeros((CELLS, CELLS, 3), np.float32)
    lab[:, :64], lab[:, 64:] = (40, 30, 20), (70, -20, -30)
    left = np.zeros((CELLS, CELLS), bool)
    left[40:60, 10:30] = True
    shares = seed_shares(lab, [left, left[:, ::-1]])
    assert shares[0][100, 5] > 0.9 and shares[0][100, 120] < -0.9
    assert shares[1][100, 5] < -0.9 and shares[1][100, 120] > 0.9


def test_too_few_cells_are_no_seed():
    lab = np.full((CELLS, CELLS, 3), 50, np.float32)
    few = np.zeros((CELLS, CELLS), bool)
    few[0, :3] = True
    assert seed_shares(lab, [few])[0].max() == -1


def test_the_shipped_weights_are_small_and_load():
    assert WEIGHTS.stat().st_size <= 1.5 * 2**20
    assert set(load_nets()) == {"head", "features", "beard"}


def test_files_without_our_weights_get_one_line(tmp_path):
    other = tmp_path / "other.safetensors"
    save_file({"conv": torch.zeros(3)}, other)
    text = tmp_path / "text.safetensors"
    text.write_text("nothing")
    for path in (other, text, tmp_path / "missing.safetensors"):
        with pytest.raises(
            ValueError, match="holds no weights of the parts class"
        ) as e:
            load_nets(path)
        assert "\n" not in str(e.value)


def test_classes_are_probabilities_and_mirror_with_the_picture():
    torch.manual_seed(0)
    net = new_nets()["head"].eval()
    cues = np.random.default_rng(0).normal(0, 1, (HEAD_CUES, CELLS, CELLS))
    cues = cues.astype(np.float32)
    probs = classify(net, cues)
    assert probs.sum(0) == pytest.approx(np.ones((CELLS, CELLS)), abs=1e-5)
    mirrored = classify(net, np.ascontiguousarray(cues[..., ::-1]))
    assert abs(mirrored[..., ::-1] - probs).max() < 1e-4


def test_regions_are_trusted_within_the_squares_alone():
    face = planted_face(100, 100, 40)
    pixels = np.full((200, 400, 3), 128, np.uint8)
    regions, trust = HeadSegmentation(
        pixels, np.ones((200, 400), np.float32), [face]
    ).regions()
    assert trust[100, 100] == 1 and trust[:, 200:].max() == 0
    assert regions[:, 100, 100].sum() == pytest.approx(1, abs=1e-3)


def test_a_square_s_top_is_continued_above_it():
    frame = frame_of(planted_face(100, 150, 40), HEAD)
    cells = np.ones((CELLS, CELLS), np.float32)
    plain, tall = (
        frame.put(np.pad(cells, ((n, 0), (0, 0))) + (n > 0), (200, 200))
        for n in (0, 40)
    )
    top = round(150 - 40 * HEAD.above)
    assert plain[top + 3, 100] == 1 and plain[top - 3, 100] == 0
    assert tall[top + 3, 100] == 2 and tall[top - 3, 100] == 1


def test_beyond_the_squares_what_is_not_skin_is_clothing():
    regions = np.full((5, 2, 2), 0.2, np.float32)
    person, skin = np.full((2, 2), 0.8, np.float32), np.full((2, 2), 0.1, np.float32)
    found = split_person(person, regions, np.zeros((2, 2)), skin)
    bare, hair, dressed = (float(each[0, 0]) for each in found)
    assert 0.07 < bare < 0.1 and hair == 0
    assert bare + dressed == pytest.approx(0.8)


@pytest.mark.parametrize(("colour", "believed"), [(0.02, True), (0.9, False)])
def test_colour_is_believed_as_far_as_it_tells_skin_from_clothes(colour, believed):
    regions = np.zeros((5, 40, 40), np.float32)
    regions[3] = 1  # clothing
    trust = np.ones((40, 40), np.float32)
    trust[30:] = 0
    skin = np.where(trust > 0, colour, 0.95).astype(np.float32)
    found = split_person(np.ones_like(skin), regions, trust, skin)
    assert (found[0][35, 5] > 0.5) == believed


def test_in_a_square_the_person_is_shared_out():
    regions = np.zeros((5, 1, 1), np.float32)
    regions[:, 0, 0] = (0.5, 0.1, 0.3, 0.1, 0.0)
    person = np.full((1, 1), 0.9, np.float32)
    found = split_person(person, regions, np.ones((1, 1)), person)
    assert [float(each[0, 0]) for each in found] == pytest.approx([0.18, 0.54, 0.18])


@pytest.mark.parametrize("opening", [0, 16])
def test_teeth_and_tongue_are_no_lips(monkeypatch, opening):
    """The net takes the whole mouth for lips; the landmarks tell what lies between."""
    face = planted_face(150, 150, 100)
    inner = face.points[INNER_LIPS].mean(0)
    angles = np.linspace(0, 2 * np.pi, len(INNER_LIPS), endpoint=False)
    ring = np.stack([14 * np.cos(angles), opening / 2 * np.sin(angles)], 1)
    face.points[INNER_LIPS] = inner + ring
    lips = np.zeros((6, CELLS, CELLS), np.float32)
    lips[4] = 1
    monkeypatch.setattr(head_segmentation, "classify", lambda *_: lips)
    image = torch.full((1, 3, 300, 300), 0.5)
    pixels = np.full((300, 300, 3), 128, np.uint8)
    heads = HeadSegmentation(pixels, np.ones((300, 300), np.float32), [face])
    masks = heads.features(face_parts(image, [face]))
    x, y = np.round(inner).astype(int)
    assert (masks["lips"][y, x] < 0.5) == (opening > 0)
    assert masks["lips"][y - 9, x] > 0.5 and masks["mouth"][y, x] > 0.5


@pytest.mark.parametrize(("share", "found"), [(0.1, True), (0.005, False)])
def test_a_face_has_a_beard_or_none_at_all(monkeypatch, share, found):
    """Each net says: hair on a square of so many face areas, below the middle."""
    face = planted_face(150, 150, 100)
    square = np.zeros((CELLS, CELLS), np.float32)
    side = round(np.sqrt(share * np.pi * 0.8 / 4) * CELLS / BEARD.side)
    square[60 : 60 + side, 60 : 60 + side] = 1
    square[60 : 60 + side, :58] = 0.4
    cells = lower_face(square)
    monkeypatch.setattr(head_segmentation, "classify", lambda *_: [1 - cells, cells])
    pixels = np.full((300, 300, 3), 128, np.uint8)
    beard = HeadSegmentation(pixels, np.ones((300, 300), np.float32), [face]).beard()
    assert beard.shape == (300, 300) and beard.dtype == np.float32
    assert bool(beard.any()) == found
    if found:
        rows, columns = np.nonzero(beard > 0.5)
        corner = np.array([columns.min(), rows.min()])
        cell = 100 * BEARD.side / CELLS
        assert corner == pytest.approx(
            150 + np.array([-4, 60 - CELLS * BEARD.above / BEARD.side]) * cell, abs=2
        )


def test_what_lies_beyond_the_picture_is_no_beard(monkeypatch):
    """The picture ends at the chin."""
    face = planted_face(150, 150, 100)
    chin, shape = frame_of(face, BEARD).points(face.points)[152, 1], (199, 300)
    square = np.zeros((CELLS, CELLS), np.float32)
    square[round(float(chin)) :] = 1
    cells = lower_face(square)
    monkeypatch.setattr(head_segmentation, "classify", lambda *_: [1 - cells, cells])
    pixels = np.full((*shape, 3), 128, np.uint8)
    assert (
        HeadSegmentation(pixels, np.ones(shape, np.float32), [face]).beard().max() == 0
    )
    tall = np.full((300, 300, 3), 128, np.uint8)
    assert (
        HeadSegmentation(tall, np.ones((300, 300), np.float32), [face]).beard().max()
        > 0.9
    )


def test_colours_are_measured_against_the_upper_face():
    square = planted_square()
    lower = np.indices((CELLS, CELLS))[0] > square.points[2, 1]
    chin_skin = (lower & (square.rgb[..., 0] == 210))[..., None]
    bearded = np.where(chin_skin, (90, 50, 30), square.rgb).astype(np.uint8)
    plain, hairy = beard_cues(square), beard_cues(replace(square, rgb=bearded))
    cheek, chin = (slice(0, 3), 13, 15), (slice(0, 3), 25, 21)
    assert abs(plain[cheek]).max() < 0.2 and abs(plain[chin]).max() < 0.2
    assert abs(hairy[cheek]).max() < 0.2 and hairy[0][chin[1:]] < -0.9


def test_the_lower_face_comes_back_where_it_was():
    square = cv2.GaussianBlur(
        np.random.default_rng(0).random((CELLS, CELLS), np.float32), (0, 0), 6
    )
    back = in_square(lower_face(square))
    assert abs(back - square)[34:126, 22:106].max() < 0.02
    assert back[:32].max() == 0 and back[:, :20].max() == 0


def test_a_beard_is_skin_within_the_person_and_neither_hair_nor_clothing():
    one = np.ones((1, 2), np.float32)
    masks = {"person": 0.9 * one, "skin": 0.1 * one, "hair": 0.5 * one}
    found = with_beard(
        masks | {"clothing": 0.3 * one}, np.array([[1.0, 0.0]], np.float32)
    )
    assert found["beard"].ravel() == pytest.approx([0.9, 0.0])
    assert found["skin"].ravel() == pytest.approx([0.9, 0.1])
    assert found["hair"].ravel() == pytest.approx([0.05, 0.5])
    assert found["clothing"].ravel() == pytest.approx([0.03, 0.3])
