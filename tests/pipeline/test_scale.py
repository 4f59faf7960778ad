"""The style is shown so large that its faces match the content's."""

from __future__ import annotations

import pytest
import torch

from automask.masks import SoftMasks
from automask.pipeline.style_scale import style_scale


def noses(*sides: int) -> SoftMasks:
    """Square noses of these sides on a 200 px picture."""
    mask = torch.zeros(1, 200, 200)
    for n, side in enumerate(sides):
        mask[0, 10 : 10 + side, 70 * n : 70 * n + side] = 1
    return SoftMasks(("nose",), mask, ("planted",))


@pytest.mark.parametrize(
    ("content", "style", "room", "expected"),
    [
        (30, 20, 4.0, 1.5),
        (20, 30, 4.0, 2 / 3),
        (60, 10, 4.0, 2.0),  # no more than twice
        (10, 60, 4.0, 0.5),  # no less than half
        (30, 20, 1.2, 1.2),  # the style has no more pixels
        (30, 20, 0.5, 1.0),  # it is enlarged already, but no further
    ],
)
def test_auto_makes_faces_equally_large(content, style, room, expected):
    scale = style_scale("auto", noses(content), noses(style), room)
    assert scale == pytest.approx(expected)


def test_the_largest_of_several_faces_counts():
    assert style_scale("auto", noses(15, 30, 9), noses(20), 4.0) == pytest.approx(1.5)


def test_without_a_face_on_both_sides_the_size_stays():
    none = SoftMasks((), torch.zeros(0, 9, 9), ())
    assert style_scale("auto", noses(30), none, 4.0) == 1.0
    assert style_scale("auto", none, noses(30), 4.0) == 1.0
    assert style_scale("auto", noses(), noses(30), 4.0) == 1.0


def test_a_number_is_taken_as_it_is():
    assert style_scale(3, noses(30), noses(20), 1.0) == 3.0
