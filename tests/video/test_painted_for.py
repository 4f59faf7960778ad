"""What each part of a painting was painted for."""

from __future__ import annotations

import torch

from automask.video.painted_for import NONE, lost, moved, painted_for
from stylize import Picture

SIDE = 32


def content(**squares: slice) -> Picture:
    """A frame with square masks."""
    masks = torch.zeros(len(squares), SIDE, SIDE)
    for mask, where in zip(masks, squares.values(), strict=True):
        mask[where, where] = 1
    return Picture(torch.zeros(1, 3, SIDE, SIDE), masks, tuple(squares))


def everywhere() -> torch.Tensor:
    return torch.ones(SIDE, SIDE)


def test_the_most_particular_region_counts():
    regions = painted_for(
        content(person=slice(4, 20), skin=slice(8, 12)), everywhere(), None
    )
    assert regions["names"] == ["person", "skin"]
    assert regions["labels"][5, 5] == 0 and regions["labels"][9, 9] == 1
    assert regions["labels"][30, 30] == NONE


def test_only_what_is_painted_gets_another_region():
    first = painted_for(content(person=slice(4, 20)), everywhere(), None)
    free = torch.zeros(SIDE, SIDE)
    free[:8] = 1
    after = painted_for(content(sky=slice(0, 32)), free, first)
    assert after["names"] == ["person", "sky"]
    assert (after["labels"][:8] == 1).all() and after["labels"][10, 10] == 0


def test_regions_move_with_what_they_show():
    first = painted_for(content(person=slice(4, 12)), everywhere(), None)
    shifted = moved(first, torch.full((1, 2, SIDE, SIDE), -3.0))
    expected = painted_for(content(person=slice(7, 15)), everywhere(), None)
    assert torch.equal(shifted["labels"][3:, 3:], expected["labels"][3:, 3:])


def test_what_is_no_longer_of_its_region_is_lost_and_nothing_else():
    regions = painted_for(
        content(person=slice(4, 20), skin=slice(8, 12)), everywhere(), None
    )
    assert not lost(regions, content(person=slice(4, 20), skin=slice(8, 12))).any()
    gone = lost(regions, content(person=slice(4, 20)))
    assert gone[8:12, 8:12].all() and int(gone.sum()) == 16
    assert int(lost(regions, content(sky=slice(0, 32))).sum()) == 16 * 16
