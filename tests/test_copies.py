"""Turned and resized copies of styles."""

from __future__ import annotations

import pytest
import torch
from planted import generator

from stylize.copies import Copies


def test_without_copies_the_styles_pass_unchanged():
    style, mask = torch.rand(1, 3, 40, 50), torch.rand(2, 40, 50)
    styles, masks = Copies()([style], [mask])
    assert len(styles) == 1 and styles[0].equal(style) and masks[0].equal(mask)


def test_there_are_as_many_copies_as_li_and_wand_have_and_the_plain_one_leads():
    styles = [torch.rand(1, 3, 90, 70, generator=generator(k)) for k in range(2)]
    masks = [torch.rand(1, 90, 70) for _ in styles]
    images, copied = Copies(rotations=2, scales=1)(styles, masks)
    assert len(images) == len(copied) == 2 * 5 * 3
    assert images[0].equal(styles[0]) and images[15].equal(styles[1])
    for image, mask in zip(images, copied, strict=True):
        assert image.shape[2:] == mask.shape[1:]
    sides = {tuple(image.shape[2:]) for image in images}
    assert {(90, 70), (94, 74), (86, 67)} <= sides


@pytest.mark.parametrize("angle", [7.5, 45.0, 90.0])
@pytest.mark.parametrize("size", [(120, 120), (80, 160), (160, 60)])
def test_turned_copies_have_no_empty_corners_and_masks_turn_along(angle, size):
    ramp = torch.linspace(0.2, 1.0, size[1]).expand(1, 3, *size)
    images, masks = Copies(rotations=1, angle=angle)([ramp], [ramp[0, :1]])
    assert len(images) == 3
    for image, mask in zip(images, masks, strict=True):
        assert image.min() > 0.19  # black corners would show
        torch.testing.assert_close(image[0, :1], mask)
    if angle == 90:
        assert (images[1].diff(dim=2).abs() > 1e-3).any()
        assert (images[1].diff(dim=3).abs() < 1e-3).all()


def test_turned_pictures_cover_most_of_what_they_can():
    images, _ = Copies(rotations=1)(
        [torch.rand(1, 3, 200, 200)], [torch.rand(0, 200, 200)]
    )
    assert images[1].shape[2] > 170  # 200 / (cos 7.5 + sin 7.5) = 178


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
