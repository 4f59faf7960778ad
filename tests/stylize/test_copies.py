"""Turned and resized copies of styles."""

from __future__ import annotations

import pytest
import torch
from planted import generator

from stylize import Picture, without_masks
from stylize.copies import Copies


def test_without_copies_the_styles_pass_unchanged():
    style = Picture(torch.rand(1, 3, 40, 50), torch.rand(2, 40, 50), ("a", "b"))
    (copy,) = Copies()([style])
    assert copy.image.equal(style.image) and copy.masks.equal(style.masks)


def test_there_are_as_many_copies_as_li_and_wand_have_and_the_plain_one_leads():
    images = [torch.rand(1, 3, 90, 70, generator=generator(k)) for k in range(2)]
    styles = [Picture(image, torch.rand(1, 90, 70), ("a",), (0.5,)) for image in images]
    copies = Copies(rotations=2, scales=1)(styles)
    assert len(copies) == 2 * 5 * 3
    assert copies[0].image.equal(images[0]) and copies[15].image.equal(images[1])
    assert all(copy.names == ("a",) and copy.shares == (0.5,) for copy in copies)
    sides = {tuple(copy.image.shape[2:]) for copy in copies}
    assert {(90, 70), (94, 74), (86, 67)} <= sides


@pytest.mark.parametrize("angle", [7.5, 45.0, 90.0])
@pytest.mark.parametrize("size", [(120, 120), (80, 160), (160, 60)])
def test_turned_copies_have_no_empty_corners_and_masks_turn_along(angle, size):
    ramp = torch.linspace(0.2, 1.0, size[1]).expand(1, 3, *size)
    copies = Copies(rotations=1, angle=angle)([Picture(ramp, ramp[0, :1], ("a",))])
    assert len(copies) == 3
    for copy in copies:
        assert copy.image.min() > 0.19  # black corners would show
        torch.testing.assert_close(copy.image[0, :1], copy.masks)
    if angle == 90:
        assert (copies[1].image.diff(dim=2).abs() > 1e-3).any()
        assert (copies[1].image.diff(dim=3).abs() < 1e-3).all()


def test_unmatched_regions_are_turned_and_resized_along():
    ramp = torch.linspace(0.2, 1.0, 80).expand(1, 3, 120, 80)
    unmatched = {"skin": ramp[0, 0], "hair": 1 - ramp[0, 0]}
    style = Picture(ramp, ramp[0, :1], ("a",), unmatched=unmatched)
    copies = Copies(rotations=1, scales=1, angle=20.0, factor=1.3)([style])
    assert len(copies) == 9
    for copy in copies:
        torch.testing.assert_close(copy.unmatched["skin"], copy.masks[0])
        torch.testing.assert_close(copy.unmatched["hair"], 1 - copy.image[0, 0])


def test_turned_pictures_cover_most_of_what_they_can():
    copies = Copies(rotations=1)([without_masks(torch.rand(1, 3, 200, 200))])
    assert copies[1].image.shape[2] > 170  # 200 / (cos 7.5 + sin 7.5) = 178


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotations": -1}, "must be >= 0, got -1 and 0"),
        ({"factor": 1.0}, r"must lie in \(1, 2\], got 1"),
        ({"rotations": 13}, "13 x 7.5 degrees; 90 is the most"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Copies(**options)
