"""Which sightings are faces, and that none of a crowd is passed over."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import torch
from planted_faces import astronaut, needs_nets
from torch import Tensor

from automask.masks import Portrait, find_faces, segment_person
from automask.masks.portrait import face_landmarks
from automask.masks.portrait.face_detection import MAX_TILES, Sighting, tiles
from automask.masks.portrait.face_landmarks import fit_in, is_doubtful, is_steady

RIGHT_EYE, LEFT_EYE, NOSE, LIPS = [33, 133], [263, 362], [1], [13, 14]


def seen(score: float, detector: str, x: float = 60, y: float = 50) -> Sighting:
    return Sighting(np.array([x, y]), 40, score, detector)


@pytest.mark.parametrize(
    ("short", "full", "doubtful"),
    [
        ([0.66, 0.65, 0.6], [], True),
        ([0.8, 0.7, 0.6], [0.6], True),
        ([0.9, 0.7, 0.6], [], False),  # one of them is sure
        ([0.8, 0.7, 0.6], [0.72], False),
        ([0.7, 0.6, 0.6], [0.6, 0.5], False),  # the other detector sees it as well
        ([0.66], [0.63], False),
    ],
)
def test_what_the_short_range_detector_alone_sees_unsurely_is_doubtful(
    short, full, doubtful
):
    group = [seen(score, "short") for score in short]
    group += [seen(score, "full") for score in full]
    assert is_doubtful(group) == doubtful


class Mesh:
    """Landmarks about the one bright spot of a picture, as large as the face.

    Args:
        wanders: Whether they lie in one place of whatever is shown.
        blind: Whether nothing is seen in a mirror image.
    """

    def __init__(self, *, wanders: bool = False, blind: bool = False) -> None:
        self.wanders, self.blind = wanders, blind

    def __call__(self, shown: np.ndarray) -> np.ndarray:
        light = shown[..., 0].astype(float) ** 4
        y, x = (
            float((each * light).sum() / light.sum())
            for each in np.indices(light.shape)
        )
        if self.blind and x > 192:
            return np.empty((0, 2))
        spread = np.sqrt((light > light.max() / 2).sum())
        if self.wanders:
            x, y = 150.0, 180.0
        points = np.full((478, 2), (x, y))
        for indices, u, v in ((RIGHT_EYE, -1, -1), (LEFT_EYE, 1, -1), (NOSE, 0, 0.1)):
            points[indices] += np.array([u, v]) * spread
        points[LIPS] += [0, spread]
        return points / 384


def spot() -> np.ndarray:
    pixels = np.zeros((100, 120, 3), np.uint8)
    pixels[46:52, 52:58] = 255  # left of the middle of the sightings
    return pixels


GROUP = [seen(0.66, "short")] * 3


def test_landmarks_that_stay_in_place_are_steady_and_others_are_not():
    assert is_steady(Mesh(), spot(), GROUP)
    assert not is_steady(Mesh(wanders=True), spot(), GROUP)
    assert not is_steady(Mesh(blind=True), spot(), GROUP)


def test_landmarks_of_a_mirror_image_lie_where_they_are_in_the_picture():
    straight, mirrored = (
        fit_in(Mesh(), spot(), GROUP, 2.0, mirrored=each) for each in (False, True)
    )
    assert straight[NOSE[0]] == pytest.approx([55, 49], abs=1.5)
    assert mirrored[NOSE[0]] == pytest.approx(straight[NOSE[0]], abs=0.5)
    assert mirrored[33] == pytest.approx(straight[263], abs=0.5)


@needs_nets
def test_a_real_face_that_is_doubtful_is_found_and_a_thing_is_not(monkeypatch):
    image = astronaut(384)
    (face,) = find_faces(image)
    for (x, y), faces in ((face.centre, 1), ((300, 330), 0)):  # the face, the helmet
        group = [Sighting(np.array([x, y]), 0.8 * face.size, 0.66, "short")] * 3
        monkeypatch.setattr(face_landmarks, "seen_faces", lambda _, g=group: [g])
        assert len(find_faces(image)) == faces


@needs_nets
@pytest.mark.parametrize("side", [160, 352, 768])
def test_a_cat_is_no_person(side):
    cat = skimage.data.chelsea()
    picture = torch.from_numpy(cat.copy()).permute(2, 0, 1)[None] / 255
    shape = (round(side * cat.shape[0] / cat.shape[1]), side)
    small = torch.nn.functional.interpolate(picture, shape, mode="area")
    assert find_faces(small) == []
    assert float(segment_person(small)["person"].max()) == 0


@pytest.mark.parametrize("shape", [(683, 1024), (1024, 683), (100, 4000), (50, 50)])
@pytest.mark.parametrize("face", [10, 40, 120])
def test_tiles_are_few_and_show_each_face_whole(shape, face):
    windows = [window for window, _ in tiles(*shape, 6 * face)]
    assert len(windows) <= MAX_TILES
    side = windows[0][2] - windows[0][0]
    assert side >= 6 * face
    for y in np.linspace(0, shape[0] - face, 9):
        for x in np.linspace(0, shape[1] - face, 17):
            assert any(
                left <= max(x, 0) + 1e-6
                and min(x + face, shape[1]) <= right + 1e-6
                and top <= max(y, 0) + 1e-6
                and min(y + face, shape[0]) <= bottom + 1e-6
                for left, top, right, bottom in windows
            )


def crowd(rows: int, columns: int, face: int) -> Tensor:
    """Astronauts with faces of so many px on a picture 1024 px wide."""
    one = torch.from_numpy(skimage.data.astronaut()[:200, 124:324].copy())
    one = one.permute(2, 0, 1)[None] / 255
    side = round(200 * face / 75)
    one = torch.nn.functional.interpolate(one, (side, side), mode="area")
    image = torch.full((1, 3, rows * side + 20, 1024), 0.4)
    for row in range(rows):
        for column in range(columns):
            left = column * 1024 // columns
            image[..., row * side :, left:][..., :side, :side] = one
    return image


@needs_nets
def test_each_of_thirty_small_faces_is_found():
    assert len(find_faces(crowd(5, 6, 40))) == 30


@needs_nets
@pytest.mark.slow
def test_each_of_thirty_small_faces_keeps_its_features():
    rows, columns, side = 5, 6, round(200 * 40 / 75)
    masks = Portrait()(crowd(rows, columns, 40))
    for name in ("eyes", "nose", "mouth"):
        for row in range(rows):
            for column in range(columns):
                left = column * 1024 // columns
                own = masks[name][row * side :, left:][:side, :side]
                assert own.max() > 0.5, (name, row, column)
