"""Masks to look at: overlays and the contact sheet."""

from __future__ import annotations

import torch

from automask.masks import SoftMasks
from automask.masks.view.mask_sheet import (
    COLUMNS,
    TILE,
    caption,
    contact_sheet,
    overlay,
)

GREY = torch.full((1, 3, 60, 90), 0.5)


def halves(height: int = 60, width: int = 90, count: int = 1) -> SoftMasks:
    """A person on the left, background on the right, and more empty masks."""
    left = torch.zeros(height, width)
    left[:, : width // 2] = 1
    names = ("background", "person", *(f"object {i}" for i in range(count - 1)))
    more = [torch.zeros(height, width)] * (count - 1)
    return SoftMasks(names, torch.stack([1 - left, left, *more]), ("net",) * len(names))


def test_an_overlay_is_tinted_and_outlined():
    over = overlay(GREY, halves())[0]
    assert over.shape == (3, 60, 90)
    red, green = over[:, 30, 10], over[:, 30, 80]
    assert red[0] > 0.6 > 0.4 > red[1] and green[1] > 0.6 > 0.4 > green[0]
    assert torch.equal(over[:, 30, 44:46].amax(1), torch.ones(3))  # the border
    assert int((over.amin(0) == 1).any(0).sum()) <= 3  # and nowhere else


def test_an_overlay_of_a_large_picture_is_smaller():
    large = torch.zeros(1, 3, 900, 1200)
    assert overlay(large, halves(900, 1200)).shape == (1, 3, 480, 640)


def test_without_masks_the_picture_is_shown_as_it_is():
    empty = SoftMasks((), torch.zeros(0, 60, 90), ())
    assert torch.equal(overlay(GREY, empty), GREY)
    sheet = contact_sheet([GREY, GREY], [empty, empty], ["content", "style"])
    assert sheet.shape[2] < 2 * TILE


def test_a_caption_says_how_far_a_mask_is_trusted_if_not_in_full():
    planes = [torch.full((4, 4), 0.25), torch.ones(4, 4)]
    assert caption("sky", planes, [1, 1]) == "sky   0.250 | 1.000"
    assert caption("sky", planes, [0.62, 1]) == "sky 62 % | 100 %   0.250 | 1.000"


def test_each_mask_has_a_tile_for_content_and_style():
    style = torch.zeros(1, 3, 500, 300)
    sheets = [
        contact_sheet(
            [GREY, style], [halves(count=n), halves(500, 300, n)], ["content", "style"]
        )[0]
        for n in (1, 2, 3)
    ]
    assert sheets[0].shape[2] == sheets[2].shape[2]
    # Three cells of pictures and 2, 3, 4 masks: two rows, two rows, three rows.
    assert COLUMNS == 3
    assert sheets[0].shape[1] == sheets[1].shape[1] < sheets[2].shape[1]
    cell = sheets[0].shape[2] // 3
    row = sheets[0][:, sheets[0].shape[1] // 2 + 40]
    # The second row: background, then the person, each in the content first.
    assert row[:, 15].max() < 0.1 and row[:, cell + 15].min() > 0.9
