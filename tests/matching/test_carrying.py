"""Matches carried along a motion, and those that are searched again."""

from __future__ import annotations

import torch
from planted import generator

from stylize.matching.carrying import LayerMatches, matched_since, moved
from stylize.matching.nearest import index_styles, nearest_patches, nearest_where

STRIDE = 4


def style(height: int = 40, width: int = 50) -> torch.Tensor:
    return torch.randn(6, height, width, generator=generator(1))


def field(index, top: int, left: int, size: int, width: int) -> torch.Tensor:
    """(size, size) matches that continue one another from a cell of the style on."""
    rows = torch.arange(size)[:, None]
    return (top + rows) * width + left + torch.arange(size)


def flow(right: float, size: int) -> torch.Tensor:
    """(1, 2, H, W): what is seen was so many px further right."""
    side = (size + 2) * STRIDE
    vectors = torch.zeros(1, 2, side, side)
    vectors[:, 0] = right
    return vectors


def test_slow_motion_adds_up_to_whole_cells():
    index, size = index_styles([style()]), 12
    matches = matched_since(field(index, 5, 8, size, 50), None)
    new = torch.zeros((size + 2) * STRIDE, (size + 2) * STRIDE)
    for _ in range(10):  # 0.8 px each: two cells
        matches = moved(matches, flow(0.8, size), new, index, STRIDE)
    inner = (slice(None), slice(0, 8))
    assert torch.equal(matches.nearest[inner], field(index, 5, 10, size, 50)[inner])
    assert matches.beyond[:, *inner].abs().max() < 1e-4
    assert not matches.stale.any()


def test_matches_that_would_leave_their_style_are_stale():
    index, size = index_styles([style()]), 12
    matches = matched_since(field(index, 5, 50 - 2 - size, size, 50), None)
    new = torch.zeros((size + 2) * STRIDE, (size + 2) * STRIDE)
    far = moved(matches, flow(8.0, size), new, index, STRIDE)
    assert far.stale[:, -1].all() and not far.stale[:, : size - 3].any()
    assert index.starts[far.nearest].all()


def test_what_is_new_is_stale():
    index, size = index_styles([style()]), 12
    matches = matched_since(field(index, 5, 8, size, 50), None)
    new = torch.zeros((size + 2) * STRIDE, (size + 2) * STRIDE)
    new[: 5 * STRIDE] = 1
    stale = moved(matches, flow(0.0, size), new, index, STRIDE).stale
    assert stale[:3].all() and not stale[5:].any()


def test_a_match_that_painting_changed_lies_where_it_was_found():
    before = LayerMatches(
        torch.tensor([[3, 4]]), torch.ones(2, 1, 2), torch.ones(1, 2, dtype=torch.bool)
    )
    after = matched_since(torch.tensor([[3, 9]]), before)
    assert after.beyond[:, 0].tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert not after.stale.any()


def test_some_patches_find_what_a_search_of_all_finds():
    index = index_styles([style()])
    query = torch.randn(6, 35, 43, generator=generator(2))
    all_of_them = nearest_patches(query, index)
    known = torch.zeros_like(all_of_them)
    wanted = torch.zeros_like(all_of_them, dtype=torch.bool)
    wanted[20:24, 30:] = True  # at the edge, in a few blocks
    wanted[0, 0] = True
    found = nearest_where(query, index, wanted, known)
    assert torch.equal(found, torch.where(wanted, all_of_them, known))
    everywhere = torch.ones_like(wanted)
    assert torch.equal(nearest_where(query, index, everywhere, known), all_of_them)
    assert torch.equal(nearest_where(query, index, ~everywhere, known), known)
